/**
 * POST /api/v1/hits: the door for systems of number-plate cameras. Says who may come in, how often and with what; what
 * becomes of a hit is decided behind it.
 *
 *   key or service token ─▶ rate ─▶ body ≤ 4 KiB ─▶ schema ─▶ plate becomes a keyed word ─▶ port.take ─▶ 201, 200 or 409
 *
 * The plate lives from the body to that word, whose key is this process' own and in no file (A-19). Faults are answered
 * as problem+json (RFC 9457), which names fields and never repeats what is in them; nothing of a body is logged. A service
 * token is judged before the body and once more behind it: one that is revoked meanwhile does nothing any more.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import type { SomeEvents } from '../base/events.ts';
import type { Logger } from '../base/logger.ts';
import { type Bucket, fullBucket, type RateLimit, take } from '../base/rate-limit.ts';
import { type ServiceTokensPort, serviceTokenPrefix } from '../base/service-token.ts';
import type { Config } from '../config/schema.ts';
import type { Hit, Read } from '../operations/anpr-hit.ts';
import { type FieldFault, readHitMessage } from './hit-message.ts';

/** What a message became, and the hit that it is now part of. */
export interface TakenRead {
  readonly as: 'new' | 'merged' | 'repeated' | 'conflict';
  readonly hit: number;
  readonly state: Hit['name'];
}

export interface HitsPort {
  /** `sameAs` knows the same vehicle again while this process lives; undefined where no plate came. */
  take(read: Read, sameAs: string | undefined, tokenId?: string): TakenRead;
}

export interface HitsIntakeOptions {
  readonly sources: Config['hits']['sources'];
  readonly clock: Clock;
  readonly events: SomeEvents<'operations.hitRefused'>;
  readonly port: HitsPort;
  readonly tokens: Pick<ServiceTokensPort, 'judge' | 'used'>;
}

type Source = HitsIntakeOptions['sources'][number];

/** Whoever was let in, and by which service token; undefined: by the key of the configuration. */
interface Admitted {
  readonly source: Source;
  readonly tokenId: string | undefined;
}

interface NotAdmitted {
  readonly problem: Problem;
  readonly tokenId?: string;
}

interface Problem {
  readonly status: 400 | 401 | 403 | 405 | 409 | 413 | 415 | 422 | 429 | 500 | 503;
  /** Word for programs; docs/hits.md. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly fields?: readonly FieldFault[];
}

export const hitsPath = '/api/v1/hits';
const bodyBytesMax = 4096;
const retryAfterS = 10;
const sourceRate: RateLimit = { burst: 30, perSecond: 2 };
/** Wrong tokens of one address that are answered and logged one by one. */
const strangerRate: RateLimit = { burst: 10, perSecond: 1 / 60 };
/** Addresses whose wrong tokens are counted. */
const strangersMax = 4096;

type GatewayServer = FastifyInstance<Server, IncomingMessage, ServerResponse, Logger>;

/** Adds the door to the server. */
export function registerHitsIntake(server: GatewayServer, options: HitsIntakeOptions): void {
  const intake = new HitsIntake(options);
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: bodyBytesMax }, readJson);
    scope.setErrorHandler<FastifyError>(async (error, request, reply) => intake.fail(error, request, reply));
    scope.post(hitsPath, {
      bodyLimit: bodyBytesMax,
      onRequest: (request, reply) => intake.admit(request, reply),
      handler: (request, reply) => intake.take(request, reply),
    });
  });
}

class HitsIntake {
  readonly #options: HitsIntakeOptions;
  readonly #keys: readonly (readonly [Source, Buffer])[];
  /** By which a vehicle is known again; in no file, and gone with the process. */
  readonly #plateKey = randomBytes(32);
  readonly #admitted = new WeakMap<FastifyRequest, Admitted>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #strangers = new Map<string, Bucket>();

