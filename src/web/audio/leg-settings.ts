/**
 * How this operator hears each party: volume, mute and place between the ears, remembered in the browser. What is
 * stored is read as if a stranger had written it.
 */
export type Place = -1 | 0 | 1;
export interface LegSettings {
  /** 0–1, as the slider stands; loudness follows its square. */
  readonly volume: number;
  readonly muted: boolean;
  /** −1 left, 0 centre, 1 right. */
  readonly place: Place;
}
/** By party: a leg's id, or `operators@<group>`. */
export type AllLegSettings = Readonly<Record<string, LegSettings>>;

export const defaultLegSettings: LegSettings = { volume: 0.8, muted: false, place: 0 };
const partiesMax = 500;

/** The other consoles of a group are one party to listen to; legs have ids of their own. */
export function hearingKey(partyId: string, groupId: string): string {
  return partyId === 'operators' ? `operators@${groupId}` : partyId;
}

/** What the gain node is set to: the square of the slider's way, and the 3 dB that a centred pan costs given back. */
export function gainOf(settings: LegSettings): number {
  return settings.muted ? 0 : settings.volume ** 2 * Math.SQRT2;
}

/** Total: anything unreadable counts as not stored. */
export function readLegSettings(json: string | null): AllLegSettings {
  const stored = parse(json);
  if (typeof stored !== 'object' || stored === null) return {};
  const entries = Object.entries(stored)
    .slice(-partiesMax)
    .map(([key, value]) => [key, readOne(value)] as const);
  return Object.fromEntries(entries);
}

export function writeLegSettings(settings: AllLegSettings): string {
  return JSON.stringify(Object.fromEntries(Object.entries(settings).slice(-partiesMax)));
}

function parse(json: string | null): unknown {
  try {
    return JSON.parse(json ?? 'null');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function readOne(value: unknown): LegSettings {
  if (typeof value !== 'object' || value === null) return defaultLegSettings;
  const { volume, muted, place } = value as Record<string, unknown>;
  return {
    volume: typeof volume === 'number' && volume >= 0 && volume <= 1 ? volume : defaultLegSettings.volume,
    muted: muted === true,
    place: place === -1 || place === 1 ? place : 0,
  };
}
