/**
 * The simulated networks as a program of their own: `node src/simulator/main.ts --config FILE`. It speaks with
 * the gateway like any bridge, as its attachment has it, and plays the scenario that the configuration names.
 *
 * Started by the gateway it ends when that says `stop` or is gone, and says what it heard; by hand it ends on a signal.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { SystemClock } from '../base/clock.ts';
import { GatewayError, listenError } from '../base/errors.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { FarEnd, type FarEndSettings } from './far-end.ts';
import { LinkFarEnd } from './link-far-end.ts';
import type { PlayedNetwork } from './played-network.ts';
import { readScenario, type SayStep, ScenarioPlayer, type Step } from './scenario.ts';
import { StaticFarEnd } from './static-far-end.ts';
import { staticFarEndOf } from './static-places.ts';
import type { ToldWord } from './told-word.ts';
import { VoicePorts } from './voice-ports.ts';
import { readAlawWav } from './wav.ts';

const { values } = parseArgs({ options: { config: { type: 'string' } } });
const clock = new SystemClock();
const { config } = loadConfig({ file: values.config, environment: process.env, workingFolder: process.cwd() });
const farEnds = new Map<string, PlayedNetwork>();
let player: ScenarioPlayer | undefined;
let closing = false;

/** What the far end has to speak: as the network's attachment does, so that configuration and far end agree. */
function speechOf(
  network: string,
  { attachments }: Config,
): Pick<FarEndSettings, 'grantDigits' | 'keyDigits' | 'floorControl' | 'groundRadio'> {
  const own = attachments.flatMap((each) => (each.kind === 'sip' && each.network === network ? [each.sip] : []));
  const speaks = (kind: string) =>
    attachments.some((each) => each.kind === kind && each.network === network && each.enabled);
  const grant = own.map((sip) => sip.grant).find(({ mode }) => mode === 'telephone-event');
  const keyOut = own.map((sip) => sip.keyOut).find(({ mode }) => mode === 'telephone-event');
  return {
    ...(grant?.mode === 'telephone-event' ? { grantDigits: grant } : {}),
    ...(keyOut?.mode === 'telephone-event' ? { keyDigits: keyOut } : {}),
    floorControl: speaks('mcptt'),
    groundRadio: speaks('ed137'),
  };
}

async function open(): Promise<void> {
  const { simulator } = config;
  if (simulator === undefined) return;
  const { seed } = simulator;
  const ports = new VoicePorts(simulator.ports);
  for (const [index, network] of simulator.networks.entries()) {
    const numbers = config.talkgroups.filter((each) => each.network === network.network).map(({ number }) => number);
    farEnds.set(network.network, await openFarEnd(network, { numbers, seed, index }, ports));
  }
  if (simulator.scenario !== undefined) play(simulator.scenario);
}

type Played = NonNullable<Config['simulator']>['networks'][number];
type Chances = Pick<FarEndSettings, 'numbers' | 'seed' | 'index'>;

async function openFarEnd(played: Played, chances: Chances, ports: VoicePorts): Promise<PlayedNetwork> {
  const { network, host, port } = played;
  const refused = (error: unknown): never => {
    throw listenError(`simulated network ${network}`, host, port ?? 0, error);
  };
  const linked = config.attachments.find((each) => each.kind === 'link' && each.network === network && each.enabled);
  if (port === undefined && linked?.kind === 'link') {
    const { listen, agent, token } = linked.link;
    const farEnd = new LinkFarEnd(
      { ...played, ...chances, ...listen, agent, token: token?.reveal() ?? '' },
      clock,
      ports,
    );
    farEnd.open();
    return farEnd;
  }
  if (port === undefined) {
    const settings = staticFarEndOf(network, config);
    return StaticFarEnd.open({ ...played, ...chances, ...settings }, clock).catch(refused);
  }
  const farEnd = new FarEnd({ ...played, port, ...speechOf(network, config), ...chances }, clock, ports);
  await farEnd.open().catch(refused);
  return farEnd;
}

/** Everything that the scenario names is looked up before it begins. */
function play(file: string): void {
  const scenario = readScenario(parse(readFileSync(file, 'utf8')));
  const acts = new Map(scenario.steps.map((step) => [step, actOf(step)]));
  player = new ScenarioPlayer(scenario, clock, (step) => acts.get(step)?.() ?? 0);
  player.start();
}

function actOf(step: Step): () => number {
  const talkgroup = config.talkgroups.find(({ id }) => id === step.talkgroup);
  const address = step.address ?? config.units.find(({ id }) => id === step.unit)?.address;
  const farEnd = farEnds.get(talkgroup?.network ?? '');
  if (talkgroup === undefined || address === undefined || farEnd === undefined) {
    throw new Error(`scenario: ${step.unit ?? step.address} on ${step.talkgroup} is not in the configuration`);
  }
  if (step.do !== 'say') {
    const word = wordOf(step, talkgroup.network);
    return () => {
      farEnd.tell?.(talkgroup.number, address, word);
      return 0;
    };
  }
  const reading = readAlawWav(readFileSync(join(import.meta.dirname, '../../config/demo-speech', step.speech)));
  if (!reading.ok) throw new Error(`${step.speech}: ${reading.malformed}`);
  return () => farEnd.speak(talkgroup.number, address, reading.alaw);
}

function wordOf(step: Exclude<Step, SayStep>, network: string): ToldWord {
  switch (step.do) {
    case 'status':
      return { name: 'status', code: step.code };
    case 'text':
      return { name: 'text', text: step.text };
    case 'position':
      return { name: 'position', latitudeDeg: step.latitudeDeg, longitudeDeg: step.longitudeDeg };
    case 'alarm': {
      if (step.raised) return { name: 'alarm' };
      const over = config.statuses.find(({ alarm }) => alarm === 'over');
      if (over === undefined)
        throw new Error('scenario: no status of the configuration stands for the end of an alarm');
      return { name: 'status', code: over.numbers.find((each) => each.network === network)?.number ?? over.code };
    }
  }
}

async function close(): Promise<void> {
  if (closing) return;
  closing = true;
  player?.stop();
  await Promise.all([...farEnds.values()].map((farEnd) => farEnd.close()));
  const heard = [...farEnds.values()].map((farEnd) => farEnd.heard);
  const report = {
    carriedMs: heard.reduce((sum, { carriedMs }) => sum + carriedMs, 0),
    cutMs: heard.reduce((sum, { cutMs }) => sum + cutMs, 0),
  };
  if (process.connected) process.send?.(report, undefined, undefined, () => process.exit(0));
  else process.exit(0);
}

// A signal to the whole process group is the gateway's affair: it hangs up, then ends us.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.connected || void close());
process.once('message', () => void close());
process.once('disconnect', () => void close());
try {
  await open();
  process.send?.('ready');
} catch (error) {
  if (!(error instanceof GatewayError)) throw error;
  process.stderr.write(`escaut: ${error.message}\n`);
  process.exit(error.exitCode);
}
