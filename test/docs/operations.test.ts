/** docs/operations.md says what the code says. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeErrors } from '../../src/base/errors.ts';
import { describeFaults } from '../../src/base/faults.ts';
import { describeMetrics } from '../../src/base/meter.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const operations = read('docs/operations.md');
/** All of src but the file that declares the tables. */
const sources = (without: string): string =>
  globSync('src/**/*.ts', { cwd: root })
    .filter((path) => path !== without)
    .map(read)
    .join('\n');
const between = (name: string): string | undefined =>
  new RegExp(`<!-- ${name} -->\n([^]*)<!-- /${name} -->`).exec(operations)?.[1];

describe('docs/operations.md', () => {
  it('lists every error code with its exit code, meaning and remedy', () => {
    expect(between('errors')).toBe(describeErrors());
  });

  it('lists every metric with its kind, labels and meaning', () => {
    expect(between('metrics')).toBe(describeMetrics());
  });

  it('lists the faults of legs and attachments as the code has them', () => {
    expect(between('faults')).toBe(describeFaults());
  });

  it('lists nothing that cannot happen: every code is raised and every metric moved somewhere', () => {
    const codes = [...describeErrors().matchAll(/`([A-Z_]+)` \|/g)].map(([, code]) => code);
    const metrics = [...describeMetrics().matchAll(/`escaut_(\w+)` \|/g)].map(([, name]) => name);
    const [raising, moving] = [sources('src/base/errors.ts'), sources('src/base/meter.ts')];
    // PORT_IN_USE and its like are raised by listenError, beside their table.
    const beside = new Set(['PORT_IN_USE', 'ADDRESS_NOT_AVAILABLE']);
    expect(
      codes.filter((code) => code !== undefined && !beside.has(code) && !new RegExp(`\\b${code}\\b`).test(raising)),
    ).toEqual([]);
    expect(metrics.filter((name) => !moving.includes(`'${name}'`))).toEqual([]);
  });

  it('names in its text only metrics and errors that exist', () => {
    const metrics = [...operations.matchAll(/`(escaut_\w+[a-z])`/g)].map(([, name]) => name ?? '');
    const voice = read('src/voice/statistics.ts');
    for (const name of metrics) {
      const counted = name.replace(/^escaut_voice_/, '').replace(/_total$/, '');
      const inVoice = name.startsWith('escaut_voice_') && !name.startsWith('escaut_voice_process_');
      if (inVoice)
        expect(voice).toContain(`${counted.replaceAll(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase())}`);
      else expect(describeMetrics()).toContain(`\`${name}\``);
    }
    expect(metrics.length).toBeGreaterThan(20);
  });

  it('lists every event of the log, and none that does not exist', () => {
    const written = globSync('src/base/events/*.ts', { cwd: root }).map(read).join('\n');
    const reported = [...written.matchAll(/event: '([a-z.-]+)'/g)].map(([, name]) => name);
    const listed = [...operations.matchAll(/^\| `([a-z]+\.[a-z.-]+)` \| (?:error|warn|info|debug)/gm)].map(
      ([, name]) => name,
    );
    expect(listed.toSorted()).toEqual(reported.toSorted());
  });
});
