/** The doors of service tokens, described. Pure. */
import { type Door, problem } from './door-description.ts';
import {
  madeTokenSchema,
  revokedTokenSchema,
  revokeWishSchema,
  tokensSchema,
  tokenWishSchema,
} from './token-schemas.ts';

const tokens = '/api/v1/tokens';
const once = {
  'Idempotency-Key': { what: 'A string in quotes, 8–64 characters; kept until a restart.', required: true },
};
const faults = {
  '401': problem('Nobody has logged in.'),
  '403': problem('The role may not, the session is locked, or the request is of another site.'),
  '429': problem('Too many requests of this address.'),
  '503': problem('Service tokens cannot be read or written.'),
};
const changing = { ...faults, '400': problem('No Idempotency-Key, or not what this address takes.') };

export const tokenDoors: readonly Door[] = [
  {
    ...{ method: 'get', path: tokens, id: 'getTokens', tag: 'Service tokens', by: 'session' },
    summary: 'Service tokens: whose, by whom, until when, and when they were last used',
    words: 'Of systems that send hits and of agents of links; for system administrators and technicians.',
    answers: {
      '200': { what: 'They.', schema: tokensSchema, headers: { ETag: 'For If-None-Match.' } },
      '304': { what: 'As If-None-Match has it.' },
      ...faults,
    },
  },
  {
    ...{ method: 'post', path: tokens, id: 'makeToken', tag: 'Service tokens', by: 'session' },
    summary: 'Makes a service token',
    words: 'The answer is the one place where it stands.',
    headers: once,
    body: { schema: tokenWishSchema },
    answers: {
      '201': { what: 'It is made.', schema: madeTokenSchema },
      ...changing,
      '409': problem('Too many of its tokens hold already, or the same key is still under way.'),
      '422': problem('Nobody would take it, the days are not possible (`bounds`), or another request bore this key.'),
      '503': problem('Service tokens cannot be written, or the disk is nearly full.'),
    },
  },
  {
    ...{ method: 'post', path: `${tokens}/{id}/revoke`, id: 'revokeToken', tag: 'Service tokens', by: 'session' },
    summary: 'Ends a service token at once',
    words: 'Hits are refused from the next on; an agent is sent away within 5 s, behind an over or an emergency.',
    headers: once,
    body: { schema: revokeWishSchema },
    answers: {
      '200': { what: 'It is ended.', schema: revokedTokenSchema },
      ...changing,
      '404': problem('There is no such token.'),
      '409': problem('It has been ended already, or the same key is still under way.'),
      '422': problem('Another request bore this key.'),
    },
  },
];
