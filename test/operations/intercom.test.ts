import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CallRefusal,
  callAt,
  deadlineMs,
  heardAt,
  type IntercomAction,
  type IntercomEvent,
  missedAt,
  missedMax,
  ringMs,
  type Station,
  silentIntercom,
  step,
} from '../../src/operations/intercom.ts';
import type { Person, Role } from '../../src/operations/terms.ts';

const person = (id: string, role: Role = 'dispatcher'): Person => ({
  person: id,
  display: id.toUpperCase(),
  role,
  controlRoom: 'cr-ccpd',
});
const anna = person('anna');
const bram = person('bram');
const calais = person('calais', 'observer');
const station = (console: string, who: Person): Station => ({ console, person: who, display: who.display });

/** Consoles a, b (two of Bram: b1, b2) and c, and what was done as short words in the order it happened. */
class Exchange {
  state = silentIntercom;
  nowMs = 1000;

  constructor() {
    for (const [console, who] of [
      ['a', anna],
      ['b1', bram],
      ['b2', bram],
      ['c', calais],
    ] as const)
      this.feed({ name: 'here', station: station(console, who) });
  }

  feed(event: IntercomEvent): readonly string[] {
    const { state, actions } = step(this.state, event, this.nowMs);
    this.state = state;
    return actions.flatMap(word);
  }

  call(console: string, to: string, hot = false): readonly string[] {
    return this.feed({ name: 'call', console, to: { person: to }, hot });
  }

  answer(console: string, call = this.state.counted): readonly string[] {
    return this.feed({ name: 'answer', console, call });
  }

  hangUp(console: string, call = this.state.counted): readonly string[] {
    return this.feed({ name: 'hangUp', console, call });
  }

  after(ms: number): readonly string[] {
    this.nowMs += ms;
    return this.feed({ name: 'tick' });
  }

  shows(console: string): string {
    const call = callAt(this.state, console);
    if (call === undefined) return 'none';
    return call.name === 'talking' ? 'talking' : call.caller.console === console ? 'calling' : 'rings';
  }

  hears(console: string): readonly string[] {
    return heardAt(this.state, console);
  }

  missed(console: string): readonly string[] {
    return missedAt(this.state, console).map(({ by, times }) => `${by.person} × ${times}`);
  }
}

/** What is shown is asked for in the tests; its announcement is a word only in the property. */
function word(action: IntercomAction): string[] {
  switch (action.name) {
    case 'done':
      return [action.refusal ?? 'done'];
    case 'ended':
      return [`${action.console} is told: ${action.by} ${action.as}`];
    default:
      return [];
  }
}

