/**
 * Who may do what: one matrix of permission × role, asked before anything is done, whatever the door. Pure.
 *
 * A refusal changes nothing; whoever asks tells the person its cause and logs it.
 */
import type { ControlRoomId, Person, Role } from './terms.ts';

export const permissions = [
  'talk',
  'open_close_bridge',
  'lead_exercise',
  'activate_alert_plan',
  'acknowledge_emergency',
  'clear_emergency',
  'use_direct_lines',
  'remove_talker',
  'instant_replay_15min',
  'search_recordings',
  'export_recordings',
  'edit_groups',
  'edit_users_roles',
  'edit_attachments',
  'inject_test_fault',
  'read_audit_log',
  'set_retention',
  'hold_evidence',
] as const;
export type Permission = (typeof permissions)[number];

/**
 * `own`: what belongs to the person's control room. `by-plan`: plans that name the role in `openedBy`. `test`: groups
 * of use `test`. `four-eyes`: with a second person who has the permission as well. `deny`: never.
 */
export const rights = ['allow', 'own', 'by-plan', 'test', 'four-eyes', 'deny'] as const;
export type Right = (typeof rights)[number];

export type PermissionMatrix = Readonly<Record<Permission, Readonly<Record<Role, Right>>>>;

/** What the permission is asked for; what a right needs and is not given speaks against it. */
export interface Concern {
  /** The control rooms to which the matter belongs. */
  readonly controlRooms?: readonly ControlRoomId[];
  /** Roles that may activate the alert plan. */
  readonly openedBy?: readonly Role[];
  /** The group is for tests. */
  readonly test?: boolean;
  /** Who stands by. */
  readonly second?: Person;
}

export type RefusalCause =
  | 'role'
  | 'not-own-control-room'
  | 'not-opened-by-role'
  | 'test-groups-only'
  | 'second-person-missing'
  | 'second-person-is-the-first'
  | 'second-person-may-not';

/** Undefined: the person may. */
export function refusalOf(
  matrix: PermissionMatrix,
  person: Person,
  permission: Permission,
  concern: Concern = {},
): RefusalCause | undefined {
  switch (matrix[permission][person.role]) {
    case 'allow':
      return undefined;
    case 'own':
      return concern.controlRooms?.includes(person.controlRoom) === true ? undefined : 'not-own-control-room';
    case 'by-plan':
      return concern.openedBy?.includes(person.role) === true ? undefined : 'not-opened-by-role';
    case 'test':
      return concern.test === true ? undefined : 'test-groups-only';
    case 'four-eyes':
      return secondRefused(matrix, person, permission, concern.second);
    default:
      return 'role';
  }
}

function secondRefused(
  matrix: PermissionMatrix,
  first: Person,
  permission: Permission,
  second: Person | undefined,
): RefusalCause | undefined {
  if (second === undefined) return 'second-person-missing';
  if (second.person === first.person) return 'second-person-is-the-first';
  const right = matrix[permission][second.role];
  return right === 'four-eyes' || right === 'allow' ? undefined : 'second-person-may-not';
}

/**
 * The matrix of the domain reference, and what that says nothing of. Who leads exercises: a supervisor anywhere, whoever
 * else opens groups on those for tests. Direct lines are for those who talk to the other side anyway. Whoever may shorten
 * what is kept, with another, may keep it alone.
 */
export const defaultPermissions: PermissionMatrix = {
  talk: row('allow', 'allow', 'deny', 'deny', 'test', 'deny', 'deny'),
  open_close_bridge: row('allow', 'allow', 'deny', 'deny', 'test', 'deny', 'deny'),
  lead_exercise: row('test', 'allow', 'deny', 'deny', 'test', 'deny', 'deny'),
  activate_alert_plan: row('by-plan', 'by-plan', 'deny', 'deny', 'deny', 'deny', 'deny'),
  acknowledge_emergency: row('own', 'own', 'deny', 'deny', 'deny', 'deny', 'deny'),
  clear_emergency: row('own', 'allow', 'deny', 'deny', 'deny', 'deny', 'deny'),
  use_direct_lines: row('allow', 'allow', 'deny', 'deny', 'deny', 'deny', 'deny'),
  remove_talker: row('deny', 'allow', 'deny', 'deny', 'deny', 'deny', 'deny'),
  instant_replay_15min: row('own', 'allow', 'deny', 'deny', 'deny', 'allow', 'deny'),
  search_recordings: row('deny', 'own', 'deny', 'deny', 'deny', 'allow', 'deny'),
  export_recordings: row('deny', 'four-eyes', 'deny', 'deny', 'deny', 'four-eyes', 'deny'),
  edit_groups: row('deny', 'deny', 'allow', 'deny', 'deny', 'deny', 'deny'),
  edit_users_roles: row('deny', 'deny', 'deny', 'four-eyes', 'deny', 'deny', 'deny'),
  edit_attachments: row('deny', 'deny', 'deny', 'allow', 'allow', 'deny', 'deny'),
  inject_test_fault: row('deny', 'deny', 'deny', 'deny', 'allow', 'deny', 'deny'),
  read_audit_log: row('deny', 'deny', 'deny', 'deny', 'deny', 'allow', 'deny'),
  set_retention: row('deny', 'deny', 'deny', 'deny', 'deny', 'four-eyes', 'deny'),
  hold_evidence: row('deny', 'deny', 'deny', 'deny', 'deny', 'allow', 'deny'),
};

function row(
  dispatcher: Right,
  supervisor: Right,
  fleetAdmin: Right,
  sysAdmin: Right,
  technician: Right,
  auditor: Right,
  observer: Right,
): Readonly<Record<Role, Right>> {
  return {
    dispatcher,
    supervisor,
    'fleet-admin': fleetAdmin,
    'sys-admin': sysAdmin,
    technician,
    auditor,
    observer,
  };
}
