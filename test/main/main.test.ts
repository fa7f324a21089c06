/** The program as it is called: what it prints and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'escaut-main-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

function run(
  args: readonly string[],
  whileRunning?: (child: ChildProcess, said: () => string) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd: root, env: { PATH: process.env.PATH, ESCAUT_CONFIG: '' } });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    whileRunning?.(child, () => out);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out, err })));
}

const escaut = (...args: string[]) => run(['src/main.ts', ...args]);
const standIn = (behaviour: string, whileRunning?: Parameters<typeof run>[1]) =>
  run([fileURLToPath(new URL('./stand-in.ts', import.meta.url)), behaviour], whileRunning);
const lines = ({ out }: Ended) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Of config/example.yaml. */
const secrets = [
  'AS_MCX_FLOOR_KEY',
  'AS_MCX_PASSWORD',
  'AS_MON_PASSWORD',
  'BE_ANPR_TOKEN',
  'FR_LAPI_TOKEN',
  'IN_HAZ_PASSWORD',
  'IN_RAD_PASSWORD',
  'LINK_CERTIFICATE',
  'LINK_CLIENT_CA',
  'LINK_KEY',
  'LINK_TOKEN',
  'OIDC_SECRET',
  'RECORDING_KEY',
  'RU_HAZ_PASSWORD',
];

describe('escaut', () => {
  it('--help and --version end with 0', async () => {
    const [help, version] = await Promise.all([escaut('--help'), escaut('--version')]);
    expect(help).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Usage: escaut [COMMAND] [OPTIONS]') });
    expect(version).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('a mistyped option ends with 64 and the right one', async () => {
    expect(await escaut('--confg', 'x')).toEqual({
      code: 64,
      signal: null,
      out: '',
      err: 'escaut: there is no option --confg. Did you mean --config?\nUSAGE: Run `escaut --help` and correct the option named above.\n',
    });
  });

  it('validate says what a good configuration holds', async () => {
    const [demo, example] = await Promise.all([
      escaut('validate', '--config', 'config/demo.yaml'),
      escaut('validate', '--no-secrets', '--config', 'config/example.yaml'),
    ]);
    expect(demo).toEqual({
      code: 0,
      signal: null,
      out: 'config/demo.yaml: valid: 3 networks, 3 attachments, 13 talkgroups, 12 units, 4 shared groups with 10 legs\n',
      err: '',
    });
    expect(example.code).toBe(0);
    expect(example.err.match(/: warning: .* which is not set$/gm)).toHaveLength(secrets.length);
  });

  it('validate says which secrets to export, and that all else is right where it is', async () => {
    const { code, err } = await escaut('validate', '--config', 'config/example.yaml');
    expect(code).toBe(78);
    const owed = 'All else is right. Lay the files that are named into their places, set what is not set, or check';
    expect(err).toContain(owed);
    expect(err.match(/^ {4}export \w+='…'$/gm)?.toSorted()).toEqual(
      secrets.map((name) => `    export ESCAUT_${name}='…'`),
    );
  });

  it('validate and start list all problems of a bad one and end with 78', async () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'version: 1\ngateway: {id: gw, name: {fr: a, nl: b}}\nnetwork: []\n');
    const ended = await Promise.all([escaut('validate', '--config', file), escaut('start', '--config', file)]);
    for (const { code, out, err } of ended) {
      expect([code, out]).toEqual([78, '']);
      expect(err).toContain('the configuration has 3 problems:');
      expect(err).toContain('bad.yaml:2:25: gateway.name.en is missing');
      expect(err).toContain('bad.yaml:3:1: network is not known. Did you mean "networks"?');
      expect(err).toContain('CONFIG_INVALID: Correct the lines named above');
    }
  });

  it('a configuration that is not there ends with 66', async () => {
    const { code, err } = await escaut('validate', '--config', join(folder, 'none.yaml'));
    expect(code).toBe(66);
    expect(err).toMatch(/CONFIG_NOT_FOUND: .*--config or ESCAUT_CONFIG/);
  });

  it('export and verify say in words what is in the way', async () => {
    const who = [
      '--from',
      '2026-11-29T02:00Z',
      '--to',
      '2026-11-29T03:00Z',
      '--reason',
      'r',
      '--by',
      'x',
      '--second',
      'y',
    ];
    const exported = await escaut('export', join(folder, 'x.zip'), '--config', 'config/demo.yaml', ...who);
    expect(exported).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^escaut: there is no person x in the configuration\nunknown-person: One of the two/),
    });
    const verified = await escaut('verify', join(folder, 'x.zip'));
    expect(verified).toMatchObject({ code: 2, out: expect.stringContaining('x.zip cannot be read: ENOENT') });
  });

  it('schema prints JSON', async () => {
    const { code, out } = await escaut('schema');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ type: 'object', additionalProperties: false });
  });
});

