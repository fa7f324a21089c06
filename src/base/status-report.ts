/**
 * How the networks, their attachments and legs fare: one picture for the console page, for `/status` and for
 * `escaut status`. Instants are UTC, ms since 1970, so that a picture in which nothing happens does not change.
 * Holds no secret. Names are those of proto/console.proto.
 */
import { z } from 'zod';

const text = z.string();
const count = z.number();
const utcMs = z.number();

const attachmentSchema = z.object({
  id: text,
  networkId: text,
  kind: text,
  /** `standby`: works and carries nothing, since better ranked ones do. `off`: not enabled. */
  state: z.enum(['up', 'standby', 'coming-up', 'down', 'off']),
  sinceUtcMs: utcMs.exactOptional(),
  reason: text.exactOptional(),
  fault: text.exactOptional(),
  /** Number of the far end's answer that is the fault. */
  faultAnswer: count.exactOptional(),
  /** As configured. */
  peer: text.exactOptional(),
  /** Where it is at present. */
  address: text.exactOptional(),
  transport: text.exactOptional(),
  /** SRTP: `off`, `offered`, `required`. */
  encryption: text.exactOptional(),
  /** us: we register with them; them: they register with us. */
  registration: z.enum(['us-registered', 'us-asking', 'us-refused', 'them-registered', 'them-awaited']).exactOptional(),
  registrar: text.exactOptional(),
  registrationExpiresUtcMs: utcMs.exactOptional(),
  /** Of the last OPTIONS that was answered. */
  roundTripMs: count.exactOptional(),
  /** Which of the places that DNS names is used, from 1, of how many. */
  place: count.exactOptional(),
  places: count.exactOptional(),
  rank: count,
  /** Legs that it carries, and brings up beside those that carry them. */
  carried: count,
  onTrial: count,
  channels: count,
  /** When legs begin to return to it. */
  returnsUtcMs: utcMs.exactOptional(),
  certificateExpiresUtcMs: utcMs.exactOptional(),
  certificateExpiring: z.boolean(),
});

const legSchema = z.object({
  id: text,
  networkId: text,
  groupName: text,
  talkgroup: text,
  /** `shed`: without a channel (rule R7). */
  state: z.enum(['up', 'coming-up', 'down', 'shed', 'closed']),
  sinceUtcMs: utcMs.exactOptional(),
  reason: text.exactOptional(),
  /** What is wrong at present, or looks wrong. */
  fault: text.exactOptional(),
  faultAnswer: count.exactOptional(),
  lastFault: text.exactOptional(),
  lastFaultAnswer: count.exactOptional(),
  lastFaultReason: text.exactOptional(),
  lastFaultUtcMs: utcMs.exactOptional(),
  attachment: text.exactOptional(),
  trialOn: text.exactOptional(),
  codec: text.exactOptional(),
  /** Suite of SRTP; absent: in the clear. */
  srtp: text.exactOptional(),
  remote: text.exactOptional(),
  received: count,
  /** Packets of the last second in which some came; 0 once none has for two. */
  receivedPerS: count,
  /** Of whoever is heard, 8 hexadecimal digits. */
  ssrc: text.exactOptional(),
  /** How well a radio heard whom it heard last, as it says. */
  signal: text.exactOptional(),
  sent: count,
  lost: count,
  strangers: count,
  jitterMs: count,
  roundTripMs: count.exactOptional(),
  levelDbov: count.exactOptional(),
  /** Loss that the far end reports, 0–1. */
  farLoss: count.exactOptional(),
  /** Last voice packets, key and grant from there; last grant of the network for our talk. */
  heardUtcMs: utcMs.exactOptional(),
  keyUtcMs: utcMs.exactOptional(),
  floorUtcMs: utcMs.exactOptional(),
  grantUtcMs: utcMs.exactOptional(),
  receiving: z.boolean(),
  transmission: text,
});

/** Of this machine's clock against its time servers; offsets are ours minus theirs: positive, we are ahead. */
const clockSchema = z.object({
  /** `agreed`: within 50 ms. `unmeasured`: no time server is configured. */
  state: z.enum(['unmeasured', 'agreed', 'off', 'unknown']),
  reason: z.enum(['silent', 'disagreeing', 'uncertain']).exactOptional(),
  offsetMs: count.exactOptional(),
  /** The truth is no farther from the offset. */
  boundMs: count.exactOptional(),
  /** Server that the offset is from. */
  source: text.exactOptional(),
  sinceUtcMs: utcMs.exactOptional(),
  /** By how much the clock was set last, and when that was seen. */
  steppedMs: count.exactOptional(),
  steppedUtcMs: utcMs.exactOptional(),
  servers: z.array(
    z.object({
      server: text,
      state: z.enum(['asked', 'answers', 'silent', 'unsynchronised', 'refused']),
      offsetMs: count.exactOptional(),
      boundMs: count.exactOptional(),
      delayMs: count.exactOptional(),
      stratum: count.exactOptional(),
      heardUtcMs: utcMs.exactOptional(),
    }),
  ),
});

/** Of the audit log, what its database has not yet. */
const auditSchema = z.object({
  /** Lines on the disk or in memory. */
  waiting: count,
  /** When it had the last of what was put aside, and how many lines that were; absent: nothing was, since the start. */
  caughtUp: z.object({ lines: count, utcMs }).exactOptional(),
});

/** Of the disks where evidence lies, what is free. */
const diskSchema = z.object({
  /** Below it nothing is written but evidence; 0: no bound. */
  boundMiB: count,
  disks: z.array(z.object({ of: z.enum(['state', 'recordings']), freeMiB: count, nearlyFull: z.boolean() })),
});

export const statusReportSchema = z.object({
  gateway: text,
  utcMs,
  /** No attachment is down and every leg is up. */
  allUp: z.boolean(),
  clock: clockSchema,
  disk: diskSchema,
  audit: auditSchema,
  /** Service tokens that end within two weeks, or have; the first to end comes first. */
  tokens: z.array(z.object({ tokenId: text, holder: text, expiresUtcMs: utcMs })),
  networks: z.array(z.object({ id: text, name: text, technology: text, country: text })),
  attachments: z.array(attachmentSchema),
  legs: z.array(legSchema),
});

export type StatusReport = z.infer<typeof statusReportSchema>;
/** What attachments and legs show of it. */
export type NetworksReport = Omit<StatusReport, 'clock' | 'disk' | 'audit' | 'tokens'>;
export type DiskReport = z.infer<typeof diskSchema>;
export type ClockReport = z.infer<typeof clockSchema>;
export type AttachmentReport = z.infer<typeof attachmentSchema>;
export type LegStatusReport = z.infer<typeof legSchema>;

/** What more legs would take of each network's channels. */
export interface CapacityNeed {
  readonly network: string;
  readonly needed: number;
  /** Of the attachments that are not lost. */
  readonly free: number;
  readonly channels: number;
}

export interface CapacityPreview {
  readonly networks: readonly CapacityNeed[];
  /** Of the wanted: those that would find no channel. */
  readonly short: readonly string[];
  /** Of those that are there: those that would lose theirs. */
  readonly displaced: readonly string[];
}
