/**
 * A shared group: its floor, its parties and who hears whom. Performs what the arbiter (floor.ts) decides and turns
 * what legs do into requests; holds no rule of its own about who may talk.
 *
 * Pure: the caller says the time and promises to call `tick` at `dueMs`, which only ever moves earlier between ticks.
 */

import type { Random } from '../base/random.ts';
import { frameMs, type PcmFrame } from '../media/frame.ts';
import { OpusSpeechEncoder } from '../media/opus.ts';
import { delayMsMax } from '../media/print-track.ts';
import type { Edge } from './activity.ts';
import { Announcer } from './announcer.ts';
import type { ConsoleFeed } from './console-feed.ts';
import { cutTone, cutToneUnder, isCut, UnsaidEnds } from './cut-tone.ts';
import {
  deadlineMs,
  type FloorAction,
  type FloorEvent,
  type FloorRules,
  type FloorState,
  type Grant,
  holderOf,
  idleFloor,
  type Member,
  overridingOf,
  step,
} from './floor.ts';
import { emergencyPriority } from './floor-queue.ts';
import { GroupLoops, type LoopPlaces } from './group-loops.ts';
import { Leg, type LegLine, type LegPort } from './leg.ts';
import { LegLoop } from './leg-loop.ts';
import { LineProof } from './line-proof.ts';
import type { MicListener, MicPacket, Microphone } from './microphone.ts';
import { OverLog } from './over-log.ts';
import { Overlap } from './overlap.ts';
import type { RadioState } from './radio-line.ts';
import {
  type Announcement,
  type AnnouncementEnd,
  announcementParty,
  type ConsoleId,
  type FloorHolder,
  type GroupEvent,
  type GroupId,
  type GroupSettings,
  type LegId,
  type LegMedia,
  type LegSettings,
  type LineProofEnd,
  type LineProofOrder,
  type LoopSettings,
  type OverEnd,
  type PartyId,
} from './terms.ts';
import {
  fromLeg,
  fromLegInOrder,
  fromLegKept,
  type Listeners,
  type PathGroup,
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

/** A console as its groups see it; its microphone comes and goes. */
export interface ConsoleParty {
  readonly id: ConsoleId;
  priority: number;
  microphone: Microphone | undefined;
}

/** What the floor was fed and did, told before it is performed. */
export type FloorWatcher = (event: FloorEvent, actions: readonly FloorAction[], nowMs: number) => void;

interface Asked {
  readonly priority?: number;
  readonly emergency?: boolean;
  readonly requestId?: number;
}

interface Seat extends MicListener {
  readonly console: ConsoleParty;
  mayTalk: boolean;
  requestedMs: number;
}

/** A queued console that has waited so long is told to try again. */
const queueTimeoutMs = 60_000;
/** No penalty after a talk limit: who waits goes first anyway (T9). */
const retryAfterMs = 0;
const operators = 'operators';
/** An announcement that finds no place in the queue asks again. */
const askAgainMs = 1000;

export class SharedGroup implements PathGroup, Listeners {
  readonly id: GroupId;
  /** In order of their ids, so that nothing depends on who was configured first. */
  readonly legs: Leg[] = [];
  readonly feeds: ConsoleFeed[] = [];
  readonly coder = new SharedCoder();
  readonly taps = new Map<PartyId, OverTap>();
  overlap: Overlap | undefined;
  readonly loops: GroupLoops | undefined;
  /** No later than the next thing to be done; `tick` makes it exact. */
  dueMs = Infinity;
  /** Frames that came from a party without the floor and went no further. */
  framesStopped = 0;

  readonly #port: GroupPort;
  readonly #loopSettings: LoopSettings | undefined;
  readonly #seats = new Map<ConsoleId, Seat>();
  readonly #encoders = new Map<LegId, OpusSpeechEncoder>();
  /** Legs whose report may have changed since it was last said. */
  readonly #unpublished = new Set<Leg>();
  readonly #overs: OverLog;
  readonly #watchers = new Set<FloorWatcher>();
  #legsMade = 0;
  readonly #announcer = new Announcer();
  /** Said to its end, and perhaps still on its way to slow legs. */
  #announced: Announcement | undefined;
  #askedMs = -Infinity;
  #proof: LineProof | undefined;
  /** Who has been heard in his over. */
  readonly #spoken = new Set<PartyId>();
  readonly #unsaid = new UnsaidEnds();
  #lastOver = 0;
  /** Whose packets have just stopped, by which alone it is known that he ended. */
  #fallsSilent: LegId | undefined;
  #floor: FloorState;
  #isExercise: boolean;
  #holder: PartyId | undefined;
  #overriding: PartyId | undefined;

  constructor(settings: GroupSettings, port: GroupPort) {
    this.id = settings.group;
    this.#port = port;
    this.#floor = idleFloor(rulesOf(settings));
    this.#loopSettings = settings.loops;
    this.#isExercise = settings.exercise === true;
    if (settings.loops !== undefined) this.loops = new GroupLoops(port.loopPlaces);
    this.#overs = new OverLog(settings.group, (report) => {
      port.report({ name: 'over', report });
      if (report.party === announcementParty) this.#reportAnnounced();
    });
  }

  // ── membership ─────────────────────────────────────────────────────────────────────────────────────────────────

  update(settings: GroupSettings, nowMs: number): void {
    this.#isExercise = settings.exercise === true;
    if (!this.#isExercise) for (const tap of this.taps.values()) tap.turnReal(nowMs);
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
    const leg = this.#newLeg(settings, former.loop);
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
    this.#unsaid.clear(leg.id);
    if (leg.loop?.isolated) this.#sayLoop(leg, false);
    this.#overs.settle(this.legs, nowMs);
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
    this.loops?.leave(leg);
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
    const over = this.#unsaid.takeCut(leg, nowMs);
    if (over === undefined || this.#isCall) return;
    this.#overs.amend(over, 'left');
    this.#port.tap?.amend(over, 'left');
    this.#port.report({ name: 'cut', group: this.id, over, party: leg, end: 'left', late: true });
    // Behind another's words it would say that he was cut.
    if (over !== this.#lastOver || holderOf(this.#floor) !== undefined) return;
    const talk = { party: announcementParty, priority: 0, emergency: false };
    for (const { id, inbound, out } of this.legs) {
      if (id !== leg && !inbound.activity.active) out.signAlone(talk, cutTone, nowMs);
    }
    this.#sayReports();
  }

  joinConsole(console: ConsoleParty, mayTalk: boolean, nowMs: number): void {
    const known = this.#seats.get(console.id);
    if (known === undefined) this.#seats.set(console.id, this.#newSeat(console, mayTalk));
    else known.mayTalk = mayTalk;
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
    this.#seats.delete(console);
    this.#sayReports();
  }

  /** A console's microphone came or went: while it talks, it is heard from here on. */
  onMicrophone(console: ConsoleParty, nowMs: number): void {
    const seat = this.#seats.get(console.id);
    if (seat === undefined || (console.id !== this.#holder && console.id !== this.#overriding)) return;
    console.microphone?.open(seat, nowMs, nowMs);
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
    for (const announcement of this.#announcer.takeAll()) this.#tellAnnounced(announcement, 'cut');
    if (this.#proof !== undefined) this.#endProof(this.#proof, 'gone', nowMs);
    this.#feed({ name: 'leave', party: announcementParty }, nowMs);
    for (const leg of [...this.legs]) this.removeLeg(leg, nowMs);
    for (const console of [...this.#seats.keys()]) this.leaveConsole(console, nowMs);
    this.#overs.settle(this.legs, nowMs, true);
  }

  // ── what parties do ────────────────────────────────────────────────────────────────────────────────────────────

  /** A party asks for the floor, by signalling. Without a priority its own counts. */
  request(party: PartyId, asked: Asked, nowMs: number): void {
    const leg = this.legs.find(({ id }) => id === party);
    if (this.#proof !== undefined && leg !== undefined) {
      this.#letHear(this.#proof, leg, asked, nowMs);
      this.#sayReports();
      return;
    }
    // Its voice cannot be judged before it is granted, so what may be ours has to ask again a moment later.
    if (leg !== undefined && asked.emergency !== true && this.#mustProve(leg, nowMs)) {
      const { requestId } = asked;
      const answer = { result: 'denied', cause: 'loop' } as const;
      this.#answer({ name: 'answer', party, ...(requestId === undefined ? {} : { requestId }), answer }, nowMs);
    } else this.#request(party, asked, nowMs);
    this.#sayReports();
  }

  #request(party: PartyId, asked: Asked, nowMs: number): void {
    const seat = this.#seats.get(party);
    if (seat !== undefined && !this.#waits(party)) seat.requestedMs = nowMs;
    const own = seat?.console.priority ?? this.legs.find((leg) => leg.id === party)?.settings.priority ?? 0;
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

  /** Says something of the gateway's own as soon as nobody talks; an urgent one at once, but for an emergency. */
  announce(announcement: Announcement, nowMs: number): void {
    const refused = this.#announcer.add(announcement, nowMs);
    if (refused !== undefined) this.#tellAnnounced(refused, 'refused');
    this.#wake(this.#announcer.dueMs);
    this.#askToAnnounce(nowMs);
    this.#sayReports();
  }

  /** It is not said, or no further: what it says is not so any more. */
  withdraw(announcement: string, nowMs: number): void {
    const isSpoken = this.#announcer.current?.announcement === announcement;
    const withdrawn = this.#announcer.withdraw(announcement);
    if (withdrawn === undefined) return;
    if (isSpoken || this.#announcer.wish === undefined)
      this.#feed({ name: 'release', party: announcementParty }, nowMs);
    this.#tellAnnounced(withdrawn, 'cut');
    this.#askToAnnounce(nowMs);
    this.#sayReports();
  }

  /** Sounds a tone on one leg and listens on all, in a group where nobody else is; ends at once when a person talks. */
  prove(order: LineProofOrder, nowMs: number): void {
    const isGone = this.legs.find(({ id }) => id === order.leg)?.connected !== true;
    const isBusy = this.#proof !== undefined || holderOf(this.#floor) !== undefined;
    const proof = new LineProof(order, nowMs);
    if (isGone || isBusy) {
      this.#port.report({ name: 'proved', ...proof.report(this.id, isGone ? 'gone' : 'busy') });
      return;
    }
    this.#proof = proof;
    const member = { party: announcementParty, priorityMax: 15, mayTalk: true, mayQueue: true, canBeTold: true };
    this.#feed({ name: 'join', member: { ...member, kind: 'announcement' } }, nowMs);
    this.#feed({ name: 'request', party: announcementParty, priority: 14, emergency: false, patient: true }, nowMs);
    this.#wake(proof.dueMs);
    this.#sayReports();
  }

  /** Its network says that somebody talks there: who that is shows in what he says, which goes to nobody. */
  #letHear(proof: LineProof, leg: Leg, { emergency, requestId }: Asked, nowMs: number): void {
    if (emergency === true) {
      proof.person(leg.id, nowMs);
      this.#wake(proof.dueMs);
      return;
    }
    const numbered = requestId === undefined ? {} : { requestId };
    const answer = { result: 'granted', talkLimitMs: this.#floor.rules.talkLimitMs } as const;
    this.#answer({ name: 'answer', party: leg.id, ...numbered, answer }, nowMs);
  }

  #tickProof(proof: LineProof, nowMs: number): void {
    const leg = this.legs.find(({ id }) => id === proof.order.leg);
    const end = proof.tick(nowMs, leg?.out.isDirect(nowMs) === true, (frame) => {
      leg?.out.hear(frame, nowMs);
      this.taps.get(announcementParty)?.hearFrame(frame, nowMs, nowMs);
    });
    if (leg?.connected !== true) this.#endProof(proof, 'gone', nowMs);
    else if (holderOf(this.#floor)?.party !== announcementParty) this.#endProof(proof, 'person', nowMs);
    else if (end !== undefined) this.#endProof(proof, end, nowMs);
  }

  #endProof(proof: LineProof, end: LineProofEnd, nowMs: number): void {
    this.#proof = undefined;
    for (const { id, inbound } of this.legs) {
      inbound.watch(false);
      if (inbound.talk === 'talking')
        this.#answer({ name: 'answer', party: id, answer: { result: 'revoked', cause: 'cancelled' } }, nowMs);
      inbound.become(inbound.activity.active ? 'blocked' : 'quiet');
    }
    this.#feed({ name: 'release', party: announcementParty }, nowMs);
    this.#port.report({ name: 'proved', ...proof.report(this.id, end) });
  }

  #askToAnnounce(nowMs: number): void {
    const wish = this.#announcer.wish;
    if (wish === undefined) return;
    const member = { party: announcementParty, priorityMax: 15, mayTalk: true, mayQueue: true, canBeTold: true };
    this.#feed({ name: 'join', member: { ...member, kind: 'announcement' } }, nowMs);
    const patient = wish.urgency === 'patient';
    this.#askedMs = nowMs;
    this.#feed(
      { name: 'request', party: announcementParty, priority: patient ? 14 : 15, emergency: false, patient },
      nowMs,
    );
  }

  #tickAnnouncer(nowMs: number): void {
    for (const late of this.#announcer.takeLate(nowMs)) this.#tellAnnounced(late, 'late');
    if (this.#announcer.current === undefined) {
      // One that was denied, or waited longer than a place in the queue lasts, asks again.
      if (!this.#waits(announcementParty)) this.#askToAnnounce(nowMs);
      return;
    }
    const said = this.#announcer.tick(nowMs, (legs, frame, packet, positionMs) => {
      for (const leg of this.legs) if (legs.includes(leg.id)) leg.out.hear(frame, nowMs);
      if (packet === undefined) return;
      for (const feed of this.feeds) {
        if (feed.active) feed.hear(operators, packet, 0, packet.length, positionMs, frameMs, nowMs);
      }
      this.taps.get(announcementParty)?.hear(packet, 0, packet.length, positionMs, frameMs, nowMs);
    });
    if (!said) return;
    this.#announced = this.#announcer.end();
    this.#feed({ name: 'release', party: announcementParty }, nowMs);
  }

  /** The over of an announcement has been reported: it is played out wherever it can be. */
  #reportAnnounced(): void {
    if (this.#announced !== undefined) this.#tellAnnounced(this.#announced, 'played');
    this.#announced = undefined;
  }

  #tellAnnounced({ announcement }: Announcement, end: AnnouncementEnd): void {
    this.#port.report({ name: 'announced', group: this.id, announcement, end });
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

  /** The network of a signalled leg answered our wish to talk. */
  legGrant(leg: Leg, granted: boolean, nowMs: number): void {
    leg.out.grant(granted, nowMs);
    this.#overs.settle(this.legs, nowMs);
    this.#sayReports();
  }

  /** A datagram from the locked source of a leg. */
  onLegDatagram(leg: Leg, bytes: Uint8Array, nowMs: number): void {
    if (leg.inbound.media?.receive !== true) return;
    this.#unsaid.clear(leg.id);
    if (this.#proof !== undefined) leg.inbound.watch(true);
    else if (this.loops !== undefined) leg.inbound.watch(this.loops.watches(leg, nowMs));
    fromLeg(leg, bytes, nowMs, this);
    this.#wake(leg.dueMs);
    this.#sayReports();
  }

  onLegReport(leg: Leg, bytes: Uint8Array, nowMs: number): void {
    const malformed = leg.rtcp?.malformed;
    const news = leg.rtcp?.receive(bytes, leg.inbound.input.statistics, nowMs, this.#port.utcMs(nowMs));
    if (leg.rtcp?.malformed === malformed) {
      leg.vitalSigns?.rtcp(nowMs); // only what can be read is a sign of life
      this.#unsaid.clear(leg.id);
    }
    if (news?.name !== undefined) this.#port.report({ name: 'identity', leg: leg.id, address: news.name });
    if (news?.farEndHas !== undefined) leg.out.farEndHas(news.farEndHas);
    if (news?.bye === true) {
      leg.inbound.input.statistics.announceEnd();
      this.onEdge(leg, leg.inbound.activity.stop(), nowMs);
    }
    this.#wake(leg.deadMs);
    this.#sayReports();
  }

  onEdge(leg: Leg, edge: Edge, nowMs: number): void {
    if (edge === 'fall') this.#hearShort(leg, nowMs);
    if (edge !== undefined) leg.loop?.startOver();
    if (edge === 'rise') this.#onRise(leg, nowMs);
    else if (edge === 'fall') {
      this.#withdraw(leg, nowMs);
      leg.out.ownTalkEnded(nowMs);
    } else return;
    this.#publish(leg);
  }

  #onRise(leg: Leg, nowMs: number): void {
    const { inbound } = leg;
    if (inbound.talk === 'talking') return; // its network had asked before the first packet came
    if (leg.signalled) {
      if (inbound.talk === 'quiet') inbound.become('blocked');
    } else if (leg.mustGuard(nowMs) || this.#mustProve(leg, nowMs)) leg.guard(nowMs);
    else {
      inbound.keepOnset();
      this.#request(leg.id, { emergency: leg.inEmergency(nowMs) }, nowMs);
    }
  }

  onTalk(leg: Leg, nowMs: number): void {
    leg.inbound.spokeMs = nowMs;
    if (!leg.outlastsGuard(nowMs) || this.#mustProve(leg, nowMs)) return;
    this.#request(leg.id, {}, nowMs);
    this.#publish(leg);
  }

  onKey(leg: Leg, digit: string, nowMs: number): void {
    leg.out.key(digit, nowMs);
    if (digit === leg.settings.keyIn.emergency) this.#onEmergencyKey(leg, nowMs);
    else this.onEdge(leg, leg.inbound.activity.key(digit, nowMs), nowMs);
  }

  onEmergency(leg: Leg, nowMs: number): void {
    this.#onEmergencyKey(leg, nowMs);
  }

  onRadio(leg: Leg, state: RadioState): void {
    this.#port.report({ name: 'radio', leg: leg.id, ...state });
  }

  /** The floor at once, for the talk under way or the one that follows; without any it is free again after the lease. */
  #onEmergencyKey(leg: Leg, nowMs: number): void {
    const { activity, talk } = leg.inbound;
    leg.raiseEmergency(nowMs);
    this.#proof?.person(leg.id, nowMs);
    if (leg.settings.keyIn.mode === 'telephone-event') activity.key(leg.settings.keyIn.on, nowMs);
    if (leg.settings.keyIn.mode === 'extension') activity.extension(true);
    if (talk === 'quiet') leg.inbound.keepOnset();
    this.#request(leg.id, { emergency: true }, nowMs);
    this.#publish(leg);
  }

  /** What a leg says, heard or not, while it may be what we sent: if it is, the leg is isolated. */
  onVoice(leg: Leg, frame: PcmFrame, positionMs: number, nowMs: number): void {
    if (this.#proof !== undefined) {
      this.#proof.hear(leg.id, frame, positionMs, nowMs);
      this.#wake(this.#proof.dueMs);
      return;
    }
    const { loop } = leg;
    if (loop === undefined || this.loops === undefined || !leg.inbound.watched || this.#isUrgent(leg, nowMs)) return;
    const before = loop.isolated;
    if (!loop.hear(frame, positionMs, nowMs, this.loops.sent)) return;
    this.#keepOut(leg, frame, nowMs);
    if (!before) this.#sayLoop(leg, true);
    this.#publish(leg);
    this.#wake(leg.dueMs);
  }

  /** What might be ours ends before it can be judged: where it is unlike what came back before, it is heard now. */
  #hearShort(leg: Leg, nowMs: number): void {
    const { loop, inbound } = leg;
    if (this.loops === undefined || loop === undefined || !loop.wary || inbound.talk !== 'guarded') return;
    if (loop.endsAsOwn(this.loops.sent, nowMs)) this.#request(leg.id, {}, nowMs);
  }

  /** Its talk has no floor and asks for none; if a talker of its own follows, he is heard from his first word on. */
  #keepOut(leg: Leg, frame: PcmFrame, nowMs: number): void {
    const { inbound } = leg;
    inbound.keepLonger(delayMsMax);
    if (inbound.talk === 'guarded') return;
    this.#join(leg, nowMs, true);
    this.#join(leg, nowMs);
    if (leg.signalled) inbound.become('blocked');
    else {
      leg.guard(nowMs);
      leg.outlastsGuard(nowMs); // kept from this frame on, unless we send
      if (inbound.keeps) inbound.keep(frame);
    }
    this.#publish(leg);
  }

  #sayLoop({ id, loop }: Leg, isolated: boolean): void {
    if (loop === undefined) return;
    const { delayMs, likeness, times } = loop;
    this.#port.report({ name: 'loop', leg: id, group: this.id, isolated, delayMs, likeness, times });
  }

  /** A leg on which our voice came back: what it says now may be ours, and has not been recognised as its own. */
  #mustProve(leg: Leg, nowMs: number): boolean {
    const { loop } = leg;
    if (loop === undefined || !loop.wary || loop.isOwn) return false;
    return this.loops?.mayReturn(leg, nowMs) === true && !this.#isUrgent(leg, nowMs);
  }

  /** Nobody in distress is taken for a loop. */
  #isUrgent(leg: Leg, nowMs: number): boolean {
    const holder = holderOf(this.#floor);
    return leg.inEmergency(nowMs) || (holder?.party === leg.id && holder.emergency);
  }

  /** The floor gate: whoever does not hold it goes no further than here. */
  onFrame(leg: Leg, frame: PcmFrame, positionMs: number, nowMs: number, kept: boolean): void {
    if (!this.#mayBeHeard(leg.id)) return;
    this.#spoken.add(leg.id);
    const encoder = this.#encoderOf(leg.id);
    // For consoles it is coded anyway; for the tape alone that would cost twenty times as much.
    if (encoder === undefined) this.taps.get(leg.id)?.hearFrame(frame, positionMs, nowMs);
    toListeners(this, leg.id, encoder, frame, positionMs, nowMs, kept);
  }

  // ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────

  tick(nowMs: number): void {
    for (const leg of this.legs) if (leg.dueMs <= nowMs) this.#tickLeg(leg, nowMs);
    for (const feed of this.feeds) feed.tick(nowMs, this.#port.utcMs(nowMs));
    if (this.#announcerDueMs <= nowMs) this.#tickAnnouncer(nowMs);
    if (this.#proof !== undefined && this.#proof.dueMs <= nowMs) this.#tickProof(this.#proof, nowMs);
    if (deadlineMs(this.#floor) <= nowMs) {
      this.#tellMedia(holderOf(this.#floor), nowMs);
      this.#tellMedia(overridingOf(this.#floor), nowMs);
      if (deadlineMs(this.#floor) <= nowMs) this.#feed({ name: 'tick' }, nowMs);
    }
    this.#overs.settle(this.legs, nowMs);
    this.#sayReports();
    this.dueMs = this.#exactDueMs(nowMs);
  }

  #tickLeg(leg: Leg, nowMs: number): void {
    const { inbound } = leg;
    if (inbound.listens && inbound.input.dueMs <= nowMs) fromLegInOrder(leg, nowMs, this);
    const edge = inbound.activity.tick(nowMs);
    if (edge === 'fall') this.#fallsSilent = leg.id;
    this.onEdge(leg, edge, nowMs);
    this.#fallsSilent = undefined;
    leg.out.tick(nowMs);
    this.#tickLoop(leg, nowMs);
    leg.reportWhenDue(nowMs, this.#port.utcMs(nowMs));
    const silent = leg.out.radio?.isDead(nowMs) === true;
    if (!leg.dead && (silent || nowMs >= leg.deadMs)) {
      leg.dead = true;
      if (silent) this.#lose(leg, nowMs); // no key outlives what says it
      this.loseLeg(leg.id, nowMs);
      this.#port.report({ name: 'legDead', leg: leg.id, reason: silent ? 'keep-alive' : 'rtp-timeout' });
    }
  }

  #tickLoop(leg: Leg, nowMs: number): void {
    const { loop } = leg;
    if (loop === undefined || nowMs < loop.dueMs) return;
    loop.tick(nowMs);
    this.#sayLoop(leg, loop.isolated);
    this.#publish(leg);
  }

  /** One that waits without a place in the queue looks again every second. */
  get #announcerDueMs(): number {
    const { wish, dueMs } = this.#announcer;
    return wish === undefined || this.#waits(announcementParty) ? dueMs : Math.min(dueMs, this.#askedMs + askAgainMs);
  }

  #exactDueMs(nowMs: number): number {
    let dueMs = Math.min(deadlineMs(this.#floor), this.#announcerDueMs, this.#proof?.dueMs ?? Infinity);
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

  /** The lease runs from the last media; the arbiter is told of them only when it matters. */
  #tellMedia(grant: Grant | undefined, nowMs: number): void {
    if (grant === undefined) return;
    this.#feed({ name: 'media', party: grant.party, atMs: this.mediaMs(grant.party) }, nowMs);
  }

  /** When a party's media last arrived; −Infinity: not yet. */
  mediaMs(party: PartyId): number {
    const leg = this.legs.find(({ id }) => id === party);
    const console = this.#seats.get(party)?.console.microphone?.talkMs;
    const own = party === announcementParty ? (this.#proof ?? this.#announcer).talkMs : undefined;
    return leg?.inbound.talkMs ?? console ?? own ?? -Infinity;
  }

  /** When a party last spoke; −Infinity: not yet. */
  spokeMs(party: PartyId): number {
    return this.legs.find(({ id }) => id === party)?.inbound.spokeMs ?? this.mediaMs(party);
  }

  /** So long before it was recognised a party had begun to speak, ms. */
  onsetMs(party: PartyId): number {
    const keyIn = this.legs.find(({ id }) => id === party)?.settings.keyIn;
    return keyIn?.mode === 'vox' ? Math.max(0, keyIn.attackMs - frameMs) : 0;
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

  get members(): readonly Member[] {
    return [...this.#floor.members.values()];
  }

  /** By which a leg that looks on is judged as one of the group's would be; undefined where loops are not looked for. */
  newLoop(sideToneMs = 0): LegLoop | undefined {
    return this.#loopSettings && new LegLoop(++this.#legsMade, this.#loopSettings, sideToneMs);
  }

  // ── floor ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #feed(event: FloorEvent, nowMs: number): void {
    const { state, actions } = step(this.#floor, event, nowMs);
    this.#floor = state;
    for (const watch of this.#watchers) watch(event, actions, nowMs);
    if (actions.length > 0) this.#perform(actions, nowMs);
    this.#wake(deadlineMs(state));
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
    this.#overs.settle(this.legs, nowMs);
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
    const leg = this.legs.find(({ id }) => id === party);
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
    if (grant.party === announcementParty && this.#announcer.begin(nowMs)) this.#wake(nowMs);
    const leg = this.legs.find(({ id }) => id === grant.party);
    if (leg !== undefined) {
      leg.out.stop(nowMs);
      leg.inbound.beginOver();
      leg.inbound.become('talking');
      leg.inbound.talkMs = Math.max(leg.inbound.talkMs, nowMs);
    }
    for (const feed of this.feeds) feed.beginOver(leg === undefined ? operators : leg.id);
    const over = this.#port.nextOver();
    this.#lastOver = over;
    this.#spoken.delete(grant.party);
    if (this.#port.tap !== undefined) {
      // Nobody in distress is filed under exercises.
      const about = { group: this.id, over, party: grant.party, exercise: this.#isExercise && !grant.emergency };
      this.taps.set(grant.party, this.#port.tap.begin(about, nowMs));
    }
    this.#overs.begin(over, grant, this.legs, nowMs, this.#port.utcMs(nowMs));
  }

  /** Whether he was heard and had more to say. */
  #endOver(grant: Grant, end: OverEnd, nowMs: number): boolean {
    const leg = this.legs.find(({ id }) => id === grant.party);
    if (leg !== undefined) {
      this.#flush(leg, nowMs);
      // He has paused longer than the lease, by a key or a hold that outlasts it: what he says next asks anew.
      if (end === 'silence' && !leg.signalled) leg.inbound.activity.pause();
      leg.inbound.become(leg.inbound.activity.active ? 'blocked' : 'quiet');
      this.#publish(leg);
    } else if (grant.party === announcementParty) {
      const cut = this.#announcer.cut();
      if (cut !== undefined) this.#tellAnnounced(cut, 'cut');
      this.#askedMs = -Infinity; // it, or the next one, asks at once
      this.#wake(nowMs);
    } else {
      const seat = this.#seats.get(grant.party);
      if (seat !== undefined) seat.console.microphone?.close(seat);
    }
    const isTold = grant.party !== announcementParty && !this.#isCall;
    const cut = isCut(end) && isTold && this.#spoken.has(grant.party);
    this.#noteEnd(grant.party, end, cut, nowMs);
    const tap = this.taps.get(grant.party);
    if (cut) for (const [index, frame] of cutTone.entries()) tap?.hearFrame(frame, index * frameMs, nowMs);
    tap?.end(nowMs, end);
    this.taps.delete(grant.party);
    this.#overs.end(grant, end, nowMs);
    return cut;
  }

  /** A telephone line: its end is heard as such, and most often wished. */
  get #isCall(): boolean {
    return this.#floor.rules.override === 'duplex';
  }

  #noteEnd(party: PartyId, end: OverEnd, cut: boolean, nowMs: number): void {
    const over = this.#overs.underWay(party)?.number;
    if (over === undefined) return;
    if (cut) this.#port.report({ name: 'cut', group: this.id, over, party, end, late: false });
    if (this.#fallsSilent === party && this.#spoken.has(party)) this.#unsaid.add(party, over, nowMs);
  }

  /** The last part of a frame is heard, while the floor is still the talker's. */
  #flush(leg: Leg, nowMs: number): void {
    const last = leg.inbound.flushFrame();
    if (last === undefined) return;
    leg.inbound.condition(last);
    this.onFrame(leg, last, leg.inbound.positionMs, nowMs, false);
  }

  #startHearing(party: PartyId, nowMs: number): void {
    const leg = this.legs.find(({ id }) => id === party);
    if (leg !== undefined) {
      fromLegKept(leg, nowMs, this);
      this.#publish(leg);
      return;
    }
    const seat = this.#seats.get(party);
    seat?.console.microphone?.open(seat, seat.requestedMs, nowMs);
  }

  /** A leg no longer talks: its wish and its floor go with it. */
  #withdraw(leg: Leg, nowMs: number): void {
    const { talk } = leg.inbound;
    leg.endEmergency();
    if (!leg.signalled && talk !== 'quiet' && talk !== 'guarded') this.#feed({ name: 'release', party: leg.id }, nowMs);
    if (!leg.signalled || leg.inbound.talk !== 'talking') leg.inbound.become('quiet');
  }

  /** Tells every leg whom it hears: all the holder, the holder's own leg whoever overrides him. */
  #retune(nowMs: number): void {
    const holder = holderOf(this.#floor);
    const overriding = overridingOf(this.#floor);
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
    const isFor = this.#proof === undefined ? this.#announcer.isFor(leg.id) : this.#proof.order.leg === leg.id;
    if (holder?.party === announcementParty && !isFor) return undefined;
    const heard = leg.id === holder?.party ? overriding : holder;
    // Whoever only listens is sent no emergency: it is an over like any other there.
    if (heard?.emergency !== true || leg.settings.mayTalk) return heard;
    return { ...heard, emergency: false, priority: Math.min(heard.priority, emergencyPriority - 1) };
  }

  #announce(nowMs: number): void {
    const utcMs = this.#port.utcMs(nowMs);
    const holder = this.#holderSnapshot(holderOf(this.#floor));
    const overriding = this.#holderSnapshot(overridingOf(this.#floor));
    this.#port.report({
      name: 'floor',
      floor: {
        group: this.id,
        ...(holder === undefined ? {} : { holder }),
        ...(overriding === undefined ? {} : { overriding }),
        queue: this.#floor.queue.map(({ party, priority, emergency, sinceMs }) => ({
          party,
          priority,
          ...(emergency && { emergency }),
          sinceUtcMs: Math.round(utcMs - (nowMs - sinceMs)),
        })),
      },
    });
  }

  #holderSnapshot(grant: Grant | undefined): FloorHolder | undefined {
    const over = grant === undefined ? undefined : this.#overs.underWay(grant.party);
    if (grant === undefined || over === undefined) return undefined;
    const { party, priority, emergency } = grant;
    return { party, priority, emergency, over: over.number, sinceUtcMs: Math.round(over.startUtcMs) };
  }

  #mayBeHeard(party: PartyId): boolean {
    if (party === this.#holder || party === this.#overriding) return true;
    this.framesStopped += 1;
    return false;
  }

  #waits(party: PartyId): boolean {
    return this.#floor.queue.some((entry) => entry.party === party);
  }

  #join(leg: Leg, nowMs: number, returns = false): void {
    const { priorityMax, mayTalk, mayQueue, canBeTold = true } = leg.settings;
    const told = leg.signalled && canBeTold;
    const member = { party: leg.id, priorityMax, mayTalk, mayQueue, returns, canBeTold: told };
    this.#feed({ name: 'join', member: { ...member, kind: 'leg' } }, nowMs);
  }

  // ── small helpers ──────────────────────────────────────────────────────────────────────────────────────────────

  #newSeat(console: ConsoleParty, mayTalk: boolean): Seat {
    return {
      console,
      mayTalk,
      requestedMs: -Infinity,
      hearPacket: (packet: MicPacket, durationMs: number, nowMs: number) => {
        if (!this.#mayBeHeard(console.id)) return;
        const { bytes, offset, length, positionMs } = packet;
        for (const feed of this.feeds) {
          if (feed.active) feed.hear(operators, bytes, offset, length, positionMs, durationMs, nowMs);
        }
        this.taps.get(console.id)?.hear(bytes, offset, length, positionMs, durationMs, nowMs);
      },
      hearFrame: (frame, positionMs, nowMs, kept) => {
        if (!this.#mayBeHeard(console.id)) return;
        this.#spoken.add(console.id);
        toListeners(this, console.id, undefined, frame, positionMs, nowMs, kept);
        this.#sayReports();
      },
    };
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
