/** The fleet data as its page shows it: versions, differences, and who is joined with whom. Pure. */

export interface FleetPerson {
  readonly person: string;
  readonly display: string;
  readonly country: string;
}

export interface FleetNeed {
  readonly permission: string;
  readonly country?: string;
}

export interface FleetVersion {
  readonly number: number;
  readonly base: number;
  readonly state: string;
  readonly author: FleetPerson;
  readonly reason: string;
  readonly proposedAt: string;
  readonly from: string;
  readonly needs: readonly FleetNeed[];
  readonly decisions: readonly {
    readonly name: string;
    readonly by: FleetPerson;
    readonly at: string;
    readonly reason: string;
  }[];
  readonly backTo?: number;
  readonly fault?: string;
}

export interface FleetField {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface FleetChange {
  readonly section: string;
  readonly item: string;
  readonly kind: 'added' | 'removed' | 'changed' | 'moved';
  readonly fields: readonly FleetField[];
}

export interface FleetFault {
  readonly severity: string;
  readonly line: number;
  readonly path: string;
  /** Which it is, a word of the gateway (config/problem-codes.ts). Its sentence is English, for the command line. */
  readonly code?: string;
  readonly params?: Readonly<Record<string, string | number>>;
}

/** Tells faults of one text apart. */
export function faultKey({ line, path, code }: FleetFault): string {
  return `${line} ${path} ${code ?? ''}`;
}

export interface FleetPreview {
  readonly problems: readonly FleetFault[];
  readonly changes: readonly FleetChange[];
  readonly needs: readonly FleetNeed[];
}

/** What of the version that holds the gateway has not taken over yet. */
export interface FleetOwed {
  readonly section: string;
  readonly item: string;
  readonly why?: string;
}

/** Who comes in, as the gateway will judge. */
export function seesFleet(role: string | undefined): boolean {
  return mayChangeFleet(role) || role === 'auditor';
}

export function mayChangeFleet(role: string | undefined): boolean {
  return role === 'fleet-admin' || role === 'sys-admin';
}

/** People and their roles are the system administrators' matter, all else that of the fleet administrators. */
export function mayChangeSection(role: string | undefined, section: string): boolean {
  return role === (section === 'people' ? 'sys-admin' : 'fleet-admin');
}

/** One thing as a text that fits a cell. */
export function cellText(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}

// ── Who is joined with whom ────────────────────────────────────────────────────────────────────────────────────────

export interface MappedLeg {
  readonly talkgroup: string;
  /** As it is called, else its id. */
  readonly short: string;
  readonly network: string;
  readonly mayTalk: boolean;
  /** Nothing from there counts for more. */
  readonly priorityMax: number;
}

export interface MappedGroup {
  readonly id: string;
  readonly short: string;
  readonly mode: string;
  readonly priority: number;
  readonly legs: readonly MappedLeg[];
}

/** `data`: the fleet data as JSON; what is left out in it has the defaults of the configuration. */
export function mappingOf(data: unknown): readonly MappedGroup[] {
  const talkgroups = new Map(itemsOf(data, 'talkgroups').map((each) => [textOf(each, 'id'), each]));
  return itemsOf(data, 'sharedGroups').map((group) => ({
    id: textOf(group, 'id'),
    short: textOf(group, 'short') || textOf(group, 'id'),
    mode: textOf(group, 'mode') || 'permanent',
    priority: numberOf(group, 'priority', 5),
    legs: itemsOf(group, 'legs').map((leg) => {
      const talkgroup = talkgroups.get(textOf(leg, 'talkgroup'));
      return {
        talkgroup: textOf(leg, 'talkgroup'),
        short: textOf(talkgroup, 'short') || textOf(leg, 'talkgroup'),
        network: textOf(talkgroup, 'network'),
        mayTalk: !(isFields(leg) && leg.mayTalk === false),
        priorityMax: numberOf(leg, 'priorityMax', 14),
      };
    }),
  }));
}

export interface PlacedTalkgroup {
  readonly id: string;
  readonly short: string;
  readonly network: string;
  readonly side: 'left' | 'right';
  readonly y: number;
}

export interface MappingPicture {
  readonly height: number;
  readonly talkgroups: readonly PlacedTalkgroup[];
  readonly groups: readonly { readonly group: MappedGroup; readonly y: number }[];
  readonly lines: readonly {
    readonly group: string;
    readonly leg: MappedLeg;
    readonly side: 'left' | 'right';
    readonly from: number;
    readonly to: number;
  }[];
}

/** Rows of the picture, px. */
export const rowHeight = 44;

/**
 * Talkgroups that are mapped, those of the first country left, all others right, each near to the groups that it is in;
 * groups in the middle. `sideOf`: the country of a network.
 */
export function pictureOf(
  groups: readonly MappedGroup[],
  countryOf: (network: string) => string,
  leftCountry: string,
): MappingPicture {
  const legs = new Map(groups.flatMap((group) => group.legs.map((leg) => [leg.talkgroup, leg] as const)));
  const at: Record<'left' | 'right', number> = { left: 0, right: 0 };
  const talkgroups = [...legs.values()].map(({ talkgroup: id, short, network }): PlacedTalkgroup => {
    const side = countryOf(network) === leftCountry ? 'left' : 'right';
    return { id, short, network, side, y: at[side]++ };
  });
  const rows = Math.max(at.left, at.right, groups.length, 1);
  const middle = (count: number, index: number) => ((index + 0.5) * rows * rowHeight) / Math.max(count, 1);
  const placed = talkgroups.map((each) => ({ ...each, y: middle(at[each.side], each.y) }));
  const shown = groups.map((group, index) => ({ group, y: middle(groups.length, index) }));
  const lines = shown.flatMap(({ group, y }) =>
    group.legs.flatMap((leg) => {
      const end = placed.find(({ id }) => id === leg.talkgroup);
      return end === undefined ? [] : [{ group: group.id, leg, side: end.side, from: end.y, to: y }];
    }),
  );
  return { height: rows * rowHeight, talkgroups: placed, groups: shown, lines };
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function itemsOf(value: unknown, key: string): readonly Fields[] {
  const items = isFields(value) ? value[key] : undefined;
  return Array.isArray(items) ? items.filter(isFields) : [];
}

export function textOf(value: unknown, key: string): string {
  const text = isFields(value) ? value[key] : undefined;
  return typeof text === 'string' || typeof text === 'number' ? String(text) : '';
}

function numberOf(value: unknown, key: string, otherwise: number): number {
  const number = isFields(value) ? value[key] : undefined;
  return typeof number === 'number' ? number : otherwise;
}
