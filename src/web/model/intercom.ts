/** The intercom as the page shows it: who can be called, the call at hand, and where the microphone may go. Pure. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import type { CallModel, ConsoleModel, IntercomModel, MissedCallModel, StationModel } from './console-model.ts';
import { readCountry, readLanguage, readWide } from './read-wire.ts';

/** How the other side is heard. `soft`: beside an alarm, which is never covered; `muted`: while a talk key is down. */
export type IntercomHearing = 'full' | 'soft' | 'muted';

const stationsMax = 500;
const missedMax = 20;

export function readStations(
  wire: readonly escaut.console.v1.Station.$Properties[] | null | undefined,
): readonly StationModel[] {
  return (wire ?? []).slice(0, stationsMax).map((station) => ({
    consoleId: station.consoleId ?? '',
    personId: station.personId ?? '',
    display: cleanText(station.display),
    controlRoom: cleanText(station.controlRoom),
    country: readCountry(station.country),
    language: readLanguage(station.language),
    busy: station.busy ?? false,
  }));
}

/** What is said of the last call stays until something else is. */
export function readIntercom(
  wire: escaut.console.v1.Intercom.$Properties | null | undefined,
  before: IntercomModel,
  nowMs: number,
): IntercomModel {
  const { call, missed, over } = wire ?? {};
  const said = over && { display: cleanText(over.display), end: over.end ?? '', endedMs: nowMs };
  return {
    call: call ? readCall(call) : undefined,
    missed: (missed ?? []).slice(-missedMax).map(readMissed),
    over: said ?? (call ? undefined : before.over),
  };
}

function readCall(wire: escaut.console.v1.IntercomCall.$Properties): CallModel {
  const { state } = wire;
  return {
    id: wire.callId ?? 0,
    state: state === 'ringing' || state === 'talking' ? state : 'calling',
    consoleId: wire.consoleId ?? '',
    display: cleanText(wire.display),
    controlRoom: cleanText(wire.controlRoom),
    country: readCountry(wire.country),
    hotLine: wire.hotLine ?? false,
    sinceUtcMs: readWide(wire.sinceUtcMs),
  };
}

function readMissed(wire: escaut.console.v1.MissedCall.$Properties): MissedCallModel {
  return {
    personId: wire.personId ?? '',
    display: cleanText(wire.display),
    controlRoom: cleanText(wire.controlRoom),
    country: readCountry(wire.country),
    times: wire.times ?? 1,
    atUtcMs: readWide(wire.atUtcMs),
  };
}

/** Somebody who can be called: a person wherever he sits, or another console of the operator himself. */
export interface Callable {
  readonly station: StationModel;
  /** How he is named to the gateway. */
  readonly to: { readonly personId: string } | { readonly consoleId: string };
  readonly busy: boolean;
}

/** By control room, that of the operator first, and by name. */
export function callables(
  stations: readonly StationModel[],
  own: ReadonlySet<string>,
  operator: { readonly personId: string; readonly controlRoom: string },
): readonly Callable[] {
  const others = stations.filter(({ consoleId }) => !own.has(consoleId));
  const byPerson = Map.groupBy(others, ({ personId, consoleId }) =>
    personId === operator.personId ? consoleId : personId,
  );
  const all = [...byPerson.values()].flatMap((his): Callable[] => {
    const [station] = his;
    if (station === undefined) return [];
    const { personId, consoleId } = station;
    const to = personId === operator.personId ? { consoleId } : { personId };
    return [{ station, to, busy: his.some(({ busy }) => busy) }];
  });
  const rank = ({ controlRoom }: StationModel) => (controlRoom === operator.controlRoom ? 0 : 1);
  return all.sort(
    ({ station: a }, { station: b }) =>
      rank(a) - rank(b) || a.controlRoom.localeCompare(b.controlRoom) || a.display.localeCompare(b.display),
  );
}

/** Where a word spoken now goes: to groups while a key is down, and never to both. */
export function isLineOpen(call: CallModel | undefined, isKeyDown: boolean): boolean {
  if (call === undefined || isKeyDown) return false;
  return call.state === 'talking' || (call.state === 'calling' && call.hotLine);
}

/** The other side talks on a group at present: until it lets go nobody hears the other. */
export function isOtherOnGroup({ groups, intercom }: ConsoleModel): boolean {
  const other = intercom.call?.consoleId ?? '';
  return groups.some(({ floor: { holder, overriding } }) =>
    [holder, overriding].some((talker) => talker?.partyId === other),
  );
}
