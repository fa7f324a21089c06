import { describe, expect, it } from 'vitest';
import { Admission } from '../../src/console/admission.ts';

const hourMs = 3600 * 1000;

function desk(credentialsMax = 8): { admission: Admission; hello: typeof hello } {
  let made = 0;
  return { admission: new Admission({ credentialsMax, newToken: () => `token-${++made}` }), hello };
}

function hello(change: { token?: string; resumeToken?: string; versionMin?: number; versionMax?: number }) {
  return { name: 'hello' as const, versionMin: 1, versionMax: 1, token: '', resumeToken: '', lastSeq: 0, ...change };
}

describe('admission of consoles', () => {
  it('opens one console with the printed token, and puts another token in its place', () => {
    const { admission } = desk();
    const token = admission.linkToken;
    expect(admission.admit(hello({ token }), 'a', 0)).toMatchObject({ verdict: 'opened', console: 'console:1' });
    expect(admission.linkToken).not.toBe(token);
    expect(admission.admit(hello({ token }), 'a', 0)).toMatchObject({ verdict: 'refused', reason: 'TOKEN' });
  });

  it('knows a console that comes back within 12 h of when it was last seen', () => {
    const { admission } = desk();
    const opened = admission.admit(hello({ token: admission.linkToken }), 'a', 0);
    const resumeToken = opened.verdict === 'refused' ? '' : opened.resumeToken;
    const back = { verdict: 'returned', console: 'console:1', resumeToken };
    expect(admission.admit(hello({ resumeToken }), 'b', 12 * hourMs)).toEqual(back);
    admission.seen(resumeToken, 20 * hourMs);
    expect(admission.admit(hello({ resumeToken }), 'b', 32 * hourMs)).toEqual(back);
    expect(admission.admit(hello({ resumeToken }), 'b', 44 * hourMs + 1)).toMatchObject({ verdict: 'refused' });
  });

  it('evaluates at most 10 wrong one-time tokens of a client in 10 minutes, whatever it says then', () => {
    const { admission } = desk();
    for (let guess = 0; guess < 10; guess++) admission.admit(hello({ token: `wrong-${guess}` }), 'thief', 0);
    const right = hello({ token: admission.linkToken });
    expect(admission.admit(right, 'thief', 599_000)).toMatchObject({ verdict: 'refused', reason: 'TOKEN' });
    expect(admission.admit(right, 'operator', 599_000)).toMatchObject({ verdict: 'opened' });
    expect(admission.admit(hello({ token: admission.linkToken }), 'thief', 600_001)).toMatchObject({
      verdict: 'opened',
    });
  });

  it('lets consoles come back however many wrong tokens their neighbour behind the same proxy tried', () => {
    const { admission } = desk();
    const opened = admission.admit(hello({ token: admission.linkToken }), 'proxy', 0);
    for (let guess = 0; guess < 100; guess++) admission.admit(hello({ resumeToken: `wrong-${guess}` }), 'proxy', 0);
    const resumeToken = opened.verdict === 'refused' ? '' : opened.resumeToken;
    expect(admission.admit(hello({ resumeToken }), 'proxy', 1)).toMatchObject({ verdict: 'returned' });
  });

  it('refuses a page whose versions do not include ours, and an empty Hello', () => {
    const { admission } = desk();
    const token = admission.linkToken;
    expect(admission.admit(hello({ token, versionMin: 2, versionMax: 3 }), 'a', 0)).toMatchObject({
      reason: 'VERSION',
    });
    expect(admission.admit(hello({ token, versionMin: 0, versionMax: 0 }), 'a', 0)).toMatchObject({
      reason: 'VERSION',
    });
    expect(admission.admit(hello({}), 'a', 0)).toMatchObject({ reason: 'TOKEN' });
    expect(admission.admit(hello({ token, versionMin: 1, versionMax: 9 }), 'a', 0)).toMatchObject({
      verdict: 'opened',
    });
  });

  it('keeps a bounded number of consoles that can come back, those seen last', () => {
    const { admission } = desk(2);
    const tokens = [1, 2, 3].map((nowMs) => {
      const verdict = admission.admit(hello({ token: admission.linkToken }), 'a', nowMs);
      return verdict.verdict === 'refused' ? '' : verdict.resumeToken;
    });
    const verdicts = tokens.map((resumeToken) => admission.admit(hello({ resumeToken }), 'a', 4).verdict);
    expect(verdicts).toEqual(['refused', 'returned', 'returned']);
  });
});
