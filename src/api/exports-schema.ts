/** What the door of exports answers: one schema for the type and the OpenAPI document. Pure. */
import { z } from 'zod';
import { exportFaults } from '../operations/export-fault.ts';
import { orderStates } from '../operations/export-order.ts';

export const exportsPath = '/api/v1/exports';

const orderSchema = z.strictObject({
  order: z.int().positive(),
  state: z.enum(orderStates),
  by: z.string(),
  second: z.string(),
  reason: z.string(),
  fromUtcMs: z.number(),
  toUtcMs: z.number(),
  groups: z.array(z.string()),
  incident: z.string().describe('By which time and groups were found; empty: by neither.'),
  askedUtcMs: z.number(),
  sinceUtcMs: z.number().describe('When it came into this state.'),
  done: z.int().describe('While it is built: recordings put in, of `all`.'),
  all: z.int(),
  words: z.string().describe('Of whoever refused it.'),
  fault: z
    .strictObject({ code: z.enum(exportFaults), words: z.string().describe('And what is to be done.') })
    .exactOptional()
    .describe('Why it failed.'),
  manifestSha256: z.string().exactOptional().describe('Of its SHA256SUMS, by which the log knows it.'),
});
export const exportsSchema = z.strictObject({ orders: z.array(orderSchema) }).describe('The oldest first.');
export type ExportsView = z.infer<typeof exportsSchema>;
