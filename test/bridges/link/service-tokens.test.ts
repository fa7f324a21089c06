/** Agents that come in by service tokens: a link attachment, and the gateway's accounts in their own thread behind it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceTokensPort } from '../../../src/base/service-token.ts';
import type { TokenAct } from '../../../src/command-line/accounts.ts';
import { checkConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';
import { ServiceTokens } from '../../../src/gateway/service-tokens.ts';
import { refusedReason } from '../../../src/protocols/link/frames.ts';
import { AccountThread } from '../../../src/store/account-thread.ts';
import { fileAt } from '../../../src/store/database-place.ts';
import { runTokenCommand } from '../../../src/token-command.ts';
import { plan } from '../attachment-stand.ts';
import { LinkStand, VirtualAgent } from './stand.ts';

const { leg } = plan;
const talkgroup = '5300110';
let folder: string;
let thread: AccountThread;
let stand: LinkStand;
let config: Config;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'escaut-link-tokens-'));
  const link = (id: string, port: number, more = 'serviceTokens: true') =>
    `{id: ${id}, network: astrid, kind: link, link: {listen: {host: 127.0.0.1, port: ${port}}, agent: box7, ${more}}}`;
  const read = checkConfig(
    `version: 1
gateway: {id: gw, stateFolder: ${folder}, name: {fr: a, nl: b, en: c}}
networks: [{id: astrid, name: ASTRID, technology: tetra, country: BE}]
attachments: [${link('as-1', 5870)}, ${link('as-2', 5871)}, ${link('as-3', 5872, 'token: {env: T}')}]
controlRooms: [{id: r, callSign: CIC, country: BE}]
people: [{id: tech, display: Tom V., role: technician, controlRoom: r, country: BE}]`,
    { file: 'x.yaml', environment: { T: 'x' }, workingFolder: '/' },
  );
  if (read.config === undefined) throw new Error(JSON.stringify(read.problems));
  config = read.config;
  thread = new AccountThread(fileAt(join(folder, 'gw/accounts.db')));
});
afterEach(async () => {
  await stand.close();
  await thread.close();
  rmSync(folder, { recursive: true });
});

const act = (command: TokenAct) => runTokenCommand(config, command, () => stand.clock.utcMs());
const revoke = (id: string) => act({ act: 'revoke', id, by: 'tech' });

async function made(holder = 'as-1', days = 30): Promise<{ id: string; token: string }> {
  const { words } = await act({ act: 'create', holder, scope: 'link', days, by: 'tech' });
  const [, id = '', token = ''] = /^(t-[0-9a-f]{12}), .*\n(escaut_[\w-]{43})$/.exec(words) ?? [];
  return { id, token };
}

async function ready(
  changes: Record<string, unknown> = { secret: false },
  tokens: (stand: LinkStand) => ServiceTokensPort = ({ clock }) => new ServiceTokens(thread.keeper, clock),
): Promise<void> {
  stand = await LinkStand.make({ serviceTokens: true, ...changes }, tokens);
  stand.attachment.start();
  stand.attachment.openLeg(plan);
}

/** Whatever the thread has been asked it has answered: in real time, while virtual time stands still. */
async function answered(): Promise<void> {
  await thread.keeper.tokens().catch(() => undefined);
  await new Promise(setImmediate);
}

async function come(agent: VirtualAgent, token: string): Promise<void> {
  agent.hello.token = token;
  agent.connect();
  await stand.advance(10);
  await answered();
  await stand.advance(30);
}

/** Whether that is so within that time. */
async function within(ms: number, isSo: () => boolean): Promise<boolean> {
  for (let passed = 0; passed < ms && !isSo(); passed += 250) {
    await stand.advance(250);
    await answered();
  }
  return isSo();
}
const isUp = () => stand.attachment.status().state === 'up';
const logged = (event: string) => stand.logged.filter((each) => 'event' in each && each.event === event);

