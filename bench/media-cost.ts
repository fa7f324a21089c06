/**
 * Cost of each station of the voice path, µs of CPU per 20 ms frame: `node bench/media-cost.ts`. No socket, no clock but
 * the stopwatch; what the sockets add is measured from outside by the other benches.
 */

import { createCipheriv, createHmac } from 'node:crypto';
import { codecOf } from '../src/media/codec.ts';
import { Concealment } from '../src/media/concealment.ts';
import { createFrame, frameSamples } from '../src/media/frame.ts';
import { FrameAssembler } from '../src/media/frame-assembler.ts';
import { encodeG711 } from '../src/media/g711.ts';
import { LevelControl } from '../src/media/level-control.ts';
import { Limiter } from '../src/media/limiter.ts';
import { Mixer } from '../src/media/mixer.ts';
import { OpusSpeechDecoder, OpusSpeechEncoder } from '../src/media/opus.ts';
import { PullQueue } from '../src/media/pull-queue.ts';
import { Downsampler, Upsampler } from '../src/media/resampler.ts';
import { CatchUp } from '../src/media/time-stretch.ts';
import { ReceiverStatistics } from '../src/protocols/rtp/receiver-statistics.ts';
import { ReorderWindow } from '../src/protocols/rtp/reorder-window.ts';
import { RtpPacket } from '../src/protocols/rtp/rtp-packet.ts';
import { RtpSender } from '../src/protocols/rtp/rtp-sender.ts';
import { SourceLock } from '../src/protocols/rtp/source-lock.ts';
import { keySaltBytes, type SrtpSuite } from '../src/protocols/srtp/crypto-suite.ts';
import { SrtpReceiver, SrtpSender } from '../src/protocols/srtp/srtp.ts';
import { VoiceTape } from '../src/talkgroups/voice-tape.ts';
import { framesOf, joined, speech } from '../test/media/signals.ts';
import { report } from './report.ts';

const rounds = 15;
const framesPerRound = 500;

interface Cost {
  readonly station: string;
  readonly bestUs: number;
  readonly medianUs: number;
  readonly worstUs: number;
}

function measure(station: string, turn: (n: number) => void): Cost {
  let n = 0;
  for (let i = 0; i < 2000; i++) turn(n++);
  const perFrame: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begin = process.cpuUsage();
    for (let i = 0; i < framesPerRound; i++) turn(n++);
    const { user, system } = process.cpuUsage(begin);
    perFrame.push((user + system) / framesPerRound);
  }
  perFrame.sort((a, b) => a - b);
  return { station, bestUs: perFrame[0]!, medianUs: perFrame[rounds >> 1]!, worstUs: perFrame[rounds - 1]! };
}

const frames = framesOf(joined(speech('nl'), speech('fr')));
const narrow = frames.map((frame) => {
  const half = new Float32Array(160);
  new Downsampler().push(frame, frameSamples, half);
  return half;
});
const payloads = narrow.map((half) => {
  const bytes = new Uint8Array(172);
  encodeG711('PCMA', half, 160, bytes, 12);
  return bytes;
});
const at = <T>(list: readonly T[], n: number): T => list[n % list.length]!;

const half = new Float32Array(160);
const wide = createFrame();
const out = createFrame();
const bytes = new Uint8Array(172);

const upsampler = new Upsampler();
const downsampler = new Downsampler();
const assembler = new FrameAssembler(frameSamples);
const automatic = { automatic: true, targetDbov: -20, gainMaxDb: 15 };
const levelControl = new LevelControl(automatic);
const limiter = new Limiter();
const concealment = new Concealment();
const lossy = new Concealment();
const passing = new CatchUp({ backlogMsMax: 3000 });
const catching = new CatchUp({ backlogMsMax: 3000 });
const pullQueue = new PullQueue();
const mixer = new Mixer(4);
const mixLimiter = new Limiter();
const encoders = [0, 3, 5, 7, 9, 10].map((complexity) => ({
  complexity,
  encoder: new OpusSpeechEncoder({ complexity }),
}));
const packets = frames.map((frame) => encoders[2]!.encoder.encode(frame));
const decoder = new OpusSpeechDecoder();

/** Overs of 10 s; the tape is full after the first rounds, so that memory is used again. */
const tape = new VoiceTape({ keptMs: 900_000, chunksMax: 64 });
let tap = tape.begin({ group: 'xb', over: 0 });

