/**
 * The messages of RFC 4475 and RFC 5118, each treated as its RFC says: what is well-formed is read, property by
 * property; what is not is refused with the status named there; what a server refuses for its meaning is refused by
 * screenRequest.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatNameAddr, type NameAddr } from '../../../src/protocols/sip/header-values.ts';
import {
  hasStarContact,
  readAccept,
  readCallId,
  readContacts,
  readContentType,
  readCSeq,
  readFrom,
  readMaxForwards,
  readRecordRoutes,
  readRoutes,
  readTo,
  readTokens,
  readTopVia,
  readVias,
} from '../../../src/protocols/sip/headers.ts';
import type { SipMessage, SipRequest } from '../../../src/protocols/sip/message.ts';
import { parseSipMessage } from '../../../src/protocols/sip/parse.ts';
import { type Abilities, isMisrouted, screenRequest } from '../../../src/protocols/sip/screen.ts';
import { parseSdp } from '../../../src/protocols/sip/sdp.ts';
import { serialiseSipMessage } from '../../../src/protocols/sip/serialise.ts';
import { formatUri, userText } from '../../../src/protocols/sip/uri.ts';
import { parsed, parsedRequest, parsedResponse, refused, textOf, tortureNames, tortureOctets } from './messages.ts';

const abilities: Abilities = {
  knownMethods: ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'REGISTER', 'MESSAGE'],
  knownExtensions: ['timer'],
  knownSchemes: ['sip', 'sips', 'tel'],
  knownContentTypes: ['application/sdp', 'multipart/mixed'],
};

function screened(name: string) {
  return screenRequest(parsedRequest(tortureOctets(name)), abilities);
}

function uriText(value: NameAddr | undefined): string | undefined {
  return value && formatUri(value.uri);
}

function branches(message: SipMessage): (string | undefined)[] {
  return readVias(message.headers).map((via) => via.params.get('branch'));
}

function addresses(request: SipRequest) {
  const reading = parseSdp(request.body);
  return reading.ok ? { ...reading.description, ok: true as const } : reading;
}

/** RFC 4475 §3.1.1: name, and what must have been understood of it. */
const wellFormed: Record<string, (octets: Uint8Array) => void> = {
  wsinv(octets) {
    const { headers, uri, method, body } = parsedRequest(octets);
    expect(method).toBe('INVITE');
    expect(uri).toMatchObject({ user: 'vivekg', host: 'chair-dnrc.example.com' });
    expect(uri.kind === 'sip' && [...uri.params]).toEqual([['unknownparam', undefined]]);
    expect(uriText(readTo(headers))).toBe('sip:vivekg@chair-dnrc.example.com');
    expect(readTo(headers)?.params.get('tag')).toBe('1918181833n');
    expect(readFrom(headers)?.displayName).toBe('J Rosenberg \\"');
    expect(readFrom(headers)?.params.get('tag')).toBe('98asjd8');
    expect(readMaxForwards(headers)).toBe(68);
    expect(readCSeq(headers)).toEqual({ sequence: 9, method: 'INVITE' });
    expect(readVias(headers).map(({ transport, host, params }) => [transport, host, params.get('branch')])).toEqual([
      ['UDP', '192.0.2.2', '390skdjuw'],
      ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
      ['UDP', '192.168.255.111', 'z9hG4bK30239'],
    ]);
    expect(headers.get('Subject')).toBe('');
    expect(headers.get('NewFangledHeader')).toBe('newfangled value continued newfangled value');
    expect(headers.get('UnknownHeaderWithUnusualValue')).toBe(';;,,;;,;');
    expect(readRoutes(headers).map(uriText)).toEqual([
      'sip:services.example.com;lr;unknownwith=value;unknown-no-value',
    ]);
    const [contact] = readContacts(headers);
    expect(contact?.displayName).toBe('Quoted string ""');
    expect([...(contact?.params ?? [])]).toEqual([
      ['newparam', 'newvalue'],
      ['secondparam', undefined],
      ['q', '0.33'],
    ]);
    expect(body).toHaveLength(150);
  },
  intmeth(octets) {
    const { headers, uri, method } = parsedRequest(octets);
    expect(method).toBe("!interesting-Method0123456789_*+`.%indeed'~");
    expect(uri).toMatchObject({
      user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
      password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)",
      host: 'example.com',
    });
    expect(readTo(headers)?.displayName).toBe('BEL:\x07 NUL:\x00 DEL:\x7f');
    const from = readFrom(headers);
    expect(from?.displayName).toBe("token1~` token2'+_ token3*%!.-");
    expect(from?.params.get("fromparam''~+*_!.-%")).toBe('работающий');
    expect(from?.params.get('tag')).toBe("_token~1'+`*%!-.");
    expect(readCallId(headers)).toBe('intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{');
    expect(readCSeq(headers)).toEqual({ sequence: 139122385, method });
    expect(readMaxForwards(headers)).toBe(255);
    expect(readTopVia(headers)?.params.get('branch')).toBe("z9hG4bK-.!%66*_+`'~");
    expect(headers.get("extensionHeader-!.%*+_`'~")).toBe('\ufeff大停電');
  },
  esc01(octets) {
    const { headers, uri } = parsedRequest(octets);
    expect(uri).toMatchObject({ user: 'sips%3Auser%40example.com', host: 'example.net' });
    expect(uri.kind === 'sip' && userText(uri)).toBe('sips:user@example.com');
    expect(uriText(readTo(headers))).toBe('sip:user@example.com');
    const from = readFrom(headers)?.uri;
    expect(from?.kind === 'sip' && userText(from)).toBe('I have spaces');
    const [contact] = readContacts(headers);
    // Escapes in names and values of parameters mean what they spell: a parameter `lr`, a value `value%41`.
    expect(uriText(contact)).toBe('sip:caller@host5.example.net;lr;name=value%2541');
  },
  escnull(octets) {
    const { headers } = parsedRequest(octets);
    const contacts = readContacts(headers);
    expect(contacts.map(uriText)).toEqual(['sip:%00@host5.example.com', 'sip:%00%00@host5.example.com']);
    expect(contacts.map(({ uri }) => uri.kind === 'sip' && userText(uri))).toEqual(['\0', '\0\0']);
    expect(uriText(readTo(headers))).toBe('sip:null-%00-null@example.com');
  },
  esc02(octets) {
    const { headers, method } = parsedRequest(octets);
    expect(method).toBe('RE%47IST%45R');
    expect(readCSeq(headers)).toEqual({ sequence: 29344, method: 'RE%47IST%45R' });
    expect(readTo(headers)?.displayName).toBe('%Z%45');
    expect(branches(parsed(octets))).toEqual(['z9hG4bK209%fzsnel234']);
    // `C%6Fntact` is a name of its own.
    expect(readContacts(headers).map(uriText)).toEqual([
      'sip:alias1@host1.example.com',
      'sip:alias3@host3.example.com',
    ]);
    expect(headers.get('C%6Fntact')).toBe('<sip:alias2@host2.example.com>');
  },
  lwsdisp(octets) {
    expect(readFrom(parsed(octets).headers)).toMatchObject({ displayName: 'caller', uri: { user: 'caller' } });
  },
  longreq(octets) {
    const { headers, body } = parsedRequest(octets);
    const vias = readVias(headers);
    expect(vias).toHaveLength(34);
    expect(vias.map(({ host }) => host)).toEqual([
      ...Array.from({ length: 33 }, (_, index) => `sip${33 - index}.example.com`),
      'host.example.com',
    ]);
    expect(vias.at(-1)?.params.get('branch')).toBe(`very${'long'.repeat(50)}branchvalue`);
    expect(readTo(headers)?.displayName).toBe(`I have a user name of ${'extreme'.repeat(10)} proportion`);
    const to = readTo(headers)?.uri;
    expect(to?.kind === 'sip' && [...to.params].map(([name, value]) => [name.length, value?.length])).toEqual([
      [13, 89],
      [109, 10],
      [128, undefined],
    ]);
    expect(readFrom(headers)?.params.get('tag')).toBe(`12${'982'.repeat(50)}424`);
    expect(readCallId(headers)).toBe(`longreq.one${'really'.repeat(20)}longcallid`);
    expect(body).toHaveLength(150);
  },
  dblreq(octets) {
    const reading = parseSipMessage(octets);
    expect(reading).toMatchObject({ ok: true, warnings: ['trailing-octets'] });
    const { method, headers, body } = parsedRequest(octets);
    expect([method, readCallId(headers)]).toEqual(['REGISTER', 'dblreq.0ha0isndaksdj99sdfafnl3lk233412']);
    expect(body).toHaveLength(0);
  },
  semiuri(octets) {
    const { uri, headers } = parsedRequest(octets);
    expect(uri.kind === 'sip' && [userText(uri), uri.host, uri.params.size]).toEqual([
      'user;par=u@example.net',
      'example.com',
      0,
    ]);
    expect(readAccept(headers)?.map(({ value }) => value)).toEqual([
      'application/sdp',
      'application/pkcs7-mime',
      'multipart/mixed',
      'multipart/signed',
      'message/sip',
      'message/sipfrag',
    ]);
  },
  transports(octets) {
    expect(readVias(parsed(octets).headers).map(({ transport }) => transport)).toEqual([
      'UDP',
      'SCTP',
      'TLS',
      'UNKNOWN',
      'TCP',
    ]);
  },
  mpart01(octets) {
    const { headers, body } = parsedRequest(octets);
    const type = readContentType(headers);
    expect([type?.value, type?.params.get('boundary')]).toEqual(['multipart/mixed', '7a9cbec02ceef655']);
    expect(body).toHaveLength(553);
    // The binary part, with octets that are no UTF-8, NULs and line ends, to the last one.
    const start = Buffer.from(body).indexOf(Buffer.from('30820152', 'hex'));
    expect(Buffer.from(body.subarray(start + 338, start + 342)).toString('hex')).toBe('bc99d005');
    expect(textOf(body.subarray(start + 342))).toBe('\r\n--7a9cbec02ceef655--\r\n');
  },
  unreason(octets) {
    const { status, reason } = parsedResponse(octets);
    expect([status, reason]).toEqual([200, '= 2**3 * 5**2 но сто девяносто девять - простое']);
  },
  noreason(octets) {
    const { status, reason } = parsedResponse(octets);
    expect([status, reason]).toEqual([100, '']);
  },
};

