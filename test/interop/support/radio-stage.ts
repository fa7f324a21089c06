/**
 * The stage for tests with radio boxes: the running gateway, the boxes around it, and the wire between them.
 *
 *   xb-trio   a b c   the gateway calls the boxes
 *   xb-duo    d e     the boxes call the gateway: d shows its password when it calls, e registers first
 *   xb-slow   f g     g's network needs 500 ms before it can be talked to
 */
import { boxPortBlock, boxPorts, RadioBox } from './baresip.ts';
import { Capture, type PortRange, type WireSound, wireSound } from './capture.ts';
import { Gateway, type GatewayPorts, gatewayPorts } from './gateway.ts';
import { loopback } from './ports.ts';
import { compareSpeech } from './speech-compare.ts';
import { until } from './until.ts';
import type { Sound } from './wav.ts';

export const boxNames = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;
export type BoxName = (typeof boxNames)[number];

interface Cast {
  readonly group: string;
  readonly network: 'astrid' | 'inpt' | 'rubis';
  /** Number of the talkgroup. */
  readonly number: string;
}

const cast: Readonly<Record<BoxName, Cast>> = {
  a: { group: 'xb-trio', network: 'astrid', number: '5300110' },
  b: { group: 'xb-trio', network: 'inpt', number: '590-911' },
  c: { group: 'xb-trio', network: 'rubis', number: '59-900' },
  d: { group: 'xb-duo', network: 'astrid', number: '5990001' },
  e: { group: 'xb-duo', network: 'inpt', number: '590-900' },
  f: { group: 'xb-slow', network: 'astrid', number: '5990021' },
  g: { group: 'xb-slow', network: 'rubis', number: '59-921' },
};
const passwords: Partial<Record<BoxName, string>> = { d: 'dorn-1k', e: 'escaut-7' };

export interface WireDelay {
  /** Median of all windows of speech, of the first ten and the last ten; ms. */
  readonly all: number;
  readonly first: number;
  readonly last: number;
  /** Longest time between two packets of the talker: what the machine did to the talker himself. */
  readonly talkerStall: number;
}

export class RadioStage {
  readonly boxes: Readonly<Record<BoxName, RadioBox>>;
  readonly capture: Capture;
  readonly ports: GatewayPorts;
  gateway!: Gateway;

  private constructor(boxes: Readonly<Record<BoxName, RadioBox>>, capture: Capture, ports: GatewayPorts) {
    this.boxes = boxes;
    this.capture = capture;
    this.ports = ports;
  }

  /** Boxes and wire; the gateway comes with `startGateway`. */
  static async set(): Promise<RadioStage> {
    const ports = await gatewayPorts();
    const blocks: PortRange[] = [];
    const opened: RadioBox[] = [];
    try {
      for (const name of boxNames) {
        const firstPort = await boxPortBlock();
        blocks.push({ from: firstPort, to: firstPort + boxPorts - 1 });
        opened.push(await RadioBox.start({ name, firstPort, ...accountOf(name, ports) }));
      }
      const capture = await Capture.start([{ from: ports.sip, to: ports.mediaTo }, ...blocks]);
      const boxes = Object.fromEntries(boxNames.map((name, index) => [name, opened[index]]));
      return new RadioStage(boxes as Record<BoxName, RadioBox>, capture, ports);
    } catch (error) {
      await Promise.all(opened.map((box) => box.close()));
      throw error;
    }
  }

  async startGateway(): Promise<void> {
    const at = Object.fromEntries(boxNames.map((name) => [name, this.boxes[name].sipPort])) as Record<BoxName, number>;
    const secrets = Object.entries(passwords).map(([name, password]) => [secretName(name), password]);
    this.gateway = await Gateway.start(this.ports, worldOf(at), Object.fromEntries(secrets));
    await this.gateway.legsUp(['a', 'b', 'c', 'f', 'g'].map((name) => legOf(name as BoxName)));
  }

  async clear(): Promise<void> {
    await this.gateway?.kill();
    await Promise.all(Object.values(this.boxes).map((box) => box.close()));
    await this.capture.close();
  }

  /** Ports of the gateway's voice. */
  get media(): PortRange {
    return { from: this.ports.mediaFrom, to: this.ports.mediaTo };
  }

  /** What the boxes hear from now on until the function that is returned is called. */
  listen(names: readonly BoxName[]): () => Record<BoxName, Sound> {
    const before = names.map((name) => this.boxes[name].heard().samples.length);
    return () => {
      const heard = names.map((name, index) => {
        const { rateHz, samples } = this.boxes[name].heard();
        return [name, { rateHz, samples: samples.slice(before[index]) }];
      });
      return Object.fromEntries(heard) as Record<BoxName, Sound>;
    };
  }

