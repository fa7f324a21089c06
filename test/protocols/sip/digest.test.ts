import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerChallenge,
  type DigestChallenge,
  digestResponse,
  parseAuthValues,
  readChallenge,
} from '../../../src/protocols/sip/digest.ts';
import {
  DigestServer,
  type DigestServerSettings,
  type DigestVerdict,
} from '../../../src/protocols/sip/digest-server.ts';
import { noBody, SipHeaders, type SipRequest } from '../../../src/protocols/sip/message.ts';
import { parseUri } from '../../../src/protocols/sip/uri.ts';
import { parsedRequest, tortureOctets } from './messages.ts';

const mufasa = { username: 'Mufasa', password: 'Circle of Life' };
const index = { method: 'GET', uri: '/dir/index.html', body: noBody };

describe('the response', () => {
  const rfc7616 = {
    ...mufasa,
    realm: 'http-auth@example.org',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    nc: '00000001',
    qop: 'auth',
    subject: index,
  } as const;

  it('is that of RFC 7616 §3.9.1, MD5 and SHA-256', () => {
    expect(digestResponse({ ...rfc7616, algorithm: 'MD5' })).toBe('8ca523f5e9506fed4657c9700eebdbec');
    expect(digestResponse({ ...rfc7616, algorithm: 'SHA-256' })).toBe(
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    );
  });

  const rfc2617 = {
    username: 'Mufasa',
    password: 'Circle Of Life',
    realm: 'testrealm@host.com',
    nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    cnonce: '0a4f113b',
    nc: '00000001',
    algorithm: 'MD5',
    subject: index,
  } as const;

  it('is that of RFC 2617 §3.5', () => {
    expect(digestResponse({ ...rfc2617, qop: 'auth' })).toBe('6629fae49393a05397450978507c4ef1');
  });

  it('without qop is that of RFC 2069 §2.4 as its erratum 749 corrects it', () => {
    const input = { ...rfc2617, password: 'CircleOfLife' };
    expect(digestResponse(input)).toBe('1949323746fe6a43ef61f9606e7febea');
  });
});

describe('challenges', () => {
  it('are read with quotes, escapes, lists and several in one field', () => {
    const values = parseAuthValues('Digest realm="a \\"b\\", c", qop="auth,auth-int",nonce=x , Basic realm=y');
    expect(values?.map(({ scheme, params }) => [scheme, Object.fromEntries(params)])).toEqual([
      ['digest', { realm: 'a "b", c', qop: 'auth,auth-int', nonce: 'x' }],
      ['basic', { realm: 'y' }],
    ]);
    for (const text of [
      '',
      ',',
      'realm="a"',
      'Digest realm=',
      'Digest realm="a',
      'Digest realm="a" nonce="b"',
      'Digest =x',
    ]) {
      expect(parseAuthValues(text)).toBeUndefined();
    }
  });

  it('any text gives values or undefined', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('Digest ', 'a', '=', '"', ',', ' ', '\\', 'b=c', 'é')), (parts) => {
        const values = parseAuthValues(parts.join(''));
        expect(values === undefined || values.length > 0).toBe(true);
      }),
    );
  });

  it('the strongest that we know is taken, whatever the order (RFC 8760 §2.4 leaves that to us)', () => {
    const headers = new SipHeaders([
      ['WWW-Authenticate', 'Digest realm="r", nonce="1", algorithm=MD5, qop="auth"'],
      ['WWW-Authenticate', 'NewScheme realm="r", nonce="0"'],
      ['WWW-Authenticate', 'Digest realm="r", nonce="2", algorithm=SHA-256, qop="auth", opaque="o", stale=TRUE'],
      ['WWW-Authenticate', 'Digest realm="r", nonce="3", algorithm=SHA-9000, qop="auth"'],
      ['WWW-Authenticate', 'Digest realm="r", nonce="4", algorithm=SHA-512-256, qop="auth-weird"'],
    ]);
    expect(readChallenge(headers, 'WWW-Authenticate')).toEqual({
      realm: 'r',
      nonce: '2',
      algorithm: 'SHA-256',
      qop: 'auth',
      opaque: 'o',
      stale: true,
    });
    expect(readChallenge(headers, 'Proxy-Authenticate')).toBeUndefined();
  });

  it('are answered with all that RFC 7616 §3.4 asks for', () => {
    const challenge: DigestChallenge = {
      realm: 'r"1',
      nonce: 'n',
      opaque: 'o',
      algorithm: 'SHA-256',
      qop: 'auth',
      stale: false,
    };
    const text = answerChallenge(challenge, mufasa, { ...index, uri: 'sip:r' }, { cnonce: 'c', nonceCount: 171 });
    const [value] = parseAuthValues(text) ?? [];
    expect(Object.fromEntries(value?.params ?? [])).toMatchObject({
      username: 'Mufasa',
      realm: 'r"1',
      nonce: 'n',
      uri: 'sip:r',
      algorithm: 'SHA-256',
      cnonce: 'c',
      qop: 'auth',
      nc: '000000ab',
      opaque: 'o',
    });
    const { qop: _, ...old } = challenge;
    expect(answerChallenge(old, mufasa, index, { cnonce: 'c', nonceCount: 1 })).not.toMatch(/cnonce|nc=|qop/);
  });
});

