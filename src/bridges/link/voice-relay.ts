/** A socket beside the voice process for the voice of one leg that comes inside the stream. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { VoiceRelay } from './link-parts.ts';

/** Rejects with the system's error. Datagrams are lent until `onRtp` returns. */
export async function openVoiceRelay(address: string, onRtp: (bytes: Uint8Array) => void): Promise<VoiceRelay> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  await new Promise<void>((done, failed) => {
    socket.once('error', failed);
    socket.bind({ address, port: 0, exclusive: true }, done);
  });
  socket.removeAllListeners('error');
  socket.on('error', () => undefined); // the voice process is being started again: the next packet finds it
  let voicePort = 0;
  socket.on('message', (bytes, from) => {
    // Whoever else is on this machine is not heard.
    if (from.port === voicePort && from.address === address) onRtp(bytes);
  });
  return {
    port: socket.address().port,
    send: (bytes, toPort) => {
      voicePort = toPort;
      socket.send(bytes, toPort, address);
    },
    close: () => socket.close(),
  };
}
