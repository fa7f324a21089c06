/**
 * Holds a stream of mediasoup, or lets it go. The stream says that it is held only once its worker has answered; what is
 * wanted may change meanwhile, and is asked for then. Without that a key that is pressed and let go within a round trip
 * would leave the stream held.
 */
interface Pausable {
  readonly paused: boolean;
  readonly closed: boolean;
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export class PauseSwitch {
  readonly #stream: Pausable;
  #wanted: boolean;
  #asking = false;

  constructor(stream: Pausable) {
    this.#stream = stream;
    this.#wanted = stream.paused;
  }

  set(paused: boolean): void {
    this.#wanted = paused;
    if (!this.#asking) void this.#follow();
  }

  async #follow(): Promise<void> {
    const stream = this.#stream;
    this.#asking = true;
    try {
      while (!stream.closed && stream.paused !== this.#wanted) await (this.#wanted ? stream.pause() : stream.resume());
    } catch {
      // A request to a worker that died meanwhile; its death is told by the pool.
    } finally {
      this.#asking = false;
    }
  }
}
