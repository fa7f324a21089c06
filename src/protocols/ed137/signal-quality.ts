/**
 * Signal quality that a radio states with its open squelch (SQI), in words for a technician.
 *
 * Standard: EUROCAE ED-137 Volume 1, feature 1; RSSI steps as dissectors have them (docs/standards.md).
 */

const methods = ['RSSI', 'AGC', 'C/N', 'PSD'] as const;
const rssiFloorDbm = -100;
const rssiStepDb = 30 / 14;
const rssiHighest = 15;

/** `index` 0–31, `method` 0–7 as on the wire. */
export function signalQualityText(index: number, method: number): string {
  const name = methods[method] ?? `method ${method}`;
  if (name !== 'RSSI' || index > rssiHighest) return `${name} ${index}`;
  if (index === 0) return `RSSI below ${rssiFloorDbm} dBm`;
  if (index === rssiHighest) return 'RSSI above -70 dBm';
  return `RSSI ${Math.round(rssiFloorDbm + index * rssiStepDb)} dBm`;
}
