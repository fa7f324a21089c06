/** `escaut export` on what a gateway has left: who may, what the log then says, what is in the package and what is missing. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { auditLines, auditVerdict } from '../../src/audit-command.ts';
import { ManualClock } from '../../src/base/clock.ts';
import { GatewayError } from '../../src/base/errors.ts';
import { Secret } from '../../src/base/secret.ts';
import { verifyZip } from '../../src/evidence/verify.mjs';
import { faultOf } from '../../src/export-command.ts';
import { Sealer } from '../../src/media/sealed-file.ts';
import { OlderItems } from '../../src/store/older-items.ts';
import { dayKey, masterId } from '../../src/voice/recording-keys.ts';
import { beganUtcMs, EvidenceRig, filesOf, pursuit } from './evidence-rig.ts';

const rigs: EvidenceRig[] = [];
afterEach(() => {
  for (const rig of rigs.splice(0)) rig.end();
});

function kept(rig: EvidenceRig): EvidenceRig {
  rigs.push(rig);
  return rig;
}

function fileIn(out: string, name: string): string {
  return filesOf(readFileSync(out)).get(name)!.toString();
}

const jsonIn = (out: string, name: string) => JSON.parse(fileIn(out, name));

async function logOf({ config }: EvidenceRig, event: string) {
  const lines: { about: Record<string, unknown>; seq: number }[] = [];
  for await (const line of auditLines(config, { event })) lines.push(JSON.parse(line));
  return lines;
}

it('writes who exported what and why into the log, and binds the package', async () => {
  const rig = kept(await pursuit());
  const { out, isDone, words } = await rig.export();
  expect(isDone).toBe(true);
  expect(words).toContain('3 recordings, 7 lines of the timeline, 1 border records; nothing is missing');
  const [line] = await logOf(rig, 'evidence.exported');
  expect(line?.about).toMatchObject({
    operator: 'Sophie L.',
    controlRoom: 'ccpd',
    second: 'Tom N.',
    secondControlRoom: 'tournai',
    reason: 'enquête 12/2026',
    recordings: 3,
    manifestSha256: createHash('sha256').update(fileIn(out, 'SHA256SUMS')).digest('hex'),
  });
  expect((await auditVerdict(rig.config)).words).toMatch(new RegExp(`^whole: .* signed up to entry ${line?.seq}$`));
});

it('needs two persons who may; a refusal is logged and writes nothing', async () => {
  const rig = kept(await pursuit());
  const refused: [string, string, string, string][] = [
    ['ccpd-sup', 'ccpd-sup', 'second-person-is-the-first', 'two persons'],
    ['ccpd-sup', 'disp', 'second-person-may-not', 'Dirk P.'],
    ['disp', 'ccpd-sup', 'role', 'Dirk P.'],
  ];
  for (const [by, second, refusal, words] of refused) {
    const result = await rig.export({ by, second });
    const fault = refusal === 'role' ? 'not-permitted' : refusal;
    expect(result).toMatchObject({ isDone: false, fault, words: expect.stringContaining(words) });
    expect(existsSync(result.out)).toBe(false);
  }
  const logged = await logOf(rig, 'permission.refused');
  expect(logged.map(({ about }) => about.refusal)).toEqual(refused.map(([, , refusal]) => refusal));
  expect(await logOf(rig, 'evidence.exported')).toEqual([]);
  expect(await rig.export({ by: 'aud-be', second: 'tn-sup' })).toMatchObject({ isDone: true });
  await expect(rig.export({ by: 'nobody' })).rejects.toThrow('no person nobody');
  await expect(rig.export({ groups: ['nowhere'] })).rejects.toThrow('no shared group nowhere');
});

it('is for supervisors and auditors, in either place, whatever the role of the other', async () => {
  const rig = kept(await pursuit());
  const mayNot = ['disp', 'fleet', 'sys', 'tech', 'obs'];
  for (const by of mayNot) expect(await rig.export({ by, second: 'tn-sup' })).toMatchObject({ isDone: false });
  for (const second of mayNot) expect(await rig.export({ by: 'ccpd-sup', second })).toMatchObject({ isDone: false });
  const logged = await logOf(rig, 'permission.refused');
  const causes = [...mayNot.map(() => 'role'), ...mayNot.map(() => 'second-person-may-not')];
  expect(logged.map(({ about }) => about.refusal)).toEqual(causes);
  expect(await rig.export({ by: 'ccpd-sup', second: 'aud-be' })).toMatchObject({ isDone: true });
});

it('writes the same octets of the same facts', async () => {
  const rig = kept(await pursuit());
  const first = readFileSync((await rig.export()).out);
  const again = readFileSync((await rig.export()).out);
  expect(again.equals(first)).toBe(true);
});

it('writes nothing over, and leaves nothing behind when it fails', async () => {
  const rig = kept(await pursuit());
  const { out } = await rig.export();
  await expect(rig.export({ out })).rejects.toThrow('is there already');
  await expect(rig.export({ fromUtcMs: 0, toUtcMs: 1 })).rejects.toThrow('nothing to export');
  writeFileSync(join(rig.folder, 'busy.zip.part'), '');
  await expect(rig.export({ out: join(rig.folder, 'busy.zip') })).rejects.toThrow('EEXIST');
  expect(await logOf(rig, 'evidence.exported')).toHaveLength(1);
});

it('takes what was said on the groups and at the time, and overs that reach into it', async () => {
  const rig = kept(await pursuit());
  const { out } = await rig.export({ groups: ['xb-patr'] });
  const over = jsonIn(out, 'timeline.json').filter(({ kind }: { kind: string }) => kind === 'over');
  expect(over).toMatchObject([{ group: 'xb-patr', who: 'Mouscron 12', durationMs: 600, utcMs: beganUtcMs + 25_000 }]);
  expect(verifyZip(readFileSync(out))).toMatchObject({ faults: [], summary: expect.stringContaining(' 1 recordings') });

  // The over from 20 s to 21.2 s is cut by both ends: it is in both, whole.
  for (const period of [
    { fromUtcMs: beganUtcMs + 20_500 },
    { fromUtcMs: beganUtcMs + 15_000, toUtcMs: beganUtcMs + 20_500 },
  ]) {
    const part = (await rig.export({ ...period, groups: ['xb-acc'] })).out;
    expect(fileIn(part, 'SHA256SUMS')).toContain('-2.opus');
    expect(fileIn(part, 'SHA256SUMS')).not.toContain('-1.opus');
    expect(verifyZip(readFileSync(part)).faults).toEqual([]);
  }
});

it('has border records that made room for newer ones, years later as well', async () => {
  const rig = kept(await pursuit());
  const file = join(rig.folder, 'state', 'ccpd', 'border-records.json');
  const [record] = JSON.parse(readFileSync(file, 'utf8')).records;
  const lost = () => undefined;
  const older = new OlderItems(dirname(file), 'border-records', { clock: new ManualClock(), kept: lost, lost });
  const ofBefore = { ...record, record: 'B0', noticeUtcMs: 1, closedUtcMs: 2 };
  for (const each of [record, ofBefore])
    older.put([{ name: each.record, utcMs: each.closedUtcMs ?? each.noticeUtcMs, item: each }]);
  // A kill between leaves it in both.
  const both = await rig.export({ incident: 'B1' });
  expect(jsonIn(both.out, 'border-records.json')).toEqual([record]);
  rig.records([]);
  const { out } = await rig.export({ incident: 'B1' });
  expect(jsonIn(out, 'border-records.json')).toEqual([record]);
  expect(jsonIn(out, 'gaps.json')).toEqual(jsonIn(both.out, 'gaps.json'));
});

it('finds the time of an incident by its name', async () => {
  const rig = kept(await pursuit());
  const { out } = await rig.export({ incident: 'B1' });
  expect(jsonIn(out, 'incident.json')).toMatchObject({
    incident: 'B1',
    groups: ['xb-acc'],
    fromUtc: new Date(beganUtcMs - 30_000).toISOString(),
    toUtc: new Date(beganUtcMs + 460_000).toISOString(),
  });
  expect(jsonIn(out, 'border-records.json')).toMatchObject([{ record: 'B1', category: '<b>theft</b>' }]);
  expect(verifyZip(readFileSync(out)).faults).toEqual([]);
  expect(await rig.export({ incident: 'E4' })).toMatchObject({ isDone: true });
  const both = (await rig.export({ incident: 'B1,E4' })).out;
  expect(jsonIn(both, 'incident.json')).toMatchObject({
    incident: 'B1,E4',
    groups: ['xb-acc'],
    fromUtc: new Date(beganUtcMs - 30_000).toISOString(),
  });
  await expect(rig.export({ incident: 'B1,B9' })).rejects.toThrow('B9');
  await expect(rig.export({ incident: 'B9' })).rejects.toThrow('names no border record');
});

it('says how right the clock was: the last word before the time, and all within', async () => {
  const rig = kept(new EvidenceRig());
  const clock = (atMs: number, state: string, offsetMs: number) =>
    rig.say({ atMs, event: 'clock.quality', about: { state, offsetMs, boundMs: 6.1, source: 'ntp1' } });
  clock(-9_000_000, 'agreed', 0.2);
  clock(-5_400_000, 'agreed', 0.4);
  rig.over({ group: 'xb-acc', over: 1, atMs: 1000 });
  clock(60_000, 'off', -120);
  await rig.write();
  const { out } = await rig.export();
  const figures = { boundMs: 6.1, source: 'ntp1' };
  expect((jsonIn(out, 'incident.json') as { clock: unknown }).clock).toEqual([
    { seq: 2, utc: new Date(beganUtcMs - 5_400_000).toISOString(), state: 'agreed', offsetMs: 0.4, ...figures },
    {
      seq: expect.any(Number),
      utc: new Date(beganUtcMs + 60_000).toISOString(),
      state: 'off',
      offsetMs: -120,
      ...figures,
    },
  ]);
  expect(verifyZip(readFileSync(out)).faults).toEqual([]);
});

it('hides nothing that is missing', async () => {
  const rig = kept(new EvidenceRig());
  rig.say({ atMs: -1000, event: 'gateway.started' });
  const partly = rig.over({ group: 'xb-acc', over: 1, atMs: 1000, log: { missing: 'ENOSPC' } });
  rig.over({
    group: 'xb-acc',
    over: 2,
    atMs: 2000,
    isKept: false,
    log: { file: '', octets: 0, sha256: '', missing: 'EIO' },
  });
  rig.over({ group: 'xb-acc', over: 3, atMs: 3000, isKept: false, isLogged: false });
  const gone = rig.over({ group: 'xb-acc', over: 4, atMs: 4000, isKept: false });
  const changed = rig.over({ group: 'xb-acc', over: 5, atMs: 5000, log: { sha256: '00'.repeat(32) } });
  const killed = rig.over({ group: 'xb-acc', over: 6, atMs: 6000, isLogged: false, isEnded: false });
  rig.over({ group: 'xb-patr', over: 7, atMs: 6000, isLogged: false, isEnded: false });
  rig.say({ atMs: 10_000, event: 'border.changed', about: { what: 'open', record: 'B7', group: 'xb-acc' } });
  rig.say({ atMs: 11_000, event: 'recording.away', about: { reason: 'EIO' } });
  rig.say({ atMs: 40_000, event: 'gateway.starting', run: 'run-2' });
  await rig.write();
  const store = await rig.store();
  // Two lines are lost, and the clock was set forward by a minute.
  const line = { run: 'run-2', level: 'info', fields: {} } as const;
  await store.append([{ ...line, line: 4, utcMs: beganUtcMs + 150_000, upMs: 1e6 + 90_000, event: 'console.closed' }]);
  await store.close();

  const { out, isDone } = await rig.export({ groups: ['xb-acc'] });
  expect(isDone).toBe(true);
  expect(jsonIn(out, 'gaps.json')).toMatchObject([
    { kind: 'part-missing', file: partly, words: 'ENOSPC' },
    { kind: 'part-missing', words: 'EIO' },
    { kind: 'not-recorded' },
    { kind: 'file-gone', file: gone },
    { kind: 'file-changed', file: changed },
    { kind: 'not-in-log', file: killed },
    { kind: 'record-gone', words: 'B7' },
    { kind: 'recording-away', words: 'EIO' },
    { kind: 'not-running', durationMs: 29_000 },
    { kind: 'log-lines-lost', words: '2' },
    { kind: 'clock-set', durationMs: 60_000 },
  ]);
  // What was changed before the export is found by whoever verifies, too.
  expect(verifyZip(readFileSync(out)).faults).toMatchObject([
    { file: `recordings/${changed}`, words: expect.stringContaining('of the log') },
  ]);
});

it.each([
  ['says of recordings that retention removed when that was, and by which report', 2, 'removed'],
  ['says only that they are gone where more are than retention removed', 1, 'file-gone'],
] as const)('%s', async (_, count, kind) => {
  const rig = kept(new EvidenceRig());
  rig.say({ atMs: -1000, event: 'gateway.started' });
  for (const over of [1, 2]) rig.over({ group: 'xb-acc', over, atMs: over * 1000, isKept: false });
  rig.over({ group: 'xb-patr', over: 3, atMs: 3000, isKept: false });
  const [day] = new Date(beganUtcMs).toISOString().split('T');
  const about = { removal: 7, kind: 'voice', day, group: 'xb-acc', rule: 'voiceSharedGroup', days: 60, count };
  rig.say({ atMs: 800_000, event: 'retention.removed', about });
  rig.say({ atMs: 801_000, event: 'retention.reported', about: { day: '2027-01-28', removed: count } });
  await rig.write();
  const { out } = await rig.export();
  const gaps: { kind: string; words?: string }[] = jsonIn(out, 'gaps.json');
  expect(gaps.map((gap) => gap.kind)).toEqual([kind, kind, 'file-gone']);
  const removedUtc = new Date(beganUtcMs + 800_000).toISOString();
  if (kind === 'removed') expect(gaps[0]?.words).toBe(`${removedUtc}, report 2027-01-28 no. 7`);
  expect(verifyZip(readFileSync(out)).faults).toEqual([]);
});

it('takes of a recording that was amended what was said last of it', async () => {
  const rig = kept(new EvidenceRig());
  const amended = rig.over({ group: 'xb-acc', over: 1, atMs: 1000, log: { sha256: '00'.repeat(32) }, isAmended: true });
  await rig.write();
  const { out } = await rig.export();
  expect(jsonIn(out, 'gaps.json')).toEqual([]);
  expect(jsonIn(out, 'timeline.json')).toMatchObject([{ kind: 'over', files: [amended] }]);
  expect(verifyZip(readFileSync(out)).faults).toEqual([]);
});

it('follows no link and no name that leads out of the folder of recordings', async () => {
  const rig = kept(new EvidenceRig());
  const secret = join(rig.folder, 'secret.opus');
  writeFileSync(secret, 'secret');
  rig.over({ group: 'xb-acc', over: 1, atMs: 1000 });
  const hostile = rig.over({ group: 'xb-acc', over: 2, atMs: 2000, isKept: false });
  rig.over({ group: 'xb-acc', over: 3, atMs: 3000, isKept: false, log: { file: '../secret.opus' } });
  rig.over({
    group: 'xb-acc',
    over: 4,
    atMs: 4000,
    isKept: false,
    log: { file: '2026-11-29/../20261129T021404.000Z-4.opus' },
  });
  mkdirSync(dirname(join(rig.recordings, hostile)), { recursive: true });
  symlinkSync(secret, join(rig.recordings, hostile));
  await rig.write();
  const { out } = await rig.export();
  expect(readFileSync(out).includes('secret\n') || fileIn(out, 'SHA256SUMS').includes('secret')).toBe(false);
  expect(jsonIn(out, 'gaps.json').map(({ kind }: { kind: string }) => kind)).toEqual([
    'file-gone',
    'file-gone',
    'file-gone',
  ]);
});

it('lets the gateway go on with its log while it exports', async () => {
  const rig = kept(await pursuit());
  const gateway = await rig.store();
  const line = { run: 'run-9', upMs: 0, level: 'info', event: 'console.opened', fields: {} } as const;
  await gateway.append([{ ...line, line: 1, utcMs: beganUtcMs + 1e6 }]);
  await rig.export();
  await gateway.append([{ ...line, line: 2, utcMs: beganUtcMs + 2e6 }]);
  await rig.export();
  await gateway.checkpoint(beganUtcMs + 2e6);
  await gateway.append([{ ...line, line: 3, utcMs: beganUtcMs + 3e6 }]);
  await gateway.checkpoint(beganUtcMs + 3e6);
  await gateway.close();
  expect(await auditVerdict(rig.config)).toMatchObject({ isWhole: true });
});

it('says when there is nothing to export from', async () => {
  const rig = kept(new EvidenceRig());
  await expect(rig.export()).rejects.toThrow('has this gateway been started here?');
  rig.say({ atMs: 0, event: 'gateway.started' });
  await rig.write();
  rmSync(join(rig.folder, 'state', 'ccpd', 'signing-key'));
  await expect(rig.export()).rejects.toThrow('nothing can be signed');
});

it('shows hostile words as text, and lets the page load nothing', async () => {
  const rig = kept(await pursuit());
  const page = fileIn((await rig.export()).out, 'index.html');
  expect(page.match(/<\/script>/g)).toHaveLength(3);
  expect(page).not.toContain('<img');
  expect(page).toContain('\\u003c/script>\\u003cimg src=x');
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/https?:\/\//);
});

it('gives encrypted recordings as they were, and says which key is missing', async () => {
  const rig = kept(await pursuit());
  const master = randomBytes(32);
  for (const name of readdirSync(rig.recordings, { recursive: true }).map(String)) {
    if (!name.endsWith('.opus')) continue;
    const bytes = readFileSync(join(rig.recordings, name));
    const sealer = new Sealer(dayKey(rig.recordings, name.slice(0, 10), [master])!, randomBytes(16), name);
    writeFileSync(join(rig.recordings, name), Buffer.concat([sealer.header, sealer.data(bytes), sealer.end()]));
  }
  await expect(rig.export()).rejects.toThrow('is encrypted: recording.masterKey is not given');
  Object.assign(rig.config.recording, { masterKey: new Secret(randomBytes(32).toString('hex')) });
  await expect(rig.export()).rejects.toThrow(`it needs the master key ${masterId(master)}`);
  Object.assign(rig.config.recording, { masterKey: new Secret(master.toString('hex')) });
  const { out, words } = await rig.export();
  expect(words).toContain('3 recordings');
  expect(words).toContain('nothing is missing');
  expect(verifyZip(readFileSync(out)).faults).toEqual([]);
});

it('has a code for what stopped it, whoever threw it', async () => {
  const rig = kept(await pursuit());
  const fault = (wish: Parameters<EvidenceRig['export']>[0], ports = {}) =>
    rig.export(wish, ports).then(() => 'made', faultOf);
  expect(await fault({ by: 'nobody' })).toBe('unknown-person');
  expect(await fault({ groups: ['nowhere'] })).toBe('unknown-group');
  expect(await fault({ incident: 'B9' })).toBe('unknown-incident');
  expect(await fault({ fromUtcMs: 0, toUtcMs: 1 })).toBe('nothing-there');
  const { out } = await rig.export();
  expect(await fault({ out })).toBe('file-there');
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const onFull = () => {
    throw full;
  };
  expect(await fault({}, { writer: onFull })).toBe('disk-full');
  // Written on while it was read.
  const onProgress = (done: number) => {
    if (done > 0) return;
    for (const file of readdirSync(rig.recordings, { recursive: true, encoding: 'utf8' }))
      if (file.endsWith('.opus')) writeFileSync(join(rig.recordings, file), 'another');
  };
  expect(await fault({}, { onProgress })).toBe('recording-changed');
  writeFileSync(join(rig.folder, 'state', 'ccpd', 'border-records.json'), '{');
  expect(await fault({})).toBe('records-unreadable');
  rmSync(join(rig.folder, 'state', 'ccpd', 'signing-key'));
  expect(await fault({})).toBe('signing-key');
  rmSync(join(rig.folder, 'state'), { recursive: true });
  expect(await fault({})).toBe('log-missing');
  const away = new GatewayError('STORE_AWAY', 'store.url, db:5432: no answer');
  expect([away, new Error('?'), 'x'].map(faultOf)).toEqual(['store-away', 'other', 'other']);
});
