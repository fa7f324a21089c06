/**
 * One leg on a link: asks its agent to carry the talkgroup, passes on who talks both ways, and keeps the voice process in
 * step. What it says goes out only while the agent is connected.
 *
 *   LegMachine ── call: Join, hang-up: Leave ──▶ agent
 *       ▲── established: Affiliation{carried} ────┘ └──▶ connectLeg, disconnectLeg ──▶ voice process
 */
import { aliasOf } from '../../base/alias.ts';
import type { LegState } from '../../base/events/legs.ts';
import type { FaultCode } from '../../base/faults.ts';
import type { LinkSettings } from '../../config/schema.ts';
import {
  type Affiliation,
  capability,
  linkCodec,
  type OutBody,
  type TalkAnswer,
  type TalkRequest,
  talkResult,
} from '../../protocols/link/frames.ts';
import { isRtcp, RtpPacket, rtpHeaderBytes, writeRtpHeader } from '../../protocols/rtp/rtp-packet.ts';
import type { FloorAnswer, LegMedia, PartyId, VoiceEvent } from '../../voice/contract.ts';
import {
  closedLeg,
  type LegFailure,
  type LegMachineAction,
  type LegMachineEvent,
  type LegMachineState,
  legDeadlineMs,
  stepLeg,
} from '../leg-machine.ts';
import { LegPort } from '../leg-port.ts';
import type { LegPath } from '../path-marks.ts';
import type { LegPlan, TalkerName, VoicePort } from '../ports.ts';
import type { VoiceRelay } from './link-parts.ts';

/** What a session has agreed on. */
export interface LinkTerms {
  readonly voice: 'rtp' | 'frames';
  readonly codec: keyof typeof payloadTypes;
  /** Where the agent's stream comes from; its RTP too. */
  readonly address: string;
  /** What the agent says that it can (Hello.capabilities). */
  readonly can: ReadonlySet<number>;
}

export interface LinkLegHost {
  readonly settings: LinkSettings;
  readonly voice: VoicePort;
  /** Ours of the IP version of that address of an agent. */
  readonly mediaAddressFor: (far: string | undefined) => string;
  readonly cname: string;
  /** Undefined where talkgroups bear no mark. */
  readonly path: LegPath | undefined;
  readonly pathLooped: () => void;
  /** Undefined while the agent is not connected. */
  readonly terms: () => LinkTerms | undefined;
  readonly say: (body: OutBody) => void;
  /** False when it was dropped, the stream being slow. */
  readonly sayVoice: (body: OutBody) => boolean;
  readonly nowMs: () => number;
  readonly fraction: () => number;
  readonly takePort: () => number | undefined;
  readonly giveBackPort: (port: number) => void;
  /** Whether a leg of ours receives there. */
  readonly isOurs: (address: string, port: number) => boolean;
  readonly openRelay: (address: string, onRtp: (bytes: Uint8Array) => void) => Promise<VoiceRelay>;
  readonly report: (leg: LinkLeg, state: LegState, reason: string | undefined) => void;
  /** As the gateway named him. */
  readonly talkerOf: (party: PartyId) => TalkerName | undefined;
  readonly talker: (leg: LinkLeg, address: string, display: string) => void;
  readonly count: (what: 'voice-dropped' | 'stale' | 'undeclared') => void;
  readonly arm: () => void;
}

export const payloadTypes = { PCMU: 0, PCMA: 8, PCM16: 96 } as const;
export const codecNumbers = { PCMU: linkCodec.PCMU, PCMA: linkCodec.PCMA, PCM16: linkCodec.PCM16 } as const;
const voiceCodecs = { PCMU: 'PCMU', PCMA: 'PCMA', PCM16: 'L16/16000' } as const;

const joinAnswerMs = 5000;
/** 60 ms of PCM16. */
const samplesBytesMax = 1920;
export const notConnected = 'the agent is not connected';

