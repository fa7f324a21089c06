import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cacheKey,
  contentHash,
  isHolderAlive,
  publish,
  readStamp,
  tryLock,
  writeStamp,
} from '../../scripts/setup/cache.mjs';
import { distributionId } from '../../scripts/setup/context.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'escaut-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
};

describe('cache keys', () => {
  it('tell version, ABI, CPU and distribution apart, and are folder names', () => {
    expect(cacheKey(['0.10.0', 'abi137', 'x64', 'debian-12'])).toBe('0.10.0-abi137-x64-debian_12');
    expect(cacheKey(['1/../2'])).not.toContain('/');
  });

  it('take the distribution from os-release, quoted or not', () => {
    expect(distributionId('PRETTY_NAME="Debian GNU/Linux 12"\nVERSION_ID="12"\nID=debian\n')).toBe('debian-12');
    expect(distributionId('ID=arch\n')).toBe('arch');
    expect(distributionId('')).toBe(process.platform);
  });
});

describe('content hash', () => {
  it('is the same for the same content in another place', () => {
    write('a/src/x.ts', '1');
    write('b/src/x.ts', '1');
    expect(contentHash({ paths: [join(folder, 'a/src')] })).toBe(contentHash({ paths: [join(folder, 'b/src')] }));
  });

  it('changes with a byte, a name, a new file, a removed file and a text', () => {
    write('src/x.ts', '1');
    const hash = () => contentHash({ paths: [join(folder, 'src')] });
    const seen = [hash(), contentHash({ paths: [join(folder, 'src')], texts: ['flag'] })];
    write('src/x.ts', '2');
    seen.push(hash());
    write('src/y.ts', '2');
    seen.push(hash());
    rmSync(join(folder, 'src/x.ts'));
    seen.push(hash());
    rmSync(join(folder, 'src'), { recursive: true });
    seen.push(hash());
    expect(new Set(seen).size).toBe(6);
  });
});

describe('stamps and publication', () => {
  it('reads nothing where nothing was finished', () => {
    expect(readStamp(join(folder, 'stamp'))).toBeUndefined();
    writeStamp(join(folder, 'new/stamp'), 'v1');
    expect(readStamp(join(folder, 'new/stamp'))).toBe('v1');
  });

  it('replaces a folder as a whole and leaves nothing beside it', () => {
    write('old/stays-not.txt', 'old');
    write('partial/new.txt', 'new');
    publish(join(folder, 'partial'), join(folder, 'old'));
    expect(existsSync(join(folder, 'old/stays-not.txt'))).toBe(false);
    expect(readFileSync(join(folder, 'old/new.txt'), 'utf8')).toBe('new');
    expect(existsSync(join(folder, 'partial'))).toBe(false);
  });
});

describe('lock', () => {
  it('is held once, and again after its release', () => {
    const path = join(folder, 'lock');
    const first = tryLock(path);
    expect(first.held).toBe(true);
    expect(tryLock(path)).toEqual({ held: false, holder: process.pid });
    if (first.held) first.release();
    expect(tryLock(path).held).toBe(true);
  });

  it('is taken over from a process that is gone', () => {
    const gone = spawnSync('true').pid;
    const path = write('lock', `${gone} 1`);
    expect(tryLock(path).held).toBe(true);
    expect(readStamp(path)?.startsWith(`${process.pid} `)).toBe(true);
  });

  it('does not take a process that got the same id later for its holder', () => {
    expect(isHolderAlive(`${process.pid} 1`)).toBe(false);
    expect(isHolderAlive('')).toBe(false);
    const path = write('lock', `${process.pid} 1`);
    expect(tryLock(path).held).toBe(true);
  });

  it('is not released by one who lost it', () => {
    const path = join(folder, 'lock');
    const lock = tryLock(path);
    writeFileSync(path, 'somebody else');
    if (lock.held) lock.release();
    expect(readStamp(path)).toBe('somebody else');
  });
});
