/**
 * How far this machine's clock is from the time servers, and when it is set: asks them, and says what they say in the
 * log, in the metrics and on the consoles. Without servers it says once that nothing is measured, and still sees steps.
 *
 *   protocols/ntp/time-server.ts    when to ask, and what one server says
 *   protocols/ntp/time-agreement.ts what they say together
 *   operations/clock-quality.ts     what that means, and when it goes into the record
 */
import { randomBytes } from 'node:crypto';
import { Alarm, type Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import type { Meter } from '../base/meter.ts';
import type { ClockReport } from '../base/status-report.ts';
import { NameCache } from '../bridges/sip/name-cache.ts';
import type { TimeServerPlace } from '../config/clock-schema.ts';
import { type ClockQuality, isToRecord, judgeClock, type Recorded } from '../operations/clock-quality.ts';
import { readAnswer, writeRequest } from '../protocols/ntp/ntp-message.ts';
import { agree } from '../protocols/ntp/time-agreement.ts';
import {
  type Instant,
  newTimeServer,
  readServer,
  stepTimeServer,
  type TimeServer,
  type TimeServerEvent,
} from '../protocols/ntp/time-server.ts';
import { type AskTime, askTime } from './time-request.ts';

export interface ClockWatchPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'machine.clockQuality' | 'machine.clockStepped'>;
  readonly meter: Pick<Meter, 'set' | 'forget'>;
  showClock(quality: ClockQuality): void;
  readonly ask?: AskTime;
  readonly names?: Pick<NameCache, 'keep' | 'addressOf' | 'close'>;
}

interface Watched {
  readonly place: TimeServerPlace;
  server: TimeServer;
  /** Takes back the question under way. */
  cancel: () => void;
}

/** Between two looks at both clocks. */
const lookEveryMs = 10_000;
/** The wall clock was set: more than two readings of a pair of clocks differ by. */
const stepMsMin = 10;
/** Until then a server may not have been reached yet. */
const patienceMs = 10_000;
/** Both clocks were read without a pause between. */
const togetherMs = 0.5;
const readingsMax = 5;

export class ClockWatch {
  readonly #ports: ClockWatchPorts;
  readonly #names: Pick<NameCache, 'keep' | 'addressOf' | 'close'>;
  readonly #servers: readonly Watched[];
  readonly #alarm: Alarm;
  #startedMs = 0;
  #lookMs = 0;
  /** Wall minus monotonic clock, when it was last said to have changed. */
  #gapMs = 0;
  #stepped: { readonly byMs: number; readonly utcMs: number } | undefined;
  #quality: ClockQuality | undefined;
  #recorded: Recorded | undefined;

  constructor(places: readonly TimeServerPlace[], ports: ClockWatchPorts) {
    this.#ports = ports;
    this.#names = ports.names ?? new NameCache(ports.clock);
    this.#alarm = new Alarm(ports.clock, () => this.#due());
    const nowMs = ports.clock.nowMs();
    this.#servers = places.map((place) => ({ place, server: newTimeServer(nowMs), cancel: () => undefined }));
  }

  start(): void {
    const at = this.#instant();
    this.#startedMs = at.nowMs;
    this.#gapMs = at.utcMs - at.nowMs;
    this.#lookMs = at.nowMs + lookEveryMs;
    for (const { place } of this.#servers) this.#names.keep(place.host, [4, 6], () => this.#due());
    if (this.#servers.length === 0) this.#say({ state: 'unmeasured' }, at);
    this.#due();
  }

  stop(): void {
    this.#alarm.clear();
    this.#names.close();
    for (const { cancel } of this.#servers) cancel();
  }

  report(): ClockReport {
    const at = this.#instant();
    const quality = this.#quality;
    return {
      ...(quality === undefined ? { state: 'unknown' } : shown(quality)),
      ...(this.#stepped !== undefined && { steppedMs: this.#stepped.byMs, steppedUtcMs: this.#stepped.utcMs }),
      servers: this.#servers.map(({ place, server }) => {
        const reading = readServer(server, at);
        return {
          server: place.server,
          state: standing(server),
          ...(reading !== undefined && {
            offsetMs: tenths(reading.offsetMs),
            boundMs: tenths(reading.boundMs),
            delayMs: tenths(reading.delayMs),
            stratum: reading.stratum,
            heardUtcMs: Math.round(at.utcMs - (at.nowMs - reading.atMs)),
          }),
        };
      }),
    };
  }

  #due(): void {
    const at = this.#instant();
    if (at.nowMs >= this.#lookMs) {
      this.#lookMs = at.nowMs + lookEveryMs;
      this.#look(at);
    }
    for (const watched of this.#servers) {
      // A name that is not known yet is not asked for: it comes, and then this is called.
      const isKnown = this.#names.addressOf(watched.place.host) !== undefined;
      if (isKnown) this.#feed(watched, { name: 'tick', nonce: randomBytes(8).readBigUInt64BE() }, at);
    }
    this.#judge(at);
    this.#arm();
  }

  #arm(): void {
    const dues = this.#servers
      .filter(({ place }) => this.#names.addressOf(place.host) !== undefined)
      .map(({ server }) => server.dueMs);
    this.#alarm.setAt(Math.min(this.#lookMs, ...dues));
  }

  #feed(watched: Watched, event: TimeServerEvent, at: Instant): void {
    const wasAsking = watched.server.name === 'asking';
    const { server, ask } = stepTimeServer(watched.server, event, at);
    watched.server = server;
    if (wasAsking && server.name !== 'asking') watched.cancel();
    if (ask !== undefined) this.#ask(watched, ask);
  }

