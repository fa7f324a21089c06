/**
 * A disk that is nearly full takes a part of what it is given and says so by a number, not by an error. Nothing of ours
 * may take that for written. A limit on the size of files does the same without a disk of one's own.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AuditSpool } from '../../src/store/audit-spool.ts';

it('leaves the document before, says of half a line that it is not safe, and goes on behind it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'escaut-short-'));
  try {
    const child = ['test/store/short-disk-child.ts', folder];
    const { stdout } = spawnSync('sh', ['-c', 'ulimit -f 8 && exec "$0" "$@"', process.execPath, ...child]);
    const said: { fault: string; document: string; refused: string } = JSON.parse(stdout.toString());
    expect(said.fault).toMatch(/hits\.json: EFBIG$/);
    expect(said.document).toBe('{"before":true}\n');
    expect(said.refused).toMatch(/EFBIG/);
    const spool = new AuditSpool(join(folder, 'audit-spool.jsonl'));
    const line = { run: 'a', line: 2, utcMs: 0, upMs: 0, level: 'info', event: 'test', fields: {} } as const;
    spool.add([line]);
    expect([...spool.read()].flat().map((each) => each.line)).toEqual([1, 2]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
