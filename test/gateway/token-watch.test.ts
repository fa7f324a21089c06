/** Service tokens near their end: who is told, how often, and when it is over. */
import { expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { TokenWatch } from '../../src/gateway/token-watch.ts';
import { AccountsAway } from '../../src/store/account-methods.ts';
import type { ServiceToken } from '../../src/store/token-store.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

function stand() {
  const clock = new ManualClock({ nowMs: 0, utcMs: Date.UTC(2026, 10, 29) });
  const tokens: ServiceToken[] = [];
  const alarms = new Set<string>();
  const lines: { tokenId: string; holder: string; days: number }[] = [];
  const counts: number[] = [];
  const is = { away: false };
  const watch = new TokenWatch({
    clock,
    keeper: {
      tokens: async () => {
        if (is.away) throw new AccountsAway('no disk');
        return tokens;
      },
    },
    console: {
      raiseAlarm: (code, subject) => void alarms.add(`${code} ${subject}`),
      clearAlarm: (code, subject) => void alarms.delete(`${code} ${subject}`),
    },
    events: { tokens: { ending: (at) => void lines.push(at), counted: (count) => void counts.push(count) } },
  });
  const token = (id: string, days: number, more: Partial<ServiceToken> = {}) =>
    tokens.push({ id, holder: `holder-${id}`, expiresUtcMs: clock.utcMs() + days * dayMs, ...more } as ServiceToken);
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await new Promise(setImmediate);
  };
  return { clock, tokens, alarms, lines, counts, is, watch, token, pass };
}

it('tells of those that end within two weeks, once a day, and no more once they are revoked', async () => {
  const { tokens, alarms, lines, counts, watch, token, pass } = stand();
  token('a', 13.5);
  token('b', 14.5);
  token('c', 2, { revokedUtcMs: 1 });
  token('d', -1);
  token('e', -30);
  watch.start();
  await pass(5000);
  expect([...alarms]).toEqual([
    'service-token-ending holder-d, 2026-11-28',
    'service-token-ending holder-a, 2026-12-12',
  ]);
  expect(watch.ending.map(({ tokenId }) => tokenId)).toEqual(['d', 'a']);
  expect(lines.map(({ tokenId, days }) => [tokenId, days])).toEqual([
    ['d', -2],
    ['a', 13],
  ]);
  await pass(hourMs);
  expect([lines.length, counts]).toEqual([2, [2, 2]]);
  for (let hour = 0; hour < 14; hour++) await pass(hourMs);
  expect(lines.filter(({ tokenId }) => tokenId === 'a').map(({ days }) => days)).toEqual([13, 12]);
  expect([...alarms].some((alarm) => alarm.includes('holder-b'))).toBe(true);
  tokens.splice(0, 1, { ...tokens[0]!, revokedUtcMs: 1 });
  await pass(hourMs);
  expect([...alarms].some((alarm) => alarm.includes('holder-a'))).toBe(false);
  watch.stop();
});

it('keeps what it knows while accounts cannot be read', async () => {
  const { alarms, is, watch, token, pass } = stand();
  token('a', 3);
  watch.start();
  await pass(5000);
  is.away = true;
  await pass(hourMs);
  expect([alarms.size, watch.ending.length]).toEqual([1, 1]);
});

it('raises one alarm for two of a holder that end on one day, and clears it when neither does any more', async () => {
  const { tokens, alarms, lines, watch, token, pass } = stand();
  token('a', 3.1, { holder: 'be-anpr' });
  token('b', 3.9, { holder: 'be-anpr' });
  watch.start();
  await pass(5000);
  expect([...alarms]).toEqual(['service-token-ending be-anpr, 2026-12-02']);
  // From the third hour on one has a day less than the other: still a line a day of each.
  for (let hour = 0; hour < 23; hour++) await pass(hourMs);
  expect(lines.map(({ tokenId, days }) => [tokenId, days])).toEqual([
    ['a', 3],
    ['b', 3],
    ['a', 2],
    ['b', 2],
  ]);
  tokens.splice(0, 1, { ...tokens[0]!, revokedUtcMs: 1 });
  await pass(hourMs);
  expect(alarms.size).toBe(1);
  tokens.splice(1, 1, { ...tokens[1]!, revokedUtcMs: 1 });
  await pass(hourMs);
  expect(alarms.size).toBe(0);
});
