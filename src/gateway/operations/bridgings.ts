/**
 * What persons do with groups, made real: the rules of operations/bridging.ts are asked, and what they say is done with
 * legs, voice, consoles, announcements and the log. What is open outlives the process.
 *
 *   console ── operate ──▶ permission ─▶ rules ─▶ openGroup, join, leave, announce, closeGroup
 *   legs up, talk, announced ────────────▲
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { Alarm, type Clock } from '../../base/clock.ts';
import type { SomeEvents } from '../../base/events.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import type { GroupOperation } from '../../console/operation.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import { deadlineMs, initialBridgings, step } from '../../operations/bridging.ts';
import { type BothClocks, type KeptBridging, keptOf, reopening, utcOf } from '../../operations/bridging-kept.ts';
import { type BridgingsInUse, hearing, inUse, planMayClose, planMayExtend } from '../../operations/bridging-says.ts';
import {
  type BridgingAction,
  type BridgingEvent,
  type BridgingState,
  bridgingRules,
  type Fleet,
} from '../../operations/bridging-terms.ts';
import { exerciseNames, isUnderWay } from '../../operations/exercise.ts';
import { defaultPermissions, type Permission, refusalOf } from '../../operations/permissions.ts';
import type { Person } from '../../operations/terms.ts';
import type { KeptFile } from '../../store/kept-file.ts';
import type { GroupSettings, VoiceCommand, VoiceEvent } from '../../voice/contract.ts';
import type { RtcPlane } from '../../webrtc/rtc-plane.ts';
import type { Attachments } from '../attachments.ts';
import { isSameLeg, legOf, type PlannedLeg, planGroup, planGroups, planMember } from '../group-plan.ts';
import type { Announcements } from './announcements.ts';
import { keptPerson } from './kept-person.ts';
import { readKept } from './read-kept.ts';

export interface BridgingPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'operations.bridging' | 'state.notKept'>;
  readonly console: Pick<ConsoleServer, 'setBridging'>;
  readonly attachments: Pick<Attachments, 'join' | 'leave' | 'prioritise'>;
  readonly rtc: Pick<RtcPlane, 'openGroup' | 'joinLeg' | 'leaveLeg' | 'closeGroup'>;
  readonly announcements: Pick<Announcements, 'say' | 'withdrawExercise'>;
  readonly kept: Pick<KeptFile, 'read' | 'write'>;
  sendVoice(command: VoiceCommand): void;
  /** A unit is in distress on the group. */
  inEmergency(group: string): boolean;
  /** It is joined: somebody can be heard on it. */
  opened(group: string): void;
  /** A group is no longer joined. */
  closed(group: string): void;
  /** A person has closed a group, or put off its end: its schedule makes way. */
  ended(group: string, what: 'close' | 'extend', person: Person): void;
  /** What happens on it is no exercise any more. */
  exerciseOver(group: string): void;
}

const keptSchema: z.ZodType<Kept> = z.object({
  version: z.literal(1),
  bridgings: z
    .array(
      z.object({
        group: z.string(),
        by: keptPerson,
        reason: z.string(),
        endsUtcMs: z.number().nullable(),
        exercise: z.enum(exerciseNames).exactOptional(),
        scheduledUtcMs: z.number().exactOptional(),
        emergency: z.literal(true).exactOptional(),
        members: z.array(
          z.object({
            talkgroup: z.string(),
            reason: z.string(),
            endsUtcMs: z.number().nullable(),
            by: keptPerson.exactOptional(),
            consentGivenBy: z.string().exactOptional(),
          }),
        ),
        withdrawn: z.array(z.object({ talkgroup: z.string(), by: keptPerson })).exactOptional(),
        without: z.array(z.string()).exactOptional(),
      }),
    )
    .max(1000),
});
interface Kept {
  readonly version: 1;
  readonly bridgings: readonly KeptBridging[];
}

interface PlannedOpening {
  readonly reason: string;
  readonly add: readonly string[];
  readonly durationMs: number;
  readonly exercise: boolean;
}

/** A group that a plan lets go of closes after its announcement of a minute before. */
const closeAfterMs = 60_000;

export class Bridgings {
  readonly #config: Config;
  readonly #ports: BridgingPorts;
  readonly #alarm: Alarm;
  readonly #gateway: Person;
  #state: BridgingState;
  #requests = 0;
  #keptText = '';
  readonly #waiting: BridgingEvent[] = [];
  #stepping = false;
  /** Of each leg that is joined, how it was planned, and of each permanent group what the voice process knows. */
  readonly #planned = new Map<string, PlannedLeg>();
  readonly #told = new Map<string, GroupSettings>();
  readonly #answers = new Map<number, (refusal: OperationRefusal | undefined) => void>();

