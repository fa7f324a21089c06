/**
 * Credentials of far ends, and where those are that registered with us. An account is an attachment's; one that nobody
 * has is answered like a wrong password, so that nobody learns which there are.
 */
import { secretToken } from '../../base/random.ts';
import { type DigestAlgorithm, parseAuthValues } from '../../protocols/sip/digest.ts';
import { DigestServer } from '../../protocols/sip/digest-server.ts';
import type { Hop } from '../../protocols/sip/hop.ts';
import type { SipRequest } from '../../protocols/sip/message.ts';
import { Registrar } from '../../protocols/sip/registrar.ts';
import type { Answer } from '../../protocols/sip/response.ts';
import { parseUri } from '../../protocols/sip/uri.ts';
import type { Authorisation } from './sip-line.ts';

export interface RegistrationsSettings {
  readonly realm: string;
  /** Offered in this order, and no other is taken. */
  readonly algorithms: readonly DigestAlgorithm[];
  readonly nowMs: () => number;
  /** Wrong credentials and the like, for the log. */
  readonly refused: (request: SipRequest, source: Hop, reason: string) => void;
}

/** The account that a REGISTER names; without `id` there is none. */
export interface Account {
  readonly id: string | undefined;
  readonly username: string;
  readonly password: string | undefined;
  readonly mayComeFrom: boolean;
}

export class Registrations {
  readonly #settings: RegistrationsSettings;
  readonly #digest: DigestServer;
  readonly #registrar = new Registrar();

  constructor(settings: RegistrationsSettings) {
    this.#settings = settings;
    this.#digest = new DigestServer({
      realm: settings.realm,
      secret: Buffer.from(secretToken(32), 'base64url'),
      algorithms: settings.algorithms,
      nonceLifetimeMs: 300_000,
      noncesMax: 1024,
      guessesMax: 10,
      guessWindowMs: 600_000,
    });
  }

  /** When the next registration runs out; Infinity when there is none. */
  get deadlineMs(): number {
    return this.#registrar.deadlineMs;
  }

  /** Forgets what has run out; gives the attachments that have none any more. */
  expire(): readonly string[] {
    return this.#registrar.expire(this.#settings.nowMs());
  }

  /** Where calls and questions to a registered far end go: the way that its youngest registration came. */
  flowOf(id: string): Hop | undefined {
    return this.#registrar.bindings(id, this.#settings.nowMs())[0]?.flow;
  }

  register(request: SipRequest, source: Hop, account: Account): Answer {
    const verdict = this.judge(request, source, account);
    if (!verdict.ok) return verdict.answer;
    if (account.id === undefined) return { status: 404 };
    if (account.mayComeFrom) return this.#registrar.register(account.id, request, source, this.#settings.nowMs());
    this.#settings.refused(request, source, 'not from the address that is configured');
    return { status: 403 };
  }

  /** Whether a request carries the credentials of an account. */
  judge(request: SipRequest, source: Hop, account: Pick<Account, 'username' | 'password'>): Authorisation {
    const passwordOf = (username: string) => (username === account.username ? account.password : undefined);
    const { nowMs, refused } = this.#settings;
    const verdict = this.#digest.verify(withDigestUri(request), source.address, passwordOf, nowMs());
    if (verdict.result === 'passed') return { ok: true };
    if (verdict.cause === 'wrong') refused(request, source, 'wrong credentials');
    if (verdict.cause === 'exhausted') refused(request, source, 'too many guesses');
    return { ok: false, answer: this.challenge(verdict.stale) };
  }

  challenge(stale: boolean): Answer {
    const values = this.#digest.challenge(this.#settings.nowMs(), stale);
    return { status: 401, headers: values.map((value) => ['WWW-Authenticate', value] as const) };
  }
}

/**
 * The request as its sender signed it: some far ends leave the user out of the digest's uri. It must name the same host
 * and port, so credentials for another server are of no use here; what they were given for, the nonce's count ensures.
 */
function withDigestUri(request: SipRequest): SipRequest {
  const [credentials] = parseAuthValues(request.headers.get('Authorization') ?? '') ?? [];
  const signed = parseUri(credentials?.params.get('uri') ?? '');
  const asked = request.uri;
  if (signed?.kind !== 'sip' || asked.kind !== 'sip') return request;
  return signed.host === asked.host && signed.port === asked.port ? { ...request, uri: signed } : request;
}
