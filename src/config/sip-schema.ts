/** The far end as a SIP user agent: how it is reached, keyed, and answers. */
import { z } from 'zod';
import { calleeTemplate, dtmfDigit, hostOrPrefix, levelSchema, secretSchema, sipUri, text } from './schema-values.ts';

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

const srtpSuites = [
  'AES_CM_128_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
  'AEAD_AES_256_GCM',
  'AEAD_AES_128_GCM',
] as const;

export const sipSchema = z
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
    srtp: z
      .enum(['off', 'optional', 'required'])
      .default('off')
      .describe(
        'Voice encrypted by SRTP, its keys in the session description (RFC 4568): never, if the far end does it too, or always. Keys are as safe as the SIP that carries them: use transport tls.',
      ),
    srtpSuites: z
      .array(z.enum(srtpSuites))
      .min(1)
      .max(srtpSuites.length)
      .default(['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'])
      .describe('Crypto suites offered and accepted, the preferred one first. Those of GCM cost five times the CPU.'),
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
