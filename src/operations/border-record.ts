/**
 * The border record: what the law wants to know of a crossing in pursuit or on joint patrol. Pure: nothing is judged
 * here, nothing is stopped; a record says what was said, when, and by which source.
 *
 *            open                    accept            close
 *   nothing ──────▶ notified ───────────────▶ accepted ──────▶ closed
 *                      │  crossed, by each source its own time    │
 *                      └──────────── stop ordered ────────────────┘ (kept, with who ordered it)
 *
 * The times of a crossing are kept side by side, by source: the mark of an operator, a status of the unit, a position.
 * Notice given after the crossing is not refused: the record says that it came late.
 */
import type { ControlRoomId, GroupId, Person } from './terms.ts';

export const crossingSources = ['voice-mark', 'status', 'position'] as const;
export type CrossingSource = (typeof crossingSources)[number];

export interface Crossing {
  readonly source: CrossingSource;
  /** ms since 1970. */
  readonly utcMs: number;
}

export interface BorderRecord {
  readonly record: string;
  readonly group: GroupId;
  readonly name: 'notified' | 'accepted' | 'closed';
  /** Absent until the crossing is marked. */
  readonly unit?: string;
  readonly origin: ControlRoomId;
  readonly host: ControlRoomId;
  /** Category of the offence, or the basis of a joint patrol; no name, no plate. */
  readonly category: string;
  readonly basis: 'pursuit' | 'joint-patrol';
  readonly place?: string;
  readonly from?: string;
  readonly to?: string;
  readonly noticeUtcMs: number;
  readonly noticeBy: Person;
  /** At most one of each source; the first that it said. */
  readonly crossings: readonly Crossing[];
  readonly acceptance?: { readonly utcMs: number; readonly by: Person; readonly condition: string };
  readonly stopOrder?: { readonly utcMs: number; readonly by: Person; readonly authority: string };
  readonly closedUtcMs?: number;
  /** Of an exercise: numbered apart, and closed as soon as something real happens there. */
  readonly exercise?: boolean;
}

export interface BorderRecords {
  readonly records: ReadonlyMap<string, BorderRecord>;
  /** Records ever opened, by what they are for: pursuits are numbered B1 …, joint patrols J1 …, exercises of both X1 …. */
  readonly counted: Readonly<Record<BorderRecord['basis'] | 'exercise', number>>;
}

/** Records that are at hand; the oldest closed ones give way, then the oldest, which that closes. They are kept elsewhere. */
export const recordsMax = 500;

export type BorderEvent =
  /** They have been kept as long as they may be. */
  | { readonly name: 'forget'; readonly records: readonly string[] }
  | (Asked & {
      readonly name: 'open';
      readonly group: GroupId;
      readonly origin: ControlRoomId;
      readonly host: ControlRoomId;
      readonly category: string;
      readonly basis: BorderRecord['basis'];
      readonly place?: string;
      readonly exercise?: boolean;
    })
  | (Asked & {
      readonly name: 'cross';
      readonly record: string;
      readonly unit: string;
      readonly place: string;
      readonly from: string;
      readonly to: string;
    })
  /** A crossing of which nobody had given notice before: record and mark in one. */
  | (Asked & {
      readonly name: 'openAndCross';
      readonly group: GroupId;
      readonly origin: ControlRoomId;
      readonly host: ControlRoomId;
      readonly category: string;
      readonly basis: BorderRecord['basis'];
      readonly unit: string;
      readonly place: string;
      readonly from: string;
      readonly to: string;
      readonly exercise?: boolean;
    })
  | (Asked & { readonly name: 'accept'; readonly record: string; readonly condition: string })
  | (Asked & { readonly name: 'stop'; readonly record: string; readonly authority: string })
  /** The group has been closed: so are its records. */
  | { readonly name: 'groupClosed'; readonly group: GroupId }
  /** What happens on the group is real: the records of its exercise are closed. */
  | { readonly name: 'exerciseOver'; readonly group: GroupId }
  /** What a unit itself said of its crossing. */
  | {
      readonly name: 'said';
      readonly group: GroupId;
      readonly unit: string;
      readonly source: Exclude<CrossingSource, 'voice-mark'>;
    };

interface Asked {
  readonly request: number;
  readonly person: Person;
}

