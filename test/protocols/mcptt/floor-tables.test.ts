/**
 * Both machines of floor control walked cell by cell: every state meets every event. What is not in a table changes
 * nothing and says nothing, as TS 24.380 §6.2.4.1 and §6.3.4.1 ask.
 */
import { describe, expect, it } from 'vitest';
import { indicator } from '../../../src/protocols/mcptt/floor-fields.ts';
import {
  type ParticipantAction,
  type ParticipantEvent,
  type ParticipantSettings,
  type ParticipantState,
  participantAtRest,
  stepParticipant,
} from '../../../src/protocols/mcptt/floor-participant.ts';
import {
  type ServerAction,
  type ServerEvent,
  type ServerSettings,
  type ServerState,
  serverAtRest,
  stepServer,
} from '../../../src/protocols/mcptt/floor-server.ts';

/** Of an event: the state after it, and what is done: messages by their name. */
type Row = Readonly<Record<string, readonly [next: string, ...done: string[]]>>;

/** `by`: the events and waits (ms) that lead to the state. */
interface Case<Event> {
  readonly clause: string;
  readonly state: string;
  readonly by: readonly (Event | number)[];
  readonly row: Row;
}

const said = (action: ParticipantAction | ServerAction): string => {
  if (action.name === 'send') return action.message.name;
  if (action.name === 'talk') return action.allowed ? 'may talk' : 'may not talk';
  return action.name;
};

// ── Participant ──────────────────────────────────────────────────────────────────────────────────────────────────

const participantSettings: ParticipantSettings = {
  ssrc: 1,
  releaseMs: 1000,
  requestMs: 1000,
  positionMs: 1000,
  releasesMax: 3,
  requestsMax: 3,
  positionsMax: 3,
  mediaEndMs: 4000,
  offerMs: 2000,
};
const wish = { priority: 5, mask: indicator.normal };
const connect: ParticipantEvent = { name: 'connect', granted: false };
const push: ParticipantEvent = { name: 'push', wish };
const taken: ParticipantEvent = { name: 'taken', talker: { id: 'x', mask: 0 }, closed: false };
const participantEvents: readonly ParticipantEvent[] = [
  connect,
  { name: 'disconnect' },
  push,
  { name: 'release' },
  { name: 'granted' },
  { name: 'deny', cause: 1 },
  { name: 'revoke', cause: 4 },
  { name: 'queuePosition', position: 1 },
  { name: 'dequeued' },
  { name: 'idle', beside: false },
  taken,
  { name: 'left', id: 'x' },
  { name: 'media', flowing: true },
  { name: 'tick' },
];

const participantCases: readonly Case<ParticipantEvent>[] = [
  {
    clause: '§6.2.4.2 Start-stop',
    state: 'startStop',
    by: [],
    row: { connect: ['noPermission'], push: ['startStop', 'may not talk'] },
  },
  {
    clause: '§6.2.4.3 U: has no permission',
    state: 'noPermission',
    by: [connect],
    row: {
      disconnect: ['startStop'],
      push: ['pendingRequest', 'request'],
      granted: ['pendingRelease', 'release'],
      taken: ['noPermission', 'talker'],
    },
  },
  {
    clause: '§6.2.4.4 U: pending Request',
    state: 'pendingRequest',
    by: [connect, push],
    row: {
      disconnect: ['startStop', 'may not talk'],
      release: ['pendingRelease', 'release'],
      granted: ['hasPermission', 'may talk'],
      deny: ['noPermission', 'may not talk'],
      revoke: ['pendingRelease', 'may not talk', 'release'],
      queuePosition: ['queued', 'queued'],
      taken: ['pendingRequest', 'talker'],
      tick: ['pendingRequest', 'request'],
    },
  },
  {
    clause: '§6.2.4.5 U: has permission',
    state: 'hasPermission',
    by: [connect, push, { name: 'granted' }],
    row: {
      disconnect: ['startStop', 'may not talk'],
      push: ['hasPermission', 'may talk'],
      release: ['pendingRelease', 'release'],
      granted: ['hasPermission', 'may talk'],
      revoke: ['pendingRelease', 'may not talk', 'release'],
      idle: ['noPermission', 'may not talk'],
      taken: ['hasPermission', 'talker'],
    },
  },
  {
    clause: '§6.2.4.6 U: pending Release',
    state: 'pendingRelease',
    by: [connect, push, { name: 'granted' }, { name: 'release' }],
    row: {
      disconnect: ['startStop', 'may not talk'],
      idle: ['noPermission'],
      taken: ['noPermission', 'talker'],
      media: ['noPermission'],
      tick: ['pendingRelease', 'release'],
    },
  },
  {
    clause: '§6.2.4.9 U: queued',
    state: 'queued',
    by: [connect, push, { name: 'queuePosition', position: 2 }],
    row: {
      disconnect: ['startStop', 'may not talk'],
      push: ['queued', 'queuePositionRequest'],
      release: ['pendingRelease', 'release'],
      granted: ['queued', 'offered'],
      deny: ['noPermission', 'may not talk'],
      revoke: ['pendingRelease', 'may not talk', 'release'],
      queuePosition: ['queued', 'queued'],
      dequeued: ['noPermission', 'may not talk'],
      idle: ['noPermission', 'may not talk'],
      taken: ['queued', 'talker'],
    },
  },
  {
    clause: '§6.2.4.3, somebody else talking',
    state: 'noPermission',
    by: [connect, taken],
    row: {
      disconnect: ['startStop', 'talkerEnded'],
      push: ['pendingRequest', 'request'],
      granted: ['pendingRelease', 'release'],
      idle: ['noPermission', 'talkerEnded'],
      taken: ['noPermission', 'talker'],
      left: ['noPermission', 'talkerEnded'],
    },
  },
];

