/** Ports of loopback that nobody holds, in blocks below those that the system gives out itself. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

export const loopback = '127.0.0.1';

const lowest = 21_000;
const highest = 30_000;

/** For these tshark has protocols of its own (`tshark -G decodes`), as which it would judge whatever passes there. */
const known = [
  ...[21_064, 22_222, 23_272, 24_576, 24_577, 24_800, 25_826, 26_000, 27_017, 27_036, 27_500, 27_910],
  ...[27_950, 27_951, 27_952, 27_953, 27_960, 27_961, 27_962, 27_963, 29_418],
];

/** What this test file was given: nobody may hold it yet, and a second block must not lie in it all the same. */
const given: { first: number; last: number }[] = [];

/** The first of `size` free ports; each is asked for, UDP and TCP, and given back; no port is given twice to a test file. */
export async function freeBlock(size: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = lowest + 2 * Math.floor((Math.random() * (highest - lowest - size)) / 2);
    const last = first + size - 1;
    if (given.some((block) => first <= block.last && block.first <= last)) continue;
    if (known.some((port) => first <= port && port <= last)) continue;
    const ports = Array.from({ length: size }, (_, index) => first + index);
    const free = await Promise.all(ports.map(isFree));
    if (!free.every(Boolean)) continue;
    given.push({ first, last });
    return first;
  }
  throw new Error(`no block of ${size} ports is free`);
}

async function isFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const udp = await new Promise<boolean>((done) => {
    socket.once('error', () => done(false));
    socket.bind({ port, address: loopback, exclusive: true }, () => done(true));
  });
  if (udp) await new Promise<void>((done) => socket.close(() => done()));
  if (!udp) return false;
  const server = createServer();
  return new Promise<boolean>((done) => {
    server.once('error', () => done(false));
    server.listen({ port, host: loopback, exclusive: true }, () => server.close(() => done(true)));
  });
}
