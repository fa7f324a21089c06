/**
 * The demonstration as it is started: the program, its voice process, its media workers, the simulated networks with
 * set-up time, jitter and loss, and a console on the real link. Only the ports and the scenario's length are the test's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { escaut } from '../../src/protocols/generated/console.js';
import { Page, type ServerMessage } from './console-bench.ts';
import { freeBlock } from './support/ports.ts';

const root = join(import.meta.dirname, '../..');
const { Leg } = escaut.console.v1;

/** 1.4 s of speech each; two networks need 450 and 350 ms before they carry any of it. */
const steps = [
  { atMs: 4000, unit: 'tn59', talkgroup: 'in:590-911', speech: 's1-08.wav' },
  { atMs: 4500, unit: 'corg59', talkgroup: 'ru:59-900', speech: 's1-08.wav' },
  { atMs: 6600, unit: 'cic-ht', talkgroup: 'as:5300110', speech: 's1-08.wav' },
  { atMs: 7000, unit: 'g7', talkgroup: 'as:5990001', speech: 's1-08.wav' },
  { atMs: 9200, address: '5399 999', talkgroup: 'as:5300110', speech: 's1-08.wav' },
].map((step) => ({ ...step, do: 'say', lang: 'fr', voice: 'fr', text: '' }));

const linesShown = 60;
/** Beside voice, by a radio of each network. */
const told = [
  { atMs: 4200, do: 'status', unit: 'm31', talkgroup: 'as:5300110', code: 33_012 },
  { atMs: 4400, do: 'position', unit: 'bac2', talkgroup: 'in:590-911', latitudeDeg: 50.7562, longitudeDeg: 3.1246 },
  { atMs: 4600, do: 'text', unit: 'corg59', talkgroup: 'ru:59-900', text: 'GMSI 4 à Halluin' },
  { atMs: 4800, do: 'alarm', unit: 'g9', talkgroup: 'as:5990001', raised: true },
  { atMs: 5000, do: 'alarm', unit: 'g9', talkgroup: 'as:5990001', raised: false },
];

const folder = mkdtempSync(join(tmpdir(), 'escaut-demo-'));
let consolePort: number;
let file: string;
let child: ChildProcess;
let ended: Promise<unknown[]>;
let page: Page;
let pings: NodeJS.Timeout;
let out = '';
let err = '';

/** config/demo.yaml on the ports of a free block, with a scenario of our own. */
function writeConfig(from: number): string {
  const config = parse(readFileSync(join(root, 'config/demo.yaml'), 'utf8'));
  consolePort = from + 411;
  config.console.listen.port = consolePort;
  config.console.sessionsMax = 10;
  config.gateway = { ...config.gateway, stateFolder: join(folder, 'state') };
  for (const listener of config.sip.listen) listener.port = from + 410;
  config.media = {
    ports: { from, to: from + 99 },
    webrtc: { ports: { from: from + 100, to: from + 299 }, workers: 1 },
  };
  config.simulator.ports = { from: from + 300, to: from + 399 };
  for (const [index, network] of config.simulator.networks.entries()) {
    network.port = from + 400 + index;
    const attachment = config.attachments[index];
    attachment[attachment.kind].peer = `sip:127.0.0.1:${network.port}`;
  }
  config.simulator.scenario = 'scenario.yaml';
  const scenario = { scenario: 'test', title: 'Test', operatorPauseMs: 600_000, steps: [...steps, ...told] };
  writeFileSync(join(folder, 'scenario.yaml'), JSON.stringify(scenario));
  const file = join(folder, 'demo.yaml');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

async function until(what: string, holds: () => unknown, withinMs: number): Promise<void> {
  for (const endMs = performance.now() + withinMs; !holds(); await new Promise((done) => setTimeout(done, 20))) {
    if (child.exitCode !== null || performance.now() > endMs) throw new Error(`${what} did not come:\n${out}\n${err}`);
  }
}

function lines(event: string): Record<string, unknown>[] {
  return out
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line.event === event);
}

/** The process and all that it started, directly or not. */
function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...(children === '' ? [] : children.split(' ').flatMap((each) => family(Number(each))))];
}

