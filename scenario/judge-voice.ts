/**
 * The pass conditions of voice, judged over what the simulated networks and the consoles heard: reach, delay, onset, one
 * floor, denial, isolation, loops. Pure; whatever was said is looked for by its sound.
 */
import { type Comparison, compareSpeech, traceOf } from '../test/interop/support/speech-compare.ts';
import { alawSample, type Sound } from '../test/interop/support/wav.ts';
import type { Facts, HeardPacket, SaidLine } from './facts.ts';
import { figure, measured, plural, type Verdict } from './verdict.ts';

export type Judged = Pick<Verdict, 'result' | 'figure'>;

/** What the judges know beside the facts. */
export interface VoiceWorld {
  /** Set-up time of the network of a talkgroup, ms. */
  readonly setUpMs: (talkgroup: string) => number;
  /** Digits by which a talkgroup's bridge is told that its talker waits or is refused. */
  readonly refusalDigits: (talkgroup: string) => readonly string[];
}

const coverMin = 0.95;
/** Where speech was kept for a network that sets up, and is played faster: each splice may hide a window. */
const hastenedCoverMin = 0.92;
/** Of what a browser plays, which stretches and shrinks as its machine falters. */
const consoleCoverMin = 0.85;
/** With the sound of an alarm over it. */
const alarmedCoverMin = 0.6;
const levelDbMax = 3;
const delayMsMax = 200;
const onsetMsMax = 50;
const denialMsMax = 300;
/** Speech that is not there scores up to 0.45 by chance. */
const traceMax = 0.5;
/** Voice kept for a network that sets up is heard late, and caught up. */
const lateMsMax = 900;
/** What was kept for a slow network is played out after the line has ended. */
const tailMs = 3000;
/** Within which a leg that joins would key by itself. */
const quietMs = 5000;
const noLeg = 'no other leg was there';

interface PlacedSound extends Sound {
  readonly timeMs: (sample: number) => number;
}

/** A-01. */
export function judgeReach(line: SaidLine, facts: Facts, world: VoiceWorld, alarmed = false): Judged {
  const deaf = speakingMeanwhile(line, facts);
  const legs = othersOf(line).flatMap((talkgroup) => {
    if (deaf.has(talkgroup)) return [];
    const least = world.setUpMs(talkgroup) > 0 ? hastenedCoverMin : coverMin;
    return [{ talkgroup, least, ...heardWell(line, talkgroup, facts) }];
  });
  const consoles = [...line.played.values()].map((sound) => compareSpeech(line.speech, sound, lateMsMax).cover);
  if (legs.length === 0) return measured(false, noLeg);
  const worst = legs.reduce((least, leg) => (leg.cover < least.cover ? leg : least));
  const levels = legs.map(({ levelDb }) => levelDb);
  const holds =
    legs.every(({ cover, least }) => cover >= least) &&
    levels.every((level) => Math.abs(level) <= levelDbMax) &&
    consoles.every((cover) => cover >= (alarmed ? alarmedCoverMin : consoleCoverMin));
  const where = worst.cover < worst.least ? ` (${worst.talkgroup}: ${packetsOf(line, worst.talkgroup, facts)})` : '';
  const heardBy = `${plural(legs.length, 'leg')}: least ${figure(100 * worst.cover)} % heard${where}, level ${range(levels)} dB`;
  const played =
    consoles.length === 0 ? '' : `; ${plural(consoles.length, 'console')}: ${figure(100 * Math.min(...consoles))} %`;
  return measured(holds, heardBy + played);
}

/** A network that carries its own radio, as long as that one keys, hears nobody else: whoever was interrupted. */
function speakingMeanwhile(line: SaidLine, { said }: Facts): ReadonlySet<string> {
  const others = said.filter(
    ({ step, startMs, endMs }) => step !== line.step && startMs < line.endMs && endMs > line.startMs,
  );
  return new Set(others.flatMap(({ talkgroup }) => talkgroup ?? []));
}

/** How much came there at all, and how much of it before its network carried anything. */
function packetsOf(line: SaidLine, talkgroup: string, facts: Facts): string {
  const own = packetsBetween(facts, line.startMs, line.endMs + tailMs).filter(
    (packet) => packet.talkgroup === talkgroup && !packet.silent,
  );
  const lost = own.filter(({ carried }) => !carried).length;
  return `${own.length} packets came, ${lost} before it carried`;
}

