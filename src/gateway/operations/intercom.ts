/**
 * The intercom made real: who is called, who answers and who is heard is judged by operations/intercom.ts, shown at the
 * consoles that are concerned, switched in WebRTC, and logged. No other console is told of a call, and no group hears it.
 */
import { Alarm, type Clock } from '../../base/clock.ts';
import type { Events } from '../../base/events.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import type { OperationRefusal } from '../../console/ports.ts';
import type { IntercomOperation, Intercom as Shown } from '../../console/wire.ts';
import {
  type Call,
  callAt,
  deadlineMs,
  heardAt,
  type IntercomAction,
  type IntercomEvent,
  type MissedCall,
  missedAt,
  type Station,
  silentIntercom,
  step,
} from '../../operations/intercom.ts';
import type { Person, PersonId } from '../../operations/terms.ts';
import type { ConsoleId } from '../../talkgroups/terms.ts';
import type { RtcPlane } from '../../webrtc/rtc-plane.ts';

export interface IntercomPorts {
  readonly clock: Clock;
  readonly events: Pick<Events, 'intercom'>;
  readonly console: Pick<ConsoleServer, 'setIntercom'>;
  readonly rtc: Pick<RtcPlane, 'hear'>;
}

export class Intercom {
  readonly #ports: IntercomPorts;
  readonly #rooms: ReadonlyMap<string, string>;
  /** An operator may sit in the room of another country. */
  readonly #countries: ReadonlyMap<PersonId, string>;
  readonly #alarm: Alarm;
  #state = silentIntercom;

  constructor({ controlRooms, people }: Pick<Config, 'controlRooms' | 'people'>, ports: IntercomPorts) {
    this.#ports = ports;
    this.#rooms = new Map(controlRooms.map(({ id, callSign }) => [id, callSign]));
    this.#countries = new Map(people.map(({ id, country }) => [id, country]));
    this.#alarm = new Alarm(ports.clock, () => this.#feed({ name: 'tick' }));
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
    const actions = this.#feed(eventOf(console, operation));
    const refusal = actions.find((action) => action.name === 'done')?.refusal;
    answer(refusal === undefined ? undefined : { cause: refusal });
  }

  #feed(event: IntercomEvent): readonly IntercomAction[] {
    const { state, actions } = step(this.#state, event, this.#ports.clock.nowMs());
    this.#state = state;
    const over = new Map(actions.flatMap((action) => (action.name === 'ended' ? [[action.console, action]] : [])));
    const changed = actions.flatMap((action) => (action.name === 'changed' ? action.console : []));
    for (const console of new Set(changed)) this.#show(console, over.get(console));
    for (const action of actions) if (action.name === 'noted') this.#note(action);
    this.#alarm.setAt(deadlineMs(state));
    return actions;
  }

  #show(console: ConsoleId, ended: Extract<IntercomAction, { name: 'ended' }> | undefined): void {
    const call = callAt(this.#state, console);
    this.#ports.rtc.hear(console, heardAt(this.#state, console));
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
    return { controlRoom: this.#rooms.get(controlRoom) ?? controlRoom, country: this.#countries.get(person) ?? '' };
  }

  #note(noted: Extract<IntercomAction, { name: 'noted' }>): void {
    const caller = noted.what === 'busy' ? noted.caller : noted.call.caller;
    const called = noted.what === 'busy' ? noted.callee : noted.call.at[0]?.person;
    const { display: operator, role, controlRoom } = caller.person;
    this.#ports.events.intercom({
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
