import { describe, expect, it } from 'vitest';
import { alarmsOf } from '../../src/store/evidence-alarms.ts';

describe('operators are told of evidence', () => {
  it.each([
    ['nothing, while all is well', undefined, undefined, []],
    ['that it is put aside', { reason: 'EIO', spooled: true }, undefined, ['evidence-away']],
    ['that it is in memory alone', { reason: 'EIO', spooled: false }, undefined, ['evidence-unsafe']],
    ['that its key is not kept, which the log coming back does not end', undefined, 'EROFS', ['signing-key-not-kept']],
    ['of both', { reason: 'EIO', spooled: false }, 'EROFS', ['evidence-unsafe', 'signing-key-not-kept']],
  ])('%s', (_, audit, key, alarms) => {
    expect(alarmsOf(audit, key)).toEqual(alarms);
  });
});
