/**
 * The life of a running gateway as a process: start, signals, stop, faults.
 *
 *   SIGTERM or SIGINT   stop in order: far ends and consoles are told, then exit 0
 *   again               cut: exit 128 + the signal's number
 *   stopMsMax passed    cut: exit 75
 *   uncaught fault      one line, far ends and consoles are told for at most 1 s, exit 70: a supervisor restarts
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from './base/clock.ts';
import { GatewayError } from './base/errors.ts';
import { Events } from './base/events.ts';
import { createLog } from './base/logger.ts';
import { Meter } from './base/meter.ts';
import type { Command } from './command-line.ts';
import type { LoadedConfig } from './config/load.ts';
import { formatProblem } from './config/problems.ts';
import type { Config } from './config/schema.ts';
import type { RunningGateway, StartGateway } from './gateway/running-gateway.ts';
import { AuditLog, type AuditLogPorts } from './store/audit-log.ts';
import { databasePlace, unreadFiles } from './store/database-place.ts';
import { type AuditFault, alarmsOf, type EvidenceWaiting } from './store/evidence-alarms.ts';
import { type SigningKey, signingKey } from './store/signing-key.ts';

/** Time for an orderly stop: BYEs are answered within SIP's own timers, so what takes longer has hung. */
const stopMsMax = 10_000;
/** The last lines are worth a moment, but not a hung end. */
const flushMsMax = 500;
/** After a fault nothing is sure but that far ends and consoles should know; no transmitter waits longer for it. */
const tellMsMax = 1000;

type StartCommand = Extract<Command, { name: 'start' }>;

