/** The stage for tests with radio boxes: the running gateway, the boxes around it, and the wire between them. */
import { type BoxSettings, boxPortBlock, boxPorts, bracketed, RadioBox } from './baresip.ts';
import { Capture, type PortRange, type WireSound, wireSound } from './capture.ts';
import { Gateway, type GatewayPorts, gatewayPorts, type LogLine } from './gateway.ts';
import { loopback } from './ports.ts';
import { compareSpeech } from './speech-compare.ts';
import { until } from './until.ts';
import type { Sound } from './wav.ts';

/** What a box is: a talkgroup of a network, the only one that its attachment carries, and a leg of a shared group. */
export interface Role {
  readonly group: string;
  readonly network: 'astrid' | 'inpt' | 'rubis';
  /** Address of the box; default that of IPv4. */
  readonly host?: string;
  /** Number of the talkgroup. */
  readonly number: string;
  /** User part of the box's own address; without it, it is called by the talkgroup's number. */
  readonly user?: string;
  /** Known to both sides; the user name is `user`. */
  readonly password?: string;
  /** Further parameters of the box's account, such as `;mediaenc=srtp-mand`. */
  readonly account?: string;
  /** Speaks SIP over TLS; files as baresip.ts has them. */
  readonly tls?: { readonly identity: string; readonly ca: string };
  /** What its attachment has beside VOX and a steady stream; without a `mode` the gateway calls. */
  readonly sip?: { readonly mode?: 'accept' | 'register-and-accept'; readonly [key: string]: unknown };
}

export interface WireDelay {
  /** Median of all windows of speech, of the first ten and the last ten; ms. */
  readonly all: number;
  readonly first: number;
  readonly last: number;
  /** Longest time between two packets of the talker: what the machine did to the talker himself. */
  readonly talkerStall: number;
}

export class RadioStage<Name extends string> {
  readonly names: readonly Name[];
  readonly boxes: Readonly<Record<Name, RadioBox>>;
  readonly capture: Capture;
  readonly ports: GatewayPorts;
  readonly #cast: Readonly<Record<Name, Role>>;
  #gateway: Gateway | undefined;

  private constructor(
    cast: Readonly<Record<Name, Role>>,
    boxes: ReadonlyMap<Name, RadioBox>,
    capture: Capture,
    ports: GatewayPorts,
  ) {
    this.#cast = cast;
    this.names = [...boxes.keys()];
    this.boxes = Object.fromEntries(boxes) as Record<Name, RadioBox>;
    this.capture = capture;
    this.ports = ports;
  }

  /** Boxes and wire; the gateway comes with `startGateway`. */
  static async set<Name extends string>(cast: Readonly<Record<Name, Role>>): Promise<RadioStage<Name>> {
    const ports = await gatewayPorts();
    const boxes = new Map<Name, RadioBox>();
    try {
      const blocks: PortRange[] = [];
      for (const name of Object.keys(cast) as Name[]) {
        const firstPort = await boxPortBlock();
        blocks.push({ from: firstPort, to: firstPort + boxPorts - 1 });
        boxes.set(name, await RadioBox.start({ name, firstPort, ...accountOf(cast[name], ports) }));
      }
      const capture = await Capture.start([{ from: ports.sip, to: ports.mediaTo }, ...blocks]);
      return new RadioStage(cast, boxes, capture, ports);
    } catch (error) {
      await Promise.all([...boxes.values()].map((box) => box.close()));
      throw error;
    }
  }

