/**
 * Writes a SIP message: long-form names, no folds, Content-Length always that of the body and last.
 *
 * Standard: RFC 3261 §7, §20.14.
 */
import type { SipMessage } from './message.ts';
import { isToken } from './scan.ts';
import { formatUri } from './uri.ts';

/** @throws RangeError if a method or Request-URI of ours could not be read back as one: our mistake, never a peer's. */
export function serialiseSipMessage(message: SipMessage): Uint8Array {
  let head = startLine(message);
  for (const { name, value } of message.headers.entries()) {
    if (name.toLowerCase() !== 'content-length') head += value === '' ? `${name}:\r\n` : `${name}: ${value}\r\n`;
  }
  head += `Content-Length: ${message.body.length}\r\n\r\n`;
  const headBytes = Buffer.byteLength(head, 'utf8');
  const octets = new Uint8Array(headBytes + message.body.length);
  Buffer.from(octets.buffer).write(head, 'utf8');
  octets.set(message.body, headBytes);
  return octets;
}

function startLine(message: SipMessage): string {
  if (message.kind === 'response') return `SIP/2.0 ${message.status} ${message.reason.replace(/[\r\n]/g, ' ')}\r\n`;
  const uri = formatUri(message.uri);
  if (!isToken(message.method) || !/^[!-~]+$/.test(uri))
    throw new RangeError(`no request line: ${message.method} ${uri}`);
  return `${message.method} ${uri} SIP/2.0\r\n`;
}
