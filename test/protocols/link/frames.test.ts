import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameStream, frameBytesMax, framed } from '../../../src/protocols/link/frame-stream.ts';
import { type OutBody, readFrame, receiptResult, talkResult, writeFrame } from '../../../src/protocols/link/frames.ts';

const none = { seq: 0, ack: 0, credit: 0 };
const read = (body: OutBody) => readFrame(writeFrame(none, body))?.body;

describe('messages in a stream', () => {
  it('come out as they went in, however the stream was cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 97 })),
        (messages, cuts) => {
          const octets = Buffer.concat(messages.map(framed));
          const stream = new FrameStream();
          const out: Uint8Array[] = [];
          for (let at = 0; at < octets.length; ) {
            const size = cuts.next().value as number;
            const push = stream.push(octets.subarray(at, at + size));
            expect(push.ok).toBe(true);
            out.push(...push.messages);
            at += size;
          }
          expect(out.map((each) => [...each])).toEqual(messages.map((each) => [...each]));
          expect(stream.pendingBytes).toBe(0);
        },
      ),
    );
  });

  it('end at a length of 0 or above 65,536, after what was whole before it', () => {
    for (const length of [0, frameBytesMax + 1, 0xffff_ffff]) {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(length);
      const stream = new FrameStream();
      const push = stream.push(Buffer.concat([framed(Uint8Array.of(1)), head]));
      expect(push).toMatchObject({ ok: false, length });
      expect(push.messages).toHaveLength(1);
      expect(stream.push(framed(Uint8Array.of(1)))).toMatchObject({ ok: false, messages: [] });
    }
  });

  it('may be 65,536 octets long', () => {
    expect(new FrameStream().push(framed(new Uint8Array(frameBytesMax))).messages).toHaveLength(1);
  });
});

describe('frames', () => {
  it('are the bytes that the rules of protobuf ask for', () => {
    // Put together by hand from the encoding's rules: seq 3, ack 2, credit 66, status {talkgroup 530, from 7, code 5}.
    const bytes = Buffer.from('0803100218429203' + '0a' + '0a03353330' + '120137' + '1805', 'hex');
    expect(readFrame(bytes)).toEqual({
      seq: 3,
      ack: 2,
      credit: 66,
      body: { name: 'status', talkgroup: '530', from: '7', code: 5, receipt: 0 },
    });
    const status = { talkgroup: '530', from: '7', code: 5 };
    expect(Buffer.from(writeFrame({ seq: 3, ack: 2, credit: 66 }, { status })).toString('hex')).toBe(
      bytes.toString('hex'),
    );
  });

  it('without a body say only their numbers; with an unknown one they are skipped', () => {
    expect(readFrame(writeFrame({ seq: 0, ack: 300, credit: 400 }, {}))).toEqual({ seq: 0, ack: 300, credit: 400 });
    // Field 99, of a later version.
    expect(readFrame(Buffer.from('10029a060101', 'hex'))).toMatchObject({ ack: 2, body: { name: 'unknown' } });
  });

  it('have texts cut and numbers held to their ranges', () => {
    expect(read({ text: { text: 'x'.repeat(5000) } })).toMatchObject({ text: 'x'.repeat(1000) });
    expect(read({ status: { code: 65_536 } })).toEqual({ name: 'unknown' });
    expect(read({ position: { place: { latitudeDeg: 91, longitudeDeg: 0 } } })).toEqual({ name: 'unknown' });
    expect(read({ position: { place: { latitudeDeg: Number.NaN, longitudeDeg: 0 } } })).toEqual({ name: 'unknown' });
    expect(read({ alarm: { raised: true, place: { latitudeDeg: 50.6, longitudeDeg: 181 } } })).toEqual({
      name: 'alarm',
      talkgroup: '',
      from: '',
      raised: true,
      receipt: 0,
    });
    expect(read({ talkRequest: { talkgroup: '1', talk: 2, priority: 99, emergency: true } })).toMatchObject({
      priority: 15,
    });
    expect(read({ talkRequest: { talkgroup: '1', talk: 2 } })).not.toHaveProperty('priority');
    expect(read({ talkAnswer: { talkgroup: '1', talk: 2, result: talkResult.REVOKED } })).toMatchObject({ result: 4 });
  });

  it('of the gateway name the unit, its network, and the receipt that is waited for', () => {
    const origin = { network: 'INPT', address: '590192102' };
    const text = { talkgroup: '530', from: 'BAC 2', text: 'Rekkem', origin, receipt: 7 };
    expect(read({ text })).toEqual({ name: 'text', ...text });
    expect(read({ receipt: { receipt: 7, result: receiptResult.REFUSED, detail: 'x'.repeat(300) } })).toEqual({
      name: 'receipt',
      receipt: 7,
      result: receiptResult.REFUSED,
      detail: 'x'.repeat(200),
    });
  });

  it('have times of 64 bits as plain numbers', () => {
    const sentUtcUs = 1_795_900_052_137_123;
    expect(read({ ping: { sentUtcUs } })).toEqual({ name: 'ping', sentUtcUs });
    const place = { latitudeDeg: 1, longitudeDeg: 2, takenUtcMs: 1_795_900_052_137 };
    expect(read({ position: { place } })).toMatchObject({ place });
  });

  it('of the gateway come out as they went in, whatever a unit says and whoever it is', () => {
    const name = fc.string({ maxLength: 64 });
    const about = {
      ...{
        talkgroup: fc.stringMatching(/^[0-9]{1,16}$/),
        from: name,
        receipt: fc.integer({ min: 0, max: 0xffff_ffff }),
      },
      origin: fc.record({ network: name, address: name }),
    };
    const place = fc.record({
      latitudeDeg: fc.double({ min: -90, max: 90, noNaN: true }),
      longitudeDeg: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    const data = fc.oneof(
      fc.record({ ...about, code: fc.integer({ min: 0, max: 65_535 }) }).map((status): OutBody => ({ status })),
      fc.record({ ...about, text: fc.string({ maxLength: 1000 }) }).map((text): OutBody => ({ text })),
      fc.record({ ...about, place }).map((position): OutBody => ({ position })),
      fc.record({ ...about, raised: fc.boolean(), place }).map((alarm): OutBody => ({ alarm })),
      fc
        .record({
          receipt: about.receipt,
          result: fc.integer({ min: 0, max: 4 }),
          detail: fc.string({ maxLength: 200 }),
        })
        .map((receipt): OutBody => ({ receipt })),
    );
    fc.assert(
      fc.property(data, (body) => {
        const [kind, said] = Object.entries(body)[0] ?? [];
        expect(read(body)).toEqual({ name: kind, ...(said as object) });
      }),
    );
  });

  it('never throw, whatever a real one was changed into', () => {
    const real = writeFrame(
      { seq: 9, ack: 8, credit: 70 },
      {
        position: {
          talkgroup: '5300110',
          from: '4711',
          place: { latitudeDeg: 50.6, longitudeDeg: 3.1, takenUtcMs: 1.7e12 },
        },
      },
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(real.length),
        (changes, length) => {
          const bytes = Uint8Array.from(real);
          for (const [at, value] of changes) bytes[at] = value;
          readFrame(bytes.subarray(0, length));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
