/** People of the configuration, as consoles and doors have them. */
import type { Config } from '../config/schema.ts';
import type { Operator } from '../console/ports.ts';

/** Empty: nobody, or his session is locked. */
export function signedInName(who: { readonly person: string; readonly isLocked: boolean } | undefined): string {
  return who === undefined || who.isLocked ? '' : who.person;
}

/** Without any in the configuration: one dispatcher, whose control room leads no unit. */
export function peopleOf({ people, controlRooms }: Config): readonly Operator[] {
  if (people.length === 0) {
    const nobody = { person: 'operator', display: 'CCPD', role: 'dispatcher', controlRoom: '' } as const;
    return [{ ...nobody, controlRoomName: '', country: '', language: 'fr', priority: 10 }];
  }
  return people.map(({ id: person, display, role, controlRoom, country, language, priority }) => {
    const controlRoomName = controlRooms.find(({ id }) => id === controlRoom)?.callSign ?? controlRoom;
    return { person, display, role, controlRoom, controlRoomName, country, language, priority };
  });
}
