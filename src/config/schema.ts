/**
 * The configuration: one schema for check, defaults, types and generated documentation (docs/configuration.md,
 * config/escaut.schema.json). Read once, frozen and handed down; no other module reads files or the environment.
 *
 * Every key has its unit in its name, a range, a default where one is sane, and a reason. What concerns one key is
 * checked here; what concerns several is checked in rules.ts.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { printable } from '../base/printable.ts';
import type { Secret } from '../base/secret.ts';
import { readSipAddress } from './sip-address.ts';

// ── Values that many keys share ────────────────────────────────────────────────────────────────────────────────────

const idPattern = /^[A-Za-z0-9][A-Za-z0-9:._-]{0,63}$/;
const id = z
  .string()
  .regex(idPattern, 'must be 1–64 letters, digits, ":", ".", "_" or "-", beginning with a letter or digit');
const ownId = (what: string) => id.describe(`Identifier of the ${what}, unique among its kind. Never sent on the air.`);
const reference = (section: string, what: string) => id.describe(`${what} An id of \`${section}\`.`);
const country = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 code in capitals such as BE, FR or GB');
const language = z.enum(['fr', 'nl', 'en', 'de']);
const port = z.int().min(1).max(65535);
const text = z.string().min(1, 'must not be empty').max(200);
const short = z
  .string()
  .min(1, 'must not be empty')
  .max(12)
  .describe("Name as radios show it: at most 12 characters, the least that the networks' displays have.");
/** 15 is what an emergency has; nothing of the configuration can equal or pass it. */
const priority = z.int().min(0).max(14, 'must be 0–14: 15 is kept for emergencies');
/** Literals only: nothing in the gateway waits for a resolver to learn its own address. */
const host = z
  .string()
  .refine((value) => isIP(value) !== 0, 'must be an IPv4 or IPv6 address, without brackets and port');
