/**
 * One console's WebRTC: two transports on its home router, the way of its microphone to the voice process, and one
 * consumer per stream of each group that it monitors.
 *
 *   page ─▶ send transport ─▶ producer ─▶ consumer ─▶ PlainTransport ─▶ voice process (gates it by the floor)
 *                         └─▶ line ─▶ consumer of another console ─▶ its receive transport ─▶ its page
 *   page ◀─ receive transport ◀─ consumers ◀─ the feeds' producers (webrtc/feed.ts)
 *
 * The line is the microphone's second way, for the intercom: it reaches those consoles alone that `hear` names, and the
 * one direct line that its console is on (webrtc/line-path.ts), and is held while its console talks on a group.
 *
 * Everything is asynchronous and may be cut off at any await by a dying worker, so tasks of one console run one after
 * another, each looks whether its ground still stands, and consumers are brought to what is wanted rather than told
 * step by step.
 */
import type {
  Consumer,
  PlainTransport,
  Producer,
  RtpCapabilities,
  RtpParameters,
  WebRtcTransport,
} from 'mediasoup/types';
import type { RtcAnswer, RtcError, RtcNotice, RtcRequest } from '../base/rtc-port.ts';
import type { ConsoleId, GroupId } from '../talkgroups/terms.ts';
import type { Feed, FeedParty, Loopback } from './feed.ts';
import { layMicrophonePath } from './microphone-path.ts';
import { PauseSwitch } from './pause-switch.ts';
import { readDtlsParameters, readRtpCapabilities, readRtpParameters } from './rtc-parameters.ts';
import type { VoiceSockets } from './voice-sockets.ts';
import type { MediaHome } from './worker-pool.ts';

export interface ConsoleRtcPorts {
  readonly voice: VoiceSockets;
  readonly loopback: Loopback;
  notify(console: ConsoleId, notice: RtcNotice): void;
  /** The group's feed on that router, if it stands. */
  feeds(home: MediaHome, group: GroupId): readonly Feed[];
  /** The console whose voice the group's `operators` stream carries at present. */
  operator(group: GroupId): ConsoleId | undefined;
  /** Whether the console's voice goes to a group at present. */
  isOnAir(console: ConsoleId): boolean;
  /** The line of a console, as it can be consumed on that router. */
  line(console: ConsoleId, home: MediaHome): Promise<Producer | undefined>;
  /** The line of this console is another, or gone. */
  lineMoved(console: ConsoleId): void;
}

/** What stands between one `open` and the next, or the end of its worker. */
interface Ground {
  readonly home: MediaHome;
  readonly send: WebRtcTransport;
  readonly receive: WebRtcTransport;
  readonly capabilities: RtpCapabilities;
  readonly consumers: Map<string, Listening>;
  ready: boolean;
  microphone: Microphone | undefined;
  line: Line | undefined;
}

/** What is listened to: a party of a group by its feed, or the line of another console. */
type Source =
  | { readonly feed: Feed; readonly party: FeedParty; readonly producer: Producer }
  | { readonly feed: undefined; readonly party: ConsoleId; readonly producer: Producer };

interface Listening {
  readonly consumer: Consumer;
  readonly hold: PauseSwitch;
  readonly source: Source;
  pausedByPage: boolean;
}

interface Line {
  readonly producer: Producer;
  readonly hold: PauseSwitch;
  /** The same voice on other routers, by the id of their home. */
  readonly pipes: Map<string, Promise<Producer | undefined>>;
}

interface Microphone {
  readonly producer: Producer;
  path: PlainTransport | undefined;
  /** The voice process' port that the path is connected to; undefined while it is being laid. */
  port: number | undefined;
}

/** Speech needs little; the figure only spares the first seconds a probing phase. */
const outgoingBitrate = 1_000_000;
/** A browser that shows no sign of consent (RFC 7675) for so long is gone. */
const iceConsentTimeoutS = 10;

