/**
 * What has been found of talkgroups that are listened to beside a shared group (docs/fleet.md): one schema for the door,
 * the OpenAPI document, the command and the document that outlives the gateway. Pure.
 */
import { z } from 'zod';

const instant = z.iso.datetime().describe('UTC (RFC 3339).');
const count = z.int().nonnegative();

/** Found last of each shadow; older ones stand in the audit log. */
export const shadowFindingsMax = 50;

const findingSchema = z
  .strictObject({
    what: z
      .enum(['over', 'held', 'loop', 'unreadable'])
      .describe(
        'over: it would have been heard. held: it would have waited, or been sent away or cut off. loop: it was the voice of the group. unreadable: of no codec that was agreed, or encrypted.',
      ),
    at: instant,
    way: z.enum(['in', 'out']).optional().describe('in: from the talkgroup into the group; out: from the group to it.'),
    talker: z.string().optional().describe('Call sign, else address; absent: the network does not name him.'),
    voiceMs: count.optional().describe('From his first word to his last.'),
    waitedMs: count.optional().describe('The floor would have been his so long after he began.'),
    collisionMs: count.optional().describe("So long the talkgroup's own radios talked meanwhile."),
    end: z.string().optional().describe('How it would have ended: released, pre-empted, talk-limit, …'),
    why: z.string().optional().describe('queued, pre-empted, receive-only, queue-full, …'),
    by: z.string().optional().describe('Who would have had the floor.'),
    priority: count.optional(),
    claimed: count.optional().describe('The priority that was claimed, where `priorityMax` lowers it.'),
    emergency: z.boolean().optional(),
    delayMs: z.number().nonnegative().optional().describe('How long after it was sent it came back.'),
    likeness: z.number().optional().describe('How alike it was, 0–1.'),
  })
  .describe('What would have happened.');

const sideSchema = z.strictObject({
  overs: count,
  voiceMs: count,
  queued: count.describe('Talkers who would have had to wait.'),
  refused: count.describe('Talkers who would have been sent away.'),
  cut: count.describe('Talkers who would have been cut off by somebody stronger.'),
  emergencies: count,
});

export const shadowSchema = z
  .strictObject({
    group: z.string(),
    talkgroup: z.string(),
    state: z
      .enum(['up', 'connecting', 'down', 'closed', 'waits'])
      .describe('Of its call; waits: the group is not joined, or the talkgroup is for real.'),
    since: instant.describe('It is counted from then on, also over restarts of the gateway.'),
    in: sideSchema.describe('From the talkgroup into the group.'),
    out: sideSchema.describe('From the group to the talkgroup.'),
    unheardMs: count.describe('Of what the talkgroup said: what the group would not have heard.'),
    collisions: count.describe('Overs of the group into which radios of the talkgroup talked.'),
    collisionMs: count,
    lowered: count.describe('Overs whose priority would have been lowered to `priorityMax`.'),
    loops: count.describe(
      'Talks of the talkgroup that were the voice of the group: another way joins the two already.',
    ),
    unreadable: count.describe('Times that voice came which nobody could have heard.'),
    data: count.describe('Texts, statuses and positions of the talkgroup, none of which has passed.'),
    last: z.array(findingSchema).max(shadowFindingsMax).describe('The newest first.'),
  })
  .describe('A talkgroup that is listened to beside a group, and what it would have done as a leg of it.');

export const shadowsSchema = z
  .strictObject({ at: instant, shadows: z.array(shadowSchema) })
  .describe('All talkgroups that are listened to.');

/** As it outlives the gateway; `plan`: the settings under which it was counted. */
export const keptShadowsSchema = z.strictObject({
  version: z.literal(1),
  at: instant,
  shadows: z.array(shadowSchema.extend({ plan: z.string() })).max(20_000),
});

export type ShadowFindingShown = z.infer<typeof findingSchema>;
export type ShadowReport = z.infer<typeof shadowSchema>;
export type KeptShadows = z.infer<typeof keptShadowsSchema>;
