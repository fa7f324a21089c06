/** Which of our addresses of voice a far end is given. */
import { isIPv6 } from 'node:net';
import type { ConfigDraft } from './schema.ts';

/** The one of that address' IP version, with its key; undefined where there is none. */
export function voiceHost(
  { host, otherHost }: ConfigDraft['media'],
  address: string,
): { readonly key: string; readonly host: string } | undefined {
  if (isIPv6(host) === isIPv6(address)) return { key: 'media.host', host };
  if (otherHost === undefined || isIPv6(otherHost) !== isIPv6(address)) return undefined;
  return { key: 'media.otherHost', host: otherHost };
}
