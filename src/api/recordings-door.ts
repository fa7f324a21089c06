/**
 * GET /api/v1/recordings/<ticket>: what somebody at a console was given a ticket for, whole or in ranges (RFC 9110 §14:
 * one range of octets; of several, all is sent). Whether the ticket holds is decided behind it; no path leads to a file.
 */
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExportsView } from './exports-schema.ts';
import type { GatewayServer } from './login-door.ts';

/** `unknown`: no ticket that holds here; whoever asks is told no more. `file`: read once, from its beginning. */
export type Served =
  | 'unknown'
  | 'busy'
  | { readonly bytes: Uint8Array; readonly type: string }
  | { readonly file: Readable; readonly octets: number; readonly name: string };

export interface RecordingsPort {
  /** `signedIn`: who has logged in there; undefined: nobody logs in here. */
  open(ticket: string, signedIn: string | undefined): Promise<Served>;
  /** Exports that concern that person. */
  orders(person: string): ExportsView;
}

export interface RecordingsDoorOptions {
  readonly port: RecordingsPort;
  /** Left out where nobody logs in. Empty: nobody has, or his session is locked. */
  readonly signedIn?: (request: FastifyRequest['raw']) => string;
}

const problems = {
  unknown: [404, 'Not Found', 'No recording under this address, or not any more.'],
  busy: [503, 'Service Unavailable', 'The recordings cannot be read at present: try again.'],
} as const;

export function registerRecordingsDoor(server: GatewayServer, { port, signedIn }: RecordingsDoorOptions): void {
  server.get<{ Params: { ticket: string } }>('/api/v1/recordings/:ticket', async (request, reply) => {
    const { ticket } = request.params;
    const served = /^[\w-]{43}$/.test(ticket) ? await port.open(ticket, signedIn?.(request.raw)) : 'unknown';
    reply.header('cache-control', 'no-store');
    if (typeof served === 'string') {
      const [status, title, detail] = problems[served];
      return reply.code(status).type('application/problem+json').send({ title, status, detail });
    }
    if ('bytes' in served) reply.header('content-disposition', 'inline; filename="recording.ogg"');
    if ('bytes' in served) return sendRange(request, reply, served.bytes, served.type);
    const { file, octets, name } = served;
    reply.header('content-disposition', `attachment; filename="${name}"`);
    return reply.type('application/zip').header('content-length', octets).send(file);
  });
}

function sendRange(request: FastifyRequest, reply: FastifyReply, bytes: Uint8Array, type: string): FastifyReply {
  const range = readRange(request.headers.range, bytes.length);
  reply.header('accept-ranges', 'bytes').type(type);
  if (range === 'none') {
    return reply.code(416).header('content-range', `bytes */${bytes.length}`).send();
  }
  if (range === 'all') return reply.send(Buffer.from(bytes));
  const { from, to } = range;
  reply.code(206).header('content-range', `bytes ${from}-${to}/${bytes.length}`);
  return reply.send(Buffer.from(bytes.subarray(from, to + 1)));
}

/** `from` and `to` inclusive, as RFC 9110 §14.1.2 counts. `none`: no octet of it is there. */
export function readRange(
  header: string | undefined,
  octets: number,
): 'all' | 'none' | { readonly from: number; readonly to: number } {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'all';
  if (first === '') {
    const length = Math.min(octets, Number(last));
    return length === 0 ? 'none' : { from: octets - length, to: octets - 1 };
  }
  const from = Number(first);
  const to = last === '' ? octets - 1 : Math.min(Number(last), octets - 1);
  if (last !== '' && Number(last) < from) return 'all'; // not a range at all
  return from >= octets ? 'none' : { from, to };
}
