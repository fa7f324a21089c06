import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { Meter } from '../../src/base/meter.ts';
import { ClockWatch } from '../../src/gateway/clock-watch.ts';
import type { TimeRequest } from '../../src/gateway/time-request.ts';
import type { ClockQuality } from '../../src/operations/clock-quality.ts';
import { timestampOf } from '../../src/protocols/ntp/ntp-message.ts';

const startUtcMs = Date.UTC(2026, 10, 29, 2, 14);

/** A watch over servers that have the right time, 2 ms away; `wrong`: how far a server is ahead of it. */
function stand(servers: readonly string[], wrong: Readonly<Record<string, number>> = {}) {
  const clock = new ManualClock({ utcMs: startUtcMs });
  const meter = new Meter();
  const said: Record<string, unknown>[] = [];
  const shown: ClockQuality[] = [];
  const open = new Set<TimeRequest>();
  const state = { isAway: false, aheadMs: 0, asked: 0 };
  const answer = (request: TimeRequest): void => {
    const bytes = Buffer.alloc(48);
    bytes.writeUInt8(0x24, 0);
    bytes.writeUInt8(1, 1);
    bytes.set(request.bytes.subarray(40, 48), 24);
    const right = timestampOf(startUtcMs + clock.nowMs() + (wrong[request.address] ?? 0));
    bytes.writeBigUInt64BE(right, 32);
    bytes.writeBigUInt64BE(right, 40);
    clock.callAt(clock.nowMs() + 1, () => open.has(request) && request.heard(bytes));
  };
  const watch = new ClockWatch(
    servers.map((host) => ({ server: host, host, port: 123 })),
    {
      clock,
      meter,
      events: {
        machine: { clockQuality: (at) => void said.push(at), clockStepped: (at) => void said.push(at) },
      },
      showClock: (quality) => void shown.push(quality),
      names: { keep: () => undefined, addressOf: (name) => name, close: () => undefined },
      ask: (request) => {
        state.asked++;
        open.add(request);
        request.sent();
        if (!state.isAway) clock.callAt(clock.nowMs() + 1, () => answer(request));
        return () => void open.delete(request);
      },
    },
  );
  const setClock = (byMs: number): void => clock.setUtcMs(clock.utcMs() + byMs);
  return { clock, meter, said, shown, open, state, watch, setClock };
}

describe("the watch over the machine's clock", () => {
  it('records within moments that the clock agrees, then once an hour', async () => {
    const { clock, meter, said, shown, open, watch } = stand(['192.0.2.1']);
    watch.start();
    clock.advance(10);
    expect(said).toEqual([
      { state: 'agreed', offsetMs: 0, boundMs: 2, source: '192.0.2.1', since: '2026-11-29T02:14:00.002Z' },
    ]);
    expect(shown).toMatchObject([{ state: 'agreed' }]);
    expect(await meter.value('clock_bound_seconds')).toBeCloseTo(0.002, 4);
    clock.advance(3 * 3_600_000 + 60_000);
    expect(said).toHaveLength(4);
    expect(open.size).toBe(0);
    watch.stop();
    expect(clock.plannedCalls).toBe(0);
  });

  it('says by how much the clock is off, and from when on', () => {
    const { clock, said, watch, setClock } = stand(['192.0.2.1']);
    setClock(-250);
    watch.start();
    clock.advance(10);
    expect(said).toMatchObject([{ state: 'off', offsetMs: -250, boundMs: 2 }]);
    expect(watch.report()).toMatchObject({ state: 'off', servers: [{ state: 'answers', offsetMs: -250, stratum: 1 }] });
    watch.stop();
  });

  it('says that the clock was set, and how far it is then off, before any server is asked again', () => {
    const { clock, said, state, watch, setClock } = stand(['192.0.2.1']);
    watch.start();
    clock.advance(600_000);
    const { asked } = state;
    setClock(-3_600_000);
    clock.advance(10_000);
    expect(state.asked).toBe(asked);
    expect(said.slice(1)).toMatchObject([{ byMs: -3_600_000 }, { state: 'off', offsetMs: -3_600_000 }]);
    setClock(3_600_000);
    clock.advance(10_000);
    expect(said.slice(3)).toMatchObject([{ byMs: 3_600_000 }, { state: 'agreed', offsetMs: 0 }]);
    watch.stop();
  });

  it('takes no step for one that is none: 9 ms of noise', () => {
    const { clock, said, watch, setClock } = stand([]);
    watch.start();
    for (let each = 0; each < 20; each++) {
      setClock(each % 2 === 0 ? 9 : -9);
      clock.advance(10_000);
    }
    expect(said).toEqual([{ state: 'unmeasured' }]);
    watch.stop();
  });

  it('says once that nothing is measured where no server is configured, and still sees steps', async () => {
    const { clock, meter, said, shown, watch, setClock } = stand([]);
    watch.start();
    expect(await meter.text()).not.toContain('\nescaut_clock_offset_seconds ');
    clock.advance(86_400_000);
    setClock(400);
    clock.advance(10_000);
    expect(said).toEqual([{ state: 'unmeasured' }, { byMs: 400 }]);
    expect(shown).toEqual([{ state: 'unmeasured' }]);
    expect(watch.report()).toMatchObject({ state: 'unmeasured', steppedMs: 400, servers: [] });
    watch.stop();
  });

  it('has 10 s of patience with a server that does not answer, then says that nobody knows', () => {
    const { clock, said, state, watch } = stand(['192.0.2.1']);
    state.isAway = true;
    watch.start();
    clock.advance(9_999);
    expect(said).toEqual([]);
    expect(watch.report()).toMatchObject({ state: 'unknown', servers: [{ state: 'silent' }] });
    clock.advance(10_000);
    expect(said).toMatchObject([{ state: 'unknown', reason: 'silent' }]);
    state.isAway = false;
    clock.advance(300_000);
    expect(said.slice(1)).toMatchObject([{ state: 'agreed' }]);
    watch.stop();
  });

  it('goes on by what was measured while servers are away, until that is too old to be sure', () => {
    const { clock, said, state, watch } = stand(['192.0.2.1']);
    watch.start();
    clock.advance(60_000);
    state.isAway = true;
    clock.advance(45 * 60_000);
    expect(said).toMatchObject([{ state: 'agreed' }]);
    clock.advance(30 * 60_000);
    expect(said.at(-1)).toMatchObject({ state: 'unknown', reason: 'uncertain', offsetMs: 0 });
    watch.stop();
  });

  it('believes two servers against a third, and nobody where two contradict each other', () => {
    const three = stand(['192.0.2.1', '192.0.2.2', '192.0.2.3'], { '192.0.2.2': 5000 });
    three.watch.start();
    three.clock.advance(20);
    expect(three.said.at(-1)).toMatchObject({ state: 'agreed', offsetMs: 0 });
    three.watch.stop();
    const two = stand(['192.0.2.1', '192.0.2.2'], { '192.0.2.2': 5000 });
    two.watch.start();
    two.clock.advance(20);
    expect(two.said.at(-1)).toMatchObject({ state: 'unknown', reason: 'disagreeing' });
    two.watch.stop();
  });
});
