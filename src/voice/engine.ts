/**
 * The voice engine: carries out the main process' commands on groups, legs (leg-posts.ts), consoles (console-posts.ts) and
 * feeds (feed-posts.ts), which own their sockets; owns the one timer for everything that is due. All decisions are in
 * talkgroups/.
 *
 * Commands are idempotent by id. A leg's or feed's socket opens asynchronously; what is said of it meanwhile is kept.
 */
import { Alarm, type Clock } from '../base/clock.ts';
import type { Dscp } from '../base/dscp.ts';
import type { Random } from '../base/random.ts';
import { LoopPlaces } from '../talkgroups/group-loops.ts';
import { ShadowGroup } from '../talkgroups/shadow-group.ts';
import { SharedGroup } from '../talkgroups/shared-group.ts';
import type { LineProofOrder } from '../talkgroups/terms.ts';
import { type VoiceTap, VoiceTape } from '../talkgroups/voice-tape.ts';
import { ConsolePosts } from './console-posts.ts';
import type {
  ConsoleId,
  FeedId,
  GroupId,
  GroupSettings,
  LegId,
  VoiceCommand,
  VoiceEvent,
  VoiceStatistics,
} from './contract.ts';
import type { EngineHost } from './engine-host.ts';
import { FeedPosts } from './feed-posts.ts';
import { HoldUp, roundOver } from './hold-up.ts';
import { LegPosts } from './leg-posts.ts';
import type { ConsolePost, FeedPost, LegPost } from './posts.ts';
import { bothTaps, type Recorder } from './recorder.ts';
import { Statistics } from './statistics.ts';

const statisticsMs = 1000;
/**
 * The engine wakes at all whole multiples of this: that its timer is overdue is how it knows of a hold-up. RTCP of idle
 * legs wakes it then anyway.
 */
const beatMs = 200;
/** So often the main process hears that this one lives. */
const aliveEveryMs = 400;
/** The wall clock was set, not merely disciplined. */
const clockStepMs = 100;
/** Rows of legs in one message, and the time between such messages. */
const rowsMax = 80;
const rowsEveryMs = 20;

export class VoiceEngine {
  readonly groups = new Map<GroupId, SharedGroup>();
  /** Beside them: what is listened to alone. No console, feed or announcement finds them here. */
  readonly #shadows = new Map<GroupId, ShadowGroup>();
  readonly legs: ReadonlyMap<LegId, LegPost>;
  readonly feeds: ReadonlyMap<FeedId, FeedPost>;
  readonly consoles: ReadonlyMap<ConsoleId, ConsolePost>;

  readonly #clock: Clock;
  readonly #random: Random;
  readonly #emit: (event: VoiceEvent) => void;
  readonly #alarm: Alarm;
  readonly #statistics = new Statistics();
  readonly #legs: LegPosts;
  readonly #feeds: FeedPosts;
  readonly #consoles: ConsolePosts;
  readonly #holdUp: HoldUp;
  readonly #loopPlaces = new LoopPlaces();
  readonly tape = new VoiceTape();
  readonly recorder: Recorder | undefined;
  readonly #tap: VoiceTap;
  /** UTC at monotonic 0. Follows the wall clock when that is set, so stamps keep their order but for those moments. */
  #utcOffsetMs: number;
  #dueMs = Infinity;
  #statisticsDueMs: number;
  #aliveDueMs = 0;
  #statisticsSaidMs = 0;
  #rowsOwed: VoiceStatistics | undefined;
  #overs = 0;
  #lateMsMax = 0;
  #closed = false;

