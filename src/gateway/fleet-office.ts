/**
 * Where people change the fleet data: reads what they bring, checks the whole of it, asks the rules (operations/fleet-version.ts)
 * and makes hold what has been agreed. Every door, command line or page, comes through here.
 */
import { parse, parseDocument } from 'yaml';
import type { FleetDesk, FleetOutcome, FleetPreview, FleetProposal } from '../api/fleet-port.ts';
import { fileSource, fleetTextOf } from '../config/config-source.ts';
import { type FleetChange, fleetDiff, fleetTouch } from '../config/fleet-diff.ts';
import type { Problem } from '../config/problems.ts';
import type { Config } from '../config/schema.ts';
import { readUnitsCsv, writeUnitsCsv } from '../config/units-csv.ts';
import {
  type Editor,
  type Fleet,
  type FleetAction,
  type FleetEvent,
  type FleetRefusal,
  type FleetVersion,
  needsOf,
  step,
} from '../operations/fleet-version.ts';
import type { FleetStore } from '../store/fleet-store.ts';

export interface FleetPorts {
  readonly store: FleetStore;
  /** The configuration file. */
  readonly fileText: string;
  /** As problems call the text that somebody brings. */
  readonly textName: string;
  utcMs(): number;
  /** The configuration with that fleet data in place of the file's own; undefined: with the file's own. */
  check(fleetText: string | undefined): { readonly config?: Config; readonly problems: readonly Problem[] };
  /** Makes it hold. Undefined: it does; else why not, in words. */
  hold(version: number, fleetText: string): string | undefined;
  /** For the audit log: once for every change of a version, and for what was refused. */
  changed(version: FleetVersion): Promise<void> | void;
  refused(by: Editor, what: string, refusal: FleetRefusal): Promise<void> | void;
}

/** As problems call a table of units. */
const unitsTable = 'units.csv';

export class FleetOffice implements FleetDesk {
  readonly #ports: FleetPorts;

  constructor(ports: FleetPorts) {
    this.#ports = ports;
  }

  /**
   * Once, before anything else: what was cut off when the gateway went is brought to its end. `held` is the version that
   * holds as far as files go; 0: none.
   */
  async start(held: number): Promise<void> {
    const { active } = await this.fleet();
    const text = active === held ? undefined : await this.#ports.store.document(active);
    if (text !== undefined) this.#ports.hold(active, text);
    await this.#feed({ name: 'started' });
  }

  async tick(): Promise<void> {
    await this.#feed({ name: 'tick' });
  }

  fleet(): Promise<Fleet> {
    return this.#ports.store.read();
  }

