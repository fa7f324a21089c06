import { expect, it } from 'vitest';
import { checkConfig } from '../../src/config/load.ts';

function check(more: string) {
  const { config, problems } = checkConfig(
    `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}}
networks: [{id: n, name: N, technology: tetra, country: BE}]
controlRooms: [{id: ccpd, callSign: CCPD, country: FR}]
${more}`,
    { file: '/etc/escaut/x.yaml', environment: { S: 'secret' }, workingFolder: '.' },
  );
  return { config, problems: problems.map(({ path, message }) => `${path} ${message}`) };
}
const person = (id: string) =>
  `{id: ${id}, display: ${id}, role: dispatcher, controlRoom: ccpd, country: BE, language: nl}`;

it('wants people where people log in', () => {
  expect(check('accounts: {enabled: true}').problems).toEqual([
    'accounts.enabled needs people who log in: give them under people',
  ]);
  expect(check('').problems).toEqual([]);
});

it('wants names that differ by more than capitals, where they are typed', () => {
  const people = `people: [${person('lotte')}, ${person('Lotte')}]`;
  expect(check(people).problems).toEqual([]);
  expect(check(`accounts: {enabled: true}\n${people}`).problems).toEqual([
    'people[1].id differs from people[0] by capitals alone, which a login does not look at',
  ]);
});

it('finds the list of breached passwords beside the file', () => {
  const { config } = check(`accounts: {enabled: true, breachedPasswords: a/list.txt}\npeople: [${person('lotte')}]`);
  expect(config?.accounts).toEqual({
    enabled: true,
    breachedPasswords: '/etc/escaut/a/list.txt',
    secondFactor: 'offered',
    lockAfterMin: 60,
    sessionHoursMax: 14,
  });
});

it('takes smart cards where people log in, and one card for one person', () => {
  const cards = (more = '') =>
    `console: {tls: {certificate: a, key: b, clientCertificates: {port: 8443, authorities: c, revoked: [d/e.crl]${more}}}}`;
  const withCard = (id: string, card: string) => person(id).replace('}', `, card: "${card}"}`);
  const problems = (text: string) => check(text).problems.filter((each) => !each.includes('names a file'));
  expect(problems(`${cards()}\npeople: [${person('lotte')}]`)).toEqual([
    'console.tls.clientCertificates is for people who log in: say accounts.enabled: true, or leave it out',
  ]);
  const two = `accounts: {enabled: true}\npeople: [${withCard('lotte', 'A@b.be')}, ${withCard('marc', 'a@B.be')}]`;
  expect(problems(`${cards()}\n${two}`)).toEqual([]);
  expect(problems(`${cards(', match: upn')}\n${two}`)).toEqual(['people[1].card is the card of people[0] as well']);
  expect(problems(`${cards(', policies: [1.2.x]')}\n${two}`)).toEqual([
    'console.tls.clientCertificates.policies[0] must be an object identifier such as 2.16.56.9.1.1',
  ]);
});

it('trusts a provider of identities by TLS, or on this machine', () => {
  const oidc = (issuer: string) =>
    check(
      `accounts: {enabled: true, oidc: {name: P, issuer: "${issuer}", clientId: c, clientSecret: {env: S}, grants: [{value: g, role: dispatcher}]}}\npeople: [${person('lotte')}]`,
    ).problems;
  for (const issuer of ['https://login.example.org', 'http://localhost:8081', 'http://127.0.0.1/realm']) {
    expect(oidc(issuer)).toEqual([]);
  }
  for (const issuer of ['http://login.example.org', 'http://localhost.example.org', 'ftp://login.example.org']) {
    expect(oidc(issuer)).toEqual([
      'accounts.oidc.issuer must be an https:// URL; http:// is for a provider on this machine',
    ]);
  }
});
