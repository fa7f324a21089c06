/**
 * The sockets of the operator link, from upgrade to end: who is let in (admission), which seat he gets, and how a link
 * that is no more is taken leave of.
 *
 *   upgrade ─▶ link without session ──Hello──▶ seat ─▶ session
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { Alarm } from '../base/clock.ts';
import type { PersonId } from '../operations/terms.ts';
import { Admission, type Instant, protocolVersion } from './admission.ts';
import type { Irregularities } from './irregularities.ts';
import { flowing } from './link-flow.ts';
import type { ConsolePorts, ConsoleServerOptions, Operator } from './ports.ts';
import type { Presence } from './presence.ts';
import type { TooOften } from './return-limit.ts';
import { type Link, type LostWhy, operatorOf, retryAfterMs, type Seat, write } from './seat.ts';
import type { Seats } from './seats.ts';
import { type CloseReason, protocolFault } from './session.ts';
import type { Teller } from './teller.ts';
import {
  type ClientMessage,
  type Hello,
  type ListenerReport,
  readClientMessage,
  refusal,
  type ServerBody,
  writeMessage,
} from './wire.ts';

interface LinksOptions {
  readonly options: ConsoleServerOptions;
  readonly ports: ConsolePorts;
  readonly seats: Seats;
  readonly teller: Teller;
  readonly presence: Presence;
  readonly irregularities: Irregularities;
}

const messageBytesMax = 64 * 1024;
const helloWithinMs = 5000;
const closeWithinMs = 1000;
const pingIntervalMs = 1000;
/** What a page says only when somebody does something at it. */
const acts: ReadonlySet<ClientMessage['name']> = new Set([
  'floorRequest',
  'floorRelease',
  'monitor',
  'operate',
  'shareRoom',
  'recall',
  'capacity',
  'sheet',
  'recordings',
]);

