/** The far end as an MCPTT system: a SIP session with floor control beside the voice. */
import { z } from 'zod';
import { secretSchema, text } from './schema-values.ts';
import { sipSchema, srtpSuites } from './sip-schema.ts';

const timer = (defaultMs: number, what: string) => z.int().min(100).max(60_000).default(defaultMs).describe(what);
const counter = (fallback: number, what: string) => z.int().min(1).max(20).default(fallback).describe(what);

const timersSchema = z
  .strictObject({
    t100Ms: timer(1000, 'T100: a Floor Release without an answer is sent again.'),
    c100: counter(3, 'C100: Floor Releases sent at most.'),
    t101Ms: timer(1000, 'T101: a Floor Request without an answer is sent again.'),
    c101: counter(3, 'C101: Floor Requests sent at most; then the far end counts as having refused.'),
    t103Ms: timer(
      4000,
      "T103: another's talk has ended when its voice stayed away for so long. The same as the far end's T1.",
    ),
    t104Ms: timer(1000, 'T104: a Floor Queue Position Request without an answer is sent again.'),
    c104: counter(3, 'C104: Floor Queue Position Requests sent at most.'),
    t132Ms: timer(2000, 'T132: a floor granted after a wait is given back unless somebody talks within.'),
    t4S: z
      .int()
      .min(0)
      .max(3600)
      .default(0)
      .describe('T4: a call of theirs in which nobody has talked for so long is ended by us; 0: never.'),
    t7Ms: timer(1000, 'T7: Floor Idle is sent again.'),
    c7: counter(10, 'C7: Floor Idles sent at most.'),
    t8Ms: timer(1000, 'T8: Floor Revoke is sent again until it is obeyed.'),
    t20Ms: timer(1000, 'T20: Floor Granted is sent again until the talker is heard.'),
    c20: counter(3, 'C20: Floor Granteds sent at most.'),
  })
  .prefault({})
  .describe(
    'Timers and counters of TS 24.380, tables 11.1.1-1 and 11.1.3-1; T1, T2 and T3 are leaseMs, talkLimitMs and graceMs of the shared group.',
  );

const floorKeySchema = z
  .strictObject({
    suite: z.enum(srtpSuites).describe('Suite of SRTCP.'),
    keySalt: secretSchema.describe(
      'Where the master key is kept, its salt behind it, in base64: 30 octets with AES_CM_128, 44 with AEAD_AES_256_GCM.',
    ),
    mki: z
      .string()
      .regex(/^(?:[0-9a-f]{2}){1,16}$/i, 'must be 1 to 16 octets in hex')
      .optional()
      .describe('Master key identifier on every message, in hex; without one there is none.'),
  })
  .describe('Key of floor control, the same for both directions, as it was given to both sides beforehand.');

const resourceValue = z
  .string()
  .regex(/^[a-z0-9-]{1,16}\.[a-z0-9-]{1,8}$/i, 'must be a namespace, a dot and a value, such as mcpttp.15');

const talkerTemplate = text
  .refine((value) => value.includes('{address}'), 'must have {address} in it')
  .refine((value) => /^(?:sips?|tel):/i.test(value), 'must begin with sip: or tel:');

export const mcpttSchema = sipSchema
  .pick({
    peer: true,
    callee: true,
    transport: true,
    tls: true,
    username: true,
    password: true,
    challengeIncoming: true,
    optionsIntervalMs: true,
    codecs: true,
    ptimeMs: true,
    sessionExpiresS: true,
    srtp: true,
    srtpSuites: true,
    latch: true,
    mediaHosts: true,
    rtpTimeoutMs: true,
    data: true,
    markPaths: true,
    level: true,
  })
  .extend({
    mode: z
      .enum(['call', 'accept'])
      .default('call')
      .describe('call: we call each talkgroup. accept: the MCPTT system calls us.'),
    home: z
      .enum(['there', 'here'])
      .default('there')
      .describe(
        'Where the groups are homed (TS 23.283 §10.5.3). there: its server decides on the floor and we are a participant. here: we are the server and it is a participant.',
      ),
    identity: text
      .default('sip:escaut@escaut.invalid')
      .describe('Our MCPTT ID: whoever talks on our side and has no address of his own is named so.'),
    talkerUri: talkerTemplate
      .default('sip:{address}@escaut.invalid')
      .describe('MCPTT ID of a talker of ours, {address} being his address in his own network.'),
    talkerField: z
      .enum(['functional-alias', 'user-id', 'none'])
      .default('functional-alias')
      .describe(
        'How a Floor Request names the talker of ours: in Functional Alias, in User ID, or not at all. As the server we read both.',
      ),
    queueing: z.boolean().default(true).describe('Offer and accept queueing (mc_queueing).'),
    priorities: z
      .array(z.int().min(0).max(255))
      .length(16)
      .refine((list) => list.every((each, index) => index === 0 || each > (list[index - 1] ?? -1)), 'must rise')
      .default([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 125, 150, 175, 200, 255])
      .describe(
        'Floor Priority (0–255) of each of our priorities 0–15; one received counts as the highest of ours that it reaches.',
      ),
    imminentPerilPriority: z
      .int()
      .min(0)
      .max(14)
      .default(13)
      .describe(
        'Least priority of a request that says imminent peril, as far as the leg may have it; a talk towards the far end that has exactly this one is shown as such. 0: neither.',
      ),
    wantsAck: z.boolean().default(false).describe('As the server, ask for a Floor Ack of each message.'),
    grantTimeoutMs: z
      .int()
      .min(500)
      .max(30_000)
      .default(8000)
      .describe('Wait for the far end to grant our talk, its queue included; then it is asked anew.'),
    leadMs: z
      .int()
      .min(0)
      .max(500)
      .default(40)
      .describe(
        'As the server: our voice waits so long, so that Floor Taken is there before it; caught up within the over.',
      ),
    mcpttInfo: z
      .boolean()
      .default(false)
      .describe(
        'Send an mcptt-info body beside the session description of our calls (TS 24.379 §F.1), an emergency included: in a call that stands by a re-INVITE.',
      ),
    resourcePriority: z
      .strictObject({
        normal: resourceValue.optional().describe('Namespace and value of a call without emergency.'),
        emergency: resourceValue.optional().describe('Of a call of emergency; absent: as without.'),
      })
      .default({})
      .describe('Resource-Priority of our calls (RFC 8101), such as mcpttp.5. Absent: none.'),
    asserts: z
      .boolean()
      .default(false)
      .describe(
        'We stand within the trust domain of the far end (RFC 3325): our calls assert identity and service (P-Asserted-Identity, P-Asserted-Service) instead of preferring a service.',
      ),
    answerMode: z
      .enum(['none', 'auto'])
      .default('none')
      .describe('auto: our calls ask to be answered without anybody being asked (Answer-Mode, RFC 5373).'),
    sessionType: z.enum(['prearranged', 'chat']).default('prearranged').describe('Session type in mcptt-info.'),
    floorKey: floorKeySchema.optional(),
    timers: timersSchema,
  })
  .describe('The far end as an MCPTT system with floor control (TS 24.380, TS 29.379, TS 29.380).');
