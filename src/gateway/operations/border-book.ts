/**
 * Border records made real: what persons mark and units say of a crossing is written down by operations/border-record.ts,
 * shown at consoles, said on the air and kept. A record is closed with its group and stays readable.
 */
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { SomeEvents } from '../../base/events.ts';
import { bySection } from '../../config/live-config.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import type { BorderOperation } from '../../console/operation.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import type { FieldValue } from '../../operations/announcement-text.ts';
import {
  type BorderAction,
  type BorderEvent,
  type BorderRecord,
  type BorderRecords,
  crossingSources,
  noBorderRecords,
  noticeLateMs,
  recordsMax,
  step,
} from '../../operations/border-record.ts';
import { metresBetween } from '../../operations/nearest-place.ts';
import { defaultPermissions, refusalOf } from '../../operations/permissions.ts';
import type { Person } from '../../operations/terms.ts';
import type { KeptFile } from '../../store/kept-file.ts';
import type { OlderItems } from '../../store/older-items.ts';
import type { Announcements } from './announcements.ts';
import { keptPerson } from './kept-person.ts';
import { readKept } from './read-kept.ts';

export interface BorderBookPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'operations.borderRecord' | 'state.notKept'>;
  readonly console: Pick<ConsoleServer, 'setBorderRecord' | 'forget'>;
  readonly announcements: Pick<Announcements, 'say'>;
  readonly kept: Pick<KeptFile, 'read' | 'write'>;
  readonly older: Pick<OlderItems, 'put' | 'forget'>;
  /** Talkgroups of the group's legs that hear what the gateway says. */
  hearing(group: string): readonly string[];
  /** The group is an exercise, which is under way. */
  inExercise(group: string): boolean;
}

/** A unit says where it is or that it has crossed. */
interface CrossingSaid {
  readonly group: string;
  /** Call sign, or what its network calls it. */
  readonly unit: string;
  readonly source: 'status' | 'position';
  readonly place?: { readonly latitudeDeg: number; readonly longitudeDeg: number };
}

const atSchema = z.object({ utcMs: z.number(), by: keptPerson });
const recordSchema = z.object({
  record: z.string(),
  group: z.string(),
  name: z.enum(['notified', 'accepted', 'closed']),
  unit: z.string().optional(),
  origin: z.string(),
  host: z.string(),
  category: z.string(),
  basis: z.enum(['pursuit', 'joint-patrol']),
  place: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  noticeUtcMs: z.number(),
  noticeBy: keptPerson,
  crossings: z.array(z.object({ source: z.enum(crossingSources), utcMs: z.number() })),
  acceptance: atSchema.extend({ condition: z.string() }).optional(),
  stopOrder: atSchema.extend({ authority: z.string() }).optional(),
  closedUtcMs: z.number().optional(),
  exercise: z.boolean().optional(),
});
const keptSchema = z.object({
  version: z.literal(1),
  counted: z.object({ pursuit: z.int(), 'joint-patrol': z.int(), exercise: z.int().default(0) }),
  records: z.array(recordSchema).max(recordsMax),
});

/** A unit that is so near to the place of its record is crossing there, m. */
const nearM = 2000;

export class BorderBook {
  readonly #config: Config;
  readonly #ports: BorderBookPorts;
  readonly #rooms: () => ReadonlyMap<string, Config['controlRooms'][number]>;
  readonly #places: () => ReadonlyMap<string, Config['places'][number]>;
  readonly #answers = new Map<number, (refusal: OperationRefusal | undefined) => void>();
  #state: BorderRecords = noBorderRecords;
  #requests = 0;

