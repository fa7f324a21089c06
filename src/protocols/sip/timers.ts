/** Base values of all SIP timers (RFC 3261 §17, table 4 of appendix A). */

export interface SipTimers {
  /** Estimate of the round trip: first repeat over UDP; 64 of it is how long a transaction tries. */
  readonly t1Ms: number;
  /** Longest interval between repeats, except those of an INVITE. */
  readonly t2Ms: number;
  /** How long a message may wander in the network. */
  readonly t4Ms: number;
}

export const rfcTimers: SipTimers = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 };

/** Timers B, F, H, J, L, M: how long one side waits for the other before it gives up. */
export function giveUpMs(timers: SipTimers): number {
  return 64 * timers.t1Ms;
}

/** What every transaction machine needs to know besides its events. */
export interface TransactionContext {
  readonly timers: SipTimers;
  readonly reliable: boolean;
}
