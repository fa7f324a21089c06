import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DelayAnswerer, DelayAsker } from '../../../src/protocols/ed137/delay-measurement.ts';
import { KeepAlive, keepAliveBearable, keepAliveDefaults } from '../../../src/protocols/ed137/keep-alive.ts';
import { answerToKey, PttKey, pttTypeOf } from '../../../src/protocols/ed137/ptt.ts';
import { pttType, R2sExtension, r2sProfile } from '../../../src/protocols/ed137/r2s-extension.ts';

describe('keep-alive of a radio session', () => {
  it('owes a packet 200 ms after the last one, whichever that was', () => {
    const session = new KeepAlive(keepAliveDefaults, 0);
    expect(session.isPacketDue(0)).toBe(true);
    session.sent(0);
    expect(session.isPacketDue(199)).toBe(false);
    session.sent(150); // voice
    expect(session.isPacketDue(349)).toBe(false);
    expect(session.deadlineMs()).toBe(350);
    expect(session.isPacketDue(350)).toBe(true);
  });

  it('is dead 2000 ms after the last packet heard, and no later packet brings it back', () => {
    const session = new KeepAlive(keepAliveDefaults, 0);
    session.heard(500);
    expect(session.isDead(2499)).toBe(false);
    session.heard(2500);
    expect(session.isDead(2500)).toBe(true);
    session.heard(2510);
    expect(session.isDead(2510)).toBe(true);
    expect(session.isPacketDue(9000)).toBe(false);
    expect(session.deadlineMs()).toBe(Infinity);
  });

  it('is dead 2000 ms after its begin where nothing ever came', () => {
    expect(new KeepAlive(keepAliveDefaults, 100).isDead(2099)).toBe(false);
    expect(new KeepAlive(keepAliveDefaults, 100).isDead(2100)).toBe(true);
  });

  it('bears terms in range that find a dead session within 2 s', () => {
    expect(keepAliveBearable(keepAliveDefaults)).toBe(true);
    expect(keepAliveBearable({ periodMs: 20, multiplier: 50 })).toBe(true);
    expect(keepAliveBearable({ periodMs: 1000, multiplier: 2 })).toBe(true);
    expect(keepAliveBearable({ periodMs: 200, multiplier: 11 })).toBe(false);
    expect(keepAliveBearable({ periodMs: 19, multiplier: 10 })).toBe(false);
    expect(keepAliveBearable({ periodMs: 1001, multiplier: 1 })).toBe(false);
    expect(keepAliveBearable({ periodMs: 20.5, multiplier: 10 })).toBe(false);
  });

  it('over any history: dead exactly when nothing was heard for period × multiplier, told no later than its deadline', () => {
    const event = fc.tuple(fc.integer({ min: 0, max: 900 }), fc.constantFrom('heard', 'sent', 'asked'));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const session = new KeepAlive(keepAliveDefaults, 0);
        let nowMs = 0;
        let heardMs = 0;
        for (const [afterMs, what] of events) {
          nowMs += afterMs;
          const dead = nowMs - heardMs >= 2000;
          if (what === 'heard') session.heard(nowMs);
          if (what === 'heard' && !dead) heardMs = nowMs;
          if (what === 'sent') session.sent(nowMs);
          expect(session.deadlineMs()).toBeLessThanOrEqual(dead ? Infinity : heardMs + 2000);
          expect(session.isDead(nowMs)).toBe(dead);
        }
      }),
    );
  });
});

describe('push-to-talk of a radio session', () => {
  it('says off ptt_rep + 1 times at release, and then nothing is owed', () => {
    const key = new PttKey(2);
    key.press(pttType.normal);
    expect([key.take(), key.isReleasing]).toEqual([pttType.normal, false]);
    key.release();
    for (const owedAfter of [true, true, false])
      expect([key.take(), key.isReleasing]).toEqual([pttType.off, owedAfter]);
  });

  it('goes on without further offs when pressed again while it releases', () => {
    const key = new PttKey(3);
    key.press(pttType.normal);
    key.release();
    key.take();
    key.press(pttType.emergency);
    expect(key.isReleasing).toBe(false);
    expect(key.take()).toBe(pttType.emergency);
  });

  it('owes no off where no key was down, nor twice for one release', () => {
    const key = new PttKey(1);
    key.release();
    expect(key.isReleasing).toBe(false);
    key.press(pttType.test);
    expect(key.isDown).toBe(true);
    key.release();
    key.take();
    key.release();
    key.take();
    expect(key.isReleasing).toBe(false);
  });

  it('maps emergencies to PTT type 4, urgent overs to 3, all others to 1', () => {
    expect(pttTypeOf({ emergency: true, priority: 0 }, 12)).toBe(pttType.emergency);
    expect(pttTypeOf({ emergency: false, priority: 12 }, 12)).toBe(pttType.priority);
    expect(pttTypeOf({ emergency: false, priority: 11 }, 12)).toBe(pttType.normal);
  });

  const radio = (says: Partial<Pick<R2sExtension, 'pttType' | 'pttId' | 'squelchOpen'>>) =>
    Object.assign(new R2sExtension(), says);

  it('is on air when the radio returns our PTT-ID, or at once, or by squelch, as configured', () => {
    const ours = radio({ pttType: pttType.normal, pttId: 7 });
    const carrier = radio({ squelchOpen: true });
    const idle = radio({});
    expect(answerToKey('pttId', 7, ours)).toBe('onAir');
    expect(answerToKey('pttId', 7, carrier)).toBe('waiting');
    expect(answerToKey('squelch', 7, carrier)).toBe('onAir');
    expect(answerToKey('squelch', 7, ours)).toBe('onAir');
    expect(answerToKey('squelch', 7, idle)).toBe('waiting');
    expect(answerToKey('immediate', 7, idle)).toBe('onAir');
  });

  it('is locked out when the radio sends another PTT-ID, whatever is waited for', () => {
    const other = radio({ pttType: pttType.priority, pttId: 9, squelchOpen: true });
    for (const how of ['immediate', 'pttId', 'squelch'] as const) expect(answerToKey(how, 7, other)).toBe('lockedOut');
    expect(answerToKey('squelch', 0, other)).toBe('onAir');
  });
});

