/**
 * The picture of base/status-report.ts: what the voice process tells of each leg is noted as it comes, all else is asked
 * of the attachments and of the placement when somebody looks. Its size is bounded by the configuration.
 */
import { certificateWarnDays } from '../base/certificate.ts';
import type { LegState } from '../base/events/legs.ts';
import type { Fault, FaultCode } from '../base/faults.ts';
import type { AttachmentReport, LegStatusReport, NetworksReport } from '../base/status-report.ts';
import type { PlacementState } from '../bridges/placement-terms.ts';
import { carrierOf, shedLegs, trialOf, type WayView, wayView } from '../bridges/placement-views.ts';
import type { Attachment, AttachmentDetails, LegStatus } from '../bridges/ports.ts';
import type { Attachment as AttachmentSettings, Config } from '../config/schema.ts';
import type { LegId, LegMedia, VoiceCommand, VoiceEvent, VoiceStatistics } from '../voice/contract.ts';
import type { PlannedLeg } from './group-plan.ts';

/** Both clocks at one instant. */
export interface Instant {
  readonly nowMs: number;
  readonly utcMs: number;
}

type Row = VoiceStatistics['legs'][number];

interface Noted {
  status: LegStatus | undefined;
  /** The last time that it was not up although it should have been. */
  lastFault: (Fault & { readonly reason: string; readonly utcMs: number }) | undefined;
  media: LegMedia | undefined;
  row: Row | undefined;
  rowUtcMs: number;
  receivedPerS: number;
  receiving: boolean;
  transmission: string;
  isolated: boolean;
  heardUtcMs?: number;
  /** Voice that is no silence came, and no key with it. */
  soundUtcMs?: number;
  keyUtcMs?: number;
  floorUtcMs?: number;
  grantUtcMs?: number;
  strangerUtcMs?: number;
}

/** Louder than the idle noise of a box that sends all the time, dBov. */
const soundDbov = -50;
/** A rate is that of so long at most, and shown no longer. */
const rateMsMax = 2000;
/** Packets or strangers so recent count as arriving now: statistics come once a second. */
const arrivingMs = 5000;
/** Until then an attachment of which nothing was heard yet may be coming up. */
const firstPatienceMs = 10_000;
const dayMs = 86_400_000;
/** Our talk has its network's permission. */
const granted: ReadonlySet<string> = new Set(['granted', 'flowing', 'carried']);

export interface BoardSources {
  readonly attachments: ReadonlyMap<string, Attachment>;
  readonly placement: PlacementState;
}

export class StatusBoard {
  readonly #config: Config;
  readonly #planned: ReadonlyMap<LegId, PlannedLeg>;
  readonly #legs = new Map<LegId, Noted>();
  readonly #sinceMs: number;

  /** `sinceMs`: when it was begun, monotonic. */
  constructor(config: Config, planned: ReadonlyMap<LegId, PlannedLeg>, sinceMs: number) {
    this.#sinceMs = sinceMs;
    this.#config = config;
    this.#planned = planned;
    for (const leg of planned.keys()) this.join(leg);
  }

