/**
 * Bytes of the console link (proto/console.proto) to messages and back. Nothing that arrives can throw out of here.
 */
import { escaut } from '../../protocols/generated/console.js';

const wire = escaut.console.v1;

export type ServerMessage = escaut.console.v1.ServerMessage;
export type ClientMessage = escaut.console.v1.ClientMessage.$Properties;

/** Reads one binary WebSocket message; `undefined` when it is not a ServerMessage. */
export function readServerMessage(bytes: Uint8Array): ServerMessage | undefined {
  try {
    return wire.ServerMessage.decode(bytes);
  } catch (error) {
    // The generated reader says "malformed" by throwing; to the link machine it is an event like any other.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** Writes one message into bytes of its own. */
export function writeClientMessage(message: ClientMessage): Uint8Array<ArrayBuffer> {
  const bytes = wire.ClientMessage.encode(message).finish();
  return new Uint8Array(bytes);
}
