import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { workerBin } from 'mediasoup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { SeededRandom } from '../../src/base/random.ts';
import type { RtcAnswer, RtcNotice } from '../../src/base/rtc-port.ts';
import { Feed } from '../../src/webrtc/feed.ts';
import { layMicrophonePath } from '../../src/webrtc/microphone-path.ts';
import { RtcPlane } from '../../src/webrtc/rtc-plane.ts';
import { VoiceSockets } from '../../src/webrtc/voice-sockets.ts';
import { type MediaHome, WorkerPool } from '../../src/webrtc/worker-pool.ts';
import chromium from '../webrtc/fixtures/chromium-parameters.json' with { type: 'json' };
import { mutated } from '../webrtc/mutate.ts';
import { payloadOf, until, VoiceStandIn } from './voice-stand-in.ts';

const clock = new SystemClock();
const loopback = { address: '127.0.0.1', ports: { from: 20_000, to: 29_999 } };
const silent = {
  processes: { workersReady: () => undefined, workerDied: () => undefined, workerReplaced: () => undefined },
};
const capabilities = JSON.stringify(chromium.rtpCapabilities);
const dtls = JSON.stringify(chromium.dtlsParameters);
const groups = [
  { group: 'xb-acc', legs: ['xb-acc/as-1', 'xb-acc/in-1'] },
  { group: 'xb-patr', legs: ['xb-patr/ru-1'] },
];

type Notice = RtcNotice & { readonly console: string; readonly atMs: number };

interface Bench {
  readonly plane: RtcPlane;
  readonly voice: VoiceStandIn;
  readonly notices: Notice[];
  readonly alarms: string[];
}

let bench: Bench;

function build(workers: number): Bench {
  const voice = new VoiceStandIn();
  const notices: Notice[] = [];
  const alarms: string[] = [];
  const plane = new RtcPlane(
    { workerBin, workers, listen: { host: '127.0.0.1', ports: { from: 44_100, to: 44_199 } }, loopback, groups },
    {
      clock,
      random: new SeededRandom(7),
      events: silent,
      sendVoice: (command) => voice.send(command),
      notify: (console, notice) => notices.push({ ...notice, console, atMs: performance.now() }),
      raiseAlarm: (code, subject) => alarms.push(`raised ${code} ${subject}`),
      clearAlarm: (code, subject) => alarms.push(`cleared ${code} ${subject}`),
    },
  );
  voice.onEvent = (event) => plane.handleVoiceEvent(event);
  return { plane, voice, notices, alarms };
}

function consumes(console: string): (Notice & { name: 'consume' })[] {
  return bench.notices.filter((notice) => notice.name === 'consume' && notice.console === console) as never;
}

async function opened(console: string): Promise<{ send: string; receive: string }> {
  const answer = await bench.plane.request(console, { name: 'open', rtpCapabilitiesJson: capabilities });
  expect(answer.result).toBe('opened');
  const { sendTransportJson, receiveTransportJson } = answer as RtcAnswer & { result: 'opened' };
  return { send: JSON.parse(sendTransportJson).id, receive: JSON.parse(receiveTransportJson).id };
}

function produced(console: string, transportId: string): Promise<RtcAnswer> {
  const rtpParametersJson = JSON.stringify(chromium.rtpParameters);
  return bench.plane.request(console, { name: 'produce', transportId, rtpParametersJson });
}

beforeEach(async () => {
  bench = build(2);
  await bench.plane.start();
});

afterEach(() => {
  bench.plane.close();
  bench.voice.close();
});

