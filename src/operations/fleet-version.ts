/**
 * Versions of the fleet data: who proposed what, who must agree, and which one holds. Pure: knows no file, no store and
 * not what a version says; whoever proposes one tells what it touches (config/fleet-document.ts).
 *
 *            propose            last word that is needed         its time has come         applied
 *   nothing ──────────▶ proposed ──────────────────▶ approved ───────────────────▶ due ────────────▶ active ──▶ past
 *                          │                            │                            │
 *                          ├── refuse ──▶ refused ◀─────┤                            └── does not fit any more ──▶ unfit
 *                          ├── withdraw ▶ withdrawn ◀───┤
 *                          └── another one has come before ──▶ outdated
 *
 * A version changes the one that it was made from, and only that: once another one holds it is outdated, so that nobody
 * undoes unseen what somebody else has changed. The way back is a version like any other whose text is that of an older one.
 *
 * Whose word is needed: of each other country whose networks have a leg in a shared group that changes, somebody who may
 * edit groups; and a second person wherever the matrix says four eyes.
 */
import { defaultPermissions, type PermissionMatrix } from './permissions.ts';
import type { Person, PersonId } from './terms.ts';

/** Somebody who edits, with the country whose law he works under. */
export interface Editor extends Person {
  readonly country: string;
}

export type EditPermission = 'edit_groups' | 'edit_users_roles';

/** What a version touches, as against the one that it was made from. */
export interface FleetTouch {
  /** Anything but people and their roles. */
  readonly groups: boolean;
  readonly people: boolean;
  /** Of the networks that have a leg in a shared group that is changed, before or after. */
  readonly countries: readonly string[];
}

/** A word that is needed beside the author's. */
export interface Need {
  readonly permission: EditPermission;
  /** Only somebody of this country can give it. */
  readonly country?: string;
}

export interface Decision {
  readonly name: 'approved' | 'refused' | 'withdrawn';
  readonly by: Editor;
  /** ms since 1970. */
  readonly utcMs: number;
  /** What the person said to it; for a refusal never empty. */
  readonly reason: string;
}

export type VersionName =
  | 'proposed'
  | 'approved'
  | 'due'
  | 'active'
  | 'past'
  | 'refused'
  | 'withdrawn'
  | 'outdated'
  | 'unfit';

export interface FleetVersion {
  /** From 1. */
  readonly number: number;
  /** The version that it changes; 0: the data of the configuration file. */
  readonly base: number;
  readonly name: VersionName;
  readonly author: Editor;
  readonly reason: string;
  readonly touches: FleetTouch;
  readonly proposedUtcMs: number;
  /** Not before then. */
  readonly fromUtcMs: number;
  readonly needs: readonly Need[];
  readonly decisions: readonly Decision[];
  /** Its text is that of this older version. */
  readonly backTo?: number;
  readonly activeUtcMs?: number;
  /** Why it is unfit, in words. */
  readonly fault?: string;
}

export interface Fleet {
  readonly versions: ReadonlyMap<number, FleetVersion>;
  /** The version that holds; 0: the data of the configuration file. */
  readonly active: number;
}

export const noFleet: Fleet = { versions: new Map(), active: 0 };

/** Proposals that may wait at once, approved ones among them. */
export const waitingMax = 50;
/** Furthest time from which a version may be wanted, ms. */
const aheadMsMax = 366 * 24 * 3_600_000;
/** Characters of a reason. */
const reasonMax = 500;

export type FleetEvent =
  | {
      readonly name: 'propose';
      readonly by: Editor;
      readonly base: number;
      readonly reason: string;
      readonly touches: FleetTouch;
      /** Default: as soon as everybody has agreed. */
      readonly fromUtcMs?: number;
      readonly backTo?: number;
    }
  | { readonly name: 'approve'; readonly by: Editor; readonly version: number; readonly reason?: string }
  | { readonly name: 'refuse'; readonly by: Editor; readonly version: number; readonly reason: string }
  | { readonly name: 'withdraw'; readonly by: Editor; readonly version: number; readonly reason?: string }
  | { readonly name: 'tick' }
  /** The gateway has been started: what was due when it went is tried again. */
  | { readonly name: 'started' }
  /** The gateway works with it now. */
  | { readonly name: 'applied'; readonly version: number }
  /** It cannot: the configuration file or the gateway has changed since. What held goes on. */
  | { readonly name: 'unfit'; readonly version: number; readonly fault: string };

