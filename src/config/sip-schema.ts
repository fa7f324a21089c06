/** The far end as a SIP user agent: how it is reached, keyed, and answers. */
import { z } from 'zod';
import { dataSchema } from './data-schema.ts';
import { answersSchema, grantSchema, keyInSchema, keyOutSchema } from './keying-schema.ts';
import { calleeTemplate, hostOrPrefix, levelSchema, secretSchema, sipUri, text } from './schema-values.ts';

const tlsPeerSchema = z
  .strictObject({
    ca: text
      .optional()
      .describe(
        "PEM file of the authorities that sign its certificate, relative to this file; default: the listener's.",
      ),
    serverName: z
      .string()
      .regex(/^[A-Za-z0-9.:-]{1,253}$/, 'must be a domain name or an IP address')
      .optional()
      .describe('Domain or address that its certificate must name, asked for by SNI; default: the host of `peer`.'),
  })
  .describe('Its certificate, where transport is tls.');

export const srtpSuites = [
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
      .enum(['udp', 'tcp', 'tls'])
      .default('udp')
      .describe('Transport of SIP; tcp when messages outgrow a datagram, tls where it must not be read or forged.'),
    tls: tlsPeerSchema.optional(),
    username: text.optional().describe('Digest user name: ours when we are challenged, theirs when they call us.'),
    password: secretSchema.optional().describe('Where the digest password is kept: {env: NAME} or {file: PATH}.'),
    challengeIncoming: z.boolean().default(false).describe('Ask the far end for digest credentials when it calls.'),
    registerWith: sipUri.optional().describe('SIP URI of a registrar at which we register, if the far end wants it.'),
    optionsIntervalMs: z
      .int()
      .min(500)
      .max(60_000)
      .default(800)
      .describe(
        'OPTIONS keep-alive toward the far end: a silent one is noticed within twice that, up to 2000; then + 2 s.',
      ),
    codecs: z
      .array(z.enum(['PCMA', 'PCMU', 'G722', 'opus']))
      .min(1)
      .max(4)
      .default(['PCMA', 'PCMU'])
      .describe(
        'Codecs offered and accepted, the preferred one first; of an offer the far end says which it prefers. G722 and opus are wideband.',
      ),
    ptimeMs: z
      .literal([10, 20, 30, 40, 60])
      .default(20)
      .describe(
        'Speech per packet that we send. Longer saves packets and adds delay; any is accepted in. Opus is always 20.',
      ),
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
      .describe('Crypto suites offered and accepted, the preferred one first. Those of GCM cost four times the CPU.'),
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
    markPaths: z
      .boolean()
      .default(true)
      .describe('Mark calls as `loops` says; false for a far end that stumbles over a header it does not know.'),
    talkerIdentity: z
      .enum(['none', 'caller', 'connected', 'rtcp'])
      .default('connected')
      .describe(
        "Where the talker's address comes from: nowhere, the call's From, RFC 4916 updates, or RTCP SDES NAME.",
      ),
    tellTalker: z
      .strictObject({
        by: z
          .enum(['auto', 'from', 'asserted', 'off'])
          .default('auto')
          .describe(
            "How it learns who of the others talks, within the call. from: another From (RFC 4916) if it supports from-change. asserted: P-Asserted-Identity in UPDATE if it allows that. auto: what it can read. Names are cut to the network's `displayNameMax`.",
          ),
        everyMs: z
          .int()
          .min(200)
          .max(60_000)
          .default(1000)
          .describe('It is told no oftener; of overs that are shorter the last talker is told.'),
      })
      .prefault({})
      .describe('Who talks, told to it.'),
    keyIn: keyInSchema,
    keyOut: keyOutSchema,
    grant: grantSchema,
    data: dataSchema,
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
