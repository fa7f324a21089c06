/**
 * TLS of the listener: the site's own certificate and key, TLS 1.2 or later, and read again when a file is replaced: what is
 * open stays, whoever comes next sees the new one. A pair that cannot be used leaves the one before.
 */
import { constants, X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { RequestListener, Server, ServerOptions } from 'node:http';

import { createServer } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
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

/** Of a listener that asks far ends for certificates. */
export interface ClientCertificates {
  /** Who may have signed them, and what has been revoked; never without an authority. */
  readonly tls: Pick<SecureContextOptions, 'ca' | 'crl'>;
  /** Calls whenever that is another. */
  onChange(changed: () => void): void;
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

/**
 * `clients`: each far end is asked for a certificate, and let in without one or with a bad one too, so that it can be told
 * why: whoever answers asks the socket. No session is resumed, for it would keep what was true when it began.
 * @throws GatewayError CONFIG_INVALID when the pair cannot be used
 */
export function createTlsServer(
  files: TlsFiles,
  options: ServerOptions & { readonly handshakeTimeout: number },
  ports: TlsPorts,
  handler: RequestListener,
  clients?: ClientCertificates,
): Server {
  let pair: ReturnType<typeof readPair>;
  try {
    pair = readPair(files);
  } catch (error) {
    throw new GatewayError('CONFIG_INVALID', `console.tls: ${wordsOf(error)}`);
  }
  // Renegotiating is work for us that costs a far end little, and lets it become another within one connection.
  const secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
  const context = (of = pair): SecureContextOptions => ({
    ...{ ...of, ...secured, secureOptions },
    ...(clients !== undefined && { ...clients.tls, secureOptions: secureOptions | constants.SSL_OP_NO_TICKET }),
  });
  const asking = clients !== undefined && { requestCert: true, rejectUnauthorized: false };
  const server = createServer({ ...options, ...context(), ...asking }, handler);
  server.once('listening', () => ports.seen(endOf(pair.cert)));
  const { events, seen } = ports;
  const read = (): void => {
    try {
      const next = readPair(files);
      server.setSecureContext(context(next));
      pair = next;
      events.http.certificate({});
      seen(endOf(next.cert));
    } catch (error) {
      events.http.certificate({ reason: wordsOf(error) });
    }
  };
  clients?.onChange(() => {
    try {
      server.setSecureContext(context());
    } catch (error) {
      events.http.certificate({ reason: wordsOf(error) });
    }
  });
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
