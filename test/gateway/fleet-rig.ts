/** The fleet data of config/example.yaml with its rules and a database of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConfig } from '../../src/config/load.ts';
import { FleetOffice } from '../../src/gateway/fleet-office.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { FleetStore, type FleetTables } from '../../src/store/fleet-store.ts';

const root = join(import.meta.dirname, '../..');
const file = join(root, 'config/example.yaml');
const exampleText = readFileSync(file, 'utf8');

export class FleetRig {
  readonly folder: string;
  readonly office: FleetOffice;
  readonly #store: FleetStore;

  private constructor(folder: string, store: FleetStore, utcMs: () => number) {
    this.folder = folder;
    this.#store = store;
    const options = { environment: {}, workingFolder: root, secretsRequired: false, file };
    this.office = new FleetOffice({
      ...{ store, fileText: exampleText, textName: 'fleet data', utcMs },
      check: (text) =>
        checkConfig(exampleText, { ...options, ...(text !== undefined && { fleet: { text, file: 'fleet data' } }) }),
      hold: () => undefined,
      changed: () => undefined,
      refused: () => undefined,
    });
  }

  static async open(utcMs: () => number): Promise<FleetRig> {
    const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
    return new FleetRig(
      folder,
      await FleetStore.open(openDatabase<FleetTables>(fileAt(join(folder, 'fleet.db')))),
      utcMs,
    );
  }

  async close(): Promise<void> {
    await this.#store.close();
    rmSync(this.folder, { recursive: true });
  }
}
