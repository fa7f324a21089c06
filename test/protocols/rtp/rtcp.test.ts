import fc from 'fast-check';
import {
  ByePacket,
  CompoundPacket,
  ReceiverReportPacket,
  ReceptionReport,
  SdesChunk,
  type SdesItemType,
  SdesPacket,
  SenderReportPacket,
} from 'rtp.js/packets';
import { describe, expect, it } from 'vitest';
import {
  compactNtp,
  ntpOfUtc,
  type ReportBlock,
  type RtcpPacket,
  readRtcp,
  roundTripMs,
  rtcpIntervalMs,
  SenderReportLog,
  writeRtcp,
} from '../../../src/protocols/rtp/rtcp.ts';
import { vector } from './packets.ts';

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });

const block: ReportBlock = {
  ssrc: 0x20600001,
  fractionLost: 64,
  cumulativeLost: -3,
  extendedHighestSequence: 65_599,
  jitterTicks: 79,
  lastSenderReport: 0xb710_8000,
  delaySinceLast: 0x0005_4000,
};

describe('RTCP (RFC 3550 §6)', () => {
  it('reads the SR and SDES that ffmpeg sends', () => {
    expect(readRtcp(vector('rtcp-sr-sdes-ffmpeg'))).toEqual({
      ok: true,
      packets: [
        {
          type: 'sr',
          ssrc: 0xbea170a6,
          sender: {
            ntp: { seconds: 0xeeaea03d, fraction: 0x63d70a3d },
            rtpTimestamp: 0xe7336bbf,
            packets: 40,
            octets: 40_960,
          },
          blocks: [],
        },
        { type: 'sdes', chunks: [{ ssrc: 0xbea170a6, cname: 'escaut-vector' }] },
      ],
    });
  });

  it('reads APP packets, alone or two in a datagram, as floor control sends them (TS 24.380)', () => {
    const one = readRtcp(vector('m01-floor-request'));
    expect(one).toMatchObject({ ok: true, packets: [{ type: 'app', subtype: 0, ssrc: 0x20600001, name: 'MCPT' }] });
    const two = readRtcp(vector('m20-two-messages'));
    expect(two).toMatchObject({ ok: true, packets: [{ subtype: 5 }, { subtype: 2 }] });
  });

  it('reads reports, descriptions and BYE that an independent writer made', () => {
    const report = new ReceptionReport();
    report.setSsrc(7);
    report.setFractionLost(200);
    report.setTotalLost(5);
    report.setHighestSeqNumber(70_000);
    report.setJitter(33);
    report.setLastSRTimestamp(0x1234_5678);
    report.setDelaySinceLastSR(0x10000);
    const rr = new ReceiverReportPacket();
    rr.setSsrc(9);
    rr.addReport(report);
    const sdes = new SdesPacket();
    const chunk = new SdesChunk();
    chunk.setSsrc(9);
    chunk.addItem(1 as SdesItemType, 'a@b');
    chunk.addItem(2 as SdesItemType, '206 001 4711');
    sdes.addChunk(chunk);
    const bye = new ByePacket();
    bye.addSsrc(9);
    bye.setReason('fini');
    const compound = new CompoundPacket();
    for (const packet of [rr, sdes, bye]) compound.addPacket(packet);
    const buffer = new ArrayBuffer(compound.getByteLength());
    compound.serialize(buffer);
    expect(readRtcp(new Uint8Array(buffer))).toEqual({
      ok: true,
      packets: [
        {
          type: 'rr',
          ssrc: 9,
          blocks: [
            {
              ssrc: 7,
              fractionLost: 200,
              cumulativeLost: 5,
              extendedHighestSequence: 70_000,
              jitterTicks: 33,
              lastSenderReport: 0x1234_5678,
              delaySinceLast: 0x10000,
            },
          ],
        },
        { type: 'sdes', chunks: [{ ssrc: 9, cname: 'a@b', name: '206 001 4711' }] },
        { type: 'bye', ssrcs: [9], reason: 'fini' },
      ],
    });
  });

  it('writes reports that the independent reader reads', () => {
    const bytes = writeRtcp([
      {
        type: 'sr',
        ssrc: 1,
        sender: { ntp: { seconds: 0xeeaea03d, fraction: 5 }, rtpTimestamp: 6, packets: 7, octets: 8 },
        blocks: [{ ...block, cumulativeLost: 3 }],
      },
      { type: 'sdes', chunks: [{ ssrc: 1, cname: 'escaut@192.0.2.1', name: 'Mouscron 12' }] },
      { type: 'bye', ssrcs: [1] },
    ]);
    const [sr, sdes, bye] = new CompoundPacket(view(bytes)).getPackets();
    expect(sr).toBeInstanceOf(SenderReportPacket);
    const first = (sr as SenderReportPacket).getReports()[0];
    expect((sr as SenderReportPacket).getNtpSeconds()).toBe(0xeeaea03d);
    expect((sr as SenderReportPacket).getOctetCount()).toBe(8);
    expect(first?.getTotalLost()).toBe(3);
    expect(first?.getDelaySinceLastSR()).toBe(0x0005_4000);
    expect((sdes as SdesPacket).getChunks()[0]?.getItems()).toEqual([
      { type: 1, text: 'escaut@192.0.2.1' },
      { type: 2, text: 'Mouscron 12' },
    ]);
    expect((bye as ByePacket).getSsrcs()).toEqual([1]);
  });

  it.each([
    ['short', '80c9'],
    ['version', '40c9000100000001'],
    ['length', '80c9000200000001'],
    ['length', '80c900010000000180c9'],
    ['padding', 'a0c900010000000080c9000100000001'],
    ['padding', 'a0c9000100000007'],
    ['padding', 'a0c9000100000008'],
    ['body', '81c9000100000001'],
    ['body', '80c80001000000ff'],
    ['body', '81ca0002000000010105616263640000'.slice(0, 24)],
    ['body', '82cb000100000001'],
    ['body', '81cb00020000000109000000'],
    ['body', '80cc000100000001'],
  ] as const)('names what is wrong: %s (%s)', (malformed, hex) => {
    expect(readRtcp(Buffer.from(hex, 'hex'))).toEqual({ ok: false, malformed });
  });

  it('skips packet types and SDES items that it does not know, and padding of the last packet', () => {
    const hex =
      '81ce00020000000100000002' + '81ca0004000000010802414201016300' + '00000000' + 'a0c9000200000003' + '00000004';
    expect(readRtcp(Buffer.from(hex, 'hex'))).toEqual({
      ok: true,
      packets: [
        { type: 'unknown', packetType: 206 },
        { type: 'sdes', chunks: [{ ssrc: 1, cname: 'c' }] },
        { type: 'rr', ssrc: 3, blocks: [] },
      ],
    });
  });

  it('cuts a text at 255 octets without halving a character', () => {
    const reading = readRtcp(writeRtcp([{ type: 'sdes', chunks: [{ ssrc: 1, cname: 'é'.repeat(200) }] }]));
    expect(reading).toMatchObject({ ok: true, packets: [{ chunks: [{ cname: 'é'.repeat(127) }] }] });
  });

  it('reads back any compound that it writes', () => {
    const text = fc.string({ maxLength: 40 });
    const blocks = fc.array(
      fc.record({
        ssrc: uint32,
        fractionLost: fc.integer({ min: 0, max: 255 }),
        cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
        extendedHighestSequence: uint32,
        jitterTicks: uint32,
        lastSenderReport: uint32,
        delaySinceLast: uint32,
      }),
      { maxLength: 31 },
    );
    const sender = fc.record({
      ntp: fc.record({ seconds: uint32, fraction: uint32 }),
      rtpTimestamp: uint32,
      packets: uint32,
      octets: uint32,
    });
    const data = fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.subarray(0, bytes.length & ~3));
    const any: fc.Arbitrary<RtcpPacket> = fc.oneof(
      fc.record({ type: fc.constant('sr' as const), ssrc: uint32, sender, blocks }),
      fc.record({ type: fc.constant('rr' as const), ssrc: uint32, blocks }),
      fc.record({
        type: fc.constant('sdes' as const),
        chunks: fc.array(fc.record({ ssrc: uint32, cname: text, name: text }), { maxLength: 31 }),
      }),
      fc.record({ type: fc.constant('bye' as const), ssrcs: fc.array(uint32, { maxLength: 31 }), reason: text }),
      fc.record({
        type: fc.constant('app' as const),
        subtype: fc.integer({ min: 0, max: 31 }),
        ssrc: uint32,
        name: fc.constantFrom('MCPT', 'ABCD'),
        data,
      }),
    );
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 5 }), (packets) => {
        const bytes = writeRtcp(packets);
        expect(bytes.length % 4).toBe(0);
        expect(readRtcp(bytes)).toEqual({ ok: true, packets });
      }),
    );
  });

  it('never throws on 10,000 mutated packets', () => {
    const seeds = [
      vector('rtcp-sr-sdes-ffmpeg'),
      vector('m20-two-messages'),
      writeRtcp([{ type: 'rr', ssrc: 1, blocks: [block] }]),
    ];
    const mutation = fc.tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(100), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      fc.nat(60),
    );
    fc.assert(
      fc.property(mutation, ([seed, changes, cut]) => {
        const bytes = seed.slice(0, Math.max(0, seed.length - (cut > 40 ? cut - 40 : 0)));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        readRtcp(bytes);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('NTP time and round trip (RFC 3550 §6.4.1)', () => {
  it('turns wall clock into NTP time, over the end of its first era in 2036 too', () => {
    expect(ntpOfUtc(250)).toEqual({ seconds: 2_208_988_800, fraction: 0x4000_0000 });
    expect(ntpOfUtc(Date.UTC(2036, 1, 7, 6, 28, 15) + 500)).toEqual({ seconds: 0xffff_ffff, fraction: 0x8000_0000 });
    expect(ntpOfUtc(Date.UTC(2036, 1, 7, 6, 28, 16))).toEqual({ seconds: 0, fraction: 0 });
  });

  it("follows the standard's example: 6.125 s of round trip", () => {
    const arrival = { seconds: 0xb710, fraction: 0x8000 << 16 };
    expect(compactNtp({ seconds: 0xb44d_b705, fraction: 0x2000_0000 })).toBe(0xb705_2000);
    expect(roundTripMs({ ...block, lastSenderReport: 0xb705_2000, delaySinceLast: 0x0005_4000 }, arrival)).toBe(6125);
  });

  it('gives none before our first SR was heard, nor when the figures contradict the clock', () => {
    const arrival = ntpOfUtc(1_000_000);
    expect(roundTripMs({ ...block, lastSenderReport: 0 }, arrival)).toBeUndefined();
    expect(
      roundTripMs({ ...block, lastSenderReport: compactNtp(arrival), delaySinceLast: 70 }, arrival),
    ).toBeUndefined();
  });

  it('measures 80 ms of round trip when the far end answers after 2 s', () => {
    const log = new SenderReportLog();
    const sent = ntpOfUtc(1_780_000_000_000);
    log.heard({ ntp: sent, rtpTimestamp: 0, packets: 0, octets: 0 }, 5000);
    const answer = log.block({ ...block }, 7000);
    expect(answer.delaySinceLast).toBe(2 * 0x10000);
    expect(roundTripMs(answer, ntpOfUtc(1_780_000_002_080))).toBeCloseTo(80, 0);
  });

  it('says 0 for LSR and DLSR while no SR was heard', () => {
    expect(new SenderReportLog().block({ ...block }, 5)).toMatchObject({ lastSenderReport: 0, delaySinceLast: 0 });
  });
});

describe('RTCP interval (RFC 3550 §6.3.1)', () => {
  const call = { members: 2, senders: 2, weSent: true, averageOctets: 120, bandwidthOctets: 400, initial: false };

  it('spreads 5 s over 2.05 to 6.16 s on a call of two, half of it at the start', () => {
    expect(rtcpIntervalMs(call, 0)).toBeCloseTo(2052.1, 0);
    expect(rtcpIntervalMs(call, 0.999_999)).toBeCloseTo(6156.3, 0);
    expect(rtcpIntervalMs({ ...call, initial: true }, 0.5)).toBeCloseTo(2052.1, 0);
  });

  it('stretches with the members so that RTCP stays within its bandwidth', () => {
    const many = { ...call, members: 200, senders: 200 };
    expect(rtcpIntervalMs(many, 0.5)).toBeCloseTo((1000 * 60) / (Math.E - 1.5), 0);
    const listeners = { ...call, members: 200, senders: 1, weSent: false };
    expect(rtcpIntervalMs(listeners, 0.5)).toBeCloseTo((1000 * ((120 * 199) / 300)) / (Math.E - 1.5), 0);
  });
});
