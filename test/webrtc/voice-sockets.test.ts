import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import type { VoiceCommand } from '../../src/voice/contract.ts';
import { VoiceSockets } from '../../src/webrtc/voice-sockets.ts';

const feed = {
  feed: 'f1',
  group: 'g',
  remote: { address: '127.0.0.1', port: 20_000 },
  payloadType: 111,
  streams: [],
  active: false,
};
const mic = { console: 'console:1', remote: { address: '127.0.0.1', port: 20_002 }, payloadType: 111, ssrc: 7 };

function bench() {
  const clock = new ManualClock();
  const sent: VoiceCommand[] = [];
  const moved: [string, number | undefined][] = [];
  const sockets = new VoiceSockets((command) => sent.push(command), clock, {
    feedMoved: (id, port) => moved.push([id, port]),
    micMoved: (console, port) => moved.push([console, port]),
  });
  return { clock, sent, moved, sockets };
}

describe('sockets of the voice process, asked for by id', () => {
  it('hands the port of the answer to who asked', async () => {
    const { sockets, sent, moved } = bench();
    const asked = sockets.openFeed(feed);
    expect(sent).toEqual([{ name: 'openFeed', settings: feed }]);
    sockets.handle({ name: 'feedOpened', feed: 'f1', localPort: 31_000 });
    expect(await asked).toBe(31_000);
    expect(moved).toEqual([]);
  });

  it('says undefined after 2000 ms without an answer, and at once when refused or closed', async () => {
    const { sockets, clock } = bench();
    const late = sockets.openFeed(feed);
    clock.advance(2000);
    expect(await late).toBeUndefined();
    const refused = sockets.openMic(mic);
    sockets.handle({ name: 'failed', id: 'console:1', command: 'openMic', reason: 'no port' });
    expect(await refused).toBeUndefined();
    const closed = sockets.openMic(mic);
    sockets.closeMic('console:1');
    expect(await closed).toBeUndefined();
    expect(clock.plannedCalls).toBe(0);
  });

  it('gives an answer to the latest question: the voice process drops what was asked before', async () => {
    const { sockets, clock } = bench();
    const first = sockets.openMic(mic);
    const second = sockets.openMic({ ...mic, ssrc: 8 });
    sockets.handle({ name: 'micOpened', console: 'console:1', localPort: 2222 });
    expect([await first, await second]).toEqual([undefined, 2222]);
    expect(clock.plannedCalls).toBe(0);
  });

  it('tells of a port that nobody asked for, so that a path can follow a restarted voice process', () => {
    const { sockets, moved } = bench();
    sockets.handle({ name: 'feedOpened', feed: 'f1', localPort: 3 });
    sockets.handle({ name: 'micOpened', console: 'console:1', localPort: 4 });
    sockets.handle({ name: 'failed', id: 'f2', command: 'openFeed', reason: 'EADDRINUSE' });
    sockets.handle({ name: 'failed', id: 'x', command: 'openLeg', reason: '' });
    expect(moved).toEqual([
      ['f1', 3],
      ['console:1', 4],
      ['f2', undefined],
    ]);
  });
});
