import fc from 'fast-check';
import { RtpPacket as ForeignPacket } from 'rtp.js/packets';
import { describe, expect, it } from 'vitest';
import { isRtcp, RtpPacket, writeRtpHeader } from '../../../src/protocols/rtp/rtp-packet.ts';
import { vector } from './packets.ts';

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

describe('RTP packet (RFC 3550 §5.1)', () => {
  it('reads A-law voice as tshark does', () => {
    const packet = new RtpPacket();
    expect(packet.read(vector('r03-pcma'))).toBeUndefined();
    expect(packet).toMatchObject({
      marker: true,
      payloadType: 8,
      sequenceNumber: 200,
      timestamp: 32000,
      ssrc: 0x20600001,
      extensionProfile: -1,
      payloadOffset: 12,
      payloadBytes: 160,
    });
  });

  it('reads an ED-137 header extension and the payload behind it', () => {
    const packet = new RtpPacket();
    expect(packet.read(vector('e08-two-tlvs'))).toBeUndefined();
    expect(packet).toMatchObject({
      extensionProfile: 0x0167,
      extensionOffset: 16,
      extensionBytes: 8,
      payloadOffset: 24,
    });
    expect(packet.payloadBytes).toBe(160);
  });

  it('reads CSRCs and padding, also where padding is all there is', () => {
    const bytes = Uint8Array.from([0xa2, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0xaa, 0, 0, 3]);
    const packet = new RtpPacket();
    expect(packet.read(bytes)).toBeUndefined();
    expect(packet).toMatchObject({ csrcCount: 2, payloadOffset: 20, payloadBytes: 1 });
    expect(packet.read(Uint8Array.from([0xa0, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]))).toBeUndefined();
    expect(packet.payloadBytes).toBe(0);
  });

  it.each([
    ['short', [0x80, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0]],
    ['version', [0x40, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]],
    ['rtcp', [0x80, 200, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]],
    ['csrc', [0x81, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0]],
    ['extension', [0x90, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1]],
    ['extension', [0x90, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 0, 1, 0, 0]],
    ['padding', [0xa0, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0]],
    ['padding', [0xa0, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 2]],
  ] as const)('names what is wrong: %s', (malformed, bytes) => {
    expect(new RtpPacket().read(Uint8Array.from(bytes))).toBe(malformed);
  });

  it('agrees with an independent reader on every packet that both take, and keeps within the datagram', () => {
    const packet = new RtpPacket();
    const bytes = fc
      .tuple(fc.constantFrom(0x80, 0x81, 0x90, 0xa0, 0xb1, 0xbf), fc.uint8Array({ minLength: 11, maxLength: 90 }))
      .map(([first, rest]) => Uint8Array.from([first, ...rest]));
    fc.assert(
      fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 64 })), (datagram) => {
        if (packet.read(datagram) !== undefined) return;
        expect(packet.payloadOffset + packet.payloadBytes).toBeLessThanOrEqual(datagram.length);
        let foreign: ForeignPacket;
        try {
          foreign = new ForeignPacket(view(datagram));
        } catch (error) {
          // It also refuses malformed elements inside a header extension, which are a profile's matter.
          expect(packet.extensionProfile, String(error)).not.toBe(-1);
          return;
        }
        expect(packet.sequenceNumber).toBe(foreign.getSequenceNumber());
        expect(packet.timestamp).toBe(foreign.getTimestamp());
        expect(packet.ssrc).toBe(foreign.getSsrc());
        expect(packet.marker).toBe(foreign.getMarker());
        expect(packet.payloadType).toBe(foreign.getPayloadType());
        expect(packet.csrcCount).toBe(foreign.getCsrcs().length);
        expect(packet.payloadBytes).toBe(foreign.getPayload().byteLength);
      }),
      { numRuns: 5000 },
    );
  });

  it('never throws, whatever the bytes', () => {
    const packet = new RtpPacket();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        packet.read(bytes);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('RTP header writer', () => {
  it('writes what the independent reader reads, numbers taken modulo their field', () => {
    const field = fc.record({
      marker: fc.boolean(),
      payloadType: fc.integer({ min: 0, max: 127 }),
      sequenceNumber: fc.integer({ min: 0, max: 0x1ffff }),
      timestamp: fc.integer({ min: 0, max: 0x1_ffff_ffff }),
      ssrc: fc.integer({ min: 0, max: 0xffff_ffff }),
    });
    fc.assert(
      fc.property(field, ({ marker, payloadType, sequenceNumber, timestamp, ssrc }) => {
        const out = new Uint8Array(12);
        expect(writeRtpHeader(out, marker, payloadType, sequenceNumber, timestamp, ssrc)).toBe(12);
        const foreign = new ForeignPacket(view(out));
        expect(foreign.getMarker()).toBe(marker);
        expect(foreign.getPayloadType()).toBe(payloadType);
        expect(foreign.getSequenceNumber()).toBe(sequenceNumber % 0x10000);
        expect(foreign.getTimestamp()).toBe(timestamp % 0x1_0000_0000);
        expect(foreign.getSsrc()).toBe(ssrc);
      }),
    );
  });
});

describe('telling RTP from RTCP on one port (RFC 5761 §4)', () => {
  it('takes second octets 192 to 223 as RTCP', () => {
    const rtcp = Array.from({ length: 256 }, (_, second) => isRtcp(Uint8Array.from([0x80, second])));
    expect(rtcp.indexOf(true)).toBe(192);
    expect(rtcp.lastIndexOf(true)).toBe(223);
    expect(rtcp.filter(Boolean)).toHaveLength(32);
    expect(isRtcp(new Uint8Array(1))).toBe(false);
  });
});
