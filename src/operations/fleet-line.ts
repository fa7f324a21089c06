/** Lines of the log and of the audit log about versions of the fleet data, the same whatever the door. Pure. */
import type { Editor, FleetVersion } from './fleet-version.ts';

export interface PersonLine {
  readonly operator: string;
  readonly role: string;
  readonly controlRoom: string;
  readonly country: string;
}

export interface FleetChangedLine extends PersonLine {
  readonly version: number;
  readonly state: string;
  /** The version that it changes. */
  readonly base: number;
  readonly reason: string;
  readonly backTo?: number;
  readonly fault?: string;
}

/** What has become of a version; by whoever said the last word to it, until it comes to hold. */
export function fleetChangedLine(version: FleetVersion): FleetChangedLine {
  const last = version.decisions.at(-1);
  const isDecided = last !== undefined && version.activeUtcMs === undefined;
  return {
    version: version.number,
    state: version.name,
    base: version.base,
    ...personLine(isDecided ? last.by : version.author),
    reason: isDecided ? last.reason : version.reason,
    ...(version.backTo !== undefined && { backTo: version.backTo }),
    ...(version.fault !== undefined && { fault: version.fault }),
  };
}

export function personLine({ display, role, controlRoom, country }: Editor): PersonLine {
  return { operator: display, role, controlRoom, country };
}
