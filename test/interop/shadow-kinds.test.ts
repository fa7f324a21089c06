/**
 * Talkgroups that are listened to beside a group over the kinds of attachment beside SIP (shadow.test.ts), with far ends
 * that are not ours: muted, counted both ways with their talkers, and heard once they have become legs.
 *
 *   line   the group's own: a unit behind the sample agent, which talks, and an ear without signalling
 *   rtp    ffmpeg speaks
 *   link   the sample agent
 *   here   sipp with MCPTT in its SDP and a unit in Python, the floor homed with us
 *   there  the same, the floor homed there
 *
 * A radio session (ED-137) lives on our packets: that it can be none is said when it is proposed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ShadowReport } from '../../src/api/shadow-schema.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { Capture } from './support/capture.ts';
import { endChild } from './support/end-child.ts';
import { show } from './support/figures.ts';
import { FleetClient } from './support/fleet-client.ts';
import { Gateway, type GatewayPorts, gatewayPorts } from './support/gateway.ts';
import { freeBlock, loopback } from './support/ports.ts';
import { RtpLine } from './support/rtp-lines.ts';
import { floorAt, portsTo, sippAnswers } from './support/sipp-answers.ts';
import { resampled } from './support/sound.ts';
import { playing, until } from './support/until.ts';
import { readWav, writeWav } from './support/wav.ts';

const group = 'xb';
const names = ['rtp', 'link', 'here', 'there'] as const;
type Name = (typeof names)[number];
const legs = (...of: readonly string[]) => of.map((name) => ({ talkgroup: `tg-${name}` }));
/** As their networks name them; `line` is the group's own. */
const units = { line: '4711', link: '4712', here: '4713', there: '4714' } as const;
const callSignOf = (name: Name | 'line') => (name === 'rtp' ? undefined : `VICTOR ${units[name].slice(-1)}`);
/** mcptt_unit.py has it too. */
const saidMs = 700;
/** Of what was on the wire: packets at each end, and what the machine held up between a packet's time and ours. */
const nearMs = 80;
/** Where a network asks for the floor, its talk begins with that, and the voice comes when it has been granted. */
const grantedMs = 250;
const timeout = 5000;
const token = 't'.repeat(43);

const children: ChildProcess[] = [];

function run(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { cwd: folder });
  for (const stream of [child.stdout, child.stderr]) stream.resume();
  children.push(child);
  return child;
}

class Unit {
  said = '';
  readonly #child: ChildProcess;

  constructor(program: string, args: readonly string[]) {
    this.#child = run('python3', [join(import.meta.dirname, 'support', program), ...args]);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.said += chunk.toString();
      });
    }
  }

  talk(): void {
    this.#child.stdin?.write('\n');
  }

  /** What it has heard so far, ms; once something has ended. */
  get heardMs(): number {
    return Number([...this.said.matchAll(/^heard (\d+)$/gm)].at(-1)?.[1] ?? 0);
  }
}

let folder: string;
let ports: GatewayPorts;
let gateway: Gateway;
let capture: Capture;
let opo: FleetClient;
let first: number;
let ear: RtpLine;
let ffmpeg: RtpLine;
let agent: Unit;
let far: Readonly<Record<Exclude<Name, 'rtp'>, Unit>>;

