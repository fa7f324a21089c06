/** Telephones of other control rooms, one click away: docs/direct-lines.md. */
import { z } from 'zod';
import { ownId, reference, text } from './schema-values.ts';

const number = z
  .string()
  .regex(
    /^\+?[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/,
    'must be a number or name between quotes, e.g. "+3269112233" or "204"',
  );

export const directLineSchema = z.strictObject({
  id: ownId('direct line'),
  name: text.describe('Who is at its other end, as operators see it.'),
  controlRoom: reference('controlRooms', 'Control room at its other end, if it is one.').optional(),
  attachment: reference('attachments', 'Attachment of kind sip that reaches it: a telephone, or an exchange.'),
  number: number.describe(
    "What is dialled, between quotes: `{number}` in the attachment's `sip.callee`. A caller of this number is on this line.",
  ),
  calledAs: number
    .optional()
    .describe('Number that the other side dials to be on this line; without it a caller is known by his own.'),
  rings: z
    .array(reference('controlRooms', 'A control room at whose consoles it rings.'))
    .max(100)
    .default([])
    .describe('Control rooms whose consoles ring when it calls; none named: all.'),
});
