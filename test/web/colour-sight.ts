/** Colours as eyes see them: luminance, contrast, distance, and what is left of them without one kind of cone. Pure. */

/** Linear light, 0–1 each. */
export type Linear = readonly [red: number, green: number, blue: number];

/** Of `#rrggbb`, by IEC 61966-2-1. */
export function linearOf(hex: string): Linear {
  const part = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}

/** Relative luminance, WCAG 2.2. */
export function luminanceOf([red, green, blue]: Linear): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG 2.2 contrast ratio, 1–21. */
export function contrastOf(one: string, other: string): number {
  const [a, b] = [luminanceOf(linearOf(one)), luminanceOf(linearOf(other))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** What is left without one kind of cone: Machado, Oliveira and Fernandes 2009, severity 1.0, in linear light. */
const sights = {
  all: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;
export type Sight = keyof typeof sights;
export const allSights = Object.keys(sights) as Sight[];

export function seenBy(sight: Sight, colour: Linear): Linear {
  const matrix = sights[sight];
  const row = (at: number): number => {
    const value = colour.reduce((sum, part, index) => sum + part * (matrix[at + index] ?? 0), 0);
    return Math.min(1, Math.max(0, value));
  };
  return [row(0), row(3), row(6)];
}

/** Distance in OKLab times 100: 2 is just seen side by side, 10 is told apart at a glance. */
export function distanceOf(one: Linear, other: Linear): number {
  const [a, b] = [labOf(one), labOf(other)];
  return 100 * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** OKLab (Ottosson 2020). */
function labOf([red, green, blue]: Linear): readonly [number, number, number] {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
