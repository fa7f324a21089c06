/** A cable between a browser and the gateway that can be pulled: TCP bytes go on, or go nowhere without a reset. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { loopback } from './ports.ts';

export class Cable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #pulled = false;

  private constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, loopback);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          if (!this.#pulled) to.destroy();
        });
        from.on('data', (bytes) => {
          if (!this.#pulled) to.write(bytes);
        });
      }
    });
  }

  static async to(port: number): Promise<Cable> {
    const cable = new Cable(port);
    cable.#server.listen(0, loopback);
    await once(cable.#server, 'listening');
    return cable;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Nothing passes any more, and nobody is told. */
  pull(): void {
    this.#pulled = true;
  }

  /** New connections pass; those of before stay dead. */
  plug(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#pulled = false;
  }

  close(): void {
    this.#pulled = false;
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
