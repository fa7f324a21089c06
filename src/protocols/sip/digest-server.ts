/**
 * Digest authentication, the server's side. Pure: time and requests in, verdicts out.
 *
 * A nonce carries its time and number, signed; so none has to be remembered until it has been used well, and floods of
 * requests cost no memory. Counts of uses (nc) are kept per nonce in a window, so that reordered requests pass and
 * repeated ones do not; of nonces in use only the youngest `noncesMax` are kept, older ones are called stale.
 *
 * A user name that nobody has takes the same path as a wrong password, and so does an account whose guesses are used up:
 * neither answer nor time tells which it was.
 *
 * Standards: RFC 3261 §22.4, RFC 7616 §3.3–3.4 and §5 (replay, enumeration).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type AuthValue, type DigestAlgorithm, digestResponse, parseAuthValues, readAlgorithm } from './digest.ts';
import type { SipRequest } from './message.ts';
import { quote } from './scan.ts';
import { parseUri, sameUri } from './uri.ts';

export interface DigestServerSettings {
  readonly realm: string;
  /** Signs nonces: at least 32 random octets, kept to this process. */
  readonly secret: Uint8Array;
  /** Offered in this order (RFC 8760 §2.3: the preferred one first), and no other is taken. */
  readonly algorithms: readonly DigestAlgorithm[];
  readonly nonceLifetimeMs: number;
  readonly noncesMax: number;
  /** Wrong answers that are looked at per account and `guessWindowMs`. */
  readonly guessesMax: number;
  readonly guessWindowMs: number;
}

export type DigestVerdict =
  | { readonly result: 'passed'; readonly username: string }
  /** Answer with `challenge`; `stale` goes there, `cause` to the log. */
  | { readonly result: 'refused'; readonly stale: boolean; readonly cause: 'none' | 'stale' | 'wrong' | 'exhausted' };

/** Password of an account in the realm; undefined if there is none of this name. */
export type PasswordOf = (username: string) => string | undefined;

interface NonceUse {
  /** Highest nc seen; bit k of `seen` stands for nc `highest − k`. */
  highest: number;
  seen: number;
}

interface Guesses {
  sinceMs: number;
  count: number;
  /** Whence the account was last used well: a stranger's guesses do not shut its owner out. */
  owner?: string;
  ownerCount: number;
}

const nonceWindow = 31;
const wrong: DigestVerdict = { result: 'refused', stale: false, cause: 'wrong' };
const stale: DigestVerdict = { result: 'refused', stale: true, cause: 'stale' };

export class DigestServer {
  readonly #settings: DigestServerSettings;
  #issued = 0;
  /** Nonces up to this number are stale, since their uses are forgotten. */
  #forgotten = 0;
  readonly #uses = new Map<number, NonceUse>();
  readonly #guesses = new Map<string, Guesses>();

  constructor(settings: DigestServerSettings) {
    this.#settings = settings;
  }

  /** Values for WWW-Authenticate, one a field. */
  challenge(nowMs: number, stale: boolean): readonly string[] {
    const { realm, algorithms } = this.#settings;
    this.#issued++;
    const nonce = this.#sign(this.#issued, nowMs);
    return algorithms.map(
      (algorithm) =>
        `Digest realm=${quote(realm)}, nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}`,
    );
  }

  /**
   * Judges the credentials of a request. `source` is the sender's address. To be asked once a request, not for its
   * retransmissions (the transaction layer absorbs these), and not for ACK and CANCEL (RFC 3261 §22.1).
   */
  verify(request: SipRequest, source: string, passwordOf: PasswordOf, nowMs: number): DigestVerdict {
    const credentials = this.#credentialsOf(request);
    if (credentials === undefined) return { result: 'refused', stale: false, cause: 'none' };
    const { params } = credentials;
    const number = this.#readNonce(params.get('nonce') ?? '', nowMs);
    if (number === undefined) return stale;
    const username = params.get('username') ?? '';
    const password = passwordOf(username);
    const guesses = password === undefined ? undefined : this.#guessesOf(username, nowMs);
    const fromOwner = guesses !== undefined && guesses.owner === source;
    const exhausted =
      guesses !== undefined && (fromOwner ? guesses.ownerCount : guesses.count) >= this.#settings.guessesMax;
    const right = this.#isRight(credentials, request, username, password ?? 'nobody’s');
    if (exhausted) return { result: 'refused', stale: false, cause: 'exhausted' };
    if (guesses === undefined) return wrong;
    if (!right) {
      if (fromOwner) guesses.ownerCount++;
      else guesses.count++;
      return wrong;
    }
    if (!this.#countUse(number, Number.parseInt(params.get('nc') ?? '1', 16))) return stale;
    guesses.owner = source;
    guesses.ownerCount = 0;
    return { result: 'passed', username };
  }

  /** Credentials for our realm in a form we could have asked for; other schemes count as none (RFC 4475 §3.3.7). */
  #credentialsOf(request: SipRequest): AuthValue | undefined {
    const { realm, algorithms } = this.#settings;
    return request.headers
      .getAll('Authorization')
      .flatMap((text) => parseAuthValues(text) ?? [])
      .find(({ scheme, params }) => {
        const algorithm = readAlgorithm(params.get('algorithm'));
        return (
          scheme === 'digest' &&
          params.get('realm') === realm &&
          algorithm !== undefined &&
          algorithms.includes(algorithm)
        );
      });
  }