  /** `dscp`: how voice to far ends is marked. `recorder`: where everything that is said goes, besides the tape. */
  constructor(
    clock: Clock,
    random: Random,
    emit: (event: VoiceEvent) => void,
    { dscp = 0, recorder }: { readonly dscp?: Dscp; readonly recorder?: Recorder } = {},
  ) {
    this.recorder = recorder;
    this.#tap = recorder === undefined ? this.tape : bothTaps(this.tape, recorder);
    this.#clock = clock;
    this.#random = random;
    this.#emit = emit;
    this.#utcOffsetMs = clock.utcMs() - clock.nowMs();
    this.#alarm = new Alarm(clock, () => this.#onDue());
    this.#holdUp = new HoldUp(clock, {
      dueMs: () => this.#dueMs,
      endRound: () => [this.legs, this.consoles].map((posts) => roundOver(posts.values())).includes(true),
      catchUp: () => this.#catchUp(),
    });
    const host: EngineHost = {
      ...{ clock, random, dscp, emit, statistics: this.#statistics, holdUp: this.#holdUp },
      report: (event) => this.#report(event),
      fail: (id, command, reason) => this.#fail(id, command, reason),
      wake: (dueMs) => this.#wake(dueMs),
    };
    this.#legs = new LegPosts(host, (id) => this.groups.get(id) ?? this.#shadows.get(id));
    this.#feeds = new FeedPosts(host, (id) => this.groups.get(id));
    this.#consoles = new ConsolePosts(host, (id) => this.groups.get(id));
    this.legs = this.#legs.posts;
    this.feeds = this.#feeds.posts;
    this.consoles = this.#consoles.posts;
    this.#statisticsDueMs = clock.nowMs() + statisticsMs;
    this.#wake(this.#statisticsDueMs);
  }

  /** Carries out one command. A command that cannot be carried out is answered with `failed`. */
  command(command: VoiceCommand): void {
    const nowMs = this.#clock.nowMs();
    switch (command.name) {
      case 'countOvers':
        this.#overs = Math.max(this.#overs, command.after);
        return;
      case 'openGroup':
        this.#openGroup(command.settings, nowMs);
        return;
      case 'closeGroup':
        this.#closeGroup(command.group, nowMs);
        return;
      case 'openLeg':
        this.#legs.open(command.settings, nowMs);
        return;
      case 'connectLeg':
        this.#legs.connect(command.leg, command.media, command.resumed === true, nowMs);
        return;
      case 'disconnectLeg':
        this.#legs.disconnect(command.leg, nowMs);
        return;
      case 'loseLeg':
        this.#legs.lose(command.leg, nowMs);
        return;
      case 'closeLeg':
        this.#legs.close(command.leg, nowMs);
        return;
      case 'openConsole':
        this.#consoles.open(command.settings, nowMs);
        return;
      case 'closeConsole':
        this.#consoles.close(command.console, nowMs);
        return;
      case 'joinGroup':
        this.#consoles.join(command.console, command.group, command.mayTalk, nowMs);
        return;
      case 'leaveGroup':
        this.#consoles.leave(command.console, command.group, nowMs);
        return;
      case 'openMic':
        this.#consoles.openMic(command.settings);
        return;
      case 'closeMic':
        this.#consoles.closeMic(command.console, nowMs);
        return;
      case 'openFeed':
        this.#feeds.open(command.settings);
        return;
      case 'setFeedActive':
        this.#feeds.setActive(command.feed, command.active);
        return;
      case 'closeFeed':
        this.#feeds.close(command.feed);
        return;
      case 'requestFloor':
        this.#requestFloor(command, nowMs);
        return;
      case 'releaseFloor':
        if (command.lost === true) this.groups.get(command.group)?.loseConsole(command.party, nowMs);
        else (this.groups.get(command.group) ?? this.#shadows.get(command.group))?.release(command.party, nowMs);
        return;
      case 'removeTalker':
        this.groups.get(command.group)?.removeTalker(command.party, nowMs);
        return;
      case 'announce':
        this.#announce(command, nowMs);
        return;
      case 'prove':
        this.#prove(command.group, command.order, nowMs);
        return;
      case 'withdraw':
        this.groups.get(command.group)?.withdraw(command.announcement, nowMs);
        return;
      case 'legGrant':
        this.#legs.grant(command.leg, command.granted, nowMs);
        return;
      case 'recall':
        this.#recall(command);
        return;
      case 'shutdown':
        this.close();
        return;
    }
  }

  /** Ends every transmission, says BYE on every call and closes every socket. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const nowMs = this.#clock.nowMs();
    for (const group of [...this.#shadows.keys(), ...this.groups.keys()]) this.#closeGroup(group, nowMs);
    for (const console of [...this.consoles.keys()]) this.#consoles.close(console, nowMs);
    this.#alarm.clear();
    this.#holdUp.close();
  }

  // ── groups ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #openGroup(settings: GroupSettings, nowMs: number): void {
    const known = this.groups.get(settings.group);
    if (known !== undefined) {
      known.update(settings, nowMs);
      return;
    }
    if (settings.shadowOf !== undefined) {
      this.#openShadow(settings, settings.shadowOf);
      return;
    }
    const group = new SharedGroup(settings, {
      report: (event) => this.#report(event),
      wake: (dueMs) => this.#wake(dueMs),
      utcMs: (atMs) => this.#utcOffsetMs + atMs,
      nextOver: () => ++this.#overs,
      random: this.#random,
      loopPlaces: this.#loopPlaces,
      tap: this.#tap,
    });
    this.groups.set(settings.group, group);
    this.#emit({ name: 'floor', floor: { group: settings.group, queue: [] } });
  }

  #openShadow(settings: GroupSettings, id: GroupId): void {
    const of = this.groups.get(id);
    if (of === undefined) {
      this.#fail(settings.group, 'openGroup', `group ${id} is not open`);
      return;
    }
    if (this.#shadows.get(settings.group)?.of === of) return;
    const shadow = new ShadowGroup(settings, of, {
      report: (event) => this.#emit(event),
      wake: (dueMs) => this.#wake(dueMs),
      utcMs: (atMs) => this.#utcOffsetMs + atMs,
      random: this.#random,
    });
    this.#shadows.set(settings.group, shadow);
  }

  #closeShadow(shadow: ShadowGroup, nowMs: number): void {
    this.#legs.closeOf(shadow, nowMs);
    shadow.close(nowMs);
    this.#shadows.delete(shadow.id);
  }

  #closeGroup(id: GroupId, nowMs: number): void {
    const own = this.#shadows.get(id);
    if (own !== undefined) this.#closeShadow(own, nowMs);
    const group = this.groups.get(id);
    if (group === undefined) return;
    for (const shadow of [...this.#shadows.values()]) if (shadow.of === group) this.#closeShadow(shadow, nowMs);
    this.#legs.closeOf(group, nowMs);
    this.#feeds.closeOf(group);
    group.close(nowMs);
    this.#consoles.forget(group);
    this.groups.delete(id);
    this.#statistics.keepGroup(group);
  }

  #requestFloor(command: Extract<VoiceCommand, { name: 'requestFloor' }>, nowMs: number): void {
    const { party, requestId } = command;
    const group = this.groups.get(command.group) ?? this.#shadows.get(command.group);
    if (group !== undefined) group.request(party, command, nowMs);
    else {
      const answer = { result: 'denied', cause: 'not-member' } as const;
      this.#report({ name: 'answer', party, group: command.group, requestId, answer });
    }
  }

  #announce(command: Extract<VoiceCommand, { name: 'announce' }>, nowMs: number): void {
    const { announcement, urgency, voices, consoles } = command;
    const group = this.groups.get(command.group);
    if (group === undefined) {
      this.#report({ name: 'announced', group: command.group, announcement, end: 'refused' });
      return;
    }
    const spoken = voices.map(({ legs, packets }) => ({
      legs,
      packets: packets.map((packet) => Buffer.from(packet, 'base64')),
    }));
    group.announce({ announcement, urgency, voices: spoken, ...(consoles === undefined ? {} : { consoles }) }, nowMs);
  }

  #prove(id: GroupId, order: LineProofOrder, nowMs: number): void {
    const group = this.groups.get(id);
    if (group !== undefined) group.prove(order, nowMs);
    else this.#report({ name: 'proved', group: id, proof: order.proof, end: 'gone', heard: [] });
  }

  /** A part is asked for at a time, so that reading it out never holds up voice. */
  #recall({ request, group, over, part }: Extract<VoiceCommand, { name: 'recall' }>): void {
    const read = this.tape.read(group, over, part);
    if (read === undefined) this.#emit({ name: 'recalled', request, last: true });
    else {
      const packets = Buffer.from(read.bytes.buffer, 0, read.bytes.length).toString('base64');
      this.#emit({ name: 'recalled', request, packets, last: read.last });
    }
  }

  // ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #wake(dueMs: number): void {
    if (dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#alarm.setAt(dueMs);
  }

  #onDue(): void {
    if (this.#holdUp.isReading) return; // silence is judged when all is read
    const nowMs = this.#clock.nowMs();
    this.#lateMsMax = Math.max(this.#lateMsMax, nowMs - this.#dueMs);
    // Whatever is woken meanwhile is seen below.
    this.#dueMs = -Infinity;
    for (const group of this.groups.values()) if (group.dueMs <= nowMs) group.tick(nowMs);
    for (const shadow of this.#shadows.values()) if (shadow.dueMs <= nowMs) shadow.tick(nowMs);
    this.#consoles.tick(nowMs);
    if (nowMs >= this.#statisticsDueMs) this.#sayStatistics(nowMs);
    if (nowMs >= this.#aliveDueMs) {
      this.#aliveDueMs = nowMs + aliveEveryMs;
      this.#emit({ name: 'alive' });
    }

    let dueMs = Math.min(this.#statisticsDueMs, beatMs * (Math.floor(nowMs / beatMs) + 1));
    for (const group of this.groups.values()) dueMs = Math.min(dueMs, group.dueMs);
    for (const shadow of this.#shadows.values()) dueMs = Math.min(dueMs, shadow.dueMs);
    dueMs = Math.min(dueMs, this.#consoles.dueMs);
    this.#dueMs = dueMs;
    this.#alarm.setAt(dueMs);
  }

  /** What is newest of every stream is heard now; then comes what is overdue. */
  #catchUp(): void {
    const nowMs = this.#clock.nowMs();
    this.#legs.catchUp(nowMs);
    this.#consoles.catchUp(nowMs);
    this.#onDue();
  }

  /** Once a second. Many rows go in several messages, so that writing them does not hold up voice. */
  #sayStatistics(nowMs: number): void {
    if (this.#rowsOwed === undefined) {
      this.tape.tick(nowMs);
      const utcOffsetMs = this.#clock.utcMs() - nowMs;
      if (Math.abs(utcOffsetMs - this.#utcOffsetMs) > clockStepMs) this.#utcOffsetMs = utcOffsetMs;
      this.#rowsOwed = this.#statistics.read(this, this.#lateMsMax);
      this.#lateMsMax = 0;
      this.#statisticsSaidMs = nowMs;
    }
    const { counters, gauges, legs } = this.#rowsOwed;
    this.#emit({ name: 'statistics', statistics: { counters, gauges, legs: legs.slice(0, rowsMax) } });
    const left = legs.slice(rowsMax);
    this.#rowsOwed = left.length === 0 ? undefined : { counters, gauges, legs: left };
    this.#statisticsDueMs = left.length === 0 ? this.#statisticsSaidMs + statisticsMs : nowMs + rowsEveryMs;
  }

  #report(event: VoiceEvent): void {
    this.#statistics.onEvent(event);
    this.#emit(event);
  }

  #fail(id: string, command: VoiceCommand['name'], reason: string): void {
    this.#emit({ name: 'failed', id, command, reason });
  }
}
