/** What a person asks (operation.ts), read from the console link's bytes. */
import { planDetails } from '../operations/alert-plan.ts';
import type { escaut } from '../protocols/generated/console.js';
import type { GroupId } from '../talkgroups/terms.ts';
import type {
  BorderOperation,
  EmergencyOperation,
  GroupOperation,
  HitOperation,
  IntercomOperation,
  Notice,
  Operation,
  PlanOperation,
  RemovalOperation,
  RetentionOperation,
  ShiftOperation,
  TextOperation,
} from './operation.ts';
import { readLine, readReason, talkgroupsMax, text, textMax, wordsMax } from './wire-text.ts';

type Operate = escaut.console.v1.Operate.$Properties;
type AnyOperation = Operation | RetentionOperation | IntercomOperation;

const noteMax = 1000;

/** Undefined: it is none, or says nothing sensible. */
export function readOperate(operate: Operate): AnyOperation | undefined {
  const group = text(operate.groupId);
  const ofGroup =
    group === undefined
      ? undefined
      : (readTextOperation(group, operate) ??
        readRemoval(group, operate) ??
        readBorderOperation(group, operate) ??
        readOperation(group, operate));
  return (
    readEmergencyOperation(operate) ??
    readPlanOperation(operate) ??
    readHitOperation(operate) ??
    readIntercomOperation(operate) ??
    readShiftOperation(operate) ??
    readRetention(operate) ??
    ofGroup
  );
}

function readOperation(group: GroupId, operate: Operate): GroupOperation | undefined {
  const { open, add, remove, extend, close, keep, consent, suspendExercise, resumeExercise } = operate;
  if (open) {
    const talkgroups = (open.talkgroupIds ?? []).map(text);
    if (talkgroups.length > talkgroupsMax || talkgroups.includes(undefined)) return undefined;
    const durationMs = 1000 * (open.durationS ?? 0);
    const asked = { reason: readReason(open.reason), talkgroups: talkgroups as string[], durationMs };
    return { name: 'open', group, ...asked, ...(open.exercise ? { exercise: true } : {}) };
  }
  if (suspendExercise) return { name: 'suspendExercise', group };
  if (resumeExercise) return { name: 'resumeExercise', group };
  if (extend) return { name: 'extend', group, durationMs: 1000 * (extend.durationS ?? 0) };
  if (close) return { name: 'close', group, afterMs: 1000 * (close.afterS ?? 0) };
  if (keep) return { name: 'keep', group };
  const talkgroup = text((add ?? remove ?? consent)?.talkgroupId);
  if (talkgroup === undefined) return undefined;
  if (add) {
    return { name: 'add', group, talkgroup, reason: readReason(add.reason), durationMs: 1000 * (add.durationS ?? 0) };
  }
  if (consent) return { name: 'consent', group, talkgroup, given: consent.given ?? false };
  return { name: 'remove', group, talkgroup };
}

function readEmergencyOperation({
  acknowledgeEmergency,
  clearEmergency,
  confirmClear,
  withdrawClear,
}: Operate): EmergencyOperation | undefined {
  if (acknowledgeEmergency) {
    const emergency = acknowledgeEmergency.emergencyId ?? 0;
    const proof = readReason(acknowledgeEmergency.proof);
    return { name: 'acknowledgeEmergency', emergency, ...(proof === '' ? {} : { proof }) };
  }
  if (clearEmergency) {
    const { emergencyId, cause } = clearEmergency;
    return { name: 'clearEmergency', emergency: emergencyId ?? 0, cause: readReason(cause) };
  }
  if (confirmClear) return { name: 'confirmClear', emergency: confirmClear.emergencyId ?? 0 };
  return withdrawClear ? { name: 'withdrawClear', emergency: withdrawClear.emergencyId ?? 0 } : undefined;
}

function readPlanOperation({
  activatePlan,
  setPlanLevel,
  renewPlan,
  endPlan,
  markPost,
}: Operate): PlanOperation | undefined {
  const plan = readReason((activatePlan ?? setPlanLevel ?? renewPlan ?? endPlan ?? markPost)?.planId);
  if (activatePlan) {
    const { level, talkgroupIds } = activatePlan;
    const talkgroups = (talkgroupIds ?? []).slice(0, talkgroupsMax).map(readReason);
    const said = readWords(activatePlan.details);
    const details = Object.fromEntries(
      planDetails.filter((name) => said[name] !== undefined).map((name) => [name, said[name]]),
    );
    return {
      name: 'activatePlan',
      plan,
      level: level ?? 0,
      talkgroups,
      details,
      authority: readWords(activatePlan.authority),
      ...(activatePlan.exercise ? { exercise: true } : {}),
    };
  }
  if (setPlanLevel) {
    return { name: 'setPlanLevel', plan, level: setPlanLevel.level ?? 0, authority: readWords(setPlanLevel.authority) };
  }
  if (renewPlan) return { name: 'renewPlan', plan };
  if (endPlan) return { name: 'endPlan', plan, authority: readWords(endPlan.authority) };
  if (!markPost) return undefined;
  const { place, manned, unit } = markPost;
  return { name: 'markPost', plan, place: readReason(place), manned: manned ?? false, unit: readReason(unit) };
}

