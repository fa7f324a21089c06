/**
 * Emergencies on shared groups: who presses, who must answer, and when it is over. Pure: no clock, no console.
 *
 *            raised                 acknowledge            clear (1)             clear (2), same person
 *   nothing ───────▶ unacknowledged ───────────▶ acknowledged ────────▶ clearing ──────────────────────▶ nothing
 *                     │ 10 s: remind   ▲                ▲                   │
 *                     │ 20 s: escalate ┘ on behalf      └── 30 s, withdraw ─┘
 *
 * Only the unit's home control room acknowledges; once it has been escalated a supervisor may do so on its behalf, with
 * what proves that help is on its way. The radio that takes its alarm back is shown to have done so: the
 * emergency stays open until a person clears it.
 *
 * Driven by: gateway/operations/emergencies.ts, which performs the actions.
 */
import { defaultPermissions, refusalOf } from './permissions.ts';
import type { ControlRoomId, GroupId, NetworkId, Person } from './terms.ts';

/** Times in ms. */
export interface EmergencyRules {
  /** Unacknowledged for so long: the home control room is reminded, and again each time so long passes. */
  readonly remindMs: number;
  /** Unacknowledged for so long: supervisors are alarmed. */
  readonly escalateMs: number;
  /** The radio's microphone stays open for so long; then the others are told in words. */
  readonly hotMicMs: number;
  /** The second step of clearing comes within so long, or the first is forgotten. */
  readonly confirmMs: number;
  /** Emergencies open at once; of more than so many the oldest acknowledged one gives way to a new one. */
  readonly openMax: number;
}

/** `ack_reminder_s`, `escalate_unacked_s` and `hot_mic_s` of the domain reference. */
export const emergencyRules: EmergencyRules = {
  remindMs: 10_000,
  escalateMs: 20_000,
  hotMicMs: 10_000,
  confirmMs: 30_000,
  openMax: 1000,
};

/** Who presses. */
export interface Caller {
  readonly network: NetworkId;
  /** On which it was heard. */
  readonly leg: string;
  /** Its address there, as the network said it; empty where it said none, or has not yet. */
  readonly address: string;
  /** Its network does not vouch for the address. */
  readonly unproven?: boolean;
  /** Control rooms of which any one may acknowledge. */
  readonly home: readonly ControlRoomId[];
}

export type EmergencyId = number;

export interface Emergency {
  readonly emergency: EmergencyId;
  readonly group: GroupId;
  readonly caller: Caller;
  readonly name: 'unacknowledged' | 'acknowledged' | 'clearing';
  readonly sinceMs: number;
  /** When it was pressed last. */
  readonly pressedMs: number;
  /** Pressed again since, so often. */
  readonly repeated: number;
  /** The radio took it back. */
  readonly lowered: boolean;
  readonly hotMicUntilMs: number;
  /** The others have been told in words. */
  readonly announced: boolean;
  readonly remindMs: number;
  readonly escalated: boolean;
  readonly acknowledged?: { readonly by: Person; readonly atMs: number; readonly proof?: string };
  readonly clearing?: { readonly by: Person; readonly cause: string; readonly untilMs: number };
}

export interface EmergencyState {
  readonly rules: EmergencyRules;
  readonly open: ReadonlyMap<EmergencyId, Emergency>;
  readonly raised: number;
}

export type EmergencyEvent =
  | { readonly name: 'raised'; readonly group: GroupId; readonly caller: Caller }
  | { readonly name: 'lowered'; readonly group: GroupId; readonly caller: Caller }
  /** The network says now who it is. */
  | { readonly name: 'identified'; readonly emergency: EmergencyId; readonly caller: Caller }
  /** Its talk has ended before the hot microphone's time was over. */
  | { readonly name: 'silent'; readonly group: GroupId; readonly leg: string }
  /** `proof`: on behalf of the home control room. */
  | (Asked & { readonly name: 'acknowledge'; readonly proof?: string })
  /** First step. */
  | (Asked & { readonly name: 'clear'; readonly cause: string })
  /** Second step. */
  | (Asked & { readonly name: 'confirm' })
  | (Asked & { readonly name: 'withdraw' })
  | { readonly name: 'tick' };

