/**
 * A leg whose group is homed at the far end: our wish to talk there becomes a Floor Request, and the floor that the far
 * end's talker has becomes a request to our own arbiter.
 *
 * Two arbiters stand in one path then, and the far end's is the master of its group. Where ours gives the floor to
 * somebody else, the far end's talker cannot be told: his voice is not passed on until the floor is his (override
 * without revoke, TS 23.283 §10.5.4). Where theirs takes our permission away, our talker's voice goes no further than
 * to the other legs.
 */
import { indicator } from '../../protocols/mcptt/floor-fields.ts';
import type { FloorMessage } from '../../protocols/mcptt/floor-message.ts';
import {
  type OtherTalker,
  type ParticipantAction,
  type ParticipantEvent,
  type ParticipantSettings,
  type ParticipantState,
  type ParticipantStep,
  participantAtRest,
  participantDeadlineMs,
  participantReceives,
  stepParticipant,
  type Wish,
} from '../../protocols/mcptt/floor-participant.ts';
import type { FloorTerms } from '../../protocols/mcptt/floor-sdp.ts';
import type { PartyId, VoiceEvent } from '../../voice/contract.ts';
import { addressOfId, type FloorRole, maskOf, type RoleHost, requestFloor } from './floor-role.ts';

export interface ParticipantOptions {
  readonly timers: Omit<ParticipantSettings, 'ssrc'>;
  /** Field that names the talker of ours. */
  readonly talkerField: 'user-id' | 'functional-alias' | 'none';
  readonly perilPriority: number;
}

/** Reject cause of a Floor Revoke whose floor went to somebody stronger. */
const preEmpted = 4;

interface Talk {
  readonly party: PartyId;
  readonly priority: number;
  readonly emergency: boolean;
}

export class ParticipantRole implements FloorRole {
  readonly #host: RoleHost;
  readonly #options: ParticipantOptions;
  readonly #settings: ParticipantSettings;
  #state: ParticipantState = participantAtRest;
  /** What we want to say there now. */
  #talk: Talk | undefined;
  #talker: OtherTalker | undefined;
  /** The far end pre-empted us: its talker is stronger than what its Floor Taken says of him. */
  #overruled = false;

  constructor(host: RoleHost, options: ParticipantOptions) {
    this.#host = host;
    this.#options = options;
    this.#settings = { ssrc: host.ssrc, ...options.timers };
  }

  connect({ implicitRequest, granted }: FloorTerms, weOffered: boolean): void {
    if (this.#state.name !== 'startStop') return;
    const wish = weOffered && implicitRequest ? this.wish : undefined;
    this.#feed({ name: 'connect', granted: granted && wish !== undefined, ...(wish && { wish }) });
    if (wish === undefined && this.#talk !== undefined) this.#push();
  }

  disconnect(): void {
    this.#feed({ name: 'disconnect' });
  }

  receive(message: FloorMessage): void {
    this.#perform(participantReceives(this.#state, message, this.#settings, this.#host.nowMs()));
  }

  voiceEvent(event: VoiceEvent): void {
    if (event.name === 'legTalk') {
      const { party, priority, emergency } = event;
      this.#talk = event.wanted ? { party, priority, emergency } : undefined;
      if (event.wanted) this.#push();
      else this.#feed({ name: 'release' });
    } else if (event.name === 'leg') {
      const { receiving, blocked } = event.report;
      this.#feed({ name: 'media', flowing: receiving });
      // After a pause our arbiter has taken its floor away, and the far end's has not.
      if (receiving && blocked && this.#talker !== undefined) this.#requestFor(this.#talker);
    }
  }

  namesChanged(): void {
    // A Floor Request names whom it can when it is sent; nothing says it anew.
  }

  tick(): void {
    this.#feed({ name: 'tick' });
  }

  get deadlineMs(): number {
    return participantDeadlineMs(this.#state);
  }

  /** Of an INVITE that is to be a request; undefined when nobody of ours talks. */
  get wish(): Wish | undefined {
    if (this.#talk === undefined) return undefined;
    const { party, priority, emergency } = this.#talk;
    return {
      priority: this.#host.priorities.toWire(emergency ? 15 : Math.min(14, priority)),
      mask: maskOf(this.#talk, this.#options.perilPriority),
      ...this.#naming(party),
    };
  }

  #naming(party: PartyId): Pick<Wish, 'talker'> {
    const { talkerField } = this.#options;
    if (talkerField === 'none') return {};
    const id = this.#host.idOf(party);
    return { talker: talkerField === 'user-id' ? { name: 'userId', id } : { name: 'functionalAlias', alias: id } };
  }

  #push(): void {
    const { wish } = this;
    if (wish !== undefined) this.#feed({ name: 'push', wish });
  }

  #feed(event: ParticipantEvent): void {
    this.#perform(stepParticipant(this.#state, event, this.#settings, this.#host.nowMs()));
  }

  #perform({ state, actions }: ParticipantStep): void {
    this.#state = state;
    for (const action of actions) this.#do(action);
    this.#host.arm();
  }

  #do(action: ParticipantAction): void {
    const { leg, group } = this.#host.plan();
    switch (action.name) {
      case 'send':
        this.#host.send(action.message);
        break;
      case 'talk':
        if (!action.allowed && action.cause === preEmpted) this.#overruled = true;
        this.#host.command({ name: 'legGrant', leg, granted: action.allowed });
        break;
      case 'offered':
        if (this.#talk === undefined) this.#feed({ name: 'release' });
        else this.#push();
        break;
      case 'queued':
        break; // the leg goes on waiting
      case 'talker':
        this.#hear(action.talker);
        break;
      case 'talkerEnded':
        this.#talker = undefined;
        this.#overruled = false;
        this.#host.command({ name: 'releaseFloor', party: leg, group });
        break;
    }
  }

  #hear(talker: OtherTalker): void {
    this.#talker = talker;
    this.#host.talker(addressOfId(talker.id), talker.location);
    this.#requestFor(talker);
  }

  /** Floor Taken says no priority: the leg's own counts, or its highest when we had to give way. */
  #requestFor({ mask }: OtherTalker): void {
    const { priorityMax } = this.#host.plan();
    const wire = this.#overruled ? this.#host.priorities.toWire(priorityMax) : undefined;
    const bits = mask & (indicator.emergency | indicator.imminentPeril);
    requestFloor(this.#host, { wire, mask: bits, perilPriority: this.#options.perilPriority });
  }
}
