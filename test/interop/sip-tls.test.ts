/** SIP over TLS against the openssl program: who is let in, whom we trust, and what changes while we run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { type CertificateReport, type TlsPeer, TlsTransport } from '../../src/bridges/sip/tls-transport.ts';
import { Authority, type Issued } from '../base/certificates.ts';
import { freePort, loopback, until } from './sip-rig.ts';

const [ours, theirs] = [new Authority('Gateways'), new Authority('Boxes')];
const gateway = ours.issue({ names: 'DNS:gw.example', commonName: 'gateway' });
const box = theirs.issue({ names: 'DNS:box.example' });
afterAll(() => [ours, theirs].forEach((each) => void each.close()));

const options =
  'OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n' +
  'To: <sip:x@y>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n';

interface Heard {
  readonly messages: string[];
  readonly unreachable: string[];
  readonly refused: string[];
  readonly certificates: CertificateReport[];
}

const children: ChildProcess[] = [];
let transport: TlsTransport;
let heard: Heard;
const files = { certificate: '', key: '', ca: ours.ca, clientCertificate: 'required' as const };
const peer: TlsPeer = { attachment: 'as-1', address: loopback, port: 5061, name: 'box.example', ca: theirs.ca };
let peers: TlsPeer[];

function install({ certificate, key }: Pick<Issued, 'certificate' | 'key'>): void {
  files.certificate = join(ours.folder, 'installed.pem');
  files.key = join(ours.folder, 'installed.key');
  copyFileSync(certificate, files.certificate);
  copyFileSync(key, files.key);
}

async function listen(over: { clientCertificate?: 'required' | 'none' } = {}): Promise<void> {
  heard = { messages: [], unreachable: [], refused: [], certificates: [] };
  transport = await TlsTransport.listen(
    { address: loopback, port: 0 },
    {
      onMessage: (octets) => void heard.messages.push(Buffer.from(octets).toString()),
      onUnreachable: (_, reason) => void heard.unreachable.push(reason),
      onClosed: () => undefined,
      mayConnect: () => true,
      isPeer: () => true,
      onDropped: () => undefined,
    },
    { ...files, ...over },
    {
      clock: new SystemClock(),
      peers: () => peers,
      onCertificate: (report) => void heard.certificates.push(report),
      onRefused: ({ reason }) => void heard.refused.push(reason),
    },
  );
}

beforeEach(async () => {
  install(gateway);
  peers = [peer];
  await listen();
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await transport.close();
});

function openssl(...args: string[]): { readonly child: ChildProcess; readonly output: () => string } {
  const child = spawn('openssl', args, { stdio: 'pipe' });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text += chunk;
    });
  return { child, output: () => text };
}

/** Connects as a far end and says OPTIONS; with these arguments beside where. */
function client(identity: Issued | undefined, ...args: string[]) {
  const shown = identity === undefined ? [] : ['-cert', identity.certificate, '-key', identity.key];
  const started = openssl(
    ...['s_client', '-connect', `${loopback}:${transport.local.port}`, '-CAfile', ours.ca],
    ...['-verify_return_error', '-verify_hostname', 'gw.example', ...shown, ...args],
  );
  started.child.stdin?.write(options);
  return started;
}

/** A far end to be called. */
async function server(identity: Issued, ...args: string[]): Promise<number> {
  const port = await freePort();
  const { output } = openssl(
    ...['s_server', '-accept', `${loopback}:${port}`, '-cert', identity.certificate, '-key', identity.key],
    ...['-CAfile', ours.ca, '-Verify', '2', '-verify_return_error', '-naccept', '1', ...args],
  );
  await until('openssl listens', () => output().includes('ACCEPT'));
  peers = [{ ...peer, port }];
  return port;
}