const done: RtcAnswer = { result: 'done' };

export class ConsoleRtc {
  readonly id: ConsoleId;
  readonly #ports: ConsoleRtcPorts;
  #home: MediaHome | undefined;
  #ground: Ground | undefined;
  #monitored: readonly GroupId[];
  #heard: readonly ConsoleId[] = [];
  #closed = false;
  #tail: Promise<unknown> = Promise.resolve();
  #reconciling = false;

  constructor(id: ConsoleId, monitored: readonly GroupId[], ports: ConsoleRtcPorts) {
    this.id = id;
    this.#monitored = monitored;
    this.#ports = ports;
  }

  get home(): MediaHome | undefined {
    return this.#home;
  }

  get monitored(): readonly GroupId[] {
    return this.#monitored;
  }

  /** Moves in. Telling the page of it is the plane's business. */
  settle(home: MediaHome): void {
    this.#home = home;
  }

  /** Its worker is gone, and everything of this console with it. */
  unsettle(): void {
    this.#home = undefined;
    this.#leaveGround();
  }

  monitor(groups: readonly GroupId[]): void {
    this.#monitored = groups;
    this.reconcile();
  }

  /** Consoles whose lines it hears from here on; whoever is not named falls silent at once. */
  hear(consoles: readonly ConsoleId[]): void {
    this.#heard = consoles;
    const ground = this.#ground;
    if (ground === undefined) return;
    for (const [producerId, listening] of ground.consumers) {
      const { feed, party } = listening.source;
      if (feed === undefined && !consoles.includes(party)) this.#stopListening(ground, producerId, listening);
    }
    this.reconcile();
  }

  get heard(): readonly ConsoleId[] {
    return this.#heard;
  }

  /** Its own line and where it lives. */
  get line(): { readonly home: MediaHome; readonly producer: Producer } | undefined {
    const { home, line } = this.#ground ?? {};
    return home && line && { home, producer: line.producer };
  }

  /** Its own line as it can be consumed on a router; undefined while it has none. Never rejects. */
  async lineAt(home: MediaHome): Promise<Producer | undefined> {
    const ground = this.#ground;
    const line = ground?.line;
    if (ground === undefined || line === undefined) return undefined;
    if (home === ground.home) return line.producer;
    const known = line.pipes.get(home.id);
    if (known !== undefined) return known;
    const pipe = pipeTo(home, ground.home, line.producer, this.#ports.loopback);
    line.pipes.set(home.id, pipe);
    const producer = await pipe;
    if (producer === undefined) line.pipes.delete(home.id);
    return producer;
  }

  /** Nobody talks to a group and on the intercom at once: whatever the page sends, the line is held. */
  holdLine(): void {
    this.#ground?.line?.hold.set(this.#ports.isOnAir(this.id));
  }

  /** Brings the consumers to what is wanted, soon. Any number of calls before that are one. */
  reconcile(): void {
    if (this.#reconciling) return;
    this.#reconciling = true;
    void this.#inOrder(async () => {
      this.#reconciling = false;
      return this.#bringConsumers();
    });
  }

  /** Nobody hears himself: the stream that carries this console's own voice is held while it does. */
  holdOwnVoice(group: GroupId): void {
    for (const listening of this.#ground?.consumers.values() ?? []) {
      const { feed, party } = listening.source;
      if (feed?.group === group && party === 'operators') this.#applyPause(listening);
    }
  }

  /** The voice process has its end of the microphone's path on that port, after a restart perhaps on another. */
  microphoneMoved(port: number | undefined): void {
    const ground = this.#ground;
    const microphone = ground?.microphone;
    if (ground === undefined || microphone?.port === undefined || microphone.port === port) return;
    void this.#inOrder(async () => {
      if (ground.microphone !== microphone) return done;
      microphone.path?.close();
      microphone.port = undefined;
      if (!(await this.#pave(ground, microphone))) this.#dropMicrophone(ground);
      return done;
    });
  }