export class Links {
  readonly #options: ConsoleServerOptions;
  readonly #ports: ConsolePorts;
  readonly #seats: Seats;
  readonly #teller: Teller;
  readonly #presence: Presence;
  readonly #irregularities: Irregularities;
  readonly #admission: Admission;
  readonly #upgrades = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
  });
  readonly #links = new Set<Link>();
  #closed = false;

  constructor({ options, ports, seats, teller, presence, irregularities }: LinksOptions) {
    this.#options = options;
    this.#ports = ports;
    this.#seats = seats;
    this.#teller = teller;
    this.#presence = presence;
    this.#irregularities = irregularities;
    const { people, sessionsMax, signer, run } = options;
    this.#admission = new Admission({
      people: people.map(({ person }) => person),
      credentialsMax: 4 * sessionsMax,
      signer,
      run,
      byLogin: ports.signedIn !== undefined,
      newToken: () => ports.newToken(),
    });
  }

  /** Shows everybody's first link, unless people log in. */
  start(): void {
    for (const { person } of this.#options.people) this.#showLink(person);
  }

  /** People are others than before. */
  setPeople(people: readonly Operator[]): void {
    for (const person of this.#admission.setPeople(people.map(({ person }) => person))) this.#showLink(person);
  }

  /** Takes over an upgrade request whose Host and Origin were found good. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Twice as many as there are seats: all may come back while their old links are not yet known to be dead.
    const isFull = this.#links.size >= 2 * this.#options.sessionsMax + 16;
    if (this.#closed || (isFull && !this.#cutOldestStranger())) {
      this.#irregularities.count('refused');
      socket.destroy();
      return;
    }
    const client = request.socket.remoteAddress ?? 'unknown';
    const signedIn = () => this.#ports.signedIn?.(request);
    this.#upgrades.handleUpgrade(request, socket, head, (webSocket) => this.#greet(webSocket, client, signedIn));
  }

  /** The gateway's time, and a fresh token where the last one has grown old. */
  pong({ id, operator, place }: Seat): { gatewayUtcMs: number; resumeToken?: string } {
    const instant = this.#instant();
    const gatewayUtcMs = instant.utcMs;
    if (!this.#admission.isRenewalDue(id, gatewayUtcMs)) return { gatewayUtcMs };
    return { gatewayUtcMs, resumeToken: this.#admission.issue(id, operator.person, place, instant) };
  }

  /** The session at a seat wants its link closed. */
  closeLink(seat: Seat, reason: CloseReason, why: LostWhy): void {
    const { link } = seat;
    if (link === undefined) return;
    if (reason === 'silent' || reason === 'rate') write(link, writeMessage({ goodbye: { reason, retryAfterMs } }));
    this.#lose(link, why);
    this.#part(link, reason === 'left' ? 1000 : 1008, reason);
  }

  dropSlow(link: Link): void {
    this.#irregularities.count('slow');
    write(link, writeMessage({ goodbye: { reason: 'slow-consumer', retryAfterMs } }));
    this.#lose(link, 'slow');
    this.#part(link, 1013, 'slow-consumer');
  }

  /** A seat that is about to end: its page is told why, and does not come back by itself. */
  sendAway(seat: Seat, why: string): void {
    const { link } = seat;
    if (link === undefined) return;
    write(link, writeMessage({ refused: { reason: refusal.TOKEN, detail: why } }));
    this.#lose(link, 'left');
    this.#part(link, 1008, why);
  }

  /** Tells all pages to come back later. */
  close(): void {
    this.#closed = true;
    for (const link of this.#links) {
      write(link, writeMessage({ goodbye: { reason: 'stopping', retryAfterMs } }));
      this.#part(link, 1001, 'stopping');
    }
  }

  #greet(socket: WebSocket, client: string, signedIn: Link['signedIn']): void {
    const link: Link = {
      socket,
      client,
      signedIn,
      openedMs: this.#nowMs(),
      alarm: new Alarm(this.#ports.clock, () => socket.terminate()),
      seat: undefined,
      flow: flowing,
      closing: false,
    };
    this.#links.add(link);
    link.alarm.setAt(this.#nowMs() + helloWithinMs);
    socket.binaryType = 'nodebuffer';
    socket.on('message', (data, isBinary) => this.#receive(link, data, isBinary));
    socket.on('close', () => this.#lose(link, 'lost'));
    // Frames that break RFC 6455, messages beyond the bound, connections reset.
    socket.on('error', () => {
      this.#irregularities.count('malformed');
      this.#lose(link, 'protocol');
      this.#part(link, 1002, 'broken');
    });
  }

  /** A page says Hello at once: of those that have said nothing the one that waits longest is none. */
  #cutOldestStranger(): boolean {
    for (const link of this.#links) {
      if (link.seat !== undefined) continue;
      this.#irregularities.count('refused');
      this.#lose(link, 'lost');
      link.socket.terminate();
      return true;
    }
    return false;
  }

  #receive(link: Link, data: RawData, isBinary: boolean): void {
    if (link.closing) return;
    const message = isBinary && Buffer.isBuffer(data) ? readClientMessage(data) : undefined;
    const { seat } = link;
    if (seat === undefined) this.#receiveFirst(link, message);
    else if (message === undefined) this.#seats.feed(seat, { name: 'malformed' });
    else {
      if (message.name === 'listenerReport') this.#measure(message.report);
      if (acts.has(message.name)) seat.actedMs = this.#nowMs();
      this.#seats.feed(seat, { name: 'message', message });
    }
  }

  #receiveFirst(link: Link, message: ClientMessage | undefined): void {
    if (message === undefined) this.#irregularities.count('malformed');
    if (message?.name === 'hello') this.#admit(link, message);
    else this.#refuse(link, protocolFault('the first message has to be Hello'), 'protocol');
  }

  #admit(link: Link, hello: Hello): void {
    if (hello.token !== '' && !this.#seats.hasRoom()) {
      this.#refuseBusy(link); // before the token is spent on it
      return;
    }
    const who = link.signedIn();
    const verdict = this.#admission.admit(hello, link.client, this.#instant(), who?.person);
    if (verdict.verdict === 'refused') {
      const { reason, detail, repeated } = verdict;
      this.#refuse(link, { refused: { reason: refusal[reason], detail } }, reason.toLowerCase(), repeated);
      return;
    }
    if (verdict.verdict === 'tooOften') {
      this.#putOff(link, verdict);
      return;
    }
    const { person } = verdict;
    if (who?.isLocked === true) this.#seats.noteLock(person, true);
    if (verdict.verdict === 'opened') this.#showLink(person);
    const known = this.#seats.get(verdict.console);
    const place = verdict.verdict === 'returned' ? verdict.place : 1;
    const seat = known ?? this.#seats.take(verdict.console, person, place);
    if (seat === undefined) {
      this.#refuseBusy(link);
      return;
    }
    const isNewsOfLock = seat.lockShown !== this.#seats.isLocked(person);
    const missing = known === undefined || isNewsOfLock ? undefined : seat.log.since(hello.lastSeq);
    this.#attach(link, seat, missing);
  }

  #refuseBusy(link: Link): void {
    this.#refuse(link, { refused: { reason: refusal.BUSY, detail: 'all consoles are taken' } }, 'busy');
  }

  /** A page that comes back too often waits; its session, and another link that it may have, go on. */
  #putOff(link: Link, { retryAfterMs: dueMs, repeated }: TooOften): void {
    this.#irregularities.count('too-often');
    if (!repeated) this.#ports.events.consoles.refused({ client: link.client, reason: 'too-often' });
    write(link, writeMessage({ goodbye: { reason: 'rate', retryAfterMs: Math.max(dueMs, retryAfterMs) } }));
    this.#part(link, 1013, 'rate');
  }

  /** `repeated`: a client that tries again and again is counted, and fills no log. */
  #refuse(link: Link, body: ServerBody, reason: string, repeated = false): void {
    this.#irregularities.count('refused');
    if (!repeated) this.#ports.events.consoles.refused({ client: link.client, reason });
    write(link, writeMessage(body));
    this.#part(link, 1008, reason);
  }

  /** From here on this link is the seat's; `missing` are the Deltas that its page has not seen, if they are known. */
  #attach(link: Link, seat: Seat, missing: readonly Uint8Array[] | undefined): void {
    const before = seat.link;
    if (before !== undefined) {
      write(before, writeMessage({ goodbye: { reason: 'replaced' } }));
      this.#lose(before, 'left');
      this.#part(before, 1000, 'replaced');
    }
    link.alarm.clear();
    link.seat = seat;
    seat.link = link;
    this.#seats.feed(seat, { name: 'link' });
    const resumed = missing !== undefined;
    write(link, writeMessage(this.#welcome(seat, resumed)));
    if (missing === undefined) this.#teller.sendSnapshot(seat);
    else this.#teller.sendMissing(link, seat, missing);
    this.#presence.moved();
    const { display: operator } = seat;
    this.#ports.events.consoles.opened({ console: seat.id, operator, consoles: this.#seats.linked, resumed });
  }

  #welcome(seat: Seat, resumed: boolean): ServerBody {
    return {
      welcome: {
        version: protocolVersion,
        sessionId: seat.id,
        resumeToken: this.#admission.issue(seat.id, seat.operator.person, seat.place, this.#instant()),
        resumed,
        operator: operatorOf(seat),
        pingIntervalMs,
        gatewayUtcMs: this.#ports.clock.utcMs(),
        routerRtpCapabilitiesJson: this.#ports.rtc.capabilitiesJson,
        gatewayVersion: this.#options.gatewayVersion,
      },
    };
  }

  /** A link that is no more, whoever ended it. What its page held of the floors goes back now. */
  #lose(link: Link, why: LostWhy): void {
    if (!link.closing) link.alarm.clear();
    this.#links.delete(link);
    const { seat } = link;
    link.seat = undefined;
    if (seat === undefined || seat.link !== link) return;
    seat.link = undefined;
    seat.status = undefined;
    this.#seats.leaveIntercom(seat);
    this.#seats.feed(seat, { name: 'linkLost' });
    this.#admission.seen(seat.id, this.#nowMs());
    this.#presence.moved();
    const durationMs = Math.round(this.#nowMs() - link.openedMs);
    this.#ports.events.consoles.closed({ console: seat.id, consoles: this.#seats.linked, reason: why, durationMs });
  }

  /** Closes the socket; one that does not answer the close is cut. */
  #part(link: Link, code: number, reason: string): void {
    link.closing = true;
    link.alarm.setAt(this.#nowMs() + closeWithinMs);
    link.socket.once('close', () => link.alarm.clear());
    link.socket.close(code, reason);
  }

  #showLink(person: PersonId): void {
    if (this.#ports.signedIn !== undefined) return;
    const operator = this.#seats.operator(person);
    const token = this.#admission.linkToken(person);
    if (operator === undefined || token === undefined) return;
    const url = new URL(this.#options.pageUrl);
    url.hash = `token=${token}`;
    this.#ports.onConsoleLink(url.href, operator);
  }

  #measure({ roundTripMs, jitterBufferMs, concealedRatio }: ListenerReport): void {
    const { meter } = this.#ports;
    meter.observe('console_round_trip_seconds', roundTripMs / 1000);
    meter.observe('console_jitter_buffer_seconds', jitterBufferMs / 1000);
    meter.observe('console_concealed_ratio', concealedRatio);
  }

  #nowMs(): number {
    return this.#ports.clock.nowMs();
  }

  #instant(): Instant {
    const { clock } = this.#ports;
    return { nowMs: clock.nowMs(), utcMs: clock.utcMs() };
  }
}
