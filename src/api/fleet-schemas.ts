/** What the doors of the fleet data take and answer: one schema for the check, the types and the OpenAPI document. Pure. */
import { z } from 'zod';
import type { FleetChange } from '../config/fleet-diff.ts';
import { coded, problemCodes } from '../config/problem-codes.ts';
import type { Problem } from '../config/problems.ts';
import { type Editor, type FleetVersion, type Need, openNeeds } from '../operations/fleet-version.ts';
import { roles } from '../operations/terms.ts';

const instant = z.iso.datetime().describe('UTC (RFC 3339).');
const person = z
  .strictObject({
    person: z.string(),
    display: z.string(),
    role: z.enum(roles),
    controlRoom: z.string(),
    country: z.string(),
  })
  .describe('Who it was, as he was then.');

const needSchema = z.strictObject({
  permission: z.enum(['edit_groups', 'edit_users_roles']),
  country: z.string().optional().describe('Only somebody of this country can give it.'),
});

export const versionSchema = z
  .strictObject({
    number: z.int().positive(),
    base: z.int().nonnegative().describe("The version that it changes; 0: the configuration file's own data."),
    state: z.enum([
      'proposed',
      'approved',
      'due',
      'active',
      'past',
      'refused',
      'withdrawn',
      'outdated',
      'unfit',
    ] satisfies FleetVersion['name'][]),
    author: person,
    reason: z.string(),
    touches: z.strictObject({ groups: z.boolean(), people: z.boolean(), countries: z.array(z.string()) }),
    proposedAt: instant,
    from: instant.describe('Not before then.'),
    needs: z.array(needSchema).describe('Words that are still missing.'),
    decisions: z.array(
      z.strictObject({
        name: z.enum(['approved', 'refused', 'withdrawn']),
        by: person,
        at: instant,
        reason: z.string(),
      }),
    ),
    backTo: z.int().nonnegative().optional().describe('Its text is that of this older version.'),
    activeAt: instant.optional(),
    fault: z.string().optional().describe('Why it is unfit.'),
  })
  .describe('A version of the fleet data: who proposed it, whose word is missing, what has become of it.');

export const versionsSchema = z
  .strictObject({
    active: z.int().nonnegative().describe("The version that holds; 0: the configuration file's own data."),
    versions: z.array(versionSchema).describe('The newest first.'),
    next: z.int().positive().optional().describe('`before` of the next page; absent: there is none.'),
  })
  .describe('A page of versions.');

const fieldSchema = z.strictObject({
  path: z.string().describe('Within the item: `legs[as-mou].priority`.'),
  before: z.unknown().optional().describe('Absent: it was not there.'),
  after: z.unknown().optional().describe('Absent: it is not there any more.'),
});
const changeSchema = z.strictObject({
  section: z.string(),
  item: z.string().describe("Its id or code; empty where the order of the section's items has changed."),
  kind: z.enum(['added', 'removed', 'changed', 'moved']),
  fields: z.array(fieldSchema),
});
export const changesSchema = z
  .strictObject({ from: z.int().nonnegative(), to: z.int().nonnegative(), changes: z.array(changeSchema) })
  .describe('What one version changes as against another, item by item.');

const faultSchema = z
  .strictObject({
    severity: z.enum(['error', 'warning']),
    file: z.string(),
    line: z.int().positive(),
    column: z.int().positive(),
    path: z.string(),
    message: z.string(),
    code: z.enum(problemCodes).optional().describe('What it is, for whoever says it in other words.'),
    params: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .optional()
      .describe('What stands in those words.'),
  })
  .describe('What is wrong with a text, and where.');

export const previewSchema = z
  .strictObject({
    problems: z.array(faultSchema),
    changes: z.array(changeSchema).describe('Empty where there are errors.'),
    needs: z.array(needSchema).describe('Whose words it would need beside that of whoever asks.'),
  })
  .describe('What a text would change, before anybody says yes to it.');