describe('an agent with a service token', () => {
  it('is let in, and which token it was stands in the log and in the list, the token itself nowhere', async () => {
    await ready();
    const { id, token } = await made();
    await come(stand.agent, token);
    expect(stand.agent.connected).toBe(true);
    expect(stand.reports.at(-1)).toMatchObject({ leg, state: 'up' });
    expect(logged('admitted')).toEqual([{ event: 'admitted', attachment: 'as-1', remote: '192.0.2.10', tokenId: id }]);
    const row = () => act({ act: 'list' }).then(({ words }) => words.split('\n')[1]);
    await expect.poll(row).toMatch(new RegExp(`^${id}  as-1  link   valid .* from 192\\.0\\.2\\.10  tech$`));
    expect(JSON.stringify([stand.logged, stand.attachmentReports])).not.toContain(token.slice(7));
  });

  it.each([
    ['of nobody', 'token', async () => ({ token: `escaut_${'y'.repeat(43)}` })],
    ['of another attachment', 'token-scope', () => made('as-2')],
    [
      'that was revoked',
      'token-revoked',
      async () => {
        const it = await made();
        await revoke(it.id);
        return it;
      },
    ],
    [
      'whose days are over',
      'token-expired',
      async () => {
        const it = await made('as-1', 1);
        stand.clock.advance(24 * 3_600_000);
        return it;
      },
    ],
  ])('%s is refused, told no more than it must, logged and counted', async (_, reason, get) => {
    await ready();
    await come(stand.agent, (await get()).token);
    expect(stand.agent.told('refused')).toMatchObject([{ reason: refusedReason.CREDENTIALS, detail: '' }]);
    expect(logged('refused')).toMatchObject([{ attachment: 'as-1', remote: '192.0.2.10', reason }]);
    expect(stand.counts.get(`link_refused_total ${reason}`)).toBe(1);
  });

  it.each([
    ['another name', { agent: 'box8' }],
    ['no token', { token: '' }],
    ['a secret that is none', { token: 'keep it to yourself' }],
  ])('is none with %s', async (_, changes) => {
    await ready();
    const { token } = await made();
    Object.assign(stand.agent.hello, changes);
    await come(stand.agent, 'token' in changes ? changes.token : token);
    expect(stand.agent.told('refused')).toMatchObject([{ reason: refusedReason.CREDENTIALS, detail: '' }]);
    expect(stand.counts.get('link_refused_total credentials')).toBe(1);
  });

  it('is none where the configuration does not say so, and needs none where it knows the secret', async () => {
    await ready({ serviceTokens: false });
    const { token } = await made();
    await come(stand.agent, token);
    expect(stand.counts.get('link_refused_total credentials')).toBe(1);
    await stand.close();
    await ready({});
    await come(stand.agent, 'keep it to yourself');
    expect(stand.agent.connected).toBe(true);
    expect(logged('admitted')).toEqual([]);
    stand.agent.breakLine();
    await come(stand.agent, token);
    expect(logged('admitted')).toHaveLength(1);
  });

  it('fills the log with few lines when it tries on and on, and is counted each time', async () => {
    await ready();
    for (let turn = 0; turn < 12; turn++) await come(new VirtualAgent(stand), `escaut_${turn}`);
    expect(stand.counts.get('link_refused_total token')).toBe(12);
    expect(logged('refused').length).toBeLessThan(8);
  });

  it('is told to come again when the accounts do not answer in time, and nothing comes of a late answer', async () => {
    let answer = (_: Awaited<ReturnType<ServiceTokensPort['judge']>>): void => undefined;
    await ready({ secret: false }, () => ({
      judge: () => new Promise((done) => (answer = done)),
      standing: async (tokenId) => ({ fault: 'token-away', tokenId }),
      used: () => undefined,
    }));
    stand.agent.hello.token = 'escaut_x';
    stand.agent.connect();
    await stand.advance(1990);
    expect(stand.agent.told('refused')).toEqual([]);
    await stand.advance(30);
    expect(stand.agent.told('refused')).toMatchObject([{ reason: refusedReason.BUSY }]);
    answer({ holder: 'as-1', tokenId: 't-1', expiresUtcMs: Infinity });
    await stand.advance(100);
    expect(isUp()).toBe(false);
    stand.agent.connect();
    await stand.advance(100);
    stand.agent.breakLine();
    answer({ holder: 'as-1', tokenId: 't-1', expiresUtcMs: Infinity });
    await stand.advance(100);
    expect(isUp()).toBe(false);
  });
});

