import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatNameAddr,
  formatParametrised,
  formatVia,
  parseCallId,
  parseCSeq,
  parseMaxForwards,
  parseNameAddr,
  parseNameAddrs,
  parseParametrised,
  parseParametriseds,
  parseRetryAfter,
  parseSessionExpires,
  parseTokens,
  parseVia,
  parseVias,
} from '../../../src/protocols/sip/header-values.ts';
import {
  hasStarContact,
  readExpires,
  readMinSe,
  readPAssertedIdentities,
  readReasons,
  readRetryAfter,
  readSessionExpires,
  readTokens,
} from '../../../src/protocols/sip/headers.ts';
import { SipHeaders } from '../../../src/protocols/sip/message.ts';
import { splitCommas } from '../../../src/protocols/sip/scan.ts';
import { formatUri, parseUri } from '../../../src/protocols/sip/uri.ts';

describe('name-addr (§20.10, §25.1)', () => {
  it('keeps a comma in quotes, and a bracket, and an escaped quote', () => {
    const values = parseNameAddrs('"Post 1, <Tournai> \\"B\\"" <sip:a@h>;q=0.5, sip:b@h;tag=x');
    expect(values?.map(({ displayName }) => displayName)).toEqual(['Post 1, <Tournai> "B"', undefined]);
    expect(values?.[1]?.params.get('tag')).toBe('x');
  });

  it('reads a feature parameter in quotes (RFC 3840)', () => {
    const value = parseNameAddr('<sip:g@h>;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mcptt";+g.3gpp.mcptt');
    expect([...(value?.params ?? [])]).toEqual([
      ['+g.3gpp.icsi-ref', 'urn%3Aurn-7%3A3gpp-service.ims.icsi.mcptt'],
      ['+g.3gpp.mcptt', undefined],
    ]);
    expect(value && formatNameAddr(value)).toContain(';+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mcptt"');
  });

  it.each([
    '',
    '<sip:a@h',
    'sip:a@h>',
    '"open <sip:a@h>',
    '"a" sip:a@h',
    'a sip:a@h',
    '<sip:a@h>x',
    '<sip:a@h>;',
    '<sip:a@h>;;tag=1',
    '<sip:a@h>;tag=',
    '<sip:a@h>;tag="x',
    '<>',
    '< sip:a@h>',
    '<sip:a@h >',
    'sip:a@h?x=y',
  ])('refuses %s', (text) => {
    expect(parseNameAddr(text)).toBeUndefined();
  });

  it('writes any display name on one line, and reads it back but for what cannot be sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (displayName) => {
        const uri = parseUri('sip:a@h');
        if (uri === undefined) throw new Error('no URI');
        const text = formatNameAddr({ displayName, uri, params: new Map() });
        expect(text).not.toMatch(/[\r\n\0]/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what cannot be sent
        expect(parseNameAddr(text)?.displayName).toBe(displayName.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, ' '));
      }),
    );
  });
});

describe('Via (§20.42)', () => {
  it('reads white space wherever the grammar has it', () => {
    expect(
      parseVia('SIP / 2.0 / UDP first.example.com : 4000 ;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1'),
    ).toEqual({
      transport: 'UDP',
      host: 'first.example.com',
      port: 4000,
      params: new Map([
        ['ttl', '16'],
        ['maddr', '224.2.0.1'],
        ['branch', 'z9hG4bKa7c6a8dlze.1'],
      ]),
    });
  });

  it('writes rport as a flag, and as a value (RFC 3581)', () => {
    const via = parseVia('SIP/2.0/udp 192.0.2.1;rport;branch=z9hG4bK1');
    if (via === undefined) throw new Error('no Via');
    expect(formatVia(via)).toBe('SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bK1');
    const stamped = {
      ...via,
      params: new Map([...via.params, ['rport', '5062'], ['received', '2001:db8::1']] as const),
    };
    expect(formatVia(stamped)).toBe('SIP/2.0/UDP 192.0.2.1;rport=5062;branch=z9hG4bK1;received=2001:db8::1');
  });

  it.each([
    '',
    'SIP/2.0/UDP',
    'SIP/2.0/UDP ',
    'SIP/2.0 h',
    'SIP/3.0/UDP h',
    'HTTP/2.0/UDP h',
    'SIP/2.0/UDPh',
    'SIP/2.0/UDP h:',
    'SIP/2.0/UDP h:99999',
    'SIP/2.0/UDP h h',
    'SIP/2.0/UDP 2001:db8::1',
    'SIP/2.0/UDP h;;',
    'SIP/2.0/UDP h,',
  ])('refuses %s', (text) => {
    expect(parseVias(text)).toBeUndefined();
  });
});

