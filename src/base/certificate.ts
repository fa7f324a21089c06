/**
 * What a certificate in PEM is worth: whose it is, how long it holds, whether a key is its own, whether it names a far
 * end. Pure: files are read, and clocks asked, by others.
 *
 * Standards: RFC 5280; RFC 5922 §7.1, §7.2 for the names of SIP domains.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** So long before its end a certificate is spoken of: time to have a new one made, signed and carried to a site. */
export const certificateWarnDays = 30;
const dayMs = 86_400_000;

export type CertificateReading =
  | { readonly ok: true; readonly leaf: X509Certificate; readonly expiresUtcMs: number; readonly warning?: string }
  | { readonly ok: false; readonly part: 'certificate' | 'key' | 'ca'; readonly reason: string };

export interface CertificateTexts {
  /** Ours first, then those that signed it, if any. */
  readonly certificate: string;
  readonly key: string;
  readonly ca?: string | undefined;
}

/** Judges a certificate with its key at a time. */
export function readCertificate({ certificate, key, ca }: CertificateTexts, utcMs: number): CertificateReading {
  const [leaf] = readPem(certificate) ?? [];
  if (leaf === undefined) return { ok: false, part: 'certificate', reason: 'holds no certificate in PEM' };
  const fault = validityFault(leaf, utcMs);
  if (fault !== undefined) return { ok: false, part: 'certificate', reason: fault };
  const privateKey = readKey(key);
  if (privateKey === undefined)
    return { ok: false, part: 'key', reason: 'holds no private key in PEM without password' };
  if (!leaf.checkPrivateKey(privateKey)) {
    return { ok: false, part: 'key', reason: 'is not the key of the certificate' };
  }
  const authorities = ca === undefined ? [] : readPem(ca);
  if (authorities === undefined || (ca !== undefined && authorities.length === 0)) {
    return { ok: false, part: 'ca', reason: 'holds no certificate in PEM' };
  }
  for (const authority of authorities) {
    const authorityFault = validityFault(authority, utcMs);
    if (authorityFault !== undefined) return { ok: false, part: 'ca', reason: authorityFault };
  }
  const expiresUtcMs = Math.min(...[leaf, ...authorities].map(({ validToDate }) => validToDate.getTime()));
  const days = Math.floor((expiresUtcMs - utcMs) / dayMs);
  const warning = days < certificateWarnDays ? { warning: `expires in ${days} days: have a new one made` } : {};
  return { ok: true, leaf, expiresUtcMs, ...warning };
}

/** Certificates of a PEM text in order; undefined if one of them is broken. */
export function readPem(text: string): readonly X509Certificate[] | undefined {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]{1,65536}-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined; // whatever OpenSSL finds wrong in it, the remedy is another file
  }
}

/** Whether a certificate is of whoever we mean: an IP address, or the domain in its URI, DNS or, failing both, CN. */
export function namesFarEnd(certificate: X509Certificate, name: string): boolean {
  if (isIP(name) !== 0) return certificate.checkIP(name) !== undefined;
  const wanted = name.toLowerCase();
  const names = domainsOf(certificate);
  // RFC 5922 §7.2: no wildcards.
  if (names.length > 0) return names.includes(wanted);
  return /^CN=(.+)$/m.exec(certificate.subject)?.[1]?.toLowerCase() === wanted;
}

/** Domains that it names as subject, of `sip:` URIs and DNS. */
function domainsOf({ subjectAltName }: X509Certificate): string[] {
  const names: string[] = [];
  for (const [, kind, value = ''] of (subjectAltName ?? '').matchAll(/(DNS|URI):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)) {
    if (value.startsWith('"')) continue; // a name with characters that none has
    if (kind === 'DNS') names.push(value.toLowerCase());
    // A URI with a user is somebody's, not the domain's.
    else if (/^sip:[^@;?:]+$/i.test(value)) names.push(value.slice(4).toLowerCase());
  }
  return names;
}

/** Whether one of the authorities signed the first of a chain, itself or through those behind it. */
export function isSignedBy(chain: readonly X509Certificate[], authorities: readonly X509Certificate[]): boolean {
  for (const [index, link] of chain.entries()) {
    if (authorities.some((authority) => isIssuer(authority, link))) return true;
    const next = chain[index + 1];
    if (next === undefined || !isIssuer(next, link)) return false;
  }
  return false;
}

function isIssuer(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function readKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined; // no key, or one with a password
  }
}

/** Why a certificate does not hold at a time; undefined where it does. */
export function validityFault({ validFromDate, validToDate }: X509Certificate, utcMs: number): string | undefined {
  if (validToDate.getTime() <= utcMs) return `has expired on ${dayOf(validToDate)}`;
  return validFromDate.getTime() > utcMs ? `is not valid before ${dayOf(validFromDate)}` : undefined;
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
