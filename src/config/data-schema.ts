/** What a SIP far end gets of the other networks beside voice, and in which words. */
import { z } from 'zod';

export const dataSchema = z
  .strictObject({
    send: z
      .enum(['off', 'text', 'short-data'])
      .default('off')
      .describe(
        'How statuses, texts, positions and alarms of the other networks go to it, as SIP MESSAGE: not at all, in words, or as short data of TETRA. What it sends is taken in any form.',
      ),
    contentType: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.+-]{0,60}\/[a-z0-9][a-z0-9.+-]{0,60}$/, 'must be a media type in lower case')
      .default('application/vnd.tetra.sds')
      .describe(
        'Media type of short data, a proposal: none is registered. A pre-coded status has the parameter type=status.',
      ),
    alarmOverHeader: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,40}: [\x21-\x7e](?:[\x20-\x7e]{0,60}[\x21-\x7e])?$/, 'must be "Name: value"')
      .optional()
      .describe(
        'Header that says, both ways, that the sender takes his alarm back, e.g. "Priority: non-urgent". Statuses can say so too (statuses[].alarm).',
      ),
    language: z.enum(['fr', 'nl', 'en']).default('fr').describe('Language of statuses and alarms in words.'),
    alphabet: z
      .enum(['gsm', 'latin1', 'any'])
      .default('latin1')
      .describe('Letters that its radios show: the GSM alphabet, ISO 8859-1, or all. Others lose their accents.'),
    charactersMax: z
      .int()
      .min(40)
      .max(200)
      .default(140)
      .describe('Longest text that its radios show; a longer one goes in up to nine parts.'),
  })
  .prefault({})
  .describe('Statuses, texts, positions and alarms.');
export type DataSettings = z.infer<typeof dataSchema>;
