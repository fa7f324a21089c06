/** The mcptt-info body of a call of ours (TS 24.379 §F.1), as far as a gateway has something to say in it. */
import type { BodyPart } from '../../protocols/sip/call-terms.ts';

export function mcpttInfo(call: {
  readonly sessionType: 'prearranged' | 'chat';
  /** URI of the group. */
  readonly group: string;
  /** MCPTT ID of the caller. */
  readonly caller: string;
}): BodyPart {
  const uri = (name: string, value: string): string =>
    `<${name} type="Normal"><mcpttURI>${escaped(value)}</mcpttURI></${name}>`;
  const params = [
    `<session-type>${call.sessionType}</session-type>`,
    uri('mcptt-request-uri', call.group),
    uri('mcptt-calling-user-id', call.caller),
  ].join('');
  return {
    type: 'application/vnd.3gpp.mcptt-info+xml',
    content: `<?xml version="1.0" encoding="UTF-8"?>\r\n<mcpttinfo xmlns="urn:3gpp:ns:mcpttInfo:1.0"><mcptt-Params>${params}</mcptt-Params></mcpttinfo>`,
  };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
