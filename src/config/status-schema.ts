/** What a pre-coded status means, and its number in each network. */
import { z } from 'zod';
import { localisedName, reference } from './schema-values.ts';

/** First of the numbers that TETRA leaves to its users (EN 300 392-2 §14.8.34). */
export const statusFreeFrom = 32_768;

const statusNumber = z.int().min(1).max(65_535);

export const statusSchema = z.strictObject({
  code: statusNumber.describe('Its number where a network has none of its own, unique.'),
  name: localisedName.describe('What it means, in the language of whoever reads it.'),
  alarm: z
    .enum(['raised', 'over'])
    .optional()
    .describe('It stands for an emergency alarm of its sender, or for the end of one, whatever kind brings it.'),
  means: z
    .enum(['border-crossed', 'post-manned', 'post-released'])
    .optional()
    .describe('What the gateway makes of it: a time in a border record, or a post of an alert plan.'),
  numbers: z
    .array(
      z.strictObject({
        network: reference('networks', 'A network that has another number for it.'),
        number: statusNumber.describe('The number there; what is free to use in TETRA begins at 32768.'),
      }),
    )
    .max(100)
    .default([])
    .describe('Its numbers in the networks.'),
});
