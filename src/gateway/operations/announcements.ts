/**
 * Announcements on their way: from an id and its fields to the words of each leg's language, their voice, and the voice
 * process, which says when they have been played. What was said stands in the log with its exact text. In an
 * exercise nothing is said without the word before it, and nothing with it once it is real.
 */
import type { Events, SomeEvents } from '../../base/events.ts';
import { bySection } from '../../config/live-config.ts';
import type { Config } from '../../config/schema.ts';
import { createFrame, frameRateHz, frameSamples } from '../../media/frame.ts';
import { OpusSpeechEncoder } from '../../media/opus.ts';
import {
  type AnnouncementText,
  type Fields,
  fieldsOf,
  inLanguage,
  languageOf,
  type SpokenLanguage,
  wordingOf,
} from '../../operations/announcement-text.ts';
import { announcementTexts } from '../../operations/announcement-texts.ts';
import type { AnnouncementVoice, Spoken } from '../../speech/announcement-voice.ts';
import type { AnnouncementUrgency } from '../../talkgroups/terms.ts';
import type { VoiceCommand, VoiceEvent } from '../../voice/contract.ts';
import { legOf } from '../group-plan.ts';

export interface AnnouncementOrder {
  readonly group: string;
  /** Of the configuration or of announcement-texts.ts, e.g. `ann-open`. */
  readonly id: string;
  /** `{group}` is filled in by itself. */
  readonly fields?: Fields;
  /** Members of the group that hear it. */
  readonly talkgroups: readonly string[];
  /** `patient` if not said. */
  readonly urgency?: AnnouncementUrgency;
  /** It has been said, or will not be. */
  readonly ended?: () => void;
}

export interface AnnouncementPorts {
  readonly events: SomeEvents<'operations.announcement'>;
  readonly speech: Pick<AnnouncementVoice, 'speak'>;
  sendVoice(command: VoiceCommand): void;
  /** The group is open as an exercise, which is under way. */
  inExercise(group: string): boolean;
}

type End = Parameters<Events['operations']['announcement']>[0]['end'];

interface Pending extends AnnouncementOrder {
  readonly texts: readonly string[];
  readonly exercise: boolean;
}

/** Said alone, and before all else that is said in an exercise. */
const exerciseId = 'ann-exercise';
/** Between the word and what follows it. */
const pauseS = 0.25;

export class Announcements {
  readonly #config: Config;
  readonly #ports: AnnouncementPorts;
  readonly #texts: () => ReadonlyMap<string, AnnouncementText>;
  readonly #pending = new Map<string, Pending>();
  /** Legs that carry nothing now: whoever is behind them does not hear it, and the log says so. */
  readonly #down = new Set<string>();
  #count = 0;