interface Asked {
  readonly request: number;
  readonly person: Person;
  readonly emergency: EmergencyId;
}
type AskedName = Extract<EmergencyEvent, Asked>['name'];

export type EmergencyRefusal =
  | 'emergency-over'
  | 'not-permitted'
  | 'not-home-control-room'
  | 'not-escalated'
  | 'supervisors-only'
  | 'no-proof'
  | 'already-acknowledged'
  | 'not-acknowledged'
  | 'no-cause'
  | 'not-clearing'
  | 'other-person';

export type EmergencyAction =
  | { readonly name: 'answer'; readonly request: number; readonly refusal?: EmergencyRefusal }
  /** All consoles that monitor the group: sound, who, where, which network. */
  | { readonly name: 'alarm'; readonly emergency: Emergency }
  | { readonly name: 'remind'; readonly emergency: Emergency }
  /** Supervisors of the gateway's and of the host's control room. */
  | { readonly name: 'escalate'; readonly emergency: Emergency }
  /** `ann-emg` and `ann-emg-end`. */
  | { readonly name: 'announce'; readonly announcement: 'emergency' | 'emergency-end'; readonly emergency: Emergency }
  | { readonly name: 'changed'; readonly emergency: Emergency }
  | { readonly name: 'over'; readonly emergency: Emergency }
  /** The first of a group is open, or the last is over. */
  | { readonly name: 'group'; readonly group: GroupId; readonly open: boolean }
  | {
      readonly name: 'record';
      readonly what: AskedName | 'raised' | 'repeated' | 'lowered' | 'reminded' | 'escalated' | 'gave-way';
      readonly emergency: EmergencyId;
      readonly person?: Person;
      readonly refusal?: EmergencyRefusal;
      readonly words?: string;
    };

export interface EmergencyStep {
  readonly state: EmergencyState;
  readonly actions: readonly EmergencyAction[];
}

/** `open`: those that were open when the gateway stopped. */
export function openEmergencies(rules: EmergencyRules, open: readonly Emergency[] = []): EmergencyState {
  const raised = Math.max(0, ...open.map(({ emergency }) => emergency));
  return { rules, open: new Map(open.map((each) => [each.emergency, each])), raised };
}

/** Feeds one event. Total: no input can throw. Times are in ms on the caller's monotonic clock. */
export function step(state: EmergencyState, event: EmergencyEvent, nowMs: number): EmergencyStep {
  const draft = new Draft(state, nowMs);
  if ('request' in event) answerTo(draft, event);
  else if (event.name === 'raised') raise(draft, event);
  else if (event.name === 'lowered') lower(draft, event);
  else if (event.name === 'identified') identify(draft, event);
  else if (event.name === 'silent') endHotMic(draft, event.group, event.leg);
  for (const emergency of draft.open.values()) settle(draft, emergency);
  return draft.finish();
}

/** When the caller owes a `tick`; Infinity when nothing is pending. */
export function deadlineMs({ open, rules }: EmergencyState): number {
  let dueMs = Infinity;
  for (const emergency of open.values()) {
    if (!emergency.announced) dueMs = Math.min(dueMs, emergency.hotMicUntilMs);
    if (emergency.name === 'unacknowledged') {
      dueMs = Math.min(dueMs, emergency.remindMs);
      if (!emergency.escalated) dueMs = Math.min(dueMs, emergency.sinceMs + rules.escalateMs);
    }
    if (emergency.clearing !== undefined) dueMs = Math.min(dueMs, emergency.clearing.untilMs);
  }
  return dueMs;
}

// ── What radios do ───────────────────────────────────────────────────────────────────────────────────────────────────

