/**
 * The far ends of a load measurement, in a process of their own that shares no code with the gateway: a small SIP
 * server that answers the gateway's calls, and one RTP socket a leg that sends 50 packets/s of A-law speech and notes
 * when and what it hears.
 *
 * Method. All legs send. The first leg of each group starts 1 s before the others and holds the floor; after a warm-up
 * and a pause all begin anew, and what is measured begins 2 s later. The n-th packet since key-down is the one that a
 * listener finds n × 160 ticks after the first of the over, so a delay is (arrival of that one) − (sending of the n-th)
 * on one clock of one process; a packet left out shows as loss and not as delay. The pairing is checked by correlating
 * what was heard with what was sent, which also gives the delay of the gateway's filters; a lag of a packet or more
 * would show there. Packets are spread over the 20 ms by leg, as real far ends are. Counted are the packets sent within
 * the measured time, however late they arrive: one under way when the measuring begins or ends is neither lost nor too
 * many.
 *
 * Driven by: bench/load.ts over the process channel.
 */
import { createSocket, type Socket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { raisePriority } from './priority.ts';

export interface LoadPlan {
  readonly groups: number;
  readonly legsPerGroup: number;
  readonly sipPort: number;
  readonly seconds: number;
  /** `reflect`: no SIP; each leg sends to this port + its index (the measurement's own floor). */
  readonly reflectPort?: number;
  /** Talk before anything counts, with a pause in the middle of it; at least 6000. */
  readonly warmUpMs: number;
  /** Overs of so many ms with a pause of a second instead of one endless over. */
  readonly overMs?: number;
  /** Groups whose legs send; all when undefined. */
  readonly talkingGroups?: number;
  /** Only the first leg of a group sends: the others listen, as radios do. */
  readonly silentListeners?: boolean;
}

export interface LoadResult {
  readonly legs: number;
  readonly sent: number;
  readonly expected: number;
  readonly heard: number;
  /** Packets heard at a time that no packet of the talker's has. */
  readonly unpaired: number;
  readonly delayMs: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  /** Key-down to the first packet at a listener: floor decision and forwarding. */
  readonly firstMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly gapMsMax: number;
  readonly filterDelayMs: number;
  readonly correlation: number;
  readonly levelDb: number;
  /** By how much this process was late with its own packets: what the machine did to the measurement. */
  readonly senderLateMs: { readonly p99: number; readonly max: number };
  /** CPU time of this process / wall time. */
  readonly senderCores: number;
}

const PTIME_MS = 20;
const SAMPLES = 160;

interface Leg {
  readonly index: number;
  readonly socket: Socket;
  readonly packet: Buffer;
  remotePort: number;
  sequence: number;
  timestamp: number;
  lastSentMs: number;
  /** Packets sent in this over. */
  sent: number;
  keyed: boolean;
  readonly sentAtMs: Float64Array;
  /** Packets of this over that count as measured: from this one on, up to that one. */
  measuredFrom: number;
  measuredTo: number;
  /** RTP timestamp of the first packet heard of this over; negative before. */
  heardFirst: number;
  lastHeardMs: number;
  gapMsMax: number;
  /** What was heard, for correlation, by packet number of the over. */
  heardAudio: Map<number, Buffer> | undefined;
}

const RING = 4096;

function speech(): Buffer {
  const folder = join(import.meta.dirname, '../config/demo-speech');
  const parts = readdirSync(folder)
    .filter((name) => name.endsWith('.wav'))
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name));
      const data = bytes.indexOf('data', 12, 'latin1');
      return bytes.subarray(data + 8, data + 8 + bytes.readUInt32LE(data + 4));
    });
  return Buffer.concat(parts);
}

