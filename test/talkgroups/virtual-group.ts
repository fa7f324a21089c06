/**
 * A shared group on virtual time, with far ends that send RTP and keep what they are sent. No socket, no clock: an hour
 * of traffic runs in seconds, and every number can be asserted.
 */
import opus from '@discordjs/opus';
import { Alarm, ManualClock } from '../../src/base/clock.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { type Codec, codecOf, type VoiceEncoder } from '../../src/media/codec.ts';
import { encodeG711 } from '../../src/media/g711.ts';
import { OpusSpeechEncoder } from '../../src/media/opus.ts';
import { Downsampler } from '../../src/media/resampler.ts';
import { RtpPacket, writeRtpHeader } from '../../src/protocols/rtp/rtp-packet.ts';
import { eventOfDigit } from '../../src/protocols/rtp/telephone-event.ts';
import { ConsoleFeed } from '../../src/talkgroups/console-feed.ts';
import type { ConsoleParty } from '../../src/talkgroups/console-seats.ts';
import { LoopPlaces } from '../../src/talkgroups/group-loops.ts';
import type { Leg } from '../../src/talkgroups/leg.ts';
import { Microphone } from '../../src/talkgroups/microphone.ts';
import { SharedGroup } from '../../src/talkgroups/shared-group.ts';
import type {
  FloorAnswer,
  GroupEvent,
  GroupSettings,
  LegMedia,
  LegReport,
  LegSettings,
  OverReport,
} from '../../src/talkgroups/terms.ts';
import { fromMicrophone, fromMicrophoneInOrder } from '../../src/talkgroups/voice-path.ts';
import type { VoiceTap } from '../../src/talkgroups/voice-tape.ts';
import { groupSettings, legMedia, legSettings } from './settings.ts';

/** One packet as it arrived at a far end. */
export interface Arrival {
  readonly atMs: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payloadType: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}

export class VirtualGroup {
  readonly clock: ManualClock;
  readonly random = new SeededRandom(7);
  readonly events: GroupEvent[] = [];
  /** Told of every event as it comes. */
  onEvent: (event: GroupEvent) => void = () => undefined;
  readonly group: SharedGroup;
  readonly settings: GroupSettings;
  readonly #alarm: Alarm;
  #overs = 0;

  /** `clock`: that of another group, where both share one. */
  constructor(
    overrides: Partial<GroupSettings> = {},
    tap?: VoiceTap,
    clock = new ManualClock({ nowMs: 1000, utcMs: Date.UTC(2026, 0, 1) }),
  ) {
    this.clock = clock;
    this.#alarm = new Alarm(this.clock, () => {
      this.group.tick(this.clock.nowMs());
      this.#alarm.setAt(this.group.dueMs);
    });
    this.settings = { ...groupSettings, ...overrides };
    this.group = new SharedGroup(this.settings, {
      report: (event) => {
        this.events.push(event);
        this.onEvent(event);
      },
      wake: (dueMs) => this.#alarm.setAt(dueMs),
      utcMs: (nowMs) => Date.UTC(2026, 0, 1) + nowMs,
      nextOver: () => ++this.#overs,
      random: this.random,
      loopPlaces: new LoopPlaces(),
      ...(tap === undefined ? {} : { tap }),
    });
  }

  get nowMs(): number {
    return this.clock.nowMs();
  }

  run(ms: number): void {
    this.clock.advance(ms);
  }

  leg(id: string, settings: Partial<LegSettings> = {}, media: Partial<LegMedia> = {}): FarEnd {
    const leg = this.group.addLeg({ ...legSettings(id), ...settings }, this.nowMs);
    const far = new FarEnd(this, leg, { ...legMedia, ...media });
    far.connect();
    return far;
  }

  /** A mediasoup router that has listeners, with streams for these legs and the operators. */
  feed(legs: readonly FarEnd[]): FarRouter {
    const router = new FarRouter(this);
    const streams = [
      ...legs.map((far, i) => ({ party: far.leg.id, ssrc: 100 + i })),
      { party: 'operators' as const, ssrc: 99 },
    ];
    const settings = {
      feed: 'feed',
      group: 'xb',
      remote: { address: '127.0.0.1', port: 1 },
      payloadType: 100,
      streams,
      active: true,
    };
    router.feed = new ConsoleFeed(settings, this.random, (bytes, length) => router.take(bytes, length));
    this.group.addFeed(router.feed);
    return router;
  }

  console(id: string, priority = 5): VirtualConsole {
    const party: ConsoleParty = { id, priority, microphone: undefined };
    const console = new VirtualConsole(this, party);
    this.group.joinConsole(party, true, this.nowMs);
    return console;
  }

  answers(party: string): readonly FloorAnswer[] {
    return this.events
      .filter((event) => event.name === 'answer' && event.party === party)
      .map((event) => (event as Extract<GroupEvent, { name: 'answer' }>).answer);
  }

  results(party: string): readonly string[] {
    return this.answers(party).map((answer) =>
      'cause' in answer ? `${answer.result} ${answer.cause}` : answer.result,
    );
  }

  reports(leg: string): readonly LegReport[] {
    return this.events
      .filter((event) => event.name === 'leg')
      .map((event) => (event as Extract<GroupEvent, { name: 'leg' }>).report)
      .filter((report) => report.leg === leg);
  }

  get overs(): readonly OverReport[] {
    return this.events
      .filter((event) => event.name === 'over')
      .map((event) => (event as Extract<GroupEvent, { name: 'over' }>).report);
  }

  get holder(): string | undefined {
    const floor = this.events.findLast((event) => event.name === 'floor');
    return floor?.name === 'floor' ? floor.floor.holder?.party : undefined;
  }
}

