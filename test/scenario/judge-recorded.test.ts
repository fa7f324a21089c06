import { describe, expect, it } from 'vitest';
import type { AuditEntry, Facts, RecordedFact, SaidLine } from '../../scenario/facts.ts';
import { judgeAllRecorded, judgeComplete, judgeLogged, judgeRecorded } from '../../scenario/judge-recorded.ts';
import { lastOf } from '../../scenario/recordings.ts';
import { joined, resampled, silence } from '../interop/support/sound.ts';
import { readWav, type Sound } from '../interop/support/wav.ts';
import { factsWith, logged, startMs } from './facts-of-test.ts';

const speech = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000);
const whole: Sound = { rateHz: 8000, samples: joined(silence(0.1), speech.samples, silence(0.1)) };
const line: SaidLine = {
  ...{ step: 3, by: 'tv21', speech, startMs, endMs: startMs + 5000, group: 'g', party: 'g/inpt', talkgroup: 'inpt' },
  ...{ members: ['inpt', 'as'], played: new Map(), whole: true },
};

function recorded(sound: Sound, tags: Readonly<Record<string, string>> = {}, missing?: string): RecordedFact {
  const start = new Date(startMs + 20).toISOString();
  return {
    ...{ step: 3, kept: logged(5100, 'recording.kept', missing === undefined ? {} : { missing }), sound },
    tags: new Map(Object.entries({ GROUP: 'g', PARTY: 'g/inpt', START_UTC: start, ...tags })),
  };
}

describe('recordings', () => {
  it('passes one that holds the line and says whose, where and when', () => {
    expect(judgeRecorded(line, factsWith({ recorded: [recorded(whole)] }))).toEqual({
      result: 'passed',
      figure: '100 % in 5.2 s of g/inpt on g, begins 20 ms after the key',
    });
  });

  it.each([
    ['is not there', []],
    ['is silent', [recorded({ rateHz: 8000, samples: silence(5) })]],
    ['lacks its first second', [recorded({ rateHz: 8000, samples: speech.samples.slice(8000) })]],
    ['is of another leg', [recorded(speech, { PARTY: 'g/as' })]],
    ['says another time', [recorded(speech, { START_UTC: new Date(startMs + 2000).toISOString() })]],
    ['says no time', [recorded(speech, { START_UTC: '' })]],
    ['misses a part', [recorded(speech, {}, 'ENOSPC')]],
  ])('fails one that %s', (_, all) => {
    expect(judgeRecorded(line, factsWith({ recorded: all })).result).toBe('failed');
  });

  it('is of an over that was amended the one that was kept last', () => {
    const kept = [
      logged(1000, 'recording.kept', { file: 'a', end: 'released' }),
      logged(1200, 'recording.kept', { file: 'b', end: 'released' }),
      logged(4000, 'recording.kept', { file: 'a', end: 'left' }),
    ];
    expect(lastOf(kept, () => true)).toBe(kept[2]);
    expect(lastOf(kept, ({ file }) => file === 'b')).toBe(kept[1]);
    expect(lastOf(kept, () => false)).toBeUndefined();
  });

  it('counts the overs that have none', () => {
    const log = [
      logged(1000, 'over.ended', { group: 'g', over: 1, party: 'g/as' }),
      logged(1100, 'recording.kept', { group: 'g', over: 1 }),
      logged(2000, 'over.ended', { group: 'g', over: 2, party: 'g/inpt' }),
      logged(2100, 'recording.kept', { group: 'g', over: 2, missing: 'ENOSPC' }),
      logged(60_000, 'over.ended', { group: 'g', over: 1, party: 'op' }),
    ];
    expect(judgeAllRecorded(factsWith({ log }))).toEqual({
      result: 'failed',
      figure: '3 overs, 2 without a whole recording: g/inpt on g, op on g',
    });
    expect(judgeAllRecorded(factsWith({ log: log.slice(0, 2) })).result).toBe('passed');
    expect(judgeAllRecorded(factsWith({})).result).toBe('failed');
  });
});

const entry = (seq: number) => ({ seq, run: 'a', line: seq + 4 });

