/** Consoles of a shared group: who may talk there, since when he asks, and his microphone while he talks. */
import type { PcmFrame } from '../media/frame.ts';
import type { MicListener, MicPacket, Microphone } from './microphone.ts';
import type { ConsoleId, PartyId } from './terms.ts';

/** A console as its groups see it; its microphone comes and goes. */
export interface ConsoleParty {
  readonly id: ConsoleId;
  priority: number;
  microphone: Microphone | undefined;
}

/** What a console says: its packets as they came, and the same voice in frames. */
export interface SeatPort {
  readonly hearPacket: (console: ConsoleId, packet: MicPacket, durationMs: number, nowMs: number) => void;
  readonly hearFrame: (console: ConsoleId, frame: PcmFrame, positionMs: number, nowMs: number, kept: boolean) => void;
}

interface Seat extends MicListener {
  readonly console: ConsoleParty;
  mayTalk: boolean;
  requestedMs: number;
}

export class ConsoleSeats {
  readonly #port: SeatPort;
  readonly #seats = new Map<ConsoleId, Seat>();

  constructor(port: SeatPort) {
    this.#port = port;
  }

  take(console: ConsoleParty, mayTalk: boolean): void {
    const known = this.#seats.get(console.id);
    if (known === undefined) this.#seats.set(console.id, this.#newSeat(console, mayTalk));
    else known.mayTalk = mayTalk;
  }

  leave(console: ConsoleId): void {
    this.#seats.delete(console);
  }

  /** Undefined: it has none. */
  get(console: ConsoleId): Pick<Seat, 'console' | 'mayTalk'> | undefined {
    return this.#seats.get(console);
  }

  get ids(): readonly ConsoleId[] {
    return [...this.#seats.keys()];
  }

  /** It asks for the floor; what is said from here on may be heard once it has it. */
  asks(party: PartyId, nowMs: number): void {
    const seat = this.#seats.get(party);
    if (seat !== undefined) seat.requestedMs = nowMs;
  }

  /** It has the floor: heard from where it asked. */
  hear(party: PartyId, nowMs: number): void {
    const seat = this.#seats.get(party);
    seat?.console.microphone?.open(seat, seat.requestedMs, nowMs);
  }

  /** Its microphone came while it has the floor: heard from here on. */
  hearFromNow({ id, microphone }: ConsoleParty, nowMs: number): void {
    const seat = this.#seats.get(id);
    if (seat !== undefined) microphone?.open(seat, nowMs, nowMs);
  }

  hearNoMore(party: PartyId): void {
    const seat = this.#seats.get(party);
    if (seat !== undefined) seat.console.microphone?.close(seat);
  }

  /** When its media last arrived; undefined: it has no seat or no microphone. */
  talkMs(party: PartyId): number | undefined {
    return this.#seats.get(party)?.console.microphone?.talkMs;
  }

  #newSeat(console: ConsoleParty, mayTalk: boolean): Seat {
    const { hearPacket, hearFrame } = this.#port;
    return {
      console,
      mayTalk,
      requestedMs: -Infinity,
      hearPacket: (packet, durationMs, nowMs) => hearPacket(console.id, packet, durationMs, nowMs),
      hearFrame: (frame, positionMs, nowMs, kept) => hearFrame(console.id, frame, positionMs, nowMs, kept),
    };
  }
}
