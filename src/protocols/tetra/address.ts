/**
 * Addresses of TETRA: of a radio or a group in the whole world, or within its network.
 *
 *   TSI: | MCC 10 | MNC 14 | SSI 24 |          as the extension of an SSI elsewhere: | MCC 10 | MNC 14 |
 *
 * Standard: ETSI EN 300 392-1 §7.
 */
import { BitReader, BitWriter } from './bits.ts';

export interface Network {
  /** Country, 0–1023; Belgium 206, France 208. */
  readonly mcc: number;
  /** 0–16 383. */
  readonly mnc: number;
}

/** An SSI with its network; without, one of the network at hand. */
export interface Party {
  /** 0–16 777 215. */
  readonly ssi: number;
  readonly network?: Network;
}

export type Tsi = Required<Party>;

const tsiOctets = 6;

/** Undefined for anything but six octets. */
export function readTsi(octets: Uint8Array): Tsi | undefined {
  if (octets.length !== tsiOctets) return undefined;
  const reader = new BitReader(octets);
  const network = readNetwork(reader);
  return { network, ssi: reader.unsigned(24) };
}

export function writeTsi({ network, ssi }: Tsi): Uint8Array {
  const writer = new BitWriter();
  writeNetwork(writer, network);
  return writer.put(24, ssi).done();
}

export function readNetwork(reader: BitReader): Network {
  const mcc = reader.unsigned(10);
  return { mcc, mnc: reader.unsigned(14) };
}

export function writeNetwork(writer: BitWriter, { mcc, mnc }: Network): void {
  writer.put(10, mcc).put(14, mnc);
}

/** As people and far ends write it: `206-999-3200001`, or the SSI alone. */
export function partyText({ ssi, network }: Party): string {
  return network === undefined ? String(ssi) : `${network.mcc}-${network.mnc}-${ssi}`;
}
