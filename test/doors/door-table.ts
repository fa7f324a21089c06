/**
 * Every door of the gateway and who may go through it: the permission matrix of the domain reference, door by door.
 * doors.test.ts holds that this names every door that there is, and that each is as it says.
 */
import { type Role, roles } from '../../src/operations/terms.ts';

/**
 * `WS`: a request of proto/console.proto. `REST`: a route of the listener. `CARD`: one of the listener for smart cards. `CLI`: a command of `escaut`. Behind a colon: one
 * of several things that may be asked there.
 */
export interface Door {
  readonly door: string;
  /** A letter a role, in the order of `roles`: y may. Or whoever comes, whatever his role. */
  readonly may: string;
  /** In place of the role: what those are told who may not, since something else stands in their way before. */
  readonly cause?: string;
}

/** Whoever comes; whoever has logged in; a system by its token; whoever may log in to the gateway's machine. */
export const others = ['anybody', 'everybody', 'system', 'machine'] as const;

export function mayGo({ may }: Door, role: Role): boolean {
  return may === 'everybody' || may === 'anybody' || may[roles.indexOf(role)] === 'y';
}

/** dispatcher, supervisor, fleet-admin, sys-admin, technician, auditor, observer */
const bridge = 'yy-----';
const test = 'yy--y--';
const recordings = '-y---y-';
const auditors = '-----y-';
const groups = '--y----';
const people = '---y---';
const fleet = '--yy---';
const fleetRead = '--yy-y-';
const attachments = '---yy--';
const proofs = 'yy-yy--';

