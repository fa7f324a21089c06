/** Announcements to be heard before they are said on the air: what the door takes and answers, and what it asks of the gateway. */
import { z } from 'zod';
import { type AnnouncementText, type SpokenLanguage, spokenLanguages } from '../operations/announcement-text.ts';

export interface ListenWish {
  /** Of the announcement: a recording of it stands for the program, where there is one. */
  readonly id: string;
  readonly text: string;
  readonly language: SpokenLanguage;
  readonly fields: Readonly<Record<string, string>>;
}

/** What the gateway would say. */
export interface Heard {
  /** As it is shown and logged. */
  readonly text: string;
  /** As it is given to the program that speaks. */
  readonly spoken: string;
  /** The same with its numbers in words. */
  readonly spelled: string;
  /** Undefined: the program gave no speech. */
  readonly speech: { readonly durationMs: number; readonly wav: Uint8Array } | undefined;
}

export interface Listening {
  /** Those that come with the gateway. */
  readonly texts: readonly AnnouncementText[];
  listen(wish: ListenWish): Promise<Heard>;
}

const word = z.string().max(60);

export const listenSchema = z
  .strictObject({
    id: z.string().regex(/^ann-[a-z-]{1,40}$/),
    text: z.string().min(1).max(200).describe('As it stands in `announcements.texts`, with its {fields}.'),
    language: z.enum(spokenLanguages),
    fields: z
      .record(z.string().regex(/^[a-z_]{1,32}$/), word)
      .refine((fields) => Object.keys(fields).length <= 16)
      .default({})
      .describe('What stands for its fields.'),
  })
  .describe('An announcement to be heard.');

export const heardSchema = z
  .strictObject({
    text: z.string().describe('As it is shown and logged.'),
    spoken: z.string().describe('As the program that speaks is given it.'),
    spelled: z.string().describe('The same with its numbers in words.'),
    durationMs: z.int().optional().describe('Absent: there was no speech.'),
    wav: z.string().optional().describe('Base64 of a WAV file, 16 kHz, 16 bits.'),
  })
  .describe('What the gateway would say.');

export const announcementsSchema = z
  .strictObject({
    texts: z.array(
      z.strictObject({ id: z.string(), fr: z.string(), nl: z.string(), en: z.string(), de: z.string().optional() }),
    ),
  })
  .describe('The announcements that come with the gateway.');

export function shownHeard({ text, spoken, spelled, speech }: Heard): z.infer<typeof heardSchema> {
  return {
    ...{ text, spoken, spelled },
    ...(speech !== undefined && {
      durationMs: Math.round(speech.durationMs),
      wav: Buffer.from(speech.wav).toString('base64'),
    }),
  };
}
