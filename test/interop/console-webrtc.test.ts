import opus from '@discordjs/opus';
import { workerBin } from 'mediasoup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { SeededRandom } from '../../src/base/random.ts';
import type { VoiceCommand } from '../../src/voice/contract.ts';
import { RtcPlane } from '../../src/webrtc/rtc-plane.ts';
import { world } from '../console/world-of-test.ts';
import { groupSettings } from '../talkgroups/settings.ts';
import { buildRigPage, ChromiumRig } from './chromium-rig.ts';
import { ConsoleBench } from './console-bench.ts';
import { pause, type RealFar, VoiceRig } from './voice-rig.ts';
import { payloadOf, until, VoiceStandIn } from './voice-stand-in.ts';

const silentEvents = {
  processes: { workersReady: () => undefined, workerDied: () => undefined, workerReplaced: () => undefined },
};

/** A plane whose notices go to the bench, and a bench whose requests go to the plane. */
function join(
  voice: { send: VoiceStandIn['send'] },
  ports: { from: number; to: number },
  page: { folder: string; grants: boolean },
): { plane: RtcPlane; bench: ConsoleBench } {
  const plane: RtcPlane = new RtcPlane(
    {
      workerBin,
      workers: 2,
      listen: { host: '127.0.0.1', ports },
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
  const bench = new ConsoleBench({
    rtc: plane,
    onVoice: (command) => voice.send(command),
    pageFolder: page.folder,
    grants: page.grants,
  });
  return { plane, bench };
}

describe('Chromium on the console link', () => {
  const voice = new VoiceStandIn();
  let page: Awaited<ReturnType<typeof buildRigPage>>;
  let plane: RtcPlane;
  let bench: ConsoleBench;
  let chromium: ChromiumRig;
  let talking: NodeJS.Timeout;
  /** Parties whose voice is a tone at present. */
  const talkers = new Set<string>(['xb-acc/as-1']);
  const micPackets = (): number => [...voice.mics.values()][0]?.packets.length ?? 0;

  beforeAll(async () => {
    page = await buildRigPage();
    ({ plane, bench } = join(voice, { from: 44_300, to: 44_399 }, { folder: page.folder, grants: true }));
    voice.onEvent = (event) => plane.handleVoiceEvent(event);
    await plane.start();
    await bench.start();
    const encoder = new opus.OpusEncoder(48_000, 2);
    let frame = 0;
    talking = setInterval(() => {
      const samples = new Int16Array(1920);
      for (let i = 0; i < 960; i++) {
        const sample = 8000 * Math.sin(2 * Math.PI * 440 * ((frame * 960 + i) / 48_000));
        samples.fill(sample, 2 * i, 2 * i + 2);
      }
      const coded = encoder.encode(Buffer.from(samples.buffer));
      for (const party of talkers) voice.speak('xb-acc', party, coded, frame * 960);
      frame++;
    }, 20);
    chromium = await ChromiumRig.open(bench);
  }, 60_000);

  afterAll(async () => {
    clearInterval(talking);
    await chromium?.kill();
    await bench?.stop();
    plane?.close();
    voice.close();
    page?.remove();
  });

  it('hears the leg that talks, decoded, and nothing from those that do not', async () => {
    await chromium.untilHeard('xb-acc/as-1', 50, 10_000);
    const heard = await chromium.heard();
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
    await pause(100);
    talkers.add('operators');
    await chromium.untilHeard('xb-acc/as-1', 50, 5000);
    expect(await chromium.packetsOf('xb-acc operators')).toBe(0);
    plane.handleVoiceEvent({ name: 'floor', floor: { group: 'xb-acc', queue: [] } });
    await chromium.untilHeard('xb-acc operators', 25, 5000);
    talkers.delete('operators');
  });

  it('is told to open again when its transports end, and hears again within 2 s', async () => {
    await chromium.ask('window.rig.cutTransports()');
    const cutMs = performance.now();
    await chromium.until('window.rig.resets === 1 && window.rig.opened === 2');
    await chromium.untilHeard('xb-acc/as-1', 1, 3000);
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
    await until('the microphone', () => [...voice.mics.values()][0] !== micBefore && micPackets() > 5);
    const micMs = performance.now() - killedMs;
    await chromium.untilHeard('xb-acc/as-1', 1, 3000);
    const heardMs = performance.now() - killedMs;
    console.log(
      `kill −9: feed after ${feedMs.toFixed(0)} ms, microphone ${micMs.toFixed(0)} ms, heard ${heardMs.toFixed(0)} ms`,
    );
    expect(await chromium.ask('[window.rig.resets, window.rig.failures]')).toEqual([2, []]);
    expect(heardMs).toBeLessThan(2000);
    expect(micMs).toBeLessThan(2000);
  });

  it('kill −9 of the browser while it talks: its floor is given back within 1 s', async () => {
    const releases = (): number => bench.commands.filter((command) => command.name === 'releaseFloor').length;
    await chromium.ask("window.rig.key('xb-acc')");
    await chromium.until('window.rig.floorResults.length > 0');
    expect(await chromium.ask('window.rig.floorResults')).toEqual([1]); // granted
    expect(releases()).toBe(0);
    const killedMs = performance.now();
    await chromium.kill();
    await until('the release', () => releases() === 1);
    expect(performance.now() - killedMs).toBeLessThan(1000);
  });
});

describe('Chromium, mediasoup, the voice process and a radio leg', () => {
  const rig = new VoiceRig();
  /** What the voice process was told by consoles and mediasoup. */
  const commands: VoiceCommand['name'][] = [];
  let page: Awaited<ReturnType<typeof buildRigPage>>;
  let plane: RtcPlane;
  let bench: ConsoleBench;
  let chromium: ChromiumRig;
  let radio: RealFar;

  beforeAll(async () => {
    page = await buildRigPage();
    await rig.start();
    for (const group of world.groups)
      rig.client.send({ name: 'openGroup', settings: { ...groupSettings, group: group.id } });
    radio = await rig.leg('xb-acc/as-1', { group: 'xb-acc' });
    const voice = {
      send: (command: VoiceCommand) => {
        commands.push(command.name);
        rig.client.send(command);
      },
    };
    ({ plane, bench } = join(voice, { from: 44_400, to: 44_499 }, { folder: page.folder, grants: false }));
    rig.client.onEvent((event) => {
      bench.server.handleVoiceEvent(event);
      plane.handleVoiceEvent(event);
    });
    await plane.start();
    await bench.start();
    chromium = await ChromiumRig.open(bench);
  }, 60_000);

  afterAll(async () => {
    await chromium?.kill();
    await bench?.stop();
    plane?.close();
    await rig.stop();
    page?.remove();
  });

  const tone = (seconds: number): Float32Array =>
    Float32Array.from({ length: 8000 * seconds }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 440 * i) / 8000));

  it('the radio is heard in the browser', async () => {
    await Promise.all([radio.talk(tone(2)), chromium.untilHeard('xb-acc/as-1', 75, 5000)]);
    const heard = (await chromium.heard()).find((one) => one.party === 'xb-acc/as-1');
    expect(heard?.energy).toBeGreaterThan(0.001);
  });

  it('the operator keys and is heard by the radio, 50 packets a second', async () => {
    await rig.until(() => rig.last('floor')?.floor.holder === undefined);
    const before = radio.received.length;
    await chromium.ask("window.rig.key('xb-acc')");
    await chromium.until('window.rig.floorResults.length === 1');
    expect(await chromium.ask('window.rig.floorResults')).toEqual([1]);
    await rig.until(() => radio.received.length >= before + 100);
    const loudest = radio
      .heard()
      .subarray(160 * before)
      .reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
    expect(loudest).toBeGreaterThan(0.1); // the beep
  });

  it('kill −9 of the voice process: the operator is told, and voice flows again on the same streams', async () => {
    const before = commands.length;
    process.kill(rig.client.pid!, 'SIGKILL');
    await chromium.until('window.rig.floorResults.at(-1) === 4'); // revoked
    await rig.until(() => rig.planes.at(-1) === 'back');
    await Promise.all([radio.talk(tone(2)), chromium.untilHeard('xb-acc/as-1', 50, 5000)]);
    expect(commands).toContain('openFeed');
    expect(commands.slice(before)).not.toContain('openFeed');
    expect(await chromium.ask('window.rig.resets')).toBe(0);
  });
});

function peakOf(pcm: Buffer): number {
  let peak = 0;
  for (let at = 0; at + 1 < pcm.length; at += 2) peak = Math.max(peak, Math.abs(pcm.readInt16LE(at)));
  return peak;
}
