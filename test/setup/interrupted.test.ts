/** The set-up, killed in every phase, run twice at once, and with a cache that was cut short: it ends whole. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StandInMachine } from './stand-in-machine.ts';

const PHASES = ['Node 24', 'npm packages', 'opus add-on', 'mediasoup worker', 'protocol code', 'console page'];

const machines: StandInMachine[] = [];
function newMachine(): StandInMachine {
  const machine = new StandInMachine();
  machines.push(machine);
  return machine;
}

const whole = newMachine();
let wholeOutcome: string[];
beforeAll(async () => {
  const { code, told } = await whole.run();
  expect(told).toMatch(/Set up in .* s\.\n$/);
  expect(code).toBe(0);
  expect(whole.takeCalls()).toEqual(['node', 'npm', 'opus', 'worker']);
  wholeOutcome = whole.outcome();
}, 60_000);
afterAll(() => {
  for (const machine of machines) machine.remove();
});

describe('a set-up that is whole', () => {
  it('is found so: nothing is said and nothing is done again', async () => {
    expect(await whole.run()).toEqual({ code: 0, told: '' });
    expect(whole.takeCalls()).toEqual([]);
    expect(whole.leftovers()).toEqual([]);
  });
});

describe('a set-up that is killed (kill −9 of its process group)', () => {
  it.each(['as it begins', 'once it has written something', 'as it ends'])(
    'once in every phase, %s, goes on each time and ends as if never killed',
    async (when) => {
      const machine = newMachine();
      for (const phase of PHASES) {
        const setUp = machine.start();
        if (await setUp.tells(`… ${phase}`)) {
          if (when === 'as it ends') await setUp.tells(`✓ ${phase}`);
          else if (when !== 'as it begins') await machine.writes(setUp);
          setUp.kill();
        }
        await setUp.ended;
      }
      const { code, told } = await machine.run();
      expect({ code, told }).toMatchObject({ code: 0 });
      expect(machine.outcome()).toEqual(wholeOutcome);
      expect(machine.leftovers()).toEqual([]);
      expect(await machine.run()).toEqual({ code: 0, told: '' });
    },
    60_000,
  );

  it('does not do again what was finished', async () => {
    const machine = newMachine();
    const setUp = machine.start();
    expect(await setUp.tells('✓ opus add-on')).toBe(true);
    setUp.kill();
    await setUp.ended;
    machine.takeCalls();
    const { code, told } = await machine.run();
    expect(code).toBe(0);
    expect(machine.takeCalls()).toEqual(['worker']);
    expect(told).not.toContain('… Node 24');
  }, 30_000);
});

describe('two set-ups at once', () => {
  it('wait for each other, and the second finds all done', async () => {
    const machine = newMachine();
    const first = machine.start();
    await first.tells('Setting up');
    const second = await machine.run();
    expect(second).toEqual({ code: 0, told: expect.stringMatching(/^Another set-up is running \(process \d+\)/) });
    expect(await first.ended).toMatchObject({ code: 0 });
    expect(second.told).not.toContain('Setting up');
    expect(machine.takeCalls()).toEqual(['node', 'npm', 'opus', 'worker']);
    expect(machine.outcome()).toEqual(wholeOutcome);
  }, 30_000);

  it('of which the first is killed: the second goes on by itself', async () => {
    const machine = newMachine();
    const first = machine.start();
    await first.tells('… npm packages');
    const second = machine.start();
    await second.tells('Another set-up is running');
    first.kill();
    expect(await second.ended).toMatchObject({ code: 0, told: expect.stringContaining('Set up in') });
    expect(machine.outcome()).toEqual(wholeOutcome);
  }, 30_000);
});

describe('a cache that was cut short', () => {
  const only = (folder: string): string =>
    join(folder, readdirSync(folder).find((name) => !name.startsWith('.')) ?? '');
  const opus = () => join(only(only(join(whole.cache, 'opus'))), 'opus.node');
  const worker = () => join(only(join(whole.cache, 'worker')), 'mediasoup-worker');
  const node = () => join(only(join(only(join(whole.cache, 'node')), 'node_modules')), 'bin/node');
  const opusInPlace = () => join(whole.checkout, 'node_modules/@discordjs/opus/prebuild/stand-in/opus.node');
  const workerInPlace = () => join(whole.checkout, 'node_modules/mediasoup/worker/out/Release/mediasoup-worker');

  const cut = (path: string, bytes: number) => truncateSync(path, bytes);
  it.each([
    ['the opus add-on', ['opus'], () => cut(opus(), 50_000)],
    ['the opus add-on, which is empty', ['opus'], () => cut(opus(), 0)],
    ['the opus add-on, which is gone', ['opus'], () => rmSync(opus())],
    [
      'the opus add-on and its copy in node_modules',
      ['opus'],
      () => [opus(), opusInPlace()].map((path) => cut(path, 50_000)),
    ],
    ['the copy of the opus add-on in node_modules', [], () => cut(opusInPlace(), 50_000)],
    ["mediasoup's worker", ['worker'], () => cut(worker(), 1_000_000)],
    ["mediasoup's worker, which is empty", ['worker'], () => cut(worker(), 0)],
    [
      "mediasoup's worker and its copy in node_modules",
      ['worker'],
      () => [worker(), workerInPlace()].map((path) => cut(path, 1_000_000)),
    ],
    ["the copy of mediasoup's worker in node_modules", [], () => cut(workerInPlace(), 1_000_000)],
    ['Node', ['node'], () => cut(node(), 1_000_000)],
    ['Node, which is empty', ['node'], () => cut(node(), 0)],
    ['a stamp', [], () => writeFileSync(only(join(whole.cache, 'stamps')), '')],
  ])(
    '%s: is noticed and made again, and nothing else',
    async (_what, made, spoil) => {
      spoil();
      const { code, told } = await whole.run();
      expect({ code, told }).toMatchObject({ code: 0 });
      expect(whole.takeCalls()).toEqual(made);
      expect(whole.outcome()).toEqual(wholeOutcome);
      expect(readFileSync(worker()).equals(readFileSync(workerInPlace()))).toBe(true);
    },
    30_000,
  );
});
