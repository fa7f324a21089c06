/**
 * Overs of the last quarter of an hour, for persons who want to hear them again: which there are, and their voice as
 * Ogg Opus. Who listened to which stands in the log.
 *
 *   console ──wish──▶ may he? ──▶ file at hand? ──no──▶ voice process, part by part ──▶ Ogg Opus ──▶ console, part by part
 *
 * Each part is asked for when the one before has come, on both ways: a long over neither holds up voice nor makes a
 * console a slow reader. What had no listener is coded here, 2 s at a time. The file of an over of an exercise says so in
 * its comments. The voice itself is kept by the voice process (talkgroups/voice-tape.ts) and gone with it.
 */
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import { type PlacesConfig, placesOf } from '../config/recorded-places.ts';
import type { Config } from '../config/schema.ts';
import type { Talker } from '../console/directory.ts';
import type { RecallAnswer, RecallWish } from '../console/wire.ts';
import { type TimedPacket, writeOggOpus } from '../media/ogg-opus.ts';
import { defaultPermissions, refusalOf } from '../operations/permissions.ts';
import { isOutsideLaw } from '../operations/recording-access.ts';
import type { Person } from '../operations/terms.ts';
import { readTape, TapeCoder, usualTape } from '../talkgroups/voice-tape.ts';
import type { OverReport, VoiceCommand, VoiceEvent } from '../voice/contract.ts';

export interface RecallPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'consoles.notPermitted' | 'consoles.recalled'>;
  sendVoice(command: VoiceCommand): void;
  /** Whom consoles saw talk in an over that has ended. */
  talkerOf(group: string, over: number): Talker | undefined;
  /** An over that has ended was one of an exercise. */
  isExercise(group: string, over: number): boolean;
}

/** Octets of one answer: far below what makes a console a slow reader. */
const partBytes = 32 * 1024;
/** Files at hand: those that consoles are fetching. */
const filesBytesMax = 8 * 1024 * 1024;
/** Overs that are fetched from the voice process at a time. */
const fetchesMax = 16;
/** Of one group; of more the oldest are forgotten. */
const oversMax = 500;

/** An over that may be heard again. */
interface RecalledOver {
  readonly over: number;
  readonly talker: Talker;
  readonly startUtcMs: number;
  readonly durationMs: number;
  readonly end: string;
  readonly emergency: boolean;
  readonly exercise: boolean;
}

/** An over on its way from the voice process. */
interface Fetch {
  readonly key: string;
  readonly group: string;
  readonly over: number;
  readonly packets: TimedPacket[];
  readonly coder: TapeCoder;
  part: number;
  readonly done: ((file: Uint8Array | undefined) => void)[];
}

export class Recall {
  readonly #ports: RecallPorts;
  /** Read anew at each wish: its fleet data may change. */
  readonly #config: PlacesConfig & Pick<Config, 'people'>;
  /** By group, oldest first. */
  readonly #overs = new Map<string, RecalledOver[]>();
  readonly #fetches = new Map<number, Fetch>();
  /** In the order in which they were last asked for. */
  readonly #files = new Map<string, Uint8Array>();
  #requests = 0;

  constructor(config: PlacesConfig & Pick<Config, 'people'>, ports: RecallPorts) {
    this.#ports = ports;
    this.#config = config;
  }

