/** A-24: speech that was cut ends with the tone for those who heard it, and is marked in its recording and on screen. Pure. */
import type { Config } from '../src/config/schema.ts';
import type { LogLine } from '../test/interop/support/gateway.ts';
import type { Sound } from '../test/interop/support/wav.ts';
import { besideWords } from './beside-words.ts';
import { cutToneIn, noteHz } from './cut-tone.ts';
import { type Facts, type SaidLine, watchersOf } from './facts.ts';
import type { Outage } from './judge-outage.ts';
import { type Judged, soundOf } from './judge-voice.ts';
import { figure, measured, plural } from './verdict.ts';

/** Behind words that a slow network has not heard yet; and before a busy gateway has written that it was cut. */
const toneMsMax = 3000;
const loggedMsMax = 2000;
/** While it is news beside whoever talks next. */
const shownMsMax = 5000;
/** Between the clocks of pages and of the gateway. */
const slackMs = 100;
/** An over that seemed to have ended is marked so late at most. */
const doubtMs = 6000;
/** Words under which the tone is may wait for a network, and are caught up. */
const lateMsMax = 900;

/** At a line that was cut: `outage`, where one had cut it. */
export function judgeCut(line: SaidLine, facts: Facts, config: Pick<Config, 'units'>, outage?: Outage): Judged {
  const cut = cutOf(line, facts);
  if (cut === undefined) return measured(false, 'it was not found to be cut');
  const cutMs = Date.parse(cut.time);
  const talkgroups = listenersOf(line, cutMs, facts, outage);
  const silent = talkgroups.filter((talkgroup) => !isToldOn(talkgroup, line, cutMs, facts));
  const recorded = facts.recorded.find(({ step }) => step === line.step);
  const end = recorded?.tags.get('END') ?? '';
  const isMarked = end === cut.end && (cut.late === true || endsWithTone(recorded?.sound));
  const callSign = config.units.find(({ id }) => id === line.by)?.callSign ?? line.by;
  const shownMs = watchersOf(facts, line.group).map((person) => {
    const fact = facts.shown.find(
      (each) =>
        each.person === person &&
        each.group === line.group &&
        each.atMs >= cutMs - slackMs &&
        each.cut.includes(callSign),
    );
    return fact === undefined ? Number.NaN : fact.atMs - cutMs;
  });
  const slowest = Math.max(...shownMs);
  const since = outage === undefined ? '' : `, ${figure((cutMs - outage.cutMs) / 1000, 1)} s after the fault`;
  const where = silent.length > 0 ? ` (not on ${silent.join(', ')})` : '';
  return measured(
    talkgroups.length > 0 && silent.length === 0 && isMarked && shownMs.length > 0 && slowest <= shownMsMax,
    `${String(cut.end)}${since}: tone on ${talkgroups.length - silent.length} of ${plural(talkgroups.length, 'leg')}${where}; recording ${isMarked ? `says END=${end}` : `does not say so (END=${end})`}; ${plural(shownMs.length, 'console')} within ${figure(slowest)} ms`,
  );
}

/** At a line during which legs changed their attachment: nothing of it was cut. */
export function wasCut(line: SaidLine, facts: Facts): boolean {
  return cutOf(line, facts) !== undefined;
}

/** Throughout: each line that was to be cut is told as such, and none that its talker had ended. */
export function judgeAllCuts(
  lines: readonly { readonly line: SaidLine; readonly outage?: Outage }[],
  facts: Facts,
  config: Pick<Config, 'units'>,
): Judged {
  const cut = lines.map(({ line, outage }) => judgeCut(line, facts, config, outage));
  const whole = facts.said.filter(({ whole: isWhole, party }) => isWhole && party !== undefined);
  const wrong = whole.filter((line) => wasCut(line, facts));
  const told = cut.map(({ figure: words }) => `; ${words}`).join('');
  return measured(
    cut.every(({ result }) => result === 'passed') && wrong.length === 0,
    `${plural(cut.length, 'line')} cut, ${wrong.length} of ${whole.length} others marked so${wrong.length > 0 ? ` (${wrong.map(({ by }) => by).join(', ')})` : ''}${told}`,
  );
}

function cutOf(line: SaidLine, { log }: Facts): LogLine | undefined {
  return log.find(
    ({ event, group, party, time }) =>
      event === 'over.cut' &&
      group === line.group &&
      party === line.party &&
      Date.parse(time) >= line.startMs &&
      Date.parse(time) <= line.endMs + (line.whole ? 0 : doubtMs),
  );
}

/** Who heard it and hears on: neither its own network, nor whoever talks next, nor what an outage took. */
function listenersOf(line: SaidLine, cutMs: number, facts: Facts, outage: Outage | undefined): readonly string[] {
  const talkers = facts.log.flatMap(({ event, group, party, result, time }) =>
    event === 'floor.answered' &&
    group === line.group &&
    result === 'granted' &&
    Math.abs(Date.parse(time) - cutMs) <= slackMs
      ? [String(party)]
      : [],
  );
  return line.members.filter((talkgroup) => {
    const leg = `${line.group}/${talkgroup}`;
    return talkgroup !== line.talkgroup && !talkers.includes(leg) && !isLost(leg, cutMs, facts, outage);
  });
}

function isLost(leg: string, atMs: number, { log }: Facts, outage: Outage | undefined): boolean {
  const last = log.findLast(
    (line) => line.event === 'leg.changed' && line.leg === leg && Date.parse(line.time) <= atMs,
  );
  if (last === undefined || last.state !== 'up') return true;
  return outage?.attachments.includes(String(last.attachment)) === true;
}

function isToldOn(talkgroup: string, line: SaidLine, cutMs: number, facts: Facts): boolean {
  const fromMs = Math.max(line.startMs, cutMs - loggedMsMax);
  const heard = soundOf(facts.heard, talkgroup, fromMs, cutMs + toneMsMax);
  if (cutToneIn(heard) !== undefined) return true;
  const next = facts.said.find(
    (each) => each !== line && each.group === line.group && each.endMs > cutMs && each.startMs < cutMs + toneMsMax,
  );
  if (next === undefined || heard.samples.length === 0) return false;
  const beside = besideWords(
    next.speech,
    soundOf(facts.heard, talkgroup, cutMs - slackMs, next.endMs),
    lateMsMax,
    noteHz,
  );
  return beside !== undefined && cutToneIn(beside) !== undefined;
}

function endsWithTone(sound: Sound | undefined): boolean {
  if (sound === undefined) return false;
  const { rateHz, samples } = sound;
  return cutToneIn({ rateHz, samples: samples.subarray(Math.max(0, samples.length - rateHz / 2)) }) !== undefined;
}
