/**
 * Radio sessions in a session description: what is offered, read, and answered; or why a session cannot be had.
 *
 * Standard: EUROCAE ED-137 Volume 1, SDP attributes; names and ranges as implementations have them (docs/standards.md).
 * Attributes that are not known are passed over; a value that cannot be read counts as not given.
 */
import { readDecimal } from '../sip/scan.ts';
import type { MediaDescription, SdpAttribute, SessionDescription } from '../sip/sdp.ts';
import { type KeepAliveTerms, keepAliveBearable, keepAliveDefaults } from './keep-alive.ts';
import { pttIdMax } from './r2s-extension.ts';

export const transmission = ['Tx', 'Rx', 'TxRx'] as const;
export type Transmission = (typeof transmission)[number];

export interface RadioTerms {
  /** Radio-TxRx, Radio, Radio-Idle, Radio-Rxonly… */
  readonly type: string;
  readonly transmission: Transmission;
  /** Methods of best signal selection: RSSI, AGC, C/N, PSD. */
  readonly bss: readonly string[];
  /** 1–63, given by the radio in its answer. */
  readonly pttId?: number;
  /** PTT off is sent once more than this at release, 0–9. */
  readonly pttRepeats: number;
  readonly keepAlive: KeepAliveTerms;
  /** Packets per signalling information. */
  readonly signallingEvery?: number;
  readonly frequency?: string;
  readonly intervalMs?: number;
}

export type RadioFault = 'noR2s' | 'extensionVersion' | 'keepAlive' | 'transmission' | 'type';

/** Phrase for the refusal (488) and for the status page. */
export const radioFaultText: Readonly<Record<RadioFault, string>> = {
  noR2s: 'No payload type R2S/8000 offered',
  extensionVersion: 'RTP header extension version 1 (a=rtphe:1) is needed',
  keepAlive: 'R2S keep-alive out of range, or a dead session would be noticed after 2 s',
  transmission: 'Session does not carry voice in the direction needed (a=txrxmode)',
  type: 'No radio session (a=type)',
};

export type RadioReading =
  | { readonly ok: true; readonly payloadType: number; readonly terms: RadioTerms }
  | { readonly ok: false; readonly fault: RadioFault };

const encoding = 'R2S';
const extensionVersion = '1';
const pttRepeatsMax = 9;

/** Attributes of our stream, in the order of the standard's examples; rtpmap R2S/8000 is the caller's. */
export function writeRadioTerms(terms: RadioTerms): SdpAttribute[] {
  const of = (name: string, value: string | number | undefined): SdpAttribute[] =>
    value === undefined ? [] : [{ name, value: String(value) }];
  return [
    ...of('type', terms.type),
    ...of('txrxmode', terms.transmission),
    ...terms.bss.flatMap((method) => of('bss', method)),
    ...of('sigtime', terms.signallingEvery),
    ...of('ptt-id', terms.pttId),
    ...of('ptt_rep', terms.pttRepeats),
    ...of('rtphe', extensionVersion),
    ...of('R2S-KeepAlivePeriod', terms.keepAlive.periodMs),
    ...of('R2S-KeepAliveMultiplier', terms.keepAlive.multiplier),
    ...of('fid', terms.frequency),
    ...of('interval', terms.intervalMs),
  ];
}

/**
 * What the far end offers or answers. Attributes may stand with the stream or with the session; the stream's count.
 * A description without `rtphe` is taken for version 1, one without keep-alive for the standard's 200 ms × 10.
 */
export function readRadioTerms(session: SessionDescription, media: MediaDescription): RadioReading {
  const payloadType = r2sPayloadType(media);
  if (payloadType === undefined) return { ok: false, fault: 'noR2s' };
  const attributes = new Map<string, string>();
  const methods: string[] = [];
  for (const { name, value = '' } of [...session.attributes, ...media.attributes]) {
    if (name.toLowerCase() === 'bss' && methods.length < 8) methods.push(value.trim());
    attributes.set(name.toLowerCase(), value.trim());
  }
  const number = (name: string, max: number): number | undefined => readDecimal(attributes.get(name) ?? '', max);
  if ((attributes.get('rtphe') ?? extensionVersion) !== extensionVersion) {
    return { ok: false, fault: 'extensionVersion' };
  }
  const type = attributes.get('type') ?? 'Radio';
  if (!/^radio/i.test(type)) return { ok: false, fault: 'type' };
  const mode = attributes.get('txrxmode') ?? 'TxRx';
  const known = transmission.find((each) => each.toLowerCase() === mode.toLowerCase());
  if (known === undefined) return { ok: false, fault: 'transmission' };
  const keepAlive = keepAliveOf(attributes.get('r2s-keepaliveperiod'), attributes.get('r2s-keepalivemultiplier'));
  if (keepAlive === undefined) return { ok: false, fault: 'keepAlive' };
  const pttId = number('ptt-id', pttIdMax);
  const signallingEvery = number('sigtime', 1000);
  const frequency = attributes.get('fid');
  const intervalMs = number('interval', 1000);
  return {
    ok: true,
    payloadType,
    terms: {
      type,
      transmission: known,
      bss: methods,
      ...(pttId !== undefined && pttId > 0 && { pttId }),
      pttRepeats: number('ptt_rep', pttRepeatsMax) ?? 0,
      keepAlive,
      ...(signallingEvery !== undefined && { signallingEvery }),
      ...(frequency !== undefined && frequency !== '' && { frequency }),
      ...(intervalMs !== undefined && { intervalMs }),
    },
  };
}

/**
 * What a radio answers to an offer: its own type, the keep-alive as offered, the PTT-ID that it gives, and of the methods
 * of best signal selection the first that both know.
 */
export function answerRadioTerms(
  offered: RadioTerms,
  ours: Pick<RadioTerms, 'type' | 'transmission' | 'bss'>,
  pttId: number,
): { readonly ok: true; readonly terms: RadioTerms } | { readonly ok: false; readonly fault: RadioFault } {
  const transmits = offered.transmission !== 'Rx' && ours.transmission !== 'Rx';
  const receives = offered.transmission !== 'Tx' && ours.transmission !== 'Tx';
  if (!transmits && !receives) return { ok: false, fault: 'transmission' };
  const method = offered.bss.find((each) => ours.bss.includes(each));
  return {
    ok: true,
    terms: {
      ...offered,
      type: ours.type,
      transmission: transmits ? (receives ? 'TxRx' : 'Tx') : 'Rx',
      bss: method === undefined ? [] : [method],
      pttId,
    },
  };
}

function r2sPayloadType(media: MediaDescription): number | undefined {
  for (const format of media.formats) {
    const map = media.rtpmaps.get(format);
    if (map?.encoding.toUpperCase() === encoding && map.rateHz === 8000) return readDecimal(format, 127);
  }
  return undefined;
}

function keepAliveOf(period: string | undefined, multiplier: string | undefined): KeepAliveTerms | undefined {
  const terms = {
    periodMs: period === undefined ? keepAliveDefaults.periodMs : (readDecimal(period, 100_000) ?? 0),
    multiplier: multiplier === undefined ? keepAliveDefaults.multiplier : (readDecimal(multiplier, 100_000) ?? 0),
  };
  return keepAliveBearable(terms) ? terms : undefined;
}
