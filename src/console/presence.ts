/** Who hears which group and who can be called, told in step; and how the networks fare, to pages that look. */
import { Alarm } from '../base/clock.ts';
import type { ConsoleModel } from './console-model.ts';
import type { ConsolePorts } from './ports.ts';
import type { Seat } from './seat.ts';
import type { Seats } from './seats.ts';
import { StatusFeed } from './status-feed.ts';
import type { Teller } from './teller.ts';
import { writeDelta } from './wire.ts';

interface PresenceOptions {
  readonly ports: Pick<ConsolePorts, 'clock' | 'status'>;
  readonly model: ConsoleModel;
  readonly seats: Seats;
  readonly teller: Teller;
}

const presenceEveryMs = 1000;
const statusEveryMs = 1000;

export class Presence {
  readonly #options: PresenceOptions;
  readonly #presenceAlarm: Alarm;
  readonly #statusAlarm: Alarm;
  #presenceAwaited = false;
  #statusToldMs = -Infinity;
  #stationsTold = '[]';
  #closed = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#presenceAlarm = new Alarm(options.ports.clock, () => this.#tellPresence());
    this.#statusAlarm = new Alarm(options.ports.clock, () => this.#tellStatus());
  }

  close(): void {
    this.#closed = true;
    this.#presenceAlarm.clear();
    this.#statusAlarm.clear();
  }

  /** Comings and goings of a moment are told once: two hundred consoles that come back together are one change. */
  moved(): void {
    if (this.#closed || this.#presenceAwaited) return;
    this.#presenceAwaited = true;
    this.#presenceAlarm.setAt(this.#nowMs() + presenceEveryMs);
  }

  /** Nothing is asked or sent while nobody looks; a page that looks again and again waits like any other. */
  watchStatus(seat: Seat, on: boolean): void {
    const nobodyLooked = this.#options.seats.all.every(({ status }) => status === undefined);
    seat.status = on ? new StatusFeed() : undefined;
    if (on && nobodyLooked) this.#statusAlarm.setAt(Math.max(this.#nowMs(), this.#statusToldMs + statusEveryMs));
  }

  #tellPresence(): void {
    this.#presenceAwaited = false;
    const { model, seats, teller } = this.#options;
    const present = seats.all.filter((seat) => seat.link !== undefined);
    for (const group of model.joinedGroups) {
      const consoles = present.filter((seat) => seat.session.monitored.has(group)).map((seat) => seat.id);
      teller.tell(model.setPresence(group, consoles));
    }
    const { stations } = seats;
    const said = JSON.stringify(stations);
    if (said === this.#stationsTold) return;
    this.#stationsTold = said;
    teller.tell([{ stations: { stations } }]);
  }

  #tellStatus(): void {
    const { ports, seats, teller } = this.#options;
    const looking = seats.all.filter(({ status }) => status !== undefined);
    if (looking.length === 0) return;
    this.#statusToldMs = this.#nowMs();
    this.#statusAlarm.setAt(this.#statusToldMs + statusEveryMs);
    const report = ports.status();
    for (const seat of looking) {
      // A page that reads too slowly is told what has become of it meanwhile when it has caught up.
      if (seat.link?.flow.name !== 'flowing') continue;
      const status = seat.status?.changed(report);
      if (status !== undefined) teller.tellSeat(seat, writeDelta({ status }));
    }
  }

  #nowMs(): number {
    return this.#options.ports.clock.nowMs();
  }
}
