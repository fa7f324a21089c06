/**
 * Chromium with the console page that the gateway serves: its microphone is a sound file in a loop, and what it plays
 * is recorded on its way to the loudspeaker (page-tap.js).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { chromiumFlags, chromiumPath } from './chromium-flags.ts';
import { resampled } from './sound.ts';
import { until } from './until.ts';
import type { Sound } from './wav.ts';

const tapScript = readFileSync(new URL('page-tap.js', import.meta.url), 'utf8');
const workletScript = readFileSync(new URL('page-tap-worklet.js', import.meta.url), 'utf8');

export interface PageSound extends Sound {
  /** UTC, ms, at which the first sample leaves the loudspeaker (or, of the microphone, passes the page). */
  readonly firstMs: number;
}

type TapName = 'played' | 'microphone';

export class ConsolePage {
  readonly page: Page;
  /** What the page complained of. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;
  readonly #otherTab: Page;
  readonly #profile: string;

  private constructor(context: BrowserContext, page: Page, otherTab: Page, profile: string) {
    this.#context = context;
    this.page = page;
    this.#otherTab = otherTab;
    this.#profile = profile;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (line) => {
      if (line.type() === 'error') this.complaints.push(line.text());
    });
  }

  /** A browser of its own with one console in it. Resolves when the space bar would talk. */
  static async open(link: string, microphoneWav: string): Promise<ConsolePage> {
    const profile = mkdtempSync(join(tmpdir(), 'escaut-chromium-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: chromiumPath,
      args: [...chromiumFlags, `--use-file-for-fake-audio-capture=${microphoneWav}`],
      permissions: ['microphone'],
      bypassCSP: true, // for the recorder's own script; that the page keeps to its policy is tested with the page
      viewport: { width: 1440, height: 900 },
    });
    try {
      await context.addInitScript(tapScript.replace('WORKLET', () => JSON.stringify(workletScript)));
      const otherTab = await context.newPage();
      const page = context.pages()[0] ?? (await context.newPage());
      const console = new ConsolePage(context, page, otherTab, profile);
      await page.bringToFront();
      await page.goto(link);
      await console.page.locator('.talk-bar-key[data-off="false"]').waitFor({ timeout: 20_000 });
      // Else every tab believes that it has the focus. Navigation turns it on again.
      const session = await context.newCDPSession(page);
      await session.send('Emulation.setFocusEmulationEnabled', { enabled: false });
      return console;
    } catch (error) {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
      throw error;
    }
  }

  tile(group: string) {
    return this.page.locator(`.tile[data-group="${group}"]`);
  }

  async tileShows(group: string, state: string, withinMs = 5000): Promise<void> {
    await this.page.locator(`.tile[data-group="${group}"][data-state="${state}"]`).waitFor({ timeout: withinMs });
  }

  /** Frame of the page's audio clock. */
  now(): Promise<number> {
    return this.page.evaluate<number>('window.e2eTap.now()');
  }

  /** What the page has played, or its microphone has given, since that frame; at 8 kHz. */
  async recorded(name: TapName, fromFrame: number): Promise<PageSound> {
    const { rateHz, base64, firstMs } = await this.page.evaluate<{ rateHz: number; base64: string; firstMs: number }>(
      `window.e2eTap.read('${name}', ${fromFrame})`,
    );
    const bytes = Buffer.from(base64, 'base64');
    const samples = Float32Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i) / 32768);
    return { ...resampled({ rateHz, samples }, 8000), firstMs };
  }

  /**
   * Holds the space bar for one round of the microphone's sound file, from its pause to its pause. Resolves with what
   * the microphone gave from key-down on, and the time from key-down until the tile said that we talk.
   */
  async talk(group: string): Promise<{ readonly said: PageSound; readonly shownAfterMs: number }> {
    await this.microphonePauses(300);
    const shown = this.page.evaluate<number>(`window.e2eTap.keyToTalk('${group}')`);
    const from = await this.now();
    await this.page.keyboard.down(' ');
    await this.tileShows(group, 'transmitting');
    await this.microphoneSpeaks();
    await this.microphonePauses(600);
    await this.page.keyboard.up(' ');
    return { said: await this.recorded('microphone', from), shownAfterMs: await shown };
  }

  /** Waits until the microphone has been silent for that long: between two rounds of its sound file. */
  async microphonePauses(forMs: number): Promise<void> {
    const peak = () => this.page.evaluate<number>(`window.e2eTap.microphonePeak(${forMs})`);
    await until('the microphone pauses', async () => (await peak()) < 0.005, 15_000);
  }

  /** Waits until it speaks. */
  async microphoneSpeaks(): Promise<void> {
    const peak = () => this.page.evaluate<number>('window.e2eTap.microphonePeak(100)');
    await until('the microphone speaks', async () => (await peak()) > 0.05, 15_000);
  }

  /** Another tab comes to the front, as when the operator looks something up. */
  async loseFocus(): Promise<void> {
    await this.#otherTab.bringToFront();
  }

  async regainFocus(): Promise<void> {
    await this.page.bringToFront();
  }

  async close(): Promise<void> {
    await this.#context.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}
