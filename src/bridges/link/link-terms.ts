/** What a session agrees on: version, way of voice, codec; and what this side can. Pure. */
import type { LinkSettings } from '../../config/schema.ts';
import { capability, type Hello, linkVersion, refusedReason, voiceMode } from '../../protocols/link/frames.ts';
import { codecNumbers, type LinkTerms } from './link-leg.ts';

type Agreement =
  | { readonly ok: true; readonly terms: LinkTerms }
  | { readonly ok: false; readonly reason: number; readonly detail: string };

export const modes = { rtp: voiceMode.RTP, frames: voiceMode.FRAMES } as const;
export const abilities = [
  capability.TALKER_IDENTITY,
  capability.EMERGENCY,
  capability.STATUS,
  capability.TEXT,
  capability.POSITION,
  capability.QUEUEING,
  capability.REVOKE,
];

/** The first way of voice and codec of the configuration that the agent can too; or for what it is refused. */
export function agreeOn(
  { voice, codecs }: Pick<LinkSettings, 'voice' | 'codecs'>,
  hello: Hello,
  address: string,
): Agreement {
  if (hello.versionMin > linkVersion || hello.versionMax < linkVersion) {
    return { ok: false, reason: refusedReason.VERSION, detail: `the gateway speaks version ${linkVersion}` };
  }
  const mode = voice.find((each) => hello.voice.includes(modes[each]));
  const codec = codecs.find((each) => hello.codecs.includes(codecNumbers[each]));
  if (mode === undefined || codec === undefined) {
    const detail = `the gateway takes ${voice.join(', ')} with ${codecs.join(', ')}`;
    return { ok: false, reason: refusedReason.VOICE, detail };
  }
  return { ok: true, terms: { voice: mode, codec, address, can: new Set(hello.capabilities) } };
}