  join(leg: LegId): void {
    this.#legs.set(leg, {
      status: undefined,
      lastFault: undefined,
      media: undefined,
      row: undefined,
      rowUtcMs: -Infinity,
      receivedPerS: 0,
      receiving: false,
      transmission: 'idle',
      isolated: false,
    });
  }

  leave(leg: LegId): void {
    this.#legs.delete(leg);
  }

  /** What the voice process is told of a leg's call. */
  commanded(command: VoiceCommand): void {
    if (command.name === 'connectLeg') this.#note(command.leg, { media: command.media });
    else if (command.name === 'disconnectLeg' || command.name === 'closeLeg')
      this.#note(command.leg, { media: undefined, receiving: false, transmission: 'idle' });
  }

  /** What the carrier of a leg says of it. */
  legShown(status: LegStatus, fault: Fault | undefined, { utcMs }: Instant): void {
    const lastFault = { ...(fault ?? { code: 'other' }), reason: status.reason ?? '', utcMs } as const;
    this.#note(status.leg, { status, ...(status.state === 'down' && { lastFault }) });
  }

  voiceEvent(event: VoiceEvent, { utcMs }: Instant): void {
    switch (event.name) {
      case 'leg': {
        const { leg, receiving, transmission, isolated = false } = event.report;
        const before = this.#legs.get(leg);
        const isGranted = granted.has(transmission);
        const wasGranted = before?.transmission !== undefined && granted.has(before.transmission);
        this.#note(leg, {
          receiving,
          transmission,
          isolated,
          ...(receiving && before?.receiving === false && { keyUtcMs: utcMs }),
          ...(isGranted && !wasGranted && { grantUtcMs: utcMs }),
        });
        break;
      }
      case 'floor':
        if (event.floor.holder !== undefined) {
          const { party, sinceUtcMs } = event.floor.holder;
          this.#note(party, { floorUtcMs: sinceUtcMs });
        }
        break;
      case 'statistics':
        for (const row of event.statistics.legs) this.#measured(row, utcMs);
        break;
      case 'ready':
        for (const leg of this.#legs.keys())
          this.#note(leg, { row: undefined, receiving: false, transmission: 'idle', isolated: false });
        break;
      default:
    }
  }

  report({ attachments, placement }: BoardSources, instant: Instant): NetworksReport {
    const details = new Map([...attachments].map(([id, attachment]) => [id, attachment.details?.()]));
    const ways = this.#config.attachments.map((settings) =>
      attachmentReport(
        settings,
        attachments.get(settings.id),
        details.get(settings.id),
        wayView(placement, settings.id, instant.nowMs),
        this.#sinceMs,
        instant,
      ),
    );
    const shed = new Set(shedLegs(placement));
    // What is only listened to is the business of whoever looks at the fleet data.
    const joined = [...this.#planned.values()].filter(({ plan }) => plan.isShadow !== true);
    const legs = joined.map((planned) => {
      const on = carrierOf(placement, planned.need.leg);
      const fault = on === undefined ? undefined : details.get(on)?.legFaults.get(planned.need.leg);
      return this.#legReport(planned, on, trialOf(placement, planned.need.leg), shed, fault, instant);
    });
    return {
      gateway: this.#config.gateway.id,
      utcMs: Math.round(instant.utcMs),
      allUp: ways.every(({ state }) => state !== 'down') && legs.every(({ state }) => state === 'up'),
      networks: this.#config.networks.map(({ id, name, technology, country }) => ({ id, name, technology, country })),
      attachments: ways,
      legs,
    };
  }

  #note(leg: LegId, said: Partial<Noted>): void {
    const noted = this.#legs.get(leg);
    if (noted !== undefined) Object.assign(noted, said);
  }

  #measured(row: Row, utcMs: number): void {
    const noted = this.#legs.get(row.leg);
    const before = noted?.row;
    // A radio session is never silent: what keeps it alive is no voice.
    const isVoice = noted?.media?.radio === undefined || noted.receiving;
    const isHeard = isVoice && row.packetsReceived > (before?.packetsReceived ?? 0);
    const tookMs = Math.round(utcMs) - (noted?.rowUtcMs ?? -Infinity);
    const news = row.packetsReceived - (before?.packetsReceived ?? 0);
    const receivedPerS = tookMs > 0 && tookMs <= rateMsMax ? Math.max(0, Math.round((1000 * news) / tookMs)) : 0;
    const isSound = (row.unkeyedDbov ?? -Infinity) >= soundDbov;
    const isStrange = row.strangers > (before?.strangers ?? 0);
    this.#note(row.leg, {
      row,
      rowUtcMs: Math.round(utcMs),
      receivedPerS,
      ...(isSound && { soundUtcMs: Math.round(utcMs) }),
      ...(isHeard && { heardUtcMs: Math.round(utcMs) }),
      ...(isStrange && { strangerUtcMs: Math.round(utcMs) }),
    });
  }

  /** Nothing but what is heard tells that the far end of a static line is there. */
  #isUnheard({ heardUtcMs, media }: Noted, on: string | undefined): boolean {
    if (heardUtcMs !== undefined || media?.receive !== true) return false;
    return this.#config.attachments.find(({ id }) => id === on)?.kind === 'rtp';
  }

  #legReport(
    { need, plan }: PlannedLeg,
    on: string | undefined,
    trialOn: string | undefined,
    shed: ReadonlySet<LegId>,
    known: Fault | undefined,
    instant: Instant,
  ): LegStatusReport {
    const { leg, network } = need;
    const noted = this.#legs.get(leg)!;
    const { status, lastFault, media, row } = noted;
    const state = shed.has(leg) && status?.state !== 'up' ? 'shed' : stateWords[status?.state ?? 'connecting'];
    const isUnheard = this.#isUnheard(noted, on);
    const fault =
      state === 'up'
        ? coded(suspicion(noted, instant.utcMs) ?? (isUnheard ? 'never-heard' : undefined))
        : state === 'shed'
          ? coded('no-channel')
          : (known ?? coded(isUnheard && state !== 'closed' ? 'never-heard' : faultless[state]));
    const talkgroup = this.#config.talkgroups.find(({ id }) => leg === `${need.group}/${id}`);
    return {
      id: leg,
      networkId: network,
      groupName: plan.display,
      talkgroup: talkgroup?.short ?? plan.number,
      state,
      ...(status !== undefined && { sinceUtcMs: utcOf(status.sinceMs, instant) }),
      ...(status?.reason !== undefined && { reason: status.reason }),
      ...faultReport(fault),
      ...(lastFault !== undefined && {
        lastFault: lastFault.code,
        ...(lastFault.answer !== undefined && { lastFaultAnswer: lastFault.answer }),
        lastFaultReason: lastFault.reason,
        lastFaultUtcMs: Math.round(lastFault.utcMs),
      }),
      ...(on !== undefined && { attachment: on }),
      ...(trialOn !== undefined && { trialOn }),
      ...(media !== undefined && { codec: media.codec, remote: placeText(media.remote) }),
      ...(media?.srtp !== undefined && { srtp: media.srtp.send.suite }),
      received: row?.packetsReceived ?? 0,
      receivedPerS: instant.utcMs - noted.rowUtcMs <= rateMsMax ? noted.receivedPerS : 0,
      ...(row?.ssrc !== undefined && { ssrc: row.ssrc.toString(16).padStart(8, '0') }),
      ...(row?.signal !== undefined && { signal: row.signal }),
      sent: row?.packetsSent ?? 0,
      lost: row?.packetsLost ?? 0,
      strangers: row?.strangers ?? 0,
      jitterMs: Math.round(row?.jitterMs ?? 0),
      ...(row?.roundTripMs !== undefined && { roundTripMs: Math.round(row.roundTripMs) }),
      ...(row?.levelDbov !== undefined && { levelDbov: Math.round(row.levelDbov) }),
      ...(row?.farLoss !== undefined && { farLoss: Math.round(100 * row.farLoss) / 100 }),
      ...(noted.heardUtcMs !== undefined && { heardUtcMs: noted.heardUtcMs }),
      ...(noted.keyUtcMs !== undefined && { keyUtcMs: Math.round(noted.keyUtcMs) }),
      ...(noted.floorUtcMs !== undefined && { floorUtcMs: Math.round(noted.floorUtcMs) }),
      ...(noted.grantUtcMs !== undefined && { grantUtcMs: Math.round(noted.grantUtcMs) }),
      receiving: noted.receiving,
      transmission: noted.transmission,
    };
  }
}

