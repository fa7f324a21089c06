/** Groups that an action of a person concerns: the named one, or those of a plan at its level. Pure. */
import type { Config } from '../src/config/schema.ts';

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
