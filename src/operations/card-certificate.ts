/**
 * Reads certificates of smart cards (X.509, RFC 5280 §4) by the schemas of @peculiar/asn1-x509. Pure; what does not read is a
 * value, not an error.
 */
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  Certificate,
  CertificatePolicies,
  DirectoryString,
  ExtendedKeyUsage,
  type GeneralName,
  id_ce_certificatePolicies,
  id_ce_extKeyUsage,
  id_ce_subjectAltName,
  type Name,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509';
import type { CardCertificate } from './card-grant.ts';

const commonName = '2.5.4.3';
const serialNumber = '2.5.4.5';
/** Of Microsoft, in an otherName: what a card is logged in by at a Windows domain. */
const userPrincipalName = '1.3.6.1.4.1.311.20.2.3';

/** Undefined: it is no certificate, or one with extensions that are none. `der`: anything. */
export function readCardCertificate(der: Uint8Array): CardCertificate | undefined {
  try {
    const { tbsCertificate } = AsnConvert.parse(der, Certificate);
    const { serialNumber: serial, issuer, subject, validity, extensions = [] } = tbsCertificate;
    const extension = <Read>(id: string, type: new () => Read): Read | undefined => {
      const found = extensions.find(({ extnID }) => extnID === id);
      return found === undefined ? undefined : AsnConvert.parse(found.extnValue, type);
    };
    const names = extension(id_ce_subjectAltName, SubjectAlternativeName) ?? [];
    return {
      serial: serialOf(serial),
      issuer: nameKey(issuer),
      names: {
        'serial-number': valuesOf(subject, serialNumber),
        'common-name': valuesOf(subject, commonName),
        email: [...names].flatMap(({ rfc822Name }) => rfc822Name ?? []),
        upn: [...names].flatMap(principalOf),
      },
      purposes: [...(extension(id_ce_extKeyUsage, ExtendedKeyUsage) ?? [])],
      policies: [...(extension(id_ce_certificatePolicies, CertificatePolicies) ?? [])].map(
        ({ policyIdentifier }) => policyIdentifier,
      ),
      fromUtcMs: validity.notBefore.getTime().getTime(),
      toUtcMs: validity.notAfter.getTime().getTime(),
    };
  } catch {
    return undefined; // what a far end sent can be anything, and the library throws at all of it
  }
}

/** A serial number, hexadecimal, whatever zeros stand before it. */
export function serialOf(octets: ArrayBuffer): string {
  return Buffer.from(octets)
    .toString('hex')
    .replace(/^(?:00)+(?=..)/, '');
}

/** A name by which authorities are told apart: its DER, hexadecimal. */
export function nameKey(name: Name): string {
  return Buffer.from(AsnConvert.serialize(name)).toString('hex');
}

function valuesOf(name: Name, type: string): string[] {
  return [...name].flatMap((parts) => [...parts].filter((part) => part.type === type).map(({ value }) => `${value}`));
}

function principalOf({ otherName }: GeneralName): string[] {
  if (otherName?.typeId !== userPrincipalName) return [];
  return [`${AsnConvert.parse(otherName.value, DirectoryString)}`];
}
