import { describe, expect, it } from 'vitest';
import {
  type BorderEvent,
  type BorderRecord,
  type BorderRecords,
  crossedUtcMs,
  noBorderRecords,
  noticeLateMs,
  recordsMax,
  step,
} from '../../src/operations/border-record.ts';
import type { Person } from '../../src/operations/terms.ts';

const ccpd: Person = { person: 'ccpd-be-1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };
const lille: Person = { person: 'tn-op-1', display: 'Lille 1', role: 'dispatcher', controlRoom: 'cr-tn59' };

/** Border records under test; the time in s. */
class Book {
  state: BorderRecords = noBorderRecords;
  readonly handedOn: BorderRecord[] = [];

  feed(event: BorderEvent, atS: number): string {
    const { state, actions } = step(this.state, event, atS * 1000);
    this.state = state;
    for (const action of actions) if (action.name === 'gaveWay') this.handedOn.push(action.record);
    const words = actions.flatMap((action) => {
      if (action.name === 'answer') return [action.refusal ?? `done ${action.record ?? ''}`];
      return action.name === 'announce' ? [`announce ${action.announcement}`] : [];
    });
    return words.join(', ');
  }

  open(atS: number, more: { category?: string; host?: string } = {}) {
    const { category = 'vol aggravé (flagrant délit)', host = 'cr-tn59' } = more;
    const event = {
      name: 'open',
      request: 1,
      person: ccpd,
      group: 'pours',
      origin: 'cr-ht',
      basis: 'pursuit',
    } as const;
    return this.feed({ ...event, category, host, place: 'PF-04' }, atS);
  }

  cross(atS: number, more: { record?: string; unit?: string; to?: string; place?: string } = {}) {
    const { record = 'B1', unit = 'm31', to = 'FR', place = 'PF-04' } = more;
    return this.feed({ name: 'cross', request: 2, person: ccpd, record, unit, place, from: 'BE', to }, atS);
  }

  accept(atS: number, person: Person, record = 'B1') {
    return this.feed({ name: 'accept', request: 3, person, record, condition: 'suivre sans interpeller' }, atS);
  }

  said(atS: number, source: 'status' | 'position', unit = 'm31') {
    return this.feed({ name: 'said', group: 'pours', unit, source }, atS);
  }

  get b1() {
    const record = this.state.records.get('B1');
    if (record === undefined) throw new Error('no record B1');
    return record;
  }
}

it('has so many records at hand as can be read again, those that are open the longest, and hands on all others closed', () => {
  const book = new Book();
  book.open(0);
  for (let at = 1; at < recordsMax; at++) book.open(at);
  book.state = step(book.state, { name: 'groupClosed', group: 'pours' }, 1e6).state;
  for (let at = 0; at < recordsMax + 2; at++) book.open(2000 + at);
  const kept = [...book.state.records.values()];
  expect(kept).toHaveLength(recordsMax);
  expect(kept.map(({ record }) => record).slice(-1)).toEqual([`B${2 * recordsMax + 2}`]);
  expect(kept[0]).toMatchObject({ record: `B${recordsMax + 3}`, name: 'notified' });
  expect(book.handedOn.map(({ record }) => record)).toEqual(
    Array.from({ length: recordsMax + 2 }, (_, at) => `B${at + 1}`),
  );
  expect(book.handedOn.every(({ name, closedUtcMs }) => name === 'closed' && closedUtcMs !== undefined)).toBe(true);
});

describe('a pursuit', () => {
  it('is on record as scenario S1 has it', () => {
    const book = new Book();
    expect(book.open(50)).toBe('done B1');
    expect(book.accept(81, lille)).toBe('done B1');
    book.said(98, 'status');
    book.said(98.4, 'position');
    expect(book.cross(103)).toBe('done B1, announce crossing');
    expect(book.b1).toMatchObject({
      name: 'accepted',
      unit: 'm31',
      origin: 'cr-ht',
      host: 'cr-tn59',
      place: 'PF-04',
      from: 'BE',
      to: 'FR',
      noticeUtcMs: 50_000,
      acceptance: { utcMs: 81_000, by: lille, condition: 'suivre sans interpeller' },
      crossings: [
        { source: 'status', utcMs: 98_000 },
        { source: 'position', utcMs: 98_400 },
        { source: 'voice-mark', utcMs: 103_000 },
      ],
    });
    expect(crossedUtcMs(book.b1)).toBe(98_000);
    expect(noticeLateMs(book.b1)).toBe(0);
    book.feed({ name: 'groupClosed', group: 'pours' }, 680);
    expect(book.b1).toMatchObject({ name: 'closed', closedUtcMs: 680_000 });
    expect(book.cross(700)).toBe('record-closed');
  });

  it('of which the host was told too late says so', () => {
    const book = new Book();
    book.open(50);
    book.cross(60);
    const late = { ...book.b1, noticeUtcMs: 75_000 };
    expect(noticeLateMs(late)).toBe(15_000);
    expect(noticeLateMs({ ...late, crossings: [] })).toBeUndefined();
  });

  it('may be stopped, with the name of the authority', () => {
    const book = new Book();
    book.open(50);
    const stop = { name: 'stop', request: 4, person: lille, record: 'B1' } as const;
    expect(book.feed({ ...stop, authority: ' ' }, 60)).toBe('authority-missing');
    expect(book.feed({ ...stop, authority: 'TN 59' }, 60)).toBe('done B1, announce stop');
    expect(book.feed({ ...stop, authority: 'TN 59' }, 61)).toBe('already-stopped');
  });
});

describe('a record', () => {
  it.each([
    ['without a category', { category: ' ' }, 'no-category'],
    ['from a room to itself', { host: 'cr-ht' }, 'same-control-room'],
  ])('%s is refused', (_, more, cause) => {
    const book = new Book();
    expect(book.open(1, more)).toBe(cause);
    expect(book.state.records.size).toBe(0);
  });

  it('is accepted by its host alone, once', () => {
    const book = new Book();
    book.open(1);
    expect(book.accept(2, ccpd)).toBe('not-host');
    expect(book.accept(2, lille)).toBe('done B1');
    expect(book.accept(3, lille)).toBe('already-accepted');
    expect(book.accept(3, lille, 'B9')).toBe('unknown-record');
  });

  it('marks one crossing; the next one has a record of its own', () => {
    const book = new Book();
    book.open(1);
    expect(book.cross(2, { unit: '' })).toBe('unit-missing');
    expect(book.cross(2, { place: '' })).toBe('place-missing');
    expect(book.cross(2, { to: 'BE' })).toBe('same-country');
    book.cross(2);
    expect(book.cross(3)).toBe('already-marked');
    expect(book.open(4)).toBe('done B2');
    expect(book.cross(5, { record: 'B2', unit: 'tv24' })).toBe('done B2, announce crossing');
  });

  it('takes what a unit says of itself to the record of that unit, once a source', () => {
    const book = new Book();
    book.open(1);
    book.cross(2);
    book.open(3);
    book.said(4, 'status', 'm31');
    book.said(5, 'status', 'm31');
    book.said(6, 'status', 'tv24');
    book.said(7, 'position', 'g7');
    expect(book.b1.crossings).toHaveLength(2);
    expect(book.state.records.get('B2')).toMatchObject({
      unit: 'tv24',
      crossings: [{ source: 'status', utcMs: 6000 }],
    });
  });
});

describe('a crossing of which nobody had given notice', () => {
  const event = {
    name: 'openAndCross',
    request: 7,
    person: ccpd,
    group: 'patr',
    origin: 'cr-wv',
    host: 'cr-tn59',
    category: 'patrouille mixte',
    basis: 'joint-patrol',
    unit: 'Mixte 2',
    place: 'PF-03',
    from: 'BE',
    to: 'FR',
  } as const;

  it('is one record with its mark, numbered by what it is for', () => {
    const book = new Book();
    expect(book.feed(event, 73)).toBe('done J1, announce crossing');
    expect(book.state.records.get('J1')).toMatchObject({
      unit: 'Mixte 2',
      noticeUtcMs: 73_000,
      crossings: [{ source: 'voice-mark', utcMs: 73_000 }],
    });
    book.open(80);
    expect([...book.state.records.keys()]).toEqual(['J1', 'B1']);
  });

  it('opens nothing when it is refused', () => {
    const book = new Book();
    expect(book.feed({ ...event, unit: ' ' }, 73)).toBe('unit-missing');
    expect(book.feed({ ...event, category: '' }, 73)).toBe('no-category');
    expect(book.state).toEqual(noBorderRecords);
  });
});
