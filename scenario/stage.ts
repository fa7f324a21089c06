/** Where a scenario is played: the gateway as a process of its own, its simulated networks, the persons' consoles. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../src/config/load.ts';
import type { Config } from '../src/config/schema.ts';
import { frameRateHz } from '../src/media/frame.ts';
import { resample } from '../src/media/wav.ts';
import { wordingOf } from '../src/operations/announcement-text.ts';
import { AnnouncementVoice } from '../src/speech/announcement-voice.ts';
import { Chrony, hasChrony } from '../test/interop/support/chrony.ts';
import { Gateway, type GatewayPorts } from '../test/interop/support/gateway.ts';
import { freeBlock, loopback } from '../test/interop/support/ports.ts';
import type { Sound } from '../test/interop/support/wav.ts';
import { actions } from './actions.ts';
import { Consoles, type Desk } from './consoles.ts';
import { EvidenceDesk } from './evidence.ts';
import type { SearchedFact } from './facts.ts';
import { HitSources } from './hits.ts';
import { NetworksThread } from './networks-thread.ts';
import { calledBy, lineOf } from './plan-groups.ts';
import type { Language, Scenario } from './scenario-file.ts';
import { readTestbed, type Testbed } from './testbed.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'config/scenarios');
const borderFile = join(folder, 'border.yaml');
const voicePorts = 160;
const fastStableMs = 10_000;
const fastCommand = ['espeak-ng', '-v', '{voice}', '-s', '330', '--stdin', '--stdout'];

export interface StageOptions {
  readonly scenario: Scenario;
  /** Announcements are spoken faster, and what waits by the clock waits less. */
  readonly fast: boolean;
  readonly watched: boolean;
}

type Document = Readonly<Record<string, unknown>>;

export class Stage {
  readonly config: Config;
  readonly testbed: Testbed;
  readonly gateway: Gateway;
  readonly networks: NetworksThread;
  readonly consoles: Consoles;
  readonly hitSources: HitSources;
  /** The time server that this site's clock is measured against, where there is one. */
  readonly chrony: Chrony | undefined;
  readonly evidence: EvidenceDesk;
  /** How long a repaired attachment must have worked before legs return to it. */
  readonly stableMs: number;
  /** What this run has otherwise than the customer's configuration, for the report. */
  readonly changes: readonly string[];

  readonly #voice: AnnouncementVoice;

  private constructor(
    config: Config,
    testbed: Testbed,
    parts: Pick<Stage, 'gateway' | 'networks' | 'consoles' | 'hitSources' | 'chrony'>,
    changes: readonly string[],
    fast: boolean,
  ) {
    this.config = config;
    this.testbed = testbed;
    this.gateway = parts.gateway;
    this.networks = parts.networks;
    this.consoles = parts.consoles;
    this.hitSources = parts.hitSources;
    this.chrony = parts.chrony;
    this.evidence = new EvidenceDesk(parts.gateway);
    this.changes = changes;
    this.stableMs = fast ? fastStableMs : config.failover.returnAfterMs;
    const { voices } = config.announcements;
    const command = fast ? fastCommand : config.announcements.command;
    this.#voice = new AnnouncementVoice({
      ...{ command, voices, timeoutMs: 10_000 },
      cacheFolder: undefined,
      recordings: undefined,
    });
  }

  static async set(options: StageOptions): Promise<Stage> {
    const { config } = loadConfig({ file: borderFile, environment: {}, workingFolder: root });
    const testbed = readTestbed(parse(readFileSync(join(folder, 'testbed.yaml'), 'utf8')));
    const ports = await portsOfGateway();
    const block = await freeBlock(config.attachments.length + voicePorts);
    const sip = new Map(config.attachments.map(({ id }, index) => [id, block + index]));
    const voice = { from: block + config.attachments.length, to: block + config.attachments.length + voicePorts - 1 };
    const hitSources = new HitSources(testbed);
    const border = { ...parse(readFileSync(borderFile, 'utf8')), hits: { sources: hitSources.configured } };
    const { world, changes } = worldOf(border, { ports, sip, options });
    const networks = await NetworksThread.open(config, testbed, { sip, voice });
    const chrony = hasChrony ? await Chrony.start(1).catch(() => undefined) : undefined; // then nothing is measured
    const clock = chrony === undefined ? {} : { clock: { servers: [chrony.address] } };
    let gateway: Gateway | undefined;
    let consoles: Consoles | undefined;
    try {
      gateway = await Gateway.start(ports, { ...world, ...clock }, hitSources.environment);
      consoles = await Consoles.open(options.watched);
      const stage = new Stage(
        config,
        testbed,
        { gateway, networks, consoles, hitSources, chrony },
        changes,
        options.fast,
      );
      await gateway.legsUp(stage.legsAtStart(options.scenario), 40_000);
      await Promise.all(personsOf(options.scenario, testbed, config).map((person) => stage.#seat(person)));
      return stage;
    } catch (error) {
      await consoles?.close();
      await gateway?.kill();
      await chrony?.stop();
      await networks.close();
      throw error;
    }
  }

  /** Legs of the groups that are open from the start. */
  legsAtStart({ start_state }: Scenario): readonly string[] {
    const open = new Set([...start_state.permanent, ...start_state.bridges]);
    return this.config.sharedGroups
      .filter(({ id }) => open.has(id))
      .flatMap(({ id, legs }) => legs.map(({ talkgroup }) => `${id}/${talkgroup}`));
  }

  /** As the gateway's own program says it, at 8 kHz; silence where there is no such program. */
  async spoken(text: string, language: Language): Promise<Sound> {
    const { spoken } = wordingOf({ id: 'any', fr: text, nl: text, en: text, de: text }, language, {});
    const made = await this.#voice.speak(spoken, language);
    const samples = made.ok ? resample(made.samples, frameRateHz, 8000) : new Float32Array(8000);
    return { rateHz: 8000, samples };
  }

  /** Looks for the plates in all that the gateway has written. */
  searchedForPlates(): SearchedFact {
    const { files, output } = this.gateway.written;
    const texts = [...files, output];
    return {
      files: files.length,
      bytes: texts.reduce((sum, { length }) => sum + length, 0),
      found: [...new Set(texts.flatMap((text) => this.platesIn(text)))],
    };
  }

  /** However they are parted. */
  platesIn(text: string): readonly string[] {
    const letters = bare(text);
    return Object.values(this.testbed.plates).filter((plate) => letters.includes(bare(plate)));
  }

  async clear(): Promise<void> {
    this.evidence.close();
    await this.consoles.close();
    await this.gateway.stop();
    await this.gateway.kill();
    await this.chrony?.stop();
    await this.networks.close();
  }

  async #seat(person: string): Promise<Desk> {
    const who = this.config.people.find(({ id }) => id === person);
    if (who === undefined) throw new Error(`${person} is not among the people of the configuration`);
    const { display, role, language } = who;
    const printed = `Console of ${display} (${role}): `;
    const at = this.gateway.output.lastIndexOf(printed);
    const link = /^\S+/.exec(this.gateway.output.slice(at + printed.length))?.[0] ?? '';
    return this.consoles.seat(person, link, language);
  }
}