export type BorderRefusal =
  | 'unknown-record'
  | 'record-closed'
  | 'no-category'
  | 'same-control-room'
  | 'same-country'
  | 'unit-missing'
  | 'place-missing'
  | 'not-host'
  | 'already-accepted'
  | 'already-marked'
  | 'authority-missing'
  | 'already-stopped';

export type BorderAction =
  | { readonly name: 'answer'; readonly request: number; readonly record?: string; readonly refusal?: BorderRefusal }
  | { readonly name: 'changed'; readonly record: BorderRecord }
  /** Closed, and at hand no more. */
  | { readonly name: 'gaveWay'; readonly record: BorderRecord }
  /** `ann-crossing` and `ann-stop`. */
  | { readonly name: 'announce'; readonly announcement: 'crossing' | 'stop'; readonly record: BorderRecord };

export interface BorderStep {
  readonly state: BorderRecords;
  readonly actions: readonly BorderAction[];
}

export const noBorderRecords: BorderRecords = {
  records: new Map(),
  counted: { pursuit: 0, 'joint-patrol': 0, exercise: 0 },
};

/** Feeds one event. Total: no input can throw. `utcMs` is stamped into the record, and decides nothing. */
export function step(state: BorderRecords, event: BorderEvent, utcMs: number): BorderStep {
  switch (event.name) {
    case 'open':
      return open(state, event, utcMs);
    case 'openAndCross':
      return openAndCross(state, event, utcMs);
    case 'cross':
    case 'accept':
    case 'stop':
      return change(state, event, utcMs);
    case 'said':
      return hear(state, event, utcMs);
    case 'forget': {
      const gone = event.records.filter((each) => state.records.get(each)?.name === 'closed');
      if (gone.length === 0) return { state, actions: [] };
      const records = new Map([...state.records].filter(([record]) => !gone.includes(record)));
      return { state: { ...state, records }, actions: [] };
    }
    case 'groupClosed':
    case 'exerciseOver': {
      const closing = inGroup(state, event.group)
        .filter(({ exercise = false }) => exercise || event.name === 'groupClosed')
        .map((record): BorderRecord => ({ ...record, name: 'closed', closedUtcMs: utcMs }));
      return put(state, closing, [], utcMs);
    }
  }
}

/** The earliest that any source says. */
export function crossedUtcMs({ crossings }: BorderRecord): number | undefined {
  return crossings.length === 0 ? undefined : Math.min(...crossings.map(({ utcMs }) => utcMs));
}

/** How much later than the crossing the host was told; 0: in time, undefined: nobody has crossed. */
export function noticeLateMs(record: BorderRecord): number | undefined {
  const crossed = crossedUtcMs(record);
  return crossed === undefined ? undefined : Math.max(0, record.noticeUtcMs - crossed);
}

type EventOf<N extends BorderEvent['name']> = Extract<BorderEvent, { name: N }>;

const letters: Readonly<Record<keyof BorderRecords['counted'], string>> = {
  pursuit: 'B',
  'joint-patrol': 'J',
  exercise: 'X',
};

function open(state: BorderRecords, event: EventOf<'open'>, utcMs: number): BorderStep {
  const { request, person, group, origin, host, basis, place, exercise = false } = event;
  const category = event.category.trim();
  if (category === '') return refuse(state, request, 'no-category');
  if (origin === host) return refuse(state, request, 'same-control-room');
  const kind = exercise ? 'exercise' : basis;
  const count = state.counted[kind] + 1;
  const counted = { ...state.counted, [kind]: count };
  const record: BorderRecord = {
    record: `${letters[kind]}${count}`,
    group,
    name: 'notified',
    origin,
    host,
    category,
    basis,
    ...(place === undefined ? {} : { place }),
    noticeUtcMs: utcMs,
    noticeBy: person,
    crossings: [],
    ...(exercise && { exercise }),
  };
  return put({ ...state, counted }, [record], [{ name: 'answer', request, record: record.record }], utcMs);
}

function openAndCross(state: BorderRecords, event: EventOf<'openAndCross'>, utcMs: number): BorderStep {
  const opened = open(state, { ...event, name: 'open' }, utcMs);
  const [answer] = opened.actions;
  if (answer?.name !== 'answer' || answer.record === undefined) return opened;
  const crossed = change(opened.state, { ...event, name: 'cross', record: answer.record }, utcMs);
  // Without unit or place nothing is opened either.
  return crossed.actions.some((action) => action.name === 'answer' && action.refusal !== undefined)
    ? { state, actions: crossed.actions }
    : crossed;
}

