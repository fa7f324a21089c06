/**
 * The voice engine: carries out the main process' commands on groups, legs, consoles and feeds, owns their sockets and
 * the one timer for everything that is due. All decisions are in talkgroups/.
 *
 * Commands are idempotent by id. A leg's or feed's socket opens asynchronously; what is said of it meanwhile is kept.
 */
import { Alarm, type Cancel, type Clock } from '../base/clock.ts';
import type { Dscp } from '../base/dscp.ts';
import { systemCode } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { Backlog } from '../talkgroups/backlog.ts';
import { ConsoleFeed } from '../talkgroups/console-feed.ts';
import { LoopPlaces } from '../talkgroups/group-loops.ts';
import { Microphone } from '../talkgroups/microphone.ts';
import { ShadowGroup } from '../talkgroups/shadow-group.ts';
import { SharedGroup } from '../talkgroups/shared-group.ts';
import type { LineProofOrder } from '../talkgroups/terms.ts';
import { fromMicrophone, fromMicrophoneInOrder } from '../talkgroups/voice-path.ts';
import { type VoiceTap, VoiceTape } from '../talkgroups/voice-tape.ts';
import type {
  ConsoleId,
  ConsoleSettings,
  FeedId,
  FeedSettings,
  GroupId,
  GroupSettings,
  LegId,
  LegMedia,
  LegSettings,
  MicSettings,
  VoiceCommand,
  VoiceEvent,
  VoiceStatistics,
} from './contract.ts';
import type { ConsolePost, FeedPost, LegPost } from './posts.ts';
import { bothTaps, type Recorder } from './recorder.ts';
import { LegSocket, PeerSocket } from './rtp-socket.ts';
import { StaticSocket } from './static-socket.ts';
import { Statistics } from './statistics.ts';

/** Our packets have been refused for so long, with nothing heard meanwhile, or could not be sent: the call is dead. */
const refusedMs = 500;
const refusedMin = 3;
const statisticsMs = 1000;
/**
 * The engine wakes at all whole multiples of this: that its timer is overdue is how it knows of a hold-up. RTCP of idle
 * legs wakes it then anyway.
 */
const beatMs = 200;
/** So often the main process hears that this one lives. */
const aliveEveryMs = 400;
/** Held up for longer, what waited is not played: a burst of old speech helps nobody. */
const heldUpMs = 300;
/** More rounds of reading than a socket's buffer can fill. */
const roundsMax = 100;
/** The wall clock was set, not merely disciplined. */
const clockStepMs = 100;
/** Rows of legs in one message, and the time between such messages. */
const rowsMax = 80;
const rowsEveryMs = 20;

export class VoiceEngine {
  readonly groups = new Map<GroupId, SharedGroup>();
  /** Beside them: what is listened to alone. No console, feed or announcement finds them here. */
  readonly #shadows = new Map<GroupId, ShadowGroup>();
  readonly legs = new Map<LegId, LegPost>();
  readonly feeds = new Map<FeedId, FeedPost>();
  readonly consoles = new Map<ConsoleId, ConsolePost>();

