import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { GatewayError } from '../../src/base/errors.ts';
import { Secret } from '../../src/base/secret.ts';
import { describeConfig } from '../../src/config/describe.ts';
import { checkConfig, jsonSchema, type LoadOptions, loadConfig } from '../../src/config/load.ts';
import { formatProblem, type SchemaNode } from '../../src/config/problems.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'escaut-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

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
const secretsCount = Object.keys(environment).length;
const example = readFileSync(join(root, 'config/example.yaml'), 'utf8');
const minimal = `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}}
networks: [{id: n, name: N, technology: tetra, country: BE}]
`;

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function load(options: Partial<LoadOptions> = {}) {
  return loadConfig({ environment: {}, workingFolder: folder, ...options });
}

function failure(options: Partial<LoadOptions>): GatewayError {
  try {
    load(options);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  return expect.unreachable();
}

describe('finding the file', () => {
  write('named.yaml', minimal.replace('id: gw', 'id: named'));
  write('from-environment.yaml', minimal.replace('id: gw', 'id: environment'));

  it('takes the one asked for, else ESCAUT_CONFIG, both relative to the working folder', () => {
    const fromEnvironment = { ESCAUT_CONFIG: 'from-environment.yaml' };
    expect(load({ file: 'named.yaml', environment: fromEnvironment }).config.gateway.id).toBe('named');
    expect(load({ environment: fromEnvironment }).config.gateway.id).toBe('environment');
  });

  it('takes the demonstration of the installation when nothing is asked for and there is no escaut.yaml', () => {
    const { file, config } = load();
    expect([join(root, 'config/escaut.yaml'), join(root, 'config/demo.yaml')]).toContain(file);
    expect(config.networks.length).toBeGreaterThan(0);
  });

  it('says CONFIG_NOT_FOUND with the path when it is not there, or is no file', () => {
    expect(failure({ file: 'nowhere.yaml' })).toMatchObject({ code: 'CONFIG_NOT_FOUND', exitCode: 66 });
    expect(failure({ file: 'nowhere.yaml' }).message).toContain(join(folder, 'nowhere.yaml'));
    expect(failure({ file: '.' }).code).toBe('CONFIG_NOT_FOUND');
  });

  it('refuses what is no configuration: 4 MiB, or bytes that are not UTF-8', () => {
    expect(failure({ file: write('big.yaml', '#'.repeat(4 * 1024 * 1024 + 1)) })).toMatchObject({
      code: 'CONFIG_INVALID',
    });
    const latin1 = write('latin1.yaml', Buffer.from('gateway: {name: Vall\xe9e}', 'latin1'));
    expect(failure({ file: latin1 }).message).toContain('is not UTF-8');
  });
});

describe('a loaded configuration', () => {
  it('has its defaults filled in', () => {
    const { config } = load({ file: write('minimal.yaml', minimal) });
    expect(config.limits).toEqual({
      talkLimitMs: 30_000,
      talkWarnMs: 20_000,
      leaseMs: 1000,
      graceMs: 0,
      queueLimit: 8,
      firstWordMsMax: 3000,
    });
    expect(config.console.listen).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(config.media.ports).toEqual({ from: 40_000, to: 43_999 });
    expect(config.simulator).toBeUndefined();
  });

  it('is frozen to its depths', () => {
    const file = join(root, 'config/example.yaml');
    const { config } = loadConfig({ file, environment, workingFolder: root, secretsRequired: false });
    const open: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) open.push(path);
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
    };
    visit(config, 'config');
    expect(open).toEqual([]);
  });

  it('has secrets from the environment and from files, without their line end', () => {
    write('password', 'from file\n');
    chmodSync(join(folder, 'password'), 0o600);
    const text = `${minimal}attachments:
  - {id: a, network: n, kind: sip, sip: {peer: "sip:127.0.0.1:6000", username: u, password: {env: PASS}}}
  - {id: b, network: n, kind: sip, sip: {peer: "sip:127.0.0.1:6001", username: u, password: {file: password}}}
`;
    const { config, warnings } = load({ file: write('secrets.yaml', text), environment: { PASS: 'from environment' } });
    const secrets = config.attachments.map((each) => (each.kind === 'sip' ? each.sip.password : undefined));
    expect(secrets.map((secret) => secret instanceof Secret && secret.reveal())).toEqual([
      'from environment',
      'from file',
    ]);
    expect(warnings).toEqual([]);
    chmodSync(join(folder, 'password'), 0o644);
    expect(load({ file: 'secrets.yaml', environment: { PASS: 'x' } }).warnings.map(({ message }) => message)).toEqual([
      'names the file password, which everybody may read: chmod o-rwx it',
    ]);
  });

  it('warns of a private key that everybody may read, not of certificates', () => {
    for (const name of ['own.crt', 'own.key', 'ca.crt']) {
      write(name, `${name}\n`);
      chmodSync(join(folder, name), 0o644);
    }
    const text = `${minimal}attachments:
  - id: a
    network: n
    kind: link
    link:
      listen: {host: 127.0.0.1, port: 5871}
      agent: box7
      tls: {certificate: {file: own.crt}, key: {file: own.key}, clientCa: {file: ca.crt}}
`;
    const file = join(folder, 'link.yaml');
    const { problems } = checkConfig(text, { file, environment: {}, workingFolder: folder });
    expect(problems.map(({ message }) => message).filter((message) => message.includes('chmod'))).toEqual([
      'names the file own.key, which everybody may read: chmod o-rwx it',
    ]);
  });

  it('is named as an operator would, also from a folder elsewhere', () => {
    const file = write('bad.yaml', 'x: 1\n');
    expect(failure({ file, workingFolder: '/usr/share/doc' }).message).toContain(`${join(folder, 'bad.yaml')}:1:`);
    expect(failure({ file, workingFolder: folder }).message).toMatch(/^ *bad\.yaml:1:/m);
  });

  it('may lack its secrets where it is only checked, with a warning each', () => {
    const file = join(root, 'config/example.yaml');
    expect(failure({ file }).message.match(/which is not set/g)).toHaveLength(secretsCount);
    const { warnings } = load({ file, secretsRequired: false });
    expect(warnings.filter(({ message }) => /which is not set/.test(message))).toHaveLength(secretsCount);
    expect(warnings.filter(({ message }) => /^names a file that is not there/.test(message))).toHaveLength(11);
    expect(warnings).toHaveLength(secretsCount + 11);
  });

  it('has the scenario as an absolute path, beside the file', () => {
    expect(load({ file: join(root, 'config/demo.yaml') }).config.simulator?.scenario).toBe(
      join(root, 'config/demo-scenario.yaml'),
    );
  });
});

