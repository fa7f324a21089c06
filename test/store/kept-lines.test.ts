import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BrokenDocument } from '../../src/store/kept-file.ts';
import { KeptLines } from '../../src/store/kept-lines.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'escaut-lines-'));
  file = join(folder, 'state', 'timeline.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('lines that are kept', () => {
  it('are none where there is no file, and come back in order from another process', () => {
    const lines = new KeptLines(file);
    expect(lines.read()).toEqual([]);
    expect(lines.append({ id: 1, words: 'a\nb' })).toBeUndefined();
    expect(lines.append({ id: 2 })).toBeUndefined();
    expect(new KeptLines(file).read()).toEqual([{ id: 1, words: 'a\nb' }, { id: 2 }]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('lose no more than the line that a kill cut', () => {
    new KeptLines(file).append({ id: 1 });
    appendFileSync(file, '{"id":2,"wo');
    const lines = new KeptLines(file);
    expect(lines.read()).toEqual([{ id: 1 }]);
    lines.append({ id: 3 });
    expect(new KeptLines(file).read()).toEqual([{ id: 1 }, { id: 3 }]);
  });

  it('are replaced whole, and grow from there', () => {
    const lines = new KeptLines(file);
    for (const id of [1, 2, 3]) lines.append({ id });
    expect(lines.replace([{ id: 3 }])).toBeUndefined();
    lines.append({ id: 4 });
    expect(readFileSync(file, 'utf8')).toBe('{"id":3}\n{"id":4}\n');
  });

  it('are laid aside where they cannot be read, and never written over', () => {
    const told: BrokenDocument[] = [];
    const ports = { utcMs: () => Date.UTC(2026, 10, 30, 8), broken: (document: BrokenDocument) => told.push(document) };
    mkdirSync(join(file, 'within'), { recursive: true }); // no file: EISDIR, for root as for anybody
    const lines = new KeptLines(file, ports);
    expect(lines.read()).toEqual([]);
    const copy = `${file}.broken-2026-11-30T08-00-00`;
    expect(told).toEqual([{ file, copy, reason: 'EISDIR' }]);
    expect(lines.replace([{ id: 1 }])).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe('{"id":1}\n');
    expect(readdirSync(copy)).toEqual(['within']);
  });

  it('stand as they are while they can neither be read nor laid aside', () => {
    const told: BrokenDocument[] = [];
    const ports = { utcMs: () => Date.UTC(2026, 10, 30, 8), broken: (document: BrokenDocument) => told.push(document) };
    const copy = `${file}.broken-2026-11-30T08-00-00`;
    mkdirSync(join(file, 'within'), { recursive: true });
    mkdirSync(join(copy, 'taken'), { recursive: true });
    const lines = new KeptLines(file, ports);
    expect(lines.read()).toEqual([]);
    expect(lines.replace([{ id: 1 }])).toBe(`${file}: EISDIR`);
    expect(readdirSync(file)).toEqual(['within']);
    rmSync(copy, { recursive: true });
    expect(lines.replace([{ id: 1 }])).toBeUndefined();
    expect(told.map((each) => each.copy)).toEqual([undefined, undefined, copy]);
  });

  it('say why they are not kept, and go on', () => {
    const lines = new KeptLines(join('/dev/null', 'timeline.jsonl'));
    expect(lines.append({ id: 1 })).toMatch(/ENOTDIR|EEXIST/);
    expect(lines.replace([])).toMatch(/ENOTDIR|EEXIST/);
    expect(lines.read()).toEqual([]);
  });
});
