/**
 * Our transmission towards one leg: keying its network, keeping the first word until it is ready, pacing, unkeying.
 *
 *            begin              granted                 end, nothing left
 *   idle ────────────▶ waiting ─────────▶ open ──────────────────────────▶ idle
 *                         │ denied, time-out │ network takes it back
 *                         └────▶ refused ◀───┘      (until the over ends)
 *
 * While it waits, voice goes into the first-word buffer. Once open, what waits is played slightly fast on a drift-free
 * 20 ms pace; when nothing is left the leg is `direct`: the group's voice, coded once for all, is copied and sent the
 * moment it arrives. After the over's end the rest is played out before the leg is unkeyed, and an over that begins
 * meanwhile goes on without unkeying.
 *
 * Pure: the caller gives the time and asks for the deadline. Voice is 20 ms at 16 kHz, or 160 octets of G.711.
 */
import { createFrame, frameMs, frameSamples, type PcmFrame } from '../media/frame.ts';
import { encodeG711, g711Silence } from '../media/g711.ts';
import { Downsampler } from '../media/resampler.ts';
import { eventOfDigit, TelephoneEventSender } from '../protocols/rtp/telephone-event.ts';
import { FirstWord } from './first-word.ts';
import { OutStream, type StreamStart } from './out-stream.ts';
import { Packetiser, type SendDatagram } from './packetiser.ts';
import type { LegMedia, LegSettings, LegTransmission, PartyId } from './terms.ts';

/** Who is to be heard on the far side. */
export interface Talk {
  readonly party: PartyId;
  readonly priority: number;
  readonly emergency: boolean;
}

export interface LegOutPort {
  /** Asks the network of a signalled leg to let us talk, or tells it that we are done. */
  readonly legTalk: (wanted: boolean, talk: Talk) => void;
  /** What `transmission` says has changed. */
  readonly changed: () => void;
  /** The leg is to be ticked at that time, which is earlier than it has last said. */
  readonly wake: (dueMs: number) => void;
}

type Stage = 'idle' | 'waiting' | 'open' | 'refused';

/** A call's media, from its answer to its end. */
interface Line {
  readonly media: LegMedia;
  readonly stream: OutStream;
  readonly packetiser: Packetiser;
  readonly silence: Uint8Array;
}

const octetsPerFrame = frameSamples / 2;
const eventTicks = octetsPerFrame;
/** A key is held for 60 ms: the shortest that detectors take for sure is 40 (ITU-T Q.24). */
const eventSchedule = { packetTicks: eventTicks, durationTicks: 3 * eventTicks };
/** Longer than the jitter of a radio network's line. */
const starvedMs = 60;
/** Scratch of one turn, empty again when it returns. */
const frame = createFrame();
const narrow = new Float32Array(octetsPerFrame);
const coded = new Uint8Array(octetsPerFrame);
/** Behind by more than this (the process was stopped), silence is not made up for. */
const stallMs = 200;

export class LegOut {
  /** Voice that this leg should have got and did not, since it was opened, ms. */
  lostMs = 0;
  /** When we last sent something that keys or is heard: what comes back may be its tail or echo. */
  sentMs = -Infinity;
  /** Next thing to be done on time; Infinity for none. */
  dueMs = Infinity;

  readonly #settings: LegSettings;
  readonly #port: LegOutPort;
  readonly #firstWord: FirstWord;
  readonly #downsampler = new Downsampler();
  readonly #events = new TelephoneEventSender(eventSchedule);

  #line: Line | undefined;
  #stage: Stage = 'idle';
  /** The over that is to be heard; undefined between overs, while the rest of the last one may still be playing. */
  #talk: Talk | undefined;
  #asked: Talk | undefined;
  /** Voice of the present keying has been sent. */
  #flowed = false;
  /** The waiting ends: with the grant of a `delay`, with a refusal otherwise. */
  #waitEndMs = Infinity;
  /** Next turn of the pace: event packets, voice that waited, silence. */
  #paceMs = Infinity;
  /** Voice that waited is not sent before. */
  #notBeforeMs = -Infinity;

  constructor(settings: LegSettings, port: LegOutPort) {
    this.#settings = settings;
    this.#port = port;
    this.#firstWord = new FirstWord(settings.firstWordMsMax);
  }

