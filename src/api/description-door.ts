/** /api/v1/ and /api/v1/openapi.json: what the other doors are, for people and for programs. Neither says who is there. */
import { apiPage, styleSheet } from './api-page.ts';
import type { GatewayServer } from './login-door.ts';
import { openApi } from './open-api.ts';

export function registerDescription(server: GatewayServer, version: string): void {
  const document = JSON.stringify(openApi(version));
  const answers = [
    ['/api/v1/openapi.json', 'application/json', document],
    ['/api/v1/', 'text/html; charset=utf-8', apiPage(version)],
    ['/api/v1/reference.css', 'text/css; charset=utf-8', styleSheet],
  ] as const;
  for (const [path, type, body] of answers) {
    server.get(path, async (_request, reply) => reply.header('cache-control', 'no-cache').type(type).send(body));
  }
}
