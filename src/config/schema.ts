/**
 * The configuration: one schema for check, defaults, types and generated documentation (docs/configuration.md,
 * config/escaut.schema.json). Read once, frozen and handed down; no other module reads files or the environment.
 *
 * Every key has its unit in its name, a range, a default where one is sane, and a reason. What concerns one key is
 * checked here; what concerns several is checked in rules.ts.
 */
import { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import { roles } from '../operations/terms.ts';
import { accountsSchema } from './accounts-schema.ts';
import { alertPlanSchema } from './alert-plan-schema.ts';
import { announcementsSchema } from './announcement-schema.ts';
import { attachmentSchema } from './attachment-schema.ts';
import { clockSchema } from './clock-schema.ts';
import { consoleTlsSchema } from './console-tls-schema.ts';
import { directLineSchema } from './direct-line-schema.ts';
import { hitsSchema } from './hits-schema.ts';
import { loopsSchema } from './loops-schema.ts';
import { mapSchema, placeSchema } from './place-schema.ts';
import { morningProofSchema } from './proof-schema.ts';
import { recordingSchema } from './recording-schema.ts';
import { retentionSchema } from './retention-schema.ts';
import { scheduleSchema } from './schedule-schema.ts';
import {
  codePoint,
  country,
  host,
  id,
  isTimezone,
  language,
  localisedName,
  ownId,
  port,
  portRange,
  priority,
  reference,
  type SecretReference,
  seen,
  short,
  text,
} from './schema-values.ts';
import { statusSchema } from './status-schema.ts';
import { storeSchema } from './store-schema.ts';

// ── The world ──────────────────────────────────────────────────────────────────────────────────────────────────────

export const organisationSchema = z.strictObject({
  id: ownId('organisation'),
  name: text.describe('Full name, shown beside a talker.'),
  country: country.describe('Its country: the flag beside a talker.'),
  controlRoom: reference(
    'controlRooms',
    'Home control room of its units: it answers for their emergencies. Default: the rooms that have their network.',
  ).optional(),
});

export const controlRoomSchema = z.strictObject({
  id: ownId('control room'),
  callSign: text.describe('Its call sign, shown to operators.'),
  spoken: localisedName.optional().describe('How announcements name it; default: its call sign.'),
  country: country.describe('Its country.'),
  networks: z
    .array(reference('networks', 'A network whose units it leads.'))
    .max(100)
    .default([])
    .describe('Networks whose units it leads, where their organisation names no other room.'),
});

export const personSchema = z.strictObject({
  id: ownId('person'),
  display: text.describe('Name shown to others while this person talks.'),
  role: z.enum(roles).describe('What this person may do; see docs/operations.md.'),
  controlRoom: reference('controlRooms', 'Where this person works: own emergencies are those of its units.'),
  country: country.describe(
    'Whose law the person works under: positions of units abroad are seen in their window only.',
  ),
  language: language.default('fr').describe('Language of the page until the person chooses another.'),
  priority: priority.default(10).describe("Floor priority; above the groups' lets a dispatcher break in."),
  card: text
    .optional()
    .describe('What his smart card is known by, as console.tls.clientCertificates.match says: with it he logs in.'),
});

export const networkSchema = z.strictObject({
  id: ownId('network'),
  name: text.describe('Name shown to operators.'),
  technology: z.enum(['tetra', 'tetrapol', 'mcx', 'analogue']).describe('Decides which numbers are possible in it.'),
  country: country.describe('Country shown for talkers whose unit is not configured.'),
  displayNameMax: z
    .int()
    .min(4)
    .max(64)
    .default(12)
    .describe('Longest name that its displays show: of talkers, senders and groups. A call sign keeps its number.'),
  alphabet: z
    .enum(['gsm', 'latin1', 'any'])
    .default('latin1')
    .describe('Letters of such names: the GSM alphabet, ISO 8859-1, or all. Others lose their accents.'),
  language: language.default('fr').describe('Language of announcements on its talkgroups, unless one has its own.'),
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
  consentOf: reference(
    'controlRooms',
    'Control room that must consent before operators of others join it to a group, and that may take it out with one click.',
  ).optional(),
  language: language.optional().describe("Language of announcements on it; default: its network's."),
});

export const unitSchema = z.strictObject({
  id: ownId('unit'),
  address: seen(128)
    .regex(/^[^\s].{0,126}[^\s]$|^[^\s]$/, 'must be 1–128 characters between quotes, without blanks around them')
    .describe("Its radio's address as the network says it, between quotes; compared without spaces."),
  network: reference('networks', 'The network of that radio.'),
  callSign: seen(64).describe('Call sign shown when it talks.'),
  organisation: reference('organisations', 'The service that it belongs to; its country is shown as a flag.'),
  language: language.describe('Language of its crew.'),
  controlRoom: reference('controlRooms', "Its home control room, where that is not its organisation's.").optional(),
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
  use: z
    .enum(['hailing', 'pursuit', 'joint-patrol', 'alert-plan', 'crisis', 'test', 'other'])
    .default('other')
    .describe('What it is for; technicians may open those of use test alone.'),
  mode: z
    .enum(['permanent', 'on-demand', 'scheduled', 'disabled'])
    .default('permanent')
    .describe(
      'permanent: joined while the gateway runs. on-demand: kept ready for incidents; as long as nobody opens it, it is not joined, and consoles show it without a key. scheduled: the same, and it opens and closes by itself as `schedule` says. disabled: never joined.',
    ),
  schedule: scheduleSchema.optional().describe('When a group of mode scheduled is open (docs/patrols.md).'),
  priority: priority.default(5).describe('Floor priority of its talkers unless the leg says otherwise.'),
  autoCloseMin: z
    .int()
    .min(1)
    .max(1440)
    .default(90)
    .describe(
      'How long it stays open once an operator has opened it, or a talkgroup stays joined to it if it is permanent, unless the operator says otherwise, min.',
    ),
  talkLimitMs: z.int().min(5000).max(600_000).optional().describe('Longest over here; default: limits.talkLimitMs.'),
  talkWarnMs: z.int().min(1000).max(600_000).optional().describe('Warning here; default: limits.talkWarnMs.'),
  override: z
    .enum(['cut', 'mix'])
    .default('cut')
    .describe('A console of higher priority than the radio that talks: cut: takes the floor. mix: is heard over it.'),
  passes: z
    .array(z.enum(['text', 'status', 'position', 'alarm']))
    .max(4)
    .default(['text', 'status', 'alarm'])
    .describe(
      'What passes to the other networks beside voice, where they can carry it. Consoles see all of it; positions as `sharePositions` says.',
    ),
  sharePositions: z
    .boolean()
    .optional()
    .describe(
      'Whether the other country sees where units are while this group is open (rule R5); consoles of their own country always do. Default: true for use pursuit, joint-patrol, alert-plan and crisis, and where positions pass, else false.',
    ),
  loops: z
    .boolean()
    .default(true)
    .describe(
      'false: its calls bear no mark and its legs are not judged, e.g. while a far end sends everything back for a test.',
    ),
  monitoredBy: z
    .array(reference('controlRooms', 'A control room that listens to it.'))
    .max(100)
    .default([])
    .describe('Control rooms whose consoles hear it when they open; none named: all. Others may listen in by hand.'),
  legs: z.array(legSchema).min(1).max(64).describe('The talkgroups joined, one leg each.'),
  shadowLegs: z
    .array(legSchema)
    .max(16)
    .default([])
    .describe(
      'Talkgroups that are not joined: listened to beside the group, so that it can be read what each would do as a leg (docs/fleet.md). Nothing is sent to them, and nobody hears them.',
    ),
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
    diskReserveMiB: z
      .int()
      .min(0)
      .max(1_048_576)
      .default(512)
      .describe(
        'Below so much free space on the disk of the state folder or of recordings nothing new is taken but evidence (docs/evidence.md); 0: no such bound.',
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
            'Local address of the page, its link, health and metrics. Off loopback by TLS alone: tls, or tlsByProxy.',
          ),
        port: port.default(8080).describe('TCP port.'),
      })
      .prefault({})
      .describe('Where the console page is served.'),
    tls: consoleTlsSchema.optional(),
    tlsByProxy: z
      .boolean()
      .default(false)
      .describe('true: a proxy before the gateway does TLS, so that it may listen in plain off loopback.'),
    origins: z
      .array(
        z.string().regex(/^https?:\/\/[^/\s]+$/, 'must be an origin such as https://radio.example.org, without a path'),
      )
      .max(32)
      .default([])
      .describe('Origins besides our own from which a page may open a console, e.g. the address of a TLS proxy.'),
    map: mapSchema,
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
    host: host
      .default('127.0.0.1')
      .describe('Local address of RTP, as told to far ends; where a name gives both, its IP version is tried first.'),
    otherHost: host
      .optional()
      .describe('Local address of RTP of the other IP version: each far end is given that of its own.'),
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

const tlsListenSchema = z
  .strictObject({
    certificate: text.describe(
      'PEM file, relative to this one: our certificate, behind it those that signed it. Read again when it changes.',
    ),
    key: text.describe('PEM file of its private key, without password.'),
    ca: text.describe(
      'PEM file of the authorities that sign certificates of far ends; an attachment may name its own (sip.tls.ca).',
    ),
    clientCertificate: z
      .enum(['required', 'none'])
      .default('required')
      .describe(
        'Whether a far end that connects must show a certificate that is signed by its CA and names it (RFC 5922).',
      ),
  })
  .describe('Certificates of a listener with transport tls.');

const sipListenSchema = z
  .strictObject({
    listen: z
      .array(
        z.strictObject({
          transport: z.enum(['udp', 'tcp', 'tls']).describe('Transport.'),
          host: host.describe('Local address, as told to far ends in Via and Contact.'),
          port: port.describe("Port; 5060 is SIP's own, 5061 that of SIP over TLS."),
          tls: tlsListenSchema.optional(),
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

const dscpSchema = z
  .strictObject({
    voice: codePoint(46).describe('Of RTP and RTCP to far ends; 46 is EF, the usual for voice. 0: not marked.'),
    signalling: codePoint(24).describe(
      'Of SIP, floor control and the link; 24 is CS3, and some networks want 26, AF31. 0: not marked.',
    ),
  })
  .prefault({})
  .describe(
    'How our packets are marked for routers (DSCP, RFC 2474), as a number. What WebRTC sends to consoles is not marked: docs/operations.md.',
  );

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

const failoverSchema = z
  .strictObject({
    legPatienceMs: z
      .int()
      .min(500)
      .max(60_000)
      .default(5000)
      .describe('A leg that is not up for so long, on an attachment that works, is tried on the next one.'),
    returnAfterMs: z
      .int()
      .min(1000)
      .max(3_600_000)
      .default(60_000)
      .describe(
        'An attachment that came back must have worked for so long before legs return to it, one by one, between overs.',
      ),
  })
  .prefault({})
  .describe('When legs change to another attachment of their network, and back.');

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
          port: port
            .optional()
            .describe(
              'SIP port of its far end, UDP; none where the attachment is of kind rtp, whose places are played, or link, whose agent is.',
            ),
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
  .describe(
    'Simulated networks for demonstration and test: a program of their own that speaks as the attachments of its networks do.',
  );

export const configSchema = z
  .strictObject({
    $schema: z.string().optional().describe('Path of escaut.schema.json, for editors.'),
    version: z.literal(1).describe('Version of this format.'),
    gateway: gatewaySchema,
    console: consoleSchema,
    accounts: accountsSchema,
    media: mediaSchema,
    sip: sipListenSchema,
    dscp: dscpSchema,
    limits: limitsSchema,
    failover: failoverSchema,
    loops: loopsSchema,
    announcements: announcementsSchema,
    store: storeSchema.optional(),
    recording: recordingSchema,
    retention: retentionSchema,
    clock: clockSchema,
    morningProof: morningProofSchema,
    hits: hitsSchema,
    logging: loggingSchema,
    controlRooms: z.array(controlRoomSchema).max(1000).default([]).describe('Rooms that lead units, and ours.'),
    people: z
      .array(personSchema)
      .max(1000)
      .default([])
      .describe(
        'Who opens consoles: each has a printed one-time link of his own, or logs in (accounts). Without any, one dispatcher without a control room.',
      ),
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
    statuses: z
      .array(statusSchema)
      .max(1000)
      .default([])
      .describe('Pre-coded statuses that mean the same on both sides; others pass as the numbers that they are.'),
    places: z
      .array(placeSchema)
      .max(1000)
      .default([])
      .describe('Places that both sides call by one code, as consoles show them on the map.'),
    sharedGroups: z
      .array(sharedGroupSchema)
      .max(1000)
      .default([])
      .describe('Cross-border groups: talkgroups joined by the gateway.'),
    alertPlans: z
      .array(alertPlanSchema)
      .max(100)
      .default([])
      .describe('What is opened together, by one action: docs/plans.md.'),
    directLines: z
      .array(directLineSchema)
      .max(200)
      .default([])
      .describe('Telephones of other control rooms, one click away: docs/direct-lines.md.'),
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
export type SipSettings = Extract<Attachment, { kind: 'sip' }>['sip'];
export type LinkSettings = Extract<Attachment, { kind: 'link' }>['link'];
export type Ed137Settings = Extract<Attachment, { kind: 'ed137' }>['ed137'];
export type McpttSettings = Extract<Attachment, { kind: 'mcptt' }>['mcptt'];
export type RtpSettings = Extract<Attachment, { kind: 'rtp' }>['rtp'];
export type SharedGroup = Config['sharedGroups'][number];
