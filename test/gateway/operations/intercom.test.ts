/** Calls between consoles as persons make them: shown to both sides alone, switched, logged. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { Intercom as Shown } from '../../../src/console/wire.ts';
import { Intercom } from '../../../src/gateway/operations/intercom.ts';
import type { Person } from '../../../src/operations/terms.ts';
import { demoConfig } from '../demo-config.ts';

const utc = Date.UTC(2026, 0, 9, 20, 37);
const person = (id: string, controlRoom: string): Person => ({
  person: id,
  display: id.toUpperCase(),
  role: 'dispatcher',
  controlRoom,
});

class Stand {
  readonly clock = new ManualClock({ nowMs: 1000, utcMs: utc });
  readonly shown = new Map<string, Shown[]>();
  readonly heard = new Map<string, readonly string[]>();
  readonly lines: object[] = [];
  readonly intercom = new Intercom(demoConfig, {
    clock: this.clock,
    events: { operations: { intercom: (at) => this.lines.push(at) } },
    console: { setIntercom: (at, shown) => this.shown.set(at, [...(this.shown.get(at) ?? []), shown]) },
    rtc: { hear: (at, consoles) => this.heard.set(at, consoles) },
    lines: { stations: [], noted: () => undefined, refused: () => undefined },
  });

  constructor() {
    for (const [console, who] of [
      ['a', person('anna', 'cr-ccpd')],
      ['b1', person('bram', 'cr-wv')],
      ['b2', person('bram', 'cr-wv')],
    ] as const)
      this.intercom.stationHere({ console, person: who, display: console === 'b2' ? 'BRAM 2' : who.display });
    this.shown.clear();
  }

  ask(console: string, operation: Parameters<Intercom['operate']>[1]): string {
    let answer = 'unanswered';
    this.intercom.operate(console, operation, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  }

  call(console: string, who: string, hot = false): string {
    return this.ask(console, { line: 'intercom', name: 'callStation', to: { person: who }, hot });
  }

  last(console: string): Shown {
    return this.shown.get(console)?.at(-1) ?? {};
  }
}

describe('the intercom of the gateway', () => {
  it('shows the call to both sides with name, control room and country, and lets them hear each other', () => {
    const stand = new Stand();
    expect(stand.call('a', 'bram')).toBe('done');
    expect(stand.last('a').call).toMatchObject({ state: 'calling', display: 'BRAM', sinceUtcMs: utc, hotLine: false });
    const ringing = { callId: 1, state: 'ringing', display: 'ANNA', controlRoom: 'CCPD Tournai', consoleId: 'a' };
    expect([stand.last('b1').call, stand.last('b2').call]).toMatchObject([ringing, ringing]);
    expect([...stand.heard.values()].flat()).toEqual([]);
    stand.clock.advance(2000);
    expect(stand.ask('b2', { line: 'intercom', name: 'answerCall', call: 1 })).toBe('done');
    expect(stand.last('a').call).toMatchObject({ state: 'talking', display: 'BRAM 2', sinceUtcMs: utc + 2000 });
    expect(stand.last('b1')).toMatchObject({ over: { display: 'ANNA', end: 'elsewhere' } });
    expect(stand.last('b1').call).toBeUndefined();
    expect(Object.fromEntries(stand.heard)).toEqual({ a: ['b2'], b1: [], b2: ['a'] });
    stand.clock.advance(5000);
    stand.ask('a', { line: 'intercom', name: 'hangUp', call: 1, keyUp: false });
    expect(stand.last('b2')).toEqual({ missed: [], over: { display: 'ANNA', end: 'hung-up' } });
    expect(stand.last('a')).toEqual({ missed: [] });
    expect(Object.fromEntries(stand.heard)).toEqual({ a: [], b1: [], b2: [] });
    const who = { operator: 'ANNA', role: 'dispatcher', controlRoom: 'cr-ccpd', called: 'BRAM', call: 1 };
    expect(stand.lines).toEqual([
      { what: 'called', ...who },
      { what: 'answered', ...who },
      { what: 'over', ...who, end: 'hung-up', durationMs: 5000 },
    ]);
  });

  it('stops ringing after 30 s by itself, and says at both consoles whose call was missed', () => {
    const stand = new Stand();
    stand.call('a', 'bram');
    stand.clock.advance(30_000);
    expect(stand.last('a')).toEqual({ missed: [], over: { display: 'BRAM', end: 'unanswered' } });
    const missed = { personId: 'anna', display: 'ANNA', times: 1, atUtcMs: utc + 30_000, controlRoom: 'CCPD Tournai' };
    for (const console of ['b1', 'b2']) expect(stand.last(console)).toMatchObject({ missed: [missed] });
    stand.ask('b1', { line: 'intercom', name: 'seeMissedCalls' });
    expect(stand.last('b2')).toEqual({ missed: [] });
  });

  it('ends with the link of one side, and the other hears nothing more', () => {
    const stand = new Stand();
    stand.call('a', 'bram');
    stand.ask('b1', { line: 'intercom', name: 'answerCall', call: 1 });
    stand.intercom.stationAway('b1');
    expect(stand.last('a')).toEqual({ missed: [], over: { display: 'BRAM', end: 'lost' } });
    expect([stand.heard.get('a'), stand.heard.get('b1')]).toEqual([[], []]);
  });

  it('refuses with a cause and logs who was engaged', () => {
    const stand = new Stand();
    stand.intercom.stationHere({ console: 'c', person: person('carl', 'cr-ht'), display: 'CARL' });
    stand.call('a', 'bram');
    expect(stand.call('c', 'anna')).toBe('busy');
    expect(stand.call('c', 'nobody')).toBe('not-on-duty');
    expect(stand.lines.at(-1)).toEqual({
      what: 'busy',
      operator: 'CARL',
      role: 'dispatcher',
      controlRoom: 'cr-ht',
      called: 'ANNA',
    });
    expect(stand.last('a').missed).toMatchObject([{ display: 'CARL', times: 1 }]);
  });

  it('hot line: the caller is heard where it rings until his key is up', () => {
    const stand = new Stand();
    stand.call('a', 'bram', true);
    expect(stand.last('b1').call).toMatchObject({ state: 'ringing', hotLine: true });
    expect(Object.fromEntries(stand.heard)).toEqual({ a: [], b1: ['a'], b2: ['a'] });
    stand.ask('a', { line: 'intercom', name: 'hangUp', call: 1, keyUp: true });
    expect(Object.fromEntries(stand.heard)).toEqual({ a: [], b1: [], b2: [] });
  });
});