function onTape(n: number, alaw: boolean): void {
  const nowMs = 20 * n;
  if (n % 500 === 0) {
    tap.end(nowMs, 'released');
    tap = tape.begin({ group: 'xb', over: n + 1 });
  }
  const packet = at(packets, n);
  if (alaw) tap.hearFrame(at(frames, n), nowMs, nowMs);
  else tap.hear(packet, 0, packet.length, nowMs, 20, nowMs);
}

/** RTP in: lock, read, numbering, order; then decode, to 16 kHz, level; then back, limit, encode, header. */
const lock = new SourceLock({ address: '127.0.0.1', port: 5000, latch: false });
const packet = new RtpPacket();
const statistics = new ReceiverStatistics({ clockRateHz: 8000 });
const window = new ReorderWindow();
const source = new RtpSender({ ssrc: 1, firstSequenceNumber: 0, firstTimestamp: 0 });
const sender = new RtpSender({ ssrc: 2, firstSequenceNumber: 0, firstTimestamp: 0 });
let nowMs = 0;
let forwarded = 0;

function receive(n: number): RtpPacket | undefined {
  const datagram = at(payloads, n);
  source.write(datagram, 160, 8, false);
  source.advance(160);
  nowMs += 20;
  if (!lock.accept('127.0.0.1', 5000, nowMs) || packet.read(datagram) !== undefined) return undefined;
  statistics.receive(packet, nowMs);
  window.push(packet, statistics.extendedSequence, nowMs);
  return window.pull(nowMs);
}

const alaw = codecOf('PCMA').createDecoder();
const mulaw = codecOf('PCMU').createEncoder();
const wholeUp = new Upsampler();
const wholeDown = new Downsampler();
const wholeLevel = new LevelControl(automatic);
const wholeLimiter = new Limiter();
const wholeAssembler = new FrameAssembler(frameSamples);
const wholeConcealment = new Concealment();
const wholeCatchUp = new CatchUp({ backlogMsMax: 3000 });

function legToLeg(n: number): void {
  const voice = receive(n);
  if (voice === undefined) return;
  const samples = alaw.decode(voice.bytes, voice.payloadOffset, voice.payloadBytes, half);
  wholeAssembler.push(wide, wholeUp.push(half, samples, wide));
  for (let frame = wholeAssembler.pull(); frame !== undefined; frame = wholeAssembler.pull()) {
    wholeConcealment.good(frame);
    wholeLevel.process(frame);
    if (!wholeCatchUp.idle) throw new Error('a backlog without waiting');
    wholeLimiter.process(frame);
    wholeDown.push(frame, frameSamples, half);
    bytes.set(mulaw.encode(half), 12);
    sender.write(bytes, 160, 0, false);
    sender.advance(160);
    forwarded += 1;
  }
}

const others = (['G722', 'L16/16000'] as const).map((name) => {
  const codec = codecOf(name);
  const encoder = codec.createEncoder();
  return {
    name,
    encoder,
    decoder: codec.createDecoder(),
    packets: frames.map((frame) => encoder.encode(frame).slice()),
  };
});
/** SRTP of a G.711 packet, and what it would cost with a cipher and an HMAC object a packet (docs/adr/0020). */
const secured = Buffer.alloc(1500);

function sealing(suite: SrtpSuite): (n: number) => void {
  const guard = new SrtpSender({ suite, keySalt: Buffer.alloc(keySaltBytes(suite), 1) });
  const numbers = new RtpSender({ ssrc: 3, firstSequenceNumber: 0, firstTimestamp: 0 });
  return (n) => {
    const datagram = at(payloads, n);
    numbers.write(datagram, 160, 8, false);
    numbers.advance(160);
    if (guard.protectRtp(datagram, datagram.length, secured) === 0) throw new Error('a packet was not protected');
  };
}

/** Sealing is part of it: a packet can be opened but once. */
function opening(suite: SrtpSuite): (n: number) => void {
  const seal = sealing(suite);
  const guard = new SrtpReceiver({ suite, keySalt: Buffer.alloc(keySaltBytes(suite), 1) });
  const bytes = { AES_CM_128_HMAC_SHA1_80: 182, AES_CM_128_HMAC_SHA1_32: 176 }[suite as string] ?? 188;
  return (n) => {
    seal(n);
    if (guard.openRtp(secured.subarray(0, bytes)) === 0) throw new Error('a packet was not opened');
  };
}

