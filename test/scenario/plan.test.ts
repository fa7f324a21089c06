import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planOf } from '../../scenario/plan.ts';
import { readScenario, type Scenario } from '../../scenario/scenario-file.ts';

function scenario(name: string): Scenario {
  const reading = readScenario(
    parse(readFileSync(new URL(`../../config/scenarios/${name}.yaml`, import.meta.url), 'utf8')),
  );
  if (!reading.ok) throw new Error(reading.problems.join('\n'));
  return reading.scenario;
}

describe.each(['S1', 'S2', 'S3'])('plan of %s', (name) => {
  const { steps } = scenario(name);

  it('in real time keeps the times of the customer', () => {
    expect(planOf({ steps }, 'real-time')).toEqual(steps.map(({ t }) => ({ when: 'at', ms: t })));
  });

  it('fast waits for all before, but for what happens while somebody speaks', () => {
    const plan = planOf({ steps }, 'fast');
    plan.forEach((begins, index) => {
      if (begins.when === 'settled') return;
      expect(begins.when).toBe('within');
      if (begins.when !== 'within') return;
      expect(begins.of).toBeLessThan(index);
      expect(begins.afterMs).toBeGreaterThanOrEqual(0);
      expect(['say', 'emg', 'fault', 'ann']).toContain(steps[index]?.do);
    });
  });

  it('fast lets a second talker key while the one before him speaks', () => {
    const plan = planOf({ steps }, 'fast');
    steps.forEach((step, index) => {
      if (step.do === 'say' && step.overlap)
        expect(plan[index]).toEqual({ when: 'within', of: index - 1, afterMs: 400 });
    });
  });
});

it('lets an emergency and a fault fall into the words that they cut, and the open microphone follow at once', () => {
  const s1 = scenario('S1').steps;
  const plan = planOf({ steps: s1 }, 'fast');
  const cut = s1.findIndex((step) => step.do === 'say' && step.cut_by_emergency);
  const press = s1.findIndex(({ do: what }) => what === 'emg');
  const open = s1.findIndex((step) => step.do === 'say' && step.hot_mic);
  expect(plan[press]).toEqual({ when: 'within', of: cut, afterMs: 700 });
  expect(plan[open]).toEqual({ when: 'within', of: press, afterMs: 100 });
  const s3 = scenario('S3').steps;
  const fault = s3.findIndex(({ do: what }) => what === 'fault');
  expect(planOf({ steps: s3 }, 'fast')[fault]).toEqual({ when: 'within', of: fault - 1, afterMs: 700 });
});

it('lets somebody speak over the time at which legs return to a repaired link', () => {
  const { steps } = scenario('S3');
  const heal = steps.findIndex(({ do: what }) => what === 'heal');
  const line = steps.findIndex((step, at) => at > heal && step.do === 'say' && step.expect.includes('A-25'));
  expect(planOf({ steps }, 'fast')[line]).toEqual({ when: 'within', of: heal, afterMs: 8000 });
});
