/** Accounts as the gateway makes them: the thread, the key, argon2id and the list of breached passwords together. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import { createLog } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { checkConfig } from '../../src/config/load.ts';
import { Accounts } from '../../src/gateway/accounts.ts';
import { AccountThread } from '../../src/store/account-thread.ts';
import { fileAt } from '../../src/store/database-place.ts';

vi.setConfig({ testTimeout: 60_000 });

const person = { person: 'lotte', display: 'Lotte', role: 'dispatcher', controlRoom: 'ccpd' } as const;
const password = 'nachtdienst in Doornik';
const here = { address: '127.0.0.1', token: '' };
let folder: string;
let made: { accounts: Accounts; thread: AccountThread }[];
let invitations: string[];
let keyFaults = 0;
let left: string[];
beforeEach(() => {
  [folder, made, invitations, keyFaults, left] = [mkdtempSync(join(tmpdir(), 'accounts-')), [], [], 0, []];
});
afterEach(async () => {
  for (const each of made) await stop(each);
  rmSync(folder, { recursive: true });
});

async function stop({ accounts, thread }: (typeof made)[number]): Promise<void> {
  accounts.stop();
  await thread.close();
}

function make(): Accounts {
  const { config, problems } = checkConfig(
    `version: 1
gateway: {id: gw, stateFolder: ., name: {fr: a, nl: b, en: c}}
networks: [{id: n, name: N, technology: tetra, country: BE}]
accounts: {enabled: true, breachedPasswords: list.txt}
controlRooms: [{id: ccpd, callSign: CCPD, country: FR}]
people: [{id: lotte, display: Lotte, role: dispatcher, controlRoom: ccpd, country: BE, language: nl}]`,
    { file: join(folder, 'x.yaml'), environment: {}, workingFolder: '.' },
  );
  if (config === undefined) throw new Error(JSON.stringify(problems));
  const { logger } = createLog({ level: 'silent', personalData: 'hidden', form: 'lines' });
  const thread = new AccountThread(fileAt(join(folder, 'gw/accounts.db')));
  const accounts = new Accounts(config, [person], {
    clock: new SystemClock(),
    events: new Events(logger, new Meter()),
    keeper: thread.keeper,
    consoles: {
      isNeeded: () => false,
      lock: () => undefined,
      endPerson: () => undefined,
      presence: () => ({ isHere: true, actedMs: 0 }),
    },
    keyNotKept: () => void keyFaults++,
    left: (who) => void left.push(who),
    invited: (_person, token) => void invitations.push(token),
    people: () => config.people,
    cards: undefined,
  });
  made.push({ accounts, thread });
  return accounts;
}

it('invites, lets in, and knows everybody again after a restart', async () => {
  writeFileSync(join(folder, 'list.txt'), 'password1234\n');
  const first = make();
  expect(keyFaults).toBe(0);
  await first.logins.start();
  const [invitation = ''] = invitations;
  expect(await first.logins.takeInvitation({ invitation, newPassword: 'Password1234' }, here)).toMatchObject({
    code: 'breached',
  });
  expect(await first.logins.takeInvitation({ invitation, newPassword: 'Wachtwoord-2026' }, here)).toMatchObject({
    code: 'breached', // of those that come along
  });
  expect(await first.logins.takeInvitation({ invitation, newPassword: password }, here)).toMatchObject({ as: 'set' });
  const wish = { name: 'lotte', password, code: '', takeOver: false };
  expect(await first.logins.login({ ...wish, password: `${password}!` }, here)).toMatchObject({ code: 'credentials' });
  expect(await first.logins.login({ ...wish, name: 'nobody' }, here)).toMatchObject({ code: 'credentials' });
  const answer = await first.logins.login(wish, here);
  const token = answer.as === 'in' ? answer.token : '';
  for (const each of made.splice(0)) await stop(each);
  const second = make();
  await second.logins.start();
  expect(invitations).toHaveLength(1);
  expect(second.logins.signedIn(token)).toMatchObject({ person: 'lotte', isLocked: false });
  for (const file of readdirSync(join(folder, 'gw'))) {
    const kept = readFileSync(join(folder, 'gw', file));
    for (const secret of [password, token, invitation]) expect(kept.includes(secret)).toBe(false);
  }
});

it('does not begin without the list of breached passwords that it is to have', () => {
  expect(make).toThrow(/accounts\.breachedPasswords: .*list\.txt: ENOENT/);
});

it('says on consoles that its key is on no disk', () => {
  writeFileSync(join(folder, 'list.txt'), 'password1234\n');
  mkdirSync(join(folder, 'gw/accounts-key'), { recursive: true });
  make();
  expect(keyFaults).toBe(1);
});

it('tells of whoever was disabled, though he had no session, and once his own are over', async () => {
  writeFileSync(join(folder, 'list.txt'), 'password1234\n');
  const accounts = make();
  await accounts.logins.start();
  const [invitation = ''] = invitations;
  await accounts.logins.takeInvitation({ invitation, newPassword: password }, here);
  await made[0]!.thread.keeper.disable('lotte', 0);
  await vi.waitFor(() => expect(left).toEqual(['lotte']), 20_000);
});