describe('the audit log (A-06)', () => {
  const config = { people: [{ id: 'tn-op-1', display: 'Opérateur radio CIC Lille 1' }] } as never;
  const at = (afterMs: number) => new Date(startMs + afterMs).toISOString();
  const entries: readonly AuditEntry[] = [
    { ...entry(1), utc: at(1000), event: 'over.ended', about: {} },
    { ...entry(2), utc: at(5000), event: 'border.changed', about: { operator: 'Opérateur radio CIC Lille 1' } },
  ];
  const facts = (change: Partial<NonNullable<Facts['audited']>> = {}): Facts =>
    factsWith({
      log: [
        logged(1003, 'over.ended', { level: 'info' }),
        logged(5000, 'border.changed', { level: 'info' }),
        logged(6000, 'call.ended', { level: 'debug' }),
        logged(59_000, 'over.ended', { level: 'info' }),
      ],
      done: [
        {
          ...{ step: 1, person: 'tn-op-1', action: 'accept-pursuit', refusal: '' },
          ...{ pressedMs: startMs + 4900, answeredMs: startMs + 5100 },
        },
      ],
      audited: { atMs: startMs + 60_000, isWhole: true, words: 'whole: 2 entries', entries, ...change },
    });

  it('passes one that holds what was said and who did what', () => {
    expect(judgeLogged(facts(), config)).toEqual({
      result: 'passed',
      figure: 'whole: 2 entries; of 2 lines of the log 0 missing, of 1 deed of persons 0 without their name',
    });
  });

  it.each<[string, Partial<NonNullable<Facts['audited']>>]>([
    ['is broken', { isWhole: false }],
    ['lacks a line', { entries: entries.slice(1) }],
    ['lacks who did it', { entries: entries.map((entry) => ({ ...entry, about: {} })) }],
    ['has another moment', { entries: entries.map((entry) => ({ ...entry, utc: at(30_000) })) }],
  ])('fails one that %s', (_, change) => {
    expect(judgeLogged(facts(change), config).result).toBe('failed');
  });

  it('asks for no entry of what the page did not offer', () => {
    const [done] = facts().done;
    const unoffered = '(the page does not offer it to this person)';
    const asked = {
      ...facts(),
      done: done === undefined ? [] : [done, { ...done, person: 'nobody', refusal: unoffered }],
    };
    expect(judgeLogged(asked, config).result).toBe('passed');
  });

  it('fails where nobody asked', () => {
    expect(judgeLogged(factsWith({}), config).result).toBe('failed');
  });
});

describe('the record of a site (A-26)', () => {
  const utc = new Date(startMs).toISOString();
  const told = (seq: number, event: string, about: AuditEntry['about'] = {}): AuditEntry => ({
    ...{ ...entry(seq), utc, event, about },
  });
  const entries = [
    told(1, 'gateway.started'),
    told(2, 'over.ended', { group: 'g', over: 1 }),
    told(3, 'recording.kept', { group: 'g', over: 1 }),
    told(4, 'over.ended', { group: 'g', over: 2 }),
    told(5, 'recording.kept', { group: 'g', over: 2, missing: 'ENOSPC' }),
    told(6, 'recording.missing', { group: 'g', over: 2, reason: 'ENOSPC' }),
  ];
  const judged = (change: Partial<NonNullable<Facts['audited']>> = {}) =>
    judgeComplete({
      audited: { atMs: startMs + 60_000, isWhole: true, words: 'whole: 6 entries', entries, ...change },
    });

  it('is complete where its numbers follow on and what is missing is listed', () => {
    expect(judged()).toEqual({
      result: 'passed',
      figure:
        'one site, nothing to merge: whole: 6 entries; 0 numbers missing; 2 overs, 1 without a whole recording, 0 of them not listed',
    });
  });

  it.each<[string, Partial<NonNullable<Facts['audited']>>]>([
    ['its chain is broken', { isWhole: false }],
    ['an entry is missing', { entries: entries.filter(({ seq }) => seq !== 1) }],
    ['a line of the process is missing', { entries: entries.map((each) => ({ ...each, line: 2 * each.seq })) }],
    ['an over lacks its recording', { entries: entries.filter(({ event }) => event !== 'recording.kept') }],
    ['nobody spoke', { entries: entries.slice(0, 1) }],
  ])('is not where %s', (_, change) => {
    expect(judged(change).result).toBe('failed');
  });

  it('is not where nobody asked', () => {
    expect(judgeComplete({}).result).toBe('failed');
  });
});
