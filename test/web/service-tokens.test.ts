import { expect, it } from 'vitest';
import { faultAfterLook } from '../../src/web/model/service-token.ts';

it('that service tokens cannot be read is said until they can, and why something was not done stays', () => {
  let [fault, before] = ['', ''];
  const look = (unread: string): string => {
    [fault, before] = [faultAfterLook(fault, before, unread), unread];
    return fault;
  };
  expect(['', 'locked', 'locked', '', ''].map(look)).toEqual(['', 'locked', 'locked', '', '']);
  fault = 'too-many-tokens';
  expect(['', '', 'unreachable', ''].map(look)).toEqual(['too-many-tokens', 'too-many-tokens', 'unreachable', '']);
});
