/** The thread of the accounts' database, and what is sealed in it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountsAway } from '../../src/store/account-methods.ts';
import { AccountThread } from '../../src/store/account-thread.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { seal, unseal } from '../../src/store/seal.ts';

let folder: string;
const threads: AccountThread[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'account-thread-'));
});
afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.close();
  rmSync(folder, { recursive: true });
});

function open(): AccountThread {
  const thread = new AccountThread(fileAt(join(folder, 'accounts.db')));
  threads.push(thread);
  return thread;
}

describe('the thread of the accounts', () => {
  it('answers each question with its own answer', { timeout: 60_000 }, async () => {
    const { keeper } = open();
    await keeper.invite({ utcMs: 0, person: 'lotte', change: 'added' }, { hash: 'h', expiresUtcMs: 10 });
    const answers = await Promise.all([keeper.invited('h', 5), keeper.account('lotte'), keeper.invited('x', 5)]);
    expect(answers).toEqual(['lotte', expect.objectContaining({ person: 'lotte', password: undefined }), undefined]);
  });

  it('says that the accounts are away, and has them again when they can be had', { timeout: 60_000 }, async () => {
    const file = join(folder, 'accounts.db');
    mkdirSync(file); // no database can be opened there
    const { keeper } = open();
    await expect(keeper.accounts()).rejects.toThrow(AccountsAway);
    rmSync(file, { recursive: true });
    expect(await keeper.accounts()).toEqual([]);
  });

  it('leaves nobody without an answer when it is closed', { timeout: 60_000 }, async () => {
    const thread = open();
    const asked = thread.keeper.accounts();
    await Promise.all([thread.close(), expect(asked).rejects.toThrow('the gateway stops')]);
  });
});

describe('what is sealed', () => {
  const key = new Uint8Array(32).fill(1);

  it('is read by its key for its owner alone', () => {
    const text = seal(Buffer.from('secret'), key, 'lotte');
    expect(Buffer.from(unseal(text, key, 'lotte') ?? []).toString()).toBe('secret');
    expect(seal(Buffer.from('secret'), key, 'lotte')).not.toBe(text);
    expect(unseal(text, key, 'marc')).toBeUndefined();
    expect(unseal(text, new Uint8Array(32), 'lotte')).toBeUndefined();
    expect(unseal('', key, 'lotte')).toBeUndefined();
  });

  it('shows every changed bit', () => {
    const sealed = Buffer.from(seal(Buffer.from('secret'), key, 'lotte'), 'base64');
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(unseal(changed.toString('base64'), key, 'lotte')).toBeUndefined();
    }
  });
});
