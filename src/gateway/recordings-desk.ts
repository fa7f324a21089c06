/**
 * Permanent recordings for persons at consoles: whether he may, the line in the log, and then the search or the file.
 *
 *   console ─wish─▶ may he? ─▶ log ─▶ thread (evidence) ─▶ console
 *                                     listen ─▶ ticket ─▶ console ─HTTP─▶ door ─▶ thread ─▶ file
 *
 * A ticket is a path that nobody can guess, for one person: it holds for some minutes, while a console of his has its link
 * and, where people log in, for requests of his own session alone. What is asked goes to a thread, with bounds: voice and
 * consoles wait for none of it.
 */
import type { ExportsView } from '../api/exports-schema.ts';
import type { RecordingsPort, Served } from '../api/recordings-door.ts';
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import { placesOf } from '../config/recorded-places.ts';
import type { Config } from '../config/schema.ts';
import type { RecordingsReply, RecordingsWish, WireRecordingRights } from '../console/recordings-wire.ts';
import { writeRecordingRights } from '../console/recordings-wire.ts';
import { exportFaultWords } from '../operations/export-fault-words.ts';
import { defaultPermissions, refusalOf } from '../operations/permissions.ts';
import {
  type AccessRefusal,
  accessRefusal,
  exportRefusal,
  type Hearer,
  type RecordedPlace,
} from '../operations/recording-access.ts';
import { timeFault } from '../operations/recording-search.ts';
import type { Person } from '../operations/terms.ts';
import { RecordingsAway, type RecordingsReader } from '../store/recordings-thread.ts';
import type { ExportDesk } from './export-desk.ts';

export interface RecordingsDeskPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'consoles.notPermitted' | 'recordings.searched' | 'recordings.heard'>;
  readonly reader: RecordingsReader;
  readonly exports: Pick<ExportDesk, 'of' | 'shown' | 'order' | 'answer' | 'fetch' | 'open'>;
  /** Unguessable, URL-safe, of 256 bits. */
  newToken(): string;
  /** A console of his has its link, and he has not been locked out. */
  isHere(person: string): boolean;
}

type RecordedConfig = Pick<
  Config,
  'sharedGroups' | 'directLines' | 'controlRooms' | 'talkgroups' | 'networks' | 'people'
>;

interface Ticket {
  readonly person: string;
  readonly untilMs: number;
  readonly what: { readonly file: string } | { readonly order: number };
}

type Search = Extract<RecordingsWish, { name: 'search' }>;
type Order = Extract<RecordingsWish, { name: 'order' }>;
type Listen = Extract<RecordingsWish, { name: 'listen' }>;
/** An answer that says no, by a word of proto/console.proto. */
type Refused = { readonly refusal: string };

const ticketMs = 10 * 60_000;
/** More are out than persons can hear; the oldest goes. */
const ticketsMax = 256;
const incidentsMax = 20;

export class RecordingsDesk implements RecordingsPort {
  readonly #ports: RecordingsDeskPorts;
  /** Read anew at each wish: its fleet data may change. */
  readonly #config: RecordedConfig;
  readonly #tickets = new Map<string, Ticket>();

  constructor(config: RecordedConfig, ports: RecordingsDeskPorts) {
    this.#ports = ports;
    this.#config = config;
  }

