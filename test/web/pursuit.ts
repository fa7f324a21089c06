/** A pursuit on the Tournai world as the gateway tells it to a page that comes: for pictures of every view. */
import { escaut } from '../../src/protocols/generated/console.js';
import * as demo from './demo-groups.ts';
import { mapSnapshot, position } from './demo-map.ts';
import { operatorId } from './fake-gateway.ts';

type Group = escaut.console.v1.Group.$Properties;
type Snapshot = escaut.console.v1.Snapshot.$Properties;
type Language = 'fr' | 'nl';
const { State } = escaut.console.v1.Leg;

export const pursuit = 'xb-pours-1';
const minute = 60_000;
const words = {
  fr: {
    theft: 'vol aggravé, flagrant délit',
    agreement: 'accord de Tournai, article 9',
    operator: 'Opérateur CCPD',
    note: 'PF-14 sous filtrage jusqu’à 20 h ; Renault Master blanche toujours recherchée.',
    drill: 'entraînement mensuel',
  },
  nl: {
    theft: 'diefstal met geweld, heterdaad',
    agreement: 'akkoord van Doornik, artikel 9',
    operator: 'Operator CCPD',
    note: 'PF-14 wordt gefilterd tot 20 uur; witte Renault Master nog altijd gezocht.',
    drill: 'maandelijkse oefening',
  },
} as const;
export const inWords = (language: Language) => words[language];

export const named = (fr: string, nl: string) => ({ fr, nl, en: fr });
const controlRooms = [
  { id: 'cr-ccpd', callSign: 'CCPD Tournai', country: 'BE' },
  { id: 'cr-ht', callSign: 'CIC Hainaut', country: 'BE' },
  { id: 'cr-wv', callSign: 'CIC West-Vlaanderen', country: 'BE' },
  { id: 'cr-tn59', callSign: 'TN 59', country: 'FR' },
];
const borderPlan = {
  id: 'plan-pf',
  name: named('Plan frontières', 'Grensplan'),
  openedBy: ['dispatcher'],
  levels: [
    { level: 1, name: named('Préalerte', 'Vooralarm'), groupIds: ['xb-acc'], posts: [] },
    { level: 2, name: named('Surveillance', 'Bewaking'), groupIds: ['xb-acc'], posts: ['PF-04', 'PF-14'] },
  ],
  authority: { BE: 'DirCo', FR: 'préfet' },
  requires: ['reason', 'place'],
  renewable: true,
  expiresMin: 240,
};

/** A pursuit that an operator has opened, a patrol by its hours, a hailing group, and two groups that are kept ready. */
export function pursuitSnapshot(language: Language): Snapshot {
  const base = mapSnapshot([
    position(demo.mouscron31, 50.7432, 3.2034, 4000),
    position(demo.bac2, 50.7388, 3.1702, 9000),
    position(demo.grensleie7, 50.7955, 3.1207, 190_000),
  ]);
  const [first, second, third] = base.groups ?? [];
  const { theft, agreement, operator } = words[language];
  const now = Date.now();
  const open: Group = {
    ...first,
    use: 'pursuit',
    autoCloseMin: 90,
    bridging: {
      state: 'open',
      by: operator,
      controlRoom: 'CCPD Tournai',
      reason: theft,
      endsUtcMs: now + 52 * minute,
      members: (first?.legs ?? []).map((leg) => ({ legId: leg.id ?? '', own: true })),
    },
  };
  const patrol: Group = {
    ...third,
    use: 'joint-patrol',
    autoCloseMin: 60,
    lastOvers: [demo.over(3, demo.bac2, 190_000)],
    bridging: {
      state: 'open',
      reason: agreement,
      endsUtcMs: now + 95 * minute,
      scheduled: true,
      lacking: [],
      members: (third?.legs ?? []).map((leg) => ({ legId: leg.id ?? '', own: true })),
    },
    schedule: {
      openings: [0, 1, 2].map((day) => ({
        fromUtcMs: now + (day * 1440 - 145) * minute,
        toUtcMs: now + (day * 1440 + 95) * minute,
      })),
    },
  };
  const ready = (id: string, shortName: string, names: readonly [string, string, string]): Group => ({
    ...third,
    id,
    shortName,
    name: { fr: names[0], nl: names[1], en: names[2] },
    onDemand: true,
    mayTalk: false,
    monitored: false,
    mayExercise: true,
    lastOvers: [],
    autoCloseMin: 90,
    legs: (third?.legs ?? []).map((leg) => ({
      ...leg,
      id: `${id}/${leg.networkId}`,
      talkgroup: shortName,
      state: State.CLOSED,
    })),
  });
  return {
    ...base,
    talkgroups: demo.talkgroups,
    controlRooms,
    alertPlans: [borderPlan],
    colleagues: [{ personId: 'ccpd-be-2', display: 'Operator CCPD BE 2', role: 'dispatcher' }],
    groups: [
      open,
      { ...second, use: 'hailing' },
      patrol,
      {
        ...ready('xb-pours-2', 'FRBE POURS 2', ['Poursuite transfrontalière 2', 'Grensachtervolging 2', 'Pursuit 2']),
        use: 'pursuit',
      },
      ready('xb-alerte-n', 'FRBE ALERTE N', ['Plan d’alerte nord', 'Alarmplan noord', 'Alert plan north']),
    ],
    timeline: { entries: entries(language), more: false },
  };
}

