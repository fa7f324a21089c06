/**
 * The intercom made real: who is called, who answers and who is heard is judged by operations/intercom.ts, shown at the
 * consoles that are concerned, switched in WebRTC, and logged. Other consoles learn of it by the timeline alone, and no group hears it.
 * Direct lines are called and answered like consoles; what that takes is direct-lines.ts's.
 */
import { Alarm, type Clock } from '../../base/clock.ts';
import type { SomeEvents } from '../../base/events.ts';
import { bySection } from '../../config/live-config.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import type { IntercomOperation } from '../../console/operation.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import type { Intercom as Shown } from '../../console/wire.ts';
import {
  type Call,
  type CallEnd,
  callAt,
  deadlineMs,
  heardAt,
  type IntercomAction,
  type IntercomEvent,
  isLine,
  type MissedCall,
  missedAt,
  type Station,
  silentIntercom,
  step,
} from '../../operations/intercom.ts';
import { defaultPermissions, refusalOf } from '../../operations/permissions.ts';
import type { Person } from '../../operations/terms.ts';
import type { ConsoleId } from '../../talkgroups/terms.ts';
import type { RtcPlane } from '../../webrtc/rtc-plane.ts';
import type { DirectLines, LineCalls } from './direct-lines.ts';

export interface IntercomPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'operations.intercom'>;
  readonly console: Pick<ConsoleServer, 'setIntercom'>;
  readonly rtc: Pick<RtcPlane, 'hear'>;
  readonly lines: Pick<DirectLines, 'stations' | 'noted' | 'refused'>;
}

export class Intercom implements LineCalls {
  readonly #ports: IntercomPorts;
  readonly #rooms: () => ReadonlyMap<string, string>;
  /** An operator may sit in the room of another country. */
  readonly #config: Pick<Config, 'people'>;
  readonly #alarm: Alarm;
  #state = silentIntercom;
  readonly #waiting: IntercomEvent[] = [];
  #stepping = false;