const stateWords = { up: 'up', connecting: 'coming-up', down: 'down', closed: 'closed' } as const satisfies Record<
  LegState,
  LegStatusReport['state']
>;
function coded(code: FaultCode | undefined): Fault | undefined {
  return code === undefined ? undefined : { code };
}

function faultReport(fault: Fault | undefined): { readonly fault?: FaultCode; readonly faultAnswer?: number } {
  if (fault === undefined) return {};
  const { code, answer } = fault;
  return { fault: code, ...(answer !== undefined && { faultAnswer: answer }) };
}

const faultless = { down: 'other', 'coming-up': undefined, closed: undefined } as const;

/** The call stands and yet something is not right with its voice. */
function suspicion(
  { soundUtcMs, keyUtcMs, strangerUtcMs, receiving, isolated }: Noted,
  utcMs: number,
): FaultCode | undefined {
  if (isolated) return 'loop';
  if (strangerUtcMs !== undefined && utcMs - strangerUtcMs < arrivingMs) return 'strangers';
  const isSaid = soundUtcMs !== undefined && utcMs - soundUtcMs < arrivingMs;
  return isSaid && !receiving && keyUtcMs === undefined ? 'no-key' : undefined;
}

function attachmentReport(
  settings: AttachmentSettings,
  attachment: Attachment | undefined,
  details: AttachmentDetails | undefined,
  way: WayView | undefined,
  boardSinceMs: number,
  instant: Instant,
): AttachmentReport {
  const { id, network, kind, rank, channels } = settings;
  const status = attachment?.status();
  const expiresUtcMs = status?.certificateExpiresUtcMs;
  // Some kinds cannot ask: what has never been heard of is not said to be coming up for ever.
  const isUnheard = way?.health === 'unknown' && instant.nowMs - Math.max(way.sinceMs, boardSinceMs) >= firstPatienceMs;
  const reason = status?.reason ?? (isUnheard ? 'nothing has come from there yet' : undefined);
  const { address, registration, registrar, registrationExpiresMs, roundTripMs, place } = details ?? {};
  const guess = isUnheard ? 'never-heard' : way?.health === 'down' ? 'unreachable' : undefined;
  const fault = details?.fault ?? coded(guess);
  return {
    id,
    networkId: network,
    kind,
    state: isUnheard ? 'down' : stateOf(way, rank),
    ...(way !== undefined && way.sinceMs !== -Infinity && { sinceUtcMs: utcOf(way.sinceMs, instant) }),
    ...(reason !== undefined && { reason }),
    ...faultReport(fault),
    ...configured(settings),
    ...(address !== undefined && { address }),
    ...(registration !== undefined && { registration }),
    ...(registrar !== undefined && { registrar }),
    ...(registrationExpiresMs !== undefined && { registrationExpiresUtcMs: utcOf(registrationExpiresMs, instant) }),
    ...(roundTripMs !== undefined && { roundTripMs: Math.round(roundTripMs) }),
    ...(place !== undefined && { place: place.index, places: place.of }),
    rank,
    carried: way?.carried ?? 0,
    onTrial: way?.onTrial ?? 0,
    channels,
    ...(way?.returnsAtMs !== undefined && { returnsUtcMs: utcOf(way.returnsAtMs, instant) }),
    ...(expiresUtcMs !== undefined && { certificateExpiresUtcMs: expiresUtcMs }),
    certificateExpiring: expiresUtcMs !== undefined && expiresUtcMs - instant.utcMs < certificateWarnDays * dayMs,
  };
}

