/** What the doors of retention take and answer: one schema for the check, the types and the OpenAPI document. Pure. */
import { z } from 'zod';
import { daysBounds, keptKinds } from '../operations/retention.ts';

const kind = z.enum(keptKinds);
const day = z.string().describe('UTC, e.g. 2026-11-29.');
const count = z.int().nonnegative();
const days = count.describe('Whole UTC days.');
const rule = z.string().describe('A kind, or the kind with a country behind it: voiceNationalLeg.FR.');

const ruleSchema = z.strictObject({
  ...{ rule, days },
  setBy: z.string().exactOptional().describe('Two persons who have set it; absent: it stands in the configuration.'),
  setUtcMs: z.number().exactOptional(),
  keptFrom: day.describe('The oldest day that is kept by it.'),
});

const groupSchema = z
  .strictObject({ group: z.string(), short: z.string(), countries: z.array(z.string()), rule, days })
  .describe('Recordings of a group: of all rules that apply the shortest wins.');

const firstWordShape = { by: z.string(), isOwn: z.boolean(), untilUtcMs: z.number() };

const holdSchema = z
  .strictObject({
    hold: z.int().positive(),
    fromUtcMs: z.number(),
    toUtcMs: z.number(),
    groups: z.array(z.string()).exactOptional().describe('Absent: all.'),
    reason: z.string(),
    by: z.string(),
    country: z.string().describe('Of whoever set it; empty: of nobody.'),
    sinceUtcMs: z.number(),
    lift: z
      .strictObject(firstWordShape)
      .exactOptional()
      .describe('One person has asked to lift it; a second may until then.'),
  })
  .describe('It stands until two persons lift it.');

const part = z.string().exactOptional().describe('Of the timeline: the kind of entry, e.g. emergency.');
const removedShape = { kind, part, day, group: z.string(), rule, days, count };

const reportSchema = z
  .strictObject({
    ...{ day, madeUtcMs: z.number() },
    removed: z.array(z.strictObject({ ...removedShape, octets: count })).max(100),
    more: count.describe('So many more lines, in the report itself.'),
    spared: count.describe('Lines of what a hold or the disk has kept.'),
  })
  .describe('A deletion report of one day.');

export const retentionSchema = z
  .strictObject({
    halted: z.string().exactOptional().describe('Nothing is removed, for that reason.'),
    rules: z.array(ruleSchema),
    groups: z.array(groupSchema),
    holds: z.array(holdSchema),
    reports: z.array(reportSchema).max(14).describe('The newest first.'),
    reportFault: z
      .string()
      .exactOptional()
      .describe('What of these reports is not whole, in words; absent: all are signed, and none is missing.'),
    next: z
      .array(
        z.strictObject({
          ...removedShape,
          goes: day.describe('With the first sweep of that day.'),
          hold: z.int().exactOptional().describe('By which it stays.'),
        }),
      )
      .max(100)
      .describe('What goes within a week.'),
    nextMore: count,
    pending: z.array(z.strictObject({ kind, day, group: z.string() })).describe('Begun, and not all gone.'),
    asked: z
      .array(z.strictObject({ ...{ rule, days }, reason: z.string(), ...firstWordShape }))
      .describe('Rules that one person has asked to set otherwise; a second may until then.'),
    mayAdd: z.array(rule).describe('Rules of one country that are not in force, and may be set.'),
    bounds: z.strictObject({ min: z.int(), max: z.int() }).describe('Days that any rule may have.'),
    mayHold: z.boolean(),
  })
  .describe('How long evidence is kept, what is held, what was deleted, and what goes next.');
export type RetentionView = z.infer<typeof retentionSchema>;

/** That a number is possible says the rule, with its bounds. */
const wishedDays = z.number().describe(`Whole UTC days, ${daysBounds.min} to ${daysBounds.max}.`);
const wishedRule = z.string().min(1).max(64);

export const changeQuerySchema = z.strictObject({ rule: wishedRule, days: z.coerce.number() });
export const changeSchema = z
  .strictObject({
    ...{ rule, days },
    daysBefore: days.exactOptional().describe('As it is in force; absent: there is no such rule yet.'),
    goes: z
      .array(z.strictObject({ ...removedShape, hold: z.int().exactOptional().describe('By which it stays.') }))
      .max(100)
      .describe('With the first sweep after it is set, and not without.'),
    more: count.describe('So many more lines.'),
    groups: z
      .array(groupSchema.extend({ daysBefore: days }))
      .describe('Recordings of each group, by the rule that decides then: the shortest of all.'),
  })
  .describe('What would become of it.');
export type ChangeView = z.infer<typeof changeSchema>;

const reason = z.string().trim().min(1).max(500).describe('E.g. the magistrate’s order.');
const utcMs = z.int().nonnegative().max(8.64e15);

export const holdWishSchema = z
  .strictObject({
    reason,
    incident: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .exactOptional()
      .describe(
        'Border record, plan, hit or emergency; of several, with commas. Its time and groups, unless they are said.',
      ),
    fromUtcMs: utcMs.exactOptional().describe('Default: the first that is kept.'),
    toUtcMs: utcMs.exactOptional().describe('Default: now.'),
    groups: z.array(z.string().min(1).max(64)).min(1).max(100).exactOptional().describe('Default: all.'),
  })
  .describe('What is to be kept beyond its time.');
export type HoldWish = z.infer<typeof holdWishSchema>;

export const liftWishSchema = z.strictObject({ reason });
export const heldSchema = z.strictObject({ hold: z.int().positive().describe('Its number.') });
export const liftedSchema = z.strictObject({
  hold: z.int().positive(),
  state: z.enum(['lifted', 'waiting']).describe('waiting: for the second person, ten minutes.'),
});

export const changeWishSchema = z.strictObject({ days: wishedDays, reason });
export const changedSchema = z.strictObject({
  ...{ rule, days },
  state: z.enum(['set', 'waiting']).describe('waiting: for the second person, ten minutes.'),
});
