import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hop } from '../../../src/protocols/sip/hop.ts';
import { SipHeaders, type SipRequest, type SipResponse } from '../../../src/protocols/sip/message.ts';
import { Registrar } from '../../../src/protocols/sip/registrar.ts';
import {
  notRegistered,
  type RegistrationEvent,
  registrationDeadlineMs,
  stepRegistration,
} from '../../../src/protocols/sip/registration.ts';
import { uri } from './two-agents.ts';

const flow: Hop = { transport: 'udp', address: '198.51.100.7', port: 5999 };

function register(fields: { contacts?: string; expires?: number; callId?: string; sequence?: number }): SipRequest {
  const { contacts, expires, callId = 'c', sequence = 1 } = fields;
  const headers = new SipHeaders([
    ['To', '<sip:box@escaut.invalid>'],
    ['Call-ID', callId],
    ['CSeq', `${sequence} REGISTER`],
  ]);
  if (contacts !== undefined) headers.append('Contact', contacts);
  if (expires !== undefined) headers.append('Expires', String(expires));
  return { kind: 'request', method: 'REGISTER', uri: uri('sip:escaut.invalid'), headers, body: new Uint8Array(0) };
}

const status = (answer: { readonly status: number }) => answer.status;

describe('registrar (RFC 3261 §10.3)', () => {
  it('keeps a binding with its flow for as long as was granted, 300 s at most', () => {
    const registrar = new Registrar();
    const answer = registrar.register('box', register({ contacts: '<sip:box@192.168.1.7>', expires: 3600 }), flow, 0);
    expect(answer).toEqual({ status: 200, headers: [['Contact', '<sip:box@192.168.1.7>;expires=300']] });
    expect(registrar.bindings('box', 299_999)).toMatchObject([{ flow, contact: { host: '192.168.1.7' } }]);
    expect(registrar.deadlineMs).toBe(300_000);
    expect(registrar.expire(300_000)).toEqual(['box']);
    expect(registrar.bindings('box', 300_000)).toEqual([]);
    expect(registrar.deadlineMs).toBe(Infinity);
  });

  it('takes the expires of the contact before that of the header, and refuses less than 20 s with 423', () => {
    const registrar = new Registrar();
    registrar.register('box', register({ contacts: '<sip:a@h>;expires=60', expires: 30 }), flow, 0);
    expect(registrar.bindings('box', 0)[0]?.expiresAtMs).toBe(60_000);
    const refused = registrar.register('box', register({ contacts: '<sip:b@h>;expires=19', sequence: 2 }), flow, 0);
    expect(refused).toEqual({ status: 423, headers: [['Min-Expires', '20']] });
  });

  it('lists the bindings to a REGISTER without Contact', () => {
    const registrar = new Registrar();
    registrar.register('box', register({ contacts: '<sip:a@h>, <sip:b@h>', expires: 60 }), flow, 0);
    const { headers } = registrar.register('box', register({ callId: 'other' }), flow, 20_000);
    expect(headers?.map(([, value]) => value)).toEqual(['<sip:b@h>;expires=40', '<sip:a@h>;expires=40']);
  });

  it('removes one by expires=0, all by * with Expires 0, and refuses * otherwise', () => {
    const registrar = new Registrar();
    registrar.register('box', register({ contacts: '<sip:a@h>, <sip:b@h>', expires: 60 }), flow, 0);
    registrar.register('box', register({ contacts: '<sip:a@h>;expires=0', sequence: 2 }), flow, 0);
    expect(registrar.bindings('box', 0)).toHaveLength(1);
    expect(status(registrar.register('box', register({ contacts: '*', sequence: 3, expires: 60 }), flow, 0))).toBe(400);
    expect(status(registrar.register('box', register({ contacts: '*', sequence: 4, expires: 0 }), flow, 0))).toBe(200);
    expect(registrar.bindings('box', 0)).toEqual([]);
  });

  it('refuses what is not newer within one Call-ID, as a whole; another Call-ID (a box that was restarted) is taken', () => {
    const registrar = new Registrar();
    registrar.register('box', register({ contacts: '<sip:a@h>', sequence: 5, expires: 60 }), flow, 0);
    const old = register({ contacts: '<sip:new@h>, <sip:a@h>', sequence: 5, expires: 60 });
    expect(status(registrar.register('box', old, flow, 0))).toBe(500);
    expect(registrar.bindings('box', 0)).toHaveLength(1);
    expect(status(registrar.register('box', register({ contacts: '*', sequence: 5, expires: 0 }), flow, 0))).toBe(500);
    const restarted = register({ contacts: '<sip:a@h>', callId: 'again', sequence: 1, expires: 60 });
    expect(status(registrar.register('box', restarted, flow, 0))).toBe(200);
  });

  it('keeps four contacts of one address-of-record and refuses a fifth', () => {
    const registrar = new Registrar();
    for (let contact = 1; contact <= 5; contact++) {
      const request = register({ contacts: `<sip:${contact}@h>`, sequence: contact, expires: 60 });
      expect(status(registrar.register('box', request, flow, 0))).toBe(contact <= 4 ? 200 : 403);
    }
    expect(registrar.bindings('box', 0)).toHaveLength(4);
  });
});

