import { expect } from 'vitest';
import type { Answer } from './raw-request.ts';

/** What nobody may get to see. */
export const canary = 'kept-from-everybody';

/** What has to stand on every answer, whatever it says. */
export function expectHardened({ status, headers, text }: Answer): void {
  expect(status).toBeLessThan(500);
  const policy = String(headers['content-security-policy']);
  for (const part of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
    expect(policy).toContain(part);
  }
  expect(policy).not.toMatch(/unsafe|\*/);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
  });
  for (const name of ['access-control-allow-origin', 'access-control-allow-credentials', 'server', 'x-powered-by']) {
    expect(headers[name]).toBeUndefined();
  }
  if (text !== '') {
    const bare = /^(?:application\/(?:yaml|problem\+json)|audio\/ogg|text\/csv)$/;
    const type = String(headers['content-type']);
    expect(bare.test(type) || /; charset=utf-8|; version=0\.0\.4/.test(type)).toBe(true);
  }
  expect(text).not.toContain(canary);
  expect(text).not.toMatch(/ at .+:\d+:\d+|node_modules|SQLITE/);
  for (const set of [headers['set-cookie'] ?? []].flat())
    expect(set).toMatch(/; Path=\/; HttpOnly; SameSite=(?:Strict|Lax)/);
}
