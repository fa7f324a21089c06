import type { Socket } from 'node:dgram';

/** UDP ports for the simulated voice: the configured range round and round, so that none of the gateway's is taken. */
export class VoicePorts {
  readonly #first: number;
  /** Ports that there are; RTCP's odd ones are left free. */
  readonly count: number;
  #given = 0;

  constructor(range: { readonly from: number; readonly to: number }) {
    this.#first = range.from + (range.from % 2);
    this.count = Math.max(0, Math.floor((range.to - this.#first) / 2) + 1);
  }

  /** The next even port; whether it is free shows when it is bound. */
  next(): number {
    return this.#first + 2 * (this.#given++ % this.count);
  }

  /** Binds a socket to one of them; undefined when none is free. */
  async bind(socket: Socket, host: string): Promise<number | undefined> {
    for (let tries = 0; tries < this.count; tries++) {
      const port = this.next();
      if (await tryBind(socket, port, host)) return port;
    }
    return undefined;
  }
}

function tryBind(socket: Socket, port: number, host: string): Promise<boolean> {
  return new Promise((done) => {
    const refused = (): void => done(false);
    socket.once('error', refused);
    socket.bind(port, host, () => {
      socket.off('error', refused);
      done(true);
    });
  });
}