  #ask(watched: Watched, nonce: bigint): void {
    const { host, port } = watched.place;
    const address = this.#names.addressOf(host);
    if (address === undefined) return;
    const come = (event: TimeServerEvent): void => {
      const at = this.#instant();
      this.#feed(watched, event, at);
      this.#judge(at);
      this.#arm();
    };
    watched.cancel = (this.#ports.ask ?? askTime)({
      ...{ address, port, bytes: writeRequest(nonce) },
      sent: () => this.#feed(watched, { name: 'sent' }, this.#instant()),
      heard: (bytes) => come({ name: 'answer', reading: readAnswer(bytes, nonce) }),
      failed: () => come({ name: 'unreachable' }),
    });
  }

  /** Whether the wall clock was set since the last look. */
  #look(at: Instant): void {
    const gapMs = at.utcMs - at.nowMs;
    const byMs = gapMs - this.#gapMs;
    if (Math.abs(byMs) < stepMsMin) return;
    this.#gapMs = gapMs;
    this.#stepped = { byMs: Math.round(byMs), utcMs: Math.round(at.utcMs) };
    this.#ports.events.machine.clockStepped({ byMs: Math.round(byMs) });
    for (const watched of this.#servers) this.#feed(watched, { name: 'stepped' }, at);
  }

  #judge(at: Instant): void {
    if (this.#servers.length === 0) return;
    const opinions = this.#servers.flatMap(({ place, server }) => {
      const reading = readServer(server, at);
      return reading === undefined ? [] : [{ server: place.server, ...reading }];
    });
    const measured = agree(opinions);
    if (measured.is === 'silent' && at.nowMs - this.#startedMs < patienceMs) return;
    this.#say(judgeClock(this.#quality, measured, Math.round(at.utcMs)), at);
  }

  #say(quality: ClockQuality, { nowMs }: Instant): void {
    const { events, meter } = this.#ports;
    this.#quality = quality;
    if ('offsetMs' in quality) {
      meter.set('clock_offset_seconds', quality.offsetMs / 1000);
      meter.set('clock_bound_seconds', quality.boundMs / 1000);
    } else {
      meter.forget('clock_offset_seconds');
      meter.forget('clock_bound_seconds');
    }
    if (!isToRecord(this.#recorded, quality, nowMs)) return;
    this.#recorded = { quality, atMs: nowMs };
    const { sinceUtcMs, ...about } = shown(quality);
    events.machine.clockQuality({
      ...about,
      ...(sinceUtcMs !== undefined && { since: new Date(sinceUtcMs).toISOString() }),
    });
    this.#ports.showClock(quality);
  }

  /** Both clocks at one instant: read again where something came between. */
  #instant(): Instant {
    const { clock } = this.#ports;
    let nowMs = clock.nowMs();
    let utcMs = clock.utcMs();
    for (let reading = 1; reading < readingsMax; reading++) {
      const laterMs = clock.nowMs();
      if (laterMs - nowMs <= togetherMs) break;
      nowMs = laterMs;
      utcMs = clock.utcMs();
    }
    return { nowMs, utcMs };
  }
}

type Shown = Omit<ClockReport, 'servers' | 'steppedMs' | 'steppedUtcMs'>;

function shown(quality: ClockQuality): Shown {
  if (quality.state === 'unmeasured') return quality;
  return 'offsetMs' in quality
    ? { ...quality, offsetMs: tenths(quality.offsetMs), boundMs: tenths(quality.boundMs) }
    : quality;
}

function standing({ name, complaint, silent, samples }: TimeServer): ClockReport['servers'][number]['state'] {
  if (name === 'dismissed') return 'refused';
  if (silent > 0) return 'silent';
  return complaint === 'unsynchronised' ? 'unsynchronised' : samples.length === 0 ? 'asked' : 'answers';
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10 + 0; // no −0
}
