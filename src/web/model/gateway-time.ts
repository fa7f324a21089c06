/**
 * The gateway's wall clock as seen from the page, carried on the page's monotonic clock: a wrong or stepping clock of
 * this computer shows nowhere.
 */
export interface GatewayTime {
  /** Gateway's UTC minus the page's monotonic time, ms. */
  readonly offsetMs: number;
  /** Round trip of the measurement it comes from: half of it is the doubt. */
  readonly roundTripMs: number;
  readonly measuredMs: number;
}

/** A measurement so old gives way to a worse one: the clocks may have drifted apart. */
const staleMs = 60_000;

/** A first word of the gateway's time whose way is not known: any measurement is better. */
export function assumeGatewayTime(gatewayUtcMs: number, nowMs: number): GatewayTime {
  return { offsetMs: gatewayUtcMs - nowMs, roundTripMs: Infinity, measuredMs: nowMs };
}

/** Takes a measurement in; a slower round trip does not displace a better one of the last minute. */
export function measureGatewayTime(
  before: GatewayTime | undefined,
  gatewayUtcMs: number,
  roundTripMs: number,
  nowMs: number,
): GatewayTime | undefined {
  if (gatewayUtcMs <= 0) return before;
  const offsetMs = gatewayUtcMs + roundTripMs / 2 - nowMs;
  const stepped =
    before !== undefined && Math.abs(offsetMs - before.offsetMs) > (before.roundTripMs + roundTripMs) / 2 + 50;
  const better = before === undefined || roundTripMs <= before.roundTripMs || nowMs - before.measuredMs > staleMs;
  return better || stepped ? { offsetMs, roundTripMs, measuredMs: nowMs } : before;
}

/** The gateway's UTC at a monotonic instant of the page, ms since 1970; 0 while unknown. */
export function gatewayUtcMs(time: GatewayTime | undefined, nowMs: number): number {
  return time === undefined ? 0 : time.offsetMs + nowMs;
}
