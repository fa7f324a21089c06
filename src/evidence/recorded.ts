/** Recordings as the log names them and as they lie on the disk, and which of them belong to a time. Pure. */
import { groupOf, type LogEntry, numberOf, textOf } from './log-entry.ts';

/** From, and before, ms since 1970. */
export interface Period {
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
}

/** A line `recording.kept`. */
export interface Recorded {
  readonly seq: number;
  readonly group: string;
  readonly over: number;
  /** In the folder of recordings; '': nothing could be written. */
  readonly file: string;
  readonly startUtcMs: number;
  readonly durationMs: number;
  readonly sha256: string;
  /** Why a part of it, or all, is not there. */
  readonly missing?: string;
}

/** A file as it was found. */
export interface FoundFile {
  readonly file: string;
  readonly octets: number;
  readonly sha256: string;
  readonly durationMs: number;
}

/** `<day>/[exercise/]<group>/<start>-<over>[-<part>].opus`, as src/voice/recording-file.ts names them, and nothing else. */
const filePattern =
  /^\d{4}-\d\d-\d\d\/(?:exercise\/)?(?!\.+\/)([\w.-]+)\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z-\d+(?:-\d+)?\.opus$/;

/** Folder of the group and when the recording begins; undefined: it is no recording's name. */
export function readFileName(file: string): { readonly folder: string; readonly startUtcMs: number } | undefined {
  const [, folder = '', year, month, day, hour, minute, second] = filePattern.exec(file) ?? [];
  const startUtcMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(startUtcMs) ? undefined : { folder, startUtcMs };
}

export function recordedIn(entry: LogEntry): Recorded | undefined {
  if (entry.event !== 'recording.kept') return undefined;
  const file = textOf(entry, 'file');
  const durationMs = numberOf(entry, 'durationMs') ?? 0;
  const missing = textOf(entry, 'missing');
  return {
    seq: entry.seq,
    group: groupOf(entry),
    over: numberOf(entry, 'over') ?? 0,
    file,
    startUtcMs: readFileName(file)?.startUtcMs ?? entry.utcMs - durationMs,
    durationMs,
    sha256: textOf(entry, 'sha256'),
    ...(missing !== '' && { missing }),
  };
}

/** Some of it was said in that time; what has no length, at its beginning. */
export function isWithin(
  { startUtcMs, durationMs }: Pick<Recorded, 'startUtcMs' | 'durationMs'>,
  { fromUtcMs, toUtcMs }: Period,
): boolean {
  return startUtcMs < toUtcMs && (startUtcMs >= fromUtcMs || startUtcMs + durationMs > fromUtcMs);
}

/** Length of an Ogg Opus file up to its last page that is there, ms (RFC 7845 §4: 48 kHz). */
export function oggDurationMs(bytes: Buffer): number {
  const at = bytes.lastIndexOf('OggS');
  return at === -1 || at + 14 > bytes.length ? 0 : Math.round(Number(bytes.readBigUInt64LE(at + 6)) / 48);
}
