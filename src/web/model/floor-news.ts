/** How much of the radio traffic is read out to those who do not look at the page. Pure. */
export const verbosities = ['off', 'emergencies', 'all'] as const;
export type Verbosity = (typeof verbosities)[number];

export function readVerbosity(stored: string | null): Verbosity {
  return verbosities.find((verbosity) => verbosity === stored) ?? 'all';
}
