/**
 * Who may talk to the HTTP listener: requests whose Host is one of ours (DNS rebinding) and console links whose Origin
 * is ours or configured (cross-site WebSocket). Pure.
 *
 * A rebinding attack needs a name that an attacker's server answers for, so an IP literal and localhost are always
 * ours; names are those of console.origins.
 */
import { isIP } from 'node:net';

export interface OriginRules {
  /** Origins from which a console may be opened besides our own, e.g. `https://radio.example.org`. */
  readonly origins: readonly string[];
  /** Given: we speak TLS ourselves. */
  readonly tls?: object | undefined;
}

/** Whether a Host header (`name`, `name:port`, `[v6]:port`) names this gateway. */
export function isOwnHost(hostHeader: string | undefined, rules: OriginRules): boolean {
  const found = /^(?:\[([0-9A-Fa-f.:]{2,45})\]|([A-Za-z0-9.-]{1,253}))(?::[0-9]{1,5})?$/.exec(hostHeader ?? '');
  if (found === null) return false;
  const [, v6, name = ''] = found;
  if (v6 !== undefined) return isIP(v6) === 6;
  if (isIP(name) === 4 || name.toLowerCase() === 'localhost') return true;
  return rules.origins.some((origin) => URL.canParse(origin) && new URL(origin).hostname === name.toLowerCase());
}

/** Whether pages reach us by TLS under that name: it stands in an origin of the configuration. */
export function isReachedByTls(hostHeader: string | undefined, { origins }: OriginRules): boolean {
  return origins.some((origin) => {
    if (!URL.canParse(origin)) return false;
    const { protocol, hostname, host } = new URL(origin);
    const asked = hostHeader?.toLowerCase();
    return protocol === 'https:' && isIP(hostname) === 0 && (asked === host || asked === hostname);
  });
}

/**
 * Whether a request has more than one Host field (RFC 9112 §3.2: 400). Node shows the first; a proxy before us may have
 * believed the last.
 */
export function hasSeveralHosts(rawHeaders: readonly string[]): boolean {
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length > 1;
}

/** Whether a page of this origin may open a console: our own page, as we serve it, or a configured origin. */
export function mayOpenConsole(
  originHeader: string | undefined,
  hostHeader: string | undefined,
  rules: OriginRules,
): boolean {
  if (originHeader === undefined || hostHeader === undefined || !isOwnHost(hostHeader, rules)) return false;
  const origin = originHeader.toLowerCase();
  return (
    origin === `${rules.tls === undefined ? 'http' : 'https'}://${hostHeader.toLowerCase()}` ||
    rules.origins.some((allowed) => allowed.toLowerCase() === origin)
  );
}
