/** Alert plans as the page shows them, and what still has to be said before one is active. Pure. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import type { Onlooker } from './emergency.ts';
import type { ActivePlanModel, AlertPlanModel, PlanLevelModel, PostModel } from './incident-model.ts';
import { readName, readWide } from './read-wire.ts';

export const plansMax = 100;
const levelsMax = 9;
const itemsMax = 100;
const wordsMax = 1000;

export function readAlertPlan(wire: escaut.console.v1.AlertPlan.$Properties): AlertPlanModel {
  const id = wire.id ?? '';
  return {
    id,
    name: readName(wire.name, id),
    openedBy: (wire.openedBy ?? []).slice(0, itemsMax),
    levels: (wire.levels ?? []).slice(0, levelsMax).map(
      (level): PlanLevelModel => ({
        level: level.level ?? 1,
        name: readName(level.name, id),
        groupIds: (level.groupIds ?? []).slice(0, itemsMax),
        posts: (level.posts ?? []).slice(0, itemsMax),
      }),
    ),
    requires: (wire.requires ?? []).slice(0, itemsMax),
    authority: readWords(wire.authority),
    renewable: wire.renewable ?? false,
    expiresMin: wire.expiresMin ?? 0,
  };
}

export function readActivePlan(wire: escaut.console.v1.ActivePlan.$Properties): ActivePlanModel {
  return {
    id: wire.planId ?? '',
    level: wire.level ?? 1,
    by: cleanText(wire.by),
    details: readWords(wire.details),
    authority: readWords(wire.authority),
    endsUtcMs: readWide(wire.endsUtcMs),
    ending: wire.ending ?? false,
    groupIds: (wire.groupIds ?? []).slice(0, itemsMax),
    posts: (wire.posts ?? []).slice(0, itemsMax).map(({ place, manned, unit }) => ({
      place: place ?? '',
      manned: manned ?? false,
      unit: cleanText(unit),
    })),
    exercise: wire.exercise ?? false,
  };
}

function readWords(words: { readonly [name: string]: string } | null | undefined): Record<string, string> {
  const all = Object.entries(words ?? {}).slice(0, itemsMax);
  return Object.fromEntries(all.map(([name, said]) => [name, cleanText(said, wordsMax)]));
}

/** Whether the person's role activates, changes and ends it, as the gateway will judge. */
export function isOpenedBy({ openedBy }: AlertPlanModel, who: Onlooker | undefined): boolean {
  return who !== undefined && openedBy.includes(who.role);
}

/** Posts of all plans that are active, for the map: those of real plans first, which count where both have one. */
export function postsOf(plans: readonly ActivePlanModel[], known: readonly AlertPlanModel[]): readonly PostModel[] {
  const byKind = plans.toSorted((a, b) => Number(a.exercise) - Number(b.exercise));
  return byKind.flatMap(({ id, posts, exercise }) => {
    const plan = known.find((each) => each.id === id)?.name ?? { fr: id, nl: id, en: id };
    return posts.map(({ place, manned }) => ({ place, manned, plan, exercise }));
  });
}

/** Countries whose authority must be stated for a level: any one for the first of several, all above. */
export function authorityMissing(
  { authority, levels }: AlertPlanModel,
  level: number,
  stated: Readonly<Record<string, string>>,
): readonly string[] {
  const countries = Object.keys(authority);
  const missing = countries.filter((country) => (stated[country] ?? '').trim() === '');
  const isFirst = levels.length > 1 && level === levels[0]?.level;
  return isFirst && missing.length < countries.length ? [] : missing;
}

/** What the plan still wants to know, of the details that it asks for. */
export function detailsMissing(
  { requires }: AlertPlanModel,
  details: Readonly<Record<string, string>>,
): readonly string[] {
  return requires.filter((detail) => (details[detail] ?? '').trim() === '');
}
