/**
 * Errors that an operator must act on: one class, its code from one table with exit code and remedy beside it.
 *
 * What a far end does wrong is a value, not an error; what we do wrong is an assertion. Exit codes are those of
 * sysexits.h, so that a supervisor can tell "correct the configuration" (78) from "try again" (69, 75).
 * docs/operations.md lists every code; a test keeps the two equal.
 */
import { portHolder } from './port-holder.ts';

export const errorCatalogue = {
  USAGE: {
    exitCode: 64,
    meaning: 'The command line was not understood.',
    remedy: 'Run `escaut --help` and correct the option named above.',
  },
  CONFIG_NOT_FOUND: {
    exitCode: 66,
    meaning: 'The configuration file is not there or may not be read.',
    remedy: "Give the right path with --config or ESCAUT_CONFIG, and let the gateway's user read the file.",
  },
  CONFIG_INVALID: {
    exitCode: 78,
    meaning: 'The configuration has at least one problem; all of them are listed with file, line and path.',
    remedy: 'Correct the lines named above, check with `escaut validate`, and start again.',
  },
  PORT_IN_USE: {
    exitCode: 69,
    meaning: 'Another program holds an address and port that the gateway needs to listen on.',
    remedy:
      'Stop the other program (where it is not named above, `ss -lntup` as root names it) or change the port in the configuration.',
  },
  ADDRESS_NOT_AVAILABLE: {
    exitCode: 69,
    meaning: 'A listening address of the configuration does not belong to this machine, or its port needs a privilege.',
    remedy: 'Write an address of this machine (`ip address` lists them) and a port from 1024 up.',
  },
  WORKER_MISSING: {
    exitCode: 69,
    meaning: "mediasoup's worker program is not there or cannot be run.",
    remedy: 'Run `npm run setup`; it fetches or builds the worker for this machine.',
  },
  MEDIA_WORKERS_FAILED: {
    exitCode: 70,
    meaning: "mediasoup's workers died again and again within a short time.",
    remedy: 'Look for the first `worker.died` line and for memory limits; report it with the log.',
  },
  VOICE_PROCESS_FAILED: {
    exitCode: 70,
    meaning: 'The voice process did not start, or died again and again within a short time.',
    remedy:
      'Look for the first `voice.died` line above. If it names opus run `npm run setup`, else report it with the log.',
  },
  MEDIA_PORTS_EXHAUSTED: {
    exitCode: 69,
    meaning: 'No pair of UDP ports is left in media.ports for another leg.',
    remedy: 'Widen media.ports, or free the ports that other programs hold in that range.',
  },
  STORE_AWAY: {
    exitCode: 69,
    meaning: 'The database server of `store.url` does not answer, or does not let us in.',
    remedy:
      'Start the server, or correct `store` in the configuration; `pg_isready` says whether it takes connections.',
  },
  SIMULATOR_FAILED: {
    exitCode: 69,
    meaning: 'The simulated networks did not start, or ended by themselves.',
    remedy: "Read the simulator's lines above; free its ports, or start with --no-simulator.",
  },
  STOP_TIMED_OUT: {
    exitCode: 75,
    meaning: 'The gateway was asked to stop and did not finish within its time; what was left was cut.',
    remedy: 'Nothing is owed; if it happens again report it with the log.',
  },
  INTERNAL: {
    exitCode: 70,
    meaning: 'A fault of the gateway itself.',
    remedy: 'Restart it (a supervisor does) and report it with the log.',
  },
} as const satisfies Record<string, { exitCode: number; meaning: string; remedy: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error that ends a command or the gateway unless somebody acts. Its message names the thing, never a secret. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;

  /** `message` says what and where; meaning and remedy come from the catalogue. `cause` keeps the first error. */
  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }

  get exitCode(): number {
    return errorCatalogue[this.code].exitCode;
  }

  get remedy(): string {
    return errorCatalogue[this.code].remedy;
  }
}

/** The catalogue as a Markdown table, for docs/operations.md. */
export function describeErrors(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { exitCode, meaning, remedy }]) => `| \`${code}\` | ${exitCode} | ${meaning} | ${remedy} |\n`,
  );
  return `| Code | Exit | Meaning | Remedy |\n|---|---|---|---|\n${rows.join('')}`;
}

/** The system's code of a failed call, such as EADDRINUSE; undefined for any other value. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Turns a failed listen() into the error that names the address and its remedy. */
export function listenError(what: string, host: string, port: number, cause: unknown): GatewayError {
  const place = `${what} on ${host.includes(':') ? `[${host}]` : host}:${port}`;
  switch (systemCode(cause)) {
    case 'EADDRINUSE':
      return new GatewayError('PORT_IN_USE', `${place}: the port is in use${byWhom(port)}`, cause);
    case 'EADDRNOTAVAIL':
      return new GatewayError('ADDRESS_NOT_AVAILABLE', `${place}: not an address of this machine`, cause);
    case 'EACCES':
      return new GatewayError('ADDRESS_NOT_AVAILABLE', `${place}: ports below 1024 need a privilege`, cause);
    default:
      return new GatewayError('INTERNAL', `${place}: cannot listen`, cause);
  }
}

function byWhom(port: number): string {
  const holder = portHolder(port);
  return holder === undefined ? '' : ` by process ${holder.pid} (${holder.program})`;
}
