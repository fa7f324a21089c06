/** The pass conditions of hits, plans, positions and whose an emergency is: over what was answered, logged and shown. Pure. */
import type { Config } from '../src/config/schema.ts';
import type { LogLine } from '../test/interop/support/gateway.ts';
import { type AwaitedAnnouncement, type DoneFact, type Facts, type HitFact, watchersOf } from './facts.ts';
import type { PlaceInTime } from './judge-deeds.ts';
import type { Judged } from './judge-voice.ts';
import type { Scenario, StepOf } from './scenario-file.ts';
import type { Testbed } from './testbed.ts';
import { textOf } from './texts.ts';
import { figure, measured, notYet, plural } from './verdict.ts';

const positionMsMax = 2000;
const escalatedAfterMs = 20_000;
/** Of the gateway's clock against ours, and of its alarm. */
const slackMs = 250;

/** A-19 at a hit: two reads of one vehicle are one hit, and nothing is said before a person has looked at it. */
export function judgeHit(hit: HitFact, scenario: Scenario, facts: Facts, { plates }: Testbed): Judged {
  const step = scenario.steps[hit.step];
  const plate = step?.do === 'hit' ? plates[step.id] : undefined;
  const earlier = facts.hits.find((each) => {
    const other = scenario.steps[each.step];
    return each.step < hit.step && other?.do === 'hit' && plates[other.id] === plate;
  });
  const isOne = earlier === undefined ? hit.taken === 'new' : hit.taken === 'merged' && hit.hit === earlier.hit;
  const looked = facts.done.find((each) => each.step > hit.step && each.action === 'validate-hit');
  const untilMs = looked?.pressedMs ?? facts.endMs;
  const early = earlier === undefined ? saidOfHits(facts).filter((ms) => ms >= hit.atMs && ms < untilMs).length : 0;
  return measured(
    hit.status === 201 && isOne && early === 0,
    `answered ${hit.status}, ${hit.taken}${earlier === undefined ? '' : ` into hit ${earlier.hit}`}; announced ${early} times before a person had looked`,
  );
}

/** A-19 when a person has looked: a hit that was rejected never reaches the air. */
export function judgeValidated(done: DoneFact, step: StepOf<'ui'>, scenario: Scenario, facts: Facts): Judged {
  if (done.refusal !== '') return measured(false, `refused: ${done.refusal}`);
  const hit = scenario.steps.find((each) => each.do === 'hit' && each.id === step.args.hit);
  if (hit?.do !== 'hit') return measured(false, 'there is no such hit');
  if (step.args.result === 'confirmed') return measured(true, 'confirmed by a person');
  const vehicles = Object.values(hit.vehicle).filter((words) => words !== undefined);
  const aired = facts.log.filter(
    ({ event, texts }) =>
      event === 'announcement.ended' &&
      Array.isArray(texts) &&
      texts.some((text) => vehicles.some((vehicle) => String(text).includes(vehicle))),
  );
  return measured(aired.length === 0, `rejected; announced ${aired.length} times in the whole run`);
}

/** A-19 at the end: neither plate nor photo in anything that the gateway has written. */
export function judgeStored({ searched }: Facts): Judged {
  if (searched === undefined) return measured(false, 'nobody searched');
  const { files, bytes, found } = searched;
  return measured(
    found.length === 0 && bytes > 0,
    `${plural(files, 'file')} and the log, ${figure(bytes / 1000)} kB: ${plural(found.length, 'plate')}; photos are refused at the door`,
  );
}

/** A-11 at the press: whose it is. */
export function judgeHome(step: StepOf<'emg'>, begunMs: number, { log }: Facts, config: Config): Judged {
  const raised = raisedAfter(log, begunMs);
  const unit = config.units.find(({ id }) => id === step.by);
  const room = config.organisations.find(({ id }) => id === unit?.organisation)?.controlRoom ?? '';
  const home = Array.isArray(raised?.home) ? raised.home.map(String) : [];
  return measured(home.length === 1 && home[0] === room, `home control room: ${home.join(', ') || 'none'}`);
}

