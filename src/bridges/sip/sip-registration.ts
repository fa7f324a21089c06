/** Our registration at a far end: sends what the pure machine (protocols/sip/registration.ts) decides. */
import { secretToken } from '../../base/random.ts';
import type { NameAddr } from '../../protocols/sip/header-values.ts';
import { type Hop, usualPort } from '../../protocols/sip/hop.ts';
import {
  notRegistered,
  type RegistrationEvent,
  type RegistrationState,
  registrationDeadlineMs,
  stepRegistration,
} from '../../protocols/sip/registration.ts';
import { bracketed } from '../../protocols/sip/response.ts';
import { noParams } from '../../protocols/sip/scan.ts';
import { escapeUser, parseUri, type SipUri } from '../../protocols/sip/uri.ts';
import type { SipAttachmentParts, SipAttachmentSettings } from './sip-parts.ts';

/** Short enough that a registrar which was restarted knows us again soon. */
const expiresS = 120;

export interface RegistrationOwner {
  /** The deadline may have changed. */
  readonly arm: () => void;
  /** `problem` is another. */
  readonly changed: () => void;
}

export class SipRegistration {
  readonly #settings: SipAttachmentSettings;
  readonly #parts: SipAttachmentParts;
  readonly #registrar: SipUri | undefined;
  readonly #arm: () => void;
  readonly #changed: () => void;
  readonly #callId = secretToken();
  #state: RegistrationState = notRegistered;
  #sequence = 0;
  /** The registrar's own place, let in by the gate: it need not be the peer's. */
  #watched: Hop | undefined;
  #problem: string | undefined;
  #answer: number | undefined;
  #whenLeft: (() => void) | undefined;

  constructor(settings: SipAttachmentSettings, registrar: string, parts: SipAttachmentParts, owner: RegistrationOwner) {
    const uri = parseUri(registrar);
    this.#settings = settings;
    this.#parts = parts;
    this.#registrar = uri?.kind === 'sip' ? uri : undefined;
    this.#arm = owner.arm;
    this.#changed = owner.changed;
  }

  get deadlineMs(): number {
    return registrationDeadlineMs(this.#state);
  }

  /** Why we are not registered, in words for a technician; undefined while nothing is known to be wrong. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Number by which the registrar refuses us; undefined where it does not answer, and where it does not refuse. */
  get answer(): number | undefined {
    return this.#problem === undefined ? undefined : this.#answer;
  }

  /** How it stands, for the status page. */
  get standing(): 'us-registered' | 'us-asking' | 'us-refused' {
    if (this.#problem !== undefined) return 'us-refused';
    return this.untilMs === undefined ? 'us-asking' : 'us-registered';
  }

  /** Until when the registrar holds our binding; undefined when it has none. */
  get untilMs(): number | undefined {
    const untilMs = 'memory' in this.#state ? this.#state.memory.untilMs : -Infinity;
    return untilMs > this.#parts.clock.nowMs() ? untilMs : undefined;
  }

  start(): void {
    this.#feed({ name: 'start', expiresS });
  }

  /** Takes the binding back; resolves when the registrar has answered, or has not for as long as requests are tried. */
  stop(): Promise<void> {
    return new Promise((done) => {
      this.#whenLeft = done;
      this.#feed({ name: 'stop' });
    });
  }

  tick(): void {
    if (this.deadlineMs <= this.#parts.clock.nowMs()) this.#feed({ name: 'tick' });
  }

  #feed(event: RegistrationEvent): void {
    const { clock, random, events } = this.#parts;
    const { state, actions } = stepRegistration(this.#state, event, clock.nowMs(), random.fraction());
    this.#state = state;
    const attachment = this.#settings.id;
    for (const action of actions) {
      switch (action.name) {
        case 'send':
          this.#send(action.expiresS);
          break;
        case 'registered':
          events.attachments.registrationChanged({ attachment, state: 'registered' });
          this.#note(undefined);
          break;
        case 'refused': {
          const reason = this.#refusalText(action);
          this.#answer = action.status;
          events.attachments.registrationChanged({ attachment, state: 'refused', reason });
          this.#note(`registration refused: ${reason}`);
          break;
        }
        case 'expired':
          events.attachments.registrationChanged({ attachment, state: 'expired' });
          this.#note(this.#problem ?? 'registration has run out');
          break;
        case 'left':
          this.#rewatch(undefined);
          this.#whenLeft?.();
          break;
      }
    }
    this.#arm();
  }

  #send(lifetimeS: number): void {
    const { line } = this.#parts;
    const hop = this.#hop();
    const registrar = this.#registrar;
    this.#rewatch(hop);
    if (hop === undefined || registrar === undefined) {
      this.#feed({ name: 'unanswered' });
      return;
    }
    const { username, password } = this.#settings.sip;
    const user = escapeUser(username ?? 'escaut');
    const { user: _, ...domain } = { ...registrar, params: noParams };
    const aor: NameAddr = { uri: { ...domain, user }, params: noParams };
    const local = line.localFor(hop);
    const transport = hop.transport === 'udp' ? '' : `;transport=${hop.transport}`;
    const contact = `<sip:${user}@${bracketed(local.address)}:${local.port}${transport}>;expires=${lifetimeS}`;
    line.request(
      {
        method: 'REGISTER',
        uri: domain,
        hop,
        from: aor,
        to: aor,
        callId: this.#callId,
        sequence: ++this.#sequence,
        headers: [
          ['Contact', contact],
          ['Expires', String(lifetimeS)],
        ],
        ...(username !== undefined &&
          password !== undefined && { credentials: { username, password: password.reveal() } }),
      },
      (outcome) => {
        if (outcome.name === 'unanswered') this.#feed({ name: 'unanswered' });
        else {
          this.#sequence = Math.max(this.#sequence, outcome.sequence);
          this.#feed({ name: 'answered', response: outcome.response });
        }
      },
    );
  }

  #note(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#changed();
  }

  #refusalText({ status, reason }: { readonly status: number | undefined; readonly reason: string }): string {
    if (status === undefined) return reason;
    const said = `${status} ${reason}`.trim();
    if (status !== 401 && status !== 407) return said;
    const { password } = this.#settings.sip;
    return password === undefined ? `it asks for a password (${said})` : `wrong user name or password (${said})`;
  }

  #rewatch(hop: Hop | undefined): void {
    const { line } = this.#parts;
    if (hop?.address === this.#watched?.address && hop?.port === this.#watched?.port) return;
    if (this.#watched !== undefined) line.unwatch(this.#watched);
    this.#watched = hop;
    if (hop !== undefined) line.watch(hop);
  }

  #hop(): Hop | undefined {
    const registrar = this.#registrar;
    const address = registrar && this.#parts.line.addressOf(registrar.host.replace(/^\[|\]$/g, ''));
    const port = registrar?.port ?? usualPort(this.#settings.sip.transport);
    return address === undefined ? undefined : { transport: this.#settings.sip.transport, address, port };
  }
}
