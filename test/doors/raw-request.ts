/** A request as it is written: fetch would tidy up a path, and choose Host and Origin itself. */
import { request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Octets as Latin-1. */
  readonly text: string;
}

export function send(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
    let text = '';
    response.setEncoding('latin1');
    response.on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
  });
  asked.on('error', reject);
  asked.end(body);
  return promise;
}

/** What a POST of our own page says of itself. */
export function ownHeaders(host: string): Readonly<Record<string, string>> {
  return { host, origin: `http://${host}`, 'content-type': 'application/json', 'x-escaut-console': '1' };
}