/** A-02: over the legs whose network has no delay of its own. */
export function judgeDelay(line: SaidLine, facts: Facts, world: VoiceWorld): Judged {
  const { sentMs } = line;
  if (sentMs === undefined) return measured(false, 'no packets of it left here');
  const delays = othersOf(line)
    .filter((talkgroup) => world.setUpMs(talkgroup) === 0)
    .flatMap((talkgroup) => {
      const { heard, comparison } = heardLine(line, talkgroup, facts);
      return comparison.matches.map(({ speech, recording }) => heard.timeMs(recording) - sentMs(speech));
    })
    .sort((a, b) => a - b);
  if (delays.length === 0) return measured(false, 'nothing of it was found on a leg without set-up time');
  const p95 = delays[Math.floor(0.95 * (delays.length - 1))] ?? Number.NaN;
  const p50 = delays[Math.floor(0.5 * (delays.length - 1))] ?? Number.NaN;
  return measured(p95 <= delayMsMax, `p50 ${figure(p50, 1)} ms, p95 ${figure(p95, 1)} ms`);
}

/** A-03: on every leg, also where the network has to set up its call first. */
export function judgeOnset(line: SaidLine, facts: Facts, world: VoiceWorld): Judged {
  const missing = othersOf(line).map((talkgroup) => ({
    ms: heardWell(line, talkgroup, facts).onsetMissingMs,
    setUpMs: world.setUpMs(talkgroup),
  }));
  if (missing.length === 0) return measured(false, noLeg);
  const most = Math.max(...missing.map(({ ms }) => ms));
  const slowest = Math.max(...missing.map(({ setUpMs }) => setUpMs));
  return measured(most <= onsetMsMax, `${figure(most)} ms missing at most, set-up up to ${slowest} ms`);
}

/** A-07: where one spoke over another the others heard the holder alone. */
export function judgeOneFloor(denied: SaidLine, holder: SaidLine, facts: Facts): Judged {
  const listeners = othersOf(holder).filter((talkgroup) => talkgroup !== denied.talkgroup);
  if (listeners.length === 0) return measured(false, noLeg);
  const covers = listeners.map((talkgroup) => heardWell(holder, talkgroup, facts).cover);
  const traces = listeners.map((talkgroup) => traceIn(saidUnder(denied, holder), heardOn(talkgroup, holder, facts)));
  const holds = covers.every((cover) => cover >= coverMin) && traces.every((trace) => trace < traceMax);
  return measured(
    holds,
    `holder ${figure(100 * Math.min(...covers))} % heard, trace of the other ${figure(Math.max(...traces), 2)} (chance ${traceMax})`,
  );
}

/** A-08: refused in his own network, and nothing of what he said meanwhile is played later. */
export function judgeDenial(denied: SaidLine, holder: SaidLine, facts: Facts, world: VoiceWorld): Judged {
  const { talkgroup } = denied;
  if (talkgroup === undefined) return measured(false, 'it was no radio that was refused');
  const digits = world.refusalDigits(talkgroup);
  const answer = facts.told.find(
    (fact) =>
      fact.name === 'digit' &&
      fact.talkgroup === talkgroup &&
      fact.atMs >= denied.startMs &&
      fact.atMs <= denied.endMs + tailMs &&
      digits.includes(fact.digit),
  );
  const afterMs = answer === undefined ? Number.NaN : answer.atMs - denied.startMs;
  const untilMs = nextSaidMs(denied, facts);
  const later = othersOf(denied).map((other) =>
    traceIn(saidUnder(denied, holder), soundOf(facts.heard, other, denied.startMs, untilMs)),
  );
  const played = Math.max(0, ...later);
  return measured(
    afterMs <= denialMsMax && played < traceMax,
    `told after ${figure(afterMs)} ms, trace of it later ${figure(played, 2)} (chance ${traceMax})`,
  );
}

