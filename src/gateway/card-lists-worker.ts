/** The thread that reads authorities of smart cards and their lists of revoked certificates: a long list takes seconds. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { createSecureContext } from 'node:tls';
import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { assert } from '../base/assert.ts';
import { systemCode } from '../base/errors.ts';
import { type Authority, listBytesMax, readAuthorities, readCardLists } from '../operations/card-list.ts';
import type { CardReading } from './card-lists.ts';

const askSchema = z.object({ id: z.number(), args: z.tuple([z.string(), z.array(z.string())]) });
const port = parentPort;
assert(port !== null, 'runs as a worker');

function read(authorities: string, revoked: readonly string[]): CardReading {
  let known: readonly Authority[];
  try {
    known = readAuthorities(textOf(authorities).toString('latin1'));
  } catch (error) {
    return { authoritiesFault: wordsOf(authorities, error), authorities: [], lists: [], faults: [] };
  }
  const faults: string[] = [];
  const lists = revoked.flatMap((file) => {
    try {
      const read = readCardLists(textOf(file), known);
      createSecureContext({ crl: read.map(({ pem }) => pem) }); // the handshake will read them as well
      return read;
    } catch (error) {
      faults.push(wordsOf(file, error));
      return [];
    }
  });
  const shown = known.map(({ name, key, certificate }) => ({
    ...{
      name,
      key,
      serial: certificate.serialNumber,
      pem: certificate.toString(),
      toUtcMs: certificate.validToDate.getTime(),
    },
    subject: /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? certificate.serialNumber,
  }));
  return { authorities: shown, lists, faults };
}

function textOf(file: string): Buffer {
  if (statSync(file).size > listBytesMax) throw new Error(`is longer than ${listBytesMax} octets`);
  return readFileSync(file);
}

function wordsOf(file: string, error: unknown): string {
  return `${basename(file)} ${systemCode(error) ?? (error instanceof Error ? error.message : 'cannot be read')}`;
}

port.on('message', (message: unknown) => {
  const { id, args } = askSchema.parse(message);
  port.postMessage({ id, value: read(...args) });
});
