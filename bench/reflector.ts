/**
 * The measurement's own floor: receives each talker's packets and sends them on to the other legs of its group, with
 * nothing done to them. What this costs and delays, the sockets and the load generator cost and delay.
 */
import { createSocket } from 'node:dgram';
import { raisePriority } from './priority.ts';

raisePriority();
const [groups, legsPerGroup, basePort] = process.argv.slice(2).map(Number) as [number, number, number];
const sockets = Array.from({ length: groups * legsPerGroup }, () =>
  createSocket({ type: 'udp4', lookup: (_host, _options, done) => done(null, '127.0.0.1', 4) }),
);
const farPorts = new Array<number>(sockets.length).fill(0);
const sequences = new Array<number>(sockets.length).fill(0);
sockets.forEach((socket, index) => {
  const first = index - (index % legsPerGroup);
  socket.on('message', (bytes, from) => {
    farPorts[index] = from.port;
    if (index !== first) return;
    for (let other = first + 1; other < first + legsPerGroup; other++) {
      if (farPorts[other] === 0) continue;
      const packet = Buffer.from(bytes);
      sequences[other] = ((sequences[other] as number) + 1) & 0xffff;
      packet.writeUInt16BE(sequences[other] as number, 2);
      sockets[other]?.send(packet, farPorts[other] as number, '127.0.0.1');
    }
  });
  socket.bind(basePort + index, '127.0.0.1', () => {
    socket.setRecvBufferSize(1 << 20);
    if (index === sockets.length - 1) process.send?.('ready');
  });
});
process.on('disconnect', () => process.exit(0));
