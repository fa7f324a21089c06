/**
 * A radio box on the virtual network: a SIP user agent that takes calls for its groups, calls, registers, misbehaves as
 * told, and can be switched off and on again with its memory lost.
 */
import { Alarm } from '../../../src/base/clock.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import type { BodyPart, CallEvent, CallId, CallTerms, OfferExtra } from '../../../src/protocols/sip/call-terms.ts';
import type { Credentials } from '../../../src/protocols/sip/digest.ts';
import { type NameAddr, parseNameAddr } from '../../../src/protocols/sip/header-values.ts';
import type { Hop } from '../../../src/protocols/sip/hop.ts';
import type { SipMessage, SipRequest, SipResponse } from '../../../src/protocols/sip/message.ts';
import { parseSipMessage } from '../../../src/protocols/sip/parse.ts';
import type { Answer } from '../../../src/protocols/sip/response.ts';
import { serialiseSipMessage } from '../../../src/protocols/sip/serialise.ts';
import { parseUri, type SipAnyUri } from '../../../src/protocols/sip/uri.ts';
import { UserAgent } from '../../../src/protocols/sip/user-agent.ts';
import type { VirtualNetwork } from './virtual-network.ts';

export interface FarEndAt {
  readonly address: string;
  readonly port: number;
  readonly transport?: 'udp' | 'tcp';
}

export class FarEnd {
  readonly at: FarEndAt;
  readonly hop: Hop;
  readonly received: SipMessage[] = [];
  readonly events: { readonly call: CallId; readonly event: CallEvent }[] = [];
  readonly responses: SipResponse[] = [];
  /** Calls that stand, by the number called. */
  readonly standing = new Map<CallId, string>();
  /** What is done with an incoming call: a final answer, or nothing at all. */
  onCall: (request: SipRequest) => Answer | 'accept' | 'ring' = () => 'accept';
  onOffer: (offer: Uint8Array | undefined) => Uint8Array | Answer = () => this.sdp();
  onRegister: (request: SipRequest) => Answer = () => ({ status: 405 });
  /** No answer: as if it had not come. */
  onMessage: (request: SipRequest) => Answer | undefined = () => ({ status: 200 });
  /** A 400 repeats what was wrong in its request; who sent that may not mind. */
  mindsMalformed = true;
  /** Does not answer OPTIONS outside calls. */
  deafToOptions = false;
  rtpPort = 7000;
  /** Of its calls. */
  extraHeaders: [string, string][] = [];
  readonly terms: CallTerms;
  readonly #network: VirtualNetwork;
  readonly #alarm: Alarm;
  #agent: UserAgent;
  #generation = 0;
  #versions = 0;

  constructor(network: VirtualNetwork, at: FarEndAt, credentials?: Credentials) {
    this.#network = network;
    this.at = at;
    this.hop = { transport: at.transport ?? 'udp', address: at.address, port: at.port };
    this.terms = {
      contactUser: 'box',
      sessionExpiresS: 1800,
      symmetric: false,
      ...(credentials !== undefined && { credentials }),
    };
    this.#alarm = new Alarm(network.clock, () => this.#do((agent, nowMs) => agent.tick(nowMs)));
    this.#agent = this.#newAgent();
    this.switchOn();
  }

  /** Comes (back) with nothing remembered. */
  switchOn(): void {
    this.#agent = this.#newAgent();
    this.standing.clear();
    this.#network.place(this.hop.transport, this.at, { receive: (octets, source) => this.#receive(octets, source) });
  }

  switchOff(): void {
    this.#alarm.clear();
    this.#network.remove(this.hop.transport, this.at);
  }

  sdp(changes: { port?: number; address?: string; codecs?: string; direction?: string } = {}): Uint8Array {
    const { port = this.rtpPort, address = this.at.address, codecs = '8 101', direction = 'sendrecv' } = changes;
    const family = address.includes(':') ? 'IP6' : 'IP4';
    return Buffer.from(
      `v=0\r\no=box 1 ${++this.#versions} IN ${family} ${address}\r\ns=-\r\nc=IN ${family} ${address}\r\nt=0 0\r\n` +
        `m=audio ${port} RTP/AVP ${codecs}\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=${direction}\r\n`,
    );
  }