/** A-12 at a line that no group shares: no leg and no console has anything of it. */
export function judgeNational(line: SaidLine, facts: Facts): Judged {
  const isElsewhere = ({ talkgroup, silent }: HeardPacket) => !silent && !line.members.includes(talkgroup);
  const voice = packetsBetween(facts, line.startMs, line.endMs).filter(isElsewhere);
  const byTalkgroup = [...Map.groupBy(voice, ({ talkgroup }) => talkgroup).keys()];
  const traces = byTalkgroup.map((talkgroup) =>
    traceIn(line.speech, soundOf(facts.heard, talkgroup, line.startMs, line.endMs)),
  );
  const shown = facts.shown.filter(
    ({ atMs, state }) => atMs >= line.startMs && atMs <= line.endMs && state === 'receiving',
  );
  const most = Math.max(0, ...traces);
  return measured(
    most < traceMax && shown.length === 0,
    byTalkgroup.length === 0
      ? 'no packet on any leg, no console shows it'
      : `trace ${figure(most, 2)} (chance ${traceMax}) on ${plural(byTalkgroup.length, 'leg')} with other voice`,
  );
}

/** A-12 throughout: voice that came to a talkgroup which was in no group whose talk or announcement was under way. */
export function judgeIsolation(facts: Facts, announcedTo: ReadonlySet<string>): Judged {
  const lines = facts.said;
  const spans = [...lines, ...tonesOfCutSpeech(facts)];
  const leaked = facts.heard.filter(
    ({ atMs, talkgroup, silent }) =>
      !silent &&
      !announcedTo.has(talkgroup) &&
      !spans.some(
        ({ members, startMs, endMs }) => members.includes(talkgroup) && atMs >= startMs && atMs <= endMs + tailMs,
      ),
  );
  const ms = leaked.reduce((sum, { alaw }) => sum + alaw.length / 8, 0);
  const where = [...new Set(leaked.map(({ talkgroup }) => talkgroup))].join(', ');
  return measured(
    ms === 0,
    `${figure(ms)} ms outside over ${plural(lines.length, 'line')}${where === '' ? '' : ` on ${where}`}`,
  );
}

/** When it shows that a line was cut, its group hears the tone, perhaps seconds after it (ADR 0041). */
function tonesOfCutSpeech({ log, said }: Facts): readonly Pick<SaidLine, 'members' | 'startMs' | 'endMs'>[] {
  return log.flatMap(({ event, group, time }) => {
    const atMs = Date.parse(time);
    const line = said.findLast((each) => each.group === group && each.startMs <= atMs);
    return event !== 'over.cut' || line === undefined ? [] : [{ members: line.members, startMs: atMs, endMs: atMs }];
  });
}

/** A-13 at a line: nothing comes back to the radio that speaks. */
export function judgeOwnEcho(line: SaidLine, facts: Facts): Judged {
  const back = backAtSource(line, facts);
  const ghosts = ghostOvers(facts).filter((atMs) => atMs >= line.startMs && atMs <= line.endMs + tailMs).length;
  return measured(
    back === 0 && ghosts === 0,
    `${figure(back)} ms came back, ${plural(ghosts, 'group')} keyed by itself`,
  );
}

/** A-13 throughout: nothing came back in any line, nobody talked but who spoke, and afterwards it was silent. */
export function judgeLoops(facts: Facts, silence: { readonly fromMs: number; readonly toMs: number }): Judged {
  const echoes = facts.said.map((line) => ({ by: line.by, ms: backAtSource(line, facts) })).filter(({ ms }) => ms > 0);
  const back = echoes.reduce((sum, { ms }) => sum + ms, 0);
  const ghosts = ghostOvers(facts).length;
  const after = packetsBetween(facts, silence.fromMs, silence.toMs).filter(({ silent }) => !silent).length;
  return measured(
    back === 0 && ghosts === 0 && after === 0,
    `${figure(back)} ms came back${echoes.map(({ by }) => ` to ${by}`).join()}, ${plural(ghosts, 'over')} by nobody, ${plural(after, 'packet')} in ${figure((silence.toMs - silence.fromMs) / 1000)} s of silence`,
  );
}

/** A-13 when a talkgroup of a network that was there already joins: no leg keys by itself. */
export function judgeQuiet(fromMs: number, facts: Facts): Judged {
  const ghosts = ghostOvers(facts).filter((atMs) => atMs >= fromMs && atMs <= fromMs + quietMs).length;
  return measured(ghosts === 0, `${plural(ghosts, 'over')} by nobody in ${quietMs / 1000} s`);
}

