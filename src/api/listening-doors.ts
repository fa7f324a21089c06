/** The doors of announcements that are heard before they are said, described. Pure. */
import { type Door, fleetFaults, problem } from './door-description.ts';
import { announcementsSchema, heardSchema, listenSchema } from './listening.ts';

const announcements = '/api/v1/fleet/announcements';

export const listeningDoors: readonly Door[] = [
  {
    ...{ method: 'get', path: announcements, id: 'getAnnouncements', tag: 'Fleet data', by: 'session' },
    summary: 'The announcements that come with the gateway',
    answers: { '200': { what: 'Their texts.', schema: announcementsSchema }, ...fleetFaults },
  },
  {
    ...{ method: 'post', path: `${announcements}/listen`, id: 'listen', tag: 'Fleet data', by: 'session' },
    summary: 'What the gateway would say: as text, spelled out, and as speech',
    words: 'By the program and the voices that speak on the air; nothing is said there, and nothing changes.',
    body: { schema: listenSchema },
    answers: {
      '200': { what: 'It.', schema: heardSchema },
      '400': problem('Not what this address takes.'),
      ...fleetFaults,
    },
  },
];
