import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FloorField, indicator, writeField } from '../../../src/protocols/mcptt/floor-fields.ts';
import {
  type FloorMessage,
  type FloorMessageName,
  fieldOf,
  readFloorDatagram,
  writeFloorMessage,
} from '../../../src/protocols/mcptt/floor-message.ts';
import {
  type Request,
  type ServerAction,
  type ServerEvent,
  type ServerSettings,
  type ServerState,
  serverAtRest,
  serverDeadlineMs,
  serverReceives,
  stepServer,
  type Talker,
} from '../../../src/protocols/mcptt/floor-server.ts';
import { vector } from './vectors.ts';

const settings: ServerSettings = {
  ssrc: 0x0a00_0001,
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
const participant = 0x2060_0001;
const request: Request = { priority: 5, mask: indicator.normal };
const be = { id: 'tel:+32470000001', mask: indicator.normal };
const fr = { id: 'sip:rfsi.101502007@inpt.example', mask: indicator.normal };

class Stand {
  state: ServerState = serverAtRest;
  nowMs = 0;
  done: ServerAction[] = [];
  readonly settings: ServerSettings;

  constructor(changes: Partial<ServerSettings> = {}) {
    this.settings = { ...settings, ...changes };
  }

  feed(...events: readonly ServerEvent[]): this {
    for (const event of events) {
      const step = stepServer(this.state, event, this.settings, this.nowMs);
      this.state = step.state;
      this.done.push(...step.actions);
    }
    return this;
  }

  hear(name: FloorMessageName, fields: FloorMessage['fields'] = [], ackWanted = false): this {
    const message = { name, ackWanted, ssrc: participant, fields };
    const step = serverReceives(this.state, message, this.settings, this.nowMs);
    this.state = step.state;
    this.done.push(...step.actions);
    return this;
  }

  pass(ms: number): this {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const dueMs = serverDeadlineMs(this.state, this.settings);
      if (dueMs > untilMs) break;
      this.nowMs = dueMs;
      this.feed({ name: 'tick' });
    }
    this.nowMs = untilMs;
    return this;
  }

  get sent(): FloorMessage[] {
    return this.done.flatMap((action) => (action.name === 'send' ? [action.message] : []));
  }

  /** What was done since last asked, sent messages by their name. */
  take(): string[] {
    return this.done.splice(0).map((action) => (action.name === 'send' ? action.message.name : action.name));
  }
}

const floor = (talker: Talker | undefined, mine = false, overriding?: Talker): ServerEvent => ({
  name: 'floor',
  mine,
  talker,
  overriding,
});
const asked: ServerEvent = { name: 'request', request, participant };
const idle = () => new Stand().feed({ name: 'connect', terms }, floor(undefined));
const taken = () => new Stand().feed({ name: 'connect', terms }, floor(be));
const permitted = () => idle().feed(asked, { name: 'granted', seconds: 30 }, floor(undefined, true));
const revoking = () => permitted().feed({ name: 'revoked', cause: 4 });
const hex = (message: FloorMessage | undefined) => Buffer.from(writeFloorMessage(message!)).toString('hex');
const example = (name: string) => Buffer.from(vector(name)).toString('hex');