describe('numbers', () => {
  it('takes CSeq up to 2^31−1 and no further, with leading zeros', () => {
    expect(parseCSeq('2147483647 INVITE')).toEqual({ sequence: 2147483647, method: 'INVITE' });
    expect(parseCSeq('00 \t ACK')).toEqual({ sequence: 0, method: 'ACK' });
    for (const text of ['2147483648 INVITE', '-1 ACK', '1', '1 A B', 'x ACK', '1e3 ACK', '1 A@B']) {
      expect(parseCSeq(text)).toBeUndefined();
    }
  });

  it('takes Max-Forwards from 0 to 255', () => {
    expect(['0', '255', '256', '-1', '7 0', ''].map(parseMaxForwards)).toEqual([
      0,
      255,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('reads Session-Expires with its refresher (RFC 4028 §4)', () => {
    expect(parseSessionExpires('1800;refresher=UAC')).toEqual({ intervalS: 1800, refresher: 'uac' });
    expect(parseSessionExpires('90 ; refresher = nobody')).toEqual({ intervalS: 90 });
    expect(parseSessionExpires('soon')).toBeUndefined();
  });

  it('reads Retry-After with comment and parameter (§20.33)', () => {
    expect(
      ['120', '120 (in a meeting)', '18000;duration=3600', 'x', '949302838503028349304023988'].map(parseRetryAfter),
    ).toEqual([120, 120, 18000, undefined, undefined]);
  });
});

describe('other values', () => {
  it('reads Reason with a text in quotes (RFC 3326)', () => {
    const [reason] = parseParametriseds('SIP ;cause=200 ;text="Call completed, elsewhere"') ?? [];
    expect([reason?.value, reason?.params.get('cause'), reason?.params.get('text')]).toEqual([
      'SIP',
      '200',
      'Call completed, elsewhere',
    ]);
    expect(reason && formatParametrised(reason)).toBe('SIP;cause=200;text="Call completed, elsewhere"');
  });

  it('reads media types in lower case', () => {
    expect(parseParametrised('Multipart / Mixed ;boundary="a b"')).toEqual({
      value: 'multipart/mixed',
      params: new Map([['boundary', 'a b']]),
    });
    expect(parseParametrised('text/')).toBeUndefined();
  });

  it('reads an empty list as one', () => {
    expect(parseTokens('')).toEqual([]);
    expect(parseTokens('timer, 100rel')).toEqual(['timer', '100rel']);
    expect(parseTokens('timer,,100rel')).toBeUndefined();
  });

  it('takes any visible characters as Call-ID', () => {
    for (const text of ['f81d4fae-7dec@foo.bar.com', 'a=b;c@d@[::1]', '*']) expect(parseCallId(text)).toBe(text);
    for (const text of ['', 'a b', 'é', 'a\tb']) expect(parseCallId(text)).toBeUndefined();
  });

  it('splits at commas that separate, and tells unbalanced quotes', () => {
    expect(splitCommas('a, "b,\\"c" ,<d,e>')).toEqual(['a', '"b,\\"c"', '<d,e>']);
    expect(splitCommas('a, "b')).toBeUndefined();
    expect(splitCommas('a, <b')).toBeUndefined();
  });
});

describe('readers', () => {
  const headers = new SipHeaders([
    ['x', '3600;refresher=uas'],
    ['Min-SE', '120;generic'],
    ['Expires', '7200'],
    ['Retry-After', '30'],
    ['m', '*'],
    ['k', 'timer'],
    ['Supported', '100rel, replaces'],
    ['Reason', 'Q.850;cause=16'],
    ['Reason', 'SIP;cause=487'],
    ['P-Asserted-Identity', '"Cullen Jennings" <sip:fluffy@cisco.com>, tel:+14085264000'],
  ]);

  it('finds values under compact names and over several fields', () => {
    expect(readSessionExpires(headers)).toEqual({ intervalS: 3600, refresher: 'uas' });
    expect([readMinSe(headers), readExpires(headers), readRetryAfter(headers)]).toEqual([120, 7200, 30]);
    expect(hasStarContact(headers)).toBe(true);
    expect(readTokens(headers, 'Supported')).toEqual(['timer', '100rel', 'replaces']);
    expect(readReasons(headers).map(({ value, params }) => `${value} ${params.get('cause')}`)).toEqual([
      'Q.850 16',
      'SIP 487',
    ]);
    expect(readPAssertedIdentities(headers).map(({ uri }) => formatUri(uri))).toEqual([
      'sip:fluffy@cisco.com',
      'tel:+14085264000',
    ]);
  });

  it('reads what is absent or broken as absent', () => {
    const broken = new SipHeaders([
      ['Expires', 'never'],
      ['Supported', ';'],
    ]);
    expect(readExpires(broken)).toBeUndefined();
    expect(readTokens(broken, 'Supported')).toEqual([]);
    expect(readMinSe(broken)).toBeUndefined();
  });
});
