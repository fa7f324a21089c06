/** How long what kind of data is kept, until persons set it otherwise (docs/evidence.md). */
import { z } from 'zod';
import { country } from './schema-values.ts';

const days = (most = 36_600) => z.int().min(1).max(most);

export const retentionSchema = z
  .strictObject({
    voiceSharedGroupDays: days()
      .default(60)
      .describe('Recordings of shared groups, consoles and direct lines; whole UTC days.'),
    voiceNationalLegDays: z
      .array(
        z.strictObject({
          country: country.describe('Whose law it is.'),
          days: days().describe('Days after which what its networks are joined to is deleted.'),
        }),
      )
      .max(50)
      .default([])
      .describe(
        'Recordings of groups to which a network of that country is joined: the shortest of all that apply wins, voiceSharedGroupDays among them.',
      ),
    borderRecordDays: days().default(1095).describe('Border records, from when they were closed.'),
    handOverDays: days()
      .default(30)
      .describe('Hand-overs of shifts with their sheets, from when they were confirmed, refused, withdrawn or lapsed.'),
    timelineDays: days()
      .default(2)
      .describe('The timeline; what it tells of hits, border records and hand-overs no longer than those.'),
    actionLogDays: days()
      .default(1095)
      .describe('The audit log: from its oldest entry to a signed checkpoint, so that the rest can still be verified.'),
    national: z
      .array(
        z.strictObject({
          country: country.describe('Whose law it is.'),
          kind: z.enum(['borderRecord', 'hit', 'handOver', 'timeline', 'actionLog']).describe('What is kept.'),
          days: days().describe('Days after which it is deleted.'),
        }),
      )
      .max(50)
      .default([])
      .describe(
        'Other kinds than recordings, by the law of a country: border records and the timeline of groups to which a network of it is joined; hits, hand-overs and the audit log altogether. The shortest of all that apply wins. Of hits hits.keptDays is among them.',
      ),
  })
  .prefault({})
  .describe('How long evidence is kept; two auditors can set it otherwise (docs/evidence.md).');

/** As the configuration has it: nothing of it changes. */
interface RetentionSettings {
  readonly retention: {
    readonly voiceSharedGroupDays: number;
    readonly voiceNationalLegDays: readonly { readonly country: string; readonly days: number }[];
    readonly borderRecordDays: number;
    readonly handOverDays: number;
    readonly timelineDays: number;
    readonly actionLogDays: number;
    readonly national: readonly { readonly country: string; readonly kind: string; readonly days: number }[];
  };
  readonly hits: { readonly keptDays: number };
}

/** Days by rule, as src/operations/retention.ts names them; of one that is given twice the shortest. */
export function retentionValues({ retention, hits }: RetentionSettings): Readonly<Record<string, number>> {
  const legs = retention.voiceNationalLegDays.map(({ country: of, days: kept }) => {
    return [`voiceNationalLeg.${of}`, kept] as const;
  });
  const others = retention.national.map(({ country: of, kind, days: kept }) => [`${kind}.${of}`, kept] as const);
  return {
    voiceSharedGroup: retention.voiceSharedGroupDays,
    ...shortest(legs),
    borderRecord: retention.borderRecordDays,
    hit: hits.keptDays,
    handOver: retention.handOverDays,
    timeline: retention.timelineDays,
    actionLog: retention.actionLogDays,
    ...shortest(others),
  };
}

function shortest(rules: readonly (readonly [rule: string, days: number])[]): Record<string, number> {
  return Object.fromEntries(rules.toSorted(([, one], [, other]) => other - one));
}
