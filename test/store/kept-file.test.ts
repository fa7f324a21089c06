/** What outlives the process, whole or broken, in a folder of its own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BrokenDocument, KeptFile } from '../../src/store/kept-file.ts';

const isWhole = (document: unknown) => Array.isArray(document);
const atUtcMs = Date.UTC(2026, 10, 29, 9, 22, 7);
let folder: string;
let file: string;
let broken: BrokenDocument[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'escaut-kept-'));
  file = join(folder, 'hits.json');
  broken = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function kept(at = file): KeptFile {
  return new KeptFile(at, { utcMs: () => atUtcMs, broken: (document) => broken.push(document) });
}

describe('a document', () => {
  it('is read as it was written, and whoever finds none is told nothing', () => {
    expect(kept().read(isWhole)).toBeUndefined();
    expect(kept(join(folder, 'none', 'hits.json')).read(isWhole)).toBeUndefined();
    expect(kept().write([1, 2])).toBeUndefined();
    expect(kept().read(isWhole)).toEqual([1, 2]);
    expect(broken).toEqual([]);
  });

  it.each([
    ['half a document', '[1, ', 'is no JSON'],
    ['nothing at all', '', 'is no JSON'],
    ['another form', '{"version": 9}', 'does not have the form of this version'],
  ])('of which there is %s is laid aside whole, and told', (_, text, reason) => {
    writeFileSync(file, text);
    expect(kept().read(isWhole)).toBeUndefined();
    const copy = `${file}.broken-2026-11-29T09-22-07`;
    expect(broken).toEqual([{ file, copy, reason }]);
    expect(readFileSync(copy, 'utf8')).toBe(text);
    // Once: the next start finds none, and what is kept from now on does not touch the copy.
    expect(kept().read(isWhole)).toBeUndefined();
    expect(broken).toHaveLength(1);
    kept().write([3]);
    expect(readdirSync(folder).sort()).toEqual(['hits.json', 'hits.json.broken-2026-11-29T09-22-07']);
    expect(kept().read(isWhole)).toEqual([3]);
  });

  it('in whose place there is a folder is told, and so is why it cannot be written', () => {
    expect(kept(folder).read(isWhole)).toBeUndefined();
    expect(broken[0]).toMatchObject({ file: folder, reason: expect.stringContaining('EISDIR') });
  });
});
