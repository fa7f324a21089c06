/** What made room for newer ones stays until it is told to go, whatever the disk does meanwhile. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { OlderItems, olderIn, olderName } from '../../src/store/older-items.ts';

let folder: string;
let clock: ManualClock;
let kept: boolean[];
let lost: number;
beforeEach(() => {
  folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'older-'));
  [clock, kept, lost] = [new ManualClock({ nowMs: 0, utcMs: 0 }), [], 0];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const dayMs = 86_400_000;
const open = () =>
  new OlderItems(folder, 'hits', {
    clock,
    kept: (isKept) => void kept.push(isKept),
    lost: (count) => {
      lost += count;
    },
  });
const item = (name: number, day = 0) => ({ name: `${name}`, utcMs: day * dayMs, item: { hit: name } });
const there = () => olderIn(folder, 'hits', () => true).map(({ day, name }) => olderName(day, name));

it('holds each until it is named, over whatever restarts and half lines, and a file goes with its last', () => {
  const act = fc.oneof(
    fc.record({ put: fc.array(fc.tuple(fc.nat(30), fc.nat(3)), { maxLength: 4 }) }),
    fc.record({ forget: fc.array(fc.tuple(fc.nat(30), fc.nat(3)), { maxLength: 4 }) }),
    fc.constant({ torn: true } as const),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
      rmSync(join(folder, 'older'), { recursive: true, force: true });
      let older = open();
      const wanted = new Set<string>();
      for (const each of acts) {
        if ('put' in each) {
          expect(older.put(each.put.map(([name, day]) => item(name, day)))).toBeUndefined();
          for (const [name, day] of each.put) wanted.add(olderName(`1970-01-0${day + 1}`, `${name}`));
        } else if ('forget' in each) {
          const names = each.forget.map(([name, day]) => olderName(`1970-01-0${day + 1}`, `${name}`));
          expect(older.forget(names)).toBe(true);
          for (const name of names) wanted.delete(name);
        } else {
          // A kill within a line; the next process goes on behind it.
          const [file] = existsSync(join(folder, 'older')) ? readdirSync(join(folder, 'older')) : [];
          if (file !== undefined) writeFileSync(join(folder, 'older', file), '{"name": "9', { flag: 'a' });
          older = open();
        }
        expect(new Set(there())).toEqual(wanted);
      }
      expect(older.forget([...wanted])).toBe(true);
      expect(there()).toEqual([]);
      const files = existsSync(join(folder, 'older')) ? readdirSync(join(folder, 'older')) : [];
      expect(files.filter((file) => /"name":/.test(readFileSync(join(folder, 'older', file), 'utf8')))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

it('waits for a disk that takes nothing, says so, and counts what finds no room in memory either', () => {
  writeFileSync(join(folder, 'older'), 'no folder');
  const older = open();
  expect(older.put([item(1), item(2, 1)])).toMatch(/ENOTDIR|EEXIST/);
  expect([kept, lost]).toEqual([[false], 0]);
  expect(older.put(Array.from({ length: 5000 }, (_, at) => item(3 + at)))).toBeDefined();
  expect(lost).toBe(2);
  rmSync(join(folder, 'older'));
  clock.advance(10_000);
  expect(kept.at(-1)).toBe(true);
  expect(there()).toHaveLength(5000);
  expect(there().slice(-2)).toEqual(['1970-01-01/5002', '1970-01-02/2']);
  older.stop();
});

it('are read of the days that are asked for alone; what is no line of ours is nobody’s', () => {
  open().put([item(1), item(2, 1), item(3, 2)]);
  mkdirSync(join(folder, 'older'), { recursive: true });
  for (const name of ['notes.txt', 'timeline-1970-01-01.jsonl', 'hits-1970.jsonl'])
    writeFileSync(join(folder, 'older', name), '{"name": "7", "item": {}}\n');
  writeFileSync(join(folder, 'older/hits-1970-01-03.jsonl'), 'null\n7\n{"name": 4}\n{"name": "5", "item": null}\n', {
    flag: 'a',
  });
  expect(olderIn(folder, 'hits', (day) => day > '1970-01-01').map(({ item: each }) => each)).toEqual([
    { hit: 2 },
    { hit: 3 },
  ]);
});

it('that another removes while they are read are none', () => {
  open().put([item(1), item(2, 1)]);
  const read = olderIn(folder, 'hits', (day) => {
    if (day === '1970-01-01') rmSync(join(folder, 'older/hits-1970-01-01.jsonl'));
    return true;
  });
  expect(read.map(({ name }) => name)).toEqual(['2']);
});

it('that a kill has left twice have what either had: the second time the sheet of a hand-over is not at hand', () => {
  open().put([{ ...item(1), item: { hit: 1, sheet: 'A4', name: 'offered' } }]);
  open().put([{ ...item(1), item: { hit: 1, name: 'confirmed' } }]);
  expect(olderIn(folder, 'hits', () => true).map(({ item: each }) => each)).toEqual([
    { hit: 1, sheet: 'A4', name: 'confirmed' },
  ]);
});

it('go with what a kill has left of a shortening', () => {
  const older = open();
  older.put([item(1), item(2)]);
  const file = join(folder, 'older/hits-1970-01-01.jsonl');
  // Killed before it had taken the place of the file.
  writeFileSync(`${file}.part`, '{"name":"2","item":{"hit":2}}\n');
  expect(older.forget(['1970-01-01/1', '1970-01-01/2'])).toBe(true);
  expect(readdirSync(join(folder, 'older'))).toEqual([]);
});
