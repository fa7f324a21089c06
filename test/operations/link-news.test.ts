import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Link,
  type LinkLeg,
  type LinkState,
  newLink,
  newsDueMs,
  linkNewsRules as rules,
  seeLink,
  takeNews,
} from '../../src/operations/link-news.ts';

const well: LinkLeg = { up: true, second: false };
const second: LinkLeg = { up: true, second: true };
const down: LinkLeg = { up: false, second: false };

/** What is said, and when, of legs that are seen as given; whoever drives it comes at its deadlines. */
function play(seen: readonly (readonly [atMs: number, legs: readonly LinkLeg[]])[], untilMs: number): string[] {
  const said: string[] = [];
  let link: Link = newLink;
  const wait = (toMs: number): void => {
    for (let dueMs = newsDueMs(link, rules); dueMs <= toMs; dueMs = newsDueMs(link, rules)) {
      const taken = takeNews(link, rules, dueMs);
      link = taken.link;
      said.push(`${dueMs / 1000} s ${taken.news}`);
    }
  };
  for (const [atMs, legs] of seen) {
    wait(atMs - 1);
    link = seeLink(link, legs, atMs);
  }
  wait(untilMs);
  return said;
}

describe('what is said of a link', () => {
  it('says nothing while all is well, nor of what mends within 10 s', () => {
    expect(play([[0, [well, well]]], 3_600_000)).toEqual([]);
    const seen: [number, LinkLeg[]][] = [
      [0, [well]],
      [5000, [down]],
      [14_000, [well]],
    ];
    expect(play(seen, 3_600_000)).toEqual([]);
  });

  it('calls it degraded with one leg down or on a second way, lost with none up, back when all are where they should be', () => {
    expect(play([[0, [well, down]]], 60_000)).toEqual(['10 s degraded']);
    expect(play([[0, [second]]], 60_000)).toEqual(['10 s degraded']);
    const seen: [number, LinkLeg[]][] = [
      [0, [down, down]],
      [100_000, [second, well]],
      [200_000, [well, well]],
    ];
    expect(play(seen, 400_000)).toEqual(['10 s lost', '103 s degraded', '203 s good']);
  });

  it('says what became worse while worse was being said', () => {
    const seen: [number, LinkLeg[]][] = [
      [0, [second]],
      [20_000, [down]],
    ];
    expect(play(seen, 400_000)).toEqual(['10 s degraded', '70 s lost']);
  });

  it('never says the same twice in a row, nor twice within a minute, and in the end has said how it is', () => {
    const legs = fc.array(fc.constantFrom(well, second, down), { minLength: 1, maxLength: 3 });
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 40_000 }), legs), { maxLength: 30 });
    fc.assert(
      fc.property(steps, (gaps) => {
        let atMs = 0;
        const seen = gaps.map(([gapMs, each]): [number, LinkLeg[]] => {
          atMs += gapMs;
          return [atMs, each];
        });
        const said = play(seen, atMs + 120_000).map((line) => line.split(' s '));
        for (const [index, [when, what]] of said.entries()) {
          const [before, last] = said[index - 1] ?? ['-1000', 'good'];
          expect(what).not.toBe(last);
          expect(Number(when) - Number(before)).toBeGreaterThanOrEqual(59.999);
        }
        const end = seen.at(-1)?.[1] ?? [well];
        expect(said.at(-1)?.[1] ?? 'good').toBe(stateOf(end));
      }),
    );
  });
});

function stateOf(legs: readonly LinkLeg[]): LinkState {
  const up = legs.filter((leg) => leg.up);
  if (up.length === 0) return 'lost';
  return up.length === legs.length && !legs.includes(second) ? 'good' : 'degraded';
}
