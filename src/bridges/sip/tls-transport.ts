/**
 * SIP over TLS: the streams of tcp-transport.ts, each way with certificates.
 *
 *   far end ─▶ gate (address) ─▶ handshake, its certificate asked for ─▶ named as the far end at that address? ─▶ messages
 *   us ──────▶ handshake with our certificate ─▶ signed by its CA and named as it? ─▶ messages
 *
 * TLS 1.2 and 1.3; renegotiation is refused. Certificates are read again when their files have changed; what is wrong
 * with new ones is said, and the old ones stay in force. Connections that stand are not touched.
 *
 * Standards: RFC 3261 §26.2.1, §26.3; RFC 5922 §7; RFC 5630 §3.3 (transport=tls).
 */
import { constants, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createConnection, isIP, type Socket } from 'node:net';
import {
  connect,
  createSecureContext,
  createServer,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls';
import { type CertificateReading, isSignedBy, namesFarEnd, readCertificate, readPem } from '../../base/certificate.ts';
import type { Cancel, Clock } from '../../base/clock.ts';
import type { Dscp } from '../../base/dscp.ts';
import { GatewayError, systemCode } from '../../base/errors.ts';
import type { Hop } from '../../protocols/sip/hop.ts';
import { type StreamKind, TcpTransport, tcpTerms } from './tcp-transport.ts';
import type { Transport, TransportHandlers } from './transport.ts';
import type { ListenAddress } from './udp-transport.ts';

export interface TlsFiles {
  /** PEM: ours first, then those that signed it. Shown to whoever connects, and to whom we connect. */
  readonly certificate: string;
  readonly key: string;
  /** PEM: who may have signed far ends' certificates, where their attachment names nobody. */
  readonly ca: string;
  /** Whether far ends that connect must show a certificate. */
  readonly clientCertificate: 'required' | 'none';
}

/** A far end as its certificate must show it. */
export interface TlsPeer {
  readonly attachment: string;
  /** Undefined while its name is not resolved, or where it may connect from anywhere. */
  readonly address: string | undefined;
  readonly port: number;
  /** Domain or IP address in its certificate. */
  readonly name: string;
  /** PEM file of its own CA; undefined: that of the listener. */
  readonly ca: string | undefined;
}

export interface TlsPorts {
  readonly clock: Clock;
  /** How what we send is marked; default 0: not at all. */
  readonly dscp?: Dscp;
  /** All far ends that speak TLS, as they are now. */
  readonly peers: () => readonly TlsPeer[];
  /** Ours was read, at the start and whenever it has changed, or a far end has shown its own. */
  readonly onCertificate: (report: CertificateReport) => void;
  /** New files cannot be used, or a far end's certificate was refused. */
  readonly onRefused: (at: { readonly remote?: string; readonly reason: string }) => void;
}

export interface CertificateReport {
  /** Absent: ours. */
  readonly attachment?: string;
  readonly expiresUtcMs: number;
}

/** The files as they were last read and found good. */
interface Credentials {
  readonly cert: string;
  readonly key: string;
  /** CA files by path, the listener's among them. */
  readonly authorities: ReadonlyMap<string, string>;
  readonly expiresUtcMs: number;
}

const rereadMs = 10_000;
const fileBytesMax = 1024 * 1024;

export class TlsTransport implements Transport {
  readonly name = 'tls';
  readonly #files: TlsFiles;
  readonly #ports: TlsPorts;
  readonly #server: Server;
  /** Accepted connections whose handshake is not over, by address and port. */
  readonly #handshakes = new Map<string, { readonly ready: (socket: Socket) => void; readonly failed: () => void }>();
  /** For connections of ours, by CA file. */
  readonly #contexts = new Map<string, SecureContext>();
  #credentials: Credentials;
  #streams!: TcpTransport;
  #cancel: Cancel = () => undefined;
  #faultSaid: string | undefined;

  private constructor(files: TlsFiles, ports: TlsPorts) {
    this.#files = files;
    this.#ports = ports;
    const loaded = this.#load();
    if (!loaded.ok) throw new GatewayError('CONFIG_INVALID', `SIP over TLS: ${loaded.reason}`);
    this.#credentials = loaded.credentials;
    const requestCert = files.clientCertificate === 'required';
    // Judged here, so that it can be said why.
    this.#server = createServer({ ...this.#serverOptions(), requestCert, rejectUnauthorized: false });
    this.#server.on('secureConnection', (socket) => this.#onSecure(socket));
    this.#server.on('tlsClientError', (error, socket) => {
      ports.onRefused({ remote: remoteOf(socket), reason: systemCode(error) ?? error.message });
      socket.destroy();
    });
    ports.onCertificate({ expiresUtcMs: loaded.credentials.expiresUtcMs });
    this.#rereadLater();
  }

  /** @throws GatewayError when the address cannot be listened on or the certificate cannot be used. */
  static async listen(
    at: ListenAddress,
    handlers: TransportHandlers,
    files: TlsFiles,
    ports: TlsPorts,
  ): Promise<TlsTransport> {
    const transport = new TlsTransport(files, ports);
    const kind: StreamKind = {
      name: 'tls',
      title: 'SIP over TLS',
      connected: 'secureConnect',
      accept: (raw, ready, failed) => transport.#accept(raw, ready, failed),
      connect: (hop, from) => transport.#connect(hop, from),
    };
    try {
      const terms = { ...tcpTerms, dscp: ports.dscp ?? 0 };
      transport.#streams = await TcpTransport.listen(at, handlers, () => ports.clock.nowMs(), terms, kind);
    } catch (error) {
      transport.#cancel();
      throw error;
    }
    return transport;
  }

  get local(): ListenAddress {
    return this.#streams.local;
  }

  send(octets: Uint8Array, hop: Hop): void {
    this.#streams.send(octets, hop);
  }

  /** A broken or refused connection is noticed anyway. */
  watch(): void {}
  unwatch(): void {}

  reset(hop: Hop): void {
    this.#streams.reset(hop);
  }

  async close(): Promise<void> {
    this.#cancel();
    await this.#streams.close();
  }

  // ── Connections ──────────────────────────────────────────────────────────────────────────────────────────────────

  #accept(raw: Socket, ready: (socket: Socket) => void, failed: () => void): void {
    if (this.#knowsNewAuthorities()) this.#reread();
    const key = remoteOf(raw);
    this.#handshakes.set(key, { ready, failed });
    raw.once('close', () => this.#handshakes.delete(key));
    this.#server.emit('connection', raw);
  }

  #onSecure(socket: TLSSocket): void {
    const remote = remoteOf(socket);
    const handshake = this.#handshakes.get(remote);
    this.#handshakes.delete(remote);
    if (handshake === undefined || !this.#isKnown(socket)) {
      socket.destroy();
      handshake?.failed();
    } else handshake.ready(socket);
  }

  /** Whether whoever connected has shown the certificate of a far end that may be at its address. */
  #isKnown(socket: TLSSocket): boolean {
    if (this.#files.clientCertificate === 'none') return true;
    const chain = chainOf(socket);
    const [leaf] = chain;
    const { remoteAddress } = socket;
    const peer = this.#ports
      .peers()
      .filter(({ address }) => address === undefined || address === remoteAddress)
      .find(
        ({ name, ca }) => leaf !== undefined && namesFarEnd(leaf, name) && isSignedBy(chain, this.#authorities(ca)),
      );
    if (!socket.authorized || peer === undefined || leaf === undefined) {
      const reason =
        leaf === undefined
          ? 'it shows no certificate'
          : socket.authorized
            ? `no far end there has the certificate ${leaf.subjectAltName ?? leaf.subject}`
            : `its certificate fails: ${String(socket.authorizationError)}`;
      this.#ports.onRefused({ remote: remoteOf(socket), reason });
      return false;
    }
    this.#ports.onCertificate({ attachment: peer.attachment, expiresUtcMs: leaf.validToDate.getTime() });
    return true;
  }

  #connect(hop: Hop, from: Parameters<StreamKind['connect']>[1]): Socket {
    const there = this.#ports.peers().filter(({ address }) => address === hop.address);
    const peer = there.find(({ port }) => port === hop.port) ?? there[0];
    const name = peer?.name ?? hop.address;
    // Of a connection that TLS makes itself nothing can be marked.
    const raw = createConnection({ host: hop.address, port: hop.port, noDelay: true, ...from });
    const options = {
      socket: raw,
      secureContext: this.#contextFor(peer?.ca),
      // Names only (RFC 6066 §3).
      servername: isIP(name) === 0 ? name : '',
      rejectUnauthorized: true,
      checkServerIdentity: (_: string, { raw }: PeerCertificate) =>
        namesFarEnd(new X509Certificate(raw), name) ? undefined : new WrongName(name),
    };
    const socket = connect(options);
    socket.once('secureConnect', () => {
      const [leaf] = chainOf(socket);
      if (peer === undefined || leaf === undefined) return;
      this.#ports.onCertificate({ attachment: peer.attachment, expiresUtcMs: leaf.validToDate.getTime() });
    });
    return socket;
  }

  #contextFor(ca: string = this.#files.ca): SecureContext {
    if (!this.#credentials.authorities.has(ca)) this.#reread();
    const known = this.#contexts.get(ca);
    if (known !== undefined) return known;
    const { cert, key, authorities } = this.#credentials;
    // A CA file that cannot be read trusts nobody.
    const context = createSecureContext({ ...secured, cert, key, ca: authorities.get(ca) ?? [] });
    this.#contexts.set(ca, context);
    return context;
  }

  #serverOptions(): SecureContextOptions {
    const { cert, key, authorities } = this.#credentials;
    return { ...secured, cert, key, ca: [...authorities.values()] };
  }

  #authorities(ca: string = this.#files.ca): readonly X509Certificate[] {
    return readPem(this.#credentials.authorities.get(ca) ?? '') ?? [];
  }

  // ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #rereadLater(): void {
    const { clock } = this.#ports;
    this.#cancel = clock.callAt(clock.nowMs() + rereadMs, () => {
      this.#reread();
      this.#rereadLater();
    });
  }

  /** Takes changed files into use for new connections; what cannot be used is said once. */
  #reread(): void {
    const loaded = this.#load();
    if (!loaded.ok) {
      if (loaded.reason !== this.#faultSaid) this.#ports.onRefused({ reason: loaded.reason });
      this.#faultSaid = loaded.reason;
      return;
    }
    this.#faultSaid = undefined;
    if (textOf(loaded.credentials) === textOf(this.#credentials)) return;
    this.#credentials = loaded.credentials;
    this.#contexts.clear();
    this.#server.setSecureContext(this.#serverOptions());
    this.#ports.onCertificate({ expiresUtcMs: loaded.credentials.expiresUtcMs });
  }

  #load(): { readonly ok: true; readonly credentials: Credentials } | { readonly ok: false; readonly reason: string } {
    const { certificate, key, ca } = this.#files;
    const texts = { certificate: textIn(certificate) ?? '', key: textIn(key) ?? '', ca: textIn(ca) ?? '' };
    const reading: CertificateReading = readCertificate(texts, this.#ports.clock.utcMs());
    if (!reading.ok) return { ok: false, reason: `${this.#files[reading.part]} ${reading.reason}` };
    const authorities = new Map([[ca, texts.ca]]);
    for (const file of this.#peerAuthorities()) {
      const text = textIn(file) ?? '';
      if ((readPem(text)?.length ?? 0) === 0) return { ok: false, reason: `${file} holds no certificate in PEM` };
      authorities.set(file, text);
    }
    const { expiresUtcMs } = reading;
    return { ok: true, credentials: { cert: texts.certificate, key: texts.key, authorities, expiresUtcMs } };
  }

  #peerAuthorities(): readonly string[] {
    return this.#ports.peers().flatMap(({ ca }) => (ca === undefined ? [] : [ca]));
  }

  #knowsNewAuthorities(): boolean {
    return this.#peerAuthorities().some((file) => !this.#credentials.authorities.has(file));
  }
}

/** Renegotiation of TLS 1.2 is answered with a refusal; 1.3 has none. */
const secured = { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION } as const;

class WrongName extends Error {
  readonly code = 'ERR_TLS_CERT_ALTNAME_INVALID';

  constructor(name: string) {
    super(`its certificate is not that of ${name}`);
  }
}

function remoteOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** What the far end has shown, its own certificate first. */
function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let link: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (link?.raw !== undefined && chain.length < 10) {
    const certificate = new X509Certificate(link.raw);
    if (chain.at(-1)?.fingerprint256 === certificate.fingerprint256) break;
    chain.push(certificate);
    link = link.issuerCertificate;
  }
  return chain;
}

function textIn(file: string): string | undefined {
  try {
    const bytes = readFileSync(file);
    return bytes.length > fileBytesMax ? undefined : bytes.toString('latin1');
  } catch {
    return undefined; // not there, or not for us: the same as empty
  }
}

function textOf({ cert, key, authorities }: Credentials): string {
  return [cert, key, ...authorities.values()].join('\n');
}
