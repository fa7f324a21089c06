/**
 * Floor control in a session description: the stream `m=application PORT udp MCPTT` beside the voice, and what the two
 * sides agree on there.
 *
 * Standard: 3GPP TS 24.380 §4.3.3.1, §12.1.2, §14; an answer holds no parameter that the offer did not (§14.3.1).
 */
import type { MediaDescription, SessionDescription } from '../sip/sdp.ts';

export interface FloorTerms {
  /** Offer: can queue. Answer: queueing is in use. */
  readonly queueing: boolean;
  /** Offer: highest priority asked for. Answer: allowed, never above the offer. 1–255. */
  readonly priority?: number;
  /** Offer: understood. Answer: the floor is granted by this answer. */
  readonly granted: boolean;
  /** Offer: this INVITE is a Floor Request. Answer: it was taken as one. */
  readonly implicitRequest: boolean;
  /** A pre-established session without floor control (§14.2.6): read, never offered. */
  readonly noFloorControl?: true;
  /** SSRCs where floor control and voice share a port (§14.2.7): read, never offered; the port is dedicated here. */
  readonly floorSsrc?: number;
  readonly voiceSsrc?: number;
}

export interface FloorStream {
  readonly remote: { readonly address: string; readonly port: number };
  readonly terms: FloorTerms;
}

const format = 'MCPTT';

/** Our stream: port 1–65535 at the address of the session. */
export function floorMedia(port: number, terms: FloorTerms): MediaDescription {
  return {
    type: 'application',
    port,
    protocol: 'udp',
    formats: [format],
    bandwidths: [],
    rtpmaps: new Map(),
    fmtps: new Map([[format, writeFloorTerms(terms)]].filter(([, value]) => value !== '') as [string, string][]),
    rtcpMux: false,
    cryptos: [],
    attributes: [],
  };
}

/** Whether a stream is one of floor control, wanted or not. */
export function isFloorMedia({ type, protocol, formats }: MediaDescription): boolean {
  return type === 'application' && protocol.toLowerCase() === 'udp' && formatIn(formats) !== undefined;
}

/** The far end's floor control stream; undefined without one. */
export function floorStreamOf(description: SessionDescription): FloorStream | undefined {
  const media = description.media.find((each) => isFloorMedia(each) && each.port !== 0);
  const connection = media?.connection ?? description.connection;
  if (media === undefined || connection === undefined) return undefined;
  return { remote: { address: connection.address, port: media.port }, terms: termsOf(media) };
}

export function termsOf(media: MediaDescription): FloorTerms {
  return readFloorTerms(media.fmtps.get(formatIn(media.formats) ?? format) ?? '');
}

/** What we answer: of ours that which was offered, and no priority above either. */
export function answerTerms(offered: FloorTerms, ours: FloorTerms): FloorTerms {
  const priority =
    offered.priority === undefined || ours.priority === undefined
      ? undefined
      : Math.min(offered.priority, ours.priority);
  return {
    queueing: offered.queueing && ours.queueing,
    ...(priority !== undefined && { priority }),
    granted: offered.granted && ours.granted,
    implicitRequest: offered.implicitRequest && ours.implicitRequest,
  };
}

/** Parameters that are not known are passed over; a priority out of range counts as none. */
export function readFloorTerms(text: string): FloorTerms {
  const parameters = new Map<string, string>();
  for (const part of text.split(';', 32)) {
    const [name = '', value = ''] = part.split('=', 2);
    parameters.set(name.trim().toLowerCase(), value.trim());
  }
  const number = (name: string, max: number): number | undefined => {
    const value = /^[0-9]{1,10}$/.test(parameters.get(name) ?? '') ? Number(parameters.get(name)) : 0;
    return value >= 1 && value <= max ? value : undefined;
  };
  const priority = number('mc_priority', 255);
  const floorSsrc = number('mc_floor_ssrc', 0xffff_ffff);
  const voiceSsrc = number('mc_ssrc', 0xffff_ffff);
  return {
    queueing: parameters.has('mc_queueing'),
    ...(priority !== undefined && { priority }),
    granted: parameters.has('mc_granted'),
    implicitRequest: parameters.has('mc_implicit_request'),
    ...(parameters.has('mc_no_floor_ctrl') && { noFloorControl: true }),
    ...(floorSsrc !== undefined && { floorSsrc }),
    ...(voiceSsrc !== undefined && { voiceSsrc }),
  };
}

function writeFloorTerms({ queueing, priority, granted, implicitRequest }: FloorTerms): string {
  const parts = [
    ...(queueing ? ['mc_queueing'] : []),
    ...(priority === undefined ? [] : [`mc_priority=${priority}`]),
    ...(granted ? ['mc_granted'] : []),
    ...(implicitRequest ? ['mc_implicit_request'] : []),
  ];
  return parts.join(';');
}

function formatIn(formats: readonly string[]): string | undefined {
  return formats.find((each) => each.toUpperCase() === format);
}
