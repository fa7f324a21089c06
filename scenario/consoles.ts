/** The persons' consoles: one Chromium, a window of its own for each, on the page that the gateway serves. */
import { readFileSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { chromiumFlags, chromiumPath } from '../test/interop/support/chromium-flags.ts';
import { resampled } from '../test/interop/support/sound.ts';
import type { Sound } from '../test/interop/support/wav.ts';
import { utcMs } from './clock.ts';
import type { NoticedFact, SeenUnit, ShownFact } from './facts.ts';
import type { Language } from './scenario-file.ts';
import { textOf } from './texts.ts';

const recorderScript = readFileSync(new URL('page-recorder.js', import.meta.url), 'utf8');
const pageScript = readFileSync(new URL('page-script.js', import.meta.url), 'utf8').replace('RECORDER', () =>
  JSON.stringify(recorderScript),
);

type PageFact =
  | ({ readonly kind: 'tile' } & Omit<ShownFact, 'person'>)
  | ({ readonly kind: 'notice' } & Omit<NoticedFact, 'person'>);

/** What was played, still as the page recorded it: made into sound when the run is over. */
export interface Recorded {
  readonly rateHz: number;
  readonly base64: string;
}

/** Where there is no screen, as on a machine that one is logged on to from elsewhere, no window can be shown. */
export function hasScreen({ DISPLAY = '', WAYLAND_DISPLAY = '' }: NodeJS.ProcessEnv, platform: string): boolean {
  return platform !== 'linux' || DISPLAY !== '' || WAYLAND_DISPLAY !== '';
}

const standsMs = 60_000;
const talkMs = 5000;

export class Consoles {
  readonly #browser: Browser;
  readonly #contexts = new Map<string, BrowserContext>();
  readonly #desks = new Map<string, Desk>();

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** `watched`: windows are shown. */
  static async open(watched: boolean): Promise<Consoles> {
    const flags = watched ? chromiumFlags.filter((flag) => flag !== '--headless') : chromiumFlags;
    const browser = await chromium.launch({
      executablePath: chromiumPath,
      headless: !watched,
      ...{ handleSIGINT: false, handleSIGTERM: false }, // the run is ended in order
      args: [...flags, '--autoplay-policy=no-user-gesture-required'],
    });
    return new Consoles(browser);
  }

  /** Resolves when the page hears and its microphone stands. */
  async seat(person: string, link: string, language: Language): Promise<Desk> {
    const context = await this.#browser.newContext({
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      permissions: ['microphone'],
      bypassCSP: true, // for the recorder's own script; that the page keeps to its policy is tested with the page
    });
    this.#contexts.set(person, context);
    await context.addInitScript(pageScript);
    const page = await context.newPage();
    await page.goto(link);
    await page.locator('.tile').first().waitFor({ timeout: standsMs });
    const desk = new Desk(person, page, language);
    this.#desks.set(person, desk);
    return desk;
  }

  get desks(): readonly Desk[] {
    return [...this.#desks.values()];
  }

  desk(person: string): Desk | undefined {
    return this.#desks.get(person);
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

export class Desk {
  readonly person: string;
  readonly page: Page;
  readonly language: Language;
  readonly shown: ShownFact[] = [];
  readonly noticed: NoticedFact[] = [];
  /** What the page complained of. */
  readonly complaints: string[] = [];

  constructor(person: string, page: Page, language: Language) {
    this.person = person;
    this.page = page;
    this.language = language;
    page.on('pageerror', (error) => this.complaints.push(error.message));
  }

  /** A text of the page in this person's language. */
  text(key: string, values?: Readonly<Record<string, string | number>>): string {
    return textOf(this.language, key, values) ?? `(${key})`;
  }

  tile(group: string) {
    return this.page.locator(`.tile[data-group="${group}"]`);
  }

  /** Chooses the group that the space bar talks on. */
  async choose(group: string): Promise<void> {
    const tile = this.tile(group);
    if ((await tile.getAttribute('data-selected')) !== 'true') await tile.locator('.tile-select').click();
    await this.page.locator('#groups').focus();
  }

  /** Speaks with the space bar held. `startMs`: when the first sample went into the microphone; undefined: not let through. */
  async talk(
    group: string,
    speech: Sound,
  ): Promise<{ readonly keyedMs: number; readonly startMs?: number; readonly endMs: number }> {
    await this.choose(group);
    await this.page.evaluate('window.scenario.listen()');
    const keyedMs = utcMs();
    await this.page.keyboard.down(' ');
    try {
      const talks = await this.#shows(group, 'transmitting', talkMs);
      if (!talks) return { keyedMs, endMs: utcMs() };
      const startMs = await this.#intoMicrophone(speech);
      return { keyedMs, startMs, endMs: utcMs() };
    } finally {
      await this.page.keyboard.up(' ');
    }
  }

  /** Says it into the microphone, whatever the page does with it. */
  async say(speech: Sound): Promise<void> {
    await this.page.evaluate('window.scenario.listen()');
    await this.#intoMicrophone(speech);
  }

  /** When its first sample went in. */
  #intoMicrophone({ samples, rateHz }: Sound): Promise<number> {
    const pcm = Int16Array.from(samples, (sample) => Math.round(32_767 * sample));
    const base64 = Buffer.from(pcm.buffer).toString('base64');
    return this.page.evaluate<number>(`window.scenario.say('${base64}', ${rateHz})`);
  }

  #shows(group: string, state: string, withinMs: number): Promise<boolean> {
    const there = this.page.locator(`.tile[data-group="${group}"][data-state="${state}"]`);
    return there.waitFor({ timeout: withinMs }).then(
      () => true,
      () => false,
    );
  }

  /** Units in the list of the map, as its rows say them. */
  async unitsOnMap(): Promise<readonly SeenUnit[]> {
    await this.page
      .getByRole('navigation')
      .getByRole('button', { name: this.text('view.map') })
      .click();
    await this.page.locator('.map-lists').waitFor({ timeout: talkMs });
    const seen = await this.page.evaluate<SeenUnit[]>('window.scenario.units()');
    await this.page.keyboard.press('Escape');
    return seen;
  }

  async listensTo(group: string): Promise<boolean> {
    return (await this.tile(group).getAttribute('data-monitored')) === 'true';
  }

  /** Begins to record what the page plays. */
  async record(): Promise<void> {
    await this.page.evaluate('window.scenario.record()');
  }

  /** What it has played since. */
  recorded(): Promise<Recorded> {
    return this.page.evaluate<Recorded>('window.scenario.recorded()');
  }

  /** Notes what the page has shown since the last time. */
  async note(): Promise<void> {
    for (const fact of await this.page.evaluate<PageFact[]>('window.scenario.take()')) {
      const { person } = this;
      if (fact.kind === 'tile') this.shown.push({ ...fact, person });
      else this.noticed.push({ ...fact, person });
    }
  }
}

export function soundOfPage({ rateHz, base64 }: Recorded): Sound {
  const bytes = Buffer.from(base64, 'base64');
  const samples = Float32Array.from({ length: bytes.length >> 1 }, (_, at) => bytes.readInt16LE(2 * at) / 32_768);
  return resampled({ rateHz, samples }, 8000);
}
