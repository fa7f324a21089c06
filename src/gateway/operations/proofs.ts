/**
 * The morning proof and test calls made real: what operations/line-proof.ts wants is called, sounded, written down and told.
 *
 *   clock ──▶ proof times ─▶ line proof ──▶ legs, voice
 *   person ─────────────────────┘  └──▶ report: disk, log, alarm, page
 *
 * Tones go to the talkgroups of a group for tests alone, in a group of their own where nobody can talk; while anybody has
 * one of them, nothing is sounded.
 */
import { z } from 'zod';
import type { ProofRefusal } from '../../api/proof-door.ts';
import {
  type ProofKind,
  type ProofProgress,
  type ProofReport,
  type ProofsView,
  proofReportSchema,
  summaryOf,
} from '../../api/proof-schemas.ts';
import { Alarm, type Clock } from '../../base/clock.ts';
import type { Events, SomeEvents } from '../../base/events.ts';
import type { Random } from '../../base/random.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import { codeLength, toneKinds } from '../../media/proof-tone.ts';
import {
  busyWords,
  idleProof,
  mustBeSeen,
  type ProofAction,
  type ProofBusy,
  type ProofEvent,
  type ProofLine,
  type ProofResult,
  type ProofRound,
  type ProofRules,
  type ProofVerdict,
  proofDeadlineMs,
  proofRounds,
  stepProof,
  verdictOf,
} from '../../operations/line-proof.ts';
import { defaultPermissions, type RefusalCause, refusalOf } from '../../operations/permissions.ts';
import { type ProofDue, proofDue, proofOwed } from '../../operations/proof-times.ts';
import { dayMs, minuteMs } from '../../operations/schedule.ts';
import type { Person } from '../../operations/terms.ts';
import type { KeptFile } from '../../store/kept-file.ts';
import type { VoiceCommand, VoiceEvent } from '../../voice/contract.ts';
import type { Attachments } from '../attachments.ts';
import { legOf, planProof } from '../group-plan.ts';
import { readKept } from './read-kept.ts';

export interface ProofPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: SomeEvents<
    'proofs.begun' | 'proofs.line' | 'proofs.done' | 'proofs.missed' | 'proofs.refused' | 'state.notKept'
  >;
  readonly console: Pick<ConsoleServer, 'raiseAlarm' | 'clearAlarm'>;
  readonly attachments: Pick<Attachments, 'join' | 'leave' | 'report'>;
  readonly kept: Pick<KeptFile, 'read' | 'write'>;
  sendVoice(command: VoiceCommand): void;
  /** The open group that a talkgroup is joined to. */
  groupOf(talkgroup: string): string | undefined;
  /** The group is open, or about to be. */
  isJoined(group: string): boolean;
}

const reportsMax = 400;
const keptSchema = z.object({
  version: z.literal(1),
  next: z.number(),
  settledUtcMs: z.number(),
  reports: z.array(proofReportSchema).max(reportsMax),
});
type Kept = z.infer<typeof keptSchema>;

interface UnderWay {
  readonly kind: ProofKind;
  readonly by: string;
  readonly dueUtcMs: number | undefined;
  readonly beganUtcMs: number;
  readonly steps: ProofProgress['steps'];
}

/** While it runs it is asked so often whether somebody wants the talkgroups. */
const lookMs = 500;
const lookUpMs = 60 * minuteMs;
const keptMs = 30 * dayMs;
/** Of one proof: a busy group says so once, not at each look. */
const stepsMax = 5000;
/** A person who looks on does not wait as long as the clock does. */
const handWaitMs = 30_000;

