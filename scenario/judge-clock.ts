/** how far this site's clock is from its time server, as the audit log says. Pure. */
import type { Facts } from './facts.ts';
import type { Judged } from './judge-voice.ts';
import { figure, measured, notYet, plural } from './verdict.ts';

const apartMsMax = 50;

/** By the surest that the log says, and by whether it ever says that the clock is off; one site, so no two are compared. */
export function judgeClock({ audited }: Pick<Facts, 'audited'>): Judged {
  if (audited === undefined) return notYet('the audit log is read at the end');
  const said = audited.entries.filter(({ event }) => event === 'clock.quality');
  if (said.length === 0) return measured(false, 'the record does not say how right the clock is');
  const read = said.flatMap(({ about: { state, offsetMs, boundMs } }) =>
    typeof offsetMs === 'number' && typeof boundMs === 'number' ? [{ isOff: state === 'off', offsetMs, boundMs }] : [],
  );
  const off = read.findLast(({ isOff }) => isOff);
  const [surest] = read.toSorted((one, other) => one.boundMs - other.boundMs);
  const shown = off ?? surest;
  if (shown === undefined) return notYet('no time server is here to measure against');
  const { offsetMs, boundMs } = shown;
  const way = offsetMs < 0 ? 'behind' : 'ahead of';
  const words = `${figure(Math.abs(offsetMs), 1)} ms ${way} its time server, give or take ${figure(boundMs, 1)} ms, by ${plural(said.length, 'entry', 'entries')} of the audit log; one site only`;
  // Where the machine stood still while it was asked, nothing is proved.
  const isSure = off !== undefined || Math.abs(offsetMs) <= apartMsMax;
  return isSure ? measured(off === undefined, words) : notYet(words);
}
