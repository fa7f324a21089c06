import { describe, expect, it } from 'vitest';
import type { AuditEntry, ChangedFact, ExportedFact, LogSearchFact, VerifiedFact } from '../../scenario/facts.ts';
import { judgeEvidence, judgeExport } from '../../scenario/judge-evidence.ts';
import type { StepOf } from '../../scenario/scenario-file.ts';
import { factsWith } from './facts-of-test.ts';

const config = {
  people: [
    { id: 'aud-be', display: 'Auditeur BE' },
    { id: 'aud-fr', display: 'Auditeur FR' },
  ],
} as never;

function entry(event: string, about: AuditEntry['about']): AuditEntry {
  return { seq: 1, run: 'a', line: 1, utc: '2026-11-29T02:26:00.000Z', event, about };
}

const exported: ExportedFact = {
  ...{ step: 7, persons: ['aud-be', 'aud-fr'], code: 0, words: 'p.zip: 2 recordings', octets: 204_800 },
  files: [
    ...['recordings/2026-11-29/xb/a-1.opus', 'recordings/2026-11-29/xb/b-2.opus', 'incident.json', 'timeline.json'],
    ...['border-records.json', 'gaps.json', 'log/entries.jsonl', 'SHA256SUMS'],
  ],
  ...{ forbidden: [], manifestSha256: 'ab12', records: ['B1', 'B2'], gaps: [] },
  logged: [entry('evidence.exported', { operator: 'Auditeur BE', second: 'Auditeur FR', manifestSha256: 'ab12' })],
};

const recording: ChangedFact = {
  ...{ file: 'recordings/2026-11-29/xb/b-2.opus', place: 'page 3', code: 1 },
  words:
    'NOT WHOLE: recordings/2026-11-29/xb/b-2.opus: is not what line 3 of SHA256SUMS says: page 3, octet 512, at 1.0 s of it\nnot whole: 1 faults',
};
const log: ChangedFact = {
  ...{ file: 'log/entries.jsonl', place: 'line 12', code: 1 },
  words:
    'NOT WHOLE: log/entries.jsonl: is not what line 9 of SHA256SUMS says\nNOT WHOLE: log/entries.jsonl: line 12, entry 40 breaks the chain',
};
const timeline: ChangedFact = {
  ...{ file: 'timeline.json', place: '', code: 1 },
  words: 'NOT WHOLE: timeline.json: is not what line 11 of SHA256SUMS says',
};
const verified: VerifiedFact = {
  ...{ step: 7, code: 0, words: 'whole: 14 files', tookMs: 142.4, changed: [recording, log, timeline] },
};

function judged(change: { exported?: Partial<ExportedFact>; verified?: Partial<VerifiedFact> } = {}) {
  const facts = factsWith({
    exported: [{ ...exported, ...change.exported }],
    verified: [{ ...verified, ...change.verified }],
  });
  return judgeExport(7, ['B1', 'B2'], facts, config);
}

const changed = (fact: ChangedFact, change: Partial<ChangedFact>) => ({
  verified: { changed: [{ ...fact, ...change }] },
});