const floors = () => page.messages.flatMap(({ delta }) => delta?.floor?.floor?.holder ?? []);
const overs = () => page.messages.flatMap(({ delta }) => delta?.over?.over ?? []);
const legs = () => page.messages.flatMap(({ snapshot, delta }) => [...legsOf(snapshot), ...legsOf(delta)]);

function legsOf(part: ServerMessage['snapshot'] | ServerMessage['delta']): escaut.console.v1.Leg.$Properties[] {
  if (!part) return [];
  if ('groups' in part) return (part.groups ?? []).flatMap((group) => group.legs ?? []);
  return 'leg' in part && part.leg?.leg ? [part.leg.leg] : [];
}

/** Resolves when the console's link is printed. */
async function start(...options: readonly string[]): Promise<void> {
  out = '';
  err = '';
  child = spawn(process.execPath, ['src/main.ts', 'start', ...options], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  ended = once(child, 'close'); // 'exit' may come before the last of what it said was read
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  await until('the link', () => /#token=\S+/.test(err), 20_000);
}

beforeAll(async () => {
  file = writeConfig(await freeBlock(412));
  await start('--config', file);
  const token = /#token=(\S+)/.exec(err)?.[1] ?? '';
  page = new Page(`ws://127.0.0.1:${consolePort}/console/ws`, { origin: `http://127.0.0.1:${consolePort}` });
  await once(page.socket, 'open');
  page.send({ hello: { versionMin: 1, versionMax: 1, token } });
  await page.until((message) => message.snapshot);
  let nonce = 0;
  pings = setInterval(() => page.send({ ping: { nonce: ++nonce } }), 1000);
});

/** What was wrong is in what the gateway last said. */
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(`${out.split('\n').slice(-linesShown).join('\n')}\n${err}`);
});

afterAll(async () => {
  clearInterval(pings);
  page?.socket.terminate();
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true });
});