/** One host or a whole net. */
const hostOrPrefix = text.superRefine((value, context) => {
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
const sipUri = text.superRefine((value, context) => {
  const reading = readSipAddress(value);
  if (!reading.ok) context.addIssue({ code: 'custom', message: reading.reason });
});
const calleeTemplate = text.superRefine((value, context) => {
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  for (const [whole, name = ''] of value.matchAll(/\{([^{}]*)\}/g)) {
    if (name === 'number' || name === 'peer') continue;
    return refuse(`has the placeholder ${printable(whole)}; known are {number} and {peer}`);
  }
  const filled = readSipAddress(value.replaceAll('{number}', '101').replaceAll('{peer}', '192.0.2.1:5060'));
  if (!filled.ok) refuse(`with its placeholders filled ${filled.reason}`);
});
function isTimezone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
const localisedName = z.strictObject({
  fr: text.describe('In French.'),
  nl: text.describe('In Dutch.'),
  en: text.describe('In English.'),
});
const dtmfDigit = z.string().regex(/^[0-9*#A-D]$/, 'must be one of 0–9 * # A B C D, between quotes');
const portRange = (from: number, to: number) =>
  z
    .strictObject({
      from: port.default(from).describe('First port of the range.'),
      to: port.default(to).describe('Last port of the range, itself included.'),
    })
    .refine((range) => range.from <= range.to, { path: ['to'], message: 'must not be below `from`' })
    .prefault({});

/** A secret is never written in the file: it names the environment variable or the file that holds it. */
const secretSchema = z.union(
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

// ── Attachments ────────────────────────────────────────────────────────────────────────────────────────────────────

const emergencyKey = dtmfDigit
  .optional()
  .describe(
    'Digit with which the far end makes the talk under way, or the one that begins within 10 s, an emergency; it ends with that talk.',
  );

const keyInSchema = z
  .discriminatedUnion('mode', [
    z.strictObject({
      mode: z.literal('presence').describe('RTP packets are talk; their end is the end of the over.'),
      releaseAfterMs: z
        .int()
        .min(60)
        .max(2000)
        .default(200)
        .describe('Silence on the wire after which the over has ended. Shorter cuts overs on a lossy link.'),
      dtxHoldMs: z
        .int()
        .min(100)
        .max(5000)
        .default(1000)
        .describe('The same after a comfort-noise packet (RFC 3389), which announces a pause within the over.'),
      emergency: emergencyKey,
    }),
    z.strictObject({
      mode: z.literal('vox').describe('The far end sends all the time; talk is recognised by its level.'),
      thresholdDbov: z
        .number()
        .min(-70)
        .max(-10)
        .default(-45)
        .describe("Level above which it is talk, dB below overload. Set it some 10 dB above the line's noise."),
      attackMs: z
        .int()
        .min(0)
        .max(200)
        .default(40)
        .describe('How long the level must last to key, so that a click does not. Speech meanwhile is kept, not lost.'),
      hangMs: z
        .int()
        .min(100)
        .max(3000)
        .default(500)
        .describe('Pause after which the over has ended; bridges breathing.'),
      emergency: emergencyKey,
    }),
    z.strictObject({
      mode: z.literal('telephone-event').describe('The far end keys with a telephone-event (RFC 4733).'),
      on: dtmfDigit.default('*').describe('Digit that means key down.'),
      off: dtmfDigit.default('#').describe('Digit that means key up.'),
      releaseAfterMs: z
        .int()
        .min(200)
        .max(5000)
        .default(1000)
        .describe('Silence on the wire that ends the over when the key-up event was lost.'),
      emergency: emergencyKey,
    }),
  ])
  .default({ mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000 })
  .describe('How talk of the far end is recognised.');

const keyOutSchema = z
  .discriminatedUnion('mode', [
    z.strictObject({
      mode: z.literal('presence').describe('We send RTP only while somebody talks.'),
      releaseMs: z
        .int()
        .min(150)
        .max(2000)
        .default(300)
        .describe(
          'Time after our last packet at which the far end has surely seen our key-up, way included; it must not yet at half of it. A network that has to grant is keyed anew no sooner.',
        ),
    }),
    z.strictObject({
      mode: z
        .literal('continuous')
        .describe('We send silence between overs, for a far end that needs a steady stream.'),
    }),
    z.strictObject({
      mode: z.literal('telephone-event').describe('We send a telephone-event (RFC 4733) to key and to unkey.'),
      on: dtmfDigit.default('*').describe('Digit sent for key down.'),
      off: dtmfDigit.default('#').describe('Digit sent for key up.'),
    }),
  ])
  .default({ mode: 'presence', releaseMs: 300 })
  .describe('How our talk is shown to the far end.');

const grantSchema = z
  .discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('immediate').describe('The far end can carry voice from the first packet.') }),
    z.strictObject({
      mode: z.literal('delay').describe('The far network needs a known time to set up its call.'),
      delayMs: z
        .int()
        .min(0)
        .max(2000)
        .describe('Time from our key-down until its voice path stands; speech is kept so long and caught up.'),
    }),
    z.strictObject({
      mode: z.literal('telephone-event').describe('The far end says with a telephone-event when it may be talked to.'),
      granted: dtmfDigit.default('A').describe('Digit that means: talk now.'),
      denied: dtmfDigit.default('B').describe('Digit that means: refused.'),
      timeoutMs: z
        .int()
        .min(200)
        .max(5000)
        .default(2000)
        .describe('Wait for that digit; then the leg is keyed anew, and after a second wait counts as refused.'),
    }),
  ])
  .default({ mode: 'immediate' })
  .describe('When the far network is ready for our voice after we keyed it.');

const answersSchema = z
  .strictObject({
    granted: dtmfDigit.optional().describe('Digit sent when its talk is let through; default: it is not told.'),
    queued: dtmfDigit.optional().describe('Digit sent when it has to wait for the floor; default: it is not told.'),
    denied: dtmfDigit.optional().describe('Digit sent when it is refused the floor; default: it is not told.'),
    revoked: dtmfDigit.optional().describe('Digit sent when the floor is taken from it; default: it is not told.'),
  })
  .prefault({})
  .describe("Telephone-events (RFC 4733) that tell the far end what became of its units' key-down.");

const levelSchema = z
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

const sipSchema = z
  .strictObject({
    peer: sipUri.describe(
      'SIP URI of the far end, e.g. sip:192.0.2.10:5060. Where we call, and the only host that may call us on this attachment.',
    ),
    mode: z
      .enum(['call', 'accept', 'register-and-accept'])
      .default('call')
      .describe('call: we call each talkgroup. accept: the far end calls us. register-and-accept: it registers first.'),
    callee: calleeTemplate
      .default('sip:{number}@{peer}')
      .describe(
        "Request-URI of a talkgroup's call; {number} is its number without spaces, {peer} the peer's host and port.",
      ),
    transport: z
      .enum(['udp', 'tcp'])
      .default('udp')
      .describe('Transport of SIP; tcp when messages outgrow a datagram.'),
    username: text.optional().describe('Digest user name: ours when we are challenged, theirs when they call us.'),
    password: secretSchema.optional().describe('Where the digest password is kept: {env: NAME} or {file: PATH}.'),
    challengeIncoming: z.boolean().default(false).describe('Ask the far end for digest credentials when it calls.'),
    registerWith: sipUri.optional().describe('SIP URI of a registrar at which we register, if the far end wants it.'),
    optionsIntervalMs: z
      .int()
      .min(500)
      .max(60_000)
      .default(2000)
      .describe('OPTIONS keep-alive toward the far end: how soon a silent one is noticed.'),
    codecs: z
      .array(z.enum(['PCMA', 'PCMU']))
      .min(1)
      .max(2)
      .default(['PCMA', 'PCMU'])
      .describe('Codecs offered and accepted, the preferred one first (RFC 3551).'),
    ptimeMs: z
      .literal([10, 20, 30, 40, 60])
      .default(20)
      .describe('Speech per packet that we send. Longer saves packets and adds delay; any is accepted in.'),
    sessionExpiresS: z
      .int()
      .min(90)
      .max(7200)
      .default(1800)
      .describe('Session timer offered (RFC 4028): the latest time at which a call that died unseen is found.'),
    latch: z
      .boolean()
      .default(false)
      .describe(
        'The far end is behind NAT: its voice is where its SIP comes from, whatever address it names, and its RTP port is learnt from its first packet.',
      ),
    mediaHosts: z
      .array(hostOrPrefix)
      .max(32)
      .default([])
      .describe(
        "Addresses beside the peer's own at which its voice and RTCP may be, e.g. [192.0.2.0/24]: a bridge or proxy whose voice is on other hosts. Calls that name any other are refused.",
      ),
    rtpTimeoutMs: z
      .union([z.literal('auto'), z.int().min(0).max(60_000)], { error: 'must be "auto" or a number from 0 to 60000' })
      .default('auto')
      .describe(
        'A call without RTP for so long is dead. auto: by what the far end has shown to send while nobody talks there: a steady stream, 2 s; RTCP, five of its intervals (10 to 60 s); neither, never. 0: never.',
      ),
    talkerIdentity: z
      .enum(['none', 'caller', 'connected', 'rtcp'])
      .default('connected')
      .describe(
        "Where the talker's address comes from: nowhere, the call's From, RFC 4916 updates, or RTCP SDES NAME.",
      ),
    keyIn: keyInSchema,
    keyOut: keyOutSchema,
    grant: grantSchema,
    answers: answersSchema,
    guardMs: z
      .int()
      .min(0)
      .max(2000)
      .default(300)
      .describe("After our own transmission, activity shorter than this does not key us: the far side's squelch tail."),
    level: levelSchema,
  })
  .describe('The far end as a SIP user agent (RFC 3261) with RTP (RFC 3550).');

export const attachmentSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      id: ownId('attachment'),
      network: reference('networks', 'The network that it reaches.'),
      kind: z.literal('sip').describe('SIP and RTP: radio-over-IP boxes, dispatcher lines, bridging systems.'),
      rank: z
        .int()
        .min(1)
        .max(9)
        .default(1)
        .describe('Legs go to rank 1 first; to the next when its channels are taken.'),
      channels: z
        .int()
        .min(1)
        .max(1000)
        .default(8)
        .describe('Talkgroups that it can carry at once: no more are put on it.'),
      enabled: z.boolean().default(true).describe('false leaves it configured and unused.'),
      sip: sipSchema,
    }),
  ])
  .describe('One way to reach a network over IP.');

