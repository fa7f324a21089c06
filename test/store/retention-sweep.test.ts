import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Sealer } from '../../src/media/sealed-file.ts';
import { reportsFolder } from '../../src/store/retention-sweep.ts';
import { dayKey, openRecording } from '../../src/voice/recording-keys.ts';
import { dayMs, nowUtcMs, RetentionRig } from './retention-rig.ts';

let rig: RetentionRig;
afterEach(() => rig.close());
const setUp = (): RetentionRig => {
  rig = new RetentionRig();
  return rig;
};
const dayOf = (ageDays: number) => new Date(nowUtcMs - ageDays * dayMs).toISOString().slice(0, 10);

describe('recordings', () => {
  it('go when their days are over, with all that the report says of them', async () => {
    const { recordings } = setUp();
    const kept = [rig.recording(0, 'xb-acc'), rig.recording(60, 'xb-acc')];
    const gone = [rig.recording(61, 'xb-acc', 3, 4), rig.recording(61, 'xb-acc', 2, 9)];
    const exercise = rig.recording(90, 'exercise/xb-acc');
    mkdirSync(join(recordings, 'notes'));
    await rig.sweep();
    expect([...gone, exercise].filter((file) => rig.has(file))).toEqual([]);
    expect(kept.every((file) => rig.has(file))).toBe(true);
    expect(rig.days).toEqual([dayOf(60), dayOf(0), 'notes']);
    const octets = gone.reduce((sum, file) => sum + `voice of ${file}`.length, 0);
    expect(rig.report).toMatchObject({ form: 'escaut deletion report 1', gateway: 'ccpd', day: '2026-11-29' });
    expect(rig.report.removed).toMatchObject([
      { kind: 'voice', day: dayOf(90), group: 'exercise/xb-acc', count: 1 },
      {
        kind: 'voice',
        day: dayOf(61),
        group: 'xb-acc',
        rule: 'voiceSharedGroup',
        days: 60,
        count: 2,
        octets,
        sha256: rig.listSha256(gone),
      },
    ]);
    expect(await rig.reportFault()).toBeUndefined();
  });

  it('stay while they are held, and go when the hold is lifted', async () => {
    setUp();
    const [held, other] = [rig.recording(70, 'xb-acc', 3), rig.recording(70, 'line_ht', 3)];
    const store = await rig.store();
    const at = Date.parse(`${dayOf(70)}T03:00:10Z`);
    const about = { reason: 'court', by: 'Anna B.', country: 'BE', utcMs: nowUtcMs };
    expect(await store.addHold({ fromUtcMs: at, toUtcMs: at + 1000, groups: ['xb-acc'], ...about })).toBe(1);
    await rig.sweep();
    expect([rig.has(held), rig.has(other)]).toEqual([true, false]);
    expect(rig.report.spared).toEqual([{ kind: 'voice', day: dayOf(70), group: 'xb-acc', count: 1, hold: 1 }]);
    expect(rig.report.holds).toMatchObject([{ hold: 1, reason: 'court', groups: ['xb-acc'] }]);
    await store.liftHold(1, nowUtcMs);
    expect(await store.addHold({ fromUtcMs: 0, toUtcMs: 1, groups: undefined, ...about })).toBe(2);
    await store.close();
    rig.utcMs += dayMs;
    await rig.sweep();
    expect(rig.has(held)).toBe(false);
    expect(rig.report.removed).toMatchObject([{ day: dayOf(70), count: 1 }]);
    expect(await rig.reportFault()).toBeUndefined();
  });

  it('stay when a hold is set while a sweep is under way', async () => {
    setUp();
    const [first, second] = [rig.recording(80, 'xb-acc'), rig.recording(70, 'xb-acc')];
    const store = await rig.store();
    const about = { reason: 'court', by: 'Anna B.', country: 'BE', utcMs: nowUtcMs };
    await rig.sweep({
      log: async () => {
        if ((await store.holds()).length > 0) return;
        await store.addHold({ fromUtcMs: 0, toUtcMs: nowUtcMs, groups: undefined, ...about });
      },
    });
    expect([rig.has(first), rig.has(second)]).toEqual([false, true]);
    expect(await store.pending()).toEqual([]);
    await store.close();
  });

  it('are held by the id of a group that is no longer configured', async () => {
    setUp();
    const held = [rig.recording(70, 'line_old'), rig.recording(70, 'exercise/xb-old')];
    const other = rig.recording(70, 'xb-older');
    const store = await rig.store();
    const about = { reason: 'court', by: 'Anna B.', country: 'BE', utcMs: nowUtcMs };
    await store.addHold({ fromUtcMs: 0, toUtcMs: nowUtcMs, groups: ['line:old', 'xb-old'], ...about });
    await store.close();
    await rig.sweep();
    expect([...held, other].map((file) => rig.has(file))).toEqual([true, true, false]);
  });

  it('stay when the clock is set while a sweep is under way', async () => {
    setUp();
    const [old, young] = [rig.recording(80, 'xb-acc'), rig.recording(10, 'xb-acc')];
    await rig.sweep({
      log: async () => {
        rig.utcMs = nowUtcMs + 400 * dayMs;
      },
    });
    expect([rig.has(old), rig.has(young)]).toEqual([false, true]);
  });

  it('that could not be removed are planned once, and hold up no others', async () => {
    setUp();
    const [stuck, other] = [rig.recording(70, 'xb-acc', 3), rig.recording(70, 'xb-acc', 4)];
    const store = await rig.store();
    const about = { kind: 'voice', day: dayOf(70), group: 'xb-acc', rule: 'voiceSharedGroup', days: 60 } as const;
    await store.plan({ ...about, files: [{ file: stuck, octets: 1, sha256: 'aa' }] });
    rmSync(join(rig.recordings, stuck));
    mkdirSync(join(rig.recordings, stuck)); // which is not removed as a file is
    await rig.sweep();
    await rig.sweep();
    expect(rig.has(other)).toBe(false);
    expect((await store.pending()).map(({ files }) => files.map(({ file }) => file))).toEqual([[stuck]]);
    await store.close();
    expect(rig.report.removed).toMatchObject([{ count: 1, sha256: rig.listSha256([other]) }]);
  });

  it.each(['recordings', `recordings/${dayOf(70)}`])('do not count as gone while %s is not there', async (place) => {
    setUp();
    const file = rig.recording(70, 'xb-acc');
    const store = await rig.store();
    const about = { kind: 'voice', day: dayOf(70), group: 'xb-acc', rule: 'voiceSharedGroup', days: 60 } as const;
    await store.plan({ ...about, files: [{ file, octets: 1, sha256: 'aa' }] });
    const mounted = join(rig.folder, place);
    renameSync(mounted, join(rig.folder, 'away'));
    await rig.sweep();
    expect(await store.pending()).toHaveLength(1);
    expect(rig.failed).toMatchObject([{ kind: 'voice', day: dayOf(70) }]);
    renameSync(join(rig.folder, 'away'), mounted);
    await rig.sweep();
    expect(rig.has(file)).toBe(false);
    expect(await store.pending()).toEqual([]);
    await store.close();
  });

  it('go sooner when two auditors have said so', async () => {
    setUp();
    const file = rig.recording(10, 'xb-acc');
    const store = await rig.store();
    await store.setValue('voiceSharedGroup', 9, 'Anna B., Félix R.', nowUtcMs);
    await store.close();
    await rig.sweep();
    expect(rig.has(file)).toBe(false);
    expect(rig.report.rules.voiceSharedGroup).toBe(9);
  });

  it('that cannot be removed are said once, and are tried again', async () => {
    setUp();
    mkdirSync(rig.recordings, { recursive: true });
    writeFileSync(join(rig.recordings, '2020-01-01'), 'no folder');
    const file = rig.recording(70, 'xb-acc');
    await rig.sweep();
    expect(rig.failed).toEqual([{ kind: 'voice', day: '2020-01-01', reason: 'ENOTDIR' }]);
    expect(rig.report.spared).toMatchObject([{ day: '2020-01-01', reason: 'ENOTDIR' }]);
    expect(rig.has(file)).toBe(false);
  });

  it('go without what nobody knows, which stays and is named once', async () => {
    const { recordings } = setUp();
    const file = rig.recording(70, 'xb-acc');
    rig.recording(71, 'xb-acc');
    const foreign = `${file.replace('Z-1.opus', '-A.opus')}`;
    writeFileSync(join(recordings, foreign), 'of another version');
    writeFileSync(join(recordings, `${file}.part`), 'half, left by a kill');
    mkdirSync(join(recordings, dayOf(70), 'exercise/empty'), { recursive: true });
    await rig.sweep();
    expect([rig.has(foreign), rig.has(file), rig.has(`${file}.part`)]).toEqual([true, false, false]);
    expect(rig.days).toEqual([dayOf(70)]);
    expect(rig.has(`${dayOf(70)}/exercise`)).toBe(false);
    const reason = `no recording by its name, so it stays: ${foreign}`;
    expect(rig.failed).toEqual([{ kind: 'voice', day: dayOf(70), reason }]);
    expect(rig.report.spared).toEqual([{ kind: 'voice', day: dayOf(70), group: '', count: 0, reason }]);
  });

  it('that were handed out are named by the packages that have them', async () => {
    setUp();
    rig.recording(70, 'xb-acc');
    const audit = await rig.audit();
    const about = (groups: 'all' | string[], manifestSha256: string) => {
      const [fromUtc, toUtc] = [`${dayOf(70)}T11:00:00Z`, `${dayOf(70)}T13:00:00Z`];
      return rig.log(audit, 'evidence.exported', { fromUtc, toUtc, groups, manifestSha256 });
    };
    await about('all', 'aa');
    await about(['xb-acc'], 'bb');
    await about(['line:ht'], 'cc');
    await audit.close();
    await rig.sweep();
    expect(rig.report.copies).toEqual(['aa', 'bb']);
  });
});