describe('a service token that ends', () => {
  it('ends the session of its agent within 5 s, and lets it in no more', async () => {
    await ready();
    const { id, token } = await made();
    await come(stand.agent, token);
    await within(5000, () => false);
    expect(isUp()).toBe(true);
    await revoke(id);
    expect(await within(5000, () => !isUp())).toBe(true);
    await stand.advance(10);
    expect(stand.agent.told('goodbye')).toMatchObject([{ reason: 'its service token was revoked' }]);
    expect(stand.attachment.status()).toMatchObject({ state: 'down', reason: 'its service token was revoked' });
    expect(logged('token-ended')).toEqual([
      { event: 'token-ended', attachment: 'as-1', tokenId: id, reason: 'token-revoked' },
    ]);
    await come(stand.agent, token);
    expect(stand.agent.connected).toBe(false);
  });

  it('waits for the end of an over or an emergency, and for nothing else', async () => {
    await ready();
    const { id, token } = await made();
    const quiet = { ...plan, leg: 'other', number: '5300111' };
    stand.attachment.openLeg(quiet);
    await come(stand.agent, token);
    stand.needed.add(leg);
    await revoke(id);
    const isLeft = () => stand.agent.told('leave').some((each) => each.talkgroup === quiet.number);
    expect(await within(5000, isLeft)).toBe(true);
    await within(20_000, () => false);
    expect(stand.agent.told('leave')).toHaveLength(1);
    expect(stand.agent.told('join').filter((each) => each.talkgroup === quiet.number)).toHaveLength(1);
    expect(isUp()).toBe(true);
    stand.agent.say({ talkRequest: { talkgroup, talk: 1 } });
    await stand.advance(20);
    expect(stand.find('requestFloor')).toHaveLength(1);
    stand.needed.clear();
    stand.attachment.voiceEvent({ name: 'floor', floor: { group: plan.group } as never });
    expect(isUp()).toBe(false);
  });

  it('breaks nothing when another took its place before', async () => {
    await ready();
    const [first, second] = [await made(), await made()];
    await come(stand.agent, first.token);
    stand.agent.breakLine();
    await come(stand.agent, second.token);
    await revoke(first.id);
    await within(10_000, () => false);
    expect(isUp()).toBe(true);
    expect(logged('token-ended')).toEqual([]);
  });

  it('by its days is warned of before', async () => {
    await ready();
    const { id, token } = await made('as-1', 9);
    await come(stand.agent, token);
    expect(logged('token-expiring')).toMatchObject([{ tokenId: id, days: 8 }]);
  });

  it('cannot be made for what takes none', async () => {
    await ready();
    await expect(made('as-3')).rejects.toThrow('takes no service tokens: give it link.serviceTokens: true');
    await expect(made('be-anpr')).rejects.toThrow('be-anpr is no attachment of kind link');
  });
});

describe('while the accounts are away', () => {
  it('whoever is in stays in, and comes back by the same token alone', async () => {
    await ready();
    const [mine, other] = [await made(), await made()];
    await come(stand.agent, mine.token);
    await thread.close();
    // A folder in place of the database: it cannot be opened.
    for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `gw/accounts.db${end}`), { force: true });
    mkdirSync(join(folder, 'gw/accounts.db'));
    await within(10_000, () => !isUp());
    expect(isUp()).toBe(true);
    stand.agent.breakLine();
    await come(stand.agent, other.token);
    expect(logged('refused')).toMatchObject([{ reason: 'token-away' }]);
    expect(stand.agent.told('refused')).toMatchObject([{ reason: refusedReason.BUSY }]);
    await come(stand.agent, mine.token);
    expect(isUp()).toBe(true);
    expect(logged('admitted').at(-1)).toMatchObject({ tokenId: mine.id, unchecked: true });
  });
});