// ── The world ──────────────────────────────────────────────────────────────────────────────────────────────────────

export const organisationSchema = z.strictObject({
  id: ownId('organisation'),
  name: text.describe('Full name, shown beside a talker.'),
  country: country.describe('Its country: the flag beside a talker.'),
});

export const networkSchema = z.strictObject({
  id: ownId('network'),
  name: text.describe('Name shown to operators.'),
  technology: z.enum(['tetra', 'tetrapol', 'mcx', 'analogue']).describe('Decides which numbers are possible in it.'),
  country: country.describe('Country shown for talkers whose unit is not configured.'),
});

export const talkgroupSchema = z.strictObject({
  id: ownId('talkgroup'),
  network: reference('networks', 'The network in which it exists.'),
  number: z
    .string()
    .regex(/^[0-9A-Za-z][0-9A-Za-z ._+-]{0,63}$/, 'must be the number between quotes, e.g. "5300110" or "590-911"')
    .describe(
      'Its number there, between quotes: GSSI below 16777216 for TETRA; for TETRAPOL 0–4095, after a base network and "-" if any.',
    ),
  short,
  endToEndEncrypted: z
    .boolean()
    .default(false)
    .describe('true: the gateway cannot and shall not hear it, so it can be in no shared group (rule R1).'),
});