describe('what is generated from the schema', () => {
  it('is fresh: docs/configuration.md', () => {
    expect(readFileSync(join(root, 'docs/configuration.md'), 'utf8')).toBe(describeConfig(jsonSchema()));
  });

  it('is fresh: config/escaut.schema.json', () => {
    const written: unknown = JSON.parse(readFileSync(join(root, 'config/escaut.schema.json'), 'utf8'));
    expect(written).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
  });

  it('describes every key', () => {
    const bare = keysOf(jsonSchema()).filter(({ node }) => (node.description ?? '') === '');
    expect(bare.map(({ path }) => path)).toEqual([]);
  });
});

/** Sections that the example has as comments. */
const offered = example
  .split('\n')
  .filter((line) => /^#([a-z]| {2})/.test(line))
  .map((line) => line.slice(1))
  .join('\n');

describe('shipped configurations', () => {
  it('show every key between them, so that each stands once with its comment', () => {
    const demo = readFileSync(join(root, 'config/demo.yaml'), 'utf8');
    const shown = [example, demo, offered].map((text) => parse(text) as unknown);
    const missing = keysOf(jsonSchema()).filter(({ path }) => !shown.some((value) => stands(value, path.split('.'))));
    expect(missing.map(({ path }) => path)).toEqual(['$schema']); // the first comment line says it to editors
  });
});

describe('mutations of the Tournai configuration', () => {
  const lines = example.split('\n');
  const secretValue = 'S3cr3t-In-The-Environment';
  const inline = 'hunter2-in-the-file';
  const line = fc.nat(lines.length - 1);
  const mutation = fc.oneof(
    fc.record({ kind: fc.constant('delete' as const), line }),
    fc.record({ kind: fc.constant('repeat' as const), line }),
    fc.record({ kind: fc.constant('swap' as const), line, other: line }),
    fc.record({ kind: fc.constant('cut' as const), line, at: fc.nat(80) }),
    fc.record({
      kind: fc.constant('insert' as const),
      line,
      at: fc.nat(80),
      text: fc.oneof(
        fc.string({ maxLength: 4 }),
        fc.constantFrom('{', ']', '"', "'", ': ', '- ', '\t', '&a ', '*a', '!x ', '# ', '~', '[[', '|', '>'),
      ),
    }),
    fc.record({ kind: fc.constant('secret' as const), form: fc.nat(7) }),
  );
  type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

  /** Passwords written into the file itself, in the ways that people do. */
  const misplaced = (form: number): string =>
    [
      inline,
      `"${inline}"`,
      `[${inline}]`,
      `{env: {${inline}: 1}}`,
      `{value: ${inline}}`,
      `!${inline} x`,
      `*${inline}`,
      `{env: A, ${inline}`,
    ][form] ?? inline;

  function mutate(text: readonly string[], change: Mutation): string[] {
    const result = Array.from(text, (row: string | undefined) => row ?? ''); // a change past a deleted end leaves a hole
    if (change.kind === 'secret')
      return result.map((row) => row.replace(/password: .*$/, `password: ${misplaced(change.form)}`));
    const row = result[change.line] ?? '';
    if (change.kind === 'delete') result.splice(change.line, 1);
    else if (change.kind === 'repeat') result.splice(change.line, 0, row);
    else if (change.kind === 'swap') [result[change.line], result[change.other]] = [result[change.other] ?? '', row];
    else if (change.kind === 'cut') result[change.line] = row.slice(0, change.at);
    else result[change.line] = row.slice(0, change.at) + change.text + row.slice(change.at);
    return result;
  }

  it('never throw, name places that exist, and never repeat a secret', () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (changes) => {
        const text = changes.reduce<string[]>(mutate, lines).join('\n');
        const { config, problems } = checkConfig(text, {
          file: join(folder, 'mutated.yaml'),
          environment: Object.fromEntries(Object.keys(environment).map((name) => [name, secretValue])),
          workingFolder: folder,
        });
        expect(config !== undefined).toBe(problems.every(({ severity }) => severity === 'warning'));
        const said = problems.map(formatProblem).join('\n');
        expect(said).not.toContain(secretValue);
        // A key is repeated so that it can be found; what stands as a value is not.
        expect(said.replaceAll(/password\.\S+ is not known/g, '')).not.toContain(inline);
        for (const { line, column } of problems) {
          expect(line).toBeLessThanOrEqual(text.split('\n').length);
          expect(column).toBeGreaterThanOrEqual(1);
        }
        if (config !== undefined) expect(JSON.stringify(config)).not.toContain(secretValue);
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it('of values anywhere by anything never throw', () => {
    const base = parse(example) as Record<string, unknown>;
    fc.assert(
      fc.property(fc.array(fc.nat(8), { minLength: 1, maxLength: 6 }), fc.anything({ maxDepth: 2 }), (way, value) => {
        const raw = structuredClone(base);
        let parent: unknown = raw;
        for (const [depth, choice] of way.entries()) {
          if (typeof parent !== 'object' || parent === null) break;
          const keys = Object.keys(parent);
          const key = keys[choice % Math.max(1, keys.length)];
          if (key === undefined) break;
          if (depth === way.length - 1) (parent as Record<string, unknown>)[key] = value;
          else parent = (parent as Record<string, unknown>)[key];
        }
        let text: string;
        try {
          text = JSON.stringify(raw) ?? ''; // JSON is YAML
        } catch {
          return; // what JSON cannot say cannot stand in a file
        }
        const { problems } = checkConfig(text, { file: join(folder, 'x.yaml'), environment, workingFolder: folder });
        expect(problems).toBeInstanceOf(Array);
      }),
      { numRuns: 100 },
    );
  }, 120_000);
});

/** Every key of the schema as a path, `[]` for list items. */
function keysOf(node: SchemaNode, path: readonly string[] = []): { path: string; node: SchemaNode }[] {
  const inner = node.items === undefined ? [] : keysOf(node.items, [...path, '[]']);
  const choices = [...(node.oneOf ?? []), ...(node.anyOf ?? []).filter((choice) => choice.properties === undefined)];
  return [
    ...inner,
    ...choices.flatMap((choice) => keysOf(choice, path)),
    ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
      { path: [...path, key].join('.'), node: child },
      ...keysOf(child, [...path, key]),
    ]),
  ];
}

function stands(value: unknown, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return true;
  if (step === '[]') return Array.isArray(value) && value.some((item) => stands(item, rest));
  return (
    typeof value === 'object' &&
    value !== null &&
    step in value &&
    stands((value as Record<string, unknown>)[step], rest)
  );
}

it.each([
  ['recording: {masterKey: {env: KEY}}', 'recording.masterKey'],
  ['recording: {formerMasterKeys: [{env: KEY}]}', 'recording.formerMasterKeys[0]'],
])('refuses a master key of another form and does not show it: %s', (text, path) => {
  const KEY = 'not a key';
  const { problems } = checkConfig(`${minimal}${text}\n`, {
    file: 'x.yaml',
    environment: { KEY },
    workingFolder: folder,
  });
  expect(problems.map((problem) => [problem.path, problem.message])).toEqual([
    [path, 'must be 64 hexadecimal digits (openssl rand -hex 32)'],
  ]);
  expect(JSON.stringify(problems)).not.toContain(KEY);
});
