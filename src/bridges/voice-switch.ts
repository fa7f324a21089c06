/**
 * Between the attachments and the voice process: of a leg only the attachment that carries it is heard. What another one
 * says of it, which is bringing it up beside the carrier, is kept, and said when it becomes the carrier; so the voice
 * process sees one leg that gets other settings and another call, and never that it was closed.
 */
import type { LegId, VoiceCommand } from '../voice/contract.ts';
import type { VoicePort } from './ports.ts';

type OpenLeg = Extract<VoiceCommand, { name: 'openLeg' }>;
type ConnectLeg = Extract<VoiceCommand, { name: 'connectLeg' }>;
type RequestFloor = Extract<VoiceCommand, { name: 'requestFloor' }>;

/** What an attachment last said of a leg and still holds. */
interface Said {
  open?: OpenLeg;
  connect?: ConnectLeg | undefined;
  /** Its far end has asked for the floor, and still waits for an answer: nobody has heard of it yet. */
  request?: RequestFloor | undefined;
}

export class VoiceSwitch {
  readonly #send: (command: VoiceCommand) => void;
  readonly #carriers = new Map<LegId, string>();
  readonly #said = new Map<string, Said>();

  constructor(send: (command: VoiceCommand) => void) {
    this.#send = send;
  }

  /** The voice process as one attachment sees it. */
  portOf(attachment: string): VoicePort {
    return { send: (command) => this.#take(attachment, command) };
  }

  /** From now on this attachment is heard of the leg; none: the leg is without a call, and is to go on elsewhere. */
  carry(leg: LegId, attachment: string | undefined): void {
    const former = this.#carriers.get(leg);
    if (former === attachment) return;
    const connected = former !== undefined && this.#said.get(keyOf(former, leg))?.connect !== undefined;
    const said = attachment === undefined ? undefined : this.#said.get(keyOf(attachment, leg));
    if (attachment === undefined) this.#carriers.delete(leg);
    else this.#carriers.set(leg, attachment);
    if (connected && said?.connect === undefined) this.#send({ name: 'disconnectLeg', leg });
    if (said?.open !== undefined) this.#send(said.open);
    if (said?.connect !== undefined) this.#send(said.connect);
    if (said?.request !== undefined) {
      this.#send(said.request);
      said.request = undefined; // a request is said once: the floor may have come and gone when the leg comes back
    }
  }

  /** Nobody carries it, nor will soon. */
  close(leg: LegId): void {
    this.#carriers.delete(leg);
    this.#send({ name: 'closeLeg', leg });
  }

  #take(attachment: string, command: VoiceCommand): void {
    const leg = legOf(command);
    if (leg === undefined) {
      this.#send(command);
      return;
    }
    const isHeard = this.#carriers.get(leg) === attachment;
    this.#note(keyOf(attachment, leg), command, isHeard);
    if (isHeard) this.#send(command);
  }

  #note(key: string, command: VoiceCommand, isHeard: boolean): void {
    const said = this.#said.get(key) ?? {};
    if (command.name === 'openLeg') this.#said.set(key, { ...said, open: command });
    else if (command.name === 'connectLeg') this.#said.set(key, { ...said, connect: command });
    else if (command.name === 'disconnectLeg') this.#said.set(key, { ...said, connect: undefined, request: undefined });
    else if (command.name === 'requestFloor' && !isHeard) this.#said.set(key, { ...said, request: command });
    else if (command.name === 'releaseFloor') this.#said.set(key, { ...said, request: undefined });
    else if (command.name === 'closeLeg') this.#said.delete(key);
  }
}

function legOf(command: VoiceCommand): LegId | undefined {
  switch (command.name) {
    case 'openLeg':
      return command.settings.leg;
    case 'connectLeg':
    case 'disconnectLeg':
    case 'closeLeg':
    case 'legGrant':
      return command.leg;
    case 'requestFloor':
    case 'releaseFloor':
      return command.party;
    default:
      return undefined;
  }
}

function keyOf(attachment: string, leg: LegId): string {
  return `${attachment} ${leg}`;
}
