/** An export that two persons answer for, over random histories. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  dueUtcMs,
  type ExportOrder,
  isUnderWay,
  newOrder,
  type OrderEvent,
  stepOrder,
} from '../../src/operations/export-order.ts';

const hearer = (person: string, country: string) => {
  return { person, display: person, role: 'auditor', controlRoom: 'ccpd', country } as const;
};
const wish = {
  by: hearer('be', 'BE'),
  second: hearer('fr', 'FR'),
  reason: 'x',
  fromUtcMs: 0,
  toUtcMs: 1,
  groups: ['xb'],
};
const made = { octets: 1, recordings: 1, gaps: 0, manifestSha256: 'a', fingerprint: 'b' };
const who = fc.constantFrom('be', 'fr', 'other');
const event: fc.Arbitrary<OrderEvent> = fc.oneof(
  who.map((by) => ({ name: 'approve', by }) as const),
  who.map((by) => ({ name: 'refuse', by, words: 'no' }) as const),
  who.map((by) => ({ name: 'withdraw', by }) as const),
  fc.constant({ name: 'progress', done: 1, all: 2 } as const),
  fc.constant({ name: 'built', made } as const),
  fc.constant({ name: 'failed', fault: 'disk-full', words: 'disk' } as const),
  fc.constant({ name: 'again' } as const),
  fc.constant({ name: 'lost', fault: 'package-lost', words: 'disk' } as const),
  fc.constant({ name: 'tick' } as const),
);

it('is never built without the second person, ends once, and never waits for good', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat(20 * 60_000))), (history) => {
      let order: ExportOrder = newOrder(1, { ...wish, incident: '', askedUtcMs: 0 });
      let nowMs = 0;
      let isApproved = false;
      let isOver = false;
      for (const [happened, laterMs] of history) {
        nowMs += laterMs;
        const before = order;
        const next = stepOrder(order, happened, nowMs);
        if (typeof next === 'string') continue;
        order = next;
        if (happened.name === 'approve') {
          expect(happened.by).toBe('fr');
          isApproved = true;
        }
        if (order.state === 'building' || order.state === 'ready') expect(isApproved).toBe(true);
        if (order.made !== undefined) expect(['ready', 'gone']).toContain(order.state);
        // What is over stays so, but that a package goes, or is lost.
        if (isOver && order.state !== before.state) {
          expect([before.state, order.state]).toEqual(['ready', happened.name === 'lost' ? 'failed' : 'gone']);
        }
        expect(order.fault === undefined).toBe(order.state !== 'failed');
        expect(order.tries).toBeLessThanOrEqual(3);
        isOver ||= !isUnderWay(order);
        if (happened.name === 'tick') expect(dueUtcMs(order)).toBeGreaterThan(nowMs);
      }
    }),
  );
});
