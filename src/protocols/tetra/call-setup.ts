/**
 * D-SETUP, by which a network tells a radio of a call: who calls, how, and who may talk. The gateway sends none, since it is no
 * base station; agents and recorders hand such messages on as they came.
 *
 *   | type 5 = 7 | call 14 | time-out 4 | hook 1 | duplex 1 | service 8 | grant 2 | request 1 | priority 4 | O 1 |
 *   where O is 1: | P 1 [notification 6] | P 1 [temporary address 24] | P 1 [party type 2, SSI 24, network 24] | M 1 |
 *   service: | circuit mode 3 | encryption 1 | communication 2 | speech or slots 2 |
 *
 * What follows M (elements of type 3) is passed over. Standard: ETSI EN 300 392-2 §14.7.1.12.
 */
import { type Party, readNetwork, writeNetwork } from './address.ts';
import { BitReader, BitWriter } from './bits.ts';

export interface CallSetup {
  /** 0–16 383. */
  readonly call: number;
  /** Step of §14.8.16. */
  readonly timeout: number;
  readonly hook: boolean;
  readonly duplex: boolean;
  readonly service: BasicService;
  readonly grant: CallGrant;
  /** Radios of the call may ask for the floor. */
  readonly mayRequest: boolean;
  /** 0 undefined, 1 lowest, 11 highest that pre-empts nobody, 15 emergency. */
  readonly priority: number;
  readonly notification?: number;
  readonly temporaryAddress?: number;
  readonly calling?: Party;
}

export interface BasicService {
  /** 0: speech. */
  readonly circuitMode: number;
  readonly encryption: boolean;
  readonly communication: Communication;
  /** Speech service, or slots of a data service. */
  readonly detail: number;
}

const communications = ['point-to-point', 'point-to-multipoint', 'acknowledged', 'broadcast'] as const;
type Communication = (typeof communications)[number];
const grants = ['granted', 'not-granted', 'queued', 'granted-to-another'] as const;
type CallGrant = (typeof grants)[number];

const setupType = 7;
const partyTypes = { ssi: 1, tsi: 2 } as const;
/** Seconds; 0 is without end, 15 reserved. */
const timeoutsS = [Infinity, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600, 720, 900, 1200, 1800];

/** How long the call may last, s; undefined for the reserved step. */
export function callTimeoutS({ timeout }: CallSetup): number | undefined {
  return timeoutsS[timeout];
}

/** Undefined when it is another message, cut, or of a party that is none. */
export function readCallSetup(octets: Uint8Array): CallSetup | undefined {
  const reader = new BitReader(octets);
  const flag = (): boolean => reader.unsigned(1) === 1;
  if (reader.unsigned(5) !== setupType) return undefined;
  const fixed = {
    call: reader.unsigned(14),
    timeout: reader.unsigned(4),
    hook: flag(),
    duplex: flag(),
    service: readService(reader),
    grant: grants[reader.unsigned(2)]!,
    mayRequest: !flag(),
    priority: reader.unsigned(4),
  };
  const isMore = flag();
  const notification = isMore && flag() ? reader.unsigned(6) : undefined;
  const temporaryAddress = isMore && flag() ? reader.unsigned(24) : undefined;
  const partyType = isMore && flag() ? reader.unsigned(2) : undefined;
  if (partyType === 0 || partyType === 3) return undefined;
  const ssi = partyType === undefined ? undefined : reader.unsigned(24);
  const network = partyType === partyTypes.tsi ? readNetwork(reader) : undefined;
  if (reader.cut) return undefined;
  return {
    ...fixed,
    ...(notification !== undefined && { notification }),
    ...(temporaryAddress !== undefined && { temporaryAddress }),
    ...(ssi !== undefined && { calling: { ssi, ...(network && { network }) } }),
  };
}

function readService(reader: BitReader): BasicService {
  return {
    circuitMode: reader.unsigned(3),
    encryption: reader.unsigned(1) === 1,
    communication: communications[reader.unsigned(2)]!,
    detail: reader.unsigned(2),
  };
}

export function writeCallSetup(setup: CallSetup): Uint8Array {
  const { service, notification, temporaryAddress, calling } = setup;
  const writer = new BitWriter();
  writer.put(5, setupType).put(14, setup.call).put(4, setup.timeout);
  writer.put(1, Number(setup.hook)).put(1, Number(setup.duplex));
  writer.put(3, service.circuitMode).put(1, Number(service.encryption));
  writer.put(2, communications.indexOf(service.communication)).put(2, service.detail);
  writer.put(2, grants.indexOf(setup.grant)).put(1, Number(!setup.mayRequest)).put(4, setup.priority);
  const isMore = notification !== undefined || temporaryAddress !== undefined || calling !== undefined;
  writer.put(1, Number(isMore));
  if (!isMore) return writer.done();
  writer.put(1, Number(notification !== undefined)).put(notification === undefined ? 0 : 6, notification ?? 0);
  writer.put(1, Number(temporaryAddress !== undefined));
  writer.put(temporaryAddress === undefined ? 0 : 24, temporaryAddress ?? 0);
  writer.put(1, Number(calling !== undefined));
  if (calling !== undefined) {
    writer.put(2, calling.network === undefined ? partyTypes.ssi : partyTypes.tsi).put(24, calling.ssi);
    if (calling.network !== undefined) writeNetwork(writer, calling.network);
  }
  return writer.put(1, 0).done();
}