function change(state: BorderRecords, event: EventOf<'cross' | 'accept' | 'stop'>, utcMs: number): BorderStep {
  const { request } = event;
  const record = state.records.get(event.record);
  if (record === undefined) return refuse(state, request, 'unknown-record');
  if (record.name === 'closed') return refuse(state, request, 'record-closed');
  const changed =
    event.name === 'cross'
      ? cross(record, event, utcMs)
      : event.name === 'accept'
        ? accept(record, event, utcMs)
        : stop(record, event, utcMs);
  if (typeof changed === 'string') return refuse(state, request, changed);
  const actions: BorderAction[] = [{ name: 'answer', request, record: record.record }];
  if (event.name === 'cross') actions.push({ name: 'announce', announcement: 'crossing', record: changed });
  if (event.name === 'stop') actions.push({ name: 'announce', announcement: 'stop', record: changed });
  return put(state, [changed], actions, utcMs);
}

function cross(record: BorderRecord, event: EventOf<'cross'>, utcMs: number): BorderRecord | BorderRefusal {
  if (event.unit.trim() === '') return 'unit-missing';
  if (event.place.trim() === '') return 'place-missing';
  if (event.from === event.to) return 'same-country';
  if (record.crossings.some(({ source }) => source === 'voice-mark')) return 'already-marked';
  const { unit, place, from, to } = event;
  // What another unit said by itself was no crossing of this record.
  const crossings = record.unit === undefined || record.unit === unit ? record.crossings : [];
  return { ...record, unit, place, from, to, crossings: [...crossings, { source: 'voice-mark', utcMs }] };
}

function accept(record: BorderRecord, event: EventOf<'accept'>, utcMs: number): BorderRecord | BorderRefusal {
  if (event.person.controlRoom !== record.host) return 'not-host';
  if (record.acceptance !== undefined) return 'already-accepted';
  const acceptance = { utcMs, by: event.person, condition: event.condition.trim() };
  return { ...record, name: 'accepted', acceptance };
}

function stop(record: BorderRecord, event: EventOf<'stop'>, utcMs: number): BorderRecord | BorderRefusal {
  const authority = event.authority.trim();
  if (authority === '') return 'authority-missing';
  if (record.stopOrder !== undefined) return 'already-stopped';
  return { ...record, stopOrder: { utcMs, by: event.person, authority } };
}

/** A unit says that it crosses: on its record, else on the newest of the group whose unit nobody has named yet. */
function hear(state: BorderRecords, event: EventOf<'said'>, utcMs: number): BorderStep {
  const open = inGroup(state, event.group);
  const record = open.findLast(({ unit }) => unit === event.unit) ?? open.findLast(({ unit }) => unit === undefined);
  if (record === undefined || record.crossings.some(({ source }) => source === event.source)) {
    return { state, actions: [] };
  }
  const crossings = [...record.crossings, { source: event.source, utcMs }];
  return put(state, [{ ...record, unit: event.unit, crossings }], [], utcMs);
}

function inGroup({ records }: BorderRecords, group: GroupId): readonly BorderRecord[] {
  return [...records.values()].filter((record) => record.group === group && record.name !== 'closed');
}

function put(
  state: BorderRecords,
  changed: readonly BorderRecord[],
  actions: readonly BorderAction[],
  utcMs: number,
): BorderStep {
  const records = new Map(state.records);
  for (const record of changed) records.set(record.record, record);
  const oldest = [...records.values()].sort((a, b) => Number(b.name === 'closed') - Number(a.name === 'closed'));
  const gone = oldest.slice(0, Math.max(0, records.size - recordsMax)).map((record): BorderRecord => {
    return { ...record, name: 'closed', closedUtcMs: record.closedUtcMs ?? utcMs };
  });
  for (const { record } of gone) records.delete(record);
  return {
    state: { ...state, records },
    actions: [
      ...actions,
      ...changed.map((record) => ({ name: 'changed', record }) as const),
      ...gone.map((record) => ({ name: 'gaveWay', record }) as const),
    ],
  };
}

function refuse(state: BorderRecords, request: number, refusal: BorderRefusal): BorderStep {
  return { state, actions: [{ name: 'answer', request, refusal }] };
}
