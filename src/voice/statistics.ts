/**
 * What the voice process says of itself once a second: totals since its start, gauges, and a row for every leg on which
 * something has passed.
 */
import type { Leg } from '../talkgroups/leg.ts';
import type { Microphone } from '../talkgroups/microphone.ts';
import type { SharedGroup } from '../talkgroups/shared-group.ts';
import type { LegId, VoiceEvent, VoiceStatistics } from './contract.ts';
import type { FeedPost, LegPost, Posts } from './posts.ts';

type Counters = Record<string, number>;

export class Statistics {
  /** Totals of what is closed, so that no counter ever falls. */
  readonly #closed: Counters = {};
  readonly #events: Counters = {
    overs: 0,
    floorRequestsGranted: 0,
    floorRequestsQueued: 0,
    floorRequestsDenied: 0,
    floorRevokes: 0,
    lostMs: 0,
  };
  #feedReports = 0;
  /** Packets in and out of each leg when its row was last said. */
  readonly #said = new Map<LegId, number>();

  /** Counts what the groups report. */
  onEvent(event: VoiceEvent): void {
    const counts = this.#events;
    if (event.name === 'over') {
      add(counts, 'overs', 1);
      for (const lostMs of Object.values(event.report.lostMs)) add(counts, 'lostMs', lostMs);
    } else if (event.name === 'answer') {
      if (event.answer.result === 'granted') add(counts, 'floorRequestsGranted', 1);
      else if (event.answer.result === 'queued') add(counts, 'floorRequestsQueued', 1);
      else if (event.answer.result === 'denied') add(counts, 'floorRequestsDenied', 1);
      else if (event.answer.result === 'revoked') add(counts, 'floorRevokes', 1);
    }
  }

  /** A router reported on a feed. */
  onFeedReport(): void {
    this.#feedReports += 1;
  }

  /** Something is closed: its counts stay in the totals. */
  keepLeg(post: LegPost): void {
    this.#said.delete(post.leg.id);
    addAll(this.#closed, countersOfCalls(post.leg));
    this.keepSocket(post);
  }

  /** The leg itself goes on, and counts on. */
  keepSocket(post: LegPost): void {
    addAll(this.#closed, countersOfSocket(post));
  }

  keepGroup(group: SharedGroup): void {
    add(this.#closed, 'framesStopped', group.framesStopped);
  }

  keepFeed(post: FeedPost): void {
    addAll(this.#closed, countersOfFeed(post));
  }

  keepMicrophone(microphone: Microphone): void {
    addAll(this.#closed, countersOfMicrophone(microphone));
  }

  /** `lateMs`: the most by which a timer of the last second was late. */
  read(posts: Posts, lateMs: number): VoiceStatistics {
    const counters: Counters = { ...this.#events, ...this.#closed, feedReports: this.#feedReports };
    for (const post of posts.legs.values()) {
      addAll(counters, countersOfCalls(post.leg));
      addAll(counters, countersOfSocket(post));
    }
    for (const post of posts.feeds.values()) addAll(counters, countersOfFeed(post));
    for (const { microphone } of posts.consoles.values()) {
      if (microphone !== undefined) addAll(counters, countersOfMicrophone(microphone));
    }
    for (const group of posts.groups.values()) add(counters, 'framesStopped', group.framesStopped);
    const { tape } = posts;
    counters.recallOversDropped = tape.oversDropped;
    counters.recallPacketsDropped = tape.packetsDropped;
    counters.recordingOctetsDropped = posts.recorder?.octetsDropped ?? 0;

    const legs = [...posts.legs.values()];
    const { user, system } = process.cpuUsage();
    const memory = process.memoryUsage();
    return {
      counters,
      gauges: {
        groups: posts.groups.size,
        legs: legs.length,
        legsConnected: legs.filter(({ leg }) => leg.connected).length,
        legsTalking: legs.filter(({ leg }) => leg.inbound.talk === 'talking').length,
        legsBlocked: legs.filter(({ leg }) => leg.inbound.talk === 'blocked').length,
        consoles: posts.consoles.size,
        feedsActive: [...posts.feeds.values()].filter(({ feed }) => feed.active).length,
        recallOvers: tape.overs,
        recallBytes: tape.bytes,
        timerLateMs: lateMs,
        cpuSeconds: (user + system) / 1e6,
        memoryBytes: memory.rss,
        memoryHeapBytes: memory.heapTotal,
        memoryHeapUsedBytes: memory.heapUsed,
        memoryExternalBytes: memory.external,
      },
      legs: legs.filter((post) => this.#hasNews(post)).map(rowOf),
    };
  }

  #hasNews({ leg }: LegPost): boolean {
    const { received, sent } = leg.counts;
    if (!leg.connected || this.#said.get(leg.id) === received + sent) return false;
    this.#said.set(leg.id, received + sent);
    return true;
  }
}

function countersOfCalls({ inbound, counts }: Leg): Counters {
  return {
    packetsReceived: counts.received,
    packetsSent: counts.sent,
    packetsLost: counts.lost,
    packetsMalformed: counts.malformed,
    packetsRejected: counts.rejected,
    packetsBlocked: inbound.packetsBlocked,
    packetsForeign: inbound.packetsForeign,
    framesConcealed: inbound.framesConcealed,
  };
}

function countersOfSocket({ socket, packetsStale }: LegPost): Counters {
  return {
    packetsStale,
    strangers: socket?.strangers ?? 0,
    packetsForged: socket?.forged ?? 0,
    packetsReplayed: socket?.replayed ?? 0,
    sendFailures: socket?.sendFailures ?? 0,
  };
}

function countersOfFeed({ feed, socket }: FeedPost): Counters {
  return {
    feedPacketsSent: feed.packetsSent,
    feedPacketsDropped: feed.packetsDropped,
    sendFailures: socket?.sendFailures ?? 0,
  };
}

function countersOfMicrophone(microphone: Microphone): Counters {
  return {
    micPacketsReceived: microphone.input.statistics.packets,
    micPacketsForeign: microphone.packetsForeign + microphone.input.rejected,
    micPacketsUndecodable: microphone.packetsUndecodable,
    micPacketsStale: microphone.packetsStale,
  };
}

function rowOf(post: LegPost): VoiceStatistics['legs'][number] {
  const { leg, socket } = post;
  const { counts } = leg;
  const level = leg.inbound.level.speechLevelDbov;
  const unkeyed = leg.inbound.takeUnkeyedDbov();
  const { ssrc } = leg.inbound.input.statistics;
  const signal = leg.out.radio?.signal;
  const roundTripMs = leg.out.radio?.roundTripMs ?? leg.rtcp?.roundTripMs;
  return {
    leg: leg.id,
    packetsReceived: counts.received,
    packetsSent: counts.sent,
    packetsLost: counts.lost,
    strangers: socket?.strangers ?? 0,
    jitterMs: rounded(leg.inbound.input.statistics.jitterMs),
    ...(roundTripMs === undefined ? {} : { roundTripMs: rounded(roundTripMs) }),
    ...(level === undefined ? {} : { levelDbov: rounded(level) }),
    ...(unkeyed === undefined ? {} : { unkeyedDbov: rounded(unkeyed) }),
    ...(ssrc === undefined ? {} : { ssrc }),
    ...(signal === undefined ? {} : { signal }),
    ...(leg.rtcp?.farLoss === undefined ? {} : { farLoss: rounded(leg.rtcp.farLoss) }),
  };
}

function add(counters: Counters, name: string, count: number): void {
  counters[name] = (counters[name] ?? 0) + count;
}

function addAll(counters: Counters, more: Counters): void {
  for (const [name, count] of Object.entries(more)) add(counters, name, count);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
