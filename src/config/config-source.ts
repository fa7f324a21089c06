/**
 * What a configuration is read from: one file, or a file and the fleet data that holds in place of the file's own.
 *
 * Fleet data is what people edit while the gateway runs (operations/fleet-version.ts): talkgroups, shared groups, units
 * and the like, in the same YAML as in the file. Infrastructure, and with it everything that names a program, an address
 * or a secret, comes from the file alone.
 */
import { stringify } from 'yaml';
import type { PathProblem } from './problems.ts';
import { type Path, type Position, type YamlFault, YamlSource } from './yaml-source.ts';

/** Whole sections that are fleet data; of `announcements` it is the `texts` alone, the rest names a program. */
export const fleetSections = [
  'controlRooms',
  'people',
  'organisations',
  'units',
  'statuses',
  'places',
  'talkgroups',
  'sharedGroups',
  'alertPlans',
] as const;
export type FleetSection = (typeof fleetSections)[number];

export interface Place extends Position {
  readonly file: string;
}

export interface ConfigSource {
  /** Undefined when there are faults. */
  readonly value: unknown;
  readonly faults: readonly (YamlFault & { readonly file: string })[];
  /** Of its making, not of its content. */
  readonly problems: readonly PathProblem[];
  locate(path: Path, part: 'key' | 'value'): Place;
}

export interface NamedText {
  readonly text: string;
  /** As an operator reads it. */
  readonly file: string;
}

export function fileSource({ text, file }: NamedText): ConfigSource {
  const source = new YamlSource(text);
  return {
    value: source.value,
    faults: source.faults.map((fault) => ({ ...fault, file })),
    problems: [],
    locate: (path, part) => ({ file, ...source.locate(path, part) }),
  };
}

/** The file with the fleet data in place of its own: what the data leaves out is not there. */
export function fleetSource(file: NamedText, fleet: NamedText): ConfigSource {
  const ours = new YamlSource(file.text);
  const theirs = new YamlSource(fleet.text);
  const faults = [
    ...theirs.faults.map((fault) => ({ ...fault, file: fleet.file })),
    ...ours.faults.map((fault) => ({ ...fault, file: file.file })),
  ];
  const isWhole = faults.length === 0 && isRecord(ours.value) && isRecord(theirs.value);
  const strange = isRecord(theirs.value) ? strangeKeys(theirs.value) : [];
  const strangeAt = new Set(strange.map((path) => JSON.stringify(path)));
  const isFleet = (path: Path): boolean =>
    strangeAt.has(JSON.stringify(path)) ||
    isFleetSection(path[0]) ||
    (path[0] === 'announcements' && path[1] === 'texts');
  const notAList =
    isWhole || faults.length > 0 || isRecord(theirs.value) ? [] : [wholeIsWrong(fleet.file, theirs.value)];
  return {
    value: isWhole ? merge(ours.value as Fields, theirs.value as Fields) : ours.value,
    faults: [...faults, ...notAList],
    problems: strange.map((path) => ({
      severity: 'error',
      path,
      part: 'key',
      message: `is no fleet data: it stands in ${file.file}`,
      code: 'not-fleet-data',
    })),
    locate: (path, part) =>
      isFleet(path)
        ? { file: fleet.file, ...theirs.locate(path, part) }
        : { file: file.file, ...ours.locate(path, part) },
  };
}

/** The fleet data of a configuration as a text of its own. */
export function fleetTextOf(value: unknown): string {
  const fields = isRecord(value) ? value : {};
  const texts = isRecord(fields.announcements) ? fields.announcements.texts : undefined;
  const sections = fleetSections.flatMap((section) =>
    fields[section] === undefined ? [] : [[section, fields[section]] as const],
  );
  const all = { ...Object.fromEntries(sections), ...(texts === undefined ? {} : { announcements: { texts } }) };
  return stringify(all, { lineWidth: 120, aliasDuplicateObjects: false });
}

type Fields = Readonly<Record<string, unknown>>;

function merge(file: Fields, fleet: Fields): Fields {
  const kept = Object.entries(file).filter(([key]) => !isFleetSection(key) && key !== 'announcements');
  const sections = fleetSections.flatMap((key) => (fleet[key] === undefined ? [] : [[key, fleet[key]] as const]));
  const own = file.announcements ?? {};
  const theirs = fleet.announcements;
  const texts = isRecord(theirs) && theirs.texts !== undefined ? { texts: theirs.texts } : {};
  // What is no mapping stays for the schema to complain of.
  const announcements = isRecord(own)
    ? { ...Object.fromEntries(Object.entries(own).filter(([key]) => key !== 'texts')), ...texts }
    : own;
  return { ...Object.fromEntries(kept), announcements, ...Object.fromEntries(sections) };
}

/** What stands in fleet data and is none: the format's own keys may. */
function strangeKeys(fleet: Fields): Path[] {
  const paths: Path[] = [];
  for (const key of Object.keys(fleet)) {
    if (isFleetSection(key) || key === 'version' || key === '$schema') continue;
    if (key !== 'announcements') paths.push([key]);
    else if (isRecord(fleet[key])) {
      for (const inner of Object.keys(fleet[key])) if (inner !== 'texts') paths.push([key, inner]);
    }
  }
  return paths;
}

function wholeIsWrong(file: string, value: unknown): YamlFault & { readonly file: string } {
  const message = value === null ? 'is empty: begin with `escaut fleet export`' : 'must be sections such as talkgroups';
  return { file, line: 1, column: 1, message };
}

function isFleetSection(key: unknown): key is FleetSection {
  return fleetSections.some((section) => section === key);
}

/** A mapping of YAML. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
