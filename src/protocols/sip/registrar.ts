/**
 * A small registrar: far ends that have no fixed address tell us where they are. Pure; whoever asks has shown his
 * credentials before (digest-server.ts), and may register one address-of-record only.
 *
 * Standard: RFC 3261 §10.3. A binding also keeps the flow it came over (RFC 5626 in spirit): behind NAT, or on a TCP
 * connection that only the far end can open, calls go back the way the registration came.
 */
import { formatNameAddr, type NameAddr } from './header-values.ts';
import { hasStarContact, readCallId, readContacts, readCSeq, readExpires } from './headers.ts';
import type { Hop } from './hop.ts';
import type { SipRequest } from './message.ts';
import type { Answer } from './response.ts';
import { readDecimal } from './scan.ts';
import { type SipAnyUri, sameUri } from './uri.ts';

export interface Binding {
  readonly contact: SipAnyUri;
  readonly flow: Hop;
  readonly expiresAtMs: number;
  readonly callId: string;
  readonly sequence: number;
}

export interface RegistrarSettings {
  /** Shortest and longest lifetime of a binding; what is asked beyond is shortened. */
  readonly expiresSMin: number;
  readonly expiresSMax: number;
  /** Contacts of one address-of-record. */
  readonly contactsMax: number;
}

const registrarDefaults: RegistrarSettings = { expiresSMin: 20, expiresSMax: 300, contactsMax: 4 };

export class Registrar {
  readonly #settings: RegistrarSettings;
  readonly #bindings = new Map<string, readonly Binding[]>();

  constructor(settings: RegistrarSettings = registrarDefaults) {
    this.#settings = settings;
  }

  /** Bindings of an address-of-record that have not run out, the youngest first. */
  bindings(aor: string, nowMs: number): readonly Binding[] {
    return (this.#bindings.get(aor) ?? []).filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  }

  /** When the next binding runs out; Infinity when there is none. */
  get deadlineMs(): number {
    return Math.min(Infinity, ...[...this.#bindings.values()].flat().map(({ expiresAtMs }) => expiresAtMs));
  }

  /** Forgets what has run out; names the addresses-of-record that have no binding any more. */
  expire(nowMs: number): readonly string[] {
    const gone: string[] = [];
    for (const aor of this.#bindings.keys()) {
      const left = this.bindings(aor, nowMs);
      this.#set(aor, left);
      if (left.length === 0) gone.push(aor);
    }
    return gone;
  }

  /** Carries a REGISTER out as a whole or not at all, and says what to answer (§10.3 steps 6–8). */
  register(aor: string, request: SipRequest, source: Hop, nowMs: number): Answer {
    const current = this.bindings(aor, nowMs);
    const next = this.#apply(current, request, source, nowMs);
    if ('status' in next) return next;
    this.#set(aor, next);
    const contacts = next.map(({ contact, expiresAtMs }) => {
      const expires = String(Math.max(1, Math.round((expiresAtMs - nowMs) / 1000)));
      return ['Contact', formatNameAddr({ uri: contact, params: new Map([['expires', expires]]) })] as const;
    });
    return { status: 200, headers: contacts };
  }

  #apply(current: readonly Binding[], request: SipRequest, flow: Hop, nowMs: number): readonly Binding[] | Answer {
    const callId = readCallId(request.headers) ?? '';
    const sequence = readCSeq(request.headers)?.sequence ?? 0;
    const isOld = (binding: Binding) => binding.callId === callId && binding.sequence >= sequence;
    if (hasStarContact(request.headers)) {
      if (readExpires(request.headers) !== 0) return { status: 400, reason: 'Contact * needs Expires 0' };
      return current.some(isOld) ? outOfOrder : [];
    }
    let next = current;
    for (const contact of readContacts(request.headers)) {
      const expiresS = this.#expiresS(contact, request);
      if (expiresS > 0 && expiresS < this.#settings.expiresSMin) {
        return { status: 423, headers: [['Min-Expires', String(this.#settings.expiresSMin)]] };
      }
      const before = next.find((binding) => sameUri(binding.contact, contact.uri));
      if (before !== undefined && isOld(before)) return outOfOrder;
      next = next.filter((binding) => binding !== before);
      const expiresAtMs = nowMs + 1000 * expiresS;
      if (expiresS > 0) next = [{ contact: contact.uri, flow, expiresAtMs, callId, sequence }, ...next];
    }
    return next.length > this.#settings.contactsMax ? { status: 403, reason: 'Too many contacts' } : next;
  }

  #expiresS(contact: NameAddr, request: SipRequest): number {
    const { expiresSMax } = this.#settings;
    const asked = readDecimal(contact.params.get('expires') ?? '', 2 ** 32 - 1) ?? readExpires(request.headers);
    return Math.min(asked ?? expiresSMax, expiresSMax);
  }

  #set(aor: string, bindings: readonly Binding[]): void {
    if (bindings.length === 0) this.#bindings.delete(aor);
    else this.#bindings.set(aor, bindings);
  }
}

const outOfOrder: Answer = { status: 500, reason: 'CSeq is out of order' };
