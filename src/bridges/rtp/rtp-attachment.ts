/**
 * A far end that speaks RTP without signalling: nothing is called, so a leg is open as long as it is configured.
 *
 *                at once, or by legHeard where that is asked for
 *   connecting ─────────────────▶ up ──legDead──▶ down ──legHeard──▶ up
 *       └──port taken, not sent──▶ down ──every 5 s, or legHeard──▶ connecting
 *
 * A dead leg is not sent to; its port stays open, so that its far end is heard as soon as it is there again.
 */
import { Alarm, type Clock } from '../../base/clock.ts';
import type { LegState } from '../../base/events/legs.ts';
import type { Fault, FaultCode } from '../../base/faults.ts';
import { placeOf } from '../../config/rtp-place.ts';
import type { RtpSettings } from '../../config/schema.ts';
import type { LegId, LegMedia, StaticLine, VoiceEvent } from '../../voice/contract.ts';
import { type MediaAddresses, mediaAddressFor } from '../media-addresses.ts';
import type { OwnSockets } from '../own-sockets.ts';
import type {
  Attachment,
  AttachmentDetails,
  AttachmentObserver,
  AttachmentStatus,
  BridgeEvents,
  LegPlan,
  LegStatus,
  VoicePort,
} from '../ports.ts';

export interface RtpAttachmentSettings {
  readonly id: string;
  readonly network: string;
  /** Legs that it may carry at once. */
  readonly channels: number;
  readonly rtp: RtpSettings;
}

export interface RtpAttachmentParts {
  readonly voice: VoicePort;
  readonly observer: AttachmentObserver;
  readonly events: BridgeEvents;
  /** Address at which unicast comes in, and interface of multicast unless another is named. */
  readonly mediaAddresses: MediaAddresses;
  readonly ownSockets: Pick<OwnSockets, 'add'>;
  readonly cname: string;
  readonly clock: Clock;
}

interface StaticLeg {
  plan: LegPlan;
  media: LegMedia | undefined;
  status: LegStatus | undefined;
  /** What keeps it from being up. */
  fault: FaultCode | undefined;
  /** Its port is open, as far as we know. */
  isOpen: boolean;
  isHeard: boolean;
  /** It has died since it was last heard: it is up again only when it is heard. */
  died: boolean;
  /** What is to be tried again, and when; Infinity for nothing. */
  retryMs: number;
}

const retryAfterMs = 5000;

/** RFC 3551 §6; the others have none of their own. */
const staticPayloadTypes: Partial<Record<LegMedia['codec'], number>> = { PCMU: 0, PCMA: 8, G722: 9 };
const dynamicPayloadType = 96;
const comfortNoisePayloadType = 13;

const deaths = {
  'rtp-timeout': { reason: 'nothing is heard any more', fault: 'no-voice' },
  'keep-alive': { reason: 'nothing is heard any more', fault: 'no-voice' },
  icmp: { reason: 'its machine refuses our packets', fault: 'unreachable' },
  unsendable: { reason: 'our packets cannot be sent', fault: 'unreachable' },
  unreadable: { reason: 'its packets cannot be read', fault: 'no-common-codec' },
} as const;

export class RtpAttachment implements Attachment {
  readonly id: string;
  readonly #settings: RtpAttachmentSettings;
  readonly #parts: RtpAttachmentParts;
  readonly #legs = new Map<LegId, StaticLeg>();
  readonly #alarm: Alarm;
  #state: AttachmentStatus['state'] = 'unknown';

  constructor(settings: RtpAttachmentSettings, parts: RtpAttachmentParts) {
    this.id = settings.id;
    this.#settings = settings;
    this.#parts = parts;
    this.#alarm = new Alarm(parts.clock, () => this.#tick());
  }

  /** There is nobody to be asked: the far end is watched by what is heard of it. */
  start(): void {
    this.#judge();
  }

