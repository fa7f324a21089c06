/** What the thread of the fleet data is asked, and what it needs to know. */
import { z } from 'zod';
import type { FleetDesk } from '../api/fleet-port.ts';
import type { FleetStep } from '../config/fleet-plan.ts';
import type { FleetSections } from '../config/live-config.ts';
import type { FleetChangedLine, PersonLine } from '../operations/fleet-line.ts';
import { databasePlaceSchema } from '../store/database-place.ts';

export const fleetWorkerSchema = z.object({
  /** The configuration file, absolute, and its text as the gateway has read it. */
  file: z.string(),
  fileText: z.string(),
  workingFolder: z.string(),
  /** Where the gateway keeps its state. */
  folder: z.string(),
  database: databasePlaceSchema,
  /** The version with which the gateway has started. */
  held: z.number(),
});
export type FleetWorkerData = z.infer<typeof fleetWorkerSchema>;

/** Said without being asked, for the audit log. */
export type FleetNews =
  | { readonly name: 'changed'; readonly line: FleetChangedLine }
  | { readonly name: 'refused'; readonly line: PersonLine & { readonly what: string; readonly refusal: string } };

export const deskMethods = [
  'fleet',
  'text',
  'json',
  'changes',
  'preview',
  'propose',
  'back',
  'decide',
  'units',
  'withUnits',
] as const satisfies readonly (keyof FleetDesk)[];
/** How the gateway takes over a version. */
export interface TakingOver {
  /** What holds in the gateway once the steps at once are done, as YAML and as the schema reads it; absent: as before. */
  readonly taken?: { readonly text: string; readonly sections: FleetSections };
  readonly steps: readonly FleetStep[];
  /** Nothing is: what holds in the gateway cannot be compared with it, and the next start alone takes it. */
  readonly isForRestart?: boolean;
}

/** `look`: makes hold what is due; answers with the version that holds. `plan`: how it is taken over. */
export const fleetMethods = [...deskMethods, 'look', 'plan'] as const;
