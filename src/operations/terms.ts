/** Words that all rules of operations share. */

export type GroupId = string;
export type TalkgroupId = string;
export type NetworkId = string;
export type ControlRoomId = string;
export type PersonId = string;

export const roles = [
  'dispatcher',
  'supervisor',
  'fleet-admin',
  'sys-admin',
  'technician',
  'auditor',
  'observer',
] as const;
export type Role = (typeof roles)[number];

/** Somebody who acts on the gateway, as himself. */
export interface Person {
  readonly person: PersonId;
  readonly display: string;
  readonly role: Role;
  readonly controlRoom: ControlRoomId;
}