  stop(): Promise<void> {
    for (const leg of [...this.#legs.keys()]) this.closeLeg(leg);
    this.#alarm.clear();
    return Promise.resolve();
  }

  openLeg(plan: LegPlan): void {
    const known = this.#legs.get(plan.leg);
    if (known !== undefined) {
      known.plan = plan;
      this.#open(known);
      return;
    }
    const leg: StaticLeg = {
      plan,
      media: undefined,
      status: undefined,
      fault: undefined,
      isOpen: false,
      isHeard: false,
      died: false,
      retryMs: Infinity,
    };
    this.#legs.set(plan.leg, leg);
    this.#report(leg, 'connecting');
    if (!this.#open(leg)) return;
    this.#connect(leg);
    // Its port will be there; if not, we are told. Beside another attachment that still carries the leg nothing is said.
    leg.isOpen = true;
    this.#settle(leg);
  }

  closeLeg(id: LegId): void {
    const leg = this.#legs.get(id);
    if (leg === undefined) return;
    this.#parts.voice.send({ name: 'closeLeg', leg: id });
    this.#report(leg, 'closed');
    this.#legs.delete(id);
    this.#judge();
    this.#arm();
  }

  voiceEvent(event: VoiceEvent): void {
    const leg = this.#legs.get(legOf(event));
    if (leg === undefined) return;
    switch (event.name) {
      case 'legOpened':
        leg.isOpen = true;
        this.#settle(leg);
        break;
      case 'legHeard':
        this.#onHeard(leg);
        break;
      case 'legForeign':
        if (leg.status?.state !== 'up') {
          this.#report(leg, leg.status?.state ?? 'connecting', foreignReason(event), 'no-common-codec');
        }
        break;
      case 'legDead':
        this.#drop(leg, deaths[event.reason].reason, deaths[event.reason].fault);
        leg.died = event.reason === 'rtp-timeout';
        leg.retryMs = leg.died ? Infinity : this.#parts.clock.nowMs() + retryAfterMs;
        break;
      case 'failed':
        this.#onFailed(leg, event.command, event.reason);
        break;
    }
    this.#arm();
  }

  legs(): readonly LegStatus[] {
    return [...this.#legs.values()].flatMap(({ status }) => (status === undefined ? [] : [status]));
  }

  status(): AttachmentStatus {
    const reason = this.legs().find(({ state }) => state === 'down')?.reason;
    return {
      attachment: this.id,
      state: this.#state,
      ...(this.#state === 'down' && reason !== undefined && { reason }),
      legs: this.#legs.size,
      channels: this.#settings.channels,
    };
  }

  details(): AttachmentDetails {
    const legFaults = [...this.#legs].flatMap(([leg, { fault }]): [LegId, Fault][] =>
      fault === undefined ? [] : [[leg, { code: fault }]],
    );
    const fault = this.#state === 'down' ? legFaults[0]?.[1] : undefined;
    return { ...(fault !== undefined && { fault }), legFaults: new Map(legFaults) };
  }

  // ── One leg ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Opens its port in the voice process, or says why it has none. */
  #open(leg: StaticLeg): boolean {
    const { rtp } = this.#settings;
    const place = placeOf(rtp, leg.plan.number);
    if (!place.ok) {
      this.#report(leg, 'down', `rtp ${place.reason}`);
      return false;
    }
    const { number: _, display: __, names: ___, ...plan } = leg.plan;
    const { keyIn, keyOut, grant, answers, guardMs, level, rtcp, ttl, loopback } = rtp;
    const { remote, multicast, listenPort, sources } = place;
    const named = rtp.interface;
    const own = mediaAddressFor(this.#parts.mediaAddresses, remote.address);
    const address = multicast && named?.includes('.') === true ? named : own;
    const line: StaticLine = {
      sources,
      rtcp,
      ...(multicast && {
        multicast: { group: remote.address, ttl, loopback, ...(named !== undefined && { interface: named }) },
      }),
    };
    const talk = { keyIn, keyOut, grant, answers, guardMs, level };
    this.#parts.voice.send({
      name: 'openLeg',
      settings: { ...plan, local: { address, port: listenPort }, line, ...talk },
    });
    if (!multicast) {
      this.#parts.ownSockets.add(address, listenPort);
      if (rtcp) this.#parts.ownSockets.add(address, listenPort + 1);
    }
    leg.media = { ...this.#mediaOf(remote), ...(plan.isShadow === true && { send: false }) };
    return true;
  }

  #mediaOf(remote: { readonly address: string; readonly port: number }): LegMedia {
    const { rtp } = this.#settings;
    const { codec, telephoneEventPayloadType, ptimeMs, rtpTimeoutMs, direction } = rtp;
    return {
      remote,
      ...(rtp.rtcp && { remoteRtcp: { address: remote.address, port: remote.port + 1 } }),
      latch: false,
      codec,
      payloadType: rtp.payloadType ?? staticPayloadTypes[codec] ?? dynamicPayloadType,
      ...(telephoneEventPayloadType !== undefined && { telephoneEventPayloadType }),
      comfortNoisePayloadType,
      ptimeMs,
      send: direction !== 'receive',
      receive: direction !== 'send',
      rtpTimeoutMs,
      cname: this.#parts.cname,
    };
  }

  #connect(leg: StaticLeg): void {
    if (leg.media === undefined) return;
    leg.retryMs = Infinity;
    leg.isHeard = false;
    this.#parts.voice.send({ name: 'connectLeg', leg: leg.plan.leg, media: leg.media });
  }

  #onHeard(leg: StaticLeg): void {
    if (leg.status?.state === 'down') this.#connect(leg);
    leg.isHeard = true;
    leg.died = false;
    leg.isOpen = true;
    this.#settle(leg);
  }

  /** Up, if all that is asked for is there. */
  #settle(leg: StaticLeg): void {
    const mustBeHeard = leg.died || this.#settings.rtp.upWhen === 'heard';
    if (leg.status?.state === 'down' && !leg.isHeard) return;
    if (leg.isOpen && (leg.isHeard || !mustBeHeard)) this.#report(leg, 'up');
  }

