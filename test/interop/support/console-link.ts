/** A console of a gateway that runs, without a page: what a link client is told of faults. */
import { once } from 'node:events';
import { Page } from '../console-bench.ts';
import type { Gateway } from './gateway.ts';
import { loopback } from './ports.ts';
import { until } from './until.ts';

export class ConsoleLink {
  readonly #page: Page;
  readonly #pings: NodeJS.Timeout;

  private constructor(page: Page) {
    this.#page = page;
    this.#pings = setInterval(() => page.send({ ping: { nonce: 1 } }), 1000);
  }

  /** `cookie`: of a login, where people log in. */
  static async open(gateway: Gateway, cookie?: string): Promise<ConsoleLink> {
    const link = cookie === undefined ? new URL(await gateway.consoleLink()) : undefined;
    const host = `${loopback}:${gateway.ports.http}`;
    const page = new Page(`ws://${host}/console/ws`, {
      origin: `http://${host}`,
      ...(cookie !== undefined && { cookie }),
    });
    await once(page.socket, 'open');
    page.send({ hello: { versionMin: 1, versionMax: 1, token: link?.hash.slice('#token='.length) ?? '' } });
    await page.until((message) => message.snapshot);
    return new ConsoleLink(page);
  }

  /** Codes of the faults that last, as far as it was told. */
  get alarms(): readonly string[] {
    const raised = new Set<string>();
    if (this.#page.closed) throw new Error('the link is closed');
    for (const { snapshot, delta } of this.#page.messages) {
      for (const { code } of snapshot?.alarms ?? []) raised.add(code ?? '');
      const { code = '', raised: isRaised } = delta?.alarm ?? {};
      if (isRaised === true) raised.add(code ?? '');
      else raised.delete(code ?? '');
    }
    return [...raised];
  }

  /** Resolves with the ms that it took. */
  told(code: string, isRaised: boolean, withinMs = 10_000): Promise<number> {
    return until(`${code}: ${isRaised}`, () => this.alarms.includes(code) === isRaised, withinMs);
  }

  close(): void {
    clearInterval(this.#pings);
    this.#page.socket.close();
  }
}