describe('encrypted recordings', () => {
  const sealed = (ageDays: number): string => {
    const file = rig.recording(ageDays, 'xb-acc');
    const sealer = new Sealer(dayKey(rig.recordings, file.slice(0, 10), rig.masters)!, randomBytes(16), file);
    const bytes = [sealer.header, sealer.data(Buffer.from(`voice of ${file}`)), sealer.end()];
    writeFileSync(join(rig.recordings, file), Buffer.concat(bytes));
    return file;
  };
  const logged = async (event: string) => {
    const audit = await rig.audit();
    const entries = await audit.search({ event, limit: 1000 });
    await audit.close();
    return entries.map(({ entry }) => JSON.parse(entry).about);
  };

  it('go with the key of their day, under the sum that the log has of them', async () => {
    setUp().masters = [randomBytes(32)];
    const [old, young] = [sealed(61), sealed(10)];
    await rig.sweep();
    expect(rig.has(old)).toBe(false);
    expect(rig.days).toEqual([young.slice(0, 10)]);
    expect(rig.report.removed).toMatchObject([{ count: 1, sha256: rig.listSha256([old]) }]);
    expect(await logged('recording.keys-destroyed')).toEqual([{ day: old.slice(0, 10), keys: 1 }]);
  });

  it('leave their key where a file under another name may need it', async () => {
    setUp().masters = [randomBytes(32)];
    const file = sealed(61);
    renameSync(join(rig.recordings, file), join(rig.recordings, `${file}.copy`));
    rig.recording(61, 'xb-acc');
    await rig.sweep();
    expect([rig.has(file), rig.has(`${file}.copy`)]).toEqual([false, true]);
    expect(readdirSync(join(rig.recordings, dayOf(61))).filter((name) => name.endsWith('.key'))).toHaveLength(1);
    expect(await logged('recording.keys-destroyed')).toEqual([]);
  });

  it('are opened by the new master key once a sweep has been, and need the former no more', async () => {
    setUp().masters = [randomBytes(32)];
    const file = sealed(10);
    rig.masters = [randomBytes(32), ...rig.masters];
    await rig.sweep();
    expect(await logged('recording.keys-rewrapped')).toEqual([{ keys: 1 }]);
    const [master] = rig.masters;
    const bytes = readFileSync(join(rig.recordings, file));
    expect(openRecording(rig.recordings, file, bytes, [master!]).bytes.toString()).toBe(`voice of ${file}`);
  });

  it('whose key no master key opens are told, and go all the same', async () => {
    setUp().masters = [randomBytes(32)];
    const [old, young] = [sealed(61), sealed(10)];
    rig.masters = [randomBytes(32)];
    await rig.sweep();
    expect(rig.failed).toMatchObject(
      [old, young].map((file) => ({ day: file.slice(0, 10), reason: 'no master key opens its key' })),
    );
    expect([rig.has(old), rig.has(young)]).toEqual([false, true]);
  });
});

