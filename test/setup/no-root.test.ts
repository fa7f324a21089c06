import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inRoot } from '../../scripts/setup/context.mjs';

/** Who may do nothing but read; the tests may be run by root. */
const NOBODY = 65534;

let folder: string;
const checkout = () => join(folder, 'checkout');
const cache = () => join(folder, 'cache');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'escaut-no-root-'));
  chmodSync(folder, 0o755);
  for (const name of ['bin', 'checkout']) mkdirSync(join(folder, name));
  mkdirSync(cache(), { mode: 0o777 });
  chmodSync(cache(), 0o777);
  for (const name of ['scripts', 'package.json', 'package-lock.json']) {
    cpSync(inRoot(name), join(checkout(), name), { recursive: true });
  }
  copyFileSync(process.execPath, join(folder, 'bin/node'));
  const stubs = {
    'dpkg-query': 'exit 1', // knows none of the packages
    sudo: 'exit 1', // wants a password
    'apt-get': `echo called >> ${join(cache(), 'apt-get-was-called')}`,
  };
  for (const [name, body] of Object.entries(stubs)) {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const setUp = () => {
  const command = [join(folder, 'bin/node'), join(checkout(), 'scripts/run.mjs'), 'test'];
  const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const [program = '', ...args] = process.getuid?.() === 0 ? [...asNobody, ...command] : command;
  return spawnSync(program, args, {
    encoding: 'utf8',
    env: {
      PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
      HOME: cache(),
      ESCAUT_CACHE_DIR: join(cache(), 'escaut'),
      MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD: '1',
    },
  });
};

describe('set-up without root where Debian packages are missing', () => {
  it('prints one command for all of them, fails, and leaves nothing half-done', () => {
    const { status, stderr, stdout } = setUp();

    expect(status).toBe(1);
    expect(stdout).toBe('');
    const commands = stderr.split('\n').filter((line) => line.includes('apt-get install'));
    expect(commands).toHaveLength(1);
    expect(commands[0]).toBe(
      '  sudo apt-get update && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ' +
        'baresip chromium dnsmasq-base espeak-ng ffmpeg flatbuffers-compiler g++ kamailio libfaketime libflatbuffers-dev libsrtp2-dev libssl-dev ' +
        'libuv1-dev make ninja-build openssl postgresql python3 sip-tester sox tshark',
    );
    expect(stderr).not.toMatch(/at .*\.mjs:\d+/); // a message, not a stack trace

    expect(existsSync(join(cache(), 'apt-get-was-called'))).toBe(false);
    expect(existsSync(join(checkout(), 'node_modules'))).toBe(false);
    expect(readdirSync(join(cache(), 'escaut'))).toEqual(['tmp']);
    expect(readdirSync(join(cache(), 'escaut/tmp'))).toEqual([]);
  });
});
