import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invitationOf, tokenOf } from '../../src/web/link/link-token.ts';
import { answered, chosen, endingOf, initialLogin } from '../../src/web/model/login.ts';

const refused = (status: number, code: string, more: object = {}) => ({ status, body: { code, ...more } });

describe('logging in', () => {
  it('goes from the name to the code, to the console elsewhere, and in', () => {
    const atCode = answered({ ...initialLogin, waiting: true }, refused(401, 'code-needed'));
    expect(atCode).toEqual({ ...initialLogin, step: 'code' });
    const wrong = answered(atCode, refused(401, 'code'));
    expect(wrong).toMatchObject({ step: 'code', fault: 'code', waiting: false });
    const elsewhere = answered(wrong, refused(409, 'elsewhere', { sinceUtcMs: 7 }));
    expect(elsewhere).toMatchObject({ step: 'elsewhere', sinceUtcMs: 7, fault: undefined });
    expect(answered(elsewhere, { status: 200, body: {} })).toMatchObject({ step: 'in' });
  });

  it('says how long to wait, and that nothing answers', () => {
    expect(answered(initialLogin, refused(429, 'wait', { waitS: 40 }))).toMatchObject({ fault: 'wait', waitS: 40 });
    expect(answered(initialLogin, { status: 0, body: undefined })).toMatchObject({ fault: 'unreachable' });
    expect(answered(initialLogin, { status: 500, body: 'x' })).toMatchObject({ fault: 'other', step: 'name' });
  });

  it('begins with a password for whoever was invited, who then logs in with it', () => {
    const choosing = { ...initialLogin, step: 'choose' as const };
    expect(chosen(choosing, refused(422, 'too-short'))).toMatchObject({ step: 'choose', fault: 'too-short' });
    expect(chosen(choosing, { status: 200, body: {} })).toMatchObject({ step: 'name', isSet: true });
    expect(invitationOf('#invitation=abc')).toBe('abc');
    expect(tokenOf('#invitation=abc')).toBe('');
  });

  it('is asked for by words of the gateway alone', () => {
    expect(endingOf('taken-over')).toBe('taken-over');
    expect(endingOf('unknown, used or expired token')).toBeUndefined();
    expect(endingOf('constructor')).toBeUndefined();
  });

  it('takes any answer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 599 }), fc.anything(), (status, body) => {
        const { step, waitS, sinceUtcMs } = answered(initialLogin, { status, body });
        expect(['name', 'code', 'elsewhere', 'in']).toContain(step);
        expect(waitS).toBeGreaterThanOrEqual(0);
        expect(Number.isNaN(new Date(sinceUtcMs).getTime())).toBe(false);
      }),
    );
  });
});