describe('a sweep that is killed', () => {
  it('is finished by the next: nothing is left, and everything is in a report once', async () => {
    setUp();
    const files = Array.from({ length: 20 }, (_, day) =>
      Array.from({ length: 40 }, (_, over) => rig.recording(61 + day, 'xb-acc', over % 24, over)),
    );
    // At its first steps, at the last file of a day, between two, in the middle of one, and among the last of all.
    const kills = [1, 2, 41, 41, 42, 62, 125, 251].map((step) => {
      const child = join(import.meta.dirname, 'retention-sweep-child.ts');
      return spawnSync(process.execPath, [child, rig.folder, String(step)], { encoding: 'utf8' });
    });
    expect(kills.map(({ signal, stdout, stderr }) => ({ signal, stdout, stderr }))).toEqual(
      kills.map(() => ({ signal: 'SIGKILL', stdout: '', stderr: '' })),
    );
    expect(files.flat().some((file) => rig.has(file))).toBe(true);
    await rig.sweep();
    expect(files.flat().filter((file) => rig.has(file))).toEqual([]);
    expect(await rig.reportFault()).toBeUndefined();
    const removed = rig.reports.flatMap(
      ({ text }) => JSON.parse(text).removed as { day: string; count: number; sha256: string }[],
    );
    const store = await rig.store();
    const all = [...removed, ...(await store.unreported())];
    await store.close();
    const told = all.map(({ day, count, sha256 }) => ({ day, count, sha256 })).sort((a, b) => (a.day < b.day ? -1 : 1));
    const meant = files.map((each) => ({ day: each[0]?.slice(0, 10) ?? '', count: 40, sha256: rig.listSha256(each) }));
    expect(told).toEqual(meant.sort((a, b) => (a.day < b.day ? -1 : 1)));
  }, 180_000);
});

