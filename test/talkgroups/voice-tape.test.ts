import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeG711 } from '../../src/media/g711.ts';
import { OpusSpeechDecoder } from '../../src/media/opus.ts';
import { readTape, type TapedPacket, type VoiceTap, VoiceTape } from '../../src/talkgroups/voice-tape.ts';
import { levelAt, tone } from '../media/signals.ts';
import { VirtualGroup } from './virtual-group.ts';

const minute = 60_000;

function packetsOf(tape: VoiceTape, over: number, group = 'xb'): readonly TapedPacket[] {
  const packets: TapedPacket[] = [];
  for (let part = 0; ; part++) {
    const read = tape.read(group, over, part);
    if (read === undefined) return packets;
    packets.push(...readTape(read.bytes));
    if (read.last) return packets;
  }
}

/** Says so many packets of `octets` in an over of its own. */
function say(tape: VoiceTape, over: number, packets: number, octets: number, nowMs = 0): void {
  const tap = tape.begin({ group: 'xb', over: over });
  const bytes = new Uint8Array(octets).fill(over);
  for (let i = 0; i < packets; i++) tap.hear(bytes, 0, octets, 20 * i, 20, nowMs + 20 * i);
  tap.end(nowMs + 20 * packets, 'released');
}

describe('tape', () => {
  it('gives back every packet as it was, over many parts', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 1275 }), { maxLength: 200 }), (spoken) => {
        const tape = new VoiceTape();
        const tap = tape.begin({ group: 'xb', over: 7 });
        for (const [i, bytes] of spoken.entries()) tap.hear(bytes, 0, bytes.length, 20 * i, 20, 20 * i);
        const packets = packetsOf(tape, 7);
        expect(packets.map(({ bytes }) => [...bytes])).toEqual(spoken.map((bytes) => [...bytes]));
        expect(packets.map(({ atMs }) => atMs)).toEqual(spoken.map((_, i) => 20 * i));
      }),
      { numRuns: 50 },
    );
  });

  it('reads whatever it is given', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => Array.isArray(readTape(bytes))));
  });

  it('keeps pauses as long as they were, by the talker’s time, or by ours when that says nothing', () => {
    const tape = new VoiceTape();
    const tap = tape.begin({ group: 'xb', over: 1 });
    const bytes = Uint8Array.of(1);
    tap.hear(bytes, 0, 1, 500, 20, 1000);
    tap.hear(bytes, 0, 1, 520, 20, 1075); // late on its way: no pause
    tap.hear(bytes, 0, 1, 1540, 20, 2040); // he paused for 1 s
    tap.hear(bytes, 0, 1, 0, 20, 3000); // his time began anew
    tap.hear(bytes, 0, 1, 9_000_000, 20, 3020); // a leap that cannot have happened
    expect(packetsOf(tape, 1).map(({ atMs }) => atMs)).toEqual([0, 20, 1040, 2000, 3020]);
  });

  it('forgets an over 15 min after its end', () => {
    const tape = new VoiceTape();
    say(tape, 1, 10, 80);
    tape.tick(15 * minute + 199);
    expect(packetsOf(tape, 1)).toHaveLength(10);
    tape.tick(15 * minute + 200);
    expect(packetsOf(tape, 1)).toEqual([]);
    expect(tape.overs).toBe(0);
  });

  it('takes no more memory than its bound: the oldest overs go, and are counted', () => {
    const tape = new VoiceTape({ keptMs: 15 * minute, chunksMax: 4 });
    for (let over = 1; over <= 10; over++) say(tape, over, 20, 1000);
    expect(tape.bytes).toBe(4 * 16_384);
    expect(tape.oversDropped).toBe(8);
    expect(packetsOf(tape, 8)).toEqual([]);
    expect(packetsOf(tape, 9)).toHaveLength(20);
    expect(packetsOf(tape, 10).every(({ bytes }) => bytes[0] === 10)).toBe(true);
  });

  it('counts packets for which there is no memory, while nothing has ended', () => {
    const tape = new VoiceTape({ keptMs: 15 * minute, chunksMax: 1 });
    say(tape, 1, 20, 1000);
    expect(packetsOf(tape, 1)).toHaveLength(16);
    expect(tape.packetsDropped).toBe(4);
  });
});

