import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FloorField } from '../../../src/protocols/mcptt/floor-fields.ts';
import { indicator } from '../../../src/protocols/mcptt/floor-fields.ts';
import {
  ackOf,
  type FloorMessage,
  type FloorMessageName,
  fieldOf,
  indicates,
  readFloorDatagram,
  writeFloorMessage,
} from '../../../src/protocols/mcptt/floor-message.ts';
import { vector } from './vectors.ts';

const be = 'tel:+32470000001';
const fr = 'sip:rfsi.101502007@inpt.example';
const beSsrc = 0x2060_0001;
const serverSsrc = 0x0a00_0001;
const identity: FloorField = { name: 'grantedParty', id: be };
const mayRequest: FloorField = { name: 'permissionToRequest', permitted: true };
const audioSsrc: FloorField = { name: 'ssrc', ssrc: beSsrc };
const number = (value: number): FloorField => ({ name: 'sequenceNumber', number: value });
const marked = (mask: number): FloorField => ({ name: 'floorIndicator', mask });

const message = (name: FloorMessageName, ssrc: number, fields: readonly FloorField[], ackWanted = false) =>
  ({ name, ackWanted, ssrc, fields }) satisfies FloorMessage;

/** What each vector says; all but those marked are what we write for it, octet for octet. */
const vectors: Readonly<Record<string, readonly FloorMessage[]>> = {
  'm01-floor-request': [message('request', beSsrc, [{ name: 'floorPriority', priority: 5 }, marked(0x8000)])],
  'm02-floor-granted': [
    message('granted', serverSsrc, [
      { name: 'duration', seconds: 30 },
      { name: 'floorPriority', priority: 5 },
      audioSsrc,
      marked(0x8400),
    ]),
  ],
  'm03-floor-taken': [message('taken', serverSsrc, [identity, mayRequest, number(1), audioSsrc, marked(0x8400)])],
  'm04-floor-deny-1': [message('deny', serverSsrc, [{ name: 'rejectCause', cause: 1 }])],
  'm05-floor-deny-7-phrase-plain': [
    message('deny', serverSsrc, [{ name: 'rejectCause', cause: 7, phrase: 'Queue full' }]),
  ],
  'm07-floor-release-ack': [message('release', beSsrc, [marked(0x8000)], true)],
  'm08-floor-idle': [message('idle', serverSsrc, [number(2), marked(0x8400)])],
  'm09-floor-revoke-4': [message('revoke', serverSsrc, [{ name: 'rejectCause', cause: 4 }, marked(0x1000)])],
  'm10-queue-position-request': [message('queuePositionRequest', 0x2080_0002, [])],
  'm11-queue-position-info': [
    message('queuePositionInfo', serverSsrc, [{ name: 'queueInfo', position: 1, priority: 5 }, marked(0x8400)]),
  ],
  'm12-floor-ack': [
    message('ack', serverSsrc, [
      { name: 'source', source: 2 },
      { name: 'messageType', subtype: 4 },
    ]),
  ],
  'm13-floor-request-emergency': [
    message('request', 0x2080_0002, [{ name: 'floorPriority', priority: 255 }, marked(indicator.emergency)]),
  ],
  'm14-floor-taken-padding': [
    message('taken', serverSsrc, [
      { name: 'grantedParty', id: fr },
      { name: 'permissionToRequest', permitted: false },
      number(65_535),
      marked(indicator.broadcast),
    ]),
  ],
  'm15-floor-taken-multitalker': [
    message('taken', serverSsrc, [
      mayRequest,
      number(3),
      { name: 'grantedUsers', ids: [be, fr] },
      { name: 'ssrcs', ssrcs: [beSsrc, 0x2080_0002] },
      marked(0x8080),
    ]),
  ],
  'm16-floor-release-multitalker': [
    message('releaseMultiTalker', serverSsrc, [{ name: 'userId', id: be }, audioSsrc, marked(0x8080)]),
  ],
  'm18-media-flow-control': [message('mediaFlowControl', beSsrc, [{ name: 'mediaFlow', resume: true }])],
  'm19-queued-floor-requests': [
    message('queuedFloorRequests', beSsrc, [{ name: 'queuedRequestsPurpose', purpose: 0 }]),
  ],
  'm20-two-messages': [
    message('idle', serverSsrc, [number(4), marked(0x8400)]),
    message('taken', serverSsrc, [identity, mayRequest, number(5)]),
  ],
  'm21-unknown-field-then-known': [
    message('granted', serverSsrc, [
      { name: 'unknown', id: 40, value: new TextEncoder().encode('abc') },
      { name: 'duration', seconds: 10 },
      { name: 'unknown', id: 200, value: new TextEncoder().encode('0123456789') },
      { name: 'floorPriority', priority: 1 },
      audioSsrc,
    ]),
  ],
  'm22-taken-zero-length-identity': [
    message('taken', serverSsrc, [
      { name: 'grantedParty', id: '' },
      { name: 'permissionToRequest', permitted: false },
      number(6),
      marked(0x8000),
    ]),
  ],
  'm23-revoke-request': [
    message('revokeRequest', 0x2080_0002, [
      { name: 'userId', id: fr },
      { name: 'revokeUserId', id: be },
    ]),
  ],
};

