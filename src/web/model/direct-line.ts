/** Direct lines as the page shows them: who is at the other end, and who of us is on it. Pure. */
import type { escaut } from '../../protocols/generated/console.js';
import { cleanText } from './clean-text.ts';
import type { CallModel, DirectLineModel } from './console-model.ts';
import { readCountry, readWide } from './read-wire.ts';

type WireLine = escaut.console.v1.DirectLine.$Properties;

const linesMax = 200;
const states = ['idle', 'calling', 'alerting', 'ringing', 'talking'] as const;

export function readDirectLines(wire: readonly WireLine[] | null | undefined): readonly DirectLineModel[] {
  return (wire ?? []).slice(0, linesMax).map(readDirectLine);
}

/** The line in place of what was known of it; there are no more than at first. */
export function putDirectLine(lines: readonly DirectLineModel[], wire: WireLine): readonly DirectLineModel[] {
  const line = readDirectLine(wire);
  return lines.map((each) => (each.consoleId === line.consoleId ? line : each));
}

/** Of a state that this page does not know, that it is not free is all that is sure. */
function readDirectLine(wire: WireLine): DirectLineModel {
  return {
    consoleId: wire.consoleId ?? '',
    display: cleanText(wire.display),
    controlRoom: cleanText(wire.controlRoom),
    country: readCountry(wire.country),
    state: states.find((state) => state === wire.state) ?? 'calling',
    by: cleanText(wire.by),
    byControlRoom: cleanText(wire.byControlRoom),
    sinceUtcMs: readWide(wire.sinceUtcMs),
    recorded: wire.recorded ?? false,
  };
}

/** What a click on a line does: it rings here and is answered, it is ours and hung up, or it is called. */
export function clickOn({ consoleId }: DirectLineModel, call: CallModel | undefined): 'answer' | 'hangUp' | 'call' {
  if (call?.consoleId !== consoleId) return 'call';
  return call.state === 'ringing' ? 'answer' : 'hangUp';
}
