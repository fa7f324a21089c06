/**
 * IP address literals: recognised and brought to one spelling, so that two spellings of one address compare equal.
 *
 * Standards: RFC 4291 §2.2, RFC 5952 (the spelling), RFC 5954 (in SIP).
 */

/** Dotted quad, no leading zeros (they are octal to some and decimal to others). */
export function isIpv4(text: string): boolean {
  const parts = text.split('.', 5);
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
}

/** IPv6 without brackets and without zone. */
export function isIpv6(text: string): boolean {
  return groupsOf(text) !== undefined;
}

/** An address in one spelling: IPv6 as RFC 5952 has it, IPv4 in the form of IPv6 as IPv4. Other text stays as it is. */
export function plainAddress(text: string): string {
  const groups = groupsOf(text);
  const isMapped = groups?.slice(0, 6).join() === '0,0,0,0,0,65535';
  if (groups === undefined || !isMapped) return canonicalIpv6(text) ?? text;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

/** RFC 5952 spelling of an IPv6 literal (without brackets); undefined if it is none. */
export function canonicalIpv6(text: string): string | undefined {
  const groups = groupsOf(text);
  if (groups === undefined) return undefined;
  let [from, length] = [-1, 1]; // longest run of two or more zeros, the first of equals
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && groups[end] === 0) end++;
    if (end - at > length) [from, length] = [at, end - at];
    if (end > at) at = end;
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  return from < 0 ? hex(groups) : `${hex(groups.slice(0, from))}::${hex(groups.slice(from + length))}`;
}

/**
 * `2001:db8:::192.0.2.1`, as the grammar of RFC 3261 has it by mistake, with the colon too many taken out: to be
 * accepted, never sent (RFC 5118 §4.10). Other text is returned as it is.
 */
export function mendColons(text: string): string {
  return text.length > 48 ? text : text.replace(/^([0-9A-Fa-f:]*[^:]|):::(?=[0-9.]+$)/, '$1::');
}

/** The eight groups; undefined if it is no IPv6 literal. */
function groupsOf(text: string): number[] | undefined {
  if (text.length < 2 || text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => groupsOfHalf(half, index === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function groupsOfHalf(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (mayEndInIpv4 && index === parts.length - 1 && isIpv4(part)) {
      const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