/** Starts the gateway and sees it through to its end. Resolves once it runs. */
export async function runGateway(
  loaded: LoadedConfig,
  command: StartCommand,
  version: string,
  loadGateway: () => Promise<StartGateway>,
): Promise<void> {
  const { config } = loaded;
  const clock = new SystemClock();
  const startedMs = clock.nowMs();
  const meter = new Meter();
  const { level, personalData, form } = config.logging;
  const terminal = form === 'terminal' || (form === 'auto' && process.stdout.isTTY);
  const log = createLog({
    level: command.logLevel ?? level,
    personalData,
    form: terminal ? 'terminal' : 'lines',
    onDrop: () => meter.add('log_lines_dropped_total', 1),
  });
  let running: RunningGateway | undefined;
  let auditFault: AuditFault | undefined;
  let evidence: EvidenceWaiting = { waiting: 0 };
  const key = signingKey(join(config.gateway.stateFolder, config.gateway.id, 'signing-key'));
  const alarms = () => alarmsOf(auditFault, key.fault);
  const audit = openAuditLog(config, key, meter, {
    clock,
    faulty: (fault) => {
      auditFault = fault;
      if (fault === undefined) events.audit.back();
      else events.audit.away(fault);
      running?.evidenceAlarms(alarms());
    },
    waiting: (lines) => {
      events.audit.waiting(lines);
      evidence = { ...evidence, waiting: lines };
      running?.evidence(evidence);
    },
    caughtUp: (lines) => {
      events.audit.caughtUp({ lines });
      evidence = { waiting: 0, caughtUp: { lines, utcMs: clock.utcMs() } };
      running?.evidence(evidence);
    },
    lost: () => meter.add('audit_lines_lost_total', 1),
    missing: (lines) => events.audit.linesMissing({ lines }),
  });
  const events = new Events(log.logger, meter, (...line) => audit.write(...line), clock);

  const leave = (exitCode: number): void => {
    Promise.all([log.flush(flushMsMax), audit.end()]).then(() => process.exit(exitCode));
  };
  let crashed = false;
  const crash = (err: unknown): void => {
    if (err instanceof GatewayError) events.gateway.failed({ code: err.code, reason: err.message, err: err.cause });
    else events.gateway.crashed({ err });
    if (crashed) return;
    crashed = true;
    // What was not foreseen may quote people's numbers; the log knows how to hide them, standard error does not.
    const exitCode = fail(
      err instanceof GatewayError ? err : new GatewayError('INTERNAL', 'a fault, in the log above', err),
    );
    clock.callAt(clock.nowMs() + tellMsMax, () => leave(exitCode));
    const told = running?.stop() ?? Promise.resolve();
    told.catch(() => undefined).then(() => leave(exitCode));
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  let stopping: string | undefined;
  const stop = async (reason: string, gateway: RunningGateway): Promise<void> => {
    const beganMs = clock.nowMs();
    clock.callAt(beganMs + stopMsMax, () => {
      leave(fail(new GatewayError('STOP_TIMED_OUT', `not stopped ${stopMsMax} ms after ${reason}`)));
    });
    events.gateway.stopping({ reason });
    await gateway.stop();
    if (crashed) return;
    events.gateway.stopped({ durationMs: Math.round(clock.nowMs() - beganMs) });
    leave(0);
  };
  const onSignal = (signal: 'SIGTERM' | 'SIGINT'): void => {
    if (stopping !== undefined) process.exit(128 + constants.signals[signal]);
    stopping = signal;
    if (running !== undefined) stop(signal, running).catch(crash);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);

  events.gateway.starting({
    gateway: config.gateway.id,
    version,
    config: loaded.file,
    fleetVersion: loaded.fleetVersion,
    node: process.version,
  });
  if (key.fault !== undefined) events.audit.keyNotKept({ reason: key.fault });
  for (const warning of loaded.warnings)
    events.gateway.configWarning({ path: warning.path, reason: formatProblem(warning) });
  for (const file of unreadFiles(config)) {
    events.gateway.configWarning({
      path: 'store.url',
      reason: `${file} is read no more: the server has what is kept now`,
    });
  }
  try {
    const startGateway = await loadGateway();
    running = await startGateway({
      config,
      configFile: loaded.file,
      fleet: { fileText: loaded.text, version: loaded.fleetVersion, workingFolder: process.cwd() },
      noSimulator: command.noSimulator || config.simulator?.enabled === false,
      clock,
      logger: log.logger,
      events,
      meter,
      version,
      onFailure: crash,
    });
  } catch (error) {
    crash(error);
    return;
  }
  running.evidenceAlarms(alarms());
  running.evidence(evidence);
  // A signal that came while it started is obeyed as soon as there is something to stop.
  if (stopping !== undefined) return stop(stopping, running);
  events.gateway.started({
    startedInMs: Math.round(clock.nowMs() - startedMs),
    groups: config.sharedGroups.length,
    legs: config.sharedGroups.reduce((sum, group) => sum + group.legs.length, 0),
  });
  // Not through the log: the link carries a token that lets its finder in.
  const links = running.consoleLinks.map(({ url, who }) => `  Console${who === '' ? '' : ` of ${who}`}: ${url}\n`);
  process.stderr.write(`\n${links.join('')}\n`);
}

/** Everything that `events` says from the first line on. */
function openAuditLog(config: Config, { privateKey }: SigningKey, meter: Meter, ports: AuditLogPorts): AuditLog {
  const { id, stateFolder } = config.gateway;
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  meter.set('audit_store_up', 1);
  meter.set('audit_lines_waiting', 0);
  meter.set('signing_key_kept', 1);
  return new AuditLog(
    {
      gateway: id,
      run: randomBytes(8).toString('hex'),
      database: databasePlace(config, 'audit'),
      spool: join(stateFolder, id, 'audit-spool.jsonl'),
      key,
    },
    ports,
  );
}

/** Says what went wrong and what to do about it; returns the exit code. */
export function fail(error: unknown): number {
  const known = error instanceof GatewayError ? error : new GatewayError('INTERNAL', wordOf(error), error);
  process.stderr.write(`escaut: ${known.message}\n${known.code}: ${known.remedy}\n`);
  return known.exitCode;
}

function wordOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
