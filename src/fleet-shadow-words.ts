/** `escaut fleet shadow`: what the gateway last wrote of the talkgroups that it listens to (docs/fleet.md). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptShadowsSchema, type ShadowReport } from './api/shadow-schema.ts';
import { systemCode } from './base/errors.ts';
import { CommandProblem } from './command-log.ts';

/** `folder`: the state of the gateway. @throws CommandProblem when it cannot be read */
export function shadowWords(folder: string): string {
  const kept = read(join(folder, 'shadows.json'));
  if (kept === undefined || kept.shadows.length === 0) return 'no talkgroup is listened to';
  return [`as of ${time(kept.at)}`, ...kept.shadows.flatMap(linesOf)].join('\n');
}

function read(file: string) {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new CommandProblem(`${file} cannot be read (${systemCode(error) ?? 'unknown cause'})`);
  }
  try {
    return keptShadowsSchema.parse(JSON.parse(text));
  } catch {
    throw new CommandProblem(`${file} does not have the form of this version`);
  }
}

function linesOf(shadow: ShadowReport): string[] {
  const { group, talkgroup, state, since, unheardMs, collisions, collisionMs, lowered, loops, unreadable, data } =
    shadow;
  const side = ({ overs, voiceMs, queued, refused, cut, emergencies }: ShadowReport['in']): string =>
    `${overs} overs, ${seconds(voiceMs)}; ${queued} would wait, ${refused} refused, ${cut} cut off; ${emergencies} emergencies`;
  const last = shadow.last.slice(0, 10).map(({ at, what, way, talker = 'unnamed', voiceMs, end, why, by }) => {
    const how = voiceMs === undefined ? (why ?? '') : `${seconds(voiceMs)} ${end ?? ''}`;
    const whom = what === 'over' || what === 'held' ? ` ${way ?? ''} ${talker}: ${how}` : '';
    return `    ${time(at)} ${what}${whom}${by === undefined ? '' : `, by ${by}`}`;
  });
  return [
    `${talkgroup} beside ${group}: ${state}, counted since ${time(since)}`,
    `  into the group:  ${side(shadow.in)}; ${seconds(unheardMs)} of its talk unheard; ${lowered} lowered`,
    `  from the group:  ${side(shadow.out)}`,
    `  ${collisions} collisions (${seconds(collisionMs)}), ${loops} loops, ${unreadable} unreadable, ${data} data`,
    ...(last.length > 0 ? ['  last:', ...last] : []),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function time(instant: string): string {
  return `${instant.slice(0, 19).replace('T', ' ')} UTC`;
}