  #onFailed(leg: StaticLeg, command: string, reason: string): void {
    if (command !== 'openLeg' && command !== 'connectLeg') return;
    if (command === 'openLeg') leg.isOpen = false;
    else this.#open(leg);
    this.#drop(
      leg,
      command === 'openLeg' ? `its port cannot be opened: ${reason}` : `voice is not connected: ${reason}`,
      command === 'openLeg' ? 'no-port' : 'other',
    );
    leg.retryMs = this.#parts.clock.nowMs() + retryAfterMs;
  }

  #drop(leg: StaticLeg, reason: string, fault: FaultCode): void {
    leg.isHeard = false;
    this.#parts.voice.send({ name: 'disconnectLeg', leg: leg.plan.leg });
    this.#report(leg, 'down', reason, fault);
  }

  #tick(): void {
    const nowMs = this.#parts.clock.nowMs();
    for (const leg of this.#legs.values()) {
      if (nowMs < leg.retryMs) continue;
      this.#report(leg, 'connecting');
      if (!leg.isOpen && !this.#open(leg)) continue;
      this.#connect(leg);
      this.#settle(leg);
    }
    this.#arm();
  }

  #arm(): void {
    this.#alarm.setAt(Math.min(Infinity, ...[...this.#legs.values()].map(({ retryMs }) => retryMs)));
  }

  // ── What is told ─────────────────────────────────────────────────────────────────────────────────────────────────

  #report(leg: StaticLeg, state: LegState, reason?: string, fault?: FaultCode): void {
    leg.fault = fault;
    if (leg.status?.state === state && leg.status.reason === reason) return;
    const { clock, events, observer } = this.#parts;
    const said = reason === undefined ? {} : { reason };
    leg.status = { leg: leg.plan.leg, attachment: this.id, state, sinceMs: clock.nowMs(), ...said };
    events.legs.changed({
      leg: leg.plan.leg,
      network: this.#settings.network,
      attachment: this.id,
      state,
      ...said,
      ...(fault !== undefined && { fault }),
    });
    observer.legChanged(leg.status);
    this.#judge();
  }

  /** The attachment lives while one of its legs does. */
  #judge(): void {
    const states = this.legs().map(({ state }) => state);
    const before = this.#state;
    if (states.includes('up')) this.#state = 'up';
    else if (states.includes('down')) this.#state = 'down';
    else this.#state = 'unknown';
    if (this.#state === before) return;
    const { events, observer } = this.#parts;
    const at = { attachment: this.id, network: this.#settings.network };
    if (this.#state === 'up') events.attachments.up(at);
    if (this.#state === 'down') events.attachments.down({ ...at, reason: this.status().reason ?? 'no leg is up' });
    observer.attachmentChanged(this.status());
  }
}

/** Empty for what is not of one leg's line. */
function legOf(event: VoiceEvent): LegId {
  switch (event.name) {
    case 'legOpened':
    case 'legHeard':
    case 'legForeign':
    case 'legDead':
      return event.leg;
    case 'failed':
      return event.id;
    default:
      return '';
  }
}

function foreignReason({ payloadType, tetra }: Extract<VoiceEvent, { name: 'legForeign' }>): string {
  const what = tetra ? 'native TETRA speech, for which there is no codec' : 'which is not what is configured';
  return `its packets are of payload type ${payloadType}, ${what}`;
}
