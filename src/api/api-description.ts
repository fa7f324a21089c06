/** The doors under /api/v1, with the schemas by which they themselves check. Pure; open-api.ts makes a document of it. */
import { z } from 'zod';
import { accountDoors } from './account-doors.ts';
import { type Answer, type Door, fleetFaults, problem } from './door-description.ts';
import { exportsPath, exportsSchema } from './exports-schema.ts';
import {
  backSchema,
  changesQuery,
  changesSchema,
  previewSchema,
  proposalQuery,
  stateSchema,
  versionSchema,
  versionsQuery,
  versionsSchema,
  wordSchema,
} from './fleet-schemas.ts';
import { hitAnswerSchema, hitMessageSchema } from './hit-message.ts';
import { listeningDoors } from './listening-doors.ts';
import { loginSchemas } from './login-door.ts';
import { waySchemas } from './login-ways.ts';
import { proofReportSchema, proofsSchema, proofWishSchema } from './proof-schemas.ts';
import { retentionDoors } from './retention-doors.ts';
import { shadowsSchema } from './shadow-schema.ts';
import { tokenDoors } from './token-doors.ts';

const yaml = 'application/yaml';
const fleet = '/api/v1/fleet';
const proofs = '/api/v1/proofs';
const tagOf = { ETag: 'Of this version as it is now.' };
const once = { 'Idempotency-Key': { what: 'A string in quotes, 8–64 characters; kept for 24 h.', required: true } };
const ofHolding = { 'If-Match': { what: 'ETag of what holds, from GET /api/v1/fleet.', required: true } };
const ofVersion = { 'If-Match': { what: 'ETag of the version as it was looked at.', required: false } };
export const whoSchema = z
  .strictObject({
    person: z.string(),
    display: z.string(),
    role: z.string(),
    isLocked: z.boolean(),
    hasSecondFactor: z.boolean(),
    mustEnrol: z
      .literal(true)
      .optional()
      .describe('Not in yet: a second factor has to be enrolled, and nothing else can be done.'),
    openedUtcMs: z.int(),
    endsUtcMs: z.int(),
    way: z.enum(['password', 'oidc', 'passkey', 'card']),
    address: z.string(),
  })
  .describe('Somebody who has logged in.');
const inSchema = z.strictObject({ who: whoSchema }).describe('The session stands in a cookie.');
const waysSchema = z.strictObject({
  password: z.literal(true),
  oidc: z.string().optional().describe('Name of a provider of identities.'),
  passkeys: z.boolean(),
  card: z.boolean().describe('A smart card.'),
  mustEnrol: z.literal(true).optional().describe('Whoever asks has to enrol a second factor first.'),
});
const accountSchema = z.strictObject({
  who: whoSchema,
  hasPassword: z.boolean(),
  recoveryCodesLeft: z.int(),
  card: z.string().optional().describe('The end of what his smart card is known by.'),
  passkeys: z.array(
    z.strictObject({
      ...{ id: z.string(), name: z.string(), host: z.string() },
      madeUtcMs: z.int(),
      usedUtcMs: z.int().optional(),
    }),
  ),
});
const optionsSchema = z.strictObject({ options: z.looseObject({}).describe('For the browser (WebAuthn).') });
const loggedIn: Answer = { what: 'Logged in, by another cookie.', schema: inSchema };

const proofFaults = {
  '401': problem('Nobody has logged in.'),
  '403': problem('The role may not, the session is locked, or the request is of another site.'),
  '429': problem('Too many requests of this address.'),
};
const unknown = { '404': problem('There is no such version.') };
const changing = {
  ...fleetFaults,
  '400': problem('No Idempotency-Key, or not what this address takes.'),
  '409': problem('The version is settled, or the same key is still under way.'),
  '412': problem('Another version has come to hold, or somebody has said something to this one.'),
  '415': problem('Another type than is taken.'),
  '422': problem('Not valid, each error with its line; a reason is missing; or another request bore this key.'),
};
const loginFaults = {
  '400': problem('Not what this address takes.'),
  '401': problem('Name, password or code is wrong, or nobody has logged in.'),
  '403': problem(
    'The request is of another site, the invitation is no good, or a second factor has to be enrolled first.',
  ),
  '429': problem('Too many requests or wrong guesses: see Retry-After.'),
  '503': problem('The accounts cannot be had.'),
};

