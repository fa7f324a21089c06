/** What several doors say in the same words when they refuse, as problem+json (RFC 9457) has it. Pure. */

export const problemTitles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
} as const;
export type ProblemStatus = keyof typeof problemTitles;

/** Of every door that somebody who has logged in comes to, and that does a thing once for each key. */
export const sharedProblems = {
  'no-session': [401, 'Log in first: POST /api/v1/login.'],
  locked: [403, 'The session is locked: POST /api/v1/session/unlock.'],
  origin: [403, 'Only for the page of this gateway, or with its Origin and x-escaut-console: 1.'],
  rate: [429, 'Too many requests from this address.'],
  body: [400, 'The body is not what this address takes.'],
  'key-missing': [400, 'Send an Idempotency-Key: a string in quotes of 8 to 64 characters.'],
  'key-other': [422, 'Another request came under this Idempotency-Key.'],
  'key-under-way': [409, 'The first request of this Idempotency-Key is still being done.'],
  busy: [503, 'Too many changes at once: try again.'],
} as const satisfies Readonly<Record<string, readonly [status: ProblemStatus, detail: string]>>;
