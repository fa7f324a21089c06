/** `escaut user card`: what a certificate of a smart card says, whose it is, and whether it would let him in now. */
import { readFileSync } from 'node:fs';
import { isSignedBy, readPem } from './base/certificate.ts';
import { systemCode } from './base/errors.ts';
import type { Config } from './config/schema.ts';
import { readCardCertificate } from './operations/card-certificate.ts';
import { cardGrant, cardKey } from './operations/card-grant.ts';
import { readAuthorities, readCardLists } from './operations/card-list.ts';

/** @throws Error in words for an operator when a file is of no use, or cards are not taken here */
export function cardWords(
  { console, people }: Pick<Config, 'console' | 'people'>,
  file: string,
  utcMs: number,
): string[] {
  const rules = console.tls?.clientCertificates;
  if (rules === undefined)
    throw new Error('no smart cards are taken here: console.tls.clientCertificates is not given');
  const [leaf] = readPem(octetsOf(file).toString('latin1')) ?? [];
  const card = leaf && readCardCertificate(leaf.raw);
  if (leaf === undefined || card === undefined) throw new Error(`${file} holds no certificate in PEM`);
  const authorities = readAuthorities(octetsOf(rules.authorities).toString('latin1'));
  const lists = rules.revoked.flatMap((each) => naming(each, () => readCardLists(octetsOf(each), authorities)));
  const isOurs = isSignedBy(
    [leaf],
    authorities.map(({ certificate }) => certificate),
  );
  const values = [...new Set(card.names[rules.match].map((value) => cardKey(value, rules.match)))];
  const [value = ''] = values;
  const owner = people.find((each) => each.card !== undefined && cardKey(each.card, rules.match) === value);
  const grant = cardGrant(card, { verdict: undefined, isOurs }, rules, lists, people, utcMs);
  const whose =
    values.length !== 1 || value === ''
      ? 'nobody can have it: there has to be one value, of characters that can be seen'
      : owner === undefined
        ? `nobody has it yet: give one of the people card: ${JSON.stringify(value)}, which a second system administrator agrees to`
        : `of ${owner.id} (${owner.display}, ${owner.role})`;
  return [
    `${rules.match}: ${values.length === 0 ? 'none' : values.join(', ')}`,
    whose,
    // That nobody has it is said above.
    ...(grant.ok || grant.fault === 'card-person' ? ['good now'] : [`refused: ${grant.fault} (${grant.reason})`]),
  ];
}

function octetsOf(file: string): Buffer {
  return naming(file, () => readFileSync(file));
}

function naming<Value>(file: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new Error(`${file}: ${systemCode(error) ?? (error instanceof Error ? error.message : 'cannot be read')}`);
  }
}