export type FleetRefusal =
  | 'reason-missing'
  | 'reason-too-long'
  | 'nothing-changed'
  | 'may-not-edit'
  | 'base-outdated'
  | 'time-out-of-range'
  | 'too-many-waiting'
  | 'version-unknown'
  | 'version-settled'
  | 'author-cannot-approve'
  | 'already-approved'
  | 'word-not-needed'
  | 'not-the-author'
  /** Hardly any room is left on the disk: what is left is for evidence. */
  | 'disk-nearly-full'
  /** Nobody would be left who may change people, or not its author himself any more. */
  | 'no-administrator';

export type FleetAction =
  | { readonly name: 'answer'; readonly version?: number; readonly refusal?: FleetRefusal }
  | { readonly name: 'changed'; readonly version: FleetVersion }
  /** Check it again as a whole and work with it; answered by `applied` or `unfit`. */
  | { readonly name: 'apply'; readonly version: number };

export interface FleetStep {
  readonly state: Fleet;
  readonly actions: readonly FleetAction[];
}

/** Feeds one event. Total: no input can throw. */
export function step(
  state: Fleet,
  event: FleetEvent,
  utcMs: number,
  matrix: PermissionMatrix = defaultPermissions,
): FleetStep {
  switch (event.name) {
    case 'propose':
      return propose(state, event, utcMs, matrix);
    case 'approve':
      return approve(state, event, utcMs, matrix);
    case 'refuse':
    case 'withdraw':
      return settle(state, event, utcMs, matrix);
    case 'tick':
      return due(state, [], utcMs);
    case 'started': {
      const cut = [...state.versions.values()].find(({ name }) => name === 'due');
      if (cut !== undefined) return { state, actions: [{ name: 'apply', version: cut.number }] };
      return due(state, [], utcMs);
    }
    case 'applied':
      return applied(state, event.version, utcMs);
    case 'unfit': {
      const version = state.versions.get(event.version);
      if (version?.name !== 'due') return { state, actions: [] };
      // Another one that waits for its time may fit.
      return due(...changing(state, { ...version, name: 'unfit', fault: event.fault }), utcMs);
    }
  }
}

