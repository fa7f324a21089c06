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
import type { Events } from '../../base/events.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import type { Talker } from '../../console/directory.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import type { EmergencyOperation } from '../../console/wire.ts';
import {
  type Caller,
  deadlineMs,
  type Emergency,
  type EmergencyAction,
  type EmergencyEvent,
  type EmergencyState,
  emergencyRules,
  openEmergencies,
  step,
} from '../../operations/emergency.ts';
import { HomeRooms } from '../../operations/home-rooms.ts';
import type { Person } from '../../operations/terms.ts';
import type { KeptFile } from '../../store/kept-file.ts';
import type { VoiceEvent } from '../../voice/contract.ts';
import type { Announcements } from './announcements.ts';
import { keptPerson } from './kept-person.ts';

/** Where a radio is, WGS 84. */
interface Place {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly radiusM?: number;
}

/** A radio said by a message that it is in distress, or no longer. */
export interface AlarmSaid {
  readonly group: string;
  readonly leg: string;
  /** Empty: its network did not say. */
  readonly address: string;
  readonly raised: boolean;
  readonly place?: Place;
}

export interface EmergencyPorts {
  readonly clock: Clock;
  readonly events: Pick<Events, 'emergency' | 'stateNotKept'>;
  readonly console: Pick<ConsoleServer, 'identify' | 'talkerNow' | 'setEmergency' | 'clearEmergency'>;
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
        sinceUtcMs: z.number(),
        repeated: z.number(),
        lowered: z.boolean(),
        escalated: z.boolean(),
        acknowledged: z.object({ by: keptPerson, utcMs: z.number(), proof: z.string().optional() }).optional(),
      }),
    )
    .max(emergencyRules.openMax),
});
type Kept = z.infer<typeof keptSchema>;

export class Emergencies {
  readonly #ports: EmergencyPorts;
  readonly #homes: HomeRooms;
  readonly #rooms: ReadonlyMap<string, string>;
  readonly #networkOf: ReadonlyMap<string, string>;
  readonly #alarm: Alarm;
  #state: EmergencyState = openEmergencies(emergencyRules);
  #keptText = '';
  #requests = 0;
  readonly #answers = new Map<number, (refusal: OperationRefusal | undefined) => void>();
  /** Where the radio said that it was. */
  readonly #places = new Map<number, Place>();
  /** How often its control room has been reminded. */
  readonly #reminders = new Map<number, number>();
  /** The emergency over of each group, by its number, and the emergency that it belongs to. */
  readonly #overs = new Map<string, { readonly over: number; readonly leg: string }>();

  constructor(config: Config, ports: EmergencyPorts) {
    this.#ports = ports;
    this.#homes = new HomeRooms(config);
    this.#rooms = new Map(config.controlRooms.map(({ id, callSign }) => [id, callSign]));
    this.#networkOf = new Map(config.talkgroups.map(({ id, network }) => [id, network]));
    this.#alarm = new Alarm(ports.clock, () => this.#feed({ name: 'tick' }));
  }

