/**
 * A leg whose group is homed here: the far end asks us for the floor, our arbiter decides, and what it decides is said
 * in floor control. Its own voice needs no asking: Floor Taken goes before it.
 */
import { indicator } from '../../protocols/mcptt/floor-fields.ts';
import type { FloorMessage } from '../../protocols/mcptt/floor-message.ts';
import type { FloorTerms } from '../../protocols/mcptt/floor-sdp.ts';
import {
  type ServerAction,
  type ServerEvent,
  type ServerSettings,
  type ServerState,
  type ServerStep,
  serverAtRest,
  serverDeadlineMs,
  serverReceives,
  stepServer,
  type Talker,
} from '../../protocols/mcptt/floor-server.ts';
import type { FloorAnswer, FloorHolder, FloorSnapshot, RevokeCause, VoiceEvent } from '../../voice/contract.ts';
import { addressOfId, type FloorRole, maskOf, type RoleHost, requestFloor } from './floor-role.ts';

export interface ServerOptions {
  readonly timers: Omit<ServerSettings, 'ssrc'>;
  readonly perilPriority: number;
}

/** Numbers of §8.2.6.2 and §8.2.10.2. */
const denyCauses: Readonly<Record<(FloorAnswer & { result: 'denied' })['cause'], number>> = {
  busy: 1,
  'retry-later': 4,
  'receive-only': 5,
  'queue-full': 7,
  'not-member': 255,
  loop: 255,
};
const revokeCauses: Readonly<Record<RevokeCause, number>> = {
  'talk-limit': 2,
  'no-permission': 3,
  'pre-empted': 4,
  silence: 255,
  left: 255,
  cancelled: 255,
  loop: 255,
  removed: 3,
};
/** A grant without a limit, as far as 16 bits of seconds go. */
const unlimitedS = 0xffff;

export class ServerRole implements FloorRole {
  readonly #host: RoleHost;
  readonly #options: ServerOptions;
  readonly #settings: ServerSettings;
  #state: ServerState = serverAtRest;
  /** The group's floor as last said. */
  #floor: FloorSnapshot | undefined;
  /** Kind of call that the far end's INVITE said last. */
  #mask: number = indicator.normal;
  /** Our voice goes to this leg; after the over there may be some left. */
  #talking = false;

  constructor(host: RoleHost, options: ServerOptions) {
    this.#host = host;
    this.#options = options;
    this.#settings = { ssrc: host.ssrc, ...options.timers };
  }

  connect({ queueing, priority, implicitRequest }: FloorTerms, weOffered: boolean, mask: number): void {
    const plan = this.#host.plan();
    const priorityMax = priority ?? 255;
    const asked = { priority: this.#host.priorities.toWire(plan.priority), mask };
    const requests = implicitRequest && !weOffered;
    const raised = mask !== this.#mask && mask !== indicator.normal;
    this.#mask = mask;
    if (this.#state.name !== 'startStop') {
      // A later INVITE repeats what the first one said; it asks only where it makes the call one of emergency.
      if (requests && raised) this.#feed({ name: 'request', request: asked, participant: 0 });
      return;
    }
    const request = requests ? { request: asked } : {};
    this.#feed({ name: 'connect', terms: { queueing, priorityMax, mayRequest: plan.mayTalk }, ...request });
    this.#tellFloor();
  }

  disconnect(): void {
    this.#mask = indicator.normal;
    this.#feed({ name: 'disconnect' });
  }

  receive(message: FloorMessage): void {
    this.#perform(serverReceives(this.#state, message, this.#settings, this.#host.nowMs()));
  }

  voiceEvent(event: VoiceEvent): void {
    const { leg, group } = this.#host.plan();
    if (event.name === 'floor' && event.floor.group === group) {
      this.#floor = event.floor;
      this.#tellFloor();
    } else if (event.name === 'legTalk') {
      this.#talking = event.wanted;
      this.#tellFloor();
    } else if (event.name === 'answer' && event.party === leg) this.#answer(event.answer);
    else if (event.name === 'leg') {
      const { receiving, blocked } = event.report;
      this.#feed({ name: 'media', flowing: receiving, unasked: blocked });
    }
  }

  /** A talker who is named late is told once more (TS 23.283 §10.13.3). */
  namesChanged(): void {
    this.#tellFloor();
  }

  tick(): void {
    this.#feed({ name: 'tick' });
  }

  get deadlineMs(): number {
    return serverDeadlineMs(this.#state, this.#settings);
  }

  #answer(answer: FloorAnswer): void {
    switch (answer.result) {
      case 'granted':
        this.#feed({ name: 'granted', seconds: secondsOf(answer.talkLimitMs) });
        break;
      case 'queued':
        this.#feed({ name: 'queued', position: answer.position });
        break;
      case 'denied':
        this.#feed({ name: 'denied', cause: denyCauses[answer.cause] });
        break;
      case 'revoked':
        this.#feed({ name: 'revoked', cause: revokeCauses[answer.cause] });
        break;
      case 'released':
        this.#feed({ name: 'released' });
        // No floor of the group is said of it that would follow: to its far end it is free, and Floor Idle says so.
        if (this.#host.plan().isShadow) this.#tellFloor();
        break;
      case 'warned':
        break; // the talker knows his time from Floor Granted
    }
  }

  #tellFloor(): void {
    const { leg } = this.#host.plan();
    const holder = this.#floor?.holder;
    const overriding = this.#floor?.overriding;
    if (holder === undefined && this.#talking) return; // Floor Idle follows the last of our voice
    this.#feed({
      name: 'floor',
      mine: holder?.party === leg,
      talker: holder === undefined || holder.party === leg ? undefined : this.#talkerOf(holder),
      overriding: overriding === undefined ? undefined : this.#talkerOf(overriding),
    });
  }

  /** Whoever only listens is told of no emergency. */
  #talkerOf(holder: FloorHolder): Talker {
    const talk = this.#host.plan().mayTalk ? holder : { ...holder, emergency: false };
    return { id: this.#host.idOf(holder.party), mask: maskOf(talk, this.#options.perilPriority) };
  }

  #feed(event: ServerEvent): void {
    this.#perform(stepServer(this.#state, event, this.#settings, this.#host.nowMs()));
  }

  #perform({ state, actions }: ServerStep): void {
    this.#state = state;
    for (const action of actions) this.#do(action);
    this.#host.arm();
  }

  #do(action: ServerAction): void {
    const { leg, group } = this.#host.plan();
    switch (action.name) {
      case 'send':
        this.#host.send(action.message);
        break;
      case 'ask': {
        const { priority, mask, alias, location } = action.request;
        if (alias !== undefined || location !== undefined) this.#host.talker(addressOfId(alias ?? ''), location);
        requestFloor(this.#host, { wire: priority, mask, perilPriority: this.#options.perilPriority });
        break;
      }
      case 'letGo':
        this.#host.command({ name: 'releaseFloor', party: leg, group });
        break;
      case 'inactive':
        this.#host.giveUp('nobody has talked (T4)');
        break;
    }
  }
}

function secondsOf(talkLimitMs: number): number {
  return talkLimitMs === 0 ? unlimitedS : Math.min(unlimitedS, Math.max(1, Math.ceil(talkLimitMs / 1000)));
}
