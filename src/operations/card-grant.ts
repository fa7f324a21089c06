/**
 * Whether a smart card's certificate lets somebody in, and whom. Pure.
 *
 * That its chain leads to one of the authorities, with signatures, purposes, times and revocations (RFC 5280 §6), is found
 * out by the TLS library in the handshake, where the card proves its key as well. Here its word is read, and asked besides what
 * it does not ask: that the certificate says it is for client authentication, bears a policy of the configuration, and names
 * exactly one of the people. Revocation and times are looked at once more, for they also end sessions.
 */

/** What of a certificate may say whose it is. */
export const cardNames = ['serial-number', 'common-name', 'email', 'upn'] as const;
export type CardName = (typeof cardNames)[number];

/** What is read of a certificate. */
export interface CardCertificate {
  /** Its serial number and its issuer's name (DER), hexadecimal: with both it is told apart from all others. */
  readonly serial: string;
  readonly issuer: string;
  /** All that stand there, as they stand there. */
  readonly names: Readonly<Record<CardName, readonly string[]>>;
  /** Extended key usages and certificate policies, as OID. */
  readonly purposes: readonly string[];
  readonly policies: readonly string[];
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
}

/** Revoked certificates of one authority. */
export interface RevokedCards {
  readonly issuer: string;
  /** From then on it says nothing any more. */
  readonly nextUtcMs: number;
  /** As CardCertificate.serial. */
  readonly serials: ReadonlySet<string>;
}

export interface CardRules {
  readonly match: CardName;
  readonly policies: readonly string[];
}

/** Why a card lets nobody in, as its person is told. */
export type CardFault =
  /** The browser showed none. */
  | 'card-none'
  /** Of another authority, not for client authentication, or without a policy of ours. */
  | 'card-untrusted'
  | 'card-expired'
  | 'card-revoked'
  /** Whether it is revoked cannot be known now. */
  | 'card-unchecked'
  /** It is nobody's here, or names more than one; or his account may not log in: which of them, nobody is told. */
  | 'card-person';

export type CardGrant<Somebody> =
  | { readonly ok: true; readonly person: Somebody; readonly value: string }
  /** `reason`: for the log. */
  | { readonly ok: false; readonly fault: CardFault; readonly reason: string };

const stayWords = {
  'card-revoked': 'on the list of its authority',
  'card-expired': 'outside its own times',
  'card-unchecked': 'no list of its authority in force',
} as const;
const clientAuthentication = '1.3.6.1.5.5.7.3.2';

/** What is known of the chain of a certificate. */
export interface CardChain {
  /** What the TLS library says of it (an OpenSSL code without `X509_V_ERR_`), the last where several things are wrong; undefined: it holds. */
  readonly verdict: string | undefined;
  /** One of our authorities has signed the certificate itself. */
  readonly isOurs: boolean;
}

/** `people`: with the cards that are theirs. */
export function cardGrant<Somebody extends { readonly card?: string | undefined }>(
  card: CardCertificate | undefined,
  { verdict, isOurs }: CardChain,
  rules: CardRules,
  lists: readonly RevokedCards[],
  people: readonly Somebody[],
  utcMs: number,
): CardGrant<Somebody> {
  const no = (fault: CardFault, reason: string) => ({ ok: false, fault, reason }) as const;
  if (!isOurs) return no('card-untrusted', `of no authority of ours (${verdict ?? 'chain holds'})`);
  if (verdict !== undefined) return no(faultOf(verdict), verdict);
  if (card === undefined) return no('card-untrusted', 'a certificate that cannot be read');
  const stays = cardFault(card, lists, utcMs);
  if (stays !== undefined) return no(stays, stayWords[stays]);
  if (!card.purposes.includes(clientAuthentication)) return no('card-untrusted', 'not for client authentication');
  if (rules.policies.length > 0 && !rules.policies.some((policy) => card.policies.includes(policy))) {
    return no('card-untrusted', 'none of the configured policies');
  }
  const values = [...new Set(card.names[rules.match].map((value) => cardKey(value, rules.match)))];
  const [value = ''] = values;
  if (values.length !== 1 || value === '') return no('card-person', `${values.length} values of ${rules.match}`);
  const theirs = people.filter((each) => each.card !== undefined && cardKey(each.card, rules.match) === value);
  const [person] = theirs;
  if (person === undefined || theirs.length > 1) return no('card-person', `the card of ${theirs.length} people`);
  return { ok: true, person, value };
}

/** Why one that was let in may not stay, by its own times and the lists; a list that is out of date sends nobody away by itself. */
export function cardFault(
  { serial, issuer, fromUtcMs, toUtcMs }: Pick<CardCertificate, 'serial' | 'issuer' | 'fromUtcMs' | 'toUtcMs'>,
  lists: readonly RevokedCards[],
  utcMs: number,
): 'card-expired' | 'card-revoked' | 'card-unchecked' | undefined {
  const own = lists.filter((list) => list.issuer === issuer);
  if (own.some(({ serials }) => serials.has(serial))) return 'card-revoked';
  if (utcMs < fromUtcMs || utcMs >= toUtcMs) return 'card-expired';
  return own.some(({ nextUtcMs }) => utcMs < nextUtcMs) ? undefined : 'card-unchecked';
}

/** What nobody sees, and signs that a normal form makes a letter of: the one for kelvin is no K. */
const unseen = /[\p{C}\u2028\u2029\u2126\u212a\u212b]/u;

/** As values are compared: capitals count only where they do in what is named. Empty: of nobody. */
export function cardKey(value: string, match: CardName): string {
  if (unseen.test(value)) return '';
  const key = value.normalize('NFC').trim();
  return match === 'email' || match === 'upn' ? key.toLowerCase() : key;
}

/** As its person is shown it: it may be a number that is nobody else's business. */
export function cardShown(value: string): string {
  const letters = [...value];
  return letters.length <= 4 ? '…' : `…${letters.slice(-4).join('')}`;
}

function faultOf(verdict: string): CardFault {
  if (verdict === 'CERT_REVOKED') return 'card-revoked';
  if (verdict === 'CERT_HAS_EXPIRED' || verdict === 'CERT_NOT_YET_VALID') return 'card-expired';
  return /(?:^|_)CRL(?:_|$)/.test(verdict) ? 'card-unchecked' : 'card-untrusted';
}
