/** The gateway's side of a link with the reins in a check's hand: says what it is told, and waits for what it hopes for. */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { LinkLine, LinkTransport } from '../bridges/link/link-parts.ts';
import { openLinkTransport } from '../bridges/link/link-transport.ts';
import { type Frame, type LinkBody, type OutBody, readFrame, writeFrame } from '../protocols/link/frames.ts';

type Named<N extends LinkBody['name']> = Extract<LinkBody, { name: N }>;

const pingMs = 250;
/** Of what a connection has said, for a check to look back at. */
const heardMax = 20_000;

/** One connection of the agent under test. */
export class Connection {
  readonly sinceMs = performance.now();
  readonly heard: { readonly atMs: number; readonly frame: Frame }[] = [];
  malformed = 0;
  closedMs: number | undefined;
  /** Numbers that go with what we say. */
  ack = 0;
  credit = 0;
  readonly #line: LinkLine;
  #pings: NodeJS.Timeout | undefined;

  constructor(line: LinkLine) {
    this.#line = line;
  }

  take(octets: Uint8Array): void {
    const frame = readFrame(octets);
    if (frame === undefined) this.malformed += 1;
    else if (this.heard.length < heardMax) this.heard.push({ atMs: performance.now(), frame });
    if (frame?.body?.name === 'ping' && this.#pings !== undefined) {
      const now = Date.now() * 1000;
      this.say({ pong: { sentUtcUs: frame.body.sentUtcUs, receivedUtcUs: now, repliedUtcUs: now } });
    }
  }

  say(body: OutBody, seq = 0): void {
    this.#line.send(writeFrame({ seq, ack: this.ack, credit: this.credit }, body));
  }

  /** Octets as they are, behind a length. */
  sayRaw(octets: Uint8Array): void {
    this.#line.send(octets);
  }

  /** Lives, as seen by the agent, until `fallSilent`. */
  live(): void {
    this.#pings = setInterval(() => this.say({ ping: { sentUtcUs: Date.now() * 1000 } }), pingMs);
  }

  fallSilent(): void {
    clearInterval(this.#pings);
    this.#pings = undefined;
  }

  cut(): void {
    this.fallSilent();
    this.#line.end();
  }

  closed(): void {
    this.fallSilent();
    this.closedMs = performance.now();
  }

  find<N extends LinkBody['name']>(
    name: N,
    sinceMs = 0,
  ): (Named<N> & { readonly atMs: number; readonly seq: number })[] {
    return this.heard.flatMap(({ atMs, frame: { body, seq } }) =>
      atMs >= sinceMs && body?.name === name ? [{ ...(body as Named<N>), atMs, seq }] : [],
    );
  }

  /** Waits until something is so. */
  async until(holds: () => boolean, withinMs: number): Promise<boolean> {
    return until(() => holds() || this.closedMs !== undefined, withinMs).then(holds);
  }
}

/** Where the agent connects, and where its RTP comes. */
export class Judge {
  readonly connections: Connection[] = [];
  /** When each datagram of RTP came. */
  readonly rtpMs: number[] = [];
  readonly port: number;
  readonly rtpPort: number;
  readonly #transport: LinkTransport;
  readonly #rtp: Socket;
  #taken = 0;

  private constructor(transport: LinkTransport, rtp: Socket, connections: Connection[]) {
    this.#transport = transport;
    this.#rtp = rtp;
    this.connections = connections;
    this.port = transport.port;
    this.rtpPort = rtp.address().port;
    rtp.on('message', () => {
      if (this.rtpMs.length < heardMax) this.rtpMs.push(performance.now());
    });
  }

  /** @throws GatewayError when the address cannot be listened on. */
  static async open(host: string, port: number): Promise<Judge> {
    const connections: Connection[] = [];
    const byLine = new Map<LinkLine, Connection>();
    const transport = await openLinkTransport(
      { host, port, sources: [] },
      {
        opened: (line) => {
          const connection = new Connection(line);
          byLine.set(line, connection);
          connections.push(connection);
        },
        message: (line, octets) => byLine.get(line)?.take(octets),
        broken: (line) => {
          const connection = byLine.get(line);
          if (connection !== undefined) connection.malformed += 1;
          line.end();
        },
        closed: (line) => byLine.get(line)?.closed(),
        dropped: () => undefined,
      },
    );
    const rtp = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    await new Promise<void>((done) => rtp.bind({ address: host, port: 0 }, done));
    return new Judge(transport, rtp, connections);
  }

  /** The agent's next connection, with its Hello; undefined when none comes. */
  async next(withinMs: number): Promise<Connection | undefined> {
    const at = this.#taken;
    await until(() => this.connections.length > at, withinMs);
    const connection = this.connections[at];
    if (connection === undefined) return undefined;
    this.#taken += 1;
    await connection.until(() => connection.heard.length > 0, 5000);
    return connection;
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.fallSilent();
    this.#rtp.close();
    await this.#transport.close();
  }
}

async function until(holds: () => boolean, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() >= untilMs) return false;
    await pause(10);
  }
  return true;
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
