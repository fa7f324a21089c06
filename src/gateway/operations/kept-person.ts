import { z } from 'zod';
import { roles } from '../../operations/terms.ts';

/** A person as he stands in what outlives the process. */
export const keptPerson = z.object({
  person: z.string(),
  display: z.string(),
  role: z.enum(roles),
  controlRoom: z.string(),
});
