/**
 * Every role at every route of the listener, by the one table of all doors; a route without a row fails, and so does one of
 * the API that its description does not name.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roles } from '../../src/operations/terms.ts';
import { casesOf, mayGo, named, nameOf, placeOf } from './door-table.ts';
import { send } from './raw-request.ts';
import { machineKey, WebDoors } from './web-doors.ts';

describe('the listener', () => {
  let site: WebDoors;
  beforeAll(async () => {
    site = new WebDoors();
    await site.start();
  });
  afterAll(() => site.stop());

  it('has a row for every route, and none for another', () => {
    expect(new Set(named('REST').map(placeOf))).toEqual(new Set(site.routes));
  });

  it('describes every route of its API, and no other', async () => {
    const { text } = await site.ask('GET', '/api/v1/openapi.json');
    const described = Object.entries<object>(JSON.parse(text).paths).flatMap(([path, methods]) => {
      return Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
    });
    expect(new Set(described)).toEqual(new Set(site.routes.filter((route) => route.includes('/api/v1/'))));
  });

  const byRole = casesOf('REST').filter(([, , { may }]) => may !== 'anybody' && may !== 'system' && may !== 'machine');
  it.each(byRole)('%s: %s', async (role, _name, door) => {
    const { refusal, done, isLogged } = await site.try(nameOf(door), role, mayGo(door, role));
    if (mayGo(door, role)) expect([refusal, isLogged]).toEqual([undefined, false]);
    else expect([refusal === undefined, done, isLogged]).toEqual([false, [], true]);
  });

  const open = named('REST').filter(({ may }) => may === 'anybody');
  it.each(open.map((door) => [nameOf(door)]))('anybody: %s', async (door) => {
    const { status, text } = await site.knock(door);
    // What is shown there may be no good, whoever shows it.
    const isKnown = status < 400 || /"code":"(?:passkey|oidc-expired|oidc-away|card-late)"/.test(text);
    expect([isKnown, text]).toEqual([true, expect.any(String)]);
  });

  const closed = named('REST').filter(({ may }) => may !== 'anybody' && may !== 'system' && may !== 'machine');
  it.each(closed.map((door) => [nameOf(door)]))('nobody: %s', async (door) => {
    const { status, text } = await site.knock(door);
    expect([status, text]).toEqual(
      door.includes('/recordings/') ? [404, expect.any(String)] : [401, expect.stringContaining('"code":"no-session"')],
    );
  });

  it('takes hits of systems alone, whoever has logged in', async () => {
    for (const role of roles) {
      site.log.length = 0;
      expect((await site.knock('POST /api/v1/hits', await site.login(role))).status).toBe(401);
      expect(site.log).toContainEqual(expect.objectContaining({ event: 'hit.refused' }));
    }
  });

  const ofMachine = named('REST').filter(({ may }) => may === 'machine');
  it.each(ofMachine.map((door) => [nameOf(door)]))('programs of its machine, by its key: %s', async (door) => {
    const [method = '', path = ''] = door.split(' ');
    const headers = { host: site.host, 'content-type': 'application/json' };
    const known = { ...headers, authorization: `Bearer ${machineKey.toString('hex')}` };
    // With the key the wish is looked at, and found wanting.
    const answer = async (given: Record<string, string>) =>
      (await send(site.port, method, path, given, method === 'POST' ? '{}' : '')).text;
    expect(await answer(known)).not.toContain('with its key');
    expect(await answer(headers)).toContain('with its key');
    for (const role of roles) {
      expect([role, (await site.knock(door, await site.login(role))).status]).toEqual([role, 403]);
    }
  });
});
