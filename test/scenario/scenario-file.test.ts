import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { clockText, placeOf, readScenario } from '../../scenario/scenario-file.ts';

const file = (name: string) =>
  parse(readFileSync(new URL(`../../config/scenarios/${name}.yaml`, import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >;

/** The customer's S1 with other steps. */
const s1 = file('S1');
const withSteps = (...steps: readonly unknown[]) => ({ ...s1, steps });
const say = { t: '00:01', do: 'say', by: 'm31', tg: 'as:5317010', lang: 'fr', text: 'Reçu.' };

const problemsOf = (document: unknown): readonly string[] => {
  const reading = readScenario(document);
  return reading.ok ? [] : reading.problems;
};

describe('scenario file', () => {
  it.each([
    ['S1', 74],
    ['S2', 48],
    ['S3', 83],
  ])('%s of the customer is read as it stands: %d steps', (name, steps) => {
    const reading = readScenario(file(name));
    expect(reading.ok ? reading.scenario.steps.length : reading.problems).toBe(steps);
  });

  it('says where it is wrong, one line a problem', () => {
    expect(problemsOf(withSteps({ ...say, lang: 'it' }, { ...say, t: '1 min' }))).toEqual([
      expect.stringMatching(/^steps\.0\.lang: /),
      'steps.1.t: must be minutes and seconds such as "05:13"',
    ]);
    expect(problemsOf(withSteps({ ...say, expect: ['A-1'] }))).toEqual([
      'steps.0.expect.0: must be a pass condition such as A-01',
    ]);
  });

  it('refuses a step before the one above it, and one after the end', () => {
    expect(problemsOf(withSteps(say, { ...say, t: '00:00' }))).toEqual(['steps.1.t: is before the step above it']);
    expect(problemsOf(withSteps({ ...say, t: '99:00' }))).toEqual(['steps.0.t: is after the end of the scenario']);
  });

  it('refuses a unit that speaks where it does not stand, and lets it once it has changed its group', () => {
    const there = { ...say, t: '00:03', tg: 'as:5300110' };
    expect(problemsOf(withSteps(there))).toEqual(['steps.0.tg: m31 stands on as:5317010, not on as:5300110']);
    expect(problemsOf(withSteps({ t: '00:02', do: 'regroup', by: 'm31', to: 'as:5300110' }, there))).toEqual([]);
    expect(problemsOf(withSteps({ t: '00:02', do: 'regroup', by: 'm99', to: 'as:5300110' }))).toEqual([
      'steps.0.by: start_state.units does not have m99',
    ]);
  });

  it('gives a scenario or problems for whatever document', () => {
    fc.assert(
      fc.property(fc.anything(), (document) => {
        const reading = readScenario(document);
        expect(reading.ok || reading.problems.length > 0).toBe(true);
      }),
    );
  });

  it('takes groups and legs apart, and writes times as they were read', () => {
    expect(placeOf('xb-pours-1@inpt')).toEqual({ id: 'xb-pours-1', leg: 'inpt' });
    expect(placeOf('as:5300110')).toEqual({ id: 'as:5300110' });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5999 }), (seconds) => {
        const reading = readScenario({ ...withSteps({ ...say, t: clockText(1000 * seconds) }), length: '99:59' });
        expect(reading.ok && reading.scenario.steps[0]?.t).toBe(1000 * seconds);
      }),
    );
  });
});
