/**
 * The main process' side of the voice process: forks it, keeps what has been said to it, and when it dies starts it
 * anew and says everything again, so that calls go on on the same ports without SIP knowing.
 *
 * What cannot be carried over falls safe and is told: overs end and are reported, whoever held or waited for a floor is
 * revoked, networks that were asked to let us talk are told that we are done.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Alarm, type Clock } from '../base/clock.ts';
import type { Dscp } from '../base/dscp.ts';
import { GatewayError } from '../base/errors.ts';
import { compileCacheFolder } from './compile-cache.ts';
import type {
  FloorHolder,
  FloorSnapshot,
  GroupId,
  OverReport,
  PartyId,
  RevokeCause,
  VoiceCommand,
  VoiceEvent,
} from './contract.ts';
import type { RecordingPlace } from './recording-file.ts';
import { mastersVariable } from './recording-keys.ts';

/** `restarting`: no voice is carried; `back`: everything has been said again; `failed`: it dies whenever it starts. */
export type VoicePlaneState = 'restarting' | 'back' | 'failed';

export interface VoiceClientSettings {
  readonly clock: Clock;
  /** The first over of this run gets a higher number than that. */
  readonly oversBefore?: number;
  /** How voice to far ends is marked; default 0: not at all. */
  readonly dscp?: Dscp;
  /** Where what is said is recorded; absent: nowhere. */
  readonly recordings?: RecordingPlace;
  /** Entry of the voice process; for tests. */
  readonly entry?: string;
  /** Arguments for its Node, such as --cpu-prof. */
  readonly execArgv?: readonly string[];
}

type Kept = Exclude<
  VoiceCommand['name'],
  | 'countOvers'
  | 'requestFloor'
  | 'releaseFloor'
  | 'removeTalker'
  | 'withdraw'
  | 'prove'
  | 'legGrant'
  | 'recall'
  | 'shutdown'
>;

/**
 * Without a sign of life (two a second) for so long it is killed and started anew, which takes 0.3 s: no transmitter
 * stays keyed for longer than 2 s because of a process that hangs.
 */
const silentMsMax = 1500;
/** A watchdog that was itself held up cannot tell; it listens for so long again. */
const watchdogLateMs = 250;
const listenAgainMs = 750;
const startMsMax = 10_000;
const stopMsMax = 2000;
/** This many deaths within `deathsWithinMs` are no accident. */
const deathsMax = 8;
const deathsWithinMs = 30_000;
const restartDelayMsMax = 2000;
/** What a membership needs was not there: all is said again after so long, and twice as long when that did not help. */
const sayAgainMs = 250;
const sayAgainMsMax = 30_000;
/** More overs than can have begun in a process whose last words were lost. */
const oversUnheardMax = 100;
/** Commands that may wait for the process to read them. */
const backlogMax = 20_000;

export class VoiceClient {
  readonly #settings: VoiceClientSettings;
  readonly #desired = new DesiredState();
  readonly #claims: Claims;
  readonly #listeners = new Set<(event: VoiceEvent) => void>();
  readonly #planeListeners = new Set<(state: VoicePlaneState, reason: string) => void>();
  #child: ChildProcess | undefined;
  #ready = false;
  #stopping = false;
  #started: PromiseWithResolvers<void> | undefined;
  #deathsMs: number[] = [];
  #backlog = 0;
  readonly #watchdog: Alarm;
  #cancelRestart: () => void = () => undefined;
  readonly #sayAgain: Alarm;
  #sayAgainAfterMs = sayAgainMs;
  #saidAgainMs = -Infinity;

