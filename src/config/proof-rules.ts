/** What a morning proof needs of the group that it names. */
import type { PathProblem } from './problems.ts';
import type { World } from './world.ts';
import type { Path } from './yaml-source.ts';

export function* proofsAreOfTestGroups({ morningProof: proof, sharedGroups }: World): Iterable<PathProblem> {
  const group = sharedGroups.find(({ value }) => value.id === proof?.group)?.value;
  if (proof === undefined || group === undefined) return;
  const at: Path = ['morningProof', 'group'];
  if (group.use !== 'test') yield error(at, `is of use ${group.use}: tones are sounded on groups of use test alone`);
  if (group.mode === 'permanent')
    yield error(at, 'is permanent: its talkgroups are never free to be called; make it on-demand');
  const members = new Set(group.legs.map(({ talkgroup }) => talkgroup));
  for (const [index, talkgroup] of proof.withoutAnswer.entries()) {
    if (!members.has(talkgroup)) yield error(['morningProof', 'withoutAnswer', index], `is not in ${group.id}`);
  }
  for (const [index, { talkgroup }] of proof.identities.entries()) {
    if (!members.has(talkgroup))
      yield error(['morningProof', 'identities', index, 'talkgroup'], `is not in ${group.id}`);
  }
}

function error(path: Path, message: string): PathProblem {
  return { severity: 'error', path, part: 'value', message };
}
