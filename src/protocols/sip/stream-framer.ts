/**
 * Cuts SIP messages out of a stream by their Content-Length, and finds the keep-alives between them. Pure: octets in,
 * pieces out; what is not yet whole is kept, up to the bounds of parse.ts.
 *
 *   octets ─▶ [line ends]* head ─ empty line ─ Content-Length octets of body ─▶ parseSipMessage
 *
 * A stream whose framing is in doubt is lost (RFC 3261 §18.3, RFC 4475 §3.3.9): `broken` ends it. Its owner answers what
 * can still be answered (parseSipMessage of `octets`) and closes the connection.
 *
 * Standards: RFC 3261 §7.5, §18.3; RFC 5626 §4.4.1 (CRLF CRLF is a ping, CRLF the pong).
 */
import { bodyBytesMax, headerBytesMax } from './parse.ts';
import { readDecimal } from './scan.ts';

export type StreamPiece =
  | { readonly kind: 'message'; readonly octets: Uint8Array }
  /** On an accepted connection: send one CRLF back. */
  | { readonly kind: 'ping' }
  /** On a connection of ours: the far end lives. */
  | { readonly kind: 'pong' }
  | {
      readonly kind: 'broken';
      readonly reason: 'header-too-large' | 'body-too-large' | 'content-length' | 'no-content-length';
      /** What there is of the message. */
      readonly octets: Uint8Array;
    };

const cr = 0x0d;
const lf = 0x0a;

export class SipStreamFramer {
  readonly #accepted: boolean;
  #buffer = Buffer.alloc(4096);
  /** Octets held: from 0 to here. */
  #length = 0;
  /** Where the search for the empty line goes on, and where the current line began. */
  #scanned = 0;
  #lineStart = 0;
  /** Length of head and body, once the head is whole. */
  #wanted: number | undefined;
  /** CRLFs since the last message: two of them are one ping. */
  #lineEnds = 0;
  #broken = false;

  /** `accepted`: the far end opened the connection, so that line ends from it are pings. */
  constructor(side: 'accepted' | 'connected') {
    this.#accepted = side === 'accepted';
  }

  /** Octets of a message that has begun; a connection that leaves one unfinished for long is to be closed. */
  get pendingBytes(): number {
    return this.#length;
  }

  /** Takes octets in; gives what is whole. After `broken` everything is passed over. */
  push(octets: Uint8Array): StreamPiece[] {
    const pieces: StreamPiece[] = [];
    // In parts, so that the buffer never holds more than one message and a part, whatever is pushed at once.
    for (let at = 0; at < octets.length && !this.#broken; at += partBytes) {
      this.#append(octets.subarray(at, at + partBytes));
      while (this.#take(pieces));
    }
    if (this.#broken) this.#buffer = Buffer.alloc(0);
    return pieces;
  }

  /** One piece, if one is whole; true if there may be another. */
  #take(pieces: StreamPiece[]): boolean {
    if (this.#broken) return false;
    if (this.#wanted === undefined && this.#scanned === 0 && this.#takeLineEnds(pieces)) return true;
    if (this.#wanted === undefined && !this.#findHead(pieces)) return false;
    if (this.#wanted === undefined || this.#length < this.#wanted) return false;
    pieces.push({ kind: 'message', octets: this.#copy(this.#wanted) });
    this.#drop(this.#wanted);
    return this.#length > 0;
  }

  /** Line ends before a message; true if any was taken. */
  #takeLineEnds(pieces: StreamPiece[]): boolean {
    let at = 0;
    while (
      at < this.#length &&
      (this.#buffer[at] === lf || (this.#buffer[at] === cr && this.#buffer[at + 1] === lf && at + 1 < this.#length))
    ) {
      at += this.#buffer[at] === lf ? 1 : 2;
      this.#lineEnds++;
      if (!this.#accepted) note(pieces, 'pong');
      else if (this.#lineEnds % 2 === 0) note(pieces, 'ping');
    }
    this.#drop(at);
    return at > 0 && this.#length > 0;
  }

  /** Looks for the empty line; true once the length of the message is known. */
  #findHead(pieces: StreamPiece[]): boolean {
    const held = this.#buffer.subarray(0, this.#length);
    // A lone CR may be half of a line end; it is no beginning of a message.
    if (held.length === 1 && held[0] === cr) return false;
    for (let at = held.indexOf(lf, this.#scanned); at >= 0; at = held.indexOf(lf, at + 1)) {
      const empty = at === this.#lineStart || (at === this.#lineStart + 1 && held[this.#lineStart] === cr);
      if (empty) return this.#measure(held.subarray(0, this.#lineStart), at + 1, pieces);
      this.#lineStart = at + 1;
    }
    this.#scanned = held.length;
    return held.length > headerBytesMax ? this.#break('header-too-large', pieces) : false;
  }

  #measure(head: Buffer, headEnd: number, pieces: StreamPiece[]): boolean {
    if (head.length > headerBytesMax) return this.#break('header-too-large', pieces);
    const stated = contentLengths(head.toString('latin1'));
    const [length] = stated;
    if (length === undefined) return this.#break('no-content-length', pieces);
    if (length === 'malformed' || stated.some((each) => each !== length)) return this.#break('content-length', pieces);
    if (length > bodyBytesMax) return this.#break('body-too-large', pieces);
    this.#wanted = headEnd + length;
    return true;
  }

  #break(reason: (StreamPiece & { kind: 'broken' })['reason'], pieces: StreamPiece[]): false {
    pieces.push({ kind: 'broken', reason, octets: this.#copy(this.#length) });
    this.#broken = true;
    this.#length = 0;
    return false;
  }

  #copy(length: number): Uint8Array {
    return new Uint8Array(this.#buffer.subarray(0, length));
  }

  #append(octets: Uint8Array): void {
    const needed = this.#length + octets.length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#buffer.set(octets, this.#length);
    this.#length = needed;
  }

  #drop(bytes: number): void {
    if (bytes === 0) return;
    if (this.#wanted !== undefined) this.#lineEnds = 0;
    this.#buffer.copyWithin(0, bytes, this.#length);
    this.#length -= bytes;
    this.#wanted = undefined;
    this.#scanned = 0;
    this.#lineStart = 0;
  }
}

const partBytes = 4096;

/** Many in a row count as one: a flood of line ends is not answered with a flood. */
function note(pieces: StreamPiece[], kind: 'ping' | 'pong'): void {
  if (pieces.at(-1)?.kind !== kind) pieces.push({ kind });
}

/** All Content-Length values of a head, folds and compact form included. */
function contentLengths(head: string): (number | 'malformed')[] {
  const lengths: (number | 'malformed')[] = [];
  for (const [, value = ''] of head.matchAll(/^(?:content-length|l)[ \t]*:((?:[^\n]|\n[ \t])*)$/gim)) {
    lengths.push(readDecimal(value.trim(), Number.MAX_SAFE_INTEGER) ?? 'malformed');
  }
  return lengths;
}