/** RFC 4475 §3.1.2, and §3.3 where the syntax shows it: refused, why, and the status to answer; undefined: dropped. */
const refusals: Record<string, readonly [malformed: string, detail: string, status: number | undefined]> = {
  badinv01: ['header-value', 'Via', 400],
  clerr: ['content-length', '9999', 400],
  ncl: ['header-value', 'Content-Length', 400],
  scalar02: ['header-value', 'CSeq', 400],
  scalarlg: ['header-value', 'CSeq', undefined],
  quotbal: ['header-value', 'To', 400],
  ltgtruri: ['request-uri', '<sip:user@example.com>', 400],
  lwsruri: ['start-line', 'white space', 400],
  lwsstart: ['start-line', 'white space', 400],
  trws: ['start-line', 'white space', 400],
  escruri: ['request-uri', 'sip:user@example.com?Route=%3Csip:example.com%3E', 400],
  regbadct: ['header-value', 'Contact', 400],
  badaspec: ['header-value', 'To', 400],
  badvers: ['version', '7.0', 505],
  mismatch01: ['cseq-mismatch', 'INVITE', 400],
  mismatch02: ['cseq-mismatch', 'INVITE', 400],
  bigcode: ['status', '4294967301 better not break the receiver', undefined],
  insuf: ['missing-header', 'From', 400],
  multi01: ['repeated-header', 'From', 400],
  mcl01: ['repeated-header', 'Content-Length', 400],
};

