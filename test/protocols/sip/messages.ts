/** Messages for the tests of this folder: octets of standards and captures, and short ones from lines. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { SipMessage, SipRequest, SipResponse } from '../../../src/protocols/sip/message.ts';
import { parseSipMessage, type SipReading } from '../../../src/protocols/sip/parse.ts';

const vectors = new URL('../../vectors/', import.meta.url);
const torture = new URL('sip-torture/', vectors);

export const tortureNames: readonly string[] = readdirSync(torture)
  .filter((file) => file.endsWith('.dat'))
  .map((file) => file.slice(0, -4));

export function tortureOctets(name: string): Uint8Array {
  return readFileSync(new URL(`${name}.dat`, torture));
}

/** Octets of `test/vectors/<name>.hex`. */
export function vectorOctets(name: string): Uint8Array {
  return Buffer.from(readFileSync(new URL(`${name}.hex`, vectors), 'utf8').replace(/\s/g, ''), 'hex');
}

/** Lines joined and ended by CRLF, with the empty line behind the last; `body` follows it. */
export function octetsOf(lines: readonly string[], body = ''): Uint8Array {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'utf8');
}

/** An INVITE that nothing is wrong with; `replace` gives other values by header name, undefined takes one out. */
export function inviteLines(replace: Readonly<Record<string, string | undefined>> = {}): string[] {
  const fields = {
    Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa',
    'Max-Forwards': '70',
    From: '<sip:mouscron@astrid.example>;tag=1',
    To: '<sip:lille@inpt.example>',
    'Call-ID': 'a84b4c76e66710@192.0.2.1',
    CSeq: '1 INVITE',
    Contact: '<sip:mouscron@192.0.2.1>',
    ...replace,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return ['INVITE sip:lille@inpt.example SIP/2.0', ...lines];
}

export function parsed(octets: Uint8Array): SipMessage {
  const reading = parseSipMessage(octets);
  if (!reading.ok) throw new Error(`refused: ${reading.malformed} ${reading.detail}`);
  return reading.message;
}

export function parsedRequest(octets: Uint8Array): SipRequest {
  const message = parsed(octets);
  if (message.kind !== 'request') throw new Error('a response');
  return message;
}

export function parsedResponse(octets: Uint8Array): SipResponse {
  const message = parsed(octets);
  if (message.kind !== 'response') throw new Error('a request');
  return message;
}

export function refused(octets: Uint8Array): SipReading & { ok: false } {
  const reading = parseSipMessage(octets);
  expect(reading.ok).toBe(false);
  return reading as SipReading & { ok: false };
}

export function textOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('utf8');
}