/** When it wants a tick: ms since 1970. Undefined: not before another event. */
export function deadlineUtcMs(state: Fleet): number | undefined {
  const versions = [...state.versions.values()];
  if (versions.some(({ name }) => name === 'due')) return undefined;
  const times = versions.filter(({ name }) => name === 'approved').map(({ fromUtcMs }) => fromUtcMs);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The needs that nobody has met yet. */
export function openNeeds(version: FleetVersion, matrix: PermissionMatrix = defaultPermissions): readonly Need[] {
  const words = version.decisions.filter(({ name }) => name === 'approved');
  return version.needs.filter((need) => !words.some(({ by }) => meets(by, need, matrix)));
}

/** Whose words a version needs beside its author's. */
export function needsOf(author: Editor, touches: FleetTouch, matrix: PermissionMatrix = defaultPermissions): Need[] {
  const needs: Need[] = [];
  const others = [...new Set(touches.countries)].filter((country) => country !== author.country).sort();
  for (const country of others) needs.push({ permission: 'edit_groups', country });
  const fourEyes = (permission: EditPermission): boolean => matrix[permission][author.role] === 'four-eyes';
  if (touches.groups && others.length === 0 && fourEyes('edit_groups')) needs.push({ permission: 'edit_groups' });
  if (touches.people && fourEyes('edit_users_roles')) needs.push({ permission: 'edit_users_roles' });
  return needs;
}

function propose(
  state: Fleet,
  event: Extract<FleetEvent, { name: 'propose' }>,
  utcMs: number,
  matrix: PermissionMatrix,
): FleetStep {
  const { by, base, touches } = event;
  const reason = event.reason.trim();
  const fromUtcMs = event.fromUtcMs ?? utcMs;
  if (!touches.groups && !touches.people) return refused(state, 'nothing-changed');
  if (touches.groups && !mayEdit(by, 'edit_groups', matrix)) return refused(state, 'may-not-edit');
  if (touches.people && !mayEdit(by, 'edit_users_roles', matrix)) return refused(state, 'may-not-edit');
  if (reason === '') return refused(state, 'reason-missing');
  if (reason.length > reasonMax) return refused(state, 'reason-too-long');
  if (base !== state.active) return refused(state, 'base-outdated');
  if (!Number.isFinite(fromUtcMs) || fromUtcMs > utcMs + aheadMsMax) return refused(state, 'time-out-of-range');
  const waiting = [...state.versions.values()].filter(isWaiting).length;
  if (waiting >= waitingMax) return refused(state, 'too-many-waiting');

  const needs = needsOf(by, touches, matrix);
  const version: FleetVersion = {
    number: lastNumber(state) + 1,
    base,
    name: needs.length === 0 ? 'approved' : 'proposed',
    author: by,
    reason,
    touches,
    proposedUtcMs: utcMs,
    fromUtcMs: Math.max(fromUtcMs, utcMs),
    needs,
    decisions: [],
    ...(event.backTo === undefined ? {} : { backTo: event.backTo }),
  };
  return due(...answering(state, version), utcMs);
}

function approve(
  state: Fleet,
  { by, version: number, reason = '' }: Extract<FleetEvent, { name: 'approve' }>,
  utcMs: number,
  matrix: PermissionMatrix,
): FleetStep {
  const version = state.versions.get(number);
  if (version === undefined) return refused(state, 'version-unknown');
  if (version.name !== 'proposed') return refused(state, 'version-settled');
  if (by.person === version.author.person) return refused(state, 'author-cannot-approve');
  if (hasApproved(version, by.person)) return refused(state, 'already-approved');
  if (reason.length > reasonMax) return refused(state, 'reason-too-long');
  const mayAny = version.needs.some(({ permission }) => mayEdit(by, permission, matrix));
  if (!mayAny) return refused(state, 'may-not-edit');
  if (!openNeeds(version, matrix).some((need) => meets(by, need, matrix))) return refused(state, 'word-not-needed');
  const decisions: readonly Decision[] = [...version.decisions, { name: 'approved', by, utcMs, reason: reason.trim() }];
  const agreed = { ...version, decisions };
  const name = openNeeds(agreed, matrix).length === 0 ? 'approved' : 'proposed';
  return due(...answering(state, { ...agreed, name }), utcMs);
}

function settle(
  state: Fleet,
  event: Extract<FleetEvent, { name: 'refuse' | 'withdraw' }>,
  utcMs: number,
  matrix: PermissionMatrix,
): FleetStep {
  const version = state.versions.get(event.version);
  const reason = (event.reason ?? '').trim();
  if (version === undefined) return refused(state, 'version-unknown');
  if (version.name !== 'proposed' && version.name !== 'approved') return refused(state, 'version-settled');
  if (reason.length > reasonMax) return refused(state, 'reason-too-long');
  const isAuthor = event.by.person === version.author.person;
  if (event.name === 'withdraw' && !isAuthor) return refused(state, 'not-the-author');
  if (event.name === 'refuse') {
    // Whoever may agree may refuse, also after he has agreed: the word of one is enough to stop it.
    const may = version.needs.some((need) => meets(event.by, need, matrix)) || mayTouch(event.by, version, matrix);
    if (!may) return refused(state, 'may-not-edit');
    if (reason === '') return refused(state, 'reason-missing');
  }
  const name = event.name === 'refuse' ? 'refused' : 'withdrawn';
  const decisions: readonly Decision[] = [...version.decisions, { name, by: event.by, utcMs, reason }];
  return due(...answering(state, { ...version, name, decisions }), utcMs);
}

function applied(state: Fleet, number: number, utcMs: number): FleetStep {
  const version = state.versions.get(number);
  if (version?.name !== 'due') return { state, actions: [] };
  const changes: FleetVersion[] = [];
  for (const other of state.versions.values()) {
    if (other.name === 'active') changes.push({ ...other, name: 'past' });
    else if (other !== version && isWaiting(other)) changes.push({ ...other, name: 'outdated' });
  }
  changes.push({ ...version, name: 'active', activeUtcMs: utcMs });
  const versions = new Map(state.versions);
  for (const changed of changes) versions.set(changed.number, changed);
  return {
    state: { versions, active: number },
    actions: changes.map((changed) => ({ name: 'changed', version: changed })),
  };
}

/** The first whose time has come is to be applied, one at a time: the others are outdated by it, if it fits. */
function due(state: Fleet, before: readonly FleetAction[], utcMs: number): FleetStep {
  const versions = [...state.versions.values()];
  if (versions.some(({ name }) => name === 'due')) return { state, actions: before };
  const [next] = versions
    .filter(({ name, fromUtcMs }) => name === 'approved' && fromUtcMs <= utcMs)
    .sort((one, other) => one.fromUtcMs - other.fromUtcMs || one.number - other.number);
  if (next === undefined) return { state, actions: before };
  const [changed, actions] = changing(state, { ...next, name: 'due' });
  return { state: changed, actions: [...before, ...actions, { name: 'apply', version: next.number }] };
}

function changing(state: Fleet, version: FleetVersion): [Fleet, FleetAction[]] {
  const versions = new Map(state.versions).set(version.number, version);
  return [{ ...state, versions }, [{ name: 'changed', version }]];
}

function answering(state: Fleet, version: FleetVersion): [Fleet, FleetAction[]] {
  const [changed, actions] = changing(state, version);
  return [changed, [{ name: 'answer', version: version.number }, ...actions]];
}

function refused(state: Fleet, refusal: FleetRefusal): FleetStep {
  return { state, actions: [{ name: 'answer', refusal }] };
}

function isWaiting({ name }: FleetVersion): boolean {
  return name === 'proposed' || name === 'approved' || name === 'due';
}

function lastNumber(state: Fleet): number {
  return Math.max(0, ...state.versions.keys());
}

function hasApproved(version: FleetVersion, person: PersonId): boolean {
  return version.decisions.some(({ name, by }) => name === 'approved' && by.person === person);
}

function meets(person: Editor, { permission, country }: Need, matrix: PermissionMatrix): boolean {
  return mayEdit(person, permission, matrix) && (country === undefined || person.country === country);
}

function mayTouch(person: Editor, { touches }: FleetVersion, matrix: PermissionMatrix): boolean {
  return (
    (touches.groups && mayEdit(person, 'edit_groups', matrix)) ||
    (touches.people && mayEdit(person, 'edit_users_roles', matrix))
  );
}

/** Whether somebody comes in at all: whoever may edit any of it; to read, whoever reads the audit log as well. */
export function mayOpenFleet(
  person: Person,
  what: 'read' | 'change',
  matrix: PermissionMatrix = defaultPermissions,
): boolean {
  const mayChange = mayEdit(person, 'edit_groups', matrix) || mayEdit(person, 'edit_users_roles', matrix);
  return mayChange || (what === 'read' && matrix.read_audit_log[person.role] === 'allow');
}

/** Other rights (`own`, `test`, `by-plan`) are no rights over everybody's data. */
function mayEdit(person: Person, permission: EditPermission, matrix: PermissionMatrix): boolean {
  const right = matrix[permission][person.role];
  return right === 'allow' || right === 'four-eyes';
}
