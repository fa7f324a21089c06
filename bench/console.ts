/**
 * Added delay between a leg and a console, both ways, with Chromium as the console: the loopback device is captured and
 * packets are paired by what they carry, so that the figures are the kernel's times of real packets.
 *
 *   leg ─G.711─▶ voice process ─Opus─▶ mediasoup ─SRTP─▶ Chromium       leg to console: first to last arrow
 *   leg ◀─G.711─ voice process ◀─Opus─ mediasoup ◀─SRTP─ Chromium       console to leg: the same backwards
 *
 * Over mediasoup a packet keeps its RTP timestamp, which SRTP leaves readable. Over the voice process it does not: the
 * frames are numbered on either side by their timestamps and laid on each other by their sound (pairing.ts), which shows
 * a frame that was held back as what it is.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import opus from '@discordjs/opus';
import { chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { chromiumFlags, chromiumPath } from '../test/interop/support/chromium-flags.ts';
import { legPorts, webRtcPorts } from './gateway-under-test.ts';
import { wait, warmUpMs, withStand } from './load.ts';
import { type Pairing, pairBySound } from './pairing.ts';
import { type Row, report } from './report.ts';

/** mediasoup's ends of the paths to and from the voice process (webrtc/rtc-plane.ts). */
const loopbackPorts = { from: 20_000, to: 29_999 };
const talkerSsrc = 0x1000_0000;

interface Packet {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  readonly payloadType: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly bytes: Buffer;
}

const flags = [
  ...chromiumFlags,
  '--autoplay-policy=no-user-gesture-required',
  // The page is put in the gateway's place and so has no address of its own.
  '--disable-features=LocalNetworkAccessChecks',
];

/** 1,500 packets each way: a 99th percentile of fewer is chance. */
const secondsMin = 30;

/** Prints leg → console and console → leg, and what of each is the voice process'. */
export async function consoleDelay(secondsAsked: number): Promise<void> {
  const seconds = Math.max(secondsMin, secondsAsked);
  const folder = mkdtempSync(join(tmpdir(), 'escaut-bench-'));
  try {
    const script = await buildPage(folder);
    const rows: Row[] = [];
    await withStand({ groups: 10, legsPerGroup: 4, seconds }, async ({ gateway, run }) => {
      const url = new URL(await gateway.nextConsoleUrl());
      const browser = await chromium.launch({
        executablePath: chromiumPath,
        args: [...flags, `--use-file-for-fake-audio-capture=${writeSpeech(folder)}`],
      });
      try {
        const page = await openConsole(await browser.newPage(), url, script);
        const running = run();
        await wait(warmUpMs);
        const toConsole = join(folder, 'to-console.pcap');
        const capture = await startCapture(toConsole);
        await running;
        await stopCapture(capture);
        rows.push(...legToConsole(readCapture(toConsole)));

        await wait(1500); // the legs' floors fall back
        await page.evaluate(`window.rig.key('load-0')`);
        await wait(warmUpMs);
        const results = await page.evaluate<number[]>('window.rig.floorResults');
        if (results.join() !== '1') throw new Error(`the floor was not granted and kept: ${results.join()}`);
        const toLeg = join(folder, 'to-leg.pcap');
        const second = await startCapture(toLeg);
        await wait(seconds * 1000);
        await stopCapture(second);
        rows.push(...consoleToLeg(readCapture(toLeg)));
      } finally {
        await browser.close();
      }
    });
    report(
      'console: between a leg and Chromium as console, 10 groups × 4 legs',
      'Loopback captured by dumpcap; delay = kernel time of the packet that leaves − of the packet that came with the same 20 ms of\n' +
        'sound. Through mediasoup paired by RTP timestamp, through the voice process by correlating what both sides say. "sound" is the\n' +
        'delay inside the audio (codec look-ahead, filters), not in the packets. All 40 legs send while leg to console is measured.',
      rows,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// ── Chromium ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The least page that can hear and speak; its script. */
async function buildPage(folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      lib: {
        entry: join(import.meta.dirname, '../test/interop/rtc-rig.js'),
        formats: ['es'],
        fileName: () => 'rig.js',
      },
    },
  });
  return readFileSync(join(folder, 'rig.js'), 'utf8');
}

