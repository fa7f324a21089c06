/** Our registration at a far end: sends what the pure machine (protocols/sip/registration.ts) decides. */
import { secretToken } from '../../base/random.ts';
import type { NameAddr } from '../../protocols/sip/header-values.ts';
import type { Hop } from '../../protocols/sip/hop.ts';
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

export class SipRegistration {
  readonly #settings: SipAttachmentSettings;
  readonly #parts: SipAttachmentParts;
  readonly #registrar: SipUri | undefined;
  readonly #arm: () => void;
  readonly #callId = secretToken();
  #state: RegistrationState = notRegistered;
  #sequence = 0;
  #whenLeft: (() => void) | undefined;

  constructor(settings: SipAttachmentSettings, registrar: string, parts: SipAttachmentParts, arm: () => void) {
    const uri = parseUri(registrar);
    this.#settings = settings;
    this.#parts = parts;
    this.#registrar = uri?.kind === 'sip' ? uri : undefined;
    this.#arm = arm;
  }

  get deadlineMs(): number {
    return registrationDeadlineMs(this.#state);
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
          events.registrationChanged({ attachment, state: 'registered' });
          break;
        case 'refused': {
          const reason = [action.status, action.reason].filter((each) => each !== undefined).join(' ');
          events.registrationChanged({ attachment, state: 'refused', reason });
          break;
        }
        case 'expired':
          events.registrationChanged({ attachment, state: 'expired' });
          break;
        case 'left':
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

  #hop(): Hop | undefined {
    const registrar = this.#registrar;
    const address = registrar && this.#parts.line.addressOf(registrar.host.replace(/^\[|\]$/g, ''));
    const port = registrar?.port ?? 5060;
    return address === undefined ? undefined : { transport: this.#settings.sip.transport, address, port };
  }
}
