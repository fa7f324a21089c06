/** Octets of a worked example: UDP payloads written from the field tables and dissected by independent tools. */
import { readFileSync } from 'node:fs';

export function vector(name: string): Uint8Array {
  const text = readFileSync(new URL(`../../vectors/${name}.hex`, import.meta.url), 'utf8');
  return new Uint8Array(Buffer.from(text.replaceAll(/#.*|\s/g, ''), 'hex'));
}
