/** `escaut user` on a database of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/load.ts';
import { hashOf } from '../../src/gateway/login-tokens.ts';
import { AccountStore, type AccountTables } from '../../src/store/account-store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { PasskeyStore } from '../../src/store/passkey-store.ts';
import { actOnUsers, type UserAct } from '../../src/user-command.ts';
import { CardSite } from '../base/card-authorities.ts';
import { Authority } from '../base/certificates.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'user-command-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function act(what: UserAct, more = '', utcMs = 1000): Promise<readonly string[]> {
  const { config, problems } = checkConfig(
    `version: 1
gateway: {id: gw, stateFolder: ${folder}, name: {fr: a, nl: b, en: c}}
networks: [{id: n, name: N, technology: tetra, country: BE}]
accounts: {enabled: true}
controlRooms: [{id: ccpd, callSign: CCPD, country: FR}]
people: [{id: lotte, display: Lotte, role: dispatcher, controlRoom: ccpd, country: BE, language: nl, card: "4405512"}]
${more}`,
    { file: 'x.yaml', environment: {}, workingFolder: '.' },
  );
  if (config === undefined) throw new Error(JSON.stringify(problems));
  return actOnUsers(config, what, utcMs);
}
const add = { act: 'add', person: 'lotte' } as const;

it('invites, by a link that is nowhere kept as it is', async () => {
  expect((await act({ act: 'list' }))[1]).toMatch(/^lotte +dispatcher +none +- +-$/);
  const [line = ''] = await act(add, 'console: {origins: ["https://radio.example.org"]}');
  const [, token = ''] = /https:\/\/radio\.example\.org\/#invitation=([\w-]{43})$/.exec(line) ?? [];
  const store = await AccountStore.open(openDatabase<AccountTables>(fileAt(join(folder, 'gw/accounts.db'))));
  expect(await store.invited(hashOf(token), 1000)).toBe('lotte');
  await store.takeInvitation(hashOf(token), 1000, 'phc');
  const database = openDatabase<AccountTables>(fileAt(join(folder, 'gw/accounts.db')));
  const key = { id: 'k', person: 'lotte', name: 'k', host: 'h', publicKey: '', counter: 0, transports: [] };
  await new PasskeyStore(database).addPasskey({ ...key, madeUtcMs: 0, usedUtcMs: undefined }, 10);
  expect((await act({ act: 'list' }))[1]).toMatch(/^lotte +dispatcher +active +passkey +-$/);
  await store.setTimeSecret('lotte', 'sealed', 0, []);
  expect((await act({ act: 'list' }))[1]).toMatch(/^lotte +dispatcher +active +code\+passkey +-$/);
  await Promise.all([store.close(), database.destroy()]);
  await expect(act(add)).rejects.toThrow('to begin anew say reset');
});

it('disables a leaver, and lets him in again only by a new invitation', async () => {
  await act(add);
  await act({ act: 'disable', person: 'lotte' });
  expect((await act({ act: 'list' }))[1]).toContain('disabled');
  await act(add);
  expect((await act({ act: 'list' }))[1]).toContain('invited');
});

it('says what the certificate of a card shows, whose it is, and whether it is good', async () => {
  const site = new CardSite();
  try {
    const { authorities, revoked } = site.files;
    const cards = `clientCertificates: {port: 8443, authorities: ${authorities}, revoked: ${JSON.stringify(revoked)}}`;
    const page = new Authority();
    const { certificate, key } = page.issue({ names: 'IP:127.0.0.1' });
    const told = (file: string) =>
      act({ act: 'card', file }, `console: {tls: {certificate: ${certificate}, key: ${key}, ${cards}}}`, Date.now());
    const lotte = site.issuing.issue({ subject: '/CN=Lotte/serialNumber=4405512' });
    expect(await told(lotte.certificate)).toEqual([
      'serial-number: 4405512',
      'of lotte (Lotte, dispatcher)',
      'good now',
    ]);
    const other = site.issuing.issue({ subject: '/CN=Marc/serialNumber=17' });
    expect(await told(other.certificate)).toEqual([
      'serial-number: 17',
      'nobody has it yet: give one of the people card: "17", which a second system administrator agrees to',
      'good now',
    ]);
    expect((await told(site.issuing.issue().certificate))[1]).toContain('nobody can have it');
    site.issuing.revoke(lotte);
    site.issuing.list(site.cardList);
    expect((await told(lotte.certificate))[2]).toBe('refused: card-revoked (on the list of its authority)');
    const stranger = site.stranger('Elsewhere').issue({ subject: '/CN=Lotte/serialNumber=4405512' });
    expect((await told(stranger.certificate))[2]).toContain('refused: card-untrusted');
    await expect(told(lotte.key)).rejects.toThrow('holds no certificate in PEM');
    await expect(told('/nowhere')).rejects.toThrow('/nowhere: ENOENT');
    await expect(act({ act: 'card', file: lotte.certificate })).rejects.toThrow('no smart cards are taken here');
    page.close();
  } finally {
    site.close();
  }
});

it('says what cannot be done', async () => {
  await expect(act({ act: 'add', person: 'nobody' })).rejects.toThrow('none of the people');
  await expect(act({ act: 'reset', person: 'lotte' })).rejects.toThrow('say add');
  await expect(act({ act: 'disable', person: 'lotte' })).rejects.toThrow('has no account');
});
