/** One writer a document, on a disk that takes nothing for a while. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { KeptDocuments } from '../../src/store/kept-documents.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('keep the newest of what was written to one by several who asked for it', () => {
  const clock = new ManualClock();
  const behind = new Set<string>();
  const documents = new KeptDocuments(folder, {
    clock,
    broken: () => undefined,
    kept: (name, isKept) => void (isKept ? behind.delete(name) : behind.add(name)),
    lost: () => undefined,
  });
  mkdirSync(join(folder, 'sheet-1.json.part')); // where it would be written first
  expect(documents.at('sheet-1').write({ handOver: 1 })).toContain('EISDIR');
  expect([...behind]).toEqual(['sheet-1']);
  rmSync(join(folder, 'sheet-1.json.part'), { recursive: true });
  expect(documents.at('sheet-1').write({ handOver: 17 })).toBeUndefined();
  expect(documents.at('sheet-2').write({ handOver: 2 })).toBeUndefined();
  expect([...behind]).toEqual([]);
  clock.advance(60_000);
  const kept = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  expect([kept('sheet-1'), kept('sheet-2')]).toEqual([{ handOver: 17 }, { handOver: 2 }]);
});

it('tell which of them cannot be used', () => {
  const broken: string[] = [];
  const clock = new ManualClock();
  const documents = new KeptDocuments(folder, {
    clock,
    broken: (name, { reason }) => broken.push(`${name} ${reason}`),
    kept: () => undefined,
    lost: () => undefined,
  });
  mkdirSync(join(folder, 'hits.json'));
  expect(documents.at('hits').read(() => true)).toBeUndefined();
  expect(broken).toEqual(['hits EISDIR']);
});