const written = (messages: readonly FloorMessage[]) => Buffer.concat(messages.map(writeFloorMessage)).toString('hex');
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

describe('floor control messages (TS 24.380 §8): the worked examples', () => {
  for (const [name, messages] of Object.entries(vectors)) {
    it(`reads ${name} and writes the same octets`, () => {
      expect(readFloorDatagram(vector(name))).toEqual({ messages, faults: [] });
      expect(written(messages)).toBe(hex(vector(name)));
    });
  }

  it('reads a request with track info, alias and place, and writes the same octets', () => {
    const [request] = readFloorDatagram(vector('m17-floor-request-track-alias-loc')).messages;
    const at = fieldOf(request!, 'location')?.location;
    expect(request?.fields.slice(0, 4)).toEqual([
      { name: 'floorPriority', priority: 9 },
      { name: 'trackInfo', queueing: 1, participantType: 'gateway', references: [0x0102_0304] },
      marked(indicator.imminentPeril),
      { name: 'functionalAlias', alias: 'sip:ops1@be.example' },
    ]);
    expect(at?.kind === 'geographic' && at.latitudeDeg).toBeCloseTo(50.5, 5);
    expect(at?.kind === 'geographic' && at.longitudeDeg).toBeCloseTo(3.75, 4);
    expect(written([request!])).toBe(hex(vector('m17-floor-request-track-alias-loc')));
  });

  it('reads a phrase written as an SDES item like a bare one, and writes it bare', () => {
    const { messages } = readFloorDatagram(vector('m06-floor-deny-7-phrase-sdes'));
    expect(messages).toEqual(vectors['m05-floor-deny-7-phrase-plain']);
  });

  it('reads a list of SSRCs with two spare octets like one with one, and writes one', () => {
    const { messages } = readFloorDatagram(vector('m15b-ssrc-list-two-spare'));
    expect(messages).toEqual(vectors['m15-floor-taken-multitalker']);
  });
});

