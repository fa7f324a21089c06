/** Where the tables of a gateway lie: a file each in its state folder, or a schema each on a PostgreSQL server (ADR 0052). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import { isOwnHost, readStoreUrl } from '../config/store-schema.ts';

export const databasePlaceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), file: z.string() }),
  z.object({
    kind: z.literal('postgresql'),
    host: z.string(),
    port: z.number(),
    user: z.string(),
    database: z.string(),
    password: z.string().optional(),
    /** Undefined: on this machine, in plain; else authorities in PEM, '' for those that Node.js knows. */
    tls: z.string().optional(),
    schema: z.string(),
  }),
]);
export type DatabasePlace = z.infer<typeof databasePlaceSchema>;
export type ServerPlace = Extract<DatabasePlace, { kind: 'postgresql' }>;

export function fileAt(file: string): DatabasePlace {
  return { kind: 'file', file };
}

export interface StoreSettings {
  readonly gateway: { readonly id: string; readonly stateFolder: string };
  readonly store?:
    | { readonly url: string; readonly password?: Secret | undefined; readonly ca?: Secret | undefined }
    | undefined;
}

/** Files in the state folder, by what is in them. */
const databaseFiles = {
  audit: 'escaut.db',
  accounts: 'accounts.db',
  fleet: 'fleet.db',
  retention: 'retention.db',
} as const;
export type StoreName = keyof typeof databaseFiles;

export function databasePlace({ gateway, store }: StoreSettings, name: StoreName): DatabasePlace {
  if (store === undefined) {
    return fileAt(join(gateway.stateFolder, gateway.id, databaseFiles[name]));
  }
  const { host, port, user, database } = readStoreUrl(store.url);
  const password = store.password?.reveal();
  const ca = store.ca?.reveal();
  return {
    kind: 'postgresql',
    ...{ host, port, user, database },
    ...(password !== undefined && { password }),
    ...(ca !== undefined || !isOwnHost(host) ? { tls: ca ?? '' } : {}),
    schema: `${name}_${gateway.id}`,
  };
}

/** All of them, where they are on a server. */
export function serverPlaces(config: StoreSettings): Readonly<Record<StoreName, ServerPlace>> | undefined {
  const names = Object.keys(databaseFiles) as StoreName[];
  const places = names.flatMap((name) => {
    const place = databasePlace(config, name);
    return place.kind === 'postgresql' ? [[name, place] as const] : [];
  });
  return places.length === 0 ? undefined : (Object.fromEntries(places) as Record<StoreName, ServerPlace>);
}

/** Files of before the server: what is in them is read no more. */
export function unreadFiles({ gateway, store }: StoreSettings): readonly string[] {
  if (store === undefined) return [];
  const files = Object.values(databaseFiles).map((name) => join(gateway.stateFolder, gateway.id, name));
  return files.filter((file) => existsSync(file));
}

/** In the words of operators. */
export function placeWords(place: DatabasePlace): string {
  return place.kind === 'file' ? place.file : `${place.schema} on ${place.host}:${place.port}/${place.database}`;
}
