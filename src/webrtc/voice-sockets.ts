/**
 * Asks the voice process for its end of a loopback path (a feed's or a microphone's socket) and waits for the port.
 *
 * Commands and events travel in order, so the first answer for an id belongs to its oldest open question; a question
 * that was given up keeps its place in the queue until its answer has gone by.
 */
import type { Clock } from '../base/clock.ts';
import type { ConsoleId, FeedId, FeedSettings, MicSettings } from '../talkgroups/terms.ts';
import type { VoiceCommand, VoiceEvent } from '../voice/contract.ts';

/** The voice process answers within a millisecond unless it is being restarted. */
const answerWithinMs = 2000;
/** Unanswered questions kept for one id; older ones are forgotten. */
const questionsMax = 16;

type Question = (port: number | undefined) => void;

export class VoiceSockets {
  readonly #send: (command: VoiceCommand) => void;
  readonly #clock: Clock;
  readonly #feeds = new Map<FeedId, Question[]>();
  readonly #mics = new Map<ConsoleId, Question[]>();

  constructor(send: (command: VoiceCommand) => void, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** The port of the voice process' socket on loopback; undefined when it refused or did not answer. */
  openFeed(settings: FeedSettings): Promise<number | undefined> {
    return this.#ask(this.#feeds, settings.feed, { name: 'openFeed', settings });
  }

  setFeedActive(feed: FeedId, active: boolean): void {
    this.#send({ name: 'setFeedActive', feed, active });
  }

  closeFeed(feed: FeedId): void {
    this.#send({ name: 'closeFeed', feed });
  }

  /** As openFeed. */
  openMic(settings: MicSettings): Promise<number | undefined> {
    return this.#ask(this.#mics, settings.console, { name: 'openMic', settings });
  }

  closeMic(console: ConsoleId): void {
    this.#send({ name: 'closeMic', console });
  }

  handle(event: VoiceEvent): void {
    switch (event.name) {
      case 'feedOpened':
        answer(this.#feeds, event.feed, event.localPort);
        return;
      case 'micOpened':
        answer(this.#mics, event.console, event.localPort);
        return;
      case 'failed':
        if (event.command === 'openFeed') answer(this.#feeds, event.id, undefined);
        if (event.command === 'openMic') answer(this.#mics, event.id, undefined);
        return;
      case 'ready': // it starts afresh and knows of no question
        for (const waiting of [this.#feeds, this.#mics]) {
          const questions = [...waiting.values()].flat();
          waiting.clear();
          for (const question of questions) question(undefined);
        }
        return;
    }
  }

  #ask(waiting: Map<string, Question[]>, id: string, command: VoiceCommand): Promise<number | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#clock.callAt(this.#clock.nowMs() + answerWithinMs, () => resolve(undefined));
      const question: Question = (port) => {
        cancel();
        resolve(port);
      };
      waiting.set(id, [...(waiting.get(id) ?? []), question].slice(-questionsMax));
      this.#send(command);
    });
  }
}

function answer(waiting: Map<string, Question[]>, id: string, port: number | undefined): void {
  const [first, ...rest] = waiting.get(id) ?? [];
  if (rest.length > 0) waiting.set(id, rest);
  else waiting.delete(id);
  first?.(port);
}
