/**
 * Reads lists of revoked certificates (CRL, RFC 5280 §5), PEM or DER, by the schemas of @peculiar/asn1-x509: whose it is, signed by
 * whom, until when it holds, and what stands in it. Pure, and slow with long ones: some 10 000 a second. Whole lists of one
 * authority alone: no deltas, no lists of others' certificates, no lists of some reasons only.
 */
import { constants, createHash, verify, X509Certificate } from 'node:crypto';
import { id_RSASSA_PSS, RsaSaPssParams } from '@peculiar/asn1-rsa';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  type AlgorithmIdentifier,
  Certificate,
  CertificateList,
  IssuingDistributionPoint,
  id_ce_authorityKeyIdentifier,
  id_ce_cRLNumber,
  id_ce_deltaCRLIndicator,
  id_ce_issuingDistributionPoint,
} from '@peculiar/asn1-x509';
import { nameKey, serialOf } from './card-certificate.ts';
import type { RevokedCards } from './card-grant.ts';

/** Octets of one file: some 200 000 entries. */
export const listBytesMax = 8 * 1024 * 1024;

export interface CardList extends RevokedCards {
  /** Of what it is one: its authority, by which of its keys, and of which part of its certificates. */
  readonly scope: string;
  /** When it was made; of two of one time the higher number is the later (RFC 5280 §5.2.3). */
  readonly madeUtcMs: number;
  readonly number: bigint;
  /** The key that signed it: Authority.key. */
  readonly signer: string;
  /** It says which that is (RFC 5280 §5.2.1), so that the handshake finds it among several of one name. */
  readonly isKeyed: boolean;
  /** As the TLS library takes it. */
  readonly pem: string;
}

export interface Authority {
  readonly certificate: X509Certificate;
  /** As RevokedCards.issuer. */
  readonly name: string;
  /** SHA-256 of its public key (SPKI): two of one name are told apart by it, one with a new certificate is the same. */
  readonly key: string;
}

/** Certificates of a PEM file that issue others. @throws Error in words, never with what stands in the file */
export function readAuthorities(pem: string): readonly Authority[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]{1,65536}-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error('holds no certificate in PEM');
  return blocks.map((block) => {
    const certificate = readAuthority(block);
    if (!certificate.ca) throw new Error('holds a certificate that is of no authority');
    const name = nameKey(AsnConvert.parse(certificate.raw, Certificate).tbsCertificate.subject);
    const key = createHash('sha256')
      .update(certificate.publicKey.export({ format: 'der', type: 'spki' }))
      .digest('hex');
    return { certificate, name, key };
  });
}

/** Every list of a file. @throws Error in words, never with what stands in the file */
export function readCardLists(octets: Uint8Array, authorities: readonly Authority[]): readonly CardList[] {
  if (octets.length > listBytesMax) throw new Error(`is longer than ${listBytesMax} octets`);
  const lists = dersOf(octets).map((der) => readList(der, authorities));
  if (lists.length === 0) throw new Error('is empty');
  return lists;
}

/** An older list of the same than another: what was revoked between them it does not know. */
export function isOlderList(one: CardList, other: CardList): boolean {
  if (one.scope !== other.scope) return false;
  if (one.madeUtcMs !== other.madeUtcMs) return one.madeUtcMs < other.madeUtcMs;
  return one.number < other.number;
}

function readList(der: Uint8Array, authorities: readonly Authority[]): CardList {
  const list = parsed(der);
  const { tbsCertList, tbsCertListRaw, signatureAlgorithm, signature } = list;
  const { issuer: name, thisUpdate, nextUpdate, revokedCertificates = [], crlExtensions = [] } = tbsCertList;
  const issuer = nameKey(name);
  const own = authorities.filter((authority) => authority.name === issuer);
  if (own.length === 0) throw new Error('is a list of another authority');
  const signed = new Uint8Array(tbsCertListRaw ?? new ArrayBuffer(0));
  const signer = own.find(({ certificate }) =>
    isSignedBy(certificate, signatureAlgorithm, signed, new Uint8Array(signature)),
  )?.key;
  if (signer === undefined) throw new Error('is not signed by its authority');
  if (nextUpdate === undefined) throw new Error('says not until when it holds (nextUpdate)');
  for (const { extnID, extnValue } of crlExtensions) {
    if (extnID === id_ce_deltaCRLIndicator) throw new Error('is a delta list: the complete one is needed');
    if (extnID !== id_ce_issuingDistributionPoint) continue;
    const { indirectCRL, onlySomeReasons } = AsnConvert.parse(extnValue, IssuingDistributionPoint);
    if (indirectCRL || onlySomeReasons !== undefined)
      throw new Error('is a list for some reasons, or of others, alone');
  }
  const extension = (id: string): string => {
    const found = crlExtensions.find(({ extnID }) => extnID === id);
    return found === undefined ? '' : Buffer.from(found.extnValue.buffer).toString('hex');
  };
  // An INTEGER of at most 20 octets, and so with two before it.
  const number = extension(id_ce_cRLNumber).slice(4);
  return {
    issuer,
    scope: [issuer, signer, extension(id_ce_issuingDistributionPoint)].join(' '),
    signer,
    isKeyed: extension(id_ce_authorityKeyIdentifier) !== '',
    madeUtcMs: thisUpdate.getTime().getTime(),
    number: number === '' ? 0n : BigInt(`0x${number}`),
    nextUtcMs: nextUpdate.getTime().getTime(),
    serials: new Set(revokedCertificates.map(({ userCertificate }) => serialOf(userCertificate))),
    pem: pemOf(der),
  };
}

function readAuthority(block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch {
    throw new Error('holds a certificate that cannot be read');
  }
}

function parsed(der: Uint8Array): CertificateList {
  try {
    return AsnConvert.parse(der, CertificateList, { berOptions: { maxNodes: 4_000_000 } });
  } catch {
    throw new Error('is no list of revoked certificates (CRL)');
  }
}

/** Of PEM each block; else the whole. */
function dersOf(octets: Uint8Array): readonly Uint8Array[] {
  if (octets[0] === 0x30) return [octets];
  const text = Buffer.from(octets).toString('latin1');
  const blocks = text.matchAll(/-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/g);
  return [...blocks].map(([, body = '']) => Buffer.from(body, 'base64'));
}

function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`;
}

/** RFC 4055, 5758, 8410: nothing signed by SHA-1 or less. Null: the key's own. */
const digests: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
  '1.3.101.113': null,
};
const pssDigests: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

function isSignedBy(
  { publicKey: key }: X509Certificate,
  { algorithm, parameters }: AlgorithmIdentifier,
  signed: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    if (algorithm === id_RSASSA_PSS) {
      const { hashAlgorithm } = AsnConvert.parse(parameters ?? new ArrayBuffer(0), RsaSaPssParams);
      const digest = pssDigests[hashAlgorithm.algorithm];
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      return digest !== undefined && verify(digest, signed, { key, padding }, signature);
    }
    const digest = digests[algorithm];
    return digest !== undefined && verify(digest, signed, key, signature);
  } catch {
    return false; // a key of another kind than the signature says
  }
}