/** What happens to a packet on its way to us: the delays after which a copy of it arrives; empty for lost. */
export type Network = (packet: number) => readonly number[];

export interface Talk {
  readonly ptimeMs?: number;
  readonly network?: Network;
  /** Clock of the sender against ours: 1.0002 is 200 ppm fast. */
  readonly clock?: number;
}

/** Where a far end is: what takes its packets, and the time. */
export interface FarWorld {
  readonly nowMs: number;
  readonly clock: ManualClock;
  readonly group: Pick<SharedGroup, 'connectLeg' | 'onLegDatagram'>;
}

/** The radio side of a leg. */
export class FarEnd {
  readonly leg: Leg;
  readonly media: LegMedia;
  readonly arrivals: Arrival[] = [];
  readonly reports: Uint8Array[] = [];
  /** Told of every packet as it comes. */
  onArrival: (arrival: Arrival) => void = () => undefined;
  /** Told of every datagram, its first `length` octets. */
  onDatagram: (bytes: Uint8Array, length: number) => void = () => undefined;
  ssrc = 0x1234;
  sequence = 1000;
  timestamp = 5000;
  readonly #group: FarWorld;
  readonly #codec: Codec;
  readonly #encoder: VoiceEncoder;
  #freeMs = -Infinity;

  constructor(group: FarWorld, leg: Leg, media: LegMedia) {
    this.#group = group;
    this.leg = leg;
    this.media = media;
    this.#codec = codecOf(media.codec);
    this.#encoder = this.#codec.createEncoder();
  }

