/** Border records as the page shows them. Pure. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import type { GroupModel } from './console-model.ts';
import type { BorderRecordModel } from './incident-model.ts';
import { readWide } from './read-wire.ts';

export const borderRecordsMax = 500;
const wordsMax = 1000;
const crossingsMax = 10;
const unitsMax = 12;

export function readBorderRecord(wire: escaut.console.v1.BorderRecord.$Properties): BorderRecordModel {
  const { state, basis, noticeLateMs } = wire;
  return {
    id: cleanText(wire.id),
    groupId: wire.groupId ?? '',
    state: state === 'accepted' || state === 'closed' ? state : 'notified',
    unit: cleanText(wire.unit),
    origin: wire.origin ?? '',
    host: wire.host ?? '',
    category: cleanText(wire.category, wordsMax),
    basis: basis === 'joint-patrol' ? basis : 'pursuit',
    place: cleanText(wire.place),
    from: cleanText(wire.from),
    to: cleanText(wire.to),
    noticeUtcMs: readWide(wire.noticeUtcMs),
    noticeBy: cleanText(wire.noticeBy),
    crossings: (wire.crossings ?? []).slice(0, crossingsMax).map(({ source, atUtcMs }) => ({
      source: source ?? '',
      atUtcMs: readWide(atUtcMs),
    })),
    acceptedUtcMs: readWide(wire.acceptedUtcMs),
    acceptedBy: cleanText(wire.acceptedBy),
    condition: cleanText(wire.condition, wordsMax),
    stoppedUtcMs: readWide(wire.stoppedUtcMs),
    stoppedBy: cleanText(wire.stoppedBy),
    stopAuthority: cleanText(wire.stopAuthority, wordsMax),
    closedUtcMs: readWide(wire.closedUtcMs),
    noticeLateMs: noticeLateMs ?? undefined,
    exercise: wire.exercise ?? false,
  };
}

/** Units that were heard on the group, the newest first: whoever crosses is mostly one of them. */
export function unitsHeard({ lastOvers, floor }: GroupModel): readonly string[] {
  const talkers = [floor.holder, ...lastOvers.map(({ talker }) => talker)];
  const units = talkers.flatMap((talker) => (talker === undefined || talker.isConsole ? [] : [talker.callSign]));
  return [...new Set(units.filter((unit) => unit !== ''))].slice(0, unitsMax);
}
