/**
 * Our transmission towards one leg: keying its network, keeping the first word until it is ready, pacing, unkeying.
 *
 *            begin              granted                 end, nothing left
 *   idle ────────────▶ waiting ─────────▶ open ──────────────────────────▶ idle
 *                        ▲ │ denied, time-out │ network takes it back
 *            asked again │ ▼                  ▼
 *                       refused ◀─────────────┘      (until the over ends)
 *
 * While it waits, voice goes into the first-word buffer. Once open, what waits is played slightly fast on a drift-free
 * 20 ms pace; when nothing is left the leg is direct: the group's voice, coded once for all, is copied and sent the
 * moment it arrives. After the over's end the rest is played out before the leg is unkeyed, and an over that begins
 * meanwhile goes on without unkeying.
 *
 * The far end must never be in doubt whether we are keyed, nor we about what it knows:
 *
 *   held     While the talker's voice stays away, silence at the same pace keeps the key, wherever losing it would cost a
 *            set-up or the rest of the over: `continuous`, `telephone-event`, and `presence` unless granted at once.
 *   resumed  `presence`: the far end has surely not missed us within half of `releaseMs`, and has surely let go after
 *            all of it. An over that begins within the half goes on where the last one stopped; one that begins later
 *            is keyed anew, and where the far end must grant it, not before `releaseMs`: between the two nobody knows.
 *   lapsed   If we ourselves sent nothing for half of `releaseMs` (the process stood still), the leg is keyed anew.
 *   queued   A key that is pressed is never cut by the next; the wait for a grant begins when the key does. An over
 *            that begins before our key-up has gone out takes that back and goes on.
 *   anew     No answer in time: while the over goes on the leg is keyed anew, once.
 *   refused  The voice is kept, and the network asked again when its own talk ends and every second, as long as the over
 *            goes on. What does not fit into the buffer or is left at the end of the over is lost, and counted.
 *   answers  An answer counts only while our key is down: before, it belongs to an earlier keying.
 *
 * Pure: the caller gives the time and asks for the deadline. Voice is 20 ms at 16 kHz, or coded.
 */
import { type Codec, codecOf } from '../media/codec.ts';
import { createFrame, frameMs, frameSamples, type PcmFrame } from '../media/frame.ts';
import { Downsampler } from '../media/resampler.ts';
import { FirstWord } from './first-word.ts';
import { KeyPresses } from './key-presses.ts';
import { type KeyRules, keyRulesOf } from './key-rules.ts';
import { LegLine } from './leg-line.ts';
import type { OutStream, StreamStart } from './out-stream.ts';
import type { SendDatagram } from './packetiser.ts';
import type { RadioLine } from './radio-line.ts';
import type { AnswerDigits, LegMedia, LegSettings, LegTransmission, PartyId } from './terms.ts';

/** Who is to be heard on the far side. */
export interface Talk {
  readonly party: PartyId;
  readonly priority: number;
  readonly emergency: boolean;
}

export interface LegOutPort {
  /** Asks the network of a signalled leg to let us talk, or tells it that we are done. */
  readonly legTalk: (wanted: boolean, talk: Talk) => void;
  /** Voice of the over goes out at this leg's own pace. */
  readonly sentLate: (frame: PcmFrame, nowMs: number) => void;
  /** What `transmission` says has changed. */
  readonly changed: () => void;
  /** The leg is to be ticked at that time, which is earlier than it has last said. */
  readonly wake: (dueMs: number) => void;
}

type Stage = 'idle' | 'waiting' | 'open' | 'refused';

/** What was left when the key was let go: an over that begins at once goes on there. */
interface Left {
  readonly stage: 'waiting' | 'open';
  readonly stageDueMs: number;
}