function sealNaively(n: number): void {
  const datagram = at(payloads, n);
  createCipheriv('aes-128-ctr', secured.subarray(0, 16), secured.subarray(16, 32)).update(datagram.subarray(12));
  createHmac('sha1', secured.subarray(0, 20)).update(datagram).digest();
}

const costs: Cost[] = [
  measure('RTP in: lock, read, numbering, reorder window', (n) => void receive(n)),
  measure('G.711 decode', (n) => void alaw.decode(at(payloads, n), 12, 160, half)),
  measure('8 → 16 kHz', (n) => void upsampler.push(at(narrow, n), 160, wide)),
  measure('frame assembler', (n) => {
    assembler.push(at(frames, n), frameSamples);
    assembler.pull();
  }),
  measure('level control', (n) => {
    out.set(at(frames, n));
    levelControl.process(out);
  }),
  measure('concealment, nothing lost', (n) => {
    out.set(at(frames, n));
    concealment.good(out);
  }),
  measure('concealment, every 5th frame lost', (n) => {
    out.set(at(frames, n));
    if (n % 5 === 0) lossy.lost(out);
    else lossy.good(out);
  }),
  measure('catch-up, no backlog', (n) => {
    passing.push(at(frames, n));
    passing.pull(out);
  }),
  measure('catch-up, catching up', (n) => {
    catching.push(at(frames, n));
    if (catching.backlogMs < 200) catching.push(at(frames, n));
    catching.pull(out);
  }),
  measure('pull queue', (n) => {
    pullQueue.push(at(frames, n));
    pullQueue.pull(out);
  }),
  measure('mixer, 3 sources, 1 listener', (n) => {
    mixer.clear();
    for (let s = 0; s < 3; s++) mixer.add(s === 0 ? 'a' : 'b', at(frames, n + 40 * s));
    mixer.minus('c', out, mixLimiter);
  }),
  measure('limiter', (n) => {
    out.set(at(frames, n));
    limiter.process(out);
  }),
  measure('16 → 8 kHz', (n) => void downsampler.push(at(frames, n), frameSamples, half)),
  measure('G.711 encode', (n) => void mulaw.encode(at(narrow, n))),
  measure('G.711 leg → leg, all of the above in row', legToLeg),
  ...others.flatMap(({ name, encoder, decoder: other, packets: coded }) => [
    measure(`${name} encode`, (n) => void encoder.encode(at(frames, n))),
    measure(`${name} decode`, (n) => void other.decode(at(coded, n), 0, at(coded, n).length, wide)),
  ]),
  ...encoders.map(({ complexity, encoder }) =>
    measure(`Opus encode, complexity ${complexity}`, (n) => void encoder.encode(at(frames, n))),
  ),
  measure('SRTP out, AES_CM_128_HMAC_SHA1_80', sealing('AES_CM_128_HMAC_SHA1_80')),
  measure('SRTP out and in, AES_CM_128_HMAC_SHA1_80', opening('AES_CM_128_HMAC_SHA1_80')),
  measure('SRTP out, a cipher and an HMAC object a packet', sealNaively),
  measure('SRTP out, AEAD_AES_256_GCM', sealing('AEAD_AES_256_GCM')),
  measure('SRTP out and in, AEAD_AES_256_GCM', opening('AEAD_AES_256_GCM')),
  measure('Opus decode', (n) => void decoder.decode(at(packets, n))),
  measure('tape, an Opus packet', (n) => onTape(n, false)),
  measure('tape, a frame that nobody coded', (n) => onTape(n, true)),
];

if (forwarded === 0) throw new Error('nothing was forwarded: the figures mean nothing');
report(
  'media-cost: µs of CPU per 20 ms frame at each station of the voice path',
  `Speech, 2000 frames of warm-up, ${rounds} rounds of ${framesPerRound} frames; CPU time of this process, so that other work\n` +
    'on the machine shows only through its caches and clock rate. Best, median and worst round.',
  costs.map(({ station, bestUs, medianUs, worstUs }) => ({
    station,
    'best µs': bestUs,
    'median µs': medianUs,
    'worst µs': worstUs,
  })),
);