describe('floor control server towards a participant (TS 24.380 §6.3.5)', () => {
  it('tells a late joiner the floor as it is: Idle when idle, Taken when taken (§6.3.5.2.2)', () => {
    expect(idle().take()).toEqual(['idle']);
    expect(taken().take()).toEqual(['taken']);
    expect(idle().state.name).toBe('idle');
    expect(taken().state.name).toBe('taken');
  });

  it('idle: brings a request to the arbiter, grants as in the example, repeats it three times (T20, C20)', () => {
    const stand = idle().feed(asked);
    expect(stand.take()).toEqual(['idle', 'ask']);
    stand.feed({ name: 'granted', seconds: 30 }, floor(undefined, true));
    expect(hex(stand.sent[0])).toBe(example('m02-floor-granted'));
    stand.pass(10_000);
    expect(stand.take()).toEqual(['granted', 'granted', 'granted']);
    expect(stand.state.name).toBe('permitted');
  });

  it('permitted: media or a Floor Ack end the repeats of the grant', () => {
    for (const stand of [
      permitted().feed({ name: 'media', flowing: true, unasked: false }),
      permitted().hear('ack', [{ name: 'messageType', subtype: 1 }]),
    ]) {
      stand.take();
      expect(stand.pass(10_000).take()).toEqual([]);
    }
  });

  it('permitted: asking again is granted again, with what is left', () => {
    const stand = permitted().feed({ name: 'media', flowing: true, unasked: false });
    stand.take();
    stand.feed(asked, { name: 'granted', seconds: 12 });
    expect(fieldOf(stand.sent[0]!, 'duration')?.seconds).toBe(12);
    expect(stand.take()).toEqual(['ask', 'granted']);
  });

  it('permitted: a Release lets go; the next talker or Idle is told once the arbiter says so', () => {
    const stand = permitted().hear('release', [], true);
    expect(hex(stand.sent.at(-1))).toBe(example('m12-floor-ack'));
    expect(stand.take().slice(-2)).toEqual(['ack', 'letGo']);
    stand.feed({ name: 'released' }, floor(be));
    expect(stand.take()).toEqual(['taken']);
    const free = permitted().hear('release').feed({ name: 'released' }, floor(undefined));
    expect(free.take().at(-1)).toBe('idle');
  });

  it('permitted: a revoke says what kind of call ends, not that of who talked before', () => {
    const distress = { ...be, mask: indicator.emergency };
    const stand = idle().feed(floor(distress), asked, { name: 'granted', seconds: 30 });
    stand.feed(floor(undefined, true), { name: 'revoked', cause: 2 });
    const [revoke] = stand.done.flatMap((action) => (action.name === 'send' ? [action.message] : [])).slice(-1);
    expect(revoke?.name).toBe('revoke');
    expect(fieldOf(revoke!, 'floorIndicator')?.mask).toBe(indicator.normal | indicator.queueing);
  });

  it('permitted: a revoke is repeated every second (T8) until Release, or until its grace is over', () => {
    const stand = revoking();
    stand.take();
    stand.pass(2500);
    expect(stand.take()).toEqual(['revoke', 'revoke']);
    stand.hear('release').feed({ name: 'released' }, floor(fr));
    expect(stand.take()).toEqual(['letGo', 'taken']);
    expect(stand.pass(5000).take()).toEqual([]);
    expect(revoking().feed(floor(fr)).state.name).toBe('taken');
  });

  it('taken: queued where both agreed to it, with the place; silently where not; Deny with its cause', () => {
    const stand = taken().feed(asked, { name: 'queued', position: 1 });
    expect(hex(stand.sent.at(-1))).toBe(example('m11-queue-position-info'));
    const alone = new Stand().feed({ name: 'connect', terms: { ...terms, queueing: false } }, floor(be));
    expect(alone.feed(asked, { name: 'queued', position: 1 }).take()).toEqual(['taken', 'ask']);
    const denied = taken().feed(asked, { name: 'denied', cause: 1 });
    expect(hex(denied.sent.at(-1))).toBe(example('m04-floor-deny-1'));
  });

  it('taken: says the place in the queue when asked, and 254 to who is not in it', () => {
    const place = (stand: Stand) => fieldOf(stand.hear('queuePositionRequest').sent.at(-1)!, 'queueInfo')?.position;
    expect(place(taken().feed(asked, { name: 'queued', position: 2 }))).toBe(2);
    expect(place(taken())).toBe(254);
  });

  it('taken: who is queued and releases gets out of the queue and is sent Taken', () => {
    const stand = taken().feed(asked, { name: 'queued', position: 1 }).hear('release').feed({ name: 'released' });
    expect(stand.take().slice(-2)).toEqual(['letGo', 'taken']);
  });

  it('taken: a cancelled request is taken back and its result said; one that is not there is not there', () => {
    const purpose: FloorMessage['fields'] = [{ name: 'queuedRequestsPurpose', purpose: 0 }];
    const queued = taken().feed(asked, { name: 'queued', position: 1 }).hear('queuedFloorRequests', purpose);
    expect(queued.take().slice(-2)).toEqual(['queuedFloorRequests', 'letGo']);
    const none = taken().hear('queuedFloorRequests', purpose);
    expect(fieldOf(none.sent.at(-1)!, 'responseState')?.state).toBe(3);
  });

  it('taken: another talker, or the same one named late, is told anew; the same is not', () => {
    const stand = taken().feed(floor(fr), floor(fr), floor({ ...fr, id: 'sip:late@inpt.example' }));
    expect(stand.take()).toEqual(['taken', 'taken', 'taken']);
    expect(stand.done).toEqual([]);
  });

  it('numbers Taken and Idle with one counter', () => {
    const stand = taken().feed(floor(undefined), floor(fr));
    expect(stand.sent.map((message) => fieldOf(message, 'sequenceNumber')?.number)).toEqual([1, 2, 3]);
  });

  it('idle: repeats Idle up to ten times at 1 s under one number (T7, C7), and says after 30 s that it is unused (T4)', () => {
    const stand = idle().pass(29_999);
    expect(new Set(stand.sent.map((message) => fieldOf(message, 'sequenceNumber')?.number))).toEqual(new Set([1]));
    expect(stand.take()).toEqual(Array.from({ length: 10 }, () => 'idle'));
    expect(stand.pass(1).take()).toEqual(['inactive']);
    expect(stand.pass(100_000).take()).toEqual([]);
  });

  it('media without permission: Revoke 3 after 500 ms of tail, every second, until they end (§6.3.5.7)', () => {
    const stand = taken().feed({ name: 'media', flowing: true, unasked: true }).pass(499);
    expect(stand.take()).toEqual(['taken']);
    stand.pass(1);
    expect(fieldOf(stand.sent[0]!, 'rejectCause')?.cause).toBe(3);
    expect(stand.pass(2000).take()).toEqual(['revoke', 'revoke', 'revoke']);
    expect(stand.feed({ name: 'media', flowing: false, unasked: false }).take()).toEqual(['taken']);
    const tail = taken().feed({ name: 'media', flowing: true, unasked: true }).pass(300);
    tail.feed({ name: 'media', flowing: false, unasked: false }).pass(5000);
    expect(tail.take()).toEqual(['taken']);
  });

  it('dual floor: names who talks over the permitted one with bit G, and its end with an Idle of bit G (§6.3.6)', () => {
    const stand = permitted();
    stand.take();
    stand.feed(floor(undefined, true, be), floor(undefined, true));
    const masks = stand.sent.map((message) => fieldOf(message, 'floorIndicator')?.mask ?? 0);
    expect(masks.every((mask) => (mask & indicator.dualFloor) !== 0)).toBe(true);
    expect(stand.take()).toEqual(['taken', 'idle']);
    expect(stand.state.name).toBe('permitted');
  });

  it('initiating: a session whose INVITE was a request waits for the arbiter, then is as any other', () => {
    const make = () => new Stand().feed({ name: 'connect', terms, request }, floor(be));
    expect(make().take()).toEqual(['ask']);
    expect(make().feed({ name: 'granted', seconds: 30 }).state.name).toBe('permitted');
    expect(make().feed({ name: 'denied', cause: 1 }).take()).toEqual(['ask', 'deny', 'taken']);
    expect(make().feed({ name: 'queued', position: 1 }).take()).toEqual(['ask', 'queuePositionInfo', 'taken']);
  });

  it('several users behind one participant: each answer has the Track Info of whom it is for (§8.2.3.13)', () => {
    const track = (reference: number, queueing = 1): FloorField => ({
      name: 'trackInfo',
      queueing,
      participantType: 'gateway',
      references: [reference],
    });
    const trackOf = (message: FloorMessage | undefined) => message && fieldOf(message, 'trackInfo')?.references;
    const stand = idle().hear('request', [{ name: 'floorPriority', priority: 5 }, track(1)]);
    stand.feed({ name: 'granted', seconds: 30 }, floor(undefined, true));
    expect(trackOf(stand.sent.at(-1))).toEqual([1]);
    stand.take();
    // Another user, no stronger: his floor is somebody else's, and the arbiter is not asked.
    stand.hear('request', [{ name: 'floorPriority', priority: 5 }, track(2)]);
    expect(hex(stand.sent[0])).toContain(Buffer.from(writeField(track(2))).toString('hex'));
    expect(stand.take()).toEqual(['deny']);
    // A stronger one takes it over: the first is revoked, and what the arbiter grants is the second's.
    stand.hear('request', [{ name: 'floorPriority', priority: 9 }, track(2)]);
    expect(trackOf(stand.sent[0])).toEqual([1]);
    expect(fieldOf(stand.sent[0]!, 'rejectCause')?.cause).toBe(4);
    expect(stand.take()).toEqual(['revoke', 'ask']);
    stand.feed({ name: 'granted', seconds: 30 });
    expect(trackOf(stand.sent.at(-1))).toEqual([2]);
    stand.take();
    expect(trackOf(stand.hear('release', [track(1)], true).sent.at(-1))).toEqual([1]);
    expect(stand.take()).toEqual(['ack']);
    expect(stand.hear('release', [track(2)]).take()).toEqual(['letGo']);
    // Who cannot queue is told no place.
    const silent = taken()
      .hear('request', [track(3, 0)])
      .feed({ name: 'queued', position: 1 });
    expect(silent.take()).toEqual(['taken', 'ask']);
  });

  it('says in Taken that nobody may ask, where the leg may not talk', () => {
    const stand = new Stand().feed({ name: 'connect', terms: { ...terms, mayRequest: false } }, floor(be));
    expect(fieldOf(stand.sent[0]!, 'permissionToRequest')?.permitted).toBe(false);
  });

  it('clamps a request to the priority that the session agreed on', () => {
    const stand = new Stand().feed({ name: 'connect', terms: { ...terms, priorityMax: 100 } }, floor(undefined));
    stand.hear('request', [{ name: 'floorPriority', priority: 200 }]);
    const ask = stand.done.at(-1);
    expect(ask?.name === 'ask' && ask.request.priority).toBe(100);
  });

  it('asks for Floor Acks where it is set up to', () => {
    const stand = new Stand({ wantsAck: true }).feed({ name: 'connect', terms }, floor(be));
    const [message] = readFloorDatagram(writeFloorMessage(stand.sent[0]!)).messages;
    expect(message?.ackWanted).toBe(true);
  });

  it('obeys neither a Floor Revoke Request nor Unicast Media Flow Control', () => {
    for (const make of [idle, taken, permitted, revoking]) {
      const stand = make();
      const { state } = stand;
      stand.take();
      expect(stand.hear('revokeRequest').take()).toEqual([]);
      expect(stand.hear('mediaFlowControl', [{ name: 'mediaFlow', resume: false }], true).take()).toEqual(['ack']);
      expect(stand.state).toBe(state);
    }
  });

  it('answers any history: no throw, deadlines move on, the end of the session lets go', () => {
    const event = fc.oneof(
      fc.constantFrom<ServerEvent>(
        { name: 'connect', terms },
        { name: 'connect', terms, request },
        { name: 'disconnect' },
        asked,
        { name: 'release' },
        { name: 'askPosition' },
        { name: 'cancel' },
        { name: 'ack', subtype: 1 },
        { name: 'media', flowing: true, unasked: true },
        { name: 'media', flowing: true, unasked: false },
        { name: 'media', flowing: false, unasked: false },
        { name: 'granted', seconds: 30 },
        { name: 'queued', position: 1 },
        { name: 'denied', cause: 1 },
        { name: 'revoked', cause: 4 },
        { name: 'released' },
        floor(undefined),
        floor(be),
        floor(undefined, true),
        floor(undefined, true, fr),
      ),
      fc.nat(3000),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (history) => {
        const stand = new Stand().feed({ name: 'connect', terms });
        for (const each of history) {
          if (typeof each === 'number') stand.pass(each);
          else stand.feed(each);
          expect(serverDeadlineMs(stand.state, settings)).toBeGreaterThanOrEqual(stand.nowMs);
        }
        for (const message of stand.sent) {
          expect(readFloorDatagram(writeFloorMessage(message))).toEqual({ messages: [message], faults: [] });
        }
        expect(stand.feed({ name: 'disconnect' }).state).toEqual(serverAtRest);
      }),
      { numRuns: 500 },
    );
  });
});