  /** Answers once. */
  ask(person: Person, wish: RecordingsWish, answer: (reply: RecordingsReply) => void): void {
    this.#answer(this.#hearer(person), wish).then(answer, (error: unknown) => {
      if (!(error instanceof RecordingsAway)) throw error;
      answer({ refusal: 'busy' });
    });
  }

  rights(person: Person): WireRecordingRights {
    const hearer = this.#hearer(person);
    const heard = this.#heard(hearer);
    const isPartner = (second: Hearer) =>
      heard.some((place) => exportRefusal(defaultPermissions, hearer, second, [place]) === undefined);
    const seconds = this.#config.people.flatMap(({ id }) => this.#person(id) ?? []).filter(isPartner);
    const groups = heard.map(({ id }) => id);
    return writeRecordingRights({ search: groups.length > 0, export: seconds.length > 0, groups, seconds });
  }

  orders(person: string): ExportsView {
    const language = this.#config.people.find(({ id }) => id === person)?.language ?? 'en';
    const orders = this.#ports.exports.shown(person).map((order) => {
      const { id, state, by, second, reason, fromUtcMs, toUtcMs, groups, incident, askedUtcMs, sinceUtcMs } = order;
      const { done, all, words, fault: code = 'other', made } = order;
      return {
        ...{
          order: id,
          state,
          by: by.display,
          second: second.display,
          reason,
          fromUtcMs,
          toUtcMs,
          groups: [...groups],
        },
        ...{ incident, askedUtcMs, sinceUtcMs, done, all, words: state === 'refused' ? words : '' },
        ...(state === 'failed' && { fault: { code, words: exportFaultWords(code, language) } }),
        ...(made !== undefined && { manifestSha256: made.manifestSha256 }),
      };
    });
    return { orders };
  }

  /** What a ticket is for. */
  async open(token: string, signedIn: string | undefined): Promise<Served> {
    const ticket = this.#tickets.get(token);
    const { clock, reader, isHere, exports } = this.#ports;
    const isHis = signedIn === undefined || signedIn === ticket?.person;
    // Somebody who has logged in shows what was given to another.
    const other = ticket === undefined || isHis ? undefined : this.#person(signedIn);
    if (other !== undefined) this.#refuse(other, 'role', '');
    if (ticket === undefined || !isHis || ticket.untilMs <= clock.nowMs() || !isHere(ticket.person)) return 'unknown';
    const { what } = ticket;
    if ('order' in what) {
      this.#tickets.delete(token); // once
      return exports.open(what.order);
    }
    try {
      const bytes = await reader.read(what.file);
      return bytes === undefined ? 'unknown' : { bytes, type: 'audio/ogg' };
    } catch (error) {
      if (!(error instanceof RecordingsAway)) throw error;
      return 'busy';
    }
  }

  async #answer(hearer: Hearer, wish: RecordingsWish): Promise<RecordingsReply> {
    switch (wish.name) {
      case 'search':
        return this.#search(hearer, wish);
      case 'listen':
        return this.#listen(hearer, wish);
      case 'order':
        return this.#order(hearer, wish);
      case 'answer': {
        const refused = wish.answer === 'approve' ? this.#orderRefused(hearer, wish.order) : undefined;
        return refused ?? this.#ports.exports.answer(hearer, wish.order, wish.answer, wish.reason);
      }
      case 'fetch': {
        const refused = this.#orderRefused(hearer, wish.order);
        if (refused !== undefined) return refused;
        const found = this.#ports.exports.fetch(hearer, wish.order);
        if (found !== undefined) return this.#ticket(hearer, found);
        const { by, second } = this.#ports.exports.of(wish.order) ?? {};
        const isOthers = by !== undefined && by.person !== hearer.person && second?.person !== hearer.person;
        return isOthers ? this.#refuseExport(hearer, 'not-open') : { refusal: 'not-open' };
      }
    }
  }

  async #search(hearer: Hearer, wish: Search): Promise<RecordingsReply> {
    const wished = await this.#wishedPlaces(hearer, wish);
    if ('refusal' in wished) return wished;
    const { groups, fromUtcMs, toUtcMs } = wished;
    const { unit, operator, priorityMin, emergencyOnly, before, reason } = wish;
    // Also of what follows a first page: a page may say that it had one.
    this.#ports.events.recordings.searched({
      ...nameOf(hearer),
      ...{ reason, groups, fromUtc: utcText(fromUtcMs), toUtc: utcText(toUtcMs) },
      ...(wish.incident !== '' && { incident: wish.incident }),
      ...(unit !== '' && { searchUnit: unit }),
      ...(operator !== '' && { searchOperator: operator }),
      ...(priorityMin > 0 && { priorityMin }),
      ...(emergencyOnly && { emergencyOnly }),
    });
    const asked = { groups, fromUtcMs, toUtcMs, unit, operator, priorityMin, emergencyOnly, before };
    return { found: await this.#ports.reader.search(asked), fromUtcMs, toUtcMs, groups };
  }

  /** The places and the time that are wished for, where he may hear each of them. */
  async #wishedPlaces(
    hearer: Hearer,
    {
      groups,
      incident,
      fromUtcMs,
      toUtcMs,
      reason,
    }: Pick<Search, 'groups' | 'incident' | 'fromUtcMs' | 'toUtcMs' | 'reason'>,
  ): Promise<Refused | { readonly groups: readonly string[]; readonly fromUtcMs: number; readonly toUtcMs: number }> {
    const refusal = this.#refusalOf(hearer, groups);
    if (refusal !== undefined) return refusal;
    if (reason === '') return { refusal: 'reason-missing' };
    const heard = this.#heard(hearer).map(({ id }) => id);
    if (incident === '') {
      const fault = timeFault(fromUtcMs, toUtcMs);
      return fault === undefined
        ? { groups: groups.length === 0 ? heard : groups, fromUtcMs, toUtcMs }
        : { refusal: fault };
    }
    const names = incident.split(',').map((name) => name.trim());
    const found =
      names.length > incidentsMax ? undefined : await this.#ports.reader.incident(names, this.#ports.clock.utcMs());
    if (found === undefined) return { refusal: 'unknown-incident' };
    const named = found.groups.length === 0 ? heard : found.groups;
    const chosen = groups.length === 0 ? named : groups;
    const notHis = groups.length === 0 ? this.#refusalOf(hearer, chosen) : undefined;
    if (notHis !== undefined) return notHis;
    const time = toUtcMs === 0 ? { fromUtcMs: found.fromUtcMs, toUtcMs: found.toUtcMs } : { fromUtcMs, toUtcMs };
    const fault = timeFault(time.fromUtcMs, time.toUtcMs);
    return fault === undefined ? { groups: chosen, ...time } : { refusal: fault };
  }

  async #listen(hearer: Hearer, { recording: id, reason }: Listen): Promise<RecordingsReply> {
    const { reader, events } = this.#ports;
    const refused = this.#refusalOf(hearer, []);
    if (refused !== undefined) return refused;
    if (reason === '') return { refusal: 'reason-missing' };
    const recording = await reader.recording(id);
    if (recording === undefined) return { refusal: 'not-kept' };
    const { group, over, file, isKept } = recording;
    const notHis = this.#refusalOf(hearer, [group]);
    if (notHis !== undefined) return notHis;
    if (!isKept) return { refusal: 'not-kept' };
    events.recordings.heard({ ...nameOf(hearer), reason, group, over, file });
    return this.#ticket(hearer, { file });
  }

  async #order(hearer: Hearer, wish: Order): Promise<RecordingsReply> {
    const { exports, clock } = this.#ports;
    const second = this.#person(wish.second);
    const own = refusalOf(defaultPermissions, hearer, 'export_recordings', second === undefined ? {} : { second });
    if (own !== undefined || second === undefined) return this.#refuseExport(hearer, own ?? 'second-person-missing');
    if (wish.groups.length === 0 && wish.incident === '') return { refusal: 'no-group' };
    const wished = await this.#wishedPlaces(hearer, wish);
    if ('refusal' in wished) return wished;
    const all = this.#places();
    const places = wished.groups.flatMap((group) => all.get(group) ?? []);
    const cause = exportRefusal(defaultPermissions, hearer, second, places);
    if (cause !== undefined) return this.#refuseExport(hearer, cause);
    const { reason, incident } = wish;
    return exports.order({ ...wished, reason, incident, by: hearer, second, askedUtcMs: clock.utcMs() });
  }

  /** Who was allowed when it was ordered may have another role, or none, by now. */
  #orderRefused(hearer: Hearer, id: number): Refused | undefined {
    const order = this.#ports.exports.of(id);
    if (order === undefined) return undefined;
    const [by, second] = [this.#person(order.by.person), this.#person(order.second.person)];
    const all = this.#places();
    const places = order.groups.flatMap((group) => all.get(group) ?? []);
    const isWhole = by !== undefined && second !== undefined;
    const cause = isWhole ? exportRefusal(defaultPermissions, by, second, places) : 'second-person-may-not';
    return cause === undefined ? undefined : this.#refuseExport(hearer, cause);
  }

  #refuseExport(hearer: Hearer, cause: string): Refused {
    this.#ports.events.consoles.notPermitted({ permission: 'export_recordings', group: '', ...nameOf(hearer) });
    return { refusal: cause === 'role' ? 'not-permitted' : cause };
  }

  #ticket({ person }: Hearer, what: Ticket['what']): RecordingsReply {
    const { newToken, clock } = this.#ports;
    const token = newToken();
    this.#tickets.set(token, { person, untilMs: clock.nowMs() + ticketMs, what });
    if (this.#tickets.size > ticketsMax) this.#tickets.delete(this.#tickets.keys().next().value ?? '');
    return { ticket: `api/v1/recordings/${token}` };
  }

  /** Of the first that he may not hear; without any, of all. A refusal stands in the log. */
  #refusalOf(hearer: Hearer, groups: readonly string[]): Refused | undefined {
    const places = this.#places();
    for (const group of groups) {
      const place = places.get(group);
      // Whoever may hear nothing is told that, whatever he named.
      if (place === undefined) return this.#refusalOf(hearer, []) ?? { refusal: 'unknown-group' };
      const cause = accessRefusal(defaultPermissions, hearer, place);
      if (cause !== undefined) return this.#refuse(hearer, cause, group);
    }
    if (groups.length > 0 || this.#heard(hearer).length > 0) return undefined;
    const [any] = places.values();
    const cause = any === undefined ? undefined : accessRefusal(defaultPermissions, hearer, any);
    return this.#refuse(hearer, cause ?? 'role', '');
  }

  #refuse(hearer: Hearer, cause: AccessRefusal, group: string): Refused {
    this.#ports.events.consoles.notPermitted({ permission: 'search_recordings', group, ...nameOf(hearer) });
    return { refusal: cause === 'not-own-control-room' || cause === 'not-own-country' ? cause : 'not-permitted' };
  }

  #heard(hearer: Hearer): readonly RecordedPlace[] {
    const isHeard = (place: RecordedPlace) => accessRefusal(defaultPermissions, hearer, place) === undefined;
    return [...this.#places().values()].filter(isHeard);
  }

  #hearer({ person, display, role, controlRoom }: Person): Hearer {
    return { person, display, role, controlRoom, country: this.#person(person)?.country ?? '' };
  }

  #person(id: string): Hearer | undefined {
    const found = this.#config.people.find((each) => each.id === id);
    if (found === undefined) return undefined;
    const { display, role, controlRoom, country } = found;
    return { person: id, display, role, controlRoom, country };
  }

  #places(): ReadonlyMap<string, RecordedPlace> {
    return new Map(placesOf(this.#config).map((place) => [place.id, place]));
  }
}

function nameOf({ display: operator, role, controlRoom }: Person) {
  return { operator, role, controlRoom };
}

function utcText(utcMs: number): string {
  return new Date(utcMs).toISOString();
}
