/**
 * A shared group: its floor, its parties and who hears whom. Performs what the arbiter (floor.ts) decides; holds no rule of
 * its own about who may talk.
 *
 *   leg-talk.ts (what far ends do) ─┐               ┌─▶ group-overs.ts: numbers, tape, reports
 *   console-seats.ts ───────────────┼─▶ the floor ──┼─▶ legs are told and tuned to whom they hear
 *   group-announcements.ts, -proof ─┘               └─▶ floor-report.ts: everybody is told
 *
 * Pure: the caller says the time and promises to call `tick` at `dueMs`, which only ever moves earlier between ticks.
 */
import type { Random } from '../base/random.ts';
import { frameMs, type PcmFrame } from '../media/frame.ts';
import { OpusSpeechEncoder } from '../media/opus.ts';
import type { ConsoleFeed } from './console-feed.ts';
import { type ConsoleParty, ConsoleSeats } from './console-seats.ts';
import { cutTone, cutToneUnder } from './cut-tone.ts';
import type { FloorAction, FloorEvent, FloorRules, Grant, Member } from './floor.ts';
import { emergencyPriority } from './floor-queue.ts';
import { floorReport } from './floor-report.ts';
import { GroupAnnouncements } from './group-announcements.ts';
import { type GroupCore, legOf, operators } from './group-core.ts';
import type { GroupLoops, LoopPlaces } from './group-loops.ts';
import { GroupOvers } from './group-overs.ts';
import { GroupProof } from './group-proof.ts';
import { Leg, type LegLine, type LegPort } from './leg.ts';
import type { LegLoop } from './leg-loop.ts';
import { LegTalk } from './leg-talk.ts';
import { LoopWatch } from './loop-watch.ts';
import type { MicPacket } from './microphone.ts';
import { Overlap } from './overlap.ts';
import { RunningFloor } from './running-floor.ts';
import {
  type Announcement,
  announcementParty,
  type ConsoleId,
  type GroupEvent,
  type GroupId,
  type GroupSettings,
  type LegId,
  type LegMedia,
  type LegSettings,
  type LineProofOrder,
  type OverEnd,
  type PartyId,
} from './terms.ts';
import {
  fromLeg,
  fromLegInOrder,
  fromLegKept,
  type Listeners,
  SharedCoder,
  toLegsAfterOverlap,
  toListeners,
} from './voice-path.ts';
import type { OverTap, VoiceTap } from './voice-tape.ts';

export interface GroupPort {
  readonly report: (event: GroupEvent) => void;
  /** The group is to be ticked at that time, which is earlier than it has last said. */
  readonly wake: (dueMs: number) => void;
  /** UTC, ms since 1970; monotonic time with a fixed offset, so that stamps within a process keep their order. */
  readonly utcMs: (nowMs: number) => number;
  /** Number of the next over, larger than any before. */
  readonly nextOver: () => number;
  readonly random: Random;
  /** Shared by all groups of a process. */
  readonly loopPlaces: LoopPlaces;
  /** Where all that is said goes besides; absent: nowhere. */
  readonly tap?: VoiceTap;
}

/** What the floor was fed and did, told before it is performed. */
export type FloorWatcher = (event: FloorEvent, actions: readonly FloorAction[], nowMs: number) => void;

interface Asked {
  readonly priority?: number;
  readonly emergency?: boolean;
  readonly requestId?: number;
}

/** A queued console that has waited so long is told to try again. */
const queueTimeoutMs = 60_000;
/** No penalty after a talk limit: who waits goes first anyway (T9). */
const retryAfterMs = 0;

export class SharedGroup implements Listeners {
  readonly id: GroupId;
  /** In order of their ids, so that nothing depends on who was configured first. */
  readonly legs: Leg[] = [];
  readonly feeds: ConsoleFeed[] = [];
  readonly coder = new SharedCoder();
  readonly taps: ReadonlyMap<PartyId, OverTap>;
  overlap: Overlap | undefined;
  /** No later than the next thing to be done; `tick` makes it exact. */
  dueMs = Infinity;
  /** Frames that came from a party without the floor and went no further. */
  framesStopped = 0;