function response(statusCode: number, headers: readonly (readonly [string, string])[] = []): SipResponse {
  return {
    kind: 'response',
    status: statusCode,
    reason: 'R',
    headers: new SipHeaders(headers),
    body: new Uint8Array(0),
  };
}

describe('registration (RFC 3261 §10.2)', () => {
  const start = { name: 'start', expiresS: 100 } as const;
  const answered = (statusCode: number, headers: readonly (readonly [string, string])[] = []) =>
    ({ name: 'answered', response: response(statusCode, headers) }) as const;
  const play = (...events: readonly (RegistrationEvent & { readonly atMs?: number })[]) => {
    let state = notRegistered;
    let actions: string[] = [];
    for (const event of events) {
      const step = stepRegistration(state, event, event.atMs ?? 0, 0.5);
      state = step.state;
      actions = step.actions.map((action) => (action.name === 'send' ? `send ${action.expiresS}` : action.name));
    }
    return { state, actions, dueMs: registrationDeadlineMs(state) };
  };

  it('asks, and anew at 80 % of what was granted, whichever field says it', () => {
    expect(play(start).actions).toEqual(['send 100']);
    expect(play(start, answered(200, [['Contact', '<sip:a@h>;expires=50']])).dueMs).toBe(40_000);
    expect(play(start, answered(200, [['Expires', '60']])).dueMs).toBe(48_000);
    expect(play(start, answered(200)).dueMs).toBe(80_000);
  });

  it('tells that it is registered once, not at every refresh', () => {
    expect(play(start, answered(200)).actions).toEqual(['registered']);
    expect(
      play(start, answered(200), { name: 'tick', atMs: 80_000 }, { ...answered(200), atMs: 80_010 }).actions,
    ).toEqual([]);
  });

  it('423 raises the lifetime once; the same 423 again is a refusal', () => {
    expect(play(start, answered(423, [['Min-Expires', '300']])).actions).toEqual(['send 300']);
    expect(
      play(start, answered(423, [['Min-Expires', '300']]), answered(423, [['Min-Expires', '300']])).actions,
    ).toEqual(['refused']);
  });

  it('waits 1, 2, 4 … 30 s after silence, and 24–30 s after wrong credentials', () => {
    expect(play(start, { name: 'unanswered' }).dueMs).toBe(1000);
    expect(play(start, answered(403)).dueMs).toBe(30_000);
    let events: (RegistrationEvent & { readonly atMs?: number })[] = [start];
    const waits: number[] = [];
    for (let attempt = 0, atMs = 0; attempt < 7; attempt++) {
      events = [...events, { name: 'unanswered', atMs }];
      const { dueMs } = play(...events);
      waits.push(dueMs - atMs);
      atMs = dueMs;
      events.push({ name: 'tick', atMs });
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('never throws, and after stop and an answer is idle without a timer', () => {
    const event = fc.oneof(
      fc.constant<RegistrationEvent>(start),
      fc.constantFrom(200, 401, 403, 423, 500, 503).map<RegistrationEvent>((each) => answered(each)),
      fc.constantFrom<RegistrationEvent>({ name: 'unanswered' }, { name: 'stop' }, { name: 'tick' }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(event, fc.integer({ min: 0, max: 200_000 }))),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (events, fraction) => {
          let state = notRegistered;
          let nowMs = 0;
          for (const [each, afterMs] of [...events, [{ name: 'stop' }, 0], [answered(200), 0]] as const) {
            nowMs += afterMs;
            state = stepRegistration(state, each, nowMs, fraction).state;
          }
          expect(state).toEqual({ name: 'idle' });
          expect(registrationDeadlineMs(state)).toBe(Infinity);
        },
      ),
    );
  });
});
