/** What pages ask of permanent recordings: any octets give a wish within its bounds, or none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeExportOrder, writeRecordingsReply } from '../../src/console/recordings-wire.ts';
import { readClientMessage } from '../../src/console/wire.ts';
import { newOrder, stepOrder } from '../../src/operations/export-order.ts';
import { escaut } from '../../src/protocols/generated/console.js';

const wire = escaut.console.v1;
type Request = escaut.console.v1.RecordingsRequest.$Properties;
const read = (recordingsRequest: Request) =>
  readClientMessage(wire.ClientMessage.encode({ recordingsRequest }).finish());
const whole = fc.maxSafeNat();
const time = { fromUtcMs: whole, toUtcMs: whole, groupIds: fc.array(fc.string()), incident: fc.string() };
const wishes: fc.Arbitrary<Request> = fc.oneof(
  fc.record({
    search: fc.record({
      ...time,
      unit: fc.string({ maxLength: 300 }),
      operator: fc.string({ maxLength: 300 }),
      priorityMin: fc.nat(2 ** 32 - 1),
      emergencyOnly: fc.boolean(),
      beforeId: fc.nat(2 ** 32 - 1),
      beforeStartUtcMs: whole,
    }),
  }),
  fc.record({ listenTo: fc.record({ recordingId: fc.nat(2 ** 32 - 1) }) }),
  fc.record({ orderExport: fc.record({ ...time, secondPersonId: fc.string() }) }),
  fc.record({ answerExport: fc.record({ orderId: fc.nat(2 ** 32 - 1), answer: fc.string() }) }),
  fc.record({ fetchPackage: fc.record({ orderId: fc.nat(2 ** 32 - 1) }) }),
);

describe('a wish', () => {
  it('is read within its bounds, its words one line', () => {
    fc.assert(
      fc.property(wishes, fc.string({ maxLength: 2000 }), fc.nat(1000), (wish, reason, requestId) => {
        const message = read({ ...wish, reason, requestId });
        if (message?.name === 'unknown') return;
        expect(message?.name).toBe('recordings');
        if (message?.name !== 'recordings') return;
        expect(message.requestId).toBe(requestId);
        expect(message.wish.reason).not.toMatch(/[\n\r\0]/);
        expect(message.wish.reason.length).toBeLessThanOrEqual(200);
        if (message.wish.name !== 'search') return;
        const { unit, operator, priorityMin, fromUtcMs, groups } = message.wish;
        expect(unit.length).toBeLessThanOrEqual(64);
        expect(operator).toBe(operator.toLowerCase());
        expect(priorityMin).toBeLessThanOrEqual(15);
        expect(Number.isSafeInteger(fromUtcMs)).toBe(true);
        for (const group of groups) expect(group.length).toBeLessThanOrEqual(256);
      }),
    );
  });

  it('is none where it asks for nothing, and an answer to an order is one of three', () => {
    expect(read({ reason: 'x' })).toEqual({ name: 'unknown', requestId: 0 });
    expect(read({ answerExport: { orderId: 1, answer: 'delete' } })).toEqual({ name: 'unknown', requestId: 0 });
    expect(read({ reason: 'a\nb', answerExport: { orderId: 7, answer: 'refuse' } })).toMatchObject({
      wish: { name: 'answer', order: 7, answer: 'refuse', reason: 'a b' },
    });
  });
});

describe('what a page is told', () => {
  const hearer = { person: 'p', display: 'P', role: 'auditor', controlRoom: 'r', country: 'BE' } as const;
  const times = { fromUtcMs: 1_795_918_460_000, toUtcMs: 1_795_918_560_000 };
  const order = newOrder(3, {
    ...{ by: hearer, second: { ...hearer, person: 'q' }, reason: 'x', ...times },
    ...{ groups: ['xb'], incident: '', askedUtcMs: 1_795_918_460_000 },
  });

  it('comes out as it went in', () => {
    const found = {
      ...{
        id: 1,
        group: 'xb',
        over: 2,
        party: 'xb/as:1',
        callSign: 'M 31',
        address: '206',
        startUtcMs: times.fromUtcMs,
      },
      ...{ durationMs: 6000, end: 'left', priority: 5, emergency: true, exercise: false, lostMs: 320, packetsLost: 1 },
      ...{ missing: '', isKept: false, removedUtcMs: 9, removedReport: '2026-11-29 no. 3' },
    };
    const reply = { found: { found: [found], more: true, isBehind: false }, groups: ['xb'], ...times };
    const bytes = wire.RecordingsAnswer.encode(writeRecordingsReply(9, reply)).finish();
    const { found: read } = wire.RecordingsAnswer.decode(bytes);
    expect(Number(read?.recordings?.[0]?.startUtcMs)).toBe(times.fromUtcMs);
    expect(read?.recordings?.[0]).toMatchObject({ callSign: 'M 31', kept: false, end: 'left', lostMs: 320 });
    expect(read?.recordings?.[0]?.removedReport).toBe('2026-11-29 no. 3');
    expect(Number(read?.recordings?.[0]?.removedUtcMs)).toBe(9);
    expect(writeRecordingsReply(9, { refusal: 'busy' })).toEqual({ requestId: 9, refusal: 'busy' });
  });

  it('has the words of whoever refused an export, and of a machine that failed at one its code alone', () => {
    const refused = stepOrder(order, { name: 'refuse', by: 'q', words: 'no order' }, 0);
    expect(typeof refused === 'object' && writeExportOrder(refused).words).toBe('no order');
    const building = stepOrder(order, { name: 'approve', by: 'q' }, 0);
    const failed =
      typeof building === 'object' &&
      stepOrder(building, { name: 'failed', fault: 'disk-full', words: '/var/x: ENOSPC' }, 0);
    expect(typeof failed === 'object' && writeExportOrder(failed)).toMatchObject({
      ...{ state: 'failed', words: '', fault: 'disk-full' },
    });
    expect(typeof refused === 'object' && writeExportOrder(refused).fault).toBe('');
  });
});