/** Words by name; a name is a word of this protocol or a country. */
function readWords(words: { readonly [name: string]: string } | null | undefined): Record<string, string> {
  const named = Object.entries(words ?? {}).filter(([name]) => /^[A-Za-z]{2,16}$/.test(name));
  return Object.fromEntries(named.slice(0, wordsMax).map(([name, said]) => [name, readReason(said)]));
}

/** As long as a text of a camera's system. */
const hitTextMax = 80;

function readHitOperation({ validateHit, enterExerciseHit }: Operate): HitOperation | undefined {
  if (enterExerciseHit) {
    const { camera, heading, vehicle, reason } = enterExerciseHit;
    return {
      name: 'enterExerciseHit',
      camera: readLine(camera, hitTextMax),
      heading: readLine(heading, hitTextMax),
      vehicle: readLine(vehicle, hitTextMax),
      reason: readLine(reason, hitTextMax),
    };
  }
  if (!validateHit) return undefined;
  const { hitId, confirmed, checked } = validateHit;
  return { name: 'validateHit', hit: hitId ?? 0, confirmed: confirmed ?? false, checked: readReason(checked) };
}

function readIntercomOperation({
  callStation,
  answerCall,
  hangUp,
  seeMissedCalls,
}: Operate): IntercomOperation | undefined {
  const line = 'intercom';
  if (callStation) {
    const console = text(callStation.consoleId);
    const to = console === undefined ? { person: text(callStation.personId) ?? '' } : { console };
    return { line, name: 'callStation', to, hot: callStation.hotLine ?? false };
  }
  if (answerCall) return { line, name: 'answerCall', call: answerCall.callId ?? 0 };
  if (hangUp) return { line, name: 'hangUp', call: hangUp.callId ?? 0, keyUp: hangUp.keyUp ?? false };
  return seeMissedCalls ? { line, name: 'seeMissedCalls' } : undefined;
}

function readTextOperation(group: GroupId, { sendText }: Operate): TextOperation | undefined {
  return sendText ? { name: 'sendText', group, text: readReason(sendText.text) } : undefined;
}

function readRemoval(group: GroupId, { removeTalker }: Operate): RemovalOperation | undefined {
  if (!removeTalker) return undefined;
  return { name: 'removeTalker', group, over: removeTalker.over ?? 0, reason: readReason(removeTalker.reason) };
}

function readRetention({ setRetention }: Operate): RetentionOperation | undefined {
  if (!setRetention) return undefined;
  const { rule, days, reason } = setRetention;
  return { name: 'setRetention', rule: readReason(rule), days: days ?? 0, reason: readReason(reason) };
}

function readShiftOperation({
  offerShift,
  confirmShift,
  refuseShift,
  withdrawShift,
}: Operate): ShiftOperation | undefined {
  if (offerShift) {
    const note = readLine(offerShift.note, noteMax);
    return { name: 'offerShift', to: (offerShift.personId ?? '').slice(0, textMax), note };
  }
  if (confirmShift) return { name: 'confirmShift', shift: confirmShift.handOverId ?? 0 };
  if (refuseShift) {
    return { name: 'refuseShift', shift: refuseShift.handOverId ?? 0, reason: readReason(refuseShift.reason) };
  }
  return withdrawShift ? { name: 'withdrawShift', shift: withdrawShift.handOverId ?? 0 } : undefined;
}

function readBorderOperation(
  group: GroupId,
  { openRecord, markCrossing, acceptPursuit, orderStop }: Operate,
): BorderOperation | undefined {
  if (openRecord) return { name: 'openRecord', group, ...readNotice(openRecord), place: readReason(openRecord.place) };
  if (markCrossing) {
    const [record, unit, place] = [markCrossing.recordId, markCrossing.unit, markCrossing.place].map(readReason);
    const [from, to] = [readReason(markCrossing.from), readReason(markCrossing.to)];
    const mark = { record: record ?? '', unit: unit ?? '', place: place ?? '', from, to };
    return { name: 'markCrossing', group, ...readNotice(markCrossing), ...mark };
  }
  if (acceptPursuit) {
    const { recordId, condition } = acceptPursuit;
    return { name: 'acceptPursuit', group, record: readReason(recordId), condition: readReason(condition) };
  }
  if (!orderStop) return undefined;
  const { recordId, authority } = orderStop;
  return { name: 'orderStop', group, record: readReason(recordId), authority: readReason(authority) };
}

function readNotice({ origin, host, category, basis }: escaut.console.v1.OpenRecord.$Properties): Notice {
  return {
    origin: readReason(origin),
    host: readReason(host),
    category: readReason(category),
    basis: basis === 'joint-patrol' ? basis : 'pursuit',
  };
}
