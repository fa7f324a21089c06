/** Times and quantities as people read them. Pure; the language is i18next's (`fr`, `nl`, `de`, `en`). */

import type { PlaceModel } from '../model/incident-model.ts';

/** Regional habits: 24-hour clock and decimal comma where they belong. */
const locales: Readonly<Record<string, string>> = { fr: 'fr-BE', nl: 'nl-BE', de: 'de-BE', en: 'en-GB' };

function localeOf(language: string): string {
  return locales[language] ?? 'en-GB';
}

/** Making one costs a hundred times what using it does, and a page writes hundreds of times a second. */
const dateFormats = new Map<string, Intl.DateTimeFormat>();
const numberFormats = new Map<string, Intl.NumberFormat>();

function dateFormat(language: string, style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([language, style]);
  const known = dateFormats.get(key) ?? new Intl.DateTimeFormat(localeOf(language), style);
  dateFormats.set(key, known);
  return known;
}

function numberFormat(language: string, style: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify([language, style]);
  const known = numberFormats.get(key) ?? new Intl.NumberFormat(localeOf(language), style);
  numberFormats.set(key, known);
  return known;
}

/** Minutes and seconds, rounded down: 0:07, 12:30. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** How far apart two clocks are, whichever is ahead: 120 ms, 2.5 s, 12:30. */
export function formatLapse(ms: number, language: string): string {
  const lapseMs = Math.abs(ms);
  if (lapseMs < 999.5) return `${Math.round(lapseMs)} ms`;
  if (lapseMs >= 60_000) return formatElapsed(lapseMs);
  return `${numberFormat(language, { maximumFractionDigits: 1 }).format(lapseMs / 1000)} s`;
}

/** `timeZone`: the gateway's, so that all consoles and its log's readers speak of the same hour. */
export function formatClock(utcMs: number, language: string, timeZone: string): string {
  return dateFormat(language, { timeStyle: 'medium', hourCycle: 'h23', timeZone }).format(utcMs);
}

/** Hour and minute. */
export function formatMinute(utcMs: number, language: string, timeZone: string): string {
  return dateFormat(language, { timeStyle: 'short', hourCycle: 'h23', timeZone }).format(utcMs);
}

/** Hour and minute, with the day where that is not today: its name within six days, else its date. */
export function formatMoment(utcMs: number, nowUtcMs: number, language: string, timeZone: string): string {
  const time = formatMinute(utcMs, language, timeZone);
  const date = { dateStyle: 'short', timeZone } as const;
  const isToday = dateFormat(language, date).format(utcMs) === dateFormat(language, date).format(nowUtcMs);
  if (isToday) return time;
  const isNear = Math.abs(utcMs - nowUtcMs) < 6 * 86_400_000;
  const day = isNear
    ? dateFormat(language, { weekday: 'short', timeZone }).format(utcMs)
    : formatDate(utcMs, language, timeZone);
  return `${day} ${time}`;
}

export function formatDate(utcMs: number, language: string, timeZone: string): string {
  return dateFormat(language, { weekday: 'short', day: 'numeric', month: 'short', timeZone }).format(utcMs);
}

/** `4.2`: seconds, to a tenth. */
export function formatSeconds(ms: number, language: string): string {
  return numberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(ms / 1000);
}

/** Share 0–1 as a percentage with one decimal. */
export function formatShare(share: number, language: string): string {
  return numberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(share);
}

/** Kilometres with one decimal. */
export function formatKm(distanceM: number, language: string): string {
  return numberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(distanceM / 1000);
}

/** Name of a spoken language (`nl`) in the page's language; empty when unknown. */
export function languageName(code: string, language: string): string {
  if (code === '') return '';
  return new Intl.DisplayNames([localeOf(language)], { type: 'language', fallback: 'none' }).of(code) ?? '';
}

/** Name of a country (`BE`) in the page's language; empty when unknown. */
export function countryName(code: string, language: string): string {
  if (code === '') return '';
  return new Intl.DisplayNames([localeOf(language)], { type: 'region', fallback: 'none' }).of(code) ?? '';
}

/** Degrees with five decimals, a metre, and how far off they may be. */
export function placeText({ latitudeDeg, longitudeDeg, radiusM }: PlaceModel): string {
  const north = `${Math.abs(latitudeDeg).toFixed(5)}° ${latitudeDeg < 0 ? 'S' : 'N'}`;
  const east = `${Math.abs(longitudeDeg).toFixed(5)}° ${longitudeDeg < 0 ? 'W' : 'E'}`;
  return `${north} ${east}${radiusM === undefined ? '' : ` ± ${Math.round(radiusM)} m`}`;
}

/** What networks are called on the air: without what stands in brackets behind. */
export function shortNetworkName(name: string): string {
  return name.split(' (')[0] ?? name;
}