  constructor(config: Config, ports: BorderBookPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#rooms = bySection(config, 'controlRooms', ({ controlRooms }) => {
      return new Map(controlRooms.map((room) => [room.id, room]));
    });
    this.#places = bySection(config, 'places', ({ places }) => new Map(places.map((place) => [place.code, place])));
  }

  start(): void {
    const kept = readKept(this.#ports.kept, keptSchema);
    if (kept === undefined) return;
    const { counted, records } = kept;
    // Absent keys come back absent: the schema's optional keys hold no undefined from JSON.
    this.#state = { counted, records: new Map(records.map((each) => [each.record, each as BorderRecord])) };
    for (const record of this.#state.records.values()) this.#show(record);
  }

  operate(person: Person, operation: BorderOperation, answer: (refusal: OperationRefusal | undefined) => void): void {
    const group = this.#config.sharedGroups.find(({ id }) => id === operation.group);
    const refused = refusalOf(defaultPermissions, person, 'open_close_bridge', { test: group?.use === 'test' });
    const refusal = refused !== undefined ? 'not-permitted' : group === undefined ? 'unknown-group' : undefined;
    if (refusal !== undefined) {
      this.#record(operation.name, person, { group: operation.group, refusal });
      answer({ cause: refusal });
      return;
    }
    const request = ++this.#requests;
    this.#answers.set(request, answer);
    const event = eventOf(person, request, operation);
    const opens = event.name === 'open' || event.name === 'openAndCross';
    const exercise = opens && this.#ports.inExercise(event.group);
    this.#feed(exercise ? { ...event, exercise } : event, person);
  }

  /** A plan with a border record is activated. */
  open(
    person: Person,
    group: string,
    notice: Pick<BorderRecord, 'origin' | 'host' | 'category' | 'place' | 'exercise'>,
  ): void {
    const request = ++this.#requests;
    this.#feed({ name: 'open', request, person, group, basis: 'pursuit', ...notice }, person);
  }

  /** What happens on the group is real from now on. */
  exerciseOver(group: string): void {
    this.#feed({ name: 'exerciseOver', group }, undefined);
  }

  /** They have been kept as long as they may be, by the names of store/kept-items.ts. True: no file has them any more. */
  forget(names: readonly string[]): boolean {
    const before = this.#state.records;
    const isKept = this.#feed({ name: 'forget', records: names }, undefined);
    const records = [...before.keys()].filter((record) => !this.#state.records.has(record));
    if (records.length > 0) this.#ports.console.forget({ records });
    return this.#ports.older.forget(names) && isKept;
  }

  groupClosed(group: string): void {
    this.#feed({ name: 'groupClosed', group }, undefined);
  }

  /** A position counts where the unit of a record is near the record's place. */
  said({ group, unit, source, place }: CrossingSaid): void {
    if (source === 'position') {
      const record = [...this.#state.records.values()].findLast((each) => {
        return each.group === group && each.unit === unit && each.name !== 'closed';
      });
      const at = this.#places().get(record?.place ?? '');
      if (at === undefined || place === undefined || metresBetween(at, place) > nearM) return;
    }
    const before = this.#state;
    this.#feed({ name: 'said', group, unit, source }, undefined);
    const changed = [...this.#state.records.values()].find((each) => before.records.get(each.record) !== each);
    if (changed === undefined) return;
    const at = changed.place === undefined ? {} : { place: changed.place };
    this.#ports.events.operations.borderRecord({ what: source, group, record: changed.record, callSign: unit, ...at });
  }

  #feed(event: BorderEvent, person: Person | undefined): boolean {
    const { state, actions } = step(this.#state, event, this.#ports.clock.utcMs());
    if (state === this.#state && actions.length === 0) return true;
    this.#state = state;
    for (const action of actions) this.#do(action, event, person);
    const gone = actions.flatMap((action) => (action.name === 'gaveWay' ? [action.record] : []));
    if (gone.length > 0) this.#giveWay(gone);
    const { counted, records } = state;
    const fault = this.#ports.kept.write({ version: 1, counted, records: [...records.values()] });
    if (fault !== undefined) this.#ports.events.state.notKept({ reason: fault });
    return fault === undefined;
  }

  #do(action: BorderAction, event: BorderEvent, person: Person | undefined): void {
    switch (action.name) {
      case 'answer': {
        const { request, record, refusal } = action;
        const group = 'group' in event ? event.group : this.#state.records.get(record ?? '')?.group;
        this.#record(event.name, person, { group: group ?? '', record, refusal });
        this.#answers.get(request)?.(refusal === undefined ? undefined : { cause: refusal });
        this.#answers.delete(request);
        return;
      }
      case 'announce':
        this.#announce(action);
        return;
      case 'changed':
        this.#show(action.record);
        return;
      case 'gaveWay':
        return; // together, before the document
    }
  }

  /** Before the document that they leave. */
  #giveWay(gone: readonly BorderRecord[]): void {
    const { older, events, console } = this.#ports;
    const fault = older.put(
      gone.map((record) => ({
        name: record.record,
        utcMs: record.closedUtcMs ?? record.noticeUtcMs,
        item: { ...record },
      })),
    );
    if (fault !== undefined) events.state.notKept({ reason: fault });
    console.forget({ records: gone.map(({ record }) => record) });
  }

  #announce({ announcement, record }: Extract<BorderAction, { name: 'announce' }>): void {
    const { group, place = '', stopOrder } = record;
    const time = new Intl.DateTimeFormat('en-GB', {
      timeZone: this.#config.gateway.timezone,
      hour: '2-digit',
      minute: '2-digit',
    }).format(this.#ports.clock.utcMs());
    const fields: Record<string, FieldValue> =
      announcement === 'crossing' ? { place, time } : { authority: stopOrder?.authority ?? '' };
    const talkgroups = this.#ports.hearing(group);
    const urgency = announcement === 'stop' ? 'urgent' : 'patient';
    this.#ports.announcements.say({ group, id: `ann-${announcement}`, fields, talkgroups, urgency });
  }

  #record(
    what: string,
    person: Person | undefined,
    more: { group: string; record?: string | undefined; refusal?: string | undefined },
  ): void {
    const { group, record, refusal } = more;
    const { unit: callSign, place } = this.#state.records.get(record ?? '') ?? {};
    this.#ports.events.operations.borderRecord({
      what,
      group,
      ...(record === undefined ? {} : { record }),
      ...(callSign === undefined ? {} : { callSign }),
      ...(place === undefined ? {} : { place }),
      ...(person === undefined ? {} : { operator: person.display, role: person.role, controlRoom: person.controlRoom }),
      ...(refusal === undefined ? {} : { refusal }),
    });
  }

  #show(record: BorderRecord): void {
    const { acceptance, stopOrder, crossings, noticeBy, name: state, group, record: id, unit, ...rest } = record;
    const late = noticeLateMs(record);
    this.#ports.console.setBorderRecord({
      id,
      groupId: group,
      state,
      unit: unit ?? '',
      origin: rest.origin,
      host: rest.host,
      category: rest.category,
      basis: rest.basis,
      place: rest.place ?? '',
      from: rest.from ?? '',
      to: rest.to ?? '',
      noticeUtcMs: rest.noticeUtcMs,
      noticeBy: noticeBy.display,
      crossings: crossings.map(({ source, utcMs }) => ({ source, atUtcMs: utcMs })),
      ...(acceptance && {
        acceptedUtcMs: acceptance.utcMs,
        acceptedBy: `${acceptance.by.display} (${this.#rooms().get(acceptance.by.controlRoom)?.callSign ?? ''})`,
        condition: acceptance.condition,
      }),
      ...(stopOrder && {
        stoppedUtcMs: stopOrder.utcMs,
        stoppedBy: stopOrder.by.display,
        stopAuthority: stopOrder.authority,
      }),
      ...(rest.exercise && { exercise: true }),
      ...(rest.closedUtcMs !== undefined && { closedUtcMs: rest.closedUtcMs }),
      ...(late !== undefined && { noticeLateMs: late }),
    });
  }
}

function eventOf(person: Person, request: number, operation: BorderOperation): BorderEvent {
  const asked = { person, request };
  switch (operation.name) {
    case 'openRecord': {
      const { group, origin, host, category, basis, place } = operation;
      return { ...asked, name: 'open', group, origin, host, category, basis, ...(place === '' ? {} : { place }) };
    }
    case 'markCrossing': {
      const { group, record, origin, host, category, basis, unit, place, from, to } = operation;
      const mark = { unit, place, from, to };
      if (record !== '') return { ...asked, name: 'cross', record, ...mark };
      return { ...asked, name: 'openAndCross', group, origin, host, category, basis, ...mark };
    }
    case 'acceptPursuit':
      return { ...asked, name: 'accept', record: operation.record, condition: operation.condition };
    case 'orderStop':
      return { ...asked, name: 'stop', record: operation.record, authority: operation.authority };
  }
}
