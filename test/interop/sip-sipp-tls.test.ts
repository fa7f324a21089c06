/**
 * sipp over TLS: Debian's speaks none, so the system's OpenSSL stands before it (support/tls_tunnel.py), with
 * certificates both ways. The SIP is sipp's, octet for octet.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Authority, type Issued } from '../base/certificates.ts';
import { freePort, isTaken, loopback, SipRig, until } from './sip-rig.ts';
import { endChild } from './support/end-child.ts';

const [ours, theirs, nobody] = ['Gateways', 'Boxes', 'Nobody'].map((name) => new Authority(name)) as [
  Authority,
  Authority,
  Authority,
];
const gateway = ours.issue({ names: 'DNS:escaut.invalid' });
const box = theirs.issue({ names: 'DNS:box.example' });
afterAll(() => [ours, theirs, nobody].forEach((each) => void each.close()));

let rig: SipRig;
let port: number;
let behind: number;
let said: string;
const tunnels: ChildProcess[] = [];

beforeEach(async () => {
  const { certificate, key } = gateway;
  rig = await SipRig.make({ tls: { certificate, key, ca: theirs.ca, clientCertificate: 'required' } });
  [port, behind] = [await freePort(), await freePort()];
  said = '';
});

afterEach(async () => {
  await rig.close();
  for (const tunnel of tunnels.splice(0)) await endChild(tunnel, 'SIGTERM');
});

async function tunnel(side: 'server' | 'client', { certificate, key }: Issued, to: number, name = ''): Promise<void> {
  const script = join(import.meta.dirname, 'support/tls_tunnel.py');
  const child = spawn('python3', [script, side, `${port}`, certificate, key, ours.ca, `${to}`, name]);
  tunnels.push(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      said += text.toString();
    });
  }
  await until('the tunnel listens', () => said.includes('listening'));
}

/** What the box says of itself: its address is the tunnel's, its transport TLS. */
const ofTheTunnel = (text: string) =>
  text
    .replaceAll('[local_ip]:[local_port];transport=[transport]', `${loopback}:${port};transport=tls`)
    .replaceAll('SIP/2.0/[transport]', 'SIP/2.0/TLS');
const attach = (sip: Record<string, unknown> = {}) =>
  rig.attach({
    peer: `sip:${loopback}:${port}`,
    transport: 'tls',
    tls: { ca: theirs.ca, serverName: 'box.example' },
    ...sip,
  });
const states = () => rig.states;
const up = () => until('leg up', () => states().at(-1) === 'up');

describe('sipp behind TLS', () => {
  it('is called: it answers, and is hung up on when the leg is closed', async () => {
    const done = rig.sipp('answers', behind, ['-m', '1', '-t', 't1'], ofTheTunnel);
    done.catch(() => undefined); // its verdict is awaited below
    await until('sipp listens', () => isTaken(behind));
    await tunnel('server', box, behind);
    attach();
    const { leg } = rig.openLeg();
    await up();
    await expect.poll(() => said).toMatch(/connected: TLSv1\.3/);
    rig.attachment.closeLeg(leg);
    await done;
    expect(rig.lines.filter(({ event }) => event === 'certificateRefused')).toEqual([]);
  });

  it('calls, twice: each is answered, and ends as it says', async () => {
    await tunnel('client', box, rig.port('tls'), 'escaut.invalid');
    attach({ mode: 'accept' });
    rig.openLeg();
    const args = ['-m', '2', '-l', '1', '-t', 't1', '-s', '5300110', `${loopback}:${port}`];
    await rig.sipp('calls', behind, args, ofTheTunnel);
    await until('told of all', () => rig.lines.filter(({ event }) => event === 'callEnded').length === 2);
    expect(states().filter((state) => state === 'up')).toHaveLength(2);
  });

  it('is not called where its certificate is signed by another: nothing of SIP is said, and the status says why', async () => {
    await tunnel('server', nobody.issue({ names: 'DNS:box.example' }), behind);
    attach();
    rig.openLeg();
    await until('said why', () => /signed by/.test(rig.attachment.status().reason ?? ''));
    expect(rig.attachment.status()).toMatchObject({ state: 'down' });
    expect(states()).not.toContain('up');
    expect(said).not.toContain('connected');
  });

  it('is not heard with a certificate of another far end, and the log says why', async () => {
    await tunnel('client', theirs.issue({ names: 'DNS:other.example' }), rig.port('tls'), 'escaut.invalid');
    attach({ mode: 'accept' });
    rig.openLeg();
    const args = ['-m', '1', '-t', 't1', '-s', '5300110', `${loopback}:${port}`, '-recv_timeout', '2000'];
    const outcome = rig.sipp('calls', behind, args, ofTheTunnel).catch(() => 'failed');
    await until('said why', () =>
      JSON.stringify(rig.lines).includes('no far end there has the certificate DNS:other.example'),
    );
    expect(await outcome).toBe('failed');
    expect(states()).not.toContain('up');
  });
});