  /** Answers once, perhaps later. */
  ask(person: Person, wish: RecallWish, answer: (answer: RecallAnswer) => void): void {
    const refusal = this.#refusalOf(person, wish.group);
    if (refusal !== undefined) answer({ refusal });
    else if (wish.name === 'list') answer({ overs: this.#list(wish.group, wish.lastMs) });
    else this.#read(person, wish, answer);
  }

  /** To be told after consoles: they know who talked. */
  voiceEvent(event: VoiceEvent): void {
    if (event.name === 'over') this.#keep(event.report);
    else if (event.name === 'recalled') this.#fetched(event);
    else if (event.name === 'ready') this.#loseAll();
  }

  #refusalOf(person: Person, group: string): string | undefined {
    const place = placesOf({ ...this.#config, directLines: [] }).find(({ id }) => id === group);
    if (place === undefined) return 'unknown-group';
    const controlRooms = place.controlRooms.length === 0 ? [person.controlRoom] : place.controlRooms;
    const permission = 'instant_replay_15min';
    const country = this.#config.people.find(({ id }) => id === person.person)?.country ?? '';
    const law = isOutsideLaw({ ...person, country }, place.countries) ? 'not-own-country' : undefined;
    const cause = refusalOf(defaultPermissions, person, permission, { controlRooms }) ?? law;
    if (cause === undefined) return undefined;
    const { display: operator, role, controlRoom } = person;
    this.#ports.events.consoles.notPermitted({ permission, group, operator, role, controlRoom });
    return cause === 'not-own-control-room' || cause === 'not-own-country' ? cause : 'not-permitted';
  }

  #list(group: string, lastMs: number): readonly RecalledOver[] {
    const fromUtcMs = this.#ports.clock.utcMs() - lastMs;
    return this.#kept(group).filter((over) => over.startUtcMs + over.durationMs >= fromUtcMs);
  }

  /** What is too old for the tape is forgotten. */
  #kept(group: string): readonly RecalledOver[] {
    const oldestUtcMs = this.#ports.clock.utcMs() - usualTape.keptMs;
    const kept = (this.#overs.get(group) ?? []).filter((over) => over.startUtcMs + over.durationMs >= oldestUtcMs);
    this.#overs.set(group, kept);
    return kept;
  }

  #keep(report: OverReport): void {
    const { group, over, startUtcMs, durationMs, end, emergency, party } = report;
    const talker = this.#ports.talkerOf(group, over) ?? { partyId: party };
    const known = this.#kept(group).slice(1 - oversMax);
    const exercise = this.#ports.isExercise(group, over);
    const lastsMs = Math.max(0, Math.round(durationMs));
    this.#overs.set(group, [...known, { over, talker, startUtcMs, durationMs: lastsMs, end, emergency, exercise }]);
  }

  #read(person: Person, wish: Extract<RecallWish, { name: 'over' }>, answer: (answer: RecallAnswer) => void): void {
    const { group, over, offset } = wish;
    this.#file(group, over, (file) => {
      if (file === 'busy' || file === undefined) {
        answer({ refusal: file === 'busy' ? 'busy' : 'not-kept' });
        return;
      }
      if (offset === 0) {
        const { display: operator, role, controlRoom } = person;
        this.#ports.events.consoles.recalled({ group, over, operator, role, controlRoom });
      }
      answer({ part: { ogg: file.subarray(offset, offset + partBytes), total: file.length } });
    });
  }

  #file(group: string, over: number, done: (file: Uint8Array | 'busy' | undefined) => void): void {
    const key = `${over} ${group}`;
    const file = this.#files.get(key);
    const underWay = [...this.#fetches.values()].find((fetch) => fetch.key === key);
    if (file !== undefined) {
      this.#files.delete(key);
      this.#files.set(key, file);
      done(file);
    } else if (!this.#kept(group).some((kept) => kept.over === over)) done(undefined);
    else if (underWay !== undefined) underWay.done.push(done);
    else if (this.#fetches.size >= fetchesMax) done('busy');
    else this.#ask({ key, group, over, packets: [], coder: new TapeCoder(), part: 0, done: [done] });
  }

  #ask(fetch: Fetch): void {
    const request = ++this.#requests;
    this.#fetches.set(request, fetch);
    const { group, over, part } = fetch;
    this.#ports.sendVoice({ name: 'recall', request, group, over, part });
  }

  #fetched({ request, packets, last }: Extract<VoiceEvent, { name: 'recalled' }>): void {
    const fetch = this.#fetches.get(request);
    if (fetch === undefined) return;
    this.#fetches.delete(request);
    if (packets === undefined) {
      for (const done of fetch.done) done(undefined);
      return;
    }
    for (const packet of readTape(Buffer.from(packets, 'base64'))) fetch.packets.push(fetch.coder.code(packet));
    fetch.part += 1;
    if (!last) this.#ask(fetch);
    else {
      const { group, over } = fetch;
      const isExercise = this.#kept(group).some((kept) => kept.over === over && kept.exercise);
      const file = writeOggOpus(fetch.packets, isExercise ? ['EXERCISE=1'] : []);
      this.#store(fetch.key, file);
      for (const done of fetch.done) done(file);
    }
  }

  #store(key: string, file: Uint8Array): void {
    this.#files.set(key, file);
    let bytes = 0;
    for (const { length } of this.#files.values()) bytes += length;
    for (const [oldest, { length }] of this.#files) {
      if (bytes <= filesBytesMax || oldest === key) return;
      this.#files.delete(oldest);
      bytes -= length;
    }
  }

  /** Another voice process has begun: what the one before kept is gone. */
  #loseAll(): void {
    this.#overs.clear();
    const fetches = [...this.#fetches.values()];
    this.#fetches.clear();
    for (const fetch of fetches) for (const done of fetch.done) done(undefined);
  }
}
