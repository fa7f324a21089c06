/** Every role at every command that asks who does it, by the one table of all doors. */
import { afterAll, describe, expect, it } from 'vitest';
import { CommandDoors } from './command-doors.ts';
import { casesOf, mayGo, nameOf } from './door-table.ts';

describe('the command line', () => {
  const place = new CommandDoors();
  afterAll(() => place.stop());

  const byRole = casesOf('CLI').filter(([, , { may }]) => may !== 'machine');
  it.each(byRole)('%s: %s', { timeout: 30_000 }, async (role, _name, door) => {
    const { refusal, done, isLogged } = await place.try(nameOf(door), role, mayGo(door, role));
    if (mayGo(door, role)) expect([refusal, isLogged]).toEqual([undefined, false]);
    else expect([refusal === undefined, done, isLogged]).toEqual([false, [], true]);
  });
});
