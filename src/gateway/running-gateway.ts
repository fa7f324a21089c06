/** What main asks of the gateway as a whole: to start with a configuration, and to stop. */
import type { Clock } from '../base/clock.ts';
import type { Events } from '../base/events.ts';
import type { Logger } from '../base/logger.ts';
import type { Meter } from '../base/meter.ts';
import type { Config } from '../config/schema.ts';
import type { EvidenceAlarm, EvidenceWaiting } from '../store/evidence-alarms.ts';

export interface GatewayOptions {
  readonly config: Config;
  /** The file that it was read from, absolute; the simulated networks read it as well. */
  readonly configFile: string;
  /** Its text, and the version of the fleet data that holds in place of its own; absent: nobody may change that. */
  readonly fleet?: { readonly fileText: string; readonly version: number; readonly workingFolder: string };
  /** Leave the configuration's simulated networks out. */
  readonly noSimulator: boolean;
  readonly clock: Clock;
  /** For Fastify alone; the gateway's own lines are `events`. */
  readonly logger: Logger;
  readonly events: Events;
  readonly meter: Meter;
  readonly version: string;
  /** A fault that the gateway cannot mend by itself (a GatewayError): main ends the process with its exit code. */
  readonly onFailure: (error: Error) => void;
}

export interface RunningGateway {
  /** Tells far ends and consoles, then lets go of everything. Calling it again waits for the first call. */
  stop(): Promise<void>;
  /** What is wrong with evidence from now on, all of it: consoles are told. */
  evidenceAlarms(alarms: readonly EvidenceAlarm[]): void;
  /** What waits for the database of the audit log, and when it has caught up. */
  evidence(waiting: EvidenceWaiting): void;
  /** Where each person opens a console, with his one-time token. Printed once, never logged. */
  readonly consoleLinks: readonly ConsoleLink[];
}

export interface ConsoleLink {
  readonly url: string;
  /** Name and role; empty where there is one person alone. */
  readonly who: string;
}

/** @throws GatewayError when something that the operator can mend is in the way. */
export type StartGateway = (options: GatewayOptions) => Promise<RunningGateway>;
