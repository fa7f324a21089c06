/**
 * SIP messages as values: start line, header fields in order, body. No text of the wire here: parse.ts, serialise.ts.
 *
 * Header values are kept raw (unfolded, trimmed, long-form names); headers.ts reads them as typed values and writes them.
 * Standard: RFC 3261 §7.
 */
import type { SipAnyUri } from './uri.ts';

export interface SipRequest {
  readonly kind: 'request';
  /** Case-sensitive token (§7.1): `invite` is not INVITE. */
  readonly method: string;
  readonly uri: SipAnyUri;
  readonly headers: SipHeaders;
  readonly body: Uint8Array;
}

export interface SipResponse {
  readonly kind: 'response';
  /** 100–699. */
  readonly status: number;
  readonly reason: string;
  readonly headers: SipHeaders;
  readonly body: Uint8Array;
}

export type SipMessage = SipRequest | SipResponse;

/** One header field: its name in customary long form, its value unfolded and trimmed. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

export const noBody: Uint8Array = new Uint8Array(0);

/** Compact forms of the IANA registry (RFC 3261 §7.3.3, 3265, 3515, 3841, 3892, 4028, 4474, 8224). */
const compactNames: ReadonlyMap<string, string> = new Map([
  ['a', 'Accept-Contact'],
  ['b', 'Referred-By'],
  ['c', 'Content-Type'],
  ['d', 'Request-Disposition'],
  ['e', 'Content-Encoding'],
  ['f', 'From'],
  ['i', 'Call-ID'],
  ['j', 'Reject-Contact'],
  ['k', 'Supported'],
  ['l', 'Content-Length'],
  ['m', 'Contact'],
  ['n', 'Identity-Info'],
  ['o', 'Event'],
  ['r', 'Refer-To'],
  ['s', 'Subject'],
  ['t', 'To'],
  ['u', 'Allow-Events'],
  ['v', 'Via'],
  ['x', 'Session-Expires'],
  ['y', 'Identity'],
]);

/** Names whose customary spelling is not "first letter of each word". */
const irregularNames: ReadonlyMap<string, string> = new Map(
  ['Call-ID', 'CSeq', 'MIME-Version', 'WWW-Authenticate', 'Min-SE', 'RAck', 'RSeq', 'WG67-Version'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

/** Long form in lower case: two names are the same header if and only if this is equal. */
function keyOf(name: string): string {
  const lower = name.toLowerCase();
  return lower.length === 1 ? (compactNames.get(lower)?.toLowerCase() ?? lower) : lower;
}

function longForm(name: string): string {
  return (name.length === 1 ? compactNames.get(name.toLowerCase()) : irregularNames.get(name.toLowerCase())) ?? name;
}

/**
 * Header fields in the order of the wire; names are looked up without regard to case and in long or compact form.
 * A field that occurs several times, or once with commas, is several values of one header: headers.ts splits commas.
 */
export class SipHeaders {
  readonly #fields: { readonly key: string; readonly name: string; value: string }[] = [];

  constructor(fields: Iterable<readonly [name: string, value: string]> = []) {
    for (const [name, value] of fields) this.append(name, value);
  }

  get size(): number {
    return this.#fields.length;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Value of the first field of this name. */
  get(name: string): string | undefined {
    const key = keyOf(name);
    for (const field of this.#fields) if (field.key === key) return field.value;
    return undefined;
  }

  /** Values of all fields of this name, topmost first; commas are not split. */
  getAll(name: string): string[] {
    const key = keyOf(name);
    const values: string[] = [];
    for (const field of this.#fields) if (field.key === key) values.push(field.value);
    return values;
  }

  /** Replaces all fields of this name, at the place of the first; several values become several fields. */
  set(name: string, value: string | readonly string[]): void {
    const key = keyOf(name);
    const values = typeof value === 'string' ? [value] : value;
    const first = this.#fields.findIndex((field) => field.key === key);
    this.delete(name);
    const at = first < 0 ? this.#fields.length : first;
    this.#fields.splice(at, 0, ...values.map((each) => fieldOf(name, key, each)));
  }

  /** Adds a field below all others. */
  append(name: string, value: string): void {
    this.#fields.push(fieldOf(name, keyOf(name), value));
  }

  /** Adds a field above all others of its name: a Via pushed by the client transport (§18.1.1), a Record-Route. */
  prepend(name: string, value: string): void {
    const key = keyOf(name);
    const first = this.#fields.findIndex((field) => field.key === key);
    this.#fields.splice(Math.max(first, 0), 0, fieldOf(name, key, value));
  }

  delete(name: string): void {
    const key = keyOf(name);
    for (let at = this.#fields.length - 1; at >= 0; at--) if (this.#fields[at]?.key === key) this.#fields.splice(at, 1);
  }

  *entries(): IterableIterator<HeaderField> {
    for (const { name, value } of this.#fields) yield { name, value };
  }

  clone(): SipHeaders {
    const copy = new SipHeaders();
    for (const field of this.#fields) copy.#fields.push({ ...field });
    return copy;
  }
}

/**
 * Refuses what would end the line: a value with CR or LF would let its author write header fields of his own.
 * Thrown, since what comes from outside is unfolded by the parser and the writers of headers.ts never make one.
 */
function fieldOf(name: string, key: string, value: string): { key: string; name: string; value: string } {
  if (!/^[A-Za-z0-9\-.!%*_+`'~]+$/.test(name))
    throw new RangeError(`header name is not a token: ${JSON.stringify(name)}`);
  if (/[\r\n]/.test(value)) throw new RangeError(`line break in the value of header ${name}`);
  return { key, name: longForm(name), value };
}
