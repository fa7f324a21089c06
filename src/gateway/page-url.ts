import type { Config } from '../config/schema.ts';

/** Where the page is, on the gateway's own listener. */
export function pageUrlOf({ console: { listen, tls } }: Pick<Config, 'console'>): string {
  const { host, port } = listen;
  return `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}

/** As people reach it: by the name of a proxy, where there is one. */
export function reachedUrlOf(config: Pick<Config, 'console'>): string {
  const [origin] = config.console.origins;
  return origin === undefined ? pageUrlOf(config) : `${origin}/`;
}
