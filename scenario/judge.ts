/** Judges every pass condition that a scenario names, over the recorded facts, and those that hold throughout. Pure. */
import type { Config } from '../src/config/schema.ts';
import type { Facts, SaidLine } from './facts.ts';
import { judgeClock } from './judge-clock.ts';
import { judgeAllCuts, judgeCut, wasCut } from './judge-cut.ts';
import {
  judgeAccepted,
  judgeAnnouncement,
  judgeAuthority,
  judgeBridgeTime,
  judgeClosing,
  judgeEmergencyShown,
  judgeMeaning,
  judgeNationalAuthority,
  judgeParted,
  judgePreemption,
  judgeRecord,
  judgeRefused,
} from './judge-deeds.ts';
import { judgeEvidence, judgeExport } from './judge-evidence.ts';
import {
  judgeAfterMicrophone,
  judgeEscalation,
  judgeHit,
  judgeHome,
  judgeInsertion,
  judgeNationalEmergency,
  judgePlanEnd,
  judgePosition,
  judgeSeen,
  judgeStored,
  judgeValidated,
  judgeWindowShut,
} from './judge-operations.ts';
import {
  judgeFailover,
  judgeReturn,
  judgeShedding,
  judgeShownLegs,
  judgeVisible,
  type Outage,
} from './judge-outage.ts';
import { judgeAllRecorded, judgeComplete, judgeLogged, judgeRecorded } from './judge-recorded.ts';
import { judgeTalker } from './judge-shown.ts';
import {
  type Judged,
  judgeDelay,
  judgeDenial,
  judgeIsolation,
  judgeLoops,
  judgeNational,
  judgeOneFloor,
  judgeOnset,
  judgeOwnEcho,
  judgeQuiet,
  judgeReach,
  type VoiceWorld,
} from './judge-voice.ts';
import type { Performance } from './performer.ts';
import { groupsOf } from './plan-groups.ts';
import type { Scenario, StepOf } from './scenario-file.ts';
import type { Testbed } from './testbed.ts';
import { measured, notYet, type Verdict } from './verdict.ts';

/** What the product is to do later, whatever the step. */
const later: Readonly<Record<string, string>> = {
  'A-22': 'there is one core: a standby core is not part of this version',
};

export interface Judging {
  readonly scenario: Scenario;
  readonly performance: Performance;
  readonly config: Config;
  readonly testbed: Testbed;
}

export function judge(judging: Judging): readonly Verdict[] {
  const { scenario, performance } = judging;
  const { facts, silence } = performance;
  return [
    ...scenario.steps.flatMap((_, step) => judgeStep(step, judging)),
    { assertion: 'A-05', ...judgeAllRecorded(facts) },
    { assertion: 'A-06', ...judgeLogged(facts, judging.config) },
    { assertion: 'A-12', ...judgeIsolation(facts, announcedTo(facts)) },
    { assertion: 'A-13', ...judgeLoops(facts, silence) },
    { assertion: 'A-24', ...judgeAllCuts(linesCut(judging), facts, judging.config) },
  ];
}

/** What a step is expected to show, as far as it has been recorded. */
export function judgeStep(step: number, judging: Judging): readonly Verdict[] {
  const { expect } = judging.scenario.steps[step] ?? { expect: [] };
  return expect.map((assertion) => ({ step, assertion, ...judgeAt(step, assertion, judging) }));
}

function judgeAt(step: number, assertion: string, judging: Judging): Judged {
  const { performance } = judging;
  const soon = later[assertion];
  if (soon !== undefined) return notYet(soon);
  if (assertion === 'A-27') return judgeClock(performance.facts);
  const undone = performance.undone.get(step);
  if (undone !== undefined) return undone.startsWith('failed') ? measured(false, undone) : notYet(undone);
  const { facts } = performance;
  const line = facts.said.find((each) => each.step === step);
  const judged =
    line === undefined
      ? judgeDeed(step, assertion, judging)
      : (judgeLine(line, assertion, judging) ?? judgeMicrophone(line, assertion, judging));
  return judged ?? notYet('is not judged here yet');
}

/** What persons and radios do beside speaking, and what links do. */
function judgeDeed(index: number, assertion: string, judging: Judging): Judged | undefined {
  const { scenario, performance, config, testbed } = judging;
  const { facts, begun, outage } = performance;
  const step = scenario.steps[index];
  const group = performance.groups.get(index);
  const at = { group, begunMs: begun.get(index) ?? 0 };
  switch (step?.do) {
    case 'ann':
      return judgeSaying(index, assertion, judging);
    case 'status':
      return assertion === 'A-18' ? judgeMeaning(step, at, facts, config) : undefined;
    case 'pos':
      return assertion === 'A-17' ? judgePosition(step, at, facts, config) : undefined;
    case 'emg':
      return judgePress(index, assertion, judging);
    case 'hit': {
      const hit = facts.hits.find((each) => each.step === index);
      return hit === undefined || assertion !== 'A-19' ? undefined : judgeHit(hit, scenario, facts, testbed);
    }
    case 'fault':
    case 'heal':
      return outage === undefined ? undefined : judgeLinks(assertion, outage, judging);
    case 'check':
      if (assertion === 'A-19') return judgeStored(facts);
      if (assertion === 'A-29') return judgeExport(index, [], facts, config);
      if (assertion === 'A-11') return judgeEscalation(at.begunMs, facts, config);
      if (assertion === 'A-24') return judgeWhole(index, judging);
      if (assertion === 'A-17')
        return judgeSeen(index, performance.incidentAt.get(index) ?? '', scenario, facts, config);
      if (outage !== undefined) return judgeLinks(assertion, outage, judging);
      return assertion === 'A-30' ? judgeShownLegs(at.begunMs, facts) : undefined;
    case 'ui':
      return judgeDone(index, step, assertion, judging);
    default:
      return undefined;
  }
}

