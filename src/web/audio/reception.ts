/** How well this page hears: the browser's counters of one interval, for the gateway's metrics. Pure. */
export interface ReceptionCounters {
  readonly jitterBufferDelayS: number;
  readonly emittedSamples: number;
  readonly concealedSamples: number;
  readonly receivedSamples: number;
}
export interface Reception {
  /** Mean time that speech waited in the browser's jitter buffer. */
  readonly jitterBufferMs: number;
  /** Share of samples that the browser made up, 0–1. */
  readonly concealedRatio: number;
}

/** Sums `inbound-rtp` entries of a statistics report. */
export function sumCounters(entries: Iterable<Readonly<Record<string, unknown>>>): ReceptionCounters {
  let [jitterBufferDelayS, emittedSamples, concealedSamples, receivedSamples] = [0, 0, 0, 0];
  for (const entry of entries) {
    if (entry.type !== 'inbound-rtp') continue;
    jitterBufferDelayS += count(entry.jitterBufferDelay);
    emittedSamples += count(entry.jitterBufferEmittedCount);
    concealedSamples += count(entry.concealedSamples);
    receivedSamples += count(entry.totalSamplesReceived);
  }
  return { jitterBufferDelayS, emittedSamples, concealedSamples, receivedSamples };
}

/** Undefined when nothing was heard in between, or when streams went away and the counters fell. */
export function receptionBetween(before: ReceptionCounters, now: ReceptionCounters): Reception | undefined {
  const emitted = now.emittedSamples - before.emittedSamples;
  const received = now.receivedSamples - before.receivedSamples;
  const concealed = now.concealedSamples - before.concealedSamples;
  const delayS = now.jitterBufferDelayS - before.jitterBufferDelayS;
  if (emitted <= 0 || received <= 0 || concealed < 0 || delayS < 0) return undefined;
  return { jitterBufferMs: (delayS / emitted) * 1000, concealedRatio: Math.min(1, concealed / received) };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
