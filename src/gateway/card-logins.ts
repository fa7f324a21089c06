/**
 * Logging in by smart card, and staying so while the card is good (ADR 0057).
 *
 *   page ──begin──▶ ticket (cookie), url ──▶ card listener (TLS asks for the certificate) ──come──▶ outcome of the ticket ──enter──▶ admitted
 *   every 5 s: a card that was revoked, has expired or is no longer his ends its session; never while he talks or an emergency
 *   runs on a group of his: then behind it
 *
 * A card and its PIN are two factors, so neither password nor code is asked for besides. That the key lies on a card is what
 * its authority promises; `policies` of the configuration keeps out certificates of which it does not.
 */
import { z } from 'zod';
import type { AskedFrom, CardPort, CardShown, LoggedIn, LoginRefusal } from '../api/login-port.ts';
import { Alarm, type Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import { readCardCertificate } from '../operations/card-certificate.ts';
import {
  type CardCertificate,
  type CardRules,
  cardFault,
  cardGrant,
  cardKey,
  type RevokedCards,
} from '../operations/card-grant.ts';
import type { Person } from '../operations/terms.ts';
import type { AccountKeeper } from '../store/account-methods.ts';
import { seal, unseal } from '../store/seal.ts';
import type { LoginSessions, Session } from './login-sessions.ts';
import { LoginTickets } from './login-tickets.ts';

export interface CardLoginsPorts {
  readonly clock: Clock;
  readonly events: SomeEvents<'accounts.cardFailed'>;
  readonly keeper: Pick<AccountKeeper, 'ensure'>;
  readonly sessions: LoginSessions;
  /** He talks, or an emergency runs that concerns him. */
  isNeeded(person: string): boolean;
  /** 32 octets, with which what is kept of a session's card is sealed. */
  readonly key: Uint8Array;
  /** As they are now. */
  lists(): readonly RevokedCards[];
  /** One of the authorities has signed that certificate. */
  isOurs(certificate: Uint8Array): boolean;
  people(): readonly { readonly id: string; readonly card?: string | undefined }[];
  /** At which the card listener is. */
  port(): number;
}

type Outcome =
  | { readonly as: 'proven'; readonly who: Person; readonly kept: KeptCard }
  | Extract<LoginRefusal, { code: `card-${string}` }>;

const keptCard = z.object({
  serial: z.string(),
  issuer: z.string(),
  fromUtcMs: z.number(),
  toUtcMs: z.number(),
  /** By which he is known. */
  value: z.string(),
});
type KeptCard = z.infer<typeof keptCard>;

const lookEveryMs = 5000;
const cardPath = '/card';

export class CardLogins implements CardPort {
  readonly #rules: CardRules;
  readonly #ports: CardLoginsPorts;
  /** By the origin of the page that began it. */
  readonly #tickets: LoginTickets<string, Outcome>;
  readonly #alarm: Alarm;
  #stopped = false;

  constructor(rules: CardRules, ports: CardLoginsPorts) {
    this.#rules = rules;
    this.#ports = ports;
    this.#tickets = new LoginTickets(ports.clock);
    this.#alarm = new Alarm(ports.clock, () => this.#look());
  }

  start(): void {
    this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm.clear();
  }

  async begin(origin: string): ReturnType<CardPort['begin']> {
    const ticket = this.#ports.sessions.newToken();
    this.#tickets.open(ticket, origin);
    const { hostname } = new URL(origin);
    return { as: 'begun', url: `https://${hostname}:${this.#ports.port()}${cardPath}`, ticket };
  }

  come(shown: CardShown, ticket: string, from: AskedFrom): string | undefined {
    const known = this.#tickets.of(ticket);
    // Also one whose way back was taken before: what it became stands.
    if (known === undefined || known.hasCome) {
      this.#refuse('card-late', from);
      return known?.begun;
    }
    known.hasCome = true;
    this.#tickets.came(known, this.#outcomeOf(shown, from));
    return known.begun;
  }

  async enter(ticket: string, takeOver: boolean, from: AskedFrom): Promise<LoggedIn | LoginRefusal> {
    const outcome = this.#tickets.of(ticket)?.outcome;
    if (outcome === undefined) return this.#refuse('card-late', from);
    if (outcome.as === 'refused') {
      this.#tickets.drop(ticket);
      return outcome;
    }
    const { keeper, sessions } = this.#ports;
    const { who, kept } = outcome;
    return await sessions.orAway(
      from,
      (async () => {
        await keeper.ensure(who.person);
        const renewal = seal(Buffer.from(JSON.stringify(kept)), this.#ports.key, who.person);
        const use = async () => this.#tickets.drop(ticket); // shown twice in one instant it lets in once
        const answer = await sessions.admit(who, { way: 'card', hasSecondFactor: true, renewal, use }, from, takeOver);
        if (answer.as === 'in') return answer;
        if (answer.code === 'code') return this.#refusal('card-late');
        // That there is such an account, which may not log in, is told to nobody.
        return answer.code === 'credentials' ? this.#refusal('card-person') : answer;
      })(),
    );
  }

  #outcomeOf({ certificate, verdict }: CardShown, from: AskedFrom): Outcome {
    const { clock, events, lists, people, sessions } = this.#ports;
    const card = certificate === undefined ? undefined : readCardCertificate(certificate);
    const named = card === undefined ? {} : { certificate: card.serial };
    if (certificate === undefined) return this.#refuse('card-none', from);
    const chain = { verdict, isOurs: this.#ports.isOurs(certificate) };
    const grant = cardGrant(card, chain, this.#rules, lists(), people(), clock.utcMs());
    const who = grant.ok ? sessions.person(grant.person.id) : undefined;
    if (!grant.ok || card === undefined || who === undefined) {
      const { fault, reason } = grant.ok ? { fault: 'card-person' as const, reason: 'nobody' } : grant;
      events.accounts.cardFailed({ reason, ...named, client: from.address });
      return this.#refuse(fault, from);
    }
    return { as: 'proven', who, kept: keptCard.parse({ ...card, value: grant.value }) };
  }

  #refuse(code: Extract<Outcome, { as: 'refused' }>['code'], from: AskedFrom): Extract<Outcome, { as: 'refused' }> {
    return this.#ports.sessions.refuse(undefined, from, this.#refusal(code));
  }

  #refusal(code: Extract<Outcome, { as: 'refused' }>['code']): Extract<Outcome, { as: 'refused' }> {
    return { as: 'refused', code };
  }

  // ── Whoever is in ────────────────────────────────────────────────────────────────────────────────────────────────

  #look(): void {
    const { clock, sessions, isNeeded, events } = this.#ports;
    for (const session of sessions.all.filter(({ way }) => way === 'card')) {
      const fault = this.#faultOf(session);
      if (fault === undefined || isNeeded(session.person)) continue;
      events.accounts.cardFailed({ reason: `${session.person}: ${fault}` });
      void sessions.end(session.hash, 'disabled');
    }
    if (!this.#stopped) this.#alarm.setAt(clock.nowMs() + lookEveryMs);
  }

  /** Why he may not stay. While nobody can say whether a card is revoked he stays, as all who are in. */
  #faultOf(session: Session): string | undefined {
    const { clock, lists, people } = this.#ports;
    const kept = this.#opened(session);
    if (kept === undefined) return 'what is kept of his card cannot be read';
    const own = people().find(({ id }) => id === session.person)?.card;
    if (own === undefined || cardKey(own, this.#rules.match) !== kept.value) return 'the card is no longer his';
    const fault = cardFault(kept, lists(), clock.utcMs());
    return fault === 'card-unchecked' ? undefined : fault;
  }

  #opened({
    renewal = '',
    person,
  }: Session): Omit<CardCertificate & KeptCard, 'names' | 'purposes' | 'policies'> | undefined {
    const bytes = unseal(renewal, this.#ports.key, person);
    if (bytes === undefined) return undefined;
    const text = Buffer.from(bytes).toString();
    return text.startsWith('{') ? keptCard.safeParse(JSON.parse(text)).data : undefined;
  }
}
