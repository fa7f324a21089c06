/** A sealed file that is too long to be held, opened piece by piece (media/sealed-file.ts has its form). Pure. */
import {
  fileKey,
  openRecord,
  recordHeadBytes,
  type SealFault,
  sealHeaderBytes,
  sealKinds,
  tagBytes,
} from './sealed-file.ts';

/** It is not as it was written, or not all of it: what came before that is. */
export class SealBroken extends Error {
  readonly fault: SealFault;

  constructor(fault: SealFault) {
    super(`${fault.fault} at record ${fault.record}, octet ${fault.octet}`);
    this.fault = fault;
  }
}

/** What is in it, as its octets come. Records that replace what was before do not fit a stream: `changed`. @throws SealBroken */
export async function* unsealed(
  file: AsyncIterable<Uint8Array>,
  dayKey: Uint8Array,
  name: string,
): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  let key: Uint8Array | undefined;
  let [record, octet, isEnded] = [0, 0, false];
  const broken = (fault: SealFault['fault']) => new SealBroken({ fault, record, octet });
  const take = (length: number): Buffer => {
    const taken = rest.subarray(0, length);
    rest = rest.subarray(length);
    octet += length;
    return taken;
  };
  for await (const bytes of file) {
    rest = rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([rest, bytes]);
    if (key === undefined && rest.length >= sealHeaderBytes) {
      key = fileKey(dayKey, take(sealHeaderBytes), name);
      record = 1;
    }
    while (key !== undefined && rest.length >= recordHeadBytes && rest.length >= recordOctets(rest)) {
      if (isEnded) throw broken('trailing');
      const head = rest.subarray(0, recordHeadBytes);
      const piece = openRecord(key, record - 1, head, rest.subarray(recordHeadBytes, recordOctets(rest)));
      const isKnown = head[0] === sealKinds.data || head[0] === sealKinds.end;
      if (piece === undefined || !isKnown) throw broken('changed');
      isEnded = head[0] === sealKinds.end;
      take(recordOctets(rest));
      record += 1;
      if (piece.length > 0) yield piece;
    }
  }
  if (!isEnded) throw broken('cut-off');
  if (rest.length > 0) throw broken('trailing');
}

/** With its head and tag. */
function recordOctets(head: Buffer): number {
  return recordHeadBytes + (head.readUInt32BE() & 0xff_ffff) + tagBytes;
}
