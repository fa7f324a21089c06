/** Codes of the gateway to keys of the texts: a code that this page does not know still gets words. */

import en from '../i18n/en.json' with { type: 'json' };
import type { Texts } from '../i18n/i18n.ts';

type CauseKey = `cause.${keyof Texts['cause']}`;
type EndKey = `over.end.${keyof Texts['over']['end']}`;
type AlarmKey = `alarm.code.${keyof Texts['alarm']['code']}`;

function known<Table extends object>(table: Table, code: string): keyof Table | 'other' {
  return Object.hasOwn(table, code) ? (code as keyof Table) : 'other';
}

/** Why a request was refused or talk was cut. */
export function causeKey(cause: string): CauseKey {
  return `cause.${known(en.cause, cause)}`;
}

/** How an over ended. */
export function endKey(end: string): EndKey {
  return `over.end.${known(en.over.end, end)}`;
}

export function alarmKey(code: string): AlarmKey {
  return `alarm.code.${known(en.alarm.code, code)}`;
}