describe('an export (A-29)', () => {
  it('passes one that is whole, of which each change is found where it is, and that both persons answer for', () => {
    expect(judged()).toEqual({
      result: 'passed',
      figure:
        '2 recordings, 2 border records, nothing missing, 200 KiB; whole in 142 ms without access to the system; 1 changed octet named in each of 3: recordings/2026-11-29/xb/b-2.opus page 3, log/entries.jsonl line 12, timeline.json; logged with both persons',
    });
    expect(judged({ exported: { gaps: ['not-recorded'] } }).figure).toContain('1 gaps listed');
  });

  it.each<[string, Parameters<typeof judged>[0]]>([
    ['was refused', { exported: { code: 1 } }],
    ['has no recording', { exported: { files: exported.files.slice(2) } }],
    ['has no log', { exported: { files: exported.files.filter((name) => name !== 'log/entries.jsonl') } }],
    ['lacks a border record', { exported: { records: ['B1'] } }],
    ['names a plate', { exported: { forbidden: ['1-QZX-473'] } }],
    ['is not in the log', { exported: { logged: [] } }],
    ['is another one in the log', { exported: { manifestSha256: 'cd34' } }],
    ['is in the log with one person', { exported: { persons: ['aud-be', 'aud-be'] } }],
    ['is not whole', { verified: { code: 1, words: 'NOT WHOLE: the package: …' } }],
    ['was not tried with a change', { verified: { changed: [] } }],
    ['was verified at another step', { verified: { step: 8 } }],
    ['takes a change for whole', changed(timeline, { code: 0, words: 'whole: 14 files' })],
    ['names another file', changed(timeline, { file: 'gaps.json' })],
    ['names another page', changed(recording, { place: 'page 4' })],
    ['names another line', changed(log, { place: 'line 9' })],
  ])('fails one that %s', (_, change) => {
    expect(judged(change).result).toBe('failed');
  });

  it('fails where nothing was exported', () => {
    expect(judgeExport(7, [], factsWith({}), config).result).toBe('failed');
  });
});

function step(action: string, args: StepOf<'ui'>['args'] = {}): StepOf<'ui'> {
  return { t: 0, do: 'ui', by: 'aud-fr', action, args, expect: [] };
}

it('judges a package that is verified again', () => {
  const verify = step('verify-export', { tamper_one_byte: true });
  expect(judgeEvidence(7, verify, 'A-29', factsWith({ verified: [verified] }), config)?.result).toBe('passed');
  expect(judgeEvidence(7, verify, 'A-29', factsWith({}), config)?.result).toBe('failed');
  expect(judgeEvidence(7, verify, 'A-26', factsWith({ verified: [verified] }), config)).toBeUndefined();
  expect(judgeEvidence(7, step('end-plan'), 'A-29', factsWith({}), config)).toBeUndefined();
});

describe('a search of the log', () => {
  const search: LogSearchFact = {
    ...{ step: 9, person: 'aud-fr', search: 'H-1', code: 0 },
    entries: [
      entry('hit.changed', { what: 'new', hit: 1, reference: 'H-1' }),
      entry('hit.changed', { what: 'confirmed', hit: 1, operator: 'Opérateur CCPD BE 1' }),
      entry('evidence.exported', { operator: 'Auditeur BE', second: 'Auditeur FR', incident: 'H-1' }),
      entry('audit.searched', { operator: 'Auditeur FR', search: 'H-1' }),
    ],
  };
  const judgedAs = (assertion: string, change: Partial<LogSearchFact> = {}) =>
    judgeEvidence(
      9,
      step('search-log', { hit: 'H-1' }),
      assertion,
      factsWith({ logSearches: [{ ...search, ...change }] }),
      config,
    );

  it('passes one that finds what became of the hit, by whom, and is itself logged (A-06)', () => {
    expect(judgedAs('A-06')).toEqual({
      result: 'passed',
      figure: '4 entries found, 2 of the hit itself and 1 person who saw to it; the search is logged with his name',
    });
  });

  it.each<[string, Partial<LogSearchFact>]>([
    ['was refused', { code: 1 }],
    ['finds nothing of it', { entries: search.entries.slice(2) }],
    ['finds nobody', { entries: search.entries.filter(({ about }) => about.what !== 'confirmed') }],
    ['is not logged', { entries: search.entries.slice(0, 3) }],
    ['is logged for another', { person: 'aud-be' }],
    ['is logged as another search', { search: 'H-3' }],
    ['was at another step', { step: 10 }],
  ])('fails one that %s', (_, change) => {
    expect(judgedAs('A-06', change)?.result).toBe('failed');
  });

  it('finds the export of the hit with both persons (A-29)', () => {
    expect(judgedAs('A-29')).toEqual({ result: 'passed', figure: '1 export of it found, with both persons' });
    expect(judgedAs('A-29', { entries: search.entries.slice(0, 2) })?.result).toBe('failed');
  });
});
