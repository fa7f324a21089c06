import { describe, expect, it } from 'vitest';
import { faultCatalogue } from '../../src/base/faults.ts';
import en from '../../src/web/i18n/en.json' with { type: 'json' };
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
      legs: [{ id: 'x', state: 'hyper', reason: 'a\u202Eb' }],
    });
    expect(shown?.legs[0]?.state).toBe('unknown');
    expect(shown?.legs[0]?.reason).not.toMatch(/\u202E/);
  });
});

describe('words of faults', () => {
  it('are there for every fault that the gateway names', () => {
    const codes = Object.keys(faultCatalogue).sort();
    expect(Object.keys(en.networks.fault).sort()).toEqual(codes);
    expect(Object.keys(en.networks.remedy).sort()).toEqual(codes);
  });
});
