import type { z } from 'zod';
import type { KeptFile } from '../../store/kept-file.ts';

/** What was kept, where that is whole; what is not is laid aside and told by the file itself. */
export function readKept<T>(kept: Pick<KeptFile, 'read'>, schema: z.ZodType<T>): T | undefined {
  const document = kept.read((each) => schema.safeParse(each).success);
  return schema.safeParse(document).data;
}
