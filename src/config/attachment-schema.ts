/** Attachments in the configuration, one shape a kind: a file each. */
import { z } from 'zod';
import { ed137Schema } from './ed137-schema.ts';
import { linkSchema } from './link-schema.ts';
import { mcpttSchema } from './mcptt-schema.ts';
import { rtpSchema } from './rtp-schema.ts';
import { ownId, reference } from './schema-values.ts';
import { sipSchema } from './sip-schema.ts';

/** What attachments of every kind have. */
const shared = {
  id: ownId('attachment'),
  network: reference('networks', 'The network that it reaches.'),
  rank: z
    .int()
    .min(1)
    .max(9)
    .default(1)
    .describe(
      'Legs go to rank 1 first; to the next when it is lost or its channels are taken, and back when it is well.',
    ),
  channels: z
    .int()
    .min(1)
    .max(1000)
    .default(8)
    .describe('Talkgroups that it can carry at once: no more are put on it.'),
  enabled: z.boolean().default(true).describe('false leaves it configured and unused.'),
};

export const attachmentSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      ...shared,
      kind: z.literal('sip').describe('SIP and RTP: radio-over-IP boxes, dispatcher lines, bridging systems.'),
      sip: sipSchema,
    }),
    z.strictObject({
      ...shared,
      kind: z.literal('link').describe("An agent of one's own beside a vendor's SDK: proto/link.proto."),
      link: linkSchema,
    }),
    z.strictObject({
      ...shared,
      kind: z.literal('mcptt').describe('SIP and RTP with MCPTT floor control: MCX systems, interworking functions.'),
      mcptt: mcpttSchema,
    }),
    z.strictObject({
      ...shared,
      kind: z
        .literal('ed137')
        .describe('SIP and RTP as EUROCAE ED-137 has it: radios of air traffic control, radio gateways.'),
      ed137: ed137Schema,
    }),
    z.strictObject({
      ...shared,
      kind: z.literal('rtp').describe('RTP between fixed addresses, unicast or multicast, without signalling.'),
      rtp: rtpSchema,
    }),
  ])
  .describe('One way to reach a network over IP.');
