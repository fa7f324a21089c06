/**
 * Announcements as whoever writes them may hear them: by the program, voices and recordings that speak on the air, beside
 * those that do, so that nothing on the air waits for it. Nothing of it is kept on disk.
 */
import type { Heard, Listening, ListenWish } from '../api/listening.ts';
import type { Config } from '../config/schema.ts';
import { writeWav } from '../media/wav.ts';
import { fieldsOf, wordingOf } from '../operations/announcement-text.ts';
import { announcementTexts } from '../operations/announcement-texts.ts';
import { spelledOut } from '../operations/spelled-numbers.ts';
import { AnnouncementVoice, durationMsOf } from '../speech/announcement-voice.ts';

export class AnnouncementBooth implements Listening {
  readonly texts = announcementTexts;
  readonly #voice: AnnouncementVoice;
  readonly #isBelgian: boolean;

  constructor({ command, voices, recordings }: Config['announcements'], timeoutMs: number) {
    this.#voice = new AnnouncementVoice({ command, voices, recordings, cacheFolder: undefined, timeoutMs });
    this.#isBelgian = /\bbe\b/i.test(voices.fr);
  }

  async listen({ id, text: words, language, fields }: ListenWish): Promise<Heard> {
    const whole = { id, fr: words, nl: words, en: words, de: words };
    const { text, spoken } = wordingOf(whole, language, fields);
    const spelled = spelledOut(spoken, language, { isBelgian: this.#isBelgian });
    const recording = fieldsOf(words).length === 0 ? id : undefined;
    const made = spoken === '' ? undefined : await this.#voice.speak(spoken, language, recording);
    if (made?.ok !== true) return { text, spoken, spelled, speech: undefined };
    return { text, spoken, spelled, speech: { durationMs: durationMsOf(made.samples), wav: writeWav(made.samples) } };
  }
}