  constructor(settings: VoiceClientSettings) {
    this.#settings = settings;
    this.#sayAgain = new Alarm(settings.clock, () => {
      this.#saidAgainMs = settings.clock.nowMs();
      this.#sayAll();
    });
    this.#claims = new Claims(settings.oversBefore ?? 0);
    this.#watchdog = new Alarm(settings.clock, (lateMs) => {
      if (lateMs > watchdogLateMs) this.#watch(listenAgainMs);
      else this.#child?.kill('SIGKILL');
    });
  }

  /** Starts the process; resolves when it is ready. Rejects with VOICE_PROCESS_FAILED when it does not come up. */
  async start(): Promise<void> {
    this.#started = Promise.withResolvers<void>();
    this.#fork();
    await this.#started.promise;
  }

  /** Says a command, now and after every restart as long as it holds. */
  send(command: VoiceCommand): void {
    this.#desired.note(command);
    this.#claims.noteCommand(command);
    if (this.#ready) {
      this.#write(command);
    } else if (command.name === 'requestFloor') {
      const { party, group, requestId } = command;
      this.#tell({ name: 'answer', party, group, requestId, answer: { result: 'denied', cause: 'retry-later' } });
    } else if (command.name === 'recall') this.#tell({ name: 'recalled', request: command.request, last: true });
  }

  /** Calls back for every event of the voice process. Returns the way to stop that. */
  onEvent(listener: (event: VoiceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back when the voice plane goes, comes back, or is given up. */
  onPlane(listener: (state: VoicePlaneState, reason: string) => void): () => void {
    this.#planeListeners.add(listener);
    return () => this.#planeListeners.delete(listener);
  }

  /** Process id of the voice process while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Ends the process in order: calls get BYE. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#ready = false;
    this.#watchdog.clear();
    this.#sayAgain.clear();
    this.#cancelRestart();
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.#write({ name: 'shutdown' });
    const cancel = this.#settings.clock.callAt(this.#settings.clock.nowMs() + stopMsMax, () => child.kill('SIGKILL'));
    await gone;
    cancel();
  }

  #fork(): void {
    const entry = this.#settings.entry ?? fileURLToPath(new URL('voice-process.ts', import.meta.url));
    const { dscp = 0, recordings } = this.#settings;
    const { masters = [], ...place } = recordings ?? {};
    const places = recordings === undefined ? [] : [JSON.stringify(place)];
    const child = fork(entry, [String(dscp), ...places], {
      execArgv: [...(this.#settings.execArgv ?? [])],
      env: {
        ...process.env,
        [mastersVariable]: masters.map((each) => Buffer.from(each).toString('hex')).join(' '),
        NODE_COMPILE_CACHE: compileCacheFolder(process.env, homedir()),
        // Datagrams are allocated on one thread and freed on others: with an arena each, glibc holds 25 MB more and
        // grows for hours (docs/performance.md).
        MALLOC_ARENA_MAX: '1',
      },
      serialization: 'json',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    this.#backlog = 0;
    child.on('message', (events: readonly VoiceEvent[]) => {
      for (const event of events) if (child === this.#child) this.#onEvent(event);
    });
    // Also said of a message that could not be sent or of a signal that could not be given to a child that lives.
    child.on('error', (error) => {
      if (child.pid === undefined) this.#onGone(child, error.message);
    });
    child.once('exit', (code, signal) => this.#onGone(child, signal ?? `exit code ${code}`));
    this.#watch(startMsMax);
  }

  #onEvent(event: VoiceEvent): void {
    if (this.#stopping) return;
    this.#watch(silentMsMax);
    if (event.name === 'alive') return;
    if (event.name === 'ready') {
      this.#ready = true;
      this.#write({
        name: 'countOvers',
        after: this.#claims.lastOver + (this.#deathsMs.length > 0 ? oversUnheardMax : 0),
      });
      this.#sayAll();
      if (this.#deathsMs.length > 0) this.#say('back', 'the voice process is ready');
      this.#started?.resolve();
    }
    this.#claims.noteEvent(event, this.#settings.clock.nowMs());
    this.#desired.noteEvent(event);
    if (event.name === 'failed' && event.command === 'joinGroup') this.#mend();
    this.#tell(event);
  }

  #sayAll(): void {
    const resumed = this.#deathsMs.length > 0;
    for (const command of this.#desired.commands()) {
      this.#write(command.name === 'connectLeg' && resumed ? { ...command, resumed } : command);
    }
  }

  /** Everything that holds may be said again at any time; in its order each thing finds what it stands on. */
  #mend(): void {
    const nowMs = this.#settings.clock.nowMs();
    const helped = nowMs - this.#saidAgainMs > 2 * this.#sayAgainAfterMs;
    this.#sayAgainAfterMs = helped ? sayAgainMs : Math.min(sayAgainMsMax, 2 * this.#sayAgainAfterMs);
    this.#sayAgain.setAt(nowMs + this.#sayAgainAfterMs);
  }

  #onGone(child: ChildProcess, reason: string): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    this.#ready = false;
    this.#watchdog.clear();
    this.#sayAgain.clear();
    if (this.#stopping) return;

    const { clock } = this.#settings;
    const nowMs = clock.nowMs();
    this.#deathsMs = [...this.#deathsMs.filter((atMs) => nowMs - atMs < deathsWithinMs), nowMs];
    this.#say('restarting', reason);
    for (const event of this.#claims.giveUp(nowMs)) this.#tell(event);
    if (this.#deathsMs.length >= deathsMax) {
      this.#say('failed', reason);
      this.#started?.reject(new GatewayError('VOICE_PROCESS_FAILED', `voice process: ${reason}`));
    }
    // The first restart is immediate: calls are waiting. Further ones leave the machine room to recover.
    const delayMs = Math.min(restartDelayMsMax, 100 * (this.#deathsMs.length - 1) ** 2);
    this.#cancelRestart = clock.callAt(nowMs + delayMs, () => this.#fork());
  }

  #watch(withinMs: number): void {
    this.#watchdog.setAt(this.#settings.clock.nowMs() + withinMs);
  }

  #write(command: VoiceCommand): void {
    const child = this.#child;
    if (child?.connected !== true) return;
    this.#backlog += 1;
    child.send(command, undefined, undefined, () => {
      if (child === this.#child) this.#backlog -= 1;
    });
    if (this.#backlog > backlogMax) child.kill('SIGKILL');
  }

  #tell(event: VoiceEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #say(state: VoicePlaneState, reason: string): void {
    for (const listener of this.#planeListeners) listener(state, reason);
  }
}

/** What has been said and still holds, in the order in which it must be said again. */
class DesiredState {
  readonly #kept = new Map<string, VoiceCommand>();

  note(command: VoiceCommand): void {
    switch (command.name) {
      case 'openGroup':
        this.#keep('openGroup', command.settings.group, command);
        return;
      case 'closeGroup':
        this.#forgetGroup(command.group);
        return;
      case 'openLeg':
        this.#keep('openLeg', command.settings.leg, command);
        return;
      case 'connectLeg':
        this.#keep('connectLeg', command.leg, command);
        return;
      case 'disconnectLeg':
        this.#forget('connectLeg', command.leg);
        return;
      case 'closeLeg':
        this.#forget('connectLeg', command.leg);
        this.#forget('openLeg', command.leg);
        return;
      case 'openConsole':
        this.#keep('openConsole', command.settings.console, command);
        return;
      case 'closeConsole':
        this.#forgetConsole(command.console);
        return;
      case 'joinGroup':
        this.#keep('joinGroup', `${command.console} ${command.group}`, command);
        return;
      case 'leaveGroup':
        this.#forget('joinGroup', `${command.console} ${command.group}`);
        return;
      case 'openMic':
        this.#keep('openMic', command.settings.console, command);
        return;
      case 'closeMic':
        this.#forget('openMic', command.console);
        return;
      case 'openFeed':
        this.#keep('openFeed', command.settings.feed, command);
        return;
      case 'setFeedActive':
        this.#setFeedActive(command.feed, command.active);
        return;
      case 'closeFeed':
        this.#forget('openFeed', command.feed);
        return;
      case 'announce':
        this.#keep('announce', `${command.group} ${command.announcement}`, command);
        return;
      case 'withdraw':
        this.#forget('announce', `${command.group} ${command.announcement}`);
        return;
      case 'countOvers':
      case 'requestFloor':
      case 'releaseFloor':
      case 'removeTalker':
      case 'legGrant':
      case 'prove':
      case 'recall':
      case 'shutdown':
        return;
    }
  }

  /** Mediasoup knows our ports: after a restart the same ones are asked for. */
  noteEvent(event: VoiceEvent): void {
    if (event.name === 'announced') this.#forget('announce', `${event.group} ${event.announcement}`);
    if (event.name !== 'micOpened' && event.name !== 'feedOpened') return;
    const key = event.name === 'micOpened' ? `openMic ${event.console}` : `openFeed ${event.feed}`;
    const command = this.#kept.get(key);
    const { localPort } = event;
    if (command?.name === 'openMic') {
      this.#kept.set(key, { ...command, settings: { ...command.settings, localPort } });
    } else if (command?.name === 'openFeed') {
      this.#kept.set(key, { ...command, settings: { ...command.settings, localPort } });
    }
  }

  /** Groups first, then what stands in them, each in the order in which it was said. */
  *commands(): Iterable<VoiceCommand> {
    const order: readonly Kept[] = [
      'openGroup',
      'openLeg',
      'connectLeg',
      'openConsole',
      'joinGroup',
      'openMic',
      'openFeed',
      'announce',
    ];
    for (const name of order) for (const command of this.#kept.values()) if (command.name === name) yield command;
  }

  #keep(name: Kept, id: string, command: VoiceCommand): void {
    this.#kept.set(`${name} ${id}`, command);
  }

  #forget(name: Kept, id: string): void {
    this.#kept.delete(`${name} ${id}`);
  }

  #setFeedActive(feed: string, active: boolean): void {
    const key = `openFeed ${feed}`;
    const command = this.#kept.get(key);
    if (command?.name === 'openFeed') this.#kept.set(key, { ...command, settings: { ...command.settings, active } });
  }

  #forgetGroup(group: GroupId): void {
    const legs = new Set<string>();
    for (const [key, command] of this.#kept) {
      const settings = 'settings' in command ? command.settings : command;
      if (!('group' in settings) || settings.group !== group) continue;
      if (command.name === 'openLeg') legs.add(command.settings.leg);
      this.#kept.delete(key);
    }
    for (const leg of legs) this.#forget('connectLeg', leg);
  }

  #forgetConsole(console: string): void {
    this.#forget('openConsole', console);
    this.#forget('openMic', console);
    for (const [key, command] of this.#kept) {
      if (command.name === 'joinGroup' && command.console === console) this.#kept.delete(key);
    }
  }
}

