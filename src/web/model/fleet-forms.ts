/**
 * The sections of the fleet data as forms: which fields an item has, and what each may hold. What is valid is the gateway's
 * to say; here stands what a form offers. A field that a form does not know stays in the text as it is. Pure.
 */

export const formSections = [
  'units',
  'people',
  'controlRooms',
  'organisations',
  'alertPlans',
  'statuses',
  'places',
  'announcements',
] as const;
export type FormSection = (typeof formSections)[number];

/** Where a field's choices come from: items of the same text, and the networks, which the configuration file has. */
export type Referred = 'controlRooms' | 'organisations' | 'sharedGroups' | 'talkgroups' | 'places' | 'networks';

export type FormKind =
  | { readonly as: 'text'; readonly max: number }
  | { readonly as: 'number'; readonly min: number; readonly max: number; readonly step?: number }
  | { readonly as: 'check' }
  | { readonly as: 'choice' | 'choices'; readonly values: readonly FieldChoice[] }
  | { readonly as: 'reference' | 'references'; readonly of: Referred }
  /** A thing with fields of its own; left out where all are empty. */
  | { readonly as: 'group'; readonly fields: readonly FormField[] }
  | { readonly as: 'rows'; readonly fields: readonly FormField[] }
  /** Names of countries with words beside them. */
  | { readonly as: 'record' };

export interface FormField {
  readonly name: FieldName;
  readonly kind: FormKind;
  /** The gateway takes the item without it; empty, it is left out. */
  readonly optional?: true;
}

export type FieldName =
  | 'id'
  | 'network'
  | 'address'
  | 'callSign'
  | 'organisation'
  | 'language'
  | 'controlRoom'
  | 'display'
  | 'role'
  | 'country'
  | 'priority'
  | 'card'
  | 'spoken'
  | 'networks'
  | 'name'
  | 'code'
  | 'alarm'
  | 'means'
  | 'numbers'
  | 'number'
  | 'sector'
  | 'latitudeDeg'
  | 'longitudeDeg'
  | 'openedBy'
  | 'groups'
  | 'levels'
  | 'level'
  | 'posts'
  | 'requires'
  | 'authority'
  | 'announce'
  | 'announceEnd'
  | 'insert'
  | 'announcement'
  | 'talkgroups'
  | 'borderRecord'
  | 'expiresMin'
  | 'renewable'
  | 'fr'
  | 'nl'
  | 'en'
  | 'de';

export type FieldChoice =
  | 'fr'
  | 'nl'
  | 'en'
  | 'de'
  | 'dispatcher'
  | 'supervisor'
  | 'fleet-admin'
  | 'sys-admin'
  | 'technician'
  | 'auditor'
  | 'observer'
  | 'raised'
  | 'over'
  | 'border-crossed'
  | 'post-manned'
  | 'post-released'
  | 'reason'
  | 'origin'
  | 'host'
  | 'place'
  | 'hit';

const languages = ['fr', 'nl', 'en', 'de'] as const satisfies readonly FieldChoice[];
const roles = [
  ...(['dispatcher', 'supervisor', 'fleet-admin', 'sys-admin'] as const),
  ...(['technician', 'auditor', 'observer'] as const),
] satisfies readonly FieldChoice[];

const text = (name: FieldName, max = 200): FormField => ({ name, kind: { as: 'text', max } });
const number = (name: FieldName, min: number, max: number, step = 1): FormField => {
  return { name, kind: { as: 'number', min, max, step } };
};
const reference = (name: FieldName, of: Referred): FormField => ({ name, kind: { as: 'reference', of } });
const named = (name: FieldName, of: Referred): FormField => ({ name, kind: { as: 'references', of } });
const references = (name: FieldName, of: Referred): FormField => maybe(named(name, of));
const choice = (name: FieldName, values: readonly FieldChoice[]): FormField => {
  return { name, kind: { as: 'choice', values } };
};
const choices = (name: FieldName, values: readonly FieldChoice[]): FormField => {
  return { name, kind: { as: 'choices', values } };
};
const maybe = (field: FormField): FormField => ({ ...field, optional: true });
const words = [text('fr'), text('nl'), text('en'), maybe(text('de'))];
const names = (name: FieldName): FormField => ({ name, kind: { as: 'group', fields: words } });
const id = text('id', 64);
const country = text('country', 2);
const controlRoom = reference('controlRoom', 'controlRooms');

export const formFields: Readonly<Record<FormSection, readonly FormField[]>> = {
  units: [
    ...[id, text('callSign', 64), reference('network', 'networks'), text('address', 128)],
    ...[reference('organisation', 'organisations'), choice('language', languages), maybe(controlRoom)],
  ],
  people: [
    ...[id, text('display'), choice('role', roles), controlRoom, country],
    ...[maybe(choice('language', languages)), maybe(number('priority', 0, 14)), maybe(text('card'))],
  ],
  controlRooms: [id, text('callSign'), country, maybe(names('spoken')), references('networks', 'networks')],
  organisations: [id, text('name'), country, maybe(controlRoom)],
  alertPlans: [
    ...[id, names('name'), choices('openedBy', roles), references('groups', 'sharedGroups')],
    maybe({
      name: 'levels',
      kind: {
        as: 'rows',
        fields: [
          ...[number('level', 1, 9), names('name'), references('groups', 'sharedGroups')],
          references('posts', 'places'),
        ],
      },
    }),
    maybe({ name: 'authority', kind: { as: 'record' } }),
    maybe(choices('requires', ['reason', 'origin', 'host', 'place', 'hit'])),
    ...[maybe(text('announce', 44)), maybe(text('announceEnd', 44))],
    maybe({
      name: 'insert',
      kind: { as: 'group', fields: [text('announcement', 44), named('talkgroups', 'talkgroups')] },
    }),
    maybe({ name: 'borderRecord', kind: { as: 'check' } }),
    number('expiresMin', 1, 1440),
    maybe({ name: 'renewable', kind: { as: 'check' } }),
  ],
  statuses: [
    ...[number('code', 1, 65_535), names('name'), maybe(choice('alarm', ['raised', 'over']))],
    maybe(choice('means', ['border-crossed', 'post-manned', 'post-released'])),
    maybe({
      name: 'numbers',
      kind: { as: 'rows', fields: [reference('network', 'networks'), number('number', 1, 65_535)] },
    }),
  ],
  places: [
    ...[text('code', 12), names('name'), maybe(text('sector', 32))],
    ...[number('latitudeDeg', -90, 90, 0.0001), number('longitudeDeg', -180, 180, 0.0001)],
  ],
  announcements: [text('id', 44), ...words],
};

/** What stands in the columns of a section's table beside its first field. */
export const tableFields: Readonly<Record<FormSection, readonly FieldName[]>> = {
  units: ['callSign', 'network', 'address', 'organisation', 'language'],
  people: ['display', 'role', 'controlRoom', 'country'],
  controlRooms: ['callSign', 'country', 'networks'],
  organisations: ['name', 'country', 'controlRoom'],
  alertPlans: ['name', 'openedBy', 'levels'],
  statuses: ['name', 'alarm', 'means', 'numbers'],
  places: ['name', 'sector'],
  announcements: ['fr', 'nl', 'en', 'de'],
};