  /** Those that were open when the gateway stopped still are; nobody is told again on the air. */
  start(): void {
    const kept = keptSchema.safeParse(this.#ports.kept.read());
    if (!kept.success) return;
    const { clock } = this.#ports;
    const nowMs = clock.nowMs();
    const open = kept.data.emergencies.map((each): Emergency => {
      const { emergency, group, leg, network, address, sinceUtcMs, repeated, lowered, escalated, acknowledged } = each;
      const sinceMs = nowMs - Math.max(0, clock.utcMs() - sinceUtcMs);
      const base = {
        emergency,
        group,
        caller: this.#caller(group, leg, network, address),
        repeated,
        lowered,
        escalated,
      };
      const times = { sinceMs, pressedMs: sinceMs, hotMicUntilMs: nowMs, announced: true, remindMs: nowMs };
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

  stop(): void {
    this.#alarm.clear();
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
    if (event.name !== 'floor') return;
    const { group, holder, overriding } = event.floor;
    const talk = [overriding, holder].find((each) => each?.emergency === true && this.#isLeg(group, each.party));
    const before = this.#overs.get(group);
    if (talk === undefined) {
      if (this.#overs.delete(group)) this.#feed({ name: 'silent', group });
    } else if (before?.over !== talk.over) {
      this.#overs.set(group, { over: talk.over, leg: talk.party });
      const { address = '', networkId = '' } = this.#ports.console.talkerNow(group, talk.party);
      this.#feed({ name: 'raised', group, caller: this.#caller(group, talk.party, networkId ?? '', address ?? '') });
    }
  }

  /** A network has named who talks on a leg. */
  talkerNamed(group: string, leg: string): void {
    if (this.#overs.get(group)?.leg !== leg) return;
    const { address, networkId } = this.#ports.console.talkerNow(group, leg);
    if (!address) return;
    for (const { emergency, caller } of this.#state.open.values()) {
      if (caller.leg !== leg || caller.address !== '') continue;
      this.#feed({ name: 'identified', emergency, caller: this.#caller(group, leg, networkId ?? '', address) });
    }
  }

  alarmSaid({ group, leg, address, raised, place }: AlarmSaid): void {
    const caller = this.#caller(group, leg, this.#networkOf.get(leg.slice(group.length + 1)) ?? '', address);
    this.#feed({ name: raised ? 'raised' : 'lowered', group, caller });
    if (place === undefined) return;
    for (const emergency of this.#state.open.values()) {
      if (emergency.caller.leg !== leg || emergency.caller.address !== compact(address)) continue;
      this.#places.set(emergency.emergency, place);
      this.#show(emergency);
    }
  }

  #isLeg(group: string, party: string): boolean {
    return party.startsWith(`${group}/`);
  }

  #caller(group: string, leg: string, network: string, address: string): Caller {
    return { leg, network, address: compact(address), home: this.#homes.of(network, address, group) };
  }

  #feed(event: EmergencyEvent): void {
    const { state, actions } = step(this.#state, event, this.#ports.clock.nowMs());
    this.#state = state;
    // Consoles see it before anything else is done.
    for (const action of actions) if (action.name === 'remind') this.#remind(action.emergency);
    for (const action of actions) if (action.name === 'changed') this.#show(action.emergency);
    for (const action of actions) this.#do(action);
    this.#keep();
    this.#alarm.setAt(deadlineMs(this.#state));
  }

  #do(action: EmergencyAction): void {
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
      case 'record':
        this.#record(action);
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

  /** A place is said by its code alone, which a later table of places gives; coordinates are not for the air. */
  #announce({ announcement, emergency }: Extract<EmergencyAction, { name: 'announce' }>): void {
    const { group, caller } = emergency;
    const { callSign } = this.#talker(caller);
    const network = this.#networkName(caller.network);
    const id = announcement === 'emergency' ? 'ann-emg' : 'ann-emg-end';
    const fields = { call_sign: callSign || network, network };
    this.#ports.announcements.say({ group, id, fields, talkgroups: this.#ports.hearing(group), urgent: true });
  }

  #talker({ leg, address }: Caller): Talker {
    return this.#ports.console.identify(leg, address);
  }

  #networkName(network: string): string {
    return network.toUpperCase();
  }

  #record({ what, emergency, person, refusal, words }: Extract<EmergencyAction, { name: 'record' }>): void {
    const known = this.#state.open.get(emergency);
    this.#ports.events.emergency({
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
        acknowledgedRoom: this.#rooms.get(acknowledged.by.controlRoom) ?? acknowledged.by.controlRoom,
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
        const { emergency, group, caller, sinceMs, repeated, lowered, escalated, acknowledged } = each;
        const { leg, network, address } = caller;
        const who = { emergency, group, leg, network, address };
        return {
          ...who,
          sinceUtcMs: this.#utcOf(sinceMs),
          repeated,
          lowered,
          escalated,
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
    if (fault !== undefined) this.#ports.events.stateNotKept({ reason: fault });
  }

  /** To the second: what is kept does not change by itself. */
  #utcOf(atMs: number): number {
    const { clock } = this.#ports;
    return 1000 * Math.round((clock.utcMs() + (atMs - clock.nowMs())) / 1000);
  }
}

function compact(address: string): string {
  return address.replaceAll(/\s/g, '');
}
