/**
 * The mcptt-info body of a call (TS 24.379 §F.1), as far as a gateway has something to say or to read in it. Elements
 * that are encrypted (§6.6.2) say nothing to us.
 */
import { readBodyOf } from '../../protocols/sip/body.ts';
import type { BodyPart } from '../../protocols/sip/call-terms.ts';
import type { SipMessage } from '../../protocols/sip/message.ts';

const contentType = 'application/vnd.3gpp.mcptt-info+xml';

export interface McpttInfo {
  /** MCPTT ID of the caller; empty: not said. */
  readonly caller: string;
  readonly emergency: boolean;
  readonly imminentPeril: boolean;
  /** An emergency alert goes with the call, or is taken back; undefined: neither. */
  readonly alert: boolean | undefined;
}

export function mcpttInfo(call: {
  readonly sessionType: 'prearranged' | 'chat';
  /** URI of the group. */
  readonly group: string;
  /** We call as the controlling function of the group, and so in its name too. */
  readonly controls: boolean;
  /** MCPTT ID of the caller. */
  readonly caller: string;
  /** Undefined: nothing is said of it. */
  readonly emergency: boolean | undefined;
}): BodyPart {
  const element = (name: string, kind: 'URI' | 'Boolean', value: string): string =>
    `<${name} type="Normal"><mcptt${kind}>${escaped(value)}</mcptt${kind}></${name}>`;
  const params = [
    `<session-type>${call.sessionType}</session-type>`,
    element('mcptt-request-uri', 'URI', call.group),
    element('mcptt-calling-user-id', 'URI', call.caller),
    ...(call.controls ? [element('mcptt-calling-group-id', 'URI', call.group)] : []),
    ...(call.emergency === undefined ? [] : [element('emergency-ind', 'Boolean', String(call.emergency))]),
  ].join('');
  return {
    type: contentType,
    content: `<?xml version="1.0" encoding="UTF-8"?>\r\n<mcpttinfo xmlns="urn:3gpp:ns:mcpttInfo:1.0"><mcptt-Params>${params}</mcptt-Params></mcpttinfo>`,
  };
}

/** Longer ones are not read. */
const bytesMax = 8192;

/** What an INVITE says; undefined when it has no mcptt-info. Total: never throws. */
export function readMcpttInfo(message: SipMessage): McpttInfo | undefined {
  const body = readBodyOf(message, contentType);
  if (body === undefined || body.length > bytesMax) return undefined;
  const xml = new TextDecoder().decode(body);
  return {
    caller: textIn(xml, 'mcptt-calling-user-id') ?? '',
    emergency: booleanIn(xml, 'emergency-ind') ?? false,
    imminentPeril: booleanIn(xml, 'imminentperil-ind') ?? false,
    alert: booleanIn(xml, 'alert-ind'),
  };
}

function booleanIn(xml: string, name: string): boolean | undefined {
  const text = textIn(xml, name);
  return text === undefined ? undefined : text === 'true' || text === '1';
}

/** Text of the first element of that name, in whatever it is wrapped; undefined without one. */
function textIn(xml: string, name: string): string | undefined {
  const opened = new RegExp(`<(?:[\\w-]{1,32}:)?${name}(\\s[^<>]*)?>`).exec(xml);
  if (opened === null || /\bencrypted\b/i.test(opened[1] ?? '')) return undefined;
  const from = opened.index + opened[0].length;
  const to = xml.slice(from).search(new RegExp(`</(?:[\\w-]{1,32}:)?${name}\\s*>`));
  return to < 0 ? undefined : unescaped(xml.slice(from, from + to).replaceAll(/<[^<>]*>/g, '')).trim();
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (whole, name: string) => entities[name] ?? whole);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
