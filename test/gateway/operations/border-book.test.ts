/** Border records as persons and units make them: shown, said on the air, written down, kept. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { BorderRecord } from '../../../src/console/console-terms.ts';
import type { BorderOperation } from '../../../src/console/operation.ts';
import type { AnnouncementOrder } from '../../../src/gateway/operations/announcements.ts';
import { BorderBook } from '../../../src/gateway/operations/border-book.ts';
import type { Person } from '../../../src/operations/terms.ts';
import { demoConfig } from '../demo-config.ts';
import { quietOlder } from './quiet-ports.ts';

const group = 'xb-pours-1';
const ccpd: Person = { person: 'ccpd-be-1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };
const lille: Person = { person: 'tn-op-1', display: 'Lille 1', role: 'dispatcher', controlRoom: 'cr-tn59' };
const utc = Date.UTC(2026, 0, 1, 1, 14);
const notice = { origin: 'cr-ht', host: 'cr-tn59', category: 'vol aggravé', basis: 'pursuit' } as const;

class Stand {
  readonly clock: ManualClock;
  readonly shown: BorderRecord[] = [];
  readonly said: AnnouncementOrder[] = [];
  readonly lines: object[] = [];
  kept: unknown;
  readonly gone: unknown[] = [];
  exercise = false;
  readonly book: BorderBook;

  constructor(kept?: unknown) {
    this.clock = new ManualClock({ nowMs: 1000, utcMs: utc });
    this.kept = kept;
    this.book = new BorderBook(demoConfig, {
      clock: this.clock,
      events: { operations: { borderRecord: (at) => this.lines.push(at) }, state: { notKept: () => undefined } },
      console: { setBorderRecord: (record) => this.shown.push(record), forget: (gone) => this.gone.push(gone) },
      announcements: { say: (order) => this.said.push(order) },
      older: quietOlder('border-records'),
      kept: {
        read: () => this.kept,
        write: (document) => {
          this.kept = JSON.parse(JSON.stringify(document));
          return undefined;
        },
      },
      hearing: () => ['as:5300110', 'in:590-911'],
      inExercise: () => this.exercise,
    });
  }

  does(person: Person, operation: BorderOperation): string {
    let answer = 'unanswered';
    this.book.operate(person, operation, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  }

  open(): string {
    return this.does(ccpd, { name: 'openRecord', group, ...notice, place: 'PF-04' });
  }

  mark(record = 'B1'): string {
    const way = { unit: 'Mouscron 31', place: 'PF-04', from: 'BE', to: 'FR' };
    return this.does(ccpd, { name: 'markCrossing', group, record, ...notice, ...way });
  }

  get last(): BorderRecord {
    return this.shown.at(-1)!;
  }
}

describe('a border record of an exercise', () => {
  it('is marked, numbered apart, and closed when it is real; real ones go on', () => {
    const stand = new Stand();
    stand.open();
    stand.exercise = true;
    expect(stand.open()).toBe('done');
    expect(stand.last).toMatchObject({ id: 'X1', exercise: true, state: 'notified' });
    expect(stand.mark('')).toBe('done');
    expect(stand.last).toMatchObject({ id: 'X2', exercise: true });
    const again = new Stand(stand.kept);
    again.book.start();
    expect(again.shown.map(({ id, exercise = false }) => `${id} ${exercise}`)).toEqual([
      'B1 false',
      'X1 true',
      'X2 true',
    ]);
    again.shown.length = 0;
    again.book.exerciseOver(group);
    expect(again.shown.map(({ id, state }) => `${id} ${state}`)).toEqual(['X1 closed', 'X2 closed']);
    again.open();
    expect(again.last).toMatchObject({ id: 'B2' });
    expect(again.last).not.toHaveProperty('exercise');
  });

  it('counts on from what was kept before there were exercises', () => {
    const stand = new Stand({ version: 1, counted: { pursuit: 4, 'joint-patrol': 0 }, records: [] });
    stand.book.start();
    stand.exercise = true;
    stand.open();
    expect(stand.last).toMatchObject({ id: 'X1' });
  });
});

describe('a border record', () => {
  it('is not opened on a group that there is not', () => {
    const stand = new Stand();
    expect(stand.does(ccpd, { name: 'openRecord', group: '__proto__', ...notice, place: 'PF-04' })).toBe(
      'unknown-group',
    );
    expect(stand.shown).toEqual([]);
    expect(stand.lines).toMatchObject([{ what: 'openRecord', refusal: 'unknown-group' }]);
  });

  it('tells all consoles of notice, acceptance by the host, and crossing by every source', () => {
    const stand = new Stand();
    expect(stand.open()).toBe('done');
    expect(stand.last).toMatchObject({
      id: 'B1',
      state: 'notified',
      host: 'cr-tn59',
      noticeUtcMs: utc,
      noticeBy: 'CCPD 1',
    });
    const accept = { name: 'acceptPursuit', group, record: 'B1', condition: 'suivre sans interpeller' } as const;
    expect(stand.does(ccpd, accept)).toBe('not-host');
    expect(stand.does(lille, accept)).toBe('done');
    expect(stand.last).toMatchObject({
      state: 'accepted',
      acceptedBy: 'Lille 1 (TN 59)',
      condition: 'suivre sans interpeller',
    });
    stand.clock.advance(30_000);
    stand.book.said({ group, unit: 'Mouscron 31', source: 'status' });
    stand.clock.advance(5000);
    expect(stand.mark()).toBe('done');
    expect(stand.last).toMatchObject({
      unit: 'Mouscron 31',
      from: 'BE',
      to: 'FR',
      crossings: [
        { source: 'status', atUtcMs: utc + 30_000 },
        { source: 'voice-mark', atUtcMs: utc + 35_000 },
      ],
      noticeLateMs: 0,
    });
    expect(stand.said).toMatchObject([
      {
        id: 'ann-crossing',
        group,
        fields: { place: 'PF-04', time: '02:14' },
        talkgroups: ['as:5300110', 'in:590-911'],
      },
    ]);
  });

  it('takes a position for a crossing where the unit of the record is within 2 km of its place', () => {
    const stand = new Stand();
    stand.open();
    stand.mark();
    const position = (latitudeDeg: number, unit = 'Mouscron 31') =>
      stand.book.said({ group, unit, source: 'position', place: { latitudeDeg, longitudeDeg: 3.188 } });
    position(50.79);
    position(50.76, 'BAC 2');
    expect(stand.last.crossings).toHaveLength(1);
    position(50.76);
    expect(stand.last.crossings).toMatchObject([{ source: 'voice-mark' }, { source: 'position' }]);
  });

  it('says a stop order on the air at once, with who gave it', () => {
    const stand = new Stand();
    stand.open();
    const stop = { name: 'orderStop', group, record: 'B1' } as const;
    expect(stand.does(lille, { ...stop, authority: '' })).toBe('authority-missing');
    expect(stand.does(lille, { ...stop, authority: 'procureur de Lille' })).toBe('done');
    expect(stand.said).toMatchObject([
      { id: 'ann-stop', urgency: 'urgent', fields: { authority: 'procureur de Lille' } },
    ]);
    expect(stand.last).toMatchObject({ stopAuthority: 'procureur de Lille', stoppedBy: 'Lille 1' });
  });

  it('says that the host was told too late, when it was', () => {
    const stand = new Stand();
    expect(stand.mark('')).toBe('done');
    stand.clock.advance(1000);
    expect(stand.last).toMatchObject({ id: 'B1', noticeLateMs: 0 });
  });

  it('is closed with its group, and is there again after a restart, with its numbers', () => {
    const before = new Stand();
    before.open();
    before.book.groupClosed(group);
    expect(before.last).toMatchObject({ state: 'closed', closedUtcMs: utc });
    const after = new Stand(before.kept);
    after.book.start();
    expect(after.shown).toMatchObject([{ id: 'B1', state: 'closed' }]);
    after.open();
    expect(after.last.id).toBe('B2');
    const broken = new Stand({ version: 1, records: 'x' });
    broken.book.start();
    expect(broken.shown).toEqual([]);
  });

  it('is not for those who may not open groups; that is in the log', () => {
    const stand = new Stand();
    const observer = { ...ccpd, role: 'observer' } as const;
    expect(stand.does(observer, { name: 'openRecord', group, ...notice, place: '' })).toBe('not-permitted');
    expect(stand.shown).toEqual([]);
    expect(stand.lines).toEqual([expect.objectContaining({ what: 'openRecord', refusal: 'not-permitted' })]);
  });

  it('is opened with a plan that wants one', () => {
    const stand = new Stand();
    stand.book.open(ccpd, group, { origin: 'cr-ht', host: 'cr-tn59', category: 'vol', place: 'PF-04' });
    expect(stand.last).toMatchObject({ id: 'B1', basis: 'pursuit', noticeBy: 'CCPD 1' });
  });
});
