/**
 * Everything that the gateway can report: one function per event, which writes the line and moves the counter, so
 * that the two cannot drift apart. Nothing else in the gateway writes log lines of its own.
 *
 * Line fields are fixed: event, group, leg, network, attachment, call, console, party, over, state, reason, clause,
 * waitedMs, durationMs, err, and `talker` and `callSign` for a person (see logger.ts on what becomes of them). `reason` may carry a far
 * end's words: it is text to be shown, never parsed.
 *
 * Levels: error = somebody must act; warn = the gateway copes, but look; info = what an operator would tell of the
 * day; debug = what a technician wants while he looks for a fault. Per packet there are no lines, only counters.
 */
import type { Clock } from './clock.ts';
import type { FaultCode } from './faults.ts';
import type { Logger } from './logger.ts';
import type { Meter } from './meter.ts';
import { Refusals } from './refusals.ts';

/** Where lines go besides the log, with all that they are about. */
export type RecordLine = (level: Levels, event: string, about: Readonly<Record<string, unknown>>) => void;

export type LegState = 'up' | 'connecting' | 'down' | 'closed';

/** Events that are told to a listener as well. */
type HeardName =
  | 'bridging'
  | 'alertPlan'
  | 'borderRecord'
  | 'hit'
  | 'emergency'
  | 'announcement'
  | 'handOver'
  | 'textSent'
  | 'talkerRemoved'
  | 'intercom'
  | 'directLine'
  | 'legChanged'
  | 'legMoved'
  | 'legShed'
  | 'notPermitted';
export type EventsListener = { readonly [Name in HeardName]: (at: Parameters<Events[Name]>[0]) => void };

/** Of a hold: who asks, why, and why it is refused. */
interface HoldLine {
  readonly reason: string;
  readonly operator: string;
  readonly role: string;
  readonly controlRoom: string;
  readonly refusal?: string;
}

export class Events {
  readonly #log: Lines;
  readonly #meter: Meter;
  #listener: EventsListener | undefined;

  readonly #refusals: Refusals | undefined;

  /** `record` is given what the log may hide, but no lines of level debug. Without `clock` every refusal is a line. */
  constructor(logger: Logger, meter: Meter, record?: RecordLine, clock?: Clock) {
    const log = record === undefined ? logger : recorded(logger, record);
    this.#meter = meter;
    this.#refusals =
      clock &&
      new Refusals(clock, (repeated) => {
        this.#meter.add('refusals_counted_total', repeated.more, { of: repeated.of });
        log.warn({ event: 'refusal.repeated', ...repeated });
      });
    this.#log = this.#refusals === undefined ? log : limited(log, this.#refusals);
  }

  /** Who keeps what an operator would tell of the day, beside the log. */
  listen(listener: EventsListener): void {
    this.#listener = listener;
  }

  // ── Evidence ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The database of the audit log cannot be written; `spooled`: its lines are put aside on the disk meanwhile. */
  auditAway(at: { reason: string; spooled: boolean }): void {
    this.#meter.set('audit_store_up', 0);
    this.#log.error({ event: 'audit.away', ...at });
  }

  /** So many lines of this run could be kept nowhere: their numbers are missing. */
  auditLinesMissing(at: { lines: number }): void {
    this.#log.error({ event: 'audit.lines-missing', ...at });
  }

  /** The key that signs evidence is another one after a restart. */
  signingKeyNotKept(at: { reason: string }): void {
    this.#meter.set('signing_key_kept', 0);
    this.#log.error({ event: 'audit.key-not-kept', ...at });
  }

  /** Of the disk on which that lies hardly any room is left: only evidence is written. */
  diskNearlyFull(at: { of: 'state' | 'recordings'; freeMiB: number; boundMiB: number }): void {
    this.#log.error({ event: 'disk.nearly-full', ...at });
  }

  /** There is room again: everything is taken. */
  diskRoomy(at: { of: 'state' | 'recordings'; freeMiB: number; boundMiB: number }): void {
    this.#log.info({ event: 'disk.roomy', ...at });
  }

  /** It can be again, and has what was put aside. */
  auditBack(): void {
    this.#meter.set('audit_store_up', 1);
    this.#log.info({ event: 'audit.back' });
  }

  /** An over is on the disk; `missing` says why a part of it is not. One that was amended has been counted. */
  recordingKept(at: {
    group: string;
    over: number;
    party: string;
    file: string;
    octets: number;
    sha256: string;
    durationMs: number;
    exercise: boolean;
    end?: string;
    amended?: true;
    missing?: string;
  }): void {
    if (at.amended !== true) this.#meter.add('recordings_total', 1, { whole: at.missing === undefined ? 'yes' : 'no' });
    this.#log[at.missing === undefined ? 'info' : 'error']({ event: 'recording.kept', ...at });
  }

  /** An over that has ended lacks a part in its recording, or all of it; `from`, `to`: of the over, UTC. */
  recordingMissing(at: {
    group: string;
    over: number;
    party: string;
    talker?: string;
    callSign?: string;
    from: string;
    to: string;
    reason: string;
    exercise?: true;
  }): void {
    this.#meter.add('recording_gaps_total', 1);
    this.#log.error({ event: 'recording.missing', ...at });
  }