  connect(media: Partial<LegMedia> = {}): void {
    const line = {
      sendRtp: (bytes: Uint8Array, length: number) => {
        const arrival = readArrival(bytes, length, this.#group.nowMs);
        this.arrivals.push(arrival);
        this.onArrival(arrival);
        this.onDatagram(bytes, length);
      },
      sendRtcp: (bytes: Uint8Array, length: number) => this.reports.push(bytes.slice(0, length)),
    };
    this.#group.group.connectLeg(this.leg, { ...this.media, ...media }, line, this.#group.nowMs);
  }

  /** Sends voice at its codec's rate from now on in real time (virtual); other packets than of 20 ms in G.711 only. Its timestamps go on from the last talk. */
  talk(pcm: Float32Array, talk: Talk = {}): void {
    const ptimeMs = talk.ptimeMs ?? 20;
    const network = talk.network ?? (() => [0]);
    const clock = talk.clock ?? 1;
    const samples = (this.#codec.audioRateHz / 1000) * ptimeMs;
    const ticksPerMs = this.#codec.clockRateHz / 1000;
    const startMs = Math.max(this.#group.nowMs, this.#freeMs);
    if (this.#freeMs > -Infinity) this.timestamp += Math.max(0, Math.round(ticksPerMs * (startMs - this.#freeMs)));
    const packets = Math.floor(pcm.length / samples);
    for (let i = 0; i < packets; i++) {
      const bytes = this.packet(pcm.subarray(i * samples, (i + 1) * samples), i === 0);
      for (const delayMs of network(i)) this.sendAt(startMs + (i * ptimeMs) / clock + delayMs, bytes);
    }
    this.#freeMs = startMs + (packets * ptimeMs) / clock;
  }

  /** When everything that it has been told to say is said. */
  get silentMs(): number {
    return Math.max(this.#freeMs, this.#group.nowMs);
  }

  /** The next packet of the stream. */
  packet(pcm: Float32Array, marker = false): Uint8Array {
    const ticks = (pcm.length * this.#codec.clockRateHz) / this.#codec.audioRateHz;
    const coded = this.#encode(pcm);
    const bytes = new Uint8Array(12 + coded.length);
    bytes.set(coded, 12);
    return this.stamp(bytes, this.media.payloadType, ticks, marker);
  }

  stamp(bytes: Uint8Array, payloadType: number, ticks: number, marker = false): Uint8Array {
    writeRtpHeader(bytes, marker, payloadType, this.sequence, this.timestamp >>> 0, this.ssrc);
    this.sequence = (this.sequence + 1) & 0xffff;
    this.timestamp = (this.timestamp + ticks) >>> 0;
    return bytes;
  }

  /** A pause is announced; as in any DTX, its packet is numbered and takes no time. */
  comfortNoise(): void {
    this.sendAt(this.#group.nowMs, this.stamp(new Uint8Array(13).fill(60), 13, 0));
  }

  /** Presses a key: three packets of 20 ms and the end three times. */
  key(digit: string): void {
    const event = eventOfDigit(digit)!;
    const timestamp = this.timestamp;
    for (let i = 0; i < 5; i++) {
      const bytes = new Uint8Array(16);
      const duration = Math.min(480, 160 * (i + 1));
      bytes.set([event, (i >= 2 ? 0x80 : 0) | 10, duration >> 8, duration & 0xff], 12);
      this.timestamp = timestamp;
      this.sendAt(this.#group.nowMs + 20 * i, this.stamp(bytes, 101, 0, i === 0));
    }
    this.timestamp = timestamp + 480;
  }

  sendAt(atMs: number, bytes: Uint8Array): void {
    this.#group.clock.callAt(atMs, () => this.#group.group.onLegDatagram(this.leg, bytes, this.#group.nowMs));
  }

  #encode(pcm: Float32Array): Uint8Array {
    const { name } = this.#codec;
    if (name !== 'PCMA' && name !== 'PCMU') return this.#encoder.encode(pcm);
    const bytes = new Uint8Array(pcm.length);
    encodeG711(name, pcm, pcm.length, bytes, 0);
    return bytes;
  }

  /** Voice packets only, in order of arrival. */
  get voice(): readonly Arrival[] {
    return this.arrivals.filter((arrival) => arrival.payloadType === this.media.payloadType);
  }

  /** What a receiver with an ideal jitter buffer plays: 8 kHz from its first packet on, silence in the gaps. */
  heard(fromMs = 0, toMs = Infinity): Float32Array {
    return playback(
      this.voice.filter(({ atMs }) => atMs >= fromMs && atMs < toMs),
      this.#codec,
    );
  }

  /** Voice packets that carry more than silence. */
  get audible(): readonly Arrival[] {
    const silence = this.#codec.silence ?? 0;
    return this.voice.filter(({ payload }) =>
      payload.some((octet) => Math.abs(octet - silence) > 1 && (octet | 0x80) !== silence),
    );
  }
}

/** mediasoup's side of a feed. */
export class FarRouter {
  feed!: ConsoleFeed;
  readonly arrivals: Arrival[] = [];
  readonly reports: Uint8Array[] = [];
  readonly #group: VirtualGroup;

  constructor(group: VirtualGroup) {
    this.#group = group;
  }

  take(bytes: Uint8Array, length: number): void {
    if (bytes[1]! >= 192 && bytes[1]! <= 223) this.reports.push(bytes.slice(0, length));
    else this.arrivals.push(readArrival(bytes, length, this.#group.nowMs));
  }

  stream(party: string): readonly Arrival[] {
    const ssrc = this.feed.settings.streams.find((stream) => stream.party === party)?.ssrc;
    return this.arrivals.filter((arrival) => arrival.ssrc === ssrc);
  }

  /** The stream decoded by libopus itself, 16 kHz, silence in the gaps. */
  heard(party: string, fromMs = 0, toMs = Infinity): Float32Array {
    const arrivals = this.stream(party).filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    const first = arrivals[0];
    const last = arrivals.at(-1);
    if (first === undefined || last === undefined) return new Float32Array(0);
    const decoder = new opus.OpusEncoder(16_000, 1);
    const pcm = new Float32Array(((last.timestamp - first.timestamp) >>> 0) / 3 + 1920);
    for (const { payload, timestamp } of arrivals) {
      const at = ((timestamp - first.timestamp) >>> 0) / 3;
      const decoded = decoder.decode(Buffer.from(payload));
      for (let i = 0; 2 * i < decoded.length; i++) pcm[at + i] = decoded.readInt16LE(2 * i) / 32_768;
    }
    return pcm;
  }
}

export class VirtualConsole {
  readonly party: ConsoleParty;
  readonly #group: VirtualGroup;
  readonly #encoder = new OpusSpeechEncoder();
  #sequence = 1;
  #timestamp = 90_000;
  #freeMs = -Infinity;

  constructor(group: VirtualGroup, party: ConsoleParty) {
    this.#group = group;
    this.party = party;
    party.microphone = new Microphone({
      console: party.id,
      remote: { address: '127.0.0.1', port: 2 },
      payloadType: 111,
      ssrc: 77,
    });
  }

  request(requestId?: number, emergency = false): void {
    const numbered = requestId === undefined ? {} : { requestId };
    this.#group.group.request(this.party.id, { emergency, ...numbered }, this.#group.nowMs);
  }

  release(): void {
    this.#group.group.release(this.party.id, this.#group.nowMs);
  }

  /** Speaks 16 kHz voice into the microphone from now on. Returns the Opus packets, in order. */
  speak(pcm: Float32Array, talk: Omit<Talk, 'ptimeMs'> = {}): Uint8Array[] {
    const packets = this.encode(pcm);
    this.send(packets, talk);
    return packets;
  }

  /** Opus packets of 20 ms, as the browser would send them. */
  encode(pcm: Float32Array): Uint8Array[] {
    return Array.from({ length: Math.floor(pcm.length / 320) }, (_, i) =>
      Uint8Array.from(this.#encoder.encode(pcm.slice(320 * i, 320 * (i + 1)))),
    );
  }

  /** Sends Opus packets from now on in real time (virtual); what the window for reordering holds comes out in its time. */
  send(packets: readonly Uint8Array[], { network = () => [0], clock = 1 }: Omit<Talk, 'ptimeMs'> = {}): void {
    const startMs = Math.max(this.#group.nowMs, this.#freeMs);
    if (this.#freeMs > -Infinity) this.#timestamp += Math.max(0, Math.round(48 * (startMs - this.#freeMs)));
    for (const [i, packet] of packets.entries()) {
      const bytes = new Uint8Array(12 + packet.length);
      bytes.set(packet, 12);
      writeRtpHeader(bytes, i === 0, 111, this.#sequence, this.#timestamp >>> 0, 77);
      this.#sequence = (this.#sequence + 1) & 0xffff;
      this.#timestamp += 960;
      for (const delayMs of network(i)) {
        this.#group.clock.callAt(startMs + (20 * i) / clock + delayMs, () => this.#take(bytes));
      }
    }
    this.#freeMs = startMs + (20 * packets.length) / clock;
  }

  #take(bytes: Uint8Array): void {
    const { microphone } = this.party;
    if (microphone === undefined) return;
    fromMicrophone(microphone, bytes, this.#group.nowMs);
    const { dueMs } = microphone.input;
    if (dueMs < Infinity) this.#group.clock.callAt(dueMs, () => fromMicrophoneInOrder(microphone, this.#group.nowMs));
  }
}

/** 16 kHz to the 8 kHz that a far end sends. */
export function narrow(wide: Float32Array): Float32Array {
  const out = new Float32Array(wide.length >> 1);
  new Downsampler().push(wide, wide.length & ~1, out);
  return out;
}

function readArrival(bytes: Uint8Array, length: number, atMs: number): Arrival {
  const packet = new RtpPacket();
  const copy = bytes.slice(0, length);
  if (packet.read(copy) !== undefined) throw new Error('what we send is no RTP packet');
  return {
    atMs,
    sequence: packet.sequenceNumber,
    timestamp: packet.timestamp,
    marker: packet.marker,
    payloadType: packet.payloadType,
    ssrc: packet.ssrc,
    payload: copy.subarray(packet.payloadOffset, packet.payloadOffset + packet.payloadBytes),
  };
}

function playback(arrivals: readonly Arrival[], codec: Codec): Float32Array {
  const first = arrivals[0];
  if (first === undefined) return new Float32Array(0);
  const decoder = codec.createDecoder();
  const samplesPerTick = codec.audioRateHz / codec.clockRateHz;
  const begins = arrivals.map(({ timestamp }) => ((timestamp - first.timestamp) >>> 0) * samplesPerTick);
  const ends = arrivals.map(
    ({ payload }, i) => begins[i]! + codec.durationTicks(payload, 0, payload.length) * samplesPerTick,
  );
  const pcm = new Float32Array(Math.max(...ends));
  for (const [i, { payload }] of arrivals.entries()) {
    decoder.decode(payload, 0, payload.length, pcm.subarray(begins[i]));
  }
  return pcm;
}

/** Where `part` begins in `whole`, in samples (may be negative), and how alike they are there (1 is the same). */
export function align(whole: Float32Array, part: Float32Array, lagMax: number): { lag: number; likeness: number } {
  let best = { lag: 0, likeness: -1 };
  for (let lag = -lagMax; lag <= lagMax; lag++) {
    let product = 0;
    let energyA = 1e-12;
    let energyB = 1e-12;
    for (let i = Math.max(0, -lag); i < part.length && i + lag < whole.length; i++) {
      const a = whole[i + lag]!;
      const b = part[i]!;
      product += a * b;
      energyA += a * a;
      energyB += b * b;
    }
    const likeness = product / Math.sqrt(energyA * energyB);
    if (likeness > best.likeness) best = { lag, likeness };
  }
  return best;
}
