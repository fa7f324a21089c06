/** How the absence of a far end shows itself, in words for the log. */

/** By what the voice process says of a dead call. */
export const voiceDeaths = {
  icmp: 'its voice port is closed',
  'rtp-timeout': 'no voice packet came',
  'keep-alive': 'the radio sent no keep-alive',
  unsendable: 'voice cannot be sent to it',
  unreadable: 'its encrypted voice cannot be read',
} as const;

/** By the code of the system, or of TLS. */
export function reasonOf(code: string): string {
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'its SIP port is closed (ICMP)',
    EHOSTUNREACH: 'its host cannot be reached',
    ENETUNREACH: 'its network cannot be reached',
    ETIMEDOUT: 'it does not take connections',
    CERT_HAS_EXPIRED: 'its certificate has expired',
    CERT_NOT_YET_VALID: 'its certificate is not valid yet',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself, not by its CA',
    SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by another CA',
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by another CA',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by another CA',
    ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate names another host (tls.serverName)',
    ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not accept our certificate: it knows another CA',
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a certificate of ours',
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'it says that our certificate has expired',
    ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it does not accept our certificate',
    ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks no TLS of 1.2 or above',
    ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks no TLS of 1.2 or above',
    EPROTO: 'it does not speak TLS of 1.2 or above on that port',
  };
  return known[code] ?? code;
}
