/** An agent with a service token at the gateway's own attachments, over TCP: when its session ends, and what holds it. */
import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import type { Logger } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { linkSchema } from '../../src/config/link-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { Attachments } from '../../src/gateway/attachments.ts';
import { planGroups } from '../../src/gateway/group-plan.ts';
import { hashOf } from '../../src/gateway/login-tokens.ts';
import { ServiceTokens } from '../../src/gateway/service-tokens.ts';
import { FrameStream, framed } from '../../src/protocols/link/frame-stream.ts';
import { linkCodec, type OutBody, readFrame, voiceMode, writeFrame } from '../../src/protocols/link/frames.ts';
import type { ServiceToken } from '../../src/store/token-store.ts';
import { VirtualNetwork } from '../bridges/sip/virtual-network.ts';

const folder = join(import.meta.dirname, '../../config');
const { config: demo } = loadConfig({ file: join(folder, 'demo.yaml'), environment: {}, workingFolder: folder });
const token = `escaut_${'x'.repeat(43)}`;

let clock: ManualClock;
let attachments: Attachments;
let agent: Socket;
let heard: string[];
let lines: object[];
let revokedUtcMs: number | undefined;
let emergencyIn: string | undefined;
let group: string;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

const say = (body: OutBody): boolean => agent.write(framed(writeFrame({ seq: 0, ack: 0, credit: 0 }, body)));

/** Answers come over sockets; virtual time goes on by that much meanwhile, and the agent lives. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    if (agent.writable) say({ ping: { sentUtcUs: 1 } });
    const before = heard.length;
    await expect.poll(() => !agent.writable || heard.length > before, { interval: 1 }).toBe(true);
    clock.advance(250);
    await new Promise(setImmediate);
  }
}

beforeEach(async () => {
  [heard, lines, revokedUtcMs, emergencyIn] = [[], [], undefined, undefined];
  clock = new ManualClock();
  const port = await freePort();
  const link = linkSchema.parse({ listen: { host: '127.0.0.1', port }, agent: 'box', serviceTokens: true });
  const [network] = demo.networks;
  const of = { network: network!.id, rank: 1, channels: 8, enabled: true };
  const { tls: _, token: __, ...settings } = link;
  const config: Config = {
    ...demo,
    attachments: [{ ...of, id: 'box', kind: 'link', link: settings }],
  };
  const log = (fields: object): void => void lines.push(fields);
  const meter = new Meter();
  const kept: ServiceToken = {
    ...{ id: 't-1', hash: hashOf(token), holder: 'box', scope: 'link', madeUtcMs: 0, expiresUtcMs: 1e12 },
    ...{ revokedUtcMs: undefined, usedUtcMs: undefined, usedFrom: undefined, madeBy: 'tech', revokedBy: undefined },
  };
  const keeper = { tokens: async () => [{ ...kept, revokedUtcMs }], noteTokenUse: async () => undefined };
  const groups = planGroups(config);
  group = groups.flatMap(({ legs }) => legs).find(({ need }) => need.network === of.network)!.need.group;
  attachments = new Attachments(config, groups, {
    certificates: { seen: () => undefined },
    serviceTokens: new ServiceTokens(keeper, clock),
    inEmergency: (each) => each === emergencyIn,
    clock,
    random: new SeededRandom(1),
    events: new Events({ info: log, warn: log, error: log, debug: log } as unknown as Logger, meter),
    meter,
    sendVoice: () => undefined,
    openSip: new VirtualNetwork(clock).open(),
    legShown: () => undefined,
    talkerNamed: () => undefined,
    alarmSaid: () => undefined,
    dataSaid: () => undefined,
    unitSaid: () => undefined,
    placeSaid: () => undefined,
    shadows: { legShown: () => undefined, talkerNamed: () => undefined, dataSaid: () => undefined },
    console: {
      setLegState: () => undefined,
      setTalkerIdentity: () => undefined,
      identify: () => ({}),
      talkerNow: () => ({}),
      raiseAlarm: () => undefined,
      clearAlarm: () => undefined,
      showData: () => 0,
      showText: () => 0,
      noteReceipt: () => undefined,
      noteUndelivered: () => undefined,
    },
  });
  attachments.voiceEvent({ name: 'ready' });
  await attachments.listen();
  attachments.start();
  agent = dial(port, '127.0.0.1');
  const stream = new FrameStream();
  agent.on('data', (octets) => {
    for (const message of stream.push(octets).messages) heard.push(readFrame(message)?.body?.name ?? '');
  });
  await once(agent, 'connect');
  say({
    hello: {
      ...{ versionMin: 1, versionMax: 1, agent: 'box', token },
      ...{ voice: [voiceMode.RTP], codecs: [linkCodec.PCMA] },
    },
  });
  await expect.poll(() => heard).toContain('welcome');
});
afterEach(async () => {
  agent.destroy();
  await attachments.stop();
});

describe('the session of an agent whose token is revoked', () => {
  it('ends within 5 s', async () => {
    await pass(6000);
    expect(heard).not.toContain('goodbye');
    revokedUtcMs = 1;
    await pass(5000);
    expect(heard).toContain('goodbye');
    expect(lines).toContainEqual({
      ...{ event: 'link.token-ended', attachment: 'box', tokenId: 't-1', reason: 'token-revoked' },
    });
    expect(JSON.stringify(lines)).not.toContain('xxxx');
  });

  it('goes on while a group of its talks, and while an emergency is open there', async () => {
    const floor = (holder?: object) =>
      attachments.voiceEvent({ name: 'floor', floor: { group, queue: [], ...holder } as never });
    floor({ holder: { party: 'console:1', priority: 5, emergency: false, over: 1, sinceUtcMs: 0 } });
    revokedUtcMs = 1;
    await pass(10_000);
    expect(heard).not.toContain('goodbye');
    emergencyIn = group;
    floor();
    await pass(1000);
    expect(heard).not.toContain('goodbye');
    emergencyIn = undefined;
    await pass(500);
    expect(heard).toContain('goodbye');
  });
});
