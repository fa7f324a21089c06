/**
 * Radios of EUROCAE ED-137 Volume 1 that carry legs, we being their control room: SIP sessions like those of the SIP kind,
 * whose voice carries key and squelch (talkgroups/radio-line.ts).
 *
 *   gateway ─▶ Ed137Attachment ─▶ SipAttachment ─▶ calls, voice
 *                                     │ offers, answers (CallExtension, radio-exchange.ts)
 */
import type { Ed137Settings } from '../../config/schema.ts';
import type { GrantRule, LegId, VoiceEvent } from '../../voice/contract.ts';
import type {
  Attachment,
  AttachmentDetails,
  AttachmentStatus,
  DataFault,
  DataOrder,
  LegPlan,
  LegStatus,
} from '../ports.ts';
import type { CallExtension } from '../sip/call-extension.ts';
import type { SipAttachment } from '../sip/sip-attachment.ts';
import { numberOf } from '../sip/sip-leg.ts';
import type { SipAttachmentSettings } from '../sip/sip-parts.ts';
import { radioExchange } from './radio-exchange.ts';

export interface Ed137AttachmentSettings {
  readonly id: string;
  readonly network: string;
  readonly channels: number;
  readonly ed137: Ed137Settings;
}

/** Makes the SIP attachment below. */
export type AttachSip = (settings: SipAttachmentSettings, extension: CallExtension) => SipAttachment;

export class Ed137Attachment implements Attachment {
  readonly id: string;
  readonly #sip: SipAttachment;

  constructor({ id, network, channels, ed137 }: Ed137AttachmentSettings, attach: AttachSip) {
    this.id = id;
    this.#sip = attach({ id, network, channels, sip: sipSettingsOf(ed137) }, extensionOf(ed137));
  }

  start(): void {
    this.#sip.start();
  }

  stop(): Promise<void> {
    return this.#sip.stop();
  }

  /** @throws GatewayError MEDIA_PORTS_EXHAUSTED */
  openLeg(plan: LegPlan): void {
    this.#sip.openLeg(plan);
  }

  closeLeg(leg: LegId, why?: string): void {
    this.#sip.closeLeg(leg, why);
  }

  voiceEvent(event: VoiceEvent): void {
    this.#sip.voiceEvent(event);
  }

  passData(order: DataOrder, done: (fault: DataFault | undefined) => void): void {
    this.#sip.passData(order, done);
  }

  legs(): readonly LegStatus[] {
    return this.#sip.legs();
  }

  status(): AttachmentStatus {
    return this.#sip.status();
  }

  details(): AttachmentDetails {
    return this.#sip.details();
  }
}

function extensionOf(settings: Ed137Settings): CallExtension {
  const { version, subject, callPriority } = settings;
  return {
    talk: { keyIn: { mode: 'extension' }, keyOut: { mode: 'extension' }, grant: grantOf(settings) },
    contactParams: '',
    sessionHeaders: [['WG67-Version', version]],
    headers: () => [
      ['Subject', subject],
      ['Priority', callPriority],
    ],
    body: () => undefined,
    stream: (plan) => radioExchange(settings, numberOf(plan)),
    unusable: 'radio-terms',
    agreed: () => undefined,
    ended: () => undefined,
  };
}

function grantOf({ confirmation, grantTimeoutMs }: Ed137Settings): GrantRule {
  if (confirmation === 'immediate') return { mode: 'immediate' };
  return { mode: 'extension', timeoutMs: grantTimeoutMs };
}

/** The session's settings as the SIP kind has them; what the radio session says is not to be said twice. */
function sipSettingsOf(settings: Ed137Settings): SipAttachmentSettings['sip'] {
  const { peer, mode, callee, transport, tls, username, password, challengeIncoming, optionsIntervalMs } = settings;
  const { codecs, ptimeMs, sessionExpiresS, latch, mediaHosts, talkerIdentity, data, markPaths, guardMs, level } =
    settings;
  return {
    ...{ peer, mode, callee, transport, tls, challengeIncoming, optionsIntervalMs },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...{ codecs, ptimeMs, sessionExpiresS, latch, mediaHosts, talkerIdentity, data, markPaths, guardMs, level },
    registerWith: undefined,
    tellTalker: { by: 'off', everyMs: 1000 }, // no method of the standard's radios changes a session's identity
    srtp: 'off',
    srtpSuites: [],
    rtpTimeoutMs: 0,
    // The radio session takes the place of these: see CallExtension.talk.
    keyIn: { mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000 },
    keyOut: { mode: 'presence', releaseMs: 300 },
    grant: { mode: 'immediate' },
    answers: {},
  };
}
