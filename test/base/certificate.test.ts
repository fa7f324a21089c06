import { X509Certificate } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { isSignedBy, namesFarEnd, readCertificate, readPem } from '../../src/base/certificate.ts';
import { Authority, textOf } from './certificates.ts';

const [ours, other] = [new Authority(), new Authority()];
afterAll(() => [ours, other].forEach((each) => void each.close()));

const dayMs = 86_400_000;
const issued = ours.issue({ names: 'DNS:gw.example,IP:192.0.2.1' });
const texts = { certificate: textOf(issued.certificate), key: textOf(issued.key), ca: textOf(ours.ca) };

describe('a certificate with its key', () => {
  it('is read with the day on which it ends', () => {
    const reading = readCertificate(texts, Date.now());
    if (!reading.ok) expect.fail(reading.reason);
    expect(Math.round((reading.expiresUtcMs - Date.now()) / dayMs)).toBe(365);
    expect(reading.warning).toBeUndefined();
  });

  it('is warned of from 30 days before it ends, and refused from then on and before it begins', () => {
    const at = (days: number) => readCertificate(texts, Date.now() + days * dayMs);
    expect(at(334)).not.toHaveProperty('warning');
    expect(at(336)).toMatchObject({ ok: true, warning: 'expires in 28 days: have a new one made' });
    expect(at(366)).toMatchObject({
      ok: false,
      part: 'certificate',
      reason: expect.stringMatching(/^has expired on 20/),
    });
    expect(at(-2)).toMatchObject({ ok: false, reason: expect.stringMatching(/^is not valid before 20/) });
  });

  it.each([
    ['the key of another', { key: textOf(ours.issue().key) }, 'key', 'is not the key of the certificate'],
    ['no key', { key: texts.certificate }, 'key', 'holds no private key in PEM without password'],
    ['no certificate', { certificate: texts.key }, 'certificate', 'holds no certificate in PEM'],
    [
      'a broken one',
      { certificate: texts.certificate.replace('MII', 'AAA') },
      'certificate',
      'holds no certificate in PEM',
    ],
    ['no authority', { ca: '' }, 'ca', 'holds no certificate in PEM'],
  ])('is refused with %s', (_, change, part, reason) => {
    expect(readCertificate({ ...texts, ...change }, Date.now())).toEqual({ ok: false, part, reason });
  });
});

describe('identity (RFC 5922 §7)', () => {
  const certificate = (names?: string, commonName?: string) =>
    new X509Certificate(textOf(ours.issue({ ...(names && { names }), ...(commonName && { commonName }) }).certificate));

  it('is an address, or a domain of sip: URIs and DNS names, without wildcards', () => {
    const both = certificate('DNS:a.example,URI:sip:b.example,IP:192.0.2.1,IP:2001:db8::1', 'c.example');
    const named = (name: string) => namesFarEnd(both, name);
    expect(['A.example', 'b.example', '192.0.2.1', '2001:db8::1'].map(named)).toEqual([true, true, true, true]);
    expect(['c.example', 'x.a.example', '192.0.2.2', '2001:db8::2', ''].map(named)).not.toContain(true);
    expect(namesFarEnd(certificate('DNS:*.example'), 'a.example')).toBe(false);
    expect(namesFarEnd(certificate('URI:sip:user@b.example'), 'b.example')).toBe(false);
  });

  it('is the common name where no domain is named', () => {
    expect(namesFarEnd(certificate(undefined, 'box.example'), 'box.example')).toBe(true);
    expect(namesFarEnd(certificate('IP:192.0.2.1', 'box.example'), 'box.example')).toBe(true);
    expect(namesFarEnd(certificate(undefined, 'box.example'), 'box')).toBe(false);
  });

  it('counts when an authority of ours signed it', () => {
    const [leaf] = readPem(texts.certificate)!;
    expect(isSignedBy([leaf!], readPem(texts.ca)!)).toBe(true);
    expect(isSignedBy([leaf!], readPem(textOf(other.ca))!)).toBe(false);
    // A chain is followed only where each link signed the one before it.
    expect(isSignedBy([leaf!, ...readPem(textOf(other.ca))!], readPem(textOf(other.ca))!)).toBe(false);
    expect(isSignedBy([], readPem(texts.ca)!)).toBe(false);
  });
});