describe('the audit log', () => {
  const written = async (): Promise<void> => {
    const audit = await setUp().audit();
    for (const ageDays of [1200, 1150, 1100, 1000, 10]) {
      for (const what of ['one', 'two'])
        await rig.log(audit, `old.${what}`, { secret: `of ${ageDays}` }, nowUtcMs - ageDays * dayMs);
      await audit.checkpoint(nowUtcMs - ageDays * dayMs);
    }
    await audit.close();
  };
  const verdict = async () => {
    const audit = await rig.audit();
    const found = await audit.verify(rig.key.publicKey);
    await audit.close();
    return found;
  };

  it('loses what is too old, and what is left can still be verified', async () => {
    await written();
    await rig.sweep();
    expect(await verdict()).toMatchObject({ begin: 6 });
    expect((await verdict()).fault).toBeUndefined();
    expect(rig.report.removed).toMatchObject([{ kind: 'actionLog', rule: 'actionLog', count: 6 }]);
    const octets = readFileSync(join(rig.state, 'escaut.db')).toString('latin1');
    expect(octets).not.toContain('of 1100');
    expect(octets).toContain('of 1000');
    await rig.sweep();
    expect((await verdict()).fault).toBeUndefined();
    const audit = await rig.audit();
    await rig.log(audit, 'new', {});
    await audit.checkpoint(nowUtcMs);
    await audit.close();
    expect(await verdict()).toMatchObject({ begin: 6 });
  });

  it('leaves no octet of what goes in its files', async () => {
    const audit = await setUp().audit();
    const line = { run: 'run-1', upMs: 0, level: 'info', event: 'over.ended' } as const;
    const many = Array.from({ length: 3000 }, (_, index) => {
      const callSign = `${index < 2500 ? 'GOES' : 'STAYS'} ${'x'.repeat(index % 97)}`;
      return { ...line, line: index + 1, utcMs: nowUtcMs - (index < 2500 ? 1200 : 1) * dayMs, fields: { callSign } };
    });
    for (let at = 0; at < many.length; at += 50) await audit.append(many.slice(at, at + 50));
    await audit.checkpoint(nowUtcMs);
    const [old] = await audit.search({ afterSeq: 2499, limit: 1 });
    await audit.append([
      { ...line, event: 'audit.shortened', line: 3001, utcMs: nowUtcMs, fields: { toSeq: 2500, hash: old?.hash } },
    ]);
    await audit.shorten(2500);
    const files = readdirSync(rig.state).filter((name) => name.startsWith('escaut.db'));
    const filesWith = (mark: string) => files.filter((name) => readFileSync(join(rig.state, name)).includes(mark));
    expect(filesWith('STAYS')).toEqual(['escaut.db']);
    expect(filesWith('GOES')).toEqual([]);
    await audit.close();
  });

  it('is not shortened by anybody else without being found out', async () => {
    await written();
    const audit = await rig.audit();
    await audit.shorten(4);
    await audit.close();
    expect((await verdict()).fault).toEqual({ seq: 1, fault: 'missing' });
  });

  it('is kept from a hold on', async () => {
    await written();
    const store = await rig.store();
    const fromUtcMs = nowUtcMs - 1160 * dayMs;
    const about = { reason: 'court', by: 'Anna B.', country: 'BE', utcMs: nowUtcMs };
    await store.addHold({ fromUtcMs, toUtcMs: fromUtcMs + dayMs, groups: ['xb-acc'], ...about });
    await store.close();
    await rig.sweep();
    expect(await verdict()).toMatchObject({ begin: 2 });
    expect(rig.report.spared).toMatchObject([{ kind: 'actionLog', hold: 1 }]);
  });

  it('is kept when a hold was set after a sweep that was killed', async () => {
    await written();
    const store = await rig.store();
    const audit = await rig.audit();
    const [entry] = await audit.search({ afterSeq: 3, limit: 1 });
    await audit.close();
    const files = [{ file: '1-4', octets: 1, sha256: entry?.hash ?? '' }];
    await store.plan({ kind: 'actionLog', day: dayOf(1150), group: '', rule: 'actionLog', days: 1095, files });
    const about = { reason: 'court', by: 'Anna B.', country: 'BE', utcMs: nowUtcMs };
    await store.addHold({ fromUtcMs: 0, toUtcMs: nowUtcMs, groups: undefined, ...about });
    await rig.sweep();
    expect(await store.pending()).toEqual([]);
    await store.close();
    expect((await verdict()).begin).toBeUndefined();
    expect((await verdict()).fault).toBeUndefined();
  });

  it('is found whole also when it was shortened every day for years', async () => {
    await written();
    const audit = await rig.audit();
    const line = { run: 'sweeps', upMs: 0, level: 'info', event: 'audit.shortened' } as const;
    const before = Array.from({ length: 1200 }, (_, day) => ({ ...line, line: day + 1, utcMs: nowUtcMs, fields: {} }));
    await audit.append(before);
    await audit.close();
    await rig.sweep();
    expect(await verdict()).toMatchObject({ begin: 6 });
    expect((await verdict()).fault).toBeUndefined();
  });
});

