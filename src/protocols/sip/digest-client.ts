/**
 * Answers 401 and 407: adds credentials to the request that was refused. Counts the uses of each nonce, since a server
 * may hand the same one out again and expects the count to rise.
 *
 * Standards: RFC 3261 §22.2–22.3, RFC 7616 §3.4.
 */
import { answerChallenge, type Credentials, parseAuthValues, readChallenge } from './digest.ts';
import type { SipRequest, SipResponse } from './message.ts';
import { formatUri } from './uri.ts';

const pairs = [
  ['WWW-Authenticate', 'Authorization'],
  ['Proxy-Authenticate', 'Proxy-Authorization'],
] as const;
const noncesMax = 256;

export class DigestClient {
  readonly #token: () => string;
  /** Uses by nonce, oldest first. */
  readonly #uses = new Map<string, number>();

  /** `token` makes cnonces, which nobody should be able to guess. */
  constructor(token: () => string) {
    this.#token = token;
  }

  /**
   * The request with credentials for every challenge of the response; undefined if there is none that we can answer, or
   * if the same realm refuses them a second time though the nonce was fresh: then the password is wrong.
   */
  authorise(request: SipRequest, response: SipResponse, credentials: Credentials): SipRequest | undefined {
    const headers = request.headers.clone();
    let answered = false;
    for (const [asked, given] of pairs) {
      const challenge = readChallenge(response.headers, asked);
      if (challenge === undefined) continue;
      const before = headers.getAll(given);
      const others = before.filter((value) => realmOf(value) !== challenge.realm);
      if (others.length < before.length && !challenge.stale) return undefined;
      const subject = { method: request.method, uri: formatUri(request.uri), body: request.body };
      const use = { cnonce: this.#token(), nonceCount: this.#countUse(challenge.nonce) };
      headers.set(given, [...others, answerChallenge(challenge, credentials, subject, use)]);
      answered = true;
    }
    return answered ? { ...request, headers } : undefined;
  }

  #countUse(nonce: string): number {
    const count = (this.#uses.get(nonce) ?? 0) + 1;
    this.#uses.delete(nonce);
    this.#uses.set(nonce, count);
    for (const oldest of this.#uses.keys()) {
      if (this.#uses.size <= noncesMax) break;
      this.#uses.delete(oldest);
    }
    return count;
  }
}

function realmOf(value: string): string | undefined {
  return parseAuthValues(value)?.[0]?.params.get('realm');
}