  /** How recordings lie on the disk from now on; `master`: which key wraps theirs. */
  recordingForm(at: { encrypted: boolean; master?: string }): void {
    this.#log.info({ event: 'recording.form', ...at });
  }

  /** What is said now is not recorded, or soon will not be. */
  recordingAway(at: { reason: string }): void {
    this.#meter.set('recording_up', 0);
    this.#log.error({ event: 'recording.away', ...at });
  }

  recordingBack(): void {
    this.#meter.set('recording_up', 1);
    this.#log.info({ event: 'recording.back' });
  }

  /** Somebody asks to keep something longer or shorter; `refusal`: it stays as it was. */
  retentionChanged(at: {
    rule: string;
    days: number;
    reason: string;
    operator: string;
    role: string;
    controlRoom: string;
    second?: string;
    secondRole?: string;
    secondControlRoom?: string;
    refusal?: string;
  }): void {
    this.#log[at.refusal === undefined ? 'info' : 'warn']({ event: 'retention.changed', ...at });
  }

  /** Nothing is deleted any more, however old, for that reason. */
  retentionHalted(at: { reason: string }): void {
    this.#meter.set('retention_up', 0);
    this.#log.error({ event: 'retention.halted', ...at });
  }

  retentionBack(): void {
    this.#meter.set('retention_up', 1);
    this.#log.info({ event: 'retention.back' });
  }

  /** Lines are proven from now on. `operator` empty: by its time. */
  proofBegun(at: { kind: string; operator: string; lines: number }): void {
    this.#log.info({ event: 'proof.begun', ...at });
  }

  /** What a proof found of one line; `causes`: why it is not green. */
  proofLine(at: {
    talkgroup: string;
    network: string;
    attachment: string;
    verdict: string;
    causes: string;
    reason?: string;
    levelDbov?: number;
    oneWayMs?: number;
  }): void {
    this.#log[at.verdict === 'green' ? 'info' : 'warn']({ event: 'proof.line', ...at });
  }

