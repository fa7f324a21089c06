/** What stands on every answer of our listeners, whatever it says. Pure. */

/** Where browsers reach us by TLS they shall never do so without it again. */
export const oneYear = 'max-age=31536000; includeSubDomains';

/** `mapSources`: where pages may load a map from, as written behind other sources. The host is checked before it is answered, so it cannot carry anything else into the header. */
export function securityHeaders(host: string, mapSources: string): Record<string, string> {
  const link = /^[A-Za-z0-9.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  return {
    'content-security-policy': [
      "default-src 'self'",
      `connect-src 'self'${link}${mapSources}`,
      `img-src 'self' data:${mapSources}`,
      "media-src 'self' blob: mediastream:",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'microphone=(self), camera=(), geolocation=(), display-capture=(), payment=(), usb=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}
