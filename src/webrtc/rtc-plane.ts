/**
 * The console side of the voice path: gives every console a home among the mediasoup workers, brings each group's voice
 * to the routers where somebody may hear it, and re-makes all of it when a worker or the voice process dies.
 *
 * Fills the operator link's RtcPort (base/rtc-port.ts). Radio legs do not pass here: whatever happens to a worker, they
 * go on. Decision and numbers: docs/adr/0004-consoles-live-on-one-router.md.
 */
import type { Producer } from 'mediasoup/types';
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import type { Random } from '../base/random.ts';
import type { RtcAnswer, RtcNotice, RtcPort, RtcRequest } from '../base/rtc-port.ts';
import type { ConsoleId, FeedId, FloorSnapshot, GroupId, LegId } from '../talkgroups/terms.ts';
import type { VoiceCommand, VoiceEvent } from '../voice/contract.ts';
import { ConsoleRtc } from './console-rtc.ts';
import { Feed, type FeedParty, type Loopback } from './feed.ts';
import { LinePath } from './line-path.ts';
import { VoiceSockets } from './voice-sockets.ts';
import { type MediaHome, routerRtpCapabilities, WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';

export interface RtcPlaneOptions extends WorkerPoolOptions {
  readonly loopback?: Loopback;
  readonly groups: readonly { readonly group: GroupId; readonly legs: readonly LegId[] }[];
}

export interface RtcPlanePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: SomeEvents<'processes.workersReady' | 'processes.workerDied' | 'processes.workerReplaced'>;
  sendVoice(command: VoiceCommand): void;
  /** To the operator link. */
  notify(console: ConsoleId, notice: RtcNotice): void;
  raiseAlarm(code: 'media-worker-lost', subject: string): void;
  clearAlarm(code: 'media-worker-lost', subject: string): void;
}

export interface RtcStatistics {
  /** Of the workers that live. */
  readonly workerPids: readonly number[];
  readonly consoles: number;
  readonly feeds: number;
}

/** Below the ports of legs and of WebRTC in the configuration's defaults, and below the kernel's ephemeral ones. */
const defaultLoopback: Loopback = { address: '127.0.0.1', ports: { from: 20_000, to: 29_999 } };
/** Consoles of a lost worker wait so long for its successor before the other workers take them in. */
const patienceMs = 500;
const feedRetryMs = 500;
/** The bundle of what a group is opened with. */
const first = '';

export class RtcPlane implements RtcPort {
  readonly capabilitiesJson = JSON.stringify(routerRtpCapabilities);
  readonly #ports: RtcPlanePorts;
  readonly #loopback: Loopback;
  readonly #pool: WorkerPool;
  readonly #voice: VoiceSockets;
  /** Groups that are open: their streams in bundles, a feed each. What is joined later has a bundle of its own. */
  readonly #groups = new Map<GroupId, Map<string, readonly FeedParty[]>>();
  readonly #consoles = new Map<ConsoleId, ConsoleRtc>();
  /** Direct lines that somebody speaks on. */
  readonly #lines = new Map<ConsoleId, LinePath>();
  /** By home, group and bundle; those that are being opened as well. */
  readonly #feeds = new Map<string, Feed>();
  /** Consoles whose voice the groups' `operators` streams carry. */
  readonly #operators = new Map<GroupId, ConsoleId>();
  /** Consoles that hold a group's floor, or talk over whoever does. */
  readonly #onAir = new Map<GroupId, readonly ConsoleId[]>();
  readonly #lostSlots = new Set<number>();
  #feedsOpened = 0;
  #ssrc: number;
  #closed = false;

