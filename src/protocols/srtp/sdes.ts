/**
 * Keys in session descriptions: values of a=crypto, read and written. Pure.
 *
 *   1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4 WSH=128
 *   tag  suite                       master key and salt, base64              │    │    session parameters
 *                                                                lifetime ────┘    └──── MKI : its octets
 *
 * A line that asks for what is not done here (other suites, several keys, a key derivation rate, packets in the clear)
 * is passed over as RFC 4568 §6.3.7 says; the lifetime binds whoever sends with the key, and ours is never used up.
 *
 * Standards: RFC 4568 §6, §9.2; RFC 7714 §14.2.
 */
import { keySaltBytes, type SrtpSuite, srtpSuites } from './crypto-suite.ts';
import type { SrtpKey } from './srtp.ts';

export interface CryptoLine extends SrtpKey {
  /** 0–999999999; names the line that an answer takes. */
  readonly tag: number;
}

const shape =
  /^(?<tag>[0-9]{1,9})[ \t]+(?<suite>[A-Za-z0-9_]{1,64})[ \t]+inline:(?<key>[A-Za-z0-9+/]{1,256})={0,2}(?:\|(?<life>(?:2\^)?[0-9]{1,20}))?(?:\|(?<mki>[0-9]{1,39}):(?<mkiBytes>[0-9]{1,3}))?(?<parameters>(?:[ \t]+\S{1,64}){0,16})[ \t]*$/;
/** RFC 4568 §9.2 has 128 at most; packets are short. */
const mkiBytesMax = 128;

/** Reads the value of an a=crypto line; undefined if it cannot be used. */
export function readCrypto(value: string): CryptoLine | undefined {
  const found = shape.exec(value)?.groups;
  const suite = srtpSuites.find((each) => each === found?.suite?.toUpperCase());
  if (found === undefined || suite === undefined) return undefined;
  const parameters = (found.parameters ?? '').split(/[ \t]+/).filter((each) => each !== '');
  // Whoever does not know a parameter must not use the line; WSH only advises, and those with a dash are optional.
  if (parameters.some((each) => !/^(?:WSH=[0-9]+|-.*)$/i.test(each))) return undefined;
  const keySalt = Buffer.from(found.key ?? '', 'base64');
  if (keySalt.length !== keySaltBytes(suite)) return undefined;
  const tag = Number(found.tag);
  if (found.mki === undefined) return { tag, suite, keySalt };
  const mki = mkiOf(BigInt(found.mki), Number(found.mkiBytes));
  return mki === undefined ? undefined : { tag, suite, keySalt, mki };
}

/** The value of an a=crypto line; keys of ours have no MKI and the lifetime that goes without saying. */
export function writeCrypto({ tag, suite, keySalt }: Omit<CryptoLine, 'mki'>): string {
  return `${tag} ${suite} inline:${Buffer.from(keySalt).toString('base64')}`;
}

/** The first line of theirs that is of a suite of ours. */
export function chooseCrypto(values: readonly string[], suites: readonly SrtpSuite[]): CryptoLine | undefined {
  for (const value of values) {
    const line = readCrypto(value);
    if (line !== undefined && suites.includes(line.suite)) return line;
  }
  return undefined;
}

function mkiOf(value: bigint, bytes: number): Uint8Array | undefined {
  if (bytes < 1 || bytes > mkiBytesMax || value >= 1n << BigInt(8 * bytes)) return undefined;
  return Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex');
}
