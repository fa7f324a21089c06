import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpPacket } from '../../../src/protocols/rtp/rtp-packet.ts';
import {
  digitOfEvent,
  eventOfDigit,
  readTelephoneEvent,
  type TelephoneEvent,
  TelephoneEventReceiver,
  TelephoneEventSender,
  writeTelephoneEvent,
} from '../../../src/protocols/rtp/telephone-event.ts';
import { vector } from './packets.ts';

const blank = (): TelephoneEvent => ({ event: 0, end: false, volumeDb: 0, durationTicks: 0 });

function read(name: string): { packet: RtpPacket; event: TelephoneEvent } {
  const packet = new RtpPacket();
  packet.read(vector(name));
  const event = blank();
  expect(readTelephoneEvent(packet.bytes, packet.payloadOffset, packet.payloadBytes, event)).toBe(true);
  return { packet, event };
}

describe('telephone-event (RFC 4733)', () => {
  it('reads start and end of a star as tshark does', () => {
    expect(read('r01-dtmf-star-start').event).toEqual({ event: 10, end: false, volumeDb: 10, durationTicks: 160 });
    expect(read('r02-dtmf-star-end').event).toEqual({ event: 10, end: true, volumeDb: 10, durationTicks: 800 });
    expect(digitOfEvent(10)).toBe('*');
  });

  it('knows the sixteen digits and nothing else', () => {
    for (const [event, digit] of [...'0123456789*#ABCD'].entries()) {
      expect(digitOfEvent(event)).toBe(digit);
      expect(eventOfDigit(digit)).toBe(event);
    }
    expect(eventOfDigit('a')).toBe(12);
    expect([digitOfEvent(16), digitOfEvent(-1), eventOfDigit('E'), eventOfDigit(''), eventOfDigit('12')]).toEqual(
      Array(5).fill(undefined),
    );
  });

  it('refuses payloads shorter than an event', () => {
    expect(readTelephoneEvent(Uint8Array.of(10, 10, 0), 0, 3, blank())).toBe(false);
    expect(readTelephoneEvent(Uint8Array.of(10, 10, 0, 160), 2, 4, blank())).toBe(false);
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(
        fc.record({
          event: fc.integer({ min: 0, max: 255 }),
          end: fc.boolean(),
          volumeDb: fc.integer({ min: 0, max: 63 }),
          durationTicks: fc.integer({ min: 0, max: 65_535 }),
        }),
        (event) => {
          const bytes = new Uint8Array(6);
          expect(writeTelephoneEvent(bytes, 2, event)).toBe(4);
          const back = blank();
          readTelephoneEvent(bytes, 2, 4, back);
          expect(back).toEqual(event);
        },
      ),
    );
  });
});

describe('telephone-event receiver', () => {
  it('reports a star once, over start, updates and three ends', () => {
    const receiver = new TelephoneEventReceiver();
    const { packet, event: start } = read('r01-dtmf-star-start');
    const { event: end } = read('r02-dtmf-star-end');
    const reported = [start, start, end, end, end].map((event) => receiver.receive(event, packet.timestamp));
    expect(reported).toEqual([10, undefined, undefined, undefined, undefined]);
  });

  it('reports an event of which only the end arrived', () => {
    expect(new TelephoneEventReceiver().receive(read('r02-dtmf-star-end').event, 16_000)).toBe(10);
  });

  it('reports the same key pressed twice as two events, and no straggler of the first', () => {
    const receiver = new TelephoneEventReceiver();
    const star = { event: 10, end: true, volumeDb: 10, durationTicks: 800 };
    expect(receiver.receive(star, 16_000)).toBe(10);
    expect(receiver.receive(star, 20_000)).toBe(10);
    expect(receiver.receive(star, 16_000)).toBeUndefined();
  });

  it('takes the next segment of a key held beyond 65535 ticks for the same event', () => {
    const receiver = new TelephoneEventReceiver();
    const held = { event: 1, end: false, volumeDb: 10, durationTicks: 0xffff };
    expect(receiver.receive(held, 0xffff_0000)).toBe(1);
    expect(receiver.receive(held, (0xffff_0000 + 0xffff) >>> 0)).toBeUndefined();
    expect(receiver.receive(held, (0xffff_0000 + 2 * 0xffff) >>> 0)).toBeUndefined();
  });

  it('takes an event more than 2 s back for one of a stream whose clock began anew', () => {
    const receiver = new TelephoneEventReceiver();
    const star = { event: 10, end: false, volumeDb: 10, durationTicks: 160 };
    expect(receiver.receive(star, 500_000)).toBe(10);
    expect(receiver.receive(star, 490_000)).toBeUndefined();
    expect(receiver.receive(star, 1000)).toBe(10);
  });

  it('begins anew after reset, whatever the timestamps', () => {
    const receiver = new TelephoneEventReceiver();
    const star = { event: 10, end: false, volumeDb: 10, durationTicks: 160 };
    receiver.receive(star, 50_000);
    receiver.reset();
    expect(receiver.receive(star, 10)).toBe(10);
  });

  it('reports each pressed key exactly once through a lossy, reordering line', () => {
    const line = fc.record({
      keys: fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 8 }),
      losses: fc.array(fc.boolean(), { minLength: 100, maxLength: 100 }),
    });
    fc.assert(
      fc.property(line, ({ keys, losses }) => {
        const receiver = new TelephoneEventReceiver();
        const sender = new TelephoneEventSender({ packetTicks: 160, durationTicks: 800 });
        const reported: number[] = [];
        const expected: number[] = [];
        let sent = 0;
        for (const [press, key] of keys.entries()) {
          sender.begin(key, 5000 * press);
          let arrived = false;
          for (let event = sender.next(); event !== undefined; event = sender.next()) {
            if (losses[sent++ % losses.length]) continue;
            arrived = true;
            const heard = receiver.receive(event, sender.timestamp);
            if (heard !== undefined) reported.push(heard);
          }
          if (arrived) expected.push(key);
        }
        expect(reported).toEqual(expected);
      }),
    );
  });
});

describe('telephone-event sender', () => {
  it('sends a 100 ms key as five packets with rising duration, the end three times, one timestamp, one marker', () => {
    const sender = new TelephoneEventSender({ packetTicks: 160, durationTicks: 800 });
    sender.begin(11, 4_294_967_290);
    const packets: unknown[] = [];
    for (let event = sender.next(); event !== undefined; event = sender.next()) {
      packets.push([sender.marker, sender.timestamp, event.durationTicks, event.end]);
    }
    expect(packets).toEqual([
      [true, 4_294_967_290, 160, false],
      [false, 4_294_967_290, 320, false],
      [false, 4_294_967_290, 480, false],
      [false, 4_294_967_290, 640, false],
      [false, 4_294_967_290, 800, true],
      [false, 4_294_967_290, 800, true],
      [false, 4_294_967_290, 800, true],
    ]);
    expect(sender.busy).toBe(false);
  });
});
