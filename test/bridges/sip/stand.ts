/** A SIP bridge with one attachment and its far end on a virtual network. */
import { ManualClock } from '../../../src/base/clock.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { Secret } from '../../../src/base/secret.ts';
import type { MediaAddresses } from '../../../src/bridges/media-addresses.ts';
import { OwnSockets } from '../../../src/bridges/own-sockets.ts';
import type { PathMarks } from '../../../src/bridges/path-marks.ts';
import { PortAllocator } from '../../../src/bridges/port-allocator.ts';
import type { AttachmentStatus, DataReport, LegStatus, TalkerReport } from '../../../src/bridges/ports.ts';
import type { Directory } from '../../../src/bridges/sip/locate.ts';
import { type Lookup, NameCache } from '../../../src/bridges/sip/name-cache.ts';
import { PlaceCache } from '../../../src/bridges/sip/place-cache.ts';
import type { SipAttachment } from '../../../src/bridges/sip/sip-attachment.ts';
import { SipBridge } from '../../../src/bridges/sip/sip-bridge.ts';
import { attachmentSchema } from '../../../src/config/attachment-schema.ts';
import type { SipSettings } from '../../../src/config/schema.ts';
import type { DigestAlgorithm } from '../../../src/protocols/sip/digest.ts';
import type { Hop } from '../../../src/protocols/sip/hop.ts';
import type { VoiceCommand } from '../../../src/voice/contract.ts';
import { FarEnd } from './far-end.ts';
import { VirtualNetwork } from './virtual-network.ts';

export const v6 = { gateway: '2001:db8::1', box: '2001:db8::10' };
export const gatewayAt: Hop = { transport: 'udp', address: '192.0.2.1', port: 5060 };
export const boxAt = { address: '192.0.2.10', port: 5060 } as const;

export interface StandOptions {
  readonly sip?: Record<string, unknown>;
  readonly password?: string;
  readonly seed?: number;
  readonly digestAlgorithms?: readonly DigestAlgorithm[];
  /** Listeners and voice on both, IPv4 preferred. */
  readonly dual?: boolean;
  /** Everything on IPv6. */
  readonly v6?: boolean;
  readonly lookup?: Lookup;
  readonly directory?: Directory;
  /** Marks of the group's path. */
  readonly paths?: PathMarks;
}

/** A name server that knows addresses only. */
function directoryOf(lookup: Lookup = async () => []): Directory {
  return {
    addresses: async (name, family) => (await lookup(name, family)).map((address) => ({ address, ttlS: 60 })),
    srv: async () => [],
    naptr: async () => [],
  };
}

/** Settings of an attachment as the configuration gives them, defaults filled in. */
export function sipSettings(changes: Record<string, unknown> = {}, password?: string): SipSettings {
  const draft = attachmentSchema.parse({
    id: 'as-1',
    network: 'astrid',
    kind: 'sip',
    sip: { peer: 'sip:192.0.2.10:5060', ...changes },
  });
  if (draft.kind !== 'sip') throw new Error('not of kind sip');
  const { password: _, ...rest } = draft.sip;
  return { ...rest, ...(password !== undefined && { password: new Secret(password) }) } as SipSettings;
}

export class SipStand {
  readonly clock = new ManualClock();
  readonly network: VirtualNetwork;
  readonly box: FarEnd;
  readonly commands: VoiceCommand[] = [];
  readonly reports: LegStatus[] = [];
  readonly talkers: TalkerReport[] = [];
  readonly attachmentReports: AttachmentStatus[] = [];
  readonly data: DataReport[] = [];
  readonly lines: { readonly event: string; readonly fields: object }[] = [];
  readonly counts = new Map<string, number>();
  readonly ports = new PortAllocator({ from: 40_000, to: 40_099 });
  readonly ownSockets = new OwnSockets([gatewayAt.address, v6.gateway], this.ports);
  bridge!: SipBridge;
  attachment!: SipAttachment;

  private constructor(seed: number, isV6: boolean) {
    this.network = new VirtualNetwork(this.clock, seed);
    this.box = new FarEnd(this.network, isV6 ? { ...boxAt, address: v6.box } : boxAt);
  }

  static async make(options: StandOptions = {}): Promise<SipStand> {
    const stand = new SipStand(options.seed ?? 1, options.v6 ?? false);
    const hosts: MediaAddresses = options.dual
      ? [gatewayAt.address, v6.gateway]
      : [options.v6 ? v6.gateway : gatewayAt.address];
    const line = (event: string) => (fields: object) => void stand.lines.push({ event, fields });
    stand.bridge = await SipBridge.start({
      listen: hosts.flatMap((each) => [
        { transport: 'udp', host: each, port: gatewayAt.port } as const,
        { transport: 'tcp', host: each, port: gatewayAt.port } as const,
      ]),
      domain: 'escaut.invalid',
      mediaAddresses: hosts,
      ports: stand.ports,
      ownSockets: stand.ownSockets,
      observer: {
        legChanged: (status) => void stand.reports.push(status),
        talkerChanged: (report) => void stand.talkers.push(report),
        dataReceived: (report) => void stand.data.push(report),
        attachmentChanged: (status) => void stand.attachmentReports.push(status),
      },
      events: {
        attachments: {
          sipListening: line('sipListening'),
          up: line('attachmentUp'),
          down: line('attachmentDown'),
          registrationChanged: line('registrationChanged'),
          callEnded: line('callEnded'),
          sipRefused: line('sipRefused'),
        },
        certificates: { refused: line('certificateRefused') },
        legs: { changed: line('legChanged'), pathLooped: line('pathLooped') },
        data: { statusReserved: line('statusReserved') },
      },
      meter: {
        add: (name, by, ...labels) => {
          const key = `${name} ${Object.values(labels[0] ?? {}).join(' ')}`;
          stand.counts.set(key, (stand.counts.get(key) ?? 0) + by);
        },
      },
      clock: stand.clock,
      random: new SeededRandom(options.seed ?? 1),
      ...(options.paths && { paths: options.paths }),
      open: stand.network.open(),
      ...(options.lookup && { names: new NameCache(stand.clock, options.lookup) }),
      ...((options.directory ?? options.lookup) && {
        places: new PlaceCache(stand.clock, () => 0, options.directory ?? directoryOf(options.lookup)),
      }),
      ...(options.digestAlgorithms && { digestAlgorithms: options.digestAlgorithms }),
    });
    stand.attachment = stand.bridge.attach(
      {
        id: 'as-1',
        network: 'astrid',
        channels: 8,
        sip: sipSettings(options.sip, options.password),
      },
      { send: (command) => void stand.commands.push(command) },
    );
    return stand;
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }

  async close(): Promise<void> {
    this.box.switchOff();
    const stopped = this.attachment.stop();
    await this.advance(2001);
    await stopped;
    await this.bridge.stop();
  }

  /** States of a leg's reports, and the reason of the last. */
  get states(): string[] {
    return this.reports.map(({ state }) => state);
  }

  get reason(): string | undefined {
    return this.reports.at(-1)?.reason;
  }

  /** Methods and statuses that the box has received, in order, OPTIONS left out. */
  get heardByBox(): string[] {
    return this.box.received
      .map((message) => (message.kind === 'request' ? message.method : String(message.status)))
      .filter((each) => each !== 'OPTIONS');
  }

  get connects() {
    return this.commands.flatMap((command) => (command.name === 'connectLeg' ? [command.media] : []));
  }
}
