/**
 * Asks the voice process for its end of a loopback path (a feed's or a microphone's socket) and waits for the port.
 *
 * The voice process answers for what it was told last of an id, so an answer belongs to the latest question. An answer
 * that nobody waits for is told too: after a restart the voice process is told everything again (voice-client.ts) and
 * may stand on another port than the one that mediasoup was connected to.
 */
import type { Clock } from '../base/clock.ts';
import type { ConsoleId, FeedId, FeedSettings, MicSettings } from '../talkgroups/terms.ts';
import type { VoiceCommand, VoiceEvent } from '../voice/contract.ts';

/** Where a path ends in the voice process now; undefined when it could not be opened there. */
export interface VoiceSocketsListener {
  feedMoved(feed: FeedId, port: number | undefined): void;
  micMoved(console: ConsoleId, port: number | undefined): void;
}

/** The voice process answers within a millisecond unless it is being restarted. */
const answerWithinMs = 2000;

type Question = (port: number | undefined) => void;

export class VoiceSockets {
  readonly #send: (command: VoiceCommand) => void;
  readonly #clock: Clock;
  readonly #listener: VoiceSocketsListener;
  readonly #feeds = new Map<FeedId, Question>();
  readonly #mics = new Map<ConsoleId, Question>();

  constructor(send: (command: VoiceCommand) => void, clock: Clock, listener: VoiceSocketsListener) {
    this.#send = send;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** The port of the voice process' socket on loopback; undefined when it refused, did not answer or was asked anew. */
  openFeed(settings: FeedSettings): Promise<number | undefined> {
    return this.#ask(this.#feeds, settings.feed, { name: 'openFeed', settings });
  }

  setFeedActive(feed: FeedId, active: boolean): void {
    this.#send({ name: 'setFeedActive', feed, active });
  }

  closeFeed(feed: FeedId): void {
    this.#feeds.get(feed)?.(undefined);
    this.#send({ name: 'closeFeed', feed });
  }

  /** As openFeed. */
  openMic(settings: MicSettings): Promise<number | undefined> {
    return this.#ask(this.#mics, settings.console, { name: 'openMic', settings });
  }

  closeMic(console: ConsoleId): void {
    this.#mics.get(console)?.(undefined);
    this.#send({ name: 'closeMic', console });
  }

  handle(event: VoiceEvent): void {
    if (event.name === 'feedOpened') this.#answerFeed(event.feed, event.localPort);
    else if (event.name === 'micOpened') this.#answerMic(event.console, event.localPort);
    else if (event.name === 'failed' && event.command === 'openFeed') this.#answerFeed(event.id, undefined);
    else if (event.name === 'failed' && event.command === 'openMic') this.#answerMic(event.id, undefined);
  }

  #answerFeed(feed: FeedId, port: number | undefined): void {
    const question = this.#feeds.get(feed);
    if (question === undefined) this.#listener.feedMoved(feed, port);
    else question(port);
  }

  #answerMic(console: ConsoleId, port: number | undefined): void {
    const question = this.#mics.get(console);
    if (question === undefined) this.#listener.micMoved(console, port);
    else question(port);
  }

  #ask(waiting: Map<string, Question>, id: string, command: VoiceCommand): Promise<number | undefined> {
    waiting.get(id)?.(undefined);
    return new Promise((resolve) => {
      const question: Question = (port) => {
        cancel();
        waiting.delete(id);
        resolve(port);
      };
      const cancel = this.#clock.callAt(this.#clock.nowMs() + answerWithinMs, () => question(undefined));
      waiting.set(id, question);
      this.#send(command);
    });
  }
}
