import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../src/base/random.ts';
import {
  readCallId,
  readContacts,
  readContentLength,
  readContentType,
  readCSeq,
  readFrom,
  readSessionExpires,
  readTo,
  readTokens,
  readTopVia,
  readVias,
} from '../../../src/protocols/sip/headers.ts';
import type { SipMessage } from '../../../src/protocols/sip/message.ts';
import { headerBytesMax, parseSipMessage } from '../../../src/protocols/sip/parse.ts';
import { serialiseSipMessage } from '../../../src/protocols/sip/serialise.ts';
import {
  inviteLines,
  octetsOf,
  parsed,
  parsedRequest,
  refused,
  textOf,
  tortureNames,
  tortureOctets,
  vectorOctets,
} from './messages.ts';

describe('start line', () => {
  it.each([
    ['', 'empty'],
    ['\r\n\r\n', 'empty'],
    ['\0\0\0\0', 'not-sip'],
    ['GET / HTTP/1.1\r\n\r\n', 'not-sip'],
    ['INVITE\r\n\r\n', 'not-sip'],
    ['INVITE sip:a@h\r\n\r\n', 'not-sip'],
    ['IN(VITE sip:a@h SIP/2.0\r\n\r\n', 'not-sip'],
    ['INVITE SIP/2.0\r\n\r\n', 'start-line'],
    ['INVITE  SIP/2.0\r\n\r\n', 'request-uri'],
    ['INVITE sip:a@ SIP/2.0\r\n\r\n', 'request-uri'],
    ['INVITE sip:a@h SIP/3.0\r\n\r\n', 'version'],
    ['SIP/2.0 99 Low\r\n\r\n', 'status'],
    ['SIP/2.0 700 High\r\n\r\n', 'status'],
    ['SIP/2.0 2000 Long\r\n\r\n', 'status'],
    ['SIP/1.0 200 OK\r\n\r\n', 'version'],
  ])('of %j is refused: %s', (text, malformed) => {
    expect(refused(Buffer.from(text)).malformed).toBe(malformed);
  });

  it('may come after line ends, and name the version in lower case', () => {
    const [line = '', ...rest] = inviteLines();
    const octets = octetsOf([`\r\n\r\n${line.replace('SIP/2.0', 'sip/2.0')}`, ...rest]);
    expect(parsedRequest(octets).method).toBe('INVITE');
  });
});