describe('RFC 4475, well-formed messages (§3.1.1)', () => {
  for (const [name, check] of Object.entries(wellFormed)) {
    it(`understands ${name}`, () => check(tortureOctets(name)));
    it(`writes ${name} so that it reads the same`, () => {
      const message = parsed(tortureOctets(name));
      const again = parsed(serialiseSipMessage(message));
      expect(again).toMatchObject({ kind: message.kind, body: message.body });
      const fields = (each: SipMessage) =>
        [...each.headers.entries()].filter((field) => field.name !== 'Content-Length');
      expect(fields(again)).toEqual(fields(message));
    });
  }
});

describe('RFC 4475, malformed messages (§3.1.2, §3.3.1, §3.3.8, §3.3.9)', () => {
  for (const [name, [malformed, detail, status]] of Object.entries(refusals)) {
    const answer = status === undefined ? 'drops' : `answers ${status} to`;
    it(`${answer} ${name}: ${malformed} ${detail}`, () => {
      const reading = refused(tortureOctets(name));
      expect([reading.malformed, reading.detail, reading.suggestedStatus]).toEqual([malformed, detail, status]);
      // Who answers finds the fields that an answer copies, as far as the message has them.
      expect(reading.partial?.headers.has('Via')).toBe(status === undefined ? undefined : true);
      expect(reading.partial?.headers.has('CSeq')).toBe(status === undefined ? undefined : true);
    });
  }

  it('passes over the Date of baddate, which it does not use', () => {
    expect(parsed(tortureOctets('baddate')).headers.get('Date')).toBe('Fri, 01 Jan 2010 16:00:00 EST');
  });

  it('infers the quotes that the display names of baddn lack', () => {
    const { headers } = parsed(tortureOctets('baddn'));
    expect([readFrom(headers)?.displayName, readTo(headers)?.displayName]).toEqual([
      'Bell, Alexander',
      'Watson, Thomas',
    ]);
    expect(formatNameAddr(readTo(headers) as NameAddr)).toBe('"Watson, Thomas" <sip:t.watson@example.org>');
  });
});

