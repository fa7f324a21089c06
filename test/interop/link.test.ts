/**
 * Voice across the running gateway between the sample agent of the link and a radio box, heard and compared.
 *
 *   box   baresip, SIP and G.711
 *   rtp   agent.py, TCP and token; voice as RTP, A-law
 *   tls   agent.py, TLS with certificates both ways; voice inside the stream, linear 16 kHz
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { boxPortBlock, RadioBox } from './support/baresip.ts';
import { show } from './support/figures.ts';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { LinkAgent } from './support/link-agent.ts';
import { loopback } from './support/ports.ts';
import { resampled } from './support/sound.ts';
import { type Comparison, compareSpeech, traceOf } from './support/speech-compare.ts';
import { playing, until } from './support/until.ts';
import { readWav, type Sound, writeWav } from './support/wav.ts';

const folder = mkdtempSync(join(tmpdir(), 'escaut-link-'));
const at = (name: string) => join(folder, name);
const french = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000);
const group = 'xb-link';
const absent = 0.5;

let box: RadioBox;
let gateway: Gateway;
let tcpPort: number;
let tlsPort: number;
let agents: LinkAgent[] = [];

/** An authority, and what it signs; `openssl` as an integrator would use it. */
function certify(name: string, authority: string, days = '2'): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-subj',
    `/CN=${name}`,
    '-out',
    `${name}.csr`,
  );
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    `${authority}.pem`,
    '-CAkey',
    `${authority}.key`,
    '-days',
    days,
    '-out',
    `${name}.pem`,
  );
}

function found(name: string): void {
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-subj', `/CN=${name}`];
  execFileSync('openssl', [...args, '-days', '2', '-out', `${name}.pem`], { cwd: folder, stdio: 'pipe' });
}

beforeAll(async () => {
  for (const authority of ['authority', 'stranger']) found(authority);
  for (const name of ['gateway', 'tls', 'other']) certify(name, 'authority');
  certify('forged', 'stranger');
  writeFileSync(at('token'), 'a shared secret\n', { mode: 0o600 });
  writeWav(at('speech.wav'), readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)));
  // At the rate of its codec: what the sample agent itself makes of another rate has aliases.
  writeWav(at('speech-8k.wav'), french);
  box = await RadioBox.start({ name: 'box', firstPort: await boxPortBlock(), user: '5300110', account: ';regint=0' });
  const ports = await gatewayPorts();
  tcpPort = ports.sip + 4;
  tlsPort = ports.sip + 5;
  const legs = ['box', 'rtp', 'tls'];
  gateway = await Gateway.start(ports, {
    networks: [
      { id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' },
      { id: 'inpt', name: 'INPT', technology: 'tetrapol', country: 'FR' },
      { id: 'rubis', name: 'RUBIS', technology: 'tetrapol', country: 'FR' },
    ],
    attachments: [
      {
        id: 'box',
        network: 'astrid',
        kind: 'sip',
        sip: {
          peer: `sip:${loopback}:${box.sipPort}`,
          talkerIdentity: 'none',
          keyIn: { mode: 'vox' },
          keyOut: { mode: 'continuous' },
        },
      },
      {
        id: 'rtp',
        network: 'inpt',
        kind: 'link',
        link: { listen: { host: loopback, port: tcpPort }, agent: 'rtp', token: { file: at('token') } },
      },
      {
        id: 'tls',
        network: 'rubis',
        kind: 'link',
        link: {
          listen: { host: loopback, port: tlsPort },
          agent: 'tls',
          tls: {
            certificate: { file: at('gateway.pem') },
            key: { file: at('gateway.key') },
            clientCa: { file: at('authority.pem') },
            clientName: 'tls',
          },
        },
      },
    ],
    talkgroups: [
      { id: 'box', network: 'astrid', number: '5300110', short: 'BOX' },
      { id: 'rtp', network: 'inpt', number: '590-911', short: 'RTP' },
      { id: 'tls', network: 'rubis', number: '59-900', short: 'TLS' },
    ],
    sharedGroups: [
      {
        id: group,
        short: group,
        name: { fr: group, nl: group, en: group },
        legs: legs.map((talkgroup) => ({ talkgroup })),
      },
    ],
  });
  await gateway.legsUp([`${group}/box`]);
}, 60_000);

afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
  agents = [];
});

afterAll(async () => {
  await gateway?.kill();
  await box?.close();
  rmSync(folder, { recursive: true, force: true });
});

function startRtp(...options: string[]): LinkAgent {
  const who = ['--name', 'rtp', '--token', 'a shared secret', '--codec', 'PCMA', '--hear', at('rtp-heard.wav')];
  const agent = LinkAgent.start([`${loopback}:${tcpPort}`, ...who, ...options]);
  agents.push(agent);
  return agent;
}

function startTls(certificate: string, ...options: string[]): LinkAgent {
  const who = ['--name', 'tls', '--tls', at('authority.pem'), '--any-name', '--voice', 'frames', '--codec', 'PCM16'];
  const shown = [
    '--certificate',
    at(`${certificate}.pem`),
    '--key',
    at(`${certificate}.key`),
    '--hear',
    at('tls-heard.wav'),
  ];
  const agent = LinkAgent.start([`${loopback}:${tlsPort}`, ...who, ...shown, ...options]);
  agents.push(agent);
  return agent;
}

const ups = (from: number) => gateway.linesOf('leg.changed', from).filter(({ state }) => state === 'up').length;
const oneUp = (from: number) => until('its leg is up', () => ups(from) === 1);
/** Both agents connected; resolves when their legs are up. */
const bothUp = (from: number) => until('both legs up', () => ups(from) >= 2);

