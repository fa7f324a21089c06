import fc from 'fast-check';
import { expect, it } from 'vitest';
import { actOnAccount, type LinkOrders, openOrders } from '../../src/operations/account-orders.ts';
import { roles } from '../../src/operations/terms.ts';

const admin = (person: string) =>
  ({ person, display: person.toUpperCase(), role: 'sys-admin', controlRoom: 'cr' }) as const;
const hourMs = 3_600_000;

it('gives a link that was asked for within a day', () => {
  const { orders } = actOnAccount(new Map(), { name: 'ask', by: admin('a'), person: 'x' }, 0);
  const give = { name: 'give', by: admin('b'), person: 'x' } as const;
  expect(actOnAccount(orders, give, 23 * hourMs)).toEqual({ orders: new Map() });
  expect(actOnAccount(orders, give, 24 * hourMs).refusal).toBe('not-asked');
  expect(openOrders(orders, 24 * hourMs).size).toBe(0);
});

it('forgets what was asked for whoever is disabled', () => {
  const { orders } = actOnAccount(new Map(), { name: 'ask', by: admin('a'), person: 'x' }, 0);
  const after = actOnAccount(orders, { name: 'disable', by: admin('b'), person: 'x' }, 1);
  expect(actOnAccount(after.orders, { name: 'give', by: admin('b'), person: 'x' }, 2).refusal).toBe('not-asked');
});

it('never lets one alone have a link, nor anybody his own, nor another role', () => {
  const act = fc.record({
    name: fc.constantFrom('disable', 'ask', 'give'),
    by: fc.record({
      person: fc.constantFrom('a', 'b', 'c'),
      display: fc.constant(''),
      role: fc.constantFrom(...roles, 'sys-admin' as const),
      controlRoom: fc.constant('cr'),
    }),
    person: fc.constantFrom('a', 'b', 'x'),
    afterMs: fc.integer({ min: 0, max: 30 * hourMs }),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      let orders: LinkOrders = new Map();
      let utcMs = 0;
      const asked = new Map<string, { readonly by: string; readonly utcMs: number }>();
      for (const { afterMs, ...each } of acts) {
        utcMs += afterMs;
        const result = actOnAccount(orders, each, utcMs);
        orders = result.orders;
        if (result.refusal !== undefined) continue;
        expect(each.by.role).toBe('sys-admin');
        expect(each.by.person).not.toBe(each.person);
        if (each.name === 'give') {
          const order = asked.get(each.person);
          expect(order?.by).not.toBe(each.by.person);
          expect(utcMs - (order?.utcMs ?? -Infinity)).toBeLessThan(24 * hourMs);
          asked.delete(each.person);
        } else if (each.name === 'ask') asked.set(each.person, { by: each.by.person, utcMs });
        else asked.delete(each.person);
      }
    }),
  );
});

it('has a bound', () => {
  let orders: LinkOrders = new Map();
  for (let number = 0; number < 100; number++) {
    orders = actOnAccount(orders, { name: 'ask', by: admin('a'), person: `x${number}` }, 0).orders;
  }
  expect(actOnAccount(orders, { name: 'ask', by: admin('a'), person: 'one more' }, 0).refusal).toBe('too-many-orders');
  expect(actOnAccount(orders, { name: 'ask', by: admin('a'), person: 'x1' }, 0).refusal).toBeUndefined();
});