describe('consoles on mediasoup', () => {
  it('gets one consumer per leg and one for the operators of each group that it monitors', async () => {
    bench.plane.openConsole('console:a', ['xb-acc']);
    await opened('console:a');
    await bench.plane.request('console:a', { name: 'ready' });
    await until('three consumers', () => consumes('console:a').length === 3);
    expect(
      consumes('console:a')
        .map((notice) => notice.party)
        .sort(),
    ).toEqual(['operators', 'xb-acc/as-1', 'xb-acc/in-1']);
    bench.plane.setMonitored('console:a', ['xb-patr']);
    await until('the other group', () => consumes('console:a').length === 5);
    expect(bench.notices.filter((notice) => notice.name === 'consumerClosed')).toHaveLength(3);
  });

  it('lets the voice process send into a feed only while somebody listens on that router', async () => {
    bench.plane.openConsole('console:a', ['xb-acc']);
    await until('the feed stands', () => bench.voice.feeds.size === 1);
    const [feed] = [...bench.voice.feeds.values()];
    expect(feed?.active).toBe(false);
    await opened('console:a');
    await bench.plane.request('console:a', { name: 'ready' });
    await until('it is wanted', () => feed?.active === true);
    bench.plane.closeConsole('console:a');
    await until('it is no longer wanted', () => feed?.active === false, 6000);
  });

  it('spreads consoles evenly over the workers, with one feed per group and router', async () => {
    for (let index = 0; index < 10; index++) bench.plane.openConsole(`console:${index}`, ['xb-acc']);
    await until('both feeds', () => bench.voice.feeds.size === 2);
    expect(bench.plane.statistics).toMatchObject({ consoles: 10, feeds: 2 });
  });

  it('holds the operators stream towards the console whose own voice it carries', async () => {
    bench.plane.openConsole('console:a', ['xb-acc']);
    await opened('console:a');
    const holder = { party: 'console:a', priority: 10, emergency: false, over: 1, sinceUtcMs: 0 };
    bench.plane.handleVoiceEvent({ name: 'floor', floor: { group: 'xb-acc', holder, queue: [] } });
    await bench.plane.request('console:a', { name: 'ready' });
    await until('consumers', () => consumes('console:a').length === 3);
    bench.plane.handleVoiceEvent({ name: 'floor', floor: { group: 'xb-acc', queue: [] } });
    const again = await bench.plane.request('console:a', { name: 'ready' });
    expect(again.result).toBe('done');
  });

  it('lays a microphone to a connected socket of the voice process, and says that it is heard only after DTLS', async () => {
    bench.plane.openConsole('console:a', []);
    const { send, receive } = await opened('console:a');
    expect((await produced('console:a', receive)).result).toBe('failed');
    expect(await produced('console:a', send)).toMatchObject({ result: 'produced' });
    expect([...bench.voice.mics.keys()]).toEqual(['console:a']);
    const told = () => bench.notices.flatMap((notice) => (notice.name === 'microphone' ? [notice.present] : []));
    expect(told()).toEqual([]);
    await bench.plane.request('console:a', { name: 'closeProducer' });
    expect(told()).toEqual([false]);
    expect(bench.voice.mics.size).toBe(0);
  });

  it('answers every request that comes at the wrong time with a reason', async () => {
    const failed = (error: string): RtcAnswer => ({ result: 'failed', error }) as RtcAnswer;
    expect(await bench.plane.request('console:none', { name: 'ready' })).toEqual(failed('unknown'));
    bench.plane.openConsole('console:a', []);
    expect(await bench.plane.request('console:a', { name: 'ready' })).toEqual(failed('unknown'));
    expect(await bench.plane.request('console:a', { name: 'open', rtpCapabilitiesJson: '{}' })).toEqual(
      failed('malformed'),
    );
    const { send } = await opened('console:a');
    const connect = { name: 'connect', transportId: send, dtlsParametersJson: dtls } as const;
    expect((await bench.plane.request('console:a', connect)).result).toBe('done');
    expect(await bench.plane.request('console:a', connect)).toEqual(failed('refused'));
    expect(await bench.plane.request('console:a', { ...connect, transportId: 'x' })).toEqual(failed('unknown'));
    const pause = { name: 'pauseConsumer', consumerId: 'x', paused: true } as const;
    expect(await bench.plane.request('console:a', pause)).toEqual(failed('unknown'));
    expect(await bench.plane.request('console:a', { name: 'restartIce', transportId: send })).toMatchObject({
      result: 'iceRestarted',
    });
  });

  it('changes nothing when a restarted voice process is on the ports that it had', async () => {
    bench.plane.openConsole('console:a', ['xb-acc']);
    const { send } = await opened('console:a');
    await produced('console:a', send);
    await bench.plane.request('console:a', { name: 'ready' });
    await until('consumers', () => consumes('console:a').length === 3);
    await until('listening', () => [...bench.voice.feeds.values()].some((feed) => feed.active));
    const before = [bench.notices.length, bench.voice.commands.length];
    await bench.voice.restart('same ports');
    await bench.plane.request('console:a', { name: 'ready' });
    expect([bench.notices.length, bench.voice.commands.length]).toEqual(before);
  });

  it('brings feeds and microphones to a restarted voice process that is on other ports', async () => {
    bench.plane.openConsole('console:a', ['xb-acc']);
    const { send } = await opened('console:a');
    await produced('console:a', send);
    await bench.plane.request('console:a', { name: 'ready' });
    await until('consumers', () => consumes('console:a').length === 3);
    const restarted = bench.voice.commands.length;
    await bench.voice.restart('other ports');
    await until('new consumers', () => consumes('console:a').length === 6);
    const again = (): string[] => bench.voice.commands.slice(restarted).map((command) => command.name);
    await until('the microphone', () => again().includes('openMic'));
    await until('listening', () => [...bench.voice.feeds.values()].some((feed) => feed.active));
    expect(bench.notices.some((notice) => notice.name === 'reset')).toBe(false);
  });
});

