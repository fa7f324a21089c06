import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrame } from '../../src/media/frame.ts';
import { levelDbov } from '../../src/media/level.ts';
import { CatchUp } from '../../src/media/time-stretch.ts';
import { framesOf, joined, levelAt, noise, scaled, speech, tone } from './signals.ts';

interface Passage {
  readonly out: Float32Array;
  /** Backlog after each frame that came, ms. */
  readonly backlogs: readonly number[];
  readonly catchUp: CatchUp;
}

/** An over: frames come every 20 ms; the network is ready after `waitMs`; what is left is played out at the end. */
function over(pcm: Float32Array, waitMs: number, catchUp = new CatchUp({ backlogMsMax: 3000 })): Passage {
  const out: Float32Array[] = [];
  const backlogs: number[] = [];
  for (const [n, frame] of framesOf(pcm).entries()) {
    catchUp.push(frame);
    const pulled = createFrame();
    if (20 * n >= waitMs && catchUp.pull(pulled)) out.push(pulled);
    backlogs.push(catchUp.backlogMs);
  }
  for (let pulled = createFrame(); catchUp.pull(pulled) || catchUp.flush(pulled); pulled = createFrame())
    out.push(pulled);
  return { out: joined(...out), backlogs, catchUp };
}

function likeness(a: Float32Array, atA: number, b: Float32Array, atB: number, samples: number, stride = 1): number {
  let cross = 0;
  let energyA = 0;
  let energyB = 0;
  for (let i = 0; i < samples; i += stride) {
    cross += a[atA + i]! * b[atB + i]!;
    energyA += a[atA + i]! ** 2;
    energyB += b[atB + i]! ** 2;
  }
  return cross / Math.sqrt(energyA * energyB + 1e-20);
}

/** For each 30 ms of active speech, how well the most alike 30 ms of the output resemble it; the search keeps the order. */
function recovered(pcm: Float32Array, out: Float32Array, waitMs: number): number[] {
  const window = 480;
  const found: number[] = [];
  for (let at = 0; at + window < pcm.length; at += window) {
    if (levelDbov(pcm.subarray(at, at + window)) < -35) continue;
    let best = -1;
    for (let from = Math.max(0, at - 16 * waitMs - 320); from <= at && from + window < out.length; from++) {
      best = Math.max(best, likeness(pcm, at, out, from, window, 3));
    }
    found.push(best);
  }
  return found;
}

const steepest = (pcm: Float32Array) => {
  let steep = 0;
  for (let i = 1; i < pcm.length; i++) steep = Math.max(steep, Math.abs(pcm[i]! - pcm[i - 1]!));
  return steep;
};

describe('catch-up without a backlog', () => {
  it('passes each frame bit for bit and at once', () => {
    const pcm = speech('fr');
    const { out, backlogs } = over(pcm, 0);
    expect(out).toEqual(pcm.subarray(0, out.length));
    expect(new Set(backlogs)).toEqual(new Set([0]));
  });

  it('gives nothing when nothing waits, and leaves the frame alone', () => {
    const out = createFrame().fill(7);
    expect(new CatchUp({ backlogMsMax: 500 }).pull(out)).toBe(false);
    expect(out).toEqual(createFrame().fill(7));
  });
});