/** Ten ports each. */
const portOf = (name: Name | 'line' | 'radio') => first + 10 * [...names, 'line', 'radio'].indexOf(name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'escaut-shadow-'));
  first = await freeBlock(60);
  ports = await gatewayPorts();
  capture = await Capture.start([
    { from: ports.mediaFrom, to: ports.mediaTo },
    { from: first, to: first + 59 },
  ]);
  const random = new SeededRandom(5);
  const line = (port: number) => ({ toGateway: port, ear: port + 2 });
  ear = await RtpLine.open('line', line(portOf('line')), random);
  ffmpeg = await RtpLine.open('rtp', line(portOf('rtp')), random);
  for (const name of ['here', 'there'] as const) {
    const port = portOf(name);
    const more = (text: string) => portsTo(join(folder, name))(floorAt(port + 4)(text));
    run('sipp', sippAnswers(folder, { port, media: port + 2, echo: port + 6, more }));
  }
  const speech = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000);
  for (const [name, fromMs] of [
    ['line', 600],
    ['link', 2600],
  ] as const) {
    const samples = speech.samples.slice(8 * fromMs, 8 * (fromMs + saidMs));
    writeWav(join(folder, `${name}.wav`), { rateHz: 8000, samples });
  }
  writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
  const rtp = (name: 'rtp' | 'line') => ({
    kind: 'rtp',
    rtp: { remote: `${loopback}:${portOf(name) + 2}`, listenPort: portOf(name), sources: [loopback] },
  });
  const link = (port: number) => ({
    kind: 'link',
    link: { listen: { host: loopback, port }, agent: 'box7', token: { file: join(folder, 'token') } },
  });
  const peer = (name: Name | 'radio') => `sip:${loopback}:${portOf(name)}`;
  const kinds = {
    rtp: rtp('rtp'),
    link: link(ports.sip + 4),
    here: { kind: 'mcptt', mcptt: { peer: peer('here'), home: 'here' } },
    there: { kind: 'mcptt', mcptt: { peer: peer('there'), home: 'there' } },
    ear: rtp('line'),
    line: link(ports.sip + 5),
    radio: { kind: 'ed137', ed137: { peer: peer('radio') } },
  };
  const all = Object.keys(kinds) as (keyof typeof kinds)[];
  gateway = await Gateway.start(ports, {
    accounts: { enabled: true },
    controlRooms: [{ id: 'cr-be', callSign: 'CIC Hainaut', country: 'BE' }],
    people: [{ id: 'opo', display: 'OPO', role: 'fleet-admin', language: 'fr', controlRoom: 'cr-be', country: 'BE' }],
    organisations: [{ id: 'fp', name: 'Police fédérale', country: 'BE' }],
    networks: all.map((id) => ({ id, name: id, technology: 'tetra', country: 'BE' })),
    attachments: all.map((name) => ({ id: `${name}-1`, network: name, ...kinds[name] })),
    talkgroups: all.map((name, at) => ({ id: `tg-${name}`, network: name, number: `${5300110 + at}`, short: name })),
    units: (Object.keys(units) as (keyof typeof units)[]).map((name) => ({
      ...{ id: `unit-${name}`, address: units[name], network: name, organisation: 'fp', language: 'fr' },
      callSign: callSignOf(name),
    })),
    sharedGroups: [
      {
        ...{ id: group, short: group, name: { fr: group, nl: group, en: group } },
        ...{ legs: legs('line', 'ear'), shadowLegs: legs(...names) },
      },
    ],
  });
  const told = (name: 'line' | 'link', port: number) => {
    const who = ['--name', 'box7', '--token', token, '--say', join(folder, `${name}.wav`), '--talker', units[name]];
    return new Unit('told_agent.py', [`${loopback}:${port}`, ...who]);
  };
  const unit = (name: 'here' | 'there') =>
    new Unit('mcptt_unit.py', [
      ...[name, String(portOf(name) + 4), String(portOf(name) + 2), join(folder, name), units[name]],
    ]);
  agent = told('line', ports.sip + 5);
  far = { link: told('link', ports.sip + 4), here: unit('here'), there: unit('there') };
  opo = await FleetClient.login('opo', await gateway.consoleLink());
}, 40_000);

afterAll(async () => {
  await gateway?.kill();
  await Promise.all(children.map((child) => endChild(child, 'SIGKILL')));
  for (const each of [ear, ffmpeg]) each?.close();
  await capture?.close();
  rmSync(folder, { recursive: true, force: true });
}, 20_000);

async function reports(): Promise<Readonly<Record<Name, ShadowReport>>> {
  const shadows = (await opo.get('fleet/shadows')).body.shadows as readonly ShadowReport[];
  return Object.fromEntries(shadows.map((each) => [each.talkgroup.slice(3), each])) as Record<Name, ShadowReport>;
}

const anywhere = { from: 0, to: 65_535 };
const only = (port: number) => ({ from: port, to: port });
const media = () => ({ from: ports.mediaFrom, to: ports.mediaTo });

/** Voice from the gateway's ports of those that are listened to, packets. An agent's port may lie among them. */
function strayed(sinceMs: number): number {
  const { mediaFrom, mediaTo } = ports;
  const packets = [media(), only(portOf('rtp'))].flatMap((from) => capture.rtp(from, anywhere, sinceMs));
  return packets.filter(({ to }) => to < mediaFrom || to > mediaTo).length;
}

/** From the first to the last packet of what a far end said, ms. */
function wireMs(name: Name, sinceMs: number): number {
  const from = { here: portOf('here') + 2, there: portOf('there') + 2 };
  const toUs = capture.rtp(anywhere, media(), sinceMs);
  const packets = {
    rtp: capture.rtp(anywhere, only(portOf('rtp')), sinceMs),
    here: toUs.filter((packet) => packet.from === from.here),
    there: toUs.filter((packet) => packet.from === from.there),
    link: toUs.filter((packet) => !Object.values(from).includes(packet.from)), // at a port of its choice
  }[name];
  return packets.length === 0 ? 0 : packets.at(-1)!.timeMs - packets[0]!.timeMs + 20;
}

const endedBy = (party: string, from: number) =>
  until(`the over of ${party}`, () => gateway.linesOf('over.ended', from).some((line) => line.party === party), 6000);

it('listens over every kind whose far end goes on without our packets, and says so of the one that does not', async () => {
  await gateway.legsUp(['line', 'ear'].map((name) => `${group}/tg-${name}`));
  await until(
    'all are listened to',
    async () => {
      const found = await reports();
      return names.every((name) => found[name]?.state === 'up');
    },
    10_000,
  );
  const refused = await opo.propose('request 20', (fleet) => {
    Object.assign(fleet.sharedGroups?.[0] ?? {}, { shadowLegs: legs(...names, 'radio') });
  });
  expect(refused.status).toBe(422);
  expect(refused.body.errors).toMatchObject([
    { path: 'sharedGroups[0].shadowLegs[4].talkgroup', code: 'shadow-by-radio' },
  ]);
}, 20_000);

