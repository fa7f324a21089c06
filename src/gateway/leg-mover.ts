/**
 * Moves legs among attachments as bridges/leg-placement.ts decides: performs its moves one after the other, and says which
 * legs are dropped and which networks are on their second way.
 */
import { Alarm } from '../base/clock.ts';
import { GatewayError } from '../base/errors.ts';
import type { CapacityPreview } from '../base/status-report.ts';
import { placementDeadlineMs, startPlacement, stepPlacement } from '../bridges/leg-placement.ts';
import type { LegNeed, Move, PlacementEvent, PlacementState } from '../bridges/placement-terms.ts';
import {
  carrierOf,
  isNeeded,
  isOnSecondWay,
  networksOnSecondWay,
  previewPlacement,
  shedLegs,
} from '../bridges/placement-views.ts';
import type { Attachment, DataOrder, LegStatus, Meaning } from '../bridges/ports.ts';
import type { VoiceSwitch } from '../bridges/voice-switch.ts';
import type { Config } from '../config/schema.ts';
import type { AttachmentsPorts } from './attachments-ports.ts';
import { type PlannedLeg, planWays } from './group-plan.ts';

/** What the units of a dropped leg read; in one language where the attachment knows theirs. */
const farewell: Meaning = {
  fr: 'liaison coupée, plus de canal',
  nl: 'verbinding verbroken, geen kanaal meer',
  en: 'link cut, no channel left',
};
const farewellText = `${farewell.fr} / ${farewell.nl} / ${farewell.en}`;

export interface MoverHost {
  readonly ports: Pick<AttachmentsPorts, 'clock' | 'events' | 'meter' | 'console'>;
  readonly planned: ReadonlyMap<string, PlannedLeg>;
  readonly attachments: ReadonlyMap<string, Attachment>;
  readonly voice: VoiceSwitch;
  /** That it has no channel is nobody's business but that of who wanted it. */
  readonly isQuiet: (leg: string) => boolean;
  /** As an attachment would say it. */
  readonly legChanged: (status: LegStatus) => void;
  /** What everybody is to see of a leg. */
  readonly show: (status: LegStatus) => void;
  /** A leg that is wanted no more has been moved for the last time. */
  readonly forget: (leg: string) => void;
}

export class LegMover {
  readonly #config: Config;
  readonly #host: MoverHost;
  readonly #alarm: Alarm;
  #placement: PlacementState;
  /** Events that came while one was being dealt with: moves make attachments speak. */
  readonly #pending: PlacementEvent[] = [];
  #stepping = false;
  /** Between start and stop; before and after nothing is moved. */
  #running = false;
  #onSecondWay: ReadonlySet<string> = new Set();
  #shedShown: ReadonlySet<string> = new Set();

  constructor(config: Config, host: MoverHost) {
    this.#config = config;
    this.#host = host;
    this.#alarm = new Alarm(host.ports.clock, () => this.feed({ name: 'tick' }));
    const needs = [...host.planned.values()].map(({ need }) => need);
    this.#placement = startPlacement(config.failover, planWays(config), needs);
  }

  start(): void {
    this.#running = true;
    this.feed({ name: 'start' });
  }

