/** Entries of the timeline in the reader's language: codes to texts, ids to names. */
import type { TFunction } from 'i18next';
import en from '../i18n/en.json' with { type: 'json' };
import type { Texts } from '../i18n/i18n.ts';
import type { ConsoleModel } from '../model/console-model.ts';
import type { LocalisedName } from '../model/terms.ts';
import type { EntryKind, EntryModel } from '../model/timeline.ts';
import { shortNetworkName } from './format.ts';
import type { ShapeName } from './state-shape.tsx';
import { endKey, known, nameIn, refusalKey } from './words.ts';

type Whats = Texts['timeline']['what'];
type WhatKey = { [Kind in keyof Whats]: `timeline.what.${Kind}.${keyof Whats[Kind] & string}` }[keyof Whats];

export interface EntryWords {
  readonly kind: string;
  /** What happened. */
  readonly what: string;
  /** What it is about, by name; may be empty. */
  readonly about: string;
  /** Why it was not done; empty: it was. */
  readonly refusal: string;
  /** Short name of its group; empty: none. */
  readonly group: string;
}

export const entryShapes: Readonly<Record<EntryKind, ShapeName>> = {
  over: 'receiving',
  emergency: 'emergency',
  group: 'together',
  status: 'status',
  text: 'text',
  crossing: 'position',
  plan: 'onDemand',
  hit: 'requested',
  announcement: 'announcement',
  leg: 'stale',
  permission: 'denied',
  'hand-over': 'carried',
  intercom: 'together',
  line: 'together',
  gateway: 'up',
};

export function entryWords(entry: EntryModel, model: ConsoleModel, t: TFunction, language: string): EntryWords {
  const { kind, refusal, groupId } = entry;
  const group = model.groups.find(({ id }) => id === groupId)?.shortName ?? groupId;
  const about = aboutOf(entry, model, language);
  return {
    kind: t(`timeline.kind.${kind}`),
    what: whatOf(entry, t, language),
    about,
    refusal: refusal === '' ? '' : t(refusalKey(refusal), { talkgroup: about, group, rooms: t('timeline.homeRoom') }),
    group,
  };
}

function whatOf(entry: EntryModel, t: TFunction, language: string): string {
  const { kind, what, code, meaning } = entry;
  if (kind === 'over') return t(endKey(what));
  if (kind === 'status') return inLanguage(meaning, language) || t('data.status', { code });
  const table = en.timeline.what[kind];
  return t(`timeline.what.${kind}.${known(table, what)}` as WhatKey, { level: code ?? '' });
}

function aboutOf({ kind, about, who }: EntryModel, model: ConsoleModel, language: string): string {
  switch (kind) {
    case 'group':
      return model.talkgroups.find(({ id }) => id === about)?.shortName ?? about;
    case 'leg':
    case 'text':
      return kind === 'leg' ? legName(about, model) : '';
    case 'plan': {
      const [plan = '', place = ''] = about.split(' ');
      const name = inLanguage(model.alertPlans.find(({ id }) => id === plan)?.name, language) || plan;
      return place === '' ? name : `${name}, ${place}`;
    }
    case 'emergency':
      return who?.isPerson ? about : '';
    case 'crossing':
    case 'hit':
    case 'hand-over':
    case 'intercom':
    case 'line':
      return about;
    default:
      return '';
  }
}

function legName(id: string, model: ConsoleModel): string {
  const leg = model.groups.flatMap(({ legs }) => legs).find((each) => each.id === id);
  if (leg === undefined) return id;
  return `${shortNetworkName(model.networks[leg.networkId]?.name ?? leg.networkId)} ${leg.talkgroup}`;
}

function inLanguage(name: LocalisedName | undefined, language: string): string {
  return name === undefined ? '' : nameIn(name, language);
}
