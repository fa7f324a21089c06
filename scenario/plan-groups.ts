/** Whom a step concerns: the groups of an action, named or those of a plan at its level; the person who is called. Pure. */
import type { Config } from '../src/config/schema.ts';
import type { Language, StepOf } from './scenario-file.ts';

export function groupsOf(
  { alertPlans }: Pick<Config, 'alertPlans'>,
  args: Readonly<Record<string, unknown>>,
): readonly string[] {
  const named = args.group ?? args.bridge;
  if (typeof named === 'string') return [named];
  const plan = alertPlans.find(({ id }) => id === args.plan);
  if (plan === undefined) return [];
  const level = plan.levels?.find((each) => each.level === (args.level ?? 1));
  return level?.groups ?? plan.groups ?? [];
}

/** What is said to a talkgroup is said in this language. */
export function languageOf(
  talkgroup: string,
  { talkgroups, networks }: Pick<Config, 'talkgroups' | 'networks'>,
): Language | undefined {
  const own = talkgroups.find(({ id }) => id === talkgroup);
  return own?.language ?? networks.find(({ id }) => id === own?.network)?.language;
}

/** The direct line that a step calls on; undefined: it is one of the intercom. */
export function lineOf(
  step: StepOf<'call'> | StepOf<'intercom'>,
  { directLines }: Pick<Config, 'directLines'>,
): Config['directLines'][number] | undefined {
  return step.do === 'call' ? directLines.find(({ controlRoom }) => controlRoom === step.to) : undefined;
}

/** Whose console rings: the person, or the first of the control room. A telephone has none. */
export function calledBy(
  step: StepOf<'call'> | StepOf<'intercom'>,
  { people }: Pick<Config, 'people'>,
): Config['people'][number] | undefined {
  if (step.do === 'call' && step.via === 'telephone') return undefined;
  return people.find(({ id, controlRoom }) => id === step.to || controlRoom === step.to);
}
