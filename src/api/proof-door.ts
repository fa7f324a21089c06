/**
 * /api/v1/proofs: the proofs of the lines to the networks, and test calls (docs/proof.md).
 *
 *   GET  proofs      the last ones whole, the history, and what is under way
 *   GET  proofs/N    one of the last 30 days
 *   POST proofs      one now, of all lines or of one attachment
 *
 * Whoever has logged in may see them. The same at /proofs for programs on this machine (`escaut proof`), which are known by
 * machine-guard.ts and name the person for whom they do.
 */
import type { FastifyReply } from 'fastify';
import type { Person } from '../operations/terms.ts';
import type { GatewayServer } from './login-door.ts';
import type { MachineGuard } from './machine-guard.ts';
import type { PageGuardOptions } from './page-guard.ts';
import { sharedProblems } from './problem-details.ts';
import { type ProofReport, type ProofsView, proofWishSchema } from './proof-schemas.ts';
import { Refusal, readAs, SessionDoor, type SessionPort, sendJson, takeJson } from './session-door.ts';

export type ProofRefusal = 'not-configured' | 'not-permitted' | 'under-way' | 'attachment-unknown' | 'group-in-use';

export interface ProofPort extends SessionPort {
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

type Code = ProofRefusal | 'machine' | 'person-unknown' | 'unknown';

const problems = {
  ...sharedProblems,
  machine: [403, 'Only for programs on the machine of the gateway, with its key: escaut proof --key.'],
  'not-permitted': [403, 'Your role may not.'],
  'person-unknown': [403, 'Nobody of that name is in the configuration.'],
  unknown: [404, 'There is no such proof, or not any more.'],
  'attachment-unknown': [404, 'No talkgroup of the group for tests is carried by that attachment.'],
  'not-configured': [409, 'No proof is configured: morningProof.'],
  'under-way': [409, 'One is under way.'],
  'group-in-use': [409, 'The group for tests is in use.'],
} as const;
const json = { bodyBytesMax, problems };

/** Adds the doors to the server. */
export function registerProofDoor(server: GatewayServer, { port, machine, ...options }: ProofDoorOptions): void {
  const door = new SessionDoor<Code>({ ...options, port, json });
  server.register(async (scope) => {
    door.guard(scope);
    scope.get(proofsPath, (request, reply) => sendJson(reply, port.view(door.person(request))));
    scope.get<{ Params: { number: string } }>(`${proofsPath}/:number`, (request, reply) => {
      const { number } = request.params;
      const report = /^[0-9]{1,9}$/.test(number) ? port.report(Number(number)) : undefined;
      return sendJson(reply, report ?? door.refuse('unknown'));
    });
    scope.post(proofsPath, (request, reply) => {
      const { attachment, by } = readAs(proofWishSchema, request.body);
      if (by !== undefined) door.refuse('body'); // he is who has logged in
      return run(reply, port, door.person(request), attachment);
    });
  });
  server.register(async (scope) => {
    takeJson(scope, json);
    scope.addHook('onRequest', async ({ raw }) => {
      if (!machine.admitsProgram(raw)) throw new Refusal<Code>('machine');
    });
    scope.get(machineProofsPath, (_request, reply) => sendJson(reply, port.view(undefined)));
    scope.post(machineProofsPath, (request, reply) => {
      const { attachment, by = '' } = readAs(proofWishSchema, request.body);
      return run(reply, port, port.personOf(by), attachment);
    });
  });
}

function run(
  reply: FastifyReply,
  port: ProofPort,
  person: Person | undefined,
  attachment: string | undefined,
): FastifyReply {
  if (person === undefined) throw new Refusal<Code>('person-unknown');
  const refusal = port.run(person, attachment);
  if (refusal !== undefined) throw new Refusal<Code>(refusal);
  return sendJson(reply.code(202), port.view(person));
}