describe('catch-up after 500 ms of waiting', () => {
  it.each(['fr', 'nl'] as const)(
    'has no delay left at the end of a 5 s over in %s, and passes bit for bit from then on',
    (language) => {
      const pcm = speech(language).subarray(0, 80_000);
      const { out, backlogs, catchUp } = over(pcm, 500);
      expect(Math.max(...backlogs)).toBe(500);
      const gone = backlogs.indexOf(0);
      expect(20 * gone).toBeLessThan(4000);
      const rest = 320 * (backlogs.length - gone - 1);
      expect(out.subarray(-rest)).toEqual(pcm.subarray(320 * backlogs.length - rest, 320 * backlogs.length));
      expect(catchUp.trimmedMs + catchUp.hastenedMs).toBe(500);
      expect(catchUp.lostMs).toBe(0);
    },
  );

  it('catches up in French speech without pauses chiefly by speed, at 1.25 at most', () => {
    const { backlogs, catchUp } = over(speech('fr'), 500);
    expect(catchUp.hastenedMs).toBeGreaterThan(400);
    for (let n = 25; n + 50 < backlogs.length; n++) {
      // In one second at most 250 ms beside the pauses and the allowance of one splice.
      expect(backlogs[n]! - backlogs[n + 50]!).toBeLessThan(250 + 25 + catchUp.trimmedMs);
    }
  });

  it('loses no syllable: each 30 ms of active speech is found again with a likeness of 0.6, 95 % of them with 0.85', () => {
    for (const language of ['fr', 'nl'] as const) {
      const pcm = speech(language).subarray(0, 80_000);
      const found = recovered(pcm, over(pcm, 500).out, 500).sort((a, b) => a - b);
      expect(found.length).toBeGreaterThan(80);
      expect(found[0]).toBeGreaterThan(0.6);
      expect(found[Math.floor(found.length * 0.05)]).toBeGreaterThan(0.85);
    }
  });

  it('keeps the level of speech within 0.5 dB', () => {
    const pcm = speech('fr');
    expect(Math.abs(levelDbov(over(pcm, 500).out) - levelDbov(pcm))).toBeLessThan(0.5);
  });

  it.each([110, 220, 437, 1000, 2345, 3100])('keeps the pitch of a %d Hz tone within 1 %', (hz) => {
    const { out } = over(tone(hz, -20, 80_000), 500);
    let crossings = 0;
    for (let i = 1601; i < 33_600; i++) if (out[i - 1]! < 0 && out[i]! >= 0) crossings += 1;
    expect(Math.abs(crossings / 2 / hz - 1)).toBeLessThan(0.01);
  });

  it('keeps the pitch of a sung vowel within 1 %', () => {
    const vowel = new Float32Array(80_000);
    for (let n = 1; n <= 20; n++) for (const [i, x] of tone(150 * n, -20 - 2 * n, 80_000).entries()) vowel[i]! += x;
    const out = over(vowel, 500).out.subarray(1600, 9600);
    let period = 0;
    let best = -1;
    for (let lag = 80; lag <= 160; lag++) {
      const here = likeness(out, 0, out, lag, 4000);
      if (here > best) {
        best = here;
        period = lag;
      }
    }
    expect(Math.abs(16_000 / period / 150 - 1)).toBeLessThan(0.01);
  });

  it('makes no click: steps no steeper than the speech has, and nothing above its band', () => {
    const pcm = scaled(speech('nl').subarray(0, 80_000), -6);
    const { out } = over(pcm, 500);
    expect(steepest(out)).toBeLessThan(1.05 * steepest(pcm));
    const above = (signal: Float32Array) =>
      Math.max(...[5000, 5700, 6300, 7100].map((hz) => levelAt(signal.subarray(0, 32_000), hz, 16_000)));
    expect(above(out)).toBeLessThan(-85);
  });

  it('leaves plosives whole: a burst of 8 ms after a closure comes out at its full height', () => {
    const vowel = tone(140, -22, 80_000);
    for (let at = 12_000; at < 72_000; at += 4001) {
      vowel.fill(0, at - 800, at);
      vowel.set(scaled(noise(-14, 128), 0), at);
    }
    const { out } = over(vowel, 500);
    let bursts = 0;
    for (let i = 800; i < out.length; i++) {
      // A burst stands out by its steepness; the vowel's own steps are 60 times smaller.
      if (Math.abs(out[i]! - out[i - 1]!) < 0.25) continue;
      bursts += 1;
      i += 1600;
    }
    expect(bursts).toBe(15);
  });

  it('shortens pauses of 700 ms to about 100 ms, and never below', () => {
    const word = tone(180, -20, 8000);
    const pause = noise(-70, 11_200);
    const { out, catchUp } = over(joined(word, pause, word, pause, word, pause, word), 1000);
    expect(catchUp.trimmedMs).toBeGreaterThan(400);
    const quiet = framesOf(out).map((frame) => levelDbov(frame) < -62);
    const pauses = quiet
      .map((q) => (q ? 'q' : 's'))
      .join('')
      .match(/sq+s/g)!;
    expect(pauses).toHaveLength(3);
    for (const run of pauses) expect(run.length - 2).toBeGreaterThanOrEqual(3);
  });

  it('takes no quiet consonant for a pause: 100 ms of hiss 35 dB below the vowels stay', () => {
    const hiss = noise(-53, 1600);
    const vowel = scaled(speech('fr').subarray(16_000, 20_000), 0);
    const pcm = joined(...Array.from({ length: 12 }, () => joined(vowel, hiss)));
    const { catchUp } = over(pcm, 500);
    expect(catchUp.trimmedMs).toBe(0);
  });

  it('shortens pauses in the noise of a radio channel too', () => {
    const word = speech('fr').subarray(16_000, 32_000);
    const channel = noise(-48, 96_000);
    const pcm = joined(word, new Float32Array(16_000), word, new Float32Array(16_000), word, new Float32Array(16_000));
    for (const [i, x] of channel.entries()) pcm[i]! += x;
    expect(over(pcm, 2000).catchUp.trimmedMs).toBeGreaterThan(300);
  });
});

