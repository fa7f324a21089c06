/** Permanent recordings as the page has them: what was found, what it is asked for, exports. Pure. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import { readWide } from './read-wire.ts';

export interface RecordingModel {
  readonly id: number;
  readonly groupId: string;
  readonly over: number;
  readonly partyId: string;
  readonly callSign: string;
  readonly address: string;
  readonly startUtcMs: number;
  readonly durationMs: number;
  /** A word of proto/console.proto; empty: not known. */
  readonly end: string;
  readonly priority: number;
  readonly emergency: boolean;
  readonly exercise: boolean;
  readonly lostMs: number;
  readonly packetsLost: number;
  /** Why a part of it, or all, is not recorded; empty: it is whole. */
  readonly missing: string;
  /** It can be heard. */
  readonly kept: boolean;
  /** Retention removed it then; 0: it did not. */
  readonly removedUtcMs: number;
  /** Day of the deletion report and number in it; empty: in none yet. */
  readonly removedReport: string;
}

export interface RecordingRightsModel {
  readonly search: boolean;
  readonly export: boolean;
  readonly groupIds: readonly string[];
  readonly seconds: readonly { readonly personId: string; readonly display: string; readonly role: string }[];
}

/** As it stands in the form. Times as typed, in the gateway's time zone. */
export interface RecordingFilter {
  readonly from: string;
  readonly to: string;
  /** Empty: all. */
  readonly groupId: string;
  readonly unit: string;
  readonly operator: string;
  readonly incident: string;
  readonly priorityMin: number;
  readonly emergencyOnly: boolean;
  /** Why he looks. */
  readonly reason: string;
}

export const noRights: RecordingRightsModel = { search: false, export: false, groupIds: [], seconds: [] };
const ordersMax = 50;
export const speeds = [0.75, 1, 1.25, 1.5, 2] as const;

export function readRecording(wire: escaut.console.v1.FoundRecording.$Properties): RecordingModel {
  return {
    ...{ id: wire.id ?? 0, groupId: wire.groupId ?? '', over: wire.over ?? 0, partyId: wire.partyId ?? '' },
    ...{ callSign: cleanText(wire.callSign), address: cleanText(wire.address) },
    ...{ startUtcMs: readWide(wire.startUtcMs), durationMs: wire.durationMs ?? 0, end: wire.end ?? '' },
    ...{ priority: wire.priority ?? 0, emergency: wire.emergency ?? false, exercise: wire.exercise ?? false },
    ...{ lostMs: wire.lostMs ?? 0, packetsLost: wire.packetsLost ?? 0 },
    ...{ missing: cleanText(wire.missing), kept: wire.kept ?? false },
    ...{ removedUtcMs: readWide(wire.removedUtcMs), removedReport: cleanText(wire.removedReport) },
  };
}

export function readRights(
  wire: escaut.console.v1.RecordingRights.$Properties | null | undefined,
): RecordingRightsModel {
  return {
    search: wire?.search ?? false,
    export: wire?.export ?? false,
    groupIds: wire?.groupIds ?? [],
    seconds: (wire?.seconds ?? []).map(({ personId, display, role }) => ({
      ...{ personId: personId ?? '', display: cleanText(display), role: role ?? '' },
    })),
  };
}

export const orderStates = ['asked', 'refused', 'withdrawn', 'lapsed', 'building', 'ready', 'failed', 'gone'] as const;

/** An export for which two persons answer. */
export interface ExportOrderModel {
  readonly id: number;
  readonly state: (typeof orderStates)[number];
  readonly by: string;
  readonly byPersonId: string;
  readonly second: string;
  readonly secondPersonId: string;
  readonly reason: string;
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
  readonly groupIds: readonly string[];
  readonly incident: string;
  readonly askedUtcMs: number;
  readonly done: number;
  readonly all: number;
  /** Of whoever refused it. */
  readonly words: string;
  /** Why it failed, by its code; empty: it did not. */
  readonly fault: string;
  readonly octets: number;
  readonly recordings: number;
  readonly gaps: number;
  readonly manifestSha256: string;
  readonly fingerprint: string;
}

/** Undefined: of a state that this page does not know. */
export function readOrder(wire: escaut.console.v1.ExportOrder.$Properties): ExportOrderModel | undefined {
  const state = orderStates.find((each) => each === wire.state);
  if (state === undefined) return undefined;
  return {
    ...{ id: wire.id ?? 0, state, by: cleanText(wire.by), byPersonId: wire.byPersonId ?? '' },
    ...{ second: cleanText(wire.second), secondPersonId: wire.secondPersonId ?? '', reason: cleanText(wire.reason) },
    ...{ fromUtcMs: readWide(wire.fromUtcMs), toUtcMs: readWide(wire.toUtcMs), groupIds: wire.groupIds ?? [] },
    ...{ incident: cleanText(wire.incident), askedUtcMs: readWide(wire.askedUtcMs) },
    ...{
      done: wire.done ?? 0,
      all: wire.all ?? 0,
      words: cleanText(wire.words),
      fault: wire.fault ?? '',
      octets: readWide(wire.octets),
    },
    ...{ recordings: wire.recordings ?? 0, gaps: wire.gaps ?? 0 },
    ...{ manifestSha256: wire.manifestSha256 ?? '', fingerprint: wire.fingerprint ?? '' },
  };
}

/** In place of the one with its id, or as the newest. */
export function putOrder(orders: readonly ExportOrderModel[], order: ExportOrderModel): readonly ExportOrderModel[] {
  if (orders.some(({ id }) => id === order.id)) return orders.map((other) => (other.id === order.id ? order : other));
  return [...orders, order].slice(-ordersMax);
}

/** Heard otherwise than its talker wanted. */
export function isCut({ end }: Pick<RecordingModel, 'end'>): boolean {
  return end !== '' && end !== 'released';
}

/** Who talked, where anything is known of him. */
export function nameOf({ callSign, address }: Pick<RecordingModel, 'callSign' | 'address'>): string {
  return callSign || address;
}
