/**
 * Another program holds the database of the audit log for 20 s, while ffmpeg speaks over after over through a whole
 * gateway, which is killed meanwhile and started again: voice goes on, lines are put aside, the console says so, and in
 * the end all of them stand in the log in their order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { ConsoleLink } from './support/console-link.ts';
import { show } from './support/figures.ts';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { logFaults } from './support/gateway-kills.ts';
import { type RtpLine, rtpLines } from './support/rtp-lines.ts';
import { playing, until } from './support/until.ts';

const lockedMs = 20_000;
/** What ffmpeg says is longer or shorter by a packet or two, and more where the machine stalls. */
const spareMs = 100;

let gateway: Gateway;
let line: RtpLine;
let other: ChildProcess | undefined;
beforeAll(async () => {
  const { lines, world } = await rtpLines(['g1'], new SeededRandom(4));
  line = lines[0]!;
  gateway = await Gateway.start(await gatewayPorts(), world);
  await gateway.legsUp(line.legs);
});
afterAll(async () => {
  other?.kill();
  await gateway?.kill();
  line?.close();
});

/** Begins to hold it. */
async function lock(): Promise<ChildProcess> {
  const database = join(gateway.folder, 'state', 'e2e', 'escaut.db');
  const child = spawn(process.execPath, ['test/interop/support/lock-child.ts', database]);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('locked\n');
  return child;
}

/** An over, as it was heard at the other leg. */
async function heardOver(ms: number): Promise<number> {
  const from = gateway.lines.length;
  await line.say(ms);
  await until('it has ended', () => gateway.linesOf('over.ended', from).length > 0);
  return line.heard.at(-1) ?? 0;
}

it('loses no line, whether killed meanwhile or not, and no syllable', async () => {
  const console = await ConsoleLink.open(gateway);
  other = await lock();
  const before = (await gateway.entries()).length; // from here on nothing is added
  const lockedAtMs = performance.now();
  const told = console.told('evidence-away', true);
  for (let over = 0; over < 3; over++) expect(Math.abs((await heardOver(1000)) - 1000)).toBeLessThanOrEqual(spareMs);
  const toldMs = await told;
  expect(await gateway.metric('escaut_audit_store_up')).toBe(0);
  console.close();
  await playing(1100); // whatever was printed so long ago is on the disk
  const killed = gateway;
  const killedMs = Date.now();
  await gateway.crash('all');
  gateway = await gateway.again();
  await gateway.legsUp(line.legs);
  const next = await ConsoleLink.open(gateway);
  await next.told('evidence-away', true);
  expect(Math.abs((await heardOver(1000)) - 1000)).toBeLessThanOrEqual(spareMs);
  expect((await gateway.entries()).length).toBe(before); // nothing could be written
  await playing(lockedMs - (performance.now() - lockedAtMs));
  other.stdin?.end();
  const backMs = await next.told('evidence-away', false);
  show('database locked', { toldMs, backMs });
  await gateway.stop('its folder');
  const { code, output } = await gateway.audited('--verify');
  expect([code, output]).toEqual([0, expect.stringMatching(/^whole/)]);
  const entries = await gateway.entries();
  const [first, second] = [killed, gateway].map(({ printed }) => printed);
  // Of the gateway; the thread that removes what is too old writes by itself.
  const runs = entries.filter(({ event }) => event === 'gateway.starting').map(({ run }) => run);
  expect(runs).toHaveLength(2);
  const eventsOf = (run: string | undefined) => entries.filter((each) => each.run === run).map(({ event }) => event);
  expect(logFaults(first ?? [], eventsOf(runs[0]), killedMs)).toEqual([]);
  expect(eventsOf(runs[1])).toEqual(second?.map(({ event }) => event));
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, at) => at + 1));
}, 60_000);
