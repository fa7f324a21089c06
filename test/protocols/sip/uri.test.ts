import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalIpv6, isIpv4, isIpv6, plainAddress } from '../../../src/protocols/sip/ip-literal.ts';
import { escapeUser, formatUri, parseUri, type SipAnyUri, sameUri, userText } from '../../../src/protocols/sip/uri.ts';

function uri(text: string): SipAnyUri {
  const parsed = parseUri(text);
  if (parsed === undefined) throw new Error(`no URI: ${text}`);
  return parsed;
}

describe('SIP URIs (RFC 3261 §19.1)', () => {
  it('reads every part', () => {
    expect(uri('SIPS:alice:se%3Acret@Atlanta.example.com:5061;Transport=TCP;lr?subject=x&to=y')).toEqual({
      kind: 'sip',
      scheme: 'sips',
      user: 'alice',
      password: 'se%3Acret',
      host: 'atlanta.example.com',
      port: 5061,
      params: new Map([
        ['transport', 'TCP'],
        ['lr', undefined],
      ]),
      headers: 'subject=x&to=y',
    });
  });

  it.each([
    'sip:',
    'sip:@host',
    'sip:user@',
    'sip:user@host:',
    'sip:user@host:65536',
    'sip:user@host:5o60',
    'sip:user@ho st',
    'sip:a@b@c',
    'sip:2001:db8::1',
    'sip:[2001:db8::1',
    'sip:[2001:db8::1]x',
    'sip:[2001:db8::g]',
    'sip:user@host;',
    'sip:user@host;=x',
    'sip:user@host;a=',
    'sip:user@host?',
    'sip:us%4er%@host',
    'sip:-host',
    'tel:',
    'tel:+',
    'tel:+32x',
    'host',
    ':x',
    '1x:y',
    'urn:a b',
  ])('refuses %s', (text) => {
    expect(parseUri(text)).toBeUndefined();
  });

  it('keeps other schemes as they are', () => {
    expect(uri('urn:service:sos')).toEqual({ kind: 'other', scheme: 'urn', text: 'service:sos' });
    expect(formatUri(uri('mailto:a@b?c=d'))).toBe('mailto:a@b?c=d');
  });

  it('undoes escapes of unreserved characters and no others', () => {
    expect(formatUri(uri('sip:%61%3a%40%7E@h;p%61r=%2f'))).toBe('sip:a%3A%40~@h;par=%2F');
  });

  it('escapes a user part so that any text comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const read = uri(`sip:${escapeUser(text)}@host`);
        expect(read.kind === 'sip' && userText(read)).toBe(text.toWellFormed());
      }),
    );
  });

  it('writes what it read, and reads what it wrote as the same', () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9.!*'()_~-]{1,12}$/);
    const param = fc.tuple(fc.stringMatching(/^[a-z0-9]{1,8}$/), fc.option(word, { nil: undefined }));
    const written = fc
      .record({
        user: fc.option(word, { nil: undefined }),
        host: fc.constantFrom('h', 'a-b.example.com', '192.0.2.1', '[2001:db8::1]', '[::ffff:1.2.3.4]'),
        port: fc.option(fc.integer({ min: 0, max: 65535 }), { nil: undefined }),
        params: fc.uniqueArray(param, { selector: ([name]) => name, maxLength: 4 }),
      })
      .map(({ user, host, port, params }) => {
        const tail = params.map(([name, value]) => (value === undefined ? `;${name}` : `;${name}=${value}`)).join('');
        return `sip:${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}${tail}`;
      });
    fc.assert(
      fc.property(written, (text) => {
        expect(formatUri(uri(text))).toBe(text);
      }),
    );
  });

  it.each([
    // RFC 3261 §19.1.4
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
    ['sip:a@[2001:db8::9:1]', 'sip:a@[2001:DB8:0:0:0:0:9:1]'],
    ['tel:+32-2-555.01(00)', 'tel:+3225550100'],
    ['tel:7042;phone-context=example.com', 'tel:70-42;Phone-Context=EXAMPLE.com'],
  ])('%s is %s', (a, b) => {
    expect(sameUri(uri(a), uri(b))).toBe(true);
    expect(sameUri(uri(b), uri(a))).toBe(true);
  });

  it.each([
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:bob@biloxi.com', 'sips:bob@biloxi.com'],
    ['tel:+3225550100', 'tel:3225550100'],
    ['tel:7042;phone-context=a.example', 'tel:7042;phone-context=b.example'],
    ['sip:+3225550100@h', 'tel:+3225550100'],
  ])('%s is not %s', (a, b) => {
    expect(sameUri(uri(a), uri(b))).toBe(false);
  });
});

describe('IP literals', () => {
  it.each(['0.0.0.0', '192.0.2.255'])('%s is IPv4', (text) => expect(isIpv4(text)).toBe(true));
  it.each(['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', '1..2.3'])('%s is not', (text) =>
    expect(isIpv4(text)).toBe(false),
  );
  it.each([
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['fe80::', 'fe80::'],
  ])('%s is spelt %s (RFC 5952)', (text, canonical) => {
    expect(canonicalIpv6(text)).toBe(canonical);
    expect(canonicalIpv6(canonical)).toBe(canonical);
  });
  it.each([
    ['2001:DB8::0:1', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['0:0:0:0:0:FFFF:c000:0201', '192.0.2.1'],
    ['::ffff:0:192.0.2.1', '::ffff:0:c000:201'],
    ['192.0.2.1', '192.0.2.1'],
    ['box.example', 'box.example'],
  ])('%s is plainly %s', (text, plain) => expect(plainAddress(text)).toBe(plain));
  it.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    '::1.2.3',
    '1.2.3.4',
    'fe80::1%eth0',
  ])('%s is no IPv6', (text) => expect(isIpv6(text)).toBe(false));
});
