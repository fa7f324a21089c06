/**
 * Lexical ground of SIP header values: a cursor over an unfolded value. Every step moves forward, so reading is linear.
 *
 * Standard: RFC 3261 §25.1 (LWS, token, quoted-string, generic-param).
 */

/** Parameters in order; names in lower case. `undefined` is a flag (`;lr`), a string is what follows `=`, unquoted. */
export type Params = ReadonlyMap<string, string | undefined>;

export const noParams: Params = new Map();

const token = /[A-Za-z0-9\-.!%*_+`'~]+/y;
/** What a parameter's value may hold unquoted: token, host, IPv6 reference; wider than the grammar, up to a separator. */
const plainValue = /[^\s;,"<>=]+/y;

/** More than any message has: bounds the cost of one value. */
const paramsMax = 64;
const partsMax = 256;

export class Cursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** The next character, undefined at the end. */
  get next(): string | undefined {
    return this.text[this.at];
  }

  /** Moves over what the sticky pattern matches here; undefined, and no move, if it does not. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  skipLws(): void {
    while (isLws(this.text.charCodeAt(this.at))) this.at++;
  }

  /** Moves over `mark` if it is next, without white space; false, and no move, if it is not. */
  take(mark: string): boolean {
    if (!this.text.startsWith(mark, this.at)) return false;
    this.at += mark.length;
    return true;
  }

  /** Moves over `mark` with white space before and after it; false, and no move, if it is not next. */
  skip(mark: string): boolean {
    const start = this.at;
    this.skipLws();
    if (!this.text.startsWith(mark, this.at)) {
      this.at = start;
      return false;
    }
    this.at += mark.length;
    this.skipLws();
    return true;
  }

  token(): string | undefined {
    return this.match(token);
  }

  /** A quoted string, unescaped. */
  quotedString(): string | undefined {
    if (this.next !== '"') return undefined;
    for (let end = this.at + 1; end < this.text.length; end++) {
      const char = this.text.charCodeAt(end);
      if (char === 0x5c) end++;
      else if (char === 0x22) {
        const inner = this.text.slice(this.at + 1, end);
        this.at = end + 1;
        return inner.includes('\\') ? inner.replace(/\\(.)/gs, '$1') : inner;
      }
    }
    return undefined;
  }

  /** `;name[=value]`…, up to a comma or the end; undefined: broken, or too many. Of two of a name the first counts. */
  params(): Params | undefined {
    const params = new Map<string, string | undefined>();
    for (let count = 1; this.skip(';'); count++) {
      if (count > paramsMax) return undefined;
      const name = this.token()?.toLowerCase();
      if (name === undefined) return undefined;
      let value: string | undefined;
      if (this.skip('=')) {
        value = this.next === '"' ? this.quotedString() : this.match(plainValue);
        if (value === undefined) return undefined;
      }
      if (!params.has(name)) params.set(name, value);
    }
    this.skipLws();
    return params;
  }
}

/** A quoted string; characters that could end the line or the string are escaped or become spaces. */
export function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the wire
  return `"${text.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, ' ').replace(/["\\]/g, '\\$&')}"`;
}

/** Space or tab; folds are undone before. */
export function isLws(char: number): boolean {
  return char === 0x20 || char === 0x09;
}

export function isToken(text: string): boolean {
  return /^[A-Za-z0-9\-.!%*_+`'~]+$/.test(text);
}

/**
 * `;name`, `;name=value`, `;name="va lue"`…, quoted where the value is neither token nor host, and in feature
 * parameters (`+g.3gpp.…`), whose text values always are (RFC 3840 §9).
 */
export function formatParams(params: Params): string {
  let text = '';
  for (const [name, value] of params) {
    if (value === undefined) text += `;${name}`;
    else if (name.startsWith('+') || !/^[A-Za-z0-9\-.!%*_+`'~:[\]]+$/.test(value)) text += `;${name}=${quote(value)}`;
    else text += `;${name}=${value}`;
  }
  return text;
}

/** Decimal digits as a number up to `max`; undefined for anything else, however long. Leading zeros are allowed. */
export function readDecimal(text: string, max: number): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const digits = text.replace(/^0+(?=[0-9])/, '');
  if (digits.length > 15) return undefined;
  const value = Number(digits);
  return value <= max ? value : undefined;
}

/** Comma-separated parts, trimmed; commas in quotes or brackets do not separate. undefined: unbalanced, or too many. */
export function splitCommas(text: string): string[] | undefined {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  let bracketed = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (quoted) {
      if (char === 0x5c) at++;
      else if (char === 0x22) quoted = false;
    } else if (char === 0x22) {
      if (!bracketed) quoted = true;
    } else if (char === 0x3c) bracketed = true;
    else if (char === 0x3e) bracketed = false;
    else if (char === 0x2c && !bracketed) {
      parts.push(text.slice(start, at).trim());
      if (parts.length === partsMax) return undefined;
      start = at + 1;
    }
  }
  if (quoted || bracketed) return undefined;
  parts.push(text.slice(start).trim());
  return parts;
}