describe('border records', () => {
  const record = (name: string, closedDays: number | undefined) => {
    const closed = closedDays === undefined ? {} : { closedUtcMs: nowUtcMs - closedDays * dayMs };
    return { record: name, group: 'xb-acc', noticeUtcMs: nowUtcMs - 1200 * dayMs, unit: 'Mouscron 31', ...closed };
  };
  const write = (...records: unknown[]) => {
    mkdirSync(rig.state, { recursive: true });
    writeFileSync(join(rig.state, 'border-records.json'), JSON.stringify({ version: 1, records }));
  };

  it('are forgotten by the gateway, and reported when no file has them', async () => {
    setUp();
    const old = record('B1', 1100);
    write(old, record('B2', 1000), record('B3', undefined));
    await rig.sweep();
    expect(rig.asked).toEqual([['B1']]);
    expect(rig.report.removed).toEqual([]);
    await rig.sweep(); // it was killed before it could
    expect(rig.asked).toEqual([['B1'], ['B1']]);
    write(record('B2', 1000), record('B3', undefined));
    rig.utcMs += dayMs;
    await rig.sweep();
    expect(rig.report.removed).toMatchObject([{ kind: 'borderRecord', group: 'xb-acc', count: 1 }]);
  });

  it('stay when a hold was set after the gateway was asked', async () => {
    setUp();
    write(record('B1', 1100));
    await rig.sweep();
    const store = await rig.store();
    const about = { reason: 'court', by: 'Anna B.', country: 'BE', utcMs: nowUtcMs };
    await store.addHold({ fromUtcMs: 0, toUtcMs: nowUtcMs, groups: ['xb-acc'], ...about });
    await rig.sweep();
    expect(rig.asked).toEqual([['B1']]);
    expect(await store.pending()).toEqual([]);
    await store.close();
  });
});