/** The last line before a check was not cut, and everybody heard it. */
function judgeWhole(index: number, { performance, config, testbed }: Judging): Judged {
  const { facts } = performance;
  const line = facts.said.findLast(({ step }) => step < index);
  if (line === undefined) return measured(false, 'nobody spoke before');
  const reach = judgeReach(line, facts, worldOf(config, testbed));
  const isCut = wasCut(line, facts);
  return measured(reach.result === 'passed' && !isCut, `${isCut ? 'cut' : 'not cut'}; ${reach.figure}`);
}

/** Lines that an emergency or a fault was to cut, with the fault. */
function linesCut({ scenario, performance }: Judging): Parameters<typeof judgeAllCuts>[0] {
  const { facts, outage } = performance;
  return facts.said.flatMap((line) => {
    const step = scenario.steps[line.step];
    if (step?.do !== 'say' || !(step.cut_by_emergency || step.cut_by_fault)) return [];
    return [{ line, ...(step.cut_by_fault && outage !== undefined && { outage }) }];
  });
}

function judgeLinks(assertion: string, outage: Outage, { performance, config }: Judging): Judged | undefined {
  const { facts, stableMs } = performance;
  switch (assertion) {
    case 'A-21':
      return judgeFailover(outage, facts, config);
    case 'A-23':
      return judgeShedding(outage, facts, config);
    case 'A-25':
      return judgeReturn(outage, stableMs, facts);
    case 'A-30':
      return judgeVisible(outage, facts);
    default:
      return undefined;
  }
}

function judgeSaying(index: number, assertion: string, judging: Judging): Judged | undefined {
  const { scenario, performance, config } = judging;
  const { facts } = performance;
  const found = facts.announced.find((each) => each.step === index);
  switch (assertion) {
    case 'A-10': {
      const microphone = facts.said.findLast(
        (line) => isHotMic(scenario, line.step) && Math.abs(line.step - index) <= 2,
      );
      return judgeAfterMicrophone(found, microphone?.endMs);
    }
    case 'A-12':
      return judgeInsertion(found, facts);
    case 'A-14':
    case 'A-23':
    case 'A-28':
      return judgeAnnouncement(index, facts, config);
    default:
      return undefined;
  }
}

function judgePress(index: number, assertion: string, { scenario, performance, config }: Judging): Judged | undefined {
  const { facts, begun, groups } = performance;
  const step = scenario.steps[index];
  if (step?.do !== 'emg') return undefined;
  const begunMs = begun.get(index) ?? 0;
  const group = groups.get(index);
  if (assertion === 'A-12') return judgeNationalEmergency(step, facts, config);
  if (assertion === 'A-10') return judgeEmergencyShown(step, { group, begunMs }, facts, config);
  if (assertion === 'A-11') return judgeHome(step, begunMs, facts, config);
  const spoken = scenario.steps.findIndex(
    (each, at) => at > index && each.do === 'say' && each.hot_mic && each.by === step.by,
  );
  const line = facts.said.find((each) => each.step === spoken);
  return line !== undefined && assertion === 'A-09' ? judgeOpenMicrophone(line, begunMs, facts, config) : undefined;
}

function judgeDone(
  index: number,
  step: StepOf<'ui'>,
  assertion: string,
  { scenario, performance, config }: Judging,
): Judged | undefined {
  const { facts } = performance;
  if (assertion === 'A-26') return judgeComplete(facts);
  const evidence = judgeEvidence(index, step, assertion, facts, config);
  if (evidence !== undefined) return evidence;
  const done = facts.done.find((each) => each.step === index);
  if (done === undefined) return undefined;
  const groups = groupsOf(config, step.args);
  const group = groups[0] ?? '';
  switch (assertion) {
    case 'A-11':
      return done.past === undefined
        ? judgeAuthority(done)
        : judgeNationalAuthority(done, String(step.args.unit), facts, config);
    case 'A-12':
      return judgeParted(group, facts);
    case 'A-13':
      return judgeQuiet(done.pressedMs, facts);
    case 'A-15':
      return judgeBridgeTime(done, groups, facts);
    case 'A-16':
      return judgeRecord(done, String(step.args.record ?? 'B1'), facts);
    case 'A-17':
      return judgeWindowShut(index, facts, config);
    case 'A-19':
      return judgeValidated(done, step, scenario, facts);
    case 'A-20':
      return judgeRefused(done, group, facts, config);
    case 'A-28':
      return step.action === 'end-plan'
        ? judgePlanEnd(done, endingWith(step, scenario, config), facts)
        : judgeClosing(done, group, facts);
    default:
      return undefined;
  }
}