const stepSchema = z.strictObject({
  section: z.string(),
  item: z.string(),
  kind: z.enum(['added', 'removed', 'changed', 'moved']),
  when: z.enum(['at-once', 'waits']).describe('`waits`: until it is not in use.'),
  why: z.enum(['open', 'under-way', 'talk', 'control-room', 'with-another']).optional(),
});
export const stateSchema = z
  .strictObject({
    active: z.int().nonnegative().describe('The version that holds.'),
    running: z.int().nonnegative().describe('The version with which the gateway works.'),
    owed: z.array(stepSchema).describe('What of it the gateway has not taken over yet.'),
  })
  .describe('Which version holds, and with which the gateway works.');

export const fleetProblemSchema = z
  .strictObject({
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('A word for programs.'),
    errors: z.array(faultSchema).optional().describe('Of a text: each error with its line.'),
    fields: z.array(z.string()).optional().describe('Parts of the request that are not right.'),
    waitS: z.int().optional(),
    sinceUtcMs: z.int().optional(),
  })
  .describe('What was wrong (RFC 9457).');

const reason = z.string().max(1000);
export const wordSchema = z
  .strictObject({ reason: reason.default('').describe('For a refusal it is needed.') })
  .describe('A word on a version.');
export const backSchema = z
  .strictObject({
    version: z
      .int()
      .nonnegative()
      .describe("Whose text shall hold again; 0: that of the configuration file's own data."),
    reason,
  })
  .describe('The way back.');

export const proposalQuery = z.strictObject({
  reason: reason.describe('Why, for whoever has to agree; at most 500 characters.'),
  from: z.iso.datetime({ offset: true }).optional().describe('Not before then; default: as soon as all have agreed.'),
});
export const versionsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20).describe('Versions of a page.'),
  before: z.coerce.number().int().min(1).optional().describe('Only those with a lower number.'),
});
export const changesQuery = z.strictObject({
  from: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('As against this one; default: the one that it was made from.'),
});
export const numberParameter = z.coerce.number().int().min(0).max(999_999_999);

/** Of a version: changes with all that the answer says of it. */
export function versionTag({ number, name, decisions }: FleetVersion): string {
  return `"${number}.${name}.${decisions.length}"`;
}

export function shownVersion(version: FleetVersion): z.infer<typeof versionSchema> {
  const { number, base, name, author, reason: why, touches, fromUtcMs, proposedUtcMs, decisions } = version;
  return {
    number,
    base,
    state: name,
    author: shownPerson(author),
    reason: why,
    touches: { groups: touches.groups, people: touches.people, countries: [...touches.countries] },
    proposedAt: at(proposedUtcMs),
    from: at(fromUtcMs),
    needs: name === 'proposed' ? shownNeeds(openNeeds(version)) : [],
    decisions: decisions.map(({ name: what, by, utcMs, reason: words }) => ({
      name: what,
      by: shownPerson(by),
      at: at(utcMs),
      reason: words,
    })),
    ...(version.backTo !== undefined && { backTo: version.backTo }),
    ...(version.activeUtcMs !== undefined && { activeAt: at(version.activeUtcMs) }),
    ...(version.fault !== undefined && { fault: version.fault }),
  };
}

export function shownNeeds(needs: readonly Need[]): z.infer<typeof needSchema>[] {
  return needs.map(({ permission, country }) => ({ permission, ...(country !== undefined && { country }) }));
}

export function shownChanges(changes: readonly FleetChange[]): z.infer<typeof changeSchema>[] {
  return changes.map(({ section, item, kind, fields }) => ({
    section,
    item,
    kind,
    fields: fields.map((field) => ({ ...field })),
  }));
}

export function shownFaults(problems: readonly Problem[]): z.infer<typeof faultSchema>[] {
  return problems.map(({ severity, file, line, column, path, message, code, params }) => {
    return { severity, file, line, column, path, message, ...coded(code, params && { ...params }) };
  });
}

function shownPerson({ person: id, display, role, controlRoom, country }: Editor): z.infer<typeof person> {
  return { person: id, display, role, controlRoom, country };
}

function at(utcMs: number): string {
  return new Date(utcMs).toISOString();
}
