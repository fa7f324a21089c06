import { expect, it } from 'vitest';
import { reportOf } from '../../scenario/report.ts';
import { readScenario } from '../../scenario/scenario-file.ts';
import { tableOf } from '../../scenario/table.ts';
import type { Verdict } from '../../scenario/verdict.ts';
import { factsWith } from './facts-of-test.ts';

const reading = readScenario({
  ...{
    scenario: 'S9',
    title: 'A <b>test</b>',
    language_mix: ['fr'],
    clock_start: '02:14:00',
    length: '01:00',
    story: '…',
  },
  start_state: { bridges: [], permanent: [], units: {} },
  steps: [
    { t: '00:05', do: 'say', by: 'm31', tg: 'as:1', lang: 'fr', text: '« Oui » & non', expect: ['A-01', 'A-05'] },
    { t: '00:09', do: 'hit', id: 'H-1', source: 'be-anpr', camera: 'E17', vehicle: { fr: 'Master' }, reason: 'volé' },
  ],
  end_state: {},
});
if (!reading.ok) throw new Error(reading.problems.join('\n'));
const { scenario } = reading;
const verdicts: readonly Verdict[] = [
  { step: 0, assertion: 'A-01', result: 'passed', figure: '3 legs: least 98 % heard' },
  { step: 0, assertion: 'A-05', result: 'not-yet', figure: 'there is no recorder yet' },
  { assertion: 'A-12', result: 'failed', figure: '40 ms outside' },
];

it('prints one row a pass condition, with its figure, and what it comes to', () => {
  expect(tableOf(scenario, verdicts).split('\n')).toEqual([
    'S9: A <b>test</b>',
    '',
    '00:05  m31 on as:1  A-01 Reach      ✓ pass     3 legs: least 98 % heard',
    '00:05  m31 on as:1  A-05 Recorded   · not yet  there is no recorder yet',
    'all    throughout   A-12 Isolation  ✗ FAIL     40 ms outside',
    '',
    '1 passed, 1 failed, 1 not yet',
    '',
  ]);
});

it('writes a report that names whatever was not done, shows the consoles, and takes words as words', () => {
  const facts = factsWith({});
  const html = reportOf([
    {
      scenario,
      verdicts,
      changes: ['Lines are cut.'],
      tookMs: 90_000,
      performance: {
        facts,
        undone: new Map([[1, 'no hits yet']]),
        begun: new Map(),
        ...{ groups: new Map(), incidentAt: new Map(), stableMs: 60_000 },
        screenshots: [{ step: 0, person: 'ccpd-be-1', jpeg: Buffer.from('jpeg') }],
        silence: { fromMs: 0, toMs: 0 },
        synthetic: false,
      },
    },
  ]);
  expect(html).toContain('A &lt;b&gt;test&lt;/b&gt;');
  expect(html).toContain('« Oui » &amp; non');
  expect(html).toContain('no hits yet');
  expect(html).toContain(`data:image/jpeg;base64,${Buffer.from('jpeg').toString('base64')}`);
  expect(html).not.toMatch(/https?:\/\//);
});