/** A-11 where nobody at home has acknowledged. */
export function judgeEscalation(begunMs: number, { log, noticed }: Facts, config: Config): Judged {
  const raised = log.findLast(
    ({ event, what, time }) => event === 'emergency.changed' && what === 'raised' && Date.parse(time) <= begunMs,
  );
  const raisedMs = raised === undefined ? Number.NaN : Date.parse(raised.time);
  const escalated = log.find(
    ({ event, what, time }) => event === 'emergency.changed' && what === 'escalated' && Date.parse(time) >= raisedMs,
  );
  const afterMs = escalated === undefined ? Number.NaN : Date.parse(escalated.time) - raisedMs;
  const supervisors = config.people.filter(({ role }) => role === 'supervisor');
  const alarmed = supervisors.filter(({ id, language }) =>
    noticed.some(
      ({ person, text, atMs }) =>
        person === id && atMs >= raisedMs && text.includes(textOf(language, 'emergency.escalated') ?? '…'),
    ),
  );
  return measured(
    Math.abs(afterMs - escalatedAfterMs) <= slackMs + 1000 && alarmed.length > 0,
    `escalated after ${figure(afterMs / 1000, 1)} s, shown to ${alarmed.map(({ id }) => id).join(', ') || 'no supervisor'}`,
  );
}

/** A-12: an emergency on a talkgroup that no group shares is shown nowhere here. */
export function judgeNationalEmergency(step: StepOf<'emg'>, facts: Facts, config: Config): Judged {
  const { callSign = step.by, address } = config.units.find(({ id }) => id === step.by) ?? {};
  const raised = facts.log.filter(({ event, talker }) => event === 'emergency.changed' && talker === address).length;
  const shown = facts.noticed.filter(({ text }) => text.includes(callSign)).length;
  return measured(
    raised === 0 && shown === 0,
    `${plural(raised, 'emergency', 'emergencies')} of ${callSign} here, ${plural(shown, 'console')} show it`,
  );
}

/** A-17: those of the other countries who have the group before them see where the unit is. */
export function judgePosition(step: StepOf<'pos'>, at: PlaceInTime, facts: Facts, config: Config): Judged {
  const { group, begunMs } = at;
  const unit = config.units.find(({ id }) => id === step.by);
  const country = config.organisations.find(({ id }) => id === unit?.organisation)?.country;
  const abroad = config.people.filter(
    ({ id, country: own }) => own !== country && watchersOf(facts, group).includes(id),
  );
  const after = abroad.map(({ id, language }) => {
    const kind = textOf(language, 'data.kind.position') ?? '…';
    const fact = facts.noticed.find(
      ({ person, atMs, text }) =>
        person === id && atMs >= begunMs && text.includes(unit?.callSign ?? step.by) && text.includes(kind),
    );
    return fact === undefined ? Number.NaN : fact.atMs - begunMs;
  });
  const most = Math.max(...after);
  return measured(
    abroad.length > 0 && most <= positionMsMax,
    `${plural(abroad.length, 'console')} of other countries within ${figure(most)} ms`,
  );
}

/** A-17 when the link has closed: no console shows a unit of another country any more. */
export function judgeWindowShut(step: number, facts: Facts, config: Config): Judged {
  const seen = facts.seen.filter((each) => each.step === step);
  const foreign = seen.flatMap(({ person, units }) => {
    const own = config.people.find(({ id }) => id === person)?.country;
    return units.filter(({ callSign }) => countryOf(callSign, config) !== own);
  });
  return measured(
    seen.length > 0 && foreign.length === 0,
    `${plural(seen.length, 'console')}: ${plural(foreign.length, 'unit')} of another country left on the map`,
  );
}

/** A-17 at a check: whoever stands on the shared group, and nobody else, is on the map of that console. */
export function judgeSeen(
  step: number,
  group: string,
  { steps, start_state }: Scenario,
  facts: Facts,
  config: Config,
): Judged {
  const seen = facts.seen.filter((each) => each.step === step);
  if (seen.length === 0) return measured(false, 'that console was not there');
  const stands = new Map(Object.entries(start_state.units));
  for (const each of steps.slice(0, step)) if (each.do === 'regroup') stands.set(each.by, each.to);
  const units = seen.flatMap(({ units: shown }) => shown);
  const others = units.filter(({ callSign }) => {
    const id = config.units.find((unit) => unit.callSign === callSign)?.id ?? '';
    return stands.get(id)?.split('@')[0] !== group;
  });
  if (
    units.length === 0 &&
    watchersOf(facts, group).length > 0 &&
    !seen.some(({ person }) => watchersOf(facts, group).includes(person))
  )
    return notYet('that control room does not hear the group in this configuration, and is shown no position');
  return measured(
    units.length > 0 && others.length === 0,
    `${plural(units.length, 'unit')}: ${units.map(({ words }) => `« ${words} »`).join(', ') || 'none'}; ${others.length} of other groups`,
  );
}

