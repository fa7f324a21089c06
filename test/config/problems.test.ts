/** Every kind of problem that a configuration can have, with its line, its path and what to write instead. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problems.ts';
import { base, spoilt } from './spoilt.ts';

const folder = join(import.meta.dirname, '../../config');

function problemsOf(text: string, environment: Record<string, string> = {}): string[] {
  const { problems } = checkConfig(text, { file: join(folder, 'x.yaml'), environment, workingFolder: folder });
  return problems.map(formatProblem);
}

it('finds nothing wrong with the base that the other tests spoil', () => {
  expect(problemsOf(base)).toEqual([]);
});

const sip = '{peer: "sip:127.0.0.1:5160"}';
const withSip = (more: string): string => `{peer: "sip:127.0.0.1:5160", ${more}}`;
const uri = 'must be a SIP URI such as sip:192.0.2.10:5060 or sip:[2001:db8::10]:5060';

describe('keys', () => {
  it.each([
    [
      '    short: G1',
      '    short: G1\n    §priorty: 5',
      'sharedGroups[0].priorty is not known. Did you mean "priority"?',
    ],
    [
      '  id: gw',
      '  id: gw\n  §colour: red',
      'gateway.colour is not known here; known are id, name, timezone, stateFolder, diskReserveMiB',
    ],
    [
      'version: 1',
      'version: 1\n§<<: {a: 1}',
      '<< is not known: merge keys (<<) are not read, write the keys out or alias the whole value',
    ],
    ['{fr: a, nl: b, en: c}\nnetworks', '§{fr: a, nl: b}\nnetworks', 'gateway.name.en is missing. In English.'],
    ['version: 1', '§networks2: 1', 'version is missing; must be 1. Version of this format.'],
    ['technology: tetra,', 'technology: §,', 'networks[0].technology is empty: give it a value, or leave the key out'],
    [
      '{id: astrid, name: ASTRID, technology: tetra, ',
      '§{id: astrid, name: ASTRID, ',
      'networks[0].technology is missing; must be one of tetra, tetrapol, mcx, analogue. Decides which numbers are possible in it.',
    ],
    [
      sip,
      withSip('keyIn: {mode: vox, §releaseAfterMs: 9}'),
      'attachments[0].sip.keyIn.releaseAfterMs is not known here; known are mode, thresholdDbov, attackMs, hangMs, emergency',
    ],
    [
      sip,
      withSip('keyIn: §{}'),
      'attachments[0].sip.keyIn.mode is missing; must be one of presence, vox, telephone-event',
    ],
  ])('%s → %s', (from, to, problem) => {
    const { text, at } = spoilt(from, to);
    expect(problemsOf(text)).toContain(at + problem);
  });
});

describe('values', () => {
  it.each([
    ['number: "101"', 'number: §059', 'talkgroups[0].number must be text: put it between quotes'],
    ['short: A}', 'short: §ABCDEFGHIJKLM}', 'talkgroups[0].short must have at most 12 characters'],
    ['short: A}', 'short: §""}', 'talkgroups[0].short must not be empty'],
    [
      'short: A}',
      'short: A, endToEndEncrypted: §"no"}',
      'talkgroups[0].endToEndEncrypted must be true or false, without quotes',
    ],
    [
      'country: BE}\n  - {id: inpt',
      'country: §be}\n  - {id: inpt',
      'networks[0].country must be an ISO 3166-1 code in capitals such as BE, FR or GB',
    ],
    [
      'technology: tetra,',
      'technology: §tetrra,',
      'networks[0].technology must be one of tetra, tetrapol, mcx, analogue. Did you mean "tetra"?',
    ],
    [
      `kind: sip, sip: ${sip}`,
      `kind: §spi, sip: ${sip}`,
      'attachments[0].kind must be one of sip, link, mcptt, ed137, rtp. Did you mean "sip"?',
    ],
    [
      '    short: G1',
      '    short: G1\n    priority: §15',
      'sharedGroups[0].priority must be 0–14: 15 is kept for emergencies',
    ],
    ['    short: G1', '    short: G1\n    priority: §-1', 'sharedGroups[0].priority must be at least 0'],
    ['    short: G1', '    short: G1\n    talkLimitMs: §20000.5', 'sharedGroups[0].talkLimitMs must be a whole number'],
    [
      '    short: G1',
      '    short: G1\n    talkLimitMs: §"60000"',
      'sharedGroups[0].talkLimitMs must be a number, not text: write it without quotes',
    ],
    ['    short: G1', '    short: G1\n    talkLimitMs: §4999', 'sharedGroups[0].talkLimitMs must be at least 5000'],
    ['    short: G1', '    short: G1\n    talkLimitMs: §600001', 'sharedGroups[0].talkLimitMs must be at most 600000'],
    [
      '  id: gw',
      '  id: §"a b"',
      'gateway.id must be 1–64 letters, digits, ":", ".", "_" or "-", beginning with a letter or digit',
    ],
    ['{fr: a, nl: b, en: c}\nnetworks', '§Tournai\nnetworks', 'gateway.name must be a block of keys, not text'],
    [
      '    legs:\n      - {talkgroup: t1}\n      - {talkgroup: t2}',
      '    legs: §[]',
      'sharedGroups[0].legs must have at least 1 item',
    ],
    [
      '    legs:\n      - {talkgroup: t1}\n      - {talkgroup: t2}',
      '    legs: §5',
      'sharedGroups[0].legs must be a list, not a number: begin each item with "- "',
    ],
    ['version: 1', 'version: §2', 'version must be 1'],
    ['"sip:127.0.0.1:5160"', '§"sip:127.0.0.1:99999"', 'attachments[0].sip.peer must have a port from 1 to 65535'],
    [
      '"sip:127.0.0.1:5160"',
      '§"sips:127.0.0.1;transport=tcp"',
      'attachments[0].sip.peer begins with sips:, which is TLS, and says tcp',
    ],
    [
      '"sip:127.0.0.1:5160"',
      '§"sip:127.0.0.256"',
      'attachments[0].sip.peer must have an IPv4 address, an IPv6 address between [ and ], or a host name',
    ],
    ['"sip:127.0.0.1:5160"', '§"sip:[::1::2]"', 'attachments[0].sip.peer must have an IPv6 address between [ and ]'],
    ['"sip:127.0.0.1:5160"', '§"sip:[::zz]"', `attachments[0].sip.peer ${uri}`],
    ['"sip:127.0.0.1:5160"', '§127.0.0.1', `attachments[0].sip.peer ${uri}`],
    [
      '"sip:127.0.0.1:5160"',
      '§"sip:127.0.0.1;lr"',
      'attachments[0].sip.peer may have ;transport=udp, ;transport=tcp or ;transport=tls behind the port, nothing else',
    ],
    [sip, withSip('registerWith: §box'), `attachments[0].sip.registerWith ${uri}`],
    [
      sip,
      withSip('callee: §"sip:{group}@{peer}"'),
      'attachments[0].sip.callee has the placeholder {group}; known are {number} and {peer}',
    ],
    [sip, withSip('callee: §"{number}"'), `attachments[0].sip.callee with its placeholders filled ${uri}`],
    [sip, withSip('ptimeMs: §25'), 'attachments[0].sip.ptimeMs must be one of 10, 20, 30, 40, 60'],
    [
      sip,
      withSip('codecs: [PCMA, §PCMB]'),
      'attachments[0].sip.codecs[1] must be one of PCMA, PCMU, G722, opus. Did you mean "PCMA"?',
    ],
    [
      sip,
      withSip('keyIn: {mode: telephone-event, on: §5}'),
      'attachments[0].sip.keyIn.on must be text: put it between quotes',
    ],
    [
      sip,
      withSip('keyIn: {mode: telephone-event, on: §E}'),
      'attachments[0].sip.keyIn.on must be one of 0–9 * # A B C D, between quotes',
    ],
    [
      'version: 1',
      'version: 1\nmedia: {host: §gateway.local}',
      'media.host must be an IPv4 or IPv6 address, without brackets and port',
    ],
    ['version: 1', 'version: 1\nmedia: {ports: {from: 5000, to: §4000}}', 'media.ports.to must not be below `from`'],
    ['version: 1', 'version: 1\nmedia: {webrtc: {workers: §0}}', 'media.webrtc.workers must be at least 1'],
    [
      'version: 1',
      'version: 1\nmedia: {webrtc: {workers: §all}}',
      'media.webrtc.workers must be "cores" or a number from 1 to 64',
    ],
    [
      'version: 1',
      'version: 1\nconsole: {origins: [§"https://x/y"]}',
      'console.origins[0] must be an origin such as https://radio.example.org, without a path',
    ],
  ])('%s → %s', (from, to, problem) => {
    const { text, at } = spoilt(from, to);
    expect(problemsOf(text)).toEqual([at + problem]);
  });

  it('a whole file that is a list, a word or nothing', () => {
    expect(problemsOf('- a')).toEqual(['x.yaml:1:1: must be a block of keys, not a list']);
    expect(problemsOf('hello')).toEqual(['x.yaml:1:1: must be a block of keys, not text']);
    const empty = 'x.yaml:1:1: is empty: begin with a copy of config/example.yaml';
    expect(problemsOf('')).toEqual([empty]);
    expect(problemsOf('# only a comment\n')).toEqual([empty]);
  });

  it('with a byte order mark, CRLF line ends or document markers is read as without', () => {
    for (const text of [`\uFEFF${base}`, base.replaceAll('\n', '\r\n'), `---\n${base}...\n`]) {
      expect(problemsOf(text)).toEqual([]);
    }
  });
});

describe('YAML', () => {
  it.each([
    ['a: 1\na: 2', 'x.yaml:2:1: is a key that stands twice in this block: remove one of them'],
    ['a: "x', 'x.yaml:1:6: is not closed: a quote is missing at the end'],
    [
      'a: b: c',
      'x.yaml:1:4: holds a second ": " in one line: put the value between quotes, or begin a block on the next line',
    ],
    ['\ta: 1', 'x.yaml:1:1: is indented with a tab: use spaces'],
    ['a: @x', 'x.yaml:1:4: begins with a character that YAML reserves: put the value between quotes'],
    ['a: *x', 'x.yaml:1:4: is an alias (*name) of an anchor (&name) that does not stand before it'],
    ['a: !secret x', 'x.yaml:1:4: has a tag (!name): tags are not used here'],
    ['a: 1\n---\nb: 2', 'x.yaml:2:1: begins a second document (---): one file holds one configuration'],
    ['? [a]\n: 1', 'x.yaml:1:3: is a key that is not text'],
    ['a: "\\q"', 'x.yaml:1:5: is not an escape that YAML knows: write \\\\ for a backslash, or use single quotes'],
  ])('%j', (text, problem) => {
    expect(problemsOf(text)).toContain(problem);
  });

  it('with all faults at once', () => {
    expect(problemsOf('a: @x\nb: @y\n')).toHaveLength(2);
  });

  it('that would grow without end: aliases of aliases, thousands of aliases, thousands of levels', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [one, next] of ['ab', 'bc', 'cd', 'de'])
      bomb.push(`${next}: &${next} [${Array(9).fill(`*${one}`).join(', ')}]`);
    expect(problemsOf(bomb.join('\n'))).toEqual([
      'x.yaml:1:1: grows too large: aliases (*name) stand for each other too often',
    ]);
    const many = `a: [&x 1, ${'*x, '.repeat(500)}]`;
    expect(problemsOf(many)).toEqual([expect.stringContaining('is the alias number 101: at most 100 are read')]);
    expect(problemsOf(`a: ${'['.repeat(50_000)}`)[0]).toContain('nested too deeply');
    expect(problemsOf('- '.repeat(50_000))[0]).toContain('nested too deeply');
  });

  it('of 80,000 keys in time that grows with their number, not with its square (which would be minutes)', () => {
    const keys = Array.from({ length: 80_000 }, (_, index) => `k${index}: 1`).join('\n');
    const before = process.threadCpuUsage(); // ours alone, whatever else the machine does
    expect(problemsOf(keys)).toHaveLength(200);
    expect(process.threadCpuUsage(before).user / 1e6).toBeLessThan(30);
  }, 300_000);
});

describe('secrets', () => {
  const withPassword = (password: string) => spoilt(sip, withSip(`username: u, password: §${password}`));

  it('that stand in the file are refused without repeating them', () => {
    const problem =
      'attachments[0].sip.password must be {env: NAME} or {file: PATH}: the secret itself never stands in this file';
    for (const password of ['hunter2', '{value: hunter2}', '[hunter2]', '5', '{env: A, file: hunter2}']) {
      const { text, at } = withPassword(password);
      expect(problemsOf(text)).toEqual([at + problem]);
    }
  });

  it.each([
    ['{env: NO_SUCH}', 'names the environment variable NO_SUCH, which is not set'],
    ['{env: EMPTY}', 'names the environment variable EMPTY, which is empty'],
    ['{file: no/such}', 'names the file no/such, which is not there or may not be read'],
    ['{file: .}', 'names ., which is not a file'],
    ['{file: "\\0"}', 'names the file \uFFFD, which is not there or may not be read'],
  ])('that cannot be had are named by variable or file: %s', (password, problem) => {
    const { text, at } = withPassword(password);
    expect(problemsOf(text, { EMPTY: '' })).toEqual([`${at}attachments[0].sip.password ${problem}`]);
  });

  it('that are there come out only when asked for', () => {
    const { config } = checkConfig(withPassword('{env: PASS}').text, {
      file: join(folder, 'x.yaml'),
      environment: { PASS: 'hunter2' },
      workingFolder: folder,
    });
    const [attachment] = config?.attachments ?? [];
    expect(attachment?.kind === 'sip' && attachment.sip.password?.reveal()).toBe('hunter2');
    expect(JSON.stringify(config)).not.toContain('hunter2');
  });
});

describe('all problems of one file', () => {
  it('are found at once and in its order, also inside items that cannot be read', () => {
    const text = base
      .replace('technology: tetra,', 'technology: tetraa,')
      .replace(
        'network: astrid, kind: sip, sip: {peer: "sip:127.0.0.1:5160"}',
        'network: astrd, kind: sip, rank: 0, sip: {peer: "sip:127.0.0.1:0"}',
      )
      .replace('number: "101"', 'number: 101')
      .replace('organisation: zp,', 'organisation: zq,')
      .replace('- {talkgroup: t2}', '- {talkgroup: t22, priority: 16}');
    expect(problemsOf(text).map((line) => line.replace(/^x\.yaml:(\d+):\d+: (\S+) .*$/, '$1 $2'))).toEqual([
      '6 networks[0].technology',
      '9 attachments[0].network',
      '9 attachments[0].rank',
      '9 attachments[0].sip.peer',
      '14 talkgroups[0].number',
      '17 units[0].organisation',
      '24 sharedGroups[0].legs[1].talkgroup',
      '24 sharedGroups[0].legs[1].priority',
    ]);
  });

  it('do not include that a reference to an item with another mistake is unknown', () => {
    const { text, at } = spoilt('id: inpt, name: INPT', 'id: inpt, §nam: INPT');
    expect(problemsOf(text)).toEqual([
      'x.yaml:7:5: networks[1].name is missing. Name shown to operators.',
      `${at}networks[1].nam is not known. Did you mean "name"?`,
    ]);
  });
});

describe('shipped configurations', () => {
  const environment = {
    ESCAUT_AS_MON_PASSWORD: 'a',
    ESCAUT_IN_HAZ_PASSWORD: 'b',
    ESCAUT_RU_HAZ_PASSWORD: 'c',
    ESCAUT_LINK_TOKEN: 'd',
    ESCAUT_LINK_CERTIFICATE: 'e',
    ESCAUT_LINK_KEY: 'f',
    ESCAUT_LINK_CLIENT_CA: 'g',
    ESCAUT_AS_MCX_PASSWORD: 'h',
    ESCAUT_AS_MCX_FLOOR_KEY: Buffer.alloc(30).toString('base64'),
    ESCAUT_IN_RAD_PASSWORD: 'i',
    ESCAUT_BE_ANPR_TOKEN: 'j'.repeat(32),
    ESCAUT_FR_LAPI_TOKEN: 'k'.repeat(32),
    ESCAUT_OIDC_SECRET: 'l',
    ESCAUT_RECORDING_KEY: '0'.repeat(64),
  };

  it.each(['demo.yaml', 'example.yaml'])('%s has no problem and no warning', (name) => {
    const file = join(folder, name);
    const { config, problems } = checkConfig(readFileSync(file, 'utf8'), { file, environment, workingFolder: folder });
    // Certificates are of the site.
    const missing = problems.filter(({ message }) => message.startsWith('names a file that is not there'));
    expect(problems).toEqual(missing);
    expect(missing.map(({ path }) => path)).toEqual(
      name === 'demo.yaml'
        ? []
        : ['certificate', 'key']
            .map((key) => `console.tls.${key}`)
            .concat(['authorities', 'revoked[0]', 'revoked[1]'].map((key) => `console.tls.clientCertificates.${key}`))
            .concat(['certificate', 'key', 'ca'].map((key) => `sip.listen[2].tls.${key}`))
            .concat('attachments[0].sip.tls.ca', 'attachments[3].mcptt.tls.ca', 'attachments[4].ed137.tls.ca'),
    );
    expect(config !== undefined).toBe(missing.length === 0);
  });
});
