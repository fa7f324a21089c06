/** The doors of retention, described. Pure. */
import { type Door, problem } from './door-description.ts';
import {
  changedSchema,
  changeQuerySchema,
  changeSchema,
  changeWishSchema,
  heldSchema,
  holdWishSchema,
  liftedSchema,
  liftWishSchema,
  retentionSchema,
} from './retention-schemas.ts';

const retention = '/api/v1/retention';
const once = {
  'Idempotency-Key': {
    what: 'A string in quotes, 8–64 characters; kept for 24 h, of the last 100 answers over a restart too.',
    required: true,
  },
};
const faults = {
  '401': problem('Nobody has logged in.'),
  '403': problem('The role or the second person may not, the session is locked, or the request is of another site.'),
  '429': problem('Too many requests of this address.'),
  '503': problem('What is kept cannot be read or written.'),
};
const changing = {
  ...faults,
  '400': problem('No Idempotency-Key, or not what this address takes.'),
  '409': problem('The same key is still under way.'),
};

export const retentionDoors: readonly Door[] = [
  {
    ...{ method: 'get', path: retention, id: 'getRetention', tag: 'Retention', by: 'session' },
    summary: 'How long evidence is kept, what is held, what was deleted, and what goes next',
    words: 'For auditors (docs/evidence.md). Of the deletion reports the last 14.',
    answers: { '200': { what: 'All of it.', schema: retentionSchema }, ...faults },
  },
  {
    ...{ method: 'get', path: `${retention}/preview`, id: 'previewRetention', tag: 'Retention', by: 'session' },
    summary: 'What would go if a rule were otherwise',
    query: changeQuerySchema,
    answers: {
      '200': { what: 'All of it.', schema: changeSchema },
      ...faults,
      '400': problem('Not what this address takes.'),
      '404': problem('There is no such rule.'),
      '422': problem('That number of days is not possible; `bounds` says which are.'),
    },
  },
  {
    ...{ method: 'post', path: `${retention}/rules/{rule}`, id: 'setRetention', tag: 'Retention', by: 'session' },
    summary: 'Sets how long something is kept',
    words:
      'Two auditors ask for the same within ten minutes: one of the country that the rule is of, else of two countries. What is too old then goes with the next sweep.',
    headers: once,
    body: { schema: changeWishSchema },
    answers: {
      '200': { what: 'It is set.', schema: changedSchema },
      '202': { what: 'It waits for the second person.', schema: changedSchema },
      ...changing,
      '404': problem('There is no such rule.'),
      '422': problem('That number of days is not possible (`bounds`), or another request bore this key.'),
    },
  },
  {
    ...{ method: 'post', path: `${retention}/holds`, id: 'setHold', tag: 'Retention', by: 'session' },
    summary: 'Holds what was recorded in a time, or of an incident, beyond its time',
    words: 'One auditor is enough: it loses nothing.',
    headers: once,
    body: { schema: holdWishSchema },
    answers: {
      '201': { what: 'It is held.', schema: heldSchema },
      ...changing,
      '422': problem('There is no such group or incident, the time is none, or another request bore this key.'),
    },
  },
  {
    ...{ method: 'post', path: `${retention}/holds/{number}/lift`, id: 'liftHold', tag: 'Retention', by: 'session' },
    summary: 'Lifts a hold',
    words: 'Two auditors ask for it within ten minutes, one of them of its country, else of two countries.',
    headers: once,
    body: { schema: liftWishSchema },
    answers: {
      '200': { what: 'It is lifted.', schema: liftedSchema },
      '202': { what: 'It waits for the second person.', schema: liftedSchema },
      ...changing,
      '404': problem('There is no such hold, or it has been lifted.'),
      '422': problem('Another request bore this key.'),
    },
  },
];
