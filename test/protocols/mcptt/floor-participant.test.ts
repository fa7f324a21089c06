import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indicator } from '../../../src/protocols/mcptt/floor-fields.ts';
import {
  type FloorMessage,
  type FloorMessageName,
  readFloorDatagram,
} from '../../../src/protocols/mcptt/floor-message.ts';
import {
  type ParticipantAction,
  type ParticipantEvent,
  type ParticipantSettings,
  type ParticipantState,
  participantAtRest,
  participantDeadlineMs,
  participantReceives,
  stepParticipant,
  type Wish,
} from '../../../src/protocols/mcptt/floor-participant.ts';
import { vector } from './vectors.ts';

const settings: ParticipantSettings = {
  ssrc: 0x2060_0001,
  releaseMs: 1000,
  requestMs: 1000,
  positionMs: 1000,
  releasesMax: 3,
  requestsMax: 3,
  positionsMax: 3,
  mediaEndMs: 4000,
  offerMs: 2000,
};
const wish: Wish = { priority: 5, mask: indicator.normal };
const emergency: Wish = { priority: 255, mask: indicator.emergency };

class Stand {
  state: ParticipantState = participantAtRest;
  nowMs = 0;
  done: ParticipantAction[] = [];

  feed(event: ParticipantEvent): this {
    const step = stepParticipant(this.state, event, settings, this.nowMs);
    this.state = step.state;
    this.done.push(...step.actions);
    return this;
  }

  hear(name: FloorMessageName, fields: FloorMessage['fields'] = [], ackWanted = false): this {
    const message = { name, ackWanted, ssrc: 1, fields };
    const step = participantReceives(this.state, message, settings, this.nowMs);
    this.state = step.state;
    this.done.push(...step.actions);
    return this;
  }

  pass(ms: number): this {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const dueMs = participantDeadlineMs(this.state);
      if (dueMs > untilMs) break;
      this.nowMs = dueMs;
      this.feed({ name: 'tick' });
    }
    this.nowMs = untilMs;
    return this;
  }

  /** What was done since last asked, sent messages by their name. */
  take(): string[] {
    return this.done.splice(0).map((action) => {
      if (action.name === 'send') return action.message.name;
      return action.name === 'talk' ? `${action.allowed ? 'may' : 'may not'} talk` : action.name;
    });
  }
}

const connected = () => new Stand().feed({ name: 'connect', granted: false });
const asking = () => connected().feed({ name: 'push', wish });
const talking = () => asking().hear('granted', [{ name: 'duration', seconds: 30 }]);
const waiting = () => asking().hear('queuePositionInfo', [{ name: 'queueInfo', position: 2, priority: 5 }]);
const leaving = () => talking().feed({ name: 'release' });
const deny: FloorMessage['fields'] = [{ name: 'rejectCause', cause: 1 }];
const taken: FloorMessage['fields'] = [{ name: 'grantedParty', id: 'tel:+32470000001' }];

