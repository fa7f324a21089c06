/**
 * Finds the session description in a message's body, or another body, alone or as a part of multipart/mixed (MCPTT
 * sends it so).
 *
 * Standards: RFC 3261 §7.4, RFC 5621 §4 (multipart, handling), RFC 2046 §5.1.
 */
import { readContentType, readTokens } from './headers.ts';
import type { SipMessage } from './message.ts';

export type SdpReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'sdp'; readonly sdp: Uint8Array }
  /** A body that we do not understand and that is not optional: 415. */
  | { readonly kind: 'unsupported' };

const none: SdpReading = { kind: 'none' };
const unsupported: SdpReading = { kind: 'unsupported' };
/** Parts looked at; more has no use and costs time. */
const partsMax = 16;

export function readSdpBody(message: SipMessage): SdpReading {
  if (message.body.length === 0) return none;
  const coded = readTokens(message.headers, 'Content-Encoding').some((coding) => coding.toLowerCase() !== 'identity');
  const type = readContentType(message.headers);
  if (coded || type === undefined) return unsupported;
  if (type.value === 'application/sdp') return { kind: 'sdp', sdp: message.body };
  const boundary = type.params.get('boundary');
  if (type.value.startsWith('multipart/') && boundary) return readParts(message.body, boundary);
  return /\bhandling\s*=\s*"?optional/i.test(message.headers.get('Content-Disposition') ?? '') ? none : unsupported;
}

/** The body of that type (in lower case), alone or as a part; undefined without one. */
export function readBodyOf(message: SipMessage, wanted: string): Uint8Array | undefined {
  const type = readContentType(message.headers);
  if (type?.value === wanted) return message.body;
  const boundary = type?.value.startsWith('multipart/') ? type.params.get('boundary') : undefined;
  return boundary ? partOf(message.body, boundary, wanted) : undefined;
}

/** The first part that is a session description. Other parts are extras to it (RFC 5621 §8.1: we act on SDP alone). */
function readParts(body: Uint8Array, boundary: string): SdpReading {
  const sdp = partOf(body, boundary, 'application/sdp');
  return sdp === undefined ? unsupported : { kind: 'sdp', sdp };
}

function partOf(body: Uint8Array, boundary: string, wanted: string): Uint8Array | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  const parts = `\r\n${text}`.split(`\r\n--${boundary}`, partsMax + 1).slice(1);
  for (const part of parts) {
    const headEnd = part.indexOf('\r\n\r\n');
    if (part.startsWith('--') || headEnd < 0) continue;
    const type = /^content-type\s*:\s*([^\s;]+)\s*(?:;|$)/im.exec(part.slice(0, headEnd))?.[1];
    if (type?.toLowerCase() === wanted) return new Uint8Array(Buffer.from(part.slice(headEnd + 4), 'latin1'));
  }
  return undefined;
}
