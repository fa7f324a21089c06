import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listenError } from '../../src/base/errors.ts';
import { portHolder } from '../../src/base/port-holder.ts';

describe('who holds a port', () => {
  it('is found for TCP and UDP, IPv4 and IPv6, with process and program', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const server = createServer().listen(0, host);
      await once(server, 'listening');
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      expect(portHolder(port)?.pid).toBe(process.pid);
      const cause = Object.assign(new Error(), { code: 'EADDRINUSE' });
      expect(listenError('console.listen', host, port, cause).message).toMatch(
        new RegExp(`: the port is in use by process ${process.pid} \\(.*node.*\\)$`),
      );
      server.close();
      await once(server, 'close');
      expect(portHolder(port)).toBeUndefined();

      const socket = createSocket(host === '::1' ? 'udp6' : 'udp4').bind(0, host);
      await once(socket, 'listening');
      expect(portHolder(socket.address().port)?.pid).toBe(process.pid);
      socket.close();
    }
  });

  it('is nobody where nobody listens', () => {
    expect(portHolder(1)).toBeUndefined();
    expect(portHolder(Number.NaN)).toBeUndefined();
  });
});
