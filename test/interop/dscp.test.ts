/** How our packets are marked (DSCP), read from the wire by tshark: voice, SIP over each transport, floor control, link. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { markingFault } from '../../src/base/dscp.ts';
import { openLinkTransport } from '../../src/bridges/link/link-transport.ts';
import { openUdpFloorPort } from '../../src/bridges/mcptt/floor-port.ts';
import { TcpTransport, tcpTerms } from '../../src/bridges/sip/tcp-transport.ts';
import { TlsTransport } from '../../src/bridges/sip/tls-transport.ts';
import { UdpTransport } from '../../src/bridges/sip/udp-transport.ts';
import { writeRtpHeader } from '../../src/protocols/rtp/rtp-packet.ts';
import type { Hop } from '../../src/protocols/sip/hop.ts';
import { Authority, textOf } from '../base/certificates.ts';
import { tone } from '../media/signals.ts';
import { Capture } from './support/capture.ts';
import { freeBlock, loopback } from './support/ports.ts';
import { until } from './support/until.ts';
import { VoiceRig } from './voice-rig.ts';

const [voice, signalling] = [46, 26];
const authority = new Authority();
const files = authority.issue({ names: `IP:${loopback},IP:::1` });
let capture: Capture;
let port: number;
/** Ports of ours, and for connections that we make theirs, each with what our packets must say. */
const expected = { from: new Map<number, number>(), to: new Map<number, number>() };
const closing: (() => unknown)[] = [];

function ours(at: number, dscp: number): number {
  expected.from.set(at, dscp);
  return at;
}

beforeAll(async () => {
  port = await freeBlock(40);
  capture = await Capture.start([
    { from: port, to: port + 39 },
    { from: 19_200, to: 19_299 },
  ]);
});

afterAll(async () => {
  for (const close of closing) await close();
  await capture?.close();
  authority.close();
});

const handlers = {
  onMessage: () => undefined,
  onUnreachable: () => undefined,
  onClosed: () => undefined,
  mayConnect: () => true,
  isPeer: () => true,
  onDropped: () => undefined,
};

/** Has a packet sent to whoever listens there, and waits until that has come. */
async function heardOver({ transport, address, port: at }: Hop, send: (hop: Hop) => void): Promise<void> {
  if (transport === 'udp') {
    const far = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    await new Promise<void>((done) => far.bind(at, address, done));
    const heard = once(far, 'message');
    send({ transport, address, port: at });
    await heard;
    far.close();
    return;
  }
  const { cert, key } = { cert: textOf(files.certificate), key: textOf(files.key) };
  const server = transport === 'tls' ? createTlsServer({ cert, key }) : createServer();
  const heard = new Promise<void>((done) => {
    server.on(transport === 'tls' ? 'secureConnection' : 'connection', (socket) => socket.once('data', () => done()));
  });
  await new Promise<void>((done) => server.listen(at, address, done));
  send({ transport, address, port: at });
  await heard;
  closing.push(() => server.close());
}

const octets = Buffer.from('x'.repeat(100));

