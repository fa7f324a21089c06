import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import opus from '@discordjs/opus';
import { workerBin } from 'mediasoup';
import { type BrowserServer, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { RtcPlane } from '../../src/webrtc/rtc-plane.ts';
import { world } from '../console/world-of-test.ts';
import { ConsoleBench } from './console-bench.ts';
import { payloadOf, until, VoiceStandIn } from './voice-stand-in.ts';

const flags = [
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
  '--autoplay-policy=no-user-gesture-required',
];
const silentEvents = { workersReady: () => undefined, workerDied: () => undefined, workerReplaced: () => undefined };

/** As rtc-rig.js tells. */
interface Heard {
  readonly party: string;
  readonly packets: number;
  readonly energy: number;
}

describe('Chromium on the console link', () => {
  const folder = mkdtempSync(join(tmpdir(), 'escaut-rig-'));
  const voice = new VoiceStandIn();
  let plane: RtcPlane;
  let bench: ConsoleBench;
  let browser: BrowserServer;
  let page: Page;
  let talking: NodeJS.Timeout;
  /** Parties whose voice is a tone at present. */
  const talkers = new Set<string>(['xb-acc/as-1']);

  beforeAll(async () => {
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
    plane = new RtcPlane(
      {
        workerBin,
        workers: 2,
        listen: { host: '127.0.0.1', ports: { from: 44_300, to: 44_399 } },
        groups: world.groups.map((group) => ({ group: group.id, legs: group.legs.map((leg) => leg.id) })),
      },
      {
        clock: new SystemClock(),
        random: new SeededRandom(3),
        events: silentEvents,
        sendVoice: (command) => voice.send(command),
        notify: (console, notice) => bench.server.handleRtcNotice(console, notice),
        raiseAlarm: (code, subject) => bench.server.raiseAlarm(code, subject),
        clearAlarm: (code, subject) => bench.server.clearAlarm(code, subject),
      },
    );
    voice.onEvent = (event) => plane.handleVoiceEvent(event);
    await plane.start();
    bench = new ConsoleBench({ rtc: plane, onVoice: (command) => voice.send(command), pageFolder: folder });
    await bench.start();

    const encoder = new opus.OpusEncoder(48_000, 2);
    let frame = 0;
    talking = setInterval(() => {
      const samples = new Int16Array(1920);
      for (let i = 0; i < 960; i++) {
        samples[2 * i] = samples[2 * i + 1] = 8000 * Math.sin(2 * Math.PI * 440 * ((frame * 960 + i) / 48_000));
      }
      const coded = encoder.encode(Buffer.from(samples.buffer));
      for (const party of talkers) voice.speak('xb-acc', party, coded, frame * 960);
      frame++;
    }, 20);

    browser = await chromium.launchServer({ executablePath: '/usr/bin/chromium', args: flags });
    page = await (await chromium.connect(browser.wsEndpoint())).newPage();
    await page.goto(`http://127.0.0.1:${bench.port}/`);
    await page.evaluate(`window.rig.start('${bench.token}')`);
  }, 60_000);

  afterAll(async () => {
    clearInterval(talking);
    await browser?.kill();
    await bench?.stop();
    plane?.close();
    voice.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const packetsOf = async (party: string): Promise<number> => {
    const heard = await page.evaluate<Heard[]>('window.rig.heard()');
    return heard.find((one) => one.party === party)?.packets ?? 0;
  };
  const micPackets = (): number => [...voice.mics.values()][0]?.packets.length ?? 0;

  async function untilHeard(party: string, more: number, withinMs: number): Promise<number> {
    const startMs = performance.now();
    const before = await packetsOf(party);
    for (;;) {
      const now = await packetsOf(party);
      if (now >= before + more || (now < before && now >= more)) return performance.now() - startMs;
      if (performance.now() - startMs > withinMs) throw new Error(`${party} not heard: ${before} → ${now} packets`);
    }
  }

  /** Asked from here: the page's Content-Security-Policy lets nothing be evaluated inside it. */
  async function untilPage(condition: string): Promise<void> {
    const startMs = performance.now();
    while (!(await page.evaluate<boolean>(condition))) {
      if (performance.now() - startMs > 5000) throw new Error(`not within 5000 ms: ${condition}`);
    }
  }

  it('hears the leg that talks, decoded, and nothing from those that do not', async () => {
    await untilHeard('xb-acc/as-1', 50, 10_000);
    const heard = await page.evaluate<Heard[]>('window.rig.heard()');
    expect(heard.map((one) => one.party).sort()).toEqual([
      'xb-acc operators',
      'xb-acc/as-1',
      'xb-acc/in-1',
      'xb-patr operators',
      'xb-patr/ru-1',
    ]);
    expect(heard.find((one) => one.party === 'xb-acc/as-1')?.energy).toBeGreaterThan(0.001);
    expect(heard.filter((one) => one.packets > 0)).toHaveLength(1);
  });

  it("brings the browser's microphone to the voice process as Opus, 50 packets a second", async () => {
    await until('the microphone', () => micPackets() > 20, 10_000);
    const before = micPackets();
    const startMs = performance.now();
    await until('50 more', () => micPackets() >= before + 50);
    expect(performance.now() - startMs).toBeGreaterThan(800);
    const decoder = new opus.OpusEncoder(48_000, 2);
    const packets = [...voice.mics.values()][0]!.packets.slice(-100);
    const loudest = Math.max(...packets.map((packet) => peakOf(decoder.decode(payloadOf(packet)))));
    expect(loudest).toBeGreaterThan(1000); // Chromium's fake microphone beeps once a second
  });

  it('does not hear its own voice: the operators stream is held while it has the floor', async () => {
    const holder = { party: 'console:1', priority: 10, emergency: false, over: 1, sinceUtcMs: 0 };
    plane.handleVoiceEvent({ name: 'floor', floor: { group: 'xb-acc', holder, queue: [] } });
    talkers.add('operators');
    await untilHeard('xb-acc/as-1', 50, 5000);
    expect(await packetsOf('xb-acc operators')).toBeLessThanOrEqual(1);
    plane.handleVoiceEvent({ name: 'floor', floor: { group: 'xb-acc', queue: [] } });
    await untilHeard('xb-acc operators', 25, 5000);
    talkers.delete('operators');
  });

  it('is told to open again when its transports end, and hears again within 2 s', async () => {
    await page.evaluate('window.rig.cutTransports()');
    const cutMs = performance.now();
    await untilPage('window.rig.resets === 1 && window.rig.opened === 2');
    await untilHeard('xb-acc/as-1', 1, 3000);
    expect(performance.now() - cutMs).toBeLessThan(2000);
  });

  it('kill −9 of its worker: hears and is heard again within 2 s', async () => {
    const pids = plane.statistics.workerPids;
    const micBefore = [...voice.mics.values()][0];
    const feeds = new Set(voice.feeds.keys());
    process.kill(pids[0]!, 'SIGKILL');
    const killedMs = performance.now();
    await until('another feed', () => [...voice.feeds.keys()].some((id) => !feeds.has(id)));
    const feedMs = performance.now() - killedMs;
    await until(
      'the microphone',
      () => voice.mics.size === 1 && [...voice.mics.values()][0] !== micBefore && micPackets() > 5,
    );
    const micMs = performance.now() - killedMs;
    await untilHeard('xb-acc/as-1', 1, 3000);
    const heardMs = performance.now() - killedMs;
    console.log(
      `kill −9: feed after ${feedMs.toFixed(0)} ms, microphone ${micMs.toFixed(0)} ms, heard ${heardMs.toFixed(0)} ms`,
    );
    expect(await page.evaluate('[window.rig.resets, window.rig.failures]')).toEqual([2, []]);
    expect(heardMs).toBeLessThan(2000);
    expect(micMs).toBeLessThan(2000);
  });

  it('kill −9 of the browser while it talks: its floor is given back within 1 s', async () => {
    const releases = (): number => bench.commands.filter((command) => command.name === 'releaseFloor').length;
    await page.evaluate("window.rig.key('xb-acc')");
    await until('the request', () => bench.commands.some((command) => command.name === 'requestFloor'));
    await untilPage('window.rig.floorResults.length > 0');
    expect(await page.evaluate<number[]>('window.rig.floorResults')).toEqual([1]); // granted
    expect(releases()).toBe(0);
    const killedMs = performance.now();
    await browser.kill();
    await until('the release', () => releases() === 1);
    expect(performance.now() - killedMs).toBeLessThan(1000);
  });
});

function peakOf(pcm: Buffer): number {
  let peak = 0;
  for (let at = 0; at + 1 < pcm.length; at += 2) peak = Math.max(peak, Math.abs(pcm.readInt16LE(at)));
  return peak;
}
