/**
 * What the two roles of a leg's floor control have in common: floor participant where the group is homed at the far end,
 * floor control server where it is homed here. Filled by participant-role.ts and server-role.ts.
 */

import { indicator } from '../../protocols/mcptt/floor-fields.ts';
import type { FloorMessage } from '../../protocols/mcptt/floor-message.ts';
import type { FloorTerms } from '../../protocols/mcptt/floor-sdp.ts';
import type { Location } from '../../protocols/mcptt/location.ts';
import { parseUri } from '../../protocols/sip/uri.ts';
import type { PartyId, VoiceCommand, VoiceEvent } from '../../voice/contract.ts';
import type { LegPlan } from '../ports.ts';
import { addressOf } from '../sip/sip-leg.ts';
import type { PriorityMap } from './priority-map.ts';

export interface FloorRole {
  /**
   * A session stands: what both have agreed on, and whether its description was our offer. `mask`: the kind of call that
   * an INVITE of theirs said, as bits of `indicator`.
   */
  connect(terms: FloorTerms, weOffered: boolean, mask: number): void;
  disconnect(): void;
  receive(message: FloorMessage): void;
  /** Of this leg or its group. */
  voiceEvent(event: VoiceEvent): void;
  /** More is known of who talks. */
  namesChanged(): void;
  tick(): void;
  /** When `tick` is owed; Infinity when nothing is pending. */
  readonly deadlineMs: number;
}

export interface RoleHost {
  readonly ssrc: number;
  readonly priorities: PriorityMap;
  readonly plan: () => LegPlan;
  readonly nowMs: () => number;
  /** MCPTT ID of a party of our side. */
  readonly idOf: (party: PartyId) => string;
  readonly send: (message: FloorMessage) => void;
  readonly command: (command: VoiceCommand) => void;
  /** Who talks at the far end, and where he is; an empty address when he is not named. */
  readonly talker: (address: string, location: Location | undefined) => void;
  readonly giveUp: (reason: string) => void;
  /** The deadline may have changed. */
  readonly arm: () => void;
}

/** Requests of the floor are numbered only to be told apart in logs. */
export function requestFloor(
  { plan, command, priorities }: RoleHost,
  asked: { readonly wire: number | undefined; readonly mask: number; readonly perilPriority: number },
): void {
  const { leg, group, priority, priorityMax } = plan();
  const named = asked.wire === undefined ? priority : priorities.fromWire(asked.wire);
  const peril = (asked.mask & indicator.imminentPeril) !== 0 ? asked.perilPriority : 0;
  command({
    name: 'requestFloor',
    party: leg,
    group,
    requestId: 0,
    priority: Math.min(priorityMax, Math.max(named, peril)),
    emergency: (asked.mask & indicator.emergency) !== 0,
  });
}

/**
 * Kind of call of a talk of ours, as a Floor Indicator. The floor knows imminent peril by its priority alone: a talk of
 * exactly that priority is taken for one.
 */
export function maskOf({ emergency, priority }: FloorTalk, perilPriority: number): number {
  if (emergency) return indicator.emergency;
  return perilPriority > 0 && priority === perilPriority ? indicator.imminentPeril : indicator.normal;
}

interface FloorTalk {
  readonly emergency: boolean;
  /** 0–15. */
  readonly priority: number;
}

/** The part of an MCPTT ID that names somebody within his network; all of it when it is no URI. */
export function addressOfId(id: string): string {
  const uri = parseUri(id);
  return ((uri && addressOf(uri)) ?? id).slice(0, 64);
}
