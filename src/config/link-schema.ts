/** The kind `link` in the configuration: where the agent may connect from, how it shows who it is, how voice comes. */
import { z } from 'zod';
import { host, hostOrPrefix, levelSchema, port, secretSchema, text } from './schema-values.ts';

export const linkSchema = z
  .strictObject({
    listen: z
      .strictObject({
        host: host.describe('Local address at which the agent connects.'),
        port: port.describe('TCP port of its own.'),
      })
      .describe('Where we listen for the agent of this attachment.'),
    agent: text.max(64).describe('Name that the agent gives (Hello.agent).'),
    token: secretSchema
      .optional()
      .describe('Where the secret is kept that the agent must know: {env: NAME} or {file: PATH}.'),
    serviceTokens: z
      .boolean()
      .default(false)
      .describe(
        'true: the agent may show a service token of `escaut token` instead; without `token` it must (docs/accounts.md).',
      ),
    tls: z
      .strictObject({
        certificate: secretSchema.describe('Our certificate and those between it and its authority, PEM.'),
        key: secretSchema.describe('Its private key, PEM.'),
        clientCa: secretSchema
          .optional()
          .describe(
            'Certificate of the authority that signs the certificates of agents, PEM: without one, none is let in.',
          ),
        clientName: text.max(64).optional().describe("Common name that the agent's certificate must have."),
      })
      .optional()
      .describe('TLS 1.2 or later instead of plain TCP.'),
    sources: z
      .array(hostOrPrefix)
      .max(32)
      .default([])
      .describe('Addresses that the agent may connect from, e.g. [192.0.2.0/24]; empty: any.'),
    voice: z
      .array(z.enum(['rtp', 'frames']))
      .min(1)
      .max(2)
      .default(['rtp', 'frames'])
      .describe('Voice as RTP beside the stream or as frames inside it; the first that the agent can too is taken.'),
    codecs: z
      .array(z.enum(['PCM16', 'PCMA', 'PCMU']))
      .min(1)
      .max(3)
      .default(['PCM16', 'PCMA', 'PCMU'])
      .describe('Codecs accepted, the preferred one first. PCM16 is 16 kHz, linear.'),
    deadAfterMs: z
      .int()
      .min(500)
      .max(2000)
      .default(2000)
      .describe('An agent from which nothing came for so long is dead; each side asks four times as often.'),
    grantTimeoutMs: z
      .int()
      .min(100)
      .max(10_000)
      .default(2000)
      .describe('How long the network may take to let us talk; then it counts as refused, and is asked again.'),
    level: levelSchema,
  })
  .describe('The agent as proto/link.proto describes it.');