describe('catch-up at its bounds', () => {
  it('holds 3 s, drops the oldest voice beyond, counts it and begins softly', () => {
    const catchUp = new CatchUp({ backlogMsMax: 3000 });
    for (const frame of framesOf(tone(300, -6, 16_000 * 5))) catchUp.push(frame);
    expect(catchUp.backlogMs).toBe(3020);
    expect(catchUp.lostMs).toBe(1980);
    const out = createFrame();
    catchUp.pull(out);
    expect(Math.abs(out[0]!)).toBeLessThan(0.02);
  });

  it('plays the end of an over out to the last sample', () => {
    const catchUp = new CatchUp({ backlogMsMax: 3000 });
    const pcm = speech('fr').subarray(0, 320 * 60);
    const { out } = over(pcm, 600, catchUp);
    expect(catchUp.backlogMs).toBe(0);
    // The very end of the over stands at the end of what was heard, but for the silence that fills the last frame up.
    let last = out.length;
    while (out[last - 1] === 0) last -= 1;
    expect(out.subarray(last - 200, last)).toEqual(pcm.subarray(pcm.length - 200));
  });

  it('tells what it dropped when an over is refused, and begins the next from nothing', () => {
    const catchUp = new CatchUp({ backlogMsMax: 3000 });
    for (const frame of framesOf(speech('fr').subarray(0, 3200))) catchUp.push(frame);
    expect(catchUp.clear()).toBe(200);
    expect(catchUp.backlogMs).toBe(0);
    const frame = tone(300, -20, 320);
    const out = createFrame();
    catchUp.push(frame);
    expect(catchUp.pull(out)).toBe(true);
    expect(out).toEqual(frame);
  });

  it('accounts for each sample and never throws, whatever is said and whenever it is pulled', () => {
    const material = [speech('fr').subarray(0, 6400), noise(-20, 3200), new Float32Array(9600), tone(90, -10, 3200)];
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant('both' as const) },
      { weight: 2, arbitrary: fc.constant('push' as const) },
      { weight: 1, arbitrary: fc.constant('pull' as const) },
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 500 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 9 }),
        (steps, order) => {
          const catchUp = new CatchUp({ backlogMsMax: 1000 });
          const frames = framesOf(joined(...order.map((n) => material[n]!)));
          const out = createFrame();
          let pushedMs = 0;
          let pulledMs = 0;
          for (const [n, one] of steps.entries()) {
            if (one !== 'pull') {
              catchUp.push(frames[n % frames.length]!);
              pushedMs += 20;
            }
            if (one !== 'push' && catchUp.pull(out)) pulledMs += 20;
            expect(out.every(Number.isFinite)).toBe(true);
            expect(catchUp.backlogMs).toBeLessThanOrEqual(1020);
            const accounted = pulledMs + catchUp.backlogMs + catchUp.trimmedMs + catchUp.hastenedMs + catchUp.lostMs;
            expect(accounted).toBeCloseTo(pushedMs, 6);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
