/**
 * One talkgroup's side of a shared group: what comes in, what goes out, the reports of its call, and the guard between
 * the two directions. Lives as long as the leg is configured; calls come and go (`connect`, `disconnect`).
 */
import type { Random } from '../base/random.ts';
import { LegIn } from './leg-in.ts';
import type { LegLoop } from './leg-loop.ts';
import { LegOut, type LegOutPort } from './leg-out.ts';
import type { StreamStart } from './out-stream.ts';
import type { SendDatagram } from './packetiser.ts';
import { RtcpSession } from './rtcp-session.ts';
import type { LegId, LegMedia, LegReport, LegSettings } from './terms.ts';
import { VitalSigns } from './vital-signs.ts';

/** Packets of all calls of a leg. */
export interface LegCounts {
  received: number;
  sent: number;
  lost: number;
  malformed: number;
  rejected: number;
}

/** Where a call's datagrams go; both are called synchronously. */
export interface LegLine {
  readonly sendRtp: SendDatagram;
  readonly sendRtcp: SendDatagram;
}

export interface LegPort extends LegOutPort {
  readonly random: Random;
}

/** Longer than the jitter of what we send: our transmission has ended or paused. */
const feedPauseMs = 60;
/** Talk that begins within this after the emergency key is the emergency. */
const emergencyWaitMs = 10_000;

export class Leg {
  readonly id: LegId;
  readonly settings: LegSettings;
  readonly inbound: LegIn;
  readonly out: LegOut;
  rtcp: RtcpSession | undefined;
  vitalSigns: VitalSigns | undefined;
  /** Set where loops are looked for. */
  readonly loop: LegLoop | undefined;
  /** RTP silence has been reported. */
  dead = false;
  /** The network of this leg has asked for the floor by signalling. */
  readonly signalled: boolean;

  readonly #random: Random;
  /** Of calls that have ended. */
  readonly #past: LegCounts = { received: 0, sent: 0, lost: 0, malformed: 0, rejected: 0 };
  #line: LegLine | undefined;
  #activeMs = -Infinity;
  #emergencyMs = -Infinity;
  #shown: LegReport | undefined;

  constructor(settings: LegSettings, port: LegPort, loop: LegLoop | undefined) {
    this.id = settings.leg;
    this.settings = settings;
    this.inbound = new LegIn(settings);
    this.out = new LegOut(settings, port);
    this.signalled = settings.keyIn.mode === 'signalled';
    this.#random = port.random;
    this.loop = loop;
  }

