/** RTP without signalling over IPv6: unicast on loopback, multicast on an interface of the machine that has IPv6. */
import { createSocket, type Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeRtpHeader } from '../../src/protocols/rtp/rtp-packet.ts';
import { freeBlock } from './support/ports.ts';
import { VoiceRig } from './voice-rig.ts';

const local = '::1';
const packets = 25;

let rig: VoiceRig;
let port: number;
const sockets: Socket[] = [];

beforeEach(async () => {
  rig = new VoiceRig();
  await rig.start();
  port = await freeBlock(16);
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await rig.stop();
});

/** A far end: what it has received. */
async function farEnd(address: string, at: number, join?: (socket: Socket) => void): Promise<[Socket, Buffer[]]> {
  const socket = createSocket({ type: 'udp6', reuseAddr: true });
  sockets.push(socket);
  const heard: Buffer[] = [];
  socket.on('message', (bytes) => heard.push(bytes));
  await new Promise<void>((done) => socket.bind(at, address, done));
  join?.(socket);
  return [socket, heard];
}

/** Half a second of voice: A-law that is not silence. */
function talk(send: (bytes: Uint8Array) => void): Promise<void> {
  return new Promise((done) => {
    let sent = 0;
    const timer = setInterval(() => {
      const bytes = new Uint8Array(172).fill(0x2a, 12);
      writeRtpHeader(bytes, sent === 0, 8, sent, 160 * sent, 77);
      send(bytes);
      if (++sent < packets) return;
      clearInterval(timer);
      done();
    }, 20);
  });
}

const opened = (leg: string) => rig.until(() => rig.events.some((e) => e.name === 'legOpened' && e.leg === leg));

it('carries unicast both ways', async () => {
  const [near, far] = [port, port + 4];
  const [, heard] = await farEnd(local, far + 1);
  const [talker] = await farEnd(local, far);
  rig.static('a', near, { sources: [local], rtcp: false }, { remote: { address: local, port: far } }, local);
  rig.static('b', near + 2, { sources: [local], rtcp: false }, { remote: { address: local, port: far + 1 } }, local);
  await Promise.all(['a', 'b'].map(opened));
  await talk((bytes) => talker.send(bytes, near, local));
  await rig.until(() => heard.length >= packets);
  expect(rig.last('failed')).toBeUndefined();
});

const [device = '', own = ''] = interfaceWithIpv6() ?? [];

it.runIf(device !== '' && (await multicastPasses(device, own)))(
  'joins multicast groups (MLD) on the interface named, for the allowed source alone, and is heard in one',
  async () => {
    const on = `::%${device}`;
    const groups = { a: 'ff35::e5ca:1', b: 'ff15::e5ca:2' };
    const line = (group: string, sources: readonly string[]) => ({
      sources,
      rtcp: false,
      multicast: { group, interface: device, ttl: 1, loopback: true },
    });
    const [, heard] = await farEnd('::', port + 2, (socket) => socket.addMembership(groups.b, on));
    const [talker] = await farEnd(own, 0, (socket) => socket.setMulticastInterface(on));
    rig.static('a', port, line(groups.a, [own]), { remote: { address: groups.a, port } }, own);
    rig.static('b', port + 2, line(groups.b, []), { remote: { address: groups.b, port: port + 2 } }, own);
    await Promise.all(['a', 'b'].map(opened));
    expect(joined(device)).toEqual(expect.arrayContaining(Object.values(groups).map(asInProc)));
    await talk((bytes) => talker.send(bytes, port, groups.a));
    await rig.until(() => heard.length >= packets);
    expect(rig.last('failed')).toBeUndefined();
  },
);

/** An interface on which multicast of IPv6 goes somewhere, and its address. */
function interfaceWithIpv6(): [string, string] | undefined {
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    const found = addresses.find(({ family, internal, address }) => {
      return family === 'IPv6' && !internal && !address.startsWith('fe80');
    });
    if (found !== undefined) return [name, found.address];
  }
  return undefined;
}

/** Whether this machine lets a multicast packet come back to itself there; if not there is nothing to be tested. */
async function multicastPasses(name: string, address: string): Promise<boolean> {
  const on = `::%${name}`;
  const group = 'ff15::e5ca:ffff';
  const [ear, mouth] = [createSocket('udp6'), createSocket('udp6')];
  try {
    const heard = new Promise<boolean>((done, failed) => {
      ear.on('message', () => done(true)).on('error', failed);
      mouth.on('error', failed);
    });
    await new Promise<void>((done) => ear.bind(0, '::', done));
    await new Promise<void>((done) => mouth.bind(0, address, done));
    ear.addMembership(group, on);
    mouth.setMulticastInterface(on);
    mouth.send('x', ear.address().port, group);
    return await Promise.race([heard, new Promise<false>((done) => setTimeout(() => done(false), 1000))]);
  } catch {
    return false;
  } finally {
    ear.close();
    mouth.close();
  }
}

/** What the kernel has joined there. */
function joined(name: string): string[] {
  const rows = readFileSync('/proc/net/igmp6', 'utf8').split('\n');
  return rows.map((row) => row.trim().split(/\s+/)).flatMap(([, at, group]) => (at === name && group ? [group] : []));
}

function asInProc(group: string): string {
  const [head = '', tail = ''] = group.split('::').map((part) =>
    part
      .split(':')
      .map((word) => word.padStart(4, '0'))
      .join(''),
  );
  return head + tail.padStart(32 - head.length, '0');
}
