/** An MCPTT attachment and an MCPTT system on a virtual network: SIP as the SIP kind's stand has it, floor control beside. */

import { SeededRandom } from '../../../src/base/random.ts';
import { Secret } from '../../../src/base/secret.ts';
import type { OpenFloorPort } from '../../../src/bridges/mcptt/floor-port.ts';
import { McpttAttachment } from '../../../src/bridges/mcptt/mcptt-attachment.ts';
import type { DataReport, LegPlan } from '../../../src/bridges/ports.ts';
import { attachmentSchema } from '../../../src/config/attachment-schema.ts';
import type { McpttSettings } from '../../../src/config/schema.ts';
import {
  type FloorMessage,
  type FloorMessageName,
  readFloorDatagram,
  writeFloorMessage,
} from '../../../src/protocols/mcptt/floor-message.ts';
import { floorStreamOf } from '../../../src/protocols/mcptt/floor-sdp.ts';
import { readSdpBody } from '../../../src/protocols/sip/body.ts';
import type { Hop } from '../../../src/protocols/sip/hop.ts';
import { parseSdp } from '../../../src/protocols/sip/sdp.ts';
import { SrtpReceiver } from '../../../src/protocols/srtp/srtp.ts';
import type { FloorAnswer, FloorSnapshot, PartyId, VoiceCommand, VoiceEvent } from '../../../src/voice/contract.ts';
import { plan as contractPlan } from '../attachment-stand.ts';
import { FarEnd } from '../sip/far-end.ts';
import { SipStand } from '../sip/stand.ts';
import type { VirtualNetwork } from '../sip/virtual-network.ts';

/** A radio box that speaks floor control on port 7005. */
class McpttFarEnd extends FarEnd {
  parameters = 'mc_queueing;mc_priority=255;mc_granted';
  floorLine: string | undefined = 'm=application 7005 udp MCPTT';

  override sdp(changes: Parameters<FarEnd['sdp']>[0] = {}): Uint8Array {
    const audio = Buffer.from(super.sdp(changes)).toString();
    const { floorLine, parameters } = this;
    return Buffer.from(floorLine === undefined ? audio : `${audio}${floorLine}\r\na=fmtp:MCPTT ${parameters}\r\n`);
  }
}

/** What any reference to a key of floor control gives: the key with which libsrtp made the vectors x02 and x03. */
const floorKeySalt = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';

const floorAt: Hop = { transport: 'udp', address: '192.0.2.10', port: 7005 };

export function mcpttSettings(changes: Record<string, unknown> = {}): McpttSettings {
  const draft = attachmentSchema.parse({
    id: 'mc-1',
    network: 'astrid',
    kind: 'mcptt',
    mcptt: { peer: 'sip:192.0.2.10:5060', ...changes },
  });
  if (draft.kind !== 'mcptt') throw new Error('not of the MCPTT kind');
  const { floorKey, ...rest } = draft.mcptt;
  const key = floorKey && { floorKey: { ...floorKey, keySalt: new Secret(floorKeySalt) } };
  return { ...rest, ...key } as McpttSettings;
}

export class McpttStand {
  readonly sip: SipStand;
  readonly box: McpttFarEnd;
  readonly attachment: McpttAttachment;
  readonly data: DataReport[] = [];
  /** Floor control that the far end has received. */
  readonly heard: FloorMessage[] = [];
  readonly plan: LegPlan = contractPlan;
  /** Ports that somebody else has. */
  readonly takenPorts = new Set<number>();
  readonly #receiver: SrtpReceiver | undefined;

