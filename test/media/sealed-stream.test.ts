/** A sealed file read piece by piece: whatever the pieces are, it gives what unseal gives, or says where it is broken. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Sealer } from '../../src/media/sealed-file.ts';
import { SealBroken, unsealed } from '../../src/media/sealed-stream.ts';

const key = { id: '0123456789abcdef', key: randomBytes(32) };
const name = '7-1/package.zip';

function sealedOf(parts: readonly Uint8Array[]): Buffer {
  const sealer = new Sealer(key, randomBytes(16), name);
  return Buffer.concat([sealer.header, ...parts.map((part) => sealer.data(part)), sealer.end()]);
}

async function read(sealed: Buffer, pieceOctets: number, as = name): Promise<Buffer | SealBroken> {
  async function* pieces() {
    for (let at = 0; at < sealed.length; at += pieceOctets) yield sealed.subarray(at, at + pieceOctets);
  }
  const parts: Buffer[] = [];
  try {
    for await (const part of unsealed(pieces(), key.key, as)) parts.push(part);
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error;
    return error;
  }
  return Buffer.concat(parts);
}

const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });

it('gives what was sealed, in whatever pieces it comes', async () => {
  await fc.assert(
    fc.asyncProperty(parts, fc.integer({ min: 1, max: 700 }), async (said, pieceOctets) => {
      expect(await read(sealedOf(said), pieceOctets)).toEqual(Buffer.concat(said));
    }),
    { numRuns: 60 },
  );
});

it('finds any octet that was changed, cut off or put behind', async () => {
  await fc.assert(
    fc.asyncProperty(parts, fc.nat(), fc.integer({ min: 1, max: 255 }), async (said, where, other) => {
      const sealed = sealedOf(said);
      const at = where % sealed.length;
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ other, at);
      const verdicts = [await read(changed, 64), await read(sealed.subarray(0, at), 64)];
      verdicts.push(await read(Buffer.concat([sealed, Buffer.alloc(1, other)]), 64));
      for (const verdict of verdicts) expect(verdict).toBeInstanceOf(SealBroken);
    }),
    { numRuns: 60 },
  );
});

it('gives nothing under another name, and takes no record that replaces what was before', async () => {
  expect(await read(sealedOf([Buffer.from('voice')]), 64, '8-1/package.zip')).toBeInstanceOf(SealBroken);
  const sealer = new Sealer(key, randomBytes(16), name);
  const patched = Buffer.concat([sealer.header, sealer.data(Buffer.from('ab')), sealer.patch(0, Buffer.from('c'))]);
  const verdict = await read(Buffer.concat([patched, sealer.end()]), 64);
  expect(verdict).toMatchObject({ fault: { fault: 'changed', record: 2 } });
});
