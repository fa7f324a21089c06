/** The doors of accounts of others, described. Pure. */
import { accountsListSchema, linkSchema, personSchema } from './account-desk.ts';
import { type Door, fleetFaults, problem } from './door-description.ts';

const people = '/api/v1/fleet/people';
const once = { 'Idempotency-Key': { what: 'A string in quotes, 8–64 characters; kept for 24 h.', required: true } };

export const accountDoors: readonly Door[] = [
  {
    ...{ method: 'get', path: people, id: 'getAccounts', tag: 'People', by: 'session' },
    summary: 'Who has an account',
    answers: { '200': { what: 'Them.', schema: accountsListSchema }, ...fleetFaults },
  },
  ...(
    [
      ['disable', 'Disables a leaver', 'By one system administrator; his consoles close within 5 s.'],
      ['ask', 'Asks for a link by which a person sets a new password', 'It waits for 24 h, or until the next start.'],
      [
        'give',
        'Gives a link that another has asked for',
        'What he logged in by until now is gone, and his session too.',
      ],
    ] as const
  ).map(
    ([act, summary, words]): Door => ({
      ...{ method: 'post', path: `${people}/${act}`, id: `${act}Account`, tag: 'People', by: 'session' },
      ...{ summary, words },
      headers: once,
      body: { schema: personSchema },
      answers: {
        '200': { what: 'Done.', schema: linkSchema },
        ...fleetFaults,
        '400': problem('No Idempotency-Key, or not what this address takes.'),
        '403': problem('The role may not, it is one’s own account, or one has asked for the link oneself.'),
        '404': problem('There is nobody of that name, or he has no account.'),
        '409': problem('Nobody has asked for it, or too many wait.'),
      },
    }),
  ),
];