/** A-12: a talkgroup that only hears an announcement hears nothing else. */
export function judgeInsertion(found: AwaitedAnnouncement | undefined, facts: Facts): Judged {
  if (found === undefined || found.ended.length === 0) return measured(false, 'it was not announced');
  const longestMs = 1000 * Math.max(...found.words.map(({ samples, rateHz }) => samples.length / rateHz));
  const talkgroups = found.ended.flatMap(({ talkgroups: all }) => (Array.isArray(all) ? all.map(String) : []));
  const untilMs = Math.max(...found.ended.map(({ time }) => Date.parse(time)));
  const own = facts.heard.filter(({ talkgroup, silent }) => !silent && talkgroups.includes(talkgroup));
  const near = own.filter(({ atMs }) => atMs >= untilMs - longestMs - 5000 && atMs <= untilMs + 1000);
  return measured(
    near.length > 0 && near.length === own.length,
    `${plural(talkgroups.length, 'talkgroup')}: ${figure(near.length / 50, 1)} s of the announcement, ${own.length - near.length} packets beside it`,
  );
}

/** A-10: those without emergency calls hear of it after the open microphone. */
export function judgeAfterMicrophone(
  found: AwaitedAnnouncement | undefined,
  microphoneEndMs: number | undefined,
): Judged {
  if (found === undefined || found.ended.length === 0) return measured(false, 'it was not announced');
  const longestMs = 1000 * Math.max(...found.words.map(({ samples, rateHz }) => samples.length / rateHz));
  const shortestMs = 1000 * Math.min(...found.words.map(({ samples, rateHz }) => samples.length / rateHz));
  const endMs = Math.min(...found.ended.map(({ time }) => Date.parse(time)));
  const sinceMs = endMs - (microphoneEndMs ?? Number.NaN);
  return measured(
    sinceMs >= 0.8 * shortestMs,
    `ended ${figure(sinceMs / 1000, 1)} s after the open microphone, and lasts ${figure(longestMs / 1000, 1)} s at most`,
  );
}

/** A-28 of a plan: ended, announced where it closes groups, and what was open before is open still. */
export function judgePlanEnd(
  done: DoneFact,
  groups: { readonly closing: readonly string[]; readonly staying: readonly string[] },
  facts: Facts,
): Judged {
  if (done.refusal !== '') return measured(false, `refused: ${done.refusal}`);
  const { pressedMs } = done;
  const lastOf = (group: string) =>
    facts.log.filter(({ event, leg }) => event === 'leg.changed' && String(leg).startsWith(`${group}/`)).at(-1)?.state;
  const closed = groups.closing.filter((group) => lastOf(group) === 'closed');
  const announced = groups.closing.filter((group) =>
    facts.log.some(
      ({ event, announcement, group: of, time }) =>
        event === 'announcement.ended' &&
        announcement === 'ann-closed' &&
        of === group &&
        Date.parse(time) >= pressedMs,
    ),
  );
  const shown = groups.closing.every((group) =>
    watchersOf(facts, group).every((person) =>
      facts.shown.some(
        (fact) => fact.person === person && fact.group === group && fact.atMs >= pressedMs && fact.state === 'onDemand',
      ),
    ),
  );
  const kept = groups.staying.filter((group) => lastOf(group) === 'up');
  return measured(
    closed.length === groups.closing.length &&
      announced.length === groups.closing.length &&
      shown &&
      kept.length === groups.staying.length,
    `${closed.length} of ${plural(groups.closing.length, 'group')} closed and announced so, ${kept.length} of ${groups.staying.length} that were open before are open`,
  );
}

function countryOf(callSign: string, { units, organisations }: Config): string | undefined {
  const unit = units.find((each) => each.callSign === callSign);
  return organisations.find(({ id }) => id === unit?.organisation)?.country;
}

function saidOfHits({ log }: Facts): readonly number[] {
  return log.flatMap(({ event, announcement, time }) =>
    event === 'announcement.ended' && announcement === 'ann-hit' ? [Date.parse(time)] : [],
  );
}

function raisedAfter(log: readonly LogLine[], begunMs: number): LogLine | undefined {
  return log.find(
    ({ event, what, time }) =>
      event === 'emergency.changed' && what === 'raised' && Date.parse(time) >= begunMs - slackMs,
  );
}
