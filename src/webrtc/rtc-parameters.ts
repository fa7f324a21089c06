/**
 * Reads what a browser says about its media: DTLS and RTP parameters and RTP capabilities, as mediasoup-client's JSON.
 *
 * A mediasoup worker trusts its controller: an encoding that names a payload type which no codec has makes it abort,
 * and with it everybody's voice. So nothing of a browser's is passed on. What is understood is rebuilt from checked
 * parts (one Opus encoding, known header extensions, bounded numbers); keys that are not needed are left out rather
 * than refused, so that a browser's update does not silence a dispatcher.
 *
 * Standards: RFC 8122 §5 (fingerprint), RFC 7587 (Opus over RTP), RFC 8285 §4.2 (extension ids), RFC 3551 §3 and
 * RFC 5761 §4 (payload types).
 */
import type {
  DtlsParameters,
  RtcpFeedback,
  RtpCapabilities,
  RtpHeaderExtensionUri,
  RtpParameters,
} from 'mediasoup/types';
import { z } from 'zod';

/** What was read, or where it is wrong; the path is ours, the browser's values are not repeated. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly malformed: string };

/** Chrome's capabilities, the longest of these texts, take about 9 KiB. */
const jsonCharactersMax = 65_536;

/** Digest lengths in bytes. SHA-1 and MD5 no longer protect a handshake. */
const digestBytes = { 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 } as const;

const dtlsSchema = z.object({
  role: z.enum(['auto', 'client', 'server']).default('auto'),
  fingerprints: z
    .array(
      z
        .object({
          algorithm: z.enum(['sha-256', 'sha-384', 'sha-512']),
          value: z
            .string()
            .max(191)
            .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})*$/)
            .transform((text) => text.toUpperCase()),
        })
        .refine(({ algorithm, value }) => value.length === digestBytes[algorithm] * 3 - 1, { path: ['value'] }),
    )
    .min(1)
    .max(4),
});

/** RFC 3551's dynamic range, and the lower one that RFC 5761 leaves free of RTCP. */
const payloadType = z
  .number()
  .int()
  .refine((value) => (value >= 35 && value <= 63) || (value >= 96 && value <= 127));

const ssrc = z.number().int().min(1).max(0xffff_ffff);

/** Format parameters of RFC 7587 §6.1 with their ranges; others are left out. */
const opusParameters = z
  .object({
    maxplaybackrate: z.number().int().min(8000).max(48_000).optional(),
    'sprop-maxcapturerate': z.number().int().min(8000).max(48_000).optional(),
    maxptime: z.number().int().min(3).max(120).optional(),
    ptime: z.number().int().min(3).max(120).optional(),
    minptime: z.number().int().min(3).max(120).optional(),
    maxaveragebitrate: z.number().int().min(6000).max(510_000).optional(),
    stereo: z.number().int().min(0).max(1).optional(),
    'sprop-stereo': z.number().int().min(0).max(1).optional(),
    cbr: z.number().int().min(0).max(1).optional(),
    useinbandfec: z.number().int().min(0).max(1).optional(),
    usedtx: z.number().int().min(0).max(1).optional(),
  })
  .default({});

const opus = {
  mimeType: z
    .string()
    .max(32)
    .refine((text) => text.toLowerCase() === 'audio/opus'),
  clockRate: z.literal(48_000),
  channels: z.literal(2),
  parameters: opusParameters,
  rtcpFeedback: z
    .array(z.object({ type: z.string().max(32), parameter: z.string().max(32).optional() }))
    .max(16)
    .default([]),
};

const headerExtensionUris = [
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
] as const satisfies readonly RtpHeaderExtensionUri[];
type KnownUri = (typeof headerExtensionUris)[number];

/** Ids 1–14 fit the one-byte form, 16–255 the two-byte form; 15 is reserved (RFC 8285 §4.2). */
const headerExtensionId = z
  .number()
  .int()
  .min(1)
  .max(255)
  .refine((id) => id !== 15);

const rtpSchema = z.object({
  mid: z
    .string()
    .regex(/^[\x21-\x7e]{1,16}$/)
    .optional(),
  codecs: z.array(z.object({ ...opus, payloadType })).length(1),
  headerExtensions: z
    .array(z.object({ uri: z.string().max(256), id: headerExtensionId, encrypt: z.literal(false).optional() }))
    .max(32)
    .refine((list) => new Set(list.map((entry) => entry.id)).size === list.length)
    .default([]),
  encodings: z
    .array(
      z.object({
        ssrc,
        dtx: z.boolean().default(false),
        maxBitrate: z.number().int().min(6000).max(510_000).optional(),
      }),
    )
    .length(1),
  rtcp: z
    .object({
      cname: z
        .string()
        .regex(/^[\x20-\x7e]{1,255}$/)
        .optional(),
    })
    .default({}),
});