/** A-law to linear (G.711), written again here on purpose: the listener shares no code with what it measures. */
function linear(octet: number): number {
  const value = octet ^ 0x55;
  const exponent = (value & 0x70) >> 4;
  let magnitude = (value & 0x0f) << 4;
  magnitude = exponent === 0 ? magnitude + 8 : (magnitude + 0x108) << (exponent - 1);
  return value & 0x80 ? magnitude : -magnitude;
}

function percentile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}

const sound = speech();
const packetsOfSound = Math.floor(sound.length / SAMPLES);

class FarEnd {
  readonly #plan: LoadPlan;
  readonly #legs: Leg[] = [];
  readonly #delays: number[] = [];
  readonly #firsts: number[] = [];
  readonly #late: number[] = [];
  #callsUp = 0;
  #measuring = false;
  #sent = 0;
  #expected = 0;
  #heard = 0;
  #unpaired = 0;
  #cores = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
  }

  async open(): Promise<void> {
    const total = this.#plan.groups * this.#plan.legsPerGroup;
    for (let index = 0; index < total; index++) this.#legs.push(await this.#openLeg(index));
    if (this.#plan.reflectPort !== undefined) {
      for (const leg of this.#legs) leg.remotePort = this.#plan.reflectPort + leg.index;
      this.#callsUp = total;
    } else await this.#openSip();
  }

  async #openLeg(index: number): Promise<Leg> {
    const socket = createSocket({ type: 'udp4', lookup: (_host, _options, done) => done(null, '127.0.0.1', 4) });
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
    socket.setRecvBufferSize(1 << 20);
    const packet = Buffer.alloc(12 + SAMPLES);
    packet[0] = 0x80;
    packet.writeUInt32BE(0x1000_0000 + index, 8);
    const leg: Leg = {
      index,
      socket,
      packet,
      remotePort: 0,
      sequence: (index * 7919) & 0xffff,
      timestamp: (index * 104_729) >>> 0,
      lastSentMs: 0,
      sent: 0,
      keyed: false,
      sentAtMs: new Float64Array(RING),
      measuredFrom: Infinity,
      measuredTo: Infinity,
      heardFirst: -1,
      lastHeardMs: 0,
      gapMsMax: 0,
      heardAudio: undefined,
    };
    socket.on('message', (bytes) => this.#hear(leg, bytes));
    socket.on('error', () => undefined); // an unreachable gateway shows as packets not heard
    return leg;
  }

  /** Answers INVITE, OPTIONS, UPDATE and BYE; the called number is 1000 + leg index. */
  async #openSip(): Promise<void> {
    const socket = createSocket('udp4');
    socket.setMaxListeners(0);
    await new Promise<void>((done) => socket.bind(this.#plan.sipPort, '127.0.0.1', done));
    socket.setRecvBufferSize(4 << 20);
    socket.on('message', (bytes, from) => {
      const text = bytes.toString('latin1');
      const method = text.slice(0, text.indexOf(' '));
      if (method === 'ACK' || method.startsWith('SIP/')) return;
      const reply = this.#answer(method, text);
      if (reply !== undefined) socket.send(reply, from.port, from.address);
    });
  }

  #answer(method: string, text: string): string | undefined {
    const header = (name: string) =>
      [...text.matchAll(new RegExp(`^${name}: *(.*)\\r$`, 'gim'))].map((m) => m[1] ?? '');
    const lines = ['SIP/2.0 200 OK', ...header('Via').map((via) => `Via: ${via}`)];
    const to = header('To')[0] ?? '';
    lines.push(
      `From: ${header('From')[0]}`,
      `To: ${to.includes('tag=') ? to : `${to};tag=far${header('Call-ID')[0]?.slice(0, 8)}`}`,
    );
    lines.push(`Call-ID: ${header('Call-ID')[0]}`, `CSeq: ${header('CSeq')[0]}`);
    lines.push(`Contact: <sip:far@127.0.0.1:${this.#plan.sipPort}>`);
    if (method === 'BYE' && this.#legOfCall.delete(header('Call-ID')[0] ?? '')) this.#callsUp--;
    let body = '';
    if (method === 'INVITE' || (method === 'UPDATE' && text.includes('m=audio'))) {
      const number = Number(/^\w+ sip:(\d+)@/.exec(text)?.[1] ?? Number.NaN);
      const byCall = this.#legOfCall.get(header('Call-ID')[0] ?? '');
      const leg = byCall ?? this.#legs[number - 1000];
      if (leg === undefined) return undefined;
      if (byCall === undefined) {
        this.#legOfCall.set(header('Call-ID')[0] ?? '', leg);
        this.#callsUp++;
      }
      leg.remotePort = Number(/^m=audio (\d+)/m.exec(text)?.[1]);
      const { port } = leg.socket.address();
      body = `v=0\r\no=far 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 8\r\na=ptime:20\r\n`;
      lines.push('Content-Type: application/sdp');
    }
    lines.push(`Content-Length: ${body.length}`, '', body);
    return lines.join('\r\n');
  }

  readonly #legOfCall = new Map<string, Leg>();

  get callsUp(): number {
    return this.#callsUp;
  }

  #hear(leg: Leg, bytes: Buffer): void {
    const nowMs = performance.now();
    if (bytes.length < 13 || (bytes[1] as number) >= 200) return; // not voice
    if (((bytes[1] as number) & 0x7f) !== 8) return;
    const timestamp = bytes.readUInt32BE(4);
    const talker = this.#talkerOf(leg);
    if (leg.heardFirst < 0) {
      leg.heardFirst = timestamp;
      leg.lastHeardMs = nowMs;
      if (talker.measuredFrom === 0) this.#firsts.push(nowMs - (talker.sentAtMs[0] as number));
    }
    const gapMs = nowMs - leg.lastHeardMs;
    leg.lastHeardMs = nowMs;
    const number = ((timestamp - leg.heardFirst) >>> 0) / SAMPLES;
    if (number < talker.measuredFrom || number >= Math.min(talker.sent, talker.measuredTo)) return;
    if (!Number.isInteger(number)) {
      this.#unpaired++;
      return;
    }
    this.#heard++;
    this.#delays.push(nowMs - (talker.sentAtMs[number % RING] as number));
    if (gapMs > leg.gapMsMax && number > talker.measuredFrom) leg.gapMsMax = gapMs;
    if (leg.heardAudio !== undefined && leg.heardAudio.size < 100)
      leg.heardAudio.set(number, Buffer.from(bytes.subarray(12)));
  }

  /** The first leg of a leg's group, which holds the floor. */
  #talkerOf(leg: Leg): Leg {
    return this.#legs[leg.index - (leg.index % this.#plan.legsPerGroup)] as Leg;
  }

  #send(leg: Leg, nowMs: number): void {
    const packet = leg.packet;
    const at = ((leg.sent + leg.index * 37) % packetsOfSound) * SAMPLES;
    packet[1] = leg.sent === 0 ? 0x88 : 0x08;
    packet.writeUInt16BE(leg.sequence, 2);
    // Between overs time goes on (RFC 3550 §5.1).
    const ticks = leg.sent === 0 ? Math.max(SAMPLES, Math.round((nowMs - leg.lastSentMs) * 8)) : SAMPLES;
    leg.timestamp = (leg.timestamp + ticks) >>> 0;
    leg.lastSentMs = nowMs;
    packet.writeUInt32BE(leg.timestamp, 4);
    sound.copy(packet, 12, at, at + SAMPLES);
    if (this.#measuring) {
      this.#sent++;
      if (leg === this.#talkerOf(leg)) this.#expected += this.#plan.legsPerGroup - 1;
      if (leg.measuredFrom === Infinity) leg.measuredFrom = leg.sent;
    }
    leg.sentAtMs[leg.sent % RING] = nowMs;
    leg.socket.send(packet, leg.remotePort, '127.0.0.1');
    leg.sent++;
    leg.sequence = (leg.sequence + 1) & 0xffff;
  }

  #key(leg: Leg, keyed: boolean): void {
    if (keyed && !leg.keyed) {
      leg.sent = 0;
      leg.measuredFrom = Infinity;
      const first = leg.index - (leg.index % this.#plan.legsPerGroup);
      if (leg.index === first)
        for (let i = first; i < first + this.#plan.legsPerGroup; i++) (this.#legs[i] as Leg).heardFirst = -1;
    }
    leg.keyed = keyed;
  }

  async run(): Promise<LoadResult> {
    const { seconds, legsPerGroup, overMs } = this.#plan;
    const startMs = performance.now() + 50;
    const slots: Leg[][] = Array.from({ length: PTIME_MS }, () => []);
    for (const leg of this.#legs) slots[(leg.index * 7) % PTIME_MS]?.push(leg);
    const sampled = this.#legs.filter((leg) => leg.index % legsPerGroup !== 0).slice(0, 24);
    const talking = this.#legs.slice(0, (this.#plan.talkingGroups ?? this.#plan.groups) * legsPerGroup);
    const talkers = talking.filter((leg) => leg.index % legsPerGroup === 0);
    const others = this.#plan.silentListeners ? [] : talking.filter((leg) => leg.index % legsPerGroup !== 0);
    // The reflector learns the listeners' ports from their packets, so there the others send first.
    const [first, then] = this.#plan.reflectPort === undefined ? [talkers, others] : [others, talkers];
    const warmMs = this.#plan.warmUpMs;
    // The over that counts begins when all programs have run hot: what was held up before is not part of it.
    const measuredOverMs = warmMs - 2000;
    const endMs = warmMs + seconds * 1000;
    let cpuFrom = process.cpuUsage();
    await new Promise<void>((done) => {
      let tick = 0;
      const turn = () => {
        for (;;) {
          const dueMs = startMs + tick;
          const nowMs = performance.now();
          if (dueMs > nowMs) {
            setTimeout(turn, dueMs - nowMs);
            return;
          }
          const atMs = tick;
          this.#late.push(nowMs - dueMs);
          const cycle = overMs === undefined ? undefined : atMs % (overMs + 1000);
          if (cycle !== undefined) {
            if (cycle === 0) for (const leg of talkers) this.#key(leg, true);
            if (cycle === overMs) for (const leg of talkers) this.#key(leg, false);
          } else if (atMs === warmMs / 2) for (const leg of talking) this.#key(leg, false);
          else if (atMs === 0 || atMs === measuredOverMs) for (const leg of first) this.#key(leg, true);
          else if (atMs === 1000 || atMs === measuredOverMs + 1000) for (const leg of then) this.#key(leg, true);
          if (atMs === warmMs) {
            this.#measuring = true;
            cpuFrom = process.cpuUsage();
            for (const leg of sampled) leg.heardAudio = new Map();
          }
          if (atMs >= endMs) {
            this.#measuring = false;
            for (const leg of this.#legs) {
              leg.measuredTo = leg.sent;
              leg.keyed = false;
            }
            const { user, system } = process.cpuUsage(cpuFrom);
            this.#cores = (user + system) / 1000 / (seconds * 1000);
            done();
            return;
          }
          for (const leg of slots[tick % PTIME_MS] as Leg[]) if (leg.keyed) this.#send(leg, performance.now());
          tick++;
        }
      };
      turn();
    });
    await new Promise((done) => setTimeout(done, 500));
    return this.#result(sampled);
  }

  #result(sampled: readonly Leg[]): LoadResult {
    const delays = this.#delays.sort((a, b) => a - b);
    const firsts = this.#firsts.sort((a, b) => a - b);
    const late = this.#late.sort((a, b) => a - b);
    const matches = sampled.map((leg) => this.#correlate(leg)).filter((match) => match !== undefined);
    const mean = (pick: (m: { lagMs: number; correlation: number; levelDb: number }) => number) =>
      matches.reduce((sum, match) => sum + pick(match), 0) / Math.max(1, matches.length);
    return {
      legs: this.#legs.length,
      sent: this.#sent,
      expected: this.#expected,
      heard: this.#heard,
      delayMs: {
        p50: percentile(delays, 0.5),
        p95: percentile(delays, 0.95),
        p99: percentile(delays, 0.99),
        max: delays.at(-1) ?? Number.NaN,
      },
      firstMs: { p50: percentile(firsts, 0.5), p95: percentile(firsts, 0.95), p99: percentile(firsts, 0.99) },
      gapMsMax: Math.max(
        ...this.#legs.filter((leg) => leg.index % this.#plan.legsPerGroup !== 0).map((leg) => leg.gapMsMax),
      ),
      filterDelayMs: mean((match) => match.lagMs),
      correlation: mean((match) => match.correlation),
      levelDb: mean((match) => match.levelDb),
      senderLateMs: { p99: percentile(late, 0.99), max: late.at(-1) ?? Number.NaN },
      senderCores: this.#cores,
      unpaired: this.#unpaired,
    };
  }

  /** Lag (ms), correlation and level difference (dB) between what a leg heard and what its talker sent. */
  #correlate(leg: Leg): { lagMs: number; correlation: number; levelDb: number } | undefined {
    const heard = leg.heardAudio;
    if (heard === undefined || heard.size < 60) return undefined;
    const numbers = [...heard.keys()].sort((a, b) => a - b);
    const first = numbers[0] as number;
    const count = 50;
    const talkerIndex = leg.index - (leg.index % this.#plan.legsPerGroup);
    const out = new Float64Array(count * SAMPLES);
    for (let n = 0; n < count; n++) {
      const packet = heard.get(first + n);
      if (packet !== undefined) for (let i = 0; i < SAMPLES; i++) out[n * SAMPLES + i] = linear(packet[i] as number);
    }
    const input = new Float64Array((count + 20) * SAMPLES);
    for (let n = -10; n < count + 10; n++) {
      const at = ((((first + n + talkerIndex * 37) % packetsOfSound) + packetsOfSound) % packetsOfSound) * SAMPLES;
      for (let i = 0; i < SAMPLES; i++) input[(n + 10) * SAMPLES + i] = linear(sound[at + i] as number);
    }
    let best = { lag: 0, correlation: -1, levelDb: 0 };
    let outPower = 0;
    for (const sample of out) outPower += sample * sample;
    for (let lag = -800; lag <= 800; lag++) {
      let cross = 0;
      let power = 0;
      for (let i = 0; i < out.length; i++) {
        const sample = input[10 * SAMPLES + i - lag] as number;
        cross += sample * (out[i] as number);
        power += sample * sample;
      }
      const correlation = cross / Math.sqrt(power * outPower + 1);
      if (correlation > best.correlation)
        best = { lag, correlation, levelDb: 10 * Math.log10((outPower + 1) / (power + 1)) };
    }
    return { lagMs: best.lag / 8, correlation: best.correlation, levelDb: best.levelDb };
  }

  close(): void {
    for (const leg of this.#legs) leg.socket.close();
  }
}

raisePriority();
let farEnd: FarEnd | undefined;
process.on('message', (message: { readonly do: 'open' | 'run' | 'state'; readonly plan: LoadPlan }) => {
  void (async () => {
    if (message.do === 'open') {
      farEnd = new FarEnd(message.plan);
      await farEnd.open();
      process.send?.({ is: 'open' });
    } else if (message.do === 'state') process.send?.({ is: 'state', callsUp: farEnd?.callsUp ?? 0 });
    else if (farEnd !== undefined) process.send?.({ is: 'result', result: await farEnd.run() });
  })();
});
process.on('disconnect', () => process.exit(0));
