/**
 * Who may be the agent of a link: compares what a Hello shows with the configuration, and asks the accounts about service
 * tokens. Performs what link-admission.ts decides.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { SomeEvents } from '../../base/events.ts';
import {
  type ServiceTokenFault,
  type ServiceTokensPort,
  type ServiceTokenVerdict,
  serviceTokenPrefix,
} from '../../base/service-token.ts';
import type { LinkSettings } from '../../config/schema.ts';
import type { Hello } from '../../protocols/link/frames.ts';
import type { LegId } from '../../voice/contract.ts';
import {
  type AdmissionAction,
  type AdmissionEvent,
  admissionDeadlineMs,
  isEnding,
  isLetGo,
  type ShownToken,
  startAdmission,
  stepAdmission,
} from './link-admission.ts';
import type { LinkLine } from './link-parts.ts';

/** What the log and the counter say; the agent is told less. */
export type GateRefusal = ServiceTokenFault | 'credentials' | 'token-busy';

export interface LinkGateHost {
  readonly attachment: string;
  readonly settings: Pick<LinkSettings, 'agent' | 'token' | 'serviceTokens' | 'tls'>;
  readonly tokens: ServiceTokensPort;
  readonly clock: Clock;
  readonly events: SomeEvents<'link.admitted' | 'link.tokenExpiring' | 'link.tokenEnded'>;
  /** Whoever it is, it is the agent. True: the session is this connection's now. */
  readonly enter: (line: LinkLine, hello: Hello) => boolean;
  readonly refuse: (line: LinkLine, refusal: GateRefusal, tokenId: string | undefined) => void;
  /** Of the session; needed: somebody is heard there, or an emergency runs. */
  readonly legs: () => readonly { readonly leg: LegId; readonly isNeeded: boolean }[];
  readonly letGo: (leg: LegId, reason: string) => void;
  readonly end: (line: LinkLine, reason: string) => void;
  readonly arm: () => void;
}

export class LinkGate {
  readonly #host: LinkGateHost;
  /** What came with the Hello of those that wait; of whoever gave another name or certificate, that it opens nothing. */
  readonly #shown = new Map<LinkLine, { readonly hello: Hello; readonly fits: boolean }>();
  #state = startAdmission<LinkLine>();

  constructor(host: LinkGateHost) {
    this.#host = host;
  }

  get deadlineMs(): number {
    return admissionDeadlineMs(this.#state);
  }

  /** Answers by `enter` or `refuse`: at once, or within 2 s where the accounts are asked. */
  judge(line: LinkLine, hello: Hello): void {
    const { agent, token, serviceTokens, tls } = this.#host.settings;
    // All are compared whatever the first gives, so that the time tells nothing.
    const known = sameSecret(hello.agent, agent);
    const trusted = token === undefined ? !serviceTokens : sameSecret(hello.token, token.reveal());
    const named = tls?.clientName === undefined || tls.clientName === line.clientName;
    const fits = known && named;
    if (serviceTokens && !trusted && hello.token.startsWith(serviceTokenPrefix)) {
      this.#shown.set(line, { hello, fits });
      this.#feed({ name: 'shown', line, digest: digestOf(hello.token).toString('hex') });
    } else if (!fits || !trusted) this.#host.refuse(line, 'credentials', undefined);
    else if (this.#host.enter(line, hello)) this.#feed({ name: 'entered', line });
  }

  gone(line: LinkLine): void {
    this.#shown.delete(line);
    this.#feed({ name: 'gone', line });
  }

  /** Someone has begun or ceased to talk. */
  talkChanged(): void {
    if (isEnding(this.#state)) this.#look();
  }

  isLetGo(leg: LegId): boolean {
    return isLetGo(this.#state, leg);
  }

  tick(): void {
    if (this.deadlineMs <= this.#host.clock.nowMs()) this.#feed({ name: 'tick' });
  }

  #look(): void {
    this.#feed({ name: 'look', legs: this.#host.legs() });
  }

  #feed(event: AdmissionEvent<LinkLine>): void {
    const { clock, arm } = this.#host;
    const { state, actions } = stepAdmission(this.#state, event, { nowMs: clock.nowMs(), utcMs: clock.utcMs() });
    this.#state = state;
    for (const action of actions) this.#perform(action);
    arm();
  }

  #perform(action: AdmissionAction<LinkLine>): void {
    const { attachment, events, refuse, letGo, end } = this.#host;
    switch (action.name) {
      case 'ask':
        this.#ask(action.line);
        break;
      case 'admit':
        this.#admit(action.line, action.token, action.isUnchecked);
        break;
      case 'refuse':
        this.#shown.delete(action.line);
        refuse(action.line, action.fault, action.tokenId);
        break;
      case 'inquire':
        this.#inquire(action.tokenId);
        break;
      case 'warn':
        events.link.tokenExpiring({ attachment, tokenId: action.tokenId, days: action.days });
        break;
      case 'ending':
        events.link.tokenEnded({ attachment, tokenId: action.tokenId, reason: action.fault });
        break;
      case 'look':
        this.#look();
        break;
      case 'letGo':
        letGo(action.leg, wordsOf(action.fault));
        break;
      case 'end':
        end(action.line, wordsOf(action.fault));
        break;
    }
  }

  #ask(line: LinkLine): void {
    const shown = this.#shown.get(line);
    if (shown === undefined) return;
    const { attachment, tokens } = this.#host;
    void tokens.judge(shown.hello.token, 'link').then((verdict) => {
      this.#feed({ name: 'verdict', line, verdict: forOne(verdict, attachment) });
    });
  }

  #inquire(tokenId: string): void {
    const { attachment, tokens } = this.#host;
    void tokens.standing(tokenId).then((verdict) => {
      this.#feed({ name: 'told', tokenId, verdict: forOne(verdict, attachment) });
    });
  }

  #admit(line: LinkLine, token: ShownToken, isUnchecked: boolean): void {
    const { attachment, tokens, events, enter, refuse } = this.#host;
    const shown = this.#shown.get(line);
    this.#shown.delete(line);
    if (shown === undefined) return;
    const { tokenId } = token;
    if (!shown.fits) {
      refuse(line, 'credentials', tokenId);
      return;
    }
    if (!enter(line, shown.hello)) return;
    tokens.used(tokenId, line.address);
    events.link.admitted({ attachment, remote: line.address, tokenId, ...(isUnchecked && { unchecked: true }) });
    this.#feed({ name: 'entered', line, token });
  }
}

/** A token of another attachment opens nothing here. */
function forOne(verdict: ServiceTokenVerdict, attachment: string): ServiceTokenVerdict {
  if ('fault' in verdict || verdict.holder === attachment) return verdict;
  return { fault: 'token-scope', tokenId: verdict.tokenId };
}

function wordsOf(fault: ServiceTokenFault): string {
  if (fault === 'token-revoked') return 'its service token was revoked';
  return fault === 'token-expired' ? 'its service token has expired' : 'its service token opens this link no more';
}

/** Compares in a time that depends on neither. */
export function sameSecret(said: string, known: string): boolean {
  return timingSafeEqual(digestOf(said), digestOf(known));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