  private constructor(sip: SipStand, settings: McpttSettings) {
    this.sip = sip;
    sip.box.switchOff();
    this.box = new McpttFarEnd(sip.network, { address: '192.0.2.10', port: 5060 });
    Object.assign(sip, { box: this.box });
    const { floorKey } = settings;
    this.#receiver =
      floorKey && new SrtpReceiver({ suite: floorKey.suite, keySalt: Buffer.from(floorKeySalt, 'base64') });
    sip.network.place('udp', floorAt, { receive: (octets) => this.#hear(octets) });
    const voice = { send: (command: VoiceCommand) => void sip.commands.push(command) };
    this.attachment = new McpttAttachment(
      { id: 'mc-1', network: 'astrid', channels: 8, mcptt: settings },
      {
        attach: (below, extension) => sip.bridge.attach(below, voice, extension),
        voice,
        observer: {
          legChanged: () => undefined,
          attachmentChanged: () => undefined,
          talkerChanged: (report) => void sip.talkers.push(report),
          dataReceived: (report) => void this.data.push(report),
        },
        ports: sip.ports,
        mediaAddresses: ['192.0.2.1'],
        random: new SeededRandom(7),
        clock: sip.clock,
        meter: {
          add: (name, by, ...labels) => {
            const key = `${name} ${Object.values(labels[0] ?? {}).join(' ')}`;
            sip.counts.set(key, (sip.counts.get(key) ?? 0) + by);
          },
        },
        openPort: this.#openPort(sip.network),
      },
    );
  }

  #hear(octets: Uint8Array): void {
    const copy = Uint8Array.from(octets);
    const length = this.#receiver === undefined ? copy.length : this.#receiver.openRtcp(copy);
    this.heard.push(...readFloorDatagram(copy.subarray(0, length)).messages);
  }

  static async make(changes: Record<string, unknown> = {}): Promise<McpttStand> {
    return new McpttStand(await SipStand.make(), mcpttSettings(changes));
  }

  /** The leg's session stands. */
  async open(): Promise<this> {
    this.attachment.start();
    this.attachment.openLeg(this.plan);
    await this.advance(1000);
    return this;
  }

  advance(ms: number): Promise<void> {
    return this.sip.advance(ms);
  }

  async close(): Promise<void> {
    this.box.switchOff();
    const stopped = this.attachment.stop();
    await this.advance(2001);
    await stopped;
    await this.sip.close();
  }

  /** Where the gateway's floor control of the leg is, as its INVITE or answer said. */
  get floorPort(): number {
    const said = this.box.received.findLast((each) =>
      each.kind === 'request' ? each.method === 'INVITE' : each.body.length > 0,
    );
    const body = said && readSdpBody(said);
    const reading = body?.kind === 'sdp' ? parseSdp(body.sdp) : undefined;
    return (reading?.ok && floorStreamOf(reading.description)?.remote.port) || 0;
  }

  /** The far end says something in floor control. */
  async say(
    name: FloorMessageName,
    fields: FloorMessage['fields'] = [],
    from: Hop = floorAt,
    times = 1,
  ): Promise<void> {
    await this.sayOctets(writeFloorMessage({ name, ackWanted: false, ssrc: 0x0a00_0001, fields }), from, times);
  }

  async sayOctets(octets: Uint8Array, from: Hop = floorAt, times = 1): Promise<void> {
    const to: Hop = { transport: 'udp', address: '192.0.2.1', port: this.floorPort };
    for (let each = 0; each < times; each++) this.sip.network.carry(octets, from, to, () => undefined);
    await this.advance(10);
  }

  /** The voice process says something. */
  async voice(event: VoiceEvent): Promise<void> {
    this.attachment.voiceEvent(event);
    await this.advance(10);
  }

  wish(wanted: boolean, changes: { priority?: number; emergency?: boolean; party?: PartyId } = {}): Promise<void> {
    const { priority = 5, emergency = false, party = 'xb-pours-1/in:590-911' } = changes;
    return this.voice({ name: 'legTalk', leg: this.plan.leg, wanted, priority, emergency, party });
  }

  answer(answer: FloorAnswer): Promise<void> {
    return this.voice({ name: 'answer', party: this.plan.leg, group: this.plan.group, answer });
  }

  floor(party?: PartyId, emergency = false): Promise<void> {
    const holder = party && { party, priority: 5, emergency, over: 1, sinceUtcMs: 0 };
    const floor: FloorSnapshot = { group: this.plan.group, queue: [], ...(holder && { holder }) };
    return this.voice({ name: 'floor', floor });
  }

  leg(receiving: boolean, blocked = false): Promise<void> {
    return this.voice({
      name: 'leg',
      report: { leg: this.plan.leg, receiving, blocked, transmission: 'idle' },
    });
  }

  /** Names of what the far end has heard since last asked. */
  takeHeard(): string[] {
    return this.heard.splice(0).map(({ name }) => name);
  }

  /** Commands about the floor since last asked. */
  takeCommands(): { name: string }[] {
    const about = ['requestFloor', 'releaseFloor', 'legGrant'];
    return this.sip.commands.splice(0).filter(({ name }) => about.includes(name));
  }

  #openPort(network: VirtualNetwork): OpenFloorPort {
    return (local, { onDatagram, onFailed }) => {
      const from: Hop = { transport: 'udp', ...local };
      if (this.takenPorts.has(local.port)) network.clock.callAt(network.clock.nowMs(), () => onFailed('EADDRINUSE'));
      else
        network.place('udp', local, { receive: (octets, { address, port }) => onDatagram(octets, { address, port }) });
      return {
        send: (octets, to) => network.carry(octets, from, { transport: 'udp', ...to }, () => undefined),
        close: () => network.remove('udp', local),
      };
    };
  }
}
