/** Shifts handed over as persons ask: shown to the control room, logged, kept with the sheet as it was. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { ShiftOperation } from '../../../src/console/operation.ts';
import type { HandOver } from '../../../src/console/wire.ts';
import { HandOvers } from '../../../src/gateway/operations/hand-overs.ts';
import type { Person, Role } from '../../../src/operations/terms.ts';
import { KeptAgain } from '../../../src/store/kept-again.ts';
import type { OlderItem } from '../../../src/store/older-items.ts';

const utc = Date.UTC(2026, 0, 10, 14);
const names = [
  ['ccpd-be-1', 'CCPD 1', 'dispatcher', 'cr-ccpd'],
  ['ccpd-be-2', 'CCPD 2', 'dispatcher', 'cr-ccpd'],
  ['ccpd-sup', 'CCPD chef', 'supervisor', 'cr-ccpd'],
  ['obs-1', 'OBS 1', 'observer', 'cr-ccpd'],
  ['tn-op-1', 'TN 59', 'dispatcher', 'cr-tn59'],
] as const;
const people = names.map(([id, display, role, controlRoom]) => {
  return { id, display, role, controlRoom, country: 'BE', language: 'fr' as const, priority: 10 };
});
const person = (id: string): Person => {
  const { display, role, controlRoom } = people.find((each) => each.id === id)!;
  return { person: id, display, role: role as Role, controlRoom };
};

class Stand {
  readonly clock: ManualClock;
  readonly told: [HandOver, string][] = [];
  readonly older: OlderItem[] = [];
  readonly gone: unknown[] = [];
  readonly lines: object[] = [];
  readonly disk: Map<string, unknown>;
  /** Documents that the disk does not take. */
  faulty = '';
  readonly #documents = new Map<string, KeptAgain>();
  readonly handOvers: HandOvers;
  groups = ['FRBE ACC'];

  constructor(disk = new Map<string, unknown>(), utcMs = utc) {
    this.disk = disk;
    this.clock = new ManualClock({ nowMs: 0, utcMs });
    this.handOvers = new HandOvers(
      { people },
      {
        clock: this.clock,
        events: {
          operations: { handOver: (at) => this.lines.push(at) },
          state: { notKept: (at) => this.lines.push(at) },
        },
        console: {
          setHandOver: (handOver, room) => this.told.push([handOver, room]),
          forget: (gone) => this.gone.push(gone),
          sheetOf: (of) => ({
            timezone: 'Europe/Brussels',
            groups: this.groups.map((shortName) => ({ id: of.controlRoom, shortName })),
          }),
        },
        kept: (name) => this.#kept(name),
        older: () => ({ put: (items) => void this.older.push(...items), forget: () => true }),
      },
    );
    this.handOvers.start();
  }

  /** As a gateway keeps them, which offers a document again that the disk did not take. */
  #kept(name: string): KeptAgain {
    const known = this.#documents.get(name);
    if (known !== undefined) return known;
    const file = {
      read: () => this.disk.get(name),
      write: (document: unknown) => {
        if (this.faulty !== '' && name.startsWith(this.faulty)) return `${name}: ENOSPC`;
        this.disk.set(name, JSON.parse(JSON.stringify(document)));
        return undefined;
      },
    };
    const kept = new KeptAgain(file, this.clock, () => undefined);
    this.#documents.set(name, kept);
    return kept;
  }

  ask(by: string, operation: ShiftOperation): string {
    let answer = 'unanswered';
    this.handOvers.operate(person(by), operation, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  }

  offer(to = 'ccpd-be-2', note = 'PF-14 sous filtrage') {
    return this.ask('ccpd-be-1', { name: 'offerShift', to, note });
  }
}

describe('a hand-over that has been kept as long as it may be', () => {
  it('goes with its sheet, and stays in the list while the disk does not let go of that', () => {
    const stand = new Stand();
    stand.offer();
    stand.ask('ccpd-be-2', { name: 'confirmShift', shift: 1 });
    stand.faulty = 'hand-over-sheet';
    for (let attempt = 1; attempt <= 2; attempt++) expect(stand.handOvers.forget(['1'])).toBe(false);
    expect(stand.lines.at(-1)).toEqual({ reason: 'hand-over-sheet-1: ENOSPC' });
    expect(stand.disk.get('hand-overs')).toMatchObject({ all: [{ id: 1 }] });
    stand.faulty = '';
    expect(stand.handOvers.forget(['1'])).toBe(true);
    expect([...stand.disk.values()]).toEqual([
      { handOver: 0, sheet: '' },
      { version: 1, lastId: 1, all: [] },
    ]);
  });
});

