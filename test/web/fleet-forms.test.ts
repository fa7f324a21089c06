/** The forms of the fleet data: the text that comes of them, and where the gateway's faults are shown. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { fleetTextOf } from '../../src/config/config-source.ts';
import { checkConfig, jsonSchema } from '../../src/config/load.ts';
import type { SchemaNode } from '../../src/config/problems.ts';
import { readText, withChange } from '../../src/web/app/fleet-text.ts';
import { fieldsIn, sampleOf } from '../../src/web/model/announcement-fields.ts';
import {
  cleanItem,
  emptyItem,
  faultsAt,
  faultsOf,
  type Item,
  idOf,
  itemsIn,
  placeOf,
  removedFrom,
  rowsOf,
} from '../../src/web/model/fleet-draft.ts';
import { type FormField, formFields, formSections } from '../../src/web/model/fleet-forms.ts';

const example = readFileSync(new URL('../../config/example.yaml', import.meta.url), 'utf8');
const text = fleetTextOf(parse(example));
const data: unknown = parse(text);

/** What the gateway would say of a text. */
function check(fleet: string) {
  const options = { file: 'config/example.yaml', environment: {}, workingFolder: '.', secretsRequired: false };
  return checkConfig(example, { ...options, fleet: { text: fleet, file: 'fleet data' } });
}

function errorsOf(fleet: string) {
  return check(fleet).problems.filter(({ severity }) => severity === 'error');
}

describe('fields of the forms', () => {
  it('are those of the schema: each of its keys has a field, and each field a key', () => {
    const schema = jsonSchema();
    for (const section of formSections) {
      let node: SchemaNode | undefined = schema;
      for (const step of placeOf(section)) node = node?.properties?.[step];
      expectSame(formFields[section], node?.items, section);
    }
  });
});

function expectSame(fields: readonly FormField[], node: SchemaNode | undefined, where: string): void {
  const keys = Object.keys(node?.properties ?? {}).sort();
  expect([where, fields.map(({ name }) => name as string).sort()]).toEqual([where, keys]);
  for (const { name, kind, optional } of fields) {
    const inner = node?.properties?.[name];
    if (inner === undefined) continue;
    const isRequired = node?.required?.includes(name) === true;
    expect([`${where}.${name}`, optional !== true]).toEqual([`${where}.${name}`, isRequired]);
    if (kind.as === 'group') expectSame(kind.fields, inner, `${where}.${name}`);
    if (kind.as === 'rows') expectSame(kind.fields, inner.items, `${where}.${name}`);
    if (kind.as === 'choice') expect([name, [...kind.values].sort()]).toEqual([name, [...(inner.enum ?? [])].sort()]);
    if (kind.as === 'choices') {
      expect([name, [...kind.values].sort()]).toEqual([name, [...(inner.items?.enum ?? [])].sort()]);
    }
    if (kind.as === 'number') expect([name, kind.min, kind.max]).toEqual([name, inner.minimum, inner.maximum]);
    if (kind.as === 'text' && inner.maxLength !== undefined) expect([name, kind.max]).toEqual([name, inner.maxLength]);
  }
}

describe('a text that a form has changed', () => {
  it('is as it was but for one field, and still valid', async () => {
    const [index, unit] = [...itemsIn(data, 'units').entries()].find(([, { id }]) => id === 'm31') ?? [0, {}];
    const item = cleanItem(formFields.units, { ...unit, callSign: 'Mouscron 32' });
    const changed = (await withChange(text, { place: placeOf('units'), index, item })) ?? '';
    expect(errorsOf(changed)).toEqual([]);
    expect(itemsIn(parse(changed), 'units')[index]).toEqual({ ...unit, callSign: 'Mouscron 32' });
    const lines = (whole: string) => new Set(whole.split('\n'));
    const same = (await withChange(text, { place: placeOf('units'), index, item: unit })) ?? '';
    const others = [...lines(changed)].filter((line) => !lines(same).has(line));
    expect(others).toHaveLength(1);
  });

  it('has one item more, or one less', async () => {
    const unit = { id: 'm32', callSign: 'Mouscron 32', network: 'astrid', address: '5317032', organisation: 'zp5317' };
    const item = cleanItem(formFields.units, { ...unit, language: 'fr', controlRoom: '' });
    const more = (await withChange(text, { place: ['units'], item })) ?? '';
    expect(errorsOf(more)).toEqual([]);
    const units = itemsIn(await readText(more), 'units');
    expect(units.at(-1)).toEqual({ ...unit, language: 'fr' });
    const less = (await withChange(more, { place: ['units'], index: units.length - 1 })) ?? '';
    expect(parse(less)).toEqual(data);
  });

  it('makes a section that is not there yet', async () => {
    const { announcements: _, ...without } = data as Item;
    const item = { id: 'ann-lost', fr: 'Rompu.', nl: 'Weg.', en: 'Lost.' };
    const made = (await withChange(stringify(without), { place: placeOf('announcements'), item })) ?? '';
    expect(errorsOf(made)).toEqual([]);
    expect(itemsIn(parse(made), 'announcements')).toEqual([item]);
  });

  it('is none where it was no YAML before', async () => {
    expect(await withChange('units: [', { place: ['units'], item: {} })).toBeUndefined();
    expect(await readText('units: [')).toBeUndefined();
  });

  it('keeps every item of the example as it is, whatever its section', async () => {
    for (const section of formSections) {
      for (const [index, item] of itemsIn(data, section).entries()) {
        const cleaned = cleanItem(formFields[section], item);
        // What is written out although it is the default may be left out.
        for (const [key, value] of Object.entries(cleaned)) expect(value).toEqual(item[key]);
        if (index > 0) continue;
        const same = (await withChange(text, { place: placeOf(section), index, item: cleaned })) ?? '';
        expect(itemsIn(parse(same), section)[0]).toEqual(cleaned);
      }
    }
  });

  it('does not lose what no form knows, and leaves out what is empty', () => {
    const cleaned = cleanItem(formFields.units, { id: ' a ', later: { is: 1 }, controlRoom: '', callSign: '' });
    expect(cleaned).toEqual({ id: 'a', later: { is: 1 }, callSign: '' });
  });
});

