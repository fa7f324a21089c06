/**
 * What is kept no longer than it may be: starts the thread that removes it, tells it how right the clock is, and lets two
 * persons at consoles set how long (docs/evidence.md).
 */
import { join } from 'node:path';
import type { RetentionPort } from '../api/retention-door.ts';
import { bootTime } from '../base/boot-clock.ts';
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import { recordingFolderOf } from '../base/recording-folder.ts';
import { recordingMasters } from '../config/recording-schema.ts';
import { retentionValues } from '../config/retention-schema.ts';
import type { Config } from '../config/schema.ts';
import type { RetentionOperation } from '../console/operation.ts';
import type { OperationRefusal } from '../console/ports.ts';
import type { ClockQuality } from '../operations/clock-quality.ts';
import type { IncidentTime } from '../operations/recording-search.ts';
import type { RetentionValues } from '../operations/retention.ts';
import type { Person } from '../operations/terms.ts';
import { databasePlace } from '../store/database-place.ts';
import type { ItemKind } from '../store/kept-items.ts';
import type { RetentionGroup } from '../store/retention-kept.ts';
import { RetentionThread } from '../store/retention-thread.ts';
import type { RetentionNews } from '../store/retention-worker.ts';
import { signingKey } from '../store/signing-key.ts';
import { RetentionOffice, type RetentionOfficePorts } from './retention-office.ts';

export interface RetentionPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<
    | 'retention.changed'
    | 'retention.halted'
    | 'retention.back'
    | 'retention.failed'
    | 'retention.held'
    | 'retention.holdSet'
    | 'retention.holdLifted'
    | 'consoles.notPermitted'
  >;
  /** Nothing is removed, or it is again. */
  alarm(isHalted: boolean): void;
  /** True: no document has these any more. */
  forget(kind: ItemKind, names: readonly string[]): boolean;
  /** The audit log may have let go of something. */
  swept(): void;
  /** First words of two persons, kept over a restart. */
  readonly words: RetentionOfficePorts['words'];
  /** Who has logged in with that cookie. */
  signedIn: RetentionPort['signedIn'];
  /** When an incident was, by its names; undefined: the log does not name one of them. Rejects while that cannot be read. */
  incident(names: readonly string[], nowUtcMs: number): Promise<IncidentTime | undefined>;
}

type Part = Pick<
  Config,
  | 'gateway'
  | 'people'
  | 'recording'
  | 'retention'
  | 'hits'
  | 'clock'
  | 'networks'
  | 'talkgroups'
  | 'sharedGroups'
  | 'directLines'
>;

const sweepEveryMs = 600_000;
/** A gateway that comes up has more urgent things to do. */
const startAfterMs = 5000;

export class Retention {
  readonly #config: Part;
  readonly #ports: RetentionPorts;
  readonly #started = bootTime();
  /** What auditors see of it, and set and lift. */
  readonly office: RetentionOffice;
  #thread: RetentionThread | undefined;
  #quality: ClockQuality | undefined;
  #values: RetentionValues;
  /** Why nothing is removed; undefined: it is. */
  #halted: string | undefined;
  #cancel = (): void => undefined;

  constructor(config: Part, ports: RetentionPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#values = retentionValues(config);
    this.office = new RetentionOffice(config, {
      ...ports,
      desk: () => {
        this.#startThread();
        return this.#thread;
      },
      halted: () => this.#halted,
      values: () => this.#values,
      set: (rule, days, by) => this.#set(rule, days, by),
    });
  }

  start(): void {
    const { clock } = this.#ports;
    this.#cancel = clock.callAt(clock.nowMs() + startAfterMs, () => this.#startThread());
  }

  async stop(): Promise<void> {
    this.#cancel();
    await this.#thread?.stop();
  }

  clockSaid(quality: ClockQuality): void {
    this.#quality = quality;
    this.#thread?.order({ name: 'clock', quality });
  }

