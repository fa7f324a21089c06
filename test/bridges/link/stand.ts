/** A link attachment and its agent on a virtual wire: 1 ms each way, no sockets. */
import { ManualClock } from '../../../src/base/clock.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { Secret } from '../../../src/base/secret.ts';
import type { ServiceTokensPort } from '../../../src/base/service-token.ts';
import { LinkAttachment } from '../../../src/bridges/link/link-attachment.ts';
import type { LinkLine, LinkListener } from '../../../src/bridges/link/link-parts.ts';
import { OwnSockets } from '../../../src/bridges/own-sockets.ts';
import { PortAllocator } from '../../../src/bridges/port-allocator.ts';
import type { AttachmentStatus, DataReport, LegStatus, TalkerReport } from '../../../src/bridges/ports.ts';
import { linkSchema } from '../../../src/config/link-schema.ts';
import type { LinkSettings } from '../../../src/config/schema.ts';
import { type EventBox, emptyBox } from '../../../src/protocols/link/event-box.ts';
import {
  capability,
  type LinkBody,
  type LinkData,
  linkCodec,
  type OutBody,
  readFrame,
  receiptResult,
  talkResult,
  voiceMode,
  writeFrame,
} from '../../../src/protocols/link/frames.ts';
import {
  type SessionEvent,
  type SessionState,
  sessionDeadlineMs,
  startSession,
  stepSession,
} from '../../../src/protocols/link/session.ts';
import type { VoiceCommand } from '../../../src/voice/contract.ts';
import { noServiceTokens } from './no-service-tokens.ts';

const gatewayAddress = '192.0.2.1';
const agentAddress = '192.0.2.10';
const token = 'keep it to yourself';

function linkSettings({ secret = true, ...changes }: Record<string, unknown> = {}): LinkSettings {
  const draft = linkSchema.parse({ listen: { host: gatewayAddress, port: 5870 }, agent: 'box7', ...changes });
  const { token: _, tls: __, ...rest } = draft;
  return { ...rest, ...(secret === true && { token: new Secret(token) }) };
}

/** An agent that carries what it is asked to. Its session machine is ours in the other role. */
export class VirtualAgent {
  /** Everything it was told, in order. */
  readonly heard: LinkBody[] = [];
  hello = {
    ...{ versionMin: 1, versionMax: 1, agent: 'box7', token, voice: [voiceMode.RTP], codecs: [linkCodec.PCMA] },
    capabilities: [
      ...[capability.TAKES_STATUS, capability.TAKES_TEXT, capability.TAKES_POSITION, capability.TAKES_ALARM],
      ...[
        capability.RECEIPTS,
        capability.TALKER_IDENTITY,
        capability.EMERGENCY,
        capability.QUEUEING,
        capability.REVOKE,
      ],
      ...[capability.STATUS, capability.TEXT, capability.POSITION],
    ] as number[],
  };
  /** What it says of each event of the gateway; undefined: nothing. */
  receipt: number | undefined = receiptResult.DELIVERED;
  /** Events of the gateway that it has taken, in order. */
  readonly taken: LinkData[] = [];
  mute = false;
  grants = true;
  box: EventBox = emptyBox;
  resumeToken = '';
  #state: SessionState | undefined;
  #line: LinkLine | undefined;
  readonly #stand: LinkStand;

  constructor(stand: LinkStand) {
    this.#stand = stand;
  }

  get connected(): boolean {
    return this.#state?.name === 'open';
  }

  /** From that address. */
  connect(address = agentAddress): void {
    const { clock, listener } = this.#stand;
    let over = false;
    const line: LinkLine = {
      address,
      clientName: undefined,
      send: (octets) =>
        void clock.callAt(clock.nowMs() + 1, () => {
          const frame = readFrame(octets);
          if (over || this.mute || this.#line !== line || frame === undefined) return;
          if (frame.body !== undefined) this.heard.push(frame.body);
          if (frame.body?.name === 'welcome') this.resumeToken = frame.body.resumeToken;
          this.feed({ name: 'frame', frame });
        }),
      sendVoice: (octets) => {
        line.send(octets);
        return true;
      },
      end: () => {
        clock.callAt(clock.nowMs() + 1, () => {
          over = true;
          if (this.#line === line) this.#lose();
          listener.closed(line);
        });
      },
    };
    this.#line = line;
    this.#state = startSession('agent', this.box, undefined, clock.nowMs());
    listener.opened(line);
    this.#send(
      writeFrame(
        { seq: 0, ack: 0, credit: 0 },
        { hello: { ...this.hello, resumeToken: this.resumeToken, lastTaken: this.box.taken } },
      ),
    );
    this.#watch();
  }

  feed(event: SessionEvent): void {
    if (this.#state === undefined) return;
    const { clock } = this.#stand;
    const { state, actions } = stepSession(this.#state, event, { nowMs: clock.nowMs(), utcMs: clock.utcMs() });
    this.#state = state;
    this.box = state.box;
    for (const action of actions) {
      if (action.name === 'send') this.#send(action.octets);
      if (action.name === 'deliver') this.#obey(action.body);
      if (action.name === 'take' && action.data.name !== 'receipt') this.#sayOn(action.data);
      if (action.name === 'close') this.#lose();
    }
  }

  say(body: OutBody): void {
    this.feed({ name: 'say', body });
  }

  report(body: OutBody): void {
    if (this.#state !== undefined) this.feed({ name: 'report', body });
  }

  /** Its TCP connection breaks. */
  breakLine(): void {
    const line = this.#line;
    this.#lose();
    if (line !== undefined) this.#stand.listener.closed(line);
  }

  told<N extends LinkBody['name']>(name: N): Extract<LinkBody, { name: N }>[] {
    return this.heard.filter((body): body is Extract<LinkBody, { name: N }> => body.name === name);
  }

  raw(octets: Uint8Array): void {
    this.#send(octets);
  }

  #obey(body: LinkBody): void {
    if (body.name === 'join') this.say({ affiliation: { talkgroup: body.talkgroup, carried: true, rtpPort: 20_000 } });
    if (body.name === 'talkRequest' && this.grants) {
      this.say({ talkAnswer: { talkgroup: body.talkgroup, talk: body.talk, result: talkResult.GRANTED } });
    }
  }

  #sayOn(data: LinkData): void {
    this.taken.push(data);
    const { receipt } = data;
    if (this.receipt !== undefined) this.report({ receipt: { receipt, result: this.receipt } });
  }

  #send(octets: Uint8Array): void {
    const line = this.#line;
    const { clock, listener } = this.#stand;
    if (line === undefined || this.mute) return;
    clock.callAt(clock.nowMs() + 1, () => listener.message(line, octets));
  }

  #lose(): void {
    if (this.#state !== undefined && this.#state.name !== 'closed') {
      this.#state = stepSession(this.#state, { name: 'lost' }, { nowMs: 0, utcMs: 0 }).state;
    }
    this.#line = undefined;
  }

