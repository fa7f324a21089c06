/** Codes of the gateway to keys of the texts: a code that this page does not know still gets words. */

import type { TFunction } from 'i18next';
import en from '../i18n/en.json' with { type: 'json' };
import type { Texts } from '../i18n/i18n.ts';
import type { LegModel } from '../model/console-model.ts';
import type { LocalisedName, TalkerModel } from '../model/terms.ts';
import { isAnnouncement, talkerTitle } from '../model/tile-state.ts';

type CauseKey = `cause.${keyof Texts['cause']}`;
type EndKey = `over.end.${keyof Texts['over']['end']}`;
type CallEndKey = `intercom.end.${keyof Texts['intercom']['end']}`;
type FaultKey = `networks.fault.${keyof Texts['networks']['fault']}`;
type RemedyKey = `networks.remedy.${keyof Texts['networks']['remedy']}`;
type RefusalKey = `refusal.${keyof Texts['refusal']}`;
type RecallRefusalKey = `replay.refusal.${keyof Texts['replay']['refusal']}`;
type ExportFaultKey = `recordings.export.fault.${keyof Texts['recordings']['export']['fault']}`;
type RecordingRefusalKey = `recordings.refusal.${keyof Texts['recordings']['refusal']}`;
type FailureKey = `data.failed.${keyof Texts['data']['failed']}`;
type AlarmKey = `alarm.code.${keyof Texts['alarm']['code']}`;
type OpenedByKey = `plan.openedBy.${keyof Texts['plan']['openedBy']}`;
type KeptKey = `alarm.kept.${keyof Texts['alarm']['kept']}`;

export function known<Table extends object>(table: Table, code: string): keyof Table | 'other' {
  return Object.hasOwn(table, code) ? (code as keyof Table) : 'other';
}

/** What a talker is called: call sign or address; words for one that nothing is known of, and for the gateway's own. */
export function talkerText(talker: TalkerModel, t: TFunction): string {
  if (isAnnouncement(talker)) return t('talker.announcement');
  return talkerTitle(talker) || t('talker.unknown');
}

/** A name of the configuration in a language of the page. */
export function nameIn(name: LocalisedName, language: string): string {
  const said = language === 'fr' || language === 'nl' || language === 'de' ? name[language] : undefined;
  return said ?? name.en;
}

/** Why a request was refused or talk was cut. */
export function causeKey(cause: string): CauseKey {
  return `cause.${known(en.cause, cause)}`;
}

/** What keeps a leg or an attachment from carrying voice. */
export function faultKey(fault: string): FaultKey {
  return `networks.fault.${known(en.networks.fault, fault)}`;
}

/** The same in few words, for whoever only wants to know why a side is silent. */
export function shortFaultText({ fault, faultAnswer }: Pick<LegModel, 'fault' | 'faultAnswer'>, t: TFunction): string {
  if (fault === '') return '';
  const word = t(`leg.fault.${known(en.leg.fault, fault)}`);
  return faultAnswer === 0 ? word : `${word} (${answerText(faultAnswer, t)})`;
}

/** The far end's own number for it; empty where it gave none. */
export function answerText(answer: number, t: TFunction): string {
  return answer === 0 ? '' : t('networks.answer', { answer });
}

/** What to do about it. */
export function remedyKey(fault: string): RemedyKey {
  return `networks.remedy.${known(en.networks.remedy, fault)}`;
}

/** Why the gateway did not do what a person asked of a group. */
export function refusalKey(cause: string): RefusalKey {
  return `refusal.${known(en.refusal, cause)}`;
}

/** Why an over is not played again. */
export function recallRefusalKey(cause: string): RecallRefusalKey {
  return `replay.refusal.${known(en.replay.refusal, cause)}`;
}

/** Why recordings are not shown, heard or exported. */
export function recordingRefusalKey(cause: string): RecordingRefusalKey {
  return `recordings.refusal.${known(en.recordings.refusal, cause)}`;
}

/** Why an export failed, and what is to be done. */
export function exportFaultKey(fault: string): ExportFaultKey {
  return `recordings.export.fault.${known(en.recordings.export.fault, fault)}`;
}

/** Why a text did not reach a side. */
export function failureKey(cause: string): FailureKey {
  return `data.failed.${known(en.data.failed, cause)}`;
}

/** How an over ended. */
export function endKey(end: string): EndKey {
  return `over.end.${known(en.over.end, end)}`;
}

/** How a call between consoles ended. */
export function callEndKey(end: string): CallEndKey {
  return `intercom.end.${known(en.intercom.end, end)}`;
}

export function alarmKey(code: string): AlarmKey {
  return `alarm.code.${known(en.alarm.code, code)}`;
}

/** What a document holds that cannot be read, or not be written. */
export function keptKey(name: string): KeptKey {
  return `alarm.kept.${known(en.alarm.kept, name.replace(/^hand-over-sheet-\d+$/, 'hand-overs').replace(/-older$/, ''))}`;
}

/** Whose plan it is, to whoever may not activate it. */
export function openedByKey(roles: readonly string[]): OpenedByKey {
  return `plan.openedBy.${known(en.plan.openedBy, roles.length === 1 ? (roles[0] ?? '') : '')}`;
}

/** How long ago, in one unit: not to be taken for a time of day. */
export function agoText(ms: number, t: TFunction): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return t('networks.unit.s', { count: seconds });
  if (seconds < 7200) return t('networks.unit.min', { count: Math.floor(seconds / 60) });
  if (seconds < 172_800) return t('networks.unit.h', { count: Math.floor(seconds / 3600) });
  return t('networks.unit.d', { count: Math.floor(seconds / 86_400) });
}
