import { describe, expect, it } from 'vitest';
import type { DoneFact, SaidLine } from '../../scenario/facts.ts';
import { judgeAccepted, judgeMeaning, judgeNationalAuthority, judgeRefused } from '../../scenario/judge-deeds.ts';
import type { StepOf } from '../../scenario/scenario-file.ts';
import { factsWith, logged, shown, startMs } from './facts-of-test.ts';

describe('statuses (A-18)', () => {
  const config = {
    people: [
      { id: 'eu-op-1', language: 'de' },
      { id: 'tn-op-1', language: 'fr' },
    ],
    units: [{ id: 'm31', callSign: 'Mouscron 31' }],
    statuses: [
      {
        code: 12,
        name: { fr: 'Franchissement', nl: 'Grens overgestoken', en: 'Border crossed', de: 'Grenze überschritten' },
      },
      { code: 18, name: { fr: 'Blessé', nl: 'Gewonde', en: 'Casualty' } },
    ],
  } as never;
  const at = { group: 'xb', begunMs: startMs };
  const judged = (code: number, german: string) => {
    const text = { 12: 'Franchissement', 18: 'Blessé' }[code] ?? '';
    return judgeMeaning(
      { do: 'status', by: 'm31', code } as StepOf<'status'>,
      at,
      factsWith({
        shown: [shown(0, 'eu-op-1', 'xb'), shown(0, 'tn-op-1', 'xb')],
        noticed: [
          { atMs: startMs + 90, person: 'tn-op-1', text: `Mouscron 31 ${text}` },
          { atMs: startMs + 120, person: 'eu-op-1', text: `Mouscron 31 ${german}` },
        ],
      }),
      config,
    );
  };

  it('are read in German by whoever reads German, and in English where there is no German word', () => {
    expect(judged(12, 'Grenze überschritten')).toEqual({ result: 'passed', figure: '2 consoles within 120 ms' });
    expect(judged(18, 'Casualty').result).toBe('passed');
    expect(judged(12, 'Border crossed').result).toBe('failed');
  });
});

const people = [
  { id: 'tn-op-1', display: 'Opérateur Lille' },
  { id: 'ccpd-be-2', display: 'Operator Doornik' },
];
const config = { people } as never;

describe('words by which a pursuit is accepted (A-16)', () => {
  const line: SaidLine = {
    ...{ step: 3, by: 'tn-op-1', speech: { rateHz: 8000, samples: new Float32Array(8) }, members: [], whole: true },
    ...{ startMs: startMs + 20_000, endMs: startMs + 25_000, played: new Map() },
  };
  const changed = (afterMs: number, what: string, operator: string) =>
    logged(afterMs, 'border.changed', { what, record: 'B1', operator });
  const opened = changed(5000, 'open', 'Operator Doornik');
  const accepted = changed(26_500, 'accept', 'Opérateur Lille');

  it('are in the record, from the same person, after the notice', () => {
    expect(judgeAccepted(line, factsWith({ log: [opened, accepted] }), config)).toEqual({
      result: 'passed',
      figure: 'B1: Opérateur Lille wrote it down 1.5 s after the words, 21.5 s after the notice',
    });
  });

  it.each([
    ['nobody wrote it down', [opened]],
    ['another did', [opened, changed(26_500, 'accept', 'Operator Doornik')]],
    ['it was refused', [opened, logged(26_500, 'border.changed', { ...accepted, refusal: 'not-host' })]],
    ['it was written before', [opened, changed(10_000, 'accept', 'Opérateur Lille')]],
    ['it was written much later', [opened, changed(90_000, 'accept', 'Opérateur Lille')]],
    ['there was no notice', [accepted]],
  ])('are not where %s', (_, log) => {
    expect(judgeAccepted(line, factsWith({ log }), config).result).toBe('failed');
  });
});