describe('RFC 4475, transactions and application (§3.2–3.4)', () => {
  it('badbranch: reads a branch that is a cookie and no more, for the transaction layer to distrust', () => {
    expect(branches(parsed(tortureOctets('badbranch')))).toEqual(['z9hG4bK']);
  });

  it('unkscm, novelsc: 416 for a Request-URI of a scheme that is not served', () => {
    expect(parsedRequest(tortureOctets('unkscm')).uri).toEqual({
      kind: 'other',
      scheme: 'nobodyknowsthisscheme',
      text: 'totallyopaquecontent',
    });
    expect(parsedRequest(tortureOctets('novelsc')).uri.scheme).toBe('soap.beep');
    expect(screened('unkscm')?.status).toBe(416);
    expect(screened('novelsc')?.status).toBe(416);
  });

  it('unksm2: reads other schemes in To, From and Contact, and refuses to register one with 400', () => {
    const { headers } = parsed(tortureOctets('unksm2'));
    expect([uriText(readTo(headers)), uriText(readFrom(headers)), uriText(readContacts(headers)[0])]).toEqual([
      'isbn:2983792873',
      'http://www.example.com',
      'name:John_Smith',
    ]);
    expect(screened('unksm2')?.status).toBe(400);
  });

  it('bext01: 420 that lists what Require names, not what Proxy-Require names', () => {
    expect(screened('bext01')).toMatchObject({
      status: 420,
      headers: [['Unsupported', 'nothingSupportsThis, nothingSupportsThisEither']],
    });
    const { headers } = parsed(tortureOctets('bext01'));
    expect(readTokens(headers, 'Proxy-Require')).toEqual(['noProxiesSupportThis', 'norDoAnyProxiesSupportThis']);
  });

  it('invut: 415 that lists what would be accepted', () => {
    expect(screened('invut')).toMatchObject({ status: 415, headers: [['Accept', 'application/sdp, multipart/mixed']] });
  });

  it('regaut01: reads on past an authorization scheme that nobody knows', () => {
    expect(parsed(tortureOctets('regaut01')).headers.get('Authorization')).toBe(
      'NoOneKnowsThisScheme opaque-data=here',
    );
    expect(screened('regaut01')).toBeUndefined();
  });

  it('bcast: drops a response with a second Via, whosever that is', () => {
    expect(isMisrouted(parsedResponse(tortureOctets('bcast')))).toBe(true);
    expect(isMisrouted(parsedResponse(tortureOctets('unreason')))).toBe(false);
  });

  it('zeromf: serves a request with no hops left, being its end', () => {
    expect(readMaxForwards(parsed(tortureOctets('zeromf')).headers)).toBe(0);
    expect(screened('zeromf')).toBeUndefined();
  });

  it('cparam01: without brackets a parameter is the header’s; cparam02: within them it is the URI’s', () => {
    const [outside] = readContacts(parsed(tortureOctets('cparam01')).headers);
    expect([uriText(outside), outside?.params.has('unknownparam')]).toEqual(['sip:+19725552222@gw1.example.net', true]);
    const [inside] = readContacts(parsed(tortureOctets('cparam02')).headers);
    expect([uriText(inside), inside?.params.size]).toEqual(['sip:+19725552222@gw1.example.net;unknownparam', 0]);
  });

  it('regescrt: keeps the header that a Contact URI carries', () => {
    const { headers } = parsed(tortureOctets('regescrt'));
    expect(uriText(readContacts(headers)[0])).toBe('sip:user@example.com?Route=%3Csip:sip.example.com%3E');
    expect(hasStarContact(headers)).toBe(false);
  });

  it('sdp01: 406, since no answer in SDP would be read', () => {
    expect(screened('sdp01')?.status).toBe(406);
  });

  it('inv2543: takes an INVITE of RFC 2543, without branch, From tag, Max-Forwards and Content-Length', () => {
    const request = parsedRequest(tortureOctets('inv2543'));
    expect(branches(request)).toEqual([undefined]);
    expect(readFrom(request.headers)?.params.has('tag')).toBe(false);
    expect(uriText(readTo(request.headers))).toBe('sip:+16505552222@ss1.example.net');
    expect(readRecordRoutes(request.headers).map(uriText)).toEqual(['sip:UserB@example.com;maddr=ss1.example.com']);
    expect(request.body).toHaveLength(105);
    expect(screened('inv2543')).toBeUndefined();
  });

  it('answers 501 to the methods of intmeth and esc02, which nobody knows, and lists those that are served', () => {
    for (const name of ['intmeth', 'esc02']) {
      expect(screened(name)).toMatchObject({
        status: 501,
        headers: [['Allow', 'INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, MESSAGE']],
      });
    }
  });
});