describe('a shift', () => {
  it('is offered with its sheet and confirmed by the colleague; both stand in the log', () => {
    const stand = new Stand();
    expect(stand.offer()).toBe('done');
    expect(stand.told.at(-1)).toMatchObject([
      { id: 1, state: 'offered', from: 'CCPD 1', to: 'CCPD 2', note: 'PF-14 sous filtrage', offeredUtcMs: utc },
      'cr-ccpd',
    ]);
    stand.groups = [];
    stand.clock.advance(60_000);
    expect(stand.handOvers.sheet(person('ccpd-be-2'), 1)).toMatchObject({
      sheet: { groups: [{ shortName: 'FRBE ACC' }] },
    });
    expect(stand.ask('ccpd-be-2', { name: 'confirmShift', shift: 1 })).toBe('done');
    expect(stand.told.at(-1)?.[0]).toMatchObject({ id: 1, state: 'confirmed', endedUtcMs: utc + 60_000 });
    expect(stand.lines).toMatchObject([
      { what: 'offer', handOver: 1, operator: 'CCPD 1', colleague: 'CCPD 2', words: 'PF-14 sous filtrage' },
      { what: 'confirm', handOver: 1, operator: 'CCPD 2', colleague: 'CCPD 1', controlRoom: 'cr-ccpd' },
    ]);
  });

  it('is refused with a reason, which is told and logged; what may not be changes nothing and is logged too', () => {
    const stand = new Stand();
    expect(stand.ask('obs-1', { name: 'offerShift', to: 'ccpd-be-2', note: '' })).toBe('not-permitted');
    expect(stand.offer('nobody')).toBe('unknown-person');
    expect(stand.offer('tn-op-1')).toBe('other-control-room');
    expect(stand.told).toEqual([]);
    stand.offer();
    expect(stand.ask('ccpd-sup', { name: 'confirmShift', shift: 1 })).toBe('not-yours');
    expect(stand.ask('ccpd-be-2', { name: 'refuseShift', shift: 1, reason: 'détresse en cours' })).toBe('done');
    expect(stand.told.at(-1)?.[0]).toMatchObject({ state: 'refused', reason: 'détresse en cours' });
    expect(stand.lines).toMatchObject([
      { what: 'offer', refusal: 'not-permitted' },
      { what: 'offer', refusal: 'unknown-person' },
      { what: 'offer', refusal: 'other-control-room', colleague: 'TN 59' },
      { what: 'offer', handOver: 1 },
      { what: 'confirm', refusal: 'not-yours', operator: 'CCPD chef' },
      { what: 'refuse', words: 'détresse en cours' },
    ]);
  });

  it('keeps the sheet of an offer that waits, however many others come and go', () => {
    const stand = new Stand();
    stand.offer();
    stand.groups = ['FRBE PATR B1'];
    for (let turn = 0; turn < 120; turn++) {
      expect(stand.ask('ccpd-sup', { name: 'offerShift', to: 'ccpd-be-2', note: '' })).toBe('done');
      const id = stand.told.at(-1)?.[0].id ?? 0;
      expect(stand.ask('ccpd-sup', { name: 'withdrawShift', shift: id })).toBe('done');
    }
    expect(stand.handOvers.sheet(person('ccpd-be-2'), 1)).toMatchObject({
      sheet: { groups: [{ shortName: 'FRBE ACC' }] },
    });
    const { handOvers } = stand.handOvers.shown(person('ccpd-be-2'));
    expect(handOvers).toHaveLength(50);
    for (const { id = 0 } of handOvers)
      expect(stand.handOvers.sheet(person('ccpd-be-2'), id ?? 0)).toHaveProperty('sheet');
  });

  it('is still offered after a restart, with the sheet of before, and lapses at its time', () => {
    const first = new Stand();
    first.offer();
    const again = new Stand(first.disk, utc + 3_600_000);
    expect(again.handOvers.shown(person('ccpd-be-2')).handOvers).toMatchObject([{ id: 1, state: 'offered' }]);
    expect(again.handOvers.sheet(person('ccpd-be-2'), 1)).toMatchObject({
      sheet: { groups: [{ shortName: 'FRBE ACC' }] },
    });
    again.clock.advance(11 * 3_600_000);
    expect(again.told.at(-1)?.[0]).toMatchObject({ id: 1, state: 'lapsed' });
    expect(again.lines.at(-1)).toMatchObject({ what: 'lapsed', handOver: 1 });
  });

  it('shows a person the hand-overs of his room and the colleagues who may take his', () => {
    const stand = new Stand();
    stand.offer();
    const of = (id: string) => stand.handOvers.shown(person(id));
    expect(of('ccpd-be-1').colleagues.map(({ personId }) => personId)).toEqual(['ccpd-be-2', 'ccpd-sup']);
    expect(of('tn-op-1')).toEqual({ handOvers: [], colleagues: [] });
    expect(of('obs-1')).toMatchObject({ handOvers: [{ id: 1 }], colleagues: [] });
    expect(stand.handOvers.sheet(person('tn-op-1'), 1)).toEqual({ refusal: 'unknown-hand-over' });
    expect(stand.handOvers.sheet(person('ccpd-be-1'), 9)).toEqual({ refusal: 'unknown-hand-over' });
  });

  it('says that a sheet is no longer kept where another has its place, or somebody has spoilt it', () => {
    const stand = new Stand();
    stand.offer();
    stand.disk.set('hand-over-sheet-1', { handOver: 51, sheet: '' });
    expect(stand.handOvers.sheet(person('ccpd-be-1'), 1)).toEqual({ refusal: 'not-kept' });
    stand.disk.set('hand-over-sheet-1', { handOver: 1, sheet: '/////w==' });
    expect(stand.handOvers.sheet(person('ccpd-be-1'), 1)).toEqual({ refusal: 'not-kept' });
  });
});
