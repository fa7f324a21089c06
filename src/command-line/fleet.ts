/** `fleet`: versions of the fleet data. Pure. */
import {
  type CommandSpec,
  configOption,
  fileOf,
  type Given,
  mistake,
  type Reading,
  read,
  readTimes,
  twoWords,
} from './spec.ts';

/** What `escaut fleet` does; the later ones with a version. */
const fleetActs = [
  'list',
  'shadow',
  'units',
  'export',
  'propose',
  'show',
  'approve',
  'refuse',
  'withdraw',
  'back',
] as const;

type FleetAct =
  | { readonly act: 'list' }
  | { readonly act: 'shadow' }
  | { readonly act: 'units' }
  | { readonly act: 'export'; readonly version?: number }
  | { readonly act: 'show'; readonly version: number }
  | {
      readonly act: 'propose';
      readonly path: string;
      readonly by: string;
      readonly reason: string;
      readonly fromUtcMs?: number;
      /** Says what it would change, and changes nothing. */
      readonly check: boolean;
    }
  | {
      readonly act: 'approve' | 'refuse' | 'withdraw' | 'back';
      readonly version: number;
      readonly by: string;
      readonly reason: string;
    };

export type FleetCommand = { readonly name: 'fleet'; readonly config?: string } & FleetAct;

export const fleetCommand: CommandSpec<FleetCommand> = {
  says: '`fleet list|show|shadow|units|export|propose|approve|refuse|withdraw|back`: versions of the fleet data (docs/fleet.md)',
  options: {
    config: configOption,
    by: { value: 'PERSON', says: 'who proposes, agrees, refuses or withdraws' },
    reason: { value: 'TEXT', says: 'why; it stands in the log' },
    from: { value: 'TIME', says: 'propose: holds from then on, such as 2026-11-29T02:15Z; default: once all agree' },
    check: { says: 'propose: only say what it would change, and whose word it needs' },
  },
  acts: fleetActs,
  words: twoWords,
  read: readFleet,
};

function readFleet(given: Given, [word = '', object]: readonly string[]): Reading<FleetCommand> {
  const act = fleetActs.find((each) => each === word);
  if (act === undefined) return mistake(`say what to do: fleet ${fleetActs.join('|')}`, word, fleetActs);
  const command = (rest: FleetAct): Reading<FleetCommand> => read({ name: 'fleet', ...fileOf(given), ...rest });
  const times = readTimes(given);
  if (typeof times === 'string') return mistake(times);
  if (act === 'list' || act === 'units' || act === 'shadow') {
    return object === undefined ? command({ act }) : mistake(`fleet ${act} takes no word behind it`);
  }
  const by = given.get('by')?.trim() ?? '';
  const reason = given.get('reason')?.trim() ?? '';
  const isCheck = given.has('check');
  if (act === 'propose') {
    if (object === undefined) return mistake('say which file: fleet propose FILE');
    if (by === '') return mistake('fleet propose needs --by');
    if (reason === '' && !isCheck) return mistake('fleet propose needs --reason');
    const { fromUtcMs } = times;
    return command({ act, path: object, by, reason, check: isCheck, ...(fromUtcMs !== undefined && { fromUtcMs }) });
  }
  if (act === 'export' && object === undefined) return command({ act });
  const version = /^[0-9]{1,9}$/.test(object ?? '') ? Number(object) : undefined;
  if (version === undefined) return mistake(`say which version: fleet ${act} NUMBER`);
  if (act === 'export' || act === 'show') return command({ act, version });
  if (by === '') return mistake(`fleet ${act} needs --by`);
  if (reason === '' && (act === 'refuse' || act === 'back')) return mistake(`fleet ${act} needs --reason`);
  return command({ act, version, by, reason });
}
