/** Of which groups it is said how their links are, to whom, and by which name. */
import { expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import type { AnnouncementOrder } from '../../../src/gateway/operations/announcements.ts';
import { LinkNews } from '../../../src/gateway/operations/link-news.ts';
import { demoConfig } from '../demo-config.ts';

const group = 'xb-pours-2';
const astrid = `${group}/as:5990012`;
const inpt = `${group}/in:590-912`;
const other = `${group}/in:590-921`;

function stand(): { news: LinkNews; clock: ManualClock; said: AnnouncementOrder[]; members: string[] } {
  const clock = new ManualClock();
  const said: AnnouncementOrder[] = [];
  const members = ['as:5990012', 'in:590-912', 'in:590-921'];
  const announcements = { say: (order: AnnouncementOrder) => said.push(order) };
  const news = new LinkNews(demoConfig, { clock, announcements, members: () => members });
  for (const leg of [astrid, inpt, other]) news.legState(leg, true, false);
  return { news, clock, said, members };
}

it('tells those who can still hear that a network is lost, by the name that is spoken', () => {
  const { news, clock, said } = stand();
  for (const leg of [inpt, other]) news.legState(leg, false, false);
  clock.advance(9999);
  expect(said).toEqual([]);
  clock.advance(1);
  expect(said).toEqual([{ group, id: 'ann-lost', fields: { network: 'INPT' }, talkgroups: ['as:5990012'] }]);
});

it('calls a network on its second way degraded, also to those on it, and back when it has returned', () => {
  const { news, clock, said, members } = stand();
  news.legState(inpt, true, true);
  clock.advance(10_000);
  expect(said).toMatchObject([{ id: 'ann-degraded', talkgroups: members }]);
  clock.advance(60_000);
  news.legState(inpt, true, false);
  clock.advance(3000);
  expect(said.slice(1)).toMatchObject([{ id: 'ann-back', fields: { network: 'INPT' }, talkgroups: members }]);
});

it('says nothing of a leg that was taken out, one that has never been up, a closed group or a permanent one', () => {
  const { news, clock, said, members } = stand();
  members.pop();
  news.legState(other, false, false);
  news.legState(`${group}/as:5400110`, false, false);
  members.push('as:5400110');
  for (const up of [true, false]) news.legState('xb-pours-1/as:5300110', up, false);
  clock.advance(120_000);
  expect(said).toEqual([]);

  news.legState(inpt, false, false);
  news.groupClosed(group);
  clock.advance(120_000);
  expect(said).toEqual([]);
});

it('does not take a leg for lost that falls because it is taken out', () => {
  const { news, clock, said, members } = stand();
  news.legState(inpt, false, false);
  clock.advance(5000);
  members.splice(1, 2);
  clock.advance(120_000);
  expect(said).toEqual([]);
});
