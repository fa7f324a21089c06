/** What is said on shared groups, on the disk: where, and encrypted by which key. */
import { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import type { PathProblem } from './problems.ts';
import { secretSchema } from './schema-values.ts';

export const recordingSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('false: nothing that is said is recorded, and no operator is told.'),
    folder: z
      .string()
      .min(1)
      .max(4096)
      .default('recordings')
      .describe('Where they lie, by day and group; relative to this file. Of this gateway alone.'),
    masterKey: secretSchema
      .optional()
      .describe(
        'Encrypts them: 64 hexadecimal digits (openssl rand -hex 32), best on another disk. Without it they lie there as they are.',
      ),
    formerMasterKeys: z
      .array(secretSchema)
      .max(8)
      .default([])
      .describe('Those before it, until the log says that nothing is wrapped by them any more (docs/evidence.md).'),
  })
  .prefault({})
  .describe('What is said on shared groups, as Ogg Opus: docs/evidence.md.');

interface RecordingSettings {
  readonly masterKey?: Secret | undefined;
  readonly formerMasterKeys: readonly Secret[];
}

const written = /^[0-9a-fA-F]{64}$/;

/** The first wraps, the others unwrap; one that could not be had is left out. */
export function recordingMasters({ masterKey, formerMasterKeys }: RecordingSettings): readonly Uint8Array[] {
  const texts = [masterKey, ...formerMasterKeys].map((each) => each?.reveal() ?? '');
  return texts.filter((text) => written.test(text)).map((text) => Buffer.from(text, 'hex'));
}

export function checkRecording({ recording }: { readonly recording: RecordingSettings }): PathProblem[] {
  const { masterKey, formerMasterKeys } = recording;
  const places = [
    { key: masterKey, path: ['recording', 'masterKey'] },
    ...formerMasterKeys.map((key, index) => ({ key, path: ['recording', 'formerMasterKeys', index] })),
  ];
  const message = 'must be 64 hexadecimal digits (openssl rand -hex 32)';
  return places.flatMap(({ key, path }) => {
    const text = key?.reveal() ?? ''; // that it cannot be had has been said
    return text === '' || written.test(text) ? [] : [{ severity: 'error', path, part: 'value', message }];
  });
}
