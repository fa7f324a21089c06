import { createWorker, version } from 'mediasoup';
import type { Router, RtpParameters, SrtpCryptoSuite, Worker } from 'mediasoup/types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * The worker that the set-up provides, whichever way: our build stands on libsrtp 2 through a stand-in for libsrtp 3
 * (scripts/setup/worker-compat/srtp.h). That Chromium agrees with it is shown where consoles are tested.
 */
const OPUS = { mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2 } as const;
const SSRC = 0x1234_5678;
const PACKETS = 50;

let worker: Worker;
let router: Router;
beforeAll(async () => {
  worker = await createWorker({ logLevel: 'error' });
  router = await worker.createRouter({ mediaCodecs: [{ kind: 'audio', ...OPUS }] });
});
afterAll(() => worker.close());

describe("mediasoup's worker", () => {
  it('is of the version that the packages lock, and has no console without ICE', async () => {
    expect(version).toBe('3.27.1');
    const transport = await router.createWebRtcTransport({ listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }] });
    expect(transport.iceCandidates).toHaveLength(1);
    expect(transport.dtlsParameters.fingerprints.map(({ algorithm }) => algorithm)).toContain('sha-256');
    transport.close();
  });

  it.each<SrtpCryptoSuite>([
    'AEAD_AES_256_GCM',
    'AEAD_AES_128_GCM',
    'AES_CM_128_HMAC_SHA1_80',
    'AES_CM_128_HMAC_SHA1_32',
  ])('carries voice through SRTP with %s, byte by byte', async (suite) => {
    const near = await srtpTransport(suite);
    const far = await srtpTransport(suite);
    await near.connect({ ip: '127.0.0.1', port: far.tuple.localPort, srtpParameters: far.srtpParameters! });
    await far.connect({ ip: '127.0.0.1', port: near.tuple.localPort, srtpParameters: near.srtpParameters! });
    const direct = await router.createDirectTransport();
    const source = await direct.produce({ kind: 'audio', rtpParameters: sentAs(SSRC) });
    const { rtpCapabilities } = router;
    const { rtpParameters } = await near.consume({ producerId: source.id, rtpCapabilities });
    const arrived = await far.produce({ kind: 'audio', rtpParameters });
    const sink = await direct.consume({ producerId: arrived.id, rtpCapabilities });

    const received: string[] = [];
    const all = new Promise<void>((resolve) => {
      sink.on('rtp', (packet) => {
        received.push(packet.subarray(-PAYLOAD_BYTES).toString('hex'));
        if (received.length === PACKETS) resolve();
      });
    });
    const sent = Array.from({ length: PACKETS }, (_, index) => packetOf(index));
    for (const packet of sent) source.send(packet);
    await all;

    expect(received).toEqual(sent.map((packet) => packet.subarray(-PAYLOAD_BYTES).toString('hex')));
    for (const transport of [near, far, direct]) transport.close();
  });
});

function srtpTransport(srtpCryptoSuite: SrtpCryptoSuite) {
  const listenInfo = { protocol: 'udp', ip: '127.0.0.1' } as const;
  return router.createPlainTransport({ listenInfo, rtcpMux: true, enableSrtp: true, srtpCryptoSuite });
}

function sentAs(ssrc: number): RtpParameters {
  return { mid: '0', codecs: [{ ...OPUS }], encodings: [{ ssrc }] };
}

const PAYLOAD_BYTES = 40;

/** RTP of 20 ms of something that is different in each packet. */
function packetOf(index: number): Buffer {
  const packet = Buffer.alloc(12 + PAYLOAD_BYTES, index + 1);
  packet[0] = 0x80;
  packet[1] = OPUS.payloadType;
  packet.writeUInt16BE(1000 + index, 2);
  packet.writeUInt32BE(index * 960, 4);
  packet.writeUInt32BE(SSRC, 8);
  return packet;
}
