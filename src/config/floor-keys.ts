/** Keys of floor control can only be judged once they are fetched; what is in them is never shown. */
import type { PathProblem } from './problems.ts';
import type { Config } from './schema.ts';

/** Octets of a master key with its salt (RFC 4568 §6.2, RFC 7714 §12). */
const keySaltBytes = {
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
  AEAD_AES_256_GCM: 44,
  AEAD_AES_128_GCM: 28,
} as const;

export function checkFloorKeys(config: Config): PathProblem[] {
  return config.attachments.flatMap((attachment, index) => {
    const key = attachment.kind === 'mcptt' ? attachment.mcptt.floorKey : undefined;
    const text = key?.keySalt.reveal() ?? '';
    if (key === undefined || text === '') return []; // one that cannot be had has been said
    const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64').length : 0;
    const wanted = keySaltBytes[key.suite];
    if (bytes === wanted) return [];
    const path = ['attachments', index, 'mcptt', 'floorKey', 'keySalt'];
    const message = `must be the base64 of ${wanted} octets for ${key.suite} (openssl rand -base64 ${wanted})`;
    return [{ severity: 'error' as const, path, part: 'value' as const, message }];
  });
}
