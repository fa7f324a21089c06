/** An ED-137 attachment and its radio on a virtual network: SIP as the SIP kind's stand has it. */
import { Ed137Attachment } from '../../../src/bridges/ed137/ed137-attachment.ts';
import type { LegPlan } from '../../../src/bridges/ports.ts';
import { attachmentSchema } from '../../../src/config/attachment-schema.ts';
import type { Ed137Settings } from '../../../src/config/schema.ts';
import { readSdpBody } from '../../../src/protocols/sip/body.ts';
import type { SipMessage } from '../../../src/protocols/sip/message.ts';
import { parseSdp, type SessionDescription } from '../../../src/protocols/sip/sdp.ts';
import type { VoiceCommand } from '../../../src/voice/contract.ts';
import { plan as contractPlan } from '../attachment-stand.ts';
import { FarEnd } from '../sip/far-end.ts';
import { SipStand } from '../sip/stand.ts';

/** A ground radio station. */
class RadioStation extends FarEnd {
  lines: readonly string[] = [
    'a=rtpmap:123 R2S/8000',
    'a=type:Radio-TxRx',
    'a=txrxmode:TxRx',
    'a=bss:RSSI',
    'a=ptt-id:7',
    'a=rtphe:1',
    'a=R2S-KeepAlivePeriod:200',
    'a=R2S-KeepAliveMultiplier:10',
  ];
  formats = '8 123';

  override sdp(changes: Parameters<FarEnd['sdp']>[0] = {}): Uint8Array {
    const audio = Buffer.from(super.sdp({ codecs: this.formats, ...changes })).toString();
    return Buffer.from(audio + this.lines.map((line) => `${line}\r\n`).join(''));
  }
}

function ed137Settings(changes: Record<string, unknown> = {}): Ed137Settings {
  const draft = attachmentSchema.parse({
    id: 'gr-1',
    network: 'inpt',
    kind: 'ed137',
    ed137: { peer: 'sip:192.0.2.10:5060', ...changes },
  });
  if (draft.kind !== 'ed137') throw new Error('not of the ED-137 kind');
  return draft.ed137 as Ed137Settings;
}

export class Ed137Stand {
  readonly sip: SipStand;
  readonly box: RadioStation;
  readonly attachment: Ed137Attachment;
  readonly plan: LegPlan = contractPlan;

  private constructor(sip: SipStand, settings: Ed137Settings) {
    this.sip = sip;
    sip.box.switchOff();
    this.box = new RadioStation(sip.network, { address: '192.0.2.10', port: 5060 });
    Object.assign(sip, { box: this.box });
    const voice = { send: (command: VoiceCommand) => void sip.commands.push(command) };
    this.attachment = new Ed137Attachment(
      { id: 'gr-1', network: 'inpt', channels: 8, ed137: settings },
      (below, extension) => sip.bridge.attach(below, voice, extension),
    );
  }

  static async make(changes: Record<string, unknown> = {}): Promise<Ed137Stand> {
    return new Ed137Stand(await SipStand.make(), ed137Settings(changes));
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

  /** The message of ours that the radio heard last, of that method or with that status. */
  heard(what: string): SipMessage | undefined {
    return this.box.received.findLast((each) => (each.kind === 'request' ? each.method : `${each.status}`) === what);
  }

  /** Its session description. */
  described(what: string): SessionDescription | undefined {
    const message = this.heard(what);
    const body = message && readSdpBody(message);
    const reading = body?.kind === 'sdp' ? parseSdp(body.sdp) : undefined;
    return reading?.ok === true ? reading.description : undefined;
  }

  get reason(): string | undefined {
    return this.sip.reports.at(-1)?.reason;
  }
}
