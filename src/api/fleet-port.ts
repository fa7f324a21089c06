/** What the doors of the fleet data (fleet-door.ts) ask of the gateway. */
import type { FleetChange } from '../config/fleet-diff.ts';
import type { FleetStep } from '../config/fleet-plan.ts';
import type { Problem } from '../config/problems.ts';
import type { Editor, Fleet, FleetEvent, FleetRefusal, FleetVersion, Need } from '../operations/fleet-version.ts';
import type { AccountDesk } from './account-desk.ts';
import type { Listening } from './listening.ts';
import type { ShadowReport } from './shadow-schema.ts';

/** What a text would change, before anybody says yes to it. */
export interface FleetPreview {
  readonly problems: readonly Problem[];
  /** Nothing where there are errors. */
  readonly changes: readonly FleetChange[];
  readonly needs: readonly Need[];
}

export interface FleetProposal {
  readonly by: Editor;
  /** The whole of the fleet data, YAML. */
  readonly text: string;
  readonly reason: string;
  readonly fromUtcMs?: number;
  /** The version that it was made from; default: the one that holds. */
  readonly base?: number;
}

export type FleetOutcome =
  | { readonly version: FleetVersion }
  | { readonly refusal: FleetRefusal }
  /** Its errors, each with its line; nothing has changed. */
  | { readonly problems: readonly Problem[] };

export interface FleetDesk {
  fleet(): Promise<Fleet>;
  /** The text of a version; 0: the file's own data. */
  text(number: number): Promise<string | undefined>;
  /** The same as JSON: of a large fleet that takes a second. */
  json(number: number): Promise<string | undefined>;
  /** What one version changes as against another. Undefined: one of them is not there or cannot be read any more. */
  changes(from: number, to: number): Promise<readonly FleetChange[] | undefined>;
  preview(by: Editor, text: string): Promise<FleetPreview>;
  propose(proposal: FleetProposal): Promise<FleetOutcome>;
  /** A version with the text of an older one; 0: of the file. */
  back(by: Editor, to: number, reason: string, base?: number): Promise<FleetOutcome>;
  /** The units that hold, as a table (config/units-csv.ts). */
  units(): Promise<string>;
  /**
   * What holds with the units of a table in place of its own, for a proposal; nothing has changed. Or all that is wrong, each with the line
   * of the table.
   */
  withUnits(csv: string): Promise<{ readonly text: string } | { readonly problems: readonly Problem[] }>;
  decide(event: Extract<FleetEvent, { name: 'approve' | 'refuse' | 'withdraw' }>): Promise<FleetOutcome>;
}

/** Its thread cannot be asked, or not now. */
export class FleetAway extends Error {}

export interface FleetPort {
  /** Who asks, by the token of his cookie; undefined: nobody who has logged in. */
  editor(token: string): { readonly editor: Editor; readonly isLocked: boolean } | undefined;
  /** @throws FleetAway, from each of its methods */
  readonly desk: FleetDesk;
  /** The version with which the gateway works; 0: the file's. */
  readonly running: number;
  /** What of it is not taken over yet. */
  readonly owed: readonly FleetStep[];
  /** Of talkgroups that are listened to beside a group, what they would have done as legs of it. */
  readonly shadows: { readonly utcMs: number; readonly shadows: readonly ShadowReport[] };
  readonly listening: Listening;
  readonly accounts: AccountDesk;
}