describe('packets of ours', () => {
  it('can be marked here', async () => {
    expect(await markingFault(voice)).toBeUndefined();
  });

  it('carry the class of voice: RTP and RTCP of a leg, by both its sockets', async () => {
    const rig = new VoiceRig({ dscp: voice });
    closing.push(() => rig.stop());
    await rig.start();
    const be = await rig.leg('be');
    const fr = await rig.leg('fr');
    const latching = await rig.leg('latching', {}, { latch: true });
    for (const far of [fr, latching]) ours(far.gatewayPort, voice);
    await be.talk(tone(1000, -20, 2400, 8000));
    await rig.until(() => fr.received.length === 15);
  });

  it.each([loopback, '::1'])('carry the class of signalling: SIP over UDP, TCP and TLS from %s', async (address) => {
    const first = address === loopback ? port : port + 10;
    const at = (offset: number) => ({ address, port: ours(first + offset, signalling) });
    const udp = await UdpTransport.listen(at(0), handlers, signalling);
    const terms = { ...tcpTerms, dscp: signalling };
    const tcp = await TcpTransport.listen(at(1), handlers, () => performance.now(), terms);
    const { certificate, key } = files;
    const tls = await TlsTransport.listen(
      at(2),
      handlers,
      { certificate, key, ca: authority.ca, clientCertificate: 'none' },
      {
        clock: new SystemClock(),
        dscp: signalling,
        peers: () => [{ attachment: 'as-1', address, port: 1, name: address, ca: undefined }],
        onCertificate: () => undefined,
        onRefused: () => undefined,
      },
    );
    closing.push(() => Promise.all([udp.close(), tcp.close(), tls.close()]));
    const far = (transport: Hop['transport'], offset: number): Hop => {
      expected.to.set(first + offset, signalling);
      return { transport, address, port: first + offset };
    };
    await heardOver(far('udp', 3), (hop) => udp.send(octets, hop));
    // By a socket of its own once it is watched.
    await heardOver(far('udp', 4), (hop) => {
      udp.watch(hop);
      setTimeout(() => udp.send(octets, hop), 50);
    });
    await heardOver(far('tcp', 5), (hop) => tcp.send(octets, hop));
    await heardOver(far('tls', 6), (hop) => tls.send(octets, hop));
    // And on connections that far ends have made: the answer to a ping.
    const plain = connect(first + 1, address, () => plain.write('\r\n\r\n'));
    await once(plain, 'data');
    const secure = connectTls({ host: address, port: first + 2, rejectUnauthorized: false }, () => {
      secure.write('\r\n\r\n');
    });
    await once(secure, 'data');
    plain.destroy();
    secure.destroy();
  });

  it('carry the class of signalling: floor control and the link', async () => {
    const local = { address: loopback, port: ours(port + 20, signalling) };
    const floor = openUdpFloorPort(local, { onDatagram: () => undefined, onFailed: () => undefined }, signalling);
    closing.push(() => floor.close());
    const far: Hop = { transport: 'udp', address: loopback, port: port + 22 };
    await heardOver(far, (hop) => setTimeout(() => floor.send(octets, hop), 50));
    const link = await openLinkTransport(
      { host: loopback, port: ours(port + 21, signalling), sources: [], tls: undefined },
      {
        opened: (line) => line.send(octets),
        message: () => undefined,
        broken: () => undefined,
        closed: () => undefined,
        dropped: () => undefined,
      },
      signalling,
    );
    closing.push(() => link.close());
    const agent = connect(port + 21, loopback);
    await once(agent, 'data');
    agent.destroy();
  });

  it('say so on the wire', async () => {
    await seenUntilNow();
    const rows = await capture.read('(udp || tcp.len > 0) && !icmp', [
      ...['udp.srcport', 'tcp.srcport', 'udp.dstport', 'tcp.dstport', 'ip.dsfield.dscp', 'ipv6.tclass.dscp'],
    ]);
    const seen = { from: new Map<number, Set<number>>(), to: new Map<number, Set<number>>() };
    for (const [udpFrom, tcpFrom, udpTo, tcpTo, ipv4, ipv6] of rows) {
      const ends = { from: Number(udpFrom || tcpFrom), to: Number(udpTo || tcpTo) };
      for (const end of ['from', 'to'] as const) {
        const [at, known] = [ends[end], seen[end]];
        if (expected[end].has(at)) known.set(at, (known.get(at) ?? new Set()).add(Number(ipv4 || ipv6)));
      }
    }
    for (const end of ['from', 'to'] as const) {
      expect(seen[end]).toEqual(new Map([...expected[end]].map(([at, dscp]) => [at, new Set([dscp])])));
    }
  });
});

/** The capture is in order: what comes after all else shows that all else is there. */
async function seenUntilNow(): Promise<void> {
  const last = new Uint8Array(172);
  writeRtpHeader(last, false, 8, 1, 0, 1);
  const socket = createSocket('udp4');
  const range = { from: port + 39, to: port + 39 };
  await until('the capture has come so far', async () => {
    socket.send(last, range.from, loopback);
    return capture.rtp({ from: 0, to: 65_535 }, range).length > 0;
  });
  socket.close();
  await capture.stop();
}
