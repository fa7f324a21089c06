/**
 * Offer and answer of one leg, call after call: keeps our description and its version, and turns what was agreed into
 * what the voice process is told. Pure.
 *
 * A description that did not change keeps its version (RFC 3264 §8), so that a mere refresh of the session is seen as
 * one by both sides.
 */
import type { FaultCode } from '../../base/faults.ts';
import { plainAddress } from '../../protocols/sip/ip-literal.ts';
import { type MediaDescription, parseSdp, type SessionDescription, writeSdp } from '../../protocols/sip/sdp.ts';
import {
  type AgreedAudio,
  type AudioAbilities,
  type AudioCodec,
  type AudioEndpoint,
  acceptAnswer,
  buildOffer,
  type CompanionStream,
  negotiateAudio,
  type SrtpAbilities,
} from '../../protocols/sip/sdp-audio.ts';
import type { SrtpKey } from '../../protocols/srtp/srtp.ts';
import type { LegMedia, SrtpKeyText } from '../../voice/contract.ts';
import { familyOf } from '../media-addresses.ts';
import type { StreamExtension } from './call-extension.ts';

export interface MediaTerms {
  /** Address and even port at which the voice process receives this leg. */
  readonly local: { readonly address: string; readonly port: number };
  /** Whether a socket of ours receives there: voice sent to a leg would join groups that nobody joined. */
  readonly isOurs: (address: string, port: number) => boolean;
  /** Where the far end's signalling is: its voice too, unless it may be elsewhere. */
  readonly peerAddress: string;
  readonly isTheirs: (address: string) => boolean;
  readonly codecs: readonly AudioCodec[];
  readonly ptimeMs: 10 | 20 | 30 | 40 | 60;
  readonly latch: boolean;
  /** We shall send nothing, and say so. */
  readonly receivesOnly?: boolean;
  readonly rtpTimeoutMs: LegMedia['rtpTimeoutMs'];
  readonly cname: string;
  /** Our keys, drawn anew for every call; absent: voice goes in the clear. */
  readonly srtp?: SrtpAbilities | undefined;
  /** Title of the voice stream, and a stream beside it. */
  readonly title?: string | undefined;
  readonly companion?: CompanionStream | undefined;
  readonly stream?: StreamExtension | undefined;
  /** What a session is shown as that `stream` finds of no use. */
  readonly unusable?: FaultCode | undefined;
}

/** The stream beside the voice, as the far end describes it; absent when it was refused or not offered. */
interface Beside {
  readonly companion?: { readonly media: MediaDescription; readonly remote: AudioEndpoint };
}

export type MediaOutcome =
  | ({ readonly ok: true; readonly sdp: Uint8Array; readonly media: LegMedia } & Beside)
  | { readonly ok: false; readonly warning: number; readonly reason: string; readonly fault: FaultCode };

const foreignAddress = {
  ok: false,
  warning: 399,
  fault: 'foreign-address',
  reason: "voice or RTCP address is not the far end's (mediaHosts)",
} as const;
const ownAddress = {
  ok: false,
  warning: 399,
  fault: 'foreign-address',
  reason: 'connection address and port are our own',
} as const;

function unreadable(reason: string): MediaOutcome & { ok: false } {
  return { ok: false, warning: 399, fault: 'other', reason };
}

export class LegMediaExchange {
  readonly #terms: MediaTerms;
  readonly #sessionId: string;
  #version = 1;
  #ours: { readonly description: SessionDescription; readonly sdp: Uint8Array } | undefined;
  #media: LegMedia | undefined;

  /** `sessionId`: decimal, different for every call (RFC 8866 §5.2). */
  constructor(terms: MediaTerms, sessionId: string) {
    this.#terms = terms;
    this.#sessionId = sessionId;
  }

  /** Our offer: the first of a call, or what we propose when the far end asks for an offer. */
  offer(): Uint8Array {
    return this.#describe((abilities) => buildOffer(abilities, this.#ours?.description)).sdp;
  }

