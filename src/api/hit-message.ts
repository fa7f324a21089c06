/**
 * What a camera's system sends: one schema for the check and for the description in docs/hits.md. Pure. Whatever the
 * body holds, what is said of it names fields and never repeats what is in them.
 *
 * The plate serves to know the same vehicle again and goes no further than the intake; where it stands in a text as
 * well, the message is refused, since texts are shown and kept.
 */
import { z } from 'zod';
import type { SpokenLanguage, Words } from '../operations/announcement-text.ts';
import type { Read } from '../operations/anpr-hit.ts';

const textMax = 80;
const text = z
  .string()
  .max(textMax)
  .regex(/[^\p{C}\s]/u);
const words = (what: string) =>
  z
    .union([
      text,
      z
        .strictObject({ fr: text.optional(), nl: text.optional(), en: text.optional(), de: text.optional() })
        .refine((each) => Object.values(each).some((value) => value !== undefined), 'must be given in a language'),
    ])
    .describe(`${what} One text, or one for each of fr, nl, en and de; a language that is left out reads another.`);

export const hitMessageSchema = z
  .strictObject({
    reference: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/)
      .describe('Reference of the hit in the system of the source; the same again is the same message. Never a plate.'),
    readAt: z.iso
      .datetime({ offset: true })
      .describe('When the camera read it, with its offset from UTC; at most 24 h ago.'),
    camera: words('Where, as it may be said on the air.'),
    heading: words('Where it drives to.').optional(),
    vehicle: words('Make, model and colour, as they may be said on the air. Never the plate.'),
    reason: words('Why it is sought, in a few words. No names.'),
    exercise: z
      .boolean()
      .optional()
      .describe('true: made up for an exercise. It is shown and kept as such, and used by plans of exercises alone.'),
    plate: z
      .string()
      .min(2)
      .max(16)
      .regex(/[\p{L}\p{N}].*[\p{L}\p{N}]/u)
      .optional()
      .describe('Serves to know the same vehicle again for five minutes, and is neither stored, shown nor logged.'),
  })
  .describe('A hit of a number-plate camera.');

/** What is answered to a message that was taken. */
export const hitAnswerSchema = z.strictObject({
  hit: z.int(),
  source: z.string(),
  reference: z.string(),
  taken: z.enum(['new', 'merged', 'repeated']),
  state: z.string(),
  exercise: z.literal(true).optional(),
});

/** The schema of a message as JSON Schema in Markdown, for docs/hits.md. */
export function describeHitMessage(): string {
  const schema = z.toJSONSchema(hitMessageSchema, { io: 'input' });
  return `\`\`\`json\n${JSON.stringify(schema, null, 2)}\n\`\`\`\n`;
}

type MessageFault = 'photo' | 'plate-in-text' | 'malformed';

export interface FieldFault {
  /** Name of the field. */
  readonly field: string;
  readonly detail: string;
}

export type MessageReading =
  | { readonly ok: true; readonly read: Omit<Read, 'source'>; readonly plate: string | undefined }
  | {
      readonly ok: false;
      readonly fault: MessageFault;
      readonly detail: string;
      readonly fields: readonly FieldFault[];
    };

const ageMsMax = 24 * 3_600_000;
/** How far the clock of a camera may be ahead of ours. */
const aheadMsMax = 5 * 60_000;
const photoNames = /photo|foto|image|picture|snapshot|jpe?g|png|base64|thumbnail|afbeelding|cliche/i;
const fieldsMax = 10;