function raise(draft: Draft, { group, caller }: Extract<EmergencyEvent, { name: 'raised' }>): void {
  const { rules } = draft.state;
  const known = draft.of(group, caller);
  if (known !== undefined) {
    const named = { ...known, caller: betterOf(known.caller, caller), lowered: false };
    // Taken back and raised again: he is in distress anew, whoever had seen to it.
    if (known.lowered && known.name !== 'unacknowledged') {
      const { emergency, repeated } = known;
      const anew = { ...pressed({ emergency, group, caller: named.caller }, draft), repeated: repeated + 1 };
      draft.put(anew);
      draft.say({ name: 'alarm', emergency: anew });
      draft.say({ name: 'record', what: 'repeated', emergency });
      return;
    }
    // One press may come as a call and as a message; what comes later is another press: the microphone is open again,
    // the man may be worse off. Whoever acknowledged him still does, but what he pressed is not yet to be cleared.
    if (draft.nowMs - known.pressedMs < rules.hotMicMs && !known.lowered) {
      draft.put(known.caller === named.caller ? known : named);
      return;
    }
    const again = { ...named, repeated: known.repeated + 1, pressedMs: draft.nowMs };
    const repeated = again.clearing === undefined ? again : notClearing(again);
    draft.put(repeated);
    draft.say({ name: 'alarm', emergency: repeated });
    draft.say({ name: 'record', what: 'repeated', emergency: known.emergency });
    return;
  }
  draft.makeRoom();
  const emergency = pressed({ emergency: draft.nextId(), group, caller }, draft);
  draft.put(emergency);
  draft.say({ name: 'alarm', emergency });
  draft.say({ name: 'record', what: 'raised', emergency: emergency.emergency });
}

function pressed(who: Pick<Emergency, 'emergency' | 'group' | 'caller'>, { nowMs, state }: Draft): Emergency {
  const { hotMicMs, remindMs } = state.rules;
  return {
    ...who,
    name: 'unacknowledged',
    sinceMs: nowMs,
    pressedMs: nowMs,
    repeated: 0,
    lowered: false,
    hotMicUntilMs: nowMs + hotMicMs,
    announced: false,
    remindMs: nowMs + remindMs,
    escalated: false,
  };
}

function lower(draft: Draft, { group, caller }: Extract<EmergencyEvent, { name: 'lowered' }>): void {
  const known = draft.of(group, caller);
  if (known === undefined || known.lowered) return;
  draft.put({ ...known, lowered: true });
  draft.say({ name: 'record', what: 'lowered', emergency: known.emergency });
}

function identify(draft: Draft, { emergency, caller }: Extract<EmergencyEvent, { name: 'identified' }>): void {
  const known = draft.open.get(emergency);
  if (known !== undefined) draft.put({ ...known, caller: betterOf(known.caller, caller) });
}

/** A caller that is known by address is never given up for one that is not, nor one that is proven for a claim. */
function betterOf(known: Caller, caller: Caller): Caller {
  if (caller.address === '') return known;
  const proves = known.unproven === true && caller.unproven !== true && known.address === caller.address;
  return known.address === '' || proves ? caller : known;
}

function endHotMic(draft: Draft, group: GroupId, leg: string): void {
  for (const emergency of draft.open.values()) {
    const isIts = emergency.group === group && emergency.caller.leg === leg;
    if (isIts && !emergency.announced) draft.put({ ...emergency, hotMicUntilMs: draft.nowMs });
  }
}

// ── What persons do ──────────────────────────────────────────────────────────────────────────────────────────────────

function answerTo(draft: Draft, event: Extract<EmergencyEvent, Asked>): void {
  const { request, person, emergency } = event;
  const known = draft.open.get(emergency);
  const refusal = known === undefined ? 'emergency-over' : perform(draft, known, event);
  const words = 'proof' in event ? event.proof : 'cause' in event ? event.cause : undefined;
  draft.say({ name: 'answer', request, ...(refusal === undefined ? {} : { refusal }) });
  draft.say({
    name: 'record',
    what: event.name,
    emergency,
    person,
    ...(refusal === undefined ? {} : { refusal }),
    ...(words === undefined ? {} : { words }),
  });
}

