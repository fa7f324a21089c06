#!/usr/bin/env node
/**
 * What package.json's scripts call: sets up whatever is missing, then runs the command under Node 24.
 *
 * Starts under any Node from 18 on and needs no package, since it is what brings them.
 */
import { COMMANDS } from './commands.mjs';
import { SetupError, say } from './setup/report.mjs';
import { setUp } from './setup/setup.mjs';

const NODE_MAJOR_MIN = 18;

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  say(`Escaut's set-up needs Node ${NODE_MAJOR_MIN} or newer to start with; this is ${process.versions.node}.`);
  process.exitCode = 69;
} else if (command === undefined) {
  const lines = Object.entries(COMMANDS).map(([word, { help }]) => `  npm run ${word.padEnd(8)} ${help}`);
  say(`Usage: npm run <command> [-- arguments]\n\n${lines.join('\n')}`);
  process.exitCode = 64;
} else {
  try {
    const node = await setUp({ tests: command.tests || (name === 'setup' && args.includes('--tests')) });
    process.exitCode = await command.run(node, args);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`\n${error.message}\n${error.remedy === undefined ? '' : `\n  ${error.remedy}\n`}`);
    process.exitCode = 1;
  }
}
