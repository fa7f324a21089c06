/** A console server behind the real HTTP listener on a free port of loopback, and pages that are `ws` clients. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../src/api/http-server.ts';
import { SystemClock } from '../../src/base/clock.ts';
import type { RecordLine } from '../../src/base/events/desk.ts';
import { Events } from '../../src/base/events.ts';
import { createLog } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { secretToken } from '../../src/base/random.ts';
import type { RtcAnswer, RtcPort } from '../../src/base/rtc-port.ts';
import { ConsoleServer } from '../../src/console/console-server.ts';
import type { ConsolePorts, ConsoleServerOptions } from '../../src/console/ports.ts';
import type { Signer } from '../../src/console/resume-token.ts';
import type { RecallAnswer, TimelineAsked } from '../../src/console/wire.ts';
import type { World } from '../../src/console/world.ts';
import { escaut } from '../../src/protocols/generated/console.js';
import type { VoiceCommand } from '../../src/voice/contract.ts';
import { operator, world } from '../console/world-of-test.ts';
import { statusOfTest } from '../status-of-test.ts';

const wire = escaut.console.v1;
export type ServerMessage = escaut.console.v1.ServerMessage;
type ClientMessage = escaut.console.v1.ClientMessage.$Properties;

interface BenchOptions {
  readonly sessionsMax?: number;
  readonly rtc?: RtcPort;
  readonly onVoice?: (command: VoiceCommand) => void;
  readonly pageFolder?: string;
  /** To be another gateway's with the same key, as after a restart. */
  readonly signer?: Signer;
  readonly run?: string;
  /** What a page is answered that wants to hear an over again. */
  readonly recalled?: RecallAnswer;
  /** Who has logged in, where people log in. */
  readonly signedIn?: ConsolePorts['signedIn'];
  /** The door by which they do. */
  readonly logins?: HttpServerOptions['logins'];
  readonly people?: ConsoleServerOptions['people'];
  /** The door of the fleet data. */
  readonly fleet?: HttpServerOptions['fleet'];
  /** False where a real voice process answers. */
  readonly grants?: boolean;
  readonly world?: World;
  /** What is behind consoles, in place of what does nothing. */
  readonly ports?: Partial<ConsolePorts>;
  /** What else the listener has. */
  readonly http?: Partial<HttpServerOptions>;
  /** What went into the log. */
  readonly said?: RecordLine;
}

export class ConsoleBench {
  readonly clock = new SystemClock();
  readonly commands: VoiceCommand[] = [];
  readonly timelineAsked: TimelineAsked[] = [];
  readonly links: string[] = [];
  readonly server: ConsoleServer;
  readonly http: HttpServer;
  readonly events: Events;
  port = 0;
  status = statusOfTest;

  constructor(options: BenchOptions = {}) {
    const { logger } = createLog({ level: 'silent', personalData: 'hidden', form: 'lines' });
    const meter = new Meter();
    const events = new Events(logger, meter, options.said);
    this.events = events;
    this.server = new ConsoleServer(
      {
        world: options.world ?? world,
        people: options.people ?? [operator],
        sessionsMax: options.sessionsMax ?? 200,
        pageUrl: 'http://127.0.0.1/',
        gatewayVersion: 'test',
        signer: options.signer ?? { key: randomBytes(32), gateway: 'test' },
        run: options.run ?? '',
      },
      {
        clock: this.clock,
        random: { fraction: () => 0 },
        events,
        meter,
        rtc: options.rtc ?? noRtc,
        sendVoice: (command) => {
          this.commands.push(command);
          options.onVoice?.(command);
          if (options.grants !== false) this.#answerFloor(command);
        },
        newToken: () => secretToken(32),
        ...(options.signedIn !== undefined && { signedIn: options.signedIn }),
        stationHere: () => undefined,
        stationAway: () => undefined,
        callOthers: (_console, _operation, answer) => answer({ cause: 'unknown-call' }),
        operate: (_person, _operation, answer) => answer({ cause: 'not-permitted' }),
        recordings: (_person, _wish, answer) => answer({ refusal: 'not-permitted' }),
        recordingsShown: () => ({ recordingRights: {}, exportOrders: [] }),
        recall: (_person, _wish, answer) => answer(options.recalled ?? { refusal: 'not-permitted' }),
        timeline: (_hears, asked) => {
          this.timelineAsked.push(asked);
          return { entries: [{ id: 4, kind: 'over' }], more: true };
        },
        shifts: () => ({ handOvers: [], colleagues: [] }),
        sheet: () => ({ refusal: 'not-kept' }),
        status: () => this.status,
        capacity: () => ({ networks: [], short: [], displaced: [] }),
        onConsoleLink: (url) => this.links.push(url),
        ...options.ports,
      },
    );
    this.http = createHttpServer({
      clock: new SystemClock(),
      version: '0',
      status: () => this.status,
      config: {
        console: {
          listen: { host: '127.0.0.1', port: 0 },
          origins: [],
          map: { origins: [] },
          tlsByProxy: false,
          sessionsMax: 200,
          connectionsMax: 2000,
          requestTimeoutMs: 10_000,
        },
      },
      logger,
      events,
      meter,
      parts: () => ({
        voiceProcess: true,
        mediaWorkers: { alive: 1, wanted: 1 },
        sipListeners: { open: 0, wanted: 0 },
        legs: { up: 0, total: 0 },
      }),
      consoleLink: this.server,
      ...(options.logins !== undefined && { logins: options.logins }),
      ...(options.fleet !== undefined && { fleet: options.fleet }),
      pageFolder: options.pageFolder ?? '/nonexistent',
      ...options.http,
    });
  }