/** Groups of a plan at whichever level: those that it has opened close with it. */
function endingWith({ args }: StepOf<'ui'>, { start_state }: Scenario, { alertPlans }: Config) {
  const plan = alertPlans.find(({ id }) => id === args.plan);
  const all = new Set([...(plan?.groups ?? []), ...(plan?.levels ?? []).flatMap(({ groups }) => groups)]);
  const before = new Set([...start_state.bridges, ...start_state.permanent]);
  return { closing: [...all].filter((id) => !before.has(id)), staying: [...all].filter((id) => before.has(id)) };
}

function judgeMicrophone(
  line: SaidLine,
  assertion: string,
  { performance, config, scenario }: Judging,
): Judged | undefined {
  const step = scenario.steps[line.step];
  if (step?.do !== 'say' || !step.hot_mic) return undefined;
  const pressed = scenario.steps.findLastIndex(
    (each, at) => at < line.step && each.do === 'emg' && each.by === line.by,
  );
  const press = scenario.steps[pressed];
  if (press?.do !== 'emg') return undefined;
  const begunMs = performance.begun.get(pressed) ?? 0;
  if (assertion === 'A-09') return judgeOpenMicrophone(line, begunMs, performance.facts, config);
  return assertion === 'A-10'
    ? judgeEmergencyShown(press, { group: line.group, begunMs }, performance.facts, config)
    : undefined;
}

function judgeOpenMicrophone(line: SaidLine, pressedMs: number, facts: Facts, config: Config): Judged {
  const cut = facts.said.find(
    (each) => each.group === line.group && each.step < line.step && !each.whole && each.endMs > pressedMs,
  );
  // Taken back, or at once: he waits.
  const revoked = config.attachments.flatMap((each) => {
    if (each.kind !== 'sip') return [];
    const { revoked: taken, queued } = each.sip.answers;
    return [taken, queued].filter((digit) => digit !== undefined);
  });
  const interrupted = cut?.talkgroup === undefined ? undefined : { talkgroup: cut.talkgroup, digits: revoked };
  return judgePreemption(line.party ?? '', pressedMs, interrupted, facts);
}

function judgeLine(
  line: SaidLine,
  assertion: string,
  { scenario, performance, config, testbed }: Judging,
): Judged | undefined {
  const { facts } = performance;
  const world = worldOf(config, testbed);
  switch (assertion) {
    case 'A-01':
      return judgeReach(line, facts, world, isHotMic(scenario, line.step));
    case 'A-02':
      return judgeDelay(line, facts, world);
    case 'A-03':
      return judgeOnset(line, facts, world);
    case 'A-04':
      return judgeTalker(line, facts, config, testbed);
    case 'A-05':
      return line.group === undefined && line.recordedOn === undefined
        ? notYet('what is said on the intercom is not recorded')
        : judgeRecorded(line, facts);
    case 'A-07':
    case 'A-08': {
      const holder = facts.said.find(
        (each) => each.group === line.group && each.step < line.step && each.endMs > line.startMs,
      );
      if (holder === undefined) return measured(false, 'nobody spoke at that time');
      return assertion === 'A-07' ? judgeOneFloor(line, holder, facts) : judgeDenial(line, holder, facts, world);
    }
    case 'A-12':
      return line.group === undefined ? judgeNational(line, facts) : undefined;
    case 'A-16':
      return judgeAccepted(line, facts, config);
    case 'A-21':
      return judgeReach(line, facts, world);
    case 'A-24':
      return judgeCut(line, facts, config, performance.outage);
    case 'A-25':
      return judgeReach(line, facts, world);
    case 'A-13':
      return judgeOwnEcho(line, facts);
    default:
      return undefined;
  }
}

function worldOf({ talkgroups, attachments }: Config, { networks }: Testbed): VoiceWorld {
  const networkOf = (talkgroup: string) => talkgroups.find(({ id }) => id === talkgroup)?.network ?? '';
  return {
    setUpMs: (talkgroup) => networks[networkOf(talkgroup)]?.setUpMs ?? 0,
    refusalDigits: (talkgroup) =>
      attachments.flatMap((attachment) => {
        if (attachment.kind !== 'sip' || attachment.network !== networkOf(talkgroup)) return [];
        const { queued, denied } = attachment.sip.answers;
        return [queued, denied].filter((digit) => digit !== undefined);
      }),
  };
}

function isHotMic({ steps }: Scenario, index: number): boolean {
  const step = steps[index];
  return step?.do === 'say' && step.hot_mic;
}

/** Talkgroups that an announcement was for, at whatever time. */
function announcedTo({ log }: Facts): ReadonlySet<string> {
  return new Set(
    log.flatMap(({ event, talkgroups }) =>
      event === 'announcement.ended' && Array.isArray(talkgroups) ? talkgroups.map(String) : [],
    ),
  );
}
