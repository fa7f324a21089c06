import { describe, expect, it } from 'vitest';
import { TalkerNames } from '../../src/bridges/talker-names.ts';

const talker = (party: string, name = 'Tournai 22') => ({ party, address: '3200001', name });

describe('names of talkers', () => {
  it('says whether it was news', () => {
    const names = new TalkerNames();
    expect([names.put(talker('a')), names.put(talker('a')), names.put(talker('a', 'Mouscron 31'))]).toEqual([
      true,
      false,
      true,
    ]);
    expect(names.get('a')).toEqual(talker('a', 'Mouscron 31'));
  });

  it('keeps 2,000 parties: consoles come and go for ever', () => {
    const names = new TalkerNames();
    for (let at = 0; at < 2000; at++) names.put(talker(`p${at}`));
    names.put(talker('p0', 'again'));
    names.put(talker('one more'));
    expect([names.get('p0')?.name, names.get('p1'), names.get('p2')?.name]).toEqual(['again', undefined, 'Tournai 22']);
  });
});
