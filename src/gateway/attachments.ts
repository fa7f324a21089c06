/**
 * All ways to the radio networks together: makes each attachment of the configuration, gives it its legs, and tells
 * consoles and readiness how they fare.
 */
import type { Clock } from '../base/clock.ts';
import type { Events, LegState } from '../base/events.ts';
import type { Meter } from '../base/meter.ts';
import { type Random, secretToken } from '../base/random.ts';
import { LinkAttachment } from '../bridges/link/link-attachment.ts';
import { openLinkTransport } from '../bridges/link/link-transport.ts';
import { openVoiceRelay } from '../bridges/link/voice-relay.ts';
import { PortAllocator } from '../bridges/port-allocator.ts';
import type {
  Attachment,
  AttachmentObserver,
  AttachmentStatus,
  DataReport,
  LegStatus,
  TalkerReport,
} from '../bridges/ports.ts';
import { SipBridge } from '../bridges/sip/sip-bridge.ts';
import type { Attachment as AttachmentSettings, Config } from '../config/schema.ts';
import type { ConsoleServer } from '../console/console-server.ts';
import type { VoiceCommand, VoiceEvent } from '../voice/contract.ts';
import type { PlannedGroup } from './group-plan.ts';

export interface AttachmentsPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly meter: Meter;
  sendVoice(command: VoiceCommand): void;
  readonly console: Pick<ConsoleServer, 'setLegState' | 'setTalkerIdentity' | 'raiseAlarm' | 'clearAlarm'>;
}

export class Attachments implements AttachmentObserver {
  readonly #config: Config;
  readonly #groups: readonly PlannedGroup[];
  readonly #ports: AttachmentsPorts;
  readonly #attachments = new Map<string, Attachment>();
  readonly #legs = new Map<string, LegState>();
  #sip: SipBridge | undefined;

  constructor(config: Config, groups: readonly PlannedGroup[], ports: AttachmentsPorts) {
    this.#config = config;
    this.#groups = groups;
    this.#ports = ports;
    for (const { legs } of groups) for (const { plan } of legs) this.#legs.set(plan.leg, 'connecting');
  }

  /** Opens the listeners. @throws GatewayError PORT_IN_USE, ADDRESS_NOT_AVAILABLE, CONFIG_INVALID. */
  async listen(): Promise<void> {
    const { clock, random, events, meter, sendVoice } = this.#ports;
    const { media, sip, attachments } = this.#config;
    const ports = new PortAllocator(media.ports);
    this.#sip = await SipBridge.start({
      listen: sip.listen,
      domain: sip.domain,
      digestAlgorithms: sip.digestAlgorithms,
      mediaAddress: media.host,
      ports,
      voice: { send: sendVoice },
      observer: this,
      events,
      meter,
      clock,
      random,
    });
    for (const settings of attachments.filter(({ enabled }) => enabled)) {
      this.#attachments.set(settings.id, await this.#attach(settings, this.#sip, ports));
    }
  }

  /** One case a kind: what follows knows none. */
  async #attach(settings: AttachmentSettings, sip: SipBridge, ports: PortAllocator): Promise<Attachment> {
    switch (settings.kind) {
      case 'sip':
        return sip.attach(settings);
      case 'link': {
        const { sendVoice, ...parts } = this.#ports;
        return LinkAttachment.listen(settings, {
          ...parts,
          observer: this,
          voice: { send: sendVoice },
          ports,
          mediaAddress: this.#config.media.host,
          cname: secretToken(12),
          newToken: secretToken,
          openTransport: openLinkTransport,
          openRelay: openVoiceRelay,
        });
      }
    }
  }

  /** Begins to watch the far ends and opens the legs of all planned groups. */
  start(): void {
    for (const attachment of this.#attachments.values()) attachment.start();
    for (const { legs } of this.#groups) {
      for (const { attachment, network, plan } of legs) {
        const carrier = this.#attachments.get(attachment ?? '');
        if (carrier !== undefined) carrier.openLeg(plan);
        else {
          const reason = `no attachment of ${network} has a free channel`;
          this.legChanged({ leg: plan.leg, attachment: '', state: 'down', reason, sinceMs: this.#ports.clock.nowMs() });
        }
      }
    }
  }

  /** Hangs up everywhere; resolves when far ends know or each attachment's patience is over. */
  async stop(): Promise<void> {
    await Promise.all([...this.#attachments.values()].map((attachment) => attachment.stop()));
    await this.#sip?.stop();
  }

  voiceEvent(event: VoiceEvent): void {
    for (const attachment of this.#attachments.values()) attachment.voiceEvent(event);
  }

  get listeners(): { readonly open: number; readonly wanted: number } {
    return { open: this.#sip?.listening.length ?? 0, wanted: this.#config.sip.listen.length };
  }

  get legCounts(): { readonly up: number; readonly total: number } {
    const states = [...this.#legs.values()];
    return { up: states.filter((state) => state === 'up').length, total: states.length };
  }

  // ── What attachments tell ────────────────────────────────────────────────────────────────────────────────────────

  legChanged({ leg, attachment, state, reason, sinceMs }: LegStatus): void {
    const { clock, console, meter } = this.#ports;
    this.#legs.set(leg, state);
    for (const each of ['up', 'connecting', 'down', 'closed'] as const) {
      meter.set('legs', [...this.#legs.values()].filter((other) => other === each).length, { state: each });
    }
    if (state !== 'up') {
      for (const measured of ['leg_jitter_seconds', 'leg_round_trip_seconds', 'leg_far_loss_ratio'] as const) {
        meter.forget(measured, { leg });
      }
    }
    const sinceUtcMs = Math.round(clock.utcMs() - (clock.nowMs() - sinceMs));
    console.setLegState({ leg, state, attachment, sinceUtcMs, ...(reason === undefined ? {} : { reason }) });
  }

  talkerChanged({ leg, address }: TalkerReport): void {
    const planned = this.#groups.flatMap(({ legs }) => legs).find(({ plan }) => plan.leg === leg);
    const carrier = this.#config.attachments.find(({ id }) => id === planned?.attachment);
    // RTCP and links name each talker anew; SIP's word holds until it names another (RFC 4916 §4).
    const lasts = carrier?.kind === 'sip' && carrier.sip.talkerIdentity !== 'rtcp' ? 'call' : 'over';
    this.#ports.console.setTalkerIdentity({ leg, address, lasts });
  }

  dataReceived(report: DataReport): void {
    const { leg, attachment, from, name } = report;
    const raised = name === 'alarm' ? { raised: report.raised } : {};
    this.#ports.events.dataReceived({ leg, attachment, data: name, talker: from, ...raised });
  }

  attachmentChanged({ attachment, state }: AttachmentStatus): void {
    const { console } = this.#ports;
    if (state === 'down') console.raiseAlarm('attachment-down', attachment);
    else console.clearAlarm('attachment-down', attachment);
  }
}
