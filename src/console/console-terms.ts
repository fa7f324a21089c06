/** What the console model is told, and by which names it tells consoles. */
import type { Fault } from '../base/faults.ts';
import type { Opening } from '../operations/schedule.ts';
import type { escaut } from '../protocols/generated/console.js';
import type { ConsoleId, GroupId, LegId } from '../talkgroups/terms.ts';
import type { SessionRights } from './session.ts';

export type ActivePlan = escaut.console.v1.ActivePlan.$Properties;
export type BorderRecord = escaut.console.v1.BorderRecord.$Properties;
export type Emergency = escaut.console.v1.Emergency.$Properties;

/** The call that carries a leg, as its bridge tells. */
export interface LegState {
  readonly leg: LegId;
  readonly state: 'up' | 'connecting' | 'down' | 'closed';
  /** Why it is down. */
  readonly fault?: Fault;
  readonly attachment?: string;
  readonly sinceUtcMs: number;
}

/** Whom a network names. */
export interface TalkerIdentity {
  readonly leg: LegId;
  readonly address: string;
  /** `over`: the present talker, or the next one within 2 s. `call`: whoever talks while this call lasts. */
  readonly lasts: 'over' | 'call';
}

/** Somebody who can be seen as a talker or listener at a console. */
export interface ConsoleProfile {
  readonly console: ConsoleId;
  readonly person: string;
  readonly display: string;
  readonly controlRoom: string;
  readonly country: string;
  readonly language: string;
  /** Where it stands with other consoles, as its operator named it. */
  readonly sharedRoom?: string;
}

/** What is joined to a group at present, as consoles are told. */
export interface BridgingView {
  readonly group: GroupId;
  readonly state: 'closed' | 'opening' | 'open' | 'closing';
  readonly by: string;
  readonly controlRoom: string;
  readonly reason: string;
  readonly sinceUtcMs: number;
  /** Undefined: it does not end. */
  readonly endsUtcMs: number | undefined;
  readonly ending: boolean;
  readonly quiet: boolean;
  /** Absent: it is real. */
  readonly exercise?: 'under-way' | 'suspended';
  /** It is open by its schedule, whoever had opened it before. */
  readonly scheduled: boolean;
  readonly members: readonly MemberView[];
  /** Its own talkgroups that are in other groups. */
  readonly lacking: readonly { readonly talkgroup: string; readonly group: GroupId }[];
}

/** When a group opens by itself. */
export interface ScheduleView {
  readonly group: GroupId;
  readonly openings: readonly Opening[];
  /** Who closed it for the rest of the one under way; empty: nobody. */
  readonly closedBy: string;
}

export interface MemberView {
  readonly talkgroup: string;
  readonly leg: LegId;
  readonly own: boolean;
  readonly by: string;
  readonly reason: string;
  /** Undefined: with the group. */
  readonly endsUtcMs: number | undefined;
  readonly consentAwaited: boolean;
}

/** What one console's own choice adds to the picture. */
export interface View {
  readonly monitored: ReadonlySet<GroupId>;
  readonly rights: SessionRights;
}

export type AlarmCode =
  | 'evidence-away'
  | 'evidence-unsafe'
  | 'disk-nearly-full'
  | 'signing-key-not-kept'
  | 'retention-halted'
  | 'proof-red'
  | 'proof-undone'
  | 'not-recorded'
  | 'voice-plane-restarting'
  | 'media-worker-lost'
  | 'attachment-down'
  | 'network-on-second-way'
  | 'state-broken'
  | 'state-not-kept'
  | 'leg-down'
  | 'leg-shed'
  | 'loop'
  | 'certificate-expiring'
  | 'service-token-ending'
  | 'cards-unchecked';