// ── Server ───────────────────────────────────────────────────────────────────────────────────────────────────────

const serverSettings: ServerSettings = {
  ssrc: 1,
  inactivityMs: 30_000,
  idleAgainMs: 1000,
  idlesMax: 10,
  revokeAgainMs: 1000,
  grantAgainMs: 1000,
  grantsMax: 3,
  tailMs: 500,
  wantsAck: false,
};
const terms = { queueing: true, priorityMax: 255, mayRequest: true };
const begin: ServerEvent = { name: 'connect', terms };
const asked: ServerEvent = { name: 'request', request: wish, participant: 2 };
const granted: ServerEvent = { name: 'granted', seconds: 30 };
const unasked: ServerEvent = { name: 'media', flowing: true, unasked: true };
const floorOf = (id: string | undefined): ServerEvent => ({
  name: 'floor',
  mine: false,
  talker: id === undefined ? undefined : { id, mask: indicator.normal },
  overriding: undefined,
});
const serverEvents: readonly ServerEvent[] = [
  begin,
  { name: 'disconnect' },
  asked,
  { name: 'release' },
  { name: 'askPosition' },
  { name: 'cancel' },
  { name: 'ack', subtype: 1 },
  unasked,
  granted,
  { name: 'queued', position: 1 },
  { name: 'denied', cause: 1 },
  { name: 'revoked', cause: 4 },
  { name: 'released' },
  floorOf('b'),
  { name: 'tick' },
];

/** The same in every state with a session. */
const anywhere = (state: string): Row => ({
  request: [state, 'ask'],
  release: [state, 'letGo'],
  askPosition: [state, 'queuePositionInfo'],
  cancel: [state, 'queuedFloorRequests'],
});