  #isRight({ params }: AuthValue, request: SipRequest, username: string, password: string): boolean {
    const qop = params.get('qop')?.toLowerCase();
    const nc = params.get('nc') ?? '';
    const algorithm = readAlgorithm(params.get('algorithm'));
    const uri = params.get('uri') ?? '';
    const parsed = parseUri(uri);
    // Without qop there is no count, so such a nonce serves once: #countUse takes it for the first use.
    const formOk = qop === undefined ? !params.has('nc') : qop === 'auth' && /^[0-9a-fA-F]{8}$/.test(nc);
    const expected = digestResponse({
      algorithm: algorithm ?? 'MD5',
      username,
      realm: this.#settings.realm,
      password,
      nonce: params.get('nonce') ?? '',
      cnonce: params.get('cnonce') ?? '',
      nc,
      ...(qop === 'auth' && { qop }),
      subject: { method: request.method, uri, body: request.body },
    });
    const same = sameBytes(expected, params.get('response')?.toLowerCase() ?? '');
    return same && formOk && parsed !== undefined && sameUri(parsed, request.uri);
  }

  /** Nonce: number (6 octets), time in ms (6), signature (16), in URL-safe base64. */
  #sign(number: number, nowMs: number): string {
    const nonce = Buffer.alloc(28);
    nonce.writeUIntBE(number, 0, 6);
    nonce.writeUIntBE(Math.max(0, Math.floor(nowMs)), 6, 6);
    createHmac('sha256', this.#settings.secret).update(nonce.subarray(0, 12)).digest().copy(nonce, 12, 0, 16);
    return nonce.toString('base64url');
  }

  /** Number of a nonce that is ours, young enough and not forgotten. */
  #readNonce(text: string, nowMs: number): number | undefined {
    const nonce = Buffer.from(text.slice(0, 64), 'base64url');
    if (nonce.length !== 28 || nonce.toString('base64url') !== text) return undefined;
    const number = nonce.readUIntBE(0, 6);
    const issuedMs = nonce.readUIntBE(6, 6);
    if (!sameBytes(this.#sign(number, issuedMs), text)) return undefined;
    const ageMs = Math.floor(nowMs) - issuedMs;
    return ageMs >= 0 && ageMs <= this.#settings.nonceLifetimeMs && number > this.#forgotten ? number : undefined;
  }

  /** Notes one use; false if it was noted before or is too old to tell. */
  #countUse(number: number, nc: number): boolean {
    const use = this.#uses.get(number);
    if (nc < 1) return false;
    if (use === undefined) {
      this.#uses.set(number, { highest: nc, seen: 1 });
      this.#forgetOldest();
      return number > this.#forgotten;
    }
    if (nc > use.highest) {
      const step = nc - use.highest;
      use.seen = step > nonceWindow ? 1 : (use.seen << step) | 1;
      use.highest = nc;
      return true;
    }
    const bit = 1 << (use.highest - nc);
    if (use.highest - nc > nonceWindow || (use.seen & bit) !== 0) return false;
    use.seen |= bit;
    return true;
  }

  #forgetOldest(): void {
    if (this.#uses.size <= this.#settings.noncesMax) return;
    let oldest = Number.POSITIVE_INFINITY;
    for (const number of this.#uses.keys()) oldest = Math.min(oldest, number);
    this.#uses.delete(oldest);
    this.#forgotten = Math.max(this.#forgotten, oldest);
  }

  /** Kept only for accounts that exist, so their number is bounded; the answer is the same for those that do not. */
  #guessesOf(username: string, nowMs: number): Guesses {
    let guesses = this.#guesses.get(username);
    if (guesses === undefined) {
      guesses = { sinceMs: nowMs, count: 0, ownerCount: 0 };
      this.#guesses.set(username, guesses);
    } else if (nowMs - guesses.sinceMs >= this.#settings.guessWindowMs) {
      guesses.sinceMs = nowMs;
      guesses.count = 0;
      guesses.ownerCount = 0;
    }
    return guesses;
  }
}

/** In time that does not tell where they differ. */
function sameBytes(expected: string, given: string): boolean {
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return a.length === b.length && timingSafeEqual(a, b);
}
