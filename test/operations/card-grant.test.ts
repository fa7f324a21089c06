/** Certificates and lists made by the openssl program, read and judged without a handshake. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCardCertificate } from '../../src/operations/card-certificate.ts';
import {
  type CardCertificate,
  type CardName,
  cardFault,
  cardGrant,
  cardShown,
} from '../../src/operations/card-grant.ts';
import { type CardList, readAuthorities, readCardLists } from '../../src/operations/card-list.ts';
import { CardSite, type CardWanted } from '../base/card-authorities.ts';
import { textOf } from '../base/certificates.ts';

let site: CardSite;
beforeAll(() => {
  site = new CardSite();
});
afterAll(() => site.close());

const upn = (value: string) => `otherName:1.3.6.1.4.1.311.20.2.3;UTF8:${value}`;
const whole = { verdict: undefined, isOurs: true };
const derOf = (file: string) => new X509Certificate(textOf(file)).raw;
const cardOf = (wanted: CardWanted = {}): CardCertificate => {
  const card = readCardCertificate(derOf(site.issuing.issue(wanted).certificate));
  if (card === undefined) throw new Error('a certificate of openssl is not read');
  return card;
};
const authorities = () => readAuthorities(textOf(site.authorities));
const lists = (): CardList[] =>
  [site.rootList, site.cardList].flatMap((file) => [...readCardLists(readFileSync(file), authorities())]);
const people = [{ id: 'lotte', card: '71.07.15' }, { id: 'marc', card: 'Marc@Police.BE' }, { id: 'nobody' }];
const grant = (
  card: CardCertificate | undefined,
  match: CardName,
  policies: string[] = [],
  verdict?: string,
  isOurs = true,
) => {
  const answer = cardGrant(card, { verdict, isOurs }, { match, policies }, lists(), people, Date.now());
  return answer.ok ? answer.person.id : answer.fault;
};

describe('whose card it is', () => {
  it('stands where the configuration says', () => {
    const lotte = { subject: '/CN=Lotte Müller/serialNumber=71.07.15' };
    const card = cardOf({ ...lotte, names: `email:marc@police.be,${upn('MARC@police.be')}` });
    expect(card.names['common-name']).toEqual(['Lotte Müller']);
    expect(grant(card, 'serial-number')).toBe('lotte');
    expect(grant(card, 'email')).toBe('marc');
    expect(grant(card, 'upn')).toBe('marc');
    expect(grant(card, 'common-name')).toBe('card-person');
  });

  it('is nobody when it says nothing there, or more than one thing, or names nobody', () => {
    expect(grant(cardOf(), 'serial-number')).toBe('card-person');
    expect(grant(cardOf({ names: 'email:marc@police.be,email:other@police.be' }), 'email')).toBe('card-person');
    expect(grant(cardOf({ names: 'email:marc@police.be,email:MARC@police.be' }), 'email')).toBe('marc');
    expect(grant(cardOf({ subject: '/CN=x/serialNumber=71.07.16' }), 'serial-number')).toBe('card-person');
    // Neither an empty value nor the absence of a card is somebody's.
    expect(cardGrant(cardOf(), whole, { match: 'upn', policies: [] }, lists(), [{ card: '' }], Date.now()).ok).toBe(
      false,
    );
  });

  it('is nobody’s whose name is another but for what nobody sees', () => {
    const base = { serial: '1', issuer: 'i', purposes: ['1.3.6.1.5.5.7.3.2'], policies: [], fromUtcMs: 0, toUtcMs: 9 };
    const inForce = [{ issuer: 'i', nextUtcMs: 9, serials: new Set<string>() }];
    const owner = [{ id: 'mark', card: 'mark@police.be' }];
    const whose = (value: string, match: CardName) => {
      const names = { 'serial-number': [value], 'common-name': [value], email: [value], upn: [value] };
      return cardGrant({ ...base, names }, whole, { match, policies: [] }, inForce, owner, 5).ok;
    };
    const match = fc.constantFrom<CardName>('serial-number', 'common-name', 'email', 'upn');
    const put = fc.constantFrom(
      '\0',
      '\u200b',
      '\u202e',
      '\u00ad',
      '\ufeff',
      '\n',
      '\u2028',
      '\u0301',
      '\ue000',
      ' ',
      ',',
    );
    fc.assert(
      fc.property(match, put, fc.nat(14), (by, trick, at) => {
        const value = `mark@police.be`;
        fc.pre(trick !== ' ' || (at > 0 && at < value.length));
        expect(whose(value, by)).toBe(true);
        expect(whose(value.slice(0, at) + trick + value.slice(at), by)).toBe(false);
      }),
    );
    // U+212A, the sign for kelvin, is a K once it is normalised.
    for (const by of ['serial-number', 'common-name', 'email', 'upn'] as const) {
      expect(whose('mar\u212A@police.be', by)).toBe(false);
      expect(whose('mark@police.be\0.evil', by)).toBe(false);
    }
    expect([whose('MARK@police.be', 'upn'), whose('MARK@police.be', 'common-name')]).toEqual([true, false]);
  });

  it('is shown by its end', () => {
    expect([cardShown('71071500074'), cardShown('1234'), cardShown('')]).toEqual(['…0074', '…', '…']);
  });
});

describe('a card', () => {
  const lotte = { subject: '/CN=Lotte/serialNumber=71.07.15' };

  it('is for client authentication, by its own word', () => {
    for (const purpose of ['', 'serverAuth', 'emailProtection,codeSigning', 'anyExtendedKeyUsage']) {
      expect(grant(cardOf({ ...lotte, purpose }), 'serial-number')).toBe('card-untrusted');
    }
    expect(grant(cardOf({ ...lotte, purpose: 'emailProtection,clientAuth' }), 'serial-number')).toBe('lotte');
  });

  it('bears a policy, where one is asked for', () => {
    const card = cardOf({ ...lotte, policy: '1.3.6.1.4.1.99999.1' });
    expect(grant(card, 'serial-number', ['1.3.6.1.4.1.99999.2', '1.3.6.1.4.1.99999.1'])).toBe('lotte');
    expect(grant(card, 'serial-number', ['1.3.6.1.4.1.99999.2'])).toBe('card-untrusted');
    expect(grant(cardOf(lotte), 'serial-number', ['1.3.6.1.4.1.99999.1'])).toBe('card-untrusted');
  });

  it('that has expired, or is of another authority, ends what it began', () => {
    expect(cardFault(cardOf({ ...lotte, fromDays: -9, toDays: -1 }), lists(), Date.now())).toBe('card-expired');
    expect(cardFault(cardOf({ ...lotte, fromDays: 1 }), lists(), Date.now())).toBe('card-expired');
    const other = site.stranger('Elsewhere').issue(lotte);
    expect(cardFault(readCardCertificate(derOf(other.certificate))!, lists(), Date.now())).toBe('card-unchecked');
  });

  it('is revoked by the list, and by one that is out of date too', () => {
    const issued = site.issuing.issue(lotte);
    const card = readCardCertificate(derOf(issued.certificate))!;
    expect(grant(card, 'serial-number')).toBe('lotte');
    site.issuing.revoke(issued);
    expect(grant(card, 'serial-number')).toBe('lotte'); // the list is of before
    site.issuing.list(site.cardList);
    expect(grant(card, 'serial-number')).toBe('card-revoked');
    const tomorrow = Date.now() + 2 * 86_400_000;
    expect(cardFault(card, lists(), tomorrow)).toBe('card-revoked');
    expect(cardFault(cardOf(lotte), lists(), tomorrow)).toBe('card-unchecked');
  });

  it.each([
    ['CERT_REVOKED', 'card-revoked'],
    ['CERT_HAS_EXPIRED', 'card-expired'],
    ['CERT_NOT_YET_VALID', 'card-expired'],
    ['UNABLE_TO_GET_CRL', 'card-unchecked'],
    ['CRL_HAS_EXPIRED', 'card-unchecked'],
    ['CRL_SIGNATURE_FAILURE', 'card-unchecked'],
    ['UNABLE_TO_DECRYPT_CRL_SIGNATURE', 'card-unchecked'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'card-untrusted'],
    ['INVALID_PURPOSE', 'card-untrusted'],
    ['SESSION_REUSED', 'card-untrusted'],
    ['', 'card-untrusted'],
  ])('is refused by whatever word of the library: %s', (verdict, fault) => {
    expect(grant(cardOf(lotte), 'serial-number', [], verdict)).toBe(fault);
    expect(grant(cardOf(lotte), 'serial-number', [], verdict, false)).toBe('card-untrusted');
  });
});

describe('a list', () => {
  const fault = (octets: Uint8Array): string => {
    try {
      readCardLists(octets, authorities());
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : '?';
    }
  };

  it('is read in PEM and DER, several in a file', () => {
    const file = join(site.folder, 'x.crl');
    site.issuing.list(file, 'PEM');
    const both = Buffer.concat([readFileSync(file), readFileSync(site.rootList)]);
    expect(readCardLists(both, authorities()).map(({ issuer }) => issuer)).toEqual(
      authorities().map(({ name }) => name),
    );
  });

  it('is of an authority of ours, signed by it, and complete', () => {
    const file = join(site.folder, 'y.crl');
    site.stranger('Elsewhere').list(file);
    expect(fault(readFileSync(file))).toBe('is a list of another authority');
    site.stranger().list(file); // of the same name
    expect(fault(readFileSync(file))).toBe('is not signed by its authority');
    expect(fault(new Uint8Array())).toBe('is empty');
    expect(fault(Buffer.from('<html>404</html>'))).toBe('is empty');
    expect(fault(readFileSync(site.root.certificate))).toBe('is empty');
    expect(fault(derOf(site.root.certificate))).toBe('is no list of revoked certificates (CRL)');
  });

  it('says what is signed or nothing, whatever octet is changed', () => {
    const whole = readFileSync(site.cardList);
    const [said] = readCardLists(whole, authorities());
    const { pem: _, ...known } = said!;
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const broken = Uint8Array.from(whole);
        broken[at] = (broken[at] ?? 0) ^ flip;
        try {
          const [{ pem: __, ...read }] = readCardLists(broken, authorities()) as [CardList];
          expect(read).toEqual(known); // a length around it
        } catch (error) {
          if (!(error instanceof Error && /^(?:is|says|holds) /.test(error.message))) throw error;
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('whatever is read', () => {
  it('is no error, but a certificate or none', () => {
    const octetsOf = derOf(site.issuing.issue({ names: `email:a@b.be,${upn('a@b')}`, policy: '1.2.3.4' }).certificate);
    const mutated = fc
      .array(fc.tuple(fc.nat(octetsOf.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
      .map((changes) => {
        const octets = Uint8Array.from(octetsOf);
        for (const [at, value] of changes) octets[at] = value;
        return octets;
      });
    const cut = fc.nat(octetsOf.length).map((at) => Uint8Array.from(octetsOf.subarray(0, at)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated, cut), (octets) => {
        const card = readCardCertificate(octets);
        if (card === undefined) return;
        const answer = cardGrant(card, whole, { match: 'upn', policies: ['1.2.3.4'] }, lists(), people, Date.now());
        expect(answer.ok).toBe(false);
        for (const values of Object.values(card.names)) for (const value of values) expect(typeof value).toBe('string');
      }),
      { numRuns: 300 },
    );
  });

  it('of authorities is certificates that issue', () => {
    expect(() => readAuthorities('nothing')).toThrow('holds no certificate in PEM');
    expect(() => readAuthorities(textOf(site.issuing.issue().certificate))).toThrow('of no authority');
    writeFileSync(join(site.folder, 'z'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----');
    expect(() => readAuthorities(textOf(join(site.folder, 'z')))).toThrow('cannot be read');
  });
});
