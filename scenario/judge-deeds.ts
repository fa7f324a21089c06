/** The pass conditions of what persons do and what follows from it: opening, records, emergencies, statuses, closing. Pure. */
import type { Config } from '../src/config/schema.ts';
import { compareSpeech } from '../test/interop/support/speech-compare.ts';
import type { Sound } from '../test/interop/support/wav.ts';
import { unoffered } from './actions.ts';
import { type DoneFact, type Facts, type SaidLine, watchersOf } from './facts.ts';
import { type Judged, soundOf } from './judge-voice.ts';
import { languageOf } from './plan-groups.ts';
import type { StepOf } from './scenario-file.ts';
import { figure, measured, notYet, plural } from './verdict.ts';

const bridgeMsMax = 2000;
const meaningMsMax = 2000;
const shownMsMax = 1000;
const preemptMsMax = 300;
const announcementSMax = 10;
/** Another text, which may begin with the same word, is found to 0.74 at most; their own to 0.87 at the least. */
const wordsCoverMin = 0.8;
const heardSMin = 0.4;
/** Kept for a network that sets up, and caught up. */
const lateMsMax = 900;
/** Where an announcement may be: as long as it is, and so much longer, before its end was logged; and after it. */
const searchedMs = 3000;
const afterEndMs = 1000;
const afterMs = 3000;
/** Between what was asked and its line in the log. */
const loggedMs = 1000;
/** Who accepts by voice writes it down within this. */
const writtenMsMax = 60_000;

/** On which group, and from when on (UTC, ms). */
export interface PlaceInTime {
  readonly group: string | undefined;
  readonly begunMs: number;
}

/** A-14: heard on every leg that it was for, in words of its language; short, and logged with its text. */
export function judgeAnnouncement(step: number, facts: Facts, config: Config): Judged {
  const found = facts.announced.find((each) => each.step === step);
  if (found === undefined || found.ended.length === 0) return measured(false, 'it was not announced');
  const longest = Math.max(...found.words.map(secondsOf));
  const legs = found.ended.flatMap(({ talkgroups, time, end }) => {
    const untilMs = Date.parse(time) + afterEndMs;
    const fromMs = Date.parse(time) - 1000 * longest - searchedMs;
    return (Array.isArray(talkgroups) ? talkgroups.map(String) : []).map((talkgroup) => {
      const own = found.words.filter(({ language }) => language === languageOf(talkgroup, config));
      const heard = soundOf(facts.heard, talkgroup, fromMs, untilMs);
      return { talkgroup, played: end === 'played', cover: wordsHeard(own, heard) };
    });
  });
  const texts = [...new Set(found.ended.flatMap(({ texts: said }) => (Array.isArray(said) ? said.map(String) : [])))];
  const worst = Math.min(...legs.map(({ cover }) => cover));
  const unheard = legs.filter(({ cover }) => cover < wordsCoverMin).map(({ talkgroup }) => talkgroup);
  return measured(
    legs.every(({ played }) => played) &&
      unheard.length === 0 &&
      longest <= announcementSMax &&
      texts.every((text) => !text.includes('{')),
    `${plural(legs.length, 'leg')}, ${figure(longest, 1)} s, ${figure(100 * worst)} % heard at least${unheard.length > 0 ? `, not on ${unheard.join(', ')}` : ''}: « ${texts.join(' / ')} »`,
  );
}

/** Share of the words that is heard, also where a slow network hastens them to their end. */
function wordsHeard(words: readonly Sound[], heard: Sound): number {
  if (secondsOf(heard) < heardSMin) return 0;
  return Math.max(0, ...words.map((each) => compareSpeech(each, heard, lateMsMax).cover));
}

function secondsOf({ samples, rateHz }: Sound): number {
  return samples.length / rateHz;
}