/** Overs of legs on which nobody of the scenario spoke, by the time of their end. */
function ghostOvers({ log, said }: Facts): readonly number[] {
  return log.flatMap(({ event, party, time }) => {
    if (event !== 'over.ended' || typeof party !== 'string' || !party.includes('/')) return [];
    const atMs = Date.parse(time);
    const known = said.some((line) => line.party === party && atMs >= line.startMs && atMs <= line.endMs + 10_000);
    return known ? [] : [atMs];
  });
}

/** Voice, ms, that came to the talker's own leg while he spoke. */
function backAtSource({ talkgroup, startMs, endMs, whole }: SaidLine, facts: Facts): number {
  if (talkgroup === undefined || !whole) return 0;
  return packetsBetween(facts, startMs + 200, endMs)
    .filter((packet) => packet.talkgroup === talkgroup && !packet.silent)
    .reduce((sum, { alaw }) => sum + alaw.length / 8, 0);
}

function packetsBetween({ heard }: Facts, fromMs: number, toMs: number): readonly HeardPacket[] {
  return heard.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
}

interface HeardLine {
  readonly heard: PlacedSound;
  readonly comparison: Comparison;
}

/** Several conditions ask for the same, and it takes a while. */
const compared = new WeakMap<Facts, Map<string, HeardLine>>();

function heardLine(line: SaidLine, talkgroup: string, facts: Facts): HeardLine {
  const known = compared.get(facts) ?? new Map<string, HeardLine>();
  compared.set(facts, known);
  const name = `${line.step} on ${talkgroup}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  const heard = heardOn(talkgroup, line, facts);
  const result = { heard, comparison: compareSpeech(line.speech, heard, lateMsMax) };
  known.set(name, result);
  return result;
}

function heardWell(line: SaidLine, talkgroup: string, facts: Facts): Comparison {
  return heardLine(line, talkgroup, facts).comparison;
}

function othersOf({ members, talkgroup }: SaidLine): readonly string[] {
  return members.filter((member) => member !== talkgroup);
}

/** What of the denied line was said while the holder still spoke. */
function saidUnder(denied: SaidLine, holder: SaidLine): Sound {
  const { rateHz, samples } = denied.speech;
  const untilMs = holder.endMs - denied.startMs;
  return { rateHz, samples: samples.slice(0, Math.max(0, Math.floor((untilMs * rateHz) / 1000))) };
}

function nextSaidMs({ step, endMs }: SaidLine, { said }: Facts): number {
  return Math.min(
    endMs + 10_000,
    ...said.filter((line) => line.step > step && line.startMs >= endMs).map(({ startMs }) => startMs),
  );
}

function traceIn(speech: Sound, recording: Sound): number {
  const enough = 0.6 * speech.rateHz;
  if (speech.samples.length < enough || recording.samples.length < enough) return 0;
  return traceOf(speech, recording).score;
}

function heardOn(talkgroup: string, line: SaidLine, facts: Facts): PlacedSound {
  return soundOf(
    facts.heard,
    talkgroup,
    line.startMs,
    Math.min(line.endMs + tailMs, Math.max(line.endMs, nextSaidMs(line, facts))),
  );
}

/** Voice that a network carried, one packet after the other. */
export function soundOf(packets: readonly HeardPacket[], talkgroup: string, fromMs: number, toMs: number): PlacedSound {
  const carried = packets.filter(
    (packet) => packet.talkgroup === talkgroup && packet.carried && packet.atMs >= fromMs && packet.atMs <= toMs,
  );
  const starts: number[] = [];
  let length = 0;
  for (const { alaw } of carried) {
    starts.push(length);
    length += alaw.length;
  }
  const samples = new Float32Array(length);
  carried.forEach(({ alaw }, index) => {
    for (let at = 0; at < alaw.length; at++) samples[(starts[index] ?? 0) + at] = alawSample(alaw[at] ?? 0xd5);
  });
  return {
    rateHz: 8000,
    samples,
    timeMs: (sample) => {
      const index = Math.max(
        0,
        starts.findLastIndex((start) => start <= sample),
      );
      return (carried[index]?.atMs ?? Number.NaN) + (sample - (starts[index] ?? 0)) / 8;
    },
  };
}

function range(values: readonly number[]): string {
  const least = figure(Math.min(...values), 1);
  const most = figure(Math.max(...values), 1);
  return least === most ? least : `${least} to ${most}`;
}
