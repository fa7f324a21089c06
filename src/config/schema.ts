/**
 * The configuration: one schema for check, defaults, types and generated documentation (docs/configuration.md,
 * config/escaut.schema.json). Read once, frozen and handed down; no other module reads files or the environment.
 *
 * Every key has its unit in its name, a range, a default where one is sane, and a reason.
 */
import { z } from 'zod';

const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9:._-]{0,63}$/, 'must be 1–64 letters, digits, ":", ".", "_" or "-"')
  .describe('Identifier: 1–64 letters, digits, ":", ".", "_" or "-"; never shown on the air.');
const country = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 code in capitals such as BE or FR');
const language = z.enum(['fr', 'nl', 'en', 'de']);
const port = z.number().int().min(1).max(65535);
const priority = z.number().int().min(0).max(15);
const localisedName = z.strictObject({ fr: z.string(), nl: z.string(), en: z.string() });
const dtmfDigit = z.string().regex(/^[0-9*#A-D]$/, 'must be one of 0–9 * # A–D');

/** A secret is never written in the file: it names the environment variable or the file that holds it. */
export const secretSchema = z
  .union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
  .describe('Where the secret is kept: {env: NAME} or {file: PATH}. The value itself never stands in this file.');

const keyInSchema = z
  .discriminatedUnion('mode', [
    z.strictObject({
      mode: z.literal('presence').describe('RTP packets are talk; their end is the end of the over.'),
      releaseAfterMs: z.number().int().min(60).max(2000).default(200),
      dtxHoldMs: z.number().int().min(100).max(5000).default(1000),
    }),
    z.strictObject({
      mode: z.literal('vox').describe('The far end sends all the time; talk is recognised by its level.'),
      thresholdDbov: z.number().min(-70).max(-10).default(-45),
      attackMs: z.number().int().min(0).max(200).default(40),
      hangMs: z.number().int().min(100).max(3000).default(500),
    }),
    z.strictObject({
      mode: z.literal('telephone-event').describe('The far end keys with a telephone-event (RFC 4733).'),
      on: dtmfDigit.default('*'),
      off: dtmfDigit.default('#'),
      releaseAfterMs: z.number().int().min(200).max(5000).default(1000),
    }),
  ])
  .default({ mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000 });

const keyOutSchema = z
  .discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('presence').describe('We send RTP only while somebody talks.') }),
    z.strictObject({ mode: z.literal('continuous').describe('We send silence between overs; the far end uses VOX.') }),
    z.strictObject({
      mode: z.literal('telephone-event').describe('We send a telephone-event (RFC 4733) to key and to unkey.'),
      on: dtmfDigit.default('*'),
      off: dtmfDigit.default('#'),
    }),
  ])
  .default({ mode: 'presence' });

const grantSchema = z
  .discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('immediate').describe('The far end can carry voice from the first packet.') }),
    z.strictObject({
      mode: z.literal('delay').describe('The far network needs a known time to set up its call.'),
      delayMs: z.number().int().min(0).max(2000),
    }),
    z.strictObject({
      mode: z.literal('telephone-event').describe('The far end says with a telephone-event when it may be talked to.'),
      granted: dtmfDigit.default('A'),
      denied: dtmfDigit.default('B'),
      timeoutMs: z.number().int().min(200).max(5000).default(2000),
    }),
  ])
  .default({ mode: 'immediate' });

const levelSchema = z
  .strictObject({
    automatic: z.boolean().default(true).describe('Bring speech of every leg to the same level.'),
    targetDbov: z.number().min(-30).max(-10).default(-20),
    gainMaxDb: z.number().min(0).max(30).default(15),
  })
  .prefault({});

const sipAttachmentSchema = z.strictObject({
  peer: z
    .string()
    .describe('SIP URI of the far end, e.g. sip:roip@192.0.2.10:5060;transport=udp. Where we call, and who may call us.'),
  mode: z
    .enum(['call', 'accept', 'register-and-accept'])
    .default('call')
    .describe('call: we call each talkgroup. accept: the far end calls us. register-and-accept: it registers first.'),
  callee: z
    .string()
    .default('sip:{number}@{peer}')
    .describe('Request-URI of a talkgroup\'s call; {number} is the talkgroup\'s number, {peer} the peer\'s host and port.'),
  transport: z.enum(['udp', 'tcp']).default('udp'),
  username: z.string().optional().describe('Digest user name, ours when we are challenged and theirs when they call us.'),
  password: secretSchema.optional(),
  challengeIncoming: z.boolean().default(false).describe('Ask the far end for digest credentials when it calls.'),
  registerWith: z.string().optional().describe('SIP URI of a registrar at which we register, if the far end wants it.'),
  optionsIntervalMs: z.number().int().min(500).max(60_000).default(2000),
  codecs: z.array(z.enum(['PCMA', 'PCMU'])).min(1).default(['PCMA', 'PCMU']),
  ptimeMs: z.union([z.literal(10), z.literal(20), z.literal(30), z.literal(40), z.literal(60)]).default(20),
  sessionExpiresS: z.number().int().min(90).max(7200).default(1800),
  latch: z.boolean().default(false).describe('The far end is behind NAT: learn its RTP port from its first packet.'),
  rtpTimeoutMs: z
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(0)
    .describe('A call without RTP for so long is dead; 0 for far ends that are silent between overs.'),
  talkerIdentity: z
    .enum(['none', 'caller', 'connected', 'rtcp'])
    .default('connected')
    .describe('Where the talker\'s address comes from: the call\'s From, RFC 4916 updates, or RTCP SDES NAME.'),
  keyIn: keyInSchema,
  keyOut: keyOutSchema,
  grant: grantSchema,
  guardMs: z.number().int().min(0).max(2000).default(300),
  level: levelSchema,
});

