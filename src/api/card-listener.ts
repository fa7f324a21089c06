/**
 * The listener for smart cards: the page's own host and certificate at a port of its own, where every browser is asked for a
 * client certificate in the handshake (RFC 8446 §4.3.2). One route: it reads what came of the handshake, and sends the browser
 * back to the page that sent it here, which asks what became of it (ADR 0057).
 *
 *   GET /card    303 to the page, to which the ticket's cookie belongs
 *
 * A card's word is the handshake of its own connection: no header says it, no session is resumed, and the connection ends with
 * the answer. A proxy before the gateway has to pass this port through as it is.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import { listenError, systemCode } from '../base/errors.ts';
import type { SomeEvents } from '../base/events.ts';
import { type Bucket, fullBucket, type RateLimit, take } from '../base/rate-limit.ts';
import { boundConnections } from './connection-bound.ts';
import type { CardPort, CardShown } from './login-port.ts';
import { hasSeveralHosts, isOwnHost, isReachedByTls, type OriginRules } from './origin-guard.ts';
import { oneYear, securityHeaders } from './page-headers.ts';
import { ticketOfCookie } from './session-cookie.ts';
import { type ClientCertificates, createTlsServer, type TlsFiles } from './tls-listener.ts';

export interface CardListenerOptions {
  readonly rules: OriginRules & { readonly tls: TlsFiles };
  readonly clock: Clock;
  readonly events: SomeEvents<'http.certificate' | 'http.refused' | 'accounts.cardsListening' | 'accounts.cardFailed'>;
  readonly clients: ClientCertificates;
  readonly port: CardPort;
}

export interface CardListener {
  /** Port 0 takes any. Resolves with its port. @throws GatewayError PORT_IN_USE, ADDRESS_NOT_AVAILABLE. */
  listen(host: string, port: number): Promise<number>;
  close(): Promise<void>;
  /** As HttpServer.routes. */
  readonly routes: readonly string[];
}

/** Where the page sends browsers that shall show a card. */
const path = '/card';
/** In the handshake a person looks for his card and types its PIN. */
const handshakeTimeout = 120_000;
const requestTimeout = 10_000;
const connectionsMax = 256;
/** Of one address; a handshake with a card is work for both sides. */
const rate: RateLimit = { burst: 20, perSecond: 1 };
const addressesMax = 4096;

/** @throws GatewayError CONFIG_INVALID when the pair of the page cannot be used */
export function createCardListener(options: CardListenerOptions): CardListener {
  const { rules, clock, events, clients, port: cards } = options;
  const buckets = new Map<string, Bucket>();
  const isTooOften = (address: string): boolean => {
    const nowMs = clock.nowMs();
    const bucket = take(buckets.get(address) ?? fullBucket(rate, nowMs), rate, nowMs);
    if (bucket === undefined) return true;
    buckets.delete(address);
    buckets.set(address, bucket);
    if (buckets.size > addressesMax) buckets.delete(buckets.keys().next().value ?? '');
    return false;
  };
  const refusal = (request: IncomingMessage, client: string): number | undefined => {
    const { host } = request.headers;
    const refused = (reason: 'malformed' | 'host' | 'method', status: number): number => {
      events.http.refused({ reason, client });
      return status;
    };
    if (hasSeveralHosts(request.rawHeaders)) return refused('malformed', 400);
    if (!isOwnHost(host, rules)) return refused('host', 421);
    if (request.method !== 'GET') return refused('method', 405);
    if (request.url?.split('?', 1)[0] !== path) return 404;
    return isTooOften(client) ? 429 : undefined;
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { host, cookie } = request.headers;
    const { remoteAddress: client = 'gone' } = request.socket;
    for (const [name, value] of Object.entries(securityHeaders(host ?? '', ''))) response.setHeader(name, value);
    if (isReachedByTls(host, rules)) response.setHeader('strict-transport-security', oneYear);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('connection', 'close');
    const status = refusal(request, client);
    const ticket = ticketOfCookie(cookie, { host, isTls: true });
    const back =
      status === undefined ? cards.come(shownBy(request), ticket, { address: client, token: '' }) : undefined;
    if (back !== undefined) response.writeHead(303, { location: `${back}/#login=card` }).end();
    else response.writeHead(status ?? 400, { 'content-type': 'text/html; charset=utf-8' }).end(bare);
  };
  const times = { headersTimeout: requestTimeout, requestTimeout, handshakeTimeout };
  // Node looks for overdue requests every 30 s by default, which would quadruple the bound.
  const bounds = { maxHeaderSize: 8192, ...times, connectionsCheckingInterval: requestTimeout / 10 };
  // Until when the pair holds is the page's listener's to say.
  const server = createTlsServer(rules.tls, bounds, { events, seen: () => undefined }, answer, clients);
  server.maxRequestsPerSocket = 1; // a card's word is for one ticket alone
  boundConnections(server, connectionsMax, (socket) => {
    events.http.refused({ reason: 'full', client: socket.remoteAddress ?? 'gone' });
  });
  server.on('clientError', (error, socket) => {
    const client =
      ('remoteAddress' in socket && typeof socket.remoteAddress === 'string' && socket.remoteAddress) || 'gone';
    const code = systemCode(error) ?? '';
    // A certificate that claims to be of our authority: OpenSSL leaves the fault of its signature to whatever is read next.
    if (code.startsWith('ERR_SSL_') && !isTooOften(client)) events.accounts.cardFailed({ reason: code, client });
    socket.destroy();
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy()); // no card was chosen, or its PIN was wrong
  server.on('upgrade', (_request, socket) => socket.destroy());
  return {
    listen: (host, port) => listenAt(server, host, port, events),
    close: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
    routes: [`GET ${path}`],
  };
}

function shownBy({ socket }: IncomingMessage): CardShown {
  if (!(socket instanceof TLSSocket)) return { certificate: undefined, verdict: 'NO_TLS' };
  const certificate = socket.getPeerX509Certificate()?.raw;
  if (socket.isSessionReused()) return { certificate, verdict: 'SESSION_REUSED' };
  // A code of OpenSSL, whatever its type says.
  return { certificate, verdict: socket.authorized ? undefined : `${socket.authorizationError ?? 'UNSPECIFIED'}` };
}

async function listenAt(
  server: Server,
  host: string,
  port: number,
  events: CardListenerOptions['events'],
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host, port }, resolve);
  try {
    await promise;
  } catch (error) {
    throw listenError('console.tls.clientCertificates', host, port, error);
  }
  server.off('error', reject);
  const address = server.address();
  const opened = typeof address === 'object' && address !== null ? address.port : port;
  events.accounts.cardsListening({ host, port: opened });
  return opened;
}

/** Whoever comes here by himself. */
const bare = `<!doctype html>
<html lang="fr"><meta charset="utf-8"><title>Escaut</title>
<p>Connectez-vous depuis la page de la console, par le bouton de la carte.</p>
<p lang="nl">Meld u aan vanaf de pagina van de console, met de knop voor de kaart.</p>
<p lang="en">Log in from the page of the console, by the button for the card.</p>
<p lang="de">Melden Sie sich auf der Seite der Konsole an, mit dem Knopf für die Karte.</p>
</html>
`;