/** A-15: from the click until every leg that it needs is up, and the screen says so. Groups that are open already stay so. */
export function judgeBridgeTime(done: DoneFact, groups: readonly string[], facts: Facts): Judged {
  if (done.refusal !== '') return measured(false, `refused: ${done.refusal}`);
  const { pressedMs, answeredMs } = done;
  const ups = facts.log
    .filter(({ event, state }) => event === 'leg.changed' && state === 'up')
    .map(({ leg, time }) => ({ group: String(leg).split('/')[0] ?? '', ms: Date.parse(time) - pressedMs }))
    .filter(({ group, ms }) => groups.includes(group) && ms > -50 && ms < 10_000)
    .filter(({ group }) => !isOpenAt(group, pressedMs, facts));
  if (ups.length === 0) {
    const isOpen = groups.every((group) => isOpenAt(group, pressedMs, facts));
    const answerMs = answeredMs - pressedMs;
    return measured(isOpen && answerMs <= bridgeMsMax, `open already, done after ${figure(answerMs)} ms`);
  }
  const opened = [...new Set(ups.map(({ group }) => group))];
  const shown = opened.map((group) => {
    const fact = facts.shown.find(
      (each) =>
        each.person === done.person && each.group === group && each.atMs >= pressedMs && each.state !== 'onDemand',
    );
    return fact === undefined ? Number.NaN : fact.atMs - pressedMs;
  });
  const upMs = Math.max(...ups.map(({ ms }) => ms));
  const shownMs = Math.max(...shown);
  return measured(
    upMs <= bridgeMsMax && shownMs <= bridgeMsMax,
    `${plural(ups.length, 'leg')} up after ${figure(upMs)} ms, shown after ${figure(shownMs)} ms`,
  );
}

function isOpenAt(group: string, atMs: number, { log }: Facts): boolean {
  const last = log.findLast(
    ({ event, leg, time }) =>
      event === 'leg.changed' && String(leg).startsWith(`${group}/`) && Date.parse(time) <= atMs,
  );
  return last !== undefined && last.state !== 'closed';
}

/** A-16: what the record says after the step, on the page of whoever did it. */
export function judgeRecord(done: DoneFact, record: string, facts: Facts): Judged {
  if (done.refusal !== '') return measured(false, `refused: ${done.refusal}`);
  const text = facts.noticed.findLast(
    ({ person, atMs, text: words }) =>
      person === done.person &&
      atMs >= done.pressedMs &&
      atMs <= done.pressedMs + afterMs &&
      words.startsWith(`${record} `),
  )?.text;
  return measured(
    text !== undefined,
    text === undefined ? 'the page shows no such record' : `« ${text.slice(0, 160)} »`,
  );
}

/** A-16 at words by which a control room accepts: the record has it from the same person, and the notice before. */
export function judgeAccepted(line: SaidLine, { log }: Facts, config: Pick<Config, 'people'>): Judged {
  const name = config.people.find(({ id }) => id === line.by)?.display;
  const changes = log.filter(({ event, refusal }) => event === 'border.changed' && refusal === undefined);
  const accepted = changes.find(
    ({ what, operator, time }) => what === 'accept' && operator === name && Date.parse(time) >= line.startMs,
  );
  if (accepted === undefined) return measured(false, 'no record has it');
  const notice = changes.find(({ what, record }) => String(what).startsWith('open') && record === accepted.record);
  const acceptedMs = Date.parse(accepted.time);
  const afterWordsMs = acceptedMs - line.endMs;
  const afterNoticeMs = acceptedMs - (notice === undefined ? Number.NaN : Date.parse(notice.time));
  return measured(
    afterWordsMs <= writtenMsMax && afterNoticeMs >= 0,
    `${String(accepted.record)}: ${name} wrote it down ${figure(afterWordsMs / 1000, 1)} s after the words, ${figure(afterNoticeMs / 1000, 1)} s after the notice`,
  );
}

/** A-20: refused in plain words. What is on no page is refused by the gateway, which changes nothing and says so in the log. */
export function judgeRefused(done: DoneFact, group: string, facts: Facts, config: Pick<Config, 'people'>): Judged {
  const { refusal, past } = done;
  if (refusal === unoffered) return notYet('the page does not offer it to this role, so nothing is refused in words');
  if (refusal === '') return measured(false, 'it was not refused');
  if (done.action === 'search-recordings') return judgeSearchRefused(done, facts, config);
  if (past === undefined) return measured(true, `« ${refusal} »`);
  const logged = isRefusalLogged(done, facts, config);
  const changed = facts.log.filter(
    ({ event, leg, refusal: not, time }) =>
      Date.parse(time) >= done.pressedMs &&
      ((event === 'leg.changed' && group !== '' && String(leg).startsWith(`${group}/`)) ||
        (event === 'retention.changed' && not === undefined)),
  );
  return measured(
    logged && changed.length === 0 && !refusal.startsWith('('),
    `on no page; asked past it: « ${refusal} », ${logged ? 'logged' : 'not logged'}, ${changed.length === 0 ? 'nothing has changed' : `${changed.length} changed`}`,
  );
}

