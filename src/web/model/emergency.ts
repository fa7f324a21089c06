/** Units in distress as the page shows them: whose they are, who may do what, and when the page sounds. Pure. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import type { GroupModel } from './console-model.ts';
import type { EmergencyModel } from './incident-model.ts';
import { isDispatching } from './operator.ts';
import { readPlace, readTalker, readWide } from './read-wire.ts';

/** Who looks at it. */
export interface Onlooker {
  readonly personId: string;
  readonly controlRoomId: string;
  readonly role: string;
}

const roomsMax = 100;
export const emergenciesMax = 1000;
const wordsMax = 1000;

export function readEmergency(wire: escaut.console.v1.Emergency.$Properties): EmergencyModel {
  const { state } = wire;
  return {
    id: wire.id ?? 0,
    groupId: wire.groupId ?? '',
    caller: readTalker(wire.caller),
    sinceUtcMs: readWide(wire.sinceUtcMs),
    state: state === 'acknowledged' || state === 'clearing' ? state : 'unacknowledged',
    repeated: wire.repeated ?? 0,
    lowered: wire.lowered ?? false,
    homeRooms: (wire.homeRooms ?? []).slice(0, roomsMax),
    reminders: wire.reminders ?? 0,
    escalated: wire.escalated ?? false,
    acknowledgedBy: cleanText(wire.acknowledgedBy),
    acknowledgedRoom: cleanText(wire.acknowledgedRoom),
    acknowledgedUtcMs: readWide(wire.acknowledgedUtcMs),
    proof: cleanText(wire.proof, wordsMax),
    clearingBy: cleanText(wire.clearingBy),
    clearingPersonId: wire.clearingPersonId ?? '',
    clearingCause: cleanText(wire.clearingCause, wordsMax),
    place: readPlace(wire.place),
  };
}

/** What needs somebody first: unacknowledged before acknowledged, the newest of each on top. */
export function byUrgency(emergencies: readonly EmergencyModel[]): readonly EmergencyModel[] {
  const rank = ({ state }: EmergencyModel) => (state === 'unacknowledged' ? 0 : 1);
  return emergencies.toSorted((a, b) => rank(a) - rank(b) || b.sinceUtcMs - a.sinceUtcMs || b.id - a.id);
}

/** Whether it is this console's to hear: its group is listened to, the unit is its own, or nobody has seen to it. */
export function concerns(emergency: EmergencyModel, groups: readonly GroupModel[], who: Onlooker): boolean {
  const isHeard = groups.some(({ id, monitored }) => id === emergency.groupId && monitored);
  const isOurs = emergency.homeRooms.includes(who.controlRoomId);
  return isHeard || isOurs || (emergency.escalated && who.role === 'supervisor');
}

/** Whether the page sounds: one that is new, pressed again, escalated, or still unacknowledged after another while. */
export function sounds(before: readonly EmergencyModel[], after: readonly EmergencyModel[]): readonly EmergencyModel[] {
  return after.filter((now) => {
    const old = before.find(({ id }) => id === now.id);
    if (old === undefined) return now.state === 'unacknowledged';
    if (now.repeated > old.repeated) return true;
    return now.state === 'unacknowledged' && (now.reminders > old.reminders || (now.escalated && !old.escalated));
  });
}

/** Silenced by the operator, by number: what was known of it then. */
export type Silenced = ReadonlyMap<number, Pick<EmergencyModel, 'repeated' | 'escalated'>>;

/** Those for which the page goes on sounding: nobody has acknowledged them, and they are not silenced here. */
export function alarming(
  emergencies: readonly EmergencyModel[],
  groups: readonly GroupModel[],
  who: Onlooker | undefined,
  silenced: Silenced,
): readonly EmergencyModel[] {
  return emergencies.filter((emergency) => {
    const isOpen = emergency.state === 'unacknowledged' && !isSilenced(emergency, silenced);
    return isOpen && (who === undefined || concerns(emergency, groups, who));
  });
}

/** Pressed again or escalated since, it sounds anew. */
export function isSilenced({ id, repeated, escalated }: EmergencyModel, silenced: Silenced): boolean {
  const then = silenced.get(id);
  return then !== undefined && then.repeated === repeated && then.escalated === escalated;
}

export function silence(emergencies: readonly EmergencyModel[], before: Silenced): Silenced {
  const silenced = new Map(before);
  for (const { id, repeated, escalated } of emergencies) silenced.set(id, { repeated, escalated });
  return silenced;
}

/**
 * What this person may do now. The gateway decides; this only spares him buttons that would be refused. `others`: a dispatcher
 * may try, and is told whose it is.
 */
export function mayAcknowledge(emergency: EmergencyModel, who: Onlooker): 'own' | 'others' | 'on-behalf' | 'no' {
  if (emergency.state !== 'unacknowledged' || !isDispatching(who)) return 'no';
  if (emergency.homeRooms.includes(who.controlRoomId)) return 'own';
  return emergency.escalated && who.role === 'supervisor' ? 'on-behalf' : 'others';
}

export function mayClear(emergency: EmergencyModel, who: Onlooker): boolean {
  if (emergency.state === 'unacknowledged' || !isDispatching(who)) return false;
  return who.role === 'supervisor' || emergency.homeRooms.includes(who.controlRoomId);
}
