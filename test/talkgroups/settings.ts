/** A group, a leg and its call as most tests want them: keyed by presence, granted at once, its level untouched. */
import type { GroupSettings, LegMedia, LegSettings } from '../../src/talkgroups/terms.ts';

export const groupSettings: GroupSettings = {
  group: 'xb',
  talkLimitMs: 30_000,
  talkWarnMs: 20_000,
  queueLimit: 8,
  leaseMs: 1000,
  graceMs: 0,
  override: 'cut',
};

export const legSettings = (leg: string): LegSettings => ({
  leg,
  group: 'xb',
  local: { address: '127.0.0.1', port: 40_000 },
  priority: 5,
  priorityMax: 14,
  mayTalk: true,
  mayQueue: true,
  keyIn: { mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000 },
  keyOut: { mode: 'presence', releaseMs: 300 },
  grant: { mode: 'immediate' },
  answers: {},
  guardMs: 300,
  level: { automatic: false, targetDbov: -20, gainMaxDb: 15 },
  firstWordMsMax: 3000,
});

export const legMedia: LegMedia = {
  remote: { address: '127.0.0.1', port: 50_000 },
  latch: false,
  codec: 'PCMA',
  payloadType: 8,
  telephoneEventPayloadType: 101,
  comfortNoisePayloadType: 13,
  ptimeMs: 20,
  send: true,
  receive: true,
  rtpTimeoutMs: 0,
  cname: 'escaut@test',
};
