/** A small world: one group with an ASTRID and an INPT leg, another with RUBIS alone. Invented names. */
import { Directory } from '../../src/console/directory.ts';
import type { World } from '../../src/console/world.ts';

const networks = [
  { id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' },
  { id: 'inpt', name: 'INPT', technology: 'tetrapol', country: 'FR' },
  { id: 'rubis', name: 'RUBIS', technology: 'tetrapol', country: 'FR' },
];

export const world: World = {
  gatewayName: { fr: 'CCPD Tournai', nl: 'CCPD Doornik', en: 'Tournai PCCC' },
  timezone: 'Europe/Brussels',
  networks,
  groups: [
    {
      id: 'xb-acc',
      shortName: 'FRBE ACC',
      name: { fr: 'Accueil', nl: 'Onthaal', en: 'Access' },
      use: 'other',
      monitoredBy: [],
      countries: new Set(['BE', 'FR']),
      priority: 5,
      talkLimitMs: 30_000,
      talkWarnMs: 20_000,
      onDemand: false,
      autoCloseMin: 90,
      sharesPositions: false,
      legs: [
        { id: 'xb-acc/as-1', talkgroup: 'MON ACC', network: 'astrid' },
        { id: 'xb-acc/in-1', talkgroup: 'LIL ACC', network: 'inpt' },
      ],
    },
    {
      id: 'xb-patr',
      shortName: 'FRBE PATR',
      name: { fr: 'Patrouille', nl: 'Patrouille', en: 'Patrol' },
      use: 'other',
      monitoredBy: [],
      countries: new Set(['BE', 'FR']),
      priority: 5,
      talkLimitMs: 30_000,
      talkWarnMs: 20_000,
      onDemand: false,
      autoCloseMin: 90,
      sharesPositions: true,
      legs: [{ id: 'xb-patr/ru-1', talkgroup: 'GN 59', network: 'rubis' }],
    },
  ],
  talkgroups: [
    { id: 'as-9', shortName: 'HT ALERTE 1', networkId: 'astrid', endToEndEncrypted: false, consentOf: '' },
    { id: 'in-9', shortName: 'PJ CHIFFRE', networkId: 'inpt', endToEndEncrypted: true, consentOf: '' },
  ],
  alertPlans: [],
  controlRooms: [{ id: 'cr-ccpd', callSign: 'CCPD Tournai', country: 'BE' }],
  places: [
    {
      code: 'PF-04',
      name: { fr: 'Mouscron – Neuville', nl: 'Moeskroen – Neuville', en: 'Mouscron – Neuville' },
      sector: 'north',
      place: { latitudeDeg: 50.76, longitudeDeg: 3.19 },
    },
  ],
  mapStyle: '',
  directory: new Directory({
    networks,
    organisations: [
      { id: 'zp', name: 'ZP Mouscron', country: 'BE' },
      { id: 'pn', name: 'Police nationale Lille', country: 'FR' },
    ],
    units: [
      { address: '5317 031', network: 'astrid', callSign: 'Mouscron 31', organisation: 'zp', language: 'fr' },
      { address: '590 1 92 121', network: 'inpt', callSign: 'TV 21', organisation: 'pn', language: 'fr' },
    ],
  }),
};

export const operator = {
  person: 'ccpd-1',
  display: 'CCPD Tournai',
  role: 'dispatcher',
  controlRoom: 'cr-ccpd',
  controlRoomName: 'CCPD Tournai',
  country: 'BE',
  language: 'fr',
  priority: 10,
} as const;

/** All groups of the world, to hear and to talk on. */
export const allRights = {
  hears: new Set(world.groups.map(({ id }) => id)),
  talks: new Set(world.groups.map(({ id }) => id)),
  leads: new Set<string>(),
};