  readonly #clock: Clock;
  readonly #random: Random;
  readonly #emit: (event: VoiceEvent) => void;
  readonly #dscp: Dscp;
  readonly #alarm: Alarm;
  readonly #statistics: Statistics;
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
  /** Set while sockets are emptied after a hold-up. */
  #cancelRound: Cancel | undefined;
  #rounds = 0;
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
    this.#dscp = dscp;
    this.#utcOffsetMs = clock.utcMs() - clock.nowMs();
    this.#alarm = new Alarm(clock, () => this.#onDue());
    this.#statistics = new Statistics();
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
        this.#openLeg(command.settings, nowMs);
        return;
      case 'connectLeg':
        this.#connectLeg(command.leg, command.media, command.resumed === true, nowMs);
        return;
      case 'disconnectLeg':
        this.#disconnectLeg(command.leg, nowMs);
        return;
      case 'loseLeg':
        this.legs.get(command.leg)?.group.loseLeg(command.leg, nowMs);
        return;
      case 'closeLeg':
        this.#closeLeg(command.leg, nowMs);
        return;
      case 'openConsole':
        this.#openConsole(command.settings, nowMs);
        return;
      case 'closeConsole':
        this.#closeConsole(command.console, nowMs);
        return;
      case 'joinGroup':
        this.#joinGroup(command.console, command.group, command.mayTalk, nowMs);
        return;
      case 'leaveGroup':
        this.#leaveGroup(command.console, command.group, nowMs);
        return;
      case 'openMic':
        this.#openMic(command.settings);
        return;
      case 'closeMic':
        this.#closeMic(command.console, nowMs);
        return;
      case 'openFeed':
        this.#openFeed(command.settings);
        return;
      case 'setFeedActive':
        this.#setFeedActive(command.feed, command.active);
        return;
      case 'closeFeed':
        this.#closeFeed(command.feed);
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
      case 'legGrant': {
        const post = this.legs.get(command.leg);
        post?.group.legGrant(post.leg, command.granted, nowMs);
        return;
      }
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
    for (const console of [...this.consoles.keys()]) this.#closeConsole(console, nowMs);
    this.#alarm.clear();
    this.#cancelRound?.();
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
    for (const post of [...this.legs.values()]) if (post.group === shadow) this.#closeLeg(post.leg.id, nowMs);
    shadow.close(nowMs);
    this.#shadows.delete(shadow.id);
  }

  #closeGroup(id: GroupId, nowMs: number): void {
    const own = this.#shadows.get(id);
    if (own !== undefined) this.#closeShadow(own, nowMs);
    const group = this.groups.get(id);
    if (group === undefined) return;
    for (const shadow of [...this.#shadows.values()]) if (shadow.of === group) this.#closeShadow(shadow, nowMs);
    for (const post of [...this.legs.values()]) if (post.group === group) this.#closeLeg(post.leg.id, nowMs);
    for (const post of [...this.feeds.values()]) if (post.group === group) this.#closeFeed(post.feed.id);
    group.close(nowMs);
    for (const console of this.consoles.values()) console.groups.delete(group);
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

  // ── legs ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #openLeg(settings: LegSettings, nowMs: number): void {
    const group = this.groups.get(settings.group) ?? this.#shadows.get(settings.group);
    if (group === undefined) {
      this.#fail(settings.leg, 'openLeg', `group ${settings.group} is not open`);
      return;
    }
    const known = this.legs.get(settings.leg);
    if (known !== undefined && same(known.settings, settings)) {
      if (known.socket !== undefined) this.#emit({ name: 'legOpened', leg: settings.leg });
      return;
    }
    if (known !== undefined) {
      const samePlace = same([known.settings.local, known.settings.line], [settings.local, settings.line]);
      if (known.group === group && samePlace) {
        this.#resettle(known, settings, nowMs);
        return;
      }
      if (known.group !== group) this.#closeLeg(settings.leg, nowMs);
    }
    const leg = known?.group === group ? group.replaceLeg(known.leg, settings, nowMs) : group.addLeg(settings, nowMs);
    if (known?.group === group) this.#leavePort(known);
    const post: LegPost = {
      settings,
      leg,
      group,
      socket: undefined,
      media: undefined,
      resumed: false,
      backlog: undefined,
      packetsStale: 0,
      refusedSinceMs: Infinity,
      refused: 0,
      toldHeard: false,
      toldForeign: false,
    };
    this.legs.set(settings.leg, post);
    this.#bindLeg(post);
  }

  #bindLeg(post: LegPost): void {
    const { leg: id, local, line } = post.settings;
    const events = {
      onRtp: (bytes: Uint8Array, nowMs: number) => {
        post.refused = 0;
        // Keys count however old they are.
        if (this.#isBehind(nowMs) && isVoice(post, bytes)) post.backlog = kept(post.backlog, bytes);
        else post.group.onLegDatagram(post.leg, bytes, nowMs);
        if (line !== undefined) this.#tellStatic(post);
      },
      onRtcp: (bytes: Uint8Array, nowMs: number) => post.group.onLegReport(post.leg, bytes, nowMs),
      onRefused: (nowMs: number) => this.#onRefused(post, nowMs),
      onUnsent: (packets: number, sinceMs: number) => {
        if (packets >= refusedMin && sinceMs >= refusedMs) this.#die(post, 'unsendable');
      },
      onUnreadable: () => this.#die(post, 'unreadable'),
    };
    const opening =
      line === undefined
        ? LegSocket.open(local, this.#dscp, this.#clock, events)
        : StaticSocket.open(local, line, this.#dscp, this.#clock, {
            ...events,
            onSource: () => {
              post.backlog = undefined;
              post.leg.inbound.changeSource();
            },
            onKnock: () => this.#emit({ name: 'legHeard', leg: id }),
          });
    opening.then(
      (socket) => {
        if (this.legs.get(id) !== post) {
          socket.close();
          return;
        }
        post.socket = socket;
        if (post.media !== undefined) this.#attach(post, post.media, this.#clock.nowMs());
        this.#emit({ name: 'legOpened', leg: id });
      },
      (error: unknown) => {
        if (this.legs.get(id) !== post) return;
        this.#closeLeg(id, this.#clock.nowMs());
        this.#fail(id, 'openLeg', `${local.address}:${local.port}: ${systemCode(error) ?? String(error)}`);
      },
    );
  }

  /** What a leg's technician must know, once a connection: voice comes, or something that we cannot take for voice. */
  #tellStatic(post: LegPost): void {
    const { inbound } = post.leg;
    if (inbound.heard && !post.toldHeard) {
      post.toldHeard = true;
      this.#emit({ name: 'legHeard', leg: post.leg.id });
    }
    if (inbound.foreign !== undefined && !post.toldForeign) {
      post.toldForeign = true;
      this.#emit({ name: 'legForeign', leg: post.leg.id, ...inbound.foreign });
    }
  }

  /** New settings for a leg whose ports stay: its call goes on. */
  #resettle(post: LegPost, settings: LegSettings, nowMs: number): void {
    post.leg = post.group.replaceLeg(post.leg, settings, nowMs);
    post.settings = settings;
    if (post.socket !== undefined && post.media !== undefined) this.#attach(post, post.media, nowMs);
    if (post.socket !== undefined) this.#emit({ name: 'legOpened', leg: settings.leg });
  }

  #connectLeg(id: LegId, media: LegMedia, resumed: boolean, nowMs: number): void {
    const post = this.legs.get(id);
    if (post === undefined) {
      this.#fail(id, 'connectLeg', 'leg is not open');
      return;
    }
    if (same(post.media, media)) return;
    const isRekeyed = post.media !== undefined && isOnlyTheirKeyNew(post.media, media);
    post.media = media;
    post.resumed = resumed;
    if (resumed) post.leg.out.doubtKey();
    if (post.socket === undefined) return;
    // The streams go on: nothing of an over is lost.
    if (isRekeyed) post.socket.connect(media, resumed);
    else this.#attach(post, media, nowMs);
  }

  #attach(post: LegPost, media: LegMedia, nowMs: number): void {
    const { socket } = post;
    if (socket === undefined) return;
    // BYE of the call before goes to where that call was.
    post.group.disconnectLeg(post.leg, nowMs);
    post.refused = 0;
    post.backlog = undefined;
    post.toldHeard = false;
    post.toldForeign = false;
    socket.connect(media, post.resumed);
    const line = {
      sendRtp: (bytes: Uint8Array, length: number) => socket.sendRtp(bytes, length),
      sendRtcp: (bytes: Uint8Array, length: number) => socket.sendRtcp(bytes, length),
    };
    post.group.connectLeg(post.leg, media, line, nowMs);
  }

  #disconnectLeg(id: LegId, nowMs: number): void {
    const post = this.legs.get(id);
    if (post === undefined) return;
    post.media = undefined;
    post.backlog = undefined;
    post.group.disconnectLeg(post.leg, nowMs);
    post.socket?.disconnect();
  }

  #closeLeg(id: LegId, nowMs: number): void {
    const post = this.legs.get(id);
    if (post === undefined) return;
    post.group.removeLeg(post.leg, nowMs);
    this.#statistics.keepLeg(post);
    post.socket?.close();
    this.legs.delete(id);
  }

  /** The leg goes on at another port. */
  #leavePort(post: LegPost): void {
    this.#statistics.keepSocket(post);
    post.socket?.close();
  }

  #onRefused(post: LegPost, nowMs: number): void {
    if (post.refused === 0) post.refusedSinceMs = nowMs;
    post.refused += 1;
    if (post.refused >= refusedMin && nowMs - post.refusedSinceMs >= refusedMs) this.#die(post, 'icmp');
  }

  #die({ leg, group }: LegPost, reason: Extract<VoiceEvent, { name: 'legDead' }>['reason']): void {
    if (leg.dead) return;
    leg.dead = true;
    group.loseLeg(leg.id, this.#clock.nowMs());
    this.#report({ name: 'legDead', leg: leg.id, reason });
  }

  // ── consoles ───────────────────────────────────────────────────────────────────────────────────────────────────

  #openConsole({ console: id, priority }: ConsoleSettings, nowMs: number): void {
    const known = this.consoles.get(id);
    if (known === undefined) {
      const post = {
        id,
        priority,
        microphone: undefined,
        groups: new Set<SharedGroup>(),
        mic: undefined,
        backlog: undefined,
        socket: undefined,
      };
      this.consoles.set(id, post);
      return;
    }
    known.priority = priority;
    // The priority is part of the membership.
    for (const group of known.groups) group.updateConsole(known, nowMs);
  }

  #closeConsole(id: ConsoleId, nowMs: number): void {
    const post = this.consoles.get(id);
    if (post === undefined) return;
    for (const group of post.groups) group.leaveConsole(id, nowMs);
    this.#dropMic(post);
    this.consoles.delete(id);
  }

  #joinGroup(id: ConsoleId, groupId: GroupId, mayTalk: boolean, nowMs: number): void {
    const post = this.consoles.get(id);
    const group = this.groups.get(groupId);
    if (post === undefined || group === undefined) {
      this.#fail(id, 'joinGroup', post === undefined ? 'console is not open' : `group ${groupId} is not open`);
      return;
    }
    post.groups.add(group);
    group.joinConsole(post, mayTalk, nowMs);
  }

  #leaveGroup(id: ConsoleId, groupId: GroupId, nowMs: number): void {
    const group = this.groups.get(groupId);
    if (group === undefined) return;
    group.leaveConsole(id, nowMs);
    this.consoles.get(id)?.groups.delete(group);
  }

  #openMic(settings: MicSettings): void {
    const post = this.consoles.get(settings.console);
    if (post === undefined) {
      this.#fail(settings.console, 'openMic', 'console is not open');
      return;
    }
    if (post.mic !== undefined && sameRoute(post.mic, settings) && post.socket !== undefined) {
      this.#emit({ name: 'micOpened', console: settings.console, localPort: post.socket.localPort });
      return;
    }
    this.#dropMic(post);
    post.mic = settings;
    const microphone = new Microphone(settings);
    const onPacket = (bytes: Uint8Array): void => {
      const nowMs = this.#clock.nowMs();
      if (this.#isBehind(nowMs)) post.backlog = kept(post.backlog, bytes);
      else this.#fromMicrophone(microphone, bytes, nowMs);
    };
    PeerSocket.open(settings.remote, settings.localPort ?? 0, onPacket).then(
      (socket) => {
        if (post.mic !== settings || this.consoles.get(settings.console) !== post) {
          socket.close();
          return;
        }
        post.socket = socket;
        post.microphone = microphone;
        for (const group of post.groups) group.onMicrophone(post, this.#clock.nowMs());
        this.#emit({ name: 'micOpened', console: settings.console, localPort: socket.localPort });
      },
      (error: unknown) => this.#fail(settings.console, 'openMic', systemCode(error) ?? String(error)),
    );
  }

  #fromMicrophone(microphone: Microphone, bytes: Uint8Array, nowMs: number): void {
    fromMicrophone(microphone, bytes, nowMs);
    this.#wake(microphone.input.dueMs);
  }

  #closeMic(id: ConsoleId, nowMs: number): void {
    const post = this.consoles.get(id);
    if (post === undefined) return;
    this.#dropMic(post);
    for (const group of post.groups) group.loseConsole(id, nowMs);
  }

  #dropMic(post: ConsolePost): void {
    if (post.microphone !== undefined) this.#statistics.keepMicrophone(post.microphone);
    post.socket?.close();
    post.socket = undefined;
    post.microphone = undefined;
    post.mic = undefined;
    post.backlog = undefined;
  }

  // ── feeds ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #openFeed(settings: FeedSettings): void {
    const group = this.groups.get(settings.group);
    if (group === undefined) {
      this.#fail(settings.feed, 'openFeed', `group ${settings.group} is not open`);
      return;
    }
    const known = this.feeds.get(settings.feed);
    if (known !== undefined && sameRoute(known.settings, { ...settings, active: known.settings.active })) {
      known.feed.active = settings.active;
      if (known.socket !== undefined) {
        this.#emit({ name: 'feedOpened', feed: settings.feed, localPort: known.socket.localPort });
      }
      return;
    }
    this.#closeFeed(settings.feed);
    const feed = new ConsoleFeed(settings, this.#random, (bytes, length) => post.socket?.send(bytes, length));
    const post: FeedPost = { settings, feed, group, socket: undefined };
    this.feeds.set(settings.feed, post);
    PeerSocket.open(settings.remote, settings.localPort ?? 0, () => this.#statistics.onFeedReport()).then(
      (socket) => {
        if (this.feeds.get(settings.feed) !== post) {
          socket.close();
          return;
        }
        post.socket = socket;
        group.addFeed(feed);
        this.#emit({ name: 'feedOpened', feed: settings.feed, localPort: socket.localPort });
      },
      (error: unknown) => {
        if (this.feeds.get(settings.feed) !== post) return;
        this.feeds.delete(settings.feed);
        this.#fail(settings.feed, 'openFeed', systemCode(error) ?? String(error));
      },
    );
  }

  #setFeedActive(id: FeedId, active: boolean): void {
    const post = this.feeds.get(id);
    if (post === undefined) this.#fail(id, 'setFeedActive', 'feed is not open');
    else post.feed.active = active;
  }

  #closeFeed(id: FeedId): void {
    const post = this.feeds.get(id);
    if (post === undefined) return;
    post.group.removeFeed(post.feed);
    this.#statistics.keepFeed(post);
    post.socket?.close();
    this.feeds.delete(id);
  }

  // ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #wake(dueMs: number): void {
    if (dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#alarm.setAt(dueMs);
  }

  #onDue(): void {
    if (this.#cancelRound !== undefined) return; // silence is judged when all is read
    const nowMs = this.#clock.nowMs();
    this.#lateMsMax = Math.max(this.#lateMsMax, nowMs - this.#dueMs);
    // Whatever is woken meanwhile is seen below.
    this.#dueMs = -Infinity;
    for (const group of this.groups.values()) if (group.dueMs <= nowMs) group.tick(nowMs);
    for (const shadow of this.#shadows.values()) if (shadow.dueMs <= nowMs) shadow.tick(nowMs);
    for (const { microphone } of this.consoles.values()) {
      if (microphone !== undefined && microphone.input.dueMs <= nowMs) fromMicrophoneInOrder(microphone, nowMs);
    }
    if (nowMs >= this.#statisticsDueMs) this.#sayStatistics(nowMs);
    if (nowMs >= this.#aliveDueMs) {
      this.#aliveDueMs = nowMs + aliveEveryMs;
      this.#emit({ name: 'alive' });
    }

    let dueMs = Math.min(this.#statisticsDueMs, beatMs * (Math.floor(nowMs / beatMs) + 1));
    for (const group of this.groups.values()) dueMs = Math.min(dueMs, group.dueMs);
    for (const shadow of this.#shadows.values()) dueMs = Math.min(dueMs, shadow.dueMs);
    for (const { microphone } of this.consoles.values()) dueMs = Math.min(dueMs, microphone?.input.dueMs ?? Infinity);
    this.#dueMs = dueMs;
    this.#alarm.setAt(dueMs);
  }

  /** The process was held up for so long that voice which waited is old; it is, until all sockets are empty. */
  #isBehind(nowMs: number): boolean {
    if (this.#cancelRound !== undefined) return true;
    if (nowMs - this.#dueMs <= heldUpMs || this.#closed) return false;
    this.#rounds = 0;
    this.#readOn();
    return true;
  }

  #readOn(): void {
    this.#rounds += 1;
    this.#cancelRound = this.#clock.afterInput(() => this.#endRound());
  }

  #endRound(): void {
    let more = false;
    for (const { backlog } of this.legs.values()) more = backlog?.endRound() === true || more;
    for (const { backlog } of this.consoles.values()) more = backlog?.endRound() === true || more;
    if (more && this.#rounds < roundsMax) this.#readOn();
    else this.#catchUp();
  }

  /** What is newest of every stream is heard now; then comes what is overdue. */
  #catchUp(): void {
    this.#cancelRound = undefined;
    const nowMs = this.#clock.nowMs();
    for (const post of this.legs.values()) {
      const { backlog, leg, group } = post;
      if (backlog === undefined) continue;
      post.backlog = undefined;
      post.packetsStale += backlog.drain((bytes) => group.onLegDatagram(leg, bytes, nowMs));
    }
    for (const post of this.consoles.values()) {
      const { backlog, microphone } = post;
      post.backlog = undefined;
      if (backlog === undefined || microphone === undefined) continue;
      microphone.packetsStale += backlog.drain((bytes) => this.#fromMicrophone(microphone, bytes, nowMs));
    }
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

/** Made when something has to wait: seldom. */
function kept(backlog: Backlog | undefined, bytes: Uint8Array): Backlog {
  const keeper = backlog ?? new Backlog();
  keeper.push(bytes);
  return keeper;
}

function isVoice({ media }: LegPost, bytes: Uint8Array): boolean {
  return (bytes[1]! & 0x7f) === media?.payloadType;
}

/** Settings are plain JSON and small. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A re-INVITE with new keys (RFC 4568 §7.1.4). Ours being the same, our streams need not begin anew. */
function isOnlyTheirKeyNew(before: LegMedia, media: LegMedia): boolean {
  if (before.srtp === undefined || media.srtp === undefined) return false;
  const { receive } = media.srtp;
  return same({ ...before, srtp: { ...before.srtp, receive } }, media);
}

/** The port that we happen to have is not part of what was asked for. */
function sameRoute(a: FeedSettings | MicSettings, b: FeedSettings | MicSettings): boolean {
  return same({ ...a, localPort: 0 }, { ...b, localPort: 0 });
}