  constructor(options: HitsIntakeOptions) {
    this.#options = options;
    this.#keys = options.sources.flatMap((source) => {
      return source.token === undefined ? [] : [[source, sha256(source.token.reveal())] as const];
    });
  }

  /** Before the body is read: whoever is not let in sends none. */
  async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const admitted = await this.#judge(request.headers.authorization);
    const nowMs = this.#options.clock.nowMs();
    if ('problem' in admitted) {
      await this.#turnAway(request, reply, admitted, nowMs);
      return;
    }
    const { source, tokenId } = admitted;
    const bucket = take(this.#buckets.get(source.id) ?? fullBucket(sourceRate, nowMs), sourceRate, nowMs);
    if (bucket === undefined) {
      await this.#refuse(request, reply, problems.rate, admitted);
      return;
    }
    this.#buckets.set(source.id, bucket);
    this.#admitted.set(request, admitted);
    if (tokenId !== undefined) this.#options.tokens.used(tokenId, request.ip);
  }

  async take(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { clock, port } = this.#options;
    const admitted = this.#admitted.get(request);
    if (admitted === undefined) throw new Error('a request that nobody has admitted');
    const { source, tokenId } = admitted;
    const now = tokenId === undefined ? admitted : await this.#judge(request.headers.authorization);
    if ('problem' in now) {
      await this.#turnAway(request, reply, now, clock.nowMs());
      return;
    }
    const reading = readHitMessage(request.body, clock.utcMs());
    if (!reading.ok) {
      const { fault: code, detail, fields } = reading;
      await this.#refuse(
        request,
        reply,
        { status: 422, title: 'Unprocessable Content', code, detail, fields },
        admitted,
      );
      return;
    }
    const read: Read = { source: source.id, ...reading.read };
    const sameAs = reading.plate === undefined ? undefined : this.#wordOf(reading.plate);
    const taken = port.take(read, sameAs, tokenId);
    if (taken.as === 'conflict') {
      await this.#refuse(request, reply, problems.conflict, admitted);
      return;
    }
    const { hit, state, as } = taken;
    await reply
      .code(as === 'repeated' ? 200 : 201)
      .header('cache-control', 'no-store')
      .send({
        hit,
        source: source.id,
        reference: read.reference,
        taken: as,
        state,
        ...(read.exercise && { exercise: true }),
      });
  }

  /** A body that is too long, no JSON, of another type; or a fault of ours, for the server's own handler to log. */
  async fail(error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const found = error.statusCode === undefined ? undefined : byStatus.get(error.statusCode);
    if (found === undefined) throw error;
    await this.#refuse(request, reply, found, this.#admitted.get(request));
  }

  /**
   * The right one is looked for first and in constant time, each source's alike: wrong ones of a neighbour behind the same
   * proxy shut nobody out, and the time says nothing of which sources there are.
   */
  async #judge(authorization: string | undefined): Promise<Admitted | NotAdmitted> {
    const shown = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1] ?? '';
    const hash = sha256(shown);
    let found: Source | undefined;
    for (const [source, key] of this.#keys) if (timingSafeEqual(hash, key)) found = source;
    if (found !== undefined) return { source: found, tokenId: undefined };
    if (!shown.startsWith(serviceTokenPrefix)) return { problem: problems.token };
    const { sources, tokens } = this.#options;
    const verdict = await tokens.judge(shown, 'hits');
    if ('fault' in verdict) {
      const { fault, ...known } = verdict;
      return { ...known, problem: problems[fault] };
    }
    const { holder, tokenId } = verdict;
    const source = sources.find(({ id }) => id === holder);
    return source === undefined ? { problem: problems['token-scope'], tokenId } : { source, tokenId };
  }

  /** Whoever goes on with wrong tokens is answered 429, and fills no log. */
  async #turnAway(
    request: FastifyRequest,
    reply: FastifyReply,
    { problem, ...known }: NotAdmitted,
    nowMs: number,
  ): Promise<void> {
    await this.#refuse(request, reply, this.#strangerMay(request.ip, nowMs) ? problem : problems.locked, known);
  }

  #strangerMay(client: string, nowMs: number): boolean {
    const bucket = take(this.#strangers.get(client) ?? fullBucket(strangerRate, nowMs), strangerRate, nowMs);
    if (bucket === undefined) return false;
    this.#strangers.delete(client);
    this.#strangers.set(client, bucket);
    if (this.#strangers.size > strangersMax) this.#strangers.delete(this.#strangers.keys().next().value ?? '');
    return true;
  }

  #wordOf(plate: string): string {
    return createHmac('sha256', this.#plateKey).update(plate).digest('base64');
  }

  async #refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    problem: Problem,
    { source, tokenId }: Partial<Admitted> = {},
  ): Promise<void> {
    const { status, title, code, detail, fields } = problem;
    const from = {
      ...(source === undefined ? { client: request.ip } : { source: source.id }),
      ...(tokenId !== undefined && { tokenId }),
    };
    const names = [...new Set((fields ?? []).map(({ field }) => field))];
    this.#options.events.operations.hitRefused({
      ...from,
      reason: code,
      ...(names.length === 0 ? {} : { fields: names }),
    });
    reply.code(status).header('cache-control', 'no-store').type('application/problem+json');
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (status === 429 || status === 503) reply.header('retry-after', retryAfterS);
    // What is left of the body is not waited for.
    if (status !== 409 && status !== 422) reply.header('connection', 'close');
    await reply.send({ title, status, detail, code, ...(fields === undefined ? {} : { fields }) });
  }
}