/** He was told, the log says that he asked, and nobody looked anything up for him. */
function judgeSearchRefused(done: DoneFact, { log }: Facts, { people }: Pick<Config, 'people'>): Judged {
  const name = people.find(({ id }) => id === done.person)?.display;
  const his = log.filter(({ operator, time }) => operator === name && Date.parse(time) >= done.pressedMs - loggedMs);
  const isLogged = his.some(
    ({ event, permission }) => event === 'permission.refused' && permission === 'search_recordings',
  );
  const looked = his.filter(({ event }) => event === 'recording.searched' || event === 'recording.heard');
  return measured(
    isLogged && looked.length === 0,
    `« ${done.refusal} », ${isLogged ? 'logged' : 'not logged'}, ${looked.length === 0 ? 'nothing was shown' : 'something was shown'}`,
  );
}

function isRefusalLogged(
  { person, past, pressedMs, answeredMs }: DoneFact,
  { log }: Facts,
  config: Pick<Config, 'people'>,
) {
  const name = config.people.find(({ id }) => id === person)?.display;
  return log.some(
    ({ operator, refusal, time }) =>
      operator === name &&
      refusal === past &&
      Date.parse(time) >= pressedMs - loggedMs &&
      Date.parse(time) <= answeredMs + loggedMs,
  );
}

/**
 * A-11 of an emergency on a national talkgroup: its control room sees to it in its own network. Nobody here can, that
 * control room's own console included: the gateway has no such emergency, and says so whoever asks.
 */
export function judgeNationalAuthority(
  done: DoneFact,
  unit: string,
  facts: Facts,
  config: Pick<Config, 'people' | 'units'>,
): Judged {
  const { refusal, past } = done;
  const { callSign = unit, address } = config.units.find(({ id }) => id === unit) ?? {};
  const raised = facts.log.filter(({ event, talker }) => event === 'emergency.changed' && talker === address).length;
  const shown = facts.noticed.filter(({ text }) => text.includes(callSign)).length;
  const logged = isRefusalLogged(done, facts, config);
  return measured(
    past === 'emergency-over' && logged && raised === 0 && shown === 0,
    `${callSign}’s network sees to it: ${plural(raised, 'emergency', 'emergencies')} here, ${plural(shown, 'console')} show it; asked past the page: « ${refusal} », ${logged ? 'logged' : 'not logged'}`,
  );
}

/** A-11 at a deed of the home control room, or of a supervisor. */
export function judgeAuthority({ refusal, action }: DoneFact): Judged {
  return measured(refusal === '', refusal === '' ? `${action}: done` : `refused: ${refusal}`);
}

/** A-18: shown in the reader's language on every console that has the group before it. */
export function judgeMeaning(step: StepOf<'status'>, at: PlaceInTime, facts: Facts, config: Config): Judged {
  const { group, begunMs } = at;
  const names = config.statuses.find(({ code }) => code === step.code)?.name;
  const callSign = config.units.find(({ id }) => id === step.by)?.callSign ?? step.by;
  if (names === undefined) return measured(false, `status ${step.code} has no meaning`);
  const readers = new Map(config.people.map(({ id, language }) => [id, language]));
  const persons = watchersOf(facts, group);
  const after = persons.map((person) => {
    const meaning = names[readers.get(person) ?? 'en'] ?? names.en;
    const fact = facts.noticed.find(
      ({ person: who, atMs, text }) =>
        who === person && atMs >= begunMs && text.includes(meaning) && text.includes(callSign),
    );
    return fact === undefined ? Number.NaN : fact.atMs - begunMs;
  });
  const most = Math.max(...after);
  return measured(
    persons.length > 0 && most <= meaningMsMax,
    `${plural(persons.length, 'console')} within ${figure(most)} ms`,
  );
}

