/** How far the gateway's clock is from the right time, as the page shows it. Pure. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import type { ClockModel } from './console-model.ts';

const states = ['agreed', 'off', 'unmeasured'] as const;

export function readClock(wire: escaut.console.v1.ClockQuality.$Properties | null | undefined): ClockModel | undefined {
  if (!wire) return undefined;
  const { offsetMs, boundMs, source, state } = wire;
  return {
    state: states.find((each) => each === state) ?? 'unknown',
    offsetMs: Number.isFinite(offsetMs) ? Number(offsetMs) : 0,
    boundMs: Number.isFinite(boundMs) ? Number(boundMs) : 0,
    source: cleanText(source),
  };
}
