/** Commands of `escaut` that ask who does it, over real folders. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditLines, searchAudit } from '../../src/audit-command.ts';
import type { TokenAct } from '../../src/command-line/accounts.ts';
import type { RetentionAct } from '../../src/command-line/retention.ts';
import type { Command } from '../../src/command-line.ts';
import { CommandProblem, openLog } from '../../src/command-log.ts';
import { loadConfig } from '../../src/config/load.ts';
import { exportIncident } from '../../src/export-command.ts';
import { runFleetCommand } from '../../src/fleet-command.ts';
import type { Role } from '../../src/operations/terms.ts';
import { runRetentionCommand } from '../../src/retention-command.ts';
import { runTokenCommand } from '../../src/token-command.ts';
import type { Tried } from './console-doors.ts';
import { bothLegs, fleetData, infrastructure, newcomer, oneLeg } from './small-site.ts';

type Fleet = Extract<Command, { name: 'fleet' }>;
type FleetAct = Fleet extends infer Each ? (Each extends Fleet ? Omit<Each, 'name' | 'config'> : never) : never;
interface Done {
  readonly isDone: boolean;
  readonly words: string;
}
interface Case {
  /** What there has to be before. */
  readonly before?: (place: Place, by: Role) => Promise<Done>;
  readonly act: (place: Place, by: Role) => Promise<Done>;
}

const utcMs = Date.UTC(2026, 10, 29, 14);
const now = () => utcMs;
const deed = { second: 'aud-fr', reason: 'law of 2026' };
const hold = { act: 'hold', reason: 'instruction 12', fromUtcMs: utcMs - 1000, toUtcMs: utcMs } as const;
const agents = `attachments:
  - {id: box, network: be, kind: link, link: {listen: {host: 127.0.0.1, port: 5870}, agent: box7, serviceTokens: true}}
`;
const create = { act: 'create', holder: 'be-anpr', scope: 'hits', days: 9 } as const;

/** One gateway's folder. */
class Place {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    writeFileSync(join(folder, 'escaut.yaml'), infrastructure + agents + fleetData(bothLegs));
  }

  get around() {
    return { environment: {}, workingFolder: this.folder };
  }
  get loaded() {
    return loadConfig({ file: 'escaut.yaml', ...this.around });
  }
  fleet(act: FleetAct): Promise<Done> {
    return runFleetCommand(this.loaded, { ...act, name: 'fleet' } as Fleet, this.around, now);
  }
  retention(act: RetentionAct): Promise<Done> {
    return runRetentionCommand(this.loaded.config, act, now);
  }
  token(act: TokenAct): Promise<Done> {
    return runTokenCommand(this.loaded.config, act, now);
  }
  propose(text: string, by: string): Promise<Done> {
    writeFileSync(join(this.folder, 'new.yaml'), text);
    return this.fleet({ act: 'propose', path: 'new.yaml', by, reason: 'demande 12', check: false });
  }
  async state(): Promise<readonly string[]> {
    const { token, retention, fleet } = this;
    const shown = [
      await token.call(this, { act: 'list' }),
      await retention.call(this, { act: 'show' }),
      await fleet.call(this, { act: 'list' }),
    ];
    return shown.map(({ words }) => words);
  }
}

/** Waits for the word of Belgium. */
const proposed = (place: Place) => place.propose(fleetData(oneLeg), 'opo-fr');
/** By whoever may, else by somebody else. */
const proposedByHim = (place: Place, by: Role) =>
  place.propose(fleetData('{talkgroup: a}'), by === 'fleet-admin' ? by : 'opo-fr');

/** By what stands behind `CLI` in the table. */
export const commandCases: Readonly<Record<string, Case>> = {
  audit: {
    act: async ({ loaded }, by) => {
      const { refusal } = await searchAudit(loaded.config, { by }, now);
      return { isDone: refusal === '', words: refusal };
    },
  },
  export: {
    act: async ({ loaded, folder }, by) => {
      const wish = { name: 'export', out: join(folder, 'x.zip'), fromUtcMs: 0, toUtcMs: utcMs, by, ...deed } as const;
      try {
        return await exportIncident(loaded.config, wish, now);
      } catch (error) {
        // There is nothing to export: he may have had it.
        if (error instanceof CommandProblem) return { isDone: true, words: error.message };
        throw error;
      }
    },
  },
  'retention set': {
    act: (place, by) => place.retention({ act: 'set', rule: 'voiceSharedGroup', days: 29, by, ...deed }),
  },
  'retention clock': { act: (place, by) => place.retention({ act: 'clock', by, ...deed }) },
  'retention hold': { act: (place, by) => place.retention({ ...hold, by }) },
  'retention lift': {
    before: (place) => place.retention({ ...hold, by: 'aud-fr' }),
    act: (place, by) => place.retention({ act: 'lift', hold: 1, by, ...deed }),
  },
  'fleet propose: a group': { act: (place, by) => place.propose(fleetData(oneLeg), by) },
  'fleet propose: a person': { act: (place, by) => place.propose(fleetData(bothLegs, newcomer), by) },
  'fleet approve': {
    before: proposed,
    act: (place, by) => place.fleet({ act: 'approve', version: 1, by, reason: '' }),
  },
  'fleet refuse': {
    before: proposed,
    act: (place, by) => place.fleet({ act: 'refuse', version: 1, by, reason: 'no' }),
  },
  'fleet withdraw': {
    before: proposedByHim,
    act: (place, by) => place.fleet({ act: 'withdraw', version: 1, by, reason: '' }),
  },
  'fleet back': {
    before: (place) => place.propose(fleetData(bothLegs, '', 'ZP'), 'fleet-admin'),
    act: (place, by) => place.fleet({ act: 'back', version: 0, by, reason: 'wrong' }),
  },
  'token create': { act: (place, by) => place.token({ ...create, by }) },
  'token create: for a link': { act: (place, by) => place.token({ ...create, holder: 'box', scope: 'link', by }) },
  'token revoke': {
    before: (place) => place.token({ ...create, by: 'technician' }),
    act: async (place, by) => {
      const [, id = ''] = /^(t-\w+)/m.exec((await place.token({ act: 'list' })).words) ?? [];
      return await place.token({ act: 'revoke', id, by });
    },
  },
};

export class CommandDoors {
  readonly #folder = mkdtempSync(join(tmpdir(), 'command-doors-'));
  /** By door: a refusal changes nothing, so the next one comes to the same place. */
  readonly #places = new Map<string, Place>();

  stop(): void {
    rmSync(this.#folder, { recursive: true });
  }

  async try(door: string, role: Role, may: boolean): Promise<Tried> {
    const { act } = commandCases[door]!;
    const place = (may ? undefined : this.#places.get(door)) ?? (await this.#open(door, role));
    if (!may) this.#places.set(door, place);
    const was = await place.state();
    const { isDone, words } = await act(place, role);
    const is = await place.state();
    const done = is.filter((each, at) => each !== was[at]);
    const refused: unknown[] = [];
    for await (const line of auditLines(place.loaded.config, {})) {
      const { about } = JSON.parse(line);
      if (about.refusal !== undefined && about.operator === `Mr ${role}` && about.role === role) refused.push(about);
    }
    return { refusal: isDone ? undefined : words, done, isLogged: refused.length === 1 };
  }

  async #open(door: string, role: Role): Promise<Place> {
    const place = new Place(mkdtempSync(join(this.#folder, 'gw-')));
    const { store } = await openLog(place.loaded.config, true);
    await store.close();
    const ready = await commandCases[door]?.before?.(place, role);
    if (ready?.isDone === false) throw new Error(`before: ${ready.words}`);
    return place;
  }
}
