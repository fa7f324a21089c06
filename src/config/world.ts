/**
 * The parts of a configuration that could be read, each with its path, for rules that look across several parts.
 *
 * Every item is read on its own, so that one mistyped key does not hide what is wrong elsewhere: the operator gets all
 * problems at once. Ids are taken from items that could not be read as well, so that a reference to such an item is
 * not called unknown.
 */
import type { z } from 'zod';
import { alertPlanSchema } from './alert-plan-schema.ts';
import { attachmentSchema } from './attachment-schema.ts';
import { directLineSchema } from './direct-line-schema.ts';
import { valueAt } from './problems.ts';
import {
  type ConfigDraft,
  configSchema,
  controlRoomSchema,
  networkSchema,
  organisationSchema,
  personSchema,
  sharedGroupSchema,
  talkgroupSchema,
  unitSchema,
} from './schema.ts';
import type { Path } from './yaml-source.ts';

export const listSections = [
  'controlRooms',
  'people',
  'organisations',
  'networks',
  'attachments',
  'talkgroups',
  'units',
  'sharedGroups',
  'alertPlans',
  'directLines',
] as const;
export type ListSection = (typeof listSections)[number];

export interface Placed<T> {
  readonly value: T;
  readonly path: Path;
}

export interface Reference {
  readonly section: ListSection;
  readonly id: string;
  readonly path: Path;
}

/** Which keys of an item refer to which section. */
const referringKeys: readonly (readonly [ListSection, string, ListSection])[] = [
  ['attachments', 'network', 'networks'],
  ['talkgroups', 'network', 'networks'],
  ['units', 'network', 'networks'],
  ['units', 'organisation', 'organisations'],
  ['units', 'controlRoom', 'controlRooms'],
  ['organisations', 'controlRoom', 'controlRooms'],
  ['people', 'controlRoom', 'controlRooms'],
  ['talkgroups', 'consentOf', 'controlRooms'],
  ['directLines', 'controlRoom', 'controlRooms'],
  ['directLines', 'attachment', 'attachments'],
];

export type World = {
  readonly [S in ListSection]: readonly Placed<ConfigDraft[S][number]>[];
} & {
  /** Undefined where the section itself has a problem. */
  readonly [S in 'console' | 'media' | 'sip' | 'limits' | 'statuses' | 'places' | 'morningProof' | 'simulator']:
    | ConfigDraft[S]
    | undefined;
} & {
  /** The ids that the file gives, with where each stands first. */
  readonly ids: Readonly<Record<ListSection, ReadonlyMap<string, Path>>>;
  /** Every id that refers to another item, wherever it could be found. */
  readonly references: readonly Reference[];
  /** Ids given a second time. */
  readonly repeated: readonly { readonly path: Path; readonly first: Path }[];
};

/** Reads what can be read of a raw configuration. Never throws. */
export function readWorld(raw: unknown): World {
  const repeated: { path: Path; first: Path }[] = [];
  const idsOf = (section: ListSection): Map<string, Path> => {
    const found = new Map<string, Path>();
    for (const [index, item] of items(raw, [section])) {
      const id = valueAt(item, ['id']);
      if (typeof id !== 'string') continue;
      const path = [section, index, 'id'];
      const first = found.get(id);
      if (first === undefined) found.set(id, path);
      else repeated.push({ path, first });
    }
    return found;
  };
  const shape = configSchema.shape;
  return {
    controlRooms: readItems(raw, 'controlRooms', controlRoomSchema),
    people: readItems(raw, 'people', personSchema),
    organisations: readItems(raw, 'organisations', organisationSchema),
    networks: readItems(raw, 'networks', networkSchema),
    attachments: readItems(raw, 'attachments', attachmentSchema),
    talkgroups: readItems(raw, 'talkgroups', talkgroupSchema),
    units: readItems(raw, 'units', unitSchema),
    sharedGroups: readItems(raw, 'sharedGroups', sharedGroupSchema),
    alertPlans: readItems(raw, 'alertPlans', alertPlanSchema),
    directLines: readItems(raw, 'directLines', directLineSchema),
    console: shape.console.safeParse(valueAt(raw, ['console'])).data,
    media: shape.media.safeParse(valueAt(raw, ['media'])).data,
    sip: shape.sip.safeParse(valueAt(raw, ['sip'])).data,
    limits: shape.limits.safeParse(valueAt(raw, ['limits'])).data,
    statuses: shape.statuses.safeParse(valueAt(raw, ['statuses'])).data,
    places: shape.places.safeParse(valueAt(raw, ['places'])).data,
    morningProof: shape.morningProof.safeParse(valueAt(raw, ['morningProof'])).data,
    simulator: shape.simulator.safeParse(valueAt(raw, ['simulator'])).data,
    ids: {
      controlRooms: idsOf('controlRooms'),
      people: idsOf('people'),
      organisations: idsOf('organisations'),
      networks: idsOf('networks'),
      attachments: idsOf('attachments'),
      talkgroups: idsOf('talkgroups'),
      units: idsOf('units'),
      sharedGroups: idsOf('sharedGroups'),
      alertPlans: idsOf('alertPlans'),
      directLines: idsOf('directLines'),
    },
    references: [...readReferences(raw)],
    repeated,
  };
}