const overOf = (leg: string, from: number) =>
  until(
    'the over has ended',
    () => gateway.linesOf('over.ended', from).some(({ party }) => party === `${group}/${leg}`),
    15_000,
  );

/** What agents have heard stands in their files once they have ended. */
async function heardByAgents(): Promise<{ readonly rtp: Sound; readonly tls: Sound }> {
  await playing(1000);
  await Promise.all(agents.map((agent) => agent.stop()));
  const [rtp, tls] = ['rtp', 'tls'].map((name) => resampled(readWav(at(`${name}-heard.wav`)), 8000));
  return { rtp: rtp!, tls: tls! };
}

function heard(what: string, recording: Sound): Comparison {
  const figures = compareSpeech(french, recording);
  show(what, { ...figures });
  expect(figures.cover).toBeGreaterThanOrEqual(0.99);
  expect(figures.longestGapMs).toBeLessThanOrEqual(100);
  expect(figures.onsetMissingMs).toBeLessThanOrEqual(50);
  expect(figures.tailMissingMs).toBeLessThanOrEqual(50);
  return figures;
}

describe('the sample agent and a radio box', () => {
  it('the box is heard whole by both agents', async () => {
    const from = gateway.lines.length;
    startRtp();
    startTls('tls');
    await bothUp(from);
    box.say(french);
    await overOf('box', from);
    box.hush();
    const { rtp, tls } = await heardByAgents();
    heard('box → agent, RTP', rtp);
    heard('box → agent, frames over TLS', tls);
  }, 40_000);

  it('an agent by RTP is heard whole by the box and the other agent, not by itself', async () => {
    const from = gateway.lines.length;
    const before = box.heard().samples.length;
    startTls('tls');
    await oneUp(from);
    startRtp('--say', at('speech-8k.wav'), '--say-after', '2');
    await overOf('rtp', from);
    await playing(300);
    const { rateHz, samples } = box.heard();
    const { rtp, tls } = await heardByAgents();
    heard('agent, RTP → box', { rateHz, samples: samples.slice(before) });
    heard('agent, RTP → agent, frames over TLS', tls);
    if (rtp.samples.length > 0) expect(traceOf(french, rtp).score).toBeLessThan(absent);
    expect(gateway.linesOf('over.ended', from).at(-1)).toMatchObject({ lostMs: 0 });
  }, 40_000);

  it('an agent by frames over TLS too, in an emergency; its status, text, position and alarm arrive once', async () => {
    const from = gateway.lines.length;
    const before = box.heard().samples.length;
    const told = startRtp();
    await oneUp(from);
    startTls(
      'tls',
      '--say',
      at('speech.wav'),
      '--say-after',
      '2',
      '--emergency',
      '--alarm',
      '--status',
      '12',
      '--text',
      'A27 fermée',
      '--position',
      '50.606,3.388',
    );
    await overOf('tls', from);
    await playing(300);
    // The agent of the other network says on what it is told, and its receipts count.
    await until('its receipts', async () => (await gateway.metric('escaut_data_passed_total')) === 3, 10_000);
    const { rateHz, samples } = box.heard();
    const { rtp } = await heardByAgents();
    heard('agent, frames over TLS → box', { rateHz, samples: samples.slice(before) });
    heard('agent, frames over TLS → agent, RTP', rtp);
    expect(gateway.linesOf('over.ended', from).at(-1)).toMatchObject({ emergency: true, lostMs: 0 });
    const received = () => gateway.linesOf('data.received', from).map(({ data }) => data);
    await expect.poll(received).toEqual(['status', 'text', 'position', 'alarm']);
    for (const words of [
      '(RUBIS 4711): status 12',
      '(RUBIS 4711): A27 fermée',
      '(RUBIS 4711): EMERGENCY at 50.60600 3.38800',
    ]) {
      await expect.poll(() => told.said).toContain(words);
    }
  }, 40_000);
});

describe('who is not the agent', () => {
  it.each([
    ['with a certificate of another authority', 'forged', 'handshake'],
    ['with a certificate of another name', 'other', 'credentials'],
  ])(
    '%s is kept out',
    async (_, certificate, reason) => {
      const count = () => gateway.metric('escaut_link_refused_total');
      const before = await count();
      startTls(certificate);
      await expect.poll(count).toBeGreaterThan(before);
      if (reason === 'credentials')
        await expect.poll(() => gateway.linesOf('link.refused').at(-1)?.reason).toBe('credentials');
      await playing(500); // for a leg that came up all the same
      expect(gateway.legState(`${group}/tls`).state).toBe('down');
    },
    30_000,
  );

  it('and says nothing is cut after 5 s; one of many connections is turned away at once; the agent gets in all the same', async () => {
    const ended = (port: number, secure: boolean) =>
      new Promise<number>((done) => {
        const sinceMs = performance.now();
        const socket = secure
          ? connectTls({ host: loopback, port, rejectUnauthorized: false })
          : connectTcp(port, loopback);
        socket.on('error', () => undefined);
        socket.on('data', () => undefined);
        socket.once('close', () => done(performance.now() - sinceMs));
      });
    const silent = Array.from({ length: 3 }, () => ended(tcpPort, false));
    await playing(100);
    const from = gateway.lines.length;
    startRtp();
    await until('the leg is up', () => gateway.linesOf('leg.changed', from).some(({ state }) => state === 'up'), 4000);
    const crowded = await Promise.all(Array.from({ length: 6 }, () => ended(tcpPort, false)));
    expect(crowded.filter((ms) => ms < 1000).length).toBeGreaterThanOrEqual(5);
    for (const ms of await Promise.all(silent)) {
      expect(ms).toBeGreaterThan(4500);
      expect(ms).toBeLessThan(6500);
    }
    expect(await ended(tlsPort, true)).toBeLessThan(6500);
  }, 30_000);
});
