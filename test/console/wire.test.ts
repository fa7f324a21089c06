import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rtcResponse } from '../../src/console/rtc-wire.ts';
import { type ClientMessage, numbered, readClientMessage, writeDelta, writeMessage } from '../../src/console/wire.ts';
import { escaut } from '../../src/protocols/generated/console.js';

const wire = escaut.console.v1;
const write = (message: escaut.console.v1.ClientMessage.$Properties): Uint8Array =>
  wire.ClientMessage.encode(message).finish();

describe('bytes of the console link', () => {
  it.each<[escaut.console.v1.ClientMessage.$Properties, ClientMessage | undefined]>([
    [{ ping: { nonce: 7 } }, { name: 'ping', nonce: 7 }],
    [{ floorRequest: { groupId: 'g', requestId: 3 } }, { name: 'floorRequest', group: 'g', requestId: 3 }],
    [{ floorRelease: { groupId: 'g', requestId: 3 } }, { name: 'floorRelease', group: 'g', requestId: 3 }],
    [{ floorRequest: { requestId: 3 } }, undefined],
    [{ floorRequest: { groupId: 'g'.repeat(257) } }, undefined],
    [{ monitor: { groupId: 'g', listen: true } }, { name: 'monitor', group: 'g', listen: true }],
    [{ rtcRequest: { requestId: 1, ready: {} } }, { name: 'rtc', requestId: 1, request: { name: 'ready' } }],
    [{ rtcRequest: { requestId: 1, connect: { dtlsParametersJson: '{}' } } }, undefined],
    [{ rtcRequest: { requestId: 9 } }, { name: 'unknown', requestId: 9 }],
    [
      { recallRequest: { requestId: 4, groupId: 'g', partOf: { over: 7, offset: 32_768 } } },
      { name: 'recall', requestId: 4, wish: { name: 'over', group: 'g', over: 7, offset: 32_768 } },
    ],
    [
      { recallRequest: { requestId: 4, groupId: 'g', list: { lastS: 300 } } },
      { name: 'recall', requestId: 4, wish: { name: 'list', group: 'g', lastMs: 300_000 } },
    ],
    [{ recallRequest: { requestId: 4, list: { lastS: 300 } } }, undefined],
    [
      { timelineRequest: { requestId: 5, beforeId: 90, groupId: 'g', kinds: ['over'], limit: 50 } },
      { name: 'timeline', requestId: 5, asked: { beforeId: 90, group: 'g', kinds: ['over'], limit: 50 } },
    ],
    [
      { timelineRequest: {} },
      { name: 'timeline', requestId: 0, asked: { beforeId: 0, group: '', kinds: [], limit: 0 } },
    ],
    [
      { rtcRequest: { requestId: 2, consumerState: { consumerId: 'c', paused: true } } },
      { name: 'rtc', requestId: 2, request: { name: 'pauseConsumer', consumerId: 'c', paused: true } },
    ],
    // No half of a character that takes two: a far end would refuse the whole message.
    [
      { operate: { groupId: 'g', removeTalker: { over: 7, reason: ' key\nstuck ' } } },
      { name: 'operate', requestId: 0, operation: { name: 'removeTalker', group: 'g', over: 7, reason: 'key stuck' } },
    ],
    [
      { operate: { groupId: 'g', sendText: { text: `${'x'.repeat(199)}🚔` } } },
      { name: 'operate', requestId: 0, operation: { name: 'sendText', group: 'g', text: 'x'.repeat(199) } },
    ],
    [
      { operate: { setRetention: { rule: 'voiceSharedGroup', days: 1, reason: 'law' } } },
      {
        name: 'operate',
        requestId: 0,
        operation: { name: 'setRetention', rule: 'voiceSharedGroup', days: 1, reason: 'law' },
      },
    ],
    [{ shareRoom: { name: ' Hall\n A ' } }, { name: 'shareRoom', room: 'Hall A' }],
    [{ shareRoom: { name: 'x'.repeat(99) } }, { name: 'shareRoom', room: 'x'.repeat(64) }],
    [
      {
        capacityRequest: {
          requestId: 5,
          groups: [{ groupId: 'g', talkgroupIds: ['a'], exercise: true }, { groupId: 'h' }],
        },
      },
      {
        name: 'capacity',
        requestId: 5,
        groups: [
          { group: 'g', talkgroups: ['a'], exercise: true },
          { group: 'h', talkgroups: [], exercise: false },
        ],
      },
    ],
    [{ capacityRequest: { requestId: 5, groups: [{ groupId: 'g', talkgroupIds: [''] }] } }, undefined],
    [{ capacityRequest: { requestId: 5, groups: Array.from({ length: 101 }, () => ({ groupId: 'g' })) } }, undefined],
    [{ shareRoom: {} }, { name: 'shareRoom', room: '' }],
    [{ goodbye: { reason: 'x'.repeat(300) } }, { name: 'goodbye', reason: 'x'.repeat(256) }],
    [
      { listenerReport: { jitterBufferMs: Number.NaN, concealedRatio: 7, roundTripMs: 12 } },
      { name: 'listenerReport', report: { jitterBufferMs: 0, concealedRatio: 1, roundTripMs: 12 } },
    ],
    [
      {
        operate: {
          requestId: 7,
          groupId: 'g',
          open: { reason: ' vol\n aggravé ', talkgroupIds: ['t'], durationS: 60 },
        },
      },
      {
        name: 'operate',
        requestId: 7,
        operation: { name: 'open', group: 'g', reason: 'vol aggravé', talkgroups: ['t'], durationMs: 60_000 },
      },
    ],
    [
      { operate: { requestId: 7, groupId: 'g', open: { reason: 'vol', exercise: true } } },
      {
        name: 'operate',
        requestId: 7,
        operation: { name: 'open', group: 'g', reason: 'vol', talkgroups: [], durationMs: 0, exercise: true },
      },
    ],
    [
      { operate: { requestId: 7, groupId: 'g', suspendExercise: {} } },
      { name: 'operate', requestId: 7, operation: { name: 'suspendExercise', group: 'g' } },
    ],
    [
      { operate: { requestId: 7, groupId: 'g', resumeExercise: {} } },
      { name: 'operate', requestId: 7, operation: { name: 'resumeExercise', group: 'g' } },
    ],
    [{ operate: { groupId: 'g', open: { talkgroupIds: new Array(65).fill('t') } } }, undefined],
    [{ operate: { groupId: 'g', open: { talkgroupIds: [''] } } }, undefined],
    [{ operate: { requestId: 7, open: { reason: 'x' } } }, undefined],
    [{ operate: { requestId: 7, groupId: 'g' } }, undefined],
    [
      { operate: { requestId: 8, groupId: 'g', add: { talkgroupId: 't', reason: 'x'.repeat(300) } } },
      {
        name: 'operate',
        requestId: 8,
        operation: { name: 'add', group: 'g', talkgroup: 't', reason: 'x'.repeat(200), durationMs: 0 },
      },
    ],
    [
      { operate: { groupId: 'g', remove: { talkgroupId: 't' } } },
      { name: 'operate', requestId: 0, operation: { name: 'remove', group: 'g', talkgroup: 't' } },
    ],
    [{ operate: { groupId: 'g', remove: {} } }, undefined],
    [
      { operate: { groupId: 'g', extend: { durationS: 90 } } },
      { name: 'operate', requestId: 0, operation: { name: 'extend', group: 'g', durationMs: 90_000 } },
    ],
    [
      { operate: { groupId: 'g', close: { afterS: 60 } } },
      { name: 'operate', requestId: 0, operation: { name: 'close', group: 'g', afterMs: 60_000 } },
    ],
    [
      { operate: { groupId: 'g', keep: {} } },
      { name: 'operate', requestId: 0, operation: { name: 'keep', group: 'g' } },
    ],
    [
      { operate: { groupId: 'g', consent: { talkgroupId: 't', given: true } } },
      { name: 'operate', requestId: 0, operation: { name: 'consent', group: 'g', talkgroup: 't', given: true } },
    ],
    [{}, { name: 'unknown', requestId: 0 }],
  ])('reads %j', (message, expected) => {
    expect(readClientMessage(write(message))).toEqual(expected);
  });

  it.each([
    [{ callStation: { personId: 'p', hotLine: true } }, { name: 'callStation', to: { person: 'p' }, hot: true }],
    [{ callStation: { consoleId: 'c' } }, { name: 'callStation', to: { console: 'c' }, hot: false }],
    [{ answerCall: { callId: 3 } }, { name: 'answerCall', call: 3 }],
    [{ hangUp: { callId: 3, keyUp: true } }, { name: 'hangUp', call: 3, keyUp: true }],
    [{ seeMissedCalls: {} }, { name: 'seeMissedCalls' }],
  ])('reads %j of the intercom', (operate, operation) => {
    expect(readClientMessage(write({ operate: { requestId: 4, ...operate } }))).toEqual({
      name: 'operate',
      requestId: 4,
      operation: { line: 'intercom', ...operation },
    });
  });

  it('reads which way of the microphone a page offers', () => {
    const produce = { transportId: 't', rtpParametersJson: '{}', intercom: true };
    expect(readClientMessage(write({ rtcRequest: { requestId: 1, produce } }))).toEqual({
      name: 'rtc',
      requestId: 1,
      request: { name: 'produce', ...produce },
    });
  });

  it('skips a message of a later version', () => {
    expect(readClientMessage(Uint8Array.of(0xfa, 0x01, 0x02, 0x08, 0x01))).toEqual({ name: 'unknown', requestId: 0 });
  });

  it('puts any number before a Delta that was written once', () => {
    const body = writeDelta({ alarm: { code: 'media-worker-lost', raised: true, subject: 'worker 0', atUtcMs: 5 } });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffff_ffff }), (seq) => {
        const message = wire.ServerMessage.decode(numbered(seq, body));
        return message.seq === seq && message.delta?.alarm?.code === 'media-worker-lost';
      }),
    );
  });

  it('writes every kind of WebRTC answer so that a failure is never an empty error', () => {
    const error = wire.ServerMessage.decode(writeMessage(rtcResponse(4, { result: 'failed', error: 'malformed' })));
    expect(error.rtcResponse).toMatchObject({ requestId: 4, error: 'malformed' });
    const done = wire.ServerMessage.decode(writeMessage(rtcResponse(5, { result: 'done' })));
    expect(done.rtcResponse).toMatchObject({ requestId: 5, error: '' });
  });

  it('reads 10,000 arbitrary and 10,000 damaged messages without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        readClientMessage(bytes);
      }),
      { numRuns: 10_000 },
    );
    const real = [
      write({ hello: { versionMin: 1, versionMax: 1, token: 'abc', resumeToken: 'def', lastSeq: 9 } }),
      write({ rtcRequest: { requestId: 1, produce: { transportId: 't', rtpParametersJson: '{"codecs":[]}' } } }),
      write({ floorRequest: { groupId: 'xb-acc', requestId: 1 } }),
      write({ operate: { requestId: 1, groupId: 'xb-acc', open: { reason: 'vol', talkgroupIds: ['a', 'b'] } } }),
    ];
    fc.assert(
      fc.property(
        fc.nat(2),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 5 }),
        fc.nat(60),
        (which, hits, cut) => {
          const bytes = Uint8Array.from(real[which]!);
          for (const [at, value] of hits) bytes[at % bytes.length] = value;
          readClientMessage(bytes.subarray(0, Math.max(0, bytes.length - cut)));
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('reads 64 KiB of nested groups without a throw', () => {
    for (const byte of [0x0b, 0x0a, 0xff, 0x80]) readClientMessage(new Uint8Array(65_536).fill(byte));
  });
});
