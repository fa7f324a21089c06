/** `status` and `proof`: what a gateway that runs here says of itself. Pure. */
import { type CommandSpec, type Given, mistake, oneWord, type Reading, read } from './spec.ts';

export interface StatusCommand {
  readonly name: 'status';
  readonly url: string;
  readonly key?: string;
  readonly json: boolean;
}

export interface ProofCommand {
  readonly name: 'proof';
  readonly url: string;
  readonly key?: string;
  readonly json: boolean;
  readonly act: 'show' | 'run';
  /** A person of the configuration; '': only shown. */
  readonly by: string;
  readonly attachment?: string;
}

const defaultUrl = 'http://127.0.0.1:8080/';

export const statusCommand: CommandSpec<StatusCommand> = {
  says: 'show how the networks of a gateway on this machine fare; exit code 0 when all is up, else 1',
  options: {
    url: { value: 'URL', says: `address of its page; default ${defaultUrl}` },
    key: { value: 'FILE', says: 'its machine-key, in its state folder; where it has TLS or a name' },
    json: { says: 'print it as JSON' },
  },
  read: (given) => {
    const page = readPage(given);
    return typeof page === 'string' ? mistake(page) : read({ name: 'status', ...page });
  },
};

export const proofCommand: CommandSpec<ProofCommand> = {
  says: '`proof`, `proof run`: the proof of all lines to the networks, end to end (docs/proof.md); exit code 0 when green, else 1',
  options: {
    url: { value: 'URL', says: `address of the page of the gateway; default ${defaultUrl}` },
    key: { value: 'FILE', says: 'its machine-key, in its state folder; where it has TLS or a name' },
    by: { value: 'PERSON', says: 'run: who wants it' },
    attachment: { value: 'ID', says: 'run: a test call of this one alone' },
    json: { says: 'print it as JSON' },
  },
  words: oneWord,
  read: (given, [act]) => readProof(given, act),
};

/** Where the page is; a text: what is wrong with that. */
function readPage(given: Given): { url: string; key?: string; json: boolean } | string {
  const url = given.get('url') ?? defaultUrl;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return `--url must be such as ${defaultUrl}`;
  const key = given.get('key');
  return { url, ...(key !== undefined && { key }), json: given.has('json') };
}

function readProof(given: Given, act = 'show'): Reading<ProofCommand> {
  const page = readPage(given);
  if (typeof page === 'string') return mistake(page);
  const [by = '', attachment] = [given.get('by'), given.get('attachment')];
  if (act !== 'show' && act !== 'run') return mistake('say what to do: proof, or proof run', act, ['show', 'run']);
  if (act === 'run' && by === '') return mistake('proof run needs --by');
  if (act === 'show' && (by !== '' || attachment !== undefined)) return mistake('say `proof run` to have one now');
  const of = attachment === undefined ? {} : { attachment };
  return read({ name: 'proof', ...page, act, by, ...of });
}