describe('header fields', () => {
  it('are unfolded to one space, at spaces and at tabs', () => {
    const octets = octetsOf(inviteLines({ Subject: 'a\r\n \t b\r\n\tc\r\n ' }));
    expect(parsed(octets).headers.get('Subject')).toBe('a b c');
  });

  it('may end in a bare LF, which is noted', () => {
    const octets = Buffer.from(`${inviteLines().join('\n')}\n\nbody`);
    expect(parseSipMessage(octets)).toMatchObject({ ok: true, warnings: ['bare-lf'] });
    expect(textOf(parsed(octets).body)).toBe('body');
  });

  it.each([
    ['Via', 'missing-header'],
    ['From', 'missing-header'],
    ['To', 'missing-header'],
    ['Call-ID', 'missing-header'],
    ['CSeq', 'missing-header'],
  ])('without %s make no message', (name, malformed) => {
    expect(refused(octetsOf(inviteLines({ [name]: undefined })))).toMatchObject({ malformed, detail: name });
  });

  it.each([
    ['Via', 'SIP/2.0/UDP'],
    ['From', '<sip:a@h>;tag='],
    ['To', '<sip:@h>'],
    ['Call-ID', 'a b'],
    ['CSeq', '1 2 INVITE'],
    ['Max-Forwards', '256'],
    ['Content-Length', '0x10'],
    ['Contact', '*, <sip:a@h>'],
    ['Route', 'sip:h;lr, <'],
    ['Record-Route', '<sip:h;lr>,'],
  ])('%s: %s is refused with 400', (name, value) => {
    const reading = refused(octetsOf(inviteLines({ [name]: value })));
    expect(reading).toMatchObject({ malformed: 'header-value', detail: name, suggestedStatus: 400 });
    expect(readCallId(reading.partial?.headers ?? expect.fail())).toBe(
      name === 'Call-ID' ? undefined : 'a84b4c76e66710@192.0.2.1',
    );
  });

  it.each(['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Content-Length', 'Content-Type'])(
    '%s must not come twice, in whatever form',
    (name) => {
      const compact: Record<string, string> = {
        From: 'f',
        To: 't',
        'Call-ID': 'i',
        'Content-Length': 'L',
        'Content-Type': 'c',
      };
      const values: Record<string, string> = { 'Content-Length': '0', 'Content-Type': 'text/plain' };
      const lines = inviteLines(name in values ? { [name]: values[name] } : {});
      const again = (lines.find((line) => line.startsWith(`${name}:`)) ?? '').replace(
        name,
        compact[name] ?? name.toUpperCase(),
      );
      expect(refused(octetsOf([...lines, again]))).toMatchObject({ malformed: 'repeated-header', detail: name });
    },
  );

  it('that are no fields are refused, those with an odd value are kept', () => {
    expect(refused(octetsOf([...inviteLines(), 'no colon here'])).malformed).toBe('header-line');
    expect(refused(octetsOf([...inviteLines(), ': no name'])).malformed).toBe('header-line');
    expect(refused(octetsOf([...inviteLines(), 'two words: x'])).malformed).toBe('header-line');
    expect(refused(octetsOf([...inviteLines(), 'Subject: a\rb'])).malformed).toBe('header-line');
    expect(parsed(octetsOf([...inviteLines(), 'Supported: ;;"'])).headers.get('Supported')).toBe(';;"');
  });

  it('that are not UTF-8 are read as far as they are, which is noted', () => {
    const octets = Buffer.concat([
      Buffer.from(`${inviteLines().join('\r\n')}\r\nSubject: a`),
      Buffer.from('ff0d0a0d0a', 'hex'),
    ]);
    expect(parseSipMessage(octets)).toMatchObject({ ok: true, warnings: ['not-utf8'] });
    expect(parsed(octets).headers.get('Subject')).toBe('a\ufffd');
  });

  it('number 256 at most', () => {
    const extra = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: x`);
    const own = inviteLines().length - 1;
    expect(parsed(octetsOf([...inviteLines(), ...extra(256 - own)])).headers.size).toBe(256);
    const tooMany = refused(octetsOf([...inviteLines(), ...extra(257 - own)]));
    expect([tooMany.malformed, tooMany.suggestedStatus]).toEqual(['too-many-headers', 513]);
    const folded = refused(octetsOf([...inviteLines(), `Subject: a${'\r\n b'.repeat(1024)}`]));
    expect([folded.malformed, folded.suggestedStatus]).toEqual(['too-many-headers', 513]);
  });

  it(`measure ${headerBytesMax} octets at most`, () => {
    const octets = octetsOf([...inviteLines(), `Subject: ${'x'.repeat(headerBytesMax)}`]);
    expect(refused(octets).malformed).toBe('too-large');
  });

  it('whose end is missing are refused, unless nothing but the empty line is', () => {
    const text = inviteLines().join('\r\n');
    expect(refused(Buffer.from(text))).toMatchObject({ malformed: 'truncated', suggestedStatus: 400 });
    expect(refused(Buffer.from(`${text}\r\n`)).malformed).toBe('truncated');
    const whole = parseSipMessage(Buffer.from(`${text}\r\nl: 0\r\n`));
    expect(whole).toMatchObject({ ok: true, warnings: ['no-empty-line'] });
  });

  it('of an ACK or a response are never answered', () => {
    const ack = octetsOf(['ACK sip:a@h SIP/2.0', ...inviteLines({ CSeq: '1 INVITE' }).slice(1)]);
    expect(refused(ack)).toMatchObject({ malformed: 'cseq-mismatch' });
    expect(refused(ack).partial).toBeUndefined();
    const response = octetsOf(['SIP/2.0 200 OK', ...inviteLines({ To: '<' }).slice(1)]);
    expect(refused(response).partial).toBeUndefined();
  });
});

describe('body (§18.3)', () => {
  it('is what Content-Length says, or without it the rest of the datagram', () => {
    expect(textOf(parsed(octetsOf(inviteLines({ 'Content-Length': '3' }), 'abcdef')).body)).toBe('abc');
    expect(textOf(parsed(octetsOf(inviteLines(), 'abcdef')).body)).toBe('abcdef');
  });

  it('that is cut short is refused, but for line ends counted otherwise', () => {
    const cut = (length: string, body: string) =>
      parseSipMessage(octetsOf(inviteLines({ 'Content-Length': length }), body));
    expect(cut('7', 'abcdef')).toMatchObject({ malformed: 'content-length', suggestedStatus: 400 });
    expect(cut('9', 'v=0\r\n')).toMatchObject({ malformed: 'content-length' });
    expect(cut('7', 'v=0\r\n')).toMatchObject({ ok: true, warnings: ['content-length-miscounted'] });
    expect(cut('7', 'v=0\r\ns')).toMatchObject({ malformed: 'content-length' });
    expect(cut('99999999999999999999', 'v=0\r\n')).toMatchObject({ malformed: 'header-value' });
  });

  it('does not keep the datagram it came in', () => {
    const octets = octetsOf(inviteLines(), 'abc');
    const { body } = parsed(octets);
    octets.fill(0);
    expect(textOf(body)).toBe('abc');
  });
});

describe('vectors of other tools', () => {
  it('reads an ED-137 INVITE', () => {
    const { headers, uri, body } = parsedRequest(vectorOctets('s01-invite-ed137'));
    expect(uri).toMatchObject({ user: 'tx1', host: '192.0.2.20' });
    expect(headers.get('wg67-version')).toBe('radio.01');
    expect(readTokens(headers, 'Allow')).toEqual(['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS']);
    expect([readContentLength(headers), body.length]).toEqual([312, 312]);
  });

  it('reads an MCPTT group call', () => {
    const { headers, body } = parsedRequest(vectorOctets('s02-invite-mcptt'));
    expect(readContentType(headers)?.params.get('boundary')).toBe('b1');
    expect(readSessionExpires(headers)).toEqual({ intervalS: 1800, refresher: 'uac' });
    expect(headers.getAll('a')).toHaveLength(2);
    expect(headers.get('Resource-Priority')).toBe('mcpttp.15');
    expect(readContacts(headers)[0]?.params.has('+g.3gpp.mcptt')).toBe(true);
    expect(body).toHaveLength(830);
  });

  it('reads a hold', () => {
    const { headers } = parsedRequest(vectorOctets('s03-reinvite-hold-srtp'));
    expect([readFrom(headers)?.params.get('tag'), readTo(headers)?.params.get('tag')]).toEqual(['h1', 'h2']);
    expect(readCSeq(headers)).toEqual({ sequence: 2, method: 'INVITE' });
  });
});

/** What a transaction layer goes by. */
function essence(message: SipMessage): string {
  const { headers, body } = message;
  return JSON.stringify({
    line: message.kind === 'request' ? message.method : message.status,
    from: readFrom(headers)?.params.get('tag'),
    to: readTo(headers)?.params.get('tag'),
    callId: readCallId(headers),
    cseq: readCSeq(headers),
    branch: readTopVia(headers)?.params.get('branch'),
    vias: readVias(headers).length,
    contacts: readContacts(headers).length,
    body: textOf(body),
  });
}

const spice = [
  '\r\n',
  '\n',
  '\r',
  '\r\n ',
  ' ',
  '\t',
  ',',
  ';',
  ':',
  '"',
  '<',
  '>',
  '\\',
  '%',
  '=',
  '[',
  ']',
  '@',
  '*',
  '\0',
  '\xff',
  'é',
  'SIP/2.0',
  '99999999999999999999',
  'Via: ',
  'l: 5\r\n',
];

/** One or two of: a flipped octet, a cut, a repeat, something inserted, the tail of another message. */
function mutate(octets: Uint8Array, random: SeededRandom): Uint8Array {
  let bytes = Buffer.from(octets);
  const pick = (limit: number) => Math.floor(random.fraction() * limit);
  for (let count = 1 + pick(2); count > 0; count--) {
    const at = pick(bytes.length + 1);
    const end = Math.min(bytes.length, at + pick(24));
    const kind = pick(5);
    if (kind === 0 && at < bytes.length) bytes[at] = pick(256);
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    else if (kind === 3)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(spice[pick(spice.length)] ?? ''), bytes.subarray(at)]);
    else {
      const other = tortureOctets(tortureNames[pick(tortureNames.length)] ?? 'wsinv');
      bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(pick(other.length))]);
    }
  }
  return bytes;
}

describe('any octets', () => {
  it('give a message or a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        expect(typeof parseSipMessage(octets).ok).toBe('boolean');
      }),
    );
  });

  it('80,000 mutated messages: none throws; what is read can be written and reads the same', () => {
    const originals = new Map(tortureNames.map((name) => [name, tortureOctets(name)]));
    let read = 0;
    fc.assert(
      fc.property(fc.constantFrom(...tortureNames), fc.integer(), (name, seed) => {
        const random = new SeededRandom(seed);
        const original = originals.get(name) ?? expect.fail();
        for (let round = 0; round < 100; round++) {
          const reading = parseSipMessage(mutate(original, random));
          if (!reading.ok) {
            if (reading.partial !== undefined && (reading.suggestedStatus ?? 0) < 400) expect.fail('no status');
            continue;
          }
          read++;
          const again = parseSipMessage(serialiseSipMessage(reading.message));
          if (!again.ok) expect.fail(`${again.malformed} ${again.detail}`);
          if (essence(again.message) !== essence(reading.message)) expect.fail(essence(reading.message));
        }
      }),
      { numRuns: 800 },
    );
    // Not all mutations break a message, or this would show nothing of writing.
    expect(read).toBeGreaterThan(8_000);
  }, 60_000);
});