describe('delay measurement of a radio session (RMM, MAM)', () => {
  /** One round: there, answer after a while, back; the radio's clock is ahead. */
  function round(thereMs: number, answeringMs: number, backMs: number, aheadMs: number, startMs = 1000) {
    const asker = new DelayAsker(10_000, 2000, startMs);
    const answerer = new DelayAnswerer(40, 10);
    const wire = new R2sExtension();
    asker.ask(wire, startMs);
    expect(wire.measurement).toBe('request');
    answerer.heard(carried(wire), startMs + thereMs + aheadMs);
    answerer.answer(wire, startMs + thereMs + answeringMs + aheadMs);
    return asker.heard(carried(wire), startMs + thereMs + answeringMs + backMs);
  }

  function carried(extension: R2sExtension): R2sExtension {
    const out = new Uint8Array(64);
    const length = extension.write(out, 0);
    const far = new R2sExtension();
    expect(far.read(r2sProfile, out, 4, length - 4)).toBe(true);
    return far;
  }

  it('finds round trip, clock offset and delay to the air', () => {
    expect(round(30, 200, 30, 5000)).toEqual({ roundTripMs: 60, clockOffsetMs: 5000, toAirMs: 80 });
  });

  it('finds them across the wrap of 23 bits, and for a clock that is behind', () => {
    const reading = round(20, 100, 20, -300, 1_048_500);
    expect(reading?.roundTripMs).toBeCloseTo(40, 6);
    expect(reading?.clockOffsetMs).toBeCloseTo(-300, 6);
  });

  it('asks once an interval and hears one answer a request', () => {
    const asker = new DelayAsker(10_000, 2000, 0);
    const answerer = new DelayAnswerer(0, 0);
    const wire = new R2sExtension();
    asker.ask(wire, 0);
    answerer.heard(carried(wire), 10);
    asker.ask(wire, 20);
    expect(wire.measurement).toBe('none');
    answerer.answer(wire, 30);
    const answer = carried(wire);
    answerer.answer(wire, 50);
    expect(wire.measurement).toBe('none');
    expect(asker.heard(answer, 40)?.roundTripMs).toBe(20);
    expect(asker.heard(answer, 41)).toBeUndefined();
    asker.ask(wire, 10_000);
    expect(wire.measurement).toBe('request');
  });

  it('takes no answer that is late or to another request, and asks anew at once when the radio wants it', () => {
    const asker = new DelayAsker(10_000, 2000, 0);
    const wire = new R2sExtension();
    asker.ask(wire, 0);
    const answer = (t1Ticks: number, measureAgain = false) =>
      Object.assign(new R2sExtension(), { measurement: 'answer', t1Ticks, measureAgain });
    expect(asker.heard(answer(1), 100)).toBeUndefined();
    expect(asker.heard(answer(0), 2001)).toBeUndefined();
    asker.ask(wire, 10_000);
    expect(asker.heard(answer(80_000, true), 10_050)?.roundTripMs).toBe(50);
    asker.ask(wire, 10_060);
    expect(wire.measurement).toBe('request');
  });

  it('over any network and clock: exact to a tick where both ways are equally long', () => {
    const ms = (max: number) => fc.integer({ min: 0, max: max * 8 }).map((ticks) => ticks / 8);
    const ahead = fc.integer({ min: -4_000_000, max: 4_000_000 }).map((ticks) => ticks / 8);
    fc.assert(
      fc.property(ms(500), ms(900), ahead, (oneWayMs, answeringMs, aheadMs) => {
        const reading = round(oneWayMs, answeringMs, oneWayMs, aheadMs, 600_000);
        expect(reading?.roundTripMs).toBeCloseTo(2 * oneWayMs, 3);
        expect(reading?.clockOffsetMs).toBeCloseTo(aheadMs, 3);
      }),
    );
  });
});
