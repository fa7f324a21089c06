/** `escaut audit`: prints the audit log of a gateway on this machine, or goes along its chain; the gateway may run. */
import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuditStore, type AuditTables, type AuditWish } from './store/audit-store.ts';
import { openToRead } from './store/database.ts';

interface Place {
  readonly id: string;
  readonly stateFolder: string;
}

const pageRows = 1000;

/** @throws Error in words for an operator when there is no log */
export async function* auditLines(place: Place, wish: Omit<AuditWish, 'limit' | 'afterSeq'>): AsyncGenerator<string> {
  const { store, close } = open(place);
  try {
    let afterSeq = 0;
    for (let page = await store.search({ ...wish, limit: pageRows }); page.length > 0; ) {
      for (const { seq, entry } of page) {
        yield entry;
        afterSeq = seq;
      }
      page = await store.search({ ...wish, limit: pageRows, afterSeq });
    }
  } finally {
    await close();
  }
}

/** @throws Error in words for an operator when there is no log */
export async function auditVerdict(place: Place): Promise<{ readonly isWhole: boolean; readonly words: string }> {
  const keyFile = join(place.stateFolder, place.id, 'signing-key.pub');
  const key = existsSync(keyFile) ? createPublicKey(readFileSync(keyFile)) : undefined;
  const { store, close } = open(place);
  try {
    const { entries, checkpoints, signedTo, fault } = await store.verify(key);
    if (fault !== undefined) {
      return { isWhole: false, words: `broken at entry ${fault.seq} (${fault.fault}); ${entries} before it are whole` };
    }
    const signed = signedTo === undefined ? 'no entry is signed yet' : `signed up to entry ${signedTo}`;
    const unseen = key === undefined ? `; ${keyFile} is missing, so no signature was looked at` : '';
    return { isWhole: true, words: `whole: ${entries} entries, ${checkpoints} checkpoints, ${signed}${unseen}` };
  } finally {
    await close();
  }
}

function open({ id, stateFolder }: Place): { store: AuditStore; close: () => Promise<void> } {
  const file = join(stateFolder, id, 'escaut.db');
  if (!existsSync(file)) throw new Error(`there is no audit log at ${file}: has this gateway been started here?`);
  const database = openToRead<AuditTables>(file);
  return { store: AuditStore.reader(database, id), close: () => database.destroy() };
}
