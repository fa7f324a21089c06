/**
 * Direct lines made real. A line is a station of the intercom, whose rules judge who is called, who answers and who is
 * heard; here its telephone is dialled, answered and hung up as they say, and its voice joined to that of the one console
 * that is on it, in a group that has nobody else.
 *
 *   console ── intercom ──noted──▶ direct lines ──dial, answer, hang up──▶ telephone (SIP)
 *                  ▲───────────────────┘◀──called, rings, answered, ended──────┘
 */
import type { Clock } from '../../base/clock.ts';
import type { SomeEvents } from '../../base/events.ts';
import type { PhoneEnd, PhonePlan, PhoneReport, Telephone } from '../../bridges/ports.ts';
import { bySection } from '../../config/live-config.ts';
import type { Config } from '../../config/schema.ts';
import type { ConsoleServer } from '../../console/console-server.ts';
import { type CallEnd, type IntercomAction, lineId, type Station } from '../../operations/intercom.ts';
import type { Person } from '../../operations/terms.ts';
import type { GroupSettings, VoiceCommand, VoiceEvent } from '../../voice/contract.ts';
import type { RtcPlane } from '../../webrtc/rtc-plane.ts';
import type { Attachments } from '../attachments.ts';

/** What a telephone does, said to the intercom. */
export interface LineCalls {
  /** It calls the consoles of these rooms, all where none is named. Why it rings nowhere; undefined: it rings. */
  called(line: string, rooms: readonly string[]): 'busy' | 'unattended' | undefined;
  answered(line: string): void;
  over(line: string, as: CallEnd): void;
}

export interface DirectLinePorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'operations.directLine'>;
  readonly console: Pick<ConsoleServer, 'setDirectLine'>;
  readonly attachments: Pick<Attachments, 'telephone'>;
  readonly rtc: Pick<RtcPlane, 'openLine' | 'closeLine'>;
  readonly calls: LineCalls;
  sendVoice(command: VoiceCommand): void;
}

type Noted = Extract<IntercomAction, { name: 'noted' }>;

interface Line {
  readonly settings: Config['directLines'][number];
  readonly plan: PhonePlan;
  phone: Telephone | undefined;
  state: 'idle' | 'calling' | 'alerting' | 'ringing' | 'talking';
  /** Who is on it. */
  by: Person | undefined;
  sinceUtcMs: number;
  /** How its telephone ended the last call, for the log. */
  reason: string | undefined;
}

/** Nothing ends a call but those who speak: a day without a pause is longer than any. */
const dayMs = 86_400_000;
const priority = 5;

export class DirectLines {
  readonly #ports: DirectLinePorts;
  readonly #lines: ReadonlyMap<string, Line>;
  readonly #rooms: () => ReadonlyMap<string, Config['controlRooms'][number]>;
  readonly #recorded: boolean;
  #requests = 0;

