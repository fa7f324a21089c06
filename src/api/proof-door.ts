/**
 * /api/v1/proofs: the proofs of the lines to the networks, and test calls (docs/proof.md).
 *
 *   GET  proofs      the last ones whole, the history, and what is under way
 *   GET  proofs/N    one of the last 30 days
 *   POST proofs      one now, of all lines or of one attachment
 *
 *   rate, origin ─▶ session ─▶ schema ─▶ role, where one is wanted
 *
 * Whoever has logged in may see them. The same at /proofs for programs on this machine (`escaut proof`), which are known by
 * machine-guard.ts and name the person for whom they do. Faults are problem+json (RFC 9457).
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Person } from '../operations/terms.ts';
import type { GatewayServer } from './login-door.ts';
import { fromOf } from './login-request.ts';
import type { MachineGuard } from './machine-guard.ts';
import { PageGuard, type PageGuardOptions, rateWaitMs } from './page-guard.ts';
import { type ProofReport, type ProofsView, proofWishSchema } from './proof-schemas.ts';

export type ProofRefusal = 'not-configured' | 'not-permitted' | 'under-way' | 'attachment-unknown' | 'group-in-use';

export interface ProofPort {
  /** Who has logged in with that cookie. */
  signedIn(token: string): { readonly person: Person; readonly isLocked: boolean } | undefined;
  /** A person of the configuration. */
  personOf(id: string): Person | undefined;
  /** Undefined: as a program on this machine sees it. */
  view(person: Person | undefined): ProofsView;
  report(number: number): ProofReport | undefined;
  run(person: Person, attachment: string | undefined): ProofRefusal | undefined;
}

export interface ProofDoorOptions extends PageGuardOptions {
  readonly port: ProofPort;
  readonly machine: MachineGuard;
}

export const proofsPath = '/api/v1/proofs';
/** For programs on this machine. */
export const machineProofsPath = '/proofs';
const bodyBytesMax = 1024;

const problems = {
  'no-session': [401, 'Unauthorized', 'Log in first.'],
  locked: [403, 'Forbidden', 'The session is locked.'],
  origin: [403, 'Forbidden', 'Only our own page may ask that.'],
  machine: [403, 'Forbidden', 'Only for programs on the machine of the gateway, with its key: escaut proof --key.'],
  'not-permitted': [403, 'Forbidden', 'Your role may not.'],
  'person-unknown': [403, 'Forbidden', 'Nobody of that name is in the configuration.'],
  unknown: [404, 'Not Found', 'There is no such proof, or not any more.'],
  'attachment-unknown': [404, 'Not Found', 'No talkgroup of the group for tests is carried by that attachment.'],
  'not-configured': [409, 'Conflict', 'No proof is configured: morningProof.'],
  'under-way': [409, 'Conflict', 'One is under way.'],
  'group-in-use': [409, 'Conflict', 'The group for tests is in use.'],
  body: [400, 'Bad Request', 'Not what this address takes.'],
  rate: [429, 'Too Many Requests', 'Too many requests of this address.'],
} as const;
type Code = keyof typeof problems;

class Refusal extends Error {
  readonly code: Code;

  constructor(code: Code) {
    super(code);
    this.code = code;
  }
}

/** Adds the doors to the server. */
export function registerProofDoor(server: GatewayServer, { port, machine, ...options }: ProofDoorOptions): void {
  const guard = new PageGuard(options);
  const asking = new WeakMap<FastifyRequest, Person>();
  server.register(async (scope) => {
    furnish(scope);
    scope.addHook('onRequest', async (request) => {
      asking.set(request, admit(request, port, guard));
    });
    scope.get(proofsPath, (request, reply) => send(reply, port.view(asking.get(request))));
    scope.get<{ Params: { number: string } }>(`${proofsPath}/:number`, (request, reply) => {
      const { number } = request.params;
      const report = /^[0-9]{1,9}$/.test(number) ? port.report(Number(number)) : undefined;
      if (report === undefined) throw new Refusal('unknown');
      return send(reply, report);
    });
    scope.post(proofsPath, (request, reply) => {
      const { attachment, by } = read(request.body);
      if (by !== undefined) throw new Refusal('body'); // he is who has logged in
      return run(reply, port, asking.get(request), attachment);
    });
  });
  server.register(async (scope) => {
    furnish(scope);
    scope.addHook('onRequest', async ({ raw }) => {
      if (!machine.admitsProgram(raw)) throw new Refusal('machine');
    });
    scope.get(machineProofsPath, (_request, reply) => send(reply, port.view(undefined)));
    scope.post(machineProofsPath, (request, reply) => {
      const { attachment, by = '' } = read(request.body);
      return run(reply, port, port.personOf(by), attachment);
    });
  });
}

function furnish(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: bodyBytesMax },
    (_request, body, done) => done(null, parsed(body.toString())),
  );
  scope.setErrorHandler<FastifyError>(async (error, _request, reply) => fail(error, reply));
}

function admit(request: FastifyRequest, port: ProofPort, guard: PageGuard): Person {
  const refusal = guard.refusal(request);
  if (refusal !== undefined) throw new Refusal(refusal);
  const signedIn = port.signedIn(fromOf(request).token);
  if (signedIn === undefined) throw new Refusal('no-session');
  if (signedIn.isLocked) throw new Refusal('locked');
  return signedIn.person;
}

function read(body: unknown): z.infer<typeof proofWishSchema> {
  const wish = proofWishSchema.safeParse(body);
  if (!wish.success) throw new Refusal('body');
  return wish.data;
}

function run(
  reply: FastifyReply,
  port: ProofPort,
  person: Person | undefined,
  attachment: string | undefined,
): FastifyReply {
  if (person === undefined) throw new Refusal('person-unknown');
  const refusal = port.run(person, attachment);
  if (refusal !== undefined) throw new Refusal(refusal);
  return send(reply.code(202), port.view(person));
}

/** @throws what is a fault of ours, for the server's own handler to log */
async function fail(error: FastifyError, reply: FastifyReply): Promise<void> {
  const isClients = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  const code = error instanceof Refusal ? error.code : isClients ? 'body' : undefined;
  if (code === undefined) throw error;
  const [status, title, detail] = problems[code];
  reply.code(status).header('cache-control', 'no-store').type('application/problem+json');
  if (status === 401) reply.header('www-authenticate', 'Escaut-Session');
  if (status === 429) reply.header('retry-after', Math.ceil(rateWaitMs / 1000));
  await reply.send({ title, status, detail, code });
}

function send(reply: FastifyReply, body: object): FastifyReply {
  return reply.header('cache-control', 'no-store').type('application/json').send(body);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
