/**
 * Readiness: whether this gateway can do its work, part by part.
 *
 * A leg that is down does not make it unready: that is the far end's matter, shown on the consoles, and restarting the
 * gateway would not mend it. Ours are the voice process, the workers and the listeners.
 */
export interface GatewayParts {
  readonly voiceProcess: boolean;
  readonly mediaWorkers: { readonly alive: number; readonly wanted: number };
  readonly sipListeners: { readonly open: number; readonly wanted: number };
  readonly legs: { readonly up: number; readonly total: number };
}

export interface Readiness {
  readonly ready: boolean;
  /** What keeps it from being ready, in words; empty when nothing does. */
  readonly reasons: readonly string[];
  readonly parts: GatewayParts;
}

/** One worker is enough to serve: a dead one is replaced while the others carry its consoles. */
export function judgeReadiness(parts: GatewayParts): Readiness {
  const { voiceProcess, mediaWorkers, sipListeners } = parts;
  const reasons: string[] = [];
  if (!voiceProcess) reasons.push('the voice process is not ready');
  if (mediaWorkers.alive === 0) reasons.push('no media worker lives');
  if (sipListeners.open < sipListeners.wanted) {
    reasons.push(`${sipListeners.wanted - sipListeners.open} of ${sipListeners.wanted} SIP listeners are not open`);
  }
  return { ready: reasons.length === 0, reasons, parts };
}