it('sends none of them anything while the group talks, and counts what they would have heard, and of whom', async () => {
  const sinceMs = Date.now();
  const from = gateway.lines.length;
  agent.talk();
  await endedBy(`${group}/tg-line`, from);
  await expect
    .poll(async () => Object.values(await reports()).map(({ out }) => out.overs), { timeout })
    .toEqual([1, 1, 1, 1]);
  await playing(200); // what would have been late
  expect(ear.heard).toHaveLength(1);
  expect(ear.heard[0]).toBeGreaterThanOrEqual(saidMs - 40);
  expect(strayed(sinceMs)).toBe(0);
  expect(ffmpeg.heard).toEqual([]);
  for (const unit of Object.values(far)) expect(unit.said).not.toMatch(/talks|taken|request|heard [1-9]/);
  const found = await reports();
  for (const name of names) {
    const { out, in: inward, last } = found[name];
    show(`shadow, ${name}, out`, { voiceMs: out.voiceMs, saidMs: ear.heard[0]! });
    expect(Math.abs(out.voiceMs - ear.heard[0]!)).toBeLessThanOrEqual(nearMs);
    expect(inward.overs).toBe(0);
    expect(last).toMatchObject([{ what: 'over', way: 'out', talker: callSignOf('line'), end: 'released' }]);
  }
}, 15_000);

it('lets nobody hear them, and counts what the group would have heard, and of whom', async () => {
  const sinceMs = Date.now();
  const from = gateway.lines.length;
  for (const unit of Object.values(far)) unit.talk();
  await ffmpeg.say(saidMs);
  await expect
    .poll(async () => Object.values(await reports()).map((each) => each.in.overs), { timeout })
    .toEqual([1, 1, 1, 1]);
  await playing(200);
  expect(ear.heard).toHaveLength(1);
  expect(gateway.linesOf('over.ended', from)).toEqual([]);
  expect(strayed(sinceMs)).toBe(0);
  const found = await reports();
  for (const name of names) {
    const { in: inward, last, collisions, loops, unreadable } = found[name];
    show(`shadow, ${name}, in`, { voiceMs: inward.voiceMs, wireMs: Math.round(wireMs(name, sinceMs)) });
    expect(inward.voiceMs).toBeGreaterThan(wireMs(name, sinceMs) - nearMs);
    expect(inward.voiceMs).toBeLessThan(wireMs(name, sinceMs) + grantedMs);
    expect(inward).toMatchObject({ queued: 0, refused: 0, cut: 0 });
    expect(last[0]).toMatchObject({ what: 'over', way: 'in', end: 'released' });
    expect([name, last[0]?.talker]).toEqual([name, callSignOf(name)]);
    expect({ collisions, loops, unreadable }).toEqual({ collisions: 0, loops: 0, unreadable: 0 });
  }
  // Who asks for the floor is granted it, and told when it is free again: nobody there notices.
  await expect.poll(() => far.here.said.split('granted\n').at(-1), { timeout }).toMatch(/^heard 0\nidle\n/);
}, 15_000);

it('carries voice both ways over all of them once they are legs, without a restart', async () => {
  const pid = gateway.processes('voice-process');
  const from = gateway.lines.length;
  const { status, body } = await opo.propose('request 21: they disturb nobody', (fleet) => {
    Object.assign(fleet.sharedGroups?.[0] ?? {}, { shadowLegs: [], legs: legs('line', 'ear', ...names) });
  });
  expect([status, body.state]).toEqual([201, 'active']);
  const tookMs = await until(
    'all are legs',
    () => names.every((name) => gateway.legState(`${group}/tg-${name}`).state === 'up'),
    12_000,
  );
  show('shadows that became legs', { tookMs: Math.round(tookMs) });
  expect(await reports()).toEqual({});
  agent.talk();
  await endedBy(`${group}/tg-line`, from);
  await expect.poll(() => ffmpeg.heard.at(-1) ?? 0, { timeout }).toBeGreaterThan(saidMs - 100);
  for (const [name, unit] of Object.entries(far)) {
    await expect.poll(() => [name, unit.heardMs > saidMs - 200], { timeout }).toEqual([name, true]);
  }
  for (const name of names) {
    const before = gateway.lines.length;
    ear.heard = [];
    if (name === 'rtp') await ffmpeg.say(saidMs);
    else far[name].talk();
    // What waits for the guard is caught up, and so is shorter.
    const heardMs = () => ear.heard.reduce((sum, ms) => sum + ms, 0);
    await expect.poll(() => [name, heardMs() > saidMs - 200], { timeout }).toEqual([name, true]);
    await endedBy(`${group}/tg-${name}`, before);
    show(`leg, ${name}`, { heardMs: heardMs() });
  }
  expect(gateway.processes('voice-process')).toEqual(pid);
}, 30_000);