export const unitSchema = z.strictObject({
  id: ownId('unit'),
  address: z
    .string()
    .regex(/^[^\s].{0,126}[^\s]$|^[^\s]$/, 'must be 1–128 characters between quotes, without blanks around them')
    .describe("Its radio's address as the network says it, between quotes; compared without spaces."),
  network: reference('networks', 'The network of that radio.'),
  callSign: z.string().min(1).max(64).describe('Call sign shown when it talks.'),
  organisation: reference('organisations', 'The service that it belongs to; its country is shown as a flag.'),
  language: language.describe('Language of its crew.'),
});

const legSchema = z.strictObject({
  talkgroup: reference('talkgroups', 'The talkgroup that this leg joins.'),
  attachment: reference(
    'attachments',
    'Carry this leg over that attachment only; default: the best ranked one that works.',
  ).optional(),
  priority: priority.optional().describe("Floor priority of this side's talkers; default: the group's."),
  priorityMax: priority
    .default(14)
    .describe(
      'Highest priority that a talker of this side may claim here; more is lowered to it. Emergencies are above.',
    ),
  mayTalk: z.boolean().default(true).describe('false: this side only listens; it gets no floor (rule R6).'),
});

export const sharedGroupSchema = z.strictObject({
  id: ownId('shared group'),
  short,
  name: localisedName.describe('Name shown to operators, in their language.'),
  mode: z
    .enum(['permanent', 'on-demand', 'disabled'])
    .default('permanent')
    .describe(
      'permanent: joined while the gateway runs. on-demand: kept ready for incidents; as long as nobody opens it, it is not joined, and consoles show it without a key. disabled: never joined.',
    ),
  priority: priority.default(5).describe('Floor priority of its talkers unless the leg says otherwise.'),
  talkLimitMs: z.int().min(5000).max(600_000).optional().describe('Longest over here; default: limits.talkLimitMs.'),
  talkWarnMs: z.int().min(1000).max(600_000).optional().describe('Warning here; default: limits.talkWarnMs.'),
  override: z
    .enum(['cut', 'mix'])
    .default('cut')
    .describe('A console of higher priority than the radio that talks: cut: takes the floor. mix: is heard over it.'),
  legs: z.array(legSchema).min(1).max(64).describe('The talkgroups joined, one leg each.'),
});

// ── The gateway ────────────────────────────────────────────────────────────────────────────────────────────────────

const gatewaySchema = z
  .strictObject({
    id: id.describe('Identifier of this gateway, in the first line of its log.'),
    name: localisedName.describe('Its name as operators read it, in the language of their page.'),
    timezone: z
      .string()
      .refine(isTimezone, 'must be a time zone of the IANA database such as Europe/Brussels or UTC')
      .default('Europe/Brussels')
      .describe("Time zone of all times that consoles show, whatever the operator's computer is set to."),
    stateFolder: z
      .string()
      .min(1)
      .max(4096)
      .default('state')
      .describe(
        "Folder for the little that outlives the process, relative to this file; the gateway's user must be able to write there. Each gateway has its own folder in it, named by its id.",
      ),
  })
  .describe('Who this gateway is.');

