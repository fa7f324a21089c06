/**
 * Announcements on their way: from an id and its fields to the words of each leg's language, their voice, and the voice
 * process, which says when they have been played. What was said stands in the log with its exact text.
 */
import type { Events } from '../../base/events.ts';
import type { Config } from '../../config/schema.ts';
import { createFrame, frameSamples } from '../../media/frame.ts';
import { OpusSpeechEncoder } from '../../media/opus.ts';
import {
  type AnnouncementText,
  type Fields,
  fieldsOf,
  type SpokenLanguage,
  wordingOf,
} from '../../operations/announcement-text.ts';
import { announcementTexts } from '../../operations/announcement-texts.ts';
import type { AnnouncementVoice } from '../../speech/announcement-voice.ts';
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
  /** It does not wait for the end of an over. */
  readonly urgent?: boolean;
  /** It has been said, or will not be. */
  readonly ended?: () => void;
}

export interface AnnouncementPorts {
  readonly events: Pick<Events, 'announcement'>;
  readonly speech: Pick<AnnouncementVoice, 'speak'>;
  sendVoice(command: VoiceCommand): void;
}

type End = Parameters<Events['announcement']>[0]['end'];

export class Announcements {
  readonly #config: Config;
  readonly #ports: AnnouncementPorts;
  readonly #texts: ReadonlyMap<string, AnnouncementText>;
  readonly #pending = new Map<string, AnnouncementOrder & { readonly texts: readonly string[] }>();
  #count = 0;

  constructor(config: Config, ports: AnnouncementPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#texts = new Map([...announcementTexts, ...config.announcements.texts].map((text) => [text.id, text]));
  }

  say(order: AnnouncementOrder): void {
    void this.#say(order);
  }

  voiceEvent(event: VoiceEvent): void {
    if (event.name === 'announced') this.#ended(event.announcement, event.end);
  }

  async #say(order: AnnouncementOrder): Promise<void> {
    const { group, id, talkgroups, urgent = false } = order;
    const text = this.#texts.get(id);
    const key = `${id}#${++this.#count}`;
    const short = this.#config.sharedGroups.find((each) => each.id === group)?.short ?? group;
    const fields = { group: short, ...order.fields };
    const byLanguage = Map.groupBy(talkgroups, (talkgroup) => this.#languageOf(talkgroup));
    const spoken = [...byLanguage].map(([language, its]) => ({
      language,
      its,
      wording: text === undefined ? { text: '', spoken: '' } : wordingOf(text, language, fields),
    }));
    this.#pending.set(key, { ...order, texts: spoken.map(({ wording }) => wording.text) });
    if (text === undefined || !this.#config.announcements.enabled) {
      this.#ended(key, 'silent');
      return;
    }
    const voices = await Promise.all(
      spoken.map(async ({ language, its, wording }) => {
        const recording = fieldsOf(text[language]).length === 0 ? id : undefined;
        const made = await this.#ports.speech.speak(wording.spoken, language, recording);
        if (!made.ok) {
          const failed = { group, announcement: id, texts: [wording.text], talkgroups: its };
          this.#ports.events.announcement({ ...failed, end: 'unspoken', reason: made.reason });
          return undefined;
        }
        return { legs: its.map((talkgroup) => legOf(group, talkgroup)), packets: packetsOf(made.samples) };
      }),
    );
    const made = voices.filter((voice) => voice !== undefined);
    if (made.length === 0) this.#ended(key, 'refused');
    else this.#ports.sendVoice({ name: 'announce', group, announcement: key, urgent, voices: made, consoles: 0 });
  }

  #ended(key: string, end: End): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    this.#pending.delete(key);
    const { group, id: announcement, texts, talkgroups, ended } = pending;
    this.#ports.events.announcement({ group, announcement, end, texts, talkgroups });
    ended?.();
  }

  #languageOf(talkgroup: string): SpokenLanguage {
    const at = this.#config.talkgroups.find(({ id }) => id === talkgroup);
    const network = this.#config.networks.find(({ id }) => id === at?.network);
    const language = at?.language ?? network?.language ?? 'fr';
    return language === 'de' ? 'en' : language;
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