  constructor(config: Config, ports: AnnouncementPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#texts = bySection(config, 'announcements', ({ announcements }) => {
      return new Map([...announcementTexts, ...announcements.texts].map((text) => [text.id, text]));
    });
  }

  say(order: AnnouncementOrder): void {
    void this.#say(order);
  }

  voiceEvent(event: VoiceEvent): void {
    if (event.name === 'announced') this.#ended(event.announcement, event.end);
  }

  legState(leg: string, up: boolean): void {
    if (up) this.#down.delete(leg);
    else this.#down.add(leg);
  }

  /** The group is real from now on: what was to be said with the word of an exercise is not said any more. */
  withdrawExercise(group: string): void {
    for (const [key, pending] of [...this.#pending]) {
      if (pending.group !== group || !pending.exercise) continue;
      this.#ports.sendVoice({ name: 'withdraw', group, announcement: key });
      this.#ended(key, 'cut');
    }
  }

  async #say(order: AnnouncementOrder): Promise<void> {
    const { group, id, talkgroups, urgency = 'patient' } = order;
    const exercise = this.#ports.inExercise(group);
    const texts = exercise && id !== exerciseId ? [exerciseId, id] : [id];
    const parts = texts.flatMap((each) => this.#texts().get(each) ?? []);
    const sayable = parts.length === texts.length;
    const key = `${id}#${++this.#count}`;
    const short = this.#config.sharedGroups.find((each) => each.id === group)?.short ?? group;
    const fields = { group: short, ...order.fields };
    const byLanguage = Map.groupBy(talkgroups, (talkgroup) => languageOf(parts, this.#languageOf(talkgroup)));
    const spoken = [...byLanguage].map(([language, its]) => {
      return { language, its, text: parts.map((part) => wordingOf(part, language, fields).text).join(' ') };
    });
    const marked = exercise && { exercise };
    this.#pending.set(key, { ...order, texts: spoken.map(({ text }) => text), exercise });
    if (!sayable || !this.#config.announcements.enabled) {
      this.#ended(key, 'silent');
      return;
    }
    const voices = await Promise.all(
      spoken.map(async ({ language, its, text }) => {
        const made = await this.#speak(parts, language, fields, urgency);
        if (!made.ok) {
          const failed = { group, announcement: id, texts: [text], talkgroups: its, ...marked };
          this.#ports.events.operations.announcement({ ...failed, end: 'unspoken', reason: made.reason });
          return undefined;
        }
        return { legs: its.map((talkgroup) => legOf(group, talkgroup)), packets: packetsOf(made.samples) };
      }),
    );
    if (!this.#pending.has(key)) return; // withdrawn meanwhile
    const made = voices.filter((voice) => voice !== undefined);
    if (made.length === 0) this.#ended(key, 'refused');
    else this.#ports.sendVoice({ name: 'announce', group, announcement: key, urgency, voices: made, consoles: 0 });
  }

  /** One after another; without any of them there is none. */
  async #speak(
    parts: readonly AnnouncementText[],
    language: SpokenLanguage,
    fields: Fields,
    urgency: AnnouncementUrgency,
  ): Promise<Spoken> {
    const pause = Math.round(pauseS * frameRateHz);
    const all: Float32Array[] = [];
    for (const part of parts) {
      const recording = fieldsOf(inLanguage(part, language)).length === 0 ? part.id : undefined;
      const { spoken } = wordingOf(part, language, fields);
      const made = await this.#ports.speech.speak(spoken, language, recording, urgency === 'emergency');
      if (!made.ok) return made;
      all.push(made.samples);
    }
    const samples = new Float32Array(all.reduce((sum, { length }) => sum + length + pause, -pause));
    let at = 0;
    for (const each of all) {
      samples.set(each, at);
      at += each.length + pause;
    }
    return { ok: true, samples };
  }

  #ended(key: string, end: End): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    this.#pending.delete(key);
    const { group, id: announcement, texts, ended, exercise } = pending;
    const isMissed = (talkgroup: string) => end === 'played' && this.#down.has(legOf(group, talkgroup));
    const missed = pending.talkgroups.filter(isMissed);
    const talkgroups = pending.talkgroups.filter((talkgroup) => !isMissed(talkgroup));
    this.#ports.events.operations.announcement({
      ...{ group, announcement, end, texts, talkgroups },
      ...(missed.length > 0 && { missed }),
      ...(exercise && { exercise }),
    });
    ended?.();
  }

  #languageOf(talkgroup: string): SpokenLanguage {
    const at = this.#config.talkgroups.find(({ id }) => id === talkgroup);
    const network = this.#config.networks.find(({ id }) => id === at?.network);
    return at?.language ?? network?.language ?? 'fr';
  }
}

/** Opus of 20 ms, base64, as the voice process takes it. */
function packetsOf(samples: Float32Array): readonly string[] {
  const encoder = new OpusSpeechEncoder();
  const frame = createFrame();
  return Array.from({ length: Math.ceil(samples.length / frameSamples) }, (_, index) => {
    frame.fill(0);
    frame.set(samples.subarray(index * frameSamples, (index + 1) * frameSamples));
    return Buffer.from(encoder.encode(frame)).toString('base64');
  });
}
