/** What is wrong with fleet data has a word for programs, and that word is said in every language of the page. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { fleetTextOf } from '../../src/config/config-source.ts';
import { checkConfig } from '../../src/config/load.ts';
import { problemCodes } from '../../src/config/problem-codes.ts';
import { readUnitsCsv } from '../../src/config/units-csv.ts';
import de from '../../src/web/i18n/de.json' with { type: 'json' };
import en from '../../src/web/i18n/en.json' with { type: 'json' };
import fr from '../../src/web/i18n/fr.json' with { type: 'json' };
import nl from '../../src/web/i18n/nl.json' with { type: 'json' };

const infrastructure = `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}}
networks:
  - {id: astrid, name: ASTRID, technology: tetra, country: BE}
  - {id: inpt, name: INPT, technology: tetrapol, country: FR}
`;
const name = { fr: 'a', nl: 'b', en: 'c' };
const group = { id: 'xb', short: 'XB', name, mode: 'disabled', legs: [{ talkgroup: 'a' }, { talkgroup: 'b' }] };
const whole = {
  controlRooms: [{ id: 'cr', callSign: 'CIC', country: 'BE' }],
  people: [{ id: 'p', display: 'P', role: 'dispatcher', controlRoom: 'cr', country: 'BE' }],
  organisations: [{ id: 'zp', name: 'ZP', country: 'BE' }],
  units: [{ id: 'u', address: '1', network: 'astrid', callSign: 'U', organisation: 'zp', language: 'fr' }],
  statuses: [{ code: 40_000, name }],
  places: [{ code: 'PF-01', name, latitudeDeg: 50, longitudeDeg: 3 }],
  talkgroups: [
    { id: 'a', network: 'astrid', number: '1', short: 'A' },
    { id: 'b', network: 'inpt', number: '2', short: 'B' },
    { id: 'c', network: 'inpt', number: '3', short: 'C', endToEndEncrypted: true },
  ],
  sharedGroups: [group],
  alertPlans: [{ id: 'plan', name, openedBy: ['supervisor'], groups: ['xb'], expiresMin: 60 }],
};

function problemsOf(text: string) {
  const options = { file: 'escaut.yaml', environment: {}, workingFolder: '.' };
  return checkConfig(infrastructure, { ...options, fleet: { text, file: 'fleet data' } }).problems;
}
const codesOf = (fleet: object) => problemsOf(stringify(fleet)).map(({ path, code }) => `${path} ${code}`);
const changed = (section: keyof typeof whole, index: number, change: object) => ({
  ...whole,
  [section]: whole[section].map((item, at) => (at === index ? { ...item, ...change } : item)),
});
const more = (section: keyof typeof whole, item: object) => ({ ...whole, [section]: [...whole[section], item] });
const plan = (change: object) => changed('alertPlans', 0, change);

describe('what is wrong with fleet data', () => {
  it('is nothing in what the others begin with', () => {
    expect(codesOf(whole)).toEqual([]);
  });

  it.each([
    ['units[0].callSign missing', changed('units', 0, { callSign: undefined })],
    ['units[0].callSign empty', changed('units', 0, { callSign: '' })],
    ['units[0].address text-needed', changed('units', 0, { address: 1 })],
    ['units[0].id form-id', changed('units', 0, { id: 'a b' })],
    ['units[0].address form-address', changed('units', 0, { address: ' 1' })],
    ['units[0].colour key-unknown', changed('units', 0, { colour: 'red' })],
    ['units[0].language choice', changed('units', 0, { language: 'es' })],
    ['units[0].callSign length-max', changed('units', 0, { callSign: 'x'.repeat(65) })],
    ['units[0].organisation reference-unknown', changed('units', 0, { organisation: 'zq' })],
    ['units[0].address tetra-address', changed('units', 0, { address: '99999999' })],
    ['units[1].address address-twice', more('units', { ...whole.units[0], id: 'v' })],
    ['units[1].id id-twice', more('units', { ...whole.units[0], address: '2' })],
    ['units list-needed', { ...whole, units: {} }],
    ['units[0] block-needed', { ...whole, units: ['u'] }],
    ['people[0].priority number-max', changed('people', 0, { priority: 15 })],
    ['people[0].priority whole-number-needed', changed('people', 0, { priority: 1.5 })],
    ['people[0].country form-country', changed('people', 0, { country: 'be' })],
    ['statuses[1].code status-twice', more('statuses', { code: 40_000, name })],
    ['places[1].code place-twice', more('places', whole.places[0] ?? {})],
    ['places[0].code form-code', changed('places', 0, { code: 'pf' })],
    ['places[0].latitudeDeg number-needed', changed('places', 0, { latitudeDeg: 'north' })],
    ['talkgroups[0].number tetra-number', changed('talkgroups', 0, { number: '99999999' })],
    ['talkgroups[1].number tetrapol-number', changed('talkgroups', 1, { number: '9999' })],
    ['talkgroups[0].endToEndEncrypted yes-or-no', changed('talkgroups', 0, { endToEndEncrypted: 'no' })],
    [
      'sharedGroups[0].legs[1].talkgroup leg-twice',
      changed('sharedGroups', 0, { legs: [{ talkgroup: 'a' }, { talkgroup: 'a' }] }),
    ],
    [
      'sharedGroups[0].legs[0].talkgroup encrypted',
      changed('sharedGroups', 0, { legs: [{ talkgroup: 'c' }, { talkgroup: 'a' }] }),
    ],
    ['sharedGroups[0].mode schedule-missing', changed('sharedGroups', 0, { mode: 'scheduled' })],
    ['alertPlans[0] plan-groups-or-levels', plan({ groups: [] })],
    [
      'alertPlans[0].levels[0].posts[0] post-unknown',
      plan({ groups: [], levels: [{ level: 1, name, groups: ['xb'], posts: ['PF-02'] }] }),
    ],
    [
      'alertPlans[0].levels[0].groups level-without-group',
      plan({ groups: [], levels: [{ level: 1, name, groups: [] }] }),
    ],
    ['alertPlans[0].requires plan-requires', plan({ borderRecord: true })],
    ['alertPlans[0].openedBy items-min', plan({ openedBy: [] })],
    ['attachments not-fleet-data', { ...whole, attachments: [] }],
  ])('%s', (said, fleet) => {
    expect(codesOf(JSON.parse(JSON.stringify(fleet)))).toContain(said);
  });

  it('is YAML that cannot be read', () => {
    expect(problemsOf('units: [').map(({ code }) => code)).toEqual(['yaml']);
  });

  it('has a code whatever somebody writes in whatever place of the example', () => {
    const example = readFileSync(new URL('../../config/example.yaml', import.meta.url), 'utf8');
    const small: Record<string, unknown[]> = parse(fleetTextOf(parse(example)));
    const sections = Object.keys(small).filter((section) => Array.isArray(small[section]));
    const wrong = fc.constantFrom<unknown>('', ' ', null, true, -1, 1.5, 1e9, [], {}, [''], 'x'.repeat(300), 'nobody');
    fc.assert(
      fc.property(fc.constantFrom(...sections), fc.nat(), fc.nat(), wrong, (section, at, field, value) => {
        const items = small[section] ?? [];
        const index = at % items.length;
        const item = items[index] as Record<string, unknown>;
        const key = Object.keys(item)[field % Object.keys(item).length] ?? '';
        const broken = stringify({ ...whole, [section]: [{ ...item, [key]: value }] });
        for (const { severity, file, code, path, message } of problemsOf(broken)) {
          if (severity === 'error' && file === 'fleet data')
            expect([path, message, typeof code]).toEqual([path, message, 'string']);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('what is wrong with a table of units', () => {
  const head = 'id,network,address,callSign,organisation,language';
  it.each([
    ['csv-columns', ''],
    ['csv-column-unknown', `${head},colour`],
    ['csv-column-twice', `${head},id`],
    ['csv-column-missing', 'id,network'],
    ['csv-fields', `${head}\n1,2`],
    ['csv-missing', `${head}\nu,,1,U,zp,fr`],
    ['csv-id-twice', `${head}\nu,n,1,U,zp,fr\nu,n,2,U,zp,fr`],
    ['csv-quote-open', `${head}\n"u`],
    ['csv-quote-behind', `${head}\n"u"x`],
  ])('%s', (code, csv) => {
    const reading = readUnitsCsv(csv);
    expect(reading.ok ? [] : reading.faults.map((fault) => fault.code)).toContain(code);
  });
});

describe('words of the page', () => {
  it.each([
    ['fr', fr],
    ['nl', nl],
    ['en', en],
    ['de', de],
  ] as const)('say each of them in %s', (_language, texts) => {
    expect(Object.keys(texts.fleet.problem).sort()).toEqual([...problemCodes, 'other'].sort());
  });

  it('are all that it says: no sentence of the gateway gets there', () => {
    for (const file of [
      'ui/fleet-faults.tsx',
      'ui/fleet-fields.tsx',
      'ui/fleet-section.tsx',
      'ui/fleet-units.tsx',
      'ui/fleet-edit.tsx',
      'ui/fleet-view.tsx',
      'ui/fleet-versions.tsx',
      'ui/fleet-people.tsx',
      'app/fleet.ts',
      'model/fleet.ts',
    ]) {
      const source = readFileSync(new URL(`../../src/web/${file}`, import.meta.url), 'utf8');
      expect([file, /\b(?:message|detail)\b/.test(source)]).toEqual([file, false]);
    }
  });
});
