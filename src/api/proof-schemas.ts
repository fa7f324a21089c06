/** What the doors of the proofs take and answer: one schema for the check, the types, the disk and the OpenAPI document. Pure. */
import { z } from 'zod';
import { type ProofStep, proofCauses, proofVerdicts } from '../operations/line-proof.ts';

/** morning: by its time. hand: by a person. call: of one attachment, by a person. */
export const proofKinds = ['morning', 'hand', 'call'] as const;
export type ProofKind = (typeof proofKinds)[number];

const lineShape = { talkgroup: z.string(), network: z.string(), attachment: z.string() };
const proofSteps = [
  'waiting',
  'called',
  'answered',
  'not-answered',
  'sounding',
  'heard',
  'not-heard',
  'ended',
] as const satisfies readonly ProofStep[];

const busySchema = z
  .union([
    z.strictObject({ code: z.enum(['talk', 'no-group']) }),
    z.strictObject({ code: z.literal('group-open'), group: z.string() }),
    z.strictObject({ code: z.literal('joined'), talkgroup: z.string(), group: z.string() }),
  ])
  .describe('What keeps the talkgroups from being called; talk: somebody talks there. Groups by their short names.');

const resultSchema = z
  .strictObject({
    ...lineShape,
    verdict: z.enum(proofVerdicts).describe('unproven: for no fault that was found.'),
    causes: z.array(z.enum(proofCauses)).max(10).describe('Why it is not green.'),
    reason: z.string().exactOptional().describe('In words; may quote a far end.'),
    busy: busySchema.exactOptional(),
    fault: z.string().exactOptional().describe('Why the call did not come up: a code as of a leg in /status.'),
    heardOn: z.string().exactOptional().describe('The talkgroup on which the tone came back.'),
    levelDbov: z.number().exactOptional(),
    oneWayMs: z.number().exactOptional().describe('Half of the way out and back.'),
    whole: z.number().exactOptional().describe('Share of the tone that came, 0–1.'),
    identity: z.string().exactOptional().describe('Who talked, as the network said.'),
  })
  .describe('What was found of one talkgroup by way of one attachment.');

const aboutShape = {
  number: z.int().positive(),
  kind: z.enum(proofKinds),
  by: z.string().describe('Who wanted it; empty: its time.'),
  dueUtcMs: z.number().exactOptional().describe('When it should have begun.'),
  beganUtcMs: z.number(),
  endedUtcMs: z.number(),
  verdict: z.enum(proofVerdicts),
  missed: z.literal(true).exactOptional().describe('It did not take place.'),
};

export const proofReportSchema = z
  .strictObject({ ...aboutShape, results: z.array(resultSchema).max(1000) })
  .describe('One proof, of all lines or of those of one attachment.');
export type ProofReport = z.infer<typeof proofReportSchema>;

const count = z.int().nonnegative();
const summarySchema = z.strictObject({ ...aboutShape, green: count, red: count, unproven: count });

const progressSchema = z.strictObject({
  kind: z.enum(proofKinds),
  by: z.string(),
  beganUtcMs: z.number(),
  steps: z
    .array(
      z.strictObject({
        utcMs: z.number(),
        step: z.enum(proofSteps),
        talkgroup: z.string().exactOptional(),
        attachment: z.string().exactOptional(),
        reason: z.string().exactOptional(),
        fault: z.string().exactOptional(),
        busy: busySchema.exactOptional(),
      }),
    )
    .max(5000),
});
export type ProofProgress = z.infer<typeof progressSchema>;

export const proofsSchema = z
  .strictObject({
    group: z.string().exactOptional().describe('Name of the group for tests; absent: no proof is configured.'),
    nextUtcMs: z.number().exactOptional(),
    levelDbov: z.number().exactOptional().describe('Of the tone as it is sent.'),
    mayRun: z.boolean().describe('Whether whoever asks may have one now.'),
    lines: z
      .array(z.strictObject({ ...lineShape, short: z.string(), networkName: z.string(), rank: z.int() }))
      .describe('What is proven: of each talkgroup, by each attachment that may carry it.'),
    isUnderWay: z.boolean(),
    progress: progressSchema
      .exactOptional()
      .describe('Of the one under way, or the last one since the gateway was started.'),
    last: proofReportSchema.exactOptional().describe('Of all lines.'),
    lastCall: proofReportSchema.exactOptional().describe('Of one attachment.'),
    history: z.array(summarySchema).describe('Of the last 30 days, the newest first.'),
  })
  .describe('The proofs of the lines to the networks.');
export type ProofsView = z.infer<typeof proofsSchema>;

export const proofWishSchema = z
  .strictObject({
    attachment: z.string().max(200).exactOptional().describe('A test call of this one alone.'),
    by: z
      .string()
      .max(200)
      .exactOptional()
      .describe('The person, for programs on the machine of the gateway, at /proofs.'),
  })
  .describe('A proof now.');

/** Whether all is as it should be, by the last proof of all lines. */
export function summaryOf({ results, ...about }: ProofReport): z.infer<typeof summarySchema> {
  const counted = (of: string): number => results.filter(({ verdict }) => verdict === of).length;
  return { ...about, green: counted('green'), red: counted('red'), unproven: counted('unproven') };
}