describe('death of a mediasoup worker', () => {
  async function twoConsoles(): Promise<void> {
    for (const console of ['console:a', 'console:b']) {
      bench.plane.openConsole(console, ['xb-acc', 'xb-patr']);
      const { send } = await opened(console);
      await produced(console, send);
      await bench.plane.request(console, { name: 'ready' });
      await until('consumers', () => consumes(console).length === 5);
    }
  }

  function resetOf(): Notice | undefined {
    return bench.notices.find((notice) => notice.name === 'reset');
  }

  it('kill −9: within 1 s its consoles have a home again and are told to open; the others notice nothing', async () => {
    await twoConsoles();
    const before = bench.plane.statistics.workerPids;
    const killedMs = performance.now();
    process.kill(before[0]!, 'SIGKILL');
    await until('the reset', () => resetOf() !== undefined);
    const resetMs = resetOf()!.atMs - killedMs;
    expect(resetMs).toBeLessThan(1000);
    expect(bench.notices.filter((notice) => notice.name === 'reset').map((notice) => notice.console)).toEqual([
      'console:a',
    ]);
    expect(bench.plane.statistics.workerPids).toHaveLength(2);
    expect(bench.plane.statistics.workerPids).toContain(before[1]);
    await opened('console:a');
    await bench.plane.request('console:a', { name: 'ready' });
    await until('all streams again', () => consumes('console:a').length === 10);
    console.log(
      `kill −9: reset after ${resetMs.toFixed(0)} ms, all consumers ${(performance.now() - killedMs).toFixed(0)} ms`,
    );
    expect(consumes('console:b')).toHaveLength(5);
    expect(bench.alarms).toEqual(['raised media-worker-lost worker 0', 'cleared media-worker-lost worker 0']);
    expect(bench.notices.some((n) => n.name === 'microphone' && n.console === 'console:a' && !n.present)).toBe(true);
  });

  it('a worker that hangs is replaced within 2 s', async () => {
    await twoConsoles();
    const [pid] = bench.plane.statistics.workerPids;
    const stoppedMs = performance.now();
    process.kill(pid!, 'SIGSTOP');
    await until('the reset', () => resetOf() !== undefined);
    expect(resetOf()!.atMs - stoppedMs).toBeLessThan(2000);
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
  });

  it('answers what was asked of it meanwhile, with an error', async () => {
    await twoConsoles();
    const [pid] = bench.plane.statistics.workerPids;
    process.kill(pid!, 'SIGSTOP');
    const asked = bench.plane.request('console:a', { name: 'open', rtpCapabilitiesJson: capabilities });
    process.kill(pid!, 'SIGKILL');
    expect((await asked).result).toBe('failed');
  });
});

describe('what browsers send, at a real worker', () => {
  it('survives 1,500 mutated open, connect and produce requests, and serves the next page', async () => {
    const before = bench.plane.statistics.workerPids;
    const counts = { accepted: 0, refused: 0 };
    const request = fc.oneof(
      mutated(chromium.rtpParameters).map((json) => ({ name: 'produce', json }) as const),
      mutated(chromium.dtlsParameters).map((json) => ({ name: 'connect', json }) as const),
      mutated(chromium.rtpCapabilities).map((json) => ({ name: 'open', json }) as const),
    );
    let index = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 3, maxLength: 3 }), async (requests) => {
        const console = `console:fuzz-${index++}`;
        bench.plane.openConsole(console, ['xb-patr']);
        let ids = await opened(console);
        for (const { name, json } of requests) {
          const answer = await bench.plane.request(
            console,
            name === 'open'
              ? { name, rtpCapabilitiesJson: json }
              : name === 'connect'
                ? { name, transportId: ids.receive, dtlsParametersJson: json }
                : { name, transportId: ids.send, rtpParametersJson: json },
          );
          if (answer.result === 'opened') {
            ids = {
              send: JSON.parse(answer.sendTransportJson).id,
              receive: JSON.parse(answer.receiveTransportJson).id,
            };
          }
          counts[answer.result === 'failed' ? 'refused' : 'accepted']++;
        }
        await bench.plane.request(console, { name: 'ready' });
        bench.plane.closeConsole(console);
        expect(bench.plane.statistics.workerPids).toEqual(before);
      }),
      { numRuns: 500 },
    );
    expect(counts.accepted).toBeGreaterThan(50);
    expect(counts.refused).toBeGreaterThan(50);
    bench.plane.openConsole('console:z', ['xb-patr']);
    const { send } = await opened('console:z');
    expect((await produced('console:z', send)).result).toBe('produced');
    console.log(`mutated parameters: ${counts.accepted} accepted, ${counts.refused} refused, workers as before`);
  });
});