const consoleSchema = z
  .strictObject({
    listen: z
      .strictObject({
        host: host
          .default('127.0.0.1')
          .describe(
            'Local address of the page, its link, health and metrics. Loopback unless a TLS proxy stands before it.',
          ),
        port: port.default(8080).describe('TCP port.'),
      })
      .prefault({})
      .describe('Where the console page is served.'),
    origins: z
      .array(
        z.string().regex(/^https?:\/\/[^/\s]+$/, 'must be an origin such as https://radio.example.org, without a path'),
      )
      .max(32)
      .default([])
      .describe('Origins besides our own from which a page may open a console, e.g. the address of a TLS proxy.'),
    operator: z
      .strictObject({
        display: text.default('CCPD Tournai').describe('Name shown to others while this operator talks.'),
        controlRoom: text.default('CCPD Tournai').describe('Control room shown with it.'),
        country: country.default('BE').describe('Country shown with it.'),
        language: language.default('fr').describe('Language of the page until the operator chooses another.'),
        priority: priority.default(10).describe("Floor priority; above the groups' lets a dispatcher break in."),
      })
      .prefault({})
      .describe('The operator whom the printed one-time link logs in.'),
    sessionsMax: z.int().min(1).max(1000).default(200).describe('Consoles at once; one more is refused.'),
    connectionsMax: z
      .int()
      .min(16)
      .max(20_000)
      .default(2000)
      .describe('TCP connections of the listener at once, consoles included; bounds what strangers can occupy.'),
    requestTimeoutMs: z
      .int()
      .min(500)
      .max(15_000)
      .default(10_000)
      .describe('Time for a whole HTTP request to arrive; bounds slow senders.'),
  })
  .prefault({})
  .describe('The console page and its link.');

const mediaSchema = z
  .strictObject({
    host: host.default('127.0.0.1').describe('Local address of RTP, as told to far ends.'),
    ports: portRange(40000, 43999).describe(
      'UDP ports for legs; each leg takes an even one for RTP and the odd one above for RTCP.',
    ),
    webrtc: z
      .strictObject({
        host: host.default('127.0.0.1').describe('Local address of the WebRTC transports.'),
        announcedAddress: text.optional().describe('Address told to browsers in its place, when NAT stands between.'),
        ports: portRange(44000, 44999).describe('UDP and TCP ports for WebRTC; a console takes two.'),
        workers: z
          .union([z.literal('cores'), z.int().min(1).max(64)], { error: 'must be "cores" or a number from 1 to 64' })
          .default('cores')
          .describe('mediasoup workers: one per CPU core, or so many.'),
      })
      .prefault({})
      .describe('Voice to and from consoles.'),
  })
  .prefault({})
  .describe('Addresses and ports of voice.');

const sipListenSchema = z
  .strictObject({
    listen: z
      .array(
        z.strictObject({
          transport: z.enum(['udp', 'tcp']).describe('Transport.'),
          host: host.describe('Local address, as told to far ends in Via and Contact.'),
          port: port.describe("Port; 5060 is SIP's own."),
        }),
      )
      .min(1)
      .max(16)
      .default([
        { transport: 'udp', host: '127.0.0.1', port: 5060 },
        { transport: 'tcp', host: '127.0.0.1', port: 5060 },
      ])
      .describe('Where SIP is spoken, for all SIP attachments together.'),
    domain: z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,253}$/, 'must be a domain name')
      .default('escaut.invalid')
      .describe('Realm of digest and domain of our own SIP addresses.'),
    digestAlgorithms: z
      .array(z.enum(['MD5', 'SHA-256']))
      .min(1)
      .max(2)
      .default(['MD5'])
      .describe(
        'Offered to far ends that are to show credentials, the preferred first (RFC 8760). Many boxes know MD5 alone, and some stumble over a second one.',
      ),
  })
  .prefault({})
  .describe("The gateway's own SIP user agent.");

const limitsSchema = z
  .strictObject({
    talkLimitMs: z
      .int()
      .min(5000)
      .max(600_000)
      .default(30_000)
      .describe(
        'Longest over; then the floor is taken back, so that urgent traffic gets in. Emergencies have no limit.',
      ),
    talkWarnMs: z
      .int()
      .min(1000)
      .max(600_000)
      .default(20_000)
      .describe('Age of an over at which its talker is warned.'),
    leaseMs: z
      .int()
      .min(200)
      .max(6000)
      .default(1000)
      .describe("The floor is free again when its holder's speech has stopped arriving for so long (T1 of TS 24.380)."),
    graceMs: z
      .int()
      .min(0)
      .max(2000)
      .default(0)
      .describe(
        "How long a revoked talker's voice still passes before the next is let in (T3). Emergencies do not wait.",
      ),
    queueLimit: z.int().min(0).max(64).default(8).describe('Parties that may wait for the floor of a group at once.'),
    firstWordMsMax: z
      .int()
      .min(500)
      .max(10_000)
      .default(3000)
      .describe('Speech kept per leg while its network sets up its call; what does not fit is lost and counted.'),
  })
  .prefault({})
  .describe('Rules of talk for every group.');

