/**
 * Every role at every door of the command line, by the one permission matrix: a refusal changes nothing and stands in the
 * log. `escaut export`: test/evidence/export-command.test.ts; the matrix itself: test/operations/permissions.test.ts.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { auditLines, searchAudit } from '../../src/audit-command.ts';
import type { Command, RetentionAct } from '../../src/command-line.ts';
import { openLog } from '../../src/command-log.ts';
import { loadConfig } from '../../src/config/load.ts';
import { runFleetCommand } from '../../src/fleet-command.ts';
import { defaultPermissions, type Permission } from '../../src/operations/permissions.ts';
import { type Role, roles } from '../../src/operations/terms.ts';
import { runRetentionCommand } from '../../src/retention-command.ts';
import { runTokenCommand } from '../../src/token-command.ts';
import type { TokenAct } from '../../src/token-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'escaut-command-doors-'));
afterAll(() => rmSync(folder, { recursive: true }));

const utcMs = Date.UTC(2026, 10, 29, 14);
const now = () => utcMs;
/** Of each role one of the country whose word is needed, and of the other country whoever stands by. */
const people = [
  ...roles.map((role) => ({ id: role, role, country: 'BE' })),
  { id: 'aud-fr', role: 'auditor', country: 'FR' },
  { id: 'opo-fr', role: 'fleet-admin', country: 'FR' },
];
const person = ({ id, role, country }: (typeof people)[number]) =>
  `  - {id: ${id}, display: Mr ${id}, role: ${role}, controlRoom: cr, country: ${country}}`;
const legs = '{talkgroup: a}, {talkgroup: b}';
const fleetData = (joined: string, more = '') => `
organisations: [{id: pz, name: PZ, country: BE}]
controlRooms: [{id: cr, callSign: CCPD, country: BE}]
people:
${people.map(person).join('\n')}${more}
talkgroups:
  - {id: a, network: be, number: "5300110", short: HT ALERTE 1}
  - {id: b, network: fr, number: "911", short: POLICE 1}
sharedGroups:
  - {id: xb, short: FRBE 1, name: {fr: a, nl: b, en: c}, mode: disabled, legs: [${joined}]}
`;
const infrastructure = `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}, stateFolder: state}
networks:
  - {id: be, name: ASTRID, technology: tetra, country: BE}
  - {id: fr, name: INPT, technology: tetrapol, country: FR}
hits: {sources: [{id: be-anpr, country: BE}]}
`;

let place = '';
beforeEach(async () => {
  place = mkdtempSync(join(folder, 'gw-'));
  writeFileSync(join(place, 'escaut.yaml'), infrastructure + fleetData(legs));
  const { store } = await openLog(load().config.gateway, true);
  await store.close();
});

const around = () => ({ environment: {}, workingFolder: place });
const load = () => loadConfig({ file: 'escaut.yaml', ...around() });

type Fleet = Extract<Command, { name: 'fleet' }>;
type FleetAct = Fleet extends infer Each ? (Each extends Fleet ? Omit<Each, 'name' | 'config'> : never) : never;
type Done = Promise<{ readonly isDone: boolean; readonly words: string }>;

const fleet = (act: FleetAct): Done => runFleetCommand(load(), { ...act, name: 'fleet' } as Fleet, around(), now);
const retention = (act: RetentionAct): Done => runRetentionCommand(load().config, act, now);
const token = (act: TokenAct): Done => runTokenCommand(load().config, act, now);
function propose(text: string, by: string): Done {
  writeFileSync(join(place, 'new.yaml'), text);
  return fleet({ act: 'propose', path: 'new.yaml', by, reason: 'demande 12', check: false });
}
/** Waits for the word of Belgium. */
const proposed = () => propose(fleetData('{talkgroup: b}'), 'opo-fr');
const deed = { second: 'aud-fr', reason: 'law of 2026' };
const hold = { act: 'hold', reason: 'instruction 12', fromUtcMs: utcMs - 1000, toUtcMs: utcMs } as const;
const create = { act: 'create', holder: 'be-anpr', scope: 'hits', days: 9 } as const;
const newcomer = '\n  - {id: new, display: New, role: observer, controlRoom: cr, country: BE}';

interface Door {
  readonly door: string;
  readonly permission: Permission;
  /** What there has to be before. */
  readonly before?: () => Done;
  readonly act: (by: Role) => Done;
}

const doors: readonly Door[] = [
  {
    door: 'audit',
    permission: 'read_audit_log',
    act: async (by) => {
      const { refusal } = await searchAudit(load().config, { by }, now);
      return { isDone: refusal === '', words: refusal };
    },
  },
  {
    door: 'retention set',
    permission: 'set_retention',
    act: (by) => retention({ act: 'set', rule: 'voiceSharedGroup', days: 29, by, ...deed }),
  },
  { door: 'retention clock', permission: 'set_retention', act: (by) => retention({ act: 'clock', by, ...deed }) },
  { door: 'retention hold', permission: 'hold_evidence', act: (by) => retention({ ...hold, by }) },
  {
    door: 'retention lift',
    permission: 'set_retention',
    before: () => retention({ ...hold, by: 'aud-fr' }),
    act: (by) => retention({ act: 'lift', hold: 1, by, ...deed }),
  },
  {
    door: 'fleet propose, a group',
    permission: 'edit_groups',
    act: (by) => propose(fleetData('{talkgroup: b}'), by),
  },
  {
    door: 'fleet propose, a person',
    permission: 'edit_users_roles',
    act: (by) => propose(fleetData(legs, newcomer), by),
  },
  {
    door: 'fleet approve',
    permission: 'edit_groups',
    before: proposed,
    act: (by) => fleet({ act: 'approve', version: 1, by, reason: '' }),
  },
  {
    door: 'fleet refuse',
    permission: 'edit_groups',
    before: proposed,
    act: (by) => fleet({ act: 'refuse', version: 1, by, reason: 'no' }),
  },
  { door: 'token create', permission: 'edit_attachments', act: (by) => token({ ...create, by }) },
  {
    door: 'token revoke',
    permission: 'edit_attachments',
    before: () => token({ ...create, by: 'technician' }),
    act: async (by) => {
      const [, id = ''] = /^(t-\w+)/m.exec((await token({ act: 'list' })).words) ?? [];
      return await token({ act: 'revoke', id, by });
    },
  },
];

async function refusalsOf(role: Role): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const line of auditLines(load().config.gateway, {})) {
    const { about } = JSON.parse(line);
    if (about.refusal !== undefined && about.operator === `Mr ${role}` && about.role === role)
      found.push(about.refusal);
  }
  return found;
}

async function state(): Promise<readonly string[]> {
  const shown = [await token({ act: 'list' }), await retention({ act: 'show' }), await fleet({ act: 'list' })];
  return shown.map(({ words }) => words);
}

describe('every role at every door of the command line', () => {
  const cases = doors.flatMap((door) => roles.map((role) => [role, door.door, door] as const));

  it.each(cases)('%s: %s', { timeout: 30_000 }, async (role, _name, { permission, before, act }) => {
    if (before !== undefined) expect(await before()).toMatchObject({ isDone: true });
    const was = await state();
    const { isDone } = await act(role);
    const may = defaultPermissions[permission][role] !== 'deny';
    expect(isDone).toBe(may);
    expect(await refusalsOf(role)).toHaveLength(may ? 0 : 1);
    if (!may) expect(await state()).toEqual(was);
  });
});
