/**
 * A-05: what was said is on the disk, whole, and says whose it is, where and when. A-06: what was done is in the audit log,
 * by whom. A-26: of this site nothing is missing that is not listed as missing. Pure.
 */
import type { Config } from '../src/config/schema.ts';
import type { LogLine } from '../test/interop/support/gateway.ts';
import { compareSpeech } from '../test/interop/support/speech-compare.ts';
import { unoffered } from './actions.ts';
import type { AuditEntry, Facts, SaidLine } from './facts.ts';
import type { Judged } from './judge-voice.ts';
import { figure, measured, plural } from './verdict.ts';

const coverMin = 0.95;
/** Of a microphone, whose browser stretches and shrinks as its machine falters. */
const consoleCoverMin = 0.85;
/** Its begin is the first sound in the gateway, which a console's microphone reaches through its browser. */
const beginMsMax = 500;

/** A recording is closed this long after its over at most. */
const closedMsMax = 5000;

/** At a line: its recording plays, holds it, and names group, talker and begin. */
export function judgeRecorded(line: SaidLine, { recorded }: Facts): Judged {
  const found = recorded.find(({ step }) => step === line.step);
  if (found === undefined) return measured(false, 'no recording of it plays');
  const { kept, tags, sound } = found;
  const { cover } = compareSpeech(line.speech, sound);
  const beginMs = Date.parse(tags.get('START_UTC') ?? '') - line.startMs;
  const holds =
    cover >= (line.talkgroup === undefined ? consoleCoverMin : coverMin) &&
    kept.missing === undefined &&
    tags.get('GROUP') === (line.group ?? line.recordedOn) &&
    isOf(tags.get('PARTY') ?? '', line) &&
    Math.abs(beginMs) <= beginMsMax;
  const seconds = sound.samples.length / sound.rateHz;
  return measured(
    holds,
    `${figure(100 * cover)} % in ${figure(seconds, 1)} s of ${tags.get('PARTY') ?? 'nobody'} on ${tags.get('GROUP') ?? 'no group'}, begins ${figure(beginMs)} ms after the key`,
  );
}

/** A console's party is named anew with each link. */
function isOf(party: string, line: SaidLine): boolean {
  return line.party === undefined ? party.startsWith('console:') : party === line.party;
}

/** Throughout: every over on a shared group that ended has a recording with nothing missing. */
export function judgeAllRecorded({ log }: Facts): Judged {
  const overs = log.filter(({ event }) => event === 'over.ended');
  const kept = log.filter(({ event }) => event === 'recording.kept');
  const isOf = (ended: LogLine, each: LogLine) =>
    each.group === ended.group &&
    each.over === ended.over &&
    each.missing === undefined &&
    Math.abs(Date.parse(each.time) - Date.parse(ended.time)) <= closedMsMax;
  const without = overs.filter((ended) => !kept.some((each) => isOf(ended, each)));
  const where = without.slice(0, 3).map(({ group, party }) => `${String(party)} on ${String(group)}`);
  return measured(
    overs.length > 0 && without.length === 0,
    `${plural(overs.length, 'over')}, ${without.length} without a whole recording${where.length > 0 ? `: ${where.join(', ')}` : ''}`,
  );
}

/** An entry is on the disk within this. */
const auditedMs = 2000;
/** An entry and its line are of one moment. */
const sameMs = 500;
const keptLevels = new Set(['info', 'warn', 'error']);

/** A-06 throughout: the chain is whole, nothing that the gateway said is missing, and each deed has its person. */
export function judgeLogged({ audited, log, done }: Facts, { people }: Pick<Config, 'people'>): Judged {
  if (audited === undefined) return measured(false, 'nobody asked for the audit log');
  const byEvent = Map.groupBy(audited.entries, ({ event }) => event);
  const isKept = ({ event, time }: LogLine) =>
    byEvent.get(event)?.some(({ utc }) => Math.abs(Date.parse(utc) - Date.parse(time)) <= sameMs) === true;
  const due = log.filter(
    ({ level, time }) => keptLevels.has(String(level)) && Date.parse(time) <= audited.atMs - auditedMs,
  );
  const missing = due.filter((line) => !isKept(line));
  const deeds = done.filter(({ refusal }) => refusal !== unoffered);
  const unnamed = deeds.filter(({ person, pressedMs, answeredMs }) => {
    const name = people.find(({ id }) => id === person)?.display;
    return !audited.entries.some(
      ({ about, utc }) =>
        about.operator === name &&
        Date.parse(utc) >= pressedMs - auditedMs &&
        Date.parse(utc) <= answeredMs + auditedMs,
    );
  });
  const without = [
    ...missing.map(({ event }) => event),
    ...unnamed.map(({ action, person }) => `${action} of ${person}`),
  ];
  return measured(
    audited.isWhole && due.length > 0 && without.length === 0,
    `${audited.words}; of ${plural(due.length, 'line')} of the log ${missing.length} missing, of ${plural(deeds.length, 'deed')} of persons ${unnamed.length} without their name${without.length > 0 ? `: ${without.slice(0, 4).join(', ')}` : ''}`,
  );
}

/** A-26, as far as one site goes: no number is missing in its log, and each over has its recording or is listed as one that has not. */
export function judgeComplete({ audited }: Pick<Facts, 'audited'>): Judged {
  if (audited === undefined) return measured(false, 'nobody asked for the audit log');
  const { entries, atMs, isWhole, words } = audited;
  const gaps = entries.filter(({ seq }, index) => seq !== index + 1).length;
  const lines = [...Map.groupBy(entries, ({ run }) => run).values()].flatMap((own) =>
    own.filter(({ line }, index) => index > 0 && line !== (own[index - 1]?.line ?? 0) + 1),
  );
  const overOf = ({ about }: AuditEntry) => `${String(about.group)} ${String(about.over)}`;
  const told = (event: string, isSo: (entry: AuditEntry) => boolean = () => true) =>
    new Set(entries.filter((entry) => entry.event === event && isSo(entry)).map(overOf));
  const whole = told('recording.kept', ({ about }) => about.missing === undefined);
  const listed = told('recording.missing');
  const overs = entries.filter(({ event, utc }) => event === 'over.ended' && Date.parse(utc) <= atMs - closedMsMax);
  const without = overs.filter((over) => !whole.has(overOf(over)));
  const hidden = without.filter((over) => !listed.has(overOf(over)));
  return measured(
    isWhole && entries.length > 0 && gaps === 0 && lines.length === 0 && overs.length > 0 && hidden.length === 0,
    `one site, nothing to merge: ${words}; ${gaps + lines.length} numbers missing; ${plural(overs.length, 'over')}, ${without.length} without a whole recording, ${hidden.length} of them not listed`,
  );
}