export const doors: readonly Door[] = [
  {
    ...{ method: 'get', path: fleet, id: 'getFleet', tag: 'Fleet data', by: 'session' },
    summary: 'The fleet data that holds',
    words: 'YAML of the form of config/example.yaml; JSON where Accept asks for that alone.',
    answers: { '200': { what: 'The text.', text: yaml, headers: { ETag: 'For If-Match.' } }, ...fleetFaults },
  },
  {
    ...{ method: 'get', path: `${fleet}/state`, id: 'getFleetState', tag: 'Fleet data', by: 'session' },
    summary: 'Which version holds, and with which the gateway works',
    answers: { '200': { what: 'Numbers of versions.', schema: stateSchema }, ...fleetFaults },
  },
  {
    ...{ method: 'get', path: `${fleet}/shadows`, id: 'getShadows', tag: 'Fleet data', by: 'session' },
    summary: 'What talkgroups that are listened to beside a group would have done as legs of it',
    words: 'Counted since an instant of each; of what was found, the last 50. All of it stands in the audit log.',
    answers: { '200': { what: 'All of them.', schema: shadowsSchema }, ...fleetFaults },
  },
  {
    ...{ method: 'get', path: `${fleet}/versions`, id: 'listVersions', tag: 'Fleet data', by: 'session' },
    summary: 'Versions, the newest first',
    query: versionsQuery,
    answers: { '200': { what: 'A page.', schema: versionsSchema, headers: { Link: 'rel="next"' } }, ...fleetFaults },
  },
  {
    ...{ method: 'get', path: `${fleet}/versions/{number}`, id: 'getVersion', tag: 'Fleet data', by: 'session' },
    summary: 'One version',
    answers: { '200': { what: 'It.', schema: versionSchema, headers: tagOf }, ...unknown, ...fleetFaults },
  },
  {
    ...{ method: 'get', path: `${fleet}/versions/{number}/text`, id: 'getVersionText', tag: 'Fleet data' },
    by: 'session',
    summary: 'The text of a version; 0: of the configuration file',
    answers: { '200': { what: 'The text.', text: yaml }, ...unknown, ...fleetFaults },
  },
  {
    ...{ method: 'get', path: `${fleet}/versions/{number}/changes`, id: 'getVersionChanges', tag: 'Fleet data' },
    by: 'session',
    summary: 'What a version changes as against another',
    query: changesQuery,
    answers: { '200': { what: 'Item by item.', schema: changesSchema }, ...unknown, ...fleetFaults },
  },
  {
    ...{ method: 'get', path: `${fleet}/units.csv`, id: 'getUnits', tag: 'Fleet data', by: 'session' },
    summary: 'The units that hold, as a table',
    answers: { '200': { what: 'RFC 4180.', text: 'text/csv' }, ...fleetFaults },
  },
  {
    ...{ method: 'post', path: `${fleet}/units.csv`, id: 'readUnits', tag: 'Fleet data', by: 'session' },
    summary: 'What holds with the units of a table in place of its own',
    words: 'For a proposal: nothing changes. An id that is not in the table is not in the answer.',
    body: { text: 'text/csv', what: 'The whole table: commas or semicolons, columns named by its first line.' },
    answers: {
      '200': { what: 'The text.', text: yaml },
      ...fleetFaults,
      '415': changing['415'],
      '422': problem('Not valid: each error with its line of the table.'),
    },
  },
  {
    ...{ method: 'post', path: `${fleet}/preview`, id: 'previewText', tag: 'Fleet data', by: 'session' },
    summary: 'What a text would change, and whose word it would need',
    body: { text: yaml, what: 'The whole of the fleet data.' },
    answers: { '200': { what: 'Errors or changes.', schema: previewSchema }, ...fleetFaults, '415': changing['415'] },
  },
  {
    ...{ method: 'post', path: `${fleet}/versions`, id: 'proposeVersion', tag: 'Fleet data', by: 'session' },
    summary: 'Proposes a text',
    words: 'It holds as soon as everybody whose word is needed has agreed, and not before `from`.',
    query: proposalQuery,
    headers: { ...ofHolding, ...once },
    body: { text: yaml, what: 'The whole of the fleet data.' },
    answers: {
      '201': { what: 'Proposed.', schema: versionSchema, headers: { ...tagOf, Location: 'Of the version.' } },
      ...changing,
      '428': problem('No If-Match.'),
    },
  },
  {
    ...{ method: 'post', path: `${fleet}/back`, id: 'proposeBack', tag: 'Fleet data', by: 'session' },
    summary: 'Proposes the text of an older version',
    headers: { ...ofHolding, ...once },
    body: { schema: backSchema },
    answers: {
      '201': { what: 'Proposed.', schema: versionSchema, headers: { ...tagOf, Location: 'Of the version.' } },
      ...unknown,
      ...changing,
      '428': problem('No If-Match.'),
    },
  },
  ...(
    [
      ['agree', 'Agrees to a version', 'Whose word is needed says the version; an author has none in his own matter.'],
      ['refuse', 'Refuses a version', 'Whoever may agree may refuse, with a reason, also after he has agreed.'],
      ['withdraw', 'Takes back one’s own version', ''],
    ] as const
  ).map(
    ([word, summary, words]): Door => ({
      method: 'post',
      path: `${fleet}/versions/{number}/${word}`,
      id: `${word}Version`,
      tag: 'Fleet data',
      by: 'session',
      summary,
      ...(words !== '' && { words }),
      headers: { ...ofVersion, ...once },
      body: { schema: wordSchema },
      answers: { '200': { what: 'As it is now.', schema: versionSchema, headers: tagOf }, ...unknown, ...changing },
    }),
  ),
  ...listeningDoors,
  ...accountDoors,
  {
    ...{ method: 'post', path: '/api/v1/login', id: 'login', tag: 'People', by: 'nobody' },
    summary: 'Logs in',
    body: { schema: loginSchemas.login },
    answers: { '200': loggedIn, ...loginFaults, '409': problem('There is a console of this person elsewhere.') },
  },
  {
    ...{ method: 'post', path: '/api/v1/logout', id: 'logout', tag: 'People', by: 'session' },
    summary: 'Logs out',
    answers: {
      '204': { what: 'Out, or was never in.' },
      '200': { what: 'Out; where to log out at the provider.', schema: z.strictObject({ url: z.string() }) },
    },
  },
  {
    ...{ method: 'get', path: '/api/v1/session', id: 'getSession', tag: 'People', by: 'session' },
    summary: 'Who has logged in',
    answers: {
      '200': { what: 'Who it is.', schema: whoSchema },
      ...{ '401': loginFaults['401'], '403': problem('A second factor has to be enrolled first.') },
      '429': loginFaults['429'],
    },
  },
  {
    ...{ method: 'post', path: '/api/v1/session/unlock', id: 'unlock', tag: 'People', by: 'session' },
    summary: 'Opens a locked session again',
    body: { schema: loginSchemas.unlock },
    answers: { '200': loggedIn, ...loginFaults },
  },
  {
    ...{ method: 'post', path: '/api/v1/password', id: 'setPassword', tag: 'People', by: 'nobody' },
    summary: 'Sets a password: a new one, or the first by an invitation',
    body: { schema: loginSchemas.password },
    answers: { '200': { what: 'It is set.' }, ...loginFaults, '422': problem('The new password may not be one.') },
  },
  {
    ...{ method: 'post', path: '/api/v1/second-factor', id: 'beginSecondFactor', tag: 'People', by: 'session' },
    summary: 'Begins to enrol an authenticator',
    body: { schema: loginSchemas.secondFactor },
    answers: {
      '200': { what: 'What an authenticator reads.', schema: z.strictObject({ otpauth: z.string() }) },
      ...loginFaults,
    },
  },
  {
    ...{ method: 'post', path: '/api/v1/second-factor/confirm', id: 'confirmSecondFactor', tag: 'People' },
    by: 'session',
    summary: 'Ends it with a first code',
    body: { schema: loginSchemas.confirm },
    answers: {
      '200': {
        what: 'Recovery codes, shown once; another cookie.',
        schema: z.strictObject({ who: whoSchema, recoveryCodes: z.array(z.string()) }),
      },
      ...loginFaults,
      '409': problem('Nothing was begun.'),
    },
  },
  {
    ...{ method: 'get', path: '/api/v1/login', id: 'getWays', tag: 'People', by: 'nobody' },
    summary: 'By what one may log in here',
    answers: { '200': { what: 'The ways.', schema: waysSchema }, '429': loginFaults['429'] },
  },
  {
    ...{ method: 'get', path: '/api/v1/account', id: 'getAccount', tag: 'People', by: 'session' },
    summary: 'One’s own account',
    answers: { '200': { what: 'It.', schema: accountSchema }, ...loginFaults },
  },
  ...(
    [
      ['passkey', 'beginPasskey', 'Begins a login by passkey', waySchemas.nothing],
      ['passkeys', 'beginEnrolment', 'Begins to enrol a passkey', waySchemas.password],
    ] as const
  ).map(
    ([path, id, summary, schema]): Door => ({
      ...{ method: 'post', path: `/api/v1/${path}`, id, tag: 'People', summary },
      by: path === 'passkey' ? 'nobody' : 'session',
      body: { schema },
      answers: {
        '200': { what: 'What a browser is asked.', schema: optionsSchema },
        ...loginFaults,
        '409': problem('The page is reached by an address, or no more passkeys fit.'),
      },
    }),
  ),
  {
    ...{ method: 'post', path: '/api/v1/passkey/login', id: 'loginByPasskey', tag: 'People', by: 'nobody' },
    summary: 'Logs in by passkey',
    body: { schema: waySchemas.passkeyLogin },
    answers: { '200': loggedIn, ...loginFaults, '409': problem('There is a console of this person elsewhere.') },
  },
  {
    ...{ method: 'post', path: '/api/v1/passkeys/enrol', id: 'enrolPasskey', tag: 'People', by: 'session' },
    summary: 'Enrols a passkey',
    body: { schema: waySchemas.enrol },
    answers: { '200': loggedIn, ...loginFaults, '409': problem('No more passkeys fit.') },
  },
  {
    ...{ method: 'post', path: '/api/v1/passkeys/remove', id: 'removePasskey', tag: 'People', by: 'session' },
    summary: 'Removes a passkey',
    body: { schema: waySchemas.remove },
    answers: {
      '200': { what: 'It is gone.' },
      ...loginFaults,
      '409': problem('It is the last second factor, and one is insisted on.'),
    },
  },
  {
    ...{ method: 'post', path: '/api/v1/card', id: 'beginCard', tag: 'People', by: 'nobody' },
    summary: 'Begins a login by smart card',
    words:
      'Where console.tls.clientCertificates is configured. The card is shown in the TLS handshake of another port.',
    body: { schema: waySchemas.nothing },
    answers: {
      '200': { what: 'Where the browser goes; a ticket in a cookie.', schema: z.strictObject({ url: z.string() }) },
      ...loginFaults,
    },
  },
  {
    ...{ method: 'post', path: '/api/v1/card/enter', id: 'loginByCard', tag: 'People', by: 'nobody' },
    summary: 'Logs in whoever came back from showing his card',
    body: { schema: waySchemas.enter },
    answers: { '200': loggedIn, ...loginFaults, '409': problem('There is a console of this person elsewhere.') },
  },
  {
    ...{ method: 'post', path: '/api/v1/oidc', id: 'beginOidc', tag: 'People', by: 'nobody' },
    summary: 'Begins a login by the provider of identities',
    words: 'Where accounts.oidc is configured.',
    body: { schema: waySchemas.nothing },
    answers: {
      '200': { what: 'Where the browser goes; a ticket in a cookie.', schema: z.strictObject({ url: z.string() }) },
      ...loginFaults,
      '502': problem('The provider cannot be had, or cannot be trusted.'),
    },
  },
  {
    ...{ method: 'get', path: '/api/v1/oidc/callback', id: 'returnFromOidc', tag: 'People', by: 'nobody' },
    summary: 'The way back from the provider, to the page',
    answers: { '303': { what: 'To the page.' } },
  },
  {
    ...{ method: 'post', path: '/api/v1/oidc/enter', id: 'loginByOidc', tag: 'People', by: 'nobody' },
    summary: 'Logs in whoever came back from the provider',
    body: { schema: waySchemas.enter },
    answers: {
      '200': loggedIn,
      ...loginFaults,
      '409': problem('There is a console of this person elsewhere.'),
      '502': problem('The provider cannot be trusted.'),
    },
  },
  {
    ...{
      method: 'post',
      path: '/api/v1/oidc/back-channel-logout',
      id: 'logOutByProvider',
      tag: 'People',
      by: 'nobody',
    },
    summary: 'For the provider: somebody has logged out there',
    words: 'OpenID Connect Back-Channel Logout 1.0; known by its signature.',
    body: { text: 'application/x-www-form-urlencoded', what: 'logout_token' },
    answers: {
      '200': { what: 'He is out, or is once he no longer talks and no emergency runs on a group of his.' },
      '400': problem('No logout token of the provider, or one that has come before.'),
      '429': loginFaults['429'],
      '502': problem('The keys of the provider cannot be had.'),
    },
  },
  {
    ...{ method: 'post', path: '/api/v1/hits', id: 'sendHit', tag: 'Hits', by: 'token' },
    summary: 'Sends a hit of a number-plate camera',
    words: 'Where a source is configured. The same message again is answered as the first was (docs/hits.md).',
    body: { schema: hitMessageSchema },
    answers: {
      '201': { what: 'Taken.', schema: hitAnswerSchema },
      '200': { what: 'It had come before.', schema: hitAnswerSchema },
      '400': problem('No JSON.'),
      '401': problem('No token, or one that is wrong, expired or revoked.'),
      '403': problem('A service token for something else.'),
      '409': problem('Another message came under this reference.'),
      '413': problem('More than 4 KiB.'),
      '415': problem('Not application/json.'),
      '422': problem('Not as the schema says, a photo, or the plate in a text.'),
      '429': problem('Too many: see Retry-After.'),
      '503': problem('Service tokens cannot be checked: see Retry-After.'),
    },
  },
  {
    ...{ method: 'get', path: exportsPath, id: 'getExports', tag: 'Recordings', by: 'session' },
    summary: 'Exports of recordings that the person ordered or answers for, and why one failed',
    words: 'As his consoles show them; they are ordered, approved and fetched there alone.',
    answers: {
      '200': { what: 'The oldest first.', schema: exportsSchema },
      '401': problem('Nobody has logged in, or the session is locked.'),
      '429': problem('Too many requests of this address.'),
    },
  },
  {
    ...{ method: 'get', path: '/api/v1/recordings/{ticket}', id: 'getRecording', tag: 'Recordings', by: 'session' },
    summary: 'A recording, or a package, for which a ticket was given at a console',
    words:
      'For the person alone to whom it was given; of a recording any range of octets. Without accounts for whoever has it.',
    answers: {
      '200': { what: 'Ogg Opus, or the package.', text: 'audio/ogg', headers: { 'Accept-Ranges': 'bytes' } },
      '206': { what: 'The range that was asked for.', text: 'audio/ogg', headers: { 'Content-Range': 'Which it is.' } },
      '404': problem('No recording under this address, or not any more.'),
      '416': { what: 'No octet of that range is there.' },
      '503': problem('The recordings cannot be read at present.'),
    },
  },
  {
    ...{ method: 'get', path: '/api/v1/reference.css', id: 'getStyle', tag: 'This document', by: 'nobody' },
    summary: 'How this page looks',
    answers: { '200': { what: 'A style sheet.', text: 'text/css' } },
  },
  {
    ...{ method: 'get', path: proofs, id: 'getProofs', tag: 'Proofs', by: 'session' },
    summary: 'Proofs of the lines to the networks: the last ones, the history, and what is under way',
    words: 'Whoever has logged in may see them (docs/proof.md).',
    answers: { '200': { what: 'They.', schema: proofsSchema }, ...proofFaults },
  },
  {
    ...{ method: 'get', path: `${proofs}/{number}`, id: 'getProof', tag: 'Proofs', by: 'session' },
    summary: 'One proof of the last 30 days',
    answers: {
      '200': { what: 'It.', schema: proofReportSchema },
      ...{ '404': problem('There is no such proof, or not any more.') },
      ...proofFaults,
    },
  },
  {
    ...{ method: 'post', path: proofs, id: 'runProof', tag: 'Proofs', by: 'session' },
    summary: 'A proof of all lines now, or a test call of one attachment',
    body: { schema: proofWishSchema },
    answers: {
      '202': { what: 'It begins: GET says what becomes of it.', schema: proofsSchema },
      '400': problem('Not what this address takes.'),
      '404': problem('No talkgroup of the group for tests is carried by that attachment.'),
      '409': problem('One is under way, the group for tests is in use, or none is configured.'),
      ...proofFaults,
    },
  },
  ...retentionDoors,
  ...tokenDoors,
  {
    ...{ method: 'get', path: '/api/v1/openapi.json', id: 'getDescription', tag: 'This document', by: 'nobody' },
    summary: 'This document for programs',
    answers: { '200': { what: 'OpenAPI 3.1.' } },
  },
  {
    ...{ method: 'get', path: '/api/v1/', id: 'getPage', tag: 'This document', by: 'nobody' },
    summary: 'This document for people',
    answers: { '200': { what: 'A page.', text: 'text/html' } },
  },
];
