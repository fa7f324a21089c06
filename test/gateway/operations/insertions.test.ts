/** One-way announcements: a talkgroup is called, hears the words, and is let go; it reaches nobody meanwhile. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { AnnouncementOrder } from '../../../src/gateway/operations/announcements.ts';
import { Insertions } from '../../../src/gateway/operations/insertions.ts';
import { demoConfig } from '../demo-config.ts';

const talkgroup = 'in:590-131';
const own = `insertion:${talkgroup}`;
const leg = `${own}/${talkgroup}`;

function stand(groupOf: string | undefined = undefined) {
  const clock = new ManualClock({ nowMs: 0, utcMs: 0 });
  const done: string[] = [];
  const said: AnnouncementOrder[] = [];
  const failed: object[] = [];
  const insertions = new Insertions(demoConfig, {
    clock,
    events: { operations: { announcement: (at) => failed.push(at) } },
    attachments: {
      join: ({ plan, need }) => done.push(`join ${need.leg} ${plan.number} ${plan.mayTalk ? 'talks' : 'listens'}`),
      leave: (gone) => done.push(`leave ${gone}`),
    },
    announcements: { say: (order) => said.push(order) },
    sendVoice: (command) => done.push('group' in command ? `${command.name} ${command.group}` : command.name),
    groupOf: () => groupOf,
  });
  const insert = (what = talkgroup) =>
    insertions.insert({ group: 'xb-pours-2', talkgroup: what, id: 'ann-pours-start', fields: { origin: 'Hainaut' } });
  return { clock, done, said, failed, insertions, insert };
}

describe('a one-way announcement', () => {
  it('calls the talkgroup alone, says the words once its call stands, and lets it go when they are said', () => {
    const { done, said, insertions, insert } = stand();
    insert();
    expect(done).toEqual(['openGroup', `join ${leg} 590-131 listens`]);
    insertions.legState(leg, false);
    expect(said).toEqual([]);
    insertions.legState(leg, true);
    insertions.legState(leg, true);
    expect(said).toMatchObject([
      {
        group: own,
        id: 'ann-pours-start',
        talkgroups: [talkgroup],
        fields: { group: 'FRBE POURS 2', origin: 'Hainaut' },
      },
    ]);
    said[0]?.ended?.();
    expect(done.slice(2)).toEqual([`leave ${leg}`, `closeGroup ${own}`]);
  });

  it('is given up, and written down, when no call stands after 20 s', () => {
    const { clock, done, failed, insert } = stand();
    insert();
    clock.advance(20_000);
    expect(done.slice(2)).toEqual([`leave ${leg}`, `closeGroup ${own}`]);
    expect(failed).toMatchObject([{ end: 'refused', talkgroups: [talkgroup], reason: 'its call did not come up' }]);
  });

  it('does not go to a talkgroup that is in an open group, nor twice at once, nor to one that is unknown', () => {
    const busy = stand('xb-acc');
    busy.insert();
    expect(busy.failed).toMatchObject([{ reason: 'it is joined to xb-acc' }]);
    const { failed, insert, done, insertions } = stand();
    insert();
    insert();
    insert('in:0');
    expect(failed).toHaveLength(2);
    insertions.stop();
    expect(done.at(-1)).toBe(`closeGroup ${own}`);
  });
});
