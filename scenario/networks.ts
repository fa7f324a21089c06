/**
 * The simulated networks of a run: each attachment of the configuration has its far end, which speaks with the gateway as
 * that attachment does. Commanded live; whatever passes is recorded. Runs in a thread of its own (networks-thread.ts).
 */
import { SystemClock } from '../src/base/clock.ts';
import type { Attachment, Config } from '../src/config/schema.ts';
import { FarEnd, type FarEndSettings } from '../src/simulator/far-end.ts';
import type { ToldWord } from '../src/simulator/told-word.ts';
import { VoicePorts } from '../src/simulator/voice-ports.ts';
import { loopback } from '../test/interop/support/ports.ts';
import { utcMs } from './clock.ts';
import type { HeardPacket, ToldFact } from './facts.ts';
import type { Testbed } from './testbed.ts';

export interface NetworkPorts {
  /** SIP port by attachment. */
  readonly sip: ReadonlyMap<string, number>;
  readonly voice: { readonly from: number; readonly to: number };
}

/** A line under way on a simulated radio. */
export interface Speaking {
  readonly startMs: number;
  readonly lengthMs: number;
  /** Its first packet among those that were spoken on the talkgroup. */
  readonly firstPacket: number;
}

/** What passed, at the end of a run. */
export interface Passed {
  readonly heard: readonly HeardPacket[];
  readonly told: readonly ToldFact[];
  /** When packets of units left, by talkgroup. */
  readonly spoken: ReadonlyMap<string, readonly number[]>;
}

type Told = ToldFact extends infer Fact ? (Fact extends ToldFact ? Omit<Fact, 'atMs' | 'talkgroup'> : never) : never;

export class SimulatedNetworks {
  readonly #heard: HeardPacket[] = [];
  readonly #told: ToldFact[] = [];
  readonly #config: Config;
  readonly #testbed: Testbed;
  readonly #ports: NetworkPorts;
  readonly #clock = new SystemClock();
  readonly #voicePorts: VoicePorts;
  readonly #farEnds = new Map<string, FarEnd>();
  /** When packets of units left, by talkgroup. */
  readonly #spoken = new Map<string, number[]>();

  private constructor(config: Config, testbed: Testbed, ports: NetworkPorts) {
    this.#config = config;
    this.#testbed = testbed;
    this.#ports = ports;
    this.#voicePorts = new VoicePorts(ports.voice);
  }

  static async open(config: Config, testbed: Testbed, ports: NetworkPorts): Promise<SimulatedNetworks> {
    const networks = new SimulatedNetworks(config, testbed, ports);
    for (const { id } of config.attachments) await networks.start(id);
    return networks;
  }

  /** The far end of an attachment begins to answer. */
  async start(attachment: string): Promise<void> {
    const index = this.#config.attachments.findIndex(({ id }) => id === attachment);
    const at = this.#config.attachments[index];
    const port = this.#ports.sip.get(attachment);
    if (at === undefined || port === undefined || this.#farEnds.has(attachment)) return;
    const talkgroups = this.#config.talkgroups.filter(({ network }) => network === at.network);
    const telephones = this.#config.directLines.filter((line) => line.attachment === attachment);
    const numbers = [...talkgroups, ...telephones].map(({ number }) => number);
    const settings: FarEndSettings = {
      network: at.network,
      host: loopback,
      port,
      setUpMs: this.#testbed.networks[at.network]?.setUpMs ?? 0,
      jitterMs: 0,
      lossPercent: 0,
      numbers,
      seed: 1,
      index,
      tap: (number) => this.#tap(attachment, at.network, number),
      ...speechOf(at),
    };
    const farEnd = new FarEnd(settings, this.#clock, this.#voicePorts);
    await farEnd.open();
    this.#farEnds.set(attachment, farEnd);
  }

  /** It is cut off: no packet of it arrives any more, and none that is sent to it. */
  cut(attachment: string): void {
    const farEnd = this.#farEnds.get(attachment);
    this.#farEnds.delete(attachment);
    farEnd?.fallSilent();
  }

  /** A unit says this (A-law) on its talkgroup. Undefined when the gateway has no call there: then only its own network hears it. */
  speak(talkgroup: string, address: string, alaw: Uint8Array): Speaking | undefined {
    const place = this.#placeOf(talkgroup);
    if (place === undefined) return undefined;
    const spoken = this.#spokenOn(talkgroup);
    const firstPacket = spoken.length;
    const startMs = utcMs();
    const lengthMs = place.farEnd.speak(place.number, address, alaw);
    if (lengthMs === 0) return undefined;
    return { startMs, lengthMs, firstPacket };
  }

  /** A unit says something beside voice; false when no bridge is there to hand it on. */
  tell(talkgroup: string, address: string, word: ToldWord): boolean {
    const place = this.#placeOf(talkgroup);
    place?.farEnd.tell(place.number, address, word);
    return place !== undefined;
  }

  pressEmergency(talkgroup: string): boolean {
    const place = this.#placeOf(talkgroup);
    place?.farEnd.pressEmergency(place.number);
    return place !== undefined;
  }

  passed(): Passed {
    return { heard: this.#heard, told: this.#told, spoken: this.#spoken };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#farEnds.values()].map((farEnd) => farEnd.close()));
  }

  #placeOf(talkgroup: string): { readonly farEnd: FarEnd; readonly number: string } | undefined {
    const at = this.#config.talkgroups.find(({ id }) => id === talkgroup);
    if (at === undefined) return undefined;
    const carriers = this.#config.attachments.filter(({ network }) => network === at.network);
    const farEnd = carriers.map(({ id }) => this.#farEnds.get(id)).find((each) => each?.hasCall(at.number));
    return farEnd === undefined ? undefined : { farEnd, number: at.number };
  }

  #spokenOn(talkgroup: string): number[] {
    const known = this.#spoken.get(talkgroup);
    if (known !== undefined) return known;
    const fresh: number[] = [];
    this.#spoken.set(talkgroup, fresh);
    return fresh;
  }

  #tap(attachment: string, network: string, number: string): ReturnType<NonNullable<FarEndSettings['tap']>> {
    const { talkgroups, directLines } = this.#config;
    const place =
      talkgroups.find((each) => each.network === network && each.number === number) ??
      directLines.find((each) => each.attachment === attachment && each.number === number);
    const talkgroup = place?.id ?? '';
    const told = (what: Told) => this.#told.push({ atMs: utcMs(), talkgroup, ...what });
    return {
      heard: (alaw, timestamp, how) =>
        this.#heard.push({ atMs: utcMs(), talkgroup, attachment, timestamp, alaw, ...how }),
      spoke: () => this.#spokenOn(talkgroup).push(utcMs()),
      digit: (digit) => told({ name: 'digit', digit }),
      talker: (user) => told({ name: 'talker', user }),
      said: (contentType, body) => told({ name: 'said', contentType, body }),
    };
  }
}

/** What the far end has to speak, as its attachment does. */
function speechOf(
  attachment: Attachment,
): Pick<FarEndSettings, 'grantDigits' | 'emergencyDigit' | 'floorControl' | 'groundRadio'> {
  if (attachment.kind !== 'sip') {
    return { floorControl: attachment.kind === 'mcptt', groundRadio: attachment.kind === 'ed137' };
  }
  const { grant, keyIn } = attachment.sip;
  return {
    ...(grant.mode === 'telephone-event' && { grantDigits: grant }),
    ...(keyIn.emergency !== undefined && { emergencyDigit: keyIn.emergency }),
  };
}