  /** The fleet data is another: what is recorded of a new group falls under the rules of its own countries. */
  fleetChanged(): void {
    this.#thread?.setGroups(retentionGroups(this.#config));
  }

  operate(
    person: Person,
    { rule, days, reason }: RetentionOperation,
    answer: (refusal: OperationRefusal | undefined) => void,
  ): void {
    const outcome = this.office.change(person, { rule, days, reason });
    if ('refusal' in outcome) answer({ cause: outcome.refusal === 'away' ? 'retention-away' : outcome.refusal });
    else answer(outcome.isWaiting ? { cause: 'second-person-missing' } : undefined);
  }

  #set(rule: string, days: number, by: string): boolean {
    this.#startThread();
    this.#thread?.order({ name: 'set', rule, days, by });
    return this.#thread !== undefined;
  }

  #startThread(): void {
    if (this.#thread !== undefined) return;
    const { gateway, recording, clock } = this.#config;
    const stateFolder = join(gateway.stateFolder, gateway.id);
    const { privateKey, fault } = signingKey(join(stateFolder, 'signing-key'));
    if (fault !== undefined) {
      this.#halt('no-key'); // a report that nobody can verify is none
      return;
    }
    const settings = {
      gateway: gateway.id,
      ...{ recordings: recording.folder, masters: recordingMasters(recording) },
      ...{ stateFolder, values: retentionValues(this.#config) },
      databases: { retention: databasePlace(this.#config, 'retention'), audit: databasePlace(this.#config, 'audit') },
      groups: retentionGroups(this.#config),
      key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      ...{ isMeasured: clock.servers.length > 0, sweepEveryMs },
      started: this.#started,
    };
    this.#thread = new RetentionThread(settings, this.#ports.clock, (news) => this.#heed(news));
    if (this.#quality !== undefined) this.#thread.order({ name: 'clock', quality: this.#quality });
  }

  #heed(news: RetentionNews): void {
    switch (news.name) {
      case 'values':
        this.#values = { ...retentionValues(this.#config), ...news.values };
        return;
      case 'halted':
        this.#halt(news.reason);
        return;
      case 'failed': {
        const { name: _, ...what } = news;
        this.#ports.events.retention.failed(what);
        return;
      }
      case 'held': {
        const { hold, fromUtcMs, toUtcMs } = news;
        const [fromUtc, toUtc] = [fromUtcMs, toUtcMs].map((utcMs) => new Date(utcMs).toISOString());
        this.#ports.events.retention.held({ hold, fromUtc: fromUtc ?? '', toUtc: toUtc ?? '' });
        return;
      }
      case 'swept':
        this.#ports.swept();
        return;
      case 'forget':
        if (this.#ports.forget(news.kind, news.names)) this.#thread?.order({ name: 'forgotten' });
        return;
    }
  }

  #halt(reason: string | undefined): void {
    const { events, alarm } = this.#ports;
    if (reason !== undefined) events.retention.halted({ reason });
    else if (this.#halted !== undefined) events.retention.back();
    this.#halted = reason;
    alarm(reason !== undefined);
  }
}

/** By their folders, with the countries of the networks that are joined there. */
export function retentionGroups(
  config: Pick<Config, 'networks' | 'talkgroups' | 'sharedGroups' | 'directLines'>,
): Readonly<Record<string, RetentionGroup>> {
  const network = new Map(config.talkgroups.map(({ id, network: of }) => [id, of]));
  const country = new Map(config.networks.map(({ id, country: of }) => [id, of]));
  const shared = config.sharedGroups.map(({ id: group, legs }) => {
    const countries = legs.flatMap(({ talkgroup }) => country.get(network.get(talkgroup) ?? '') ?? []);
    return { group, countries: [...new Set(countries)] };
  });
  // A telephone belongs to no network.
  const lines = config.directLines.map(({ id }) => ({ group: `line:${id}`, countries: [] }));
  return Object.fromEntries([...shared, ...lines].map((each) => [recordingFolderOf(each.group), each]));
}
