import { describe, expect, it } from 'vitest';
import { noBody, SipHeaders, type SipRequest } from '../../../src/protocols/sip/message.ts';
import { serialiseSipMessage } from '../../../src/protocols/sip/serialise.ts';
import { textOf } from './messages.ts';

describe('header fields (§7.3)', () => {
  it('finds fields whatever their case and form, in order', () => {
    const headers = new SipHeaders([
      ['v', 'one'],
      ['VIA', 'two'],
      ['Via', 'three'],
    ]);
    expect(headers.getAll('via')).toEqual(['one', 'two', 'three']);
    expect(headers.get('V')).toBe('one');
    expect([...headers.entries()].map(({ name }) => name)).toEqual(['Via', 'VIA', 'Via']);
  });

  it('replaces at the place of the first, adds above and below', () => {
    const headers = new SipHeaders([
      ['Via', 'a'],
      ['To', 't'],
      ['Via', 'b'],
    ]);
    headers.prepend('Via', 'z');
    expect(headers.getAll('Via')).toEqual(['z', 'a', 'b']);
    headers.set('v', ['x', 'y']);
    headers.append('Subject', 's');
    expect([...headers.entries()].map(({ name, value }) => `${name}:${value}`)).toEqual([
      'Via:x',
      'Via:y',
      'To:t',
      'Subject:s',
    ]);
    headers.delete('T');
    expect([headers.has('To'), headers.size]).toEqual([false, 3]);
  });

  it('copies without sharing', () => {
    const headers = new SipHeaders([['To', 'a']]);
    const copy = headers.clone();
    copy.set('To', 'b');
    expect(headers.get('To')).toBe('a');
  });

  it('refuses a value that would write a header of its own, and a name that is none', () => {
    const headers = new SipHeaders();
    for (const value of ['a\r\nEvil: 1', 'a\nb', 'a\rb'])
      expect(() => headers.set('Subject', value)).toThrow(RangeError);
    for (const name of ['', 'a b', 'a:b', 'é', 'a\r\nb']) expect(() => headers.append(name, 'x')).toThrow(RangeError);
    expect(headers.size).toBe(0);
  });
});

describe('writing', () => {
  const request: SipRequest = {
    kind: 'request',
    method: 'MESSAGE',
    uri: { kind: 'sip', scheme: 'sip', user: 'lille', host: '192.0.2.1', params: new Map() },
    headers: new SipHeaders([
      ['f', '<sip:a@b>'],
      ['l', '9999'],
      ['CONTENT-length', '1'],
      ['s', ''],
      ['wg67-version', 'radio.01'],
    ]),
    body: Buffer.from('é'),
  };

  it('writes long names and the true length, in octets', () => {
    expect(textOf(serialiseSipMessage(request))).toBe(
      'MESSAGE sip:lille@192.0.2.1 SIP/2.0\r\nFrom: <sip:a@b>\r\nSubject:\r\nWG67-Version: radio.01\r\nContent-Length: 2\r\n\r\né',
    );
  });

  it('lets no reason phrase end its line', () => {
    const response = {
      kind: 'response',
      status: 400,
      reason: 'No\r\nEvil: 1',
      headers: new SipHeaders(),
      body: noBody,
    } as const;
    expect(textOf(serialiseSipMessage(response))).toBe('SIP/2.0 400 No  Evil: 1\r\nContent-Length: 0\r\n\r\n');
  });

  it('refuses to write a request line that would not read back', () => {
    expect(() => serialiseSipMessage({ ...request, method: 'A B' })).toThrow(RangeError);
    expect(() => serialiseSipMessage({ ...request, uri: { kind: 'other', scheme: 'x', text: 'a\r\nb' } })).toThrow(
      RangeError,
    );
  });
});
