/**
 * What units said beside voice, as consoles are shown it: the newest first, bounded. Pure.
 *
 * A radio says again and again where it is, or that somebody is in distress: that stays one entry, brought up to date,
 * so that it does not push the others out. Alarms that last are the last to give way. Who sees to an alarm is not told
 * here but with the emergency that it is: operations/emergency.ts.
 *
 *   raised ──▶ open ──raised again within 10 min──▶ open, counted
 *                │ taken back
 *                ▼
 *              cleared            raised after that: another alarm
 */
import type { escaut } from '../protocols/generated/console.js';
import type { LegId } from '../talkgroups/terms.ts';

type DataSaid = escaut.console.v1.DataSaid.$Properties;
type Receipt = escaut.console.v1.Receipt.$Properties;

export interface SaidData {
  readonly leg: LegId;
  /** As the network gave it; empty when it did not. */
  readonly address: string;
  /** Whether it is his cannot be told. */
  readonly unproven?: boolean;
  /** One of them. */
  readonly said: Pick<DataSaid, 'text' | 'status' | 'position' | 'alarm'>;
}

export const dataMax = 50;
/** A radio repeats its alarm until it is switched off; after so long without any it is another alarm. */
const repeatMs = 600_000;

export class DataList {
  /** Newest first. */
  #entries: readonly DataSaid[] = [];
  #lastId = 0;
  /** When each alarm that is listed was last raised, and each place told, monotonic. */
  readonly #saidMs = new Map<number, number>();

  get entries(): readonly DataSaid[] {
    return this.#entries;
  }

  add(data: SaidData, from: Pick<DataSaid, 'groupId' | 'sender' | 'atUtcMs'>, nowMs: number): DataSaid {
    const { leg, said } = data;
    const before = this.#entries.find((entry) => isSameUnit(entry, data) && this.#isSameMatter(entry, data, nowMs));
    const { atUtcMs } = from;
    if (before !== undefined && said.alarm?.raised === false) {
      return this.#replace({ ...before, alarm: { ...before.alarm, clearedAtUtcMs: atUtcMs ?? 0 } });
    }
    const entry = { ...from, ...said, id: before?.id ?? ++this.#lastId, legId: leg, undelivered: [] };
    if (said.position) this.#saidMs.set(entry.id, nowMs);
    if (said.alarm?.raised !== true) return this.#put(entry);
    this.#saidMs.set(entry.id, nowMs);
    if (before === undefined) return this.#put(entry);
    const { alarm } = before;
    const place = said.alarm.place ?? alarm?.place;
    const repeated = { ...said.alarm, ...(place && { place }), repeats: (alarm?.repeats ?? 0) + 1 };
    return this.#put({ ...entry, alarm: repeated });
  }

  /** When a place that is listed was told, monotonic; never for anything else. */
  placeToldMs({ id, position }: DataSaid): number | undefined {
    return position ? this.#saidMs.get(id ?? 0) : undefined;
  }

  /** A leg has not got it; undefined when it is no longer listed, or that is known. */
  noteUndelivered(id: number, leg: LegId): DataSaid | undefined {
    const entry = this.#find(id);
    if (entry === undefined || entry.undelivered?.includes(leg)) return undefined;
    return this.#replace({ ...entry, undelivered: [...(entry.undelivered ?? []), leg] });
  }

  /** What became of a text on a leg, in place of what was known of it; undefined when it is no longer listed. */
  noteReceipt(id: number, receipt: Receipt): DataSaid | undefined {
    const entry = this.#find(id);
    if (entry === undefined) return undefined;
    const known = entry.receipts ?? [];
    const isKnown = known.some(({ legId }) => legId === receipt.legId);
    const receipts = isKnown
      ? known.map((each) => (each.legId === receipt.legId ? receipt : each))
      : [...known, receipt];
    return this.#replace({ ...entry, receipts });
  }

  #find(id: number): DataSaid | undefined {
    return this.#entries.find((entry) => entry.id === id);
  }

  /** Of the same unit: the place that it had, or the alarm that lasts or is taken back. */
  #isSameMatter(entry: DataSaid, { said }: SaidData, nowMs: number): boolean {
    if (said.position) return Boolean(entry.position);
    if (!said.alarm || !isOpenAlarm(entry)) return false;
    return !said.alarm.raised || nowMs - (this.#saidMs.get(entry.id ?? 0) ?? -Infinity) < repeatMs;
  }

  #put(entry: DataSaid): DataSaid {
    const all = [entry, ...this.#entries.filter((other) => other.id !== entry.id)];
    if (all.length > dataMax) {
      const last = all.findLastIndex((other) => !isOpenAlarm(other));
      const [dropped] = all.splice(last <= 0 ? dataMax : last, 1);
      this.#saidMs.delete(dropped?.id ?? 0);
    }
    this.#entries = all;
    return entry;
  }

  #replace(entry: DataSaid): DataSaid {
    this.#entries = this.#entries.map((other) => (other.id === entry.id ? entry : other));
    return entry;
  }
}

/** Raised, and not taken back by the unit or its network. */
function isOpenAlarm({ alarm }: DataSaid): boolean {
  return alarm?.raised === true && (alarm.clearedAtUtcMs === undefined || alarm.clearedAtUtcMs === null);
}

function isSameUnit({ legId, sender }: DataSaid, { leg, address }: SaidData): boolean {
  return legId === leg && (sender?.address ?? '').replaceAll(/\s/g, '') === address.replaceAll(/\s/g, '');
}
