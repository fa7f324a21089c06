import { describe, expect, it } from 'vitest';
import { RtpPacket } from '../../../src/protocols/rtp/rtp-packet.ts';
import { RtpSender } from '../../../src/protocols/rtp/rtp-sender.ts';

describe('RTP sender', () => {
  it('numbers packets over both wrap-arounds and counts them for the sender report', () => {
    const sender = new RtpSender({ ssrc: 0xffff_fffe, firstSequenceNumber: 65_535, firstTimestamp: 0xffff_ff60 });
    const out = new Uint8Array(172);
    const packet = new RtpPacket();
    const seen: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      expect(sender.write(out, 160, 8, n === 0)).toBe(172);
      sender.advance(160);
      packet.read(out);
      seen.push([packet.sequenceNumber, packet.timestamp, packet.marker, packet.ssrc]);
    }
    expect(seen).toEqual([
      [65_535, 0xffff_ff60, true, 0xffff_fffe],
      [0, 0, false, 0xffff_fffe],
      [1, 160, false, 0xffff_fffe],
    ]);
    expect(sender).toMatchObject({ packets: 3, payloadOctets: 480 });
  });

  it('shows a pause as a gap in time and none in sequence', () => {
    const sender = new RtpSender({ ssrc: 1, firstSequenceNumber: 0, firstTimestamp: 0 });
    const out = new Uint8Array(12);
    sender.write(out, 0, 8, true);
    sender.advance(160 + 8000);
    sender.write(out, 0, 8, true);
    const packet = new RtpPacket();
    packet.read(out);
    expect(packet).toMatchObject({ sequenceNumber: 1, timestamp: 8160 });
  });

  it('keeps the timestamp of an event apart from that of the voice', () => {
    const sender = new RtpSender({ ssrc: 1, firstSequenceNumber: 0, firstTimestamp: 800 });
    const out = new Uint8Array(16);
    sender.advance(160);
    sender.writeAt(800, out, 4, 101, true);
    const packet = new RtpPacket();
    packet.read(out);
    expect(packet).toMatchObject({ timestamp: 800, payloadType: 101 });
    expect(sender.timestamp).toBe(960);
  });
});