  #watch(): void {
    const { clock } = this.#stand;
    const state = this.#state;
    if (state === undefined || state.name === 'closed') return;
    clock.callAt(Math.max(clock.nowMs() + 1, sessionDeadlineMs(state)), () => {
      if (this.#line === undefined) return;
      if (!this.mute) this.feed({ name: 'tick' });
      this.#watch();
    });
  }
}

export class LinkStand {
  readonly clock = new ManualClock();
  readonly commands: VoiceCommand[] = [];
  readonly reports: LegStatus[] = [];
  readonly talkers: TalkerReport[] = [];
  readonly data: DataReport[] = [];
  readonly attachmentReports: AttachmentStatus[] = [];
  readonly counts = new Map<string, number>();
  /** Of `link.fault` lines. */
  readonly faults: string[] = [];
  readonly relayed: Uint8Array[] = [];
  readonly agent: VirtualAgent = new VirtualAgent(this);
  listener!: LinkListener;
  attachment!: LinkAttachment;
  toRelay: ((bytes: Uint8Array) => void) | undefined;

  /** Legs within an over or an emergency. */
  readonly needed = new Set<string>();
  /** Lines about who came in, was refused, or is to go, as they stand in the log. */
  readonly logged: object[] = [];

  /** `secret: false`: the configuration has none. */
  static async make(
    changes: Record<string, unknown> = {},
    serviceTokens: (stand: LinkStand) => ServiceTokensPort = () => noServiceTokens,
  ): Promise<LinkStand> {
    const stand = new LinkStand();
    const log = (event: string) => (at: object) => void stand.logged.push({ event, ...at });
    const link = linkSettings(changes);
    const ports = new PortAllocator({ from: 40_000, to: 40_099 });
    stand.attachment = await LinkAttachment.listen(
      { id: 'as-1', network: 'astrid', channels: 8, link },
      {
        voice: { send: (command) => void stand.commands.push(command) },
        observer: {
          legChanged: (status) => void stand.reports.push(status),
          talkerChanged: (report) => void stand.talkers.push(report),
          dataReceived: (report) => void stand.data.push(report),
          attachmentChanged: (status) => void stand.attachmentReports.push(status),
        },
        events: {
          attachments: { up: () => undefined, down: () => undefined },
          legs: { changed: () => undefined, pathLooped: () => undefined },
          link: {
            admitted: log('admitted'),
            refused: log('refused'),
            tokenEnded: log('token-ended'),
            tokenExpiring: log('token-expiring'),
            fault: ({ reason }) => void stand.faults.push(reason),
          },
        },
        meter: {
          add: (name, by, ...labels) => {
            const key = `${name} ${Object.values(labels[0] ?? {}).at(-1)}`;
            stand.counts.set(key, (stand.counts.get(key) ?? 0) + by);
          },
          set: () => undefined,
        },
        serviceTokens: serviceTokens(stand),
        isNeeded: (leg) => stand.needed.has(leg),
        ports,
        ownSockets: new OwnSockets([gatewayAddress], ports),
        mediaAddresses: [gatewayAddress, '2001:db8::1'],
        cname: 'escaut',
        clock: stand.clock,
        random: new SeededRandom(1),
        newToken: () => `token-${stand.clock.nowMs()}`,
        openTransport: async (_, listener) => {
          stand.listener = listener;
          return { port: 5870, close: async () => undefined };
        },
        openRelay: async (_, onRtp) => {
          stand.toRelay = onRtp;
          return { port: 50_000, send: (bytes) => void stand.relayed.push(bytes), close: () => undefined };
        },
      },
    );
    return stand;
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this.clock.nowMs() + ms;
    while (this.clock.nowMs() < untilMs) {
      this.clock.advance(Math.min(10, untilMs - this.clock.nowMs()));
      for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    }
  }

  async close(): Promise<void> {
    this.agent.mute = true;
    await this.attachment.stop();
  }

  find<N extends VoiceCommand['name']>(name: N): Extract<VoiceCommand, { name: N }>[] {
    return this.commands.filter((command): command is Extract<VoiceCommand, { name: N }> => command.name === name);
  }
}