describe('refusals (A-20)', () => {
  const done: DoneFact = {
    ...{ step: 3, person: 'ccpd-be-2', action: 'open-bridge', pressedMs: startMs, answeredMs: startMs + 40 },
    ...{ refusal: 'Deze groep is uitgeschakeld.', past: 'group-disabled' },
  };
  const refused = logged(20, 'bridging.changed', {
    ...{ what: 'open', group: 'xb-trip', operator: 'Operator Doornik', refusal: 'group-disabled' },
  });
  const judged = (log: readonly ReturnType<typeof logged>[], change: Partial<DoneFact> = {}) =>
    judgeRefused({ ...done, ...change }, 'xb-trip', factsWith({ log: [...log] }), config);

  it('of what is on no page come from the gateway, which changes nothing and logs it', () => {
    expect(judged([refused])).toEqual({
      result: 'passed',
      figure: 'on no page; asked past it: « Deze groep is uitgeschakeld. », logged, nothing has changed',
    });
  });

  it('fail where it was done, not logged or logged as another’s, or the page has no words for it', () => {
    expect(judged([refused], { refusal: '', past: '' }).result).toBe('failed');
    expect(judged([]).result).toBe('failed');
    expect(judged([{ ...refused, operator: 'Opérateur Lille' }]).result).toBe('failed');
    expect(judged([refused], { refusal: '(refusal.group-disabled)' }).result).toBe('failed');
    expect(judged([refused, logged(90, 'leg.changed', { leg: 'xb-trip/as:1', state: 'up' })]).result).toBe('failed');
    expect(judged([refused, logged(90, 'retention.changed', { rule: 'voiceSharedGroup' })]).result).toBe('failed');
    expect(judged([refused, logged(9, 'retention.changed', { refusal: 'not-permitted' })]).result).toBe('passed');
  });

  it('of a search of recordings are words, a line in the log, and nothing that was looked up', () => {
    const search = { action: 'search-recordings', refusal: 'Uw rol mag geen opnames zoeken.' };
    const { past: _, ...shownOnly } = done;
    const of = (log: readonly ReturnType<typeof logged>[]) =>
      judgeRefused({ ...shownOnly, ...search }, '', factsWith({ log: [...log] }), config);
    const about = { operator: 'Operator Doornik', permission: 'search_recordings' };
    const line = logged(10, 'permission.refused', about);
    expect(of([line])).toEqual({
      result: 'passed',
      figure: '« Uw rol mag geen opnames zoeken. », logged, nothing was shown',
    });
    expect(of([]).result).toBe('failed');
    expect(of([logged(10, 'permission.refused', { ...about, operator: 'Opérateur Lille' })]).result).toBe('failed');
    expect(of([line, logged(20, 'recording.searched', about)]).result).toBe('failed');
  });
});

describe('whoever sees to an emergency on a national talkgroup (A-11)', () => {
  const done: DoneFact = {
    ...{ step: 3, person: 'ccpd-be-2', action: 'acknowledge-emergency', pressedMs: startMs, answeredMs: startMs + 40 },
    ...{ refusal: 'Deze noodoproep is opgeheven.', past: 'emergency-over' },
  };
  const refused = logged(20, 'emergency.changed', {
    ...{ what: 'acknowledge', emergency: 1, operator: 'Operator Doornik', refusal: 'emergency-over' },
  });
  const here = { people, units: [{ id: 't21', callSign: 'Tournai 21', address: '5316021' }] } as never;
  const judged = (facts: Parameters<typeof factsWith>[0], change: Partial<DoneFact> = {}) =>
    judgeNationalAuthority({ ...done, ...change }, 't21', factsWith({ log: [refused], ...facts }), here);

  it('does so in its own network: the gateway knows nothing of it', () => {
    expect(judged({})).toEqual({
      result: 'passed',
      figure:
        'Tournai 21’s network sees to it: 0 emergencies here, 0 consoles show it; asked past the page: « Deze noodoproep is opgeheven. », logged',
    });
  });

  it('fails where the gateway does it, does not log that it was asked, raised it or shows it', () => {
    expect(judged({}, { refusal: '', past: '' }).result).toBe('failed');
    expect(judged({ log: [] }).result).toBe('failed');
    expect(judged({ log: [refused, logged(0, 'emergency.changed', { talker: '5316021' })] }).result).toBe('failed');
    const noticed = [{ atMs: startMs, person: 'ht-op-1', text: 'Détresse Tournai 21' }];
    expect(judged({ noticed }).result).toBe('failed');
  });
});
