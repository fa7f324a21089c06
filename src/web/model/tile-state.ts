/**
 * The one state that a group's tile shows in large: of everything that is true at once, what the operator must know
 * first. Pure.
 */
import type { PttState } from '../ptt/ptt-machine.ts';
import type { ConsoleModel, DataModel, GroupModel, LegModel } from './console-model.ts';
import type { TalkerModel } from './terms.ts';

export type TileState =
  /** What is shown is not kept up to date; `sinceMs` on the page's monotonic clock. */
  | { readonly kind: 'stale'; readonly sinceMs: number }
  | { readonly kind: 'requested' }
  | { readonly kind: 'queued'; readonly position: number }
  | { readonly kind: 'transmitting' }
  /** Still talking, with the end near. */
  | { readonly kind: 'warned' }
  | { readonly kind: 'denied'; readonly cause: string }
  | { readonly kind: 'revoked'; readonly cause: string }
  | { readonly kind: 'emergency' }
  | { readonly kind: 'otherConsole' }
  /** The gateway itself says something. */
  | { readonly kind: 'announcement' }
  | { readonly kind: 'receiving' }
  /** Somebody talks on a leg and is not let through. */
  | { readonly kind: 'blocked' }
  /** Kept ready for an incident, not joined. */
  | { readonly kind: 'onDemand' }
  /** Not joined; it opens by itself. */
  | { readonly kind: 'scheduled' }
  /** Somebody has just opened it; no two sides are joined yet. */
  | { readonly kind: 'opening' }
  | { readonly kind: 'closing' }
  | { readonly kind: 'idle' };
export type TileKind = TileState['kind'];

/** Who this page is in the gateway's eyes: the ids under which its own talk comes back in the floor. */
export type OwnIds = ReadonlySet<string>;

/** The console's own ids: the session's, bare and as a party of the floor. */
export function ownIds(sessionId: string): OwnIds {
  return new Set(sessionId === '' ? [] : [sessionId, `console:${sessionId}`]);
}

export function tileState(group: GroupModel, ptt: PttState, own: OwnIds, lostAtMs: number | undefined): TileState {
  if (lostAtMs !== undefined) return { kind: 'stale', sinceMs: lostAtMs };
  if (group.onDemand) return { kind: group.schedule === undefined ? 'onDemand' : 'scheduled' };
  const { bridging } = group;
  if (bridging !== undefined && bridging.state !== 'open' && group.floor.holder === undefined) {
    // A permanent group is the configuration's: that some side is not up yet its legs say.
    if (bridging.by !== '' || bridging.scheduled) return { kind: bridging.state };
  }
  const ofOwn = ownState(group.id, ptt);
  const ofFloor = floorState(group, own);
  // Only the operator's own talk stands above an emergency; what became of his request the talk bar says as well.
  const talks = ofOwn?.kind === 'transmitting' || ofOwn?.kind === 'warned';
  return ofFloor.kind === 'emergency' && !talks ? ofFloor : (ofOwn ?? ofFloor);
}

/** What the operator's own talk makes of a group; undefined when nothing. */
export function ownState(groupId: string, ptt: PttState): TileState | undefined {
  const { phase, notice } = ptt;
  if (phase.name !== 'idle' && phase.name !== 'spent' && phase.talk.group === groupId) {
    if (phase.name === 'requested') return { kind: 'requested' };
    if (phase.name === 'queued') return { kind: 'queued', position: phase.position };
    return { kind: phase.warned ? 'warned' : 'transmitting' };
  }
  return notice?.group === groupId ? { kind: notice.kind, cause: notice.cause } : undefined;
}

function floorState(group: GroupModel, own: OwnIds): TileState {
  const { holder, emergency } = group.floor;
  if (holder === undefined) return { kind: group.legs.some((leg) => leg.blocked) ? 'blocked' : 'idle' };
  if (own.has(holder.partyId)) return { kind: 'idle' }; // our own over is ending: the release is on its way
  if (emergency) return { kind: 'emergency' };
  if (isAnnouncement(holder)) return { kind: 'announcement' };
  return { kind: holder.isConsole ? 'otherConsole' : 'receiving' };
}

/** Whether somebody else calls in distress there. */
export function isEmergency({ floor }: GroupModel, own: OwnIds): boolean {
  return floor.emergency && floor.holder !== undefined && !own.has(floor.holder.partyId);
}

/** An alarm of a radio that it has not taken back. */
export function isOpenAlarm({ said }: DataModel): boolean {
  return said.kind === 'alarm' && said.raised && said.clearedAtUtcMs === undefined;
}

/** Why a press would be refused here and now, as a cause of {@link PttState}; empty when it would go to the gateway. */
export function talkFault(group: GroupModel, ptt: PttState): string {
  if (!ptt.linkReady) return 'link-lost';
  return groupFault(group) || ptt.voiceFault;
}

/** Whether what is said on groups is not recorded as it should be: told at the key, before anybody talks. */
export function isUnrecorded({ alarms }: Pick<ConsoleModel, 'alarms'>): boolean {
  return alarms.some(({ code, endedMs }) => code === 'not-recorded' && endedMs === undefined);
}

/** Why nobody here may talk on the group; empty where they may. */
export function groupFault(group: GroupModel): string {
  if (group.onDemand) return 'not-joined';
  return group.mayTalk ? '' : 'receive-only';
}

/** Groups that this operator may talk on now. */
export function talkableGroups({ groups }: ConsoleModel): ReadonlySet<string> {
  return new Set(groups.filter((group) => groupFault(group) === '').map(({ id }) => id));
}

/** Legs that this console's talk does not reach, in the group's order. */
export function unreachedLegs(group: GroupModel): LegModel[] {
  return group.legs.filter((leg) => leg.state !== 'closed' && (leg.state !== 'up' || leg.transmission === 'refused'));
}

/** Nobody talks: the gateway says something of its own. */
export function isAnnouncement({ partyId }: Pick<TalkerModel, 'partyId'>): boolean {
  return partyId === 'announcement';
}

/** What to call a talker: the call sign, or else the address that the network gave; empty when it gave nothing. */
export function talkerTitle(talker: TalkerModel): string {
  return talker.callSign || talker.address;
}
