/**
 * The proof of the lines by the running gateway, with far ends that are not ours: sipp that sends back what it hears, sipp
 * that is silent, sipp behind a slow network, and ffmpeg that sends back ten decibels less.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProofsView, proofsSchema } from '../../src/api/proof-schemas.ts';
import { type CommandResult, Gateway, gatewayPorts, resultOf } from './support/gateway.ts';
import { freeBlock, loopback } from './support/ports.ts';
import { provenLines } from './support/proof-world.ts';

const spoken = readFileSync(new URL('sipp/answers.xml', import.meta.url), 'utf8');
/** Each way; the bar is 300 ms in one direction. */
const slowMs = 500;
const names = ['echo', 'silent', 'slow', 'soft'] as const;

let folder: string;
let gateway: Gateway;
const children: ChildProcess[] = [];
const sockets: Socket[] = [];

/** What is sent to a port of it goes on to another, and back, so much later. */
function slowNetwork(port: number, to: number): void {
  const socket = createSocket('udp4');
  sockets.push(socket);
  let gatewayAt: RemoteInfo | undefined;
  socket.on('message', (bytes, from) => {
    if (from.port !== to) gatewayAt = from;
    const at = from.port === to ? gatewayAt?.port : to;
    if (at !== undefined) setTimeout(() => socket.send(bytes, at, loopback, () => undefined), slowMs);
  });
  socket.bind(port, loopback);
}

function run(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { cwd: folder, stdio: 'ignore' });
  children.push(child);
  return child;
}

/** `media`: where it says that its media is; `echo`: the port on which it sends back what comes. */
function sipp(port: number, media: number, echo: number | undefined): void {
  const file = join(folder, `answers-${port}.xml`);
  writeFileSync(file, spoken.replaceAll('[media_port]', String(media)));
  run('sipp', [
    ...['-sf', file, '-i', loopback, '-p', String(port), '-mi', loopback, '-aa', '-nostdin', '-nd'],
    ...['-mp', String(echo ?? media), ...(echo === undefined ? [] : ['-rtp_echo'])],
  ]);
}

/**
 * Sends what it hears back to another port, so much softer. After ten seconds without a packet it takes that for the end of
 * what it reads, and ends, before the first proof where the gateway was slow to start: it is started again.
 */
function ffmpeg(port: number, to: number): void {
  const file = join(folder, 'line.sdp');
  const lines = ['v=0', `o=- 0 0 IN IP4 ${loopback}`, 's=-', `c=IN IP4 ${loopback}`, 't=0 0'];
  writeFileSync(file, [...lines, `m=audio ${port} RTP/AVP 8`, 'a=rtpmap:8 PCMA/8000', ''].join('\r\n'));
  const child = run('ffmpeg', [
    ...['-v', 'error', '-nostdin', '-protocol_whitelist', 'file,udp,rtp', '-fflags', 'nobuffer'],
    ...['-analyzeduration', '0', '-localaddr', loopback, '-i', file, '-af', 'volume=-10dB'],
    ...['-ar', '8000', '-ac', '1', '-c:a', 'pcm_alaw', '-payload_type', '8', '-f', 'rtp'],
    `rtp://${loopback}:${to}?localaddr=${loopback}&pkt_size=172`,
  ]);
  child.on('exit', (_code, signal) => {
    if (signal === null) ffmpeg(port, to);
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'escaut-proof-'));
  const first = await freeBlock(60);
  const sip = (at: number) => first + 10 * at;
  const media = (at: number) => first + 10 * at + 2;
  sipp(sip(0), media(0), media(0));
  sipp(sip(1), media(1), undefined);
  slowNetwork(first + 28, media(2));
  sipp(sip(2), first + 28, media(2));
  ffmpeg(first + 30, first + 32);
  const attachments = names.map((name, at) => ({
    ...{ id: `${name}-1`, network: name },
    ...(name === 'soft'
      ? { kind: 'rtp', rtp: { remote: `${loopback}:${first + 30}`, listenPort: first + 32, sources: [loopback] } }
      : { kind: 'sip', sip: { peer: `sip:${loopback}:${sip(at)}`, talkerIdentity: 'none' } }),
  }));
  gateway = await Gateway.start(await gatewayPorts(), {
    people: [
      { id: 'tech', display: 'Technique', role: 'technician', controlRoom: 'cr-ccpd', country: 'BE', language: 'fr' },
      { id: 'aud', display: 'Contrôle', role: 'auditor', controlRoom: 'cr-ccpd', country: 'BE', language: 'fr' },
    ],
    ...provenLines(names),
    attachments,
  });
}, 60_000);

afterAll(async () => {
  await gateway?.stop();
  for (const socket of sockets) socket.close();
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}, 20_000);

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** `escaut proof` as it is given on the machine of the gateway. */
function proof(...words: readonly string[]): Promise<CommandResult> {
  const url = `http://${loopback}:${gateway.ports.http}/`;
  return resultOf(
    spawn(process.execPath, [main, 'proof', ...words, '--url', url], { stdio: ['ignore', 'pipe', 'ignore'] }),
  );
}
const found = (view: ProofsView, name: string) =>
  view.last?.results.find(({ talkgroup }) => talkgroup === `tg-${name}`);

describe('the proof of the lines', () => {
  it('is green where the tone comes back, and red where it does not, comes softer, or late', async () => {
    const { code, output } = await proof('run', '--by', 'tech', '--json');
    const view = proofsSchema.parse(JSON.parse(output));
    expect(code).toBe(1);
    expect(found(view, 'echo')).toMatchObject({ verdict: 'green', causes: [], heardOn: 'tg-echo', whole: 1 });
    expect(found(view, 'echo')?.levelDbov).toBeCloseTo(-16, 0);
    expect(found(view, 'silent')).toMatchObject({ verdict: 'red', causes: ['no-answer'] });
    expect(found(view, 'slow')).toMatchObject({ verdict: 'red', causes: ['too-slow'] });
    expect(found(view, 'slow')?.oneWayMs).toBeGreaterThanOrEqual(slowMs - 20);
    expect(found(view, 'soft')?.causes).toContain('too-low');
    expect(found(view, 'soft')?.levelDbov).toBeCloseTo(-26, 0);
    expect(view.last).toMatchObject({ kind: 'hand', by: 'Technique', verdict: 'red' });
    await expect.poll(() => gateway.linesOf('proof.done')).toMatchObject([{ verdict: 'red', green: 1, red: 3 }]);
    expect((await proof()).output).toContain('not proven: no far end answers');
  }, 60_000);

  it('calls one attachment alone, which is green', async () => {
    const { code, output } = await proof('run', '--by', 'tech', '--attachment', 'echo-1');
    expect([code, output.split('\n')[0]]).toEqual([0, expect.stringMatching(/^GREEN: /)]);
    await expect.poll(() => gateway.metric('escaut_proof_green')).toBe(0); // of all lines
  }, 30_000);

  it('is refused to whoever may not, and says so in the log', async () => {
    const { code } = await proof('run', '--by', 'aud');
    expect(code).toBe(1);
    await expect
      .poll(() => gateway.linesOf('proof.refused'))
      .toMatchObject([{ operator: 'Contrôle', refusal: 'not-permitted' }]);
  }, 20_000);
});
