/** Talkgroups that are listened to beside a group, as the page of the fleet data shows them. Pure. */
import { itemsOf, textOf } from './fleet.ts';

export interface ShadowSide {
  readonly overs: number;
  readonly voiceMs: number;
  readonly queued: number;
  readonly refused: number;
  readonly cut: number;
  readonly emergencies: number;
}

export interface ShadowFinding {
  readonly what: 'over' | 'held' | 'loop' | 'unreadable';
  readonly at: string;
  readonly way?: 'in' | 'out';
  readonly talker?: string;
  readonly voiceMs?: number;
  readonly waitedMs?: number;
  readonly collisionMs?: number;
  readonly end?: string;
  readonly why?: string;
  readonly by?: string;
  readonly priority?: number;
  readonly claimed?: number;
  readonly emergency?: boolean;
}

export interface ShadowModel {
  readonly group: string;
  readonly talkgroup: string;
  readonly state: 'up' | 'connecting' | 'down' | 'closed' | 'waits';
  readonly since: string;
  readonly in: ShadowSide;
  readonly out: ShadowSide;
  readonly unheardMs: number;
  readonly collisions: number;
  readonly collisionMs: number;
  readonly lowered: number;
  readonly loops: number;
  readonly unreadable: number;
  readonly data: number;
  readonly last: readonly ShadowFinding[];
}

/** As they are called, else their ids. */
export function shadowNames(data: unknown, { group, talkgroup }: ShadowModel) {
  const at = itemsOf(data, 'talkgroups').find((each) => textOf(each, 'id') === talkgroup);
  const of = itemsOf(data, 'sharedGroups').find((each) => textOf(each, 'id') === group);
  return {
    talkgroup: textOf(at, 'short') || talkgroup,
    group: textOf(of, 'short') || group,
    network: textOf(at, 'network'),
  };
}

/** What stands out of its figures, the worst first. */
export function verdictOf({
  loops,
  collisions,
  in: inward,
  out,
}: ShadowModel): 'loop' | 'collides' | 'holds' | 'fits' | 'nothing' {
  if (loops > 0) return 'loop';
  if (inward.overs + out.overs === 0) return 'nothing';
  if (collisions > 0) return 'collides';
  return out.queued + out.refused + out.cut > 0 ? 'holds' : 'fits';
}
