/** What the configuration says of whatever is recorded: which control rooms hear it, and under which countries' law. Pure. */
import type { RecordedPlace } from '../operations/recording-access.ts';
import type { Config } from './schema.ts';

export type PlacesConfig = Pick<Config, 'sharedGroups' | 'directLines' | 'controlRooms' | 'talkgroups' | 'networks'>;

/** Whatever is recorded, and whose it is. */
export function placesOf({
  sharedGroups,
  directLines,
  controlRooms,
  talkgroups,
  networks,
}: PlacesConfig): readonly RecordedPlace[] {
  const networkOf = new Map(talkgroups.map(({ id, network }) => [id, network]));
  const countryOf = new Map(networks.map(({ id, country }) => [id, country]));
  const groups = sharedGroups.map(({ id, monitoredBy, legs }) => {
    const countries = legs.flatMap(({ talkgroup }) => countryOf.get(networkOf.get(talkgroup) ?? '') ?? []);
    return { id, controlRooms: monitoredBy, countries: new Set(countries) };
  });
  const lines = directLines.map(({ id, rings, controlRoom }) => {
    const rooms = rings.length === 0 ? controlRooms : controlRooms.filter((room) => rings.includes(room.id));
    const far = controlRooms.filter((room) => room.id === controlRoom);
    const countries = [...rooms, ...far].map(({ country }) => country);
    return { id: `line:${id}`, controlRooms: rings, countries: new Set(countries) };
  });
  return [...groups, ...lines];
}