  async start(): Promise<void> {
    this.server.start();
    await this.http.listen({ host: '127.0.0.1', port: 0 });
    this.port = (this.http.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.close();
    await this.http.close();
  }

  /** The token of the link shown last. */
  get token(): string {
    return new URL(this.links.at(-1) ?? 'http://none/').hash.replace('#token=', '');
  }

  /** A page that has said Hello and got its Welcome and picture. */
  async page(): Promise<Page> {
    const page = await this.connect();
    page.send({ hello: { versionMin: 1, versionMax: 1, token: this.token } });
    await page.until((message) => message.snapshot);
    return page;
  }

  /** A WebSocket of our own page's origin, not greeted yet. */
  async connect(headers: Record<string, string> = {}): Promise<Page> {
    const page = new Page(this.url, { origin: `http://127.0.0.1:${this.port}`, ...headers });
    await once(page.socket, 'open');
    return page;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/console/ws`;
  }

  /** Grants at once, as an idle voice process does. */
  #answerFloor(command: VoiceCommand): void {
    if (command.name !== 'requestFloor') return;
    const { party, group, requestId } = command;
    const answer = { result: 'granted', talkLimitMs: 30_000 } as const;
    setImmediate(() => this.server.handleVoiceEvent({ name: 'answer', party, group, requestId, answer }));
  }
}

export class Page {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  #waiting: (() => void)[] = [];

  constructor(url: string, headers: Record<string, string>) {
    this.socket = new WebSocket(url, { headers, perMessageDeflate: false });
    this.socket.binaryType = 'nodebuffer';
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data: Buffer) => {
      this.messages.push(wire.ServerMessage.decode(data));
      this.#wake();
    });
    this.socket.on('close', () => this.#wake());
  }

  get closed(): boolean {
    return this.socket.readyState === WebSocket.CLOSED;
  }

  get resumeToken(): string {
    return this.messages.find((message) => message.welcome)?.welcome?.resumeToken ?? '';
  }

  get id(): string {
    return this.messages.find((message) => message.welcome)?.welcome?.sessionId ?? '';
  }

  get lastSeq(): number {
    return Math.max(0, ...this.messages.map((message) => message.seq));
  }

  send(message: ClientMessage): void {
    this.socket.send(wire.ClientMessage.encode(message).finish());
  }

  /** The first message, old or to come, of which `pick` makes something. */
  async until<T>(pick: (message: ServerMessage) => T | null | undefined, withinMs = 20_000): Promise<T> {
    const deadlineMs = performance.now() + withinMs;
    for (let next = 0; ; ) {
      for (; next < this.messages.length; next++) {
        const picked = pick(this.messages[next]!);
        if (picked !== null && picked !== undefined) return picked;
      }
      if (performance.now() > deadlineMs) throw new Error(`did not come within ${withinMs} ms: ${pick}`);
      await this.#awaitMore(deadlineMs);
    }
  }

  async end(withinMs = 20_000): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    while (!this.closed) {
      if (performance.now() > deadlineMs) throw new Error(`the link was not closed within ${withinMs} ms`);
      await this.#awaitMore(deadlineMs);
    }
  }

  #awaitMore(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, deadlineMs - performance.now() + 1));
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

/** WebRTC where it does not matter: every request is done at once. */
const noRtc: RtcPort = {
  capabilitiesJson: '{"codecs":[]}',
  openConsole: () => undefined,
  setMonitored: () => undefined,
  request: async (): Promise<RtcAnswer> => ({ result: 'done' }),
  closeConsole: () => undefined,
};