  /** `world`: organisations, units and whatever else the configuration is to have. Resolves when all calls stand. */
  async startGateway(world: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const secrets = this.names.flatMap((name) => {
      const { password } = this.#cast[name];
      return password === undefined ? [] : [[secretName(name), password]];
    });
    this.#gateway = await Gateway.start(this.ports, { ...this.#world(), ...world }, Object.fromEntries(secrets));
    const called = this.names.filter((name) => this.#cast[name].sip?.mode === undefined);
    await this.#gateway.legsUp(called.map((name) => this.legOf(name)));
  }

  /** The gateway ends, in order or by kill −9, and starts again with all that it left on disk. */
  async restartGateway(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#gateway = await this.gateway.restart(how);
  }

  /** The configuration of the cast, with other parts in place of its own: for a gateway that the test starts itself. */
  world(parts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return { ...this.#world(), ...parts };
  }

  get gateway(): Gateway {
    if (this.#gateway === undefined) throw new Error('the gateway was not started');
    return this.#gateway;
  }

  async clear(): Promise<void> {
    await this.#gateway?.kill();
    await Promise.all(this.names.map((name) => this.boxes[name].close()));
    await this.capture.close();
  }

  legOf(name: Name): string {
    return `${this.#cast[name].group}/${this.#talkgroupOf(name)}`;
  }

  /** Where a box calls for its talkgroup. */
  addressOf(name: Name): string {
    return `sip:${this.#cast[name].number}@${loopback}:${this.ports.sip}`;
  }

  /** Ports of the gateway's voice. */
  get media(): PortRange {
    return { from: this.ports.mediaFrom, to: this.ports.mediaTo };
  }

  /** What passes on each UDP port, for tshark, which else goes by the first octets where it saw no session described. */
  get decodeAs(): readonly string[] {
    const sip = [this.ports.sip, ...this.names.map((name) => this.boxes[name].sipPort)];
    const voice = [this.media, ...this.names.map((name) => this.boxes[name].rtpPorts)].flatMap(({ from, to }) =>
      Array.from({ length: to - from + 1 }, (_, each) => from + each),
    );
    return [
      ...sip.map((port) => `udp.port==${port},sip`),
      ...voice.map((port) => `udp.port==${port},${port % 2 === 0 ? 'rtp' : 'rtcp'}`),
    ];
  }

  /** What the boxes hear from now on until the function that is returned is called. */
  listen<Some extends Name>(names: readonly Some[]): () => Record<Some, Sound> {
    const heard = names.map((name) => [name, this.boxes[name].listen()] as const);
    return () => Object.fromEntries(heard.map(([name, sound]) => [name, sound()])) as Record<Some, Sound>;
  }

  /** Lets a box speak until the gateway says that its over has ended. */
  async over(talker: Name, speech: Sound): Promise<{ readonly sinceMs: number; readonly line: LogLine }> {
    const sinceMs = Date.now();
    const from = this.gateway.lines.length;
    this.boxes[talker].say(speech);
    const line = await this.overEnded(talker, from, (1000 * speech.samples.length) / speech.rateHz + 5000);
    this.boxes[talker].hush();
    return { sinceMs, line };
  }

  /** Waits for the end of a box's over; `from`: the gateway's log line that it begins after. */
  async overEnded(talker: Name, from: number, withinMs: number): Promise<LogLine> {
    const [line] = await this.oversEnded(talker, 1, from, withinMs);
    return line as LogLine;
  }

  async oversEnded(talker: Name, count: number, from: number, withinMs: number): Promise<readonly LogLine[]> {
    const lines = () => this.gateway.linesOf('over.ended', from).filter(({ party }) => party === this.legOf(talker));
    await until(`${count} overs of ${talker} have ended`, () => lines().length >= count, withinMs);
    return lines();
  }

  /** What passed from a box to the gateway since then, and from the gateway to it. */
  sent(name: Name, sinceMs: number): WireSound {
    return wireSound(this.capture.rtp(this.boxes[name].rtpPorts, this.media, sinceMs));
  }

  got(name: Name, sinceMs: number): WireSound {
    return wireSound(this.capture.rtp(this.media, this.boxes[name].rtpPorts, sinceMs));
  }

  /** What the gateway adds between the talker's packets and those that the listener gets. */
  wireDelay(talker: Name, listener: Name, sinceMs: number, changeMsMax = 450): WireDelay {
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

  #talkgroupOf(name: Name): string {
    return `${this.#cast[name].network}:${name}`;
  }

  #world(): Record<string, unknown> {
    const groups = [...new Set(this.names.map((name) => this.#cast[name].group))];
    return {
      networks: [
        { id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' },
        { id: 'inpt', name: 'INPT', technology: 'tetrapol', country: 'FR' },
        { id: 'rubis', name: 'RUBIS', technology: 'tetrapol', country: 'FR' },
      ],
      attachments: this.names.map((name) => this.#attachment(name)),
      talkgroups: this.names.map((name) => ({
        id: this.#talkgroupOf(name),
        network: this.#cast[name].network,
        number: this.#cast[name].number,
        short: name.toUpperCase(),
      })),
      sharedGroups: groups.map((group) => ({
        id: group,
        short: group,
        name: { fr: group, nl: group, en: group },
        legs: this.names
          .filter((name) => this.#cast[name].group === group)
          .map((name) => ({ talkgroup: this.#talkgroupOf(name), attachment: `box-${name}` })),
      })),
    };
  }

  #attachment(name: Name): object {
    const { host = loopback, network, sip, user, password } = this.#cast[name];
    return {
      id: `box-${name}`,
      network,
      kind: 'sip',
      sip: {
        peer: `sip:${bracketed(host)}:${this.boxes[name].sipPort}`,
        talkerIdentity: 'none',
        keyIn: { mode: 'vox' },
        // A steady stream, so that what a box records is its listener's time.
        keyOut: { mode: 'continuous' },
        ...(password === undefined ? {} : { username: user, password: { env: secretName(name) } }),
        ...sip,
      },
    };
  }
}

function accountOf(role: Role, ports: GatewayPorts): Pick<BoxSettings, 'host' | 'user' | 'account' | 'domain' | 'tls'> {
  const { host, number, user = number, password, sip, account = '', tls } = role;
  const registers = sip?.mode === 'register-and-accept';
  const credentials = password === undefined ? '' : `;auth_user=${user};auth_pass=${password}`;
  return {
    user,
    ...(host === undefined ? {} : { host }),
    account: `${credentials};regint=${registers ? 60 : 0}${account}`,
    ...(registers ? { domain: `${loopback}:${ports.sip}` } : {}),
    ...(tls === undefined ? {} : { tls }),
  };
}

function secretName(name: string): string {
  return `ESCAUT_E2E_${name.toUpperCase()}`;
}

function median(values: readonly number[]): number {
  return [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)] ?? Number.NaN;
}