  get transmission(): LegTransmission {
    if (this.#stage === 'waiting') return 'requested';
    if (this.#stage === 'open') return this.#flowed ? 'flowing' : 'granted';
    return this.#stage;
  }

  /** Coded voice may be handed over with `hearCoded`: nothing waits that must be heard first. */
  get direct(): boolean {
    return this.#stage === 'open' && this.#talk !== undefined && this.#firstWord.backlogMs === 0 && !this.#events.busy;
  }

  get codec(): LegMedia['codec'] {
    return this.#line?.media.codec ?? 'PCMA';
  }

  /** Nothing of an over that has ended is left to be heard. */
  get settled(): boolean {
    return this.#firstWord.backlogMs === 0 || this.#stage === 'refused' || this.#stage === 'idle';
  }

  get stream(): OutStream | undefined {
    return this.#line?.stream;
  }

  /** A call stands. Voice of an over under way is keyed from here on. */
  connect(media: LegMedia, start: StreamStart, send: SendDatagram, nowMs: number): void {
    this.disconnect();
    const stream = new OutStream(start, 1000 * (octetsPerFrame / frameMs));
    const silenceOctet = g711Silence(media.codec);
    const packetiser = new Packetiser(stream, { ...media, silence: silenceOctet }, send);
    this.#line = { media, stream, packetiser, silence: new Uint8Array(octetsPerFrame).fill(silenceOctet) };
    if (this.#talk !== undefined) this.#key(this.#talk, nowMs);
    else this.#idle(nowMs);
  }

  /** The call is gone: what waited is lost. */
  disconnect(): void {
    if (this.#line === undefined) return;
    this.#drop();
    this.#unask();
    this.#line = undefined;
    this.#enter('idle');
    this.#paceMs = Infinity;
    this.#waitEndMs = Infinity;
    this.#update();
  }

  /** An over begins, or what is known of the talker changes. */
  begin(talk: Talk, nowMs: number): void {
    const another = this.#talk?.party !== talk.party;
    this.#talk = talk;
    if (this.#line === undefined || !this.#line.media.send) return;
    if (this.#stage === 'idle' || (this.#stage === 'refused' && another)) this.#key(talk, nowMs);
    else {
      if (another && this.#stage === 'open') this.#line.stream.beginOver();
      this.#ask(talk);
    }
  }

  /** The over has ended: the rest is played out, then the leg is unkeyed. */
  end(nowMs: number): void {
    this.#talk = undefined;
    if (this.#stage === 'refused') this.#unkey(nowMs);
    else if (this.#stage === 'open') this.#finishWhenEmpty(nowMs);
    else if (this.#stage === 'waiting' && this.#firstWord.backlogMs === 0) this.#unkey(nowMs);
    this.#update();
  }

  /** Nothing more towards this leg, at once: it talks itself. */
  stop(nowMs: number): void {
    this.#talk = undefined;
    this.#drop();
    if (this.#stage !== 'idle') this.#unkey(nowMs);
    this.#update();
  }

  /** Voice of the over, not yet coded: kept, or sent at its pace. */
  hear(frame: PcmFrame, nowMs: number): void {
    if (this.#line === undefined || (this.#stage !== 'waiting' && this.#stage !== 'open')) {
      this.lostMs += frameMs;
      return;
    }
    const turnSet = this.#firstWord.backlogMs >= frameMs || this.#events.busy;
    this.lostMs += this.#firstWord.push(frame);
    if (this.#stage === 'open' && !turnSet) {
      if (nowMs >= this.#notBeforeMs) this.#play(nowMs);
      else this.#paceMs = this.#notBeforeMs;
    }
    this.#update();
  }

  /** Voice of the over, coded for `codec` (160 octets). Only while `direct`. */
  hearCoded(coded: Uint8Array, positionMs: number, nowMs: number): void {
    this.#line?.packetiser.push(coded, positionMs, nowMs);
    this.sentMs = nowMs;
    this.#notBeforeMs = nowMs + frameMs;
    this.#paceMs = this.#whenStarved(nowMs);
    if (!this.#flowed) this.#hasFlowed();
    if (this.#paceMs < this.dueMs) this.#update();
  }

  /** The next voice belongs to other time: the mix changed. */
  rebase(): void {
    this.#line?.stream.rebase();
  }

  /** The network answered our wish to talk. An answer that comes after we gave up counts only if nobody was told so. */
  grant(granted: boolean, nowMs: number): void {
    const late = this.#stage === 'refused' && this.#talk !== undefined && this.#settings.grant.mode !== 'signalled';
    if (granted && (this.#stage === 'waiting' || late)) this.#open(nowMs);
    else if (!granted && (this.#stage === 'waiting' || this.#stage === 'open')) this.#refuse(nowMs);
    this.#update();
  }

  /** The far end pressed a key. */
  key(digit: string, nowMs: number): void {
    const { grant } = this.#settings;
    if (grant.mode !== 'telephone-event') return;
    if (digit === grant.granted) this.grant(true, nowMs);
    else if (digit === grant.denied) this.grant(false, nowMs);
  }

  tick(nowMs: number): void {
    if (this.#stage === 'waiting' && nowMs >= this.#waitEndMs) {
      if (this.#settings.grant.mode === 'delay') this.#open(nowMs);
      else this.#refuse(nowMs);
    }
    if (nowMs - this.#paceMs > stallMs) this.#paceMs = nowMs;
    for (let turns = stallMs / frameMs + 1; turns > 0 && nowMs >= this.#paceMs; turns--) this.#turn(nowMs);
    this.#update();
  }

  // ── keying ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #key(talk: Talk, nowMs: number): void {
    const { grant, keyOut } = this.#settings;
    if (this.#line?.media.send !== true) return;
    this.#line.stream.beginOver();
    this.#flowed = false;
    this.#ask(talk);
    if (keyOut.mode === 'telephone-event') this.#press(keyOut.on, nowMs);
    if (grant.mode === 'immediate' || (grant.mode === 'delay' && grant.delayMs === 0)) {
      this.#open(nowMs);
    } else {
      this.#waitEndMs = nowMs + (grant.mode === 'delay' ? grant.delayMs : grant.timeoutMs);
      this.#enter('waiting');
      if (this.#keysWithSilence) this.#pace(nowMs);
    }
    this.#update();
  }

  #open(nowMs: number): void {
    this.#waitEndMs = Infinity;
    this.#enter('open');
    if (this.#firstWord.backlogMs > 0) this.#pace(Math.max(nowMs, this.#notBeforeMs));
    else if (!this.#events.busy) this.#paceMs = this.#whenStarved(nowMs);
    if (this.#talk === undefined) this.#finishWhenEmpty(nowMs);
  }

  #refuse(nowMs: number): void {
    this.#drop();
    if (this.#talk === undefined) {
      this.#unkey(nowMs);
      return;
    }
    this.#waitEndMs = Infinity;
    this.#paceMs = Infinity;
    this.#enter('refused');
    this.#unask();
  }

  #finishWhenEmpty(nowMs: number): void {
    if (this.#firstWord.backlogMs === 0 && !this.#events.busy) this.#unkey(nowMs);
    else this.#pace(this.#notBeforeMs);
  }

  #unkey(nowMs: number): void {
    const { keyOut } = this.#settings;
    this.#line?.packetiser.flush();
    this.#waitEndMs = Infinity;
    this.#unask();
    this.#enter('idle');
    this.#paceMs = Infinity;
    if (keyOut.mode === 'telephone-event') this.#press(keyOut.off, nowMs);
    this.#idle(nowMs);
  }

  /** Between overs a `continuous` leg gets silence at the pace of its voice. */
  #idle(nowMs: number): void {
    if (this.#settings.keyOut.mode !== 'continuous' || this.#line?.media.send !== true) return;
    this.#pace(Math.max(nowMs, this.#notBeforeMs));
    this.#update();
  }

  #ask(talk: Talk): void {
    if (this.#settings.grant.mode !== 'signalled' && this.#settings.keyOut.mode !== 'signalled') return;
    const same = this.#asked;
    if (same?.party === talk.party && same.emergency === talk.emergency && same.priority === talk.priority) return;
    this.#asked = talk;
    this.#port.legTalk(true, talk);
  }

  #unask(): void {
    if (this.#asked === undefined) return;
    const talk = this.#asked;
    this.#asked = undefined;
    this.#port.legTalk(false, talk);
  }

  #press(digit: string, nowMs: number): void {
    const event = eventOfDigit(digit);
    if (event === undefined || this.#line?.media.telephoneEventPayloadType === undefined) return;
    const { stream } = this.#line;
    stream.sender.advance(stream.gapTicks(undefined, 0, nowMs));
    this.#events.begin(event, stream.sender.timestamp);
    this.#pace(nowMs);
  }

  // ── pace ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** One turn: a packet of an event, else 20 ms of voice that waited, else silence that keys or fills. */
  #turn(nowMs: number): void {
    const dueMs = this.#paceMs;
    if (this.#sendEvent()) {
      this.sentMs = nowMs;
      this.#paceMs = dueMs + frameMs;
      if (!this.#events.busy) this.#afterEvent(nowMs);
    } else if (this.#stage === 'open' && this.#hasVoice) this.#play(dueMs);
    else if (this.#stage === 'waiting' ? this.#keysWithSilence : this.#fillsWithSilence) this.#sendSilence(dueMs);
    else this.#paceMs = Infinity;
  }

  #sendSilence(dueMs: number): void {
    this.#line?.packetiser.push(this.#line.silence, undefined, dueMs);
    if (this.#stage === 'waiting') this.sentMs = dueMs;
    this.#notBeforeMs = dueMs + frameMs;
    this.#paceMs = dueMs + frameMs;
  }

  /** A frame waits, or the last part of one after the over. */
  get #hasVoice(): boolean {
    return this.#firstWord.backlogMs >= frameMs || this.#talk === undefined;
  }

  /** A `continuous` leg gets silence when the talker's voice stays away for longer than the network's jitter. */
  #whenStarved(nowMs: number): number {
    return this.#settings.keyOut.mode === 'continuous' ? nowMs + starvedMs : Infinity;
  }

  #sendEvent(): boolean {
    const line = this.#line;
    const event = line === undefined ? undefined : this.#events.next();
    if (line === undefined || event === undefined || line.media.telephoneEventPayloadType === undefined) return false;
    line.packetiser.sendEvent(event, line.media.telephoneEventPayloadType, this.#events.timestamp, this.#events.marker);
    return true;
  }

  #afterEvent(nowMs: number): void {
    if (this.#stage !== 'open') return;
    if (this.#talk === undefined) this.#finishWhenEmpty(nowMs);
    else if (!this.#hasVoice) this.#paceMs = this.#whenStarved(nowMs);
  }

  /** Plays 20 ms of what waits; what is then left is due 20 ms later, or goes with the next voice that arrives. */
  #play(dueMs: number): void {
    const line = this.#line;
    this.#paceMs = this.#whenStarved(dueMs);
    if (line === undefined) return;
    const ended = this.#talk === undefined;
    if (!this.#firstWord.pull(frame, ended)) {
      if (ended) this.#finishWhenEmpty(dueMs);
      return;
    }
    const samples = this.#downsampler.push(frame, frameSamples, narrow);
    encodeG711(line.media.codec, narrow, samples, coded, 0);
    line.packetiser.push(coded, undefined, dueMs);
    this.sentMs = dueMs;
    this.#notBeforeMs = dueMs + frameMs;
    if (!this.#flowed) this.#hasFlowed();
    if (ended) this.#finishWhenEmpty(dueMs);
    else if (this.#hasVoice) this.#paceMs = this.#notBeforeMs;
  }

  get #keysWithSilence(): boolean {
    const { mode } = this.#settings.keyOut;
    return mode === 'presence' || mode === 'continuous';
  }

  get #fillsWithSilence(): boolean {
    return this.#settings.keyOut.mode === 'continuous' && this.#line?.media.send === true;
  }

  // ── small helpers ──────────────────────────────────────────────────────────────────────────────────────────────

  #enter(stage: Stage): void {
    if (this.#stage === stage) return;
    this.#stage = stage;
    this.#port.changed();
  }

  #hasFlowed(): void {
    this.#flowed = true;
    this.#port.changed();
  }

  #drop(): void {
    this.lostMs += this.#firstWord.clear();
  }

  #pace(dueMs: number): void {
    if (dueMs < this.#paceMs) this.#paceMs = dueMs;
  }

  #update(): void {
    const dueMs = Math.min(this.#paceMs, this.#stage === 'waiting' ? this.#waitEndMs : Infinity);
    const sooner = dueMs < this.dueMs;
    this.dueMs = dueMs;
    if (sooner) this.#port.wake(dueMs);
  }
}
