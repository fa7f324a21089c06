import { describe, expect, it } from 'vitest';
import { defaultPermissions, permissions, type Right, refusalOf } from '../../src/operations/permissions.ts';
import { type Person, type Role, roles } from '../../src/operations/terms.ts';

const person = (role: Role, id = role as string, controlRoom = 'cr-ccpd'): Person => ({
  person: id,
  display: id,
  role,
  controlRoom,
});
/** As the domain reference has it, and for exercises and direct lines as this gateway has it: a letter a role, in the order of `roles`. */
const letters: Readonly<Record<string, Right>> = {
  a: 'allow',
  o: 'own',
  p: 'by-plan',
  t: 'test',
  f: 'four-eyes',
  '-': 'deny',
};
const reference: Readonly<Record<string, string>> = {
  talk: 'aa--t--',
  open_close_bridge: 'aa--t--',
  lead_exercise: 'ta--t--',
  activate_alert_plan: 'pp-----',
  acknowledge_emergency: 'oo-----',
  clear_emergency: 'oa-----',
  use_direct_lines: 'aa-----',
  remove_talker: '-a-----',
  instant_replay_15min: 'oa---a-',
  search_recordings: '-o---a-',
  export_recordings: '-f---f-',
  edit_groups: '--a----',
  edit_users_roles: '---f---',
  edit_attachments: '---aa--',
  inject_test_fault: '----a--',
  read_audit_log: '-----a-',
  set_retention: '-----f-',
  hold_evidence: '-----a-',
};

describe('every permission of every role', () => {
  it.each(permissions.flatMap((permission) => roles.map((role) => [permission, role] as const)))(
    '%s of %s is as the reference has it',
    (permission, role) => {
      const right = letters[reference[permission]?.[roles.indexOf(role)] ?? ''];
      expect(defaultPermissions[permission][role]).toBe(right);
      const ask = (concern: Parameters<typeof refusalOf>[3]) =>
        refusalOf(defaultPermissions, person(role), permission, concern);
      const everything = {
        controlRooms: ['cr-ccpd'],
        openedBy: [role],
        test: true,
        second: person(role, 'somebody-else'),
      };
      expect(ask(everything) === undefined).toBe(right !== 'deny');
      expect(ask({}) === undefined).toBe(right === 'allow');
    },
  );
});

describe('a right with a condition', () => {
  const ask = (role: Role, permission: (typeof permissions)[number], concern = {}) =>
    refusalOf(defaultPermissions, person(role), permission, concern);

  it('of their own is that of their own control room', () => {
    expect(ask('dispatcher', 'acknowledge_emergency', { controlRooms: ['cr-tn59'] })).toBe('not-own-control-room');
    expect(ask('dispatcher', 'acknowledge_emergency', { controlRooms: ['cr-tn59', 'cr-ccpd'] })).toBeUndefined();
  });

  it('by plan is that of the plans that name the role', () => {
    expect(ask('dispatcher', 'activate_alert_plan', { openedBy: ['supervisor'] })).toBe('not-opened-by-role');
    expect(ask('dispatcher', 'activate_alert_plan', { openedBy: ['dispatcher', 'supervisor'] })).toBeUndefined();
  });

  it('for tests is that of test groups', () => {
    expect(ask('technician', 'open_close_bridge', { test: false })).toBe('test-groups-only');
  });

  it('of four eyes needs a second person, who may as well', () => {
    const second = (role: Role, id = 'second') => ask('auditor', 'export_recordings', { second: person(role, id) });
    expect(ask('auditor', 'export_recordings')).toBe('second-person-missing');
    expect(second('auditor', 'auditor')).toBe('second-person-is-the-first');
    expect(second('dispatcher')).toBe('second-person-may-not');
    expect(second('supervisor')).toBeUndefined();
  });
});
