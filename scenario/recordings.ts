/** The gateway's recordings, as ffmpeg plays them: what an auditor would hear, at 8 kHz. */
import { spawnSync } from 'node:child_process';
import type { LogLine } from '../test/interop/support/gateway.ts';
import type { Sound } from '../test/interop/support/wav.ts';

export interface PlayedRecording {
  readonly tags: ReadonlyMap<string, string>;
  readonly sound: Sound;
}

const rateHz = 8000;
const octetsMax = 64 * 1024 * 1024;
const timeoutMs = 10_000;

/** Of an over that was amended its file is kept twice: what was said last of it holds. */
export function lastOf(kept: readonly LogLine[], isOf: (line: LogLine) => boolean): LogLine | undefined {
  const first = kept.find(isOf);
  return first && kept.findLast(({ file }) => file === first.file);
}

/** @throws Error of ffmpeg, where the file does not play */
export function playRecording(path: string): PlayedRecording {
  const samples = ffmpeg('-i', path, '-f', 'f32le', '-ar', String(rateHz), '-ac', '1', '-');
  const lines = ffmpeg('-i', path, '-map_metadata', '0:s:0', '-f', 'ffmetadata', '-').toString().split('\n');
  const tags = lines.flatMap((line): [string, string][] => {
    const at = line.indexOf('=');
    return at < 0 ? [] : [[line.slice(0, at).toUpperCase(), line.slice(at + 1).replaceAll('\\', '')]];
  });
  return { tags: new Map(tags), sound: { rateHz, samples: new Float32Array(new Uint8Array(samples).buffer) } };
}

function ffmpeg(...args: readonly string[]): Buffer {
  const { error, status, stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', ...args], {
    ...{ maxBuffer: octetsMax, timeout: timeoutMs },
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`ffmpeg ended with ${status}: ${stderr.toString().trim()}`);
  return stdout;
}
