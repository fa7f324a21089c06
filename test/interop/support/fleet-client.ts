/** Somebody who changes the fleet data of a gateway that runs, over HTTP, with a password of his own. */
import { parse, stringify } from 'yaml';
import type { Gateway } from './gateway.ts';

const password = 'nachtdienst in Doornik';

export interface FleetAnswer {
  readonly status: number;
  readonly etag: string;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export type FleetSections = Record<string, Record<string, unknown>[]>;

export class FleetClient {
  readonly #url: string;
  #cookie = '';
  #keys = 0;

  private constructor(url: string) {
    this.#url = url;
  }

  /** `link`: by which he may choose a password. */
  static async login(person: string, link: string): Promise<FleetClient> {
    const { origin, hash } = new URL(link);
    const client = new FleetClient(origin);
    await client.#send('POST', 'password', { invitation: hash.slice('#invitation='.length), newPassword: password });
    const { status } = await client.#send('POST', 'login', { name: person, password });
    if (status !== 200) throw new Error(`${person} could not log in: ${status}`);
    return client;
  }

  static async invited(person: string, gateway: Gateway): Promise<FleetClient> {
    const { output } = await gateway.command('user', 'add', person);
    return FleetClient.login(person, /http\S+#invitation=\S+/.exec(output)?.[0] ?? '');
  }

  /** Of his login: with it he opens a console as well. */
  get cookie(): string {
    return this.#cookie;
  }

  get(path: string): Promise<FleetAnswer> {
    return this.#send('GET', path);
  }

  /** Proposes what holds with a change. */
  async propose(reason: string, edit: (fleet: FleetSections) => void): Promise<FleetAnswer> {
    const { text, etag } = await this.get('fleet');
    const fleet = parse(text) as FleetSections;
    edit(fleet);
    return this.#send('POST', `fleet/versions?reason=${encodeURIComponent(reason)}`, stringify(fleet), etag);
  }

  /** A change by JSON, under a key of its own. */
  post(path: string, body: object): Promise<FleetAnswer> {
    return this.#send('POST', path, body);
  }

  agree(version: number): Promise<FleetAnswer> {
    return this.#send('POST', `fleet/versions/${version}/agree`, {});
  }

  async #send(method: string, path: string, body?: object | string, ifMatch = ''): Promise<FleetAnswer> {
    const response = await fetch(`${this.#url}/api/v1/${path}`, {
      method,
      headers: {
        ...(this.#cookie !== '' && { cookie: this.#cookie }),
        ...(body !== undefined && {
          'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json',
          origin: this.#url,
          'x-escaut-console': '1',
          'idempotency-key': `"${crypto.randomUUID()}-${++this.#keys}"`,
        }),
        ...(ifMatch !== '' && { 'if-match': ifMatch }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) this.#cookie = set.split(';', 1)[0] ?? '';
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      etag: response.headers.get('etag') ?? '',
      text,
      body: isJson && text !== '' ? JSON.parse(text) : {},
    };
  }
}