  constructor(config: Config, ports: BridgingPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#gateway = { person: '', display: '', role: 'sys-admin', controlRoom: '' };
    this.#alarm = new Alarm(ports.clock, () => this.#feed({ name: 'tick' }));
    const rules = { ...bridgingRules, exerciseEveryMs: config.announcements.exerciseEveryS * 1000 };
    this.#state = initialBridgings(fleetOf(config), this.#gateway, rules, ports.clock.nowMs());
    for (const { settings, legs } of planGroups(config)) {
      this.#told.set(settings.group, settings);
      for (const leg of legs) this.#planned.set(leg.plan.leg, leg);
    }
  }

  /** Opens again what was open when the gateway stopped. */
  start(): void {
    const kept = readKept(this.#ports.kept, keptSchema)?.bridgings ?? [];
    for (const event of reopening(kept, this.#gateway.person, this.#now())) {
      if (event.name === 'schedule') this.#feed(event);
      else this.#ask(event);
    }
  }

  stop(): void {
    this.#alarm.clear();
  }

  operate(person: Person, operation: GroupOperation, answer: (refusal: OperationRefusal | undefined) => void): void {
    const test = this.#config.sharedGroups.find(({ id }) => id === operation.group)?.use === 'test';
    const refusal = refusalOf(defaultPermissions, person, permissionFor(operation), { test });
    if (refusal !== undefined) {
      this.#record({ name: 'record', what: operation.name, group: operation.group, person }, refusal);
      answer({ cause: 'not-permitted' });
      return;
    }
    const { group } = operation;
    const asked = askedOf(operation);
    const emergency = asked.name === 'open' && this.#ports.inEmergency(group) ? { emergency: true } : {};
    this.#ask({ ...asked, ...emergency, person, group }, answer);
  }

  voiceEvent(event: VoiceEvent): void {
    if (event.name === 'floor') {
      const { group, holder } = event.floor;
      const bridging = this.#state.bridgings.get(group);
      const talking = holder !== undefined && holder.party !== 'announcement';
      if (bridging !== undefined && bridging.talking !== talking) this.#feed({ name: 'talk', group, talking });
    }
  }

  /** A leg's call stands, or no longer. */
  legState(leg: string, up: boolean): void {
    const [group = '', talkgroup = ''] = splitLeg(leg);
    const member = this.#state.bridgings.get(group)?.members.get(talkgroup);
    if (member !== undefined && member.up !== up) this.#feed({ name: 'leg', group, talkgroup, up });
  }

  /** The fleet data is another; what is in use is as it was. Permanent groups that go let go before others take. */
  fleetChanged(): void {
    this.#state = { ...this.#state, fleet: fleetOf(this.#config) };
    this.#feed({ name: 'tick' });
    const { bridgings, fleet } = this.#state;
    const before = [...bridgings.values()].filter(({ endsMs }) => endsMs === Infinity).map(({ group }) => group);
    const after = [...fleet.groups.values()].filter(({ mode }) => mode === 'permanent').map(({ group }) => group);
    const gone = before.filter((group) => !after.includes(group));
    for (const group of [...gone, ...after]) {
      const anew = this.#calledAnew(group);
      const settings = planGroup(this.#config, group);
      // Before its legs: what it says of loops each has from its beginning.
      if (this.#told.has(group) && !isDeepStrictEqual(this.#told.get(group), settings)) this.#tellVoice(group);
      this.#feed({ name: 'own', group, anew });
    }
  }

  /** Its own talkgroups whose calls are not what they shall be; whether loops are looked for stands in each call. */
  #calledAnew(group: string): readonly string[] {
    const told = this.#told.get(group);
    const isOther = told !== undefined && !isDeepStrictEqual(told.loops, planGroup(this.#config, group)?.loops);
    return this.members(group).filter((talkgroup) => {
      const before = this.#planned.get(legOf(group, talkgroup));
      const after = planMember(this.#config, group, talkgroup);
      return before !== undefined && after !== undefined && (isOther || !isSameLeg(before, after));
    });
  }

  get inUse(): BridgingsInUse {
    return inUse(this.#state, this.#ports.clock.nowMs());
  }

  // ── For alert plans ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Groups that are joined for real or about to be. */
  openGroups(): ReadonlySet<string> {
    const open = [...this.#state.bridgings.values()].filter((each) => {
      return each.name !== 'closing' && each.exercise === undefined;
    });
    return new Set(open.map(({ group }) => group));
  }

  /** It is joined or about to be, for real or as an exercise. */
  isJoined(group: string): boolean {
    const bridging = this.#state.bridgings.get(group);
    return bridging !== undefined && bridging.name !== 'closing';
  }

  /** Groups that are open as exercises under way, and all others that are open for anything. */
  exercises(): { readonly underWay: ReadonlySet<string>; readonly others: ReadonlySet<string> } {
    const all = [...this.#state.bridgings.values()];
    const underWay = all.filter(({ name, exercise }) => name !== 'closing' && isUnderWay(exercise));
    const others = all.filter((each) => !underWay.includes(each));
    return { underWay: new Set(underWay.map(({ group }) => group)), others: new Set(others.map(({ group }) => group)) };
  }

  /** It is open as an exercise, which is not suspended. */
  inExercise(group: string): boolean {
    return isUnderWay(this.#state.bridgings.get(group)?.exercise);
  }

  isOpen(group: string): boolean {
    return this.#state.bridgings.get(group)?.name === 'open';
  }

  /** The group that a talkgroup is joined to. */
  groupOf(talkgroup: string): string | undefined {
    return [...this.#state.bridgings.values()].find(({ members }) => members.has(talkgroup))?.group;
  }

  openFor(person: Person, group: string, { reason, add, durationMs, exercise }: PlannedOpening): void {
    const emergency = this.#ports.inEmergency(group);
    const mode = exercise ? ({ exercise: 'under-way' } as const) : {};
    this.#ask({ name: 'open', person, group, reason, add, durationMs, emergency, ...mode });
  }

  joinFor(person: Person, group: string, talkgroup: string, reason: string): void {
    this.#ask({ name: 'add', person, group, talkgroup, reason });
  }

  extendFor(person: Person, group: string, durationMs: number, exercise: boolean): void {
    if (planMayExtend(this.#state, group, exercise)) this.#ask({ name: 'extend', person, group, durationMs });
  }

  closeFor(person: Person, group: string, exercise: boolean): void {
    if (!planMayClose(this.#state, group, exercise, this.#ports.clock.nowMs())) return;
    this.#ask({ name: 'close', person, group, afterMs: closeAfterMs });
  }

  /** A group is open by its schedule, until an instant of the wall clock. */
  openBySchedule(group: string, reason: string, untilUtcMs: number): void {
    const { clock } = this.#ports;
    const emergency = this.#ports.inEmergency(group);
    const scheduledMs = clock.nowMs() + untilUtcMs - clock.utcMs();
    this.#feed({ name: 'schedule', group, reason, scheduledMs, emergency });
  }

  /** An emergency is open on the group, or no longer: meanwhile it does not close by itself. */
  hold(group: string, open: boolean): void {
    if (!this.#state.bridgings.has(group)) return;
    this.#feed({ name: 'emergency', group, open });
    this.#keep();
  }

  /** Talkgroups that are joined to the group. */
  members(group: string): readonly string[] {
    return [...(this.#state.bridgings.get(group)?.members.keys() ?? [])];
  }

  /** Members that hear what is said on the group; those that only listen are told of no emergency (R6). */
  hearing(group: string): readonly string[] {
    return hearing(this.#state, group);
  }

  // ── Rules ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #ask(asked: Asked, answer: (refusal: OperationRefusal | undefined) => void = () => undefined): void {
    const request = ++this.#requests;
    this.#answers.set(request, answer);
    this.#feed({ ...asked, request } as BridgingEvent);
  }

  /** One event after another, never nested: what legs say while they are joined waits its turn. */
  #feed(event: BridgingEvent): void {
    this.#waiting.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { state, actions } = step(this.#state, next, this.#ports.clock.nowMs());
      this.#state = state;
      this.#perform(actions);
    }
    this.#stepping = false;
    this.#alarm.setAt(deadlineMs(this.#state));
  }

  /** A group is open before consoles see it, and they see its legs before those are called. */
  #perform(actions: readonly BridgingAction[]): void {
    for (const action of actions) if (action.name === 'openGroup') this.#open(action.group);
    const changed = actions.filter((action) => action.name === 'changed');
    for (const { group } of changed) this.#show(group);
    for (const action of actions) this.#do(action);
    if (changed.length > 0) this.#keep();
  }

  #do(action: BridgingAction): void {
    const { attachments, rtc, sendVoice } = this.#ports;
    switch (action.name) {
      case 'answer': {
        const { request, refusal } = action;
        this.#answers.get(request)?.(refusal);
        this.#answers.delete(request);
        return;
      }
      case 'join': {
        const planned = planMember(this.#config, action.group, action.talkgroup, this.inExercise(action.group));
        if (planned === undefined) return;
        this.#planned.set(planned.plan.leg, planned);
        rtc.joinLeg(action.group, planned.plan.leg);
        attachments.join(planned);
        return;
      }
      case 'leave': {
        const leg = legOf(action.group, action.talkgroup);
        this.#planned.delete(leg);
        attachments.leave(leg);
        rtc.leaveLeg(action.group, leg);
        return;
      }
      case 'closeGroup':
        this.#told.delete(action.group);
        rtc.closeGroup(action.group);
        sendVoice({ name: 'closeGroup', group: action.group });
        this.#ports.closed(action.group);
        return;
      case 'exercise':
        this.#turn(action.group, action.underWay);
        return;
      case 'announce':
        this.#announce(action);
        return;
      case 'record':
        this.#record(action, action.refusal?.cause);
        if (action.what === 'opened') this.#ports.opened(action.group);
        if (action.what === 'close' || action.what === 'extend') this.#tellSchedule(action, action.what);
        return;
      case 'openGroup':
      case 'changed':
      // Consoles see both in the group's picture.
      case 'askConsent':
      case 'askWhetherToClose':
        return;
    }
  }

  /** Whoever puts off the end of a group that its schedule has not opened does not speak of that. */
  #tellSchedule(
    { group, person, refusal }: Extract<BridgingAction, { name: 'record' }>,
    what: 'close' | 'extend',
  ): void {
    if (person === undefined || refusal !== undefined) return;
    const isScheduled = this.#state.bridgings.get(group)?.scheduledMs !== undefined;
    if (what === 'close' || isScheduled) this.#ports.ended(group, what, person);
  }

  #open(group: string): void {
    this.#tellVoice(group);
    const own = this.#state.fleet.groups.get(group)?.legs ?? [];
    this.#ports.rtc.openGroup(
      group,
      own.map((talkgroup) => legOf(group, talkgroup)),
    );
  }

  /** Of a group that is open, how it is to be now. */
  #tellVoice(group: string): void {
    const settings = planGroup(this.#config, group);
    if (settings === undefined) return;
    const exercise = this.inExercise(group);
    this.#told.set(group, settings);
    this.#ports.sendVoice({ name: 'openGroup', settings: { ...settings, ...(exercise && { exercise }) } });
  }

  /** Legs of what is real keep their channels; what was to be said of the exercise is not said. */
  #turn(group: string, underWay: boolean): void {
    if (!underWay) {
      this.#ports.announcements.withdrawExercise(group);
      this.#ports.exerciseOver(group);
    }
    this.#tellVoice(group);
    for (const { talkgroup, consent } of this.#state.bridgings.get(group)?.members.values() ?? []) {
      const planned = planMember(this.#config, group, talkgroup, underWay);
      if (planned !== undefined && consent !== 'awaited') this.#ports.attachments.prioritise(planned);
    }
  }

  #record(
    { what, group, talkgroup, person, reason, elsewhere, exercise }: Extract<BridgingAction, { name: 'record' }>,
    refusal: string | undefined,
  ): void {
    this.#ports.events.operations.bridging({
      what,
      group,
      ...(talkgroup === undefined ? {} : { talkgroup }),
      ...(person === undefined ? {} : { operator: person.display, role: person.role, controlRoom: person.controlRoom }),
      ...(reason === undefined ? {} : { reason }),
      ...(elsewhere === undefined ? {} : { elsewhere }),
      ...(refusal === undefined ? {} : { refusal }),
      ...(exercise === undefined ? {} : { exercise }),
    });
  }

  // ── What consoles and the disk are told ──────────────────────────────────────────────────────────────────────────

  #show(group: string): void {
    const bridging = this.#state.bridgings.get(group);
    if (bridging === undefined) {
      const nobody = { by: '', controlRoom: '', reason: '', sinceUtcMs: 0, endsUtcMs: undefined };
      const nothing = { ending: false, quiet: false, scheduled: false, members: [], lacking: [] };
      this.#ports.console.setBridging({ group, state: 'closed', ...nobody, ...nothing });
      return;
    }
    const {
      name: state,
      by,
      reason,
      sinceMs,
      endsMs,
      scheduledMs,
      warned,
      quietAsked,
      members,
      lacking,
      exercise,
    } = bridging;
    this.#ports.console.setBridging({
      group,
      state,
      by: by.display,
      controlRoom: by.controlRoom,
      reason,
      sinceUtcMs: utcOf(sinceMs, this.#now()),
      endsUtcMs: this.#endUtcOf(endsMs),
      ending: warned,
      quiet: quietAsked,
      ...(exercise === undefined ? {} : { exercise: exercise.name }),
      scheduled: scheduledMs !== undefined,
      lacking: [...lacking].map(([talkgroup, elsewhere]) => ({ talkgroup, group: elsewhere })),
      members: [...members.values()].map((member) => ({
        talkgroup: member.talkgroup,
        leg: legOf(group, member.talkgroup),
        own: member.own,
        by: member.by.display,
        reason: member.reason,
        endsUtcMs: this.#endUtcOf(member.endsMs),
        consentAwaited: member.consent === 'awaited',
      })),
    });
  }

  #keep(): void {
    const document: Kept = { version: 1, bridgings: keptOf(this.#state, this.#now()) };
    const text = JSON.stringify(document);
    if (text === this.#keptText) return;
    this.#keptText = text;
    const fault = this.#ports.kept.write(document);
    if (fault !== undefined) this.#ports.events.state.notKept({ reason: fault });
  }

  #now(): BothClocks {
    const { clock } = this.#ports;
    return { nowMs: clock.nowMs(), utcMs: clock.utcMs() };
  }

  #endUtcOf(endsMs: number): number | undefined {
    return endsMs === Infinity ? undefined : utcOf(endsMs, this.#now());
  }

  /** The group is let go once its last words have been said. */
  #announce({ announcement, group, talkgroups }: Extract<BridgingAction, { name: 'announce' }>): void {
    const order = { group, id: `ann-${announcement}`, talkgroups };
    const isLast = announcement === 'closed';
    this.#ports.announcements.say({
      ...order,
      urgency: announcement === 'real' ? 'urgent' : 'patient',
      ...(isLast ? { ended: () => this.#feed({ name: 'announced', group }) } : {}),
    });
  }
}

/** Whoever opens groups may say that something is real; to make an exercise of one takes more. */
function permissionFor(operation: GroupOperation): Permission {
  const leads = operation.name === 'resumeExercise' || (operation.name === 'open' && operation.exercise === true);
  return leads ? 'lead_exercise' : 'open_close_bridge';
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type Asked = DistributiveOmit<Extract<BridgingEvent, { request: number }>, 'request'>;

function askedOf(operation: GroupOperation): DistributiveOmit<Asked, 'person' | 'group'> {
  switch (operation.name) {
    case 'open': {
      const { reason, talkgroups: add, durationMs, exercise } = operation;
      const mode = exercise ? ({ exercise: 'under-way' } as const) : {};
      return { name: 'open', reason, add, ...(durationMs === 0 ? {} : { durationMs }), ...mode };
    }
    case 'add': {
      const { talkgroup, reason, durationMs } = operation;
      return { name: 'add', talkgroup, reason, ...(durationMs === 0 ? {} : { durationMs }) };
    }
    case 'remove':
      return { name: 'remove', talkgroup: operation.talkgroup };
    case 'extend':
      return { name: 'extend', durationMs: operation.durationMs };
    case 'close':
      return { name: 'close', afterMs: operation.afterMs };
    case 'keep':
      return { name: 'keep' };
    case 'suspendExercise':
    case 'resumeExercise':
      return { name: operation.name };
    case 'consent':
      return { name: 'consent', talkgroup: operation.talkgroup, given: operation.given };
  }
}

function fleetOf(config: Config): Fleet {
  const groups = config.sharedGroups.map(({ id: group, mode, legs, autoCloseMin }) => {
    const talkgroups = legs.map(({ talkgroup }) => talkgroup);
    const listenOnly = legs.filter(({ mayTalk }) => !mayTalk).map(({ talkgroup }) => talkgroup);
    return [group, { group, mode, legs: talkgroups, listenOnly, autoCloseMs: autoCloseMin * 60_000 }] as const;
  });
  const talkgroups = config.talkgroups.map(({ id: talkgroup, network, endToEndEncrypted, consentOf }) => {
    const facts = { talkgroup, network, endToEndEncrypted, ...(consentOf === undefined ? {} : { consentOf }) };
    return [talkgroup, facts] as const;
  });
  return { groups: new Map(groups), talkgroups: new Map(talkgroups) };
}

function splitLeg(leg: string): readonly string[] {
  const at = leg.indexOf('/');
  return [leg.slice(0, at), leg.slice(at + 1)];
}