describe('RFC 5118, IPv6', () => {
  it('ipv6-good: reads references in Request-URI, Via and Contact', () => {
    const { uri, headers } = parsedRequest(tortureOctets('ipv6-good'));
    expect(uri).toMatchObject({ host: '[2001:db8::10]' });
    expect(readTopVia(headers)?.host).toBe('[2001:db8::9:1]');
    expect(uriText(readContacts(headers)[0])).toBe('sip:caller@[2001:db8::1]');
  });

  it('ipv6-bad: 400 for an address without brackets', () => {
    expect(refused(tortureOctets('ipv6-bad'))).toMatchObject({ malformed: 'request-uri', suggestedStatus: 400 });
  });

  it('port-ambiguous: takes what is within the brackets as address; port-unambiguous: what is outside as port', () => {
    const ambiguous = parsedRequest(tortureOctets('port-ambiguous')).uri;
    expect(ambiguous).toMatchObject({ host: '[2001:db8::10:5070]' });
    expect('port' in ambiguous).toBe(false);
    expect(parsedRequest(tortureOctets('port-unambiguous')).uri).toMatchObject({ host: '[2001:db8::10]', port: 5070 });
  });

  it('via-received-param-with-delim, -no-delim: reads received with brackets and without', () => {
    const received = (name: string) => readTopVia(parsed(tortureOctets(name)).headers)?.params.get('received');
    expect(received('via-received-param-with-delim')).toBe('[2001:db8::9:255]');
    expect(received('via-received-param-no-delim')).toBe('2001:db8::9:255');
  });

  it('ipv6-in-sdp: reads the addresses of origin and connection', () => {
    const request = parsedRequest(tortureOctets('ipv6-in-sdp'));
    expect(addresses(request)).toMatchObject({
      origin: { family: 'IP6', address: '2001:db8::20' },
      connection: { family: 'IP6', address: '2001:db8::20' },
      media: [
        { type: 'audio', port: 6000 },
        { type: 'video', port: 6024 },
      ],
    });
    // As printed its Content-Length is 17 more than there is, less than two for each of the nine lines.
    expect(parseSipMessage(tortureOctets('ipv6-in-sdp'))).toMatchObject({ warnings: ['content-length-miscounted'] });
  });

  it('mult-ip-in-header: reads both families side by side', () => {
    const vias = readVias(parsed(tortureOctets('mult-ip-in-header')).headers);
    expect(vias.map(({ host, port, params }) => [host, port, params.get('received')])).toEqual([
      ['[2001:db8::9:1]', 6050, undefined],
      ['192.0.2.1', undefined, undefined],
      ['[2001:db8::9:255]', undefined, '192.0.2.200'],
    ]);
  });

  it('mult-ip-in-sdp: reads a connection of its own for each stream', () => {
    expect(addresses(parsedRequest(tortureOctets('mult-ip-in-sdp')))).toMatchObject({
      media: [
        { type: 'audio', connection: { family: 'IP4', address: '192.0.2.1' } },
        { type: 'video', connection: { family: 'IP6', address: '2001:db8::1' } },
      ],
    });
  });

  it('ipv4-mapped-ipv6: reads IPv4 addresses in IPv6 clothes', () => {
    const request = parsedRequest(tortureOctets('ipv4-mapped-ipv6'));
    expect(readVias(request.headers).map(({ host, port }) => [host, port])).toEqual([
      ['[::ffff:192.0.2.10]', 19823],
      ['[::ffff:192.0.2.2]', undefined],
    ]);
    expect(uriText(readContacts(request.headers)[0])).toBe('sip:ted@[::ffff:192.0.2.2]');
    expect(addresses(request)).toMatchObject({ connection: { family: 'IP6', address: '::ffff:192.0.2.2' } });
  });

  it('ipv6-bug-abnf-3-colons: takes the colon too many for what it is; -2-colons: reads the same address', () => {
    for (const name of ['ipv6-bug-abnf-3-colons', 'ipv6-correct-abnf-2-colons']) {
      const { uri, headers } = parsedRequest(tortureOctets(name));
      expect(uri).toMatchObject({ user: 'user', host: '[2001:db8::192.0.2.1]' });
      expect(uriText(readTo(headers))).toBe('sip:user@[2001:db8::192.0.2.1]');
    }
  });
});

