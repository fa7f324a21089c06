/** Proof of the lines: who is called when, what is judged how, and that nothing is green without proof. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  idleProof,
  mustBeSeen,
  type ProofAction,
  type ProofBusy,
  type ProofEvent,
  type ProofLine,
  type ProofResult,
  type ProofRules,
  type ProofState,
  proofDeadlineMs,
  proofRounds,
  stepProof,
  verdictOf,
} from '../../src/operations/line-proof.ts';

const rules: ProofRules = {
  ...{ levelDbov: -16, toleranceDb: 3, oneWayMsMax: 600, waitMs: 900_000 },
  withoutAnswer: ['ro'],
  identities: { in: '590-1' },
};
const open: ProofBusy = { code: 'group-open', group: 'FRBE TECH' };
const line = (talkgroup: string, attachment: string): ProofLine => ({ talkgroup, network: talkgroup, attachment });
const lines = [line('as', 'as-1'), line('as', 'as-2'), line('in', 'in-1'), line('ro', 'ro-1')];

class Run {
  state: ProofState = idleProof;
  nowMs = 0;
  readonly actions: ProofAction[] = [];

  feed(event: ProofEvent): readonly ProofAction[] {
    const { state, actions } = stepProof(this.state, event, this.nowMs);
    this.state = state;
    this.actions.push(...actions);
    return actions;
  }

  /** Time goes on until it wants to be told. */
  look(busy?: ProofBusy): readonly ProofAction[] {
    this.nowMs = Math.max(this.nowMs, Math.min(proofDeadlineMs(this.state), this.nowMs + 3_600_000));
    return this.feed({ name: 'look', ...(busy !== undefined && { busy }) });
  }

  get results(): readonly ProofResult[] | undefined {
    return this.actions.flatMap((action) => (action.name === 'done' ? [action.results] : []))[0];
  }
}

function begun(its: readonly ProofLine[] = lines): Run {
  const run = new Run();
  run.feed({ name: 'order', order: { rounds: proofRounds(its), rules } });
  run.look();
  return run;
}

const came = (talkgroup: string, more: object = {}) => ({
  talkgroup,
  levelDbov: -16.4,
  delayMs: 240,
  whole: 1,
  ...more,
});

/** All lines of a round come up, and each gets back what `heard` says. */
function play(run: Run, heard: (talkgroup: string) => readonly ReturnType<typeof came>[]): void {
  for (const talkgroup of ['as', 'in', 'ro']) run.feed({ name: 'leg', talkgroup, up: true });
  run.feed({ name: 'identity', talkgroup: 'in', address: '590-1' });
  let actions = run.look();
  for (;;) {
    const sound = actions.find(({ name }) => name === 'sound');
    if (sound?.name !== 'sound') return;
    run.nowMs += 5000;
    actions = run.feed({ name: 'proved', end: 'done', heard: heard(sound.talkgroup) });
  }
}

