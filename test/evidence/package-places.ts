/** Where files stand in a package. */
export interface Place {
  readonly name: string;
  readonly begin: number;
  /** Header and contents. */
  readonly end: number;
  readonly contents: number;
}

/** Packages hold files one behind the other, as they are. */
export function placesOf(zip: Buffer): readonly Place[] {
  const found: Place[] = [];
  for (let at = 0; zip.readUInt32LE(at) === 0x0403_4b50; ) {
    const contents = at + 30 + zip.readUInt16LE(at + 26);
    const end = contents + zip.readUInt32LE(at + 18);
    found.push({ name: zip.toString('latin1', at + 30, contents), begin: at, end, contents });
    at = end;
  }
  return found;
}
