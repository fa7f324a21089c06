/** The text of a next version, changed by a form. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { promoted, withLeg } from '../../src/web/app/fleet-text.ts';

const text = `# who is joined with whom
sharedGroups:
  - id: xb # the only one
    legs:
      - {talkgroup: a, priority: 4}
    shadowLegs:
      - {talkgroup: b, attachment: box-b, priorityMax: 6}
      - {talkgroup: c}
  - id: xc
    legs: [{talkgroup: d}]
`;
const groupsOf = (changed: string | undefined) => parse(changed ?? '').sharedGroups;
const wanted = { mayTalk: true, priorityMax: 8, isShadow: false };

describe('a talkgroup that is listened to', () => {
  it('becomes a leg with all that it says, and nothing else changes, comments least of all', async () => {
    const changed = await promoted(text, 'xb', 'b');
    expect(groupsOf(changed)[0]).toEqual({
      id: 'xb',
      legs: [
        { talkgroup: 'a', priority: 4 },
        { talkgroup: 'b', attachment: 'box-b', priorityMax: 6 },
      ],
      shadowLegs: [{ talkgroup: 'c' }],
    });
    expect(groupsOf(changed)[1]).toEqual(groupsOf(text)[1]);
    expect(changed).toContain('# who is joined with whom');
    expect(changed).toContain('# the only one');
  });

  it('is put beside a group that has none yet, and changed where it stands', async () => {
    const put = await withLeg(text, { ...wanted, group: 'xc', talkgroup: 'e', isShadow: true });
    expect(groupsOf(put)[1].shadowLegs).toEqual([{ talkgroup: 'e', mayTalk: true, priorityMax: 8 }]);
    const changed = await withLeg(text, { ...wanted, group: 'xb', talkgroup: 'c', isShadow: true, priorityMax: 3 });
    expect(groupsOf(changed)[0].shadowLegs[1]).toEqual({ talkgroup: 'c', mayTalk: true, priorityMax: 3 });
  });

  it('is in one list at a time', async () => {
    const joined = groupsOf(await withLeg(text, { ...wanted, group: 'xb', talkgroup: 'c' }))[0];
    expect(joined.legs.at(-1)).toEqual({ talkgroup: 'c', mayTalk: true, priorityMax: 8 });
    expect(joined.shadowLegs).toHaveLength(1);
    const parted = groupsOf(await withLeg(text, { ...wanted, group: 'xb', talkgroup: 'a', isShadow: true }))[0];
    expect(parted.legs).toEqual([]);
    expect(parted.shadowLegs.at(-1)).toEqual({ talkgroup: 'a', priority: 4, mayTalk: true, priorityMax: 8 });
  });

  it('is not looked for in what is no YAML, or in a group that is not there', async () => {
    expect(await promoted('sharedGroups: [', 'xb', 'b')).toBeUndefined();
    expect(await promoted(text, 'nowhere', 'b')).toBeUndefined();
  });
});
