/** A-29: what was exported, verified and changed. A-06 at a search: what the auditor found, and that he asked. Pure. */
import type { Config } from '../src/config/schema.ts';
import type { ChangedFact, ExportedFact, Facts, LogSearchFact } from './facts.ts';
import type { Judged } from './judge-voice.ts';
import type { StepOf } from './scenario-file.ts';
import { figure, measured, plural } from './verdict.ts';

type People = Pick<Config, 'people'>;

/** Every package has them (docs/evidence.md). */
const required = ['incident.json', 'timeline.json', 'border-records.json', 'gaps.json', 'log/entries.jsonl'];

/** Undefined: the step has nothing to do with it. */
export function judgeEvidence(
  index: number,
  { action, args }: StepOf<'ui'>,
  assertion: string,
  facts: Facts,
  config: People,
): Judged | undefined {
  if (action === 'search-log') return judgeLogSearch(index, assertion, facts, config);
  if (assertion !== 'A-29') return undefined;
  if (action === 'verify-export') return judgeVerified(index, facts);
  const records = Array.isArray(args.records) ? args.records.map(String) : [];
  return action === 'export-incident' ? judgeExport(index, records, facts, config) : undefined;
}

/** `records`: border records that must be in it. */
export function judgeExport(index: number, records: readonly string[], facts: Facts, config: People): Judged {
  const exported = facts.exported.find(({ step }) => step === index);
  if (exported === undefined) return measured(false, 'nothing was exported');
  const { code, words, files, octets, forbidden } = exported;
  if (code !== 0) return measured(false, words);
  const recordings = files.filter((name) => name.endsWith('.opus'));
  const verdict = verifiedAt(index, facts);
  const faults = [
    ...(recordings.length > 0 ? [] : ['no recording in it']),
    ...required.filter((name) => !files.includes(name)).map((name) => `${name} is not in it`),
    ...records.filter((record) => !exported.records.includes(record)).map((record) => `${record} is not in it`),
    ...forbidden.map((what) => `${what} is in it`),
    ...(isLogged(exported, config) ? [] : ['the log does not say who exported it']),
    ...verdict.faults,
  ];
  const missing = exported.gaps.length === 0 ? 'nothing missing' : `${exported.gaps.length} gaps listed`;
  const counts = `${plural(recordings.length, 'recording')}, ${plural(exported.records.length, 'border record')}, ${missing}, ${figure(octets / 1024)} KiB`;
  return measured(
    faults.length === 0,
    faults.length > 0 ? faults.join('; ') : `${counts}; ${verdict.words}; logged with both persons`,
  );
}

/** The same package again, by whoever got it. */
function judgeVerified(index: number, facts: Facts): Judged {
  const { faults, words } = verifiedAt(index, facts);
  return measured(faults.length === 0, faults.length > 0 ? faults.join('; ') : words);
}

function verifiedAt(
  index: number,
  { verified }: Facts,
): { readonly faults: readonly string[]; readonly words: string } {
  const found = verified.find(({ step }) => step === index);
  if (found === undefined) return { faults: ['nobody verified it'], words: '' };
  const { code, words, changed, tookMs } = found;
  const isWhole = code === 0 && words.startsWith('whole:');
  const missed = changed.filter((each) => !isLocated(each));
  const faults = [
    ...(isWhole ? [] : [`the verifier says: ${words.split('\n')[0] ?? ''}`]),
    ...(changed.length > 0 ? [] : ['no octet was changed']),
    ...missed.map(({ file, place }) => `a changed octet of ${file}${place === '' ? '' : `, ${place},`} was not named`),
  ];
  const places = changed.map(({ file, place }) => (place === '' ? file : `${file} ${place}`));
  return {
    faults,
    words: `whole in ${figure(tookMs)} ms without access to the system; 1 changed octet named in each of ${places.length}: ${places.join(', ')}`,
  };
}

/** The verifier says that it is not whole, names the file, and the place in it where it can. */
function isLocated({ file, place, code, words }: ChangedFact): boolean {
  const lines = words.split('\n').filter((line) => line.startsWith(`NOT WHOLE: ${file}: `));
  return code === 1 && lines.some((line) => place === '' || line.includes(` ${place}, `));
}

function isLogged({ persons, logged, manifestSha256 }: ExportedFact, { people }: People): boolean {
  const [by, second] = persons.map((person) => people.find(({ id }) => id === person)?.display);
  return logged.some(
    ({ about }) => about.operator === by && about.second === second && about.manifestSha256 === manifestSha256,
  );
}

/** He finds what became of it and by whom, and his search is in the log. */
function judgeLogSearch(index: number, assertion: string, facts: Facts, config: People): Judged {
  const search = facts.logSearches.find(({ step }) => step === index);
  if (search === undefined) return measured(false, 'nobody searched');
  const { code, entries } = search;
  if (assertion === 'A-29') {
    const exports = entries.filter(({ event, about }) => event === 'evidence.exported' && about.second !== undefined);
    return measured(exports.length > 0, `${plural(exports.length, 'export')} of it found, with both persons`);
  }
  const hits = entries.filter(({ event }) => event === 'hit.changed');
  const persons = new Set(hits.flatMap(({ about }) => about.operator ?? []));
  const isKnown = isSearchLogged(search, config);
  return measured(
    code === 0 && hits.length > 0 && persons.size > 0 && isKnown,
    `${plural(entries.length, 'entry', 'entries')} found, ${hits.length} of the hit itself and ${plural(persons.size, 'person')} who saw to it; the search is ${isKnown ? '' : 'not '}logged with his name`,
  );
}

function isSearchLogged({ person, search, entries }: LogSearchFact, { people }: People): boolean {
  const name = people.find(({ id }) => id === person)?.display;
  return entries.some(
    ({ event, about }) => event === 'audit.searched' && about.operator === name && about.search === search,
  );
}