/** Of a browser's many codecs only Opus is looked at; the others need not be understood. */
const capabilitiesSchema = z.object({
  codecs: z.array(z.unknown()).max(256),
  headerExtensions: z.array(z.unknown()).max(256).default([]),
});
const opusCapabilitySchema = z.object({ ...opus, preferredPayloadType: payloadType });
/** mediasoup-client lists an extension of both kinds under either. */
const extensionCapabilitySchema = z.object({
  uri: z.enum(headerExtensionUris),
  preferredId: headerExtensionId,
});

/** The page's side of a DTLS handshake. Fingerprints are in capitals, as the worker compares them. */
export function readDtlsParameters(json: string): Reading<DtlsParameters> {
  return read(json, dtlsSchema);
}

/** How a page sends its microphone: one Opus stream, its SSRC known. */
export function readRtpParameters(json: string): Reading<RtpParameters> {
  const reading = read(json, rtpSchema);
  if (!reading.ok) return reading;
  const { mid, codecs, headerExtensions, encodings, rtcp } = reading.value;
  return {
    ok: true,
    value: {
      ...(mid === undefined ? {} : { mid }),
      codecs: codecs.map((codec) => ({
        mimeType: 'audio/opus',
        payloadType: codec.payloadType,
        clockRate: codec.clockRate,
        channels: codec.channels,
        parameters: withoutUndefined(codec.parameters),
        rtcpFeedback: knownFeedback(codec.rtcpFeedback),
      })),
      headerExtensions: headerExtensions.flatMap(({ uri, id }) => (isKnownUri(uri) ? [{ uri, id }] : [])),
      encodings: encodings.map(({ ssrc, dtx, maxBitrate }) => ({
        ssrc,
        dtx,
        ...(maxBitrate === undefined ? {} : { maxBitrate }),
      })),
      rtcp: { reducedSize: true, ...(rtcp.cname === undefined ? {} : { cname: rtcp.cname }) },
    },
  };
}

/** What a page can receive; refused when that is not Opus. */
export function readRtpCapabilities(json: string): Reading<RtpCapabilities> {
  const reading = read(json, capabilitiesSchema);
  if (!reading.ok) return reading;
  const codec = firstOf(reading.value.codecs, opusCapabilitySchema);
  if (codec === undefined) return { ok: false, malformed: 'codecs' };
  const extensions = reading.value.headerExtensions.flatMap((entry) => {
    const extension = extensionCapabilitySchema.safeParse(entry);
    return extension.success ? [extension.data] : [];
  });
  return {
    ok: true,
    value: {
      codecs: [
        {
          kind: 'audio',
          mimeType: 'audio/opus',
          preferredPayloadType: codec.preferredPayloadType,
          clockRate: codec.clockRate,
          channels: codec.channels,
          parameters: withoutUndefined(codec.parameters),
          rtcpFeedback: knownFeedback(codec.rtcpFeedback),
        },
      ],
      headerExtensions: extensions.map(({ uri, preferredId }) => ({ kind: 'audio', uri, preferredId })),
    },
  };
}

function read<S extends z.ZodType>(json: string, schema: S): Reading<z.output<S>> {
  if (json.length > jsonCharactersMax) return { ok: false, malformed: 'length' };
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { ok: false, malformed: 'json' };
  }
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, malformed: result.error.issues[0]?.path.join('.') || 'shape' };
}

function firstOf<S extends z.ZodType>(entries: readonly unknown[], schema: S): z.output<S> | undefined {
  for (const entry of entries) {
    const result = schema.safeParse(entry);
    if (result.success) return result.data;
  }
  return undefined;
}

/** Retransmission and transport-wide feedback; the others are for video. */
function knownFeedback(feedback: readonly { readonly type: string }[]): RtcpFeedback[] {
  return ['nack', 'transport-cc']
    .filter((type) => feedback.some((entry) => entry.type === type))
    .map((type) => ({ type }));
}

function isKnownUri(uri: string): uri is KnownUri {
  return (headerExtensionUris as readonly string[]).includes(uri);
}

function withoutUndefined(parameters: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(parameters).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}
