/** The far end as a radio of EUROCAE ED-137 Volume 1: a SIP session whose voice carries key and squelch. */
import { z } from 'zod';
import { text } from './schema-values.ts';
import { sipSchema } from './sip-schema.ts';

const keepAliveSchema = z
  .strictObject({
    periodMs: z.int().min(20).max(1000).default(200).describe('Time between packets while nobody talks.'),
    multiplier: z.int().min(2).max(50).default(10).describe('Periods without a packet until the session is dead.'),
  })
  .refine(
    ({ periodMs, multiplier }) => periodMs * multiplier <= 2000,
    'must have a dead session noticed within 2 s: periodMs × multiplier',
  )
  .prefault({})
  .describe('Keep-alive that we offer (R2S); an answer may have another that is as fast.');

const token = (fallback: string, what: string) =>
  z
    .string()
    .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/, 'must be 1–64 characters of ASCII')
    .default(fallback)
    .describe(what);

export const ed137Schema = sipSchema
  .pick({
    peer: true,
    callee: true,
    transport: true,
    tls: true,
    username: true,
    password: true,
    challengeIncoming: true,
    optionsIntervalMs: true,
    ptimeMs: true,
    sessionExpiresS: true,
    latch: true,
    mediaHosts: true,
    markPaths: true,
    talkerIdentity: true,
    data: true,
    guardMs: true,
    level: true,
  })
  .extend({
    mode: z.enum(['call', 'accept']).default('call').describe('call: we call each radio. accept: the radios call us.'),
    codecs: z
      .array(z.enum(['PCMA', 'PCMU']))
      .min(1)
      .max(2)
      .default(['PCMA'])
      .describe('Codecs offered and accepted, the preferred one first.'),
    version: token('radio.01', 'WG67-Version in our requests and answers; some radios want radio.01.00 or a list.'),
    subject: token('radio', 'Subject of our calls.'),
    callPriority: z
      .enum(['emergency', 'urgent', 'normal', 'non-urgent'])
      .default('normal')
      .describe('Priority of our calls; no standing of any over.'),
    sessionType: token('Radio-TxRx', 'a=type of our offers; Radio and Radio-Rxonly are seen too.'),
    transmission: z
      .enum(['Tx', 'Rx', 'TxRx'])
      .default('TxRx')
      .describe('a=txrxmode: the radio sends for us, is heard by us, or both.'),
    signalQuality: z
      .array(z.enum(['RSSI', 'AGC', 'C/N', 'PSD']))
      .max(4)
      .default(['RSSI'])
      .describe('a=bss: methods of signal quality that we offer; what the radio says is shown with the leg.'),
    frequency: text
      .optional()
      .describe('a=fid of our offers, {number} being the number of the talkgroup; default: none.'),
    r2sPayloadType: z
      .int()
      .min(96)
      .max(127)
      .default(123)
      .describe('Payload type of packets without voice in our offers.'),
    keepAlive: keepAliveSchema,
    pttRepeats: z.int().min(0).max(9).default(1).describe('a=ptt_rep: key-up is said once more than this.'),
    confirmation: z
      .enum(['ptt-id', 'squelch', 'immediate'])
      .default('ptt-id')
      .describe(
        'When our key counts as on the air. ptt-id: the radio shows the PTT-ID that it gave us. squelch: or its squelch opens, as it hears its own carrier. immediate: at once.',
      ),
    grantTimeoutMs: z
      .int()
      .min(200)
      .max(10_000)
      .default(2000)
      .describe('Wait for that; then the radio is keyed anew, and after a second wait counts as refusing.'),
    urgentFrom: z
      .int()
      .min(0)
      .max(15)
      .default(11)
      .describe('Overs of this priority and above key as priority PTT; 15 none but emergencies, which have their own.'),
    delayEveryS: z
      .int()
      .min(0)
      .max(3600)
      .default(10)
      .describe('Ask the radio for the delay so often (RMM, MAM); 0: never.'),
  })
  .describe('The far end as a radio of EUROCAE ED-137 Volume 1, we being its control room (VCS).');
