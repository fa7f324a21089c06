/**
 * The agent of one simulated network that is reached by a link: connects to the gateway, carries what it is asked to, and
 * gives each talkgroup a radio leg. Voice by RTP, A-law.
 */
import { connect, type Socket } from 'node:net';
import { Alarm, type Cancel, type Clock } from '../base/clock.ts';
import { SeededRandom } from '../base/random.ts';
import { emptyBox } from '../protocols/link/event-box.ts';
import { FrameStream, framed } from '../protocols/link/frame-stream.ts';
import {
  capability,
  type LinkBody,
  linkCodec,
  type OutBody,
  readFrame,
  receiptResult,
  talkResult,
  voiceMode,
  writeFrame,
} from '../protocols/link/frames.ts';
import {
  type SessionAction,
  type SessionEvent,
  type SessionState,
  sessionDeadlineMs,
  startSession,
  stepSession,
} from '../protocols/link/session.ts';
import { impairmentOf } from './impairment.ts';
import type { HeardVoice, NetworkManners, PlayedNetwork } from './played-network.ts';
import { RadioLeg } from './radio-leg.ts';
import type { ToldWord } from './told-word.ts';
import type { VoicePorts } from './voice-ports.ts';

export interface LinkFarEndSettings extends NetworkManners {
  /** Where the gateway listens, plain TCP; our voice is on the same address. */
  readonly host: string;
  readonly port: number;
  readonly agent: string;
  readonly token: string;
}

interface OpenTalkgroup {
  readonly leg: RadioLeg;
  /** The gateway's talk that its network was asked for. */
  theirs: number | undefined;
  /** A unit's talk, and what it says once it may. */
  ours: { readonly talk: number; readonly alaw: Uint8Array; granted: boolean } | undefined;
}

const alawPayloadType = 8;
const waitMsMin = 500;
const waitMsMax = 4000;
const abilities = [
  ...[capability.TALKER_IDENTITY, capability.STATUS, capability.TEXT, capability.POSITION, capability.EMERGENCY],
  ...[capability.TAKES_STATUS, capability.TAKES_TEXT, capability.TAKES_POSITION, capability.TAKES_ALARM],
  ...[capability.RECEIPTS, capability.QUEUEING],
];

export class LinkFarEnd implements PlayedNetwork {
  readonly #settings: LinkFarEndSettings;
  readonly #clock: Clock;
  readonly #ports: VoicePorts;
  readonly #random: SeededRandom;
  readonly #alarm: Alarm;
  readonly #talkgroups = new Map<string, OpenTalkgroup>();
  #socket: Socket | undefined;
  #state: SessionState | undefined;
  #resumeToken = '';
  #waitMs = waitMsMin;
  #cancelWait: Cancel | undefined;
  #lastTalk = 0;
  /** Of talkgroups that are left. */
  #carriedMs = 0;
  #cutMs = 0;

  constructor(settings: LinkFarEndSettings, clock: Clock, ports: VoicePorts) {
    this.#settings = settings;
    this.#clock = clock;
    this.#ports = ports;
    this.#random = new SeededRandom(settings.seed + settings.index);
    this.#alarm = new Alarm(clock, () => this.#feed({ name: 'tick' }));
  }

