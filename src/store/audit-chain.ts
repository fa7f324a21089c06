/**
 * The audit log as a chain: each entry's hash covers its text and the hash before it, so that nothing can be changed,
 * left out or put in between without breaking every hash from there on; checkpoints signed with Ed25519 (RFC 8032) say
 * which hash stood at the end when. Pure.
 *
 *   hash(n) = SHA-256( hash(n − 1) ‖ text(n) )        hash(0) = SHA-256( "escaut audit log 1\n" ‖ gateway )
 *
 * The text that is hashed is the text that is kept, as UTF-8: whoever verifies needs no rule for writing JSON. The same
 * in words for other programs: docs/evidence.md.
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto';

/** How lines that the running gateway does not write itself name their run: of commands, and of what removes old data. */
export const commandRun = 'command-';

/** What stands in the log. `entry` is a JSON object with `seq`, `utc` and `event`, and in `about` what it is about. */
export interface ChainedEntry {
  /** From 1, without a gap. */
  readonly seq: number;
  readonly entry: string;
  /** 64 hexadecimal digits. */
  readonly hash: string;
}

/** That the log stood so. */
export interface Checkpoint {
  readonly seq: number;
  readonly hash: string;
  readonly utcMs: number;
  /** Ed25519 over {@link checkpointText}, base64. */
  readonly signature: string;
}

export function firstHash(gateway: string): string {
  return createHash('sha256').update(`escaut audit log 1\n${gateway}`).digest('hex');
}

export function nextHash(before: string, entry: string): string {
  return createHash('sha256').update(Buffer.from(before, 'hex')).update(entry, 'utf8').digest('hex');
}

function checkpointText(gateway: string, { seq, hash, utcMs }: Omit<Checkpoint, 'signature'>): string {
  return `escaut checkpoint 1\n${gateway}\n${seq}\n${hash}\n${utcMs}\n`;
}

export function signCheckpoint(gateway: string, at: Omit<Checkpoint, 'signature'>, key: KeyObject): Checkpoint {
  return { ...at, signature: sign(null, Buffer.from(checkpointText(gateway, at)), key).toString('base64') };
}

/** What is wrong, and where; the first that was found. */
export interface ChainFault {
  readonly seq: number;
  readonly fault: 'missing' | 'changed' | 'unreadable' | 'renumbered' | 'checkpoint-hash' | 'checkpoint-signature';
}

/** Goes along a chain, entry by entry, and says where it breaks; checkpoints are looked at as it passes them. */
export class ChainWalk {
  readonly #gateway: string;
  readonly #key: KeyObject | undefined;
  readonly #checkpoints: Map<number, Checkpoint[]>;
  #seq: number;
  #hash: string;

  /** Without `key` signatures are not looked at. `begin`: what is before it has been kept as long as it may. */
  constructor(gateway: string, checkpoints: readonly Checkpoint[], key?: KeyObject, begin?: Checkpoint) {
    this.#gateway = gateway;
    this.#key = key;
    this.#checkpoints = Map.groupBy(checkpoints, ({ seq }) => seq);
    this.#seq = begin?.seq ?? 0;
    this.#hash = begin?.hash ?? firstHash(gateway);
  }

  /** The checkpoint where it begins, if there is one, is as it was signed. */
  begin(): ChainFault | undefined {
    return this.#look(this.#checkpoints.get(this.#seq) ?? []);
  }

  /** How far it is. */
  get end(): { readonly seq: number; readonly hash: string } {
    return { seq: this.#seq, hash: this.#hash };
  }

  take({ seq, entry, hash }: ChainedEntry): ChainFault | undefined {
    if (seq !== this.#seq + 1) return { seq: this.#seq + 1, fault: 'missing' };
    if (nextHash(this.#hash, entry) !== hash) return { seq, fault: 'changed' };
    const said = numberIn(entry);
    if (said !== seq) return { seq, fault: said === undefined ? 'unreadable' : 'renumbered' };
    this.#seq = seq;
    this.#hash = hash;
    return this.#look(this.#checkpoints.get(seq) ?? []);
  }

  /** Nothing follows: what a checkpoint has seen beyond has been cut off. */
  finish(): ChainFault | undefined {
    const beyond = [...this.#checkpoints.keys()].filter((seq) => seq > this.#seq);
    return beyond.length === 0 ? undefined : { seq: this.#seq + 1, fault: 'missing' };
  }

  #look(checkpoints: readonly Checkpoint[]): ChainFault | undefined {
    for (const checkpoint of checkpoints) {
      if (checkpoint.hash !== this.#hash) return { seq: this.#seq, fault: 'checkpoint-hash' };
      if (this.#key === undefined) continue;
      const text = Buffer.from(checkpointText(this.#gateway, checkpoint));
      if (!verify(null, text, this.#key, Buffer.from(checkpoint.signature, 'base64')))
        return { seq: this.#seq, fault: 'checkpoint-signature' };
    }
    return undefined;
  }
}

function numberIn(entry: string): number | undefined {
  try {
    const parsed: unknown = JSON.parse(entry);
    const isObject = typeof parsed === 'object' && parsed !== null && 'seq' in parsed;
    return isObject && typeof parsed.seq === 'number' ? parsed.seq : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
