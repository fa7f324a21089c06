/** One leg as consoles are shown it: its call, its talk, how well it is heard, and whom its network names. */
import { escaut } from '../protocols/generated/console.js';
import type { GroupId, LegId, LegReport, LegTransmission } from '../talkgroups/terms.ts';
import type { VoiceStatistics } from '../voice/contract.ts';
import type { LegState, TalkerIdentity } from './console-terms.ts';
import type { Delta } from './wire.ts';

type Wire = typeof escaut.console.v1;
type Leg = escaut.console.v1.Leg.$Properties;
type Row = VoiceStatistics['legs'][number];

/** A network may name the talker a little before his voice comes. */
const namedAheadMsMax = 2000;
const qualitySamples = 60;
/** Quality is no event: it is told when it moved visibly, and not often. */
const qualityEveryMs = 5000;
const lossStep = 0.01;
const jitterStepMs = 10;

const { Leg: wireLeg } = escaut.console.v1;
const stateCodes: Readonly<Record<LegState['state'], InstanceType<Wire['Leg']>['state']>> = {
  down: wireLeg.State.DOWN,
  connecting: wireLeg.State.CONNECTING,
  up: wireLeg.State.UP,
  closed: wireLeg.State.CLOSED,
};
const transmissionCodes: Readonly<Record<LegTransmission, InstanceType<Wire['Leg']>['transmission']>> = {
  idle: wireLeg.Transmission.IDLE,
  requested: wireLeg.Transmission.REQUESTED,
  granted: wireLeg.Transmission.GRANTED,
  flowing: wireLeg.Transmission.FLOWING,
  carried: wireLeg.Transmission.CARRIED,
  refused: wireLeg.Transmission.REFUSED,
};

export class LegPicture {
  readonly group: GroupId;
  readonly network: string;
  #wire: Leg;
  #callAddress: string | undefined;
  #overAddress: { readonly address: string; readonly atMs: number } | undefined;
  /** It has named somebody since it last fell silent: a name of before may be that of the talker before. */
  #namedAnew = false;
  /** What RTCP said last. */
  #rtcpAddress: string | undefined;
  #quality: readonly { readonly received: number; readonly lost: number }[] = [];
  #qualityToldMs = -Infinity;

  constructor(
    group: GroupId,
    { id, talkgroup, network }: { readonly id: LegId; readonly talkgroup: string; readonly network: string },
  ) {
    this.group = group;
    this.network = network;
    this.#wire = { id, talkgroup, networkId: network, state: wireLeg.State.CLOSED };
  }

  get wire(): Leg {
    return this.#wire;
  }

  get delta(): Delta {
    return { leg: { groupId: this.group, leg: this.#wire } };
  }

  /** Whom its network names at present; undefined: nobody. */
  get address(): string | undefined {
    return this.#overAddress?.address ?? this.#callAddress;
  }

  get isReceiving(): boolean {
    return this.#wire.receiving === true;
  }

  get isNamedAnew(): boolean {
    return this.#namedAnew;
  }

  setState({ state, fault, attachment, sinceUtcMs }: LegState): void {
    if (state !== 'up') this.#callAddress = undefined;
    const { code = '', answer = 0 } = fault ?? {};
    this.#wire = { ...this.#wire, state: stateCodes[state], fault: code, faultAnswer: answer, sinceUtcMs };
    if (attachment !== undefined) this.#wire = { ...this.#wire, attachment };
  }

  setIdentity({ address, lasts }: TalkerIdentity, nowMs: number): void {
    this.#namedAnew = true;
    if (lasts === 'call') this.#callAddress = address === '' ? undefined : address;
    else this.#overAddress = address === '' ? undefined : { address, atMs: nowMs };
  }

  /** Whether RTCP says another name than it said last. */
  isOtherByRtcp(address: string): boolean {
    const isOther = this.#rtcpAddress !== address;
    this.#rtcpAddress = address;
    return isOther;
  }

  /** A name that was given long before an over began was somebody else's. */
  forgetOldName(nowMs: number): void {
    if (this.#overAddress === undefined || this.isReceiving) return;
    if (nowMs - this.#overAddress.atMs > namedAheadMsMax) this.#overAddress = undefined;
  }

  report({ receiving, blocked, isolated = false, transmission }: LegReport, nowMs: number): void {
    if (receiving) this.forgetOldName(nowMs);
    else if (this.isReceiving) {
      this.#overAddress = undefined;
      this.#namedAnew = false;
    }
    this.#wire = { ...this.#wire, receiving, blocked, isolated, transmission: transmissionCodes[transmission] };
  }

  /** Whether it is worth telling. */
  measure({ packetsReceived, packetsLost, jitterMs }: Row, nowMs: number): boolean {
    this.#quality = [...this.#quality, { received: packetsReceived, lost: packetsLost }].slice(-qualitySamples - 1);
    const packetLoss = lossOf(this.#quality);
    const moved =
      Math.abs(packetLoss - (this.#wire.packetLoss ?? 0)) >= lossStep ||
      Math.abs(jitterMs - (this.#wire.jitterMs ?? 0)) >= jitterStepMs;
    if (!moved || nowMs - this.#qualityToldMs < qualityEveryMs) return false;
    this.#qualityToldMs = nowMs;
    this.#wire = { ...this.#wire, packetLoss, jitterMs };
    return true;
  }

  /** A new voice process hears nobody yet; whether that is another picture. */
  rest(): boolean {
    this.#overAddress = undefined;
    this.#quality = [];
    const { receiving, blocked, isolated, transmission } = this.#wire;
    if (!receiving && !blocked && !isolated && !transmission) return false;
    const atRest = { receiving: false, blocked: false, isolated: false, transmission: wireLeg.Transmission.IDLE };
    this.#wire = { ...this.#wire, ...atRest };
    return true;
  }
}

/** Share of the last minute's packets that did not come, 0–1; counters that fell back tell nothing. */
function lossOf(samples: readonly { readonly received: number; readonly lost: number }[]): number {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return 0;
  const received = last.received - first.received;
  const lost = last.lost - first.lost;
  return received >= 0 && lost > 0 ? lost / (received + lost) : 0;
}
