/** The dearest input of 64 KiB for each reader; bar: 50 ms, goal: 5 ms. The figures are printed. */
import { performance } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { parseAuthValues } from '../../../src/protocols/sip/digest.ts';
import { headerBytesMax, parseSipMessage } from '../../../src/protocols/sip/parse.ts';
import { screenRequest } from '../../../src/protocols/sip/screen.ts';
import { parseSdp } from '../../../src/protocols/sip/sdp.ts';
import { SipStreamFramer } from '../../../src/protocols/sip/stream-framer.ts';
import { inviteLines, octetsOf } from './messages.ts';

const whole = 65_535;
const fills = [
  ',',
  ';',
  '"',
  '<',
  '>',
  '\\',
  '\r\n ',
  ':',
  ' ',
  '=',
  '%41',
  '[',
  'a',
  '"a",',
  '<sip:a@h>,',
  ';a=b',
  '\\"',
  '@',
  '1',
  '-',
  '\t\r\n\t',
  'é',
  ',,"',
  '<"',
  '"<',
];

function filled(fill: string, bytes: number): string {
  return fill.repeat(Math.floor(bytes / Buffer.byteLength(fill)));
}

const messages: [string, Uint8Array][] = [];
for (const fill of fills) {
  const rest = headerBytesMax - 600;
  messages.push([`line of ${JSON.stringify(fill)}`, Buffer.from(filled(fill, whole))]);
  messages.push([`request-uri of ${JSON.stringify(fill)}`, octetsOf([`INVITE sip:${filled(fill, rest)} SIP/2.0`])]);
  for (const name of [
    'Via',
    'Contact',
    'To',
    'CSeq',
    'Call-ID',
    'Require',
    'Accept',
    'Content-Disposition',
    'Subject',
  ]) {
    const before = { Via: 'SIP/2.0/UDP h;a=b', Contact: '<sip:a@h>', To: '"' }[name] ?? '';
    messages.push([
      `${name} of ${JSON.stringify(fill)}`,
      octetsOf(inviteLines({ [name]: before + filled(fill, rest) }), 'x'),
    ]);
  }
}
messages.push(['short fields', octetsOf(inviteLines({ X: filled('\r\na:', whole) }))]);
messages.push(['lone line ends', Buffer.from(filled('\r\n', whole))]);
messages.push(['lone LFs', Buffer.from(filled('a\n', whole))]);
messages.push(['folds', octetsOf(inviteLines({ Subject: filled('\r\n ', headerBytesMax - 600) }))]);
messages.push(['body of lines', octetsOf(inviteLines({ 'Content-Length': '65535' }), filled('\n', whole - 400))]);

const descriptions: [string, Uint8Array][] = [
  '\r\n',
  'a=\r\n',
  'm=audio 1 RTP/AVP 0\r\n',
  'a=rtpmap:',
  'a=fmtp:8 ',
  'c=IN IP4 1/',
  '1 ',
  '\r',
  'a=crypto:1\r\n',
  ':',
].flatMap((fill) => [
  [`sdp of ${JSON.stringify(fill)}`, Buffer.from(`v=0\r\no=- 1 1 IN IP4 h\r\n${filled(fill, whole)}`)],
  [`sdp line of ${JSON.stringify(fill)}`, Buffer.from(`v=0\r\nm=audio 1 RTP/AVP ${filled(fill.trim() || ' ', whole)}`)],
  [
    `rtpmap of ${JSON.stringify(fill)}`,
    Buffer.from(`v=0\r\nm=audio 1 RTP/AVP 0\r\na=rtpmap:${filled(fill.trim() || ' ', whole)}`),
  ],
]);

const abilities = { knownMethods: ['INVITE'], knownExtensions: [], knownSchemes: ['sip'], knownContentTypes: [] };

/** Every eighth message and the lone line ends are enough to show that the framer does not search twice. */
const streams = messages.filter(([what], index) => index % 8 === 0 || what.startsWith('lone'));

const readers: Record<string, readonly [read: (octets: Uint8Array) => unknown, inputs: typeof messages]> = {
  message: [
    (octets) => {
      const reading = parseSipMessage(octets);
      return reading.ok && reading.message.kind === 'request' && screenRequest(reading.message, abilities);
    },
    messages,
  ],
  stream: [(octets) => new SipStreamFramer('accepted').push(octets), messages],
  'stream that comes octet by octet': [
    (octets) => {
      const framer = new SipStreamFramer('accepted');
      for (let at = 0; at < octets.length; at++) framer.push(octets.subarray(at, at + 1));
    },
    streams,
  ],
  'session description': [parseSdp, descriptions],
  credentials: [(octets) => parseAuthValues(Buffer.from(octets).toString('latin1')), messages],
};

/** Least of three runs: what the input costs, not what the machine was doing meanwhile. */
function costMs(read: (octets: Uint8Array) => unknown, octets: Uint8Array): number {
  let leastMs = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    const startMs = performance.now();
    read(octets);
    leastMs = Math.min(leastMs, performance.now() - startMs);
  }
  return leastMs;
}

for (const [name, [read, inputs]] of Object.entries(readers)) {
  // Octet by octet it is 65,535 inputs, not one: the bound shows only that nothing is searched again and again.
  const boundMs = name.endsWith('octet by octet') ? 500 : 50;
  it(`no ${name} of 64 KiB costs more than ${boundMs} ms`, () => {
    const costs = inputs
      .map(([what, octets]) => ({ what, ms: costMs(read, octets.subarray(0, whole)) }))
      .sort((a, b) => b.ms - a.ms);
    const dearest = costs.slice(0, 3).map(({ what, ms }) => `${what} ${ms.toFixed(2)} ms`);
    console.info(`dearest of ${inputs.length} for a ${name}: ${dearest.join(', ')}`);
    expect(costs[0]?.ms).toBeLessThan(boundMs);
  });
}