describe('floor control messages: what others send', () => {
  const request = writeFloorMessage(message('request', 1, []));
  const withHead = (first: number, rest = request) => Uint8Array.of(first, ...rest.subarray(1));

  it('ignores an unknown subtype, and the messages after it are read (§8.1.4)', () => {
    const both = Buffer.concat([withHead(0x8c), request]);
    expect(readFloorDatagram(both)).toMatchObject({ faults: ['unknown-subtype'], messages: [{ name: 'request' }] });
  });

  it('ignores a message that asks for an acknowledgement and may not (§8.1.4)', () => {
    expect(readFloorDatagram(withHead(0x90))).toEqual({ messages: [], faults: ['ack-not-allowed'] });
    expect(readFloorDatagram(withHead(0x9a, vector('m12-floor-ack')))).toEqual({
      messages: [],
      faults: ['ack-not-allowed'],
    });
  });

  it('drops a message without the field that makes it one', () => {
    for (const name of ['granted', 'taken', 'deny', 'revoke', 'queuePositionInfo', 'ack'] as const) {
      expect(readFloorDatagram(writeFloorMessage(message(name, 1, []))).faults).toEqual(['missing-field']);
    }
  });

  it('names other RTCP, other applications and cut messages, and reads none of them', () => {
    expect(readFloorDatagram(new Uint8Array(0)).faults).toEqual(['short']);
    expect(readFloorDatagram(request.subarray(0, 11)).faults).toEqual(['short']);
    expect(readFloorDatagram(Buffer.from('80c9000100000001', 'hex')).faults).toEqual(['not-floor']);
    expect(readFloorDatagram(Buffer.from('80cc0002000000014d435043', 'hex')).faults).toEqual(['not-floor']);
    expect(readFloorDatagram(Buffer.from('80cc0003000000014d43505400400000', 'hex')).faults).toEqual(['field']);
  });

  it('understands the ids of the early draft: 102 priority, 103 duration, 108 permission, 116 indicator', () => {
    const early = Buffer.from('81cc0005000000014d43505466020700' + '6702001e' + '74028000', 'hex');
    const [granted] = readFloorDatagram(early).messages;
    expect(granted?.fields).toEqual([
      { name: 'floorPriority', priority: 7 },
      { name: 'duration', seconds: 30 },
      marked(0x8000),
    ]);
  });

  it('takes the acknowledgement bit out of the type that an Ack names', () => {
    const [ack] = readFloorDatagram(Buffer.from('8acc0004000000014d4350540a0200000c021400', 'hex')).messages;
    expect(fieldOf(ack!, 'messageType')).toEqual({ name: 'messageType', subtype: 4 });
  });

  it('keeps a field of a wrong length as octets', () => {
    const [read] = readFloorDatagram(Buffer.from('80cc0004000000014d435054000107000d028000', 'hex')).messages;
    expect(read?.fields[0]).toEqual({ name: 'unknown', id: 0, value: Uint8Array.of(7) });
    expect(indicates(read!, indicator.normal)).toBe(true);
  });

  it('cuts an identity that its length cannot say at a whole character', () => {
    const [taken] = readFloorDatagram(
      writeFloorMessage(message('taken', 1, [{ name: 'grantedParty', id: `sip:${'é'.repeat(200)}` }])),
    ).messages;
    expect(fieldOf(taken!, 'grantedParty')?.id).toBe(`sip:${'é'.repeat(125)}`);
  });

  it('acknowledges a Release as the controlling function as the example does', () => {
    const [release] = readFloorDatagram(vector('m07-floor-release-ack')).messages;
    expect(hex(writeFloorMessage(ackOf(release!, serverSsrc, 2)))).toBe(hex(vector('m12-floor-ack')));
  });
});

describe('floor control messages: any octets', () => {
  const names = Object.keys(vectors);

  it('give a value, whatever is changed in an example, and what was read is written so that it reads the same', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.nat(91), fc.nat(255)), { maxLength: 6 }),
        fc.nat(92),
        (name, changes, length) => {
          const octets = vector(name).slice(0, length);
          for (const [at, value] of changes) if (at < octets.length) octets[at] = value;
          for (const read of readFloorDatagram(octets).messages) {
            const again = readFloorDatagram(writeFloorMessage(read)).messages;
            expect(again).toEqual([read]);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('take time in proportion to their number: 64 KiB of anything within 50 ms', () => {
    for (const pattern of [vector('m10-queue-position-request'), Uint8Array.of(0), vector('m03-floor-taken')]) {
      const octets = new Uint8Array(65_532).map((_, at) => pattern[at % pattern.length]!);
      const times = Array.from({ length: 5 }, () => {
        const from = performance.now();
        readFloorDatagram(octets);
        return performance.now() - from;
      });
      // The quickest of five: the machine may have stalled in any one.
      expect(Math.min(...times)).toBeLessThan(50);
    }
  });
});
