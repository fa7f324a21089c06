/**
 * Whether a button of a HID device is down, from its input reports. Pure. A pedal, a desk button or a headset's key says
 * in its descriptor where its buttons are (usage page 9, one bit each); of one that does not, any bit that is set counts.
 *
 * Standard: Device Class Definition for HID 1.11 §6.2.2, HID Usage Tables §12; WebHID hands the descriptor over parsed.
 */
export interface HidItem {
  readonly isConstant?: boolean;
  readonly isRange?: boolean;
  /** Usage page in the upper 16 bits. */
  readonly usages?: readonly number[];
  readonly usageMinimum?: number;
  readonly reportSize?: number;
  readonly reportCount?: number;
}
export interface HidCollection {
  readonly inputReports?: readonly { readonly reportId?: number; readonly items?: readonly HidItem[] }[];
}
/** By number of the report: the bits that are buttons, counted from the first bit of its data. */
export type ButtonBits = ReadonlyMap<number, readonly number[]>;

const buttonPage = 9;
/** No report is longer (HID 1.11 §5.6 in practice: 64 bytes at full speed, 1024 at high speed). */
const reportBitsMax = 1024 * 8;

/** Where the buttons of a device are. Total. */
export function buttonBits(collections: readonly HidCollection[]): ButtonBits {
  const bits = new Map<number, readonly number[]>();
  for (const { reportId = 0, items = [] } of collections.flatMap(({ inputReports }) => inputReports ?? [])) {
    const found = bitsOf(items);
    if (found.length > 0) bits.set(reportId, [...(bits.get(reportId) ?? []), ...found]);
  }
  return bits;
}

function bitsOf(items: readonly HidItem[]): readonly number[] {
  const bits: number[] = [];
  let at = 0;
  for (const item of items) {
    const { reportSize = 0, reportCount = 0 } = item;
    for (let n = 0; n < reportCount && at + n * reportSize < reportBitsMax; n++) {
      if (reportSize === 1 && isButton(item)) bits.push(at + n);
      if (reportSize === 0) break;
    }
    at += reportSize * reportCount;
  }
  return bits;
}

function isButton({ isConstant, isRange, usages, usageMinimum }: HidItem): boolean {
  const usage = isRange ? usageMinimum : usages?.[0];
  return isConstant !== true && usage !== undefined && usage >>> 16 === buttonPage;
}

/** Whether the report says that a button is down; undefined when it speaks of no button. */
export function isDown(bits: ButtonBits, reportId: number, data: DataView): boolean | undefined {
  if (bits.size === 0)
    return Array.from({ length: data.byteLength }, (_, n) => data.getUint8(n)).some((byte) => byte !== 0);
  return bits.get(reportId)?.some((bit) => {
    const at = bit >>> 3;
    return at < data.byteLength && (data.getUint8(at) & (1 << (bit & 7))) !== 0;
  });
}