describe('far ends that connect to us', () => {
  it.each([['-tls1_2'], ['-tls1_3']])('are heard with the certificate that is theirs, over %s', async (version) => {
    client(box, version);
    await until('heard', () => heard.messages.length === 1);
    expect(heard.messages[0]).toBe(options);
    expect(heard.refused).toEqual([]);
    expect(heard.certificates.at(-1)).toMatchObject({ attachment: 'as-1' });
  });

  const stranger = theirs.issue({ names: 'DNS:other.example' });
  it.each([
    ['none', undefined, /it shows no certificate/],
    ['one that has expired', theirs.issue({ names: 'DNS:box.example', fromDays: -9, toDays: -1 }), /CERT_HAS_EXPIRED/],
    ['one of another CA', new Authority('Nobody').issue({ names: 'DNS:box.example' }), /SELF_SIGNED|UNABLE_TO/],
    ['one of our own CA with its name', ours.issue({ names: 'DNS:box.example' }), /no far end there has/],
    ['one of its CA with another name', stranger, /no far end there has the certificate DNS:other\.example/],
  ])('are refused with %s as certificate', async (_, identity, reason) => {
    client(identity);
    await until('refused', () => heard.refused.length > 0);
    expect(heard.refused[0]).toMatch(reason);
    expect(heard.messages).toEqual([]);
  });

  it.each([['-tls1'], ['-tls1_1']])('are refused over %s', async (version) => {
    client(box, version, '-cipher', 'ALL:@SECLEVEL=0');
    await until('refused', () => heard.refused.length > 0);
    expect(heard.refused[0]).toMatch(/PROTOCOL|VERSION/i);
  });

  it('cannot renegotiate', async () => {
    const { child, output } = client(box, '-tls1_2');
    await until('heard', () => heard.messages.length === 1);
    child.stdin?.write('R\n');
    await until('told so', () => /no renegotiation/i.test(output()));
    expect(heard.messages).toHaveLength(1);
  });

  it('need none where the listener asks for none', async () => {
    await transport.close();
    await listen({ clientCertificate: 'none' });
    client(undefined);
    await until('heard', () => heard.messages.length === 1);
  });
});

describe('far ends that we connect to', () => {
  const say = (port: number) => transport.send(Buffer.from(options), { transport: 'tls', address: loopback, port });

  it('get our certificate, their own name by SNI, and the message', async () => {
    const port = await server(box, '-servername', 'box.example', '-cert2', box.certificate, '-key2', box.key);
    const child = children.at(-1);
    let text = '';
    child?.stdout?.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    say(port);
    await until('there', () => text.includes('OPTIONS sip:x@127.0.0.1'));
    expect(text).toMatch(/Hostname in TLS extension: "box\.example"/);
    expect(text).toMatch(/subject=CN ?= ?gateway/);
    expect(heard.unreachable).toEqual([]);
    expect(heard.certificates.at(-1)).toMatchObject({ attachment: 'as-1' });
  });

  it.each([
    ['has expired', theirs.issue({ names: 'DNS:box.example', fromDays: -9, toDays: -1 }), /CERT_HAS_EXPIRED/],
    ['names another', theirs.issue({ names: 'DNS:other.example' }), /ERR_TLS_CERT_ALTNAME_INVALID/],
    ['is of another CA', ours.issue({ names: 'DNS:box.example' }), /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO/],
  ])('are told nothing when their certificate %s', async (_, identity, reason) => {
    say(await server(identity));
    await until('told', () => heard.unreachable.length > 0);
    expect(heard.unreachable[0]).toMatch(reason);
  });

  it('are out of reach when they do not take our certificate', async () => {
    const port = await server(box, '-CAfile', theirs.ca);
    say(port);
    await until('told', () => heard.unreachable.length > 0);
    expect(heard.unreachable[0]).toMatch(/^ERR_SSL/);
  });

  it('are out of reach when they speak plain TCP', async () => {
    const { createServer } = await import('node:net');
    const plain = createServer((socket) => void socket.end('SIP/2.0 400 No\r\n\r\n')).listen(0, loopback);
    await until('listening', () => plain.listening);
    say((plain.address() as { port: number }).port);
    await until('told', () => heard.unreachable.length > 0);
    expect(heard.unreachable[0]).toBe('EPROTO');
    plain.close();
  });
});

describe('certificate files that change', () => {
  it('are in force for the next connection within 10 s; bad ones are said once and the old ones stay', async () => {
    const shown = async (): Promise<string> => {
      const { output } = client(box, '-showcerts');
      await until('shown', () => output().includes('END CERTIFICATE'));
      return output();
    };
    const before = await shown();
    install(ours.issue({ names: 'DNS:gw.example' }));
    copyFileSync(gateway.key, files.key);
    await until('said', () => heard.refused.some((reason) => /is not the key of the certificate/.test(reason)), 11_000);
    const block = (text: string) => /-----BEGIN CERTIFICATE-----[^-]+/.exec(text)?.[0];
    expect(block(await shown())).toBe(block(before));
    install(ours.issue({ names: 'DNS:gw.example' }));
    await until(
      'read',
      () => heard.certificates.filter(({ attachment }) => attachment === undefined).length === 2,
      11_000,
    );
    expect(block(await shown())).not.toBe(block(before));
  }, 30_000);
});
