/** Groups, units and talk of the Tournai world for tests of the page. */
import { escaut } from '../../src/protocols/generated/console.js';

type Group = escaut.console.v1.Group.$Properties;
type Leg = escaut.console.v1.Leg.$Properties;
type Talker = escaut.console.v1.Talker.$Properties;
type Floor = escaut.console.v1.Floor.$Properties;
type Over = escaut.console.v1.Over.$Properties;
type Snapshot = escaut.console.v1.Snapshot.$Properties;

const { State, Transmission } = escaut.console.v1.Leg;

const networks = [
  { id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' },
  { id: 'inpt', name: 'INPT (police nationale, service ACROPOL)', technology: 'tetrapol', country: 'FR' },
  { id: 'rubis', name: 'RUBIS (gendarmerie nationale)', technology: 'tetrapol', country: 'FR' },
];

export function leg(groupId: string, networkId: string, talkgroup: string, change: Leg = {}): Leg {
  return {
    id: `${groupId}/${networkId}`,
    talkgroup,
    networkId,
    state: State.UP,
    attachment: `${networkId}-1`,
    transmission: Transmission.IDLE,
    packetLoss: 0.002,
    jitterMs: 6,
    ...change,
  };
}

export const mouscron31: Talker = {
  partyId: 'xb-pours-1/astrid',
  callSign: 'Mouscron 31',
  address: '5317031',
  organisation: 'ZP Mouscron',
  country: 'BE',
  networkId: 'astrid',
  language: 'fr',
  verified: true,
};
export const bac2: Talker = {
  partyId: 'xb-pours-1/inpt',
  callSign: 'BAC 2',
  address: '590 1 92 102',
  organisation: 'Police nationale Tourcoing',
  country: 'FR',
  networkId: 'inpt',
  language: 'fr',
  verified: true,
};
export const grensleie7: Talker = {
  partyId: 'xb-acc/astrid',
  callSign: 'Grensleie 7',
  address: '5455007',
  organisation: 'PZ Grensleie',
  country: 'BE',
  networkId: 'astrid',
  language: 'nl',
  verified: true,
};
/** Its network gave an address, and the configuration does not know it. */
export const unknownUnit: Talker = {
  partyId: 'xb-acc/rubis',
  address: '059 1 11 377',
  country: 'FR',
  networkId: 'rubis',
  verified: true,
};
/** Its network gave nothing. */
export const nameless: Talker = { partyId: 'xb-patr-b1/rubis', country: 'FR', networkId: 'rubis' };
export const otherConsole: Talker = {
  partyId: 'console:2',
  isConsole: true,
  callSign: 'CIC Hainaut',
  organisation: 'CIC Hainaut (police fédérale)',
  country: 'BE',
  language: 'fr',
  verified: true,
};

export function over(number: number, talker: Talker, ageMs: number, change: Over = {}): Over {
  return {
    over: number,
    talker,
    startUtcMs: Date.now() - ageMs,
    durationMs: 7400,
    end: 'released',
    ...change,
  };
}

export function floor(holder: Talker, ageMs = 0, change: Floor = {}): Floor {
  return { holder, priority: 9, sinceUtcMs: Date.now() - ageMs, over: 100, ...change };
}

function group(id: string, shortName: string, names: readonly [string, string, string], change: Group): Group {
  const [fr, nl, en] = names;
  return {
    id,
    shortName,
    name: { fr, nl, en },
    priority: 5,
    talkLimitMs: 30_000,
    talkWarnMs: 20_000,
    mayTalk: true,
    monitored: true,
    ...change,
  };
}

/** The three shared groups of the demonstration, at rest. */
export function demoSnapshot(): Snapshot {
  return {
    gatewayName: {
      fr: 'Passerelle radio CCPD Tournai',
      nl: 'Radiogateway CCPD Doornik',
      en: 'Tournai PCCC radio gateway',
    },
    timezone: 'Europe/Brussels',
    networks,
    groups: [
      group(
        'xb-pours-1',
        'FRBE POURS 1',
        ['Poursuite transfrontalière 1', 'Grensachtervolging 1', 'Cross-border pursuit 1'],
        {
          priority: 9,
          legs: [leg('xb-pours-1', 'astrid', 'HT ALERTE 1'), leg('xb-pours-1', 'inpt', 'FRBE POURS 1')],
          lastOvers: [
            over(12, bac2, 42_000, { durationMs: 6200 }),
            over(11, mouscron31, 55_000, { durationMs: 8900, lostMs: { 'xb-pours-1/inpt': 120 } }),
            over(10, otherConsole, 71_000, { durationMs: 30_000, end: 'talk-limit' }),
            over(9, mouscron31, 96_000, { durationMs: 4100 }),
            over(8, bac2, 125_000, { durationMs: 2300, end: 'pre-empted' }),
          ],
          consoles: [{ consoleId: 'console:2', display: 'CIC Hainaut', controlRoom: 'CIC Hainaut', country: 'BE' }],
        },
      ),
      group('xb-acc', 'FRBE ACC', ['Accueil transfrontalier', 'Oproepgroep grens', 'Border hailing'], {
        priority: 4,
        talkLimitMs: 60_000,
        talkWarnMs: 50_000,
        legs: [
          leg('xb-acc', 'astrid', 'FRBE ACC'),
          leg('xb-acc', 'inpt', 'FRBE ACC'),
          leg('xb-acc', 'rubis', 'FRBE ACC'),
        ],
        lastOvers: [over(7, grensleie7, 260_000)],
      }),
      group(
        'xb-patr-b1',
        'FRBE PATR B1',
        [
          'Patrouilles communes bassin 1 (Dunkerque - Westhoek)',
          'Gemengde patrouilles bekken 1',
          'Joint patrols basin 1',
        ],
        {
          legs: [
            leg('xb-patr-b1', 'astrid', 'FRBE PATR B1'),
            leg('xb-patr-b1', 'inpt', 'FRBE PATR B1'),
            leg('xb-patr-b1', 'rubis', 'FRBE PATR B1'),
          ],
        },
      ),
    ],
  };
}

/** Call sign and service as long as a console must show whole: 24 characters and a real service's full name. */
export const longest: Talker = {
  ...mouscron31,
  callSign: 'Wervik-Komen Grenspatr 4',
  organisation: 'Groupement de gendarmerie départementale du Nord',
  language: 'nl',
};

/** So many groups with long names; of more than three, the last third is on demand. */
export function crowd(count: number): Snapshot {
  const [first, second, third] = demoSnapshot().groups ?? [];
  const joined = count <= 3 ? count : Math.ceil((count * 2) / 3);
  const groups = Array.from({ length: count }, (_, index): Group => {
    const model = [first, second, third][index % 3] ?? {};
    const id = index < 3 ? (model.id ?? '') : `xb-${index + 1}`;
    const onDemand = index >= joined;
    const legs = (model.legs ?? []).map((each) => ({
      ...each,
      id: `${id}/${each.networkId}`,
      state: onDemand ? State.CLOSED : State.UP,
    }));
    const shortName = index < 3 ? (model.shortName ?? '') : `FRBE RES ${index + 1}`;
    return { ...model, id, shortName, legs, onDemand, mayTalk: !onDemand, monitored: !onDemand };
  });
  return { ...demoSnapshot(), groups };
}

/** Talkgroups that can be joined, one that cannot, and one that is joined elsewhere. */
export const talkgroups = [
  { id: 'as:5400110', shortName: 'WV ALARM 1', networkId: 'astrid' },
  { id: 'in:590-880', shortName: 'PJ CHIFFRE', networkId: 'inpt', endToEndEncrypted: true },
  { id: 'as:5300110', shortName: 'HT ALERTE 1', networkId: 'astrid' },
];
