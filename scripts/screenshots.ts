/**
 * Pictures of the page's views in French and in Dutch, by day and by night: `node scripts/screenshots.ts FOLDER [NAME,NAME…]`.
 * A picture is named view-look-language, `talk-night-fr`; a name takes all in which it occurs, and night red (`red`) is
 * only taken when it is named. The page is the built one; a stand-in gateway tells it a moment of a pursuit
 * (test/web/scenes.ts). Beside a picture of the hand-over lies what its printer would get, as PDF.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { chromiumFlags, chromiumPath } from '../test/interop/support/chromium-flags.ts';
import * as demo from '../test/web/demo-groups.ts';
import { FakeGateway, oneTimeToken } from '../test/web/fake-gateway.ts';
import { pursuit, pursuitSnapshot } from '../test/web/pursuit.ts';
import { type Scene, scenes } from '../test/web/scenes.ts';

const themes = { day: 'light', night: 'dark', red: 'night-red' } as const;
const desk = { width: 1920, height: 1080 };

interface Picture {
  readonly name: string;
  readonly scene: Scene;
  readonly look: keyof typeof themes;
  readonly language: 'fr' | 'nl';
}

const pictures: readonly Picture[] = Object.entries(scenes).flatMap(([view, scene]) =>
  (['day', 'night', 'red'] as const).flatMap((look) =>
    (['fr', 'nl'] as const).map((language) => ({ name: `${view}-${look}-${language}`, scene, look, language })),
  ),
);

/** The names of a desk's devices instead of the browser's made-up ones. */
const deviceNames = `Object.defineProperty(InputDeviceInfo.prototype, 'label', { get: () => 'Casque Jabra' });
  Object.defineProperty(MediaDeviceInfo.prototype, 'label', { get: () => 'Casque Jabra' });`;

async function take({ name, scene, look, language }: Picture, folder: string): Promise<void> {
  const { address = '', size = desk, scale = 1, snapshot = pursuitSnapshot, quiet = false, act } = scene;
  const gateway = new FakeGateway(pageFolder, snapshot(language));
  gateway.operatorLanguage = language;
  const url = await gateway.listen();
  const context = await browser.newContext({ viewport: size, deviceScaleFactor: scale, permissions: ['microphone'] });
  const page = await context.newPage();
  await page.addInitScript(`localStorage.setItem('escaut.language', '${language}');
    localStorage.setItem('escaut.theme', '${themes[look]}'); ${deviceNames}`);
  await page.goto(`${url}#token=${oneTimeToken}`);
  await page.locator('.tile').first().waitFor();
  if (address !== '') {
    await page.evaluate(`location.hash = '${address}'`);
    if (address === '#wall') {
      await page.reload();
      await page.locator('.wall').waitFor();
    }
  }
  if (address === '') await page.locator('.talk-bar-key[data-off="false"]').waitFor();
  if (!quiet) {
    gateway.change({ floor: { groupId: pursuit, floor: demo.floor(demo.mouscron31, 8200) } });
    const waiting = demo.floor(demo.otherConsole, 3100, { queue: [{ talker: demo.unknownUnit, priority: 4 }] });
    gateway.change({ floor: { groupId: 'xb-acc', floor: waiting } });
  }
  await act?.(page, gateway);
  await page.waitForTimeout(address === '#map' ? 2500 : 400);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  if ((await page.locator('.sheet').count()) > 0) {
    await page.pdf({ path: join(folder, `${name}.pdf`), format: 'A4' });
  }
  await context.close();
  await gateway.close();
}

const [, , folder = 'docs/images', only = ''] = argv;
mkdirSync(folder, { recursive: true });
const pageFolder = mkdtempSync(join(tmpdir(), 'escaut-page-'));
await build({ configFile: 'src/web/vite.config.ts', logLevel: 'error', build: { outDir: pageFolder } });
const browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumFlags] });
const wanted = ({ name, look }: Picture) =>
  only === '' ? look !== 'red' : only.split(',').some((part) => `${name}-`.includes(part));
for (const picture of pictures) if (wanted(picture)) await take(picture, folder);
await browser.close();
rmSync(pageFolder, { recursive: true, force: true });