/** What the operator says: the demonstration's phrases as a 16-bit WAV, which Chromium plays in a loop. */
function writeSpeech(folder: string): string {
  const phrases = join(import.meta.dirname, '../config/demo-speech');
  const coded = readdirSync(phrases)
    .filter((name) => name.endsWith('.wav'))
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(phrases, name));
      const data = bytes.indexOf('data', 12, 'latin1');
      return bytes.subarray(data + 8, data + 8 + bytes.readUInt32LE(data + 4));
    });
  const octets = Buffer.concat(coded);
  const wav = Buffer.alloc(44 + 2 * octets.length);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20); // PCM
  wav.writeUInt16LE(1, 22); // mono
  wav.writeUInt32LE(8000, 24);
  wav.writeUInt32LE(16_000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(2 * octets.length, 40);
  for (const [i, octet] of octets.entries()) wav.writeInt16LE(Math.round(alaw(octet) * 32_767), 44 + 2 * i);
  const file = join(folder, 'microphone.wav');
  writeFileSync(file, wav);
  return file;
}

/** Opens it as a page of the gateway's own origin, which is the only one that the gateway lets in. */
async function openConsole(page: Page, url: URL, script: string): Promise<Page> {
  await page.route(`${url.origin}/`, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><script type="module" src="/rig.js"></script>' }),
  );
  await page.route(`${url.origin}/rig.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
  await page.goto(`${url.origin}/`);
  await page.evaluate(`window.rig.start('${url.hash.replace('#token=', '')}')`);
  for (const deadlineMs = performance.now() + 20_000; ; await wait(50)) {
    const { opened, failures } = await page.evaluate<{ opened: number; failures: string[] }>(
      '({ opened: window.rig.opened, failures: window.rig.failures })',
    );
    if (opened > 0) return page;
    if (performance.now() > deadlineMs) throw new Error(`Chromium is no console after 20 s: ${failures.join(', ')}`);
  }
}

// ── Capture ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function startCapture(file: string): Promise<ChildProcess> {
  const child = spawn('dumpcap', ['-q', '-i', 'lo', '-f', 'udp', '-B', '64', '-P', '-w', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  await new Promise<void>((done, failed) => {
    child.once('error', failed);
    child.once('exit', () => failed(new Error(`dumpcap: ${said}`)));
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('File:')) done();
    });
  });
  return child;
}

async function stopCapture(child: ChildProcess): Promise<void> {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGINT');
  await ended;
}

