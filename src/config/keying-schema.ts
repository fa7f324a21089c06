/** How legs of several kinds are keyed both ways, when their networks are ready. */
import { z } from 'zod';
import { dtmfDigit } from './schema-values.ts';

const emergencyKey = dtmfDigit
  .optional()
  .describe(
    'Digit with which the far end makes the talk under way, or the one that begins within 10 s, an emergency; it ends with that talk.',
  );

const keyInModes = [
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
] as const;

const markerMode = z.strictObject({
  mode: z.literal('marker').describe('The RTP marker bit says that it is talk (RFC 3551 §4.1).'),
  marks: z
    .enum(['first', 'every'])
    .default('first')
    .describe(
      'first: the first packet of talk has it, and the end of the packets is the end. every: all packets of talk have it, and one without ends it, for a far end that sends all the time.',
    ),
  releaseAfterMs: z
    .int()
    .min(60)
    .max(2000)
    .default(200)
    .describe('Silence on the wire after which the over has ended.'),
  emergency: emergencyKey,
});

const presence = { mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000 } as const;

export const keyInSchema = z
  .discriminatedUnion('mode', [...keyInModes])
  .default(presence)
  .describe('How talk of the far end is recognised.');

/** Where no call negotiates anything, the marker bit may be all that there is. */
export const staticKeyInSchema = z
  .discriminatedUnion('mode', [...keyInModes, markerMode])
  .default(presence)
  .describe('How talk of the far end is recognised.');

export const keyOutSchema = z
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

export const grantSchema = z
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

export const answersSchema = z
  .strictObject({
    granted: dtmfDigit.optional().describe('Digit sent when its talk is let through; default: it is not told.'),
    queued: dtmfDigit.optional().describe('Digit sent when it has to wait for the floor; default: it is not told.'),
    denied: dtmfDigit.optional().describe('Digit sent when it is refused the floor; default: it is not told.'),
    revoked: dtmfDigit.optional().describe('Digit sent when the floor is taken from it; default: it is not told.'),
  })
  .prefault({})
  .describe("Telephone-events (RFC 4733) that tell the far end what became of its units' key-down.");
