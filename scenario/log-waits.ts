/** What the gateway's log has to say before a scenario goes on; each gives up in time, and the judges see why. */
import { announcementParty } from '../src/talkgroups/terms.ts';
import type { LogLine } from '../test/interop/support/gateway.ts';
import { playing, until } from '../test/interop/support/until.ts';
import { utcMs } from './clock.ts';
import type { Stage } from './stage.ts';

type Gateway = Stage['gateway'];

/** Between two lines: longer than the guard and the release of any leg. */
export const pauseMs = 350;
export const overEndsMs = 8000;
/** An announcement lasts 10 s at most. */
const floorFreeMs = 12_000;
export const announcedMs = 15_000;
/** An emergency that nobody acknowledges is escalated after 20 s. */
const escalatedMs = 25_000;
/** What a return takes beside the time of stability: the link is found well again, and one leg goes after the other. */
const returnMs = 20_000;
/** Legs change to another attachment within this. */
const failoverMs = 12_000;
export const recordingClosedMs = 10_000;

/** Whoever would speak hears that somebody does, an announcement for one, and waits. */
export async function floorFree(gateway: Gateway, group: string | undefined): Promise<void> {
  const isFree = () => {
    let holder: unknown;
    let announced = 0;
    for (const { event, result, party, group: of } of gateway.lines) {
      if (of !== group) continue;
      const begins = event === 'floor.answered' && result === 'granted';
      if (!begins && event !== 'over.ended') continue;
      if (party === announcementParty) announced += begins ? 1 : -1;
      if (begins) holder = party;
      // Of two announcements the second has the floor before the first is reported.
      else if (party === holder && (party !== announcementParty || announced === 0)) holder = undefined;
    }
    return holder === undefined;
  };
  // Between two announcements it is free for a moment: asked again after the pause.
  const giveUpMs = utcMs() + floorFreeMs;
  while (!isFree() && utcMs() < giveUpMs) {
    await until('the floor is free', isFree, giveUpMs - utcMs()).catch(() => undefined);
    await playing(pauseMs);
  }
}

/** The over's report waits for the leg that hears it last. */
export async function overEnded(
  gateway: Gateway,
  fromLine: number,
  isParty: (party: string) => boolean,
): Promise<void> {
  const ended = () => gateway.linesOf('over.ended', fromLine).some(({ party }) => isParty(String(party)));
  await until('the over has ended', ended, overEndsMs).catch(() => undefined);
}

/** Something of that kind is logged. */
export async function logged(gateway: Gateway, event: string, what: string): Promise<void> {
  const there = () => gateway.linesOf(event).some((line) => line.what === what);
  await until(`${event} ${what}`, there, escalatedMs).catch(() => undefined);
}

/** Until legs that others carried during the outage are where they belong. */
export async function returned(gateway: Gateway, healedMs: number, stableMs: number): Promise<void> {
  const away = () => {
    const last = new Map<unknown, LogLine>();
    for (const line of gateway.linesOf('leg.moved'))
      if (line.why === 'return' || Date.parse(line.time) < healedMs) last.set(line.leg, line);
    return [...last.values()].some(({ why }) => why !== 'return');
  };
  await until('legs are back', () => !away(), stableMs + returnMs).catch(() => undefined);
}

/** Until no leg is on an attachment that was cut off: each is on another, or down. */
export async function settledWithout({ lines }: Gateway, gone: ReadonlySet<string>): Promise<void> {
  const settled = () => {
    const last = new Map<unknown, LogLine>();
    for (const line of lines) if (line.event === 'leg.changed') last.set(line.leg, line);
    return [...last.values()].every(({ state, attachment }) => state !== 'up' || !gone.has(String(attachment)));
  };
  await until('every leg has left what was cut off', settled, failoverMs).catch(() => undefined);
  await playing(failoverMs / 3);
}

/** Whoever marks a crossing has it announced: nobody speaks before. */
export async function crossingSaid(gateway: Gateway, sinceLine: number): Promise<void> {
  const said = () =>
    gateway.linesOf('announcement.ended', sinceLine).some(({ announcement }) => announcement === 'ann-crossing');
  await until('the crossing is announced', said, announcedMs).catch(() => undefined);
  await playing(pauseMs);
}

/** All that was said is on the disk. */
export async function recordingsClosed(gateway: Gateway): Promise<void> {
  const nameOf = ({ group, over }: LogLine) => `${String(group)}/${String(over)}`;
  const recorded = () => {
    const kept = new Set(gateway.linesOf('recording.kept').map(nameOf));
    return gateway.linesOf('over.ended').every((line) => kept.has(nameOf(line)));
  };
  await until('all recordings are closed', recorded, recordingClosedMs).catch(() => undefined);
}
