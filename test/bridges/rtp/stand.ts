/** An attachment of kind rtp, its voice process and its far end, as far as they are seen from the attachment. */
import { ManualClock } from '../../../src/base/clock.ts';
import { OwnSockets } from '../../../src/bridges/own-sockets.ts';
import { PortAllocator } from '../../../src/bridges/port-allocator.ts';
import type { AttachmentStatus, LegStatus } from '../../../src/bridges/ports.ts';
import { RtpAttachment } from '../../../src/bridges/rtp/rtp-attachment.ts';
import { attachmentSchema } from '../../../src/config/attachment-schema.ts';
import type { RtpSettings } from '../../../src/config/schema.ts';
import type { LegId, VoiceCommand } from '../../../src/voice/contract.ts';
import type { AttachmentStand } from '../attachment-stand.ts';

/** Settings as the configuration gives them, defaults filled in. */
function rtpSettings(changes: Record<string, unknown> = {}): RtpSettings {
  const draft = attachmentSchema.parse({
    id: 'as-1',
    network: 'astrid',
    kind: 'rtp',
    rtp: {
      remote: '239.192.0.{number}:5004',
      talkgroups: [{ number: '5300110', remote: '192.0.2.20:5010' }],
      ...changes,
    },
  });
  if (draft.kind !== 'rtp') throw new Error('not of the kind that was asked for');
  return draft.rtp;
}

export class RtpStand implements AttachmentStand {
  readonly clock = new ManualClock();
  readonly commands: VoiceCommand[] = [];
  readonly reports: LegStatus[] = [];
  readonly attachmentReports: AttachmentStatus[] = [];
  readonly lines: string[] = [];
  readonly attachment: RtpAttachment;
  readonly #connected = new Set<LegId>();
  #sends = true;

  constructor(changes: Record<string, unknown> = {}) {
    this.attachment = new RtpAttachment(
      { id: 'as-1', network: 'astrid', channels: 8, rtp: rtpSettings(changes) },
      {
        voice: { send: (command) => this.#obey(command) },
        observer: {
          legChanged: (status) => this.reports.push(status),
          talkerChanged: () => undefined,
          dataReceived: () => undefined,
          attachmentChanged: (status) => this.attachmentReports.push(status),
        },
        events: {
          attachments: {
            sipListening: () => undefined,
            up: () => this.lines.push('up'),
            down: ({ reason }) => this.lines.push(`down: ${reason}`),
            registrationChanged: () => undefined,
            callEnded: () => undefined,
            sipRefused: () => undefined,
          },
          certificates: { refused: () => undefined },
          legs: { changed: () => undefined, pathLooped: () => undefined },
          data: { statusReserved: () => undefined },
        },
        mediaAddresses: ['192.0.2.1', '2001:db8::1'],
        ownSockets: new OwnSockets(['192.0.2.1'], new PortAllocator({ from: 40_000, to: 40_099 })),
        cname: 'test@escaut',
        clock: this.clock,
      },
    );
  }

  readonly farEnd = {
    /** It had sent a steady stream: the voice process notices after 2 s. */
    switchOff: () => {
      this.#sends = false;
      this.clock.callAt(this.clock.nowMs() + 2000, () => this.die());
    },
    switchOn: () => {
      this.#sends = true;
      for (const leg of this.attachment.legs()) this.attachment.voiceEvent({ name: 'legHeard', leg: leg.leg });
    },
    hangUp: () => {
      this.#sends = false;
      this.die();
    },
  };

  die(): void {
    for (const leg of [...this.#connected]) {
      this.attachment.voiceEvent({ name: 'legDead', leg, reason: 'rtp-timeout' });
    }
  }

  async advance(ms: number): Promise<void> {
    await Promise.resolve();
    this.clock.advance(ms);
    await Promise.resolve();
  }

  async close(): Promise<void> {
    await this.attachment.stop();
  }

  /** As the voice process would: ports open, voice of a far end that sends is heard. */
  #obey(command: VoiceCommand): void {
    this.commands.push(command);
    const soon = (act: () => void) => this.clock.callAt(this.clock.nowMs() + 1, act);
    if (command.name === 'openLeg') {
      const { leg } = command.settings;
      soon(() => this.attachment.voiceEvent({ name: 'legOpened', leg }));
    } else if (command.name === 'connectLeg') {
      this.#connected.add(command.leg);
      if (this.#sends) soon(() => this.attachment.voiceEvent({ name: 'legHeard', leg: command.leg }));
    } else if (command.name === 'disconnectLeg' || command.name === 'closeLeg') {
      this.#connected.delete(command.leg);
    }
  }
}
