/** Attachments of kind `rtp`: RTP between fixed addresses, without signalling. */
import { z } from 'zod';
import { answersSchema, grantSchema, keyOutSchema, staticKeyInSchema } from './keying-schema.ts';
import { fillPlace, fillPort, readPlace } from './rtp-place.ts';
import { hostOrPrefix, levelSchema, port, text } from './schema-values.ts';

const placeTemplate = text.superRefine((value, context) => {
  for (const [whole, name] of value.matchAll(/\{([^{}]*)\}/g)) {
    if (name === 'number') continue;
    return context.addIssue({ code: 'custom', message: `has the placeholder ${whole}; known is {number}` });
  }
  const reading = readPlace(fillPlace(value, '1'));
  if (!reading.ok) context.addIssue({ code: 'custom', message: reading.reason });
});

const badPort = 'must be a port from 1 to 65535, or one with {number} in it such as "5{number}"';
const portOrTemplate = z.union([port, z.string().refine((value) => fillPort(value, '1') !== undefined, badPort)], {
  error: badPort,
});

const sources = z.array(hostOrPrefix).max(32);

const talkgroupSchema = z.strictObject({
  number: text.describe("The talkgroup's number, as in `talkgroups`; spaces have no meaning."),
  remote: placeTemplate.describe('As `remote` above, for this talkgroup.'),
  listenPort: port.optional().describe('As `listenPort` above, for this talkgroup.'),
  sources: sources.optional().describe('As `sources` above, for this talkgroup.'),
});

export const rtpSchema = z
  .strictObject({
    remote: placeTemplate
      .optional()
      .describe(
        "Where a talkgroup's voice is sent, an address and a port such as 192.0.2.20:5004 or [2001:db8::20]:5004. A multicast group such as 239.192.1.{number}:5004 is joined as well; {number} is the talkgroup's number without spaces.",
      ),
    listenPort: portOrTemplate
      .optional()
      .describe(
        "Port at which we receive; default: the port of `remote`. A multicast group's port is the same both ways.",
      ),
    talkgroups: z
      .array(talkgroupSchema)
      .max(1000)
      .default([])
      .describe('Talkgroups that the template does not fit: each with a place of its own.'),
    sources: sources
      .default([])
      .describe(
        'Addresses and prefixes whose voice is taken. Default: that of a unicast `remote`; of a multicast group anybody, so write them down. Where all are single addresses the group is joined for them alone (source-specific).',
      ),
    interface: text
      .optional()
      .describe(
        'Interface for multicast: an IPv4 address of it, or with IPv6 its name such as eth1. Default: that of media.host.',
      ),
    ttl: z
      .int()
      .min(1)
      .max(255)
      .default(1)
      .describe('Multicast packets pass so many routers less one; 1 stays on the network at hand.'),
    loopback: z
      .boolean()
      .default(false)
      .describe('Other programs on this machine hear what we send to a multicast group.'),
    direction: z
      .enum(['both', 'receive', 'send'])
      .default('both')
      .describe('receive: nothing is ever sent there. send: nothing is taken from there.'),
    codec: z
      .enum(['PCMA', 'PCMU', 'G722', 'opus', 'L16/8000', 'L16/16000'])
      .default('PCMA')
      .describe('Codec both ways, mono.'),
    payloadType: z
      .int()
      .min(0)
      .max(127)
      .optional()
      .describe('RTP payload type both ways; default: PCMU 0, PCMA 8, G722 9 (RFC 3551 §6), the others 96.'),
    telephoneEventPayloadType: z
      .int()
      .min(96)
      .max(127)
      .optional()
      .describe('RTP payload type of telephone-events (RFC 4733); default: none are sent or heard.'),
    ptimeMs: z
      .literal([10, 20, 30, 40, 60])
      .default(20)
      .describe('Speech per packet that we send; any is accepted in. Opus is always 20, L16/16000 at most 40.'),
    rtcp: z.boolean().default(false).describe('Send and read RTCP, one port above.'),
    rtpTimeoutMs: z
      .union([z.literal('auto'), z.int().min(0).max(60_000)], { error: 'must be "auto" or a number from 0 to 60000' })
      .default('auto')
      .describe(
        'A leg without RTP for so long is down until something is heard. auto: by what the far end has shown to send while nobody talks there: a steady stream, 2 s; RTCP, five of its intervals (10 to 60 s); neither, never. 0: never.',
      ),
    upWhen: z
      .enum(['open', 'heard'])
      .default('open')
      .describe(
        'open: a leg is up when its port is open, which says nothing of the far end. heard: when voice has come, for a far end that sends all the time.',
      ),
    keyIn: staticKeyInSchema,
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
  .describe('RTP between fixed addresses (RFC 3550), without signalling.');