describe('proof of the lines', () => {
  it('calls every talkgroup, sounds on each in turn, then goes to the second attachments with the others listening', () => {
    const run = begun();
    expect(run.actions.filter(({ name }) => name === 'open')).toEqual([
      { name: 'open', round: 0, lines: [lines[0], lines[2], lines[3]] },
    ]);
    play(run, (talkgroup) => [came(talkgroup)]);
    run.look();
    expect(run.actions.filter(({ name }) => name === 'open').at(-1)).toEqual({
      ...{ name: 'open', round: 1 },
      lines: [lines[1], lines[2], lines[3]],
    });
    play(run, (talkgroup) => [came(talkgroup)]);
    expect(run.results?.map(({ attachment, verdict }) => `${attachment} ${verdict}`)).toEqual([
      'as-1 green',
      'in-1 green',
      'ro-1 green',
      'as-2 green',
    ]);
    expect(run.actions.filter(({ name }) => name === 'sound')).toHaveLength(4);
    expect(verdictOf(run.results ?? [])).toBe('green');
    expect(run.results?.[0]).toMatchObject({ heardOn: 'as', levelDbov: -16.4, oneWayMs: 120 });
  });

  it.each([
    ['no-answer', 'as', [] as readonly ReturnType<typeof came>[], 'red'],
    ['no-answer', 'ro', [], 'unproven'],
    ['too-low', 'as', [came('as', { levelDbov: -26 })], 'red'],
    ['too-high', 'as', [came('as', { levelDbov: -8 })], 'red'],
    ['too-slow', 'as', [came('as', { delayMs: 1300 })], 'red'],
    ['broken', 'as', [came('as', { whole: 0.5 })], 'red'],
    ['nothing-back', 'as', [came('in')], 'red'],
  ])('says %s', (cause, of, heard, verdict) => {
    const run = begun([line('as', 'as-1'), line('in', 'in-1'), line('ro', 'ro-1')]);
    play(run, (talkgroup) => (talkgroup === of ? heard : [came(talkgroup)]));
    const result = run.results?.find(({ talkgroup }) => talkgroup === of);
    expect(result).toMatchObject({ verdict, causes: [cause] });
    expect(run.results?.filter((each) => each !== result).every((each) => each.verdict === 'green')).toBe(true);
  });

  it('is green where two networks hear each other, and says whose name came', () => {
    const run = begun([line('as', 'as-1'), line('in', 'in-1')]);
    play(run, (talkgroup) => [came(talkgroup === 'as' ? 'in' : 'as')]);
    expect(run.results).toMatchObject([
      { verdict: 'green', heardOn: 'in' },
      { verdict: 'green', heardOn: 'as', identity: '590-1' },
    ]);
  });

  it('is red where another name came than should have, or none', () => {
    const run = begun([line('in', 'in-1')]);
    run.feed({ name: 'leg', talkgroup: 'in', up: true });
    run.look();
    run.feed({ name: 'proved', end: 'done', heard: [came('in')] });
    expect(run.results).toMatchObject([{ verdict: 'red', causes: ['identity'] }]);
  });

  it('says of a line that does not come up why, and sounds on the others', () => {
    const run = begun([line('as', 'as-1'), line('in', 'in-1')]);
    run.feed({ name: 'leg', talkgroup: 'as', up: false, reason: '503 Service Unavailable', fault: 'refused' });
    run.feed({ name: 'leg', talkgroup: 'in', up: true });
    run.look();
    expect(run.nowMs).toBe(20_000);
    expect(run.actions.filter(({ name }) => name === 'sound')).toMatchObject([{ talkgroup: 'in' }]);
    run.feed({ name: 'proved', end: 'refused', heard: [] });
    expect(run.results).toMatchObject([
      { verdict: 'red', causes: ['not-up'], reason: '503 Service Unavailable', fault: 'refused' },
      { verdict: 'red', causes: ['refused'] },
    ]);
  });

  it('waits while the talkgroups are in use, and in the end says that it has proven nothing', () => {
    const run = new Run();
    run.feed({ name: 'order', order: { rounds: proofRounds(lines), rules } });
    while (run.results === undefined) run.look(open);
    expect(run.nowMs).toBe(900_000);
    expect(run.actions.filter(({ name }) => name === 'open')).toEqual([]);
    expect(run.results).toHaveLength(4);
    expect(run.results[0]).toMatchObject({ verdict: 'unproven', causes: ['busy'], busy: open });
    expect(mustBeSeen(run.results)).toBe(true);
  });

  it('lets go at once when a person talks, and tries again a minute later', () => {
    const run = begun();
    for (const talkgroup of ['as', 'in', 'ro']) run.feed({ name: 'leg', talkgroup, up: true });
    run.look();
    const atMs = run.nowMs;
    expect(run.feed({ name: 'proved', end: 'person', heard: [] })).toMatchObject([
      { name: 'close' },
      { step: 'waiting', busy: { code: 'talk' } },
    ]);
    expect(run.look()).toMatchObject([{ name: 'open', round: 0 }, {}, {}, {}]);
    expect(run.nowMs).toBe(atMs + 60_000);
  });

  it('lets go at once when somebody wants the group', () => {
    const run = begun();
    expect(run.feed({ name: 'look', busy: open })).toMatchObject([{ name: 'close' }, { step: 'waiting' }]);
  });

  it('ends with what it has when it is stopped', () => {
    const run = begun();
    run.feed({ name: 'stop' });
    expect(run.state).toBe(idleProof);
    expect(run.results?.every(({ causes }) => causes[0] === 'stopped')).toBe(true);
  });
});

describe('whatever happens', () => {
  const talkgroup = fc.constantFrom('as', 'in', 'ro', 'none');
  const tone = fc.record({
    talkgroup,
    levelDbov: fc.integer({ min: -60, max: 0 }),
    delayMs: fc.nat({ max: 5000 }),
    whole: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const event: fc.Arbitrary<ProofEvent> = fc.oneof(
    fc.record({ name: fc.constant('leg' as const), talkgroup, up: fc.boolean() }),
    fc.record({
      name: fc.constant('proved' as const),
      end: fc.constantFrom('done', 'done', 'person', 'refused', 'busy', 'gone', 'lost'),
      heard: fc.array(tone, { maxLength: 4 }),
    }),
    fc.record({ name: fc.constant('identity' as const), talkgroup, address: fc.constantFrom('590-1', '') }),
    fc.constant({ name: 'look' as const }),
    fc.constant({ name: 'look' as const, busy: open }),
  );

  it('opens and closes in pairs, sounds only on what is open and up, ends in time, and is never green without proof', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.nat({ max: 10_000 })), { maxLength: 80 }), (history) => {
        const run = begun();
        let isOpen = false;
        let seen = 0;
        const up = new Set<string>();
        const back = new Set<string>();
        const check = (): void => {
          for (const action of run.actions.slice(seen)) {
            if (action.name === 'open') {
              expect(isOpen).toBe(false);
              isOpen = true;
              up.clear();
            } else if (action.name === 'close') isOpen = false;
            else if (action.name === 'sound') expect([isOpen, up.has(action.talkgroup)]).toEqual([true, true]);
            else if (action.name === 'done') expect(isOpen).toBe(false);
          }
          seen = run.actions.length;
        };
        check();
        for (const [each, ms] of history) {
          run.nowMs += ms;
          if (each.name === 'leg' && each.up && isOpen) up.add(each.talkgroup);
          if (each.name === 'proved') for (const { talkgroup: on } of each.heard) back.add(on);
          run.feed(each);
          check();
        }
        for (let n = 0; run.state.name !== 'idle' && n < 2000; n++) {
          run.look(open);
          check();
        }
        expect(run.state).toBe(idleProof);
        expect(run.results).toHaveLength(lines.length);
        for (const { verdict, causes, talkgroup: its, heardOn } of run.results ?? []) {
          expect(verdict === 'green').toBe(causes.length === 0);
          if (verdict === 'green') expect([heardOn !== undefined, back.has(its)]).toEqual([true, true]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
