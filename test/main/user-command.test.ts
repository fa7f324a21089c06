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
import { actOnUsers, type UserAct } from '../../src/user-command.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'user-command-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function act(what: UserAct, more = ''): Promise<readonly string[]> {
  const { config, problems } = checkConfig(
    `version: 1
gateway: {id: gw, stateFolder: ${folder}, name: {fr: a, nl: b, en: c}}
networks: [{id: n, name: N, technology: tetra, country: BE}]
accounts: {enabled: true}
controlRooms: [{id: ccpd, callSign: CCPD, country: FR}]
people: [{id: lotte, display: Lotte, role: dispatcher, controlRoom: ccpd, country: BE, language: nl}]
${more}`,
    { file: 'x.yaml', environment: {}, workingFolder: '.' },
  );
  if (config === undefined) throw new Error(JSON.stringify(problems));
  return actOnUsers(config, what, 1000);
}
const add = { act: 'add', person: 'lotte' } as const;

it('invites, by a link that is nowhere kept as it is', async () => {
  expect((await act({ act: 'list' }))[1]).toMatch(/^lotte +dispatcher +none +- +-$/);
  const [line = ''] = await act(add, 'console: {origins: ["https://radio.example.org"]}');
  const [, token = ''] = /https:\/\/radio\.example\.org\/#invitation=([\w-]{43})$/.exec(line) ?? [];
  const store = await AccountStore.open(openDatabase<AccountTables>(fileAt(join(folder, 'gw/accounts.db'))));
  expect(await store.invited(hashOf(token), 1000)).toBe('lotte');
  await store.takeInvitation(hashOf(token), 1000, 'phc');
  await store.close();
  expect((await act({ act: 'list' }))[1]).toMatch(/^lotte +dispatcher +active/);
  await expect(act(add)).rejects.toThrow('to begin anew say reset');
});

it('disables a leaver, and lets him in again only by a new invitation', async () => {
  await act(add);
  await act({ act: 'disable', person: 'lotte' });
  expect((await act({ act: 'list' }))[1]).toContain('disabled');
  await act(add);
  expect((await act({ act: 'list' }))[1]).toContain('invited');
});

it('says what cannot be done', async () => {
  await expect(act({ act: 'add', person: 'nobody' })).rejects.toThrow('none of the people');
  await expect(act({ act: 'reset', person: 'lotte' })).rejects.toThrow('say add');
  await expect(act({ act: 'disable', person: 'lotte' })).rejects.toThrow('has no account');
});
