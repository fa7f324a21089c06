/** TLS of the console's listener, and the listener beside it for smart cards. */
import { z } from 'zod';
import { cardNames } from '../operations/card-grant.ts';
import { port, text } from './schema-values.ts';

const oid = z.string().regex(/^[0-2](?:\.\d{1,20}){1,20}$/, 'must be an object identifier such as 2.16.56.9.1.1');

const clientCertificatesSchema = z
  .strictObject({
    port: port.describe(
      'TCP port for logins by smart card alone, on the host of the page: browsers ask for a card there.',
    ),
    authorities: text.describe(
      'PEM file of the authorities that issue the cards, up to their roots; relative to this file. Read again when it changes.',
    ),
    revoked: z
      .array(text)
      .min(1)
      .max(64)
      .describe(
        'Files of revoked certificates (CRL, PEM or DER), one of each of these authorities, roots too. Read again when they change; a card whose list is missing or out of date is refused.',
      ),
    match: z
      .enum(cardNames)
      .default('serial-number')
      .describe(
        'What of a certificate says whose it is, and stands under `people` as `card`: serialNumber or common name (CN) of its subject, an e-mail address or a user principal name (UPN) of its alternative names.',
      ),
    policies: z
      .array(oid)
      .max(16)
      .default([])
      .describe(
        'Certificate policies (OID) of which it has to name one, such as that of keys on cards; none: any certificate of these authorities for client authentication.',
      ),
  })
  .describe('Logging in by smart card (TLS client certificate): docs/accounts.md. Needs accounts.enabled.');

export const consoleTlsSchema = z
  .strictObject({
    certificate: text.describe('PEM file of the certificate, its authorities behind it; relative to this file.'),
    key: text.describe('PEM file of its private key.'),
    clientCertificates: clientCertificatesSchema.optional(),
  })
  .describe('TLS by the gateway itself. Read again when a file is replaced, without a restart.');

export type CardSettings = z.output<typeof clientCertificatesSchema>;
