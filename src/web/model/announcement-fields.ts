/** What stands for the fields of an announcement while it is written. Pure. */
import { textOf } from './fleet.ts';
import { itemsIn } from './fleet-draft.ts';

/** In the order in which they stand, each once. */
export function fieldsIn(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.flatMap((text) => [...text.matchAll(/\{([a-z_]{1,32})\}/g)].map(([, name]) => name ?? '')))];
}

/** Of the fleet data where it has such a thing. */
export function sampleOf(name: string, data: unknown): string {
  const first = (section: 'units' | 'places' | 'controlRooms', key: string): string =>
    textOf(itemsIn(data, section)[0], key);
  switch (name) {
    case 'group':
      return 'FRBE POURS 1';
    case 'call_sign':
      return first('units', 'callSign');
    case 'place':
      return first('places', 'code') || 'PF-04';
    case 'authority':
    case 'origin':
      return first('controlRooms', 'callSign');
    case 'time':
      return '14:05';
    case 'level':
      return '2';
    case 'network':
      return 'ASTRID';
    default:
      return '';
  }
}
