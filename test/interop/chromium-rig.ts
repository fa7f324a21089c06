/** Chromium with a fake microphone, on the smallest page that can hear and speak (rtc-rig.js). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserServer, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import type { ConsoleBench } from './console-bench.ts';
import { chromiumFlags, chromiumPath } from './support/chromium-flags.ts';
import { pause } from './voice-rig.ts';

/** As rtc-rig.js tells of each stream. */
interface Heard {
  /** Leg id, or the group's id followed by ` operators`. */
  readonly party: string;
  readonly packets: number;
  readonly energy: number;
}

const flags = [...chromiumFlags, '--autoplay-policy=no-user-gesture-required'];

/** Builds the page into a folder of its own, for a ConsoleBench to serve. */
export async function buildRigPage(): Promise<{ readonly folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'escaut-rig-'));
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      lib: { entry: fileURLToPath(new URL('rtc-rig.js', import.meta.url)), formats: ['es'], fileName: 'rig' },
    },
  });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="/rig.js"></script>');
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export class ChromiumRig {
  readonly #server: BrowserServer;
  readonly #page: Page;

  private constructor(server: BrowserServer, page: Page) {
    this.#server = server;
    this.#page = page;
  }

  /** A page that has opened a console of the bench and hears what it is given. */
  static async open(bench: ConsoleBench): Promise<ChromiumRig> {
    const server = await chromium.launchServer({ executablePath: chromiumPath, args: flags });
    const page = await (await chromium.connect(server.wsEndpoint())).newPage();
    const rig = new ChromiumRig(server, page);
    await page.goto(`http://127.0.0.1:${bench.port}/`);
    await rig.ask(`window.rig.start('${bench.token}')`);
    await rig.until('window.rig.opened === 1', 15_000);
    return rig;
  }

  ask<T>(expression: string): Promise<T> {
    return this.#page.evaluate<T>(expression);
  }

  /** Asked from here: the page's Content-Security-Policy lets nothing be evaluated inside it. */
  async until(condition: string, withinMs = 5000): Promise<void> {
    const startMs = performance.now();
    while (!(await this.ask<boolean>(condition))) {
      if (performance.now() - startMs > withinMs) throw new Error(`not within ${withinMs} ms: ${condition}`);
      await pause(5);
    }
  }

  heard(): Promise<readonly Heard[]> {
    return this.ask('window.rig.heard()');
  }

  async packetsOf(party: string): Promise<number> {
    return (await this.heard()).find((one) => one.party === party)?.packets ?? 0;
  }

  /** Waits for so many more packets of a party, also when its stream begins anew meanwhile. */
  async untilHeard(party: string, more: number, withinMs: number): Promise<void> {
    const startMs = performance.now();
    const before = await this.packetsOf(party);
    for (;;) {
      const now = await this.packetsOf(party);
      if (now >= before + more || (now < before && now >= more)) return;
      if (performance.now() - startMs > withinMs) throw new Error(`${party} not heard: ${before} → ${now} packets`);
      await pause(5);
    }
  }

  /** kill −9. */
  async kill(): Promise<void> {
    await this.#server.kill();
  }
}
