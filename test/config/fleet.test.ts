import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { fleetSections, fleetTextOf } from '../../src/config/config-source.ts';
import { type FleetData, fleetDiff, fleetTouch } from '../../src/config/fleet-diff.ts';
import { checkConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problems.ts';
import { configSchema } from '../../src/config/schema.ts';

const root = join(import.meta.dirname, '../..');
const example = readFileSync(join(root, 'config/example.yaml'), 'utf8');
const options = {
  environment: {},
  workingFolder: root,
  secretsRequired: false,
  file: join(root, 'config/example.yaml'),
};
const fleetText = fleetTextOf(parse(example));

function check(fleet: string, file = example) {
  const { config, problems } = checkConfig(file, { ...options, fleet: { text: fleet, file: 'fleet.yaml' } });
  const errors = problems.filter(({ severity }) => severity === 'error').map(formatProblem);
  return { config, errors };
}

/** The example with its fleet data spoilt. */
function spoilt(spoil: (fleet: Raw) => void): string {
  const fleet = parse(fleetText) as Raw;
  spoil(fleet);
  return stringify(fleet);
}
type Raw = Record<string, Record<string, unknown>[]>;

describe('fleet data', () => {
  it('taken from a file and put over it gives the same configuration', () => {
    const { config } = checkConfig(example, options);
    expect(config).toBeDefined();
    expect(check(fleetText)).toEqual({ config, errors: [] });
  });

  it('takes the place of the whole of it: what it leaves out is not there', () => {
    const { controlRooms, people } = parse(fleetText) as Raw;
    const { morningProof: _, ...file } = parse(example); // it stays, and wants groups that are left out
    // Direct lines and accounts, which stay, want control rooms and people.
    const { config } = check(stringify({ controlRooms, people }), stringify(file));
    const kept = new Set(['controlRooms', 'people']);
    for (const section of fleetSections) expect(config?.[section].length === 0).toBe(!kept.has(section));
    expect(config?.networks.length).toBeGreaterThan(0);
  });

  it('is told of what is wrong by its own lines', () => {
    const text = `${fleetText.replace(/^talkgroups:\n/m, 'talkgroups:\n  - {id: x, network: nowhere, number: "1", short: X}\n')}`;
    const line = text.split('\n').findIndex((words) => words.includes('nowhere')) + 1;
    const { errors } = check(text);
    expect(errors.some((error) => error.startsWith(`fleet.yaml:${line}:`) && error.includes('network'))).toBe(true);
  });

  it.each([
    ['attachments: []\n', 'fleet.yaml:1:1: attachments is no fleet data: it stands in config/example.yaml'],
    ['units: []\nannouncements:\n  command: [rm]\n', 'fleet.yaml:3:3: announcements.command is no fleet data'],
  ])('names no program and no address: %j', (text, error) => {
    expect(check(text).errors).toContainEqual(expect.stringContaining(error));
    expect(check(text).config).toBeUndefined();
  });

  it.each([
    ['', 'is empty: begin with `escaut fleet export`'],
    ['- a\n', 'must be sections such as talkgroups'],
    ['units: [', ''],
  ])('that is no mapping is refused: %j', (text, words) => {
    const { errors } = check(text);
    expect(errors[0]).toMatch(/^fleet\.yaml:1:/);
    expect(errors[0]).toContain(words);
  });

  it('whatever it is never throws, and never changes what stands in the file alone', () => {
    const json = fc.jsonValue();
    fc.assert(
      fc.property(fc.constantFrom(...fleetSections, 'announcements', 'media', 'x'), json, (section, value) => {
        const { config } = check(stringify({ [section]: value }));
        if (config === undefined) return;
        expect(config.announcements.command[0]).toBe('espeak-ng');
        expect(config.media.ports.from).toBe(40_000);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the difference', () => {
  const data = (text: string): FleetData =>
    configSchema.parse({ ...(parse(example) as object), ...(parse(text) as object) });
  const before = data(fleetText);
  const change = (spoil: (fleet: Raw) => void) => {
    const after = data(spoilt(spoil));
    return { diff: fleetDiff(before, after), touch: fleetTouch(before, after) };
  };
  const at = (fleet: Raw, section: string, index = 0): Record<string, unknown> => fleet[section]?.[index] ?? {};

  it('of the same is nothing', () => {
    expect(change(() => {})).toEqual({ diff: [], touch: { groups: false, people: false, countries: [] } });
  });

  it('of a new call sign is one field, of one country or none', () => {
    const { diff, touch } = change((fleet) => {
      at(fleet, 'units').callSign = 'Mouscron 99';
    });
    expect(diff).toEqual([
      {
        section: 'units',
        item: before.units[0]?.id,
        kind: 'changed',
        fields: [{ path: 'callSign', before: before.units[0]?.callSign, after: 'Mouscron 99' }],
      },
    ]);
    expect(touch).toEqual({ groups: true, people: false, countries: [] });
  });

  it('of the number of a talkgroup concerns the countries of every group that has it as a leg', () => {
    const [leg] = before.sharedGroups[0]?.legs ?? [];
    const index = before.talkgroups.findIndex(({ id }) => id === leg?.talkgroup);
    const { diff, touch } = change((fleet) => {
      at(fleet, 'talkgroups', index).number = '1';
    });
    expect(diff.map(({ section, item, kind }) => [section, item, kind])).toEqual([
      ['talkgroups', leg?.talkgroup, 'changed'],
    ]);
    expect(touch.countries).toEqual(['BE', 'FR']);
  });

  it('of a leg is told by its talkgroup', () => {
    const [leg] = before.sharedGroups[0]?.legs ?? [];
    const { diff } = change((fleet) => {
      const [first] = at(fleet, 'sharedGroups').legs as Record<string, unknown>[];
      if (first !== undefined) first.priority = 3;
    });
    expect(diff[0]?.fields).toEqual([{ path: `legs[${leg?.talkgroup}].priority`, before: leg?.priority, after: 3 }]);
  });

  it('of people is told apart', () => {
    const { diff, touch } = change((fleet) => {
      at(fleet, 'people').role = 'observer';
    });
    expect(diff.map(({ section }) => section)).toEqual(['people']);
    expect(touch).toEqual({ groups: false, people: true, countries: [] });
  });

  it('of what is gone and what is new is all that it says', () => {
    const { diff } = change((fleet) => {
      const [first] = fleet.places?.splice(0, 1) ?? [];
      fleet.places?.push({ ...first, code: 'PF-99' });
    });
    expect(diff.map(({ item, kind }) => [item, kind])).toEqual([
      [before.places[0]?.code, 'removed'],
      ['PF-99', 'added'],
    ]);
    expect(diff[1]?.fields.map(({ path }) => path)).toContain('latitudeDeg');
  });

  it('of another order is said where it shows', () => {
    const { diff } = change((fleet) => {
      fleet.sharedGroups?.reverse();
    });
    expect(diff).toEqual([{ section: 'sharedGroups', item: '', kind: 'moved', fields: [] }]);
  });

  it('is empty for nothing but the same', () => {
    const item = fc.record({ id: fc.constantFrom('a', 'b', 'c'), x: fc.jsonValue(), y: fc.jsonValue() });
    const items = fc.uniqueArray(item, { selector: ({ id }) => id });
    fc.assert(
      fc.property(items, items, (one, other) => {
        const empty = fleetDiff({ ...before, places: one as never }, { ...before, places: other as never });
        // A key without a value is one that is not there.
        const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
        const equal = JSON.stringify(canonical(plain(one))) === JSON.stringify(canonical(plain(other)));
        expect(empty.length === 0).toBe(equal);
      }),
    );
  });
});

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, canonical(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
