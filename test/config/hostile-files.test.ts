/** Fleet data as somebody hostile would send it, as YAML and as a table: refused in words, soon, and harming nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { fleetTextOf } from '../../src/config/config-source.ts';
import { checkConfig } from '../../src/config/load.ts';
import { short, text } from '../../src/config/schema-values.ts';
import { readUnitsCsv } from '../../src/config/units-csv.ts';

const root = join(import.meta.dirname, '../..');
const example = readFileSync(join(root, 'config/example.yaml'), 'utf8');
const options = {
  environment: {},
  workingFolder: root,
  secretsRequired: false,
  file: join(root, 'config/example.yaml'),
};
const fleetText = fleetTextOf(parse(example));
/** On a machine that others use as well; what hangs takes minutes. */
const soonMs = 8000;

function check(text: string) {
  const beganMs = performance.now();
  const { config, problems } = checkConfig(example, { ...options, fleet: { text, file: 'fleet.yaml' } });
  expect(performance.now() - beganMs).toBeLessThan(soonMs);
  return { config, errors: problems.filter(({ severity }) => severity === 'error') };
}
/** The same value in several places of the example's fleet data. */
function placed(paths: readonly (readonly string[])[], value: unknown): string {
  const fleet = parse(fleetText);
  for (const path of paths) {
    const holder = path.slice(0, -1).reduce((each, key) => each[key], fleet);
    holder[path.at(-1) ?? ''] = value;
  }
  return stringify(fleet);
}
const runs = 25;
const small = `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}}
networks:
  - {id: n, name: N, technology: tetra, country: BE}
organisations: [{id: o, name: "Police", country: BE}]
units:
  - id: u1
    network: n
    address: "5901 92102"
    callSign: 'BAC 2'
    organisation: o
    language: fr
`;
const many = (count: number, make: (at: number) => string) => Array.from({ length: count }, (_, at) => make(at));
const letters = [...'abcdefghij'];

describe('YAML', () => {
  it.each([
    [
      'laughs a billion times',
      letters
        .map((name, at) => `${name}: &${name} [${many(9, () => (at === 0 ? 'x' : `*${letters[at - 1]}`))}]`)
        .join('\n'),
    ],
    ['has aliases without end', `units: [${'&a 1, '}${many(500, () => '*a')}]`],
    ['refers to itself', 'units: &a [*a]'],
    ['is nested without end', `units: ${'['.repeat(50_000)}`],
    ['has a hundred thousand faults', '}\n'.repeat(100_000)],
    ['has many keys', many(5000, (at) => `k${at}: 1`).join('\n')],
    ['has tags', 'units: !!js/function "x"'],
    [
      'has the keys of prototypes',
      'units: [{__proto__: {id: x}, constructor: {prototype: {polluted: 1}}}]\n__proto__: {polluted: 1}',
    ],
    ['has several documents', '---\nunits: []\n---\nunits: []\n'],
    ['is octets', '\0\u{1}\u{FFFE}\u{FFFF}\uD800'],
    ['is long', `units: "${'x'.repeat(200_000)}"`],
  ])('that %s is refused', (_, yaml) => {
    expect(check(yaml).errors.length).toBeGreaterThan(0);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('with a byte order mark or the line ends of Windows is read as without', () => {
    const { config } = check(fleetText);
    expect(config).toBeDefined();
    expect(check(`\uFEFF${fleetText}`).config).toEqual(config);
    expect(check(fleetText.replaceAll('\n', '\r\n')).config).toEqual(config);
  });

  const named = [
    ['units', '0', 'callSign'],
    ['units', '0', 'address'],
    ['talkgroups', '0', 'short'],
    ['talkgroups', '0', 'number'],
    ['sharedGroups', '0', 'name', 'fr'],
    ['sharedGroups', '0', 'short'],
    ['controlRooms', '0', 'callSign'],
    ['organisations', '0', 'name'],
  ];
  it('takes no name that looks as another', () => {
    const tricks = ['\u202E', '\u2066', '\u200B', '\u00AD', '\uFEFF', '\0', '\n', '\u0085', '\u2028', '\x7F', '\uD800'];
    for (const trick of tricks) {
      for (const schema of [text, short]) expect(schema.safeParse(`A${trick}B`).success).toBe(false);
    }
    for (const name of ['CCPD Tournai', 'Frontière – Grens', 'Köln/Lüttich', '警察', '\u{1F693}', 'e\u0301']) {
      expect(text.safeParse(name).success).toBe(true);
    }
    for (const value of ['A\u202EB', Infinity, '__proto__'.repeat(30)]) {
      const { errors } = check(placed(named, value));
      const told = errors.map(({ path }) => path.replaceAll(/\[(\d+)\]/g, '.$1'));
      expect(told).toEqual(expect.arrayContaining(named.map((path) => path.join('.'))));
    }
  });

  it('gives a verdict, whatever is put into it anywhere', () => {
    const piece = fc.oneof(
      fc.constantFrom('\uFEFF', '\r', '\0', '\u202E', '__proto__: ', '<<: *a', '&a ', '*a', '!!x ', '1e999', '- - '),
      fc.constantFrom('{', '["', '|\n', '? ', '0x', '%YAML 9\n', '"\\u202e"', '...\n'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(small.length), piece), { minLength: 1, maxLength: 4 }), (changes) => {
        const text = changes.reduce((all, [at, put]) => all.slice(0, at) + put + all.slice(at), small);
        const { problems } = checkConfig(text, options);
        for (const { line, column } of problems) expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
        expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
      }),
      { numRuns: runs },
    );
  });
});

describe('a table', () => {
  const head = 'id,network,address,callSign,organisation,language';
  it.each([
    ['has a hundred thousand columns', many(100_000, (at) => `c${at}`).join(',')],
    ['has one column a hundred thousand times', many(100_000, () => 'id').join(',')],
    ['has the columns of prototypes', `__proto__,constructor,${head}\n1,2,a,b,c,d,e,fr`],
    ['has empty lines without end', `${head}\n${'\n'.repeat(4_000_000)}`],
    ['has rows without end', `${head}\n${many(60_000, (at) => `u${at},n,1,c,o,fr`).join('\n')}`],
    ['has fields without end', `${head}\n${','.repeat(300_000)}x`],
    ['has a quote without end', `${head}\n"${'x\n'.repeat(500_000)}`],
    ['has but one octet', '\0'],
  ])('that %s is refused, with a fault or two', (_, text) => {
    const beganMs = performance.now();
    const reading = readUnitsCsv(text);
    expect(performance.now() - beganMs).toBeLessThan(soonMs);
    expect(reading).toMatchObject({ ok: false });
    expect(reading.ok ? 0 : reading.faults.length).toBeLessThan(300);
  });
});