  constructor(options: RtcPlaneOptions, ports: RtcPlanePorts) {
    this.#ports = ports;
    this.#loopback = options.loopback ?? defaultLoopback;
    for (const { group, legs } of options.groups) this.#groups.set(group, new Map([[first, [...legs, 'operators']]]));
    this.#voice = new VoiceSockets((command) => ports.sendVoice(command), ports.clock, {
      feedMoved: (id, port) => this.#feedMoved(id, port),
      micMoved: (console, port) => {
        this.#consoles.get(console)?.microphoneMoved(port);
        this.#lines.get(console)?.moved(port);
      },
    });
    this.#ssrc = Math.floor(ports.random.fraction() * 0xffff_ffff);
    this.#pool = new WorkerPool(options, ports.clock, ports.events, {
      up: (home) => this.#homeIsUp(home),
      lost: (home) => this.#homeIsLost(home),
    });
  }

  /** Resolves when all workers stand. @throws GatewayError WORKER_MISSING or MEDIA_WORKERS_FAILED. */
  start(): Promise<void> {
    return this.#pool.start();
  }

  close(): void {
    this.#closed = true;
    for (const line of this.#lines.values()) line.close();
    for (const console of this.#consoles.values()) console.close();
    this.#consoles.clear();
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
    this.#pool.close();
  }

  /** What stands at present, for health and metrics. */
  get statistics(): RtcStatistics {
    return {
      workerPids: this.#pool.homes.map((home) => home.pid),
      consoles: this.#consoles.size,
      feeds: this.#feeds.size,
    };
  }

  handleVoiceEvent(event: VoiceEvent): void {
    this.#voice.handle(event);
    if (event.name === 'floor') this.#floorMoved(event.floor);
    if (event.name === 'ready') for (const group of [...this.#onAir.keys()]) this.#floorMoved({ group, queue: [] });
  }

  openConsole(console: ConsoleId, monitored: readonly GroupId[]): void {
    if (this.#closed || this.#consoles.has(console)) return;
    const rtc = new ConsoleRtc(console, monitored, {
      voice: this.#voice,
      loopback: this.#loopback,
      notify: (id, notice) => this.#ports.notify(id, notice),
      feeds: (home, group) => this.#feedsOf(home, group),
      operator: (group) => this.#operators.get(group),
      isOnAir: (id) => [...this.#onAir.values()].some((consoles) => consoles.includes(id)),
      line: async (id, home) => (this.#lines.has(id) ? this.#lineAt(id, home) : this.#consoles.get(id)?.lineAt(home)),
      lineMoved: (id) => {
        for (const other of this.#consoles.values()) if (other.heard.includes(id)) other.reconcile();
        for (const line of this.#lines.values()) if (line.talker === id) line.reconcile();
      },
    });
    this.#consoles.set(console, rtc);
    this.#giveHome(rtc);
  }

  setMonitored(console: ConsoleId, groups: readonly GroupId[]): void {
    const rtc = this.#consoles.get(console);
    if (rtc === undefined) return;
    rtc.monitor(groups);
    if (rtc.home !== undefined) this.#bringFeeds(rtc.home, groups);
  }

  /** The consoles whose intercom a console or a direct line hears from here on, or the line; beside them nobody. */
  hear(console: ConsoleId, consoles: readonly ConsoleId[]): void {
    this.#consoles.get(console)?.hear(consoles);
    this.#lines.get(console)?.hear(consoles[0]);
  }

  /** Somebody speaks on a direct line, whose voice is that leg of a group of the same id; `hear` says who. */
  openLine(line: ConsoleId, leg: LegId): void {
    if (this.#lines.has(line)) return;
    this.#groups.set(line, new Map([[first, [leg]]]));
    const lineOf = (console: ConsoleId) => this.#consoles.get(console)?.line;
    this.#lines.set(line, new LinePath(line, { voice: this.#voice, loopback: this.#loopback, lineOf }));
  }

  closeLine(line: ConsoleId): void {
    this.#lines.get(line)?.close();
    this.#lines.delete(line);
    this.closeGroup(line);
  }

  /** A direct line's voice on a router; consoles there look again once it has been brought. */
  #lineAt(line: ConsoleId, home: MediaHome): Producer | undefined {
    const [feed] = this.#feedsOf(home, line);
    const [producer] = feed?.producers.values() ?? [];
    if (feed === undefined) this.#bringFeeds(home, [line]);
    else if (producer !== undefined) feed.addListener(line);
    return producer;
  }

  async request(console: ConsoleId, request: RtcRequest): Promise<RtcAnswer> {
    return this.#consoles.get(console)?.request(request) ?? { result: 'failed', error: 'unknown' };
  }

  closeConsole(console: ConsoleId): void {
    this.#consoles.get(console)?.close();
    this.#consoles.delete(console);
  }

  #homeIsUp(home: MediaHome): void {
    if (this.#lostSlots.delete(home.slot)) this.#ports.clearAlarm('media-worker-lost', `worker ${home.slot}`);
    this.#giveHomes();
  }

  #homeIsLost(home: MediaHome): void {
    this.#lostSlots.add(home.slot);
    this.#ports.raiseAlarm('media-worker-lost', `worker ${home.slot}`);
    for (const [key, feed] of this.#feeds) {
      if (feed.home !== home) continue;
      this.#feeds.delete(key);
      feed.close();
    }
    for (const console of this.#consoles.values()) if (console.home === home) console.unsettle();
    this.#ports.clock.callAt(this.#ports.clock.nowMs() + patienceMs, () => this.#giveHomes());
  }

  #giveHomes(): void {
    for (const console of this.#consoles.values()) {
      if (console.home === undefined && this.#giveHome(console)) {
        this.#ports.notify(console.id, { name: 'reset', reason: 'media-worker-lost' });
      }
    }
  }

  /** The router with the fewest consoles; false when none lives. */
  #giveHome(console: ConsoleRtc): boolean {
    const load = new Map<MediaHome, number>(this.#pool.homes.map((home) => [home, 0]));
    for (const { home } of this.#consoles.values()) {
      if (home !== undefined && load.has(home)) load.set(home, load.get(home)! + 1);
    }
    const least = [...load].sort((a, b) => a[1] - b[1])[0];
    if (least === undefined) return false;
    console.settle(least[0]);
    this.#bringFeeds(least[0], console.monitored);
    return true;
  }

  /** A group is open from now on, with these legs; consoles that monitor it hear it. Idempotent. */
  openGroup(group: GroupId, legs: readonly LegId[]): void {
    if (this.#groups.has(group)) return;
    this.#groups.set(group, new Map([[first, [...legs, 'operators']]]));
    this.#bringFeedsEverywhere(group);
  }

  /** A leg has been joined to an open group: its stream comes beside those that are heard. */
  joinLeg(group: GroupId, leg: LegId): void {
    const bundles = this.#groups.get(group);
    if (bundles === undefined || [...bundles.values()].some((parties) => parties.includes(leg))) return;
    bundles.set(leg, [leg]);
    this.#bringFeedsEverywhere(group);
  }

  leaveLeg(group: GroupId, leg: LegId): void {
    if (this.#groups.get(group)?.delete(leg) === true) this.#closeFeeds(group, leg);
  }

  closeGroup(group: GroupId): void {
    const bundles = this.#groups.get(group);
    this.#groups.delete(group);
    for (const bundle of bundles?.keys() ?? []) this.#closeFeeds(group, bundle);
    this.#operators.delete(group);
    this.#putOnAir(group, []);
  }

  #bringFeedsEverywhere(group: GroupId): void {
    for (const home of this.#pool.homes) this.#bringFeedsIfWanted(home, group);
  }

  #closeFeeds(group: GroupId, bundle: string): void {
    for (const home of this.#pool.homes) {
      const key = feedKey(home, group, bundle);
      this.#feeds.get(key)?.close();
      this.#feeds.delete(key);
    }
    for (const console of this.#consoles.values()) console.reconcile();
  }

  #feedsOf(home: MediaHome, group: GroupId): readonly Feed[] {
    const bundles = [...(this.#groups.get(group)?.keys() ?? [])];
    return bundles.flatMap((bundle) => this.#feeds.get(feedKey(home, group, bundle)) ?? []);
  }

  /** Brings groups' voice to a router before anybody there asks: a console then hears as soon as it stands. */
  #bringFeeds(home: MediaHome, groups: readonly GroupId[]): void {
    for (const group of groups) {
      for (const [bundle, parties] of this.#groups.get(group) ?? []) {
        if (!this.#feeds.has(feedKey(home, group, bundle))) void this.#openFeed(home, group, bundle, parties);
      }
    }
  }

  async #openFeed(home: MediaHome, group: GroupId, bundle: string, parties: readonly FeedParty[]): Promise<void> {
    const key = feedKey(home, group, bundle);
    const id = `${group}@${home.id}.${++this.#feedsOpened}`;
    const loopback = this.#loopback;
    const feed = new Feed(
      { id, group, home, parties, loopback, nextSsrc: () => this.#nextSsrc() },
      this.#voice,
      this.#ports.clock,
    );
    this.#feeds.set(key, feed);
    if (await feed.open()) {
      for (const console of this.#consoles.values()) if (console.home === home) console.reconcile();
      return;
    }
    if (this.#feeds.get(key) !== feed) return; // its home is gone, or it was replaced
    this.#feeds.delete(key);
    this.#ports.clock.callAt(this.#ports.clock.nowMs() + feedRetryMs, () => this.#bringFeedsIfWanted(home, group));
  }

  #bringFeedsIfWanted(home: MediaHome, group: GroupId): void {
    const wanted = [...this.#consoles.values()].some(
      (console) => console.home === home && (console.monitored.includes(group) || console.heard.includes(group)),
    );
    if (wanted && !this.#closed) this.#bringFeeds(home, [group]);
  }

  /**
   * A restarted voice process asks for the ports that it had, and the feed stands. Where it did not get one, the feed is
   * made anew, since mediasoup connects a transport once.
   */
  #feedMoved(id: FeedId, port: number | undefined): void {
    for (const [key, feed] of this.#feeds) {
      if (feed.id !== id || feed.port === undefined) continue;
      if (feed.port === port) {
        void feed.renumber();
        return;
      }
      this.#feeds.delete(key);
      feed.close();
      this.#bringFeedsIfWanted(feed.home, feed.group);
      return;
    }
  }

  #floorMoved(floor: FloorSnapshot): void {
    const talking = [floor.overriding, floor.holder].flatMap((one) => one?.party ?? []);
    this.#putOnAir(
      floor.group,
      talking.filter((party) => this.#consoles.has(party)),
    );
    const before = this.#operators.get(floor.group);
    const source = [floor.overriding, floor.holder].find(
      (party) => party !== undefined && this.#consoles.has(party.party),
    );
    if (source?.party === before) return;
    if (source === undefined) this.#operators.delete(floor.group);
    else this.#operators.set(floor.group, source.party);
    for (const party of [before, source?.party]) {
      if (party !== undefined) this.#consoles.get(party)?.holdOwnVoice(floor.group);
    }
  }

  #putOnAir(group: GroupId, consoles: readonly ConsoleId[]): void {
    const before = this.#onAir.get(group) ?? [];
    if (consoles.length === 0) this.#onAir.delete(group);
    else this.#onAir.set(group, consoles);
    for (const id of new Set([...before, ...consoles])) this.#consoles.get(id)?.holdLine();
  }

  #nextSsrc(): number {
    this.#ssrc = (this.#ssrc % 0xffff_ffff) + 1;
    return this.#ssrc;
  }
}

function feedKey(home: MediaHome, group: GroupId, bundle: string): string {
  return `${home.id} ${group} ${bundle}`;
}
