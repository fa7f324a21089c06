/**
 * Broken configurations as files, the way an operator meets them: each is refused with its place and what to write
 * instead, soon, without a crash and without repeating what may be a secret. Beside problems.test.ts and rules.test.ts.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/base/errors.ts';
import { loadConfig } from '../../src/config/load.ts';
import { base, spoilt } from './spoilt.ts';

const folder = mkdtempSync(join(tmpdir(), 'escaut-broken-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Of the processor, which others have meanwhile: a file that blows up takes minutes. */
const msMax = 2000;
const secret = 'hunter2';

/** The lines said of the file x.yaml, without the head and what follows the problems. */
function said(content?: string | Uint8Array, name = 'x.yaml'): string[] {
  if (content !== undefined) writeFileSync(join(folder, name), content);
  const start = process.cpuUsage();
  try {
    loadConfig({ file: name, environment: {}, workingFolder: folder });
  } catch (error) {
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(msMax);
    if (!(error instanceof GatewayError)) throw error;
    expect(['CONFIG_INVALID', 'CONFIG_NOT_FOUND']).toContain(error.code);
    expect(error.message).not.toContain(secret);
    const lines = error.message.split('\n\n')[0]?.split('\n  ') ?? [];
    return lines.length > 1 ? lines.slice(1) : lines;
  }
  return [];
}

const sip = '{peer: "sip:127.0.0.1:5160"}';
const withSip = (more: string): string => `{peer: "sip:127.0.0.1:5160", ${more}}`;
const top =
  'known are $schema, version, gateway, console, accounts, media, sip, dscp, limits, failover, loops, announcements, store, recording, retention, clock, morningProof, hits, logging, controlRooms, people, organisations, networks, attachments, talkgroups, units, statuses, places, sharedGroups, alertPlans, directLines, simulator';
const number = 'must be a number in digits: neither .nan nor .inf, nor larger than can be counted';

it('is silent about the file that the others spoil', () => {
  expect(said(base)).toEqual([]);
});

