/** The console link where people log in: real WebSockets on loopback, and logins by a stand-in. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ConsoleBench, type Page } from '../interop/console-bench.ts';
import { operator } from './world-of-test.ts';

let bench: ConsoleBench;
/** The one cookie that is somebody's; undefined: he is out. */
let cookie: string | undefined;
let isLocked: boolean;
let asked: IncomingMessage[];

beforeEach(async () => {
  [cookie, isLocked, asked] = ['escaut-session=his', false, []];
  bench = new ConsoleBench({
    signedIn: (request) => {
      asked.push(request);
      return cookie !== undefined && request.headers.cookie === cookie
        ? { person: operator.person, isLocked }
        : undefined;
    },
  });
  await bench.start();
});
afterEach(() => bench.stop());

const waitMs = 20_000;

async function connect(headers: Record<string, string> = { cookie: 'escaut-session=his' }, token = ''): Promise<Page> {
  const page = await bench.connect(headers);
  page.send({ hello: { versionMin: 1, versionMax: 1, token } });
  return page;
}
const refusedFor = (page: Page) => page.until(({ refused }) => refused?.detail, waitMs);
const welcomed = (page: Page) => page.until(({ welcome }) => welcome?.operator?.personId, waitMs);
const pictured = (page: Page, count: number) =>
  page.until(() => (page.messages.filter(({ snapshot }) => snapshot).length >= count ? true : undefined), waitMs);

describe('the console link where people log in', () => {
  it('takes the cookie, and prints no link', async () => {
    const page = await connect();
    expect(await welcomed(page)).toBe(operator.person);
    expect(bench.links).toEqual([]);
  });

  it('lets in nobody without one, nor with another', async () => {
    expect(await refusedFor(await connect({}))).toBe('log-in');
    expect(await refusedFor(await connect({ cookie: 'escaut-session=other' }, 'x'))).toBeDefined();
  });

  it('is out of reach of another site’s page, though the browser sends the cookie (CSWSH)', async () => {
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1.evil.example:${bench.port}`]) {
      const socket = new WebSocket(bench.url, { headers: { cookie: 'escaut-session=his', origin } });
      const [request, response] = await once(
        socket.on('error', () => undefined),
        'unexpected-response',
      );
      expect(response.statusCode).toBe(403);
      request.destroy();
    }
    expect(asked).toEqual([]);
  });

  it('asks who has logged in when the page says Hello, not when it connects', async () => {
    const page = await bench.connect({ cookie: 'escaut-session=his' });
    cookie = undefined;
    page.send({ hello: { versionMin: 1, versionMax: 1, token: '' } });
    expect(await refusedFor(page)).toBeDefined();
  });

  it('closes his consoles when his session is over, says why, and gives his floors back', async () => {
    const page = await connect();
    await pictured(page, 1);
    expect(bench.server.presence(operator.person).isHere).toBe(true);
    cookie = undefined;
    bench.server.endPerson(operator.person, 'taken-over');
    expect(await refusedFor(page)).toBe('taken-over');
    await page.end(waitMs);
    expect(bench.commands.at(-1)).toEqual({ name: 'closeConsole', console: page.id });
    expect(bench.server.presence(operator.person)).toEqual({ isHere: false, actedMs: -Infinity });
    const back = await bench.connect({ cookie: 'escaut-session=his' });
    back.send({ hello: { versionMin: 1, versionMax: 1, token: '', resumeToken: page.resumeToken } });
    expect(await refusedFor(back)).toBeDefined();
  });

  it('shows a locked console everything and lets it do nothing', async () => {
    isLocked = true;
    const page = await connect();
    await pictured(page, 1);
    const locked = () => page.messages.flatMap(({ snapshot }) => snapshot?.locked ?? []);
    expect(locked()).toEqual([true]);
    page.send({ operate: { requestId: 7, groupId: 'xb-acc', close: {} } });
    expect(await page.until(({ operationAnswer }) => operationAnswer?.refusal, waitMs)).toBe('locked');
    bench.server.lock(operator.person, false);
    await pictured(page, 2);
    expect(locked()).toEqual([true, false]);
    page.send({ operate: { requestId: 8, groupId: 'xb-acc', close: {} } });
    const answer = await page.until(
      ({ operationAnswer }) => (operationAnswer?.requestId === 8 ? operationAnswer.refusal : undefined),
      waitMs,
    );
    expect(answer).not.toBe('locked');
  });

  it('knows who is needed: whoever talks, or waits for the floor', async () => {
    const page = await connect();
    const snapshot = await page.until((message) => message.snapshot, waitMs);
    const groupId = snapshot.groups?.[0]?.id ?? '';
    expect(bench.server.isNeeded(operator.person)).toBe(false);
    page.send({ floorRequest: { groupId, requestId: 1 } });
    await page.until(({ floorAnswer }) => floorAnswer?.requestId, waitMs);
    expect(bench.server.isNeeded(operator.person)).toBe(bench.commands.some(({ name }) => name === 'requestFloor'));
    expect(bench.server.isNeeded('nobody')).toBe(false);
  });
});
