/** Places that both countries call by one code, and where consoles' map comes from. */
import { z } from 'zod';
import { localisedName } from './schema-values.ts';

export const placeSchema = z.strictObject({
  code: z
    .string()
    .regex(/^[A-Z0-9][A-Z0-9-]{0,11}$/, 'must be 1–12 capitals, digits or "-" such as PF-04')
    .describe('Code that is said on the air in place of street names, unique.'),
  name: localisedName.describe(
    'Its name for each reader, with that of both sides in it: "Menin – Halluin" in French, "Menen – Halluin" in Dutch.',
  ),
  sector: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be a word in lower case such as north')
    .optional()
    .describe('Sector of the border plan to which it belongs.'),
  latitudeDeg: z.number().min(-90).max(90).describe('Where it is, WGS 84, degrees north.'),
  longitudeDeg: z.number().min(-180).max(180).describe('Degrees east.'),
});

export const mapSchema = z
  .strictObject({
    style: z
      .string()
      .regex(/^(https?:\/\/[^/\s]+)?\/[^\s]{1,1000}$/, 'must be an address such as https://maps.example.org/style.json')
      .optional()
      .describe(
        'Address of a MapLibre style, in place of the map of the border area that comes with the gateway: docs/map.md.',
      ),
    origins: z
      .array(
        z
          .string()
          .regex(/^https?:\/\/[^/\s;,]+$/, 'must be an origin such as https://maps.example.org, without a path'),
      )
      .max(16)
      .default([])
      .describe("Servers besides the style's own from which pages may load its tiles, letters and symbols."),
  })
  .prefault({})
  .describe("The background of consoles' map.");