describe('unknown keys, at each level', () => {
  it.each([
    ['version: 1', 'version: 1\n§limit: {}', 'limit is not known. Did you mean "limits"?'],
    [
      'version: 1',
      'version: 1\nlimits: {§talkLimitMS: 1}',
      'limits.talkLimitMS is not known. Did you mean "talkLimitMs"?',
    ],
    ['version: 1', 'version: 1\nlogging: {§levl: info}', 'logging.levl is not known. Did you mean "level"?'],
    [
      'version: 1',
      'version: 1\nmedia: {webrtc: {§worker: 1}}',
      'media.webrtc.worker is not known. Did you mean "workers"?',
    ],
    [
      'version: 1',
      'version: 1\nconsole: {listen: {§prot: 1}}',
      'console.listen.prot is not known. Did you mean "port"?',
    ],
    [
      'version: 1',
      'version: 1\nsimulator: {networks: [{network: astrid, port: 5160}], §port: 1}',
      'simulator.port is not known. Did you mean "ports"?',
    ],
    ['{id: zp,', '{id: zp, §contry: BE,', 'organisations[0].contry is not known. Did you mean "country"?'],
    ['{id: as-1,', '{id: as-1, §rnak: 1,', 'attachments[0].rnak is not known. Did you mean "rank"?'],
    [
      sip,
      withSip('keyOut: {mode: presence, §realeseMs: 5}'),
      'attachments[0].sip.keyOut.realeseMs is not known. Did you mean "releaseMs"?',
    ],
    ['callSign: M 31', 'callSign: M 31, §langauge: fr', 'units[0].langauge is not known. Did you mean "language"?'],
    [
      '- {talkgroup: t1}',
      '- {talkgroup: t1, §mayTlk: true}',
      'sharedGroups[0].legs[0].mayTlk is not known. Did you mean "mayTalk"?',
    ],
    [
      '  id: gw',
      '  id: gw\n  §"": 1',
      'gateway."" is not known here; known are id, name, timezone, stateFolder, diskReserveMiB',
    ],
    ['version: 1', 'version: 1\n§__proto__: {version: 1}', `__proto__ is not known here; ${top}`],
    ['version: 1', 'version: 1\n§constructor: {prototype: {a: 1}}', `constructor is not known here; ${top}`],
    ['version: 1', 'version: 1\n§toString: 1', `toString is not known here; ${top}`],
    [
      '  id: gw',
      '  id: gw\n  §__proto__: {timezone: UTC}',
      'gateway.__proto__ is not known here; known are id, name, timezone, stateFolder, diskReserveMiB',
    ],
  ])('%s → %s', (from, to, problem) => {
    const { text, at } = spoilt(from, to);
    expect(said(text)).toEqual([at + problem]);
  });

  it('give nothing to the objects of everybody else', () => {
    said(base.replace('version: 1', 'version: 1\n__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}'));
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

describe('values', () => {
  const limit = (value: string): [string, string] => ['    short: G1', `    short: G1\n    talkLimitMs: §${value}`];
  const text = 'sharedGroups[0].talkLimitMs must be a number, not text: ';

  it.each([
    ...['.nan', '.inf', '-.inf', '1e400'].map((value) => [...limit(value), `sharedGroups[0].talkLimitMs ${number}`]),
    ...['30s', '1_000', '2026-01-01', '0x'].map((value) => [
      ...limit(value),
      `${text}write digits only, without unit and quotes`,
    ]),
    [...limit('"30000"'), `${text}write it without quotes`],
    [...limit('true'), 'sharedGroups[0].talkLimitMs must be a number, not true or false'],
    [...limit('{ms: 1}'), 'sharedGroups[0].talkLimitMs must be a number, not a block of keys'],
    ['version: 1', 'version: §"1"', 'version must be 1, without quotes'],
    [
      'kind: sip, sip: {peer: "sip:127.0.0.1:5160"}',
      'kind: link, link: {listen: {host: 127.0.0.1, port: 5870}, agent: a, serviceTokens: §maybe}',
      'attachments[0].link.serviceTokens must be true or false, without quotes',
    ],
    [
      'version: 1',
      'version: 1\nconsole: {listen: §"127.0.0.1:8080"}',
      'console.listen must be a block of keys, not text',
    ],
    ['version: 1', 'version: 1\nmedia: {ports: §40000-41000}', 'media.ports must be a block of keys, not text'],
    [sip, withSip('ptimeMs: §.nan'), 'attachments[0].sip.ptimeMs must be one of 10, 20, 30, 40, 60'],
    ['- {talkgroup: t1}', '- §t1', 'sharedGroups[0].legs[0] must be a block of keys, not text'],
    [
      '- {talkgroup: t1}',
      '- {talkgroup: §constructor}',
      'sharedGroups[0].legs[0].talkgroup is not an id of talkgroups',
    ],
    [
      '{fr: a, nl: b, en: c}\nnetworks',
      '&a {fr: §*a, nl: b, en: c}\nnetworks',
      'gateway.name.fr must be text, not a block of keys',
    ],
  ])('%s → %s', (from = '', to = '', problem = '') => {
    const { text, at } = spoilt(from, to);
    expect(said(text)).toEqual([at + problem]);
  });

  it('that are missing from a list have the place where the list begins', () => {
    expect(said(base.replace('- {talkgroup: t1}', '-'))).toEqual([
      'x.yaml:23:8: sharedGroups[0].legs[0] is empty: give it a value, or take the item out',
    ]);
  });
});

describe('ports', () => {
  const shared = (name: string): string => `is a port of ${name} as well: give each its own`;
  const link = (port: number): string =>
    `version: 1\nattachments: [{id: l, network: n, kind: link, link: {listen: {host: 127.0.0.1, port: ${port}}, agent: a, token: {env: A}}}]`;

  it.each([
    ['console: {listen: {port: §5060}}', `console.listen.port ${shared('sip.listen[1]')}`],
    ['console: {listen: {port: §44999}}', `console.listen.port ${shared('media.webrtc.ports')}`],
    [
      'sip: {listen: [{transport: tcp, host: 127.0.0.1, port: 5061}, {transport: udp, host: 127.0.0.1, port: 5060}, {transport: tcp, host: 127.0.0.1, port: §44000}]}',
      `sip.listen[2].port ${shared('media.webrtc.ports')}`,
    ],
    [
      'media: {ports: {from: 8000, to: 9000}, webrtc: {ports: §{from: 9000, to: 9999}}}',
      'media.webrtc.ports overlaps media.ports (8000–9000)',
    ],
  ])('%s', (to, problem) => {
    const { text, at } = spoilt('version: 1', `version: 1\n${to}`);
    expect(said(text)).toContain(at + problem);
  });

  it("of links are neither the console's nor WebRTC's", () => {
    for (const [port, name] of [
      [8080, 'console.listen'],
      [44_500, 'media.webrtc.ports'],
    ] as const) {
      const lines = said(link(port));
      expect(lines).toContainEqual(expect.stringContaining(`attachments[0].link.listen.port ${shared(name)}`));
    }
  });

  it('may be the same at two addresses, and over UDP and TCP', () => {
    expect(said(base.replace('version: 1', 'version: 1\nconsole: {listen: {host: 127.0.0.2, port: 5060}}'))).toEqual(
      [],
    );
    expect(said(base.replace('version: 1', 'version: 1\nconsole: {listen: {port: 40001}}'))).toEqual([]);
  });
});

describe('secrets', () => {
  const place = 'must be {env: NAME} or {file: PATH}: the secret itself never stands in this file';
  const spaced = (key: string) => `is not known. Did you mean "${key}: …", with a space after the colon?`;

  it.each([
    [sip, withSip(`§password:${secret}`), `attachments[0].sip.password:… ${spaced('password')}`],
    [sip, withSip(`§password=${secret}`), `attachments[0].sip.password=… ${spaced('password')}`],
    [sip, withSip(`§"password ${secret}": 1`), `attachments[0].sip.password … ${spaced('password')}`],
    [
      sip,
      withSip(`username: u, password: §{env: "$${secret}"}`),
      'attachments[0].sip.password must name an environment variable: letters, digits and "_", without "$"',
    ],
    [sip, withSip(`username: u, password: §$${secret}`), `attachments[0].sip.password ${place}`],
    [sip, withSip(`username: u, password: §{${secret}}`), `attachments[0].sip.password ${place}`],
    [
      '"sip:127.0.0.1:5160"',
      `§"sip:u:${secret}@127.0.0.1:5160"`,
      'attachments[0].sip.peer must be a SIP URI such as sip:192.0.2.10:5060 or sip:[2001:db8::10]:5060',
    ],
    [
      `kind: sip, sip: ${sip}`,
      `kind: link, link: {listen: {host: 127.0.0.1, port: 5870}, agent: a, token: §${secret}}`,
      `attachments[0].link.token ${place}`,
    ],
    [
      `kind: sip, sip: ${sip}`,
      `kind: mcptt, mcptt: {peer: "sip:127.0.0.1:5160", username: u, password: §${secret}}`,
      `attachments[0].mcptt.password ${place}`,
    ],
  ])('%s → %s', (from, to, problem) => {
    const { text, at } = spoilt(from, to);
    expect(said(text)).toEqual([at + problem]);
  });
});

describe('the server of the store', () => {
  const url = (text: string) => `version: 1\nstore: {url: §${text}}`;
  it.each([
    ['version: 1', url('db:5432'), 'store.url must be postgresql://USER@HOST:PORT/DATABASE'],
    ['version: 1', url('mysql://u@db/x'), 'store.url must be postgresql://USER@HOST:PORT/DATABASE'],
    [
      'version: 1',
      url(`postgresql://u:${secret}@db/x`),
      'store.url must not hold the password: it belongs into store.password',
    ],
    ['version: 1', url('postgresql://u@db/x?sslmode=disable'), 'store.url must end with the name of the database'],
    [
      'version: 1',
      url('postgresql://db/x'),
      'store.url must name user, host and database: postgresql://USER@HOST:PORT/DATABASE',
    ],
    [
      'version: 1',
      `version: 1\nstore: {url: "postgresql://u@db/x", password: §${secret}}`,
      'store.password must be {env: NAME} or {file: PATH}: the secret itself never stands in this file',
    ],
    [
      'version: 1',
      'version: 1\nstore: {url: "postgresql://u@db/x", §pasword: {env: A}}',
      'store.pasword is not known. Did you mean "password"?',
    ],
  ])('%s → %s', (from, to, problem) => {
    const { text, at } = spoilt(from, to);
    expect(said(text)).toEqual([at + problem]);
  });
});

describe('YAML', () => {
  it.each([
    [
      '- {talkgroup: t1}',
      '- {talkgroup: t1}§}',
      'stands where YAML does not expect it: is a closing } or ] or quote missing, or one too many?',
    ],
    ['  id: gw', '  id: gw\n§\tname2: x', 'is indented with a tab: use spaces'],
    [
      '  id: gw',
      '  id: gw\n§ id2: x',
      'is indented wrongly: keys of one block begin in the same column, deeper than their parent',
    ],
    ['{id: zp,', '{id: zp, §id: zq,', 'is a key that stands twice in this block: remove one of them'],
    ['version: 1', 'version: 1\n§!!js/function "x": 1', 'has a tag (!name): tags are not used here'],
    [
      'version: 1',
      'version: 1\n§}',
      'stands where YAML does not expect it: is a closing } or ] or quote missing, or one too many?',
    ],
  ])('%s → %s', (from, to, problem) => {
    const { text, at } = spoilt(from, to);
    const lines = said(text);
    expect(lines[0]).toBe(at + problem);
    // One slip is told in few lines, not once for all that follows it.
    expect(lines.length).toBeLessThanOrEqual(3);
  });

  it.each([
    ['lists', 'a: '.concat('['.repeat(20_000))],
    ['closed lists', `a: ${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['maps', `a: ${'{a: '.repeat(20_000)}`],
    ['blocks', Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['dashes', '- '.repeat(20_000)],
    ['questions', '? '.repeat(20_000)],
  ])('nested very deeply is refused once, not at each level: %s', (_what, text) => {
    const lines = said(text);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => line.includes('nested too deeply')).length).toBeLessThanOrEqual(1);
  });

  it.each([
    ['levels', '['.repeat(3_900_000), 'x.yaml:1:101: is nested too deeply to be read: more than 100 levels'],
    ['closing brackets', ']'.repeat(3_900_000), 'x.yaml:1:1: stands where YAML does not expect it'],
    ['pairs of brackets', '[]'.repeat(1_950_000), 'x.yaml:1:3: stands where YAML does not expect it'],
  ])('of 3.9 MB is refused as soon as it is known to be broken: %s', (_what, text, first) => {
    expect(said(text)[0]).toContain(first);
  });

  it('with aliases of itself or of aliases', () => {
    expect(said('a: &a [*a, *a]')).toContainEqual(expect.stringMatching(/^x\.yaml:1:1: a is not known/));
    const bomb = Array.from(
      { length: 9 },
      (_, depth) => `a${depth}: &a${depth} [${depth === 0 ? 'x' : `*a${depth - 1}, *a${depth - 1}, *a${depth - 1}`}]`,
    );
    expect(said(bomb.join('\n'))).toEqual([
      'x.yaml:1:1: grows too large: aliases (*name) stand for each other too often',
    ]);
  });
});

describe('files', () => {
  it.each([
    ['of 5 MB', '#'.repeat(5_000_000), 'x.yaml:1:1: is longer than 4194304 bytes: is it a configuration?'],
    [
      'in Latin-1',
      Buffer.from('version: 1\ngateway:\n  id: gw\n  name: Vall\xe9e', 'latin1'),
      'x.yaml:4:13: is not UTF-8 from here on: save the file as UTF-8',
    ],
    [
      'cut within a letter',
      Buffer.from('version: 1 # é').subarray(0, -1),
      'x.yaml:1:14: is not UTF-8 from here on: save the file as UTF-8',
    ],
    ['in UTF-16', Buffer.from(`\uFEFF${base}`, 'utf16le'), 'x.yaml:1:1: is UTF-16: save the file as UTF-8'],
    ['compressed', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), 'x.yaml:1:2: is not UTF-8 from here on: save the file as UTF-8'],
    ['of NULs', new Uint8Array(1000), 'x.yaml:1:1: must be a block of keys, not text'],
    ['of nothing', '', 'x.yaml:1:1: is empty: begin with a copy of config/example.yaml'],
    ['of white space', ' \n\n', 'x.yaml:1:1: is empty: begin with a copy of config/example.yaml'],
    ['of a byte order mark', '\uFEFF', 'x.yaml:1:1: is empty: begin with a copy of config/example.yaml'],
  ])('%s', (_what, content, problem) => {
    expect(said(content)).toEqual([problem]);
  });

  it('that are none: a folder, a link to itself', () => {
    mkdirSync(join(folder, 'folder'));
    symlinkSync('loop', join(folder, 'loop'));
    expect(said(undefined, 'folder')).toEqual([`${join(folder, 'folder')} is not a file`]);
    expect(said(undefined, 'loop')).toEqual([`${join(folder, 'loop')} cannot be read (ELOOP)`]);
  });
});
