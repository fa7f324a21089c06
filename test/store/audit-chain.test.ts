import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChainedEntry,
  type ChainFault,
  ChainWalk,
  type Checkpoint,
  firstHash,
  nextHash,
  signCheckpoint,
} from '../../src/store/audit-chain.ts';

const gateway = 'escaut-ccpd';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

function chainOf(events: readonly string[]): ChainedEntry[] {
  let hash = firstHash(gateway);
  return events.map((event, index) => {
    const entry = JSON.stringify({ seq: index + 1, event });
    hash = nextHash(hash, entry);
    return { seq: index + 1, entry, hash };
  });
}

function walk(
  chain: readonly ChainedEntry[],
  checkpoints: readonly Checkpoint[] = [],
  key = publicKey,
): ChainFault | undefined {
  const path = new ChainWalk(gateway, checkpoints, key);
  for (const entry of chain) {
    const fault = path.take(entry);
    if (fault !== undefined) return fault;
  }
  return path.finish();
}

const events = fc.array(fc.string(), { minLength: 1, maxLength: 20 });
const sign = ({ seq, hash }: ChainedEntry): Checkpoint =>
  signCheckpoint(gateway, { seq, hash, utcMs: 1000 }, privateKey);

describe('the chain', () => {
  it('is the same in any program: hashes of a known log', () => {
    expect(firstHash('escaut-ccpd')).toBe('54d08538b3f3d25390ca0e946ef0f0bbb44f30485748bc35c2fe901946923521');
    expect(nextHash(firstHash('escaut-ccpd'), '{"seq":1,"event":"gateway.started"}')).toBe(
      'e659408d227d88ca8cc708d6dc5e3f80bfabc114f1b030191c3d35760e7225ec',
    );
  });

  it('is whole as it was written, with its checkpoints', () => {
    fc.assert(
      fc.property(events, (given) => {
        const chain = chainOf(given);
        expect(walk(chain, chain.map(sign))).toBeUndefined();
      }),
    );
  });

  it('breaks at the entry where a single character was changed', () => {
    fc.assert(
      fc.property(events, fc.nat(), fc.nat(), (given, where, place) => {
        const chain = chainOf(given);
        const index = where % chain.length;
        const { seq, entry, hash } = chain[index]!;
        const at = place % entry.length;
        const other = entry[at] === 'x' ? 'y' : 'x';
        chain[index] = { seq, entry: entry.slice(0, at) + other + entry.slice(at + 1), hash };
        expect(walk(chain)).toEqual({ seq, fault: 'changed' });
      }),
    );
  });

  it('breaks where one is left out, put in twice or moved', () => {
    const chain = chainOf(['a', 'b', 'c', 'd']);
    const [a, b, c, d] = chain as [ChainedEntry, ChainedEntry, ChainedEntry, ChainedEntry];
    expect(walk([a, c, d])).toEqual({ seq: 2, fault: 'missing' });
    expect(walk([a, a, b])).toEqual({ seq: 2, fault: 'missing' });
    expect(walk([a, { ...c, seq: 2 }, { ...b, seq: 3 }])).toEqual({ seq: 2, fault: 'changed' });
  });

  it('written anew from an entry on is found out by the checkpoint behind it', () => {
    const chain = chainOf(['a', 'b', 'c']);
    const forged = chainOf(['a', 'B', 'c']);
    expect(walk(forged)).toBeUndefined();
    expect(walk(forged, [sign(chain[2]!)])).toEqual({ seq: 3, fault: 'checkpoint-hash' });
  });

  it('cut off before a checkpoint lacks what that has seen', () => {
    const chain = chainOf(['a', 'b', 'c']);
    expect(walk(chain.slice(0, 2), [sign(chain[2]!)])).toEqual({ seq: 3, fault: 'missing' });
  });

  it('signed by another key, for another gateway or with another time is not signed', () => {
    const chain = chainOf(['a']);
    const checkpoint = sign(chain[0]!);
    const bad = { seq: 1, fault: 'checkpoint-signature' };
    expect(walk(chain, [checkpoint], createPublicKey(generateKeyPairSync('ed25519').privateKey))).toEqual(bad);
    expect(walk(chain, [{ ...checkpoint, utcMs: 1001 }])).toEqual(bad);
    expect(walk(chain, [{ ...checkpoint, signature: 'nonsense' }])).toEqual(bad);
    const { seq, hash } = chain[0]!;
    expect(walk(chain, [signCheckpoint('another', { seq, hash, utcMs: 1000 }, privateKey)])).toEqual(bad);
  });

  it('of entries that are no JSON, or say another number, is not whole', () => {
    for (const [entry, fault] of [
      ['no json', 'unreadable'],
      ['{"seq":7}', 'renumbered'],
      ['null', 'unreadable'],
    ] as const) {
      expect(walk([{ seq: 1, entry, hash: nextHash(firstHash(gateway), entry) }])).toEqual({ seq: 1, fault });
    }
  });
});
