/**
 * The two levels of a console: the groups that the operator works on, and those that he only follows. Pure. Kept in the
 * browser; what is stored is read as if a stranger had written it.
 */
export interface Levels {
  /** 0–1, as the slider stands; loudness follows its square. */
  readonly selected: number;
  readonly unselected: number;
}

/** The others 12 dB below. */
export const defaultLevels: Levels = { selected: 1, unselected: 0.5 };
/** How long the others stay silent at most: nobody forgets them. */
export const silenceMsMax = 30_000;

/** What a bus is set to. */
export function levelGain(level: number): number {
  return level ** 2;
}

/** Total: anything unreadable counts as not stored. */
export function readLevels(json: string | null): Levels {
  let stored: unknown;
  try {
    stored = JSON.parse(json ?? 'null');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const { selected, unselected } = (stored ?? {}) as Record<string, unknown>;
  return {
    selected: isLevel(selected) ? selected : defaultLevels.selected,
    unselected: isLevel(unselected) ? unselected : defaultLevels.unselected,
  };
}

function isLevel(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