/** A-10: who, on which group, from which network, on every console. */
export function judgeEmergencyShown(step: StepOf<'emg'>, at: PlaceInTime, facts: Facts, config: Config): Judged {
  const { group, begunMs } = at;
  const unit = config.units.find(({ id }) => id === step.by);
  const organisation = config.organisations.find(({ id }) => id === unit?.organisation)?.name ?? '';
  const network = config.networks.find(({ id }) => id === unit?.network)?.name.split(' ')[0] ?? '';
  const persons = watchersOf(facts, group);
  const after = persons.map((person) => {
    const fact = facts.noticed.find(
      ({ person: who, atMs, text }) =>
        who === person &&
        atMs >= begunMs &&
        [unit?.callSign ?? step.by, organisation, network].every((word) => text.includes(word)),
    );
    return fact === undefined ? Number.NaN : fact.atMs - begunMs;
  });
  const most = Math.max(...after);
  return measured(
    persons.length > 0 && most <= shownMsMax,
    `${plural(persons.length, 'console')} within ${figure(most)} ms (${unit?.callSign}, ${organisation}, ${network})`,
  );
}

/** A-09: the emergency has the floor, and whoever was interrupted was told in his network. */
export function judgePreemption(
  party: string,
  fromMs: number,
  interrupted: { readonly talkgroup: string; readonly digits: readonly string[] } | undefined,
  facts: Facts,
): Judged {
  const granted = facts.log.find(
    (line) =>
      line.event === 'floor.answered' &&
      line.party === party &&
      line.result === 'granted' &&
      Date.parse(line.time) >= fromMs - 5,
  );
  const floorMs = granted === undefined ? Number.NaN : Math.max(0, Date.parse(granted.time) - fromMs);
  if (interrupted === undefined)
    return measured(floorMs <= preemptMsMax, `floor after ${figure(floorMs)} ms; nobody talked`);
  const told = facts.told.find(
    (fact) =>
      fact.name === 'digit' &&
      fact.talkgroup === interrupted.talkgroup &&
      interrupted.digits.includes(fact.digit) &&
      fact.atMs >= fromMs - 500,
  );
  const toldMs = told === undefined ? Number.NaN : told.atMs - fromMs;
  return measured(
    floorMs <= preemptMsMax && told !== undefined,
    `floor after ${figure(floorMs)} ms, the interrupted told after ${figure(toldMs)} ms`,
  );
}

/** A-28: announced, every leg let go, every console shows it closed. */
export function judgeClosing(done: DoneFact, group: string, facts: Facts): Judged {
  if (done.refusal !== '') return measured(false, `refused: ${done.refusal}`);
  const { pressedMs } = done;
  const closedLegs = facts.log.filter(
    ({ event, leg, state, time }) =>
      event === 'leg.changed' &&
      state === 'closed' &&
      String(leg).startsWith(`${group}/`) &&
      Date.parse(time) >= pressedMs,
  );
  const announced = ['ann-close', 'ann-closed'].filter((id) =>
    facts.log.some(
      ({ event, announcement, group: of }) => event === 'announcement.ended' && announcement === id && of === group,
    ),
  );
  const persons = watchersOf(facts, group);
  const shown = persons.filter((person) =>
    facts.shown.some(
      (fact) => fact.person === person && fact.group === group && fact.atMs >= pressedMs && fact.state === 'onDemand',
    ),
  );
  return measured(
    closedLegs.length > 0 && announced.length === 2 && shown.length === persons.length,
    `${plural(closedLegs.length, 'leg')} let go, ${plural(shown.length, 'console')} of ${persons.length} show it, announced before and at the end`,
  );
}

/** A-12 after a group was closed: none of its legs gets anything any more. */
export function judgeParted(group: string, facts: Facts): Judged {
  const closed = facts.log.filter(
    ({ event, leg, state }) => event === 'leg.changed' && state === 'closed' && String(leg).startsWith(`${group}/`),
  );
  const fromMs = Math.max(...closed.map(({ time }) => Date.parse(time))) + 200;
  const talkgroups = new Set(closed.map(({ leg }) => String(leg).slice(group.length + 1)));
  const late = facts.heard.filter(
    ({ talkgroup, atMs, silent }) => talkgroups.has(talkgroup) && atMs >= fromMs && !silent,
  );
  return measured(
    closed.length > 0 && late.length === 0,
    `${plural(late.length, 'packet')} on ${plural(talkgroups.size, 'leg')} afterwards`,
  );
}
