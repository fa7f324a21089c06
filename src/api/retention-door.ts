/**
 * /api/v1/retention: how long evidence is kept, what is held, what was deleted and what goes next, for auditors
 * (docs/evidence.md).
 *
 *   GET  retention                 all of that
 *   GET  retention/preview         what would go if a rule were otherwise: ?rule=hit&days=20
 *   POST retention/rules/RULE      sets a rule; the first of two persons waits for the second
 *   POST retention/holds           holds what was recorded in a time, or of an incident
 *   POST retention/holds/N/lift    lifts a hold; the first of two persons waits for the second
 *
 * Role and second person are decided behind it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { daysBounds, type RetentionRefusal } from '../operations/retention.ts';
import type { Person } from '../operations/terms.ts';
import type { KeptAnswers } from './idempotency.ts';
import type { GatewayServer } from './login-door.ts';
import type { PageGuardOptions } from './page-guard.ts';
import { type ProblemStatus, sharedProblems } from './problem-details.ts';
import {
  type ChangeView,
  type changedSchema,
  changeQuerySchema,
  changeWishSchema,
  type HoldWish,
  type heldSchema,
  holdWishSchema,
  type liftedSchema,
  liftWishSchema,
  type RetentionView,
} from './retention-schemas.ts';
import { readAs, SessionDoor, type SessionPort, sendJson } from './session-door.ts';

export type HoldRefusal =
  | Exclude<RetentionRefusal, 'role'>
  | 'not-permitted'
  | 'away'
  | 'hold-unknown'
  | 'group-unknown'
  | 'incident-unknown'
  | 'no-time';

/** `isWaiting`: for the second person. */
export type RetentionOutcome =
  | { readonly hold: number; readonly isWaiting: boolean }
  | { readonly refusal: HoldRefusal };

export type ChangeOutcome = { readonly isWaiting: boolean } | { readonly refusal: HoldRefusal };

export interface RetentionPort extends SessionPort {
  view(person: Person): Promise<{ readonly view: RetentionView } | { readonly refusal: HoldRefusal }>;
  preview(
    person: Person,
    rule: string,
    days: number,
  ): Promise<{ readonly view: ChangeView } | { readonly refusal: HoldRefusal }>;
  change(
    person: Person,
    wish: { readonly rule: string; readonly days: number; readonly reason: string },
  ): ChangeOutcome;
  hold(person: Person, wish: HoldWish): Promise<RetentionOutcome>;
  lift(person: Person, hold: number, reason: string): Promise<RetentionOutcome>;
}

export interface RetentionDoorOptions extends PageGuardOptions {
  readonly port: RetentionPort;
  readonly answers?: KeptAnswers;
}

export const retentionPath = '/api/v1/retention';
const bodyBytesMax = 8192;

type Code = HoldRefusal | keyof typeof sharedProblems;

const problems: Readonly<Record<Code, readonly [status: ProblemStatus, detail: string]>> = {
  ...sharedProblems,
  away: [503, 'What is kept cannot be read or written: see the log of the gateway.'],
  'not-permitted': [403, 'Your role may not.'],
  'not-own-control-room': [403, 'Not for another control room.'],
  'not-opened-by-role': [403, 'Your role may not.'],
  'test-groups-only': [403, 'Your role may not.'],
  'second-person-missing': [403, 'A second auditor has to ask for the same.'],
  'second-person-is-the-first': [403, 'It wants two persons.'],
  'second-person-may-not': [403, 'The second person may not.'],
  'second-person-other-country': [
    403,
    'One of the two has to be of the country that it is about; of all: they are of two countries.',
  ],
  'no-reason': [422, 'A reason is needed.'],
  'unknown-rule': [404, 'There is no such rule.'],
  'days-out-of-range': [422, `That number of days is not possible: ${daysBounds.min} to ${daysBounds.max}, whole.`],
  'hold-unknown': [404, 'There is no such hold, or it has been lifted.'],
  'group-unknown': [422, 'There is no such group, and no recording of one: nothing would be held.'],
  'incident-unknown': [422, 'The log names no border record, plan, hit or emergency of that name.'],
  'no-time': [422, 'The time ends before it begins.'],
};

/** Adds the doors to the server. */
export function registerRetentionDoor(server: GatewayServer, options: RetentionDoorOptions): void {
  const door = new RetentionDoor(options);
  server.register(async (scope) => {
    door.guard(scope);
    scope.get(retentionPath, (request, reply) => door.show(request, reply));
    scope.get(`${retentionPath}/preview`, (request, reply) => door.preview(request, reply));
    scope.post<{ Params: { rule: string } }>(`${retentionPath}/rules/:rule`, (request, reply) =>
      door.change(request.params.rule, request, reply),
    );
    scope.post(`${retentionPath}/holds`, (request, reply) => door.hold(request, reply));
    scope.post<{ Params: { number: string } }>(`${retentionPath}/holds/:number/lift`, (request, reply) =>
      door.lift(request.params.number, request, reply),
    );
  });
}

class RetentionDoor {
  readonly #port: RetentionPort;
  readonly #door: SessionDoor<HoldRefusal>;

  constructor(options: RetentionDoorOptions) {
    this.#port = options.port;
    const about = (code: Code) => (code === 'days-out-of-range' ? { bounds: daysBounds } : {});
    this.#door = new SessionDoor({ ...options, json: { bodyBytesMax, problems, about } });
  }

  guard(scope: FastifyInstance): void {
    this.#door.guard(scope);
  }

  async show(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { view } = this.#door.given(await this.#port.view(this.#door.person(request)));
    await sendJson(reply, view);
  }

  async preview(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { rule, days } = readAs(changeQuerySchema, request.query);
    const { view } = this.#door.given(await this.#port.preview(this.#door.person(request), rule, days));
    await sendJson(reply, view);
  }

  async change(rule: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { days, reason } = readAs(changeWishSchema, request.body);
    await this.#door.once(request, reply, async (person) => {
      const { isWaiting } = this.#door.given(this.#port.change(person, { rule, days, reason }));
      const body: z.infer<typeof changedSchema> = { rule, days, state: isWaiting ? 'waiting' : 'set' };
      return { status: isWaiting ? 202 : 200, headers: {}, body };
    });
  }

  async hold(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const wish = readAs(holdWishSchema, request.body);
    await this.#door.once(request, reply, async (person) => {
      const { hold } = this.#door.given(await this.#port.hold(person, wish));
      return { status: 201, headers: {}, body: { hold } satisfies z.infer<typeof heldSchema> };
    });
  }

  async lift(number: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { reason } = readAs(liftWishSchema, request.body);
    if (!/^[1-9][0-9]{0,8}$/.test(number)) this.#door.refuse('hold-unknown');
    await this.#door.once(request, reply, async (person) => {
      const { hold, isWaiting } = this.#door.given(await this.#port.lift(person, Number(number), reason));
      const body: z.infer<typeof liftedSchema> = { hold, state: isWaiting ? 'waiting' : 'lifted' };
      return { status: isWaiting ? 202 : 200, headers: {}, body };
    });
  }
}