const legSchema = z.strictObject({
  talkgroup: id,
  attachment: id.optional().describe('Carry this leg over that attachment; default: the network\'s best ranked one.'),
  priority: priority.optional().describe('Priority of this side\'s talkers; default: the group\'s.'),
  priorityMax: priority.default(14).describe('Highest priority a talker of this side may use here (15: emergencies).'),
  mayTalk: z.boolean().default(true),
});

export const configSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors.'),
  version: z.literal(1),
  gateway: z.strictObject({
    id,
    name: localisedName,
    timezone: z.string().default('Europe/Brussels'),
  }),
  console: z
    .strictObject({
      listen: z.strictObject({ host: z.string().default('127.0.0.1'), port: port.default(8080) }).prefault({}),
      origins: z
        .array(z.string())
        .default([])
        .describe('Origins besides our own address from which a page may open a console, e.g. behind a proxy.'),
      operator: z
        .strictObject({
          display: z.string().default('CCPD Tournai'),
          controlRoom: z.string().default('CCPD Tournai'),
          country: country.default('BE'),
          language: language.default('fr'),
          priority: priority.default(10),
        })
        .prefault({}),
      sessionsMax: z.number().int().min(1).max(1000).default(200),
    })
    .prefault({}),
  media: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Local address of RTP, as told to far ends. IPv4 or IPv6.'),
      ports: z
        .strictObject({ from: port.default(40000), to: port.default(43999) })
        .prefault({})
        .describe('UDP ports for legs; each takes an even and the odd one above.'),
      webrtc: z
        .strictObject({
          host: z.string().default('127.0.0.1'),
          announcedAddress: z.string().optional(),
          ports: z.strictObject({ from: port.default(44000), to: port.default(44999) }).prefault({}),
          workers: z.union([z.literal('cores'), z.number().int().min(1).max(64)]).default('cores'),
        })
        .prefault({}),
    })
    .prefault({}),
  sip: z
    .strictObject({
      listen: z
        .array(z.strictObject({ transport: z.enum(['udp', 'tcp']), host: z.string(), port }))
        .default([
          { transport: 'udp', host: '127.0.0.1', port: 5060 },
          { transport: 'tcp', host: '127.0.0.1', port: 5060 },
        ]),
      domain: z.string().default('escaut.invalid').describe('Realm of digest and domain of our own addresses.'),
    })
    .prefault({}),
  limits: z
    .strictObject({
      talkLimitMs: z.number().int().min(5000).max(600_000).default(30_000),
      talkWarnMs: z.number().int().min(1000).max(600_000).default(20_000),
      leaseMs: z.number().int().min(200).max(6000).default(1000),
      graceMs: z.number().int().min(0).max(3000).default(0),
      queueLimit: z.number().int().min(0).max(64).default(8),
      firstWordMsMax: z.number().int().min(500).max(10_000).default(3000),
    })
    .prefault({}),
  organisations: z
    .array(z.strictObject({ id, code: z.string(), name: z.string(), country, language, kind: z.string() }))
    .default([]),
  networks: z
    .array(
      z.strictObject({
        id,
        name: z.string(),
        technology: z.enum(['tetra', 'tetrapol', 'mcx', 'analogue']),
        country,
        aliasLengthMax: z.number().int().min(1).max(64).default(12),
      }),
    )
    .min(1),
  attachments: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({
          id,
          network: id,
          kind: z.literal('sip'),
          site: z.string().default(''),
          rank: z.number().int().min(1).max(9).default(1),
          channels: z.number().int().min(1).max(1000).default(8),
          enabled: z.boolean().default(true),
          sip: sipAttachmentSchema,
        }),
      ]),
    )
    .default([]),
  talkgroups: z
    .array(
      z.strictObject({
        id,
        network: id,
        number: z.string(),
        short: z.string().max(12),
        organisation: id.optional(),
        endToEndEncrypted: z.boolean().default(false),
      }),
    )
    .default([]),
  units: z
    .array(
      z.strictObject({
        id,
        address: z.string().describe('As the network says it; compared without spaces.'),
        network: id,
        callSign: z.string(),
        organisation: id,
        language,
        kind: z.string().default('vehicle'),
      }),
    )
    .default([]),
  sharedGroups: z
    .array(
      z.strictObject({
        id,
        short: z.string().max(12),
        name: localisedName,
        mode: z.enum(['permanent', 'on-demand', 'disabled']).default('permanent'),
        priority: priority.default(5),
        talkLimitMs: z.number().int().min(5000).max(600_000).optional(),
        talkWarnMs: z.number().int().min(1000).max(600_000).optional(),
        override: z.enum(['cut', 'mix']).default('cut'),
        legs: z.array(legSchema).min(1),
      }),
    )
    .default([]),
  logging: z
    .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info') })
    .prefault({}),
  dataFolder: z.string().default('data').describe('Folder for what outlives the process.'),
});

export type Config = z.infer<typeof configSchema>;
export type SipAttachment = z.infer<typeof sipAttachmentSchema>;
