/** Values that many keys of the configuration share: ids, numbers, names, addresses, secrets. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { printable } from '../base/printable.ts';
import { readSipAddress } from './sip-address.ts';

const idPattern = /^[A-Za-z0-9][A-Za-z0-9:._-]{0,63}$/;
export const id = z
  .string()
  .regex(idPattern, 'must be 1–64 letters, digits, ":", ".", "_" or "-", beginning with a letter or digit');
export const ownId = (what: string) =>
  id.describe(`Identifier of the ${what}, unique among its kind. Never sent on the air.`);
export const reference = (section: string, what: string) => id.describe(`${what} An id of \`${section}\`.`);
export const country = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 code in capitals such as BE, FR or GB');
export const language = z.enum(['fr', 'nl', 'en', 'de']);
export const port = z.int().min(1).max(65535);
/** What nobody sees, or what turns round what stands beside it, makes one name look as another: of a talker, of a group. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
export const seen = (most: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(most)
    .refine((value) => !unseen.test(value), 'must be one line of characters that can be seen: no control or direction');
export const text = seen(200);
export const short = seen(12).describe(
  "Name as radios show it: at most 12 characters, the least that the networks' displays have.",
);
/** 15 is what an emergency has; nothing of the configuration can equal or pass it. */
export const priority = z.int().min(0).max(14, 'must be 0–14: 15 is kept for emergencies');
/** A DSCP (RFC 2474). */
export const codePoint = (usual: number) =>
  z.int().min(0).max(63, 'must be 0–63: the DSCP, not the whole octet').default(usual);
/** Literals only: nothing in the gateway waits for a resolver to learn its own address. */
export const host = z
  .string()
  .refine((value) => isIP(value) !== 0, 'must be an IPv4 or IPv6 address, without brackets and port');
/** One host or a whole net. */
export const hostOrPrefix = text.superRefine((value, context) => {
  const [address = '', bits, ...rest] = value.split('/');
  const bitsMax = isIP(address) === 6 ? 128 : 32;
  const fits = bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= bitsMax);
  if (isIP(address) !== 0 && !address.includes('%') && fits && rest.length === 0) return;
  context.addIssue({
    code: 'custom',
    message: 'must be an IP address such as 192.0.2.11 or a prefix such as 192.0.2.0/24',
  });
});
/** A SIP URI that the gateway can act on; the reason of a refusal says what to write. */
export const sipUri = text.superRefine((value, context) => {
  const reading = readSipAddress(value);
  if (!reading.ok) context.addIssue({ code: 'custom', message: reading.reason });
});
export const calleeTemplate = text.superRefine((value, context) => {
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  for (const [whole, name = ''] of value.matchAll(/\{([^{}]*)\}/g)) {
    if (name === 'number' || name === 'peer') continue;
    return refuse(`has the placeholder ${printable(whole)}; known are {number} and {peer}`);
  }
  const filled = readSipAddress(value.replaceAll('{number}', '101').replaceAll('{peer}', '192.0.2.1:5060'));
  if (!filled.ok) refuse(`with its placeholders filled ${filled.reason}`);
});
export function isTimezone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
export const localisedName = z.strictObject({
  fr: text.describe('In French.'),
  nl: text.describe('In Dutch.'),
  en: text.describe('In English.'),
  de: text.exactOptional().describe('In German; without it the English one stands for it.'),
});
export const dtmfDigit = z.string().regex(/^[0-9*#A-D]$/, 'must be one of 0–9 * # A B C D, between quotes');
export const portRange = (from: number, to: number) =>
  z
    .strictObject({
      from: port.default(from).describe('First port of the range.'),
      to: port.default(to).describe('Last port of the range, itself included.'),
    })
    .refine((range) => range.from <= range.to, { path: ['to'], message: 'must not be below `from`' })
    .prefault({});

export const levelSchema = z
  .strictObject({
    automatic: z
      .boolean()
      .default(true)
      .describe('Bring the speech of this side to the common level (legs within 3 dB).'),
    targetDbov: z
      .number()
      .min(-30)
      .max(-10)
      .default(-20)
      .describe('The common level of active speech, dB below overload.'),
    gainMaxDb: z
      .number()
      .min(0)
      .max(30)
      .default(15)
      .describe('Most amplification; more would lift the noise of a bad line.'),
  })
  .prefault({})
  .describe('Level of speech that comes from this side.');

/** A secret is never written in the file: it names the environment variable or the file that holds it. */
export const secretSchema = z.union(
  [
    z.strictObject({ env: z.string().min(1).max(200).describe('Name of the environment variable that holds it.') }),
    z.strictObject({
      file: z
        .string()
        .min(1)
        .max(4096)
        .describe('File that holds it, relative to this one; a final line end is ignored.'),
    }),
  ],
  { error: 'must be {env: NAME} or {file: PATH}: the secret itself never stands in this file' },
);
export type SecretReference = z.infer<typeof secretSchema>;
