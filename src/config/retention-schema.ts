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
    actionLogDays: days()
      .default(1095)
      .describe('The audit log: from its oldest entry to a signed checkpoint, so that the rest can still be verified.'),
  })
  .prefault({})
  .describe('How long evidence is kept; two auditors can set it otherwise (docs/evidence.md).');

/** As the configuration has it: nothing of it changes. */
interface RetentionSettings {
  readonly voiceSharedGroupDays: number;
  readonly voiceNationalLegDays: readonly { readonly country: string; readonly days: number }[];
  readonly borderRecordDays: number;
  readonly actionLogDays: number;
}

/** Days by rule, as src/operations/retention.ts names them. */
export function retentionValues({
  voiceSharedGroupDays: voiceSharedGroup,
  voiceNationalLegDays,
  borderRecordDays: borderRecord,
  actionLogDays: actionLog,
}: RetentionSettings): Readonly<Record<string, number>> {
  const national = voiceNationalLegDays.map(({ country: of, days: kept }) => [`voiceNationalLeg.${of}`, kept] as const);
  return { voiceSharedGroup, ...Object.fromEntries(national), borderRecord, actionLog };
}
