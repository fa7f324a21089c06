/** A listener that is full, over real sockets of several addresses of loopback. */
import { createServer, get, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { boundConnections, networkOf } from '../../src/api/connection-bound.ts';

const most = 8;
let server: Server;
let port: number;
let cut: (string | undefined)[];
let sockets: Socket[];
beforeEach(async () => {
  [cut, sockets] = [[], []];
  server = createServer((_request, response) => response.end('ok'));
  boundConnections(server, most, ({ remoteAddress }) => void cut.push(remoteAddress));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** Says nothing, once the listener has it. */
async function wait(localAddress: string): Promise<Socket> {
  const taken = new Promise((resolve) => server.once('connection', resolve));
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  socket.on('error', () => undefined);
  sockets.push(socket);
  await taken;
  return socket;
}

it('cuts whoever holds the most, not who waits longest: he may be typing the PIN of his card', async () => {
  const slow = await wait('127.0.0.2');
  for (let each = 0; each < 5 * most; each++) await wait('127.0.0.3');
  expect(new Set(cut)).toEqual(new Set(['127.0.0.3']));
  expect(cut).toHaveLength(4 * most + 1);
  const answered = new Promise<string>((resolve) => slow.once('data', (part) => resolve(`${part}`)));
  slow.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await answered).toContain('200 OK');
});

it('cuts the one that waits longest where all hold alike, and serves whoever comes new', async () => {
  for (let each = 2; each < 2 + most; each++) await wait(`127.0.0.${each}`);
  const status = await new Promise((resolve, reject) => {
    const at = { host: '127.0.0.1', port, localAddress: '127.0.0.99', agent: false };
    get(at, (response) => resolve(response.resume().statusCode)).on('error', reject);
  });
  expect([status, cut]).toEqual([200, ['127.0.0.2']]);
});

it('takes the addresses of one machine for one', () => {
  const same = ['2001:db8:1:2::5', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'].map(networkOf);
  expect(new Set(same)).toEqual(new Set(['2001:db8:1:2::/64']));
  const others = ['2001:db8:1:3::5', '2001:db8::5', '::1', 'fe80::1', '127.0.0.1', '::ffff:127.0.0.2'].map(networkOf);
  expect(new Set(others).size).toBe(others.length);
});
