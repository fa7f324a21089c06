import { describe, expect, it } from 'vitest';
import { escaut as ofConsole } from '../../src/protocols/generated/console.js';
import { escaut as ofLink } from '../../src/protocols/generated/link.js';

describe('generated protocol code', () => {
  it('of two files works in one process: each finds the nested messages of its own', () => {
    const { ServerMessage } = ofConsole.console.v1;
    const pong = ServerMessage.decode(ServerMessage.encode({ pong: { nonce: 7 } }).finish());
    expect(pong.pong?.nonce).toBe(7);
    const { Frame } = ofLink.link.v1;
    const frame = Frame.decode(Frame.encode({ ack: 5, refused: { reason: 1 } }).finish());
    expect([frame.ack, frame.refused?.reason]).toEqual([5, 1]);
  });
});
