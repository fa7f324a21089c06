/** What the simulated networks are like and what stands where (config/scenarios/testbed.yaml). Pure. */
import { z } from 'zod';

const id = z.string().min(1).max(64);

const testbedSchema = z.strictObject({
  networks: z.record(id, z.strictObject({ setUpMs: z.int().min(0).max(2000) })),
  core: id,
  attachments: z.record(id, id),
  links: z.record(id, z.tuple([id, id])),
  desks: z.record(id, id),
  hitSources: z.record(id, z.strictObject({ name: id, country: z.string().length(2) })),
  plates: z.record(id, z.string().min(2).max(16)),
  watchers: z.record(id, z.array(id)),
});

export type Testbed = z.infer<typeof testbedSchema>;

/** @throws ZodError when it is not one; it is shipped with the program. */
export function readTestbed(document: unknown): Testbed {
  return testbedSchema.parse(document);
}

/** Attachments to whose site no link leads from the core while those links are cut. */
export function cutOff({ core, links, attachments }: Testbed, cut: ReadonlySet<string>): ReadonlySet<string> {
  const reached = new Set([core]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const [link, [a, b]] of Object.entries(links)) {
      if (cut.has(link) || reached.has(a) === reached.has(b)) continue;
      reached.add(a).add(b);
      grown = true;
    }
  }
  return new Set(
    Object.entries(attachments)
      .filter(([, site]) => !reached.has(site))
      .map(([attachment]) => attachment),
  );
}