/** An over as far as it was heard of. */
interface KnownOver {
  readonly group: GroupId;
  readonly holder: FloorHolder;
  readonly sinceMs: number;
  endedMs: number | undefined;
  revoked: RevokeCause | undefined;
}

/**
 * Overs that are not reported yet, who holds or waits for a floor, and which networks were asked to let us talk: to be
 * ended when the process dies.
 */
class Claims {
  /** The highest number of an over so far. */
  lastOver: number;
  readonly #overs = new Map<number, KnownOver>();
  readonly #floors = new Map<string, { readonly party: PartyId; readonly group: GroupId }>();
  readonly #talks = new Map<string, Extract<VoiceEvent, { name: 'legTalk' }>>();

  constructor(lastOver: number) {
    this.lastOver = lastOver;
  }

  noteEvent(event: VoiceEvent, nowMs: number): void {
    if (event.name === 'answer') this.#noteAnswer(event);
    else if (event.name === 'floor') this.#noteFloor(event.floor, nowMs);
    else if (event.name === 'over') this.#overs.delete(event.report.over);
    else if (event.name === 'legTalk') {
      if (event.wanted) this.#talks.set(event.leg, event);
      else this.#talks.delete(event.leg);
    }
  }

  noteCommand(command: VoiceCommand): void {
    if (command.name === 'closeLeg') this.#talks.delete(command.leg);
  }

