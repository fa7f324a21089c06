/** Systems of number-plate cameras: they send their hits to the gateway as docs/hits.md says. */
import { randomBytes } from 'node:crypto';
import { loopback } from '../test/interop/support/ports.ts';
import { utcMs } from './clock.ts';
import type { HitFact } from './facts.ts';
import type { StepOf } from './scenario-file.ts';
import type { Testbed } from './testbed.ts';

interface Source {
  readonly token: string;
  /** Name of the environment variable that has the token. */
  readonly variable: string;
}

export class HitSources {
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #testbed: Testbed;

  constructor(testbed: Testbed) {
    this.#testbed = testbed;
    this.#sources = new Map(
      Object.keys(testbed.hitSources).map((id) => {
        const variable = `ESCAUT_${id.toUpperCase().replaceAll('-', '_')}_TOKEN`;
        return [id, { token: randomBytes(32).toString('hex'), variable }];
      }),
    );
  }

  /** For the gateway's configuration: `hits.sources`. */
  get configured(): readonly object[] {
    return Object.entries(this.#testbed.hitSources).map(([id, { name, country }]) => {
      return { id, name, country, token: { env: this.#sources.get(id)?.variable } };
    });
  }

  get environment(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#sources.values()].map(({ variable, token }) => [variable, token]));
  }

  /** Undefined: there is no such source. */
  async send(index: number, step: StepOf<'hit'>, httpPort: number): Promise<HitFact | undefined> {
    const source = this.#sources.get(step.source);
    if (source === undefined) return undefined;
    const atMs = utcMs();
    const { camera, vehicle, reason } = step;
    const reply = await fetch(`http://${loopback}:${httpPort}/api/v1/hits`, {
      method: 'POST',
      headers: { authorization: `Bearer ${source.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ reference: step.id, readAt: new Date(atMs).toISOString(), camera, vehicle, reason },
        plate: this.#testbed.plates[step.id],
      }),
    });
    const { hit, taken, state, code } = (await reply.json()) as Readonly<Record<string, unknown>>;
    return {
      ...{ step: index, atMs, status: reply.status, hit: Number(hit) },
      ...{ taken: String(taken ?? code), state: String(state ?? '') },
    };
  }
}
