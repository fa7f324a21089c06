/** People who log in. */
import { z } from 'zod';
import { secondFactorRules } from '../operations/second-factor.ts';
import { roles } from '../operations/terms.ts';
import { country, secretSchema, text } from './schema-values.ts';

const grantSchema = z.strictObject({
  value: text.describe('What stands in `roleClaim`, such as the name of a group.'),
  role: z.enum(roles).describe('The role that it gives, to whoever has it under `people` as well.'),
  country: country.optional().describe('Only to people of that country; default: of any.'),
});

const oidcSchema = z
  .strictObject({
    name: text.max(40).describe('Its name on the button of the login page.'),
    issuer: z
      .url('must be a URL such as https://login.example.org')
      .max(400)
      .describe('Issuer of the provider, exactly as it names itself; by https, on loopback also by http.'),
    clientId: text.describe('As which the gateway is registered there.'),
    clientSecret: secretSchema.describe('Secret of that client.'),
    scopes: z
      .array(text)
      .min(1)
      .max(16)
      .default(['openid', 'profile', 'offline_access'])
      .describe('What it is asked for; it has to give a refresh token, by which a leaver is seen.'),
    prompt: text
      .describe('`prompt` of OpenID Connect. Default: login, so that nobody goes on as whoever sat there before.')
      .default('login'),
    personClaim: text
      .default('preferred_username')
      .describe('Claim of the ID Token that holds the id of one of the `people`.'),
    roleClaim: text
      .default('groups')
      .describe('Claim of the ID Token with his groups or roles; a path such as realm_access.roles is followed.'),
    grants: z
      .array(grantSchema)
      .min(1)
      .max(64)
      .describe('Which of them give which role. Whoever has none of his own role here is not let in.'),
    logoutThere: z
      .boolean()
      .default(false)
      .describe('Whoever logs out here logs out there too; register <origin of the page>/ there as the way back.'),
    timeoutSec: z.int().min(1).max(15).default(8).describe('Seconds that an answer of it may take.'),
  })
  .describe('A provider of identities (OpenID Connect) by which people may log in as well.');

export const accountsSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        'true: whoever opens a console logs in by a password of his own (docs/accounts.md); false: by printed one-time links.',
      ),
    breachedPasswords: text
      .optional()
      .describe(
        'File of passwords that attackers know, one a line, relative to this file; nobody may choose one of them, nor one of the common ones that come along.',
      ),
    secondFactor: z
      .enum(secondFactorRules)
      .default('offered')
      .describe(
        'Who has to have an authenticator or a passkey beside his password: offered, nobody; administration, fleet-admin, sys-admin, technician and auditor; required, everybody. Whoever has none enrols it before he can do anything else.',
      ),
    lockAfterMin: z
      .int()
      .min(5)
      .max(720)
      .default(60)
      .describe('Minutes without an act at a console until it is locked: it shows and sounds, and wants the password.'),
    sessionHoursMax: z
      .int()
      .min(1)
      .max(24)
      .default(14)
      .describe('Hours after which whoever has logged in does so anew: a shift and its hand-over.'),
    oidc: oidcSchema.optional(),
  })
  .prefault({})
  .describe('People who log in.');
