/** Where what outlives the gateway lies: SQLite in its state folder, or a PostgreSQL server. */
import { isIP } from 'node:net';
import { z } from 'zod';
import type { PathProblem } from './problems.ts';
import { secretSchema } from './schema-values.ts';

export interface StoreAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

const schemes: readonly string[] = ['postgresql:', 'postgres:'];
const usualPort = 5432;
/** Names of the server are cut at 63 octets; the longest of our prefixes takes 10. */
const gatewayIdMax = 53;

/** @throws Error in words for an operator when it is none */
export function readStoreUrl(text: string): StoreAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !schemes.includes(url.protocol))
    throw new Error('must be postgresql://USER@HOST:PORT/DATABASE');
  if (url.password !== '') throw new Error('must not hold the password: it belongs into store.password');
  if (url.search !== '' || url.hash !== '') throw new Error('must end with the name of the database');
  const [user, database] = [partOf(url.username), partOf(url.pathname.slice(1))];
  if (user === '' || database === '' || database.includes('/') || url.hostname === '') {
    throw new Error('must name user, host and database: postgresql://USER@HOST:PORT/DATABASE');
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? usualPort : Number(url.port), user, database };
}

function partOf(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return '';
    throw error;
  }
}

/** Nobody else hears what is said to it. */
export function isOwnHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

export const storeSchema = z
  .strictObject({
    url: z
      .string()
      .max(1000)
      .superRefine((value, context) => {
        try {
          readStoreUrl(value);
        } catch (error) {
          context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
        }
      })
      .describe('postgresql://USER@HOST:PORT/DATABASE, without the password. TLS off this machine, always.'),
    password: secretSchema.optional().describe('Password of that user. Without it the server must trust us otherwise.'),
    ca: secretSchema
      .optional()
      .describe('Authority that has signed the certificate of the server, PEM; without it those that Node.js knows.'),
  })
  .describe(
    'A PostgreSQL server for the audit log and all else that is kept in tables: docs/operations.md. Default: SQLite.',
  );

export function checkStore({
  gateway,
  store,
}: {
  readonly gateway: { readonly id: string };
  readonly store?: unknown;
}): PathProblem[] {
  if (store === undefined || gateway.id.length <= gatewayIdMax) return [];
  const message = `must be at most ${gatewayIdMax} characters with store.url: names of PostgreSQL are made of it`;
  return [{ severity: 'error', path: ['gateway', 'id'], part: 'value', message }];
}
