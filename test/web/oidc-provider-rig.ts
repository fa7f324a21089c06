/** Starts a provider of identities beside a test and tells it what to do. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ProviderOrder {
  /** Registers the gateway with it; from then on it answers. */
  readonly redirectUri?: string;
  /** Groups of its accounts; null: a leaver. */
  readonly groups?: Readonly<Record<string, readonly string[] | null>>;
  /** Claims of a logout token to be signed; answered with it. */
  readonly sign?: { readonly claims: Readonly<Record<string, unknown>>; readonly key?: 'own' | 'other' };
  readonly misbehave?: 'none' | 'slow' | 'wrong-key' | 'other-issuer';
}

export class OidcProviderRig {
  readonly issuer: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.issuer = `http://localhost:${port}`;
  }

  static async start(): Promise<OidcProviderRig> {
    const child = fork(fileURLToPath(new URL('oidc-provider-child.ts', import.meta.url)), {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4000);
    });
    const told = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => undefined)]);
    if (told === undefined) throw new Error(`the provider ended: ${said}`);
    return new OidcProviderRig(child, told[0].port);
  }

  async tell(order: ProviderOrder): Promise<void> {
    await this.#ask(order);
  }

  /** A token as the provider signs it, or somebody else under its name. */
  async signed(claims: Readonly<Record<string, unknown>>, key: 'own' | 'other' = 'own'): Promise<string> {
    return (await this.#ask({ sign: { claims, key } })).token;
  }

  async #ask(order: ProviderOrder): Promise<{ readonly token: string }> {
    const done = once(this.#child, 'message');
    this.#child.send(order);
    const [said] = await done;
    return said;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
