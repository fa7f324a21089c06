/**
 * Hand-overs of shifts made real: what operations/hand-over.ts says of them is shown to those of the control room, logged
 * and kept; with each its sheet, as it was when the shift was offered.
 */
import { z } from 'zod';
import { Alarm, type Clock } from '../../base/clock.ts';
import type { SomeEvents } from '../../base/events.ts';
import { bySection } from '../../config/live-config.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import type { ShiftOperation } from '../../console/operation.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import {
  type Colleague,
  readSheet,
  type SheetAnswer,
  type HandOver as WireHandOver,
  writeSheet,
} from '../../console/wire.ts';
import {
  deadlineUtcMs,
  type HandOver,
  type HandOverEvent,
  handOverRules,
  leadsShifts,
  noHandOvers,
  type HandOvers as State,
  step,
} from '../../operations/hand-over.ts';
import type { Person } from '../../operations/terms.ts';
import type { KeptFile } from '../../store/kept-file.ts';
import type { OlderItems } from '../../store/older-items.ts';
import { keptPerson } from './kept-person.ts';
import { readKept } from './read-kept.ts';

export interface HandOverPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'operations.handOver' | 'state.notKept'>;
  readonly console: Pick<ConsoleServer, 'setHandOver' | 'sheetOf' | 'forget'>;
  /** A document of that name that outlives the process. */
  kept(name: string): Pick<KeptFile, 'read' | 'write'>;
  older(list: 'hand-overs'): Pick<OlderItems, 'put' | 'forget'>;
}

const keptSchema = z.object({
  version: z.literal(1),
  lastId: z.int(),
  all: z
    .array(
      z.object({
        id: z.int().min(1),
        name: z.enum(['offered', 'confirmed', 'refused', 'withdrawn', 'lapsed']),
        from: keptPerson,
        to: keptPerson,
        note: z.string(),
        offeredUtcMs: z.number(),
        endedUtcMs: z.number().exactOptional(),
        reason: z.string().exactOptional(),
      }),
    )
    .max(1000),
});
const sheetSchema = z.object({ handOver: z.int(), sheet: z.string() });
/** In place of one that has been kept as long as it may be. */
const noSheet = { handOver: 0, sheet: '' };

export class HandOvers {
  readonly #ports: HandOverPorts;
  readonly #people: () => ReadonlyMap<string, Person>;
  readonly #kept: Pick<KeptFile, 'read' | 'write'>;
  readonly #older: Pick<OlderItems, 'put' | 'forget'>;
  readonly #alarm: Alarm;
  #state: State = noHandOvers();

  constructor(config: Pick<Config, 'people'>, ports: HandOverPorts) {
    this.#ports = ports;
    this.#people = bySection(config, 'people', peopleOf);
    this.#kept = ports.kept('hand-overs');
    this.#older = ports.older('hand-overs');
    this.#alarm = new Alarm(ports.clock, () => this.#feed({ name: 'tick' }));
  }

