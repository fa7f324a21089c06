/** The built page in Chromium against the fake gateway, for tests of one page after another. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { expect } from 'vitest';
import { chromiumFlags, chromiumPath, slowDown } from '../interop/support/chromium-flags.ts';
import { type BuiltPage, builtPage } from './built-page.ts';
import { demoSnapshot } from './demo-groups.ts';
import { FakeGateway, oneTimeToken } from './fake-gateway.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export class PageRig {
  gateway!: FakeGateway;
  page!: Page;
  readonly #built: BuiltPage;
  readonly #browser: Browser;
  #context: BrowserContext | undefined;
  /** What the page complained of: a breach of the content policy shows here. */
  #complaints: string[] = [];

  private constructor(built: BuiltPage, browser: Browser) {
    this.#built = built;
    this.#browser = browser;
  }

  /** `flags`: further ones for Chromium. */
  static async start(flags: readonly string[] = []): Promise<PageRig> {
    const built = await builtPage();
    const browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumFlags, ...flags] });
    return new PageRig(built, browser);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    this.#built.remove();
  }

  /** `script` runs before the page's own. */
  async open(snapshot = demoSnapshot(), script = ''): Promise<void> {
    this.gateway = new FakeGateway(this.#built.folder, snapshot);
    const url = await this.gateway.listen();
    const viewport = { width: 1440, height: 900 };
    this.#context = await this.#browser.newContext({ viewport, permissions: ['microphone'] });
    this.page = await this.#context.newPage();
    await slowDown(this.page);
    this.#complaints = [];
    this.page.on('pageerror', (error) => this.#complaints.push(error.message));
    this.page.on('console', (line) => {
      if (line.type() === 'error' && !line.text().includes('WebSocket connection')) this.#complaints.push(line.text());
    });
    if (script !== '') await this.page.addInitScript(script);
    await this.page.goto(`${url}#token=${oneTimeToken}`);
    await this.ready();
  }

  /** Where the page was built. */
  get pageFolder(): string {
    return this.#built.folder;
  }

  /** Another browser, of somebody who reads French, at an address of some other gateway. */
  async visit(url: string, more: BrowserContextOptions = {}): Promise<void> {
    this.#context = await this.#browser.newContext({ locale: 'fr-BE', permissions: ['microphone'], ...more });
    this.page = await this.#context.newPage();
    await slowDown(this.page);
    await this.page.goto(url);
  }

  async leave(): Promise<void> {
    await this.#context?.close();
  }

  /** The page stands and the space bar would talk. */
  async ready(): Promise<void> {
    await this.page.locator('.talk-bar-key[data-off="false"]').waitFor();
  }

  async close(): Promise<void> {
    await this.#context?.close();
    await this.gateway.close();
    expect(this.#complaints).toEqual([]);
  }

  tile(group: string): Locator {
    return this.page.locator(`.tile[data-group="${group}"]`);
  }

  async tileShows(group: string, state: string): Promise<void> {
    await this.page.locator(`.tile[data-group="${group}"][data-state="${state}"]`).waitFor();
  }

  requests() {
    return this.gateway.heard.flatMap((message) => message.floorRequest ?? []);
  }

  releases() {
    return this.gateway.heard.flatMap((message) => message.floorRelease ?? []);
  }

  async until(count: () => number, atLeast: number): Promise<void> {
    await expect.poll(count, { timeout: 20_000 }).toBeGreaterThanOrEqual(atLeast);
  }

  /** What breaks WCAG 2.2 A and AA, or good practice, on the page as it is. */
  async violations(): Promise<unknown> {
    await this.page.evaluate(readFileSync(axePath, 'utf8'));
    return this.page.evaluate(`axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`);
  }
}
