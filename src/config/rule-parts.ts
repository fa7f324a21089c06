/** What the rules across sections have in common: problems in their words, and ways through what could be read. Pure. */
import { coded, type ProblemCode, type ProblemParams } from './problem-codes.ts';
import type { PathProblem, Severity } from './problems.ts';
import { readSipAddress, type SipAddress } from './sip-address.ts';
import type { Placed, World } from './world.ts';
import type { Path } from './yaml-source.ts';

type Attachment = World['attachments'][number]['value'];
type Group = World['sharedGroups'][number]['value'];
type Talkgroup = World['talkgroups'][number]['value'];

/** TETRAPOL group numbers have 12 bits. */
export const tetrapolGroupMax = 0xfff;

function problem(severity: Severity, path: Path, message: string): PathProblem {
  return { severity, path, part: 'value', message };
}

export function error(path: Path, message: string, code?: ProblemCode, params?: ProblemParams): PathProblem {
  return { ...problem('error', path, message), ...coded(code, params) };
}

export function warning(path: Path, message: string, code?: ProblemCode, params?: ProblemParams): PathProblem {
  return { ...problem('warning', path, message), ...coded(code, params) };
}

export function place(path: Path): string {
  return `${path[0]}[${path[1]}]`;
}

export function* legsOf(
  world: World,
): Iterable<{ readonly leg: Group['legs'][number]; readonly group: Group; readonly path: Path }> {
  for (const { value: group, path } of world.sharedGroups) {
    // Whatever holds for a leg holds for a shadow: it is there to become one.
    for (const list of ['legs', 'shadowLegs'] as const) {
      for (const [index, leg] of group[list].entries()) yield { leg, group, path: [...path, list, index] };
    }
  }
}

export function byId<T extends { readonly id: string }>(entries: readonly Placed<T>[]): ReadonlyMap<string, T> {
  return new Map(entries.map(({ value }) => [value.id, value]));
}

export function technologiesOf(world: World): ReadonlyMap<string, string> {
  return new Map(world.networks.map(({ value }) => [value.id, value.technology]));
}

/** Attachments whose legs are SIP sessions. */
export type SessionAttachment = Extract<Attachment, { kind: 'sip' | 'mcptt' | 'ed137' }>;

export function sessionAttachments(world: World): readonly Placed<SessionAttachment>[] {
  return world.attachments.filter((entry): entry is Placed<SessionAttachment> => isSession(entry.value));
}

function isSession(attachment: Attachment): attachment is SessionAttachment {
  return attachment.kind === 'sip' || attachment.kind === 'mcptt' || attachment.kind === 'ed137';
}

export function sessionOf(attachment: SessionAttachment) {
  if (attachment.kind === 'sip') return attachment.sip;
  return attachment.kind === 'mcptt' ? attachment.mcptt : attachment.ed137;
}

export function peerOf(attachment: SessionAttachment): SipAddress | undefined {
  const reading = readSipAddress(sessionOf(attachment).peer);
  return reading.ok ? reading.address : undefined;
}

export function compact(number: Talkgroup['number']): string {
  return number.replaceAll(/\s/g, '');
}

export function isNumberWithin(text: string, min: number, max: number): boolean {
  return /^[0-9]{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max;
}

export function isTetrapolGroup(number: string): boolean {
  return isNumberWithin(/^(?:[0-9]{1,4}-)?([0-9]+)$/.exec(number)?.[1] ?? '', 0, tetrapolGroupMax);
}

export function isLoopback(host: string): boolean {
  return /^127\./.test(host) || host === '::1' || /^::ffff:127\./i.test(host);
}

export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || /^[0:]+$/.test(host);
}