  stop(): void {
    this.#running = false;
    this.#alarm.clear();
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /** For whoever looks. */
  get placement(): PlacementState {
    return this.#placement;
  }

  /** The attachment that carries a leg; undefined: none does. */
  carrierOf(leg: string): string | undefined {
    return carrierOf(this.#placement, leg);
  }

  /** Channels are short: it is dropped for others. */
  isShed(leg: string): boolean {
    return shedLegs(this.#placement).includes(leg);
  }

  isOnSecondWay(leg: string): boolean {
    return isOnSecondWay(this.#placement, leg);
  }

  /** An over, or what is left of one, holds it where it is. */
  isNeeded(leg: string): boolean {
    return isNeeded(this.#placement, leg, this.#host.ports.clock.nowMs());
  }

  /** What carrying these as well would take of the networks' channels. */
  preview(needs: readonly LegNeed[]): CapacityPreview {
    return previewPlacement(this.#placement, needs, this.#host.ports.clock.nowMs());
  }

  /** One event after another, never nested: what attachments say while legs are moved waits its turn. */
  feed(event: PlacementEvent): void {
    if (!this.#running) return;
    this.#pending.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    const { clock } = this.#host.ports;
    let steppedMs = clock.nowMs();
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      steppedMs = clock.nowMs();
      const { state, moves } = stepPlacement(this.#placement, next, steppedMs);
      this.#placement = state;
      for (const move of moves) this.#perform(move);
      if (next.name === 'unwanted') this.#host.forget(next.leg);
      if (moves.length > 0 || next.name === 'attachment' || next.name === 'unwanted') this.#tellWays();
    }
    this.#stepping = false;
    // Of what the last step has seen: what has fallen due while moves were made is owed a tick at once.
    this.#alarm.setAt(placementDeadlineMs(this.#placement, steppedMs));
  }

  #perform(move: Move): void {
    const { events } = this.#host.ports;
    const { leg } = move;
    const { network } = this.#host.planned.get(leg)!.need;
    switch (move.name) {
      case 'carry':
        this.#host.voice.carry(leg, move.to);
        if (move.from !== undefined) this.#host.attachments.get(move.from)?.closeLeg(leg);
        this.#open(leg, move.to);
        if (move.why !== 'placed')
          events.legs.moved({ leg, network, from: move.from ?? '', to: move.to, why: move.why });
        break;
      case 'try':
        this.#open(leg, move.on);
        break;
      case 'giveUp':
        this.#host.attachments.get(move.on)?.closeLeg(leg);
        break;
      case 'take':
        this.#host.voice.carry(leg, move.to);
        this.#host.attachments.get(move.from)?.closeLeg(leg);
        this.#showAs(leg, move.to);
        events.legs.moved({ leg, network, from: move.from, to: move.to, why: move.why });
        break;
      case 'leave':
        if (!this.#host.isQuiet(leg)) this.#sayFarewell(leg, network, move.from);
        this.#host.voice.carry(leg, undefined);
        this.#host.attachments.get(move.from)?.closeLeg(leg, noChannel(network));
        break;
      case 'end':
        this.#host.voice.carry(leg, undefined);
        this.#host.attachments.get(move.from)?.closeLeg(leg);
        break;
      case 'shed':
        this.#shed(leg, network);
        break;
    }
  }

  /** Whose leg is dropped is told over it while it stands, where the wire can say so. */
  #sayFarewell(leg: string, network: string, attachment: string): void {
    const { events } = this.#host.ports;
    const { display } = this.#host.planned.get(leg)!.plan;
    const origin = { network: this.#config.gateway.id, address: '' };
    const order: DataOrder = { leg, name: 'text', from: display, origin, text: farewellText, meaning: farewell };
    this.#host.attachments.get(attachment)?.passData?.(order, (fault) => {
      if (fault === undefined) events.data.passed({ leg, attachment, data: 'text' });
      else events.data.undelivered({ leg, network, data: 'text', reason: fault });
    });
  }

  /** A leg that finds no port is down there, and is tried elsewhere. */
  #open(leg: string, on: string): void {
    const attachment = this.#host.attachments.get(on);
    const planned = this.#host.planned.get(leg);
    if (attachment === undefined || planned === undefined) return;
    try {
      attachment.openLeg(planned.plan);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const sinceMs = this.#host.ports.clock.nowMs();
      this.#host.legChanged({ leg, attachment: on, state: 'down', reason: error.message, sinceMs });
    }
  }

  #shed(leg: string, network: string): void {
    const carrier = carrierOf(this.#placement, leg);
    if (carrier === undefined) this.#host.voice.close(leg);
    if (!this.#host.isQuiet(leg)) this.#host.ports.events.legs.shed({ leg, network });
    const sinceMs = this.#host.ports.clock.nowMs();
    this.#host.show({ leg, attachment: carrier ?? '', state: 'down', reason: noChannel(network), sinceMs });
  }

  /** What the new carrier said of the leg while it was on trial. */
  #showAs(leg: string, attachment: string): void {
    const status = this.#host.attachments
      .get(attachment)
      ?.legs()
      .find((each) => each.leg === leg);
    if (status !== undefined) this.#host.show(status);
  }

  #tellWays(): void {
    const { meter, events, console } = this.#host.ports;
    const shed = new Set(shedLegs(this.#placement).filter((leg) => !this.#host.isQuiet(leg)));
    meter.set('legs_shed', shed.size);
    for (const leg of shed) if (!this.#shedShown.has(leg)) console.raiseAlarm('leg-shed', leg);
    for (const leg of this.#shedShown) if (!shed.has(leg)) console.clearAlarm('leg-shed', leg);
    this.#shedShown = shed;
    const networks = networksOnSecondWay(this.#placement);
    for (const { id: network } of this.#config.networks) {
      const isNow = networks.has(network);
      if (isNow === this.#onSecondWay.has(network)) continue;
      events.attachments.rerouted({ network, second: isNow });
      if (isNow) console.raiseAlarm('network-on-second-way', network);
      else console.clearAlarm('network-on-second-way', network);
    }
    this.#onSecondWay = networks;
  }
}

export function noChannel(network: string): string {
  return `no attachment of ${network} that works has a channel for it`;
}
