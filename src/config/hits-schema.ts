/** Systems that send hits of number-plate cameras, and how long what they sent is known. */
import { z } from 'zod';
import { country, ownId, secretSchema, text } from './schema-values.ts';

const sourceSchema = z.strictObject({
  id: ownId('source'),
  name: text.optional().describe('Its name as operators read it; default: its id.'),
  country: country.describe('Country whose system it is.'),
  token: secretSchema
    .optional()
    .describe(
      'A key that stays: 32 characters or more (openssl rand -hex 32). Default: it comes in by service tokens alone (`escaut token`).',
    ),
});

export const hitsSchema = z
  .strictObject({
    sources: z
      .array(sourceSchema)
      .max(32)
      .default([])
      .describe('Who may send hits to /api/v1/hits (docs/hits.md); none: that address does not exist.'),
    keptDays: z
      .int()
      .min(1)
      .max(366)
      .default(30)
      .describe(
        'How long a hit is kept: reference, camera, vehicle, reason and who validated it. Never plate or photo.',
      ),
  })
  .prefault({})
  .describe('Hits of number-plate cameras (ANPR, LAPI).');
