/**
 * The HTTP listener: the console page, the upgrade to the console link, health and metrics.
 *
 *   GET /healthz     200 while the process lives
 *   GET /readyz      200 or 503; with the parts as JSON for programs on this machine
 *   GET /metrics     Prometheus text format, for those alone: machine-guard.ts
 *   GET /status      how all networks fare, likewise
 *   POST /api/v1/hits  hits of number-plate cameras, where a source of them is configured
 *   /api/v1/login, …  people who log in, where accounts are on: login-door.ts
 *   GET /api/v1/, openapi.json  what the doors are: description-door.ts
 *   /api/v1/fleet, …  versions of the fleet data: fleet-door.ts
 *   /api/v1/proofs, /proofs  proofs of the lines to the networks: proof-door.ts
 *   /api/v1/retention, …  how long evidence is kept, and holds: retention-door.ts
 *   /api/v1/tokens, …  service tokens, made and ended: token-door.ts
 *   GET /api/v1/exports  exports of recordings that concern whoever has logged in: exports-door.ts
 *   GET /api/v1/recordings/<ticket>  a recording, for whoever was given the ticket: recordings-door.ts
 *   GET /console/ws  upgrade to the console link; Host and Origin are checked here, the rest is the console's
 *   GET /*           the built page
 *
 * Bounds: else methods GET and HEAD alone, no bodies to speak of, 8 KiB of header, every wait timed, connections counted. Proxy
 * headers are not believed.
 */