  constructor(config: Config, ports: DirectLinePorts) {
    const { directLines, gateway, recording } = config;
    this.#ports = ports;
    this.#recorded = recording.enabled;
    this.#rooms = bySection(config, 'controlRooms', ({ controlRooms }) => {
      return new Map(controlRooms.map((room) => [room.id, room]));
    });
    const lines = directLines.map((settings): [string, Line] => {
      const { id, number, calledAs } = settings;
      const line = lineId(id);
      const plan = { leg: `${line}/${id}`, group: line, number, calledAs, display: gateway.name.fr };
      const idle = { phone: undefined, state: 'idle', by: undefined, sinceUtcMs: 0, reason: undefined } as const;
      return [line, { settings, plan, ...idle }];
    });
    this.#lines = new Map(lines);
  }

  /** What stands at the intercom beside consoles. */
  get stations(): readonly Station[] {
    return [...this.#lines].map(
      ([
        console,
        {
          settings: { name: display, controlRoom = '' },
        },
      ]) => {
        return { console, person: { person: console, display, role: 'dispatcher', controlRoom }, display, line: true };
      },
    );
  }

  /** Once attachments stand; the groups of lines are open as long as the gateway runs. */
  start(): void {
    for (const [id, line] of this.#lines) {
      this.#ports.sendVoice({ name: 'openGroup', settings: groupOf(id) });
      const report = (said: PhoneReport) => this.#said(id, line, said);
      line.phone = this.#ports.attachments.telephone(line.settings.attachment, line.plan, report);
      this.#show(line);
    }
  }

  voiceEvent(event: VoiceEvent): void {
    for (const { phone } of this.#lines.values()) phone?.voiceEvent(event);
    // Its voice can come: it holds its side of the line from here on.
    if (event.name !== 'micOpened' || this.#lines.get(event.console)?.state !== 'talking') return;
    const party = event.console;
    this.#ports.sendVoice({ name: 'requestFloor', party, group: party, requestId: ++this.#requests });
  }

  /** What the rules of the intercom say of a line's call. */
  noted(noted: Noted): void {
    const of = partiesOf(noted, this.#lines);
    const line = of && this.#lines.get(of.id);
    if (of === undefined || line === undefined) return;
    this.#log(noted, line, of);
    switch (noted.what) {
      case 'called':
        this.#move(line, of.isDialled ? 'calling' : 'ringing', of.isDialled ? of.person : undefined);
        if (of.isDialled) this.#dial(of.id, line);
        return;
      case 'answered':
        this.#move(line, 'talking', of.person);
        this.#openVoice(of.id, line);
        if (!of.isDialled) line.phone?.answer();
        return;
      case 'over':
        this.#closeVoice(of.id, line);
        this.#move(line, 'idle', undefined);
        line.phone?.hangUp(phoneEndOf(noted.as));
        return;
      case 'busy':
    }
  }

  /** A person may not use lines. */
  refused(line: string, { display: operator, role, controlRoom }: Person): void {
    const id = this.#lines.get(line)?.settings.id ?? '';
    this.#ports.events.operations.directLine({
      what: 'refused',
      line: id,
      operator,
      role,
      controlRoom,
      refusal: 'not-permitted',
    });
  }

  // ── Its telephone ────────────────────────────────────────────────────────────────────────────────────────────────

  #dial(id: string, line: Line): void {
    line.reason = undefined;
    if (line.phone !== undefined) line.phone.dial();
    else this.#said(id, line, { name: 'ended', end: 'unreachable', reason: 'its attachment is not enabled' });
  }

  #said(id: string, line: Line, said: PhoneReport): void {
    const { calls } = this.#ports;
    switch (said.name) {
      case 'called': {
        line.reason = undefined;
        const nowhere = calls.called(id, line.settings.rings);
        if (nowhere === undefined) return;
        line.phone?.hangUp(nowhere === 'busy' ? 'busy' : 'no-answer');
        if (nowhere === 'unattended')
          this.#ports.events.operations.directLine({ what: 'unattended', line: line.settings.id });
        return;
      }
      case 'rings':
        if (line.state === 'calling') this.#move(line, 'alerting', line.by);
        return;
      case 'answered':
        if (line.state !== 'talking') calls.answered(id);
        return;
      case 'ended':
        line.reason = said.reason;
        calls.over(id, said.end);
    }
  }

  // ── Voice ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whoever is on the line is a party of its group, under the line's id: beside his console's own, which talks on groups. */
  #openVoice(id: string, { plan }: Line): void {
    const { sendVoice, rtc } = this.#ports;
    sendVoice({ name: 'openConsole', settings: { console: id, priority } });
    sendVoice({ name: 'joinGroup', console: id, group: id, mayTalk: true });
    rtc.openLine(id, plan.leg);
  }

  #closeVoice(id: string, line: Line): void {
    if (line.state !== 'talking') return;
    this.#ports.rtc.closeLine(id);
    this.#ports.sendVoice({ name: 'closeConsole', console: id });
  }

  // ── What is told ─────────────────────────────────────────────────────────────────────────────────────────────────

  #move(line: Line, state: Line['state'], by: Person | undefined): void {
    if (state !== 'alerting') line.sinceUtcMs = Math.round(this.#ports.clock.utcMs());
    line.state = state;
    line.by = by;
    this.#show(line);
  }

  /** The control rooms at their ends may be called otherwise now. */
  fleetChanged(): void {
    for (const line of this.#lines.values()) this.#show(line);
  }

  #show({ plan, settings, state, by, sinceUtcMs }: Line): void {
    const room = this.#rooms().get(settings.controlRoom ?? '');
    this.#ports.console.setDirectLine({
      consoleId: plan.group,
      display: settings.name,
      controlRoom: room?.callSign ?? '',
      country: room?.country ?? '',
      state,
      by: by?.display ?? '',
      byControlRoom: by === undefined ? '' : (this.#rooms().get(by.controlRoom)?.callSign ?? by.controlRoom),
      sinceUtcMs,
      recorded: this.#recorded,
    });
  }

  #log(noted: Noted, { settings, reason }: Line, { person, isDialled }: Parties): void {
    const who = person && { operator: person.display, role: person.role, controlRoom: person.controlRoom };
    const what = noted.what === 'called' && isDialled ? 'dialled' : noted.what;
    this.#ports.events.operations.directLine({
      what,
      line: settings.id,
      ...(noted.what !== 'called' || isDialled ? who : {}),
      ...(noted.what === 'busy' ? {} : { call: noted.call.call }),
      ...(noted.what === 'over' ? { end: noted.as, durationMs: Math.round(noted.forMs) } : {}),
      ...(noted.what === 'over' && reason !== undefined ? { reason } : {}),
    });
  }
}

interface Parties {
  /** Of the line. */
  readonly id: string;
  /** At the console; while it rings here, one of those who may answer. */
  readonly person: Person | undefined;
  /** From here. */
  readonly isDialled: boolean;
}

/** Undefined: none of the two is a line. */
function partiesOf(noted: Noted, lines: ReadonlyMap<string, unknown>): Parties | undefined {
  const caller = noted.what === 'busy' ? noted.caller : noted.call.caller;
  const called = noted.what === 'busy' ? noted.callee : noted.call.at[0]?.person;
  if (caller.line) return { id: caller.console, person: called, isDialled: false };
  return called && lines.has(called.person) ? { id: called.person, person: caller.person, isDialled: true } : undefined;
}

/** Both sides talk at once, and neither ever waits for the other (docs/direct-lines.md). */
function groupOf(group: string): GroupSettings {
  return {
    group,
    talkLimitMs: dayMs,
    talkWarnMs: dayMs,
    queueLimit: 0,
    leaseMs: dayMs,
    graceMs: 0,
    override: 'duplex',
  };
}

/** What the telephone is told by how a call ended here. */
function phoneEndOf(as: CallEnd): PhoneEnd {
  if (as === 'unanswered') return 'no-answer';
  return as === 'elsewhere' || as === 'taken' ? 'hung-up' : as;
}