describe('what is wrong', () => {
  it('stands at its field', async () => {
    const index = itemsIn(data, 'alertPlans').findIndex(({ id }) => id === 'plan-pf');
    const plan = itemsIn(data, 'alertPlans')[index] as { levels: Item[] };
    const levels = plan.levels.with(1, { ...plan.levels[1], posts: ['PF-99'] });
    const changed = (await withChange(text, { place: ['alertPlans'], index, item: { ...plan, levels } })) ?? '';
    const { own, others } = faultsAt(check(changed).problems, 'alertPlans', index);
    expect(others).toEqual([]);
    expect(faultsOf(faultsOf(own, 'levels'), '[1]').map(({ path }) => path)).toEqual(['posts[0]']);
    expect(faultsOf(own, 'level')).toEqual([]);
  });

  it('stands at each field of an empty item, and at none of its neighbours', async () => {
    const index = itemsIn(data, 'units').length;
    const changed = (await withChange(text, { place: ['units'], item: emptyItem(formFields.units) })) ?? '';
    const { own, others } = faultsAt(check(changed).problems, 'units', index);
    expect(others).toEqual([]);
    for (const name of ['id', 'callSign', 'network', 'address', 'organisation']) {
      expect([name, faultsOf(own, name).length > 0]).toEqual([name, true]);
    }
    expect(faultsOf(own, 'language')).toEqual([]);
  });

  it('stands elsewhere where others speak of what was taken out', async () => {
    const index = itemsIn(data, 'organisations').findIndex(({ id }) => id === 'zp5317');
    const changed = (await withChange(text, { place: ['organisations'], index })) ?? '';
    const paths = errorsOf(changed).map(({ path }) => path);
    expect(paths.length).toBe(2);
    for (const path of paths) expect(path).toMatch(/^units\[\d+\]\.organisation$/);
  });
});

describe('rows of a table', () => {
  const units = itemsIn(data, 'units');

  it('are found by any words, without regard to accents and case', () => {
    expect(rowsOf(units, units, 'MOUSCRON 34').map(({ item }) => item.id)).toEqual(['m34']);
    expect(rowsOf(itemsIn(data, 'people'), [], 'operateur fr 1').map(({ item }) => item.id)).toContain('ccpd-fr-1');
    expect(rowsOf(units, units, '')).toHaveLength(units.length);
    expect(rowsOf(units, units, 'nowhere')).toEqual([]);
  });

  it('say what is new and what has changed', () => {
    const [first = {}, ...others] = units;
    const draft = [{ ...first, callSign: 'X' }, ...others.slice(1), { id: 'new' }];
    const rows = rowsOf(draft, units, '');
    expect(rows.filter(({ as }) => as !== 'same').map(({ item, as }) => [idOf(item), as])).toEqual([
      [idOf(first), 'changed'],
      ['new', 'added'],
    ]);
    expect(removedFrom(draft, units)).toEqual([idOf(others[0])]);
  });

  it('take any text that somebody looks for', () => {
    fc.assert(fc.property(fc.string(), (wanted) => void rowsOf(units, units, wanted)));
  });
});

describe('fields of an announcement', () => {
  it('have something to be heard with', () => {
    const fields = fieldsIn(['{place}, {time}.', 'à {place} sur {group}']);
    expect(fields).toEqual(['place', 'time', 'group']);
    expect(fields.map((name) => sampleOf(name, data))).toEqual(['PF-01', '14:05', 'FRBE POURS 1']);
  });
});
