/**
 * Emergencies made real: what legs and radios say becomes a press of operations/emergency.ts, and what its rules want
 * is shown at consoles, said on the air and written down. What is open outlives the process.
 *
 *   voice: emergency over ─┐                       ┌─▶ consoles: who, where, which network, whose it is
 *   radio: alarm, its end ─┼─▶ rules ─▶ actions ───┼─▶ announcements: ann-emg after the open microphone, ann-emg-end
 *   person: acknowledges… ─┘                       └─▶ the group stays open; log; disk
 */
import { z } from 'zod';
import { Alarm, type Clock } from '../../base/clock.ts';
import type { SomeEvents } from '../../base/events.ts';
import { bySection } from '../../config/live-config.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import type { Talker } from '../../console/directory.ts';
import type { EmergencyOperation } from '../../console/operation.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import {
  type Caller,
  deadlineMs,
  type Emergency,
  type EmergencyAction,
  type EmergencyEvent,
  type EmergencyState,
  emergencyRules,
  openEmergencies,
  openOf,
  step,
} from '../../operations/emergency.ts';
import { HomeRooms } from '../../operations/home-rooms.ts';
import { nearestPlace } from '../../operations/nearest-place.ts';
import type { Person } from '../../operations/terms.ts';
import type { KeptFile } from '../../store/kept-file.ts';
import type { VoiceEvent } from '../../voice/contract.ts';
import type { Announcements } from './announcements.ts';
import { keptPerson } from './kept-person.ts';
import { readKept } from './read-kept.ts';

const placeSchema = z.object({
  latitudeDeg: z.number(),
  longitudeDeg: z.number(),
  radiusM: z.number().nullable(),
});
/** Where a radio is, WGS 84. */
interface Place {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly radiusM?: number;
}

interface SaidByRadio {
  readonly group: string;
  readonly leg: string;
  /** Empty: its network did not say. */
  readonly address: string;
  /** Anybody could have said so in its name. */
  readonly unproven?: boolean | undefined;
}

/** A radio said by a message that it is in distress, or no longer. */
export interface AlarmSaid extends SaidByRadio {
  readonly raised: boolean;
  readonly place?: Place;
}

/** A radio said where it is. */
export interface PlaceSaid extends SaidByRadio {
  readonly place: Place;
}

export interface EmergencyPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'operations.emergency' | 'state.notKept'>;
  readonly console: Pick<ConsoleServer, 'identify' | 'talkerNow' | 'isNamedAnew' | 'setEmergency' | 'clearEmergency'>;
  readonly announcements: Pick<Announcements, 'say'>;
  readonly kept: Pick<KeptFile, 'read' | 'write'>;
  /** Talkgroups of the group's legs that hear what the gateway says; none for a group that is not open. */
  hearing(group: string): readonly string[];
  /** The group is not closed meanwhile. */
  hold(group: string, open: boolean): void;
}

const keptSchema = z.object({
  version: z.literal(1),
  emergencies: z
    .array(
      z.object({
        emergency: z.int().min(1),
        group: z.string(),
        leg: z.string(),
        network: z.string(),
        address: z.string(),
        unproven: z.boolean().optional(),
        sinceUtcMs: z.number(),
        repeated: z.number(),
        lowered: z.boolean(),
        announced: z.boolean(),
        escalated: z.boolean(),
        place: placeSchema.optional(),
        acknowledged: z.object({ by: keptPerson, utcMs: z.number(), proof: z.string().optional() }).optional(),
      }),
    )
    .max(emergencyRules.openMax),
});
type Kept = z.infer<typeof keptSchema>;

/** A name follows its key within so long, or comes no more: all consoles name a unit in distress within 1 s. */
const nameWithinMs = 700;