  constructor(config: Pick<Config, 'controlRooms' | 'people'>, ports: IntercomPorts) {
    this.#ports = ports;
    this.#config = config;
    this.#rooms = bySection(config, 'controlRooms', ({ controlRooms }) => {
      return new Map(controlRooms.map(({ id, callSign }) => [id, callSign]));
    });
    this.#alarm = new Alarm(ports.clock, () => this.#feed({ name: 'tick' }));
  }

  /** Lines are there from now on. */
  start(): void {
    for (const station of this.#ports.lines.stations) this.#feed({ name: 'here', station });
  }

  stop(): void {
    this.#alarm.clear();
  }

  stationHere(station: Station): void {
    this.#feed({ name: 'here', station });
  }

  stationAway(console: ConsoleId): void {
    this.#feed({ name: 'away', console });
  }

  operate(
    console: ConsoleId,
    operation: IntercomOperation,
    answer: (refusal: OperationRefusal | undefined) => void,
  ): void {
    const person = this.#state.stations.get(console)?.person;
    const line = this.#lineOf(operation);
    if (line !== undefined && person !== undefined && !mayUseLines(person)) {
      this.#ports.lines.refused(line, person);
      answer({ cause: 'not-permitted' });
      return;
    }
    const actions = this.#feed(eventOf(console, operation));
    const refusal = actions.find((action) => action.name === 'done')?.refusal;
    answer(refusal === undefined ? undefined : { cause: refusal });
  }

  // ── What direct lines say ────────────────────────────────────────────────────────────────────────────────────────

  called(line: string, rooms: readonly string[]): 'busy' | 'unattended' | undefined {
    // One call at a time: a line that is dialled is engaged for whoever calls on it.
    if (callAt(this.#state, line) !== undefined) return 'busy';
    const anyOf = [...this.#state.stations.values()].flatMap((station) => {
      const { console, person } = station;
      const isHere = rooms.length === 0 || rooms.includes(person.controlRoom);
      return isHere && !station.line && mayUseLines(person) ? [console] : [];
    });
    if (anyOf.length === 0) return 'unattended';
    const actions = this.#feed({ name: 'call', console: line, to: { anyOf }, hot: false });
    return actions.some((action) => action.name === 'done' && action.refusal !== undefined) ? 'busy' : undefined;
  }

  answered(line: string): void {
    const call = callAt(this.#state, line);
    if (call !== undefined) this.#feed({ name: 'answer', console: line, call: call.call });
  }

  over(line: string, as: CallEnd): void {
    this.#feed({ name: 'lineOver', console: line, as });
  }

  /** The line that an operation is about; whoever ends a call on one may. */
  #lineOf(operation: IntercomOperation): ConsoleId | undefined {
    const { stations, calls } = this.#state;
    if (operation.name === 'answerCall') {
      const caller = calls.get(operation.call)?.caller;
      return caller?.line && caller.console;
    }
    if (operation.name !== 'callStation' || 'anyOf' in operation.to) return undefined;
    const called = stations.get('console' in operation.to ? operation.to.console : operation.to.person);
    return called?.line && called.console;
  }

  // ── Rules ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** One event after another, never nested: what a telephone says while it is dialled waits its turn. */
  #feed(event: IntercomEvent): readonly IntercomAction[] {
    this.#waiting.push(event);
    if (this.#stepping) return [];
    this.#stepping = true;
    let first: readonly IntercomAction[] | undefined;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const actions = this.#take(next);
      first ??= actions;
    }
    this.#stepping = false;
    return first ?? [];
  }

  #take(event: IntercomEvent): readonly IntercomAction[] {
    const { state, actions } = step(this.#state, event, this.#ports.clock.nowMs());
    this.#state = state;
    // The voice of a line is there before anybody is to hear it.
    for (const action of actions) if (action.name === 'noted') this.#note(action);
    const over = new Map(actions.flatMap((action) => (action.name === 'ended' ? [[action.console, action]] : [])));
    const changed = actions.flatMap((action) => (action.name === 'changed' ? action.console : []));
    for (const console of new Set(changed)) this.#show(console, over.get(console));
    this.#alarm.setAt(deadlineMs(state));
    return actions;
  }

  #show(console: ConsoleId, ended: Extract<IntercomAction, { name: 'ended' }> | undefined): void {
    const call = callAt(this.#state, console);
    this.#ports.rtc.hear(console, heardAt(this.#state, console));
    if (isLine(console)) return;
    this.#ports.console.setIntercom(console, {
      ...(call && this.#callShown(call, console)),
      missed: missedAt(this.#state, console).map((missed) => this.#missedShown(missed)),
      ...(ended && { over: { display: ended.by, end: ended.as } }),
    });
  }

  #callShown({ call, name, caller, at, hot, sinceMs }: Call, console: ConsoleId): Pick<Shown, 'call'> {
    const isCaller = caller.console === console;
    const other = isCaller ? at[0] : caller;
    const ringing = isCaller ? 'calling' : 'ringing';
    const shown = {
      callId: call,
      state: name === 'talking' ? name : ringing,
      consoleId: other?.console ?? '',
      display: other?.display ?? '',
      ...(other && this.#whence(other.person)),
      hotLine: hot && name === 'ringing',
      sinceUtcMs: this.#utcOf(sinceMs),
    };
    return { call: shown };
  }

  #missedShown({ by, times, atMs }: MissedCall): NonNullable<Shown['missed']>[number] {
    const { person: personId, display } = by;
    return { personId, display, ...this.#whence(by), times, atUtcMs: this.#utcOf(atMs) };
  }

  #whence({ person, controlRoom }: Person): { controlRoom: string; country: string } {
    const country = this.#config.people.find(({ id }) => id === person)?.country ?? '';
    return { controlRoom: this.#rooms().get(controlRoom) ?? controlRoom, country };
  }

  #note(noted: Extract<IntercomAction, { name: 'noted' }>): void {
    const caller = noted.what === 'busy' ? noted.caller : noted.call.caller;
    const called = noted.what === 'busy' ? noted.callee : noted.call.at[0]?.person;
    if (caller.line || isLine(called?.person ?? '')) {
      this.#ports.lines.noted(noted);
      return;
    }
    const { display: operator, role, controlRoom } = caller.person;
    this.#ports.events.operations.intercom({
      what: noted.what,
      operator,
      role,
      controlRoom,
      called: called?.display ?? '',
      ...(noted.what === 'busy' ? {} : { call: noted.call.call }),
      ...(noted.what === 'over' ? { end: noted.as, durationMs: Math.round(noted.forMs) } : {}),
    });
  }

  #utcOf(atMs: number): number {
    const { clock } = this.#ports;
    return Math.round(clock.utcMs() + (atMs - clock.nowMs()));
  }
}

function mayUseLines(person: Person): boolean {
  return refusalOf(defaultPermissions, person, 'use_direct_lines') === undefined;
}

function eventOf(console: ConsoleId, operation: IntercomOperation): IntercomEvent {
  switch (operation.name) {
    case 'callStation':
      return { name: 'call', console, to: operation.to, hot: operation.hot };
    case 'answerCall':
      return { name: 'answer', console, call: operation.call };
    case 'hangUp':
      return { name: operation.keyUp ? 'letGo' : 'hangUp', console, call: operation.call };
    case 'seeMissedCalls':
      return { name: 'seen', console };
  }
}
