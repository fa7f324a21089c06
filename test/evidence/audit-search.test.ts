/** `escaut audit --about … --by …`: an auditor finds what is about an incident, and the log says that he asked. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { auditLines, auditVerdict, searchAudit } from '../../src/audit-command.ts';
import { beganUtcMs, EvidenceRig } from './evidence-rig.ts';

let rig: EvidenceRig;
beforeEach(async () => {
  rig = new EvidenceRig();
  const hit = (atMs: number, what: string, number: number, reference?: string) =>
    rig.say({
      atMs,
      event: 'hit.changed',
      about: { what, hit: number, ...(reference !== undefined && { reference }) },
    });
  hit(1000, 'new', 1, 'H-1');
  hit(2000, 'merged', 1, 'H-2');
  hit(3000, 'new', 2, 'H-3');
  hit(4000, 'confirmed', 1);
  rig.say({ atMs: 5000, event: 'plan.changed', about: { what: 'activated', plan: 'plan-anpr', hit: 1 } });
  rig.say({ atMs: 6000, event: 'border.changed', about: { what: 'open', record: 'B1', group: 'xb-acc' } });
  rig.say({ atMs: 7000, event: 'emergency.changed', about: { what: 'press', emergency: 2, group: 'xb-acc' } });
  await rig.write();
});
afterEach(() => rig.end());

async function found(about: string, more: { readonly event?: string; readonly toUtcMs?: number } = {}) {
  const { entries } = await searchAudit(rig.config, { by: 'aud-be', about, ...more }, () => beganUtcMs + 60_000);
  return entries.map((entry) => {
    const { event, about: said } = JSON.parse(entry);
    return `${event} ${said.what ?? said.operator}`;
  });
}

it('finds what is about a hit, by its number or by the reference that its camera gave it', async () => {
  const first = ['hit.changed new', 'hit.changed merged', 'hit.changed confirmed', 'plan.changed activated'];
  expect(await found('H1')).toEqual([...first, 'audit.searched Anna B.']);
  expect(await found('H-1')).toEqual([...first, 'audit.searched Anna B.']);
  expect(await found('H-2', { event: 'hit.changed' })).toEqual(first.slice(0, 3));
  expect(await found('H-3', { event: 'hit.changed' })).toEqual(['hit.changed new']);
  expect(await found('H-3', { toUtcMs: beganUtcMs + 2500 })).toEqual([]);
});

it('finds what is about a border record, a plan or an emergency, and who exported it', async () => {
  expect(await found('plan-anpr', { event: 'plan.changed' })).toEqual(['plan.changed activated']);
  expect(await found('E2', { event: 'emergency.changed' })).toEqual(['emergency.changed press']);
  await rig.export({ incident: 'B1,E2' });
  const [open, exported] = await found('B1');
  expect([open, exported]).toEqual(['border.changed open', 'evidence.exported Sophie L.']);
  expect(await found('B2', { event: 'evidence.exported' })).toEqual([]);
});

it('logs who asked for what before he reads a line, and a refusal instead of lines', async () => {
  await searchAudit(rig.config, { by: 'aud-be', about: 'H-1', fromUtcMs: beganUtcMs }, () => beganUtcMs + 60_000);
  const refused = await searchAudit(rig.config, { by: 'disp', about: 'H-1' }, () => beganUtcMs + 61_000);
  expect(refused).toEqual({
    refusal: 'refused: Dirk P. (dispatcher) may not read the audit log',
    entries: [],
    outsideLaw: 0,
  });
  const lines: { event: string; about: object }[] = [];
  for await (const line of auditLines(rig.config, { fromUtcMs: beganUtcMs + 60_000 })) {
    const { event, about } = JSON.parse(line);
    lines.push({ event, about });
  }
  const auditor = { operator: 'Anna B.', role: 'auditor', controlRoom: 'ccpd', search: 'H-1' };
  expect(lines).toEqual([
    { event: 'audit.searched', about: { ...auditor, fromUtc: new Date(beganUtcMs).toISOString() } },
    {
      event: 'permission.refused',
      about: {
        ...{ permission: 'read_audit_log', operator: 'Dirk P.', role: 'dispatcher', controlRoom: 'ccpd' },
        ...{ search: 'H-1', refusal: 'role' },
      },
    },
  ]);
  expect(await auditVerdict(rig.config)).toMatchObject({ isWhole: true });
  await expect(searchAudit(rig.config, { by: 'nobody' }, () => 0)).rejects.toThrow('no person nobody');
});