  /** What was offered when the gateway stopped still is. */
  start(): void {
    const kept = readKept(this.#kept, keptSchema);
    if (kept === undefined) return;
    this.#state = { ...this.#state, all: kept.all, lastId: kept.lastId };
    this.#feed({ name: 'tick' });
  }

  stop(): void {
    this.#alarm.clear();
  }

  operate(person: Person, operation: ShiftOperation, answer: (refusal: OperationRefusal | undefined) => void): void {
    const event = this.#eventOf(person, operation);
    const said =
      operation.name === 'offerShift' ? operation.note : operation.name === 'refuseShift' ? operation.reason : '';
    const refusal = this.#feed(event);
    const handOver = 'shift' in operation ? operation.shift : this.#state.lastId;
    const known = this.#state.all.find(({ id }) => id === handOver);
    const other = event.name === 'offer' ? event.to : event.name === 'withdraw' ? known?.to : known?.from;
    this.#ports.events.operations.handOver({
      what: event.name,
      ...(refusal !== undefined && event.name === 'offer' ? {} : { handOver }),
      ...(other === undefined ? {} : { colleague: other.display }),
      operator: person.display,
      role: person.role,
      controlRoom: person.controlRoom,
      ...(said === '' ? {} : { words: said }),
      ...(refusal === undefined ? {} : { refusal }),
    });
    answer(refusal === undefined ? undefined : { cause: refusal });
  }

  /** They have been kept as long as they may be, by the names of store/kept-items.ts. True: no document has them or their sheets. */
  forget(names: readonly string[]): boolean {
    const isForgotten = this.#older.forget(names);
    const ids = names.map(Number).filter((id) => !Number.isNaN(id));
    const sheets = ids.filter((id) => {
      const { handOver } = readKept(this.#sheetFile(id), sheetSchema) ?? {};
      return handOver === id || handOver === noSheet.handOver; // which the disk may not have taken yet
    });
    const fault = sheets.map((id) => this.#sheetFile(id).write(noSheet)).find((each) => each !== undefined);
    if (fault !== undefined) {
      // While it is in the list its sheet is looked for: whoever asked for it asks again.
      this.#ports.events.state.notKept({ reason: fault });
      return false;
    }
    this.#feed({ name: 'forget', ids });
    return this.#keep() && isForgotten;
  }

  /** Those of his control room, and to whom he may hand his shift. */
  shown(person: Person): { handOvers: WireHandOver[]; colleagues: Colleague[] } {
    const his = this.#state.all.filter(({ from }) => from.controlRoom === person.controlRoom);
    const others = [...this.#people().values()].filter((each) => {
      return each.person !== person.person && each.controlRoom === person.controlRoom && leadsShifts(each);
    });
    return {
      handOvers: his.map(wireOf),
      colleagues: leadsShifts(person)
        ? others.map(({ person: personId, display, role }) => ({ personId, display, role }))
        : [],
    };
  }

  sheet(person: Person, shift: number): SheetAnswer {
    const known = this.#state.all.find(({ id }) => id === shift);
    if (known === undefined || known.from.controlRoom !== person.controlRoom) return { refusal: 'unknown-hand-over' };
    const kept = readKept(this.#sheetFile(shift), sheetSchema);
    const sheet = kept?.handOver === shift ? readSheet(kept.sheet) : undefined;
    return sheet === undefined ? { refusal: 'not-kept' } : { sheet };
  }

  #eventOf(person: Person, operation: ShiftOperation): Exclude<HandOverEvent, { name: 'tick' | 'forget' }> {
    const asked = { request: 0, person };
    switch (operation.name) {
      case 'offerShift':
        return { ...asked, name: 'offer', to: this.#people().get(operation.to), note: operation.note };
      case 'confirmShift':
        return { ...asked, name: 'confirm', id: operation.shift };
      case 'refuseShift':
        return { ...asked, name: 'refuse', id: operation.shift, reason: operation.reason };
      case 'withdrawShift':
        return { ...asked, name: 'withdraw', id: operation.shift };
    }
  }

  /** Why it was refused. */
  #feed(event: HandOverEvent): string | undefined {
    const { clock, console, events } = this.#ports;
    const { state, actions } = step(this.#state, event, clock.utcMs());
    this.#state = state;
    let refusal: string | undefined;
    for (const action of actions) {
      if (action.name === 'answer') refusal = action.refusal;
      else if (action.name === 'forgotten') console.forget({ handOvers: [action.id] });
      else if (action.name === 'gaveWay') this.#giveWay(action.handOver);
      else {
        const { handOver } = action;
        if (handOver.name === 'offered') this.#keepSheet(handOver);
        if (handOver.name === 'lapsed') {
          events.operations.handOver({ what: 'lapsed', handOver: handOver.id, colleague: handOver.to.display });
        }
        console.setHandOver(wireOf(handOver), handOver.from.controlRoom);
      }
    }
    if (actions.some(({ name }) => name === 'changed')) this.#keep();
    this.#alarm.setAt(clock.nowMs() + Math.max(0, deadlineUtcMs(state) - clock.utcMs()));
    return refusal;
  }

  /** The document is as the state is. */
  #keep(): boolean {
    const { all, lastId } = this.#state;
    const fault = this.#kept.write({ version: 1, lastId, all });
    if (fault !== undefined) this.#ports.events.state.notKept({ reason: fault });
    return fault === undefined;
  }

  /** Before its sheet's place is another's, and before the document that it leaves. */
  #giveWay(handOver: HandOver): void {
    const { id, offeredUtcMs, endedUtcMs = offeredUtcMs } = handOver;
    const kept = readKept(this.#sheetFile(id), sheetSchema);
    const item = { ...handOver, ...(kept?.handOver === id && { sheet: kept.sheet }) };
    const fault = this.#older.put([{ name: `${id}`, utcMs: endedUtcMs, item }]);
    if (fault !== undefined) this.#ports.events.state.notKept({ reason: fault });
    this.#ports.console.forget({ handOvers: [id] });
  }

  #keepSheet({ id, from }: HandOver): void {
    const sheet = writeSheet(this.#ports.console.sheetOf(from));
    const fault = this.#sheetFile(id).write({ handOver: id, sheet });
    if (fault !== undefined) this.#ports.events.state.notKept({ reason: fault });
  }

  /** As many files as hand-overs are kept, used in turn. */
  #sheetFile(id: number): Pick<KeptFile, 'read' | 'write'> {
    return this.#ports.kept(`hand-over-sheet-${id % handOverRules.keptMax}`);
  }
}

function wireOf({ id, name, from, to, note, offeredUtcMs, endedUtcMs, reason }: HandOver): WireHandOver {
  return {
    id,
    state: name,
    from: from.display,
    fromPersonId: from.person,
    to: to.display,
    toPersonId: to.person,
    note,
    offeredUtcMs,
    endedUtcMs: endedUtcMs ?? 0,
    reason: reason ?? '',
  };
}

function peopleOf({ people }: Pick<Config, 'people'>): ReadonlyMap<string, Person> {
  const named = people.map(({ id: person, display, role, controlRoom }) => ({ person, display, role, controlRoom }));
  return new Map(named.map((each) => [each.person, each]));
}