  proofDone(at: {
    kind: string;
    operator: string;
    verdict: string;
    green: number;
    red: number;
    unproven: number;
  }): void {
    this.#meter.add('proofs_total', 1, { verdict: at.verdict });
    if (at.kind !== 'call') this.#meter.set('proof_green', Number(at.verdict === 'green'));
    this.#log[at.verdict === 'red' ? 'error' : at.verdict === 'green' ? 'info' : 'warn']({
      event: 'proof.done',
      ...at,
    });
  }

  /** The morning proof did not take place: the gateway was not there, or stood still. */
  proofMissed(at: { due: string }): void {
    this.#meter.set('proof_green', 0);
    this.#log.error({ event: 'proof.missed', ...at });
  }

  /** A person may not prove lines, or not now. */
  proofRefused(at: { attachment?: string; operator: string; role: string; refusal: string }): void {
    this.#log.warn({ event: 'proof.refused', ...at });
  }

  /** What has been kept as long as it may be cannot be deleted; tried again. */
  retentionFailed(at: { kind: string; day: string; reason: string }): void {
    this.#log.error({ event: 'retention.failed', ...at });
  }

  /** The gateway holds by itself what was recorded while its clock was behind; auditors lift it. */
  retentionHeld(at: { hold: number; fromUtc: string; toUtc: string }): void {
    this.#log.error({ event: 'hold.set', ...at, groups: 'all', reason: 'clock was behind' });
  }

  /** Somebody holds evidence beyond its time; `refusal`: it is not held. */
  holdSet(
    at: HoldLine & {
      hold?: number;
      incident?: string;
      fromUtc?: string;
      toUtc?: string;
      groups?: 'all' | readonly string[];
    },
  ): void {
    this.#log[at.refusal === undefined ? 'info' : 'warn']({ event: 'hold.set', ...at });
  }

  /** Somebody lifts a hold, with another; `refusal`: it stands. */
  holdLifted(at: HoldLine & { hold: number; second?: string; secondRole?: string; secondControlRoom?: string }): void {
    this.#log[at.refusal === undefined ? 'info' : 'warn']({ event: 'hold.lifted', ...at });
  }

  /** Somebody looks through permanent recordings; said before he is shown any. */
  recordingsSearched(at: {
    operator: string;
    role: string;
    controlRoom: string;
    reason: string;
    fromUtc: string;
    toUtc: string;
    groups: readonly string[];
    incident?: string;
    searchUnit?: string;
    searchOperator?: string;
    priorityMin?: number;
    emergencyOnly?: true;
  }): void {
    this.#meter.add('recordings_searched_total', 1);
    this.#log.info({ event: 'recording.searched', ...at });
  }

  /** Somebody is given a recording to hear; said before he is. */
  recordingHeard(at: {
    operator: string;
    role: string;
    controlRoom: string;
    reason: string;
    group: string;
    over: number;
    file: string;
  }): void {
    this.#meter.add('recordings_heard_total', 1);
    this.#log.info({ event: 'recording.heard', ...at });
  }

  /**
   * Somebody orders an export of recordings at his console, a second person approves or refuses it, it is built or cannot
   * be, and fetched. What was made stands in `evidence.exported` as well, which the package's maker writes.
   */
  exportOrdered(at: {
    what:
      | 'ordered'
      | 'approved'
      | 'refused'
      | 'withdrawn'
      | 'lapsed'
      | 'begun-again'
      | 'built'
      | 'failed'
      | 'fetched'
      | 'removed';
    order: number;
    operator?: string;
    role?: string;
    controlRoom?: string;
    /** The other of the two. */
    second?: string;
    reason: string;
    fromUtc: string;
    toUtc: string;
    groups: readonly string[];
    incident?: string;
    manifestSha256?: string;
    words?: string;
    refusal?: string;
  }): void {
    this.#meter.add('exports_ordered_total', 1, { what: at.refusal === undefined ? at.what : 'not-done' });
    this.#log.info({ event: 'export.ordered', ...at });
  }

  // ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * How far this machine's clock is from the reference: when it changes, moves by 10 ms, and once an hour.
   * `offsetMs`: positive, we are ahead; the truth lies within `boundMs` of it. `since`: so long the state lasts.
   */
  clockQuality(at: {
    state: 'unmeasured' | 'agreed' | 'off' | 'unknown';
    reason?: string;
    offsetMs?: number;
    boundMs?: number;
    source?: string;
    since?: string;
  }): void {
    const isQuiet = at.state === 'agreed' || at.state === 'unmeasured';
    this.#log[isQuiet ? 'info' : 'warn']({ event: 'clock.quality', ...at });
  }

  /** The wall clock was set within the last 10 s, against the monotonic one; negative: back. */
  clockStepped(at: { byMs: number }): void {
    this.#meter.add('clock_steps_total', 1);
    this.#log.warn({ event: 'clock.stepped', ...at });
  }

  // ── The gateway ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** `fleetVersion`: 0: the fleet data is the file's own. */
  gatewayStarting(at: { gateway: string; version: string; config: string; fleetVersion: number; node: string }): void {
    this.#log.info({ event: 'gateway.starting', ...at });
  }

  /** Everything listens and the legs are being called. */
  gatewayStarted(at: { startedInMs: number; groups: number; legs: number }): void {
    this.#meter.set('start_time_seconds', Math.round(Date.now() / 1000));
    this.#log.info({ event: 'gateway.started', ...at });
  }

  gatewayStopping(at: { reason: string }): void {
    this.#refusals?.flush();
    this.#log.info({ event: 'gateway.stopping', ...at });
  }

  gatewayStopped(at: { durationMs: number }): void {
    this.#log.info({ event: 'gateway.stopped', ...at });
  }

  /** A setting that is allowed and that somebody may come to regret. */
  configWarning(at: { path: string; reason: string }): void {
    this.#log.warn({ event: 'config.warning', ...at });
  }

  /** Something that the operator can mend is in the way; the process ends. */
  gatewayFailed(at: { code: string; reason: string; err?: unknown }): void {
    this.#log.error({ event: 'gateway.failed', ...at });
  }

  /** A fault of ours; the process ends. */
  crashed(at: { err: unknown }): void {
    this.#log.error({ event: 'gateway.crashed', ...at });
  }

  // ── Processes ────────────────────────────────────────────────────────────────────────────────────────────────────

  voiceReady(at: { pid: number; durationMs: number }): void {
    this.#meter.set('voice_process_up', 1);
    this.#log.info({ event: 'voice.ready', ...at });
  }

  /** It ended unasked; `reason` says how. It is started again, and voiceReady follows. */
  voiceDied(at: { reason: string }): void {
    this.#meter.set('voice_process_up', 0);
    this.#meter.add('voice_process_deaths_total', 1);
    this.#log.error({ event: 'voice.died', ...at });
  }

  /** The voice process could not carry out a command of ours. */
  voiceRefused(at: { id: string; command: string; reason: string }): void {
    this.#log.error({ event: 'voice.refused', ...at });
  }

  /** What should outlive the process will not: consoles will need a fresh link after a restart. */
  stateNotKept(at: { reason: string }): void {
    this.#log.warn({ event: 'state.not-kept', ...at });
  }

  /** What should have outlived the process cannot be used: what was open or written down there is not known any more. */
  stateBroken(at: { file: string; copy?: string; reason: string }): void {
    this.#log.error({ event: 'state.broken', ...at });
  }

  workersReady(at: { workers: number }): void {
    this.#meter.set('media_workers', at.workers);
    this.#log.info({ event: 'workers.ready', ...at });
  }

  workerDied(at: { pid: number; workers: number; reason: string }): void {
    this.#meter.set('media_workers', at.workers);
    this.#meter.add('media_worker_deaths_total', 1);
    this.#log.error({ event: 'worker.died', ...at });
  }

  /** A worker took a dead one's place and everything on it stands again. */
  workerReplaced(at: { pid: number; workers: number; durationMs: number }): void {
    this.#meter.set('media_workers', at.workers);
    this.#log.info({ event: 'worker.replaced', ...at });
  }

  // ── Attachments and legs ─────────────────────────────────────────────────────────────────────────────────────────

  sipListening(at: { transport: string; host: string; port: number }): void {
    this.#log.info({ event: 'sip.listening', ...at });
  }

  /** Our packets do not carry the DSCP that the configuration wants; asked once, at the start. */
  notMarked(at: { reason: string }): void {
    this.#log.warn({ event: 'dscp.not-marked', ...at });
  }

  /** A certificate was read or shown: ours by listener, a far end's by attachment. Says when it ends. */
  certificateSeen(at: { certificate: string; expiresUtcMs: number }): void {
    const { certificate, expiresUtcMs } = at;
    this.#meter.set('certificate_expires_time_seconds', expiresUtcMs / 1000, { certificate });
    this.#log.info({ event: 'certificate.seen', certificate, expires: new Date(expiresUtcMs).toISOString() });
  }

  /** Once a day while a certificate has 30 days left or fewer; somebody must act within a week of its end. */
  certificateExpiring(at: { certificate: string; days: number }): void {
    this.#log[at.days >= 7 ? 'warn' : 'error']({ event: 'certificate.expiring', ...at });
  }

  /** New files of ours cannot be used (the old ones stay in force), or a connection failed over certificates. */
  certificateRefused(at: { remote?: string; reason: string }): void {
    this.#meter.add('certificates_refused_total', 1);
    this.#log.warn({ event: 'certificate.refused', ...at });
  }

  /** The far end of an attachment answers (OPTIONS, REGISTER or a call). */
  attachmentUp(at: { attachment: string; network: string }): void {
    this.#meter.set('attachment_up', 1, { attachment: at.attachment });
    this.#log.info({ event: 'attachment.up', ...at });
  }

  attachmentDown(at: { attachment: string; network: string; reason: string }): void {
    this.#meter.set('attachment_up', 0, { attachment: at.attachment });
    this.#meter.add('attachment_losses_total', 1, { attachment: at.attachment });
    this.#log.warn({ event: 'attachment.down', ...at });
  }

  registrationChanged(at: { attachment: string; state: 'registered' | 'expired' | 'refused'; reason?: string }): void {
    this.#log[at.state === 'registered' ? 'info' : 'warn']({ event: 'registration.changed', ...at });
  }

  /** `fault` and `answer`: why it is down, as a page makes words of it; `reason`: the same in English. */
  legChanged(at: {
    leg: string;
    network: string;
    attachment: string;
    state: LegState;
    reason?: string;
    fault?: FaultCode;
    answer?: number;
  }): void {
    this.#meter.add('leg_changes_total', 1, { network: at.network, state: at.state });
    this.#log[at.state === 'down' ? 'warn' : 'info']({ event: 'leg.changed', ...at });
    this.#listener?.legChanged(at);
  }

  /** Another attachment carries it: the one before was lost or did not bring it up, or a better one is well again. */
  legMoved(at: { leg: string; network: string; from: string; to: string; why: 'lost' | 'not-up' | 'return' }): void {
    this.#meter.add('leg_moves_total', 1, { network: at.network, why: at.why });
    this.#log[at.why === 'return' ? 'info' : 'warn']({ event: 'leg.moved', ...at });
    this.#listener?.legMoved(at);
  }

  /** Channels are short, and others come before it (rule R7). */
  legShed(at: { leg: string; network: string }): void {
    this.#meter.add('leg_sheds_total', 1, { network: at.network });
    this.#log.warn({ event: 'leg.shed', ...at });
    this.#listener?.legShed(at);
  }

  /** Some leg of it is carried by an attachment that is not the best ranked, or none is any more. */
  networkRerouted(at: { network: string; second: boolean }): void {
    this.#meter.set('network_on_second_way', Number(at.second), { network: at.network });
    this.#log[at.second ? 'warn' : 'info']({ event: 'network.rerouted', ...at });
  }

  /** A network sent something beside voice; the words of it are nobody's business here. */
  dataReceived(at: {
    leg: string;
    attachment: string;
    data: 'status' | 'text' | 'position' | 'alarm';
    talker: string;
    raised?: boolean;
    /** It may be forged: bridges/ports.ts. */
    unproven?: true;
  }): void {
    this.#meter.add('data_received_total', 1, { attachment: at.attachment, data: at.data });
    this.#log[at.data === 'alarm' ? 'warn' : 'info']({ event: 'data.received', ...at });
  }

  /** A network sent a status whose number TETRA reserves: it means nothing to anybody, and nobody gets it. */
  statusReserved(at: { leg: string; attachment: string; number: number }): void {
    const { number: status, ...where } = at;
    this.#log.warn({ event: 'status.reserved', ...where, status });
  }

  /** The radio of a leg hears two at once, or sends somebody else in place of us; or no longer does. */
  radioChanged(at: { leg: string; simultaneous: boolean; lockedOut: boolean }): void {
    const { leg, simultaneous, lockedOut } = at;
    this.#log[simultaneous || lockedOut ? 'warn' : 'info']({ event: 'leg.radio', leg, simultaneous, lockedOut });
  }

  /** What we sent came back on it and is not passed on, or has not for so long that it is tried again. */
  loopChanged(at: {
    leg: string;
    group: string;
    state: 'isolated' | 'tried';
    delayMs: number;
    likeness: number;
    times: number;
  }): void {
    if (at.state === 'isolated') this.#meter.add('loops_total', 1, { group: at.group });
    this.#log[at.state === 'isolated' ? 'warn' : 'info']({ event: 'leg.loop', ...at });
  }

  /** A call, or an agent of the link, leads back to a group of ours: refused, and tried again by itself. */
  pathLooped(at: { leg: string; attachment: string; group: string }): void {
    this.#meter.add('path_loops_total', 1, { attachment: at.attachment });
    this.#log.warn({ event: 'leg.path-loop', ...at });
  }

  /** It arrived at another network of the group, or did not; what a kind cannot carry is no fault. */
  dataPassed(at: { leg: string; attachment: string; data: 'status' | 'text' | 'position' | 'alarm' }): void {
    this.#meter.add('data_passed_total', 1, { attachment: at.attachment, data: at.data });
    this.#log.debug({ event: 'data.passed', ...at });
  }

  dataUndelivered(at: {
    leg: string;
    network: string;
    data: 'status' | 'text' | 'position' | 'alarm';
    reason: 'not-carried' | 'not-reached' | 'refused' | 'too-long' | 'too-many';
  }): void {
    this.#meter.add('data_undelivered_total', 1, { network: at.network, why: at.reason });
    const isFault = at.data === 'alarm' || at.reason !== 'not-carried';
    this.#log[isFault ? 'warn' : 'debug']({ event: 'data.undelivered', ...at });
  }

  /** Somebody did something with a group, or was refused; or an end came. */
  bridging(at: {
    what: string;
    group: string;
    talkgroup?: string;
    operator?: string;
    role?: string;
    controlRoom?: string;
    reason?: string;
    elsewhere?: string;
    refusal?: string;
    exercise?: 'under-way' | 'suspended';
  }): void {
    const result = at.refusal === undefined ? 'done' : 'refused';
    this.#meter.add('bridging_total', 1, { what: at.what, result });
    this.#log.info({ event: 'bridging.changed', ...at });
    this.#listener?.bridging(at);
  }

  /** Somebody activated, changed or ended an alert plan, with his words, or was refused; or its time came. */
  alertPlan(at: {
    what: string;
    plan: string;
    level?: number;
    place?: string;
    manned?: boolean;
    /** Call sign of whoever holds a post, or leaves it. */
    unit?: string;
    operator?: string;
    role?: string;
    controlRoom?: string;
    /** As persons said them, one by one. */
    words?: readonly string[];
    refusal?: string;
    /** Of a plan that is one. */
    exercise?: true;
  }): void {
    const { level, words, ...rest } = at;
    const said = { ...(level !== undefined && { planLevel: level }), ...(words !== undefined && { texts: words }) };
    this.#log.info({ event: 'plan.changed', ...rest, ...said });
    this.#listener?.alertPlan(at);
  }

  /** Somebody wrote into a border record, or was refused. */
  borderRecord(at: {
    what: string;
    group: string;
    record?: string;
    place?: string;
    /** Of the unit that crosses. */
    callSign?: string;
    operator?: string;
    role?: string;
    controlRoom?: string;
    refusal?: string;
  }): void {
    this.#log.info({ event: 'border.changed', ...at });
    this.#listener?.borderRecord(at);
  }

  /** A hit of a number-plate camera came, was validated, or what a person asked about it was refused. Never a plate. */
  hit(at: {
    what: 'new' | 'merged' | 'repeated' | 'confirmed' | 'rejected' | 'lapsed';
    hit: number;
    source?: string;
    reference?: string;
    /** Service token by which it came, by its id. */
    tokenId?: string;
    checked?: string;
    operator?: string;
    role?: string;
    controlRoom?: string;
    refusal?: string;
    /** Made up for one. */
    exercise?: true;
  }): void {
    const result = at.refusal === undefined ? 'done' : 'refused';
    this.#meter.add(at.exercise ? 'exercise_hits_total' : 'hits_total', 1, { what: at.what, result });
    this.#log.info({ event: 'hit.changed', ...at });
    this.#listener?.hit(at);
  }

  /** Two operators by intercom: called, answered, over, or one of them was in another call. What is said is not kept. */
  intercom(at: {
    what: 'called' | 'answered' | 'over' | 'busy';
    call?: number;
    operator: string;
    role: string;
    controlRoom: string;
    called: string;
    end?: string;
    durationMs?: number;
  }): void {
    this.#meter.add('intercom_calls_total', 1, { what: at.what === 'over' ? (at.end ?? '') : at.what });
    this.#log.info({ event: 'intercom.changed', ...at });
    this.#listener?.intercom(at);
  }

  /** A direct line: dialled from here, called from there, answered, over; or whoever wanted it was refused. */
  directLine(at: {
    what: 'dialled' | 'called' | 'answered' | 'over' | 'busy' | 'unattended' | 'refused';
    line: string;
    call?: number;
    operator?: string;
    role?: string;
    controlRoom?: string;
    end?: string;
    durationMs?: number;
    reason?: string;
    refusal?: string;
  }): void {
    this.#meter.add('direct_line_calls_total', 1, { what: at.what === 'over' ? (at.end ?? '') : at.what });
    const { line: directLine, ...rest } = at;
    this.#log.info({ event: 'line.changed', directLine, ...rest });
    this.#listener?.directLine(at);
  }

  /** A message to the intake of hits was not taken. `fields`: names of those that were wrong, never what is in them. */
  hitRefused(at: {
    source?: string;
    /** Service token, by its id. */
    tokenId?: string;
    client?: string;
    reason: string;
    fields?: readonly string[];
  }): void {
    this.#meter.add('hits_refused_total', 1, { reason: at.reason });
    // Whoever goes on and on is counted alone.
    const often = at.reason === 'locked' || at.reason === 'rate';
    this.#log[often ? 'debug' : 'warn']({ event: 'hit.refused', ...at });
  }

  /** An operator wrote to all sides of a group, or was refused; the words themselves are nobody's business here. */
  textSent(at: {
    group: string;
    legs: number;
    operator: string;
    role: string;
    controlRoom: string;
    refusal?: string;
  }): void {
    this.#log.info({ event: 'text.sent', ...at });
    this.#listener?.textSent(at);
  }

  /** A person took a talker off the floor, or was refused. `talker`: as consoles show him. */
  talkerRemoved(at: {
    group: string;
    over: number;
    talker: string;
    reason: string;
    operator: string;
    role: string;
    controlRoom: string;
    refusal?: string;
  }): void {
    this.#log.warn({ event: 'talker.removed', ...at });
    this.#listener?.talkerRemoved(at);
  }

  /** Somebody hands his shift to a colleague, who confirms or refuses it; or the request was refused, or nobody answered. */
  handOver(at: {
    what: string;
    handOver?: number;
    colleague?: string;
    operator?: string;
    role?: string;
    controlRoom?: string;
    words?: string;
    refusal?: string;
  }): void {
    this.#log.info({ event: 'shift.changed', ...at });
    this.#listener?.handOver(at);
  }

  /** A unit in distress, and what was done about it, by whom and with which words (cause, proof), or refused. */
  emergency(at: {
    what: string;
    emergency: number;
    group?: string;
    leg?: string;
    talker?: string;
    home?: readonly string[];
    operator?: string;
    role?: string;
    controlRoom?: string;
    words?: string;
    refusal?: string;
  }): void {
    this.#meter.add('emergencies_total', 1, { what: at.refusal === undefined ? at.what : 'refused' });
    this.#log[at.what === 'raised' || at.what === 'escalated' ? 'warn' : 'info']({ event: 'emergency.changed', ...at });
    this.#listener?.emergency(at);
  }

  /** What the gateway said on the air, and how that ended; `unspoken`: no voice could be made of it. */
  announcement(at: {
    group: string;
    announcement: string;
    end: 'played' | 'cut' | 'late' | 'refused' | 'unspoken' | 'silent';
    texts: readonly string[];
    talkgroups: readonly string[];
    /** Members that it was for and whose leg carried nothing. */
    missed?: readonly string[];
    exercise?: boolean;
    reason?: string;
  }): void {
    this.#meter.add('announcements_total', 1, { announcement: at.announcement, end: at.end });
    const well = at.end === 'played' || at.end === 'silent';
    this.#log[well ? 'info' : 'warn']({ event: 'announcement.ended', ...at });
    this.#listener?.announcement(at);
  }

  callEnded(at: {
    leg: string;
    call: string;
    direction: 'in' | 'out';
    result: 'answered' | 'refused' | 'timed-out';
    reason: string;
  }): void {
    this.#meter.add('sip_calls_total', 1, { direction: at.direction, result: at.result });
    this.#log.debug({ event: 'call.ended', ...at });
  }

  /** Somebody who is no peer of ours, or a peer asking for what it may not have. Lines are for the bridge to limit. */
  sipRefused(at: { method: string; remote: string; reason: string }): void {
    this.#log.warn({ event: 'sip.refused', ...at });
  }

  /** Somebody who is not the agent, or an agent that cannot be served. Lines are for the bridge to limit. */
  linkRefused(at: {
    attachment: string;
    remote: string;
    reason: string;
    /** Service token, by its id. */
    tokenId?: string;
  }): void {
    this.#log.warn({ event: 'link.refused', ...at });
  }

  /** An agent came in by a service token; `unchecked`: the accounts are away, and it had been in by it before. */
  linkAdmitted(at: { attachment: string; remote: string; tokenId: string; unchecked?: true }): void {
    this.#log[at.unchecked ? 'warn' : 'info']({ event: 'link.admitted', ...at });
  }

  /** Once a day while the service token of a session has less than two weeks left. */
  linkTokenExpiring(at: { attachment: string; tokenId: string; days: number }): void {
    this.#log.warn({ event: 'link.token-expiring', ...at });
  }

  /** The service token of a session was revoked or has expired: the session ends behind what is said. */
  linkTokenEnded(at: { attachment: string; tokenId: string; reason: string }): void {
    this.#log.warn({ event: 'link.token-ended', ...at });
  }

  /** The agent found fault with what we said. */
  linkFault(at: { attachment: string; reason: string }): void {
    this.#log.warn({ event: 'link.fault', ...at });
  }

  // ── Talk ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  floorAnswered(at: {
    group: string;
    party: string;
    result: 'granted' | 'queued' | 'denied' | 'revoked';
    cause?: string;
    waitedMs?: number;
  }): void {
    this.#meter.add('floor_answers_total', 1, { result: at.result });
    this.#log.debug({ event: 'floor.answered', ...at });
  }

  overEnded(at: {
    group: string;
    party: string;
    over: number;
    end: string;
    durationMs: number;
    lostMs: number;
    packetsLost: number;
    priority: number;
    emergency: boolean;
    exercise?: true;
    talker?: string;
    callSign?: string;
  }): void {
    this.#meter.add('overs_total', 1, { end: at.end });
    this.#meter.observe('over_seconds', at.durationMs / 1000);
    this.#meter.add('over_lost_seconds_total', at.lostMs / 1000);
    this.#log.info({ event: 'over.ended', ...at });
  }

  /** What was heard was cut; `late`: it had seemed to be released, and `over.ended` may have said so. */
  overCut(at: { group: string; party: string; over: number; end: string; late: boolean }): void {
    this.#meter.add('overs_cut_total', 1, { end: at.end });
    this.#log.info({ event: 'over.cut', ...at });
  }

  // ── Consoles ─────────────────────────────────────────────────────────────────────────────────────────────────────

  consoleOpened(at: { console: string; operator: string; consoles: number; resumed: boolean }): void {
    this.#meter.add('console_links_total', 1, { result: at.resumed ? 'resumed' : 'opened' });
    this.#meter.set('consoles', at.consoles);
    this.#log.info({ event: 'console.opened', ...at });
  }

  consoleClosed(at: {
    console: string;
    consoles: number;
    reason: 'left' | 'lost' | 'slow' | 'protocol' | 'stopping';
    durationMs: number;
  }): void {
    this.#meter.add('console_links_closed_total', 1, { reason: at.reason });
    this.#meter.set('consoles', at.consoles);
    this.#log.info({ event: 'console.closed', ...at });
  }

  /** Somebody listens again to an over of the last minutes. */
  recalled(at: { group: string; over: number; operator: string; role: string; controlRoom: string }): void {
    this.#meter.add('recalled_total', 1);
    this.#log.info({ event: 'over.recalled', ...at });
  }

  /** Somebody asked for what his role may not do; nothing was changed. */
  notPermitted(at: { permission: string; group: string; operator: string; role: string; controlRoom: string }): void {
    this.#meter.add('not_permitted_total', 1, { permission: at.permission });
    this.#log.warn({ event: 'permission.refused', ...at });
    this.#listener?.notPermitted(at);
  }

  consoleRefused(at: { client: string; reason: string }): void {
    this.#meter.add('console_links_total', 1, { result: 'refused' });
    this.#log.warn({ event: 'console.refused', ...at });
  }

  // ── Accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Somebody logged in by his password, or opened his locked session again. */
  loggedIn(at: {
    person: string;
    role: string;
    client: string;
    way?: string;
    secondFactor?: 'none' | 'code' | 'paper';
    tookOver?: boolean;
    unlocked?: boolean;
  }): void {
    this.#meter.add('logins_total', 1, { result: 'in' });
    this.#log.info({ event: 'login.accepted', ...at });
  }

  /** `person`: empty where the name was nobody's. Never what was typed. */
  loginRefused(at: { person: string; client: string; reason: string }): void {
    this.#meter.add('logins_total', 1, { result: at.reason });
    // Whoever goes on and on is counted alone; the guess that began the wait has its line.
    const often = at.reason === 'wait' || at.reason === 'busy';
    const isStep = at.reason === 'code-needed' || at.reason === 'elsewhere';
    this.#log[often ? 'debug' : isStep ? 'info' : 'warn']({ event: 'login.refused', ...at });
  }

  /** A session is over, whoever ended it. */
  loggedOut(at: { person: string; reason: string; client?: string }): void {
    this.#log.info({ event: 'login.ended', ...at });
  }

  /**
   * A password or a second factor was set by its person, or an account by `escaut user` (without `client`), or by another
   * person (`by`).
   */
  accountChanged(at: { person: string; change: string; client?: string; by?: string }): void {
    this.#log.info({ event: 'account.changed', ...at });
  }

  /** Accounts cannot be read or written, or (without a reason) can be again; whoever has logged in stays so. */
  accountsAway(at: { reason?: string }): void {
    this.#log[at.reason === undefined ? 'info' : 'error']({ event: 'accounts.away', ...at });
  }

  /** A version of the fleet data was proposed, agreed to, refused, or has come to hold; who, and why. */
  fleetChanged(at: {
    version: number;
    state: string;
    base: number;
    operator: string;
    role: string;
    controlRoom: string;
    country: string;
    reason: string;
    backTo?: number;
    fault?: string;
  }): void {
    this.#log.info({ event: 'fleet.changed', ...at });
  }

  /** Somebody wanted to read or change the fleet data, and was not let. */
  fleetRefused(at: {
    what: string;
    operator: string;
    role: string;
    controlRoom: string;
    country: string;
    refusal: string;
  }): void {
    this.#log.warn({ event: 'fleet.refused', ...at });
  }

  /**
   * The gateway works with that version now, as far as it can: changes taken over, what waits until it is not in use, and
   * what the next start takes over alone.
   */
  fleetTaken(at: { version: number; taken: number; waits: string; restart: string }): void {
    this.#log[at.restart === '' ? 'info' : 'warn']({ event: 'fleet.taken', ...at });
  }

  /**
   * A talkgroup is listened to beside a group, or no longer (`counted`: what was found until then); or what it would have
   * done as a leg of it. `talker` is personal.
   */
  shadow(at: {
    what: 'listens' | 'ended' | 'over' | 'held' | 'loop' | 'unreadable';
    group: string;
    talkgroup: string;
    way?: 'in' | 'out';
    talker?: string;
    voiceMs?: number;
    collisionMs?: number;
    end?: string;
    why?: string;
    counted?: string;
  }): void {
    this.#log.info({ event: 'fleet.shadow', ...at });
  }

  /** The thread that has the fleet data cannot be asked, or (without a reason) can be again. */
  fleetAway(at: { reason?: string }): void {
    this.#log[at.reason === undefined ? 'info' : 'error']({ event: 'fleet.away', ...at });
  }

  /** A login by the provider of identities came to nothing, or ended somebody's session: its words, never a token. */
  oidcFailed(at: { reason: string; client?: string }): void {
    this.#log.warn({ event: 'oidc.failed', ...at });
  }

  /** The provider of identities cannot be had, or (without a reason) can be again; meanwhile no leaver is seen there. */
  oidcAway(at: { reason?: string }): void {
    this.#log[at.reason === undefined ? 'info' : 'error']({ event: 'oidc.away', ...at });
  }

  // ── HTTP ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  httpListening(at: { host: string; port: number }): void {
    this.#log.info({ event: 'http.listening', ...at });
  }

  /** The certificate of the listener was replaced, or (with a reason) the new one cannot be used and the old one stays. */
  httpCertificate(at: { reason?: string }): void {
    this.#log[at.reason === undefined ? 'info' : 'error']({ event: 'http.certificate', ...at });
  }

  /** Counted only: a line for each would let a stranger fill the log. */
  httpAnswered(at: { status: number; durationMs: number }): void {
    this.#meter.add('http_requests_total', 1, { status: `${Math.floor(at.status / 100)}xx` });
    this.#meter.observe('http_request_seconds', at.durationMs / 1000);
  }

  httpFailed(at: { method: string; err: unknown }): void {
    this.#log.error({ event: 'http.failed', ...at });
  }

  httpRefused(at: { reason: 'host' | 'origin' | 'method' | 'malformed' | 'timeout' | 'full'; client: string }): void {
    this.#meter.add('http_refused_total', 1, { reason: at.reason });
    this.#log.debug({ event: 'http.refused', ...at });
  }

  /** A door has answered 429; with a `line` the log says so: who it was now, and how many since the line before. */
  httpLimited({ door, line }: { door: string; line?: { client: string; requests: number } }): void {
    this.#meter.add('http_limited_total', 1, { door });
    if (line !== undefined) this.#log.warn({ event: 'http.limited', door, ...line });
  }

  // ── Simulated networks ───────────────────────────────────────────────────────────────────────────────────────────

  simulatorStarted(at: { pid: number; networks: number }): void {
    this.#log.info({ event: 'simulator.started', ...at });
  }

  /** They ended with the gateway: speech of the gateway that they carried, and what came before they could. */
  simulatorStopped(at: { carriedMs: number; cutMs: number }): void {
    this.#log.info({ event: 'simulator.stopped', ...at });
  }

  simulatorEnded(at: { exitCode: number | null; signal: string | null }): void {
    this.#log.error({ event: 'simulator.ended', ...at });
  }
}

