/**
 * Every role at every door of the console link, by the one table of all doors: whoever may goes through; whoever may not is
 * refused, which changes nothing and stands in the log. What doors there are is taken from the protocol, the command
 * line and the listener themselves: a new one without a row fails here, or in web-doors.test.ts.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandDoors } from '../../src/command-line.ts';
import type { Role } from '../../src/operations/terms.ts';
import { commandCases } from './command-doors.ts';
import { ConsoleDoors, consoleCases } from './console-doors.ts';
import { casesOf, doors, mayGo, named, nameOf, others, placeOf } from './door-table.ts';

describe('the table', () => {
  it('says of each door once who may', () => {
    expect(new Set(doors.map(({ door }) => door)).size).toBe(doors.length);
    for (const { may } of doors) expect(others.some((who) => who === may) || /^[y-]{7}$/.test(may)).toBe(true);
  });

  it('names every request of the console link, and none that is not', () => {
    const proto = readFileSync(join(import.meta.dirname, '../../proto/console.proto'), 'utf8');
    const requests = requestsOf(proto, 'ClientMessage').flatMap((name) => {
      if (name === 'operate') return requestsOf(proto, 'Operate').map((act) => `operate.${act}`);
      if (name === 'recordingsRequest') return requestsOf(proto, 'RecordingsRequest').map((wish) => `${name}.${wish}`);
      return [name];
    });
    expect(requests.length).toBeGreaterThan(50);
    expect(new Set(named('WS').map(placeOf))).toEqual(new Set(requests));
    expect(new Set(Object.keys(consoleCases))).toEqual(new Set(named('WS').map(nameOf)));
  });

  it('names every command, and none that is not', () => {
    expect(new Set(named('CLI').map(placeOf))).toEqual(new Set(commandDoors()));
    const asked = named('CLI').filter(({ may }) => may !== 'machine');
    expect(new Set(Object.keys(commandCases))).toEqual(new Set(asked.map(nameOf)));
  });
});

/** What stands in the oneof of a message, as the code names it. */
function requestsOf(proto: string, message: string): readonly string[] {
  const [, body = ''] = new RegExp(`^message ${message} \\{\\n(.*?)^\\}`, 'ms').exec(proto) ?? [];
  const [, fields = ''] = /oneof \w+ \{(.*?)^ {2}\}/ms.exec(body) ?? [];
  return [...fields.matchAll(/^ +\w+ (\w+) = \d+;/gm)].map(([, name = '']) => {
    return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  });
}

describe('the console link', () => {
  let link: ConsoleDoors;
  beforeAll(async () => {
    link = new ConsoleDoors();
    await link.start();
  });
  afterAll(() => link.stop());

  it.each(casesOf('WS'))('%s: %s', async (role: Role, _name, door) => {
    const { refusal, done, isLogged } = await link.try(nameOf(door), role);
    if (mayGo(door, role)) {
      expect([refusal, isLogged]).toEqual([undefined, false]);
      return;
    }
    expect([refusal, done, isLogged]).toEqual([door.cause ?? 'not-permitted', [], true]);
  });
});

describe('a locked console', () => {
  let link: ConsoleDoors;
  beforeAll(async () => {
    link = new ConsoleDoors(true);
    await link.start();
  });
  afterAll(() => link.stop());

  /** Of no role: what keeps the link, lets go or only looks at the machines. */
  const open =
    /^(?:hello|ping|floorRelease|monitor|rtcRequest|goodbye|listenerReport|watchStatus|timelineRequest|shareRoom|capacityRequest)$/;
  const shut = named('WS').filter((door) => !open.test(nameOf(door)));
  it.each(shut.map((door) => [nameOf(door), door] as const))('does nothing: %s', async (name, door) => {
    const role = (['supervisor', 'auditor'] as const).find((each) => mayGo(door, each))!;
    const { refusal, done } = await link.try(name, role);
    expect([name, refusal === undefined, done]).toEqual([name, false, []]);
  });
});
