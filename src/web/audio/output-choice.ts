/**
 * Which loudspeaker or headset plays what: the operator's choice by purpose, and what becomes of it when a device is not
 * there. Pure. What is stored is read as if a stranger had written it.
 */
export const purposes = ['selected', 'unselected', 'replay', 'alarms'] as const;
/** Voice of the selected groups, of the others, what is played again, and the sounds of distress. */
export type Purpose = (typeof purposes)[number];

export interface OutputDevice {
  /** Empty: whatever the system plays by. */
  readonly id: string;
  /** As the browser called it when it was chosen, to say which one is missing. */
  readonly label: string;
}
export type OutputChoices = Readonly<Record<Purpose, OutputDevice>>;

export const systemOutput: OutputDevice = { id: '', label: '' };
export const defaultOutputs: OutputChoices = {
  selected: systemOutput,
  unselected: systemOutput,
  replay: systemOutput,
  alarms: systemOutput,
};
const textMax = 200;

/** What there is to play by. */
export interface OutputStock {
  readonly devices: readonly OutputDevice[];
  /** Ids of those that the browser would not play by. */
  readonly refused: ReadonlySet<string>;
}

/** Purposes whose device is not there. A browser that lists nothing has not been allowed to: then nothing is known. */
export function missingOutputs(choices: OutputChoices, stock: OutputStock): readonly Purpose[] {
  if (stock.devices.length === 0) return [];
  return purposes.filter((purpose) => !isThere(choices[purpose], stock));
}

/** The device to play by at present, by purpose: the system's own where the chosen one is missing. */
export function sinksOf(choices: OutputChoices, stock: OutputStock): Readonly<Record<Purpose, string>> {
  const sink = (purpose: Purpose): string => (isThere(choices[purpose], stock) ? choices[purpose].id : '');
  return { selected: sink('selected'), unselected: sink('unselected'), replay: sink('replay'), alarms: sink('alarms') };
}

function isThere({ id }: OutputDevice, { devices, refused }: OutputStock): boolean {
  return id === '' || (!refused.has(id) && devices.some((device) => device.id === id));
}

/** Total: anything unreadable is the system's own. */
export function readOutputs(json: string | null): OutputChoices {
  const stored = parse(json);
  const read = (purpose: Purpose): OutputDevice => {
    const { id, label } = (stored[purpose] ?? {}) as Record<string, unknown>;
    if (typeof id !== 'string' || id === '' || id.length > textMax) return systemOutput;
    return { id, label: typeof label === 'string' ? label.slice(0, textMax) : '' };
  };
  return { selected: read('selected'), unselected: read('unselected'), replay: read('replay'), alarms: read('alarms') };
}

export function writeOutputs(choices: OutputChoices): string {
  return JSON.stringify(choices);
}

function parse(json: string | null): Readonly<Record<string, unknown>> {
  try {
    const stored: unknown = JSON.parse(json ?? 'null');
    return typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
