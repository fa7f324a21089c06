import type { Page } from 'playwright-core';

/** How the tests and benches start Chromium: Debian's, without a screen, with a microphone that asks nobody. */
export const chromiumPath = '/usr/bin/chromium';

/**
 * A third of what opening a page costs is a renderer in reserve and those of the address bar, which no test sees. Of two
 * such flags the last holds: what playwright-core turns off on Linux is therefore named once more.
 */
const featuresOff = [
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'PreloadTopChromeWebUI', 'SpareRendererForSitePerProcess'],
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'LensOverlay', 'MediaRouter'],
  ...['HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'PaintHolding', 'ThirdPartyStoragePartitioning'],
  ...['AvoidCorsURLLoaderRestartOnRedirect', 'OptimizationHints', 'NetworkTimeServiceQuerying', 'AimEnabled'],
  'PreconnectToSearch',
];

export const chromiumFlags: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  `--disable-features=${featuresOff.join(',')}`,
];

/**
 * How many times slower than this machine the pages of tests run: 1 unless ESCAUT_PAGE_SLOWER says more. At 8 a test that
 * asks a page once, before its next frame, fails here and not one day in CI.
 */
const slower = Number(process.env.ESCAUT_PAGE_SLOWER ?? 1);

export async function slowDown(page: Page): Promise<void> {
  if (slower === 1) return;
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
}
