/**
 * The cookie of a session (RFC 6265bis): out of reach of scripts and of other sites, and off loopback sent over TLS alone
 * and tied to this host (`__Host-`). On loopback browsers reach the gateway without TLS, so there it has another name, which
 * nowhere else is read. Pure.
 */

const plainName = 'escaut-session';
const hostName = '__Host-escaut-session';
const flags = 'Path=/; HttpOnly; SameSite=Strict';

/** What Set-Cookie says; an empty token takes the cookie away. `host`: the request's own. */
export function sessionCookie(token: string, host: string | undefined): string {
  const age = token === '' ? '; Max-Age=0' : '';
  return isLoopback(host) ? `${plainName}=${token}; ${flags}${age}` : `${hostName}=${token}; ${flags}; Secure${age}`;
}

/** The token that a request shows; empty: none, or several, of which one may have been planted. */
export function tokenOfCookie(cookie: string | undefined, host: string | undefined): string {
  const name = isLoopback(host) ? plainName : hostName;
  const shown = (cookie ?? '').split(';').flatMap((each) => {
    const at = each.indexOf('=');
    return each.slice(0, Math.max(0, at)).trim() === name ? [each.slice(at + 1).trim()] : [];
  });
  const [token = ''] = shown;
  return shown.length === 1 && /^[\w-]{43}$/.test(token) ? token : '';
}

function isLoopback(host: string | undefined): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(host ?? '');
}
