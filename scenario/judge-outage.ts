/** The pass conditions of an outage: who carries the legs, who is shed, what consoles say, and the way back. Pure. */
import type { Config } from '../src/config/schema.ts';
import type { LogLine } from '../test/interop/support/gateway.ts';
import type { Facts } from './facts.ts';
import type { Judged } from './judge-voice.ts';
import { figure, measured, plural } from './verdict.ts';

const failoverMsMax = 10_000;
const visibleMsMax = 2000;

/** The attachments that were cut off, and when (UTC, ms). */
export interface Outage {
  readonly attachments: readonly string[];
  readonly cutMs: number;
  readonly healedMs: number;
}

interface LostLeg {
  readonly leg: string;
  /** When it spoke again over another attachment; NaN: not in this outage. */
  readonly backMs: number;
  readonly shed: boolean;
}

/** A-21: legs that another attachment can carry speak again. */
export function judgeFailover(outage: Outage, facts: Facts, config: Config): Judged {
  const lost = lostLegs(outage, facts);
  const carried = lost.filter(({ backMs }) => Number.isFinite(backMs));
  const waiting = lost.filter(
    ({ leg, backMs, shed }) => !Number.isFinite(backMs) && !shed && canBeCarried(leg, outage, config),
  );
  const most = Math.max(...carried.map(({ backMs }) => backMs - outage.cutMs));
  return measured(
    carried.length > 0 && most <= failoverMsMax && waiting.length === 0,
    `${carried.length} of ${plural(lost.length, 'lost leg')} speak again within ${figure(most / 1000, 1)} s`,
  );
}

/** A-23: whoever comes before keeps a channel. */
export function judgeShedding(outage: Outage, facts: Facts, config: Config): Judged {
  const lost = lostLegs(outage, facts).filter(({ leg }) => canBeCarried(leg, outage, config));
  const priorityOf = (leg: string) => config.sharedGroups.find(({ id }) => leg.startsWith(`${id}/`))?.priority ?? 0;
  const carried = lost.filter(({ backMs }) => Number.isFinite(backMs));
  const shed = lost.filter(({ backMs }) => !Number.isFinite(backMs));
  const least = Math.min(...carried.map(({ leg }) => priorityOf(leg)));
  const most = Math.max(...shed.map(({ leg }) => priorityOf(leg)));
  const named = (legs: readonly LostLeg[]) => legs.map(({ leg }) => `${leg} (${priorityOf(leg)})`).join(', ');
  return measured(
    carried.length > 0 && shed.length > 0 && least >= most,
    `carried: ${named(carried)}; shed: ${named(shed)}`,
  );
}

/** A-30: from the cut itself, on every console that shows the group, leg by leg. */
export function judgeVisible(outage: Outage, facts: Facts): Judged {
  const lost = lostLegs(outage, facts);
  const { log, shown } = facts;
  const after = lost.flatMap(({ leg }) => {
    const group = leg.split('/')[0] ?? '';
    const noticedMs = changesOf(leg, outage, log).map(({ time }) => Date.parse(time))[0] ?? Number.NaN;
    const persons = new Set(shown.filter((fact) => fact.group === group).map(({ person }) => person));
    return [...persons].map((person) => {
      const own = shown.filter((fact) => fact.person === person && fact.group === group);
      const before = own.findLast(({ atMs }) => atMs < outage.cutMs)?.legs.join();
      const fact = own.find(({ atMs, legs }) => atMs >= outage.cutMs && legs.join() !== before && legs.some(isFault));
      const shownMs = fact === undefined ? Number.NaN : fact.atMs - outage.cutMs;
      return { noticedMs: noticedMs - outage.cutMs, shownMs };
    });
  });
  const most = Math.max(...after.map(({ shownMs }) => shownMs));
  const noticed = Math.max(...after.map(({ noticedMs }) => noticedMs));
  return measured(
    after.length > 0 && most <= visibleMsMax,
    `shown ${figure(most / 1000, 1)} s at most after the cut; the gateway noticed within ${figure(noticed / 1000, 1)} s`,
  );
}

