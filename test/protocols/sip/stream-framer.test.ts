import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyBytesMax, headerBytesMax, parseSipMessage } from '../../../src/protocols/sip/parse.ts';
import { SipStreamFramer, type StreamPiece } from '../../../src/protocols/sip/stream-framer.ts';
import { inviteLines, octetsOf, textOf, tortureOctets } from './messages.ts';

function frame(text: string | Uint8Array, side: 'accepted' | 'connected' = 'accepted'): StreamPiece[] {
  return new SipStreamFramer(side).push(Buffer.from(text));
}

function kinds(pieces: readonly StreamPiece[]): string[] {
  return pieces.map((piece) => (piece.kind === 'broken' ? piece.reason : piece.kind));
}

const short = 'A\r\nl:3\r\n\r\nabc';

describe('framing (RFC 3261 §18.3)', () => {
  it('cuts by Content-Length, long, compact, spaced or folded', () => {
    const heads = [
      'Content-Length: 3',
      'l:3',
      'L \t:  003 ',
      'CONTENT-LENGTH:\r\n 3',
      'content-length: 3\r\nContent-Length: 3',
    ];
    for (const head of heads) {
      const message = `A\r\nX: l: 9\r\n${head}\r\nY: 1\r\n\r\nabc`;
      expect(frame(`${message}${short}`).map((piece) => piece.kind === 'message' && textOf(piece.octets))).toEqual([
        message,
        short,
      ]);
    }
  });

  it('takes a body that looks like a message for a body', () => {
    const inner = 'B\r\nl: 0\r\n\r\n';
    expect(kinds(frame(`A\r\nl: ${inner.length}\r\n\r\n${inner}`))).toEqual(['message']);
  });

  it.each([
    ['A\r\nX: 1\r\n\r\n', 'no-content-length'],
    ['A\r\nl: -1\r\n\r\n', 'content-length'],
    ['A\r\nl: 1 2\r\n\r\n', 'content-length'],
    ['A\r\nl: 13\r\nContent-Length: 5\r\n\r\n', 'content-length'],
    [`A\r\nl: ${bodyBytesMax + 1}\r\n\r\n`, 'body-too-large'],
    ['A\r\nl: 99999999999999999999999\r\n\r\n', 'content-length'],
    ['x'.repeat(headerBytesMax + 5000), 'header-too-large'],
  ])('breaks at %.40j: %s', (text, reason) => {
    const framer = new SipStreamFramer('accepted');
    expect(kinds(framer.push(Buffer.from(text)))).toEqual([reason]);
    expect([framer.push(Buffer.from(short)), framer.pendingBytes]).toEqual([[], 0]);
  });

  it('gives what there is of a message whose lengths contradict each other, to be answered with 400', () => {
    const [piece] = frame(tortureOctets('mcl01'));
    expect(piece).toMatchObject({ kind: 'broken', reason: 'content-length' });
    const reading = piece?.kind === 'broken' ? parseSipMessage(piece.octets) : undefined;
    expect(reading).toMatchObject({ ok: false, malformed: 'repeated-header', suggestedStatus: 400 });
  });

  it('counts what is held of an unfinished message', () => {
    const framer = new SipStreamFramer('accepted');
    framer.push(Buffer.from(`${short}${short.slice(0, 5)}`));
    expect(framer.pendingBytes).toBe(5);
    expect(kinds(framer.push(Buffer.from(short.slice(5))))).toEqual(['message']);
    expect(framer.pendingBytes).toBe(0);
  });

  it('keeps no hold on the octets it was given', () => {
    const chunk = Buffer.from(short);
    const [piece] = new SipStreamFramer('accepted').push(chunk);
    chunk.fill(0);
    expect(piece?.kind === 'message' && textOf(piece.octets)).toBe(short);
  });
});

describe('keep-alive (RFC 5626 §4.4.1)', () => {
  it('is two line ends on a connection we accepted, in one piece or two', () => {
    expect(kinds(frame(`\r\n\r\n${short}\r\n\r\n`))).toEqual(['ping', 'message', 'ping']);
    const framer = new SipStreamFramer('accepted');
    expect(['\r', '\n\r', '\n'].map((part) => kinds(framer.push(Buffer.from(part))))).toEqual([[], [], ['ping']]);
  });

  it('is one line end on a connection of ours', () => {
    expect(kinds(frame('\r\n', 'connected'))).toEqual(['pong']);
  });

  it('is no ping when a single line end stands before a message', () => {
    expect(kinds(frame(`\r\n${short}\r\n${short}`))).toEqual(['message', 'message']);
  });

  it('is answered once, however many come in one go', () => {
    expect(kinds(frame('\r\n'.repeat(500)))).toEqual(['ping']);
  });
});

it('finds the same pieces however the octets are cut', () => {
  const piece = fc.oneof(
    fc
      .string({ unit: 'binary-ascii', maxLength: 60 })
      .map((body) => textOf(octetsOf([...inviteLines(), `l: ${body.length}`], body))),
    fc.constantFrom('\r\n\r\n', short),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
      (texts, cuts) => {
        const octets = Buffer.from(texts.join(''));
        const framer = new SipStreamFramer('accepted');
        const messages: string[] = [];
        let at = 0;
        for (let turn = 0; at < octets.length; turn++) {
          const end = at + (cuts[turn % cuts.length] ?? 1);
          for (const found of framer.push(octets.subarray(at, end)))
            if (found.kind === 'message') messages.push(textOf(found.octets));
          at = end;
        }
        expect(messages).toEqual(texts.filter((text) => text !== '\r\n\r\n'));
        expect(framer.pendingBytes).toBe(0);
      },
    ),
  );
});

it('takes any octets in any pieces within its bounds', () => {
  const chunk = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.constantFrom('\r', '\n', '\r\n\r\n', 'l: 5\r\n', 'l: 70000\r\n', short).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 40 }), (chunks) => {
      const framer = new SipStreamFramer('accepted');
      for (const each of chunks) framer.push(each);
      expect(framer.pendingBytes).toBeLessThanOrEqual(headerBytesMax + bodyBytesMax + 4096);
    }),
  );
});
