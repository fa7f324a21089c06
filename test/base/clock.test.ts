import { createSocket } from 'node:dgram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Alarm, ManualClock, SystemClock } from '../../src/base/clock.ts';

describe('manual clock', () => {
  it('makes planned calls at their instant, in order of time and then of asking', () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    clock.callAt(20, () => seen.push(`b@${clock.nowMs()}`));
    clock.callAt(10, () => seen.push(`a@${clock.nowMs()}`));
    clock.callAt(20, () => seen.push(`c@${clock.nowMs()}`));
    clock.advance(19);
    expect(seen).toEqual(['a@10']);
    clock.advance(1);
    expect(seen).toEqual(['a@10', 'b@20', 'c@20']);
  });

  it('makes calls that a call plans within the time advanced, and those planned for the past at once', () => {
    const clock = new ManualClock({ nowMs: 100 });
    const seen: number[] = [];
    const again = (): void => {
      seen.push(clock.nowMs());
      if (seen.length < 3) clock.callAt(clock.nowMs() + 10, again);
    };
    clock.callAt(50, again);
    clock.advance(25);
    expect(seen).toEqual([100, 110, 120]);
  });

  it('does not make a call that was cancelled', () => {
    const clock = new ManualClock();
    const cancel = clock.callAt(10, () => expect.unreachable());
    cancel();
    cancel();
    clock.advance(20);
    expect(clock.plannedCalls).toBe(0);
  });

  it('moves the wall clock along, and lets it jump without moving monotonic time', () => {
    const clock = new ManualClock({ utcMs: 1_000_000 });
    clock.advance(500);
    expect(clock.utcMs()).toBe(1_000_500);
    clock.setUtcMs(0);
    clock.advance(500);
    expect([clock.nowMs(), clock.utcMs()]).toEqual([1000, 500]);
  });
});

describe('alarm', () => {
  const set = () => {
    const clock = new ManualClock();
    const rung: number[] = [];
    return { clock, rung, alarm: new Alarm(clock, () => rung.push(clock.nowMs())) };
  };

  it('rings once, at its deadline', () => {
    const { clock, rung, alarm } = set();
    alarm.setAt(30);
    clock.advance(100);
    expect(rung).toEqual([30]);
  });

  it('keeps the one timer while a deadline is pushed out 50 times a second, and rings at the last', () => {
    const { clock, rung, alarm } = set();
    let timers = 0;
    const callAt = clock.callAt.bind(clock);
    clock.callAt = (atMs, callback) => {
      timers++;
      return callAt(atMs, callback);
    };
    for (let packet = 0; packet < 500; packet++) {
      alarm.setAt(clock.nowMs() + 1000);
      clock.advance(20);
    }
    clock.advance(5000);
    expect(rung).toEqual([499 * 20 + 1000]);
    expect(timers).toBeLessThanOrEqual(12); // one per second of the lease, not 500
  });

  it('rings earlier when the deadline comes nearer', () => {
    const { clock, rung, alarm } = set();
    alarm.setAt(1000);
    alarm.setAt(10);
    clock.advance(2000);
    expect(rung).toEqual([10]);
  });

  it('is silent after clear() and after a deadline of Infinity, and leaves no call planned', () => {
    const { clock, rung, alarm } = set();
    alarm.setAt(10);
    alarm.clear();
    alarm.setAt(10);
    alarm.setAt(Infinity);
    expect(clock.plannedCalls).toBe(0);
    clock.advance(100);
    expect(rung).toEqual([]);
  });

  it('can be set again from its own ring, without drift: 3000 rings of 20 ms end at 60 s', () => {
    const clock = new ManualClock();
    let dueMs = 20;
    let rings = 0;
    const alarm = new Alarm(clock, () => {
      rings++;
      dueMs += 20;
      alarm.setAt(dueMs);
    });
    alarm.setAt(dueMs);
    clock.advance(60_000);
    expect(rings).toBe(3000);
  });

  it('of a process that was held up lets what arrived be read first: a deadline that this pushes out does not ring', () => {
    const { clock, rung, alarm } = set();
    alarm.setAt(200);
    clock.advance(100);
    clock.stall(300, () => alarm.setAt(clock.nowMs() + 200));
    expect(rung).toEqual([]);
    clock.advance(1000);
    expect(rung).toEqual([600]);
  });

  it('of a process that was held up rings once, and says by how much it was late, when nothing had arrived', () => {
    const clock = new ManualClock();
    const lateMs: number[] = [];
    const alarm = new Alarm(clock, (late) => lateMs.push(late));
    alarm.setAt(200);
    clock.stall(500);
    expect(lateMs).toEqual([300]);
    alarm.setAt(100); // has passed already: nobody was held up
    clock.advance(0);
    expect(lateMs).toEqual([300, 0]);
    expect(clock.plannedCalls).toBe(0);
  });

  it('that waits for what arrived is silent after clear()', () => {
    const { clock, rung, alarm } = set();
    alarm.setAt(200);
    clock.stall(500, () => alarm.clear());
    clock.advance(1000);
    expect(rung).toEqual([]);
  });

  it('rings at the deadline set last, whatever the order of setting', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ inMs: fc.nat(200), thenMs: fc.nat(50) }), { minLength: 1 }), (moves) => {
        const { clock, rung, alarm } = set();
        const expected: number[] = [];
        let due = Infinity;
        for (const { inMs, thenMs } of moves) {
          due = clock.nowMs() + inMs;
          alarm.setAt(due);
          clock.advance(thenMs);
          if (due <= clock.nowMs()) {
            expected.push(due);
            due = Infinity;
          }
        }
        clock.advance(1000);
        if (due !== Infinity) expected.push(due);
        expect(rung).toEqual(expected);
      }),
    );
  });
});

describe('system clock', () => {
  it('never calls before the instant asked for, nor within the asking', async () => {
    const clock = new SystemClock();
    const atMs = clock.nowMs() + 5;
    let within = true;
    const calledMs = await new Promise<number>((resolve) => {
      clock.callAt(atMs, () => {
        expect(within).toBe(false);
        resolve(clock.nowMs());
      });
      within = false;
    });
    expect(calledMs).toBeGreaterThanOrEqual(atMs);
  });

  it('reads what has arrived before a late alarm rings, though the event loop runs overdue timers first', async () => {
    const clock = new SystemClock();
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const order: string[] = [];
    socket.on('message', () => order.push('datagram'));
    const rung = new Promise<void>((resolve) => {
      const alarm = new Alarm(clock, () => {
        order.push('alarm');
        resolve();
      });
      alarm.setAt(clock.nowMs() + 20);
    });
    await new Promise<void>((sent) => socket.send('x', socket.address().port, '127.0.0.1', () => sent()));
    for (const end = clock.nowMs() + 60; clock.nowMs() < end; );
    await rung;
    socket.close();
    expect(order).toEqual(['datagram', 'alarm']);
  });

  it('waits for instants beyond the 24.8 days that a timer of Node can hold', async () => {
    const clock = new SystemClock();
    const cancel = clock.callAt(clock.nowMs() + 40 * 86_400_000, () => expect.unreachable());
    await new Promise((resolve) => clock.callAt(clock.nowMs() + 5, () => resolve(undefined)));
    cancel();
  });
});
