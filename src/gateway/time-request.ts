/** One question to a time server over UDP, from a port of its own (RFC 9109): nobody else's packets come in there. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

export interface TimeRequest {
  readonly address: string;
  readonly port: number;
  readonly bytes: Uint8Array;
  /** It has left. */
  sent(): void;
  /** Something came from there; may be called again. */
  heard(bytes: Uint8Array): void;
  /** Nothing will come. */
  failed(): void;
}

/** Returns what takes the question back; after that nothing is called. */
export type AskTime = (request: TimeRequest) => () => void;

export const askTime: AskTime = ({ address, port, bytes, sent, heard, failed }) => {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    socket.close();
  };
  const fail = (): void => {
    if (isOver) return;
    end();
    failed();
  };
  socket.on('error', fail);
  socket.on('message', (message) => {
    if (!isOver) heard(message);
  });
  socket.connect(port, address, () => {
    if (isOver) return;
    sent();
    socket.send(bytes);
  });
  return end;
};
