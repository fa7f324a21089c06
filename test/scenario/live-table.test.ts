/** What whoever watches a run sees: the picture, and how it comes onto a terminal. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveScreen } from '../../scenario/live-screen.ts';
import { liveTableOf, type Progress, type Terminal } from '../../scenario/live-table.ts';
import { readScenario } from '../../scenario/scenario-file.ts';
import type { Verdict } from '../../scenario/verdict.ts';

const line = 'Doornik van Mixte 2, wij staan op de parking van Rekkem. Witte Master rijdt voorbij richting Rijsel.';
const say = { do: 'say', by: 'm31', tg: 'as:1', lang: 'nl' };
const reading = readScenario({
  ...{ scenario: 'S9', title: 'A test', language_mix: ['nl'], clock_start: '02:14:00', length: '01:00', story: '…' },
  start_state: { bridges: [], permanent: [], units: { m31: 'as:1' } },
  steps: [
    { ...say, t: '00:05', text: line, expect: ['A-01', 'A-05'] },
    { t: '00:09', do: 'hit', id: 'H-1', source: 'be-anpr', camera: 'E17', vehicle: { fr: 'Master' }, reason: 'volé' },
    { ...say, t: '00:30', text: 'Begrepen.' },
  ],
  end_state: {},
});
if (!reading.ok) throw new Error(reading.problems.join('\n'));
const { scenario } = reading;
const passed: Verdict = { step: 0, assertion: 'A-01', result: 'passed', figure: '3 legs: least 98 % heard' };
const failed: Verdict = { step: 0, assertion: 'A-05', result: 'failed', figure: 'no file' };
const begun: Progress = {
  phase: 'playing',
  atMs: 9500,
  leftMs: 61_000,
  begun: new Set([0, 1]),
  settled: new Map([[0, '']]),
  verdicts: [passed, failed],
};
const wide = { columns: 100, rows: 24 };

describe('the picture of a run', () => {
  it('says where it is, who said what, what failed, and what comes next', () => {
    expect(liveTableOf(scenario, begun, wide).split('\n')).toEqual([
      'S9: A test',
      '████████░░░░░░░░░░░░░░░░  00:09 of 01:00, step 2 of 3, about 2 min left',
      '1 passed, 1 failed, 0 not yet',
      '',
      '  m31 on as:1: “Doornik van Mixte 2, wij staan op de parking van Rekkem. Witte Master rijdt',
      '    voorbij richting Rijsel.”',
      '',
      '✗ 00:05 A-05 Recorded: no file',
      '',
      `  00:05  ${'m31 on as:1'.padEnd(40)}  ✓ A-01 3 legs: least 98 % heard   ✗ A-05 no file`,
      '▶ 00:09  hit H-1',
      '… 00:30  m31 on as:1',
    ]);
  });

  it('shows what is being said, and what kept a step from being done', () => {
    const settled = new Map([
      [0, ''],
      [1, 'there is no source be-anpr'],
    ]);
    const picture = liveTableOf(scenario, { ...begun, begun: new Set([0, 1, 2]), settled, verdicts: [] }, wide);
    expect(picture).toContain('▶ m31 on as:1: “Begrepen.”');
    expect(picture).toContain(`  00:09  ${'hit H-1'.padEnd(40)}  there is no source be-anpr`);
  });

  it.each([
    { phase: 'setting-up', says: 'The gateway, its networks and the consoles are being started.' },
    { phase: 'silence', says: 'All is said: nobody may be heard any more, about 10 s left' },
    { phase: 'judging', says: 'The run is over and is being judged.' },
  ] as const)('says that it is $phase', ({ phase, says }) => {
    expect(liveTableOf(scenario, { ...begun, phase, leftMs: 9500 }, wide).split('\n')[1]).toBe(says);
  });

  it('names the newest failures, and how many came before', () => {
    const verdicts = Array.from({ length: 8 }, (_, index) => ({ ...failed, figure: `figure ${index}` }));
    const lines = liveTableOf(scenario, { ...begun, verdicts }, { columns: 300, rows: 40 }).split('\n');
    expect(lines.filter((each) => each.startsWith('✗'))).toEqual([
      '✗ 3 before these',
      ...[3, 4, 5, 6, 7].map((index) => `✗ 00:05 A-05 Recorded: figure ${index}`),
    ]);
  });

  it('fits every terminal', () => {
    const size = fc.record({ columns: fc.integer({ min: 10, max: 200 }), rows: fc.integer({ min: 2, max: 60 }) });
    fc.assert(
      fc.property(size, fc.array(fc.constantFrom(passed, failed), { maxLength: 20 }), (terminal, verdicts) => {
        const lines = liveTableOf(scenario, { ...begun, verdicts }, terminal).split('\n');
        expect(lines.length).toBeLessThan(terminal.rows);
        for (const each of lines) expect([...each].length).toBeLessThanOrEqual(terminal.columns);
      }),
    );
  });
});

describe('a terminal that it is drawn on', () => {
  /** What is written for each picture. */
  function written(pictures: readonly string[], sizes: readonly Partial<Terminal>[] = []): readonly string[] {
    const texts: string[] = [];
    let at = 0;
    const screen = new LiveScreen(
      (text) => texts.push(text),
      () => sizes[Math.min(at, sizes.length - 1)] ?? {},
    );
    for (; at < pictures.length; at++) screen.draw(() => pictures[at] ?? '');
    screen.close();
    screen.close();
    return texts;
  }

  it('is another screen, without a cursor, until it is closed', () => {
    expect(written(['a\nb'])).toEqual([
      '\x1b[?1049h\x1b[?25l\x1b[1;1Ha\x1b[K\x1b[2;1Hb\x1b[K\x1b[3;1H\x1b[J',
      '\x1b[?25h\x1b[?1049l',
    ]);
  });

  it('gets only the lines that changed, and none when nothing did', () => {
    expect(written(['a\nb', 'a\nc', 'a\nc', 'a']).slice(1, -1)).toEqual(['\x1b[2;1Hc\x1b[K', '\x1b[2;1H\x1b[J']);
  });

  it('is drawn anew when its size changes; one that has no size counts as 80 × 24', () => {
    const sizes = [{ columns: 0, rows: 0 }, { columns: 80, rows: 24 }, { columns: 100 }];
    expect(written(['a', 'a', 'a'], sizes).slice(1, -1)).toEqual(['\x1b[1;1Ha\x1b[K\x1b[2;1H\x1b[J']);
  });

  it('is left alone where nothing was drawn', () => {
    expect(written([])).toEqual([]);
  });
});