describe('the archives of the RFCs', () => {
  const sums = readFileSync(new URL('../../vectors/sip-torture/SHA256SUMS', import.meta.url), 'utf8');
  const archived = sums
    .trim()
    .split('\n')
    .map((line) => line.split('  ') as [sum: string, name: string]);
  /** As RFC 5118's archive has it: lines that end in LF, no empty line behind the headers of §4.10. */
  const inArchive = (name: string) => {
    const octets = Buffer.from(tortureOctets(name));
    if (archived.findIndex(([, each]) => each === name) < 49) return octets;
    const text = octets.toString('latin1').replaceAll('\r\n', '\n');
    return Buffer.from(/^ipv6-(?:bug|correct)-/.test(name) ? text.slice(0, -1) : text, 'latin1');
  };

  it('have these 49 and 12 messages, octet for octet', () => {
    expect(archived.map(([, name]) => name).sort()).toEqual([...tortureNames].sort());
    const sumOf = (name: string) => createHash('sha256').update(inArchive(name)).digest('hex');
    expect(archived.map(([, name]) => [sumOf(name), name])).toEqual(archived);
  });

  it('are read the same with line ends that are LF only', () => {
    for (const [, name] of archived.slice(49)) {
      const whole = parseSipMessage(tortureOctets(name));
      const bare = parseSipMessage(inArchive(name));
      expect([name, bare.ok]).toEqual([name, whole.ok]);
      if (whole.ok && bare.ok) {
        expect(bare.warnings).toContain('bare-lf');
        expect([...bare.message.headers.entries()]).toEqual([...whole.message.headers.entries()]);
        expect(textOf(bare.message.body).trimEnd().split('\n').length).toBe(
          textOf(whole.message.body).trimEnd().split('\r\n').length,
        );
      }
    }
  });
});
