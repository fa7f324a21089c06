/**
 * One-way announcements: a talkgroup that is in no open group hears what the gateway says, and nothing else. Its
 * leg is alone in a group of its own without the right to talk: what is said on it meanwhile reaches nobody.
 *
 *   insert ─▶ group and leg ─▶ its call stands ─▶ announcement ─▶ said ─▶ leg and group are gone
 *                                   └── not within 20 s ─────────────────┘
 */
import { Alarm, type Clock } from '../../base/clock.ts';
import type { SomeEvents } from '../../base/events.ts';
import type { Config } from '../../config/schema.ts';
import type { Fields } from '../../operations/announcement-text.ts';
import type { VoiceCommand } from '../../voice/contract.ts';
import type { Attachments } from '../attachments.ts';
import { planInsertion } from '../group-plan.ts';
import type { Announcements } from './announcements.ts';

export interface InsertionPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'operations.announcement'>;
  readonly attachments: Pick<Attachments, 'join' | 'leave'>;
  readonly announcements: Pick<Announcements, 'say'>;
  sendVoice(command: VoiceCommand): void;
  /** The open group that it is joined to. */
  groupOf(talkgroup: string): string | undefined;
}

export interface Insertion {
  /** Under whose name it is called. */
  readonly group: string;
  readonly talkgroup: string;
  readonly id: string;
  readonly fields: Fields;
}

interface Pending extends Insertion {
  readonly own: string;
  readonly alarm: Alarm;
  said: boolean;
}

/** As long as a slow network takes to set up a call, and then some. */
const upWithinMs = 20_000;

export class Insertions {
  readonly #config: Config;
  readonly #ports: InsertionPorts;
  /** By leg. */
  readonly #pending = new Map<string, Pending>();

  constructor(config: Config, ports: InsertionPorts) {
    this.#config = config;
    this.#ports = ports;
  }

  insert(insertion: Insertion): void {
    const { group, talkgroup } = insertion;
    const planned = planInsertion(this.#config, group, talkgroup);
    const elsewhere = this.#ports.groupOf(talkgroup);
    if (planned === undefined || elsewhere !== undefined || this.#pending.has(planned.leg.need.leg)) {
      this.#fail(insertion, elsewhere === undefined ? 'it is being called already' : `it is joined to ${elsewhere}`);
      return;
    }
    const { leg } = planned.leg.need;
    const alarm = new Alarm(this.#ports.clock, () => {
      this.#end(leg);
      this.#fail(insertion, 'its call did not come up');
    });
    this.#pending.set(leg, { ...insertion, own: planned.settings.group, alarm, said: false });
    this.#ports.sendVoice({ name: 'openGroup', settings: planned.settings });
    this.#ports.attachments.join(planned.leg);
    alarm.setAt(this.#ports.clock.nowMs() + upWithinMs);
  }

  /** A leg's call stands. */
  legState(leg: string, up: boolean): void {
    const pending = this.#pending.get(leg);
    if (pending === undefined || !up || pending.said) return;
    pending.said = true;
    pending.alarm.clear();
    const { own, id, talkgroup, group } = pending;
    const short = this.#config.sharedGroups.find((each) => each.id === group)?.short ?? group;
    const fields = { group: short, ...pending.fields };
    this.#ports.announcements.say({ group: own, id, fields, talkgroups: [talkgroup], ended: () => this.#end(leg) });
  }

  stop(): void {
    for (const leg of [...this.#pending.keys()]) this.#end(leg);
  }

  #end(leg: string): void {
    const pending = this.#pending.get(leg);
    if (pending === undefined) return;
    this.#pending.delete(leg);
    pending.alarm.clear();
    this.#ports.attachments.leave(leg);
    this.#ports.sendVoice({ name: 'closeGroup', group: pending.own });
  }

  #fail({ group, id, talkgroup }: Insertion, reason: string): void {
    this.#ports.events.operations.announcement({
      group,
      announcement: id,
      end: 'refused',
      texts: [],
      talkgroups: [talkgroup],
      reason,
    });
  }
}