  /** The text of a version; 0: the file's own data. */
  async text(number: number): Promise<string | undefined> {
    if (number !== 0) return this.#ports.store.document(number);
    return fleetTextOf(fileSource({ text: this.#ports.fileText, file: '' }).value);
  }

  async json(number: number): Promise<string | undefined> {
    const text = await this.text(number);
    return text === undefined ? undefined : JSON.stringify(parse(text));
  }

  /** What one version changes as against another. Undefined: one of them is not there or cannot be read any more. */
  async changes(from: number, to: number): Promise<readonly FleetChange[] | undefined> {
    const [before, after] = [await this.#config(from), await this.#config(to)];
    return before === undefined || after === undefined ? undefined : fleetDiff(before, after);
  }

  async preview(by: Editor, text: string): Promise<FleetPreview> {
    const { config, problems: found } = this.#ports.check(text);
    // What the file warns of is the business of whoever starts the gateway.
    const problems = found.filter(({ severity, file }) => severity === 'error' || file === this.#ports.textName);
    const before = await this.#config((await this.fleet()).active);
    if (config === undefined || before === undefined) return { problems, changes: [], needs: [] };
    return { problems, changes: fleetDiff(before, config), needs: needsOf(by, fleetTouch(before, config)) };
  }

  async propose({ text, ...proposal }: FleetProposal): Promise<FleetOutcome> {
    return this.#propose(proposal, text);
  }

  /** A version with the text of an older one; 0: of the file. */
  async back(by: Editor, to: number, reason: string, base?: number): Promise<FleetOutcome> {
    const text = await this.text(to);
    if (text === undefined) return { refusal: 'version-unknown' };
    return this.#propose({ by, reason, ...(base !== undefined && { base }) }, text, to);
  }

  async units(): Promise<string> {
    const config = await this.#config((await this.fleet()).active);
    return writeUnitsCsv(config?.units ?? []);
  }

  async withUnits(csv: string): Promise<{ readonly text: string } | { readonly problems: readonly Problem[] }> {
    const reading = readUnitsCsv(csv);
    const place = (line: number) => ({ severity: 'error', file: unitsTable, line, column: 1, path: '' }) as const;
    if (!reading.ok) return { problems: reading.faults.map((fault) => ({ ...place(fault.line), ...fault })) };
    const document = parseDocument((await this.text((await this.fleet()).active)) ?? '');
    document.set('units', document.createNode(reading.units));
    const text = document.toString({ lineWidth: 120 });
    const problems = this.#ports.check(text).problems.filter(({ severity }) => severity === 'error');
    if (problems.length === 0) return { text };
    return {
      problems: problems.map((problem) => {
        const [, row] = /^units\[(\d+)\]/.exec(problem.path) ?? [];
        const line = row === undefined ? undefined : reading.lines[Number(row)];
        return line === undefined ? problem : { ...problem, file: unitsTable, line, column: 1 };
      }),
    };
  }

  decide(
    event: Extract<FleetEvent, { name: 'approve' | 'refuse' | 'withdraw' }>,
  ): Promise<Exclude<FleetOutcome, { problems: unknown }>> {
    return this.#ask(event);
  }

  async #propose(proposal: Omit<FleetProposal, 'text'>, text: string, backTo?: number): Promise<FleetOutcome> {
    const { config, problems } = this.#ports.check(text);
    if (config === undefined) return { problems: problems.filter(({ severity }) => severity === 'error') };
    const { by, reason, fromUtcMs } = proposal;
    const base = proposal.base ?? (await this.fleet()).active;
    const before = await this.#config(base);
    if (before === undefined) return { refusal: 'base-outdated' };
    const touches = fleetTouch(before, config);
    if (locksOut(by, before, config)) {
      await this.#ports.refused(by, 'propose', 'no-administrator');
      return { refusal: 'no-administrator' };
    }
    return this.#ask(
      {
        name: 'propose',
        by,
        base,
        reason,
        touches,
        ...(fromUtcMs !== undefined && { fromUtcMs }),
        ...(backTo !== undefined && { backTo }),
      },
      text,
    );
  }

  async #ask(
    event: Extract<FleetEvent, { by: Editor }>,
    document?: string,
  ): Promise<Exclude<FleetOutcome, { problems: unknown }>> {
    const { number, refusal } = await this.#feed(event, document);
    if (refusal !== undefined) {
      await this.#ports.refused(event.by, event.name, refusal);
      return { refusal };
    }
    const version = (await this.fleet()).versions.get(number ?? 0);
    return version === undefined ? { refusal: 'version-unknown' } : { version };
  }

  /** Everything that follows from an event, until nothing is to be applied any more. */
  async #feed(event: FleetEvent, document?: string): Promise<{ number?: number; refusal?: FleetRefusal }> {
    let answer: { number?: number; refusal?: FleetRefusal } = {};
    let next: FleetEvent | undefined = event;
    let text = document;
    while (next !== undefined) {
      const fed: FleetEvent = next;
      const actions: readonly FleetAction[] = await this.#ports.store.change((before) => {
        const { state, actions } = step(before, fed, this.#ports.utcMs());
        return { state, result: actions, ...(text !== undefined && { document: text }) };
      });
      next = undefined;
      text = undefined;
      for (const action of actions) {
        if (action.name === 'answer') {
          answer = {
            ...(action.version !== undefined && { number: action.version }),
            ...(action.refusal !== undefined && { refusal: action.refusal }),
          };
        } else if (action.name === 'changed') await this.#ports.changed(action.version);
        else next = await this.#apply(action.version);
      }
    }
    return answer;
  }

  async #apply(version: number): Promise<FleetEvent> {
    const text = (await this.#ports.store.document(version)) ?? '';
    const { problems } = this.#ports.check(text);
    const [error] = problems.filter(({ severity }) => severity === 'error');
    const fault = error === undefined ? this.#ports.hold(version, text) : `${error.path} ${error.message}`;
    return fault === undefined ? { name: 'applied', version } : { name: 'unfit', version, fault };
  }

  async #config(number: number): Promise<Config | undefined> {
    if (number === 0) return this.#ports.check(undefined).config;
    const text = await this.#ports.store.document(number);
    return text === undefined ? undefined : this.#ports.check(text).config;
  }
}

/** Its author takes his own right to change people, or that of the last who has it. */
function locksOut(by: Editor, before: Config, after: Config): boolean {
  const may = ({ people }: Config) => people.filter(({ role }) => role === 'sys-admin').map(({ id }) => id);
  const [had, has] = [may(before), may(after)];
  return had.length > 0 && (has.length === 0 || (had.includes(by.person) && !has.includes(by.person)));
}
