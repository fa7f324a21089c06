/** Places, positions and an alarm of the Tournai world for tests of the map. */
import type { escaut } from '../../src/protocols/generated/console.js';
import * as demo from './demo-groups.ts';

type UnitPosition = escaut.console.v1.UnitPosition.$Properties;
type Snapshot = escaut.console.v1.Snapshot.$Properties;

const place = (code: string, fr: string, nl: string, latitudeDeg: number, longitudeDeg: number, sector = 'north') => ({
  code,
  name: { fr, nl, en: fr },
  sector,
  place: { latitudeDeg, longitudeDeg },
});

const places = [
  place('PF-01', 'Adinkerke (E40) – Ghyvelde (A16)', 'Adinkerke (E40) – Ghyvelde (A16)', 51.07, 2.54),
  place('PF-03', 'Rekkem (E17) – Ferrain (A22)', 'Rekkem (E17) – Ferrain (A22)', 50.78, 3.15),
  place(
    'PF-04',
    'Mouscron Risquons-Tout – Neuville-en-Ferrain',
    'Moeskroen Risquons-Tout – Neuville-en-Ferrain',
    50.76,
    3.19,
  ),
  place('PF-05', 'Menin – Halluin', 'Menen – Halluin', 50.79, 3.12),
  place(
    'PF-14',
    'Hertain / Lamain (E42) – Camphin (A27)',
    'Hertain / Lamain (E42) – Camphin (A27)',
    50.6,
    3.28,
    'south',
  ),
  place('PF-16', 'Bléharies – Maulde', 'Bléharies – Maulde', 50.51, 3.42, 'south'),
];

/** `ageMs`: of the page's own clock, which the fake gateway tells as its own. */
export function position(
  unit: escaut.console.v1.Talker.$Properties,
  latitudeDeg: number,
  longitudeDeg: number,
  ageMs: number,
): UnitPosition {
  return {
    unitId: `${unit.networkId} ${(unit.address ?? '').replaceAll(' ', '')}`,
    unit,
    place: { latitudeDeg, longitudeDeg },
    atUtcMs: Date.now() - ageMs,
    groupId: 'xb-pours-1',
  };
}

export function mapSnapshot(positions: readonly UnitPosition[], more: Snapshot = {}): Snapshot {
  return { ...demo.demoSnapshot(), places, positions: [...positions], ...more };
}
