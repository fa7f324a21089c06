/** Judges every pass condition that a scenario names, over the recorded facts, and those that hold throughout. Pure. */
import type { Config } from '../src/config/schema.ts';
import type { Facts, SaidLine } from './facts.ts';
import {
  judgeAnnouncement,
  judgeAuthority,
  judgeBridgeTime,
  judgeClosing,
  judgeEmergencyShown,
  judgeMeaning,
  judgeParted,
  judgePreemption,
  judgeRecord,
  judgeRefused,
} from './judge-deeds.ts';
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
  judgeReach,
  type VoiceWorld,
} from './judge-voice.ts';
import type { Performance } from './performer.ts';
import { groupsOf } from './plan-groups.ts';
import type { Scenario } from './scenario-file.ts';
import type { Testbed } from './testbed.ts';
import { measured, notYet, type Verdict } from './verdict.ts';

/** What the product is to do later, whatever the step. */
const later: Readonly<Record<string, string>> = {
  'A-05': 'there is no recorder yet',
  'A-06': 'there is no audit log yet',
  'A-26': 'there is no recorder yet',
  'A-27': 'there is no recorder yet',
  'A-29': 'there is no export yet',
};

export interface Judging {
  readonly scenario: Scenario;
  readonly performance: Performance;
  readonly config: Config;
  readonly testbed: Testbed;
}

export function judge(judging: Judging): readonly Verdict[] {
  const { scenario, performance } = judging;
  const stepwise = scenario.steps.flatMap(({ expect }, step) =>
    expect.map((assertion) => ({ step, assertion, ...judgeAt(step, assertion, judging) })),
  );
  const { facts, silence } = performance;
  return [
    ...stepwise,
    { assertion: 'A-12', ...judgeIsolation(facts, announcedTo(facts)) },
    { assertion: 'A-13', ...judgeLoops(facts, silence) },
  ];
}

function judgeAt(step: number, assertion: string, judging: Judging): Judged {
  const { performance } = judging;
  const soon = later[assertion];
  if (soon !== undefined) return notYet(soon);
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

/** What persons and radios do beside speaking. */
function judgeDeed(index: number, assertion: string, { scenario, performance, config }: Judging): Judged | undefined {
  const { facts, begun } = performance;
  const step = scenario.steps[index];
  const begunMs = begun.get(index) ?? 0;
  if (step?.do === 'ann' && assertion === 'A-14') return judgeAnnouncement(index, facts);
  if (step?.do === 'status' && assertion === 'A-18') return judgeMeaning(step, begunMs, facts, config);
  if (step?.do === 'emg') {
    if (assertion === 'A-10') return judgeEmergencyShown(step, begunMs, facts, config);
    const spoken = scenario.steps.findIndex(
      (each, at) => at > index && each.do === 'say' && each.hot_mic && each.by === step.by,
    );
    const line = facts.said.find((each) => each.step === spoken);
    return line !== undefined && assertion === 'A-09' ? judgeOpenMicrophone(line, begunMs, facts, config) : undefined;
  }
  const done = facts.done.find((each) => each.step === index);
  if (step?.do !== 'ui' || done === undefined) return undefined;
  const group = groupsOf(config, step.args)[0] ?? '';
  switch (assertion) {
    case 'A-11':
      return judgeAuthority(done);
    case 'A-12':
      return judgeParted(group, facts);
    case 'A-15':
      return judgeBridgeTime(done, group, facts);
    case 'A-16':
      return judgeRecord(done, String(step.args.record ?? 'B1'), facts);
    case 'A-20':
      return judgeRefused(done);
    case 'A-28':
      return step.action === 'close-bridge' ? judgeClosing(done, group, facts) : undefined;
    default:
      return undefined;
  }
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
  return assertion === 'A-10' ? judgeEmergencyShown(press, begunMs, performance.facts, config) : undefined;
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
      return judgeReach(line, facts, isHotMic(scenario, line.step));
    case 'A-02':
      return judgeDelay(line, facts, world);
    case 'A-03':
      return judgeOnset(line, facts, world);
    case 'A-04':
      return judgeTalker(line, facts, config, testbed);
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
