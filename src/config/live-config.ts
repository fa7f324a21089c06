/**
 * A configuration whose fleet data may become another while the gateway runs: whoever reads a section when he needs it
 * reads what holds then. Infrastructure never changes.
 */
import { type FleetSection, fleetSections } from './config-source.ts';
import type { Config } from './schema.ts';

/** Fleet data as the schema reads it. */
export type FleetSections = Pick<Config, FleetSection> & { readonly texts: Config['announcements']['texts'] };

export interface LiveConfig {
  readonly config: Config;
  /** From now on the fleet data is this, all of it. */
  take(sections: FleetSections): void;
}

export function liveConfig(started: Config): LiveConfig {
  let held = sectionsOf(started);
  let announcements = started.announcements;
  const sections = fleetSections.map((section) => [section, { enumerable: true, get: () => held[section] }] as const);
  const config = Object.create(Object.prototype, {
    ...Object.getOwnPropertyDescriptors(started),
    ...Object.fromEntries(sections),
    announcements: { enumerable: true, get: () => announcements },
  }) as Config;
  return {
    config,
    take(next) {
      held = next;
      announcements = { ...announcements, texts: next.texts };
    },
  };
}

export function sectionsOf(config: Config): FleetSections {
  const { controlRooms, people, organisations, units, statuses, places, talkgroups, sharedGroups, alertPlans } = config;
  const { texts } = config.announcements;
  return { controlRooms, people, organisations, units, statuses, places, talkgroups, sharedGroups, alertPlans, texts };
}

/**
 * Something that is made of the configuration, when it is first asked for and again whenever the section has become
 * another.
 */
export function bySection<Source extends object, Value>(
  config: Source,
  section: keyof Source,
  make: (config: Source) => Value,
): () => Value {
  let made: { readonly of: unknown; readonly value: Value } | undefined;
  return () => {
    const of = config[section];
    if (made?.of !== of) made = { of, value: make(config) };
    return made.value;
  };
}