  /** Goes on where a leg of other settings ended: what was counted of it is counted on. */
  succeed(former: Leg): void {
    Object.assign(this.#past, former.counts);
    this.out.succeed(former.out);
    const { packetsBlocked, packetsForeign, framesConcealed } = former.inbound;
    Object.assign(this.inbound, { packetsBlocked, packetsForeign, framesConcealed });
  }

  get connected(): boolean {
    return this.#line !== undefined;
  }

  connect(media: LegMedia, line: LegLine, nowMs: number): void {
    this.#line = line;
    this.dead = false;
    this.inbound.connect(media);
    this.out.connect(media, this.#drawStart(), line.sendRtp, nowMs);
    this.vitalSigns = new VitalSigns(media.rtpTimeoutMs, nowMs);
    this.rtcp = new RtcpSession(media.cname, this.out.stream!, this.#random, nowMs);
  }

  /** The call is over. The far end is told with BYE. The caller takes the leg off the floor first. */
  disconnect(nowMs: number, utcMs: number): void {
    if (this.#line === undefined) return;
    if (this.rtcp !== undefined) {
      const bytes = this.rtcp.bye(this.inbound.input.statistics, nowMs, utcMs);
      this.#line.sendRtcp(bytes, bytes.length);
    }
    Object.assign(this.#past, this.counts);
    this.rtcp = undefined;
    this.vitalSigns = undefined;
    this.#line = undefined;
    this.inbound.disconnect();
    this.out.disconnect();
  }

  /** Totals over all calls since the leg was opened. */
  get counts(): LegCounts {
    const past = this.#past;
    if (this.#line === undefined) return { ...past };
    const { input } = this.inbound;
    return {
      received: past.received + input.statistics.packets,
      sent: past.sent + (this.out.stream?.sender.packets ?? 0),
      lost: past.lost + input.statistics.packetsLost,
      malformed: past.malformed + input.malformed + (this.rtcp?.malformed ?? 0),
      rejected: past.rejected + input.rejected,
    };
  }

  /** The far end pressed its emergency key: the talk under way, or the next soon, is an emergency. */
  raiseEmergency(nowMs: number): void {
    this.#emergencyMs = nowMs;
  }

  /** Its talk has ended, and the emergency with it. */
  endEmergency(): void {
    this.#emergencyMs = -Infinity;
  }

  /** Whether talk that begins now is an emergency. */
  inEmergency(nowMs: number): boolean {
    return nowMs - this.#emergencyMs <= emergencyWaitMs;
  }

  /** Activity that begins now may be the tail or the echo of what we sent; never that of somebody in distress. */
  mustGuard(nowMs: number): boolean {
    return !this.inEmergency(nowMs) && nowMs < this.out.sentMs + this.settings.guardMs;
  }

  /** The far end began to be active under guard. */
  guard(nowMs: number): void {
    this.#activeMs = nowMs;
    this.inbound.keepOnset(); // what was kept of an earlier talk is none of this one's
    this.inbound.become('guarded');
  }

  /**
   * The far end is still active. True when that has outlasted the guard: `guardMs` since it began and since we last sent
   * to it, so that neither a squelch tail nor an echo has. What it says is kept as long as we are silent.
   */
  outlastsGuard(nowMs: number): boolean {
    if (this.inbound.talk !== 'guarded') return false;
    this.inbound.keepWhileGuarded(nowMs > this.out.sentMs + feedPauseMs);
    return nowMs >= Math.max(this.out.sentMs, this.#activeMs) + this.settings.guardMs;
  }

  /** Our report if one is due. */
  reportWhenDue(nowMs: number, utcMs: number): void {
    if (this.rtcp === undefined || nowMs < this.rtcp.dueMs) return;
    const bytes = this.rtcp.report(this.inbound.input.statistics, nowMs, utcMs);
    this.#line?.sendRtcp(bytes, bytes.length);
  }

  /** When the call is held dead for want of packets; Infinity when it never is (on hold, or so configured). */
  get deadMs(): number {
    if (this.inbound.media?.receive !== true || this.dead) return Infinity;
    return this.vitalSigns?.deadMs ?? Infinity;
  }

  /** When this leg has something to do without a packet. */
  get dueMs(): number {
    const { inbound } = this;
    return Math.min(
      inbound.activity.dueMs,
      inbound.listens ? inbound.input.dueMs : Infinity,
      this.out.dueMs,
      this.rtcp?.dueMs ?? Infinity,
      this.loop?.dueMs ?? Infinity,
      this.deadMs,
    );
  }

  /** The report when it differs from the one last asked for. */
  changedReport(): LegReport | undefined {
    const { activity, talk } = this.inbound;
    const receiving = activity.active;
    const transmission = this.out.transmission;
    const blocked = receiving && talk !== 'talking';
    const isolated = this.loop?.isolated === true;
    const shown = this.#shown;
    const same = shown?.receiving === receiving && shown.transmission === transmission && shown.blocked === blocked;
    if (same && (shown.isolated === true) === isolated) return undefined;
    this.#shown = { leg: this.id, receiving, transmission, blocked, ...(isolated ? { isolated } : {}) };
    return this.#shown;
  }

  #drawStart(): StreamStart {
    const draw = (limit: number): number => Math.floor(this.#random.fraction() * limit);
    // SSRC 0 is legal, but some receivers take it for "none".
    return {
      ssrc: 1 + draw(0xffff_fffe),
      firstSequenceNumber: draw(0x8000),
      firstTimestamp: draw(0x1_0000_0000),
    };
  }
}
