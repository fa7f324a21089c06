/** Voice of ours that comes back through somebody else's gateway: docs/loops.md. */
import { z } from 'zod';

export const loopsSchema = z
  .strictObject({
    recognise: z
      .boolean()
      .default(true)
      .describe(
        'Compare what a leg says with what was sent up to 2.1 s before; a leg on which that returns is isolated.',
      ),
    likenessMin: z
      .number()
      .min(0.45)
      .max(0.95)
      .default(0.75)
      .describe(
        'How alike it must be, five times in a row (three if by 0.1 more). Less finds more loops, and now and then one where there is none.',
      ),
    holdMs: z
      .int()
      .min(1000)
      .max(600_000)
      .default(10_000)
      .describe(
        'Nothing may come back for so long before an isolated leg is tried again; doubled when that was too early.',
      ),
    holdMsMax: z.int().min(1000).max(3_600_000).default(300_000).describe('No longer than so, however often.'),
    markPaths: z
      .boolean()
      .default(true)
      .describe(
        'Say in calls, and to agents of the link, through which gateways a group is reached, and refuse what leads back here.',
      ),
  })
  .prefault({})
  .describe("Loops through somebody else's gateway (docs/loops.md).");