  readonly #port: GroupPort;
  readonly #floor: RunningFloor;
  readonly #overs: GroupOvers;
  readonly #loopWatch: LoopWatch;
  readonly #announcements: GroupAnnouncements;
  readonly #proof: GroupProof;
  readonly #talk: LegTalk;
  readonly #seats: ConsoleSeats;
  readonly #encoders = new Map<LegId, OpusSpeechEncoder>();
  /** Legs whose report may have changed since it was last said. */
  readonly #unpublished = new Set<Leg>();
  readonly #watchers = new Set<FloorWatcher>();
  #isExercise: boolean;
  #holder: PartyId | undefined;
  #overriding: PartyId | undefined;

  constructor(settings: GroupSettings, port: GroupPort) {
    this.id = settings.group;
    this.#port = port;
    this.#floor = new RunningFloor(rulesOf(settings));
    this.#isExercise = settings.exercise === true;
    const { utcMs, nextOver, tap } = port;
    const { id, legs, feeds } = this;
    this.#overs = new GroupOvers(
      { id, legs, floor: this.#floor, report: port.report },
      {
        ...{ utcMs, nextOver, ...(tap !== undefined && { tap }) },
        reported: (report) => {
          port.report({ name: 'over', report });
          if (report.party === announcementParty) this.#announcements.reported();
        },
      },
    );
    this.taps = this.#overs.taps;
    const core: GroupCore = {
      ...{ id, legs, feeds, taps: this.taps, floor: this.#floor, report: port.report },
      feed: (event, nowMs) => this.#feed(event, nowMs),
      answer: (action, nowMs) => this.#answer(action, nowMs),
      publish: (leg) => this.#publish(leg),
      wake: (dueMs) => this.#wake(dueMs),
      join: (leg, nowMs, returns) => this.#join(leg, nowMs, returns),
    };
    this.#loopWatch = new LoopWatch(core, settings.loops, port.loopPlaces);
    this.#announcements = new GroupAnnouncements(core);
    this.#proof = new GroupProof(core);
    this.#talk = new LegTalk(core, this.#proof, this.#loopWatch, {
      request: (leg, emergency, nowMs) => this.#request(leg.id, { emergency }, nowMs),
      hear: (leg, frame, positionMs, nowMs, kept) => this.#hearLeg(leg, frame, positionMs, nowMs, kept),
    });
    this.#seats = new ConsoleSeats({
      hearPacket: (console, packet, durationMs, nowMs) => this.#hearPacket(console, packet, durationMs, nowMs),
      hearFrame: (console, frame, positionMs, nowMs, kept) =>
        this.#hearConsole(console, frame, positionMs, nowMs, kept),
    });
  }

  // ── membership ─────────────────────────────────────────────────────────────────────────────────────────────────

  update(settings: GroupSettings, nowMs: number): void {
    this.#isExercise = settings.exercise === true;
    if (!this.#isExercise) this.#overs.turnReal(nowMs);
    this.#loopWatch.update(settings.loops);
    this.#feed({ name: 'rules', rules: rulesOf(settings) }, nowMs);
  }

  addLeg(settings: LegSettings, nowMs: number): Leg {
    const leg = this.#newLeg(settings);
    this.legs.push(leg);
    this.legs.sort((a, b) => (a.id < b.id ? -1 : 1));
    this.#settle(leg, nowMs);
    return leg;
  }

  /** A leg goes on with other settings and, for now, without a call: its membership stays, and what was counted. */
  replaceLeg(former: Leg, settings: LegSettings, nowMs: number): Leg {
    this.disconnectLeg(former, nowMs);
    const leg = this.#newLeg(settings, this.loops && former.loop);
    leg.succeed(former);
    this.legs[this.legs.indexOf(former)] = leg;
    this.#settle(leg, nowMs);
    return leg;
  }

  #newLeg(settings: LegSettings, known?: LegLoop): Leg {
    const sideToneMs = settings.keyIn.mode === 'extension' ? settings.guardMs : 0;
    const loop = known ?? this.newLoop(sideToneMs);
    const port: LegPort = {
      random: this.#port.random,
      legTalk: (wanted, { party, priority, emergency }) =>
        this.#port.report({ name: 'legTalk', leg: settings.leg, wanted, party, priority, emergency }),
      changed: () => this.#publish(leg),
      wake: (dueMs) => this.#wake(dueMs),
      sentLate: (frame, atMs) => this.loops?.sendLate(leg, frame, atMs),
    };
    const leg: Leg = new Leg(settings, port, loop);
    return leg;
  }

  #settle(leg: Leg, nowMs: number): void {
    this.#join(leg, nowMs);
    this.#retune(nowMs);
    this.#publish(leg);
    this.#sayReports();
  }

  removeLeg(leg: Leg, nowMs: number): void {
    this.disconnectLeg(leg, nowMs);
    this.#feed({ name: 'leave', party: leg.id }, nowMs);
    const index = this.legs.indexOf(leg);
    if (index !== -1) this.legs.splice(index, 1);
    this.#encoders.delete(leg.id);
    this.#overs.alive(leg.id);
    this.#loopWatch.remove(leg);
    this.#overs.settle(nowMs);
    this.#sayReports();
  }

  connectLeg(leg: Leg, media: LegMedia, line: LegLine, nowMs: number): void {
    this.disconnectLeg(leg, nowMs);
    leg.connect(media, line, nowMs);
    this.#publish(leg);
    this.#wake(leg.dueMs);
    this.#sayReports();
  }

  disconnectLeg(leg: Leg, nowMs: number): void {
    if (!leg.connected) return;
    this.#loopWatch.disconnect(leg);
    this.#lose(leg, nowMs);
    leg.disconnect(nowMs, this.#port.utcMs(nowMs));
    this.#publish(leg);
    this.#sayReports();
  }

  /** What it says ends here, whether its talker had done or not. */
  #lose(leg: Leg, nowMs: number): void {
    leg.inbound.activity.stop();
    this.#feed({ name: 'leave', party: leg.id }, nowMs);
    leg.inbound.become('quiet');
    this.#join(leg, nowMs);
  }

  /** The far end of a leg is dead: what seemed to be the end of its talk was none. */
  loseLeg(leg: LegId, nowMs: number): void {
    // Behind another's words it would say that he was cut.
    if (!this.#overs.endedCut(leg, nowMs)) return;
    const talk = { party: announcementParty, priority: 0, emergency: false };
    for (const { id, inbound, out } of this.legs) {
      if (id !== leg && !inbound.activity.active) out.signAlone(talk, cutTone, nowMs);
    }
    this.#sayReports();
  }

  joinConsole(console: ConsoleParty, mayTalk: boolean, nowMs: number): void {
    this.#seats.take(console, mayTalk);
    const member = { party: console.id, priorityMax: console.priority, mayTalk, mayQueue: true, canBeTold: true };
    this.#feed({ name: 'join', member: { ...member, kind: 'console' } }, nowMs);
    this.#announce(nowMs);
    this.#sayReports();
  }

  /** The console's priority changed. */
  updateConsole(console: ConsoleParty, nowMs: number): void {
    const seat = this.#seats.get(console.id);
    if (seat !== undefined) this.joinConsole(console, seat.mayTalk, nowMs);
  }

  /** Its microphone or its link is gone: what it says ends here, by no wish of its operator. */
  loseConsole(id: ConsoleId, nowMs: number): void {
    const seat = this.#seats.get(id);
    if (seat === undefined || (id !== this.#holder && id !== this.#overriding)) this.release(id, nowMs);
    else {
      this.#feed({ name: 'leave', party: id }, nowMs);
      this.joinConsole(seat.console, seat.mayTalk, nowMs);
    }
  }

  leaveConsole(console: ConsoleId, nowMs: number): void {
    this.#feed({ name: 'leave', party: console }, nowMs);
    this.#seats.leave(console);
    this.#sayReports();
  }

  /** A console's microphone came or went: while it talks, it is heard from here on. */
  onMicrophone(console: ConsoleParty, nowMs: number): void {
    if (this.#seats.get(console.id) === undefined) return;
    if (console.id !== this.#holder && console.id !== this.#overriding) return;
    this.#seats.hearFromNow(console, nowMs);
    this.#sayReports();
  }

  addFeed(feed: ConsoleFeed): void {
    this.feeds.push(feed);
  }

  removeFeed(feed: ConsoleFeed): void {
    const index = this.feeds.indexOf(feed);
    if (index !== -1) this.feeds.splice(index, 1);
  }

  /** Ends everything: overs, transmissions, membership. */
  close(nowMs: number): void {
    this.#announcements.close();
    this.#proof.close(nowMs);
    this.#feed({ name: 'leave', party: announcementParty }, nowMs);
    for (const leg of [...this.legs]) this.removeLeg(leg, nowMs);
    for (const console of this.#seats.ids) this.leaveConsole(console, nowMs);
    this.#overs.settle(nowMs, true);
  }

  // ── what parties do ────────────────────────────────────────────────────────────────────────────────────────────

  /** A party asks for the floor, by signalling. Without a priority its own counts. */
  request(party: PartyId, asked: Asked, nowMs: number): void {
    const leg = legOf(this, party);
    if (this.#proof.isUnderWay && leg !== undefined) {
      this.#proof.letHear(leg, asked, nowMs);
      this.#sayReports();
      return;
    }
    // Its voice cannot be judged before it is granted, so what may be ours has to ask again a moment later.
    if (leg !== undefined && asked.emergency !== true && this.#loopWatch.mustProve(leg, nowMs)) {
      const { requestId } = asked;
      const answer = { result: 'denied', cause: 'loop' } as const;
      this.#answer({ name: 'answer', party, ...(requestId === undefined ? {} : { requestId }), answer }, nowMs);
    } else this.#request(party, asked, nowMs);
    this.#sayReports();
  }

  #request(party: PartyId, asked: Asked, nowMs: number): void {
    if (!this.#floor.waits(party)) this.#seats.asks(party, nowMs);
    const own = this.#seats.get(party)?.console.priority ?? legOf(this, party)?.settings.priority ?? 0;
    this.#feed(
      {
        name: 'request',
        party,
        priority: asked.priority ?? own,
        emergency: asked.emergency ?? false,
        ...(asked.requestId === undefined ? {} : { requestId: asked.requestId }),
      },
      nowMs,
    );
  }

  release(party: PartyId, nowMs: number): void {
    this.#feed({ name: 'release', party }, nowMs);
    this.#sayReports();
  }

  /** A person takes a talker off the floor. */
  removeTalker(party: PartyId, nowMs: number): void {
    this.#feed({ name: 'remove', party }, nowMs);
    this.#sayReports();
  }

  /** Says something of the gateway's own as soon as nobody talks; an urgent one at once, but for an emergency. */
  announce(announcement: Announcement, nowMs: number): void {
    this.#announcements.add(announcement, nowMs);
    this.#sayReports();
  }

  /** It is not said, or no further: what it says is not so any more. */
  withdraw(announcement: string, nowMs: number): void {
    this.#announcements.withdraw(announcement, nowMs);
    this.#sayReports();
  }

  /** Sounds a tone on one leg and listens on all, in a group where nobody else is; ends at once when a person talks. */
  prove(order: LineProofOrder, nowMs: number): void {
    this.#proof.begin(order, nowMs);
    this.#sayReports();
  }

  /** The network of a signalled leg answered our wish to talk. */
  legGrant(leg: Leg, granted: boolean, nowMs: number): void {
    leg.out.grant(granted, nowMs);
    this.#overs.settle(nowMs);
    this.#sayReports();
  }

  /** A datagram from the locked source of a leg. */
  onLegDatagram(leg: Leg, bytes: Uint8Array, nowMs: number): void {
    if (leg.inbound.media?.receive !== true) return;
    this.#overs.alive(leg.id);
    if (this.#proof.isUnderWay) leg.inbound.watch(true);
    else this.#loopWatch.look(leg, nowMs);
    fromLeg(leg, bytes, nowMs, this.#talk);
    this.#wake(leg.dueMs);
    this.#sayReports();
  }

  onLegReport(leg: Leg, bytes: Uint8Array, nowMs: number): void {
    const malformed = leg.rtcp?.malformed;
    const news = leg.rtcp?.receive(bytes, leg.inbound.input.statistics, nowMs, this.#port.utcMs(nowMs));
    if (leg.rtcp?.malformed === malformed) {
      leg.vitalSigns?.rtcp(nowMs); // only what can be read is a sign of life
      this.#overs.alive(leg.id);
    }
    if (news?.name !== undefined) this.#port.report({ name: 'identity', leg: leg.id, address: news.name });
    if (news?.farEndHas !== undefined) leg.out.farEndHas(news.farEndHas);
    if (news?.bye === true) {
      leg.inbound.input.statistics.announceEnd();
      this.#talk.onEdge(leg, leg.inbound.activity.stop(), nowMs);
    }
    this.#wake(leg.deadMs);
    this.#sayReports();
  }

  // ── what is said ───────────────────────────────────────────────────────────────────────────────────────────────

  /** The floor gate: whoever does not hold it goes no further than here. */
  #hearLeg(leg: Leg, frame: PcmFrame, positionMs: number, nowMs: number, kept: boolean): void {
    if (!this.#mayBeHeard(leg.id)) return;
    this.#overs.spoke(leg.id);
    const encoder = this.#encoderOf(leg.id);
    // For consoles it is coded anyway; for the tape alone that would cost twenty times as much.
    if (encoder === undefined) this.taps.get(leg.id)?.hearFrame(frame, positionMs, nowMs);
    toListeners(this, leg.id, encoder, frame, positionMs, nowMs, kept);
  }

  #hearPacket(console: ConsoleId, packet: MicPacket, durationMs: number, nowMs: number): void {
    if (!this.#mayBeHeard(console)) return;
    const { bytes, offset, length, positionMs } = packet;
    for (const feed of this.feeds) {
      if (feed.active) feed.hear(operators, bytes, offset, length, positionMs, durationMs, nowMs);
    }
    this.taps.get(console)?.hear(bytes, offset, length, positionMs, durationMs, nowMs);
  }

  #hearConsole(console: ConsoleId, frame: PcmFrame, positionMs: number, nowMs: number, kept: boolean): void {
    if (!this.#mayBeHeard(console)) return;
    this.#overs.spoke(console);
    toListeners(this, console, undefined, frame, positionMs, nowMs, kept);
    this.#sayReports();
  }

  #mayBeHeard(party: PartyId): boolean {
    if (party === this.#holder || party === this.#overriding) return true;
    this.framesStopped += 1;
    return false;
  }

  /** Made when somebody first listens; a leg that no console hears has none. */
  #encoderOf(leg: LegId): OpusSpeechEncoder | undefined {
    if (!this.feeds.some((feed) => feed.active)) return undefined;
    let encoder = this.#encoders.get(leg);
    if (encoder === undefined) {
      encoder = new OpusSpeechEncoder();
      this.#encoders.set(leg, encoder);
    }
    return encoder;
  }

  // ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────

  tick(nowMs: number): void {
    for (const leg of this.legs) if (leg.dueMs <= nowMs) this.#tickLeg(leg, nowMs);
    for (const feed of this.feeds) feed.tick(nowMs, this.#port.utcMs(nowMs));
    if (this.#announcements.dueMs <= nowMs) this.#announcements.tick(nowMs);
    this.#proof.tick(nowMs);
    this.#floor.tick(
      nowMs,
      (party) => this.mediaMs(party),
      (event) => this.#feed(event, nowMs),
    );
    this.#overs.settle(nowMs);
    this.#sayReports();
    this.dueMs = this.#exactDueMs(nowMs);
  }

  #tickLeg(leg: Leg, nowMs: number): void {
    const { inbound } = leg;
    if (inbound.listens && inbound.input.dueMs <= nowMs) fromLegInOrder(leg, nowMs, this.#talk);
    const edge = inbound.activity.tick(nowMs);
    if (edge === 'fall') this.#overs.fallsSilent = leg.id;
    this.#talk.onEdge(leg, edge, nowMs);
    this.#overs.fallsSilent = undefined;
    leg.out.tick(nowMs);
    this.#loopWatch.tick(leg, nowMs);
    leg.reportWhenDue(nowMs, this.#port.utcMs(nowMs));
    const silent = leg.out.radio?.isDead(nowMs) === true;
    if (!leg.dead && (silent || nowMs >= leg.deadMs)) {
      leg.dead = true;
      if (silent) this.#lose(leg, nowMs); // no key outlives what says it
      this.loseLeg(leg.id, nowMs);
      this.#port.report({ name: 'legDead', leg: leg.id, reason: silent ? 'keep-alive' : 'rtp-timeout' });
    }
  }

  #exactDueMs(nowMs: number): number {
    let dueMs = Math.min(this.#floor.dueMs, this.#announcements.dueMs, this.#proof.dueMs);
    for (const leg of this.legs) dueMs = Math.min(dueMs, leg.dueMs);
    for (const feed of this.feeds) dueMs = Math.min(dueMs, feed.dueMs);
    // Reports that wait for a leg are looked after when that leg falls idle; this is for legs that never do.
    if (this.#overs.pending) dueMs = Math.min(dueMs, nowMs + 1000);
    // A deadline that its own tick did not move is a fault, which must not stop all other voice.
    return Math.max(dueMs, nowMs + 1);
  }

  #wake(dueMs: number): void {
    if (dueMs >= this.dueMs) return;
    this.dueMs = dueMs;
    this.#port.wake(dueMs);
  }

  // ── who looks on ───────────────────────────────────────────────────────────────────────────────────────────────

  /** From now on the floor is watched; what the watcher makes of it reaches nobody here. Returns the way to stop that. */
  watch(watcher: FloorWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  get rules(): FloorRules {
    return this.#floor.rules;
  }

  /** Undefined where loops are not looked for. */
  get loops(): GroupLoops | undefined {
    return this.#loopWatch.loops;
  }

  get members(): readonly Member[] {
    return [...this.#floor.members.values()];
  }

  /** When a party's media last arrived; −Infinity: not yet. */
  mediaMs(party: PartyId): number {
    const own = party === announcementParty ? (this.#proof.talkMs ?? this.#announcements.talkMs) : undefined;
    return legOf(this, party)?.inbound.talkMs ?? this.#seats.talkMs(party) ?? own ?? -Infinity;
  }

  /** When a party last spoke; −Infinity: not yet. */
  spokeMs(party: PartyId): number {
    return legOf(this, party)?.inbound.spokeMs ?? this.mediaMs(party);
  }

  /** So long before it was recognised a party had begun to speak, ms. */
  onsetMs(party: PartyId): number {
    const keyIn = legOf(this, party)?.settings.keyIn;
    return keyIn?.mode === 'vox' ? Math.max(0, keyIn.attackMs - frameMs) : 0;
  }

  /** By which a leg that looks on is judged as one of the group's would be; undefined where loops are not looked for. */
  newLoop(sideToneMs = 0): LegLoop | undefined {
    return this.#loopWatch.newLoop(sideToneMs);
  }

  // ── floor ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #feed(event: FloorEvent, nowMs: number): void {
    const actions = this.#floor.feed(event, nowMs);
    const { dueMs } = this.#floor;
    for (const watch of this.#watchers) watch(event, actions, nowMs);
    if (actions.length > 0) this.#perform(actions, nowMs);
    this.#wake(dueMs);
  }

  #perform(actions: readonly FloorAction[], nowMs: number): void {
    const started: Grant[] = [];
    let announced = false;
    const cut: PartyId[] = [];
    for (const action of actions) {
      if (action.name === 'answer') this.#answer(action, nowMs);
      else if (action.name === 'end') {
        if (this.#endOver(action.grant, action.end, nowMs)) cut.push(action.grant.party);
      } else if (action.name === 'begin') {
        this.#beginOver(action.grant, nowMs);
        started.push(action.grant);
      } else announced = true;
    }
    const urgent = started.some(({ emergency }) => emergency);
    if (cut.length > 0) this.#sayCut(cut, urgent, nowMs);
    this.#retune(nowMs);
    if (announced) this.#announce(nowMs);
    // Listeners are keyed by now, so what the talker had said before his grant can be heard.
    for (const { party } of started) if (this.#mayBeHeard(party)) this.#startHearing(party, nowMs);
    this.#overs.settle(nowMs);
  }

  /** Before whoever is next: legs are still tuned to whom they heard, but for the one that talks now. */
  #sayCut(cut: readonly PartyId[], urgent: boolean, nowMs: number): void {
    for (const { id, out } of this.legs) {
      if (cut.includes(id)) continue;
      if (urgent) out.signUnder(cutToneUnder);
      else out.sign(cutTone, nowMs);
    }
  }

  #answer(action: Extract<FloorAction, { name: 'answer' }>, nowMs: number): void {
    const { party, requestId, answer } = action;
    const leg = legOf(this, party);
    if (leg !== undefined && (answer.result === 'denied' || answer.result === 'queued')) {
      leg.inbound.become(leg.inbound.activity.active ? 'blocked' : 'quiet');
    } else if (leg !== undefined && answer.result === 'granted') leg.inbound.become('talking');
    const numbered = requestId === undefined ? {} : { requestId };
    this.#port.report({ name: 'answer', party, group: this.id, ...numbered, answer });
    const { result } = answer;
    if (leg !== undefined && result !== 'warned' && result !== 'released') leg.out.tell(result, nowMs);
    if (leg !== undefined) this.#publish(leg);
  }

  #beginOver(grant: Grant, nowMs: number): void {
    if (grant.party === announcementParty) this.#announcements.beginOver(nowMs);
    const leg = legOf(this, grant.party);
    if (leg !== undefined) {
      leg.out.stop(nowMs);
      leg.inbound.beginOver();
      leg.inbound.become('talking');
      leg.inbound.talkMs = Math.max(leg.inbound.talkMs, nowMs);
    }
    for (const feed of this.feeds) feed.beginOver(leg === undefined ? operators : leg.id);
    this.#overs.begin(grant, this.#isExercise, nowMs);
  }

  /** Whether he was heard and had more to say. */
  #endOver(grant: Grant, end: OverEnd, nowMs: number): boolean {
    const leg = legOf(this, grant.party);
    if (leg !== undefined) {
      this.#flush(leg, nowMs);
      // He has paused longer than the lease, by a key or a hold that outlasts it: what he says next asks anew.
      if (end === 'silence' && !leg.signalled) leg.inbound.activity.pause();
      leg.inbound.become(leg.inbound.activity.active ? 'blocked' : 'quiet');
      this.#publish(leg);
    } else if (grant.party === announcementParty) this.#announcements.endOver(nowMs);
    else this.#seats.hearNoMore(grant.party);
    return this.#overs.end(grant, end, nowMs);
  }

  /** The last part of a frame is heard, while the floor is still the talker's. */
  #flush(leg: Leg, nowMs: number): void {
    const last = leg.inbound.flushFrame();
    if (last === undefined) return;
    leg.inbound.condition(last);
    this.#hearLeg(leg, last, leg.inbound.positionMs, nowMs, false);
  }

  #startHearing(party: PartyId, nowMs: number): void {
    const leg = legOf(this, party);
    if (leg === undefined) this.#seats.hear(party, nowMs);
    else {
      fromLegKept(leg, nowMs, this.#talk);
      this.#publish(leg);
    }
  }

  /** Tells every leg whom it hears: all the holder, the holder's own leg whoever overrides him. */
  #retune(nowMs: number): void {
    const { holder, overriding } = this.#floor;
    const others = holder?.party !== this.#holder || overriding?.party !== this.#overriding;
    this.#holder = holder?.party;
    this.#overriding = overriding?.party;
    if (others && this.overlap !== undefined) toLegsAfterOverlap(this, this.overlap, nowMs);
    if (holder === undefined || overriding === undefined) this.overlap = undefined;
    else if (others) this.overlap = new Overlap(holder.party, overriding.party, nowMs);
    for (const leg of this.legs) {
      const heard = this.#heardBy(leg, holder, overriding);
      if (heard === undefined) leg.out.end(nowMs);
      else leg.out.begin(heard, nowMs);
      if (others) leg.out.rebase();
    }
  }

  #heardBy(leg: Leg, holder: Grant | undefined, overriding: Grant | undefined): Grant | undefined {
    const isFor = this.#proof.isUnderWay ? this.#proof.leg === leg.id : this.#announcements.isFor(leg.id);
    if (holder?.party === announcementParty && !isFor) return undefined;
    const heard = leg.id === holder?.party ? overriding : holder;
    // Whoever only listens is sent no emergency: it is an over like any other there.
    if (heard?.emergency !== true || leg.settings.mayTalk) return heard;
    return { ...heard, emergency: false, priority: Math.min(heard.priority, emergencyPriority - 1) };
  }

  #announce(nowMs: number): void {
    this.#port.report(floorReport(this.id, this.#floor, this.#overs, nowMs, this.#port.utcMs(nowMs)));
  }

  #join(leg: Leg, nowMs: number, returns = false): void {
    const { priorityMax, mayTalk, mayQueue, canBeTold = true } = leg.settings;
    const told = leg.signalled && canBeTold;
    const member = { party: leg.id, priorityMax, mayTalk, mayQueue, returns, canBeTold: told };
    this.#feed({ name: 'join', member: { ...member, kind: 'leg' } }, nowMs);
  }

  // ── reports of legs ────────────────────────────────────────────────────────────────────────────────────────────

  #publish(leg: Leg): void {
    this.#unpublished.add(leg);
  }

  /** What legs look like now that everything is done; what they looked like in between is nobody's business. */
  #sayReports(): void {
    if (this.#unpublished.size === 0) return;
    for (const leg of this.#unpublished) {
      const report = leg.changedReport();
      if (report !== undefined) this.#port.report({ name: 'leg', report });
    }
    this.#unpublished.clear();
  }
}

function rulesOf(settings: GroupSettings): FloorRules {
  const { talkLimitMs, talkWarnMs, leaseMs, graceMs, queueLimit, override } = settings;
  return { talkLimitMs, talkWarnMs, leaseMs, graceMs, queueLimit, override, queueTimeoutMs, retryAfterMs };
}