export class LinkLeg {
  readonly #host: LinkLegHost;
  #plan: LegPlan;
  #state: LegMachineState = closedLeg;
  readonly #port: LegPort;
  /** Ours at which the voice process hears. */
  #address: string;
  /** As the voice process has it: whether the agent's radios may wait, and whether they can be stopped. */
  #manners = { mayQueue: true, canBeTold: true };
  /** All ports tried were taken: the voice process has this leg not open. */
  #voiceless = false;
  #joinDueMs = Infinity;
  /** What keeps it from being up. */
  #fault: FaultCode | undefined;
  /** What the voice process was last told to connect to. */
  #connected: LegMedia | undefined;
  /** The agent's talk; its number is known to the floor as `requestId`. */
  #theirs: { readonly talk: number; readonly granted: boolean } | undefined;
  /** Ours towards the agent. */
  #ours: { readonly talk: number; readonly party: PartyId } | undefined;
  #lastTalk = 0;
  #relay: VoiceRelay | undefined;
  /** Counts attempts, so that a relay that was opened too late is closed. */
  #relayWanted = 0;
  readonly #packet = new RtpPacket();
  readonly #datagram = new Uint8Array(rtpHeaderBytes + samplesBytesMax);
  #ssrc = 1;
  #voiceStarts = true;
  #sequence = 0;

  constructor(host: LinkLegHost, plan: LegPlan, port: number) {
    this.#host = host;
    this.#plan = plan;
    this.#port = new LegPort(port, host);
    this.#address = host.mediaAddressFor(host.terms()?.address);
    this.#openVoice();
  }

  get plan(): LegPlan {
    return this.#plan;
  }

  get number(): string {
    return this.#plan.number.replaceAll(/\s/g, '');
  }

  /** What keeps it from being up, as far as that is known. */
  get fault(): FaultCode | undefined {
    return this.#state.name === 'up' || this.#state.name === 'closed' ? undefined : this.#fault;
  }