describe('a report', () => {
  it('has also what was removed after the clock was set back within the day', async () => {
    setUp();
    await rig.sweep();
    const file = rig.recording(70, 'xb-acc');
    rig.utcMs -= 3_600_000;
    await rig.sweep();
    await rig.sweep();
    expect(rig.has(file)).toBe(false);
    rig.utcMs += dayMs;
    await rig.sweep();
    expect(rig.report.removed).toMatchObject([{ id: 1, count: 1, sha256: rig.listSha256([file]) }]);
  });

  it('has also what was removed after retention.db was lost', async () => {
    setUp();
    rig.recording(71, 'xb-acc');
    await rig.sweep();
    rmSync(join(rig.state, 'retention.db'));
    const file = rig.recording(70, 'xb-acc');
    rig.utcMs += 1000;
    await rig.sweep();
    await rig.sweep();
    rig.utcMs += dayMs;
    await rig.sweep();
    expect(rig.report.removed).toMatchObject([{ id: 1, sha256: rig.listSha256([file]) }]);
  });

  it('is made every day, also where nothing was removed, and names the one before', async () => {
    setUp();
    for (let day = 0; day < 3; day++) {
      await rig.sweep();
      await rig.sweep();
      rig.utcMs += dayMs;
    }
    expect(rig.reports.map(({ day }) => day)).toEqual(['2026-11-29', '2026-11-30', '2026-12-01']);
    expect(await rig.reportFault()).toBeUndefined();
  });

  it('is what openssl verifies', async () => {
    setUp();
    await rig.sweep();
    const at = (name: string) => join(rig.state, reportsFolder, `2026-11-29.${name}`);
    const args = ['pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', join(rig.state, 'signing-key.pub')];
    const said = execFileSync('openssl', [...args, '-in', at('json'), '-sigfile', at('sig')], { encoding: 'utf8' });
    expect(said).toContain('Verified Successfully');
  });

  it.each([
    ['a changed word', (text: string) => text.replace('ccpd', 'ccpe')],
    ['another day', (text: string) => text.replaceAll('2026-11-30', '2026-11-28')],
    ['no report', () => 'nothing'],
  ] as const)('with %s is found', async (_, change) => {
    setUp();
    for (let day = 0; day < 3; day++) {
      await rig.sweep();
      rig.utcMs += dayMs;
    }
    const file = join(rig.state, reportsFolder, '2026-11-30.json');
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    expect(await rig.reportFault()).toMatch(/^2026-11-30: /);
  });

  it('that is taken out is missed, the last too', async () => {
    setUp();
    for (let day = 0; day < 3; day++) {
      await rig.sweep();
      rig.utcMs += dayMs;
    }
    const remove = (day: string) => rmSync(join(rig.state, reportsFolder, `${day}.json`));
    remove('2026-12-01');
    expect(await rig.reportFault()).toBe('2026-12-01: is missing, and the audit log names it');
    remove('2026-11-30');
    expect(await rig.reportFault()).toBe('2026-11-30: is missing, and the audit log names it');
  });
});