const ccpd = { name: 'CCPD BE 1', of: 'CCPD Tournai', country: 'BE', isPerson: true };
const mouscron = { name: 'Mouscron 31', of: 'ZP Mouscron', country: 'BE' };
const bac = { name: 'BAC 2', of: 'Police nationale Tourcoing', country: 'FR' };
const grensleie = { name: 'Grensleie 7', of: 'PZ Grensleie', country: 'BE' };

/** A quarter of an hour: opened, talked, crossed, hit, a distress, and something refused. */
function entries(language: Language): escaut.console.v1.TimelineEntry.$Properties[] {
  const began = Date.now() - 14 * minute;
  let id = 0;
  const entry = (kind: string, what: string, more: object = {}) => {
    id++;
    return { id, atUtcMs: began + 55_000 * id, groupId: pursuit, kind, what, ...more };
  };
  const over = (who: object, durationMs: number, lostMs = 0) =>
    entry('over', 'released', { who, over: { over: id + 1, durationMs, lostMs } });
  return [
    entry('group', 'open', { who: ccpd, words: words[language].theft }),
    entry('announcement', 'played', {
      words: language === 'fr' ? 'Liaison établie avec la Belgique.' : 'Verbinding met Frankrijk tot stand.',
    }),
    over(mouscron, 8900, 120),
    over(bac, 6200),
    entry('crossing', 'cross', { who: mouscron, about: 'B1', words: 'PF-04' }),
    entry('status', 'status', {
      who: mouscron,
      code: 16,
      meaning: { fr: 'Sur place', nl: 'Ter plaatse', en: 'On scene' },
    }),
    entry('hit', 'confirmed', { who: ccpd, about: 'L-2043', groupId: '' }),
    over(ccpd, 7400),
    entry('emergency', 'raised', { who: grensleie, groupId: 'xb-acc' }),
    entry('emergency', 'acknowledge', { who: ccpd, groupId: 'xb-acc' }),
    entry('permission', 'talk', { who: { ...ccpd, name: 'OBS 1' }, refusal: 'not-permitted' }),
    over(bac, 4100),
  ];
}

/** The same at rest, as a shift begins. */
export function restSnapshot(language: Language): Snapshot {
  const { groups = [], ...all } = pursuitSnapshot(language);
  return { ...all, positions: [], groups: (groups ?? []).map((group) => ({ ...group, consoles: [] })) };
}

/** A group that is opened as an exercise, another at rest. */
export function exerciseSnapshot(language: Language): Snapshot {
  const { groups = [], ...all } = pursuitSnapshot(language);
  const [first, ...others] = groups ?? [];
  const bridging = { ...first?.bridging, exercise: 'under-way', reason: words[language].drill };
  return { ...all, groups: [{ ...first, mayExercise: true, bridging }, ...others] };
}

const handOver = { id: 7, state: 'offered', from: 'Operator CCPD BE 2', fromPersonId: 'ccpd-be-2' };
/** What a colleague hands over to the person at the page. */
export const offered = (language: Language) => ({
  ...handOver,
  to: words[language].operator,
  toPersonId: operatorId,
  note: words[language].note,
  offeredUtcMs: Date.now() - 2 * minute,
});
