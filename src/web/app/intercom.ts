/**
 * The intercom of this page: rings, opens the microphone's second way while a call is on and no key is down, and says to
 * the gateway what the operator does. What a call is, the gateway decides; the page follows its word.
 */
import type { escaut } from '../../protocols/generated/console.js';
import type { CallModel, ConsoleModel } from '../model/console-model.ts';
import { type IntercomHearing, isLineOpen } from '../model/intercom.ts';
import type { Tone } from '../ptt/ptt-machine.ts';

type Operation = Pick<
  escaut.console.v1.Operate.$Properties,
  'callStation' | 'answerCall' | 'hangUp' | 'seeMissedCalls'
>;
/** Whom to call: a person, or one of the operator's own consoles. */
export type CallTo = { readonly personId: string } | { readonly consoleId: string };

interface IntercomDeskPorts<Refusal> {
  operate(operation: Operation): Promise<Refusal | undefined>;
  layLine(): void;
  setLineGate(open: boolean): void;
  setHearing(hearing: IntercomHearing): void;
  play(tone: Tone): void;
}

const ringEveryMs = 3000;

export class IntercomDesk<Refusal> {
  readonly #ports: IntercomDeskPorts<Refusal>;
  #call: CallModel | undefined;
  #isKeyDown = false;
  /** Somebody is in distress, and nobody has seen to it. */
  #isAlarm = false;
  #isOpen = false;
  #ring: ReturnType<typeof setTimeout> | undefined;
  /** The key of a hot line is held here. */
  #isHeld = false;

  constructor(ports: IntercomDeskPorts<Refusal>) {
    this.#ports = ports;
  }

  call(to: CallTo): Promise<Refusal | undefined> {
    return this.#place(to, false);
  }

  /** Key of the hot line down: he hears us at once, for as long as it is held. */
  hold(to: CallTo): Promise<Refusal | undefined> {
    this.#isHeld = true;
    return this.#place(to, true);
  }

  /** Key of the hot line up; what he has answered goes on. */
  letGo(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#endHotLine();
  }

  answer(): Promise<Refusal | undefined> {
    return this.#ports.operate({ answerCall: { callId: this.#call?.id ?? 0 } });
  }

  /** Hangs up, takes back or refuses. */
  hangUp(): Promise<Refusal | undefined> {
    return this.#ports.operate({ hangUp: { callId: this.#call?.id ?? 0 } });
  }

  seeMissed(): Promise<Refusal | undefined> {
    return this.#ports.operate({ seeMissedCalls: {} });
  }

  /** A talk key goes down or has come up: the groups come first. */
  setKeyDown(isDown: boolean): void {
    this.#isKeyDown = isDown;
    this.#switch();
  }

  setAlarm(isAlarm: boolean): void {
    this.#isAlarm = isAlarm;
    this.#switch();
  }

  follow({ intercom: before }: ConsoleModel, { intercom: after }: ConsoleModel): void {
    if (before === after) return;
    this.#call = after.call;
    if (after.call !== undefined) this.#ports.layLine();
    if (after.call?.state !== before.call?.state || after.call?.id !== before.call?.id) this.#startRinging();
    if (after.over !== undefined && after.over !== before.over) this.#ports.play(endTone(after.over.end));
    // The key came up before the gateway had said that it rings.
    if (!this.#isHeld) this.#endHotLine();
    this.#switch();
  }

  #place(to: CallTo, hotLine: boolean): Promise<Refusal | undefined> {
    this.#ports.layLine();
    return this.#ports.operate({ callStation: { ...to, hotLine } });
  }

  #endHotLine(): void {
    const call = this.#call;
    if (call?.state === 'calling' && call.hotLine) {
      void this.#ports.operate({ hangUp: { callId: call.id, keyUp: true } });
    }
  }

  #switch(): void {
    const isOpen = isLineOpen(this.#call, this.#isKeyDown);
    if (isOpen !== this.#isOpen) {
      this.#isOpen = isOpen;
      this.#ports.setLineGate(isOpen);
    }
    this.#ports.setHearing(this.#isKeyDown ? 'muted' : this.#isAlarm ? 'soft' : 'full');
  }

  #startRinging(): void {
    clearTimeout(this.#ring);
    this.#ringOnce();
  }

  /** An alarm is never covered, and nothing rings into a talk on a group. Of a hot line one sign is enough. */
  #ringOnce(): void {
    const call = this.#call;
    if (call === undefined || call.state === 'talking') return;
    const isCalled = call.state === 'ringing';
    const isHushed = this.#isAlarm || this.#isKeyDown || (call.hotLine && !isCalled);
    if (!isHushed) this.#ports.play(isCalled ? 'ring' : 'ringback');
    if (!call.hotLine) this.#ring = setTimeout(() => this.#ringOnce(), ringEveryMs);
  }
}

function endTone(end: string): Tone {
  if (end === 'lost') return 'lost';
  return end === 'hung-up' || end === 'elsewhere' ? 'hungUp' : 'denied';
}