  /** Answers an offer of theirs. */
  answer(offer: Uint8Array): MediaOutcome {
    const theirs = parseSdp(offer);
    if (!theirs.ok) return unreadable(`session description is malformed: ${theirs.malformed}`);
    const trial = negotiateAudio(theirs.description, this.#abilities(this.#version));
    if (!trial.ok) return { ok: false, warning: trial.warning, fault: 'no-common-codec', reason: trial.reason };
    const placed = this.#place(trial.audio);
    if (!placed.ok) return placed;
    const beside = this.#placeBeside(trial.answer, theirs.description);
    if (!beside.ok) return beside;
    const { sdp } = this.#describe((abilities) => {
      const outcome = negotiateAudio(theirs.description, abilities);
      return outcome.ok ? outcome.answer : trial.answer;
    });
    const media = this.#extended(this.#agree(placed.audio), theirs.description, placed.audio.mediaIndex, false);
    return 'reason' in media ? media : { ...beside, sdp, media };
  }

  /** Reads their answer to our last offer. */
  accept(
    answer: Uint8Array,
  ): ({ readonly ok: true; readonly media: LegMedia } & Beside) | (MediaOutcome & { ok: false }) {
    const theirs = parseSdp(answer);
    if (!theirs.ok) return unreadable(`session description is malformed: ${theirs.malformed}`);
    if (this.#ours === undefined) return unreadable('an answer without an offer');
    const outcome = acceptAnswer(this.#ours.description, theirs.description);
    if (!outcome.ok) return { ok: false, warning: outcome.warning, fault: 'no-common-codec', reason: outcome.reason };
    const placed = this.#place(outcome.audio);
    if (!placed.ok) return placed;
    const beside = this.#placeBeside(this.#ours.description, theirs.description);
    if (!beside.ok) return beside;
    const media = this.#extended(this.#agree(placed.audio), theirs.description, placed.audio.mediaIndex, true);
    return 'reason' in media ? media : { ...beside, media };
  }

  /** What was agreed, with what the kind of far end adds to the stream itself. */
  #extended(
    media: LegMedia,
    session: SessionDescription,
    index: number,
    weOffered: boolean,
  ): LegMedia | (MediaOutcome & { ok: false }) {
    const theirs = session.media[index];
    if (this.#terms.stream === undefined || theirs === undefined) return media;
    const extended = this.#terms.stream.agreed(media, session, theirs, weOffered);
    if (typeof extended !== 'string') return extended;
    return { ok: false, warning: 399, fault: this.#terms.unusable ?? 'other', reason: extended };
  }

  /** The companion where it stands in our description and in theirs, at an address that may be. */
  #placeBeside(
    ours: SessionDescription,
    theirs: SessionDescription,
  ): ({ readonly ok: true } & Beside) | (MediaOutcome & { ok: false }) {
    const type = this.#terms.companion?.offer.type;
    const index = ours.media.findIndex((media) => media.type === type && media.port !== 0);
    const media = theirs.media[index];
    const address = (media?.connection ?? theirs.connection)?.address;
    if (media === undefined || media.type !== type || media.port === 0 || address === undefined) return { ok: true };
    const remote = this.#placeOne({ address, port: media.port });
    if (remote === undefined) return foreignAddress;
    return this.#terms.isOurs(remote.address, remote.port) ? ownAddress : { ok: true, companion: { media, remote } };
  }

  /**
   * The stream where it may be: its voice and RTCP must not go to somebody else, who never asked for them. A far end
   * behind NAT names addresses of its own net: what it means is where its signalling comes from.
   */
  #place(audio: AgreedAudio): { readonly ok: true; readonly audio: AgreedAudio } | (MediaOutcome & { ok: false }) {
    if (this.#isOurs(audio)) return ownAddress;
    const { remoteRtcp, ...rest } = audio;
    const remote = this.#placeOne(audio.remote);
    const rtcp = remoteRtcp && this.#placeOne(remoteRtcp);
    if (remote === undefined || (remoteRtcp !== undefined && rtcp === undefined)) return foreignAddress;
    const placed = { ...rest, remote, ...(rtcp !== undefined && { remoteRtcp: rtcp }) };
    return this.#isOurs(placed) ? ownAddress : { ok: true, audio: placed };
  }

  /** In one spelling, or a socket of ours would not be known by another. */
  #placeOne({ address, port }: AudioEndpoint): AudioEndpoint | undefined {
    const { local, peerAddress, isTheirs, latch } = this.#terms;
    const at = { address: plainAddress(address), port };
    const isReachable = familyOf(at.address) === familyOf(local.address);
    if (isNowhere(at.address) || (isReachable && isTheirs(at.address))) return at;
    return latch ? { address: peerAddress, port } : undefined;
  }

  #isOurs({ remote, remoteRtcp }: AgreedAudio): boolean {
    return [remote, remoteRtcp].some((at) => at !== undefined && this.#terms.isOurs(at.address, at.port));
  }

  /** Writes a description of ours; the version grows if anything else in it is new. */
  #describe(build: (abilities: AudioAbilities) => SessionDescription) {
    const same = build(this.#abilities(this.#version));
    const sdp = writeSdp(same);
    if (this.#ours === undefined || Buffer.compare(sdp, this.#ours.sdp) === 0) {
      this.#ours = { description: same, sdp };
    } else {
      this.#version++;
      const description = build(this.#abilities(this.#version));
      this.#ours = { description, sdp: writeSdp(description) };
    }
    return this.#ours;
  }

  #abilities(version: number): AudioAbilities {
    const { local, codecs, ptimeMs, srtp, title, companion, stream, receivesOnly = false } = this.#terms;
    return {
      origin: { username: 'escaut', sessionId: this.#sessionId, version: String(version) },
      address: local.address,
      port: local.port,
      codecs,
      telephoneEvent: stream === undefined,
      comfortNoise: stream === undefined,
      ptimeMs,
      rtcpMux: false,
      direction: receivesOnly ? 'recvonly' : 'sendrecv',
      ...(srtp !== undefined && { srtp }),
      ...(title !== undefined && { title }),
      ...(companion !== undefined && { companion }),
      ...(stream !== undefined && { supplement: stream.supplement }),
    };
  }

  #agree(audio: AgreedAudio): LegMedia {
    const { latch, rtpTimeoutMs, cname } = this.#terms;
    // Who holds the old way gives an address of no meaning: the stream's source stays what it was.
    const before = isNowhere(audio.remote.address) ? this.#media : undefined;
    const remoteRtcp = before === undefined ? audio.remoteRtcp : before.remoteRtcp;
    this.#media = {
      remote: before?.remote ?? audio.remote,
      ...(remoteRtcp !== undefined && { remoteRtcp }),
      latch,
      codec: audio.codec,
      payloadType: audio.payloadType,
      ...(audio.telephoneEventPayloadType !== undefined && {
        telephoneEventPayloadType: audio.telephoneEventPayloadType,
      }),
      ...(audio.comfortNoisePayloadType !== undefined && { comfortNoisePayloadType: audio.comfortNoisePayloadType }),
      ptimeMs: audio.ptimeMs,
      send: audio.send,
      receive: audio.receive,
      rtpTimeoutMs,
      cname,
      ...(audio.srtp !== undefined && {
        srtp: { send: keyText(audio.srtp.send), receive: keyText(audio.srtp.receive) },
      }),
    };
    return this.#media;
  }
}

/** Where an offer says that its voice is; undefined where that is nowhere. */
export function voiceAddressIn(offer: Uint8Array): string | undefined {
  const reading = parseSdp(offer);
  if (!reading.ok) return undefined;
  const { media, connection } = reading.description;
  const voice = media.find(({ type, port }) => type === 'audio' && port !== 0);
  const said = (voice?.connection ?? connection)?.address;
  const address = said && plainAddress(said);
  return address === undefined || isNowhere(address) ? undefined : address;
}

function keyText({ suite, keySalt, mki }: SrtpKey): SrtpKeyText {
  const id = mki && { mki: Buffer.from(mki).toString('base64') };
  return { suite, keySalt: Buffer.from(keySalt).toString('base64'), ...id };
}

function isNowhere(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
