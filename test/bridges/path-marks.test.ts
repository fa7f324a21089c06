import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PathMarks, pathHopsMax } from '../../src/bridges/path-marks.ts';

const at = (leg: string, group = 'g', attachment = 'a1') => ({ attachment, leg, group });
const gateway = (name: string): PathMarks => new PathMarks(name, (group) => ['g', 'h'].includes(group));

describe('marks of a path', () => {
  it('are opaque, and differ by group and by gateway', () => {
    const said = [gateway('x'), gateway('y')].flatMap((marks) => [...marks.said(at('1')), ...marks.said(at('1', 'h'))]);
    expect(new Set(said).size).toBe(4);
    expect(said.every((mark) => /^[0-9a-f]{24}$/.test(mark))).toBe(true);
  });

  it('find the loop of three gateways, whoever calls whom', () => {
    const [x, y, z] = [gateway('x'), gateway('y'), gateway('z')] as const;
    expect(y.leadsBack(at('from x'), x.said(at('to y')))).toBe(false);
    expect(z.leadsBack(at('from y'), y.said(at('to z')))).toBe(false);
    expect(x.leadsBack(at('from z'), z.said(at('to x')))).toBe(true);
    expect(x.meets(at('from z'), z.said(at('to x')))).toBe(true);
  });

  it('find two ways between the same two groups', () => {
    const [x, y] = [gateway('x'), gateway('y')] as const;
    y.leadsBack(at('1'), x.said(at('1')));
    x.leadsBack(at('1'), y.said(at('1')));
    expect(y.leadsBack(at('2'), x.said(at('2')))).toBe(true);
  });

  it('let another attachment try to carry the same leg', () => {
    const [x, y] = [gateway('x'), gateway('y')] as const;
    y.leadsBack(at('1'), x.said(at('1')));
    x.leadsBack(at('1'), y.said(at('1')));
    expect(y.leadsBack(at('1', 'g', 'a2'), x.said(at('1', 'g', 'a2')))).toBe(false);
    expect(x.leadsBack(at('1', 'g', 'a2'), y.said(at('1', 'g', 'a2')))).toBe(false);
  });

  it('let two groups of one gateway be joined by another', () => {
    const [x, y] = [gateway('x'), gateway('y')] as const;
    y.leadsBack(at('1'), x.said(at('1', 'g')));
    expect(x.leadsBack(at('2', 'h'), y.said(at('2')))).toBe(false);
  });

  it('are forgotten with the call that brought them', () => {
    const [x, y] = [gateway('x'), gateway('y')] as const;
    y.leadsBack(at('1'), x.said(at('1')));
    expect(y.said(at('2'))).toHaveLength(2);
    y.forget(at('1'));
    expect(y.said(at('2'))).toHaveLength(1);
  });

  it('are neither said nor read for a group that is not marked', () => {
    const marks = new PathMarks('x', (group) => ['h'].includes(group));
    expect(marks.said(at('1'))).toEqual([]);
    expect(marks.leadsBack(at('1'), gateway('x').said(at('1')))).toBe(false);
  });

  it('of whatever is said are bounded, and never repeat what a leg itself said', () => {
    const word = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f]{24}$/));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.array(word, { maxLength: 40 }))), (history) => {
        const marks = gateway('x');
        for (const [leg, said] of history) {
          const before = marks.said(at(String(leg)));
          marks.leadsBack(at(String(leg)), said);
          expect(marks.said(at(String(leg)))).toEqual(before);
        }
        for (let leg = 0; leg <= 6; leg++) {
          const said = marks.said(at(String(leg)));
          expect(said.length).toBeLessThanOrEqual(pathHopsMax);
          expect(said.every((mark) => /^[0-9a-f]{24}$/.test(mark))).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