/** Reads a body that was JSON. Total: no input can throw. */
export function readHitMessage(body: unknown, utcMs: number): MessageReading {
  const photos = fieldNames(body).filter((name) => photoNames.test(name));
  if (photos.length > 0) {
    const detail = 'This gateway takes no photo: whoever validates a hit sees it in the system of its source.';
    return { ok: false, fault: 'photo', detail, fields: photos.map((field) => ({ field, detail: 'is a photo' })) };
  }
  const parsed = hitMessageSchema.safeParse(body);
  if (!parsed.success) return malformed(parsed.error.issues.flatMap(faultsOf));
  const { reference, readAt, camera, heading, vehicle, reason, exercise, plate } = parsed.data;
  const readUtcMs = Date.parse(readAt);
  if (!(readUtcMs >= utcMs - ageMsMax)) return malformed([{ field: 'readAt', detail: 'is more than 24 h ago' }]);
  if (readUtcMs > utcMs + aheadMsMax) return malformed([{ field: 'readAt', detail: 'is in the future' }]);
  const read = {
    reference,
    camera: wordsOf(camera),
    ...(heading === undefined ? {} : { heading: wordsOf(heading) }),
    vehicle: wordsOf(vehicle),
    reason: wordsOf(reason),
    readUtcMs,
    ...(exercise && { exercise }),
  };
  const plain = plate === undefined ? undefined : plainPlate(plate);
  const betrayed = plain === undefined ? [] : fieldsWith(read, plain);
  if (betrayed.length > 0) {
    const detail = 'The plate stands in a text that would be shown and kept: leave it out there.';
    const fields = betrayed.map((field) => ({ field, detail: 'holds the plate' }));
    return { ok: false, fault: 'plate-in-text', detail, fields };
  }
  return { ok: true, read, plate: plain };
}

/** Letters and figures alone, so that `1-ABC-234` and `1abc 234` are one vehicle. */
function plainPlate(plate: string): string {
  return plate
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

function fieldsWith(read: Omit<Read, 'source' | 'readUtcMs' | 'exercise'>, plate: string): string[] {
  const { reference, camera, heading, vehicle, reason } = read;
  const texts = { reference: [reference], camera, heading: heading ?? [], vehicle, reason };
  return Object.entries(texts)
    .filter(([, each]) => Object.values(each).some((said) => plainPlate(said).includes(plate)))
    .map(([field]) => field);
}

function wordsOf(given: string | { [language in SpokenLanguage]?: string | undefined }): Words {
  const { fr, nl, en, de } = typeof given === 'string' ? { en: given } : given;
  const any = en ?? fr ?? nl ?? de ?? '';
  const german = de === undefined ? {} : { de: oneLine(de) };
  return { fr: oneLine(fr ?? any), nl: oneLine(nl ?? any), en: oneLine(en ?? any), ...german };
}

function oneLine(value: string): string {
  return value.replaceAll(/[\p{C}\s]+/gu, ' ').trim();
}

function malformed(fields: readonly FieldFault[]): MessageReading {
  const detail = 'The body is not a hit as docs/hits.md describes it.';
  const each = fields.filter(({ field }, index) => fields.findIndex((other) => other.field === field) === index);
  return { ok: false, fault: 'malformed', detail, fields: each.slice(0, fieldsMax) };
}

/** In our own words: those of the library may repeat what was sent. */
function faultsOf(issue: z.core.$ZodIssue): FieldFault[] {
  const [top] = issue.path;
  const field = typeof top === 'string' ? top : '';
  if (field === '' && issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: shownName(key), detail: 'is not known here' }));
  }
  if (field === '') return [{ field: '', detail: 'must be a JSON object' }];
  return [{ field, detail: `must be ${wanted[field] ?? 'as described'}` }];
}

const someWords = `a text of 1 to ${textMax} characters, or one for each of fr, nl, en and de`;
const wanted: Readonly<Record<string, string>> = {
  reference: '1 to 64 letters, digits, ".", "_", ":" or "-"',
  readAt: 'a time with offset such as 2026-01-10T21:37:00+01:00',
  camera: someWords,
  heading: someWords,
  vehicle: someWords,
  reason: someWords,
  exercise: 'true or false',
  plate: '2 to 16 characters, letters or figures among them',
};

/** What looks like a name of a field; anything else may be what must not be repeated. */
function shownName(key: string): string {
  return /^[A-Za-z_]{1,32}$/.test(key) ? key : 'a field';
}

/** Of the object and of what is in it, two deep. */
function fieldNames(value: unknown, depth = 0): string[] {
  if (typeof value !== 'object' || value === null || depth > 2) return [];
  return Object.entries(value).flatMap(([key, inner]) => [shownName(key), ...fieldNames(inner, depth + 1)]);
}