describe('what a group says', () => {
  /** At 16 kHz; of A-law at 8. */
  const heard = (packets: readonly TapedPacket[]): Float32Array => {
    const decoder = new OpusSpeechDecoder();
    const pcm = packets.flatMap(({ bytes, codec }) => {
      if (codec === 'PCMA') {
        const frame = new Float32Array(160);
        decodeG711('PCMA', bytes, 0, 160, frame);
        return [...frame];
      }
      expect(decoder.decode(bytes, 0, bytes.length)).toBeUndefined();
      return [...decoder.pcm.subarray(0, decoder.samples)];
    });
    return Float32Array.from(pcm);
  };

  it('is kept of legs as consoles hear it', () => {
    const tape = new VoiceTape();
    const world = new VirtualGroup({}, tape);
    const be = world.leg('be');
    const router = world.feed([be, world.leg('fr')]);
    be.talk(tone(1000, -20, 8000, 8000));
    world.run(3000);
    const [over] = world.overs;
    const packets = packetsOf(tape, over!.over);
    expect(packets.map(({ bytes }) => [...bytes])).toEqual(router.stream('be').map(({ payload }) => [...payload]));
    expect(packets.map(({ atMs }) => atMs)).toEqual(packets.map((_, i) => 20 * i));
    expect(levelAt(heard(packets).subarray(3200), 1000, 16_000)).toBeCloseTo(-20, 0);
  });

  it('is kept of legs in A-law while no console listens, and in Opus from when one does', () => {
    const tape = new VoiceTape();
    const world = new VirtualGroup({}, tape);
    const be = world.leg('be');
    const router = world.feed([be]);
    router.feed.active = false;
    be.talk(tone(1000, -20, 8000, 8000));
    world.run(510);
    router.feed.active = true;
    world.run(3000);
    const [over] = world.overs;
    const packets = packetsOf(tape, over!.over);
    expect(packets.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 50 }, (_, i) => 20 * i));
    const alaw = packets.filter(({ codec }) => codec === 'PCMA');
    expect(packets.slice(0, alaw.length)).toEqual(alaw);
    expect(alaw.length).toBeGreaterThan(20);
    expect(levelAt(heard(alaw).subarray(800), 1000, 8000)).toBeCloseTo(-20, 0);
    expect(levelAt(heard(packets.slice(alaw.length)).subarray(3200), 1000, 16_000)).toBeCloseTo(-20, 0);
  });

  it('of an exercise is told when it becomes real in the middle, by distress or by a person', () => {
    const told: string[] = [];
    const nothing = () => undefined;
    const tap: VoiceTap = {
      amend: () => undefined,
      begin: ({ party, exercise }) => {
        told.push(`${party} ${exercise ? 'exercise' : 'real'}`);
        const says = (word: string) => () => void told.push(`${party} ${word}`);
        return { hear: nothing, hearFrame: nothing, turnReal: says('turns real'), end: says('ends') };
      },
    };
    const world = new VirtualGroup({ exercise: true }, tap);
    world.leg('be').talk(tone(700, -20, 8000, 8000));
    world.run(500);
    world.group.update({ ...world.settings, exercise: true, graceMs: 0 }, world.nowMs);
    world.group.update({ ...world.settings, exercise: false }, world.nowMs);
    world.run(3000);
    expect(told).toEqual(['be exercise', 'be turns real', 'be ends']);
  });

  it('is kept of operators, as their microphones coded it', () => {
    const tape = new VoiceTape();
    const world = new VirtualGroup({}, tape);
    world.leg('be');
    const console = world.console('console:1');
    console.request();
    console.speak(tone(700, -20, 16_000));
    world.run(1500);
    console.release();
    world.run(1000);
    const [over] = world.overs;
    const packets = packetsOf(tape, over!.over);
    expect(packets.length).toBeGreaterThanOrEqual(45);
    expect(levelAt(heard(packets).subarray(3200), 700, 16_000)).toBeCloseTo(-20, 0);
  });

  it('is kept of two talkers apart', () => {
    const tape = new VoiceTape();
    const world = new VirtualGroup({ override: 'mix' }, tape);
    world.leg('be').talk(tone(700, -20, 16_000, 8000));
    const console = world.console('console:1', 10);
    world.run(500);
    console.request();
    console.speak(tone(1900, -20, 8000));
    world.run(600);
    console.release();
    world.run(6000);
    const lengths = { be: 0, 'console:1': 0 };
    for (const { party, over } of world.overs) {
      lengths[party as keyof typeof lengths] += packetsOf(tape, over).length;
    }
    expect(lengths).toEqual({ be: 100, 'console:1': 25 });
  });
});
