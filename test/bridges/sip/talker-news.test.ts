import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TalkerNews } from '../../../src/bridges/sip/talker-news.ts';
import type { NameAddr } from '../../../src/protocols/sip/header-values.ts';
import { address } from '../../protocols/sip/two-agents.ts';

const named = (name: string): NameAddr => address(`"${name}" <sip:${name.replaceAll(' ', '')}@escaut.invalid>`);
const group = named('FRBE POURS 1');
const everyMs = 1000;
const nameOf = (who: NameAddr | undefined) => who?.displayName;

describe('whom a far end is told of', () => {
  it('a talker at once, the same one not again', () => {
    const news = new TalkerNews(everyMs, group);
    news.talks(named('A 1'), 5000);
    expect([nameOf(news.take(5000)), nameOf(news.take(5000))]).toEqual(['A 1', undefined]);
    news.talks(named('A 1'), 9000);
    expect(news.take(9000)).toBeUndefined();
    expect(news.deadlineMs).toBe(Infinity);
  });

  it('of three within a second the first and the last, the last after that second', () => {
    const news = new TalkerNews(everyMs, group);
    news.talks(named('A 1'), 5000);
    news.take(5000);
    news.talks(named('A 2'), 5200);
    news.talks(named('A 3'), 5400);
    expect([news.deadlineMs, news.take(5999), nameOf(news.take(6000))]).toEqual([6000, undefined, 'A 3']);
  });

  it('the last of them even where his over has ended meanwhile, and then the group', () => {
    const news = new TalkerNews(everyMs, group);
    news.talks(named('A 1'), 5000);
    news.take(5000);
    news.talks(named('A 2'), 5300);
    news.rests(5600);
    expect([news.deadlineMs, nameOf(news.take(6000))]).toEqual([6000, 'A 2']);
    expect([news.deadlineMs, nameOf(news.take(10_600))]).toEqual([10_600, 'FRBE POURS 1']);
    expect(news.deadlineMs).toBe(Infinity);
  });

  it('nobody whose over has long ended', () => {
    const news = new TalkerNews(60_000, group);
    news.talks(named('A 1'), 0);
    news.take(0);
    news.talks(named('A 2'), 1000);
    news.rests(2000);
    expect([news.deadlineMs, nameOf(news.take(60_000))]).toEqual([60_000, 'FRBE POURS 1']);
  });

  it('the group again 5 s after the last over, unless another begins before', () => {
    const news = new TalkerNews(everyMs, group);
    news.talks(named('A 1'), 0);
    news.take(0);
    news.rests(2000);
    expect(news.deadlineMs).toBe(7000);
    news.rests(3000); // told of the idle floor again: it counts from the first time
    expect(news.deadlineMs).toBe(7000);
    news.talks(named('A 1'), 6000);
    expect(news.deadlineMs).toBe(Infinity);
    news.rests(8000);
    expect(nameOf(news.take(13_000))).toBe('FRBE POURS 1');
  });

  it('whatever happens: never twice within a second, never the same twice, and the last word is told in the end', () => {
    const step = fc.record({ afterMs: fc.nat(1500), talker: fc.option(fc.constantFrom('A 1', 'A 2', 'A 3')) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const news = new TalkerNews(everyMs, group);
        const told: { atMs: number; name: string | undefined }[] = [];
        let nowMs = 0;
        const passTo = (untilMs: number) => {
          while (news.deadlineMs <= untilMs) {
            nowMs = Math.max(nowMs, news.deadlineMs);
            told.push({ atMs: nowMs, name: nameOf(news.take(nowMs)) });
          }
          nowMs = untilMs;
        };
        for (const { afterMs, talker } of steps) {
          passTo(nowMs + afterMs);
          if (talker === null) news.rests(nowMs);
          else news.talks(named(talker), nowMs);
          passTo(nowMs);
        }
        passTo(nowMs + 10_000);
        for (let at = 1; at < told.length; at++) {
          expect(told[at]!.atMs - told[at - 1]!.atMs).toBeGreaterThanOrEqual(everyMs);
          expect(told[at]!.name).not.toBe(told[at - 1]!.name);
        }
        const last = steps.at(-1);
        expect(told.at(-1)?.name ?? 'FRBE POURS 1').toBe(
          last === undefined ? 'FRBE POURS 1' : (last.talker ?? 'FRBE POURS 1'),
        );
      }),
    );
  });
});
