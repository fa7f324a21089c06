/** A-05: what was said is on the disk, whole, and says whose it is, where and when. Pure. */
import type { LogLine } from '../test/interop/support/gateway.ts';
import { compareSpeech } from '../test/interop/support/speech-compare.ts';
import type { Facts, SaidLine } from './facts.ts';
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
    tags.get('GROUP') === line.group &&
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
  return line.talkgroup === undefined ? party.startsWith('console:') : party === line.party;
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
