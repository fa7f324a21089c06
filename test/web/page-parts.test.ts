import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  defaultLegSettings,
  gainOf,
  hearingKey,
  readLegSettings,
  writeLegSettings,
} from '../../src/web/audio/leg-settings.ts';
import { levelDbfs, meterFloorDbfs, meterFraction } from '../../src/web/audio/level.ts';
import { receptionBetween, takeCounters } from '../../src/web/audio/reception.ts';
import { RtcCalls } from '../../src/web/audio/rtc-calls.ts';
import { toneLevelDbfs, tones } from '../../src/web/audio/tones.ts';
import { pickLanguage } from '../../src/web/i18n/languages.ts';
import { tokenOf } from '../../src/web/link/link-token.ts';
import { cleanText } from '../../src/web/model/clean-text.ts';
import { assumeGatewayTime, gatewayUtcMs, measureGatewayTime } from '../../src/web/model/gateway-time.ts';
import { linkQuality } from '../../src/web/model/link-quality.ts';
import { formatElapsed, languageName, shortNetworkName } from '../../src/web/ui/format.ts';

describe('token of the printed link', () => {
  it('is read from the fragment, and nothing else is taken for one', () => {
    expect(tokenOf('#token=Ab_-.~9')).toBe('Ab_-.~9');
    expect(tokenOf('')).toBe('');
    expect(tokenOf('#groups')).toBe('');
    expect(tokenOf('#token=%3Cscript%3E')).toBe('');
    expect(tokenOf(`#token=${'a'.repeat(600)}`)).toBe('');
  });
});

