import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { readCommandLine } from '../../src/command-line.ts';
import { reportText } from '../../src/report-command.ts';
import { demoConfig } from '../gateway/demo-config.ts';
import { RetentionRig } from '../store/retention-rig.ts';

const rigs: RetentionRig[] = [];
afterEach(() => {
  for (const rig of rigs.splice(0)) rig.close();
});

const atUtcMs = Date.UTC(2026, 10, 29, 14);

async function setUp() {
  const rig = new RetentionRig();
  rigs.push(rig);
  const config = { ...demoConfig, gateway: { ...demoConfig.gateway, id: 'state', stateFolder: rig.folder } };
  const audit = await rig.audit();
  await rig.log(audit, 'gateway.started', {});
  return { rig, config, audit };
}

describe('escaut report', () => {
  it('registers what is kept, for how long by the rules in force, and by whom it may be read', async () => {
    const { rig, config, audit } = await setUp();
    await audit.close();
    const text = () => reportText(config, { act: 'register' }, atUtcMs);
    expect(await text()).toMatch(
      /\| Voice of shared groups.*60 days.*recordings, not encrypted \| supervisor, auditor \|/,
    );
    const store = await rig.store();
    await store.setValue('voiceSharedGroup', 30, 'Anna B., Félix R.', atUtcMs);
    const hold = {
      fromUtcMs: 0,
      toUtcMs: 1,
      groups: undefined,
      reason: 'court',
      by: 'Anna B.',
      country: 'BE',
      utcMs: 1,
    };
    await store.addHold(hold);
    await store.close();
    const recording = { ...config.recording, masterKey: new Secret('0'.repeat(64)) };
    const now = await reportText({ ...config, recording }, { act: 'register' }, atUtcMs);
    expect(now).toMatch(/\| Voice of shared groups.*30 days.*encrypted \(AES-256-GCM\)/);
    expect(now).toContain('1 holds');
  });

  it('says who looked in a month, who was refused, and what was handed out', async () => {
    const { config, rig, audit } = await setUp();
    const anna = { operator: 'Anna B.', role: 'auditor' };
    await rig.log(audit, 'recording.heard', anna);
    await rig.log(audit, 'recording.heard', anna);
    await rig.log(audit, 'permission.refused', { operator: 'Dirk | P.', role: 'dispatcher', refusal: 'role' });
    const exported = { second: 'Félix R.', reason: '<b>', fromUtc: 'a', toUtc: 'b', manifestSha256: 'ff' };
    await rig.log(audit, 'evidence.exported', { ...anna, ...exported });
    await rig.log(audit, 'recording.heard', anna, Date.UTC(2026, 9, 31, 23, 59));
    await audit.close();
    const text = await reportText(config, { act: 'access', month: '2026-11' }, atUtcMs);
    expect(text).toContain('4 entries of the audit log');
    expect(text).toContain('| Anna B. | auditor | – | recording.heard | 2 |');
    expect(text).toContain('| Dirk \\| P. | dispatcher | – | permission.refused (refused) | 1 |');
    expect(text).toContain('| Anna B. | Félix R. | \\<b\\> | a | b | ff |');
    expect(await reportText(config, { act: 'access', month: '2026-12' }, atUtcMs)).toContain('Nothing.');
  });

  it.each([
    [['report'], 'say which'],
    [['report', 'access'], 'say which month'],
    [['report', 'access', '2026-13'], 'say which month'],
    [['report', 'register', 'x'], 'say which'],
  ])('wants to know which: %j', (args, mistake) => {
    expect(readCommandLine(args)).toMatchObject({ ok: false, mistake: expect.stringContaining(mistake) });
  });
});