  /** Connects, and again whenever the connection has ended, until `close`. */
  open(): void {
    const { host, port, agent, token } = this.#settings;
    const socket = connect({ host, port });
    this.#socket = socket;
    const stream = new FrameStream();
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // `close` follows
    socket.once('connect', () => {
      const box = this.#state?.box ?? emptyBox;
      this.#state = startSession('agent', box, undefined, this.#clock.nowMs());
      const hello = {
        ...{ versionMin: 1, versionMax: 1, agent, token, software: 'Escaut simulator', capabilities: abilities },
        ...{ voice: [voiceMode.RTP], codecs: [linkCodec.PCMA] },
        ...{ resumeToken: this.#resumeToken, lastTaken: box.taken },
      };
      socket.write(framed(writeFrame({ seq: 0, ack: 0, credit: 0 }, { hello })));
      this.#alarm.setAt(sessionDeadlineMs(this.#state));
    });
    socket.on('data', (octets) => {
      const { ok, messages } = stream.push(octets);
      for (const message of messages) {
        const frame = readFrame(message);
        this.#feed(frame === undefined ? { name: 'malformed' } : { name: 'frame', frame });
      }
      if (!ok) this.#feed({ name: 'malformed' });
    });
    socket.once('close', () => this.#lost(socket));
  }

  speak(number: string, address: string, alaw: Uint8Array): number {
    const talkgroup = this.#talkgroups.get(plain(number));
    if (talkgroup === undefined || this.#state?.name !== 'open') return 0;
    this.#lastTalk += 1;
    talkgroup.ours = { talk: this.#lastTalk, alaw, granted: false };
    const talker = { address: plain(address) };
    this.#say({ talkRequest: { talkgroup: plain(number), talk: this.#lastTalk, talker } });
    return alaw.length / 8;
  }

  tell(number: string, address: string, word: ToldWord): void {
    if (this.#state === undefined) return;
    const about = { talkgroup: plain(number), from: plain(address) };
    this.#feed({ name: 'report', body: eventOf(about, word, this.#clock.utcMs()) });
  }

  get heard(): HeardVoice {
    const legs = [...this.#talkgroups.values()].map(({ leg }) => leg);
    return {
      carriedMs: legs.reduce((sum, leg) => sum + leg.carriedMs, this.#carriedMs),
      cutMs: legs.reduce((sum, leg) => sum + leg.cutMs, this.#cutMs),
    };
  }

  close(): Promise<void> {
    this.#cancelWait?.();
    this.#feed({ name: 'leave', reason: 'the simulator stops' });
    const socket = this.#socket;
    this.#socket = undefined;
    this.#alarm.clear();
    this.#leaveAll();
    socket?.destroySoon();
    return Promise.resolve();
  }

  #lost(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#feed({ name: 'lost' });
    this.#leaveAll();
    const atMs = this.#clock.nowMs() + this.#waitMs * (0.8 + 0.4 * this.#random.fraction());
    this.#waitMs = Math.min(waitMsMax, 2 * this.#waitMs);
    this.#cancelWait = this.#clock.callAt(atMs, () => this.open());
  }

  #say(body: OutBody): void {
    this.#feed({ name: 'say', body });
  }

  #feed(event: SessionEvent): void {
    if (this.#state === undefined) return;
    const clock = this.#clock;
    const { state, actions } = stepSession(this.#state, event, { nowMs: clock.nowMs(), utcMs: clock.utcMs() });
    this.#state = state;
    for (const action of actions) this.#perform(action);
    this.#alarm.setAt(sessionDeadlineMs(this.#state));
  }

  #perform(action: SessionAction): void {
    if (action.name === 'send') this.#socket?.write(framed(action.octets));
    else if (action.name === 'close') this.#socket?.destroySoon();
    else if (action.name === 'deliver') this.#obey(action.body);
    else if (action.name === 'take' && action.data.name !== 'receipt') {
      // Its radios show it to nobody, and take it.
      const { receipt } = action.data;
      this.#feed({ name: 'report', body: { receipt: { receipt, result: receiptResult.DELIVERED } } });
    }
  }

  #obey(body: LinkBody): void {
    if (body.name === 'welcome') {
      this.#resumeToken = body.resumeToken;
      this.#waitMs = waitMsMin;
      return;
    }
    if (!('talkgroup' in body)) return;
    if (body.name === 'join') void this.#join(body.talkgroup, body.rtpPort);
    const talkgroup = this.#talkgroups.get(body.talkgroup);
    if (talkgroup === undefined) return;
    switch (body.name) {
      case 'leave':
        this.#leave(body.talkgroup);
        break;
      case 'talkRequest':
        if (talkgroup.theirs === body.talk) break; // only its priority is another
        talkgroup.theirs = body.talk;
        talkgroup.leg.key(true);
        break;
      case 'talkRelease':
        if (talkgroup.theirs !== body.talk) break;
        talkgroup.theirs = undefined;
        talkgroup.leg.key(false);
        break;
      case 'talkAnswer':
        this.#answered(talkgroup, body.talk, body.result);
        break;
      default:
        break;
    }
  }

  /** A unit speaks once it is granted; one that is revoked cannot be told and goes on. */
  #answered({ leg, ours }: OpenTalkgroup, talk: number, result: number): void {
    if (ours?.talk !== talk || ours.granted || result !== talkResult.GRANTED) return;
    ours.granted = true;
    leg.speak(ours.alaw);
  }

  async #join(number: string, gatewayPort: number): Promise<void> {
    this.#leave(number);
    const known = this.#settings.numbers.find((each) => plain(each) === number);
    if (known === undefined) {
      this.#say({ affiliation: { talkgroup: number, carried: false, reason: 'no talkgroup of this network' } });
      return;
    }
    const { host, setUpMs } = this.#settings;
    const ssrc = 1 + Math.floor(this.#random.fraction() * 0xffff_fffe);
    const floor = {
      answer: (granted: boolean) => {
        const talk = this.#talkgroups.get(number)?.theirs;
        const result = granted ? talkResult.GRANTED : talkResult.DENIED;
        if (talk !== undefined) this.#say({ talkAnswer: { talkgroup: number, talk, result } });
      },
      heard: () => undefined,
      unitEnded: () => {
        const talk = this.#talkgroups.get(number)?.ours?.talk;
        if (talk !== undefined) this.#say({ talkRelease: { talkgroup: number, talk } });
      },
    };
    const leg = new RadioLeg({ host, setUpMs, floor, ssrc }, this.#clock, impairmentOf(this.#settings, known));
    this.#talkgroups.set(number, { leg, theirs: undefined, ours: undefined });
    const rtpPort = await leg.open(this.#ports);
    if (this.#talkgroups.get(number)?.leg !== leg) return; // left meanwhile
    if (rtpPort === undefined) {
      this.#leave(number);
      this.#say({ affiliation: { talkgroup: number, carried: false, reason: 'no port for its voice' } });
      return;
    }
    leg.connect({ remote: { address: host, port: gatewayPort }, payloadType: alawPayloadType, send: true });
    this.#say({ affiliation: { talkgroup: number, carried: true, rtpPort } });
  }

  #leave(number: string): void {
    const leg = this.#talkgroups.get(number)?.leg;
    if (leg === undefined) return;
    this.#talkgroups.delete(number);
    this.#carriedMs += leg.carriedMs;
    this.#cutMs += leg.cutMs;
    leg.close();
  }

  #leaveAll(): void {
    for (const number of [...this.#talkgroups.keys()]) this.#leave(number);
  }
}

function eventOf(about: { readonly talkgroup: string; readonly from: string }, word: ToldWord, utcMs: number): OutBody {
  switch (word.name) {
    case 'status':
      return { status: { ...about, code: word.code } };
    case 'text':
      return { text: { ...about, text: word.text } };
    case 'position': {
      const { latitudeDeg, longitudeDeg } = word;
      return { position: { ...about, place: { latitudeDeg, longitudeDeg, takenUtcMs: Math.round(utcMs) } } };
    }
    case 'alarm':
      return { alarm: { ...about, raised: true } };
  }
}

function plain(number: string): string {
  return number.replaceAll(/\s/g, '');
}