interface Line {
  readonly event: string;
  /** The log's own, which nothing may hide. */
  readonly level?: never;
  readonly time?: never;
  readonly line?: never;
  readonly [name: string]: unknown;
}

type Levels = 'info' | 'warn' | 'error';
type Lines = Pick<Logger, 'debug'> & { readonly [level in Levels]: (line: Line) => void };

/** The same lines to both; an error of the language is recorded by its words. */
function recorded(logger: Logger, record: RecordLine): Lines {
  const both =
    (level: Levels) =>
    (line: Line): void => {
      logger[level](line);
      const { event, ...about } = line;
      record(level, event, 'err' in about ? { ...about, err: wordsOf(about.err) } : about);
    };
  return { debug: logger.debug.bind(logger), info: both('info'), warn: both('warn'), error: both('error') };
}

/** The same lines, but of refusals that repeat only the first. What asks for somebody to act is always written. */
function limited(lines: Lines, refusals: Refusals): Lines {
  const most =
    (level: Levels) =>
    (line: Line): void => {
      const isRefusal = typeof line.refusal === 'string' || line.event.endsWith('.refused');
      if (!isRefusal || refusals.admits(line.event, line)) lines[level](line);
    };
  return { debug: lines.debug.bind(lines), info: most('info'), warn: most('warn'), error: lines.error.bind(lines) };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