const serverCases: readonly Case<ServerEvent>[] = [
  { clause: '§6.3.5.2 Start-stop', state: 'startStop', by: [], row: { connect: ['taken'] } },
  {
    clause: '§6.3.5.10 U: not permitted and initiating',
    state: 'initiating',
    by: [{ name: 'connect', terms, request: wish }],
    row: {
      ...anywhere('initiating'),
      disconnect: ['startStop', 'letGo'],
      granted: ['permitted', 'granted'],
      queued: ['idle', 'queuePositionInfo', 'idle'],
      denied: ['idle', 'deny', 'idle'],
      released: ['idle', 'idle'],
    },
  },
  {
    clause: '§6.3.5.3 U: not permitted and Floor Idle',
    state: 'idle',
    by: [begin, floorOf(undefined)],
    row: {
      ...anywhere('idle'),
      disconnect: ['startStop'],
      granted: ['permitted', 'granted'],
      queued: ['idle', 'queuePositionInfo'],
      denied: ['idle', 'deny'],
      released: ['idle', 'idle'],
      floor: ['taken', 'taken'],
      tick: ['idle', 'idle'],
    },
  },
  {
    clause: '§6.3.5.4 U: not permitted and Floor Taken',
    state: 'taken',
    by: [begin, floorOf('a')],
    row: {
      ...anywhere('taken'),
      disconnect: ['startStop'],
      granted: ['permitted', 'granted'],
      queued: ['taken', 'queuePositionInfo'],
      denied: ['taken', 'deny'],
      revoked: ['taken', 'deny'],
      released: ['taken', 'taken'],
      floor: ['taken', 'taken'],
    },
  },
  {
    clause: '§6.3.5.5 U: permitted',
    state: 'permitted',
    by: [begin, floorOf(undefined), asked, granted],
    row: {
      ...anywhere('permitted'),
      disconnect: ['startStop', 'letGo'],
      granted: ['permitted', 'granted'],
      denied: ['permitted', 'deny'],
      revoked: ['revoking', 'revoke'],
      floor: ['taken', 'taken'],
      tick: ['permitted', 'granted'],
    },
  },
  {
    clause: '§6.3.5.6 U: pending Floor Revoke',
    state: 'revoking',
    by: [begin, floorOf(undefined), asked, granted, { name: 'revoked', cause: 2 }],
    row: {
      ...anywhere('revoking'),
      disconnect: ['startStop', 'letGo'],
      granted: ['permitted', 'granted'],
      queued: ['revoking', 'queuePositionInfo'],
      denied: ['revoking', 'deny'],
      revoked: ['revoking', 'revoke'],
      floor: ['taken', 'taken'],
      tick: ['revoking', 'revoke'],
    },
  },
  {
    clause: '§6.3.5.7 U: not permitted but sends media',
    state: 'sendsMedia',
    by: [begin, floorOf('a'), unasked, 500, { name: 'tick' }],
    row: {
      ...anywhere('sendsMedia'),
      disconnect: ['startStop'],
      granted: ['permitted', 'granted'],
      queued: ['sendsMedia', 'queuePositionInfo'],
      denied: ['sendsMedia', 'deny'],
      released: ['taken', 'taken'],
      tick: ['sendsMedia', 'revoke'],
    },
  },
];

/** Steps on; a number lets so many ms pass. A state's own timer is due 1000 ms after it began. */
function walk<State, Event extends { readonly name: string }>(
  step: (state: State, event: Event, nowMs: number) => { readonly state: State; readonly actions: readonly object[] },
  rest: State,
  by: readonly (Event | number)[],
  last: Event,
): { readonly state: State; readonly actions: readonly object[] } {
  let [state, nowMs] = [rest, 0];
  for (const each of by) {
    if (typeof each === 'number') nowMs += each;
    else state = step(state, each, nowMs).state;
  }
  return step(state, last, last.name === 'tick' ? nowMs + 1000 : nowMs);
}

describe('floor participant, cell by cell (TS 24.380 §6.2.4)', () => {
  const step = (state: ParticipantState, event: ParticipantEvent, nowMs: number) =>
    stepParticipant(state, event, participantSettings, nowMs);
  for (const { clause, state, by, row } of participantCases) {
    it(`${clause}: all ${participantEvents.length} events`, () => {
      const seen = participantEvents.map((event) => {
        const { state: next, actions } = walk(step, participantAtRest, by, event);
        return [event.name, next.name, ...(actions as ParticipantAction[]).map(said)];
      });
      expect(seen).toEqual(participantEvents.map(({ name }) => [name, ...(row[name] ?? [state])]));
    });
  }
});

describe('floor control server towards a participant, cell by cell (TS 24.380 §6.3.5)', () => {
  const step = (state: ServerState, event: ServerEvent, nowMs: number) =>
    stepServer(state, event, serverSettings, nowMs);
  for (const { clause, state, by, row } of serverCases) {
    it(`${clause}: all ${serverEvents.length} events`, () => {
      const seen = serverEvents.map((event) => {
        const { state: next, actions } = walk(step, serverAtRest, by, event);
        return [event.name, next.name, ...(actions as ServerAction[]).map(said)];
      });
      expect(seen).toEqual(serverEvents.map(({ name }) => [name, ...(row[name] ?? [state])]));
    });
  }
});