const problems = {
  token: {
    status: 401,
    title: 'Unauthorized',
    code: 'token',
    detail: 'Send the service token of your source: Authorization: Bearer …',
  },
  'token-expired': {
    status: 401,
    title: 'Unauthorized',
    code: 'token-expired',
    detail: 'This service token has expired: ask for another one.',
  },
  'token-revoked': {
    status: 401,
    title: 'Unauthorized',
    code: 'token-revoked',
    detail: 'This service token has been revoked.',
  },
  'token-scope': {
    status: 403,
    title: 'Forbidden',
    code: 'token-scope',
    detail: 'This service token is for something else than sending hits of a source of this gateway.',
  },
  'token-away': {
    status: 503,
    title: 'Service Unavailable',
    code: 'token-away',
    detail: 'Service tokens cannot be checked at the moment: send it again.',
  },
  locked: {
    status: 429,
    title: 'Too Many Requests',
    code: 'locked',
    detail: 'Too many wrong tokens came from this address.',
  },
  rate: {
    status: 429,
    title: 'Too Many Requests',
    code: 'rate',
    detail: `At most ${sourceRate.perSecond} hits a second, ${sourceRate.burst} at once.`,
  },
  conflict: {
    status: 409,
    title: 'Conflict',
    code: 'conflict',
    detail: 'Another message came under this reference: give each hit its own.',
  },
} as const satisfies Record<string, Problem>;

const byStatus: ReadonlyMap<number, Problem> = new Map(
  (
    [
      { status: 400, title: 'Bad Request', code: 'malformed', detail: 'The body is not JSON.' },
      {
        status: 413,
        title: 'Content Too Large',
        code: 'too-long',
        detail: `A hit has at most ${bodyBytesMax} bytes: this gateway takes no photo.`,
      },
      {
        status: 415,
        title: 'Unsupported Media Type',
        code: 'media-type',
        detail: 'Send application/json: this gateway takes no photo.',
      },
    ] as const
  ).map((problem) => [problem.status, problem]),
);

function readJson(
  _request: FastifyRequest,
  body: string | Buffer,
  done: (error: Error | null, body?: unknown) => void,
) {
  try {
    done(null, JSON.parse(body.toString()));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    done(Object.assign(new Error('not JSON'), { statusCode: 400 }));
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