describe('text that a stranger supplied', () => {
  it('loses controls, line breaks and direction overrides, and is cut at 64 characters', () => {
    expect(cleanText('BAC\u0000 2\r\n\u202e\u2066x')).toBe('BAC 2 x');
    expect([...cleanText('🚓'.repeat(100))]).toHaveLength(64);
    expect(cleanText(undefined)).toBe('');
  });

  it('keeps accents and scripts of any direction', () => {
    expect(cleanText('Équipe Nœud')).toBe('Équipe Nœud');
    expect(cleanText('وحدة 7')).toBe('وحدة 7');
  });

  it('is one bounded, well-formed line whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const clean = cleanText(text);
        expect([...clean].length).toBeLessThanOrEqual(64);
        expect(clean).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(clean.isWellFormed()).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe("the gateway's time on the page's clock", () => {
  it('counts half the round trip in, and runs on by itself', () => {
    const time = measureGatewayTime(undefined, 1_000_000, 20, 500);
    expect(gatewayUtcMs(time, 500)).toBe(1_000_010);
    expect(gatewayUtcMs(time, 1500)).toBe(1_001_010);
    expect(gatewayUtcMs(undefined, 500)).toBe(0);
  });

  it('takes any measurement for better than the first word of it', () => {
    const assumed = assumeGatewayTime(999_000, 500);
    expect(gatewayUtcMs(assumed, 500)).toBe(999_000);
    expect(gatewayUtcMs(measureGatewayTime(assumed, 1_000_000, 900, 500), 500)).toBe(1_000_450);
  });

  it('is not shaken by a slow round trip, but follows a step of the clock', () => {
    const good = measureGatewayTime(undefined, 1_000_000, 10, 0);
    expect(measureGatewayTime(good, 1_001_040, 100, 1100)).toBe(good);
    const stepped = measureGatewayTime(good, 4_601_000, 100, 1100);
    expect(gatewayUtcMs(stepped, 1100)).toBe(4_601_050);
  });
});

describe('how the operator hears a party', () => {
  it('comes back as it was stored', () => {
    const stored = { 'xb/astrid': { volume: 0.5, muted: true, place: -1 as const } };
    expect(readLegSettings(writeLegSettings(stored))).toEqual(stored);
  });

  it('is the default where the store holds anything else', () => {
    expect(readLegSettings(null)).toEqual({});
    expect(readLegSettings('{')).toEqual({});
    expect(readLegSettings('{"a":{"volume":9,"place":7}}')).toEqual({ a: defaultLegSettings });
    fc.assert(fc.property(fc.json(), (json) => void readLegSettings(json)));
  });

  it('keeps the consoles of each group apart', () => {
    expect(hearingKey('operators', 'a')).not.toBe(hearingKey('operators', 'b'));
    expect(hearingKey('a/astrid', 'a')).toBe('a/astrid');
  });

  it('is unity at the ear at full volume in the centre, and nothing when muted', () => {
    expect(gainOf({ volume: 1, muted: false, place: 0 }) * Math.SQRT1_2).toBeCloseTo(1);
    expect(gainOf({ volume: 1, muted: true, place: 0 })).toBe(0);
  });
});

describe('level meter', () => {
  it('reads a full-scale sine as −3 dBFS, silence as the floor', () => {
    const sine = Float32Array.from({ length: 4800 }, (_, n) => Math.sin((2 * Math.PI * 1000 * n) / 48_000));
    expect(levelDbfs(sine)).toBeCloseTo(-3.01, 1);
    expect(levelDbfs(new Float32Array(480))).toBe(meterFloorDbfs);
    expect(meterFraction(0)).toBe(1);
    expect(meterFraction(-60)).toBe(0);
    expect(meterFraction(-30)).toBeCloseTo(0.5);
  });
});

describe('tones', () => {
  it('last no longer than 600 ms, distress and ringing there 1 s, and are quieter than speech', () => {
    expect(toneLevelDbfs).toBeLessThanOrEqual(-18);
    for (const [tone, notes] of Object.entries(tones)) {
      const endMs = Math.max(...notes.map((note) => note.startMs + note.durationMs));
      expect(endMs).toBeLessThanOrEqual(tone === 'emergency' || tone === 'ringback' ? 1000 : 600);
    }
  });

  it('give the talk permit within 150 ms: the operator waits for it', () => {
    expect(Math.max(...tones.permit.map((note) => note.startMs + note.durationMs))).toBeLessThanOrEqual(150);
  });

  it('differ from each other in rhythm or in the way the pitch goes', () => {
    const shapes = Object.values(tones).map((notes) =>
      notes.map((note, n) => `${Math.sign(note.frequencyHz - (notes[n - 1]?.frequencyHz ?? note.frequencyHz))}`).join(),
    );
    const pitch = Object.values(tones).map((notes) => notes[0]?.frequencyHz);
    expect(new Set(shapes.map((shape, n) => `${shape} ${pitch[n]}`)).size).toBe(shapes.length);
  });
});

describe("the browser's reception counters", () => {
  const entry = (jitterBufferDelay: number, emitted: number, concealed: number, silent = 0, ssrc = 1) => ({
    type: 'inbound-rtp',
    ssrc,
    jitterBufferDelay,
    jitterBufferEmittedCount: emitted,
    concealedSamples: concealed,
    silentConcealedSamples: silent,
  });

  it('give the mean wait and the share made up of one interval', () => {
    const before = takeCounters([entry(10, 48_000, 0), { type: 'transport' }]);
    const now = takeCounters([entry(10 + 0.06 * 47_520, 95_520, 480), { type: 'transport' }]);
    const reception = receptionBetween(before, now);
    expect(reception?.jitterBufferMs).toBeCloseTo(60);
    expect(reception?.concealedRatio).toBeCloseTo(0.01);
  });

  it('give nothing when nothing was heard, or when a stream went away', () => {
    const heard = takeCounters([entry(10, 48_000, 0)]);
    expect(receptionBetween(heard, heard)).toBeUndefined();
    expect(receptionBetween(heard, takeCounters([]))).toBeUndefined();
  });

  it('take neither the silence of a side for a loss, nor how the browser draws out its last sound', () => {
    // As Chromium counted 5 s of the demonstration, in which one side ended its over and another was silent.
    const before = takeCounters([entry(0, 0, 0), entry(0, 0, 0, 0, 2)]);
    const now = takeCounters([entry(8000, 119_040, 120_609, 111_635), entry(0, 0, 240_480, 240_480, 2)]);
    expect(receptionBetween(before, now)?.concealedRatio).toBe(0);
    const lost = takeCounters([entry(8000, 119_040, 9600), entry(0, 0, 240_480, 240_480, 2)]);
    expect(receptionBetween(before, lost)?.concealedRatio).toBeCloseTo(0.075, 3);
  });

  it('count a stream that is new from its beginning, and one that starts over as new', () => {
    const reception = receptionBetween(takeCounters([entry(0, 96_000, 0)]), takeCounters([entry(0, 4800, 0, 0, 2)]));
    expect(reception?.concealedRatio).toBe(0);
    expect(receptionBetween(takeCounters([entry(5, 96_000, 50)]), takeCounters([entry(1, 4800, 0)]))).toBeUndefined();
  });
});

describe('questions of the WebRTC signalling', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are answered by request id, in any order', async () => {
    const ids: number[] = [];
    const calls = new RtcCalls((request) => ids.push(request.requestId ?? 0) > 0);
    const [first, second] = [calls.call({ ready: {} }), calls.call({ ready: {} })];
    calls.answer({ requestId: ids[1] ?? 0, producerId: 'b' });
    calls.answer({ requestId: ids[0] ?? 0, producerId: 'a' });
    expect([(await first).producerId, (await second).producerId]).toEqual(['a', 'b']);
  });

  it('fail when refused, after 5 s without an answer, when the link breaks, and when it is not live', async () => {
    const calls = new RtcCalls(() => true);
    const refused = calls.call({ ready: {} });
    calls.answer({ requestId: 1, error: 'busy' });
    await expect(refused).rejects.toThrow('busy');
    const late = expect(calls.call({ ready: {} })).rejects.toThrow('no answer');
    vi.advanceTimersByTime(5000);
    await late;
    const cut = calls.call({ ready: {} });
    calls.dropAll();
    await expect(cut).rejects.toThrow('the link broke');
    await expect(new RtcCalls(() => false).call({ ready: {} })).rejects.toThrow('not live');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('words and figures', () => {
  it('start in the first language that the page speaks', () => {
    expect(pickLanguage([null, 'nl-BE', 'fr'])).toBe('nl');
    expect(pickLanguage(['pl', 'de-AT', 'FR'])).toBe('de');
    expect(pickLanguage(['pl'])).toBe('en');
  });

  it('write times, languages and network names as they are read', () => {
    expect(formatElapsed(7999)).toBe('0:07');
    expect(formatElapsed(-5)).toBe('0:00');
    expect(formatElapsed(754_000)).toBe('12:34');
    expect(languageName('nl', 'fr')).toBe('néerlandais');
    expect(languageName('zz', 'fr')).toBe('');
    expect(shortNetworkName('INPT (police nationale, service ACROPOL)')).toBe('INPT');
  });
});

describe('quality of the link', () => {
  it('is fair from 150 ms or 1 % of made-up sound, and poor from 400 ms or 5 %', () => {
    expect([linkQuality(149, undefined), linkQuality(150, undefined), linkQuality(400, undefined)]).toEqual([
      'good',
      'fair',
      'poor',
    ]);
    expect([linkQuality(20, 0.009), linkQuality(20, 0.01), linkQuality(20, 0.05)]).toEqual(['good', 'fair', 'poor']);
  });
});
