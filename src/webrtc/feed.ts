/**
 * One way of one group's voice into one mediasoup router: a PlainTransport on loopback, connected to the voice process'
 * own socket, with one producer per stream (each leg, and `operators` for whichever console talks).
 *
 *   voice process ──RTP, one SSRC a stream──▶ PlainTransport ─▶ producers ─▶ a consumer per stream and console
 *
 * `connect()` and not comedia: a transport that learns its peer from the first packet would take anybody's.
 */
import type { PlainTransport, Producer } from 'mediasoup/types';
import { Alarm, type Clock } from '../base/clock.ts';
import type { FeedId, FeedStream, GroupId, LegId } from '../talkgroups/terms.ts';
import type { VoiceSockets } from './voice-sockets.ts';
import { type MediaHome, opusPayloadType } from './worker-pool.ts';

export type FeedParty = LegId | 'operators';

export interface FeedOptions {
  readonly id: FeedId;
  readonly group: GroupId;
  readonly home: MediaHome;
  readonly parties: readonly FeedParty[];
  /** UDP ports on loopback for our own transports. */
  readonly loopback: Loopback;
  /** Hands out SSRCs that no other stream has. */
  readonly nextSsrc: () => number;
}

export interface Loopback {
  readonly address: string;
  readonly ports: { readonly from: number; readonly to: number };
}

/** A listener who changes his mind within this time costs no command. */
const lingerMs = 5000;

export class Feed {
  readonly id: FeedId;
  readonly group: GroupId;
  readonly home: MediaHome;
  readonly #options: FeedOptions;
  readonly #voice: VoiceSockets;
  readonly #clock: Clock;
  readonly #linger: Alarm;
  readonly #producers = new Map<FeedParty, Producer>();
  readonly #listeners = new Set<string>();
  #transport: PlainTransport | undefined;
  #port: number | undefined;
  #active = false;
  #closed = false;

  constructor(options: FeedOptions, voice: VoiceSockets, clock: Clock) {
    this.id = options.id;
    this.group = options.group;
    this.home = options.home;
    this.#options = options;
    this.#voice = voice;
    this.#clock = clock;
    this.#linger = new Alarm(clock, () => this.#setActive(false));
  }

  /** Streams that can be consumed; empty until `open` has succeeded and after `close`. */
  get producers(): ReadonlyMap<FeedParty, Producer> {
    return this.#producers;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The voice process' port that it is connected to; undefined while it is being opened. */
  get port(): number | undefined {
    return this.#port;
  }

  /** True when its streams can be consumed; false when worker or voice process refused, and it is closed. */
  async open(): Promise<boolean> {
    const opened = await this.#open().catch(() => false);
    if (!opened) this.close();
    return opened && !this.#closed;
  }

  /** `listener` consumes a stream of this feed; while anybody does, the voice process sends. */
  addListener(listener: string): void {
    if (this.#closed) return;
    this.#listeners.add(listener);
    this.#linger.clear();
    this.#setActive(true);
  }

  removeListener(listener: string): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
    this.#linger.setAt(this.#clock.nowMs() + lingerMs);
  }

  /**
   * The voice process was restarted and numbers its packets anew. A sender of SRTP takes numbers that fall back for old
   * ones and drops them; a producer that was paused goes on, towards its consumers, where it stopped.
   */
  async renumber(): Promise<void> {
    await Promise.all(
      [...this.#producers.values()].map(async (producer) => {
        await producer.pause();
        await producer.resume();
      }),
    ).catch(() => this.close()); // the worker is gone: its end is told by the pool
  }

  /** Ends the streams here and in the voice process; consumers of them end as well. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#linger.clear();
    this.#listeners.clear();
    this.#producers.clear();
    this.#transport?.close();
    this.#voice.closeFeed(this.id);
  }

  async #open(): Promise<boolean> {
    const { home, parties, loopback, nextSsrc } = this.#options;
    const transport = await openLoopback(home, loopback);
    if (this.#closed) {
      transport.close(); // nobody else knows of it
      return false;
    }
    this.#transport = transport;
    const streams: FeedStream[] = parties.map((party) => ({ party, ssrc: nextSsrc() }));
    const [port, producers] = await Promise.all([
      this.#voice.openFeed({
        feed: this.id,
        group: this.group,
        remote: { address: transport.tuple.localAddress, port: transport.tuple.localPort },
        payloadType: opusPayloadType,
        streams,
        active: false,
      }),
      Promise.all(streams.map((stream) => produce(transport, stream))),
    ]);
    if (port === undefined || this.#closed) return false;
    await transport.connect({ ip: loopback.address, port });
    if (this.#closed) return false;
    this.#port = port;
    for (const [index, stream] of streams.entries()) this.#producers.set(stream.party, producers[index]!);
    return true;
  }

  #setActive(active: boolean): void {
    if (active === this.#active || this.#closed) return;
    this.#active = active;
    this.#voice.setFeedActive(this.id, active);
  }
}

/** Our end of a loopback path to or from the voice process. */
export function openLoopback(home: MediaHome, loopback: Loopback): Promise<PlainTransport> {
  return home.router.createPlainTransport({
    listenInfo: {
      protocol: 'udp',
      ip: loopback.address,
      portRange: { min: loopback.ports.from, max: loopback.ports.to },
    },
    rtcpMux: true,
    comedia: false,
  });
}

function produce(transport: PlainTransport, stream: FeedStream): Promise<Producer> {
  return transport.produce({
    kind: 'audio',
    rtpParameters: {
      codecs: [
        {
          mimeType: 'audio/opus',
          payloadType: opusPayloadType,
          clockRate: 48_000,
          channels: 2,
          parameters: { useinbandfec: 1 },
          rtcpFeedback: [],
        },
      ],
      // Between overs a stream is silent; without this the worker would call it dead each time.
      encodings: [{ ssrc: stream.ssrc, dtx: true }],
    },
  });
}
