/**
 * What units said beside voice, as consoles are shown it: the newest first, bounded. Pure.
 *
 * A radio says again and again where it is, or that somebody is in distress: that stays one entry, brought up to date,
 * so that it neither pushes the others out nor alarms twice. Alarms that nobody has seen to are the last to give way.
 */
import type { escaut } from '../protocols/generated/console.js';
import type { LegId } from '../talkgroups/terms.ts';

type DataSaid = escaut.console.v1.DataSaid.$Properties;

export interface SaidData {
  readonly leg: LegId;
  /** As the network gave it; empty when it did not. */
  readonly address: string;
  /** One of them. */
  readonly said: Pick<DataSaid, 'text' | 'status' | 'position' | 'alarm'>;
}

export const dataMax = 50;

export class DataList {
  /** Newest first. */
  #entries: readonly DataSaid[] = [];
  #lastId = 0;

  get entries(): readonly DataSaid[] {
    return this.#entries;
  }

  add({ leg, address, said }: SaidData, from: Pick<DataSaid, 'groupId' | 'sender' | 'atUtcMs'>): DataSaid {
    const before = this.#entries.find(
      (entry) => entry.legId === leg && isSameAddress(entry.sender?.address, address) && isSameMatter(entry, said),
    );
    const entry = { ...from, ...said, id: before?.id ?? ++this.#lastId, legId: leg, undelivered: [] };
    this.#put(entry);
    return entry;
  }

  /** A leg has not got it; undefined when it is no longer listed, or that is known. */
  noteUndelivered(id: number, leg: LegId): DataSaid | undefined {
    const entry = this.#find(id);
    if (entry === undefined || entry.undelivered?.includes(leg)) return undefined;
    return this.#replace({ ...entry, undelivered: [...(entry.undelivered ?? []), leg] });
  }

  /** Somebody sees to an alarm; undefined when there is none, or somebody does already. */
  acknowledge(id: number, by: string): DataSaid | undefined {
    const entry = this.#find(id);
    return entry === undefined || !isOpenAlarm(entry) ? undefined : this.#replace({ ...entry, acknowledgedBy: by });
  }

  #find(id: number): DataSaid | undefined {
    return this.#entries.find((entry) => entry.id === id);
  }

  #put(entry: DataSaid): void {
    const all = [entry, ...this.#entries.filter((other) => other.id !== entry.id)];
    if (all.length > dataMax) {
      const last = all.findLastIndex((other) => !isOpenAlarm(other));
      all.splice(last <= 0 ? dataMax : last, 1);
    }
    this.#entries = all;
  }

  #replace(entry: DataSaid): DataSaid {
    this.#entries = this.#entries.map((other) => (other.id === entry.id ? entry : other));
    return entry;
  }
}

/** Raised, and nobody has seen to it. */
function isOpenAlarm({ alarm, acknowledgedBy }: DataSaid): boolean {
  return alarm?.raised === true && !acknowledgedBy;
}

function isSameAddress(one: string | null | undefined, other: string): boolean {
  return (one ?? '').replaceAll(/\s/g, '') === other.replaceAll(/\s/g, '');
}

function isSameMatter(entry: DataSaid, said: SaidData['said']): boolean {
  if (said.position) return Boolean(entry.position);
  return said.alarm?.raised === true && isOpenAlarm(entry);
}