  call(number: string, to: Hop, from = 'box', offer: Uint8Array = this.sdp(), part?: BodyPart): CallId {
    return this.#do((agent, nowMs) =>
      agent.place(
        {
          uri: uriOf(`sip:${number}@${hostOf(to)}`),
          hop: to,
          from: addressOf(`<sip:${from}@${hostOf(this.hop)}>`),
          offer,
          terms: this.terms,
          headers: this.extraHeaders,
          ringMs: 10_000,
          ...(part && { part }),
        },
        nowMs,
      ),
    );
  }

  register(
    to: Hop,
    user: string,
    expiresS: number,
    credentials: Credentials,
    callId = 'registration',
    sequence = 1,
  ): void {
    const aor = addressOf(`<sip:${user}@escaut.invalid>`);
    this.#do((agent, nowMs) =>
      agent.request(
        {
          method: 'REGISTER',
          uri: uriOf('sip:escaut.invalid'),
          hop: to,
          from: aor,
          to: aor,
          callId,
          sequence,
          headers: [
            ['Contact', `<sip:${user}@${hostOf(this.hop)}>;expires=${expiresS}`],
            ['User-Agent', 'a radio box of the test bench, with the usual long list of header fields'],
            ['Allow', 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO'],
          ],
          credentials,
        },
        nowMs,
      ),
    );
  }

  /** A MESSAGE to a number at the gateway. */
  message(
    number: string,
    to: Hop,
    body: Uint8Array | string,
    {
      contentType = 'text/plain',
      from = '3200001',
      headers = [] as [string, string][],
      credentials = undefined as Credentials | undefined,
    } = {},
  ): void {
    this.#do((agent, nowMs) =>
      agent.request(
        {
          method: 'MESSAGE',
          uri: uriOf(`sip:${number}@${hostOf(to)}`),
          hop: to,
          from: addressOf(`<sip:${from}@${hostOf(this.hop)}>`),
          headers: [['Content-Type', contentType], ...headers],
          body: Uint8Array.from(Buffer.from(body)),
          ...(credentials && { credentials }),
        },
        nowMs,
      ),
    );
  }

  hangUp(call: CallId): void {
    this.#do((agent, nowMs) => agent.hangUp(call, nowMs));
  }

  /** Says who speaks there. */
  identify(call: CallId, speaker: string): void {
    this.#do((agent, nowMs) => agent.identify(call, addressOf(speaker), nowMs));
  }

  reoffer(call: CallId, sdp: Uint8Array, extra?: OfferExtra): void {
    this.#do((agent, nowMs) => agent.offer(call, sdp, nowMs, extra));
  }

  /** The only call that stands. */
  get only(): CallId {
    const [id, ...others] = this.standing.keys();
    if (id === undefined || others.length > 0) throw new Error(`${this.standing.size} calls stand`);
    return id;
  }

  send(octets: Uint8Array | string, to: Hop): void {
    this.#network.carry(Buffer.from(octets), this.hop, to, () => undefined);
  }

  #do<T>(act: (agent: UserAgent, nowMs: number) => T): T {
    const result = act(this.#agent, this.#network.clock.nowMs());
    for (let outputs = this.#agent.take(); outputs.length > 0; outputs = this.#agent.take()) {
      for (const output of outputs) {
        if (output.name === 'send') this.send(serialiseSipMessage(output.message), output.hop);
        else if (output.name === 'call') this.#onCall(output.call, output.event);
        else if (output.name === 'answered') this.responses.push(output.response);
        else if (output.name === 'message') {
          const answer = this.onMessage(output.request);
          if (answer !== undefined) {
            this.#agent.respond(output.transaction, output.request, answer, this.#network.clock.nowMs());
          }
        } else if (output.name === 'register') {
          const answer = this.onRegister(output.request);
          this.#agent.respond(output.transaction, output.request, answer, this.#network.clock.nowMs());
        }
      }
    }
    this.#alarm.setAt(this.#agent.deadlineMs);
    return result;
  }

  #onCall(call: CallId, event: CallEvent): void {
    const nowMs = this.#network.clock.nowMs();
    this.events.push({ call, event });
    if (event.name === 'incoming') {
      const wish = this.onCall(event.request);
      if (wish === 'accept') {
        this.standing.set(call, event.request.uri.kind === 'sip' ? (event.request.uri.user ?? '') : '');
        this.#agent.accept(call, this.sdp(), this.terms, nowMs);
      } else if (wish !== 'ring') this.#agent.refuse(call, wish, nowMs);
    } else if (event.name === 'offered') {
      const answer = this.onOffer(event.offer);
      if (answer instanceof Uint8Array) this.#agent.acceptOffer(call, answer, nowMs);
      else this.#agent.refuseOffer(call, answer, nowMs);
    } else if (event.name === 'established') this.standing.set(call, this.standing.get(call) ?? '');
    else if (event.name === 'ended') this.standing.delete(call);
  }

  #receive(octets: Uint8Array, source: Hop): void {
    const reading = parseSipMessage(octets);
    if (!reading.ok && !this.mindsMalformed) return;
    if (!reading.ok) throw new Error(`the bridge sent something malformed: ${reading.malformed} ${reading.detail}`);
    this.received.push(reading.message);
    const { message } = reading;
    const deaf = this.deafToOptions && message.kind === 'request' && message.method === 'OPTIONS';
    if (!deaf) this.#do((agent, nowMs) => agent.receive(message, source, nowMs));
  }

  #newAgent(): UserAgent {
    const random = new SeededRandom(this.at.port * 1000 + ++this.#generation);
    return new UserAgent({
      localFor: () => this.at,
      hopTo: () => undefined,
      token: () => Math.floor(random.fraction() * 2 ** 48).toString(36),
      fraction: () => random.fraction(),
    });
  }
}

function hostOf(hop: Hop): string {
  return `${hop.address.includes(':') ? `[${hop.address}]` : hop.address}:${hop.port}`;
}

function uriOf(text: string): SipAnyUri {
  const uri = parseUri(text);
  if (uri === undefined) throw new Error(`no URI: ${text}`);
  return uri;
}

function addressOf(text: string): NameAddr {
  const address = parseNameAddr(text);
  if (address === undefined) throw new Error(`no address: ${text}`);
  return address;
}
