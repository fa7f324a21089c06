/**
 * SIP, SIPS and tel URIs: read, written, compared. Other schemes are kept as they stand.
 *
 * Standards: RFC 3261 §19.1 and §25.1; RFC 3966 for tel; RFC 5954 for IPv6 references.
 */

/** Parameters in order; names in lower case. `undefined` is a flag (`;lr`), a string is what follows `=`. */
export type Params = ReadonlyMap<string, string | undefined>;

export interface SipUri {
  readonly kind: 'sip';
  readonly scheme: 'sip' | 'sips';
  /** Escaped, as on the wire: `userText` unescapes, `escapeUser` escapes. */
  readonly user?: string;
  readonly password?: string;
  /** Host name, IPv4 literal, or IPv6 literal **in brackets**; lower case. */
  readonly host: string;
  readonly port?: number;
  /** Escaped, as on the wire; names in lower case. */
  readonly params: Params;
  /** Text behind `?`, escaped, without the mark. */
  readonly headers?: string;
}

export interface TelUri {
  readonly kind: 'tel';
  readonly scheme: 'tel';
  /** As written, with visual separators; begins with `+` if global. */
  readonly number: string;
  readonly params: Params;
}

/** A scheme that we do not know, or a part we need not understand: text behind the first colon. */
export interface OtherUri {
  readonly kind: 'other';
  readonly scheme: string;
  readonly text: string;
}

export type SipAnyUri = SipUri | TelUri | OtherUri;
