/** Whoever has to enrol a second factor first, before every door that there is: HTTP and the console link. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WebDoors } from './web-doors.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let site: WebDoors;
beforeAll(async () => {
  site = new WebDoors();
  await site.start();
});
afterAll(() => site.stop());

const open =
  /^(GET \/api\/v1\/(login|account|oidc\/callback)|POST \/api\/v1\/(log(in|out)|oidc|card|passkey|second-factor)\b.*)$/;
const enrols = ['POST /api/v1/passkeys', 'POST /api/v1/passkeys/enrol'];

it('nothing opens but what enrols; who was in before stays in', async () => {
  const before = await site.login('dispatcher');
  site.insists = true;
  const cookie = await site.login('auditor');
  site.log.length = 0;
  const routes = site.routes.filter(
    (route) => route.includes(' /api/v1/') && !open.test(route) && !enrols.includes(route),
  );
  expect(routes.length).toBeGreaterThan(30);
  for (const route of routes) {
    const { status, text } = await site.knock(route, cookie);
    expect([route, status, /"code":"([\w-]+)"/.exec(text)?.[1]]).toEqual([route, 403, 'second-factor']);
  }
  expect(site.changes).toEqual([]);
  expect(site.log).toContainEqual(expect.objectContaining({ event: 'http.refused', reason: 'second-factor' }));
  const link = async (shown: string) => {
    const page = await site.bench.console.connect({ cookie: shown });
    page.send({ hello: { versionMin: 1, versionMax: 1, token: '' } });
    return page;
  };
  const refused = await link(cookie);
  expect(await refused.until((said) => said.refused?.detail, 20_000)).toBe('log-in');
  expect((await site.ask('GET', '/api/v1/session', {}, before)).status).toBe(200);
  const welcomed = await link(before);
  expect(await welcomed.until(({ welcome }) => welcome?.operator?.personId, 20_000)).toBe('dispatcher');
  const begun = await site.knock('POST /api/v1/second-factor', cookie);
  expect([begun.status, begun.text]).toEqual([200, expect.stringContaining('otpauth://')]);
});
