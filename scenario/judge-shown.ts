/** The pass conditions of what people see: judged over what the pages showed, and when. Pure. */
import type { Config } from '../src/config/schema.ts';
import { type Facts, type SaidLine, watchersOf } from './facts.ts';
import type { Judged } from './judge-voice.ts';
import type { Testbed } from './testbed.ts';
import { figure, measured, plural } from './verdict.ts';

const talkerMsMax = 500;

/** each console that shows the group names the talker; and each leg whose bridge can be told was told. */
export function judgeTalker(line: SaidLine, facts: Facts, config: Config, { desks }: Testbed): Judged {
  const { group, talkgroup, startMs, endMs } = line;
  const persons = watchersOf(facts, group).filter((each) => each !== line.by);
  const unit = config.units.find(({ id }) => id === (talkgroup === undefined ? line.by : (desks[line.by] ?? line.by)));
  const person = config.people.find(({ id }) => id === line.by);
  const network = config.talkgroups.find(({ id }) => id === talkgroup)?.network;
  const wanted = wantedOf(config, unit, person, network);
  const shownAfter = persons.map((each) => {
    const fact = facts.shown.find(
      ({ person: who, group: of, atMs, talker, lines }) =>
        who === each &&
        of === group &&
        atMs >= startMs &&
        atMs <= endMs + 1000 &&
        wanted.every((word) => `${talker} ${lines}`.toLowerCase().includes(word.toLowerCase())),
    );
    return fact === undefined ? Number.NaN : fact.atMs - startMs;
  });
  const most = Math.max(...shownAfter);
  const told = new Set(
    facts.told
      .filter(({ name, atMs }) => name === 'talker' && atMs >= startMs && atMs <= startMs + 1500)
      .map((fact) => fact.talkgroup),
  );
  return measured(
    persons.length > 0 && most <= talkerMsMax,
    `${plural(persons.length, 'console')} within ${figure(most)} ms (${wanted.join(', ')}); ${plural(told.size, 'leg')} told`,
  );
}

type Unit = Config['units'][number];
type Person = Config['people'][number];

/** What has to stand on the card: call sign, organisation, country, network; of a person his name and room's country. */
function wantedOf(
  config: Config,
  unit: Unit | undefined,
  person: Person | undefined,
  network: string | undefined,
): readonly string[] {
  if (unit !== undefined) {
    const organisation = config.organisations.find(({ id }) => id === unit.organisation);
    const name = config.networks.find(({ id }) => id === network)?.name ?? '';
    return [unit.callSign, organisation?.name ?? '', organisation?.country ?? '', name.split(' ')[0] ?? ''];
  }
  return person === undefined ? [] : [person.display, person.country];
}
