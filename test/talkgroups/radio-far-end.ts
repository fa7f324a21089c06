/**
 * The simulated radio network (src/simulator/radio-network.ts) as the far end of a virtual leg: what it grants, carries
 * and cuts, in whatever way the leg keys it and is granted by it, over a line that takes time.
 */
import { digitOfEvent } from '../../src/protocols/rtp/telephone-event.ts';
import { type RadioAction, RadioNetwork } from '../../src/simulator/radio-network.ts';
import type { LegSettings } from '../../src/talkgroups/terms.ts';
import type { Arrival, FarEnd, VirtualGroup } from './virtual-group.ts';

export class RadioFarEnd {
  readonly far: FarEnd;
  readonly network: RadioNetwork;
  readonly #group: VirtualGroup;
  readonly #lineMs: number;
  #eventTimestamp = -1;
  /** Milliseconds of speech that the network carried. */
  carriedMs = 0;
  /** The network answers nothing. */
  mute = false;

  /** `setUpMs`: of the network. `lineMs`: one way. */
  constructor(group: VirtualGroup, id: string, settings: Partial<LegSettings>, setUpMs: number, lineMs = 0) {
    this.#group = group;
    this.#lineMs = lineMs;
    this.far = group.leg(id, settings);
    const { keyOut, grant } = this.far.leg.settings;
    const signalled = keyOut.mode === 'signalled' || grant.mode === 'signalled';
    const keys = signalled || keyOut.mode === 'telephone-event';
    this.network = new RadioNetwork(setUpMs, keys ? 'keys' : 'presence');
    this.far.onArrival = (arrival) => this.#later(() => this.#hear(arrival, !signalled));
    group.onEvent = (event) => {
      if (event.name !== 'legTalk' || event.leg !== id) return;
      this.#later(() => this.#perform(this.network.keyGateway(event.wanted, group.nowMs)));
    };
    // What was sent when the call was put through.
    for (const arrival of this.far.arrivals) this.#hear(arrival, !signalled);
  }

  #hear(arrival: Arrival, keysCount: boolean): void {
    const { keyOut } = this.far.leg.settings;
    const { nowMs } = this.#group;
    if (arrival.payloadType === this.far.media.telephoneEventPayloadType) {
      if (arrival.timestamp === this.#eventTimestamp) return;
      this.#eventTimestamp = arrival.timestamp;
      const digit = digitOfEvent(arrival.payload[0]!);
      if (keysCount && keyOut.mode === 'telephone-event' && (digit === keyOut.on || digit === keyOut.off)) {
        this.#perform(this.network.keyGateway(digit === keyOut.on, nowMs));
      }
      return;
    }
    const silent = arrival.payload.every((octet) => octet === 0xd5);
    const durationMs = arrival.payload.length / 8;
    const actions = this.network.hearGateway(durationMs, silent, nowMs);
    if (!silent && actions.some(({ name }) => name === 'carry')) this.carriedMs += durationMs;
    this.#perform(actions);
  }

  #perform(actions: readonly RadioAction[]): void {
    const { grant } = this.far.leg.settings;
    for (const { name } of actions) {
      if (name === 'carry' || this.mute) continue;
      const granted = name === 'grant';
      this.#later(() => {
        if (grant.mode === 'telephone-event') this.far.key(granted ? grant.granted : grant.denied);
        if (grant.mode === 'signalled') this.#group.group.legGrant(this.far.leg, granted, this.#group.nowMs);
      });
    }
    const dueMs = this.network.deadlineMs();
    if (dueMs === Infinity) return;
    this.#group.clock.callAt(dueMs, () => {
      if (this.#group.nowMs < this.network.deadlineMs()) return;
      this.#perform(this.network.step(this.#group.nowMs));
    });
  }

  #later(deed: () => void): void {
    if (this.#lineMs === 0) deed();
    else this.#group.clock.callAt(this.#group.nowMs + this.#lineMs, deed);
  }
}
