/** A site with a person of each role, of the country whose word is needed, and of the other country whoever stands by. */
import { roles } from '../../src/operations/terms.ts';

const people = [
  ...roles.map((role) => ({ id: role, role, country: 'BE' })),
  { id: 'aud-fr', role: 'auditor', country: 'FR' },
  { id: 'opo-fr', role: 'fleet-admin', country: 'FR' },
];
const person = ({ id, role, country }: (typeof people)[number]) =>
  `  - {id: ${id}, display: Mr ${id}, role: ${role}, controlRoom: cr, country: ${country}}`;

/** Both talkgroups of the one shared group. */
export const bothLegs = '{talkgroup: a}, {talkgroup: b}';
/** One less: Belgium has to agree. */
export const oneLeg = '{talkgroup: b}';
export const newcomer = '\n  - {id: new, display: New, role: observer, controlRoom: cr, country: BE}';

export const fleetData = (joined: string, more = '', zone = 'PZ') => `
organisations: [{id: pz, name: ${zone}, country: BE}]
controlRooms: [{id: cr, callSign: CCPD, country: BE}]
people:
${people.map(person).join('\n')}${more}
talkgroups:
  - {id: a, network: be, number: "5300110", short: HT ALERTE 1}
  - {id: b, network: fr, number: "911", short: POLICE 1}
sharedGroups:
  - {id: xb, short: FRBE 1, name: {fr: a, nl: b, en: c}, mode: disabled, legs: [${joined}]}
`;
export const infrastructure = `version: 1
gateway: {id: gw, name: {fr: a, nl: b, en: c}, stateFolder: state}
networks:
  - {id: be, name: ASTRID, technology: tetra, country: BE}
  - {id: fr, name: INPT, technology: tetrapol, country: FR}
hits: {sources: [{id: be-anpr, country: BE}]}
`;
