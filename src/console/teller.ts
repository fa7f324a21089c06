/**
 * What consoles are told, each at the speed at which it reads: what is news goes to every seat's log, and from there to
 * its link, if it has one that keeps up (link-flow).
 */
import { Alarm } from '../base/clock.ts';
import type { ConsoleModel } from './console-model.ts';
import type { Irregularities } from './irregularities.ts';
import { flowing, judge, offer } from './link-flow.ts';
import type { ConsolePorts } from './ports.ts';
import { type Link, operatorOf, type Seat, viewerOf, write } from './seat.ts';
import type { Seats } from './seats.ts';
import {
  type Delta,
  type DirectLine,
  numbered,
  type ServerBody,
  type TimelineAsked,
  type WireClock,
  writeDelta,
  writeMessage,
  writeSnapshot,
} from './wire.ts';

interface TellerOptions {
  readonly ports: Pick<ConsolePorts, 'clock' | 'timeline' | 'shifts' | 'recordingsShown' | 'signedIn'>;
  readonly model: ConsoleModel;
  readonly seats: Seats;
  readonly irregularities: Irregularities;
  /** A page reads so slowly that its link is cut. */
  readonly dropSlow: (link: Link) => void;
}

const flowCheckMs = 250;
/** A page that missed no more than this gets it piece by piece. */
const catchUpMax = 64;
/** What a page is shown of the timeline before it asks for more. */
export const newest: TimelineAsked = { beforeId: 0, group: '', kinds: [], limit: 0 };

export class Teller {
  readonly #options: TellerOptions;
  readonly #flowAlarm: Alarm;
  #flowsWatched = false;
  readonly #directLines = new Map<string, DirectLine>();
  #clockQuality: WireClock | undefined;

  constructor(options: TellerOptions) {
    this.#options = options;
    this.#flowAlarm = new Alarm(options.ports.clock, () => this.#checkFlows());
  }

  close(): void {
    this.#flowAlarm.clear();
  }

  /** Answers and notices; a page without link asks again when it comes back. */
  say(seat: Seat, body: ServerBody): void {
    const { link } = seat;
    if (link === undefined) return;
    write(link, writeMessage(body));
    const verdict = judge(link.flow, link.socket.bufferedAmount, this.#nowMs());
    if (verdict === 'close') this.#options.dropSlow(link);
  }

  tell(deltas: readonly Delta[]): void {
    for (const delta of deltas) {
      const body = writeDelta(delta);
      for (const seat of this.#options.seats.all) {
        if (this.#options.model.units.isFor(delta, viewerOf(seat))) this.tellSeat(seat, body);
      }
    }
  }

  tellSeat(seat: Seat, body: Uint8Array): void {
    const seq = seat.log.push(body);
    const { link } = seat;
    if (link === undefined) return;
    const { flow, sends } = offer(link.flow, seq, link.socket.bufferedAmount, this.#nowMs());
    link.flow = flow;
    if (sends) {
      write(link, numbered(seq, body));
      return;
    }
    this.#options.irregularities.count('held');
    this.#watchFlows();
  }

  /** What a console may no longer see; nor shall a page that comes back be told it again. */
  withdraw(seat: Seat, delta: Delta | undefined): void {
    if (delta === undefined) return;
    seat.log.forget();
    this.tellSeat(seat, writeDelta(delta));
  }

  setDirectLine(directLine: DirectLine): void {
    this.#directLines.set(directLine.consoleId ?? '', directLine);
    this.tell([{ directLine }]);
  }

  showClock(clock: WireClock): void {
    this.#clockQuality = clock;
    this.tell([{ clock }]);
  }

  sendSnapshot(seat: Seat): void {
    const { link } = seat;
    if (link === undefined) return;
    const { ports, model, seats } = this.#options;
    const snapshot = model.snapshot(seat.session, ports.clock.utcMs(), viewerOf(seat), this.#nowMs());
    const timeline = ports.timeline(seat.session.rights.hears, newest);
    const shifts = ports.shifts(seat.operator);
    seat.lockShown = seats.isLocked(seat.operator.person);
    const own = {
      operator: operatorOf(seat),
      timeline,
      ...shifts,
      ...ports.recordingsShown(seat.operator),
      stations: seats.stations,
      intercom: seat.intercom,
      directLines: [...this.#directLines.values()],
      ...(this.#clockQuality !== undefined && { clock: this.#clockQuality }),
      signedIn: ports.signedIn !== undefined,
      locked: seat.lockShown,
    };
    write(link, numbered(seat.log.seq, writeSnapshot({ ...snapshot, ...own })));
  }

  /** What a page has missed, from the number after the last that it saw. */
  sendMissing(link: Link, seat: Seat, missing: readonly Uint8Array[]): void {
    const first = seat.log.seq - missing.length + 1;
    for (const [index, body] of missing.entries()) write(link, numbered(first + index, body));
  }

  #watchFlows(): void {
    if (this.#flowsWatched) return;
    this.#flowsWatched = true;
    this.#flowAlarm.setAt(this.#nowMs() + flowCheckMs);
  }

  #checkFlows(): void {
    this.#flowsWatched = false;
    for (const seat of this.#options.seats.all) {
      const { link } = seat;
      if (link === undefined || link.flow.name === 'flowing') continue;
      const verdict = judge(link.flow, link.socket.bufferedAmount, this.#nowMs());
      if (verdict === 'catchUp') this.#catchUp(seat, link, link.flow.afterSeq);
      else if (verdict === 'close') this.#options.dropSlow(link);
      else this.#watchFlows();
    }
  }

  #catchUp(seat: Seat, link: Link, afterSeq: number): void {
    link.flow = flowing;
    const missing = seat.log.since(afterSeq);
    if (missing === undefined || missing.length > catchUpMax) this.sendSnapshot(seat);
    else this.sendMissing(link, seat, missing);
  }

  #nowMs(): number {
    return this.#options.ports.clock.nowMs();
  }
}