export class Emergencies {
  readonly #ports: EmergencyPorts;
  readonly #homes: () => HomeRooms;
  readonly #rooms: () => ReadonlyMap<string, string>;
  readonly #config: Pick<Config, 'talkgroups' | 'places'>;
  readonly #networkNames: ReadonlyMap<string, string>;
  readonly #alarm: Alarm;
  readonly #nameAlarm: Alarm;
  #state: EmergencyState = openEmergencies(emergencyRules);
  #keptText = '';
  #requests = 0;
  readonly #answers = new Map<number, (refusal: OperationRefusal | undefined) => void>();
  /** Where the radio said that it was. */
  readonly #places = new Map<number, Place>();
  /** How often its control room has been reminded. */
  readonly #reminders = new Map<number, number>();
  /** Legs whose caller waits for a name of his own, and until when; one a leg. */
  readonly #unnamed = new Map<string, { readonly group: string; readonly dueMs: number }>();
  /** Of each group: legs that talk in emergency, with the number of their over, or wait to (0). */
  readonly #talking = new Map<string, ReadonlyMap<string, number>>();

  constructor(config: Config, ports: EmergencyPorts) {
    this.#ports = ports;
    this.#homes = bySection(config, 'units', () => new HomeRooms(config));
    this.#rooms = bySection(config, 'controlRooms', ({ controlRooms }) => {
      return new Map(controlRooms.map(({ id, callSign }) => [id, callSign]));
    });
    this.#config = config;
    this.#networkNames = new Map(config.networks.map(({ id, name }) => [id, name]));
    this.#alarm = new Alarm(ports.clock, () => this.#feed({ name: 'tick' }));
    this.#nameAlarm = new Alarm(ports.clock, () => this.#takeOldNames());
  }

  /** Those that were open when the gateway stopped still are; nobody is told again on the air who had been told. */
  start(): void {
    const kept = readKept(this.#ports.kept, keptSchema);
    if (kept === undefined) return;
    const { clock } = this.#ports;
    const nowMs = clock.nowMs();
    const open = kept.emergencies.map((each): Emergency => {
      const { emergency, group, sinceUtcMs, repeated, lowered, announced, escalated, acknowledged, place } = each;
      if (place !== undefined) {
        const { radiusM, ...point } = place;
        this.#places.set(emergency, { ...point, ...(radiusM !== null && { radiusM }) });
      }
      const sinceMs = nowMs - Math.max(0, clock.utcMs() - sinceUtcMs);
      const caller = this.#caller(each, each.network);
      const base = { emergency, group, caller, repeated, lowered, announced, escalated };
      // Legs have to be called first.
      const hotMicUntilMs = nowMs + emergencyRules.hotMicMs;
      const times = { sinceMs, pressedMs: sinceMs, hotMicUntilMs, remindMs: nowMs };
      if (acknowledged === undefined) return { ...base, ...times, name: 'unacknowledged' };
      const { by, utcMs, proof } = acknowledged;
      const atMs = nowMs - Math.max(0, clock.utcMs() - utcMs);
      const seen = { by, atMs, ...(proof === undefined ? {} : { proof }) };
      return { ...base, ...times, name: 'acknowledged', acknowledged: seen };
    });
    this.#state = openEmergencies(emergencyRules, open);
    for (const emergency of open) this.#show(emergency);
    for (const group of new Set(open.map((each) => each.group))) this.#ports.hold(group, true);
    this.#feed({ name: 'tick' });
  }

  /** A unit is in distress on the group. */
  isOpen(group: string): boolean {
    return [...this.#state.open.values()].some((each) => each.group === group);
  }

  stop(): void {
    this.#alarm.clear();
    this.#nameAlarm.clear();
  }

  operate(
    person: Person,
    operation: EmergencyOperation,
    answer: (refusal: OperationRefusal | undefined) => void,
  ): void {
    const request = ++this.#requests;
    this.#answers.set(request, answer);
    const asked = { request, person, emergency: operation.emergency };
    switch (operation.name) {
      case 'acknowledgeEmergency': {
        const { proof } = operation;
        this.#feed({ ...asked, name: 'acknowledge', ...(proof === undefined ? {} : { proof }) });
        return;
      }
      case 'clearEmergency':
        this.#feed({ ...asked, name: 'clear', cause: operation.cause });
        return;
      case 'confirmClear':
        this.#feed({ ...asked, name: 'confirm' });
        return;
      case 'withdrawClear':
        this.#feed({ ...asked, name: 'withdraw' });
        return;
    }
  }

  voiceEvent(event: VoiceEvent): void {
    if (event.name === 'ready') this.#silence();
    if (event.name !== 'floor') return;
    const { group, holder, overriding, queue } = event.floor;
    const before = this.#talking.get(group);
    const now = new Map<string, number>();
    for (const { party, emergency } of queue) if (emergency && isLeg(group, party)) now.set(party, 0);
    for (const each of [holder, overriding]) {
      if (each?.emergency && isLeg(group, each.party)) now.set(each.party, each.over);
    }
    if (now.size > 0) this.#talking.set(group, now);
    else this.#talking.delete(group);
    for (const [leg, over] of before ?? [])
      if (isAnother(over, now.get(leg))) this.#feed({ name: 'silent', group, leg });
    for (const [leg, over] of now) if (isAnother(before?.get(leg), over)) this.#raise(group, leg);
  }

  /** A voice process that is afresh knows of nobody who talks: whoever still does is heard of again. */
  #silence(): void {
    const talking = [...this.#talking];
    this.#talking.clear();
    for (const [group, legs] of talking) for (const leg of legs.keys()) this.#feed({ name: 'silent', group, leg });
  }

  /**
   * A key may be told before the name of whoever presses it: a name of before his talk may be that of the one before
   * him. He is shown at once without a name, and takes the old one only when no other has come.
   */
  #raise(group: string, leg: string): void {
    const { clock, console } = this.#ports;
    const caller = this.#talkerOn(group, leg);
    const isHis = caller.address === '' || console.isNamedAnew(leg);
    this.#feed({
      name: 'raised',
      group,
      caller: isHis ? caller : this.#caller({ group, leg, address: '' }, caller.network),
    });
    if (isHis) return;
    this.#unnamed.set(leg, { group, dueMs: clock.nowMs() + nameWithinMs });
    this.#nameAlarm.setAt(Math.min(...[...this.#unnamed.values()].map(({ dueMs }) => dueMs)));
  }

  /** Those whose word an open emergency waits for. */
  get rooms(): ReadonlySet<string> {
    return new Set([...this.#state.open.values()].flatMap(({ caller }) => caller.home));
  }

  #takeOldNames(): void {
    const nowMs = this.#ports.clock.nowMs();
    for (const [leg, { group, dueMs }] of [...this.#unnamed]) {
      if (dueMs > nowMs) continue;
      this.#unnamed.delete(leg);
      const unnamed = this.#lastUnnamed(group, leg);
      const caller = this.#talkerOn(group, leg);
      if (unnamed === undefined || caller.address === '') continue;
      this.#feed({ name: 'identified', emergency: unnamed.emergency, caller });
    }
    this.#nameAlarm.setAt(Math.min(Infinity, ...[...this.#unnamed.values()].map(({ dueMs }) => dueMs)));
  }

  /** A network has named who talks on a leg. */
  talkerNamed(group: string, leg: string): void {
    if (this.#talking.get(group)?.has(leg) !== true) return;
    const caller = this.#talkerOn(group, leg);
    if (caller.address === '') return;
    const known = openOf(this.#state.open.values(), group, caller) ?? this.#lastUnnamed(group, leg);
    if (known === undefined) {
      // He was taken for another radio of the same side that is in distress as well.
      this.#feed({ name: 'raised', group, caller });
    } else if (known.caller.address === '') this.#feed({ name: 'identified', emergency: known.emergency, caller });
  }

  /** Whoever talks on the leg is the last that was raised there. */
  #lastUnnamed(group: string, leg: string): Emergency | undefined {
    const last = [...this.#state.open.values()].findLast((each) => each.group === group && each.caller.leg === leg);
    return last?.caller.address === '' ? last : undefined;
  }

  #talkerOn(group: string, leg: string): Caller {
    const { address, networkId } = this.#ports.console.talkerNow(group, leg);
    return this.#caller({ group, leg, address: address ?? '' }, networkId ?? '');
  }

  alarmSaid({ raised, place, ...said }: AlarmSaid): void {
    const { group, leg } = said;
    const caller = this.#caller(said, this.#networkOf(leg.slice(group.length + 1)));
    this.#feed({ name: raised ? 'raised' : 'lowered', group, caller });
    if (place !== undefined) this.#place(caller, group, place);
  }

  /** Radios in distress say so with their next position, if not at once. */
  placeSaid({ place, ...said }: PlaceSaid): void {
    const address = compact(said.address);
    if (address !== '') this.#place({ leg: said.leg, address }, said.group, place);
  }

  #place(caller: Pick<Caller, 'leg' | 'address'>, group: string, place: Place): void {
    const emergency = openOf(this.#state.open.values(), group, caller);
    if (emergency === undefined) return;
    this.#places.set(emergency.emergency, place);
    this.#show(emergency);
    this.#keep();
  }

  #networkOf(talkgroup: string): string {
    return this.#config.talkgroups.find(({ id }) => id === talkgroup)?.network ?? '';
  }

  #caller({ group, leg, address, unproven = false }: SaidByRadio, network: string): Caller {
    const home = this.#homes().of(network, address, group);
    return { leg, network, address: compact(address), ...(unproven && { unproven }), home };
  }

  #feed(event: EmergencyEvent): void {
    const before = this.#state.open;
    const { state, actions } = step(this.#state, event, this.#ports.clock.nowMs());
    this.#state = state;
    // Consoles see it before anything else is done.
    for (const action of actions) if (action.name === 'remind') this.#remind(action.emergency);
    for (const action of actions) if (action.name === 'changed') this.#show(action.emergency);
    for (const action of actions) {
      if (action.name === 'record')
        this.#record(action, state.open.get(action.emergency) ?? before.get(action.emergency));
      else this.#do(action);
    }
    this.#keep();
    this.#alarm.setAt(deadlineMs(this.#state));
  }

  #do(action: Exclude<EmergencyAction, { name: 'record' }>): void {
    switch (action.name) {
      case 'answer': {
        const { request, refusal } = action;
        this.#answers.get(request)?.(refusal === undefined ? undefined : { cause: refusal });
        this.#answers.delete(request);
        return;
      }
      case 'announce':
        this.#announce(action);
        return;
      case 'over': {
        const { emergency, group } = action.emergency;
        this.#places.delete(emergency);
        this.#reminders.delete(emergency);
        this.#ports.console.clearEmergency(emergency, group);
        return;
      }
      case 'group':
        this.#ports.hold(action.group, action.open);
        return;
      case 'alarm':
      case 'remind':
      case 'escalate':
      case 'changed':
        // Consoles tell it by what they are shown.
        return;
    }
  }

  #remind({ emergency }: Emergency): void {
    this.#reminders.set(emergency, (this.#reminders.get(emergency) ?? 0) + 1);
  }

  /** A place is said by the code that both sides know; coordinates are not for the air. The end waits for the over. */
  #announce({ announcement, emergency }: Extract<EmergencyAction, { name: 'announce' }>): void {
    const { group, caller } = emergency;
    const { callSign } = this.#talker(caller);
    const network = this.#networkName(caller.network);
    const id = announcement === 'emergency' ? 'ann-emg' : 'ann-emg-end';
    const told = this.#places.get(emergency.emergency);
    const place = told === undefined ? '' : (nearestPlace(this.#config.places, told)?.code ?? '');
    const fields = { call_sign: callSign || network, network, place };
    const urgency = announcement === 'emergency' ? 'emergency' : 'patient';
    this.#ports.announcements.say({ group, id, fields, talkgroups: this.#ports.hearing(group), urgency });
  }

  #talker({ leg, address, unproven }: Caller): Talker {
    const talker = this.#ports.console.identify(leg, address);
    return unproven ? { ...talker, verified: false } : talker;
  }

  /** Without what stands behind it in brackets: it is said on the air. */
  #networkName(network: string): string {
    return this.#networkNames.get(network)?.replace(/ *\(.*$/, '') ?? network;
  }

  #record(
    { what, emergency, person, refusal, words }: Extract<EmergencyAction, { name: 'record' }>,
    known: Emergency | undefined,
  ): void {
    this.#ports.events.operations.emergency({
      what,
      emergency,
      ...(known === undefined
        ? {}
        : { group: known.group, leg: known.caller.leg, talker: known.caller.address, home: known.caller.home }),
      ...(person === undefined ? {} : { operator: person.display, role: person.role, controlRoom: person.controlRoom }),
      ...(words === undefined ? {} : { words }),
      ...(refusal === undefined ? {} : { refusal }),
    });
  }

  #show(emergency: Emergency): void {
    const { emergency: id, group, caller, name: state, sinceMs, repeated, lowered, escalated } = emergency;
    const { acknowledged, clearing } = emergency;
    const place = this.#places.get(id);
    this.#ports.console.setEmergency({
      id,
      groupId: group,
      caller: { ...this.#talker(caller), partyId: caller.leg, isConsole: false },
      sinceUtcMs: this.#utcOf(sinceMs),
      state,
      repeated,
      lowered,
      homeRooms: [...caller.home],
      reminders: this.#reminders.get(id) ?? 0,
      escalated,
      ...(acknowledged && {
        acknowledgedBy: acknowledged.by.display,
        acknowledgedRoom: this.#rooms().get(acknowledged.by.controlRoom) ?? acknowledged.by.controlRoom,
        acknowledgedUtcMs: this.#utcOf(acknowledged.atMs),
        proof: acknowledged.proof ?? '',
      }),
      ...(clearing && {
        clearingBy: clearing.by.display,
        clearingPersonId: clearing.by.person,
        clearingCause: clearing.cause,
      }),
      ...(place && { place }),
    });
  }

  #keep(): void {
    const document: Kept = {
      version: 1,
      emergencies: [...this.#state.open.values()].map((each) => {
        const { emergency, group, caller, sinceMs, repeated, lowered, announced, escalated, acknowledged } = each;
        const { leg, network, address, unproven = false } = caller;
        const place = this.#places.get(emergency);
        return {
          ...{ emergency, group, leg, network, address, ...(unproven && { unproven }) },
          sinceUtcMs: this.#utcOf(sinceMs),
          ...{
            repeated,
            lowered,
            announced,
            escalated,
            ...(place && { place: { ...place, radiusM: place.radiusM ?? null } }),
          },
          ...(acknowledged && {
            acknowledged: {
              by: acknowledged.by,
              utcMs: this.#utcOf(acknowledged.atMs),
              ...(acknowledged.proof === undefined ? {} : { proof: acknowledged.proof }),
            },
          }),
        };
      }),
    };
    const text = JSON.stringify(document);
    if (text === this.#keptText || (this.#keptText === '' && document.emergencies.length === 0)) return;
    this.#keptText = text;
    const fault = this.#ports.kept.write(document);
    if (fault !== undefined) this.#ports.events.state.notKept({ reason: fault });
  }

  /** To the second: what is kept does not change by itself. */
  #utcOf(atMs: number): number {
    const { clock } = this.#ports;
    return 1000 * Math.round((clock.utcMs() + (atMs - clock.nowMs())) / 1000);
  }
}

function isLeg(group: string, party: string): boolean {
  return party.startsWith(`${group}/`);
}

/** Undefined: not in emergency. Whoever waited and is heard now has not pressed again. */
function isAnother(before: number | undefined, after: number | undefined): boolean {
  return before === undefined || after === undefined || (before !== 0 && before !== after);
}

function compact(address: string): string {
  return address.replaceAll(/\s/g, '');
}