describe('floor participant (TS 24.380 §6.2.4)', () => {
  it('has no permission: asks on a push with the octets of the example', () => {
    const stand = asking();
    const [sent] = stand.done;
    expect(sent?.name === 'send' && [sent.message]).toEqual(readFloorDatagram(vector('m01-floor-request')).messages);
    expect(stand.state.name).toBe('pendingRequest');
  });

  it('pending request: may talk when granted, may not when denied, and says so', () => {
    expect(talking().take()).toEqual(['request', 'may talk']);
    expect(talking().state.name).toBe('hasPermission');
    const denied = asking().hear('deny', deny);
    expect(denied.take()).toEqual(['request', 'may not talk']);
    expect(denied.state.name).toBe('noPermission');
  });

  it('pending request: asks three times at 1 s (T101, C101), then gives up after 3 s', () => {
    const stand = asking().pass(2999);
    expect(stand.take()).toEqual(['request', 'request', 'request']);
    stand.pass(1);
    expect(stand.take()).toEqual(['may not talk']);
    expect(stand.state.name).toBe('noPermission');
  });

  it('pending request: a release or a revoke ends in a Release', () => {
    for (const stand of [asking().feed({ name: 'release' }), asking().hear('revoke', deny)]) {
      expect(stand.take().at(-1)).toBe('release');
      expect(stand.state.name).toBe('pendingRelease');
    }
  });

  it('pending request: a talk that became an emergency is asked for at once, the same one is not', () => {
    const stand = asking().feed({ name: 'push', wish }).feed({ name: 'push', wish: emergency });
    expect(stand.take()).toEqual(['request', 'request']);
  });

  it('has permission: ends by its release, and by a revoke with its media stopped first', () => {
    expect(leaving().take()).toEqual(['request', 'may talk', 'release']);
    expect(talking().hear('revoke', deny).take()).toEqual(['request', 'may talk', 'may not talk', 'release']);
  });

  it('has permission: asks anew when its talk becomes an emergency, and talks on', () => {
    const stand = talking();
    stand.take();
    stand.feed({ name: 'push', wish: emergency });
    expect(stand.take()).toEqual(['request']);
    expect(stand.state.name).toBe('hasPermission');
  });

  it('has permission: says so again to whoever asks again, and when it is granted again', () => {
    const stand = talking();
    stand.take();
    stand.feed({ name: 'push', wish });
    expect(stand.take()).toEqual(['may talk']);
    stand.feed({ name: 'push', wish: emergency }).hear('granted');
    expect(stand.take()).toEqual(['request', 'may talk']);
    expect(stand.state.name).toBe('hasPermission');
  });

  it('has permission: loses it to a Floor Idle, but not to one that ends an override beside it (bit G)', () => {
    const beside = talking().hear('idle', [{ name: 'floorIndicator', mask: indicator.dualFloor }]);
    expect(beside.state.name).toBe('hasPermission');
    expect(talking().hear('idle').take().at(-1)).toBe('may not talk');
  });

  it('pending release: ends with Idle, Taken or media; without them after three Releases (T100, C100)', () => {
    for (const end of [
      leaving().hear('idle'),
      leaving().hear('taken', taken),
      leaving().feed({ name: 'media', flowing: true }),
    ]) {
      expect(end.state.name).toBe('noPermission');
    }
    const unanswered = leaving().pass(3000);
    expect(unanswered.take().filter((each) => each === 'release')).toHaveLength(3);
    expect(unanswered.state.name).toBe('noPermission');
  });

  it('pending release: a push meanwhile is made good as soon as the release is done', () => {
    const stand = leaving().feed({ name: 'push', wish });
    expect(stand.state.name).toBe('pendingRelease');
    stand.hear('idle');
    expect(stand.take().at(-1)).toBe('request');
    expect(stand.state.name).toBe('pendingRequest');
  });

  it('queued: what is granted is offered, and taken by a push within 2 s (T132)', () => {
    const stand = waiting().hear('granted', [{ name: 'duration', seconds: 30 }]);
    expect(stand.take()).toEqual(['request', 'queued', 'offered']);
    stand.feed({ name: 'push', wish });
    expect(stand.take()).toEqual(['may talk']);
    const left = waiting()
      .hear('granted', [{ name: 'duration', seconds: 30 }])
      .pass(2000);
    expect(left.take().slice(-2)).toEqual(['may not talk', 'release']);
  });

  it('queued: asks for its place on a repeated wish, three times (T104, C104), then has no permission', () => {
    const stand = waiting().feed({ name: 'push', wish });
    expect(stand.take().at(-1)).toBe('queuePositionRequest');
    stand.feed({ name: 'push', wish });
    expect(stand.take()).toEqual([]);
    stand.pass(3000);
    expect(stand.take()).toEqual(['queuePositionRequest', 'queuePositionRequest', 'may not talk']);
    const answered = waiting().feed({ name: 'push', wish });
    answered.hear('queuePositionInfo', [{ name: 'queueInfo', position: 1, priority: 5 }]).pass(60_000);
    expect(answered.state.name).toBe('queued');
  });

  it('queued: a Deny or Idle ends the wait, a release takes it out of the queue', () => {
    for (const stand of [waiting().hear('deny', deny), waiting().hear('idle')]) {
      expect(stand.state.name).toBe('noPermission');
    }
    expect(waiting().feed({ name: 'release' }).take().at(-1)).toBe('release');
  });

  it('queued: a request that somebody else took out of the queue ends the wait (Release 17)', () => {
    const notified: FloorMessage['fields'] = [{ name: 'queuedRequestsPurpose', purpose: 2 }];
    const stand = waiting().hear('queuedFloorRequests', notified, true);
    expect(stand.take()).toEqual(['request', 'queued', 'ack', 'may not talk']);
    expect(stand.state.name).toBe('noPermission');
    expect(asking().hear('queuedFloorRequests', notified).state.name).toBe('pendingRequest');
  });

  it('has no permission: asks for nothing while a broadcast lets nobody ask, but for an emergency, until Idle', () => {
    const broadcast: FloorMessage['fields'] = [...taken, { name: 'permissionToRequest', permitted: false }];
    const stand = connected().hear('taken', broadcast);
    stand.take();
    stand.feed({ name: 'push', wish });
    expect(stand.done).toEqual([{ name: 'talk', allowed: false, cause: 5 }]);
    expect(stand.take()).toEqual(['may not talk']);
    stand.feed({ name: 'push', wish: emergency });
    expect(stand.take()).toEqual(['request']);
    const after = connected().hear('taken', broadcast).hear('idle');
    after.take();
    expect(after.feed({ name: 'push', wish }).take()).toEqual(['request']);
  });

  it('of several talkers the last one named has ended when his Release Multi Talker comes, not with another’s', () => {
    const users: FloorMessage['fields'] = [{ name: 'grantedUsers', ids: ['tel:1', 'tel:2'] }];
    const stand = connected().hear('taken', users);
    stand.hear('releaseMultiTalker', [{ name: 'userId', id: 'tel:1' }]);
    expect(stand.take()).toEqual(['talker']);
    stand.hear('releaseMultiTalker', [{ name: 'userId', id: 'tel:2' }]);
    expect(stand.take()).toEqual(['talkerEnded']);
  });

  it('dual floor: who was talked over talks on when the override ends (bit G), and both have ended with Idle', () => {
    const over: FloorMessage['fields'] = [
      { name: 'grantedParty', id: 'tel:2' },
      { name: 'floorIndicator', mask: indicator.dualFloor },
    ];
    const both = () => connected().hear('taken', taken).hear('taken', over).hear('taken', over);
    const stand = both();
    stand.take();
    stand.hear('idle', [{ name: 'floorIndicator', mask: indicator.dualFloor }]);
    expect(stand.done).toEqual([{ name: 'talker', talker: { id: 'tel:+32470000001', mask: 0 } }]);
    stand.take();
    expect(stand.hear('idle').take()).toEqual(['talkerEnded']);
    expect(both().hear('idle').take().at(-1)).toBe('talkerEnded');
    // Another one who takes the floor without bit G talks alone.
    const alone = both().hear('taken', [{ name: 'grantedParty', id: 'tel:3' }]);
    alone.take();
    expect(alone.hear('idle', [{ name: 'floorIndicator', mask: indicator.dualFloor }]).take()).toEqual(['talkerEnded']);
  });

  it('several talkers: the one before talks on when the last has ended, and the end of one of them ends but his', () => {
    const joins = (id: string): FloorMessage['fields'] => [
      { name: 'grantedUsers', ids: ['tel:0', id] },
      { name: 'floorIndicator', mask: indicator.multiTalker },
    ];
    const ends = (id: string): FloorMessage['fields'] => [{ name: 'userId', id }];
    const stand = connected().hear('taken', joins('tel:1')).hear('taken', joins('tel:2'));
    stand.take();
    stand.hear('releaseMultiTalker', ends('tel:2'));
    expect(stand.done).toMatchObject([{ name: 'talker', talker: { id: 'tel:1' } }]);
    expect(stand.hear('releaseMultiTalker', ends('tel:1')).take()).toEqual(['talker', 'talkerEnded']);
  });

  it('names a talker whose MCPTT ID is kept from us by his functional alias, and places him', () => {
    const stand = connected().hear('taken', [
      { name: 'grantedParty', id: '' },
      { name: 'functionalAlias', alias: 'sip:ops1@be.example' },
      { name: 'locations', locations: [{ kind: 'none' }] },
    ]);
    expect(stand.done).toEqual([
      { name: 'talker', talker: { id: 'sip:ops1@be.example', mask: 0, location: { kind: 'none' } } },
    ]);
  });

  it('acknowledges every message that asks for it, in any state, as a participant', () => {
    const stand = connected().hear('idle', [], true);
    expect(stand.done[0]).toMatchObject({
      name: 'send',
      message: {
        name: 'ack',
        fields: [
          { name: 'source', source: 0 },
          { name: 'messageType', subtype: 5 },
        ],
      },
    });
  });

  it('names who else talks, and holds that ended 4 s after the last media (T103) or at Idle', () => {
    const stand = connected().hear('taken', taken).pass(3999);
    expect(stand.take()).toEqual(['talker']);
    stand.feed({ name: 'media', flowing: true }).pass(30_000).feed({ name: 'media', flowing: false }).pass(3999);
    expect(stand.take()).toEqual([]);
    stand.pass(1);
    expect(stand.take()).toEqual(['talkerEnded']);
    expect(connected().hear('taken', taken).hear('idle').take()).toEqual(['talker', 'talkerEnded']);
  });

  it('passes over a Floor Taken that is older than one heard, and knows a wrapped number for newer', () => {
    const numbered = (number: number): FloorMessage['fields'] => [...taken, { name: 'sequenceNumber', number }];
    const stand = connected()
      .hear('taken', numbered(65_535))
      .hear('idle', [{ name: 'sequenceNumber', number: 0 }]);
    expect(stand.take()).toEqual(['talker', 'talkerEnded']);
    expect(stand.hear('taken', numbered(65_535)).take()).toEqual([]);
  });

  it('starts pending when the INVITE was taken as a request, and talking when its answer granted it', () => {
    const pending = new Stand().feed({ name: 'connect', wish, granted: false });
    expect(pending.state.name).toBe('pendingRequest');
    expect(pending.pass(1000).take()).toEqual(['request']);
    expect(new Stand().feed({ name: 'connect', wish, granted: true }).take()).toEqual(['may talk']);
  });

  it('gives back what is granted when nothing is wished for', () => {
    expect(
      connected()
        .hear('granted', [{ name: 'duration', seconds: 1 }])
        .take(),
    ).toEqual(['release']);
  });

  it('answers any history: no throw, deadlines move on, no talker is left behind', () => {
    const event = fc.oneof(
      fc.constantFrom<ParticipantEvent>(
        { name: 'connect', granted: false },
        { name: 'connect', granted: true, wish },
        { name: 'disconnect' },
        { name: 'push', wish },
        { name: 'push', wish: emergency },
        { name: 'release' },
        { name: 'granted' },
        { name: 'deny', cause: 1 },
        { name: 'revoke', cause: 4 },
        { name: 'queuePosition', position: 1 },
        { name: 'idle', beside: false },
        { name: 'idle', beside: true },
        { name: 'taken', talker: { id: 'x', mask: 0 }, closed: false },
        { name: 'taken', talker: { id: 'y', mask: 0 }, closed: true },
        { name: 'left', id: 'x' },
        { name: 'dequeued' },
        { name: 'media', flowing: true },
        { name: 'media', flowing: false },
      ),
      fc.nat(5000),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (history) => {
        const stand = connected();
        for (const each of history) {
          if (typeof each === 'number') stand.pass(each);
          else stand.feed(each);
          expect(participantDeadlineMs(stand.state)).toBeGreaterThanOrEqual(stand.nowMs);
        }
        // Whatever came before, a session that ends leaves nothing behind.
        expect(stand.feed({ name: 'disconnect' }).state).toEqual(participantAtRest);
        expect(stand.done.findLast(({ name }) => name.startsWith('talker'))?.name).not.toBe('talker');
      }),
      { numRuns: 500 },
    );
  });
});