/** RTP packets of a capture, in the order of the kernel's times. */
function readCapture(file: string): readonly Packet[] {
  const fields = ['frame.time_relative', 'udp.srcport', 'udp.dstport', 'udp.payload'].flatMap((name) => ['-e', name]);
  const lines = execFileSync('tshark', ['-n', '-r', file, '-T', 'fields', ...fields, '--disable-protocol', 'rtp'], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const packets: Packet[] = [];
  for (const line of lines.split('\n')) {
    const [time, from, to, payload] = line.split('\t');
    const bytes = Buffer.from(payload ?? '', 'hex');
    if (bytes.length < 13 || (bytes[0] as number) >> 6 !== 2) continue; // STUN, DTLS, SIP
    const second = bytes[1] as number;
    if (second >= 192 && second <= 223) continue; // RTCP (RFC 5761 §4)
    packets.push({
      atMs: Number(time) * 1000,
      from: Number(from),
      to: Number(to),
      payloadType: second & 0x7f,
      timestamp: bytes.readUInt32BE(4),
      ssrc: bytes.readUInt32BE(8),
      bytes,
    });
  }
  return packets;
}

const within = (port: number, range: { readonly from: number; readonly to: number }) =>
  port >= range.from && port <= range.to;

const isPlain = (port: number) => within(port, loopbackPorts);

// ── Streams ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A stream's frames of 20 ms, numbered by their timestamps from the first one captured. */
interface Stream {
  readonly frames: ReadonlyMap<number, Packet>;
  readonly length: number;
}

function numbered(packets: readonly Packet[], ticksPerFrame: number): Stream {
  const frames = new Map<number, Packet>();
  const first = packets[0]?.timestamp ?? 0;
  let length = 0;
  for (const packet of packets) {
    const number = Math.round(((packet.timestamp - first) | 0) / ticksPerFrame);
    if (number < 0 || frames.has(number)) continue;
    frames.set(number, packet);
    length = Math.max(length, number + 1);
  }
  return { frames, length };
}

/** Where RTP payload begins: after the header, contributing sources and extension (RFC 3550 §5.1, §5.3.1). */
function payloadOf({ bytes }: Packet): Buffer {
  let at = 12 + 4 * ((bytes[0] as number) & 0x0f);
  if (((bytes[0] as number) & 0x10) !== 0) at += 4 + 4 * bytes.readUInt16BE(at + 2);
  return bytes.subarray(at);
}

/** A-law to linear (G.711), by rule: the bench shares no table with what it measures. */
function alaw(octet: number): number {
  const value = octet ^ 0x55;
  const exponent = (value & 0x70) >> 4;
  const mantissa = (value & 0x0f) << 4;
  const magnitude = exponent === 0 ? mantissa + 8 : (mantissa + 0x108) << (exponent - 1);
  return (value & 0x80 ? magnitude : -magnitude) / 32_768;
}

function soundOf(stream: Stream, codec: 'alaw' | 'opus'): Float32Array {
  const sound = new Float32Array(160 * stream.length);
  const decoder = new opus.OpusEncoder(8000, 1);
  for (let n = 0; n < stream.length; n++) {
    const packet = stream.frames.get(n);
    if (packet === undefined) continue;
    const payload = payloadOf(packet);
    if (codec === 'alaw') for (let i = 0; i < 160; i++) sound[160 * n + i] = alaw(payload[i] as number);
    else {
      const pcm = decoder.decode(payload);
      for (let i = 0; i < 160; i++) sound[160 * n + i] = pcm.readInt16LE(2 * i) / 32_768;
    }
  }
  return sound;
}

function rowOf(
  way: string,
  delaysMs: number[],
  expected: number,
  sound?: { filterMs: number; correlation: number },
): Row {
  delaysMs.sort((a, b) => a - b);
  const at = (share: number) =>
    delaysMs[Math.min(delaysMs.length - 1, Math.floor(share * delaysMs.length))] ?? Number.NaN;
  return {
    way,
    packets: delaysMs.length,
    'missing %': 100 * (1 - delaysMs.length / expected),
    'p50 ms': at(0.5),
    'p95 ms': at(0.95),
    'p99 ms': at(0.99),
    'max ms': delaysMs.at(-1) ?? Number.NaN,
    'sound ms': sound?.filterMs ?? 0,
    correlation: sound?.correlation ?? 1,
  };
}

/** The stream with the most packets. */
function busiest(packets: readonly Packet[]): readonly Packet[] {
  const bySsrc = Map.groupBy(packets, (packet) => `${packet.ssrc} ${packet.to}`);
  return [...bySsrc.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}

/** Frames that were not recognised were not paired. */
function requireSound({ correlation }: Pairing): void {
  if (correlation < 0.8) throw new Error(`what came out is not what went in: correlation ${correlation.toFixed(2)}`);
}

function legToConsole(packets: readonly Packet[]): Row[] {
  const spoken = packets.filter((p) => p.ssrc === talkerSsrc && within(p.to, legPorts) && p.payloadType === 8);
  const leg = numbered(spoken, 160);
  const legSound = soundOf(leg, 'alaw');
  // Ten groups talk: theirs is the Opus stream that says what this leg says.
  const fed = packets.filter((p) => isPlain(p.to) && p.payloadType === 111);
  const candidates = [...Map.groupBy(fed, (p) => p.ssrc).values()].filter((stream) => stream.length > leg.length / 2);
  const matched = candidates
    .map((stream) => numbered(stream, 960))
    .map((stream) => ({ stream, pairing: pairBySound(legSound, soundOf(stream, 'opus')) }))
    .sort((a, b) => b.pairing.correlation - a.pairing.correlation)[0];
  if (matched === undefined) throw new Error('no Opus stream of the voice process was captured');
  const { stream, pairing } = matched;
  const stamps = new Map([...stream.frames].map(([number, packet]) => [packet.timestamp, number]));
  const heard = new Map<number, Packet>();
  const out = packets.filter((p) => within(p.from, webRtcPorts));
  const ours = [...Map.groupBy(out, (p) => p.ssrc).values()]
    .map((list) => list.filter((p) => stamps.has(p.timestamp)))
    .sort((a, b) => b.length - a.length)[0];
  for (const packet of ours ?? []) {
    const number = stamps.get(packet.timestamp);
    if (number !== undefined && !heard.has(number)) heard.set(number, packet);
  }
  requireSound(pairing);
  const voice: number[] = [];
  const router: number[] = [];
  const whole: number[] = [];
  let expected = 0;
  for (const [number, packet] of leg.frames) {
    const coded = stream.frames.get(number + pairing.shift);
    const sent = heard.get(number + pairing.shift);
    // The capture begins and ends somewhere between the arrows.
    if (number + pairing.shift < 0 || number + pairing.shift >= stream.length - 2) continue;
    expected++;
    if (coded !== undefined) voice.push(coded.atMs - packet.atMs);
    if (coded !== undefined && sent !== undefined) router.push(sent.atMs - coded.atMs);
    if (sent !== undefined) whole.push(sent.atMs - packet.atMs);
  }
  return [
    rowOf('leg to console', whole, expected, pairing),
    rowOf('  of it voice process', voice, expected, pairing),
    rowOf('  of it mediasoup', router, expected),
  ];
}

function consoleToLeg(packets: readonly Packet[]): Row[] {
  const spoken = busiest(packets.filter((p) => within(p.to, webRtcPorts)));
  const microphone = numbered(spoken, 960);
  const stamps = new Map([...microphone.frames].map(([number, packet]) => [packet.timestamp, number]));
  const forwarded = packets.filter((p) => isPlain(p.from));
  const handed = busiest(forwarded.filter((p) => p.payloadType === 111 && stamps.has(p.timestamp)));
  const coded = new Map<number, Packet>();
  for (const packet of handed) coded.set(stamps.get(packet.timestamp) ?? -1, packet);
  const codedStream: Stream = { frames: coded, length: microphone.length };
  const leg = numbered(busiest(packets.filter((p) => within(p.from, legPorts) && p.payloadType === 8)), 160);
  const pairing = pairBySound(soundOf(codedStream, 'opus'), soundOf(leg, 'alaw'));
  requireSound(pairing);
  const voice: number[] = [];
  const router: number[] = [];
  const whole: number[] = [];
  let expected = 0;
  for (const [number, packet] of microphone.frames) {
    if (number + pairing.shift < 0 || number + pairing.shift >= leg.length - 2) continue;
    expected++;
    const between = coded.get(number);
    const out = leg.frames.get(number + pairing.shift);
    if (between !== undefined) router.push(between.atMs - packet.atMs);
    if (between !== undefined && out !== undefined) voice.push(out.atMs - between.atMs);
    if (out !== undefined) whole.push(out.atMs - packet.atMs);
  }
  return [
    rowOf('console to leg', whole, expected, pairing),
    rowOf('  of it voice process', voice, expected, pairing),
    rowOf('  of it mediasoup', router, expected),
  ];
}
