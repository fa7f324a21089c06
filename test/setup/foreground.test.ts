import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inRoot } from '../../scripts/setup/context.mjs';

const SHELL = JSON.stringify(inRoot('scripts/setup/shell.mjs'));

/** Runs `program` (JavaScript) as the wrapper runs the gateway; resolves lines as the program prints them. */
function wrap(program: string) {
  const wrapper = `import { runForeground } from ${SHELL};
    process.exitCode = await runForeground(process.execPath, ['-e', ${JSON.stringify(program)}]);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', wrapper], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const said = async (text: string) => {
    while (!output.includes(text)) await once(child.stdout, 'data');
  };
  // 'exit' may come before the last of what it said was read.
  const ended = once(child, 'close').then(([code]) => code as number);
  return { child, said, ended, output: () => output };
}

/** Counts what it hears and stops 200 ms after the first. */
const COUNTING = `
  let heard = [];
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => {
    heard.push(name);
    console.log('heard ' + heard.length);
    if (heard.length === 1) setTimeout(() => { console.log('all: ' + heard); process.exit(7); }, 200);
  });
  setInterval(() => {}, 1000);
  console.log('ready');`;

describe('a program in the foreground', () => {
  it('is what npm signals: no shell stays between, which would swallow SIGTERM', () => {
    const { scripts } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')) as { scripts: Record<string, string> };
    for (const [name, script] of Object.entries(scripts)) expect(script).toBe(`exec node scripts/run.mjs ${name}`);
  });

  it('hears SIGTERM once, takes its time, and its exit code is passed on', async () => {
    const { child, said, ended, output } = wrap(COUNTING);
    await said('ready');
    child.kill('SIGTERM');
    expect(await ended).toBe(7);
    expect(output()).toContain('all: SIGTERM\n');
  });

  it('hears one Ctrl-C once though both npm and the terminal pass it on', async () => {
    const { child, said, ended, output } = wrap(COUNTING);
    await said('ready');
    child.kill('SIGINT');
    await said('heard 1');
    child.kill('SIGINT');
    expect(await ended).toBe(7);
    expect(output()).toContain('all: SIGINT\n');
  });

  it('gives 128 + n where signal n ended it', async () => {
    expect(await wrap("process.kill(process.pid, 'SIGKILL')").ended).toBe(137);
  });

  it('is asked to stop when the wrapper is killed with no chance to say so', async () => {
    const { child, said } = wrap(COUNTING);
    await said('ready');
    child.kill('SIGKILL');
    await expect(said('all: SIGTERM\n')).resolves.toBeUndefined();
  });
});
