/** Permanent recordings on the console link: what a page asks for, and what it is told. Pure. */
import type { ExportOrder } from '../operations/export-order.ts';
import type { FoundPage, FoundRecording, RecordingWish } from '../operations/recording-search.ts';
import type { Person } from '../operations/terms.ts';
import type { escaut } from '../protocols/generated/console.js';
import { readReason } from './wire-text.ts';

export type WireExportOrder = escaut.console.v1.ExportOrder.$Properties;
export type WireRecordingRights = escaut.console.v1.RecordingRights.$Properties;
export type WireRecordingsAnswer = escaut.console.v1.RecordingsAnswer.$Properties;

/** A time of 0 to 0 is that of the incident. */
interface WishedTime {
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
  readonly groups: readonly string[];
  /** Empty: none. */
  readonly incident: string;
}

export type RecordingsWish = { readonly reason: string } & (
  | ({ readonly name: 'search' } & WishedTime & Omit<RecordingWish, 'groups' | 'fromUtcMs' | 'toUtcMs'>)
  | { readonly name: 'listen'; readonly recording: number }
  | ({ readonly name: 'order'; readonly second: string } & WishedTime)
  | { readonly name: 'answer'; readonly order: number; readonly answer: 'approve' | 'refuse' | 'withdraw' }
  | { readonly name: 'fetch'; readonly order: number }
);

/** `refusal`: a word of proto/console.proto. `ticket`: path below the page's address. */
export type RecordingsReply =
  | { readonly refusal: string }
  | {
      readonly found: FoundPage;
      readonly fromUtcMs: number;
      readonly toUtcMs: number;
      readonly groups: readonly string[];
    }
  | { readonly ticket: string }
  | { readonly order: number };

export interface RecordingRights {
  readonly search: boolean;
  readonly export: boolean;
  readonly groups: readonly string[];
  readonly seconds: readonly Person[];
}

const groupsMax = 1000;
const idMax = 256;
const partMax = 64;
const priorityMax = 15;

/** Undefined: it asks for nothing that we know. */
export function readRecordingsWish({
  reason: words,
  search,
  listenTo,
  orderExport,
  answerExport,
  fetchPackage,
}: escaut.console.v1.RecordingsRequest.$Properties): RecordingsWish | undefined {
  const reason = readReason(words);
  if (search) {
    const { beforeId, beforeStartUtcMs, unit, operator, priorityMin, emergencyOnly } = search;
    const before = beforeId ? { before: { id: beforeId, startUtcMs: Number(beforeStartUtcMs ?? 0) } } : {};
    return {
      ...{ name: 'search', reason, ...wishedTime(search), ...before },
      unit: readReason(unit).slice(0, partMax).toLowerCase(),
      operator: readReason(operator).slice(0, partMax).toLowerCase(),
      priorityMin: Math.min(priorityMax, priorityMin ?? 0),
      emergencyOnly: emergencyOnly ?? false,
    };
  }
  if (listenTo) return { name: 'listen', reason, recording: listenTo.recordingId ?? 0 };
  if (orderExport) {
    return { name: 'order', reason, ...wishedTime(orderExport), second: readReason(orderExport.secondPersonId) };
  }
  if (answerExport) {
    const { orderId, answer } = answerExport;
    const isKnown = answer === 'approve' || answer === 'refuse' || answer === 'withdraw';
    return isKnown ? { name: 'answer', reason, order: orderId ?? 0, answer } : undefined;
  }
  return fetchPackage ? { name: 'fetch', reason, order: fetchPackage.orderId ?? 0 } : undefined;
}

function wishedTime({ fromUtcMs, toUtcMs, groupIds, incident }: escaut.console.v1.OrderExport.$Properties): WishedTime {
  return {
    fromUtcMs: Number(fromUtcMs ?? 0),
    toUtcMs: Number(toUtcMs ?? 0),
    groups: (groupIds ?? []).slice(0, groupsMax).map((id) => id.slice(0, idMax)),
    incident: readReason(incident),
  };
}

export function writeRecordingsReply(requestId: number, reply: RecordingsReply): WireRecordingsAnswer {
  if ('refusal' in reply) return { requestId, refusal: reply.refusal };
  if ('ticket' in reply) return { requestId, ticket: { path: reply.ticket } };
  if ('order' in reply) return { requestId, orderId: reply.order };
  const { found, fromUtcMs, toUtcMs, groups } = reply;
  return {
    requestId,
    found: {
      ...{ recordings: found.found.map(writeFound), more: found.more, behind: found.isBehind },
      ...{ fromUtcMs, toUtcMs, groupIds: [...groups] },
    },
  };
}

function writeFound({ group, party, isKept, ...found }: FoundRecording): escaut.console.v1.FoundRecording.$Properties {
  return { ...found, groupId: group, partyId: party, kept: isKept };
}

/** Why one failed by its code: what the machine said stands in the log. */
export function writeExportOrder(order: ExportOrder): WireExportOrder {
  const { id, state, by, second, reason, fromUtcMs, toUtcMs, groups, incident, askedUtcMs, done, all, words } = order;
  const { fault = 'other' } = order;
  return {
    ...{ id, state, reason, fromUtcMs, toUtcMs, incident, askedUtcMs, done, all, groupIds: [...groups] },
    ...{ by: by.display, byPersonId: by.person, second: second.display, secondPersonId: second.person },
    words: state === 'refused' ? words : '',
    fault: state === 'failed' ? fault : '',
    ...order.made,
  };
}

export function writeRecordingRights({ groups, seconds, ...may }: RecordingRights): WireRecordingRights {
  const named = seconds.map(({ person: personId, display, role }) => ({ personId, display, role }));
  return { ...may, groupIds: [...groups], seconds: named };
}