function* readReferences(raw: unknown): Iterable<Reference> {
  for (const [from, key, section] of referringKeys) {
    for (const [index, item] of items(raw, [from])) yield* reference(section, item, key, [from, index]);
  }
  for (const [index, group] of items(raw, ['sharedGroups'])) {
    for (const list of ['legs', 'shadowLegs']) {
      for (const [legIndex, leg] of items(group, [list])) {
        const path = ['sharedGroups', index, list, legIndex];
        yield* reference('talkgroups', leg, 'talkgroup', path);
        yield* reference('attachments', leg, 'attachment', path);
      }
    }
    yield* listed('controlRooms', group, 'monitoredBy', ['sharedGroups', index]);
  }
  for (const [index, plan] of items(raw, ['alertPlans'])) {
    yield* listed('sharedGroups', plan, 'groups', ['alertPlans', index]);
    yield* listed('talkgroups', valueAt(plan, ['insert']), 'talkgroups', ['alertPlans', index, 'insert']);
    for (const [at, level] of items(plan, ['levels'])) {
      yield* listed('sharedGroups', level, 'groups', ['alertPlans', index, 'levels', at]);
    }
  }
  for (const [index, line] of items(raw, ['directLines'])) {
    yield* listed('controlRooms', line, 'rings', ['directLines', index]);
  }
  for (const [index, room] of items(raw, ['controlRooms'])) {
    yield* listed('networks', room, 'networks', ['controlRooms', index]);
  }
  for (const [index, status] of items(raw, ['statuses'])) {
    for (const [at, number] of items(status, ['numbers'])) {
      yield* reference('networks', number, 'network', ['statuses', index, 'numbers', at]);
    }
  }
  const proof = valueAt(raw, ['morningProof']);
  yield* reference('sharedGroups', proof, 'group', ['morningProof']);
  yield* listed('talkgroups', proof, 'withoutAnswer', ['morningProof']);
  for (const [index, identity] of items(proof, ['identities'])) {
    yield* reference('talkgroups', identity, 'talkgroup', ['morningProof', 'identities', index]);
  }
  for (const [index, played] of items(raw, ['simulator', 'networks'])) {
    yield* reference('networks', played, 'network', ['simulator', 'networks', index]);
  }
}

function* reference(section: ListSection, item: unknown, key: string, path: Path): Iterable<Reference> {
  const id = valueAt(item, [key]);
  if (typeof id === 'string') yield { section, id, path: [...path, key] };
}

/** A key that holds a list of ids. */
function* listed(section: ListSection, item: unknown, key: string, path: Path): Iterable<Reference> {
  for (const [index, id] of items(item, [key])) {
    if (typeof id === 'string') yield { section, id, path: [...path, key, index] };
  }
}

function items(raw: unknown, path: Path): Iterable<[number, unknown]> {
  const list = valueAt(raw, path);
  return Array.isArray(list) ? list.entries() : [];
}

function readItems<T>(raw: unknown, section: ListSection, schema: z.ZodType<T>): Placed<T>[] {
  const read: Placed<T>[] = [];
  for (const [index, item] of items(raw, [section])) {
    const result = schema.safeParse(item);
    if (result.success) read.push({ value: result.data, path: [section, index] });
  }
  return read;
}
