/**
 * The voice of whoever is on a direct line, from the intercom's way of his microphone to the voice process. There it is
 * a party of the line's own group and of no other, so that nothing of it can reach a talkgroup.
 *
 * Brought to what is wanted, one task after another: a console's line may come after its call, and go before it.
 */
import type { PlainTransport, Producer } from 'mediasoup/types';
import type { ConsoleId } from '../talkgroups/terms.ts';
import type { Loopback } from './feed.ts';
import { layMicrophonePath } from './microphone-path.ts';
import type { VoiceSockets } from './voice-sockets.ts';
import type { MediaHome } from './worker-pool.ts';

export interface LinePathPorts {
  readonly voice: VoiceSockets;
  readonly loopback: Loopback;
  /** The line of a console and where it lives; undefined while it has none. */
  lineOf(console: ConsoleId): { readonly home: MediaHome; readonly producer: Producer } | undefined;
}

export class LinePath {
  readonly id: ConsoleId;
  readonly #ports: LinePathPorts;
  #talker: ConsoleId | undefined;
  #path: PlainTransport | undefined;
  #producer: Producer | undefined;
  /** The voice process' port that the path is connected to; undefined while there is none. */
  #port: number | undefined;
  #closed = false;
  #tail: Promise<void> = Promise.resolve();

  /** `id`: as whom the voice process knows whoever is on the line. */
  constructor(id: ConsoleId, ports: LinePathPorts) {
    this.id = id;
    this.#ports = ports;
  }

  get talker(): ConsoleId | undefined {
    return this.#talker;
  }

  /** Whose voice is on the line from here on. */
  hear(console: ConsoleId | undefined): void {
    this.#talker = console;
    this.reconcile();
  }

  /** The line of whoever talks may be another. */
  reconcile(): void {
    // One that a dying worker cut off is laid anew when its console has a new line.
    this.#tail = this.#tail.then(() => this.#lay()).catch(() => this.#drop());
  }

  /** The voice process has its end on that port, after a restart perhaps on another. */
  moved(port: number | undefined): void {
    if (this.#port === undefined || port === this.#port) return;
    this.#drop();
    this.reconcile();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  async #lay(): Promise<void> {
    const line = this.#talker === undefined || this.#closed ? undefined : this.#ports.lineOf(this.#talker);
    if (line?.producer === this.#producer && this.#port !== undefined) return;
    this.#drop();
    if (line === undefined) return;
    const { voice, loopback } = this.#ports;
    const { home, producer } = line;
    this.#producer = producer;
    const of = { home, producerId: producer.id, console: this.id, voice, loopback };
    const port = await layMicrophonePath(of, (path) => {
      if (this.#closed) return false;
      this.#path = path;
      return true;
    });
    if (port === undefined || this.#closed) this.#drop();
    else this.#port = port;
  }

  #drop(): void {
    this.#path?.close();
    if (this.#producer !== undefined) this.#ports.voice.closeMic(this.id);
    this.#path = undefined;
    this.#producer = undefined;
    this.#port = undefined;
  }
}
