/** How well this page hears: the browser's counters of one interval, for the gateway's metrics. Pure. */

/** Of each stream, by its SSRC. */
export type ReceptionCounters = ReadonlyMap<unknown, StreamCounters>;

interface StreamCounters {
  readonly jitterBufferDelayS: number;
  readonly emittedSamples: number;
  readonly concealedSamples: number;
  readonly silentSamples: number;
}

export interface Reception {
  /** Mean time that speech waited in the browser's jitter buffer. */
  readonly jitterBufferMs: number;
  /** Share of the speech that the browser made up, 0–1. */
  readonly concealedRatio: number;
}

/**
 * A side that falls silent sends nothing: the browser draws its last sound out for so long (187 ms measured) before it
 * plays silence. That is no loss, nor is the silence.
 */
const drawnOutSamples = 9600;

/** Takes the `inbound-rtp` entries of a statistics report. */
export function takeCounters(entries: Iterable<Readonly<Record<string, unknown>>>): ReceptionCounters {
  const streams = new Map<unknown, StreamCounters>();
  for (const entry of entries) {
    if (entry.type !== 'inbound-rtp') continue;
    streams.set(entry.ssrc, {
      jitterBufferDelayS: count(entry.jitterBufferDelay),
      emittedSamples: count(entry.jitterBufferEmittedCount),
      concealedSamples: count(entry.concealedSamples),
      silentSamples: count(entry.silentConcealedSamples),
    });
  }
  return streams;
}

/** Undefined when nothing was heard in between; of streams that began meanwhile all counts. */
export function receptionBetween(before: ReceptionCounters, now: ReceptionCounters): Reception | undefined {
  let [delayS, emitted, madeUp] = [0, 0, 0];
  for (const [ssrc, stream] of now) {
    const old = before.get(ssrc);
    const since = (name: keyof StreamCounters): number => Math.max(0, stream[name] - (old?.[name] ?? 0));
    const spoken = since('emittedSamples');
    if (spoken === 0) continue;
    const silent = since('silentSamples');
    delayS += since('jitterBufferDelayS');
    emitted += spoken;
    madeUp += Math.max(0, since('concealedSamples') - silent - (silent > 0 ? drawnOutSamples : 0));
  }
  if (emitted === 0) return undefined;
  return { jitterBufferMs: (delayS / emitted) * 1000, concealedRatio: madeUp / (emitted + madeUp) };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
