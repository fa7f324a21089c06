#!/usr/bin/env node
/** The command line of the gateway: `escaut start`, `validate`, `status`, `audit`, `export`, `backup`, `restore`, `verify`, `fleet`, `report`, `retention`, `user`, `schema`, `config-docs`, `conformance`. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { errorCatalogue, systemCode } from './base/errors.ts';
import { type Command, helpText, readCommandLine } from './command-line.ts';
import { describeConfig } from './config/describe.ts';
import { jsonSchema, loadConfig, shownAs } from './config/load.ts';
import { formatProblem } from './config/problems.ts';
import type { Config } from './config/schema.ts';
import type { ExportPorts } from './export-command.ts';
import type { ExportFault } from './operations/export-fault.ts';
import { fail, runGateway } from './start.ts';

async function main(args: readonly string[]): Promise<void> {
  const reading = readCommandLine(args);
  if (!reading.ok) {
    const { exitCode, remedy } = errorCatalogue.USAGE;
    process.stderr.write(`escaut: ${reading.mistake}\nUSAGE: ${remedy}\n`);
    process.exitCode = exitCode;
    return;
  }
  try {
    await perform(reading.command);
  } catch (error) {
    process.exitCode = fail(error);
  }
}

async function perform(command: Command): Promise<void> {
  switch (command.name) {
    case 'help':
      return say(helpText());
    case 'version':
      return say(version());
    case 'schema':
      return say(JSON.stringify(jsonSchema(), undefined, 2));
    case 'config-docs':
      return say(describeConfig(jsonSchema()).trimEnd());
    case 'validate': {
      const { config, file, warnings } = loadConfig({
        ...surroundings(command.config),
        secretsRequired: command.secretsRequired,
      });
      for (const warning of warnings) process.stderr.write(`${formatProblem(warning)}\n`);
      return say(`${shownAs(file, process.cwd())}: valid: ${summary(config)}`);
    }
    case 'fleet':
      return editFleet(command);
    case 'report':
      return showReport(command);
    case 'retention':
      return seeToRetention(command);
    case 'status':
      return showStatus(command);
    case 'proof':
      return showProof(command);
    case 'audit':
      return showAudit(command);
    case 'export':
      return exportPackage(command);
    case 'backup':
    case 'restore':
      return copyAll(command);
    case 'verify': {
      const { verifyCommand } = await import('./evidence/verify.mjs');
      process.exitCode = verifyCommand(command.path, command.fingerprint, say);
      return;
    }
    case 'token':
      return seeToTokens(command);
    case 'user':
      return showUsers(command);
    case 'conformance':
      return tryAgent(command);
    case 'start':
      // Only here is the gateway itself loaded: the other commands need neither mediasoup nor opus.
      return runGateway(loadConfig(surroundings(command.config)), command, version(), async () => {
        const { startGateway } = await import('./gateway/gateway.ts');
        return startGateway;
      });
  }
}

async function showAudit(command: Extract<Command, { name: 'audit' }>): Promise<void> {
  const { auditLines, auditVerdict, searchAudit } = await import('./audit-command.ts');
  const { config } = loadConfig({ ...surroundings(command.config), secretsRequired: false });
  if (command.verify) {
    const { isWhole, words } = await auditVerdict(config);
    say(words);
    process.exitCode = isWhole ? 0 : 1;
    return;
  }
  // Whoever reads has enough: `escaut audit | head`. A gateway that runs goes on without a reader (base/logger.ts).
  process.stdout.on('error', () => process.exit());
  const { by } = command;
  if (by === undefined) {
    for await (const line of auditLines(config, command)) say(line);
    return;
  }
  await withoutProblem(async () => {
    const { refusal, entries, outsideLaw } = await searchAudit(config, { ...command, by }, () => Date.now());
    if (refusal !== '') say(refusal);
    for (const line of entries) say(line);
    // Beside the lines, which programs read.
    if (outsideLaw > 0) process.stderr.write(`${outsideLaw} more are about groups of another country's law\n`);
    return refusal === '';
  });
}

async function exportPackage(command: Extract<Command, { name: 'export' }>): Promise<void> {
  const { exportIncident, faultOf } = await import('./export-command.ts');
  const { config } = loadConfig({ ...surroundings(command.config), secretsRequired: false });
  let fault: ExportFault | undefined;
  try {
    await withoutProblem(async () => {
      const ports = await exportPorts(config, command.out);
      const result = await exportIncident(config, command, () => Date.now(), ports).catch((error: unknown) => {
        fault = faultOf(error);
        throw error;
      });
      if (result.made !== undefined) process.send?.({ made: result.made });
      if (result.isDone) say(result.words);
      else process.stderr.write(`${result.words}\n`); // the gateway heeds that alone
      fault = result.fault;
      return result.isDone;
    });
  } finally {
    if (fault !== undefined) await sayFault(fault, config.people.find(({ id }) => id === command.by)?.language ?? 'en');
    process.removeAllListeners('disconnect');
    if (process.connected) process.disconnect();
  }
}

/** By its code to the gateway, which tells both persons; else to whoever stands here, with what is to be done. */
async function sayFault(fault: ExportFault, language: Config['people'][number]['language']): Promise<void> {
  if (process.send !== undefined) {
    process.send({ fault });
    return;
  }
  const { exportFaultWords } = await import('./operations/export-fault-words.ts');
  process.stderr.write(`${fault}: ${exportFaultWords(fault, language)}\n`);
}

