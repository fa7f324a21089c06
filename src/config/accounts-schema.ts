/** People who log in. */
import { z } from 'zod';
import { text } from './schema-values.ts';

export const accountsSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        'true: whoever opens a console logs in by a password of his own (docs/accounts.md); false: by printed one-time links.',
      ),
    breachedPasswords: text
      .optional()
      .describe(
        'File of passwords that attackers try first, one a line, relative to this file; nobody may choose one of them.',
      ),
    lockAfterMin: z
      .int()
      .min(5)
      .max(720)
      .default(60)
      .describe('Minutes without an act at a console until it is locked: it shows and sounds, and wants the password.'),
    sessionHoursMax: z
      .int()
      .min(1)
      .max(24)
      .default(14)
      .describe('Hours after which whoever has logged in does so anew: a shift and its hand-over.'),
  })
  .prefault({})
  .describe('People who log in.');