const loggingSchema = z
  .strictObject({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('Least serious line that is written.'),
    personalData: z
      .enum(['hidden', 'pseudonym', 'shown'])
      .default('pseudonym')
      .describe(
        "What stands for people's numbers and names: nothing, a keyed digest that lasts as long as the process, or themselves.",
      ),
    form: z
      .enum(['auto', 'lines', 'terminal'])
      .default('auto')
      .describe('lines: one JSON object a line. terminal: for reading. auto: terminal when standard output is one.'),
  })
  .prefault({})
  .describe('The log on standard output.');

const simulatorSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('false: as --no-simulator.'),
    networks: z
      .array(
        z.strictObject({
          network: reference('networks', 'The network that is played.'),
          host: host
            .default('127.0.0.1')
            .describe('Address of its far end; an attachment of that network has it as peer.'),
          port: port.describe('SIP port of its far end, UDP.'),
          setUpMs: z
            .int()
            .min(0)
            .max(2000)
            .default(0)
            .describe('Time that the network takes to set up a call; speech before is cut.'),
          jitterMs: z
            .number()
            .min(0)
            .max(200)
            .default(0)
            .describe('Spread of the arrival times of its packets, standard deviation.'),
          lossPercent: z.number().min(0).max(50).default(0).describe('Share of its packets that never arrive.'),
        }),
      )
      .min(1)
      .max(16)
      .describe('The networks that are played.'),
    ports: portRange(45000, 45999).describe("UDP ports of the simulated far ends' voice."),
    scenario: text
      .optional()
      .describe(
        'File with what the simulated units say, in a loop; relative to this file. Without it they only answer calls.',
      ),
    seed: z
      .int()
      .min(0)
      .max(4_294_967_295)
      .default(1)
      .describe('Seed of jitter and loss: the same seed gives the same run.'),
  })
  .describe('Simulated networks for demonstration and test: a program of their own that speaks real SIP and RTP.');

export const configSchema = z
  .strictObject({
    $schema: z.string().optional().describe('Path of escaut.schema.json, for editors.'),
    version: z.literal(1).describe('Version of this format.'),
    gateway: gatewaySchema,
    console: consoleSchema,
    media: mediaSchema,
    sip: sipListenSchema,
    limits: limitsSchema,
    logging: loggingSchema,
    organisations: z.array(organisationSchema).max(10_000).default([]).describe('Services whose people talk.'),
    networks: z.array(networkSchema).min(1).max(100).describe('Radio networks.'),
    attachments: z.array(attachmentSchema).max(1000).default([]).describe('Ways to reach the networks.'),
    talkgroups: z
      .array(talkgroupSchema)
      .max(10_000)
      .default([])
      .describe('Groups as they exist in the networks, without the gateway.'),
    units: z
      .array(unitSchema)
      .max(20_000)
      .default([])
      .describe('Radios whose talkers are shown with call sign and service; others are shown as number and country.'),
    sharedGroups: z
      .array(sharedGroupSchema)
      .max(1000)
      .default([])
      .describe('Cross-border groups: talkgroups joined by the gateway.'),
    simulator: simulatorSchema.optional(),
  })
  .describe('Configuration of Escaut.');

/** As the file says it, defaults filled in; secrets still by reference. */
export type ConfigDraft = z.infer<typeof configSchema>;

type Loaded<T> = T extends SecretReference
  ? Secret
  : T extends readonly (infer Item)[]
    ? readonly Loaded<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Loaded<T[Key]> }
      : T;

/** The configuration in force: checked, frozen, secrets fetched. */
export type Config = Loaded<ConfigDraft>;
export type Attachment = Config['attachments'][number];
export type SipAttachment = Attachment['sip'];
export type SharedGroup = Config['sharedGroups'][number];