/** A-30 where no link is cut: each console shows as many legs lost as are, of each group that it shows. */
export function judgeShownLegs(atMs: number, { log, shown }: Facts): Judged {
  const lost = new Set<string>();
  for (const { event, leg, state, time } of log) {
    if (Date.parse(time) > atMs - visibleMsMax) break;
    if (event === 'leg.shed' || (event === 'leg.changed' && state === 'down')) lost.add(String(leg));
    else if (event === 'leg.changed' && (state === 'up' || state === 'closed')) lost.delete(String(leg));
  }
  const last = new Map(
    shown.filter((fact) => fact.atMs <= atMs).map((fact) => [`${fact.person} ${fact.group}`, fact] as const),
  );
  const tiles = [...last.values()].filter(({ state, legs }) => state !== 'onDemand' && legs.length > 0);
  const wrong = tiles.filter(
    ({ group, legs }) =>
      legs.filter((leg) => leg.startsWith('fault')).length !==
      [...lost].filter((leg) => leg.startsWith(`${group}/`)).length,
  );
  const persons = new Set(tiles.map(({ person }) => person));
  const where = wrong.map(({ person, group }) => `${group} at ${person}`).join(', ');
  return measured(
    tiles.length > 0 && wrong.length === 0,
    `${plural(lost.size, 'leg')} lost; ${plural(tiles.length, 'tile')} on ${plural(persons.size, 'console')}, ${wrong.length} show it otherwise${where === '' ? '' : `: ${where}`}`,
  );
}

/** The runner notes the end of a line so long after the radio has let go of its key. */
const releaseMs = 250;

/** A-25: back only after it was well for so long, and never while somebody spoke there. */
export function judgeReturn(outage: Outage, stableMs: number, facts: Facts): Judged {
  const returns = facts.log.filter(
    ({ event, why, time }) => event === 'leg.moved' && why === 'return' && Date.parse(time) >= outage.healedMs,
  );
  const first = Math.min(...returns.map(({ time }) => Date.parse(time) - outage.healedMs));
  const within = returns.filter(({ leg, time }) =>
    facts.said.some(
      ({ group, startMs, endMs }) =>
        String(leg).startsWith(`${group}/`) && Date.parse(time) > startMs && Date.parse(time) < endMs - releaseMs,
    ),
  );
  return measured(
    returns.length > 0 && first >= stableMs && within.length === 0,
    `${plural(returns.length, 'leg')} went back, the first ${figure(first / 1000, 1)} s after the repair (at least ${figure(stableMs / 1000)} s), ${within.length} of them while somebody spoke`,
  );
}

/** Legs that these attachments carried just before. */
function legsOn(attachments: readonly string[], atMs: number, log: readonly LogLine[]): readonly string[] {
  const last = new Map<string, LogLine>();
  for (const line of log) {
    if (line.event === 'leg.changed' && Date.parse(line.time) < atMs) last.set(String(line.leg), line);
  }
  return [...last]
    .filter(([, { state, attachment }]) => state === 'up' && attachments.includes(String(attachment)))
    .map(([leg]) => leg);
}

function lostLegs(outage: Outage, { log }: Facts): readonly LostLeg[] {
  return legsOn(outage.attachments, outage.cutMs, log).map((leg) => {
    const up = changesOf(leg, outage, log).find(
      ({ state, attachment }) => state === 'up' && !outage.attachments.includes(String(attachment)),
    );
    const shed = log.some(
      (line) => line.event === 'leg.shed' && line.leg === leg && Date.parse(line.time) >= outage.cutMs,
    );
    return { leg, backMs: up === undefined ? Number.NaN : Date.parse(up.time), shed };
  });
}

function changesOf(leg: string, { cutMs, healedMs }: Outage, log: readonly LogLine[]): readonly LogLine[] {
  return log.filter(
    (line) =>
      line.event === 'leg.changed' &&
      line.leg === leg &&
      Date.parse(line.time) >= cutMs &&
      Date.parse(line.time) < healedMs,
  );
}

/** Its network has an attachment that was not cut off. */
function canBeCarried(leg: string, { attachments }: Outage, config: Config): boolean {
  const talkgroup = leg.slice(leg.indexOf('/') + 1);
  const network = config.talkgroups.find(({ id }) => id === talkgroup)?.network;
  return config.attachments.some((each) => each.network === network && !attachments.includes(each.id));
}

function isFault(leg: string): boolean {
  return leg.startsWith('fault') || leg.startsWith('pending');
}
