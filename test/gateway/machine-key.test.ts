import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { machineKey } from '../../src/gateway/machine-key.ts';

it('is kept over a restart, and told on every console and in the log where it cannot be', () => {
  const folder = mkdtempSync(join(tmpdir(), 'machine-key-'));
  const [alarms, lines]: [unknown[], unknown[]] = [[], []];
  const ports = {
    events: { state: { notKept: (at: object) => void lines.push(at) } },
    console: { raiseAlarm: (...alarm: unknown[]) => void alarms.push(alarm) },
  };
  try {
    const key = machineKey(join(folder, 'gw'), ports);
    expect(machineKey(join(folder, 'gw'), ports)).toEqual(key);
    expect(statSync(join(folder, 'gw/machine-key')).mode & 0o777).toBe(0o600);
    expect([alarms, lines]).toEqual([[], []]);
    writeFileSync(join(folder, 'file'), '');
    const passing = machineKey(join(folder, 'file'), ports);
    expect(passing).toHaveLength(32);
    expect(machineKey(join(folder, 'file'), ports)).not.toEqual(passing);
    expect(alarms[0]).toEqual(['state-not-kept', 'machine-key']);
    expect(lines[0]).toEqual({ reason: `${join(folder, 'file', 'machine-key')}: ENOTDIR` });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