  /** Never rejects. */
  request(request: RtcRequest): Promise<RtcAnswer> {
    return this.#inOrder(() => this.#carryOut(request));
  }

  close(): void {
    this.#closed = true;
    this.#home = undefined;
    this.#leaveGround();
  }

  /** One task after another; one that fails was cut off by its worker. */
  #inOrder(task: () => Promise<RtcAnswer>): Promise<RtcAnswer> {
    const result = this.#tail.then(task).catch(() => failed(this.#home === undefined ? 'unavailable' : 'refused'));
    this.#tail = result;
    return result;
  }

  async #carryOut(request: RtcRequest): Promise<RtcAnswer> {
    if (this.#closed) return failed('unknown');
    if (request.name === 'open') return this.#open(request.rtpCapabilitiesJson);
    const ground = this.#ground;
    if (ground === undefined) return failed(this.#home === undefined ? 'unavailable' : 'unknown');
    switch (request.name) {
      case 'connect':
        return connect(transportOf(ground, request.transportId), request.dtlsParametersJson);
      case 'produce':
        return request.transportId === ground.send.id
          ? this.#produce(ground, request.rtpParametersJson, request.intercom === true)
          : failed('unknown');
      case 'ready':
        ground.ready = true;
        return this.#bringConsumers();
      case 'pauseConsumer':
        return this.#pauseByPage(ground, request.consumerId, request.paused);
      case 'restartIce': {
        const transport = transportOf(ground, request.transportId);
        if (transport === undefined) return failed('unknown');
        return { result: 'iceRestarted', iceParametersJson: JSON.stringify(await transport.restartIce()) };
      }
      case 'closeProducer':
        this.#dropMicrophone(ground);
        this.#dropLine(ground);
        return done;
    }
  }

  async #open(rtpCapabilitiesJson: string): Promise<RtcAnswer> {
    const capabilities = readRtpCapabilities(rtpCapabilitiesJson);
    if (!capabilities.ok) return failed('malformed');
    const home = this.#home;
    if (home === undefined) return failed('unavailable');
    this.#leaveGround();
    const [send, receive] = await Promise.all([openTransport(home), openTransport(home)]);
    if (this.#home !== home || this.#closed) {
      send.close();
      receive.close();
      return failed('unavailable');
    }
    const ground: Ground = {
      home,
      send,
      receive,
      capabilities: capabilities.value,
      consumers: new Map(),
      ready: false,
      microphone: undefined,
      line: undefined,
    };
    this.#ground = ground;
    for (const transport of [send, receive]) {
      transport.on('icestatechange', (state) => state === 'disconnected' && this.#lose(ground, 'ice-disconnected'));
      transport.on('dtlsstatechange', (state) => {
        if (state === 'failed' || state === 'closed') this.#lose(ground, `dtls-${state}`);
        else if (state === 'connected') this.#tellMicrophone(ground);
      });
    }
    return { result: 'opened', sendTransportJson: describe(send), receiveTransportJson: describe(receive) };
  }

  async #produce(ground: Ground, rtpParametersJson: string, intercom: boolean): Promise<RtcAnswer> {
    const rtpParameters = readRtpParameters(rtpParametersJson);
    if (!rtpParameters.ok) return failed('malformed');
    if (intercom) return this.#produceLine(ground, rtpParameters.value);
    if (ground.microphone !== undefined) this.#dropMicrophone(ground);
    const producer = await ground.send.produce({ kind: 'audio', rtpParameters: rtpParameters.value });
    const microphone: Microphone = { producer, path: undefined, port: undefined };
    if (ground !== this.#ground) return failed('unavailable');
    ground.microphone = microphone;
    if (!(await this.#pave(ground, microphone))) {
      this.#dropMicrophone(ground);
      return failed('refused');
    }
    this.#tellMicrophone(ground);
    return { result: 'produced', producerId: producer.id };
  }

  async #produceLine(ground: Ground, rtpParameters: RtpParameters): Promise<RtcAnswer> {
    this.#dropLine(ground);
    const paused = this.#ports.isOnAir(this.id);
    const producer = await ground.send.produce({ kind: 'audio', rtpParameters, paused });
    if (ground !== this.#ground) return failed('unavailable');
    ground.line = { producer, hold: new PauseSwitch(producer), pipes: new Map() };
    this.holdLine(); // the floor may have passed meanwhile
    this.#ports.lineMoved(this.id);
    return { result: 'produced', producerId: producer.id };
  }

  #dropLine(ground: Ground): void {
    const line = ground.line;
    ground.line = undefined;
    line?.producer.close();
  }

  /** A console may ask for a floor once its voice can come: with its way laid but no DTLS it would hold one in silence. */
  #tellMicrophone(ground: Ground): void {
    if (ground !== this.#ground || ground.microphone?.port === undefined || ground.send.dtlsState !== 'connected')
      return;
    this.#ports.notify(this.id, { name: 'microphone', present: true });
  }

  /** Lays the microphone's way to the voice process; false when worker or voice process refused. */
  #pave(ground: Ground, microphone: Microphone): Promise<boolean> {
    return this.#layPath(ground, microphone).catch(() => false);
  }

  async #layPath(ground: Ground, microphone: Microphone): Promise<boolean> {
    const { voice, loopback } = this.#ports;
    const of = { home: ground.home, producerId: microphone.producer.id, console: this.id, voice, loopback };
    const port = await layMicrophonePath(of, (path) => {
      microphone.path = path;
      return ground.microphone === microphone;
    });
    if (port === undefined) return false;
    microphone.port = port;
    return ground === this.#ground;
  }

  #dropMicrophone(ground: Ground): void {
    const microphone = ground.microphone;
    if (microphone === undefined) return;
    ground.microphone = undefined;
    microphone.path?.close();
    microphone.producer.close();
    this.#ports.voice.closeMic(this.id);
    this.#ports.notify(this.id, { name: 'microphone', present: false });
  }

  async #bringConsumers(): Promise<RtcAnswer> {
    const ground = this.#ground;
    if (ground === undefined || !ground.ready) return done;
    const wanted = new Map<string, Source>();
    const lines = await Promise.all(
      this.#heard.map(async (party) => ({ party, producer: await this.#ports.line(party, ground.home) })),
    );
    for (const { party, producer } of lines) {
      if (producer !== undefined) wanted.set(producer.id, { feed: undefined, party, producer });
    }
    for (const group of this.#monitored) {
      for (const feed of this.#ports.feeds(ground.home, group)) {
        for (const [party, producer] of feed.producers) wanted.set(producer.id, { feed, party, producer });
      }
    }
    for (const [producerId, listening] of ground.consumers) {
      if (!wanted.has(producerId)) this.#stopListening(ground, producerId, listening);
    }
    const missing = [...wanted.values()].filter(({ producer }) => !ground.consumers.has(producer.id));
    // One that the worker refuses must not take the others with it.
    await Promise.allSettled(missing.map((source) => this.#listen(ground, source)));
    return done;
  }

  async #listen(ground: Ground, source: Source): Promise<void> {
    const { feed, party, producer } = source;
    const consumer = await ground.receive.consume({
      producerId: producer.id,
      rtpCapabilities: ground.capabilities,
      paused: this.#isOwnVoice(source),
      enableRtx: true, // for audio: answer NACKs (a lost packet is sent again in its own stream)
    });
    const isWanted = feed === undefined ? this.#heard.includes(party) : !feed.closed;
    if (ground !== this.#ground || !isWanted) {
      consumer.close();
      return;
    }
    const listening: Listening = { consumer, hold: new PauseSwitch(consumer), source, pausedByPage: false };
    ground.consumers.set(producer.id, listening);
    feed?.addListener(this.id);
    consumer.on('producerclose', () => this.#stopListening(ground, producer.id, listening));
    this.#ports.notify(this.id, {
      name: 'consume',
      consumerId: consumer.id,
      producerId: producer.id,
      rtpParametersJson: JSON.stringify(consumer.rtpParameters),
      group: feed?.group ?? '',
      party,
    });
    this.#applyPause(listening); // the floor may have passed meanwhile
  }

  #stopListening(ground: Ground, producerId: string, listening: Listening): void {
    if (!ground.consumers.delete(producerId)) return;
    listening.consumer.close();
    const { feed } = listening.source;
    if (![...ground.consumers.values()].some((other) => other.source.feed === feed)) feed?.removeListener(this.id);
    if (ground !== this.#ground) return;
    this.#ports.notify(this.id, { name: 'consumerClosed', consumerId: listening.consumer.id });
  }

  #pauseByPage(ground: Ground, consumerId: string, paused: boolean): RtcAnswer {
    for (const listening of ground.consumers.values()) {
      if (listening.consumer.id !== consumerId) continue;
      listening.pausedByPage = paused;
      this.#applyPause(listening);
      return done;
    }
    return failed('unknown');
  }

  #isOwnVoice({ feed, party }: Source): boolean {
    return feed !== undefined && party === 'operators' && this.#ports.operator(feed.group) === this.id;
  }

  #applyPause({ hold, source, pausedByPage }: Listening): void {
    hold.set(pausedByPage || this.#isOwnVoice(source));
  }

  /** A transport died under us: the page has to open again. */
  #lose(ground: Ground, reason: string): void {
    if (ground !== this.#ground) return;
    this.#leaveGround();
    this.#ports.notify(this.id, { name: 'reset', reason });
  }

  #leaveGround(): void {
    const ground = this.#ground;
    if (ground === undefined) return;
    this.#ground = undefined;
    this.#dropMicrophone(ground);
    this.#dropLine(ground);
    for (const [producerId, listening] of ground.consumers) this.#stopListening(ground, producerId, listening);
    ground.send.close();
    ground.receive.close();
  }
}

