/**
 * One time server: when it is asked, what is made of its answers, and how far our clock is from its. Pure.
 *
 *   resting ──due──▶ asking ──answer, 3 s──▶ resting        dismissed: it said DENY or RSTR
 *
 *   first four times 2 s apart, then 64 … 256 s while it answers; silent, or at its wish (RATE), up to 1024 s
 *
 *   ours  T1 ─┐                       ┌─ T4      offset = ((T1 − T2) + (T4 − T3)) / 2, positive: ours is ahead
 *   its       └─▶ T2 ──────── T3 ────┘           delay  = (T4 − T1) − (T3 − T2), which bounds the offset's error
 *
 * Of the last eight answers that with the least bound counts, as long as it agrees with the newest: a clock that was
 * slewed meanwhile leaves the old ones behind. What the wall clock was stepped by since is added.
 *
 * Standards: RFC 5905 §8 (on the wire), §10 (filter), §7.4 (kiss-o'-death), §13 (polling); RFC 4330 §10.
 * Driven by: gateway/clock-watch.ts.
 */
import { msBetween, type NtpReading, type NtpTime, timestampOf } from './ntp-message.ts';

/** Both clocks at one instant. */
export interface Instant {
  readonly nowMs: number;
  readonly utcMs: number;
}

interface Sample {
  readonly atMs: number;
  readonly offsetMs: number;
  readonly delayMs: number;
  /** What the server itself may be wrong by. */
  readonly rootMs: number;
  readonly stratum: number;
  /** Wall minus monotonic clock: it changes by steps of the wall clock alone. */
  readonly gapMs: number;
}

export interface TimeServer {
  readonly name: 'resting' | 'asking' | 'dismissed';
  /** When it is asked next, or given up; Infinity for never. */
  readonly dueMs: number;
  readonly asked: { readonly nonce: bigint; readonly at: Instant } | undefined;
  readonly pollMs: number;
  /** It wants to be asked no oftener. */
  readonly pollMsMin: number;
  readonly burstLeft: number;
  /** Times in a row that it did not answer. */
  readonly silent: number;
  /** What it said last, where that was no time. */
  readonly complaint: 'unsynchronised' | 'rate' | 'denied' | undefined;
  /** The newest first. */
  readonly samples: readonly Sample[];
}

export type TimeServerEvent =
  /** `nonce` for the request that may follow: 64 bits that nobody can guess. */
  | { readonly name: 'tick'; readonly nonce: bigint }
  /** The request has left; it may have waited for its socket. */
  | { readonly name: 'sent' }
  | { readonly name: 'answer'; readonly reading: NtpReading }
  /** The network says that it cannot be reached. */
  | { readonly name: 'unreachable' }
  /** The wall clock was set. */
  | { readonly name: 'stepped' };

export interface TimeServerStep {
  readonly server: TimeServer;
  /** Nonce of the request that is to be sent now. */
  readonly ask?: bigint;
}

/** How far our clock is ahead of a server's, and by how much that may be wrong. */
export interface ServerReading {
  readonly offsetMs: number;
  readonly boundMs: number;
  readonly delayMs: number;
  readonly stratum: number;
  readonly atMs: number;
}

const burst = 4;
const burstEveryMs = 2000;
const answerWithinMs = 3000;
const pollMsFirst = 64_000;
const pollMsAnswering = 256_000;
const pollMsMax = 1_024_000;
const samplesMax = 8;
/** Clocks that nothing disciplines drift apart by so much (RFC 5905 §7.2: PHI). */
const driftPerMs = 15e-6;
/** Our wall clock is read in whole milliseconds. */
const precisionMs = 1;
/** A server whose own doubt is greater is of no use (RFC 5905 §13: MAXDIST). */
const rootMsMax = 1500;
/** The two readings of a pair of clocks lie so close together, where the wall clock was not set between them. */
const gapNoiseMs = 3;

export function newTimeServer(nowMs: number): TimeServer {
  return {
    name: 'resting',
    dueMs: nowMs,
    asked: undefined,
    pollMs: pollMsFirst,
    pollMsMin: pollMsFirst,
    burstLeft: burst,
    silent: 0,
    complaint: undefined,
    samples: [],
  };
}

/** Feeds one event. Total: no input can throw. */
export function stepTimeServer(server: TimeServer, event: TimeServerEvent, at: Instant): TimeServerStep {
  if (server.name === 'dismissed') return { server };
  switch (event.name) {
    case 'tick':
      if (at.nowMs < server.dueMs) return { server };
      return server.name === 'asking' ? { server: silence(server, at) } : ask(server, event.nonce, at);
    case 'sent':
      return { server: server.asked === undefined ? server : { ...server, asked: { ...server.asked, at } } };
    case 'answer':
      return { server: server.asked === undefined ? server : answer(server, event.reading, server.asked.at, at) };
    case 'unreachable':
      return { server: server.name === 'asking' ? silence(server, at) : server };
    case 'stepped':
      return { server: hurry(server, at) };
  }
}

