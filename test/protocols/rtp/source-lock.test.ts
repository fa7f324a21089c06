import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SourceLock } from '../../../src/protocols/rtp/source-lock.ts';

describe('source lock', () => {
  it('takes the negotiated address and port only, and counts strangers', () => {
    const lock = new SourceLock({ address: '192.0.2.10', port: 5000, latch: false });
    expect(lock.accept('192.0.2.10', 5000, 0)).toBe(true);
    expect(lock.accept('192.0.2.10', 5002, 10)).toBe(false);
    expect(lock.accept('192.0.2.66', 5000, 20)).toBe(false);
    expect(lock.accept('192.0.2.10', 5002, 1e9)).toBe(false);
    expect(lock).toMatchObject({ strangers: 3, port: 5000, relatches: 0 });
  });

  it('latches the port of the first packet from the negotiated address, never of another', () => {
    const lock = new SourceLock({ address: '192.0.2.10', port: 5000, latch: true });
    expect(lock.accept('192.0.2.66', 6000, 0)).toBe(false);
    expect(lock.accept('192.0.2.10', 6100, 5)).toBe(true);
    expect(lock.port).toBe(6100);
    expect(lock.accept('192.0.2.10', 5000, 10)).toBe(false);
  });

  it('latches anew after more than 2000 ms of silence, and only on the negotiated address', () => {
    const lock = new SourceLock({ address: '192.0.2.10', port: 5000, latch: true });
    lock.accept('192.0.2.10', 6100, 0);
    expect(lock.accept('192.0.2.10', 6200, 2000)).toBe(false);
    expect(lock.accept('192.0.2.66', 6200, 9000)).toBe(false);
    expect(lock.accept('192.0.2.10', 6200, 9001)).toBe(true);
    expect(lock).toMatchObject({ port: 6200, relatches: 1 });
  });

  it('takes no re-latch from packets of a stranger port: they do not count as silence broken', () => {
    const lock = new SourceLock({ address: '192.0.2.10', port: 5000, latch: true });
    lock.accept('192.0.2.10', 6100, 0);
    for (let nowMs = 20; nowMs <= 10_000; nowMs += 20) {
      expect(lock.accept('192.0.2.10', 6100, nowMs)).toBe(true);
      expect(lock.accept('192.0.2.10', 7777, nowMs + 1)).toBe(false);
    }
    expect(lock.strangers).toBe(500);
  });

  it('knows an IPv6 address in any spelling and an IPv4 one on a dual-stack socket', () => {
    const six = new SourceLock({ address: '2001:DB8:0:0::1', port: 5000, latch: false });
    expect(six.accept('2001:db8::1', 5000, 0)).toBe(true);
    const four = new SourceLock({ address: '192.0.2.10', port: 5000, latch: false });
    expect(four.accept('::ffff:192.0.2.10', 5000, 0)).toBe(true);
    expect(four.accept('::ffff:192.0.2.11', 5000, 0)).toBe(false);
  });

  it('never takes another address, whatever the order of events', () => {
    const step = fc.tuple(fc.boolean(), fc.constantFrom(5000, 6000, 6100), fc.integer({ min: 0, max: 5000 }));
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (latch, steps) => {
        const lock = new SourceLock({ address: '192.0.2.10', port: 5000, latch });
        let nowMs = 0;
        for (const [stranger, port, waitMs] of steps) {
          nowMs += waitMs;
          const before = lock.port;
          const accepted = lock.accept(stranger ? '198.51.100.9' : '192.0.2.10', port, nowMs);
          if (stranger) expect(accepted).toBe(false);
          if (!accepted || !latch) expect(lock.port).toBe(before);
          if (accepted) expect(lock.port).toBe(port);
        }
      }),
    );
  });
});
