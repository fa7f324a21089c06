/**
 * TLS of the listener: the site's own certificate and key, TLS 1.2 or later, and read again when a file is replaced: what is
 * open stays, whoever comes next sees the new one. A pair that cannot be used leaves the one before.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { RequestListener, Server, ServerOptions } from 'node:http';

import { createServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import { GatewayError, systemCode } from '../base/errors.ts';
import type { SomeEvents } from '../base/events.ts';

export interface TlsFiles {
  /** With those of its authorities behind it, PEM. */
  readonly certificate: string;
  readonly key: string;
}

export interface TlsPorts {
  readonly events: SomeEvents<'http.certificate'>;
  /** Until when the certificate holds that is shown from now on. */
  seen(expiresUtcMs: number): void;
}

/** Between looks at the files, ms. */
const lookEveryMs = 5000;
/** Under TLS 1.2 those alone that hide the past and authenticate what they encrypt (RFC 9325 §4.2). */
const secured = {
  minVersion: 'TLSv1.2',
  ciphers: [
    ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
    ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
    ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
    ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ].join(':'),
} as const;

/** @throws GatewayError CONFIG_INVALID when the pair cannot be used */
export function createTlsServer(
  files: TlsFiles,
  options: ServerOptions & { readonly handshakeTimeout: number },
  ports: TlsPorts,
  handler: RequestListener,
): Server {
  let pair: ReturnType<typeof readPair>;
  try {
    pair = readPair(files);
  } catch (error) {
    throw new GatewayError('CONFIG_INVALID', `console.tls: ${wordsOf(error)}`);
  }
  const server = createServer({ ...options, ...pair, ...secured }, handler);
  server.once('listening', () => ports.seen(endOf(pair.cert)));
  const read = (): void => {
    const { events, seen } = ports;
    try {
      const next = readPair(files);
      server.setSecureContext({ ...next, ...secured });
      events.http.certificate({});
      seen(endOf(next.cert));
    } catch (error) {
      events.http.certificate({ reason: wordsOf(error) });
    }
  };
  const both = [files.certificate, files.key];
  for (const file of both) watchFile(file, { interval: lookEveryMs, persistent: false }, read);
  server.on('close', () => {
    for (const file of both) unwatchFile(file, read);
  });
  return server;
}

/** @throws Error when one is not there, or they are no pair */
function readPair({ certificate, key }: TlsFiles): { readonly cert: string; readonly key: string } {
  const pair = { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  createSecureContext(pair);
  return pair;
}

function endOf(certificate: string): number {
  return Date.parse(new X509Certificate(certificate).validTo);
}

/** Never what stands in a file. */
function wordsOf(error: unknown): string {
  return systemCode(error) ?? (error instanceof Error ? error.message : String(error));
}
