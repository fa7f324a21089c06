/**
 * The thread that has the fleet data: checking a whole configuration takes a while and a commit waits for the disk, and no
 * console shall wait for either.
 */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { assert } from '../base/assert.ts';
import { writeFleetFile } from '../config/fleet-file.ts';
import { checkConfig } from '../config/load.ts';
import { fleetChangedLine, personLine } from '../operations/fleet-line.ts';
import { openDatabase } from '../store/database.ts';
import { FleetStore, type FleetTables } from '../store/fleet-store.ts';
import { writeWhole } from '../store/kept-file.ts';
import { type FleetNews, fleetMethods, fleetWorkerSchema } from './fleet-methods.ts';
import { FleetOffice } from './fleet-office.ts';

const { file, fileText, workingFolder, folder, held } = fleetWorkerSchema.parse(workerData);
const askSchema = z.object({ id: z.number(), method: z.enum(fleetMethods), args: z.array(z.unknown()) });
const port = parentPort;
assert(port !== null, 'runs as a worker');
const tell = (news: FleetNews): void => port.postMessage({ news });
/** A text that somebody brought, in the words of problems. */
const textName = 'fleet data';

/** Opened when it is first asked, and anew after it could not be. */
let opening: Promise<FleetOffice> | undefined;

async function perform(message: unknown): Promise<void> {
  const { id, method, args } = askSchema.parse(message);
  try {
    const office = await opened();
    const value: unknown = method === 'look' ? await look(office) : await Reflect.apply(office[method], office, args);
    port?.postMessage({ id, value });
  } catch (error) {
    port?.postMessage({ id, fault: error instanceof Error ? error.message : String(error) });
  }
}

async function look(office: FleetOffice): Promise<number> {
  await office.tick();
  return (await office.fleet()).active;
}

async function opened(): Promise<FleetOffice> {
  opening ??= openOffice();
  try {
    return await opening;
  } catch (error) {
    opening = undefined;
    throw error;
  }
}

async function openOffice(): Promise<FleetOffice> {
  const kysely = openDatabase<FleetTables>(join(folder, 'fleet.db'));
  try {
    // Its secrets are the gateway's business: what is checked here never gets to work with them.
    const options = { file, workingFolder, environment: {}, secretsRequired: false };
    const office = new FleetOffice({
      store: await FleetStore.open(kysely),
      fileText,
      textName,
      utcMs: () => Date.now(),
      check: (text) =>
        checkConfig(fileText, { ...options, ...(text !== undefined && { fleet: { text, file: textName } }) }),
      hold: (version, text) => writeWhole(join(folder, 'fleet.yaml'), writeFleetFile({ version, text })),
      changed: (version) => tell({ name: 'changed', line: fleetChangedLine(version) }),
      refused: (by, what, refusal) => tell({ name: 'refused', line: { what, ...personLine(by), refusal } }),
    });
    await office.start(held);
    return office;
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
}

port.on('message', (message: unknown) => void perform(message));
