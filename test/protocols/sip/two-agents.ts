/**
 * Two user agents on a link of the test's making, on virtual time: what one sends the other gets as octets after a
 * delay, unless the link loses, doubles or delays it. Same seed, same run.
 */
import { SeededRandom } from '../../../src/base/random.ts';
import type { CallEvent, CallId } from '../../../src/protocols/sip/call-terms.ts';
import { type NameAddr, parseNameAddr } from '../../../src/protocols/sip/header-values.ts';
import type { Hop, SipTransportName } from '../../../src/protocols/sip/hop.ts';
import type { SipMessage } from '../../../src/protocols/sip/message.ts';
import { parseSipMessage } from '../../../src/protocols/sip/parse.ts';
import { serialiseSipMessage } from '../../../src/protocols/sip/serialise.ts';
import { parseUri, type SipAnyUri } from '../../../src/protocols/sip/uri.ts';
import { UserAgent, type UserAgentOutput } from '../../../src/protocols/sip/user-agent.ts';

export interface LinkSettings {
  readonly transport?: SipTransportName;
  readonly delayMs?: number;
  /** Probabilities per message. */
  readonly loss?: number;
  readonly duplicate?: number;
  /** Up to so much extra delay, so that messages overtake each other. */
  readonly reorderMs?: number;
  readonly seed?: number;
}

export const addresses = { a: '192.0.2.1', b: '192.0.2.2' } as const;
export type Side = keyof typeof addresses;

export interface Sent {
  readonly atMs: number;
  readonly from: Side;
  readonly message: SipMessage;
  readonly lost: boolean;
}

export class TwoAgents {
  readonly agents: Readonly<Record<Side, UserAgent>>;
  readonly outputs: Record<Side, UserAgentOutput[]> = { a: [], b: [] };
  readonly wire: Sent[] = [];
  /** Decides per message instead of chance: true loses it. */
  lose: (sent: Omit<Sent, 'lost'>) => boolean = () => false;
  /** What an owner does at once, by side. */
  react: Record<Side, (output: UserAgentOutput, agent: UserAgent, nowMs: number) => void> = {
    a: () => undefined,
    b: () => undefined,
  };
  nowMs = 0;
  readonly #link: Required<LinkSettings>;
  readonly #random: SeededRandom;
  #inFlight: { readonly atMs: number; readonly to: Side; readonly octets: Uint8Array; readonly source: Hop }[] = [];

  constructor(link: LinkSettings = {}) {
    this.#link = { transport: 'udp', delayMs: 10, loss: 0, duplicate: 0, reorderMs: 0, seed: 1, ...link };
    this.#random = new SeededRandom(this.#link.seed);
    this.agents = { a: this.#agent('a'), b: this.#agent('b') };
  }

  hopTo(side: Side): Hop {
    return { transport: this.#link.transport, address: addresses[side], port: 5060 };
  }

  /** Lets one side act, then delivers what that brings about. */
  do<T>(side: Side, act: (agent: UserAgent, nowMs: number) => T): T {
    const result = act(this.agents[side], this.nowMs);
    this.#drain(side);
    return result;
  }

  /** Gives a message as if it came from the other side. */
  inject(to: Side, octets: Uint8Array | string, source: Hop = this.hopTo(other(to))): void {
    const reading = parseSipMessage(typeof octets === 'string' ? Buffer.from(octets) : octets);
    if (!reading.ok) throw new Error(`test message is malformed: ${reading.malformed} ${reading.detail}`);
    this.agents[to].receive(reading.message, source, this.nowMs);
    this.#drain(to);
  }

  /** Moves time on, running timers and delivering messages in order. */
  advance(byMs: number): void {
    const untilMs = this.nowMs + byMs;
    for (;;) {
      const nextMs = Math.min(
        this.agents.a.deadlineMs,
        this.agents.b.deadlineMs,
        ...this.#inFlight.map(({ atMs }) => atMs),
      );
      if (nextMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      for (const side of ['a', 'b'] as const) {
        if (this.agents[side].deadlineMs <= this.nowMs) {
          this.agents[side].tick(this.nowMs);
          this.#drain(side);
        }
      }
      const due = this.#inFlight.filter(({ atMs }) => atMs <= this.nowMs);
      this.#inFlight = this.#inFlight.filter(({ atMs }) => atMs > this.nowMs);
      for (const { to, octets, source } of due) this.inject(to, octets, source);
    }
    this.nowMs = untilMs;
  }

  events(side: Side, call?: CallId): CallEvent[] {
    return this.outputs[side].flatMap((output) =>
      output.name === 'call' && (call === undefined || output.call === call) ? [output.event] : [],
    );
  }

  /** `INVITE`, `200 INVITE`, … in the order sent, lost ones too. */
  flow(from?: Side): string[] {
    return this.wire.filter((sent) => from === undefined || sent.from === from).map(({ message }) => label(message));
  }

  #agent(side: Side): UserAgent {
    const random = new SeededRandom(side === 'a' ? 11 + this.#link.seed : 22 + this.#link.seed);
    let count = 0;
    return new UserAgent({
      localFor: () => ({ address: addresses[side], port: 5060 }),
      hopTo: (uri) =>
        uri.kind === 'sip' && /^[0-9.]+$/.test(uri.host)
          ? { transport: this.#link.transport, address: uri.host, port: uri.port ?? 5060 }
          : undefined,
      token: () => `${side}${++count}${Math.floor(random.fraction() * 1e9).toString(36)}`,
      fraction: () => random.fraction(),
    });
  }

  #drain(side: Side): void {
    for (let outputs = this.agents[side].take(); outputs.length > 0; outputs = this.agents[side].take()) {
      for (const output of outputs) {
        this.outputs[side].push(output);
        if (output.name === 'send') this.#carry(side, output.message, output.hop);
        this.react[side](output, this.agents[side], this.nowMs);
      }
    }
  }

  #carry(from: Side, message: SipMessage, hop: Hop): void {
    const sent = { atMs: this.nowMs, from, message };
    const lost = this.lose(sent) || this.#random.fraction() < this.#link.loss;
    this.wire.push({ ...sent, lost });
    const to = (['a', 'b'] as const).find((side) => addresses[side] === hop.address);
    if (lost || to === undefined) return;
    const octets = serialiseSipMessage(message);
    const copies = this.#random.fraction() < this.#link.duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const atMs = this.nowMs + this.#link.delayMs + this.#random.fraction() * this.#link.reorderMs;
      this.#inFlight.push({ atMs, to, octets, source: this.hopTo(from) });
    }
  }
}

function other(side: Side): Side {
  return side === 'a' ? 'b' : 'a';
}

export function label(message: SipMessage): string {
  const method = message.headers.get('CSeq')?.split(' ')[1] ?? '';
  return message.kind === 'request' ? message.method : `${message.status} ${method}`;
}

export function uri(text: string): SipAnyUri {
  const parsed = parseUri(text);
  if (parsed === undefined) throw new Error(`no URI: ${text}`);
  return parsed;
}

export function address(text: string): NameAddr {
  const parsed = parseNameAddr(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

/** A session description that is only to be recognised. */
export function sdp(mark: string): Uint8Array {
  return Buffer.from(`v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=${mark}\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n`);
}

export function sdpMark(body: Uint8Array | undefined): string | undefined {
  return body && /s=(.*)\r\n/.exec(Buffer.from(body).toString())?.[1];
}
