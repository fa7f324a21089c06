/**
 * Floor control of one simulated talkgroup whose network is an MCPTT system: the group is homed there, so this is the
 * floor control server towards the gateway. Its arbiter is the talkgroup's radio network, which grants when it is set up
 * and denies while a unit talks. Units cannot be told anything: one that keys while the gateway has the floor talks beside
 * it (dual floor).
 */
import { createSocket, type Socket } from 'node:dgram';
import { Alarm, type Clock } from '../base/clock.ts';
import { indicator } from '../protocols/mcptt/floor-fields.ts';
import { readFloorDatagram, writeFloorMessage } from '../protocols/mcptt/floor-message.ts';
import type { FloorStream } from '../protocols/mcptt/floor-sdp.ts';
import {
  type ServerEvent,
  type ServerSettings,
  type ServerState,
  type ServerStep,
  serverAtRest,
  serverDeadlineMs,
  serverReceives,
  stepServer,
  type Talker,
} from '../protocols/mcptt/floor-server.ts';
import type { VoicePorts } from './voice-ports.ts';

export interface FloorControlSettings {
  readonly host: string;
  readonly ssrc: number;
  /** The gateway asks for the floor, or wants it no more. */
  readonly key: (down: boolean) => void;
}

/** As TS 24.380 has them. */
const timers = {
  inactivityMs: Infinity,
  idleAgainMs: 1000,
  idlesMax: 3,
  revokeAgainMs: 1000,
  grantAgainMs: 1000,
  grantsMax: 3,
  tailMs: 500,
  wantsAck: false,
} as const;
/** Longer than the gateway lets anybody talk. */
const talkS = 120;
const busyCause = 1;

export class FloorControl {
  readonly #settings: FloorControlSettings;
  readonly #server: ServerSettings;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #socket: Socket;
  #state: ServerState = serverAtRest;
  #stream: FloorStream | undefined;
  #unit: Talker | undefined;

  constructor(settings: FloorControlSettings, clock: Clock) {
    this.#settings = settings;
    this.#server = { ssrc: settings.ssrc, ...timers };
    this.#clock = clock;
    this.#alarm = new Alarm(clock, () => this.#feed({ name: 'tick' }));
    this.#socket = createSocket({
      type: settings.host.includes(':') ? 'udp6' : 'udp4',
      lookup: (host, _options, done) => done(null, host, host.includes(':') ? 6 : 4),
    });
    this.#socket.on('message', (octets) => this.#receive(octets));
    // The gateway may be gone: then nobody hears us.
    this.#socket.on('error', () => undefined);
  }

  /** Resolves with its port; undefined when none of `ports` is free. */
  async open(ports: VoicePorts): Promise<number | undefined> {
    return ports.bind(this.#socket, this.#settings.host);
  }

  connect(stream: FloorStream): void {
    this.#stream = stream;
    if (this.#state.name !== 'startStop') return;
    const { queueing, priority = 255 } = stream.terms;
    this.#feed({ name: 'connect', terms: { queueing, priorityMax: priority, mayRequest: true } });
    this.#tellFloor();
  }

  /** The network is ready for the gateway's voice, or busy with a unit's. */
  answer(granted: boolean): void {
    this.#feed(granted ? { name: 'granted', seconds: talkS } : { name: 'denied', cause: busyCause });
  }

  /** A packet of the gateway's voice came. */
  heard(): void {
    if (this.#state.name === 'permitted') this.#feed({ name: 'media', flowing: true, unasked: false });
  }

  /** A unit talks, named by its MCPTT ID; undefined: none does. */
  unitTalks(id: string | undefined): void {
    this.#unit = id === undefined ? undefined : { id, mask: indicator.normal };
    this.#tellFloor();
  }

  close(): void {
    this.#alarm.clear();
    this.#state = serverAtRest;
    this.#stream = undefined;
    this.#socket.close();
  }

  #tellFloor(): void {
    const mine = this.#state.name === 'permitted';
    const unit = this.#unit;
    this.#feed({ name: 'floor', mine, talker: mine ? undefined : unit, overriding: mine ? unit : undefined });
  }

  #receive(octets: Uint8Array): void {
    for (const message of readFloorDatagram(octets).messages) {
      this.#perform(serverReceives(this.#state, message, this.#server, this.#clock.nowMs()));
    }
  }

  #feed(event: ServerEvent): void {
    this.#perform(stepServer(this.#state, event, this.#server, this.#clock.nowMs()));
  }

  #perform({ state, actions }: ServerStep): void {
    this.#state = state;
    for (const action of actions) {
      if (action.name === 'send') this.#send(writeFloorMessage(action.message));
      else if (action.name === 'ask') this.#ask();
      else if (action.name === 'letGo') this.#letGo();
    }
    this.#alarm.setAt(serverDeadlineMs(this.#state, this.#server));
  }

  #ask(): void {
    if (this.#state.name === 'permitted') this.answer(true);
    else this.#settings.key(true);
  }

  #letGo(): void {
    this.#settings.key(false);
    this.#feed({ name: 'released' });
    const unit = this.#unit;
    this.#feed({ name: 'floor', mine: false, talker: unit, overriding: undefined });
  }

  #send(octets: Uint8Array): void {
    const remote = this.#stream?.remote;
    if (remote !== undefined) this.#socket.send(octets, remote.port, remote.address);
  }
}
