/** The SIP listeners on real sockets: what the kernel tells, what a hostile client may not do, what a flood costs. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TcpTransport, tcpTerms } from '../../src/bridges/sip/tcp-transport.ts';
import { UdpTransport } from '../../src/bridges/sip/udp-transport.ts';
import type { Hop } from '../../src/protocols/sip/hop.ts';
import { freePort, loopback, SipRig, until } from './sip-rig.ts';

interface Heard {
  readonly messages: { readonly text: string; readonly source: Hop }[];
  readonly unreachable: { readonly hop: Hop; readonly reason: string }[];
  readonly closed: Hop[];
  readonly dropped: string[];
}

function listener(peers: readonly string[] = [loopback]) {
  const heard: Heard = { messages: [], unreachable: [], closed: [], dropped: [] };
  return {
    heard,
    handlers: {
      onMessage: (octets: Uint8Array, source: Hop) =>
        void heard.messages.push({ text: Buffer.from(octets).toString(), source }),
      onUnreachable: (hop: Hop, reason: string) => void heard.unreachable.push({ hop, reason }),
      onClosed: (hop: Hop) => void heard.closed.push(hop),
      mayConnect: () => true,
      isPeer: (address: string) => peers.includes(address),
      onDropped: (reason: string) => void heard.dropped.push(reason),
    },
  };
}

const message = (method: string, body = '') =>
  `${method} sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\n` +
  `Call-ID: c\r\nCSeq: 1 ${method}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const octets = (text: string) => Buffer.from(text);

describe('UDP', () => {
  it('tells of ICMP "port unreachable" for a watched far end, hears it when it is there, and others all the time', async () => {
    const { heard, handlers } = listener();
    const transport = await UdpTransport.listen({ address: loopback, port: 0 }, handlers);
    const hop: Hop = { transport: 'udp', address: loopback, port: await freePort() };
    transport.watch(hop);
    // Said again: the socket that is told of it is being connected.
    await until('told', () => {
      transport.send(octets(message('OPTIONS')), hop);
      return heard.unreachable.length > 0;
    });
    expect(heard.unreachable[0]).toEqual({ hop, reason: 'ECONNREFUSED' });
    const [far, stranger] = [createSocket('udp4'), createSocket('udp4')];
    await new Promise<void>((done) => far.bind(hop.port, loopback, done));
    const received: string[] = [];
    far.on('message', (text) => received.push(String(text)));
    // Said again: a send may still be told what came back of the one before.
    await until('it is there', () => {
      transport.send(octets('hello'), hop);
      return received.length > 0;
    });
    expect(received[0]).toBe('hello');
    far.send('from far', transport.local.port, loopback);
    stranger.send('from elsewhere', transport.local.port, loopback);
    await until('both heard', () => heard.messages.length === 2);
    expect(heard.messages.map(({ text }) => text).sort()).toEqual(['from elsewhere', 'from far']);
    transport.unwatch(hop);
    far.send('unwatched', transport.local.port, loopback);
    await until('still heard', () => heard.messages.length === 3);
    far.close();
    stranger.close();
    await transport.close();
  });

  it('says of addresses that no packet can reach that they cannot be reached, and nothing worse happens', async () => {
    const { heard, handlers } = listener();
    const udp = await UdpTransport.listen({ address: loopback, port: 0 }, handlers);
    const tcp = await TcpTransport.listen({ address: loopback, port: 0 }, handlers, () => performance.now());
    const nowhere = [
      ['127.0.0.1', 0],
      ['255.255.255.255', 5060],
      ['127.255.255.255', 5060],
      ['0.1.2.3', 5060],
    ] as const;
    for (const [address, port] of nowhere) {
      for (const transport of [udp, tcp]) {
        const hop: Hop = { transport: transport.name, address, port };
        transport.watch(hop);
        transport.send(octets('x'), hop);
      }
    }
    await until('told of all', () => {
      for (const [address, port] of nowhere) udp.send(octets('x'), { transport: 'udp', address, port });
      const told = new Set(heard.unreachable.map(({ hop }) => `${hop.transport} ${hop.address}`));
      return nowhere.every(([address]) => told.has(`udp ${address}`) && told.has(`tcp ${address}`));
    });
    await Promise.all([udp.close(), tcp.close()]);
  });

  it('refuses to share its port with another program, and says what to do', async () => {
    const { handlers } = listener();
    const first = await UdpTransport.listen({ address: loopback, port: 0 }, handlers);
    await expect(UdpTransport.listen(first.local, handlers)).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    await first.close();
  });
});

describe('TCP', () => {
  const open = async (terms = {}, peers?: readonly string[]) => {
    const each = listener(peers);
    const transport = await TcpTransport.listen(
      { address: loopback, port: 0 },
      each.handlers,
      () => performance.now(),
      {
        ...tcpTerms,
        ...terms,
      },
    );
    return { ...each, transport };
  };
  const client = async (port: number): Promise<Socket> => {
    const socket = connect(port, loopback);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };

  it('cuts messages out of the stream, answers on the same connection, and a ping with a pong', async () => {
    const { heard, transport } = await open();
    const socket = await client(transport.local.port);
    const replies: string[] = [];
    socket.on('data', (data) => replies.push(String(data)));
    const text = message('MESSAGE', 'hello');
    socket.write(`${text}${text.slice(0, 30)}`);
    socket.write(text.slice(30));
    await until('two messages', () => heard.messages.length === 2);
    transport.send(octets('answer'), heard.messages[0]!.source);
    await until('answer', () => replies.join('') === 'answer');
    socket.write('\r\n\r\n');
    await until('pong', () => replies.join('') === 'answer\r\n');
    socket.destroy();
    await until('closed', () => heard.closed.length === 1);
    expect(transport.connections).toBe(0);
    await transport.close();
  });

  it('uses one connection for all that goes to a far end, and says when there is none to be had', async () => {
    const { heard, transport } = await open();
    let connections = 0;
    let received = '';
    const far = createServer((socket) => {
      connections++;
      socket.on('data', (data) => {
        received += String(data);
      });
    });
    await new Promise<void>((done) => far.listen(0, loopback, done));
    const address = far.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    for (const part of ['a', 'b', 'c']) transport.send(octets(part), { transport: 'tcp', address: loopback, port });
    await until('all there', () => received === 'abc');
    expect(connections).toBe(1);
    transport.reset({ transport: 'tcp', address: loopback, port });
    transport.send(octets('d'), { transport: 'tcp', address: loopback, port });
    await until('a new connection', () => connections === 2);
    far.close();
    const nobody = await freePort();
    transport.send(octets('x'), { transport: 'tcp', address: loopback, port: nobody });
    await until('refused', () => heard.unreachable.some(({ reason }) => reason === 'ECONNREFUSED'));
    await transport.close();
  });

  it('closes a thousand sockets that dribble or keep silent, while a good client is answered within 200 ms', async () => {
    const { heard, transport } = await open({ patienceMs: 2000 });
    const bad = await Promise.all(Array.from({ length: 1000 }, () => client(transport.local.port)));
    let closed = 0;
    for (const [index, socket] of bad.entries()) {
      socket.on('close', () => closed++);
      if (index % 2 === 0) socket.write('INVITE sip:x@y SIP/2.0\r\nVia: ');
    }
    const dribble = setInterval(() => {
      for (const [index, socket] of bad.entries()) if (index % 2 === 0) socket.write('a');
    }, 500);
    const delays: number[] = [];
    while (closed < 1000) {
      const good = await client(transport.local.port);
      const sentMs = performance.now();
      const before = heard.messages.length;
      good.write(message('OPTIONS'));
      await until('good request heard', () => heard.messages.length > before);
      delays.push(performance.now() - sentMs);
      good.destroy();
      await new Promise((done) => setTimeout(done, 50));
      if (performance.now() > startMs + 30_000) break;
    }
    clearInterval(dribble);
    expect(closed).toBe(1000);
    const sorted = delays.sort((a, b) => a - b);
    expect(sorted[Math.floor(0.95 * sorted.length)]).toBeLessThan(200);
    expect(heard.dropped.filter((reason) => reason === 'too-long')).toHaveLength(500);
    await transport.close();
  });

  it('takes no more than its share of a stranger’s connections', async () => {
    const { heard, transport } = await open({ connectionsPerAddressMax: 10 }, []);
    const sockets = await Promise.all(Array.from({ length: 30 }, () => client(transport.local.port)));
    await until('the rest is closed', () => heard.dropped.length === 20);
    expect(transport.connections).toBe(10);
    for (const socket of sockets) socket.destroy();
    await transport.close();
  });

  it('cuts a far end that does not read what it asked for', async () => {
    const { heard, transport } = await open({ unreadBytesMax: 64 * 1024 });
    const socket = await client(transport.local.port);
    socket.pause();
    socket.write(message('OPTIONS'));
    await until('heard', () => heard.messages.length === 1);
    const { source } = heard.messages[0]!;
    for (let part = 0; part < 2000 && heard.closed.length === 0; part++) {
      transport.send(Buffer.alloc(8192, 'x'), source);
      if (part % 50 === 0) await new Promise((done) => setImmediate(done));
    }
    await until('cut', () => heard.closed.length === 1);
    socket.destroy();
    await transport.close();
  });

  let startMs = 0;
  beforeEach(() => {
    startMs = performance.now();
  });
});

describe('a flood', () => {
  let rig: SipRig;
  let flooders: UdpSocket[] = [];
  beforeEach(async () => {
    rig = await SipRig.make();
  });
  afterEach(async () => {
    for (const socket of flooders) socket.close();
    flooders = [];
    await rig.close();
  });

  it('of 2,000 INVITE/s from strangers on another address for 3 s: OPTIONS of a far end answered within 1 s, all the time', async () => {
    const port = await freePort();
    rig.attach({ peer: `sip:${loopback}:${port}`, mode: 'accept' });
    rig.keepMessages = false;
    const far = createSocket('udp4');
    await new Promise<void>((done) => far.bind(port, loopback, done));
    const stranger = createSocket('udp4');
    await new Promise<void>((done) => stranger.bind(0, '127.0.0.2', done));
    flooders = [far, stranger];
    const delays: number[] = [];
    let askedMs = 0;
    far.on('message', (octets) => {
      const text = octets.toString();
      if (text.startsWith('SIP/2.0 200')) delays.push(performance.now() - askedMs);
    });
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    let sent = 0;
    for (let turn = 0; turn < 300; turn++) {
      for (let each = 0; each < 20; each++, sent++) {
        stranger.send(
          message('INVITE').replace('z9hG4bK1', `z9hG4bK${sent}`).replace('Call-ID: c', `Call-ID: c${sent}`),
          rig.port('udp'),
          loopback,
        );
      }
      if (turn % 20 === 0) {
        askedMs = performance.now();
        far.send(
          message('OPTIONS')
            .replace('SIP/2.0/TCP 127.0.0.1', `SIP/2.0/UDP 127.0.0.1:${port}`)
            .replace('z9hG4bK1', `z9hG4bKgood${turn}`)
            .replace('Call-ID: c', `Call-ID: good${turn}`),
          rig.port('udp'),
          loopback,
        );
      }
      await new Promise((done) => setTimeout(done, Math.max(0, startMs + 10 * (turn + 1) - performance.now())));
    }
    await until('all answered', () => delays.length === 15);
    expect(Math.max(...delays)).toBeLessThan(1000);
    expect(rig.counts.get('sip_messages_dropped_total stranger')).toBeGreaterThan(5000);
    expect(rig.bridge.sizes.calls).toBe(0);
    expect(rig.bridge.sizes.transactions).toBeLessThan(100);
    const { user, system } = process.cpuUsage(cpu);
    const secondsPerSecond = (user + system) / 1000 / (performance.now() - startMs);
    expect(secondsPerSecond).toBeLessThan(0.9); // flooder and bridge together, in one process
  });
});