  get deadlineMs(): number {
    return Math.min(legDeadlineMs(this.#state), this.#joinDueMs);
  }

  replan(plan: LegPlan): void {
    this.#plan = plan;
    this.#openVoice();
  }

  open(): void {
    this.#feed({ name: 'open' });
    if (this.#host.terms() === undefined) this.lost(notConnected);
  }

  close(): void {
    this.#feed({ name: 'close' });
    this.#host.voice.send({ name: 'closeLeg', leg: this.#plan.leg });
    this.#port.giveBack();
  }

  tick(): void {
    if (this.#host.nowMs() >= this.#joinDueMs) this.#fail({ reason: 'no answer to Join', kind: 'passing' });
    this.#feed({ name: 'tick' });
  }

  // ── The agent ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The agent is there, or again. */
  found(): void {
    this.#feed({ name: 'peer-alive' });
  }

  /** It is not, or no longer. */
  lost(reason: string): void {
    this.#fault = 'waiting-for-agent';
    this.#feed({ name: 'peer-dead', reason });
    this.#disconnect();
  }

  affiliated({ carried, reason, rtpPort, path }: Affiliation): void {
    const terms = this.#host.terms();
    if (this.#state.name === 'closed' || terms === undefined) return;
    if (!carried) {
      this.#fail({ reason: reason === '' ? 'the agent does not carry it' : reason, kind: 'passing' });
      return;
    }
    if (this.#host.path?.leadsBack(path)) {
      this.#host.pathLooped();
      this.#drop({ reason: 'leads back to this group through another gateway', kind: 'lasting' }, 'path-loop');
      return;
    }
    this.#joinDueMs = Infinity;
    if (terms.voice === 'frames') void this.#connectRelay(terms);
    else if (rtpPort === 0) this.#fail({ reason: 'no RTP port in Affiliation', kind: 'lasting' });
    else if (this.#host.isOurs(terms.address, rtpPort))
      this.#fail({ reason: 'its RTP port is our own', kind: 'lasting' });
    else this.#connect(terms, { address: terms.address, port: rtpPort }, { address: terms.address, port: rtpPort + 1 });
  }

  talkRequested({ talk, priority, emergency, talker }: TalkRequest): void {
    const { leg, group } = this.#plan;
    if (this.#connected === undefined) {
      this.#answer(talk, { result: talkResult.DENIED, cause: 'not-member' });
      return;
    }
    if (this.#theirs !== undefined && this.#theirs.talk !== talk) this.#endTheirs();
    if (this.#theirs === undefined) {
      this.#theirs = { talk, granted: false };
      this.#voiceStarts = true;
    }
    this.talkerSaid(talker.address, talker.display);
    if (emergency && !this.#can(capability.EMERGENCY)) this.#host.count('undeclared');
    this.#host.voice.send({
      name: 'requestFloor',
      party: leg,
      group,
      requestId: talk,
      ...(priority !== undefined && { priority }),
      ...(emergency && { emergency }),
    });
  }

  talkReleased(talk: number): void {
    if (this.#theirs?.talk === talk) this.#endTheirs();
    else this.#host.count('stale');
  }

  talkerSaid(address: string, display: string): void {
    if (address === '') return;
    if (!this.#can(capability.TALKER_IDENTITY)) this.#host.count('undeclared');
    this.#host.talker(this, address, display);
  }

  /** What the agent's network says to our wish to talk. */
  talkAnswered({ talk, result }: TalkAnswer): void {
    if (talk !== this.#ours?.talk) {
      this.#host.count('stale');
      return;
    }
    if (result === talkResult.GRANTED) this.#host.voice.send({ name: 'legGrant', leg: this.#plan.leg, granted: true });
    else if (result === talkResult.DENIED || result === talkResult.REVOKED)
      this.#host.voice.send({ name: 'legGrant', leg: this.#plan.leg, granted: false });
  }

  /** A piece of voice inside the stream. */
  voiceSaid(timestamp: number, sequence: number, samples: Uint8Array): void {
    const codec = this.#host.terms()?.codec;
    if (
      this.#relay === undefined ||
      codec === undefined ||
      this.#theirs === undefined ||
      samples.length > samplesBytesMax
    ) {
      this.#host.count('voice-dropped');
      return;
    }
    writeRtpHeader(this.#datagram, this.#voiceStarts, payloadTypes[codec], sequence, timestamp, this.#ssrc);
    this.#voiceStarts = false;
    this.#datagram.set(samples, rtpHeaderBytes);
    this.#relay.send(this.#datagram.slice(0, rtpHeaderBytes + samples.length), this.#port.number);
  }

  // ── The voice process ────────────────────────────────────────────────────────────────────────────────────────────

  voiceAnswered(answer: FloorAnswer, requestId: number | undefined): void {
    const theirs = this.#theirs;
    if (theirs === undefined || (requestId !== undefined && requestId !== theirs.talk)) return;
    const { talk } = theirs;
    switch (answer.result) {
      case 'granted':
        this.#theirs = { talk, granted: true };
        this.#answer(talk, { result: talkResult.GRANTED, talkLimitMs: answer.talkLimitMs });
        break;
      case 'queued':
        if (!this.#can(capability.QUEUEING)) break; // an emergency or who pre-empts: waits all the same
        this.#answer(talk, { result: talkResult.QUEUED, queuePosition: answer.position });
        break;
      case 'warned':
        this.#answer(talk, { result: talkResult.WARNED, remainingMs: answer.remainingMs });
        break;
      case 'denied':
        if (theirs.granted && !this.#can(capability.REVOKE)) break;
        this.#theirs = undefined;
        this.#answer(talk, { result: talkResult.DENIED, cause: answer.cause });
        break;
      case 'revoked':
        if (!this.#can(capability.REVOKE)) break; // goes on, unheard, until it releases or has the floor again
        this.#theirs = undefined;
        this.#answer(talk, { result: talkResult.REVOKED, cause: answer.cause });
        break;
      case 'released':
        break; // its own doing
    }
  }

  voiceTalks({ wanted, party, priority, emergency }: Extract<VoiceEvent, { name: 'legTalk' }>): void {
    const talkgroup = this.number;
    if (!wanted) {
      if (this.#ours !== undefined) this.#host.say({ talkRelease: { talkgroup, talk: this.#ours.talk } });
      this.#ours = undefined;
      return;
    }
    const talk = this.#ours?.talk ?? ++this.#lastTalk;
    this.#ours = { talk, party };
    const talker = this.#can(capability.TALKER_IDENTITY) && { talker: this.#talkerOf(party) };
    this.#host.say({
      talkRequest: { talkgroup, talk, priority, emergency: emergency && this.#can(capability.EMERGENCY), ...talker },
    });
  }

  /** More is known of who talks; said on if it is he who talks here. */
  talkerNamed(party: PartyId): void {
    if (this.#ours?.party !== party || !this.#can(capability.TALKER_IDENTITY)) return;
    this.#host.say({ talkerUpdate: { talkgroup: this.number, talker: this.#talkerOf(party) } });
  }

  #talkerOf(party: PartyId): { readonly address?: string; readonly display: string } {
    const { display, names } = this.#plan;
    const talker = this.#host.talkerOf(party);
    if (talker === undefined) return { display };
    const { address, name } = talker;
    const alias = aliasOf(name, names.charactersMax, names.alphabet);
    return { ...(address !== '' && { address }), display: alias || display };
  }

  /** The voice process has the leg open. */
  voiceOpened(): void {
    this.#port.opened();
  }

  /** The voice process could not take the port: another program has it. */
  voiceFailed(reason: string): void {
    const failed = this.#port.number;
    if (!this.#port.replace()) {
      this.#voiceless = true;
      this.#drop({ reason: `no port for voice: ${reason}`, kind: 'lasting' }, 'no-port');
      return;
    }
    this.#openVoice();
    if (this.#connected !== undefined)
      this.#drop({ reason: `port ${failed} is in use: ${reason}`, kind: 'passing' }, 'no-port');
  }

  /** The voice process could not connect this leg: there it is opened anew, and the agent is asked again. */
  voiceRefused(reason: string): void {
    if (this.#connected === undefined) return;
    this.#openVoice();
    this.#drop({ reason: `voice is not connected: ${reason}`, kind: 'passing' }, 'other');
  }

  voiceDead(reason: string): void {
    this.#drop({ reason, kind: 'unreachable' }, 'no-voice');
  }

  // ── Its machine ──────────────────────────────────────────────────────────────────────────────────────────────────

  #feed(event: LegMachineEvent): void {
    const context = { weCall: this.#host.terms() !== undefined, fraction: this.#host.fraction() };
    const { state, actions } = stepLeg(this.#state, event, context, this.#host.nowMs());
    this.#state = state;
    for (const action of actions) this.#perform(action);
    this.#host.arm();
  }

  #perform(action: LegMachineAction): void {
    switch (action.name) {
      case 'call':
        this.#openFor(this.#host.terms());
        this.#joinDueMs = this.#host.nowMs() + joinAnswerMs;
        this.#host.say({
          join: { talkgroup: this.number, name: this.#plan.display, rtpPort: this.#rtpPort, path: this.#path },
        });
        break;
      case 'hang-up':
        this.#host.say({ leave: { talkgroup: this.number } });
        this.#disconnect();
        break;
      case 'report':
        this.#host.report(this, action.state, action.reason);
        break;
    }
  }

  get #path(): string[] {
    return [...(this.#host.path?.said ?? [])];
  }

  get #rtpPort(): number {
    return this.#host.terms()?.voice === 'rtp' ? this.#port.number : 0;
  }

  /** The agent let it go, or cannot have it. */
  #fail(failure: LegFailure, fault: FaultCode = 'not-affiliated'): void {
    this.#fault = fault;
    this.#joinDueMs = Infinity;
    this.#feed({ name: 'failed', failure });
    this.#disconnect();
  }

  /** We let it go. */
  #drop(failure: LegFailure, fault: FaultCode): void {
    this.#host.say({ leave: { talkgroup: this.number } });
    this.#fail(failure, fault);
  }

  // ── Voice ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #can(ability: number): boolean {
    return this.#host.terms()?.can.has(ability) === true;
  }

  /** The leg as this agent needs it; another one may have been here before. */
  #openFor(terms: LinkTerms | undefined): void {
    const address = this.#host.mediaAddressFor(terms?.address);
    const { mayQueue, canBeTold } = this.#manners;
    const manners =
      terms === undefined
        ? this.#manners
        : { mayQueue: terms.can.has(capability.QUEUEING), canBeTold: terms.can.has(capability.REVOKE) };
    const same = manners.mayQueue === mayQueue && manners.canBeTold === canBeTold;
    if (address === this.#address && same && !this.#voiceless) return;
    this.#address = address;
    this.#manners = manners;
    this.#openVoice();
  }

  #openVoice(): void {
    this.#voiceless = false;
    const { number: _, display: __, names: ___, ...plan } = this.#plan;
    const { grantTimeoutMs, level } = this.#host.settings;
    const { mayQueue, canBeTold } = this.#manners;
    this.#host.voice.send({
      name: 'openLeg',
      settings: {
        ...plan,
        mayQueue: plan.mayQueue && mayQueue,
        ...(!canBeTold && { canBeTold }),
        local: { address: this.#address, port: this.#port.number },
        keyIn: { mode: 'signalled' },
        keyOut: { mode: 'signalled' },
        grant: { mode: 'signalled', timeoutMs: grantTimeoutMs },
        answers: {},
        guardMs: 0,
        level,
      },
    });
  }

  async #connectRelay(terms: LinkTerms): Promise<void> {
    const wanted = ++this.#relayWanted;
    const { openRelay, terms: current } = this.#host;
    const address = this.#address;
    const relay = await openRelay(address, (bytes) => this.#toAgent(bytes)).catch(() => undefined);
    if (wanted !== this.#relayWanted || current() === undefined || this.#state.name === 'closed') {
      relay?.close();
      return;
    }
    if (relay === undefined) {
      this.#drop({ reason: 'no port for voice inside the stream', kind: 'passing' }, 'no-port');
      return;
    }
    this.#relay?.close();
    this.#relay = relay;
    this.#ssrc = 1 + Math.floor(this.#host.fraction() * 0xffff_fffe);
    relay.send(new Uint8Array(0), this.#port.number); // from now on the voice process' packets are known by their port
    this.#connect(terms, { address, port: relay.port }, undefined);
  }

  #connect(terms: LinkTerms, remote: LegMedia['remote'], remoteRtcp: LegMedia['remote'] | undefined): void {
    const media: LegMedia = {
      remote,
      ...(remoteRtcp !== undefined && { remoteRtcp }),
      latch: false,
      codec: voiceCodecs[terms.codec],
      payloadType: payloadTypes[terms.codec],
      ptimeMs: 20,
      send: this.#plan.isShadow !== true,
      receive: true,
      rtpTimeoutMs: 0, // the stream says whether the agent lives
      cname: this.#host.cname,
    };
    if (JSON.stringify(media) !== JSON.stringify(this.#connected)) {
      this.#connected = media;
      this.#host.voice.send({ name: 'connectLeg', leg: this.#plan.leg, media });
    }
    this.#feed({ name: 'established' });
  }

  #disconnect(): void {
    this.#host.path?.forget();
    this.#joinDueMs = Infinity;
    this.#relayWanted += 1;
    this.#relay?.close();
    this.#relay = undefined;
    this.#ours = undefined;
    this.#endTheirs();
    if (this.#connected === undefined) return;
    this.#connected = undefined;
    this.#host.voice.send({ name: 'disconnectLeg', leg: this.#plan.leg });
  }

  #endTheirs(): void {
    if (this.#theirs === undefined) return;
    this.#theirs = undefined;
    const { leg, group } = this.#plan;
    this.#host.voice.send({ name: 'releaseFloor', party: leg, group });
  }

  #toAgent(bytes: Uint8Array): void {
    if (this.#ours === undefined || isRtcp(bytes) || this.#packet.read(bytes) !== undefined) return;
    const { payloadOffset, payloadBytes, timestamp } = this.#packet;
    const samples = bytes.subarray(payloadOffset, payloadOffset + payloadBytes);
    const voice = { talkgroup: this.number, timestamp, sequence: ++this.#sequence, samples };
    if (!this.#host.sayVoice({ voice })) this.#host.count('voice-dropped');
  }

  #answer(
    talk: number,
    answer: { result: number; cause?: string; talkLimitMs?: number; queuePosition?: number; remainingMs?: number },
  ): void {
    this.#host.say({ talkAnswer: { talkgroup: this.number, talk, ...answer } });
  }
}