describe('the demonstration', () => {
  it('brings all 8 legs up', async () => {
    const states = () => [...new Map(legs().map(({ id, state }) => [id, state])).values()];
    // Those of the group on demand are not called.
    const waiting = () => states().filter((state) => state === Leg.State.CLOSED).length;
    await until('all that are wanted', () => states().filter((state) => state === Leg.State.UP).length === 8, 20_000);
    expect(states()).toHaveLength(10);
    expect(waiting()).toBe(2);
  });

  it('shows who talks, with call sign, service, country and network, while he talks and after', async () => {
    await until('the overs', () => overs().length === steps.length, 30_000);
    const expected = [
      {
        partyId: 'xb-pours-1/in:590-911',
        callSign: 'TN 59',
        organisation: 'Police nationale Lille',
        country: 'FR',
        networkId: 'inpt',
      },
      {
        partyId: 'xb-pours-1/as:5300110',
        callSign: 'CIC Hainaut',
        organisation: 'CIC Hainaut (police fédérale)',
        country: 'BE',
        networkId: 'astrid',
      },
      {
        partyId: 'xb-acc/ru:59-900',
        callSign: 'CORG 59',
        organisation: 'Groupement de gendarmerie départementale du Nord',
        country: 'FR',
        networkId: 'rubis',
      },
      {
        partyId: 'xb-acc/as:5990001',
        callSign: 'Grensleie 7',
        organisation: 'PZ Grensleie',
        country: 'BE',
        networkId: 'astrid',
        language: 'nl',
      },
    ];
    for (const talker of expected) {
      expect(floors()).toContainEqual(expect.objectContaining(talker));
      expect(overs().filter((over) => over.talker?.callSign === talker.callSign)).toEqual([
        expect.objectContaining({ talker: expect.objectContaining(talker), end: 'released' }),
      ]);
    }
    await until('their lines', () => lines('over.ended').length === steps.length, 20_000);
    expect(lines('over.ended').filter(({ talker }) => talker === undefined)).toEqual([]);
  });

  it('hands on what radios say beside voice: each from its talkgroup, an alarm and its end', async () => {
    const received = () =>
      lines('data.received').map(({ data, leg, raised }) => `${data} ${leg} ${raised ?? ''}`.trim());
    await until('all of it', () => received().length >= told.length, 15_000);
    expect(received().sort()).toEqual([
      'alarm xb-acc/as:5990001 false',
      'alarm xb-acc/as:5990001 true',
      'position xb-pours-1/in:590-911',
      'status xb-pours-1/as:5300110',
      'text xb-acc/ru:59-900',
    ]);
    expect(lines('data.undelivered')).toEqual([]);
  });

  it('shows a radio that nobody configured as its number and country, never by a name', () => {
    const unknown = { partyId: 'xb-pours-1/as:5300110', address: '5399999', country: 'BE', callSign: '' };
    expect(floors()).toContainEqual(expect.objectContaining({ ...unknown, organisation: '' }));
    expect(overs().at(-1)?.talker).toMatchObject(unknown);
    expect(lines('over.ended').at(-1)).not.toHaveProperty('callSign');
    expect(floors().filter(({ address, callSign }) => address === '5399999' && callSign !== '')).toEqual([]);
  });

  it('loses nothing of an over on any leg, though networks need 350 and 450 ms to set up', () => {
    expect(overs().map(({ lostMs }) => Object.entries(lostMs ?? {}).filter(([, ms]) => ms !== 0))).toEqual(
      steps.map(() => []),
    );
    for (const { durationMs } of overs()) {
      expect(durationMs).toBeGreaterThan(1300);
      expect(durationMs).toBeLessThan(2000);
    }
  });

  it('says that the voice process is up again after it was killed, and keeps its calls', async () => {
    const [first] = lines('voice.ready');
    process.kill(Number(first?.pid), 'SIGKILL');
    await until('the second voice.ready', () => lines('voice.ready').length === 2, 20_000);
    expect(lines('voice.died')).toHaveLength(1);
    const { port } = new URL(page.socket.url);
    const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await expect.poll(metrics).toMatch(/^escaut_voice_process_up 1$/m);
    expect(await metrics()).toMatch(/^escaut_legs\{state="up"\} 8$/m);
  });

  it('stops within 2 s of SIGTERM with exit code 0, tells the console, and leaves no process behind', async () => {
    const pids = family(child.pid as number);
    expect(pids.length).toBeGreaterThanOrEqual(4);
    const startMs = performance.now();
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - startMs).toBeLessThan(2000);
    const left = () => pids.filter((pid) => existsSync(`/proc/${pid}`));
    await expect.poll(left, { timeout: 2000 }).toEqual([]);
    await page.end();
    expect(page.messages.at(-1)?.goodbye?.reason).toBe('stopping');
    expect(lines('simulator.ended')).toEqual([]);
    expect(err.replaceAll(/^ *(Next c|C)onsole( of .*)?: \S+$/gm, '').trim()).toBe('');
  });

  it('has left no word of a text and no place of a unit in any file of its state', () => {
    const places = Buffer.alloc(16);
    places.writeDoubleLE(50.7562, 0);
    places.writeDoubleLE(3.1246, 8);
    const state = join(folder, 'state');
    const names = readdirSync(state, { recursive: true, encoding: 'utf8' });
    const files = names.filter((name) => statSync(join(state, name)).isFile());
    const filesWith = (mark: string | Buffer) => files.filter((name) => readFileSync(join(state, name)).includes(mark));
    // That there was one stands in the log, and the text in the timeline.
    expect(filesWith('data.received').map((name) => name.replace(/^.*\//, ''))).toContain('escaut.db');
    expect(filesWith('"text"').some((name) => name.endsWith('timeline.jsonl'))).toBe(true);
    for (const mark of ['Halluin', '50.7562', '3.1246', places.subarray(0, 8), places.subarray(8)])
      expect([mark, filesWith(mark)]).toEqual([mark, []]);
  });

  it('had at most 50 ms of all first words cut by the networks', () => {
    const [heard] = lines('simulator.stopped');
    expect(heard?.cutMs).toBeLessThanOrEqual(50);
    // Three overs go to one leg, two to two: 10 s of speech with its pauses.
    expect(heard?.carriedMs).toBeGreaterThan(6000);
  });
});
