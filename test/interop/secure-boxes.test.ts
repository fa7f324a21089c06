/**
 * Encrypted voice between the running gateway and real radio boxes: baresip with its srtp module. What they record is
 * compared with what was said; the capture shows that it was not in the clear.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { show } from './support/figures.ts';
import { RadioStage, type Role } from './support/radio-stage.ts';
import { resampled } from './support/sound.ts';
import { compareSpeech, traceOf } from './support/speech-compare.ts';
import { readWav, type Sound } from './support/wav.ts';

const french = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000);
const dutchLong = readWav(new URL('../vectors/speech-nl-8k.wav', import.meta.url));
const dutch: Sound = { rateHz: 8000, samples: dutchLong.samples.slice(0, 8000 * 5) };
/** Speech that is not there scores up to 0.45 by chance. */
const absent = 0.5;

/** a requires encryption, as the gateway does; b offers and takes it; c has never heard of it. */
const cast = {
  a: {
    group: 'xb-safe',
    network: 'astrid',
    number: '5300110',
    account: ';mediaenc=srtp-mand',
    sip: { srtp: 'required' },
  },
  b: {
    group: 'xb-safe',
    network: 'inpt',
    number: '590-911',
    account: ';mediaenc=srtp',
    sip: { srtp: 'optional', srtpSuites: ['AEAD_AES_256_GCM'] },
  },
  c: { group: 'xb-safe', network: 'rubis', number: '59-900', sip: { srtp: 'optional' } },
} as const satisfies Record<string, Role>;

let stage: RadioStage<keyof typeof cast>;
beforeAll(async () => {
  stage = await RadioStage.set(cast);
  await stage.startGateway();
}, 60_000);
afterAll(() => stage?.clear(), 20_000);

describe('baresip with SRTP', () => {
  it.each([
    ['a', french, ['b', 'c']],
    ['b', dutch, ['a', 'c']],
  ] as const)(
    '%s is heard whole by the others, encrypted on the wire where the far end can',
    async (talker, speech, others) => {
      const listening = stage.listen(others);
      const { sinceMs } = await stage.over(talker, speech);
      const heard = listening() as Record<string, Sound>;
      for (const name of others) {
        const figures = compareSpeech(speech, heard[name]!);
        show(`${talker} → ${name}`, { ...figures });
        expect(figures.coverAfterOnset).toBeGreaterThanOrEqual(0.99);
        expect(figures.longestGapMs).toBeLessThanOrEqual(100);
        const onWire = traceOf(speech, stage.got(name, sinceMs)).score;
        if (name === 'c') expect(onWire).toBeGreaterThan(0.9);
        else expect(onWire).toBeLessThan(absent);
      }
      expect(traceOf(speech, stage.sent(talker, sinceMs)).score).toBeLessThan(absent);
      expect(await stage.gateway.metric('escaut_voice_packets_forged_total')).toBe(0);
    },
    30_000,
  );

  it('keeps keys out of the log', () => {
    const log = JSON.stringify(stage.gateway.lines);
    expect(log).not.toMatch(/inline:|keySalt/);
  });
});
