/** Makes the attachments of a configuration, each of its kind, with the ports and listeners that they share. */
import { secretToken } from '../base/random.ts';
import { Ed137Attachment } from '../bridges/ed137/ed137-attachment.ts';
import { LinkAttachment } from '../bridges/link/link-attachment.ts';
import { openLinkTransport } from '../bridges/link/link-transport.ts';
import { openVoiceRelay } from '../bridges/link/voice-relay.ts';
import { openUdpFloorPort } from '../bridges/mcptt/floor-port.ts';
import { McpttAttachment } from '../bridges/mcptt/mcptt-attachment.ts';
import type { MediaAddresses } from '../bridges/media-addresses.ts';
import { OwnSockets } from '../bridges/own-sockets.ts';
import type { PathMarks } from '../bridges/path-marks.ts';
import { PortAllocator } from '../bridges/port-allocator.ts';
import type { Attachment, AttachmentObserver } from '../bridges/ports.ts';
import { RtpAttachment } from '../bridges/rtp/rtp-attachment.ts';
import { SipBridge } from '../bridges/sip/sip-bridge.ts';
import type { VoiceSwitch } from '../bridges/voice-switch.ts';
import type { Attachment as AttachmentSettings, Config } from '../config/schema.ts';
import type { AttachmentsPorts } from './attachments-ports.ts';
import { workerCount } from './worker-count.ts';

export interface KindHost {
  readonly ports: AttachmentsPorts;
  readonly observer: AttachmentObserver;
  readonly voice: VoiceSwitch;
  readonly paths: PathMarks;
  /** A leg is in use, or an emergency runs in its group. */
  readonly isNeeded: (leg: string) => boolean;
}

/** What attachments have in common. */
interface Shared {
  readonly sip: SipBridge;
  readonly ports: PortAllocator;
  readonly ownSockets: OwnSockets;
  readonly mediaAddresses: MediaAddresses;
}

/** Opens the listeners that attachments share. @throws GatewayError PORT_IN_USE, ADDRESS_NOT_AVAILABLE, CONFIG_INVALID. */
export async function openKinds(config: Config, host: KindHost): Promise<AttachmentKinds> {
  const { clock, random, events, meter, certificates, openSip } = host.ports;
  const { media, sip, dscp } = config;
  const ports = new PortAllocator(media.ports);
  const { host: address, otherHost } = media;
  const mediaAddresses: MediaAddresses = otherHost === undefined ? [address] : [address, otherHost];
  const ownSockets = new OwnSockets(mediaAddresses, ports);
  for (let slot = 0; slot < workerCount(config); slot++) {
    ownSockets.add(media.webrtc.host, media.webrtc.ports.from + slot);
  }
  const bridge = await SipBridge.start({
    listen: sip.listen,
    domain: sip.domain,
    dscp: dscp.signalling,
    digestAlgorithms: sip.digestAlgorithms,
    mediaAddresses,
    ports,
    ownSockets,
    observer: host.observer,
    onCertificate: (certificate, expiresUtcMs) => certificates.seen(certificate, expiresUtcMs),
    events,
    meter,
    clock,
    random,
    paths: host.paths,
    ...(openSip === undefined ? {} : { open: openSip }),
  });
  return new AttachmentKinds(config, host, { sip: bridge, ports, ownSockets, mediaAddresses });
}

export class AttachmentKinds {
  readonly #config: Config;
  readonly #host: KindHost;
  readonly #shared: Shared;

  constructor(config: Config, host: KindHost, shared: Shared) {
    this.#config = config;
    this.#host = host;
    this.#shared = shared;
  }

  get sip(): SipBridge {
    return this.#shared.sip;
  }

  /** One case a kind: what follows knows none. @throws GatewayError as openKinds. */
  async make(settings: AttachmentSettings): Promise<Attachment> {
    const config = this.#config;
    const host = this.#host;
    const { sip, ports, ownSockets, mediaAddresses } = this.#shared;
    const { voice, observer } = host;
    switch (settings.kind) {
      case 'sip':
        return sip.attach(settings, voice.portOf(settings.id));
      case 'link': {
        return LinkAttachment.listen(settings, {
          ...host.ports,
          isNeeded: host.isNeeded,
          observer,
          voice: voice.portOf(settings.id),
          ports,
          ownSockets,
          mediaAddresses,
          cname: secretToken(12),
          newToken: secretToken,
          paths: host.paths,
          openTransport: (where, listener) => openLinkTransport(where, listener, config.dscp.signalling),
          openRelay: openVoiceRelay,
        });
      }
      case 'mcptt': {
        const { random, clock, meter } = host.ports;
        const port = voice.portOf(settings.id);
        return new McpttAttachment(settings, {
          attach: (below, extension) => sip.attach(below, port, extension),
          voice: port,
          observer,
          ports,
          mediaAddresses,
          openPort: (local, handlers) => openUdpFloorPort(local, handlers, config.dscp.signalling),
          random,
          clock,
          meter,
        });
      }
      case 'ed137': {
        const port = voice.portOf(settings.id);
        return new Ed137Attachment(settings, (below, extension) => sip.attach(below, port, extension));
      }
      case 'rtp':
        return new RtpAttachment(settings, {
          voice: voice.portOf(settings.id),
          observer,
          events: host.ports.events,
          mediaAddresses,
          ownSockets,
          cname: `${secretToken(8)}@escaut`,
          clock: host.ports.clock,
        });
    }
  }
}