const mediaPorts = 180;
const webrtcPorts = 60;

async function portsOfGateway(): Promise<GatewayPorts> {
  const first = await freeBlock(10 + mediaPorts + webrtcPorts);
  const mediaFrom = first + 10;
  const webrtcFrom = mediaFrom + mediaPorts;
  return {
    ...{ sip: first, http: first + 2, mediaFrom, mediaTo: webrtcFrom - 1 },
    ...{ webrtcFrom, webrtcTo: webrtcFrom + webrtcPorts - 1 },
  };
}

/** Letters and digits alone. */
function bare(text: string): string {
  return text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
}

/** Who needs a console: whoever does something on one that it can do, or speaks there. */
function personsOf({ scenario, steps }: Scenario, { watchers }: Testbed, config: Config): readonly string[] {
  const persons = steps.flatMap((step) => {
    if (step.do === 'ui') return step.action in actions ? [step.by] : [];
    if (step.do === 'call' || step.do === 'intercom') {
      if (lineOf(step, config) !== undefined) return [step.by];
      const called = calledBy(step, config);
      return called === undefined ? [] : [step.by, called.id];
    }
    return step.do === 'say' && step.tg.endsWith('@console') ? [step.by] : [];
  });
  return [...new Set([...persons, ...(watchers[scenario] ?? [])])];
}

interface Places {
  readonly ports: GatewayPorts;
  readonly sip: ReadonlyMap<string, number>;
  readonly options: StageOptions;
}

/** The customer's configuration with the ports of this run, and what a fast run shortens. */
function worldOf(
  border: Document,
  { ports, sip, options }: Places,
): { readonly world: Document; readonly changes: readonly string[] } {
  const { scenario, fast } = options;
  const changes: string[] = [];
  const attachments = listOf(border.attachments).map((attachment) => {
    const kind = String(attachment.kind);
    const settings = attachment[kind] as Document;
    return { ...attachment, [kind]: { ...settings, peer: `sip:${loopback}:${sip.get(String(attachment.id))}` } };
  });
  const open = new Set(scenario.start_state.bridges);
  const sharedGroups = listOf(border.sharedGroups).map((group) => {
    if (!open.has(String(group.id)) || group.mode === 'permanent') return group;
    changes.push(`${group.id} is open from the start: its mode is permanent in this run.`);
    return { ...group, mode: 'permanent' };
  });
  if (fast) {
    changes.push('Announcements are spoken at 330 words a minute in place of 150.');
    changes.push('Legs return to a repaired attachment after 10 s in place of 60.');
  }
  const faster = fast ? { announcements: { command: fastCommand }, failover: { returnAfterMs: fastStableMs } } : {};
  const listen = { host: loopback, port: ports.http };
  return {
    world: {
      ...border,
      ...faster,
      attachments,
      sharedGroups,
      console: { listen, sessionsMax: Math.floor(webrtcPorts / 2) },
      sip: { listen: ['udp', 'tcp'].map((transport) => ({ transport, host: loopback, port: ports.sip })) },
    },
    changes,
  };
}

function listOf(value: unknown): readonly Document[] {
  return Array.isArray(value) ? (value as readonly Document[]) : [];
}
