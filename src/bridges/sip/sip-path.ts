/** Path marks in SIP (path-marks.ts): a header field of calls, of their answers and of messages. */
import type { SipHeaders } from '../../protocols/sip/message.ts';
import type { LegPath } from '../path-marks.ts';

/** `Escaut-Path: 0a1b…, 2c3d…`: marks, the sender's own first. Whoever does not know it leaves it out or passes it on. */
const pathHeader = 'Escaut-Path';
const charsMax = 1000;

export function pathHeaders(path: LegPath | undefined): readonly (readonly [name: string, value: string])[] {
  const said = path?.said ?? [];
  return said.length === 0 ? [] : [[pathHeader, said.join(', ')]];
}

/** What a far end says; more than eight marks can take says nothing. */
export function readPath(headers: SipHeaders): readonly string[] {
  const text = headers.getAll(pathHeader).join(',');
  return text.length > charsMax ? [] : text.split(',').map((each) => each.trim().toLowerCase());
}