/** A refused leg is asked again so often while the over goes on. */
const askAgainMs = 1000;
/** Scratch of one turn, empty again when it returns. */
const frame = createFrame();
const both = createFrame();
/** Without a call nothing is coded or pressed. */
const anyCodec = codecOf('PCMA');
const unheardClockHz = anyCodec.clockRateHz;
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
  readonly #rules: KeyRules;

  #line: LegLine | undefined;
  #presses = new KeyPresses(unheardClockHz);
  #stage: Stage = 'idle';
  /** The over that is to be heard; undefined between overs, while the rest of the last one may still be playing. */
  #talk: Talk | undefined;
  /** Of the over that is heard or was last. */
  #lastTalk: Talk | undefined;
  #asked: Talk | undefined;
  /** Voice of the present keying has been sent. */
  #flowed = false;
  /** A far end that has the packet of this number has heard of the present keying. */
  #provenBy = 0;
  #carried = false;
  /** While waiting: our key is down. Not yet as long as the far end may still have the last one, or a press waits. */
  #keyed = false;
  /** A press of our key has gone out, or is about to, and none that lets go. */
  #pressed = false;
  /** The far end may hold a key that was pressed on an earlier line, or by a process that died. */
  #doubtful = false;
  /** When our key last reached the line: pressed, or kept by a packet. */
  #heldMs = -Infinity;
  #left: Left | undefined;
  /** This over has been keyed anew for want of an answer. */
  #anew = false;
  /** What the stage waits for is due: the key, then the answer, or asking again. */
  #stageDueMs = Infinity;
  /** Next turn of the pace: event packets, voice that waited, silence. */
  #paceMs = Infinity;
  /** So much of what waits, at its end, is a sign and no voice of the over, ms. */
  #signMs = 0;
  /** Is heard under what is said next. */
  #under: readonly PcmFrame[] = [];
  /** Voice that waited is not sent before. */
  #notBeforeMs = -Infinity;

  constructor(settings: LegSettings, port: LegOutPort) {
    this.#settings = settings;
    this.#port = port;
    this.#firstWord = new FirstWord(settings.firstWordMsMax);
    this.#rules = keyRulesOf(settings);
  }

  get transmission(): LegTransmission {
    if (this.#stage === 'waiting') return 'requested';
    if (this.#stage === 'open') return this.#carried ? 'carried' : this.#flowed ? 'flowing' : 'granted';
    return this.#stage;
  }

  /** Coded voice may be handed over with `hearCoded`: nothing waits that must be heard first, and the key is kept. */
  isDirect(nowMs: number): boolean {
    const nothingWaits = this.#firstWord.backlogMs === 0 && this.#under.length === 0 && !this.#presses.busy;
    return this.#stage === 'open' && this.#talk !== undefined && nothingWaits && !this.#hasLapsed(nowMs);
  }

  /** What `hearCoded` is to be given. */
  get codec(): Codec {
    return this.#line?.codec ?? anyCodec;
  }

  /** Nothing of an over that has ended is left to be heard, but for the sign at its end. */
  get settled(): boolean {
    return this.#firstWord.backlogMs <= this.#signMs || this.#stage === 'refused' || this.#stage === 'idle';
  }

  get stream(): OutStream | undefined {
    return this.#line?.stream;
  }

  get radio(): RadioLine | undefined {
    return this.#line?.radio;
  }

  /** A call stands. Voice of an over under way is keyed from here on. */
  connect(media: LegMedia, start: StreamStart, send: SendDatagram, nowMs: number): void {
    this.disconnect();
    const line = new LegLine(media, start, send, this.#downsampler, nowMs);
    this.#presses = new KeyPresses(line.codec.clockRateHz);
    this.#line = line;
    if (this.#talk !== undefined) this.#key(nowMs);
    else {
      if (this.#doubtful) this.#letGoAgain(nowMs);
      this.#idle(nowMs);
    }
    // On hold nothing has been pressed, and the far end still has what it had.
    if (this.#presses.busy) this.#doubtful = false;
    this.#update();
  }

  /** Goes on where one of other settings ended: what it has lost, and a key that it may have left down. */
  succeed(former: LegOut): void {
    this.lostMs = former.lostMs;
    this.#doubtful = former.#doubtful;
  }

  /** The call that is connected next is not new: its far end may hold our key, which with digits only a digit ends. */
  doubtKey(): void {
    this.#doubtful = true;
  }

  /** The call is gone: what waited is lost. */
  disconnect(): void {
    if (this.#line === undefined) return;
    this.#drop();
    this.#unask();
    this.#line = undefined;
    this.#doubtful ||= this.#pressed || this.#presses.busy;
    this.#presses = new KeyPresses(unheardClockHz);
    this.#pressed = false;
    this.#keyed = false;
    this.#left = undefined;
    this.#heldMs = -Infinity;
    this.#stageDueMs = Infinity;
    this.#paceMs = Infinity;
    this.#enter('idle');
    this.#update();
  }

  /** An over begins, or what is known of the talker changes. */
  begin(talk: Talk, nowMs: number): void {
    const another = this.#talk?.party !== talk.party;
    const urgent = talk.emergency && this.#talk?.emergency !== true;
    this.#talk = talk;
    this.#lastTalk = talk;
    if (another) {
      this.#anew = false;
      // Nobody in distress waits for a sign.
      if (talk.emergency && this.#firstWord.backlogMs <= this.#signMs) this.#firstWord.clear();
      this.#signMs = 0;
    }
    if (this.#line === undefined || !this.#line.media.send) return;
    if (this.#stage === 'idle') {
      if (!this.#resume(nowMs)) this.#key(nowMs);
    } else if (this.#stage === 'refused') {
      if (another || urgent) this.#key(nowMs);
    } else {
      if (another && this.#stage === 'open') this.#line.stream.beginOver();
      if (this.#asked !== undefined) this.#ask(talk);
      if (this.#keyed) this.#line.radio?.press(talk, nowMs);
    }
  }

  /** The over has ended: the rest is played out, then the leg is unkeyed. */
  end(nowMs: number): void {
    const unheard = this.#under;
    this.#under = [];
    if (unheard.length > 0) this.sign(unheard, nowMs); // nobody said a word over it
    this.#talk = undefined;
    if (this.#stage === 'refused') {
      this.#drop();
      this.#unkey(nowMs);
    } else if (this.#stage === 'open') this.#finishWhenEmpty(nowMs);
    else if (this.#stage === 'waiting' && this.#firstWord.backlogMs === 0) this.#unkey(nowMs);
    this.#update();
  }

  /** Nothing more towards this leg, at once: it talks itself. */
  stop(nowMs: number): void {
    this.#talk = undefined;
    this.#under = [];
    this.#drop();
    if (this.#stage !== 'idle') this.#unkey(nowMs);
    this.#left = undefined;
    this.#update();
  }

  /** The far end's own talk has ended: a network that was busy with it may have us now. */
  ownTalkEnded(nowMs: number): void {
    if (this.#stage === 'refused' && this.#talk !== undefined) this.#key(nowMs);
    this.#update();
  }

  /** Tells the far end in its own signalling what became of its request, if it is set up to be told. */
  tell(answer: keyof AnswerDigits, nowMs: number): void {
    const digit = this.#settings.answers[answer];
    if (digit === undefined || this.#line?.media.telephoneEventPayloadType === undefined) return;
    this.#presses.say(digit);
    this.#paceEvents(nowMs);
    this.#update();
  }

  /** Voice of the over, not yet coded: kept, or sent at its pace. */
  hear(frame: PcmFrame, nowMs: number): void {
    if (this.#line === undefined || this.#stage === 'idle') {
      this.lostMs += frameMs;
      return;
    }
    if (this.#hasLapsed(nowMs)) this.#key(nowMs);
    this.#signMs = 0;
    const turnSet = this.#firstWord.backlogMs >= frameMs || this.#presses.busy;
    this.lostMs += this.#firstWord.push(this.#overSign(frame));
    if (this.#stage === 'open' && !turnSet) {
      if (nowMs >= this.#notBeforeMs) this.#play(nowMs);
      else this.#paceMs = this.#notBeforeMs;
    }
    this.#update();
  }

  /** A sign at the end of the over, behind all that was said of it; left out where nothing was, or nothing more fits in. */
  sign(frames: readonly PcmFrame[], nowMs: number): void {
    const signMs = frames.length * frameMs;
    if (!this.#isHeard || this.#firstWord.backlogMs + signMs > this.#settings.firstWordMsMax) return;
    for (const each of frames) this.hear(each, nowMs);
    this.#signMs = signMs;
  }

  /** The same under the first words of somebody who must not wait for it. */
  signUnder(frames: readonly PcmFrame[]): void {
    if (this.#isHeard) this.#under = frames;
  }

  /** The same when the over has ended and no other has begun: the leg is keyed for it. */
  signAlone(talk: Talk, frames: readonly PcmFrame[], nowMs: number): void {
    this.begin(talk, nowMs);
    if (this.#stage === 'open' || this.#stage === 'waiting') {
      for (const each of frames) this.hear(each, nowMs);
      this.#signMs = frames.length * frameMs;
    }
    this.end(nowMs);
  }

  /** 20 ms of the over, coded by `codec`. Only while `isDirect`. */
  hearCoded(coded: Uint8Array, positionMs: number, nowMs: number): void {
    this.#line?.packetiser.push(coded, positionMs, nowMs);
    this.sentMs = nowMs;
    this.#heldMs = nowMs;
    this.#notBeforeMs = nowMs + frameMs;
    this.#paceMs = nowMs + this.#rules.fillAfterMs;
    if (!this.#flowed) this.#hasFlowed();
    if (this.#paceMs < this.dueMs) this.#update();
  }

  /** The far end says up to which of our packets it has got (low 16 bits of RFC 3550 §6.4.1's number). */
  farEndHas(sequenceNumber: number): void {
    if (this.#carried || !this.#flowed || ((sequenceNumber - this.#provenBy) & 0xffff) >= 0x8000) return;
    this.#carried = true;
    this.#port.changed();
  }

  /** The next voice belongs to other time: the mix changed. */
  rebase(): void {
    this.#line?.stream.rebase();
  }

  /** The network answered our wish to talk. */
  grant(granted: boolean, nowMs: number): void {
    const asked = (this.#stage === 'waiting' && this.#keyed) || this.#stage === 'open';
    if (!granted && asked) this.#refuse(nowMs);
    else if (granted && asked && this.#stage === 'waiting') this.#open(nowMs);
    // We had let go when it came: the network is to be had, and has to be asked again.
    else if (granted && this.#settings.grant.mode !== 'signalled') this.ownTalkEnded(nowMs);
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
    if (this.#hasLapsed(nowMs)) this.#key(nowMs);
    if (nowMs >= this.#stageDueMs) this.#onStageDue(nowMs);
    if (nowMs - this.#paceMs > stallMs) this.#paceMs = nowMs;
    for (let turns = stallMs / frameMs + 1; turns > 0 && nowMs >= this.#paceMs; turns--) this.#turn(nowMs);
    this.#line?.radio?.tick(nowMs); // after whatever keyed or spoke in this turn
    this.#update();
  }

  /** The radio of this leg said something. */
  radioHeard(nowMs: number): void {
    const answer = this.#line?.radio?.answer;
    if (answer !== undefined) this.grant(answer === 'onAir', nowMs);
  }

  // ── keying ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Keys the network: now, or as soon as it has surely let go of our last key. */
  #key(nowMs: number): void {
    const { grant } = this.#settings;
    if (this.#line?.media.send !== true) return;
    this.#line.stream.beginOver();
    this.#left = undefined;
    this.#flowed = false;
    this.#carried = false;
    this.#keyed = false;
    if (!this.#fillsBetween && !this.#presses.busy) this.#paceMs = Infinity;
    if (grant.mode === 'immediate' || (grant.mode === 'delay' && grant.delayMs === 0)) {
      this.#pressKey(nowMs);
      this.#open(nowMs);
    } else {
      this.#enter('waiting');
      this.#stageDueMs = Math.max(nowMs, this.#heldMs + this.#rules.releaseMs);
      if (nowMs >= this.#stageDueMs) this.#pressKey(nowMs);
    }
    this.#update();
  }

  #pressKey(nowMs: number): void {
    const { keyOut } = this.#settings;
    this.#stageDueMs = Infinity;
    if (this.#lastTalk !== undefined) this.#ask(this.#lastTalk);
    if (keyOut.mode === 'telephone-event' && this.#line?.media.telephoneEventPayloadType !== undefined) {
      this.#pressed = true;
      this.#presses.press(keyOut.on);
      this.#paceEvents(nowMs); // the key is down when its turn has come
    } else {
      if (this.#lastTalk !== undefined) this.#line?.radio?.press(this.#lastTalk, nowMs);
      this.#onKeyDown(nowMs);
    }
  }

  /** From here on the far end knows that we are keyed. */
  #onKeyDown(nowMs: number): void {
    const { grant } = this.#settings;
    this.#keyed = true;
    this.#heldMs = nowMs;
    if (this.#stage !== 'waiting') return;
    if (grant.mode === 'delay') this.#stageDueMs = nowMs + grant.delayMs;
    else if (grant.mode !== 'immediate') this.#stageDueMs = nowMs + grant.timeoutMs;
    if (this.#keysWithSilence) this.#pace(nowMs);
  }

  #onStageDue(nowMs: number): void {
    if (this.#stage === 'refused') this.#key(nowMs);
    else if (!this.#keyed) this.#pressKey(nowMs);
    else if (this.#settings.grant.mode === 'delay') this.#open(nowMs);
    else if (this.#talk !== undefined && !this.#anew) {
      this.#anew = true;
      this.#letGo(nowMs);
      this.#key(nowMs);
    } else this.#refuse(nowMs);
  }

  /** The far end cannot have missed our key since it was let go: it goes on where it was. */
  #resume(nowMs: number): boolean {
    const left = this.#left;
    this.#left = undefined;
    const { keyOut } = this.#settings;
    if (left === undefined) return false;
    if (keyOut.mode === 'telephone-event') {
      if (!this.#presses.takeBack(keyOut.off)) return false;
      this.#pressed = true;
    } else if (nowMs - this.#heldMs >= this.#rules.keptMs) return false;
    this.#keyed = true;
    this.#flowed = false;
    this.#carried = false;
    this.#line?.stream.beginOver();
    this.#enter(left.stage);
    this.#stageDueMs = left.stageDueMs;
    this.#pace(left.stage === 'open' ? Math.max(nowMs, this.#heldMs + this.#rules.fillAfterMs) : nowMs);
    this.#update();
    return true;
  }

  #open(nowMs: number): void {
    this.#stageDueMs = Infinity;
    this.#anew = false;
    this.#enter('open');
    if (this.#firstWord.backlogMs > 0) this.#pace(Math.max(nowMs, this.#notBeforeMs));
    else if (!this.#presses.busy) this.#paceMs = nowMs + this.#rules.fillAfterMs;
    if (this.#talk === undefined) this.#finishWhenEmpty(nowMs);
  }

  #refuse(nowMs: number): void {
    this.#letGo(nowMs);
    this.#left = undefined;
    if (this.#talk === undefined) {
      this.#drop();
      this.#unkey(nowMs);
      return;
    }
    this.#enter('refused');
    this.#stageDueMs = nowMs + askAgainMs;
    this.#idle(nowMs);
  }

  #finishWhenEmpty(nowMs: number): void {
    if (this.#presses.busy) this.#paceEvents(nowMs);
    else if (this.#firstWord.backlogMs > 0) this.#pace(Math.max(nowMs, this.#notBeforeMs));
    else this.#unkey(nowMs);
  }

  #unkey(nowMs: number): void {
    this.#letGo(nowMs);
    this.#enter('idle');
    this.#idle(nowMs);
  }

  /** Our key is up; what is left of it is known, so that it can be taken up again. */
  #letGo(nowMs: number): void {
    const { keyOut } = this.#settings;
    if (this.#keyed && !this.#rules.isExplicit && (this.#stage === 'open' || this.#stage === 'waiting')) {
      this.#left = { stage: this.#stage, stageDueMs: this.#stageDueMs };
    }
    this.#line?.packetiser.flush(nowMs);
    this.#line?.radio?.release(nowMs);
    this.#unask();
    this.#keyed = false;
    this.#stageDueMs = Infinity;
    if (keyOut.mode === 'telephone-event' && this.#pressed) {
      this.#pressed = false;
      if (!this.#presses.takeBack(keyOut.on)) this.#presses.press(keyOut.off);
    }
    if (this.#presses.busy) this.#paceEvents(nowMs);
    else this.#paceMs = Infinity;
  }

  #letGoAgain(nowMs: number): void {
    const { keyOut } = this.#settings;
    const media = this.#line?.media;
    if (keyOut.mode !== 'telephone-event' || media?.telephoneEventPayloadType === undefined || !media.send) return;
    this.#presses.press(keyOut.off);
    this.#paceEvents(nowMs);
    this.#update();
  }

  /** Between overs a `continuous` leg gets silence at the pace of its voice. */
  #idle(nowMs: number): void {
    if (!this.#fillsBetween) return;
    this.#pace(Math.max(nowMs, this.#notBeforeMs));
    this.#update();
  }

  /** We ourselves sent nothing for so long that the far end may have let go of our key. */
  #hasLapsed(nowMs: number): boolean {
    const holds = this.#stage === 'open' || this.#stage === 'waiting';
    return holds && this.#keyed && nowMs - this.#heldMs >= this.#rules.keptMs;
  }

  #ask(talk: Talk): void {
    if (!this.#rules.asks) return;
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

  // ── pace ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** One turn: a packet of an event, else 20 ms of voice that waited, else silence that keys or fills. */
  #turn(nowMs: number): void {
    const dueMs = this.#paceMs;
    if (this.#sendEvent(nowMs)) {
      this.#paceMs = dueMs + frameMs;
      if (!this.#presses.busy) this.#afterEvent(nowMs);
    } else if (this.#stage === 'open' && this.#hasVoice) this.#play(dueMs);
    else if (this.#sendsSilence) this.#sendSilence(dueMs);
    else this.#paceMs = Infinity;
  }

  #sendSilence(dueMs: number): void {
    this.#line?.sendSilence(dueMs);
    if (this.#keyed) {
      this.sentMs = dueMs;
      this.#heldMs = dueMs;
    }
    this.#notBeforeMs = dueMs + frameMs;
    this.#paceMs = dueMs + frameMs;
  }

  /** A frame waits, or the last part of one after the over. */
  get #hasVoice(): boolean {
    return this.#firstWord.backlogMs >= frameMs || this.#talk === undefined;
  }

  #sendEvent(nowMs: number): boolean {
    const line = this.#line;
    const payloadType = line?.media.telephoneEventPayloadType;
    if (line === undefined || payloadType === undefined) return false;
    if (this.#presses.ready) {
      line.packetiser.flush(nowMs);
      line.stream.sender.advance(line.stream.gapTicks(undefined, 0, nowMs));
      const begun = this.#presses.begin(line.stream.sender.timestamp);
      if (begun === 'key' && this.#pressed && !this.#keyed) this.#onKeyDown(nowMs);
      if (begun === 'key') this.sentMs = nowMs;
    }
    const event = this.#presses.next();
    if (event === undefined) return false;
    line.packetiser.sendEvent(event, payloadType, this.#presses.timestamp, this.#presses.marker, nowMs);
    return true;
  }

  #afterEvent(nowMs: number): void {
    if (this.#stage !== 'open') return;
    if (this.#talk === undefined) this.#finishWhenEmpty(nowMs);
    else if (!this.#hasVoice) this.#paceMs = nowMs + this.#rules.fillAfterMs;
  }

  /** Plays 20 ms of what waits; what is then left is due 20 ms later, or goes with the next voice that arrives. */
  #play(dueMs: number): void {
    const line = this.#line;
    this.#paceMs = dueMs + this.#rules.fillAfterMs;
    if (line === undefined) return;
    const ended = this.#talk === undefined;
    if (!this.#firstWord.pull(frame, ended)) {
      if (ended) this.#finishWhenEmpty(dueMs);
      return;
    }
    line.send(frame, dueMs);
    this.#port.sentLate(frame, dueMs);
    this.sentMs = dueMs;
    this.#heldMs = dueMs;
    this.#notBeforeMs = dueMs + frameMs;
    if (!this.#flowed) this.#hasFlowed();
    if (ended) this.#finishWhenEmpty(dueMs);
    else if (this.#hasVoice) this.#paceMs = this.#notBeforeMs;
  }

  /** Our key is silence, or wants to be kept by it. */
  get #keysWithSilence(): boolean {
    return this.#settings.keyOut.mode !== 'signalled';
  }

  get #fillsBetween(): boolean {
    return this.#settings.keyOut.mode === 'continuous' && this.#line?.media.send === true;
  }

  get #sendsSilence(): boolean {
    if (this.#stage === 'waiting' && this.#keyed) return this.#keysWithSilence;
    return this.#fillsBetween || (this.#stage === 'open' && this.#rules.fillAfterMs !== Infinity);
  }

  // ── small helpers ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Something of the over has been heard or will be. */
  get #isHeard(): boolean {
    if (this.#talk === undefined) return false;
    return this.#stage === 'open' || (this.#stage === 'waiting' && this.#firstWord.backlogMs > 0);
  }

  /** Both together, lent until the next call. */
  #overSign(voice: PcmFrame): PcmFrame {
    const [sign, ...rest] = this.#under;
    if (sign === undefined) return voice;
    this.#under = rest;
    for (let i = 0; i < frameSamples; i++) both[i] = voice[i]! + sign[i]!;
    return both;
  }

  #enter(stage: Stage): void {
    if (this.#stage === stage) return;
    this.#stage = stage;
    this.#port.changed();
  }

  #hasFlowed(): void {
    this.#flowed = true;
    // The one after those that are written now: an older one would prove nothing.
    this.#provenBy = this.#line?.stream.sender.sequenceNumber ?? 0;
    this.#port.changed();
  }

  #drop(): void {
    this.lostMs += this.#firstWord.clear();
  }

  /** What is under way keeps its pace. */
  #paceEvents(nowMs: number): void {
    if (this.#presses.ready || this.#paceMs === Infinity) this.#pace(nowMs);
  }

  #pace(dueMs: number): void {
    if (dueMs < this.#paceMs) this.#paceMs = dueMs;
  }

  #update(): void {
    const dueMs = Math.min(this.#paceMs, this.#stageDueMs, this.#line?.radio?.dueMs ?? Infinity);
    const sooner = dueMs < this.dueMs;
    this.dueMs = dueMs;
    if (sooner) this.#port.wake(dueMs);
  }
}
