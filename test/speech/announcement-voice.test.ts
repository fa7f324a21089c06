import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { levelDbov } from '../../src/media/level.ts';
import { AnnouncementVoice, type AnnouncementVoiceOptions, durationMsOf } from '../../src/speech/announcement-voice.ts';

const recording = new URL('../../config/demo-speech/s1-08.wav', import.meta.url).pathname;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'escaut-speech-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const voice = (more: Partial<AnnouncementVoiceOptions> = {}): AnnouncementVoice =>
  new AnnouncementVoice({
    command: ['espeak-ng', '-v', '{voice}', '-s', '150', '--stdin', '--stdout'],
    voices: { fr: 'fr-be', nl: 'nl', en: 'en-gb', de: 'de' },
    cacheFolder: join(folder, 'cache'),
    recordings: undefined,
    timeoutMs: 10_000,
    ...more,
  });

describe('an announcement', () => {
  it.each([
    ['fr', 'Franchissement de frontière à P F zéro quatre, 2 heures 15.'],
    ['nl', 'Grens overgestoken aan P F nul vier, 2 uur 15.'],
    ['en', 'Border crossed at P F zero four, 2 15.'],
    ['de', 'Grenzübertritt bei P F null vier, 2 Uhr 15.'],
  ])('is spoken in %s, at the level of speech, without silence around it', async (language, words) => {
    const spoken = await voice().speak(words, language);
    if (!spoken.ok) throw new Error(spoken.reason);
    const { samples } = spoken;
    expect(durationMsOf(samples)).toBeGreaterThan(2000);
    expect(durationMsOf(samples)).toBeLessThan(10_000);
    expect(levelDbov(samples)).toBeGreaterThan(-25);
    expect(levelDbov(samples)).toBeLessThan(-17);
    expect(levelDbov(samples.subarray(0, 320))).toBeGreaterThan(-50);
    expect(Math.max(...samples)).toBeLessThan(0.9);
  });

  it('that was made once is there without the program', async () => {
    const first = await voice().speak('Attention.', 'fr');
    const again = await voice({ command: ['espeak-ng', '-v', '{voice}', '-s', '150', '--stdin', '--stdout'] }).speak(
      'Attention.',
      'fr',
    );
    expect(await readdir(join(folder, 'cache'))).toHaveLength(1);
    if (!first.ok || !again.ok) throw new Error('not spoken');
    expect(again.samples.length).toBe(first.samples.length);
    const error = first.samples.map((sample, index) => sample - again.samples[index]!);
    expect(levelDbov(error)).toBeLessThan(-90);
  });

  it('asked for twice at once is made once', async () => {
    const one = voice();
    expect(one.speak('Attention.', 'fr')).toBe(one.speak('Attention.', 'fr'));
    await one.speak('Attention.', 'fr');
  });

  it('may be a recording, where it has no fields', async () => {
    const recordings = join(folder, 'recordings');
    await mkdir(recordings);
    await copyFile(recording, join(recordings, 'ann-slow.nl.wav'));
    const mute = voice({ command: ['false'], recordings });
    expect((await mute.speak('Spreek traag.', 'nl', 'ann-slow')).ok).toBe(true);
    expect((await mute.speak('Spreek traag.', 'nl')).ok).toBe(false);
  });
});

describe('what goes wrong is said', () => {
  it.each([
    ['a program that is not there', { command: ['no-such-synthesiser'] }, 'no-such-synthesiser is not installed'],
    ['a program that fails', { command: ['false'] }, 'false failed: 1'],
    ['a program that says nothing', { command: ['true'] }, 'its WAV file cannot be read: not-riff'],
    ['a program that hangs', { command: ['sleep', '60'], timeoutMs: 50 }, 'sleep did not end within 50 ms'],
    ['a language without a voice', { voices: {} }, 'no voice is configured for fr'],
  ])('%s', async (_, more, reason) => {
    expect(await voice(more).speak('Attention.', 'fr')).toEqual({ ok: false, reason });
  });

  it('a folder that cannot be written costs nothing but time', async () => {
    await writeFile(join(folder, 'cache'), 'a file, not a folder');
    expect((await voice().speak('Attention.', 'fr')).ok).toBe(true);
  });

  it('many at once wait for their turn; too many are told so', async () => {
    const busy = voice({ command: ['sleep', '60'], timeoutMs: 20, cacheFolder: undefined });
    const all = await Promise.all(Array.from({ length: 103 }, (_, index) => busy.speak(`${index}`, 'fr')));
    const reasons = all.map((spoken) => (spoken.ok ? '' : spoken.reason));
    expect(reasons.filter((reason) => reason.startsWith('too many'))).toHaveLength(1);
  });

  it('one that goes first finds a place among too many, of which the last gives way', async () => {
    const busy = voice({ command: ['false'], cacheFolder: undefined });
    const order: string[] = [];
    const speak = async (words: string, first?: boolean) => {
      const spoken = await busy.speak(words, 'fr', undefined, first);
      order.push(`${words} ${spoken.ok ? '' : spoken.reason}`);
    };
    const all = Array.from({ length: 102 }, (_, index) => speak(`${index}`));
    await Promise.all([...all, speak('emergency', true)]);
    expect(order[0]).toBe('101 too many announcements wait to be spoken');
    const at = order.findIndex((each) => each.startsWith('emergency'));
    expect(order[at]).not.toContain('too many');
    expect(at).toBeLessThan(order.findIndex((each) => each.startsWith('50 ')));
  });
});