export const doors: readonly Door[] = [
  // ── Console link ───────────────────────────────────────────────────────────────────────────────────────────────────
  { door: 'WS hello', may: 'everybody' },
  { door: 'WS ping', may: 'everybody' },
  { door: 'WS floorRequest', may: bridge },
  { door: 'WS floorRequest: a group for tests', may: test },
  { door: 'WS floorRelease', may: 'everybody' },
  { door: 'WS monitor', may: 'everybody' },
  { door: 'WS rtcRequest', may: 'everybody' },
  { door: 'WS goodbye', may: 'everybody' },
  { door: 'WS listenerReport', may: 'everybody' },
  { door: 'WS watchStatus', may: 'everybody' },
  { door: 'WS recallRequest: a list', may: 'yy---y-' },
  { door: 'WS recallRequest: an over', may: 'yy---y-' },
  { door: 'WS timelineRequest', may: 'everybody' },
  { door: 'WS sheetRequest', may: 'everybody' },
  { door: 'WS shareRoom', may: 'everybody' },
  { door: 'WS capacityRequest', may: 'everybody' },
  { door: 'WS recordingsRequest.search', may: recordings },
  { door: 'WS recordingsRequest.listenTo', may: recordings },
  { door: 'WS recordingsRequest.orderExport', may: recordings },
  { door: 'WS recordingsRequest.answerExport', may: recordings, cause: 'not-second-person' },
  { door: 'WS recordingsRequest.fetchPackage', may: recordings, cause: 'not-open' },
  { door: 'WS operate.open', may: bridge },
  { door: 'WS operate.open: an exercise', may: '-y-----' },
  { door: 'WS operate.open: an exercise on a group for tests', may: test },
  { door: 'WS operate.add', may: bridge },
  { door: 'WS operate.remove', may: bridge },
  { door: 'WS operate.extend', may: bridge },
  { door: 'WS operate.close', may: bridge },
  { door: 'WS operate.keep', may: bridge },
  { door: 'WS operate.consent', may: bridge },
  { door: 'WS operate.acknowledgeEmergency', may: bridge },
  { door: 'WS operate.clearEmergency', may: bridge },
  { door: 'WS operate.confirmClear', may: bridge, cause: 'other-person' },
  { door: 'WS operate.withdrawClear', may: bridge },
  { door: 'WS operate.activatePlan', may: bridge },
  { door: 'WS operate.activatePlan: an exercise', may: bridge },
  { door: 'WS operate.setPlanLevel', may: bridge },
  { door: 'WS operate.renewPlan', may: bridge },
  { door: 'WS operate.endPlan', may: bridge },
  { door: 'WS operate.markPost', may: bridge },
  { door: 'WS operate.openRecord', may: bridge },
  { door: 'WS operate.markCrossing', may: bridge },
  { door: 'WS operate.acceptPursuit', may: bridge },
  { door: 'WS operate.orderStop', may: bridge },
  { door: 'WS operate.validateHit', may: bridge },
  { door: 'WS operate.suspendExercise', may: bridge },
  { door: 'WS operate.resumeExercise', may: '-y-----' },
  { door: 'WS operate.enterExerciseHit', may: bridge },
  { door: 'WS operate.callStation', may: 'everybody' },
  { door: 'WS operate.callStation: a direct line', may: bridge },
  { door: 'WS operate.answerCall', may: 'everybody' },
  { door: 'WS operate.answerCall: a direct line', may: bridge },
  { door: 'WS operate.hangUp', may: 'everybody' },
  { door: 'WS operate.seeMissedCalls', may: 'everybody' },
  { door: 'WS operate.sendText', may: bridge },
  { door: 'WS operate.sendText: an exercise', may: bridge },
  { door: 'WS operate.sendText: a suspended exercise', may: bridge },
  { door: 'WS operate.removeTalker', may: '-y-----' },
  { door: 'WS operate.setRetention', may: auditors },
  { door: 'WS operate.offerShift', may: bridge },
  { door: 'WS operate.confirmShift', may: bridge },
  { door: 'WS operate.refuseShift', may: bridge },
  { door: 'WS operate.withdrawShift', may: bridge },

  // ── Listener ───────────────────────────────────────────────────────────────────────────────────────────────────────
  { door: 'REST GET /healthz', may: 'anybody' },
  { door: 'REST GET /readyz', may: 'anybody' },
  { door: 'REST GET /metrics', may: 'machine' },
  { door: 'REST GET /status', may: 'machine' },
  { door: 'REST GET /*', may: 'anybody' },
  { door: 'REST GET /api/v1/', may: 'anybody' },
  { door: 'REST GET /api/v1/openapi.json', may: 'anybody' },
  { door: 'REST GET /api/v1/reference.css', may: 'anybody' },
  { door: 'REST POST /api/v1/hits', may: 'system' },
  { door: 'REST GET /api/v1/exports', may: 'everybody' }, // of his own
  { door: 'REST GET /api/v1/recordings/:ticket', may: recordings },
  { door: 'REST GET /api/v1/login', may: 'anybody' },
  { door: 'REST POST /api/v1/login', may: 'anybody' },
  { door: 'REST POST /api/v1/logout', may: 'anybody' },
  { door: 'REST GET /api/v1/session', may: 'everybody' },
  { door: 'REST POST /api/v1/session/unlock', may: 'everybody' },
  { door: 'REST POST /api/v1/password', may: 'everybody' },
  { door: 'REST POST /api/v1/second-factor', may: 'everybody' },
  { door: 'REST POST /api/v1/second-factor/confirm', may: 'everybody' },
  { door: 'REST GET /api/v1/account', may: 'everybody' },
  { door: 'REST POST /api/v1/passkey', may: 'anybody' },
  { door: 'REST POST /api/v1/passkey/login', may: 'anybody' },
  { door: 'REST POST /api/v1/passkeys', may: 'everybody' },
  { door: 'REST POST /api/v1/passkeys/enrol', may: 'everybody' },
  { door: 'REST POST /api/v1/passkeys/remove', may: 'everybody' },
  { door: 'REST POST /api/v1/card', may: 'anybody' },
  { door: 'REST POST /api/v1/card/enter', may: 'anybody' },
  { door: 'REST POST /api/v1/oidc', may: 'anybody' },
  { door: 'REST GET /api/v1/oidc/callback', may: 'anybody' },
  { door: 'REST POST /api/v1/oidc/enter', may: 'anybody' },
  { door: 'REST POST /api/v1/oidc/back-channel-logout', may: 'system' },
  { door: 'CARD GET /card', may: 'anybody' },
  { door: 'REST GET /api/v1/fleet', may: fleetRead },
  { door: 'REST GET /api/v1/fleet/state', may: fleetRead },
  { door: 'REST GET /api/v1/fleet/shadows', may: fleetRead },
  { door: 'REST GET /api/v1/fleet/units.csv', may: fleetRead },
  { door: 'REST GET /api/v1/fleet/versions', may: fleetRead },
  { door: 'REST GET /api/v1/fleet/versions/:number', may: fleetRead },
  { door: 'REST GET /api/v1/fleet/versions/:number/text', may: fleetRead },
  { door: 'REST GET /api/v1/fleet/versions/:number/changes', may: fleetRead },
  { door: 'REST POST /api/v1/fleet/units.csv', may: fleet },
  { door: 'REST POST /api/v1/fleet/preview', may: fleet },
  { door: 'REST GET /api/v1/fleet/announcements', may: fleetRead },
  { door: 'REST POST /api/v1/fleet/announcements/listen', may: fleet },
  { door: 'REST GET /api/v1/fleet/people', may: people },
  { door: 'REST POST /api/v1/fleet/people/disable', may: people },
  { door: 'REST POST /api/v1/fleet/people/ask', may: people },
  { door: 'REST POST /api/v1/fleet/people/give', may: people },
  { door: 'REST POST /api/v1/fleet/versions: a group', may: groups },
  { door: 'REST POST /api/v1/fleet/versions: a person', may: people },
  { door: 'REST POST /api/v1/fleet/back', may: groups },
  { door: 'REST POST /api/v1/fleet/versions/:number/agree', may: groups },
  { door: 'REST POST /api/v1/fleet/versions/:number/refuse', may: groups },
  { door: 'REST POST /api/v1/fleet/versions/:number/withdraw', may: groups },
  { door: 'REST GET /api/v1/proofs', may: 'everybody' },
  { door: 'REST GET /api/v1/proofs/:number', may: 'everybody' },
  { door: 'REST POST /api/v1/proofs', may: proofs },
  { door: 'REST GET /api/v1/retention', may: auditors },
  { door: 'REST GET /api/v1/retention/preview', may: auditors },
  { door: 'REST POST /api/v1/retention/rules/:rule', may: auditors },
  { door: 'REST POST /api/v1/retention/holds', may: auditors },
  { door: 'REST POST /api/v1/retention/holds/:number/lift', may: auditors },
  { door: 'REST GET /api/v1/tokens', may: attachments },
  { door: 'REST POST /api/v1/tokens', may: attachments },
  { door: 'REST POST /api/v1/tokens: for a link', may: attachments },
  { door: 'REST POST /api/v1/tokens/:id/revoke', may: attachments },
  { door: 'REST GET /proofs', may: 'machine' },
  { door: 'REST POST /proofs', may: 'machine' },

  // ── Command line ───────────────────────────────────────────────────────────────────────────────────────────────────
  { door: 'CLI start', may: 'machine' },
  { door: 'CLI validate', may: 'machine' },
  { door: 'CLI status', may: 'machine' },
  // In the name of a person, who is asked for as at REST POST /api/v1/proofs.
  { door: 'CLI proof', may: 'machine' },
  { door: 'CLI schema', may: 'machine' },
  { door: 'CLI config-docs', may: 'machine' },
  { door: 'CLI conformance link', may: 'machine' },
  { door: 'CLI verify', may: 'machine' },
  { door: 'CLI report register', may: 'machine' },
  { door: 'CLI report access', may: 'machine' },
  { door: 'CLI backup', may: 'machine' },
  { door: 'CLI restore', may: 'machine' },
  { door: 'CLI user list', may: 'machine' },
  { door: 'CLI user card', may: 'machine' },
  { door: 'CLI user add', may: 'machine' },
  { door: 'CLI user disable', may: 'machine' },
  { door: 'CLI user reset', may: 'machine' },
  { door: 'CLI token list', may: 'machine' },
  { door: 'CLI token create', may: attachments },
  { door: 'CLI token create: for a link', may: attachments },
  { door: 'CLI token revoke', may: attachments },
  { door: 'CLI fleet list', may: 'machine' },
  { door: 'CLI fleet shadow', may: 'machine' },
  { door: 'CLI fleet show', may: 'machine' },
  { door: 'CLI fleet units', may: 'machine' },
  { door: 'CLI fleet export', may: 'machine' },
  { door: 'CLI fleet propose: a group', may: groups },
  { door: 'CLI fleet propose: a person', may: people },
  { door: 'CLI fleet approve', may: groups },
  { door: 'CLI fleet refuse', may: groups },
  { door: 'CLI fleet withdraw', may: groups },
  { door: 'CLI fleet back', may: groups },
  { door: 'CLI retention show', may: 'machine' },
  { door: 'CLI retention report', may: 'machine' },
  { door: 'CLI retention set', may: auditors },
  { door: 'CLI retention clock', may: auditors },
  { door: 'CLI retention hold', may: auditors },
  { door: 'CLI retention lift', may: auditors },
  { door: 'CLI audit', may: auditors },
  { door: 'CLI export', may: recordings },
];

/** `WS`, `REST`, `CARD` or `CLI`. */
export function named(kind: string): readonly Door[] {
  return doors.filter(({ door }) => door.startsWith(`${kind} `));
}

export function nameOf({ door }: Door): string {
  return door.slice(door.indexOf(' ') + 1);
}

/** Without what stands behind its colon. */
export function placeOf(door: Door): string {
  return nameOf(door).replace(/: .*/, '');
}

export function casesOf(kind: string): readonly (readonly [Role, string, Door])[] {
  return named(kind).flatMap((door) => roles.map((role) => [role, door.door, door] as const));
}