describe('intercom (A-12: beside all groups)', () => {
  it('rings at every console of whoever is called, and goes on where he answers', () => {
    const exchange = new Exchange();
    expect(exchange.call('a', 'bram')).toEqual(['done']);
    expect(['a', 'b1', 'b2', 'c'].map((console) => exchange.shows(console))).toEqual([
      'calling',
      'rings',
      'rings',
      'none',
    ]);
    expect(exchange.answer('b2')).toEqual(['done', 'b1 is told: ANNA elsewhere']);
    expect([exchange.shows('a'), exchange.shows('b1'), exchange.shows('b2')]).toEqual(['talking', 'none', 'talking']);
  });

  it('lets nobody be heard before it is answered, then each side the other and nobody else', () => {
    const exchange = new Exchange();
    exchange.call('a', 'calais');
    expect(['a', 'c'].map((console) => exchange.hears(console))).toEqual([[], []]);
    exchange.answer('c');
    expect(['a', 'b1', 'b2', 'c'].map((console) => exchange.hears(console))).toEqual([['c'], [], [], ['a']]);
    expect(exchange.hangUp('c')).toEqual(['done', 'a is told: CALAIS hung-up']);
    expect(['a', 'c'].map((console) => exchange.hears(console))).toEqual([[], []]);
  });

  it('tells the caller of a refusal, which is no missed call', () => {
    const exchange = new Exchange();
    exchange.call('a', 'bram');
    expect(exchange.hangUp('b1')).toEqual(['done', 'a is told: BRAM refused']);
    expect(exchange.shows('b2')).toBe('none');
    expect(exchange.missed('b1')).toEqual([]);
  });

  it('says after 30 s that nobody answers, and whose call was missed at every console of the person', () => {
    const exchange = new Exchange();
    exchange.call('a', 'bram');
    expect(exchange.after(ringMs - 1)).toEqual([]);
    expect(exchange.after(1)).toEqual(['a is told: BRAM unanswered']);
    expect([exchange.missed('b1'), exchange.missed('b2'), exchange.missed('a')]).toEqual([
      ['anna × 1'],
      ['anna × 1'],
      [],
    ]);
    expect(missedAt(exchange.state, 'b1')[0]?.atMs).toBe(1000 + ringMs);
    exchange.call('a', 'bram');
    exchange.hangUp('a');
    expect(exchange.missed('b1')).toEqual(['anna × 2']);
    exchange.feed({ name: 'seen', console: 'b2' });
    expect(exchange.missed('b1')).toEqual([]);
  });

  it('forgets a missed call once the two speak or he calls back', () => {
    for (const makeGood of [
      (exchange: Exchange) => exchange.call('b1', 'anna'),
      (exchange: Exchange) => [exchange.call('a', 'bram'), exchange.answer('b1')],
    ]) {
      const exchange = new Exchange();
      exchange.call('a', 'bram');
      exchange.after(ringMs);
      makeGood(exchange);
      expect(exchange.missed('b1')).toEqual([]);
    }
  });

  it('is busy to whoever calls somebody in a call, at whatever console of his, and notes it as missed', () => {
    const exchange = new Exchange();
    exchange.call('a', 'bram');
    exchange.answer('b1');
    expect(exchange.call('c', 'bram')).toEqual(['busy']);
    expect(exchange.call('c', 'anna')).toEqual(['busy']);
    expect([exchange.missed('b2'), exchange.missed('a')]).toEqual([['calais × 1'], ['calais × 1']]);
    expect(exchange.shows('c')).toBe('none');
    expect(exchange.call('a', 'calais')).toEqual(['in-other-call']);
  });

  it('takes a call to the one that is calling as the answer', () => {
    const exchange = new Exchange();
    exchange.call('a', 'bram');
    expect(exchange.call('b1', 'anna')).toEqual(['done', 'b2 is told: ANNA elsewhere']);
    expect([exchange.shows('a'), exchange.shows('b1')]).toEqual(['talking', 'talking']);
  });

  it('calls one console of the same person, but never itself', () => {
    const exchange = new Exchange();
    expect(exchange.feed({ name: 'call', console: 'b1', to: { console: 'b2' }, hot: false })).toEqual(['done']);
    expect([exchange.shows('b1'), exchange.shows('b2')]).toEqual(['calling', 'rings']);
    expect(exchange.call('a', 'anna')).toEqual(['own-console']);
    expect(exchange.feed({ name: 'call', console: 'a', to: { console: 'a' }, hot: false })).toEqual(['own-console']);
  });

  it('ends with the link of either side, and tells the other', () => {
    const exchange = new Exchange();
    exchange.call('a', 'calais');
    exchange.answer('c');
    expect(exchange.feed({ name: 'away', console: 'c' })).toEqual(['a is told: CALAIS lost']);
    expect(exchange.hears('a')).toEqual([]);
    exchange.call('b1', 'anna');
    expect(exchange.feed({ name: 'away', console: 'b1' })).toEqual([]);
    expect(exchange.missed('a')).toEqual(['bram × 1']);
    expect(exchange.call('a', 'calais')).toEqual(['not-on-duty']);
    expect(exchange.call('c', 'anna')).toEqual(['not-at-console']);
  });

  it('goes on ringing at the other console when one of them loses its link', () => {
    const exchange = new Exchange();
    exchange.call('a', 'bram');
    expect(exchange.feed({ name: 'away', console: 'b1' })).toEqual([]);
    expect([exchange.shows('a'), exchange.shows('b2')]).toEqual(['calling', 'rings']);
    expect(exchange.feed({ name: 'away', console: 'b2' })).toEqual(['a is told: BRAM lost']);
  });

  it('ends when another page takes a console over', () => {
    const exchange = new Exchange();
    exchange.call('a', 'calais');
    exchange.answer('c');
    expect(exchange.feed({ name: 'here', station: station('c', calais) })).toEqual(['a is told: CALAIS lost']);
    expect(exchange.shows('c')).toBe('none');
  });

  it('hot line: only the caller is heard, wherever it rings, while he holds the key', () => {
    const exchange = new Exchange();
    exchange.call('a', 'bram', true);
    expect(['a', 'b1', 'b2', 'c'].map((console) => exchange.hears(console))).toEqual([[], ['a'], ['a'], []]);
    expect(exchange.feed({ name: 'letGo', console: 'a', call: 1 })).toEqual(['done']);
    expect([exchange.hears('b1'), exchange.shows('b1')]).toEqual([[], 'none']);
    expect(exchange.missed('b1')).toEqual(['anna × 1']);
  });

  it('hot line: answered, it is a call like any other and outlasts the key', () => {
    const exchange = new Exchange();
    exchange.call('a', 'bram', true);
    exchange.answer('b1');
    expect([exchange.hears('a'), exchange.hears('b1'), exchange.hears('b2')]).toEqual([['b1'], ['a'], []]);
    exchange.feed({ name: 'letGo', console: 'a', call: 1 });
    expect([exchange.shows('a'), exchange.shows('b1')]).toEqual(['talking', 'talking']);
  });

  it('refuses what concerns no call of the console', () => {
    const exchange = new Exchange();
    exchange.call('a', 'bram');
    expect(exchange.answer('c')).toEqual(['unknown-call']);
    expect(exchange.answer('a')).toEqual(['unknown-call']);
    expect(exchange.hangUp('c')).toEqual(['unknown-call']);
    expect(exchange.hangUp('b1', 7)).toEqual(['unknown-call']);
    expect(exchange.feed({ name: 'letGo', console: 'b1', call: 1 })).toEqual(['done']);
    expect(exchange.shows('b1')).toBe('rings');
    exchange.answer('b1');
    expect(exchange.answer('b1')).toEqual(['unknown-call']);
  });

  it('remembers the missed calls of 20 persons, the newest', () => {
    const exchange = new Exchange();
    for (let n = 0; n < missedMax + 5; n++) {
      exchange.feed({ name: 'here', station: station('x', person(`p${n}`)) });
      exchange.call('x', 'anna');
      exchange.hangUp('x');
    }
    expect(exchange.missed('a')).toHaveLength(missedMax);
    expect(exchange.missed('a').at(-1)).toBe(`p${missedMax + 4} × 1`);
  });

  describe('a direct line', () => {
    const hainaut: Station = { ...station('line:hainaut', person('line:hainaut')), line: true };
    const withLine = (): Exchange => {
      const exchange = new Exchange();
      exchange.feed({ name: 'here', station: hainaut });
      return exchange;
    };
    const rings = (exchange: Exchange, anyOf: readonly string[] = ['a', 'b1', 'b2']) =>
      exchange.feed({ name: 'call', console: hainaut.console, to: { anyOf }, hot: false });

    it('is one call at a time: whoever wants it meanwhile hears that it is engaged', () => {
      const exchange = withLine();
      expect(exchange.call('a', hainaut.console)).toEqual(['done']);
      expect(exchange.call('b1', hainaut.console)).toEqual(['line-busy']);
      exchange.answer(hainaut.console);
      expect([exchange.hears('a'), exchange.hears(hainaut.console)]).toEqual([[hainaut.console], ['a']]);
      expect(exchange.call('b1', hainaut.console)).toEqual(['line-busy']);
      expect(rings(exchange)).toEqual(['in-other-call']);
      expect(exchange.feed({ name: 'away', console: 'a' })).toEqual(['line:hainaut is told: ANNA lost']);
      expect(exchange.shows(hainaut.console)).toBe('none');
    });

    it('cannot be spoken on by a hot line before it is answered', () => {
      const exchange = withLine();
      exchange.call('a', hainaut.console, true);
      expect(exchange.hears(hainaut.console)).toEqual([]);
      expect(exchange.state.calls.get(1)?.hot).toBe(false);
    });

    it('rings at all that it calls but those in a call; the first who answers has it', () => {
      const exchange = withLine();
      exchange.call('b2', 'calais');
      exchange.answer('c');
      expect(rings(exchange)).toEqual(['done']);
      expect(['a', 'b1', 'b2'].map((console) => exchange.shows(console))).toEqual(['rings', 'rings', 'talking']);
      expect(exchange.answer('a')).toEqual(['done', 'b1 is told: LINE:HAINAUT taken']);
      expect(exchange.feed({ name: 'lineOver', console: hainaut.console, as: 'hung-up' })).toEqual([
        'a is told: LINE:HAINAUT hung-up',
      ]);
      expect(exchange.missed('b1')).toEqual([]);
    });

    it('goes on ringing where nobody has refused, and is refused by the last', () => {
      const exchange = withLine();
      rings(exchange, ['a', 'b1']);
      expect(exchange.hangUp('a')).toEqual(['done']);
      expect(['a', 'b1'].map((console) => exchange.shows(console))).toEqual(['none', 'rings']);
      expect(exchange.hangUp('b1')).toEqual(['done', 'line:hainaut is told: BRAM refused']);
      expect([exchange.missed('a'), exchange.missed('b1')]).toEqual([[], []]);
    });

    it('is missed by everybody where it rang, and made good by the first who speaks on it', () => {
      const exchange = withLine();
      rings(exchange);
      exchange.after(ringMs);
      const missed = () => ['a', 'b1', 'c'].map((console) => exchange.missed(console));
      expect(missed()).toEqual([['line:hainaut × 1'], ['line:hainaut × 1'], []]);
      exchange.call('a', hainaut.console);
      exchange.feed({ name: 'lineOver', console: hainaut.console, as: 'busy' });
      expect(missed()).toEqual([[], ['line:hainaut × 1'], []]);
      exchange.call('a', hainaut.console);
      exchange.answer(hainaut.console);
      expect(missed()).toEqual([[], [], []]);
    });

    it('says what became of the telephone that was dialled; that misses nothing', () => {
      for (const as of ['busy', 'refused', 'unknown-number', 'unreachable', 'failed'] as const) {
        const exchange = withLine();
        exchange.call('a', hainaut.console);
        expect(exchange.feed({ name: 'lineOver', console: hainaut.console, as })).toEqual([
          `a is told: LINE:HAINAUT ${as}`,
        ]);
        expect(exchange.feed({ name: 'lineOver', console: hainaut.console, as })).toEqual([]);
        expect(exchange.missed(hainaut.console)).toEqual([]);
      }
      const exchange = withLine();
      exchange.call('a', hainaut.console);
      expect(exchange.after(ringMs)).toEqual(['a is told: LINE:HAINAUT no-answer']);
    });
  });

  const consoles = ['a', 'b1', 'b2', 'c', 'line'] as const;
  const owners = { a: anna, b1: bram, b2: bram, c: calais, line: person('line') };
  const stationAt = (console: (typeof consoles)[number]): Station => ({
    ...station(console, owners[console]),
    ...(console === 'line' && { line: true }),
  });
  const at = fc.constantFrom(...consoles);
  const id = fc.integer({ min: 0, max: 12 });
  const anyEvent: fc.Arbitrary<IntercomEvent> = fc.oneof(
    at.map((console) => ({ name: 'here' as const, station: stationAt(console) })),
    at.map((console) => ({ name: 'away' as const, console })),
    fc.record({
      name: fc.constant('call' as const),
      console: at,
      to: fc.oneof(
        fc.constantFrom('anna', 'bram', 'calais', 'nobody').map((who) => ({ person: who })),
        at.map((console) => ({ console })),
        fc.subarray([...consoles]).map((anyOf) => ({ anyOf })),
      ),
      hot: fc.boolean(),
    }),
    fc.record({ name: fc.constantFrom('answer', 'hangUp', 'letGo'), console: at, call: id }),
    at.map((console) => ({ name: 'seen' as const, console })),
    fc.record({ name: fc.constant('lineOver' as const), console: at, as: fc.constantFrom('busy', 'hung-up') }),
    fc.constant({ name: 'tick' as const }),
  );

  it('over random histories: one call a console, one answer a request, nobody heard outside his call', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyEvent, fc.constantFrom(0, 500, ringMs)), { maxLength: 60 }), (events) => {
        let state = silentIntercom;
        let nowMs = 0;
        for (const [event, pauseMs] of events) {
          nowMs += pauseMs;
          const before = state;
          const { state: after, actions } = step(before, event, nowMs);
          state = after;
          const answers = actions.flatMap((action) => (action.name === 'done' ? [action.refusal] : []));
          const isRequest = !['here', 'away', 'tick', 'lineOver'].includes(event.name);
          expect(answers).toHaveLength(isRequest ? 1 : 0);
          const refusals: readonly (CallRefusal | undefined)[] = answers.filter((refusal) => refusal !== undefined);
          if (refusals.length > 0) expect(state.calls).toBe(before.calls);

          for (const call of state.calls.values()) {
            expect(call.at.length).toBeGreaterThan(0);
            if (call.name === 'talking') expect(call.at).toHaveLength(1);
          }
          const told = new Set(actions.flatMap((action) => (action.name === 'changed' ? action.console : [])));
          for (const console of consoles) {
            const calls = [...state.calls.values()].filter(
              ({ caller, at: rung }) => caller.console === console || rung.some((one) => one.console === console),
            );
            expect(calls.length).toBeLessThanOrEqual(1);
            if (calls.length > 0) expect(state.stations.has(console)).toBe(true);
            const heard = heardAt(state, console);
            expect(heard).not.toContain(console);
            if (calls[0]?.name === 'talking') {
              expect(heard).toHaveLength(1);
              expect(heardAt(state, heard[0] ?? '')).toEqual([console]);
            } else if (calls[0]?.hot !== true || calls[0].caller.console === console) expect(heard).toEqual([]);
            // Whoever's picture is another has been told.
            const moved = callAt(before, console)?.call !== callAt(state, console)?.call;
            if (moved && state.stations.has(console)) expect(told.has(console)).toBe(true);
          }
          for (const missed of state.missed.values()) expect(missed.length).toBeLessThanOrEqual(missedMax);
          if (event.name === 'tick') expect(deadlineMs(state)).toBeGreaterThan(nowMs);
        }
        for (const console of consoles) state = step(state, { name: 'away', console }, nowMs).state;
        expect(state.calls.size).toBe(0);
        expect(deadlineMs(state)).toBe(Infinity);
      }),
    );
  });
});