function perform(
  draft: Draft,
  emergency: Emergency,
  event: Extract<EmergencyEvent, Asked>,
): EmergencyRefusal | undefined {
  switch (event.name) {
    case 'acknowledge':
      return acknowledge(draft, emergency, event.person, event.proof);
    case 'clear':
      return beginToClear(draft, emergency, event.person, event.cause);
    case 'confirm':
      return clear(draft, emergency, event.person);
    case 'withdraw':
      return withdraw(draft, emergency, event.person);
  }
}

function acknowledge(
  draft: Draft,
  emergency: Emergency,
  person: Person,
  proof: string | undefined,
): EmergencyRefusal | undefined {
  if (emergency.name !== 'unacknowledged') return 'already-acknowledged';
  const { home } = emergency.caller;
  const refused = refusalOf(defaultPermissions, person, 'acknowledge_emergency', { controlRooms: home });
  if (refused !== undefined && refused !== 'not-own-control-room') return 'not-permitted';
  const atHome = refused === undefined;
  if (!atHome) {
    if (proof === undefined) return 'not-home-control-room';
    if (person.role !== 'supervisor') return 'supervisors-only';
    if (!emergency.escalated) return 'not-escalated';
    if (proof.trim() === '') return 'no-proof';
  }
  const acknowledged = {
    by: person,
    atMs: draft.nowMs,
    ...(atHome || proof === undefined ? {} : { proof: proof.trim() }),
  };
  draft.put({ ...emergency, name: 'acknowledged', acknowledged });
  return undefined;
}

function beginToClear(draft: Draft, emergency: Emergency, person: Person, cause: string): EmergencyRefusal | undefined {
  if (emergency.name === 'unacknowledged') return 'not-acknowledged';
  const { home } = emergency.caller;
  const refused = refusalOf(defaultPermissions, person, 'clear_emergency', { controlRooms: home });
  if (refused !== undefined) return refused === 'not-own-control-room' ? 'not-home-control-room' : 'not-permitted';
  if (cause.trim() === '') return 'no-cause';
  const untilMs = draft.nowMs + draft.state.rules.confirmMs;
  draft.put({ ...emergency, name: 'clearing', clearing: { by: person, cause: cause.trim(), untilMs } });
  return undefined;
}

function clear(draft: Draft, emergency: Emergency, person: Person): EmergencyRefusal | undefined {
  const { clearing } = emergency;
  if (clearing === undefined) return 'not-clearing';
  if (clearing.by.person !== person.person) return 'other-person';
  draft.drop(emergency);
  draft.say({ name: 'over', emergency });
  if (!draft.has(emergency.group)) draft.say({ name: 'announce', announcement: 'emergency-end', emergency });
  return undefined;
}

/** Anybody who may clear at all: it only makes sure that nothing is cleared too soon. */
function withdraw(draft: Draft, emergency: Emergency, person: Person): EmergencyRefusal | undefined {
  if (emergency.clearing === undefined) return 'not-clearing';
  const refused = refusalOf(defaultPermissions, person, 'clear_emergency', { controlRooms: emergency.caller.home });
  if (refused !== undefined && refused !== 'not-own-control-room') return 'not-permitted';
  draft.put(notClearing(emergency));
  return undefined;
}

// ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function settle(draft: Draft, emergency: Emergency): void {
  const { nowMs } = draft;
  const { rules } = draft.state;
  let now = emergency;
  if (!now.announced && nowMs >= now.hotMicUntilMs) {
    now = { ...now, announced: true };
    draft.say({ name: 'announce', announcement: 'emergency', emergency: now });
  }
  if (now.name === 'unacknowledged') {
    const escalates = !now.escalated && nowMs >= now.sinceMs + rules.escalateMs;
    if (nowMs >= now.remindMs) {
      now = { ...now, remindMs: nowMs + rules.remindMs };
      draft.say({ name: 'remind', emergency: now });
      draft.say({ name: 'record', what: 'reminded', emergency: now.emergency });
    }
    if (escalates) {
      now = { ...now, escalated: true };
      draft.say({ name: 'escalate', emergency: now });
      draft.say({ name: 'record', what: 'escalated', emergency: now.emergency });
    }
  }
  if (now.clearing !== undefined && nowMs >= now.clearing.untilMs) now = notClearing(now);
  if (now !== emergency) draft.put(now);
}

function notClearing({ clearing: _, ...emergency }: Emergency): Emergency {
  return { ...emergency, name: 'acknowledged' };
}

/**
 * Of a group: the open emergency of the same radio. Where one of the two has no address they are taken for one only while
 * nobody has seen to it, and one that has none for somebody who has only if it was pressed after `sinceMs`.
 */
export function openOf(
  open: Iterable<Emergency>,
  group: GroupId,
  { leg, address }: Pick<Caller, 'leg' | 'address'>,
  sinceMs = -Infinity,
): Emergency | undefined {
  const here = [...open].filter((each) => each.group === group && each.caller.leg === leg);
  const own = here.find(({ caller }) => address !== '' && caller.address === address);
  if (own !== undefined) return own;
  const unseen = here.filter(({ name }) => name === 'unacknowledged');
  if (address === '') return unseen[0];
  return unseen.find(({ caller, pressedMs }) => caller.address === '' && pressedMs > sinceMs);
}

/** One step in the making. */
class Draft {
  readonly state: EmergencyState;
  readonly nowMs: number;
  readonly #open: Map<EmergencyId, Emergency>;
  readonly #actions: EmergencyAction[] = [];
  #raised: number;

  constructor(state: EmergencyState, nowMs: number) {
    this.state = state;
    this.nowMs = nowMs;
    this.#open = new Map(state.open);
    this.#raised = state.raised;
  }

  get open(): ReadonlyMap<EmergencyId, Emergency> {
    return this.#open;
  }

  nextId(): EmergencyId {
    this.#raised += 1;
    return this.#raised;
  }

  of(group: GroupId, caller: Caller): Emergency | undefined {
    return openOf(this.#open.values(), group, caller, this.nowMs - this.state.rules.hotMicMs);
  }

  has(group: GroupId): boolean {
    return hasOpen(this.#open, group);
  }

  put(emergency: Emergency): void {
    this.#open.set(emergency.emergency, emergency);
  }

  drop({ emergency }: Emergency): void {
    this.#open.delete(emergency);
  }

  /** What nobody has acknowledged gives way to nothing but to what is like it. */
  makeRoom(): void {
    if (this.#open.size < this.state.rules.openMax) return;
    const all = [...this.#open.values()];
    const oldest = all.find(({ name }) => name !== 'unacknowledged') ?? all[0];
    if (oldest === undefined) return;
    this.drop(oldest);
    this.say({ name: 'over', emergency: oldest });
    this.say({ name: 'record', what: 'gave-way', emergency: oldest.emergency });
  }

  say(action: EmergencyAction): void {
    this.#actions.push(action);
  }

  finish(): EmergencyStep {
    const before = this.state.open;
    for (const [id, emergency] of this.#open) {
      if (before.get(id) !== emergency) this.say({ name: 'changed', emergency });
    }
    const groups = new Set([...before.values(), ...this.#open.values()].map(({ group }) => group));
    for (const group of groups) {
      const open = hasOpen(this.#open, group);
      if (open !== hasOpen(before, group)) this.say({ name: 'group', group, open });
    }
    return { state: { ...this.state, open: this.#open, raised: this.#raised }, actions: this.#actions };
  }
}

function hasOpen(open: ReadonlyMap<EmergencyId, Emergency>, group: GroupId): boolean {
  for (const emergency of open.values()) if (emergency.group === group) return true;
  return false;
}
