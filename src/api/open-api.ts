/** The doors under /api/v1 as an OpenAPI 3.1 document, made of the schemas by which the doors themselves check. Pure. */
import { z } from 'zod';
import { doors, whoSchema } from './api-description.ts';
import type { Answer, Door } from './door-description.ts';
import {
  backSchema,
  changesSchema,
  fleetProblemSchema,
  numberParameter,
  previewSchema,
  stateSchema,
  versionSchema,
  versionsSchema,
  wordSchema,
} from './fleet-schemas.ts';
import { hitMessageSchema } from './hit-message.ts';
import { proofReportSchema, proofsSchema } from './proof-schemas.ts';
import { shadowsSchema } from './shadow-schema.ts';

type Node = Readonly<Record<string, unknown>>;

export function openApi(version: string): Node {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const door of doors) {
    paths[door.path] = { ...paths[door.path], [door.method]: operationOf(door) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Escaut',
      version,
      summary: 'Doors of the gateway for programs and for its page.',
      description:
        'People log in and are known by a cookie; every POST of theirs carries the Origin of the page and `x-escaut-console: 1`. Faults are problem+json (RFC 9457) with a `code` for programs.',
    },
    servers: [{ url: '/' }],
    tags: [...new Set(doors.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemaNodes(),
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-escaut-session',
          description: 'On loopback: escaut-session.',
        },
        token: { type: 'http', scheme: 'bearer', description: 'The service token of a source.' },
      },
    },
  };
}

// ── Parts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const named: Readonly<Record<string, z.ZodType>> = {
  Version: versionSchema,
  Versions: versionsSchema,
  Changes: changesSchema,
  Preview: previewSchema,
  State: stateSchema,
  Shadows: shadowsSchema,
  Problem: fleetProblemSchema,
  Word: wordSchema,
  Back: backSchema,
  Who: whoSchema,
  Proofs: proofsSchema,
  ProofReport: proofReportSchema,
  Hit: hitMessageSchema,
};

const pathParameters: Readonly<Record<string, Node>> = {
  number: { schema: nodeOf(numberParameter), description: 'Of it.' },
  ticket: { schema: { type: 'string', minLength: 43, maxLength: 43 }, description: 'As it was given at a console.' },
};

function schemaNodes(): Node {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: refOf, io: 'input' });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema]));
}

function refOf(id: string): string {
  return `#/components/schemas/${id}`;
}

function nodeOf(schema: z.ZodType): Node {
  const known = Object.entries(named).find(([, each]) => each === schema);
  if (known !== undefined) return { $ref: refOf(known[0]) };
  const { $schema, ...node } = z.toJSONSchema(schema, { io: 'input' });
  return node;
}

function operationOf({ id, path, tag, summary, words, by, query, headers, body, method, answers }: Door): Node {
  const own = by === 'session' && method === 'post';
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name = '']) => {
      const parameter = pathParameters[name];
      return parameter === undefined ? [] : [{ name, in: 'path', required: true, ...parameter }];
    }),
    ...queryOf(query),
    ...Object.entries(headers ?? {}).map(([name, { what, required }]) => {
      return { name, in: 'header', required, description: what, schema: { type: 'string' } };
    }),
    ...(own
      ? [
          {
            name: 'x-escaut-console',
            in: 'header',
            required: true,
            schema: { const: '1' },
            description: 'No form can send it.',
          },
        ]
      : []),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(words !== undefined && { description: words }),
    security: by === 'nobody' ? [] : [{ [by]: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: bodyOf(body) }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, answerOf(status, answer)]),
    ),
  };
}

function queryOf(query: z.ZodObject | undefined): Node[] {
  if (query === undefined) return [];
  const node = nodeOf(query) as { properties?: Record<string, Node>; required?: string[] };
  return Object.entries(node.properties ?? {}).map(([name, { description, ...schema }]) => ({
    ...{ name, in: 'query', required: node.required?.includes(name) ?? false, schema },
    ...(description !== undefined && { description }),
  }));
}

function bodyOf(body: NonNullable<Door['body']>): Node {
  if ('schema' in body) return { required: true, content: { 'application/json': { schema: nodeOf(body.schema) } } };
  return { required: true, description: body.what, content: { [body.text]: { schema: { type: 'string' } } } };
}

function answerOf(status: string, { what, schema, text, headers }: Answer): Node {
  const type = status >= '400' ? 'application/problem+json' : (text ?? 'application/json');
  const content = schema ?? (text === undefined ? undefined : z.string());
  return {
    description: what,
    ...(headers !== undefined && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
      ),
    }),
    ...(content !== undefined && { content: { [type]: { schema: nodeOf(content) } } }),
  };
}
