import { describe, expect, it } from 'vitest';
import { faultCatalogue } from '../../src/base/faults.ts';
import de from '../../src/web/i18n/de.json' with { type: 'json' };
import en from '../../src/web/i18n/en.json' with { type: 'json' };
import fr from '../../src/web/i18n/fr.json' with { type: 'json' };
import nl from '../../src/web/i18n/nl.json' with { type: 'json' };
import { applyStatus } from '../../src/web/model/status-model.ts';
import { demoStatus } from './demo-status.ts';

describe('the networks as the page shows them', () => {
  it('takes nothing in before it has seen the whole', () => {
    expect(applyStatus(undefined, { attachments: [{ id: 'a' }] })).toBeUndefined();
    expect(applyStatus(undefined, demoStatus(1000))?.attachments).toHaveLength(4);
  });

  it('replaces what has changed where it stood, and adds nothing', () => {
    const whole = applyStatus(undefined, demoStatus(1000));
    const next = applyStatus(whole, { legs: [{ id: 'xb-acc/astrid', state: 'down' }, { id: 'stranger' }] });
    expect(next?.legs.map(({ id }) => id)).toEqual(whole?.legs.map(({ id }) => id));
    expect(next?.legs[1]).toMatchObject({ state: 'down', received: 0, roundTripMs: undefined });
    expect(next?.legs[0]).toBe(whole?.legs[0]);
    expect(next?.attachments).toEqual(whole?.attachments);
  });

  it('shows a state of a later version as unknown, and text of far ends without what draws elsewhere', () => {
    const shown = applyStatus(undefined, {
      whole: true,
      legs: [{ id: 'x', state: 'hyper', signal: 'a\u202Eb' }],
    });
    expect(shown?.legs[0]?.state).toBe('unknown');
    expect(shown?.legs[0]?.signal).not.toMatch(/\u202E/);
  });
});

describe('words of faults', () => {
  it.each(Object.entries({ en, fr, nl, de }))('are there in %s for every fault that the gateway names', (_, words) => {
    const { fault, remedy } = words.networks;
    const codes = Object.keys(faultCatalogue).sort();
    expect(Object.keys(fault).sort()).toEqual(codes);
    expect(Object.keys(remedy).sort()).toEqual(codes);
    expect(Object.keys(words.leg.fault).sort()).toEqual(codes);
    for (const text of [...Object.values(fault), ...Object.values(remedy)]) expect(text).toMatch(/\w.*\.$/);
  });

  it('are each in their own language', () => {
    const texts = [en, fr, nl, de].flatMap(({ networks }) => [
      ...Object.values(networks.fault),
      ...Object.values(networks.remedy),
    ]);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('have meaning and remedy in the catalogue', () => {
    for (const { meaning, remedy } of Object.values(faultCatalogue)) {
      expect(meaning).toMatch(/\w.*\.$/);
      expect(remedy).toMatch(/\w.*\.$/);
    }
  });
});