  /** The events that the dead process owes. */
  giveUp(nowMs: number): readonly VoiceEvent[] {
    const owed: VoiceEvent[] = [];
    for (const over of this.#overs.values()) owed.push({ name: 'over', report: reportOf(over, nowMs) });
    for (const claim of this.#floors.values()) {
      owed.push({ name: 'answer', ...claim, answer: { result: 'revoked', cause: 'cancelled' } });
    }
    for (const talk of this.#talks.values()) owed.push({ ...talk, wanted: false });
    this.#overs.clear();
    this.#floors.clear();
    this.#talks.clear();
    return owed;
  }

  #noteAnswer({ party, group, answer }: Extract<VoiceEvent, { name: 'answer' }>): void {
    if (answer.result === 'granted' || answer.result === 'queued')
      this.#floors.set(`${party} ${group}`, { party, group });
    else if (answer.result !== 'warned') this.#floors.delete(`${party} ${group}`);
    if (answer.result !== 'revoked') return;
    for (const over of this.#overs.values()) {
      if (over.group === group && over.holder.party === party && over.endedMs === undefined)
        over.revoked = answer.cause;
    }
  }

  #noteFloor({ group, holder, overriding }: FloorSnapshot, nowMs: number): void {
    for (const over of this.#overs.values()) {
      const goesOn = over.holder.over === holder?.over || over.holder.over === overriding?.over;
      if (over.group === group && !goesOn) over.endedMs ??= nowMs;
    }
    for (const talker of [holder, overriding]) {
      if (talker === undefined || this.#overs.has(talker.over)) continue;
      this.#overs.set(talker.over, { group, holder: talker, sinceMs: nowMs, endedMs: undefined, revoked: undefined });
      this.lastOver = Math.max(this.lastOver, talker.over);
    }
  }
}

/** What legs lost of it died with the process. */
function reportOf({ group, holder, sinceMs, endedMs, revoked }: KnownOver, nowMs: number): OverReport {
  const { over, party, priority, emergency, sinceUtcMs: startUtcMs } = holder;
  const durationMs = Math.round((endedMs ?? nowMs) - sinceMs);
  const end = endedMs === undefined ? 'cancelled' : (revoked ?? 'released');
  return { group, over, party, priority, emergency, startUtcMs, durationMs, end, lostMs: {}, packetsLost: 0 };
}