import { type IncomingMessage, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import fastifyStatic from '@fastify/static';
import { fastify } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { listenError, systemCode } from '../base/errors.ts';
import type { Events } from '../base/events.ts';
import type { Logger } from '../base/logger.ts';
import type { Meter } from '../base/meter.ts';
import { ProcessMeter } from '../base/process-meter.ts';
import type { StatusReport } from '../base/status-report.ts';
import type { Config } from '../config/schema.ts';
import { boundConnections } from './connection-bound.ts';
import { registerDescription } from './description-door.ts';
import { EnrolmentGuard } from './enrolment-guard.ts';
import { registerExportsDoor } from './exports-door.ts';
import { type FleetDoorOptions, fleetPath, registerFleetDoor } from './fleet-door.ts';
import { type GatewayParts, judgeReadiness } from './health.ts';
import { type HitsIntakeOptions, hitsPath, registerHitsIntake } from './hits-intake.ts';
import type { KeptAnswers } from './idempotency.ts';
import { type LoginDoorOptions, loginPaths, registerLoginDoor } from './login-door.ts';
import { MachineGuard } from './machine-guard.ts';
import { hasSeveralHosts, isOwnHost, isReachedByTls, mayOpenConsole } from './origin-guard.ts';
import { oneYear, securityHeaders } from './page-headers.ts';
import { machineProofsPath, type ProofPort, proofsPath, registerProofDoor } from './proof-door.ts';
import { type RecordingsDoorOptions, registerRecordingsDoor } from './recordings-door.ts';
import { type RetentionPort, registerRetentionDoor, retentionPath } from './retention-door.ts';
import { createTlsServer } from './tls-listener.ts';
import { registerTokenDoor, type TokenPort, tokensPath } from './token-door.ts';
import { TooMany } from './too-many.ts';

/** What takes over a checked upgrade request; the console link's WebSocket server. */
export interface ConsoleLinkServer {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface HttpServerOptions {
  readonly config: Pick<Config, 'console'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: Events;
  readonly meter: Meter;
  /** Asked at each /readyz. */
  readonly parts: () => GatewayParts;
  /** Asked at each /status. */
  readonly status: () => StatusReport;
  readonly consoleLink: ConsoleLinkServer;
  /** Of hits; undefined: nobody may send any. */
  readonly hits?: HitsIntakeOptions;
  /** Of people who log in; undefined: accounts are off. */
  readonly logins?: Omit<LoginDoorOptions, 'rules'>;
  /** Of people who change the fleet data; undefined: accounts are off, or there is no file to change. */
  readonly fleet?: FleetDoorOptions['port'];
  /** Answers to changes of it, by which one that is sent again is known. */
  readonly fleetAnswers?: KeptAnswers;
  /** Of the gateway. */
  readonly version: string;
  /** By which programs on this machine are known; undefined: none can show it. */
  readonly machineKey?: Uint8Array;
  /** Of the proofs of lines. */
  readonly proofs?: ProofPort;
  /** Of how long evidence is kept. `answers`: to requests that are sent again, kept over a restart. */
  readonly retention?: { readonly port: RetentionPort; readonly answers?: KeptAnswers };
  /** Of service tokens. */
  readonly tokens?: TokenPort;
  /** Undefined: nobody may hear recordings. */
  readonly recordings?: RecordingsDoorOptions;
  /** Folder of the built page. */
  readonly pageFolder: string;
  /** Until when the listener's own certificate holds, each time that one is taken. */
  readonly certificateSeen?: (expiresUtcMs: number) => void;
}

export interface HttpServer {
  /** Opens the listener; port 0 takes any. Resolves with its port. @throws GatewayError PORT_IN_USE, ADDRESS_NOT_AVAILABLE. */
  listen(at: Config['console']['listen']): Promise<number>;
  /** Closes it and cuts what is still connected. */
  close(): Promise<void>;
  /** Node's server beneath, for its address and connections. */
  readonly server: Server;
  /** Whatever can be asked, as `GET /healthz`, once it listens: for whoever walks along all of it. */
  readonly routes: readonly string[];
}

const consoleLinkPath = '/console/ws';
const headerBytesMax = 8192;
/** Nothing here takes a body but the doors of the API, which have their own bounds. */
const bodyBytesMax = 1024;
const keepAliveMs = 5000;
const notThisMachine = 'Only for programs on the machine of the gateway, with its key: docs/operations.md, Health.';

/** The server, ready to listen. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { config, events, meter, logger, pageFolder } = options;
  const rules = config.console;
  const timeoutMs = rules.requestTimeoutMs;
  const processMeter = new ProcessMeter(meter);
  const mapSources = mapOrigins(rules.map);

  const bounds = {
    maxHeaderSize: headerBytesMax,
    headersTimeout: timeoutMs,
    // Node looks for overdue requests every 30 s by default, which would triple the bound.
    connectionsCheckingInterval: Math.ceil(timeoutMs / 10),
  };
  const keepAliveTimeout = Math.min(keepAliveMs, timeoutMs);
  const { tls } = rules;
  const server = fastify({
    ...(tls !== undefined && {
      serverFactory: (handler: RequestListener) => {
        const times = { requestTimeout: timeoutMs, handshakeTimeout: timeoutMs, keepAliveTimeout };
        const { certificateSeen: seen = () => undefined } = options;
        return createTlsServer(tls, { ...bounds, ...times }, { events, seen }, handler).setTimeout(timeoutMs);
      },
    }),
    // Its lines about requests and listening would only repeat our events.
    loggerInstance: logger.child({}, { level: logger.level === 'silent' ? 'silent' : 'warn' }),
    trustProxy: false,
    bodyLimit: bodyBytesMax,
    requestTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    keepAliveTimeout,
    forceCloseConnections: true,
    http: bounds,
    clientErrorHandler: (error, socket) => {
      const late = systemCode(error) === 'ERR_HTTP_REQUEST_TIMEOUT';
      events.http.refused({ reason: late ? 'timeout' : 'malformed', client: clientOf(socket) });
      endWith(socket, late ? 408 : systemCode(error) === 'HPE_HEADER_OVERFLOW' ? 431 : 400);
    },
  });
  const routes: string[] = [];
  server.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) if (each !== 'HEAD') routes.push(`${each} ${url}`);
  });
  boundConnections(server.server, rules.connectionsMax, (socket) => {
    events.http.refused({ reason: 'full', client: clientOf(socket) });
  });

  server.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders(request.headers.host ?? '', mapSources));
    if (isReachedByTls(request.headers.host, rules)) reply.header('strict-transport-security', oneYear);
    if (hasSeveralHosts(request.raw.rawHeaders)) {
      events.http.refused({ reason: 'malformed', client: clientOf(request.raw.socket) });
      await reply.code(400).header('connection', 'close').send({ error: 'One Host field, not several.' });
    } else if (!isOwnHost(request.headers.host, rules)) {
      events.http.refused({ reason: 'host', client: clientOf(request.raw.socket) });
      await reply.code(421).send({ error: 'This gateway does not go by that name: see console.origins.' });
    } else if (request.method !== 'GET' && request.method !== 'HEAD' && !isForApi(request)) {
      events.http.refused({ reason: 'method', client: clientOf(request.raw.socket) });
      await reply
        .code(405)
        .header('allow', 'GET, HEAD')
        .header('connection', 'close')
        .send({ error: 'Only GET and HEAD.' });
    }
  });
  const machine = new MachineGuard({ rules, events, key: options.machineKey });
  const tooMany = new TooMany(options.clock, events);
  server.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode === 429) tooMany.answered(request, clientOf(request.raw.socket));
    events.http.answered({ status: reply.statusCode, durationMs: reply.elapsedTime });
  });
  server.setErrorHandler(async (error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) events.http.failed({ method: request.method, err: error });
    return reply
      .code(status)
      .send({ error: status >= 500 ? 'A fault of the gateway; it is in the log.' : 'Bad request.' });
  });
  server.setNotFoundHandler(async (request, reply) => {
    if (request.url === '/' || request.url.startsWith('/?')) return reply.code(503).type('text/html').send(pageMissing);
    return reply.code(404).send({ error: 'Not found.' });
  });

  server.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ alive: true }));
  server.get('/readyz', async (request, reply) => {
    const readiness = judgeReadiness(options.parts());
    const { ready } = readiness;
    return reply
      .code(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(machine.isMonitor(request.raw) ? readiness : { ready });
  });
  server.get('/metrics', async (request, reply) => {
    if (!machine.admitsMonitor(request.raw)) return reply.code(403).send({ error: notThisMachine });
    processMeter.read();
    return reply
      .header('cache-control', 'no-store')
      .type(meter.contentType)
      .send(await meter.text());
  });
  server.get('/status', async (request, reply) => {
    if (!machine.admitsProgram(request.raw)) return reply.code(403).send({ error: notThisMachine });
    return reply.header('cache-control', 'no-store').send(options.status());
  });
  if (options.logins !== undefined) {
    const { port: people, clock: time } = options.logins;
    const guard = new EnrolmentGuard({ rules, clock: time, events }, (token) => people.isEnrolling(token));
    server.addHook('onRequest', (request, reply) => guard.look(request, reply));
  }
  if (options.hits !== undefined) registerHitsIntake(server, options.hits);
  if (options.logins !== undefined) registerLoginDoor(server, { rules, ...options.logins });
  registerDescription(server, options.version);
  const { clock, fleet: port, fleetAnswers: answers } = options;
  registerFleetDoor(server, { ...{ rules, clock, events, port }, ...(answers !== undefined && { answers }) });
  if (options.proofs !== undefined)
    registerProofDoor(server, { ...{ rules, clock, events, machine }, port: options.proofs });
  if (options.retention !== undefined) registerRetentionDoor(server, { rules, clock, events, ...options.retention });
  if (options.tokens !== undefined) registerTokenDoor(server, { rules, clock, events, port: options.tokens });
  if (options.recordings !== undefined) {
    registerRecordingsDoor(server, options.recordings);
    registerExportsDoor(server, { rules, clock, events, ...options.recordings });
  }
  server.addHook('onClose', async () => processMeter.stop());
  server.register(fastifyStatic, {
    root: pageFolder,
    suppressWarning: true, // a page that is not built is told to whoever asks for it
    dotfiles: 'deny',
    cacheControl: false,
    setHeaders: (reply, path) => reply.header('cache-control', cacheRule(path)),
  });

  server.server.on('upgrade', (request, socket: Duplex, head) => {
    socket.on('error', () => socket.destroy());
    const { host, origin } = request.headers;
    if (hasSeveralHosts(request.rawHeaders)) {
      events.http.refused({ reason: 'malformed', client: clientOf(request.socket) });
      endWith(socket, 400);
    } else if (request.url?.split('?', 1)[0] !== consoleLinkPath) endWith(socket, 404);
    else if (!isOwnHost(host, rules)) {
      events.http.refused({ reason: 'host', client: clientOf(request.socket) });
      endWith(socket, 421);
    } else if (!mayOpenConsole(origin, host, rules)) {
      events.http.refused({ reason: 'origin', client: clientOf(request.socket) });
      endWith(socket, 403);
    } else options.consoleLink.handleUpgrade(request, socket, head);
  });
  return {
    listen: async ({ host, port }) => {
      try {
        await server.listen({ host, port });
      } catch (error) {
        throw listenError('console.listen', host, port, error);
      }
      const address = server.server.address();
      const opened = typeof address === 'object' && address !== null ? address.port : port;
      events.http.listening({ host, port: opened });
      return opened;
    },
    close: () => server.close(),
    server: server.server,
    routes,
  };
}

/** Where pages may load a map of the customer's own from; as written behind other sources. */
function mapOrigins({ style, origins }: Config['console']['map']): string {
  const own = style !== undefined && URL.canParse(style) ? [new URL(style).origin] : [];
  return [...new Set([...own, ...origins])].map((origin) => ` ${origin}`).join('');
}

/** Built assets carry a hash of their content in their name, so a changed one is another file. */
function cacheRule(path: string): string {
  return /[/\\]assets[/\\][^/\\]+-[\w-]{8,}\.\w+$/.test(path) ? 'public, max-age=31536000, immutable' : 'no-store';
}

/** There are doors of their own; where one is closed, 404. */
function isForApi({ method, url }: { readonly method: string; readonly url: string }): boolean {
  const [path = ''] = url.split('?', 1);
  const isDoor =
    path === hitsPath ||
    path === proofsPath ||
    path === tokensPath ||
    path.startsWith(`${tokensPath}/`) ||
    path.startsWith(`${retentionPath}/`) ||
    path === machineProofsPath ||
    loginPaths.has(path) ||
    path.startsWith(`${fleetPath}/`);
  return method === 'POST' && isDoor;
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : 500;
}

function clientOf(socket: Duplex): string {
  return ('remoteAddress' in socket && typeof socket.remoteAddress === 'string' && socket.remoteAddress) || 'gone';
}

/** A bare answer on a socket that no HTTP response exists for, and its end. */
function endWith(socket: Duplex, status: 400 | 403 | 404 | 408 | 421 | 431): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  socket.end(text, () => socket.destroy());
}

const pageMissing = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Escaut</title>
<h1>The console page is not built</h1>
<p>The gateway runs; only its page is missing. Run <code>npm run setup</code>, then load this page again.</p>
</html>
`;