/** Where the gateway builds a package for two persons at consoles it is told how that goes, and keeps it as it keeps recordings. */
async function exportPorts({ recording }: Config, out: string): Promise<Partial<ExportPorts>> {
  if (process.send === undefined) return {};
  const { sealedWriter } = await import('./store/kept-package.ts');
  const { recordingMasters } = await import('./config/recording-schema.ts');
  const gateway = process.ppid;
  const end = () => process.exit(1); // the next gateway makes it again
  process.once('disconnect', end);
  return {
    writer: sealedWriter(out, recordingMasters(recording)),
    onProgress: (done, all) => {
      if (process.ppid !== gateway) end(); // written in one go: no event comes between
      process.send?.({ done, all });
    },
  };
}

async function copyAll(command: Extract<Command, { name: 'backup' | 'restore' }>): Promise<void> {
  const { progressOn, runBackup, runRestore } = await import('./backup-command.ts');
  const around = { ...surroundings(command.config), secretsRequired: false };
  const loaded = loadConfig(around);
  const show = progressOn(process.stderr, () => performance.now());
  await withoutProblem(async () => {
    const run = command.name === 'backup' ? runBackup : runRestore;
    const { isDone, words } = await run({ ...around, file: loaded.file }, loaded, command, () => Date.now(), show);
    say(words);
    return isDone;
  });
}

/** Exit code 1 where it was not done; what whoever asked or the system has done wrong is told in words alone. */
async function withoutProblem(perform: () => Promise<boolean>): Promise<void> {
  const { CommandProblem } = await import('./command-log.ts');
  try {
    process.exitCode = (await perform()) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CommandProblem) && systemCode(error) === undefined) throw error;
    process.stderr.write(`escaut: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function showReport(command: Extract<Command, { name: 'report' }>): Promise<void> {
  const { reportText } = await import('./report-command.ts');
  const { config } = loadConfig({ ...surroundings(command.config), secretsRequired: false });
  await withoutProblem(async () => {
    say(await reportText(config, command, Date.now()));
    return true;
  });
}

async function seeToRetention(command: Extract<Command, { name: 'retention' }>): Promise<void> {
  const { runRetentionCommand } = await import('./retention-command.ts');
  const { config } = loadConfig({ ...surroundings(command.config), secretsRequired: false });
  await withoutProblem(async () => {
    const { isDone, words } = await runRetentionCommand(config, command, () => Date.now());
    say(words);
    return isDone;
  });
}

async function editFleet(command: Extract<Command, { name: 'fleet' }>): Promise<void> {
  const { runFleetCommand } = await import('./fleet-command.ts');
  const around = surroundings(command.config);
  const loaded = loadConfig({ ...around, secretsRequired: false });
  await withoutProblem(async () => {
    const { isDone, words } = await runFleetCommand(loaded, command, around, () => Date.now());
    say(words);
    return isDone;
  });
}

async function seeToTokens(command: Extract<Command, { name: 'token' }>): Promise<void> {
  const { runTokenCommand } = await import('./token-command.ts');
  const { config } = loadConfig({ ...surroundings(command.config), secretsRequired: false });
  await withoutProblem(async () => {
    const { isDone, words } = await runTokenCommand(config, command, () => Date.now());
    say(words);
    return isDone;
  });
}

async function showUsers(command: Extract<Command, { name: 'user' }>): Promise<void> {
  const { actOnUsers } = await import('./user-command.ts');
  const { config } = loadConfig({ ...surroundings(command.config), secretsRequired: false });
  try {
    for (const line of await actOnUsers(config, command, Date.now())) say(line);
  } catch (error) {
    process.stderr.write(`escaut: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function showStatus({ url, key, json }: Extract<Command, { name: 'status' }>): Promise<void> {
  const { fetchStatus, statusText } = await import('./status-command.ts');
  try {
    const report = await fetchStatus(url, key);
    say(json ? JSON.stringify(report, undefined, 2) : statusText(report, process.stdout.columns));
    process.exitCode = report.allUp ? 0 : 1;
  } catch (error) {
    process.stderr.write(`escaut: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function showProof(command: Extract<Command, { name: 'proof' }>): Promise<void> {
  const { proofOf, proofText, runProof } = await import('./proof-command.ts');
  try {
    const view = await runProof(command);
    const isCall = command.attachment !== undefined;
    say(command.json ? JSON.stringify(view, undefined, 2) : proofText(view, isCall));
    process.exitCode = proofOf(view, isCall)?.verdict === 'green' ? 0 : 1;
  } catch (error) {
    process.stderr.write(`escaut: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function tryAgent(command: Extract<Command, { name: 'conformance' }>): Promise<void> {
  const { conformanceLine, runLinkConformance } = await import('./conformance/link-conformance.ts');
  const results = await runLinkConformance(
    { ...command, talkWaitMs: 15_000 },
    (port) => say(`waiting for an agent on ${command.host}:${port} …`),
    (result) => say(conformanceLine(result)),
  );
  const failed = results.filter(({ result }) => result === 'fail').length;
  say(failed === 0 ? 'This agent conforms.' : `${failed} of ${results.length} checks failed.`);
  if (failed > 0) process.exitCode = 1;
}

function surroundings(file: string | undefined) {
  return { file, environment: process.env, workingFolder: process.cwd() };
}

function summary(config: Config): string {
  const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;
  const legs = config.sharedGroups.reduce((sum, { legs }) => sum + legs.length, 0);
  return [
    count(config.networks.length, 'network'),
    count(config.attachments.length, 'attachment'),
    count(config.talkgroups.length, 'talkgroup'),
    count(config.units.length, 'unit'),
    `${count(config.sharedGroups.length, 'shared group')} with ${count(legs, 'leg')}`,
  ].join(', ');
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main(process.argv.slice(2));
