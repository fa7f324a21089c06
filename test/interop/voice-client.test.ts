import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock, SystemClock } from '../../src/base/clock.ts';
import type { VoiceCommand, VoiceEvent } from '../../src/voice/contract.ts';
import { VoiceClient } from '../../src/voice/voice-client.ts';
import { groupSettings } from '../talkgroups/settings.ts';
import { host, pause } from './voice-rig.ts';

const entry = fileURLToPath(new URL('support/voice-echo/stand-in.ts', import.meta.url));
const clients: VoiceClient[] = [];

class Rig {
  readonly client: VoiceClient;
  readonly events: VoiceEvent[] = [];
  readonly planes: string[] = [];

  constructor(clock: ManualClock | SystemClock = new SystemClock()) {
    this.client = new VoiceClient({ clock, entry });
    clients.push(this.client);
    this.client.onEvent((event) => this.events.push(event));
    this.client.onPlane((state) => this.planes.push(state));
  }

  /** Commands that the process has heard. */
  get heard(): readonly VoiceCommand[] {
    return this.events.flatMap((event) => (event.name === 'failed' ? [JSON.parse(event.reason) as VoiceCommand] : []));
  }

  async until(holds: () => boolean): Promise<void> {
    for (const end = performance.now() + 10_000; !holds(); await pause(5)) {
      if (performance.now() > end) throw new Error(`not within 10 s: ${holds.toString()}`);
    }
  }
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop();
});

const mic = { console: 'console:1', remote: { address: host, port: 9 }, payloadType: 111, ssrc: 5 };

describe('voice client', () => {
  it('says everything that still holds again after a death: groups first, nothing that was closed, ports as they were', async () => {
    const rig = new Rig();
    await rig.client.start();
    rig.client.send({ name: 'openConsole', settings: { console: 'console:1', priority: 7 } });
    rig.client.send({ name: 'openGroup', settings: groupSettings });
    rig.client.send({ name: 'openGroup', settings: { ...groupSettings, group: 'gone' } });
    rig.client.send({ name: 'joinGroup', console: 'console:1', group: 'xb', mayTalk: true });
    rig.client.send({ name: 'joinGroup', console: 'console:1', group: 'gone', mayTalk: true });
    rig.client.send({ name: 'openMic', settings: mic });
    rig.client.send({ name: 'closeGroup', group: 'gone' });
    rig.client.send({ name: 'requestFloor', party: 'console:1', group: 'xb', requestId: 1 });
    await rig.until(() => rig.heard.length === 9);
    rig.events.length = 0;
    rig.client.send({ name: 'closeGroup', group: 'die' });
    await rig.until(() => rig.heard.length === 5);
    expect(rig.planes).toEqual(['restarting', 'back']);
    expect(rig.heard).toEqual([
      { name: 'countOvers', after: 100 },
      { name: 'openGroup', settings: groupSettings },
      { name: 'openConsole', settings: { console: 'console:1', priority: 7 } },
      { name: 'joinGroup', console: 'console:1', group: 'xb', mayTalk: true },
      { name: 'openMic', settings: { ...mic, localPort: 4711 } },
    ]);
  });

  it('revokes whoever held a floor when the process dies, and denies requests until it is back', async () => {
    const rig = new Rig();
    await rig.client.start();
    rig.client.send({ name: 'requestFloor', party: 'console:1', group: 'xb', requestId: 1 });
    await rig.until(() => rig.events.some(({ name }) => name === 'answer'));
    rig.client.send({ name: 'closeGroup', group: 'die' });
    await rig.until(() => rig.planes.includes('restarting'));
    rig.client.send({ name: 'requestFloor', party: 'console:1', group: 'xb', requestId: 2 });
    expect(rig.events.filter(({ name }) => name === 'answer').slice(1)).toEqual([
      { name: 'answer', party: 'console:1', group: 'xb', answer: { result: 'revoked', cause: 'cancelled' } },
      {
        name: 'answer',
        party: 'console:1',
        group: 'xb',
        requestId: 2,
        answer: { result: 'denied', cause: 'retry-later' },
      },
    ]);
  });

  it('says all again, later and later, while a membership lacks what it needs, and then no more', async () => {
    const rig = new Rig();
    await rig.client.start();
    rig.client.send({ name: 'openGroup', settings: { ...groupSettings, group: 'not-yet' } });
    rig.client.send({ name: 'joinGroup', console: 'console:1', group: 'not-yet', mayTalk: true });
    await rig.until(() => rig.heard.length >= 7);
    await pause(1200); // a fourth time would come after a second
    const names = rig.heard.map(({ name }) => name);
    const once = ['openGroup', 'joinGroup'];
    expect(names).toEqual(['countOvers', ...once, ...once, ...once]);
  });

  it('kills a process that gives no sign of life for 1.5 s, and has another within 2 s', async () => {
    const rig = new Rig();
    await rig.client.start();
    const { pid } = rig.client;
    await pause(2000);
    expect(rig.planes).toEqual([]);
    const hungMs = performance.now();
    rig.client.send({ name: 'closeGroup', group: 'hang' });
    await rig.until(() => rig.planes.includes('back'));
    expect(performance.now() - hungMs).toBeLessThan(2000);
    expect(rig.client.pid).not.toBe(pid);
  });

  it('does not kill it because the main process was held up', async () => {
    const clock = new ManualClock();
    const rig = new Rig(clock);
    await rig.client.start();
    clock.stall(5000);
    rig.client.send({ name: 'closeGroup', group: 'any' });
    await rig.until(() => rig.heard.some(({ name }) => name === 'closeGroup')); // a sign of life
    clock.advance(1400);
    expect(rig.planes).toEqual([]);
  });

  it('gives up the start when the process dies eight times, with the code that an operator can look up', async () => {
    const clock = new ManualClock();
    const client = new VoiceClient({ clock, entry: '/nonexistent/voice-process.ts' });
    clients.push(client);
    let settled = false;
    const started = client.start().finally(() => {
      settled = true;
    });
    started.catch(() => undefined);
    for (let i = 0; i < 2000 && !settled; i++) {
      await pause(10);
      clock.advance(100);
    }
    await expect(started).rejects.toMatchObject({ code: 'VOICE_PROCESS_FAILED' });
  });

  it('is gone when stop() has resolved', async () => {
    const rig = new Rig();
    await rig.client.start();
    const pid = rig.client.pid!;
    await rig.client.stop();
    expect(() => process.kill(pid, 0)).toThrow();
    expect(rig.planes).toEqual([]);
  });
});
