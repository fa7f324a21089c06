/**
 * The cookie of a session (RFC 6265bis): out of reach of scripts and of other sites, and off loopback sent over TLS alone
 * and tied to this host (`__Host-`). On loopback browsers reach the gateway without TLS, so there it has another name, which
 * nowhere else is read. Pure.
 */

const session = 'escaut-session';
/** Of a login by a provider of identities, on its way: the way back comes from another site, so it is Lax. */
const ticket = 'escaut-login';
const ticketAgeS = 600;

/** What a request says of how it came. */
export interface CookiePlace {
  /** Its Host. */
  readonly host: string | undefined;
  /** It came to us by TLS. */
  readonly isTls: boolean;
}

/** What Set-Cookie says; an empty token takes the cookie away. */
export function sessionCookie(token: string, place: CookiePlace): string {
  return cookie(session, token, 'SameSite=Strict', token === '' ? '; Max-Age=0' : '', place);
}

export function ticketCookie(token: string, place: CookiePlace): string {
  return cookie(ticket, token, 'SameSite=Lax', `; Max-Age=${token === '' ? 0 : ticketAgeS}`, place);
}

/** The token that a request shows; empty: none, or several, of which one may have been planted. */
export function tokenOfCookie(header: string | undefined, place: CookiePlace): string {
  return shownBy(header, nameOf(session, place));
}

export function ticketOfCookie(header: string | undefined, place: CookiePlace): string {
  return shownBy(header, nameOf(ticket, place));
}

function cookie(name: string, token: string, site: string, age: string, place: CookiePlace): string {
  const secure = isPlain(place) ? '' : '; Secure';
  return `${nameOf(name, place)}=${token}; Path=/; HttpOnly; ${site}${secure}${age}`;
}

function nameOf(name: string, place: CookiePlace): string {
  return isPlain(place) ? name : `__Host-${name}`;
}

function isPlain({ host, isTls }: CookiePlace): boolean {
  return !isTls && isLoopback(host);
}

function shownBy(header: string | undefined, name: string): string {
  const shown = (header ?? '').split(';').flatMap((each) => {
    const at = each.indexOf('=');
    return each.slice(0, Math.max(0, at)).trim() === name ? [each.slice(at + 1).trim()] : [];
  });
  const [token = ''] = shown;
  return shown.length === 1 && /^[\w-]{43}$/.test(token) ? token : '';
}

function isLoopback(host: string | undefined): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(host ?? '');
}
