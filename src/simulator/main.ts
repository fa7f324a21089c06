/**
 * The simulated networks as a program of their own: `node src/simulator/main.ts --config FILE`. It speaks SIP and RTP
 * with the gateway like any bridge, and plays the scenario that the configuration names. Ends on SIGTERM, SIGINT, or
 * when the process that started it is gone.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { SystemClock } from '../base/clock.ts';
import { SeededRandom } from '../base/random.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { FarEnd } from './far-end.ts';
import { readScenario, type SayStep, ScenarioPlayer } from './scenario.ts';
import { readAlawWav } from './wav.ts';

const { values } = parseArgs({ options: { config: { type: 'string' }, seed: { type: 'string', default: '1' } } });
const clock = new SystemClock();
const { config } = loadConfig({ file: values.config, environment: process.env, workingFolder: process.cwd() });
const farEnds = new Map<string, FarEnd>();
let player: ScenarioPlayer | undefined;

/** Digits of the network's attachment that waits for them, so that configuration and far end agree. */
function grantDigitsOf(network: string, { attachments }: Config): { granted: string; denied: string } | undefined {
  for (const attachment of attachments) {
    if (attachment.network !== network || attachment.kind !== 'sip') continue;
    const { grant } = attachment.sip;
    if (grant.mode === 'telephone-event') return { granted: grant.granted, denied: grant.denied };
  }
  return undefined;
}

async function open(): Promise<void> {
  const { simulator } = config;
  if (simulator === undefined) return;
  const random = new SeededRandom(Number(values.seed));
  for (const network of simulator.networks) {
    const numbers = config.talkgroups.filter((each) => each.network === network.network).map(({ number }) => number);
    const grantDigits = grantDigitsOf(network.network, config);
    const settings = { ...network, numbers };
    const farEnd = new FarEnd(grantDigits === undefined ? settings : { ...settings, grantDigits }, clock, random);
    await farEnd.open();
    farEnds.set(network.network, farEnd);
  }
  if (simulator.scenario !== undefined) play(simulator.scenario);
}

function play(file: string): void {
  const scenario = readScenario(parse(readFileSync(file, 'utf8')));
  const speech = new Map<string, Uint8Array>();
  for (const { speech: name } of scenario.steps) {
    const reading = readAlawWav(readFileSync(join(import.meta.dirname, '../../config/demo-speech', name)));
    if (!reading.ok) throw new Error(`${name}: ${reading.malformed}`);
    speech.set(name, reading.alaw);
  }
  player = new ScenarioPlayer(scenario, clock, (step) => say(step, speech.get(step.speech) ?? new Uint8Array(0)));
  player.start();
}

function say(step: SayStep, alaw: Uint8Array): number {
  const talkgroup = config.talkgroups.find(({ id }) => id === step.talkgroup);
  const unit = config.units.find(({ id }) => id === step.unit);
  const farEnd = farEnds.get(talkgroup?.network ?? '');
  if (talkgroup === undefined || unit === undefined || farEnd === undefined) {
    throw new Error(`scenario: ${step.unit} on ${step.talkgroup} is not in the configuration`);
  }
  return farEnd.speak(talkgroup.number, unit.address, alaw);
}

async function close(): Promise<void> {
  player?.stop();
  await Promise.all([...farEnds.values()].map((farEnd) => farEnd.close()));
  process.exit(0);
}

process.once('SIGTERM', () => void close());
process.once('SIGINT', () => void close());
process.once('disconnect', () => void close());
await open();
process.send?.('ready');