  /** One over: lets a box speak until the gateway says that its over has ended. */
  async over(talker: BoxName, speech: Sound): Promise<{ readonly sinceMs: number; readonly line: object }> {
    const sinceMs = Date.now();
    const from = this.gateway.lines.length;
    this.boxes[talker].say(speech);
    const ended = () => this.gateway.linesOf('over.ended', from).find(({ party }) => party === legOf(talker));
    const patienceMs = (1000 * speech.samples.length) / speech.rateHz + 5000;
    await until(`the over of ${talker} has ended`, () => ended() !== undefined, patienceMs);
    this.boxes[talker].hush();
    return { sinceMs, line: ended() ?? {} };
  }

  /** The wire towards or from a box since then. */
  sent(name: BoxName, sinceMs: number): WireSound {
    return wireSound(this.capture.rtp(this.boxes[name].rtpPorts, this.media, sinceMs));
  }

  got(name: BoxName, sinceMs: number): WireSound {
    return wireSound(this.capture.rtp(this.media, this.boxes[name].rtpPorts, sinceMs));
  }

  /** What the gateway adds between the talker's packets and those that the listener gets. */
  wireDelay(talker: BoxName, listener: BoxName, sinceMs: number, changeMsMax = 450): WireDelay {
    const sent = this.sent(talker, sinceMs);
    const got = this.got(listener, sinceMs);
    const { matches } = compareSpeech(sent, got, changeMsMax);
    const delays = matches.map(({ speech, recording }) => got.timeMs(recording) - sent.timeMs(speech));
    return {
      all: median(delays),
      first: median(delays.slice(0, 10)),
      last: median(delays.slice(-10)),
      talkerStall: sent.longestPauseMs,
    };
  }
}

export function legOf(name: BoxName): string {
  return `${cast[name].group}/${talkgroupOf(name)}`;
}

export function numberOf(name: BoxName): string {
  return cast[name].number;
}

function talkgroupOf(name: BoxName): string {
  return `${cast[name].network}:${name}`;
}

function secretName(name: string): string {
  return `ESCAUT_E2E_${name.toUpperCase()}`;
}

function median(values: readonly number[]): number {
  return [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** A box is called by its talkgroup's number; one that registers is known by its account. */
function accountOf(name: BoxName, ports: GatewayPorts): { user: string; domain?: string; account?: string } {
  const credentials = `;auth_user=box-${name};auth_pass=${passwords[name]}`;
  if (name === 'd') return { user: 'box-d', account: `${credentials};regint=0` };
  if (name === 'e') {
    return { user: 'box-e', domain: `${loopback}:${ports.sip}`, account: `${credentials};regint=60` };
  }
  return { user: cast[name].number };
}

function worldOf(sipPorts: Readonly<Record<BoxName, number>>): Record<string, unknown> {
  const groups = [...new Set(boxNames.map((name) => cast[name].group))];
  return {
    networks: [
      { id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' },
      { id: 'inpt', name: 'INPT', technology: 'tetrapol', country: 'FR' },
      { id: 'rubis', name: 'RUBIS', technology: 'tetrapol', country: 'FR' },
    ],
    attachments: boxNames.map((name) => ({
      id: `box-${name}`,
      network: cast[name].network,
      kind: 'sip',
      sip: {
        peer: `sip:${loopback}:${sipPorts[name]}`,
        talkerIdentity: 'none',
        keyIn: { mode: 'vox' },
        // A steady stream, so that what a box records is its listener's time.
        keyOut: { mode: 'continuous' },
        ...attachmentOf(name),
      },
    })),
    talkgroups: boxNames.map((name) => ({
      id: talkgroupOf(name),
      network: cast[name].network,
      number: cast[name].number,
      short: name.toUpperCase(),
    })),
    sharedGroups: groups.map((group) => ({
      id: group,
      short: group,
      name: { fr: group, nl: group, en: group },
      legs: boxNames
        .filter((name) => cast[name].group === group)
        .map((name) => ({ talkgroup: talkgroupOf(name), attachment: `box-${name}` })),
    })),
  };
}

function attachmentOf(name: BoxName): object {
  const account = { username: `box-${name}`, password: { env: secretName(name) } };
  switch (name) {
    case 'd':
      return { mode: 'accept', challengeIncoming: true, ...account };
    case 'e':
      return { mode: 'register-and-accept', ...account };
    case 'g':
      return { grant: { mode: 'delay', delayMs: 500 } };
    default:
      return {};
  }
}