describe('the server', () => {
  const settings: DigestServerSettings = {
    realm: 'escaut',
    secret: Buffer.alloc(32, 7),
    algorithms: ['SHA-256', 'MD5'],
    nonceLifetimeMs: 300_000,
    noncesMax: 3,
    guessesMax: 10,
    guessWindowMs: 600_000,
  };
  const passwords = new Map([
    ['box', 'sésame'],
    ['other', 'x'],
  ]);
  const uri = 'sip:escaut.example';

  function request(authorization?: string, method = 'REGISTER', to = uri): SipRequest {
    const headers = new SipHeaders(authorization === undefined ? [] : [['Authorization', authorization]]);
    return { kind: 'request', method, uri: parseUri(to) ?? expect.fail(), headers, body: noBody };
  }

  function challengeOf(server: DigestServer, nowMs = 0): DigestChallenge {
    const headers = new SipHeaders(server.challenge(nowMs, false).map((value) => ['WWW-Authenticate', value] as const));
    return readChallenge(headers, 'WWW-Authenticate') ?? expect.fail();
  }

  function signed(
    challenge: DigestChallenge,
    over: { username?: string; password?: string; nc?: number; uri?: string } = {},
  ) {
    const credentials = { username: over.username ?? 'box', password: over.password ?? 'sésame' };
    const subject = { method: 'REGISTER', uri: over.uri ?? uri, body: noBody };
    return answerChallenge(challenge, credentials, subject, { cnonce: 'c', nonceCount: over.nc ?? 1 });
  }

  function verify(
    server: DigestServer,
    authorization: string | undefined,
    nowMs = 0,
    source = '192.0.2.1',
  ): DigestVerdict {
    return server.verify(request(authorization), source, (name) => passwords.get(name), nowMs);
  }

  const passed = { result: 'passed', username: 'box' };
  const refusedAs = (cause: string) => ({ result: 'refused', cause, stale: cause === 'stale' });

  it('offers its algorithms in order, each with a nonce and qop', () => {
    const values = new DigestServer(settings).challenge(5, true);
    expect(values.map((value) => value.match(/algorithm=\S+/)?.[0])).toEqual(['algorithm=SHA-256,', 'algorithm=MD5,']);
    expect(values.every((value) => /nonce="[\w-]{38}", .*qop="auth", stale=true$/.test(value))).toBe(true);
  });

  it('lets in who knows the password, with either algorithm', () => {
    const server = new DigestServer(settings);
    expect(verify(server, signed(challengeOf(server)))).toEqual(passed);
    expect(verify(server, signed({ ...challengeOf(server), algorithm: 'MD5' }))).toEqual(passed);
  });

  it('takes an answer without qop once, and no second time', () => {
    const server = new DigestServer(settings);
    const { qop: _, ...old } = challengeOf(server);
    expect(verify(server, signed(old))).toEqual(passed);
    expect(verify(server, signed(old))).toEqual(refusedAs('stale'));
  });

  it('asks again where there are no credentials for it', () => {
    const server = new DigestServer(settings);
    const challenge = challengeOf(server);
    expect(verify(server, undefined)).toEqual(refusedAs('none'));
    expect(verify(server, parsedRequest(tortureOctets('regaut01')).headers.get('Authorization'))).toEqual(
      refusedAs('none'),
    );
    expect(verify(server, signed({ ...challenge, realm: 'elsewhere' }))).toEqual(refusedAs('none'));
    expect(verify(server, signed({ ...challenge, algorithm: 'SHA-512-256' }))).toEqual(refusedAs('none'));
    expect(verify(server, 'Digest username="')).toEqual(refusedAs('none'));
  });

  it('refuses a wrong password, method, URI or count, and anyone whom nobody knows, all alike', () => {
    const server = new DigestServer(settings);
    const challenge = challengeOf(server);
    expect(verify(server, signed(challenge, { password: 'x' }))).toEqual(refusedAs('wrong'));
    expect(verify(server, signed(challenge, { username: 'nobody' }))).toEqual(refusedAs('wrong'));
    expect(verify(server, signed(challenge, { username: 'nobody', password: 'nobody’s' }))).toEqual(refusedAs('wrong'));
    expect(verify(server, signed(challenge, { uri: 'sip:elsewhere.example' }))).toEqual(refusedAs('wrong'));
    expect(verify(server, signed(challenge).replace('nc=00000001', 'nc=1'))).toEqual(refusedAs('wrong'));
    expect(verify(server, signed(challenge).replace(/response="\w+"/, 'response=""'))).toEqual(refusedAs('wrong'));
    const invite = request(signed(challenge), 'INVITE');
    expect(server.verify(invite, '192.0.2.1', (name) => passwords.get(name), 0)).toEqual(refusedAs('wrong'));
  });

  it('calls a nonce stale after 300 s, from the future, of another server, or bent', () => {
    const server = new DigestServer(settings);
    const challenge = challengeOf(server, 1_000_000);
    expect(verify(server, signed(challenge), 1_300_000)).toEqual(passed);
    expect(verify(server, signed(challenge, { nc: 2 }), 1_300_001)).toEqual(refusedAs('stale'));
    expect(verify(server, signed(challenge, { nc: 3 }), 999_999)).toEqual(refusedAs('stale'));
    const stranger = challengeOf(new DigestServer({ ...settings, secret: Buffer.alloc(32, 8) }), 1_000_000);
    expect(verify(server, signed(stranger), 1_000_000)).toEqual(refusedAs('stale'));
    for (const nonce of [
      '',
      'x',
      `${challenge.nonce}A`,
      challenge.nonce.replace(/^../, 'AB'),
      challenge.nonce.slice(1),
    ]) {
      expect(verify(server, signed({ ...challenge, nonce }), 1_000_000)).toEqual(refusedAs('stale'));
    }
  });

  it('takes each count of a nonce once, in any order within 32', () => {
    const server = new DigestServer(settings);
    const challenge = challengeOf(server);
    const tryCount = (nc: number) => verify(server, signed(challenge, { nc })).result;
    expect([1, 3, 2, 40, 39, 9].map(tryCount)).toEqual(Array(6).fill('passed'));
    expect([1, 3, 2, 40, 39, 9, 8, 0].map(tryCount)).toEqual(Array(8).fill('refused'));
    expect([10, 41, 200, 199].map(tryCount)).toEqual(Array(4).fill('passed'));
    expect([41, 10, 168, 200].map(tryCount)).toEqual(Array(4).fill('refused'));
  });

  it('no count passes twice, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 60 }), (counts) => {
        const server = new DigestServer(settings);
        const challenge = challengeOf(server);
        const through = counts.filter((nc) => verify(server, signed(challenge, { nc })).result === 'passed');
        expect(new Set(through).size).toBe(through.length);
      }),
      { numRuns: 40 },
    );
  });

  it('remembers 3 nonces as it is told; the oldest goes, and can then not be used again', () => {
    const server = new DigestServer(settings);
    const challenges = Array.from({ length: 5 }, () => challengeOf(server));
    for (const challenge of challenges) expect(verify(server, signed(challenge))).toEqual(passed);
    expect(challenges.map((challenge) => verify(server, signed(challenge, { nc: 2 })).result)).toEqual([
      'refused',
      'refused',
      'passed',
      'passed',
      'passed',
    ]);
    expect(challenges.map((challenge) => verify(server, signed(challenge)).result)).toEqual(Array(5).fill('refused'));
  });

  it('looks at 10 wrong answers per account in 10 minutes, and answers all others alike', () => {
    const server = new DigestServer(settings);
    const guess = (password: string, nowMs: number, source = '198.51.100.9') =>
      verify(server, signed(challengeOf(server, nowMs), { password }), nowMs, source);
    for (let count = 0; count < 10; count++) expect(guess(`${count}`, 0)).toEqual(refusedAs('wrong'));
    expect(guess('sésame', 0)).toEqual(refusedAs('exhausted'));
    expect(guess('sésame', 599_999)).toEqual(refusedAs('exhausted'));
    expect(guess('sésame', 600_000)).toEqual(passed);
  });

  it('does not shut an owner out for what strangers guess', () => {
    const server = new DigestServer(settings);
    const attempt = (password: string, source: string) =>
      verify(server, signed(challengeOf(server), { password }), 0, source);
    expect(attempt('sésame', '192.0.2.1')).toEqual(passed);
    for (let count = 0; count < 20; count++) attempt('guess', '198.51.100.9');
    expect(attempt('sésame', '198.51.100.9')).toEqual(refusedAs('exhausted'));
    expect(attempt('sésame', '192.0.2.1')).toEqual(passed);
  });
});