export class Proofs {
  readonly #config: Config;
  readonly #ports: ProofPorts;
  readonly #alarm: Alarm;
  #state = idleProof;
  #underWay: UnderWay | undefined;
  /** The last one's, for who still looks. */
  #past: UnderWay | undefined;
  #kept: Kept = { version: 1, next: 1, settledUtcMs: 0, reports: [] };
  #group: string | undefined;
  #legs: readonly string[] = [];
  #code: readonly number[] = [];
  /** Calendars are slow to read. */
  #looked: { readonly due: ProofDue; readonly lookedUpUtcMs: number; readonly untilUtcMs: number } = {
    ...{ due: {}, lookedUpUtcMs: Infinity, untilUtcMs: -Infinity },
  };
  #proofs = 0;
  readonly #waiting: ProofEvent[] = [];
  #stepping = false;
  #isRunning = false;

  constructor(config: Config, ports: ProofPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#alarm = new Alarm(ports.clock, () => this.#look());
  }

  /** What was due while the gateway was not there has not taken place; of a time before its first start nothing is owed. */
  start(): void {
    this.#isRunning = true;
    if (this.#config.morningProof === undefined) return;
    const kept = readKept(this.#ports.kept, keptSchema);
    if (kept === undefined) this.#write({ ...this.#kept, settledUtcMs: this.#ports.clock.utcMs() });
    else this.#kept = kept;
    this.#tellAlarms();
    this.#look();
  }

  stop(): void {
    this.#isRunning = false;
    this.#feed({ name: 'stop' });
    this.#alarm.clear();
  }

  /** All lines now, or those of one attachment. Undefined: it begins. */
  run(person: Person, attachment: string | undefined): ProofRefusal | undefined {
    const refusal = this.#refusal(person, attachment);
    const what = attachment === undefined ? {} : { attachment };
    const who = { operator: person.display, role: person.role };
    if (refusal !== undefined) {
      this.#ports.events.proofs.refused({ ...what, ...who, refusal });
      return refusal;
    }
    this.#begin(attachment === undefined ? 'hand' : 'call', person.display, undefined, attachment);
    return undefined;
  }

  report(number: number): ProofReport | undefined {
    return this.#kept.reports.find((report) => report.number === number);
  }

  /** Undefined: as a program on this machine sees it. */
  view(person: Person | undefined): ProofsView {
    const { morningProof, sharedGroups } = this.#config;
    const { reports } = this.#kept;
    const group = sharedGroups.find(({ id }) => id === morningProof?.group)?.short ?? morningProof?.group;
    const nextUtcMs = this.#due()?.nextUtcMs;
    const progress = this.#underWay ?? this.#past;
    const last = reports.find(({ kind }) => kind !== 'call');
    const lastCall = reports.find(({ kind }) => kind === 'call');
    return {
      ...(group !== undefined && { group }),
      ...(nextUtcMs !== undefined && { nextUtcMs }),
      ...(morningProof !== undefined && { levelDbov: morningProof.levelDbov }),
      mayRun: morningProof !== undefined && (person === undefined || mayProve(person) === undefined),
      lines: this.#lines().map((line) => ({ ...line, ...this.#namesOf(line) })),
      isUnderWay: this.#underWay !== undefined,
      ...(progress !== undefined && { progress: shownProgress(progress) }),
      ...(last !== undefined && { last }),
      ...(lastCall !== undefined && { lastCall }),
      history: reports.map(summaryOf),
    };
  }

  #namesOf({ talkgroup, network, attachment }: ProofLine): { short: string; networkName: string; rank: number } {
    const { talkgroups, networks, attachments } = this.#config;
    return {
      short: talkgroups.find(({ id }) => id === talkgroup)?.short ?? talkgroup,
      networkName: networks.find(({ id }) => id === network)?.name ?? network,
      rank: attachments.find(({ id }) => id === attachment)?.rank ?? 1,
    };
  }

  /** What another version of the fleet data must not touch now: a tone would go on where the talkgroup is wanted for real. */
  get inUse(): { readonly groups: readonly string[]; readonly talkgroups: readonly string[] } {
    const group = this.#config.morningProof?.group;
    if (this.#underWay === undefined || group === undefined) return { groups: [], talkgroups: [] };
    return { groups: [group], talkgroups: this.#lines().map(({ talkgroup }) => talkgroup) };
  }

  voiceEvent(event: VoiceEvent): void {
    if (event.name === 'proved' && event.group === this.#group && event.proof === this.#proofName) {
      const heard = event.heard.map(({ leg, ...came }) => ({ talkgroup: this.#talkgroupOf(leg), ...came }));
      this.#feed({ name: 'proved', end: event.end, heard });
    } else if (event.name === 'ready' && this.#state.name === 'running' && this.#state.stage.name === 'sounding') {
      this.#feed({ name: 'proved', end: 'lost', heard: [] }); // a new voice process knows nothing of it
    }
  }

  legState(leg: string, up: boolean): void {
    if (!this.#legs.includes(leg)) return;
    const { reason, fault } =
      (up ? undefined : this.#ports.attachments.report().legs.find(({ id }) => id === leg)) ?? {};
    const why = { ...(reason !== undefined && { reason }), ...(fault !== undefined && { fault }) };
    this.#feed({ name: 'leg', talkgroup: this.#talkgroupOf(leg), up, ...why });
  }

  talkerNamed(leg: string, address: string): void {
    if (this.#legs.includes(leg)) this.#feed({ name: 'identity', talkgroup: this.#talkgroupOf(leg), address });
  }

  #refusal(person: Person, attachment: string | undefined): ProofRefusal | undefined {
    if (this.#config.morningProof === undefined) return 'not-configured';
    if (mayProve(person) !== undefined) return 'not-permitted';
    if (this.#underWay !== undefined) return 'under-way';
    if (attachment !== undefined && this.#lines(attachment).length === 0) return 'attachment-unknown';
    return this.#busy() === undefined ? undefined : 'group-in-use';
  }

  #begin(kind: ProofKind, by: string, dueUtcMs: number | undefined, attachment?: string): void {
    const { events, clock } = this.#ports;
    const lines = this.#lines(attachment);
    this.#underWay = { kind, by, dueUtcMs, beganUtcMs: clock.utcMs(), steps: [] };
    events.proofs.begun({ kind, operator: by, lines: lines.length });
    this.#feed({ name: 'order', order: { rounds: roundsOf(lines, kind), rules: this.#rules(kind) } });
    if (this.#underWay !== undefined) this.#look();
  }

  /** Of each talkgroup of the group, by each attachment that may carry it, the best first. */
  #lines(attachment?: string): readonly ProofLine[] {
    const { sharedGroups, talkgroups, attachments, morningProof } = this.#config;
    const group = sharedGroups.find(({ id }) => id === morningProof?.group);
    return (group?.legs ?? []).flatMap((leg) => {
      const network = talkgroups.find(({ id }) => id === leg.talkgroup)?.network ?? '';
      return attachments
        .filter((each) => each.enabled && each.network === network && (leg.attachment ?? each.id) === each.id)
        .filter(({ id }) => attachment === undefined || attachment === id)
        .sort((a, b) => a.rank - b.rank)
        .map(({ id }) => ({ talkgroup: leg.talkgroup, network, attachment: id }));
    });
  }

  #rules(kind: ProofKind): ProofRules {
    const proof = this.#config.morningProof;
    const {
      levelDbov = -16,
      toleranceDb = 3,
      oneWayMsMax = 600,
      waitMin = 15,
      withoutAnswer = [],
      identities = [],
    } = proof ?? {};
    return {
      ...{ levelDbov, toleranceDb, oneWayMsMax, withoutAnswer },
      waitMs: kind === 'morning' ? waitMin * minuteMs : handWaitMs,
      identities: Object.fromEntries(identities.map(({ talkgroup, address }) => [talkgroup, address])),
    };
  }

  #busy(): ProofBusy | undefined {
    const { sharedGroups, talkgroups, morningProof } = this.#config;
    const group = sharedGroups.find(({ id }) => id === morningProof?.group);
    if (group === undefined) return { code: 'no-group' };
    if (this.#ports.isJoined(group.id)) return { code: 'group-open', group: group.short };
    const taken = group.legs.find(({ talkgroup }) => this.#ports.groupOf(talkgroup) !== undefined)?.talkgroup;
    if (taken === undefined) return undefined;
    const other = this.#ports.groupOf(taken) ?? '';
    return {
      code: 'joined',
      talkgroup: talkgroups.find(({ id }) => id === taken)?.short ?? taken,
      group: sharedGroups.find(({ id }) => id === other)?.short ?? other,
    };
  }

  #due(): ProofDue | undefined {
    const { morningProof, gateway } = this.#config;
    if (morningProof === undefined) return undefined;
    const { at, days, timezone = gateway.timezone } = morningProof;
    const utcMs = this.#ports.clock.utcMs();
    const { lookedUpUtcMs, untilUtcMs } = this.#looked;
    if (utcMs < lookedUpUtcMs || utcMs >= untilUtcMs) {
      const due = proofDue({ at, days, timezone }, utcMs);
      this.#looked = { due, lookedUpUtcMs: utcMs, untilUtcMs: Math.min(utcMs + lookUpMs, due.nextUtcMs ?? Infinity) };
    }
    return this.#looked.due;
  }

  /** At every minute, so that a clock that is put right is followed; twice a second while one runs. */
  #look(): void {
    const { clock } = this.#ports;
    const busy = this.#busy();
    this.#feed({ name: 'look', ...(busy !== undefined && { busy }) });
    const utcMs = clock.utcMs();
    const due = this.#due();
    if (due === undefined || !this.#isRunning) return;
    const owed = proofOwed(due, this.#kept.settledUtcMs, utcMs);
    if (owed.what === 'missed') this.#miss(owed.dueUtcMs);
    else if (owed.what === 'run' && this.#underWay === undefined) this.#begin('morning', '', owed.dueUtcMs);
    const nowMs = clock.nowMs();
    const nextMs = nowMs + Math.min(minuteMs, Math.max(0, (due.nextUtcMs ?? Infinity) - utcMs));
    const runMs = this.#underWay === undefined ? Infinity : Math.min(nowMs + lookMs, proofDeadlineMs(this.#state));
    this.#alarm.setAt(Math.max(nowMs + 1, Math.min(nextMs, runMs)));
  }

  #feed(event: ProofEvent): void {
    const { clock } = this.#ports;
    this.#waiting.push(event);
    if (this.#stepping) return; // legs speak while they are opened and closed
    this.#stepping = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { state, actions } = stepProof(this.#state, next, clock.nowMs());
      this.#state = state;
      for (const action of actions) this.#perform(action);
    }
    this.#stepping = false;
    const dueMs = proofDeadlineMs(this.#state);
    if (event.name !== 'look' && dueMs !== Infinity && this.#isRunning)
      this.#alarm.setAt(Math.min(dueMs, clock.nowMs() + lookMs));
  }

  #perform(action: ProofAction): void {
    switch (action.name) {
      case 'open':
        this.#open(action.round, action.lines);
        break;
      case 'close':
        this.#close();
        break;
      case 'sound':
        this.#sound(action.talkgroup);
        break;
      case 'step': {
        const { step, line, reason, fault, busy } = action;
        const steps = this.#underWay?.steps;
        const on = line && { talkgroup: line.talkgroup, attachment: line.attachment };
        const why = {
          ...(reason !== undefined && { reason }),
          ...(fault !== undefined && { fault }),
          ...(busy !== undefined && { busy }),
        };
        if (steps !== undefined && steps.length < stepsMax)
          steps.push({ utcMs: this.#ports.clock.utcMs(), step, ...on, ...why });
        break;
      }
      case 'done':
        this.#file(action.results);
        break;
    }
  }

  #open(round: number, lines: readonly ProofLine[]): void {
    const { morningProof } = this.#config;
    const planned = planProof(this.#config, morningProof?.group ?? '', `proof:${round}`, lines);
    if (planned === undefined) return;
    this.#group = planned.settings.group;
    this.#legs = planned.legs.map(({ need }) => need.leg);
    this.#ports.sendVoice({ name: 'openGroup', settings: planned.settings });
    for (const leg of planned.legs) this.#ports.attachments.join(leg);
  }

  #close(): void {
    const legs = this.#legs;
    this.#legs = [];
    for (const leg of legs) this.#ports.attachments.leave(leg);
    if (this.#group !== undefined) this.#ports.sendVoice({ name: 'closeGroup', group: this.#group });
    this.#group = undefined;
  }

  #sound(talkgroup: string): void {
    if (this.#group === undefined) return;
    const { levelDbov, oneWayMsMax } = this.#rules('morning');
    this.#proofs += 1;
    this.#code = drawCode(this.#ports.random);
    const leg = legOf(this.#group, talkgroup);
    // Longer than is good enough, so that what is too slow is told from what does not come.
    const listenMs = Math.min(8000, 2 * oneWayMsMax + 1500);
    const order = { proof: this.#proofName, leg, code: this.#code, levelDbov, listenMs };
    this.#ports.sendVoice({ name: 'prove', group: this.#group, order });
  }

  get #proofName(): string {
    return `proof#${this.#proofs}`;
  }

  #talkgroupOf(leg: string): string {
    return leg.slice(leg.indexOf('/') + 1);
  }

  #file(results: readonly ProofResult[]): void {
    const { clock, events } = this.#ports;
    const underWay = this.#underWay;
    if (underWay === undefined) return;
    this.#underWay = undefined;
    this.#past = underWay;
    const { kind, by, dueUtcMs, beganUtcMs } = underWay;
    const verdict = verdictOf(results);
    for (const result of results) events.proofs.line({ ...lineSaid(result) });
    events.proofs.done({ kind, operator: by, verdict, ...countsOf(results) });
    // What the end of the gateway has cut short is owed.
    const isCut = kind === 'morning' && results.some(({ causes }) => causes.includes('stopped')) && !this.#isRunning;
    if (isCut) return;
    const due = dueUtcMs === undefined ? {} : { dueUtcMs };
    const about = { kind, by, ...due, beganUtcMs: Math.round(beganUtcMs), endedUtcMs: Math.round(clock.utcMs()) };
    this.#keep({
      number: this.#kept.next,
      ...about,
      verdict,
      results: results.map((each) => ({ ...each, causes: [...each.causes] })),
    });
  }

  #miss(dueUtcMs: number): void {
    const { events, clock } = this.#ports;
    events.proofs.missed({ due: new Date(dueUtcMs).toISOString() });
    const utcMs = Math.round(clock.utcMs());
    const about = { kind: 'morning', by: '', dueUtcMs, beganUtcMs: utcMs, endedUtcMs: utcMs } as const;
    this.#keep({ number: this.#kept.next, ...about, verdict: 'unproven', missed: true, results: [] });
  }

  #keep(report: ProofReport): void {
    const oldestUtcMs = this.#ports.clock.utcMs() - keptMs;
    const reports = [report, ...this.#kept.reports].filter(({ endedUtcMs }) => endedUtcMs >= oldestUtcMs);
    const settledUtcMs = Math.max(this.#kept.settledUtcMs, report.dueUtcMs ?? 0);
    this.#write({ version: 1, next: report.number + 1, settledUtcMs, reports: reports.slice(0, reportsMax) });
    this.#tellAlarms();
  }

  #write(kept: Kept): void {
    this.#kept = kept;
    const fault = this.#ports.kept.write(kept);
    if (fault !== undefined) this.#ports.events.state.notKept({ reason: fault });
  }

  /** By the last proof of all lines, whoever wanted it. */
  #tellAlarms(): void {
    const { console } = this.#ports;
    const last = this.#kept.reports.find(({ kind }) => kind !== 'call');
    const isRed = last?.verdict === 'red';
    const isUndone = last !== undefined && !isRed && mustBeSeen(last.results);
    for (const [code, isRaised] of [
      ['proof-red', isRed],
      ['proof-undone', isUndone],
    ] as const) {
      if (isRaised) console.raiseAlarm(code, '');
      else console.clearAlarm(code, '');
    }
  }
}

/** A call of one attachment tries it alone. */
function roundsOf(lines: readonly ProofLine[], kind: ProofKind): readonly ProofRound[] {
  return kind === 'call' ? [lines.map((line) => ({ ...line, tried: true }))] : proofRounds(lines);
}

/** Whoever may open a group for tests, or sees to the attachments. */
function mayProve(person: Person): RefusalCause | undefined {
  const refusal = refusalOf(defaultPermissions, person, 'open_close_bridge', { test: true });
  return refusal === undefined ? undefined : refusalOf(defaultPermissions, person, 'edit_attachments');
}

function drawCode(random: Random): readonly number[] {
  const code: number[] = [];
  while (code.length < codeLength) {
    const symbol = Math.floor(random.fraction() * toneKinds) % toneKinds;
    if (symbol !== code.at(-1)) code.push(symbol);
  }
  return code;
}

function countsOf(results: readonly ProofResult[]): Readonly<Record<ProofVerdict, number>> {
  const count = (of: ProofVerdict): number => results.filter(({ verdict }) => verdict === of).length;
  return { green: count('green'), red: count('red'), unproven: count('unproven') };
}

function lineSaid(result: ProofResult): Parameters<Events['proofs']['line']>[0] {
  const { talkgroup, network, attachment, verdict, causes, busy, levelDbov, oneWayMs } = result;
  const reason = busy === undefined ? result.reason : busyWords(busy);
  return {
    ...{ talkgroup, network, attachment, verdict, causes: causes.join(' ') },
    ...(reason !== undefined && { reason }),
    ...(levelDbov !== undefined && { levelDbov }),
    ...(oneWayMs !== undefined && { oneWayMs }),
  };
}

function shownProgress({ kind, by, beganUtcMs, steps }: UnderWay): ProofProgress {
  return { kind, by, beganUtcMs, steps: [...steps] };
}