describe('a running gateway', () => {
  const onceStarted = (act: (child: ChildProcess) => void) => {
    let done = false;
    return (child: ChildProcess, said: () => string) => {
      if (done || !said().includes('"gateway.started"')) return;
      done = true;
      act(child);
    };
  };

  it.each(['SIGTERM', 'SIGINT'] as const)('stops in order on %s and ends with 0', async (signal) => {
    const ended = await standIn(
      'normal',
      onceStarted((child) => child.kill(signal)),
    );
    expect(ended.code).toBe(0);
    expect(lines(ended).map(({ event }) => event)).toEqual([
      'gateway.starting',
      'gateway.started',
      'gateway.stopping',
      'gateway.stopped',
    ]);
    expect(lines(ended)).toContainEqual(expect.objectContaining({ event: 'gateway.stopping', reason: signal }));
  });

  it("prints the console's address beside the log, never in it", async () => {
    const ended = await standIn(
      'normal',
      onceStarted((child) => child.kill('SIGTERM')),
    );
    expect(ended.err).toContain('Console: http://127.0.0.1:8080/#ccpd-trn-demo');
    expect(ended.out).not.toContain('#ccpd-trn-demo');
  });

  it('lives on when the reader of its log leaves, and stops in order', async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./no-reader-child.ts', import.meta.url))], {
      cwd: root,
      env: { PATH: process.env.PATH, ESCAUT_CONFIG: '' },
    });
    let out = '';
    let err = '';
    let asked = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('"gateway.started"')) child.stdout.destroy();
    });
    child.stdout.on('close', () => void child.kill('SIGUSR2'));
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      const answered = err.split('a line without a reader').length - 1;
      if (answered <= asked) return;
      asked = answered;
      child.kill(asked < 3 ? 'SIGUSR2' : 'SIGTERM');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ asked, code }).toEqual({ asked: 3, code: 0 });
    expect(err).toContain('far ends and consoles are told');
  });

  it('obeys a signal that comes while it starts, once there is something to stop', async () => {
    let sent = false;
    const ended = await standIn('slow-start', (child) => {
      if (!sent) sent = child.kill('SIGTERM');
    });
    expect(ended.code).toBe(0);
    expect(lines(ended).map(({ event }) => event)).toEqual(['gateway.starting', 'gateway.stopping', 'gateway.stopped']);
  });

  it('is cut by a second signal when the stop hangs', async () => {
    let signals = 0;
    const ended = await standIn('hangs', (child, said) => {
      if (signals === 0 && said().includes('"gateway.started"')) signals += Number(child.kill('SIGTERM'));
      if (signals === 1 && said().includes('"gateway.stopping"')) signals += Number(child.kill('SIGTERM'));
    });
    expect(ended.code).toBe(128 + 15);
  });

  it('ends with the code and remedy of what is in the way', async () => {
    const ended = await standIn('port-in-use');
    expect(ended.code).toBe(69);
    expect(ended.err).toContain(
      'console.listen on 127.0.0.1:8080: the port is in use\nPORT_IN_USE: Stop the other program',
    );
    expect(lines(ended).at(-1)).toMatchObject({ level: 'error', event: 'gateway.failed', code: 'PORT_IN_USE' });
  });

  it('ends with 70 on a fault that it cannot mend, and tells far ends and consoles first', async () => {
    const ended = await standIn('fails');
    expect(ended.code).toBe(70);
    expect(ended.err).toContain('far ends and consoles are told');
    expect(lines(ended).at(-1)).toMatchObject({ event: 'gateway.failed', code: 'VOICE_PROCESS_FAILED' });
  });

  it('does not wait until they are told, which may be never', async () => {
    const ended = await standIn('fails-and-hangs');
    expect(ended.code).toBe(70);
    expect(ended.err).not.toContain('far ends and consoles are told');
  });

  it.each(['throws', 'rejects'])('logs what nobody caught (%s) and ends with 70', async (behaviour) => {
    const ended = await standIn(behaviour);
    expect(ended.code).toBe(70);
    expect(lines(ended).at(-1)).toMatchObject({ level: 'error', event: 'gateway.crashed', err: { type: 'Error' } });
    expect(ended.err).toContain('far ends and consoles are told');
    expect(ended.out + ended.err).not.toContain('5317031');
  });
});
