/** What the gateway itself says on groups, and by which voice. */
import { z } from 'zod';
import { text } from './schema-values.ts';

const wording = z.string().min(1).max(200);

const announcementTextSchema = z.strictObject({
  id: z
    .string()
    .regex(/^ann-[a-z-]{1,40}$/, 'must be the id of an announcement such as ann-open (docs/operations.md)')
    .describe('Which announcement; docs/operations.md names them and their fields.'),
  fr: wording.describe('In French; {group} and other fields are filled in.'),
  nl: wording.describe('In Dutch.'),
  en: wording.describe('In English.'),
  de: wording.exactOptional().describe('In German; without it those who speak German hear the English text.'),
});

export const announcementsSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('false: nothing is said on the air; what would have been said stands in the log.'),
    command: z
      .array(z.string().min(1).max(4096))
      .min(1)
      .max(64)
      .default(['espeak-ng', '-v', '{voice}', '-s', '150', '--stdin', '--stdout'])
      .describe(
        'Program that speaks: reads the text on standard input, writes a WAV file (PCM of 16 bits or A-law, one channel, 8 to 48 kHz) to standard output. {voice} stands for the voice of the language.',
      ),
    voices: z
      .strictObject({
        fr: text.default('fr-be').describe('Of French.'),
        nl: text.default('nl').describe('Of Dutch.'),
        en: text.default('en-gb').describe('Of English.'),
        de: text.default('de').describe('Of German.'),
      })
      .prefault({})
      .describe('Voices as the program names them.'),
    recordings: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe(
        'Folder of recordings that stand for the program, relative to this file: <id>.<language>.wav, e.g. ann-closed.nl.wav. Only for texts without fields.',
      ),
    exerciseEveryS: z
      .int()
      .min(15)
      .max(3600)
      .default(120)
      .describe(
        'How often the word that it is an exercise is said on a group that is open as one, while there is talk, s.',
      ),
    texts: z.array(announcementTextSchema).max(64).default([]).describe('Texts in place of those that come with it.'),
  })
  .prefault({})
  .describe('What the gateway says on the air, in the language of each talkgroup.');