/** What its answers say at this instant; undefined while there is none. */
export function readServer({ samples }: TimeServer, at: Instant): ServerReading | undefined {
  const [first, ...others] = samples;
  if (first === undefined) return undefined;
  const best = others.reduce(
    (least, each) => (boundOf(each, at.nowMs) < boundOf(least, at.nowMs) ? each : least),
    first,
  );
  return {
    offsetMs: offsetAt(best, at),
    boundMs: boundOf(best, at.nowMs),
    delayMs: best.delayMs,
    stratum: best.stratum,
    atMs: best.atMs,
  };
}

function ask(server: TimeServer, nonce: bigint, at: Instant): TimeServerStep {
  const asked = { nonce, at };
  const burstLeft = Math.max(0, server.burstLeft - 1);
  return { server: { ...server, name: 'asking', asked, burstLeft, dueMs: at.nowMs + answerWithinMs }, ask: nonce };
}

function silence(server: TimeServer, at: Instant): TimeServer {
  const { silent, pollMs, pollMsMin } = server;
  // What answered until now is asked again soon: a packet may have been lost.
  return rest({ ...server, silent: silent + 1, pollMs: silent === 0 ? pollMsMin : pollMs }, pollMsMax, at);
}

function answer(server: TimeServer, reading: NtpReading, asked: Instant, at: Instant): TimeServer {
  switch (reading.is) {
    case 'wrong':
      return server; // somebody else's, or nobody's: the answer may still come
    case 'kiss':
      return kissed({ ...server, silent: 0 }, reading.code, at);
    case 'unsynchronised':
      return rest({ ...server, silent: 0, complaint: 'unsynchronised' }, pollMsAnswering, at);
    case 'time': {
      const sample = sampleOf(reading, asked, at);
      const heard: TimeServer = { ...server, silent: 0, complaint: undefined };
      return rest(
        sample === undefined ? heard : { ...heard, samples: filed(sample, server.samples) },
        pollMsAnswering,
        at,
      );
    }
  }
}

function kissed(server: TimeServer, code: string, at: Instant): TimeServer {
  if (code === 'DENY' || code === 'RSTR') {
    return { ...server, name: 'dismissed', asked: undefined, dueMs: Infinity, complaint: 'denied' };
  }
  if (code !== 'RATE') return rest({ ...server, complaint: 'unsynchronised' }, pollMsAnswering, at);
  const pollMsMin = Math.min(pollMsMax, server.pollMsMin * 2);
  return rest({ ...server, complaint: 'rate', burstLeft: 0, pollMsMin, pollMs: pollMsMin }, pollMsMax, at);
}

/** Until the next time, which lies ever farther away. */
function rest(server: TimeServer, pollMsLongest: number, { nowMs }: Instant): TimeServer {
  const resting: TimeServer = { ...server, name: 'resting', asked: undefined };
  if (server.burstLeft > 0) return { ...resting, dueMs: nowMs + burstEveryMs };
  const pollMs = Math.max(server.pollMsMin, Math.min(server.pollMs, pollMsLongest));
  return { ...resting, dueMs: nowMs + pollMs, pollMs: Math.min(pollMs * 2, pollMsLongest) };
}

/** Soon, yet not oftener than ever: the clock is being set, and may be set again. */
function hurry(server: TimeServer, { nowMs }: Instant): TimeServer {
  if (server.name === 'asking') return server;
  const dueMs = Math.min(server.dueMs, nowMs + server.pollMsMin);
  return { ...server, dueMs, pollMs: server.pollMsMin };
}

function sampleOf(time: NtpTime, asked: Instant, at: Instant): Sample | undefined {
  const rootMs = time.rootDelayMs / 2 + time.rootDispersionMs;
  const gapMs = at.utcMs - at.nowMs;
  const wasStepped = Math.abs(gapMs - (asked.utcMs - asked.nowMs)) > gapNoiseMs;
  if (rootMs > rootMsMax || wasStepped) return undefined;
  const there = msBetween(time.receive, timestampOf(asked.utcMs));
  const back = msBetween(time.transmit, timestampOf(at.utcMs));
  const delayMs = Math.max(0, at.nowMs - asked.nowMs - msBetween(time.receive, time.transmit));
  return { atMs: at.nowMs, offsetMs: (there + back) / 2, delayMs, rootMs, stratum: time.stratum, gapMs };
}

/** The newest, and those before that do not contradict it. */
function filed(newest: Sample, before: readonly Sample[]): readonly Sample[] {
  const at = { nowMs: newest.atMs, utcMs: newest.gapMs + newest.atMs };
  const agreeing = before.filter(
    (each) =>
      Math.abs(offsetAt(each, at) - newest.offsetMs) <= pathBoundOf(each, at.nowMs) + pathBoundOf(newest, at.nowMs),
  );
  return [newest, ...agreeing].slice(0, samplesMax);
}

function offsetAt({ offsetMs, gapMs }: Sample, { nowMs, utcMs }: Instant): number {
  return offsetMs + (utcMs - nowMs - gapMs);
}

/** Without what the server may be wrong by, which is the same in all its answers. */
function pathBoundOf({ delayMs, atMs }: Sample, nowMs: number): number {
  return delayMs / 2 + precisionMs + driftPerMs * (nowMs - atMs);
}

function boundOf(sample: Sample, nowMs: number): number {
  return pathBoundOf(sample, nowMs) + sample.rootMs;
}
