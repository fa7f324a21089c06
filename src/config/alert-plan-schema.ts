/** Alert plans: what is opened by one action, by whom, with which words, and until when. */
import { z } from 'zod';
import { planDetails } from '../operations/alert-plan.ts';
import { roles } from '../operations/terms.ts';
import { localisedName, ownId, reference, text } from './schema-values.ts';

const groups = z.array(reference('sharedGroups', 'A group that it opens; the first one leads.')).max(50).default([]);
const announcement = z.string().regex(/^ann-[a-z-]{1,40}$/, 'must be the id of an announcement such as ann-plan-level');
const country = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 code in capitals such as BE or FR');

const levelSchema = z.strictObject({
  level: z.int().min(1).max(9).describe('Its number, rising.'),
  name: localisedName.describe('What it is called.'),
  groups: groups.describe('Groups that are open at this level.'),
  posts: z.array(z.string().min(1).max(12)).max(100).default([]).describe('Posts to be held, by code of `places`.'),
});

export const alertPlanSchema = z.strictObject({
  id: ownId('alert plan'),
  name: localisedName.describe('What operators choose.'),
  openedBy: z.array(z.enum(roles)).min(1).max(roles.length).describe('Roles that may activate, change and end it.'),
  groups: groups.describe('Groups that it opens, where it has no levels; the first one leads.'),
  levels: z.array(levelSchema).max(9).default([]).describe('Its levels, from the lowest.'),
  requires: z
    .array(z.enum(planDetails))
    .max(planDetails.length)
    .default([])
    .describe(
      'What a person must say: reason, origin and host (control rooms), place (a code), hit (a confirmed one).',
    ),
  authority: z
    .record(country, text)
    .default({})
    .describe('Whose order it needs, by country; both must be stated above the first level.'),
  announce: announcement.optional().describe('Said on its groups when it is activated and at each level.'),
  announceEnd: announcement.optional().describe('Said on its groups when it ends.'),
  insert: z
    .strictObject({
      announcement: announcement.describe('What they hear.'),
      talkgroups: z
        .array(reference('talkgroups', 'A talkgroup that hears it, one way.'))
        .min(1)
        .max(50)
        .describe('Talkgroups outside of its groups.'),
    })
    .optional()
    .describe('Who hears of its activation and nothing else: no voice passes either way.'),
  borderRecord: z
    .boolean()
    .default(false)
    .describe('true: gives notice to the host with the activation; needs reason, origin and host.'),
  expiresMin: z.int().min(1).max(1440).describe('How long it is active unless it is renewed, min.'),
  renewable: z.boolean().default(false).describe('Whether it may be renewed for as long again.'),
});