function openTransport(home: MediaHome): Promise<WebRtcTransport> {
  return home.router.createWebRtcTransport({
    webRtcServer: home.webRtcServer,
    enableUdp: true,
    enableTcp: true,
    preferUdp: true,
    enableSctp: false,
    initialAvailableOutgoingBitrate: outgoingBitrate,
    iceConsentTimeout: iceConsentTimeoutS,
  });
}

/** Undefined when either worker is gone. */
async function pipeTo(
  home: MediaHome,
  from: MediaHome,
  { id: producerId }: Producer,
  { address: ip, ports }: Loopback,
): Promise<Producer | undefined> {
  const listenInfo = { protocol: 'udp', ip, portRange: { min: ports.from, max: ports.to } } as const;
  try {
    return (await from.router.pipeToRouter({ producerId, router: home.router, listenInfo, enableSctp: false }))
      .pipeProducer;
  } catch {
    return undefined;
  }
}

async function connect(transport: WebRtcTransport | undefined, dtlsParametersJson: string): Promise<RtcAnswer> {
  if (transport === undefined) return failed('unknown');
  const dtlsParameters = readDtlsParameters(dtlsParametersJson);
  if (!dtlsParameters.ok) return failed('malformed');
  await transport.connect({ dtlsParameters: dtlsParameters.value });
  return done;
}

/** As mediasoup-client's createSendTransport and createRecvTransport take it. */
function describe({ id, iceParameters, iceCandidates, dtlsParameters }: WebRtcTransport): string {
  return JSON.stringify({ id, iceParameters, iceCandidates, dtlsParameters });
}

function transportOf(ground: Ground, id: string): WebRtcTransport | undefined {
  return [ground.send, ground.receive].find((transport) => transport.id === id);
}

function failed(error: RtcError): RtcAnswer {
  return { result: 'failed', error };
}