function stateOf(way: WayView | undefined, rank: number): AttachmentReport['state'] {
  if (way === undefined) return 'off';
  if (way.health === 'down') return 'down';
  if (way.carried > 0) return way.health === 'up' ? 'up' : 'coming-up';
  if (way.health === 'unknown') return 'coming-up';
  return rank > 1 || way.onTrial > 0 || way.returnsAtMs !== undefined ? 'standby' : 'up';
}

/** What the configuration says of the far end. */
function configured(settings: AttachmentSettings): Pick<AttachmentReport, 'peer' | 'transport' | 'encryption'> {
  switch (settings.kind) {
    case 'sip': {
      const { peer, transport, srtp } = settings.sip;
      return { peer, transport, encryption: srtp };
    }
    case 'mcptt': {
      const { peer, transport, srtp } = settings.mcptt;
      return { peer, transport, encryption: srtp };
    }
    case 'rtp':
      return { peer: settings.rtp.remote ?? '', transport: 'udp', encryption: 'off' };
    case 'link': {
      const { agent, tls } = settings.link;
      return { peer: agent, transport: tls === undefined ? 'tcp' : 'tls' };
    }
    case 'ed137':
      return { peer: settings.ed137.peer, transport: settings.ed137.transport, encryption: 'off' };
  }
}

function utcOf(monotonicMs: number, { nowMs, utcMs }: Instant): number {
  return Math.round(utcMs - (nowMs - monotonicMs));
}

function placeText({ address, port }: LegMedia['remote']): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
