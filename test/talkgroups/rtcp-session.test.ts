import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { ReceiverStatistics } from '../../src/protocols/rtp/receiver-statistics.ts';
import { compactNtp, ntpOfUtc, type RtcpPacket, readRtcp, writeRtcp } from '../../src/protocols/rtp/rtcp.ts';
import { RtpPacket, writeRtpHeader } from '../../src/protocols/rtp/rtp-packet.ts';
import { OutStream } from '../../src/talkgroups/out-stream.ts';
import { RtcpSession } from '../../src/talkgroups/rtcp-session.ts';

const utcMs = Date.UTC(2026, 5, 1);
const start = { ssrc: 7, firstSequenceNumber: 1, firstTimestamp: 1000 };

function session(): { rtcp: RtcpSession; stream: OutStream; input: ReceiverStatistics } {
  const stream = new OutStream(start, 8000);
  const rtcp = new RtcpSession('escaut@test', stream, new SeededRandom(1), 0);
  return { rtcp, stream, input: new ReceiverStatistics({ clockRateHz: 8000 }) };
}

function read(bytes: Uint8Array): readonly RtcpPacket[] {
  const reading = readRtcp(bytes);
  return reading.ok ? reading.packets : [];
}

function hear(input: ReceiverStatistics, packets: number, step = 1): void {
  for (let i = 0; i < packets; i++) {
    const bytes = new Uint8Array(172);
    writeRtpHeader(bytes, false, 8, i * step, 160 * i * step, 99);
    const packet = new RtpPacket();
    packet.read(bytes);
    input.receive(packet, 20 * i * step);
  }
}

function send(stream: OutStream): void {
  stream.sender.write(new Uint8Array(172), 160, 8, false);
  stream.sender.advance(160);
}

describe('RTCP of a call (RFC 3550 §6)', () => {
  it('reports with RR and CNAME while we send nothing, with SR once we do', () => {
    const { rtcp, stream, input } = session();
    hear(input, 50);
    expect(read(rtcp.report(input, 3000, utcMs))).toMatchObject([
      { type: 'rr', ssrc: 7, blocks: [{ ssrc: 99, fractionLost: 0 }] },
      { type: 'sdes', chunks: [{ ssrc: 7, cname: 'escaut@test' }] },
    ]);
    send(stream);
    expect(read(rtcp.report(input, 8000, utcMs))[0]).toMatchObject({
      type: 'sr',
      ssrc: 7,
      sender: { packets: 1, octets: 160 },
    });
  });

  it('reports half of the packets lost as 128/256', () => {
    const { rtcp, input } = session();
    hear(input, 50, 2);
    const [report] = read(rtcp.report(input, 3000, utcMs));
    expect(report?.type === 'rr' && report.blocks[0]!.fractionLost).toBeGreaterThanOrEqual(125);
  });

  it('reports first after 1 to 3.3 s, then every 2 to 6.2 s, and three times more seldom while nothing passes', () => {
    const { rtcp, stream, input } = session();
    expect(rtcp.dueMs).toBeGreaterThan(1000);
    expect(rtcp.dueMs).toBeLessThan(3300);
    let nowMs = rtcp.dueMs;
    for (let i = 0; i < 100; i++) {
      send(stream);
      rtcp.report(input, nowMs, utcMs);
      expect(rtcp.dueMs - nowMs).toBeGreaterThan(2000);
      expect(rtcp.dueMs - nowMs).toBeLessThan(6400);
      nowMs = rtcp.dueMs;
    }
    rtcp.report(input, nowMs, utcMs);
    expect(rtcp.dueMs - nowMs).toBeGreaterThan(6100);
    expect(rtcp.dueMs - nowMs).toBeLessThan(18_700);
  });

  it('measures a round trip of 80 ms and the loss of our stream from a report block of the far end', () => {
    const { rtcp, input } = session();
    const block = {
      ssrc: 7,
      fractionLost: 64,
      cumulativeLost: 3,
      extendedHighestSequence: 9,
      jitterTicks: 0,
      lastSenderReport: compactNtp(ntpOfUtc(utcMs)),
      delaySinceLast: Math.round((500 * 0x10000) / 1000),
    };
    const news = rtcp.receive(writeRtcp([{ type: 'rr', ssrc: 99, blocks: [block] }]), input, 580, utcMs + 580);
    expect(news).toEqual({ farEndHas: 9 });
    expect(rtcp.roundTripMs).toBeCloseTo(80, 0);
    expect(rtcp.farLoss).toBe(0.25);
  });

  it('tells a new SDES NAME once, and a BYE of the stream', () => {
    const { rtcp, input } = session();
    hear(input, 3);
    const named = writeRtcp([{ type: 'sdes', chunks: [{ ssrc: 99, cname: 'x', name: '5317031' }] }]);
    expect(rtcp.receive(named, input, 0, utcMs)).toEqual({ name: '5317031' });
    expect(rtcp.receive(named, input, 0, utcMs)).toEqual({});
    expect(rtcp.receive(writeRtcp([{ type: 'bye', ssrcs: [99] }]), input, 0, utcMs)).toEqual({ bye: true });
    expect(rtcp.receive(writeRtcp([{ type: 'bye', ssrcs: [98] }]), input, 0, utcMs)).toEqual({});
  });

  it('counts what is no RTCP and goes on', () => {
    const { rtcp, input } = session();
    expect(rtcp.receive(Uint8Array.of(1, 2, 3), input, 0, utcMs)).toEqual({});
    expect(rtcp.malformed).toBe(1);
  });

  it('ends with RR, CNAME and BYE, and reports no more', () => {
    const { rtcp, input } = session();
    expect(read(rtcp.bye(input, 0, utcMs)).map(({ type }) => type)).toEqual(['rr', 'sdes', 'bye']);
    expect(rtcp.dueMs).toBe(Infinity);
  });
});
