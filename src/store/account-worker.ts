/** The thread that has the accounts' database: a commit waits for the disk, and nothing else shall. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { assert } from '../base/assert.ts';
import { accountMethods, passkeyMethods, tokenMethods } from './account-methods.ts';
import { AccountStore, type AccountTables } from './account-store.ts';
import { openDatabase } from './database.ts';
import { databasePlaceSchema } from './database-place.ts';
import { PasskeyStore } from './passkey-store.ts';
import { TokenStore } from './token-store.ts';

const { database } = z.object({ database: databasePlaceSchema }).parse(workerData);
const askSchema = z.object({
  id: z.number(),
  method: z.enum([...accountMethods, ...passkeyMethods, ...tokenMethods]),
  args: z.array(z.unknown()),
});
/** Side by side over one connection. */
type Stores = readonly [AccountStore, PasskeyStore, TokenStore];

const port = parentPort;
assert(port !== null, 'runs as a worker');

/** Opened when it is first asked, and anew after it could not be. */
let opening: Promise<Stores> | undefined;

async function perform(message: unknown): Promise<void> {
  const { id, method, args } = askSchema.parse(message);
  try {
    const store = (await opened()).find((each) => method in each);
    const value: unknown = await Reflect.apply(Reflect.get(store ?? {}, method), store, args);
    port?.postMessage({ id, value });
  } catch (error) {
    port?.postMessage({ id, fault: error instanceof Error ? error.message : String(error) });
  }
}

async function opened(): Promise<Stores> {
  opening ??= openStores();
  try {
    return await opening;
  } catch (error) {
    opening = undefined;
    throw error;
  }
}

async function openStores(): Promise<Stores> {
  const kysely = openDatabase<AccountTables>(database);
  try {
    const accounts = await AccountStore.open(kysely);
    return [accounts, new PasskeyStore(kysely), new TokenStore(kysely)];
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
}

port.on('message', (message: unknown) => void perform(message));
