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

function bench(): { clock: ManualClock; sent: VoiceCommand[]; sockets: VoiceSockets } {
  const clock = new ManualClock();
  const sent: VoiceCommand[] = [];
  return { clock, sent, sockets: new VoiceSockets((command) => sent.push(command), clock) };
}

describe('sockets of the voice process, asked for by id', () => {
  it('hands the port of the answer to who asked', async () => {
    const { sockets, sent } = bench();
    const asked = sockets.openFeed(feed);
    expect(sent).toEqual([{ name: 'openFeed', settings: feed }]);
    sockets.handle({ name: 'feedOpened', feed: 'f1', localPort: 31_000 });
    expect(await asked).toBe(31_000);
  });

  it('says undefined after 2000 ms without an answer, and at once when refused or when the process starts afresh', async () => {
    const { sockets, clock } = bench();
    const late = sockets.openFeed(feed);
    clock.advance(2000);
    expect(await late).toBeUndefined();
    const refused = sockets.openMic(mic);
    sockets.handle({ name: 'failed', id: 'console:1', command: 'openMic', reason: 'no port' });
    expect(await refused).toBeUndefined();
    const forgotten = sockets.openMic(mic);
    sockets.handle({ name: 'ready' });
    expect(await forgotten).toBeUndefined();
    expect(clock.plannedCalls).toBe(0);
  });

  it('never gives the answer to an earlier question for a later one', async () => {
    const { sockets, clock } = bench();
    const first = sockets.openMic(mic);
    clock.advance(2000);
    const second = sockets.openMic({ ...mic, ssrc: 8 });
    sockets.handle({ name: 'micOpened', console: 'console:1', localPort: 1111 }); // the first one's, late
    sockets.handle({ name: 'micOpened', console: 'console:1', localPort: 2222 });
    expect(await first).toBeUndefined();
    expect(await second).toBe(2222);
  });

  it('takes no notice of an answer that nobody waits for', () => {
    const { sockets } = bench();
    sockets.handle({ name: 'feedOpened', feed: 'unknown', localPort: 1 });
    sockets.handle({ name: 'failed', id: 'x', command: 'openLeg', reason: '' });
  });
});
