/** How the tests and benches start Chromium: Debian's, without a screen, with a microphone that asks nobody. */
export const chromiumPath = '/usr/bin/chromium';
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
];
