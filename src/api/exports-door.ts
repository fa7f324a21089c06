/**
 * GET /api/v1/exports: exports of recordings that whoever has logged in ordered or answers for, as his consoles show them
 * (docs/evidence.md): how far each is, and why one failed, by its code and in his language. They are ordered, approved and
 * fetched at consoles alone. Faults are problem+json (RFC 9457).
 */
import { exportsPath } from './exports-schema.ts';
import type { GatewayServer } from './login-door.ts';
import { PageGuard, type PageGuardOptions, rateWaitMs } from './page-guard.ts';
import type { RecordingsDoorOptions } from './recordings-door.ts';

const problems = {
  'no-session': [401, 'Unauthorized', 'Log in first; a session that is locked shows nothing.'],
  rate: [429, 'Too Many Requests', 'Too many requests of this address.'],
} as const;

export function registerExportsDoor(
  server: GatewayServer,
  { port, signedIn, ...options }: RecordingsDoorOptions & PageGuardOptions,
): void {
  const guard = new PageGuard(options);
  server.get(exportsPath, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const person = guard.isTooOften(request) ? undefined : (signedIn?.(request.raw) ?? '');
    if (person !== undefined && person !== '') return reply.type('application/json').send(port.orders(person));
    const code = person === undefined ? 'rate' : 'no-session';
    const [status, title, detail] = problems[code];
    if (status === 401) reply.header('www-authenticate', 'Escaut-Session');
    else reply.header('retry-after', Math.ceil(rateWaitMs / 1000));
    return reply.code(status).type('application/problem+json').send({ title, status, detail, code });
  });
}