/** A router of its own, with the way to the voice process. */
async function routerAlone() {
  const voice = new VoiceStandIn();
  const sockets = new VoiceSockets((command) => voice.send(command), clock, {
    feedMoved: () => undefined,
    micMoved: () => undefined,
  });
  voice.onEvent = (event) => sockets.handle(event);
  const home = await new Promise<MediaHome>((resolve) => {
    const pool = new WorkerPool(
      { workerBin, workers: 1, listen: { host: '127.0.0.1', ports: { from: 44_220, to: 44_230 } } },
      clock,
      silent,
      { up: resolve, lost: () => undefined },
    );
    void pool.start();
  });
  const end = (): void => {
    voice.close();
    home.router.close();
    process.kill(home.pid, 'SIGKILL');
  };
  const transports = async () => (await home.router.dump()).transportIds.length;
  return { voice, sockets, home, transports, end };
}

describe('what is closed while it is being opened', () => {
  it('leaves nothing behind: a feed, and the way of a microphone', async () => {
    const { voice, sockets, home, transports, end } = await routerAlone();
    let ssrc = 100;
    for (let count = 0; count < 20; count++) {
      const parties = ['g/leg', 'operators'];
      const options = { id: `f${count}`, group: 'g', home, parties, loopback, nextSsrc: () => ++ssrc };
      const feed = new Feed(options, sockets, clock);
      const opening = feed.open();
      feed.close();
      expect(await opening).toBe(false);
    }
    const of = { home, producerId: 'gone', console: 'console:a', voice: sockets, loopback };
    expect(await layMicrophonePath(of, () => false)).toBeUndefined();
    expect(await transports()).toBe(0);
    expect(voice.feeds.size).toBe(0);
    end();
  });
});

describe("a feed's packets", () => {
  it('reach a consumer on the router, every one, with the sequence kept', async () => {
    const { voice, sockets, home, end } = await routerAlone();
    let ssrc = 100;
    const parties = ['g/leg', 'operators'];
    const feed = new Feed({ id: 'f', group: 'g', home, parties, loopback, nextSsrc: () => ++ssrc }, sockets, clock);
    expect(await feed.open()).toBe(true);

    const ear = createSocket('udp4').bind(0, '127.0.0.1');
    await once(ear, 'listening');
    const heard: Buffer[] = [];
    ear.on('message', (packet) => heard.push(packet));
    const path = await home.router.createPlainTransport({ listenIp: '127.0.0.1' });
    await path.connect({ ip: '127.0.0.1', port: ear.address().port });
    const consumer = await path.consume({
      producerId: feed.producers.get('g/leg')!.id,
      rtpCapabilities: { ...home.router.rtpCapabilities, headerExtensions: [] },
    });
    feed.addListener('console:a');

    for (let index = 0; index < 50; index++) {
      expect(voice.speak('g', 'g/leg', Buffer.from(`frame ${index}`), index * 960)).toBe(1);
      voice.speak('g', 'operators', Buffer.from('somebody else'), index * 960);
    }
    const wanted = consumer.rtpParameters.encodings![0]!.ssrc!;
    const rtp = (): Buffer[] =>
      heard.filter((packet) => packet.readUInt32BE(8) === wanted && (packet[1]! & 0x7f) === 111);
    await until('fifty packets', () => rtp().length === 50);
    expect(rtp().map((packet) => payloadOf(packet).toString())).toEqual(
      Array.from({ length: 50 }, (_, i) => `frame ${i}`),
    );
    feed.close();
    ear.close();
    end();
  });
});
