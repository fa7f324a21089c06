/** How a door is described (api-description.ts). Pure. */
import type { z } from 'zod';
import { fleetProblemSchema } from './fleet-schemas.ts';

export interface Answer {
  readonly what: string;
  readonly schema?: z.ZodType;
  /** In place of JSON. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Door {
  readonly method: 'get' | 'post';
  /** `{name}` for what stands in it. */
  readonly path: string;
  readonly id: string;
  readonly tag:
    | 'Fleet data'
    | 'People'
    | 'Hits'
    | 'Recordings'
    | 'Proofs'
    | 'Retention'
    | 'Service tokens'
    | 'This document';
  readonly summary: string;
  readonly words?: string;
  readonly by: 'session' | 'token' | 'nobody';
  readonly query?: z.ZodObject;
  readonly headers?: Readonly<Record<string, { readonly what: string; readonly required: boolean }>>;
  readonly body?: { readonly schema: z.ZodType } | { readonly text: string; readonly what: string };
  readonly answers: Readonly<Record<string, Answer>>;
}

export const fleetFaults: Readonly<Record<string, Answer>> = {
  '401': problem('Nobody has logged in.'),
  '403': problem('The role may not, the session is locked, the request is of another site, or accounts are off.'),
  '429': problem('Too many requests of this address.'),
  '503': problem('The fleet data cannot be had.'),
};

export function problem(what: string): Answer {
  return { what, schema: fleetProblemSchema };
}
