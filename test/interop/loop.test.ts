/**
 * A loop as it is in life: what the gateway sends into one network comes back on another 300 ms later, packet by packet.
 *
 *   be ─ gateway ─ fr ─(somebody else's patch, 300 ms)─ nl ─ gateway
 */
import { createSocket, type Socket } from 'node:dgram';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeRtpHeader } from '../../src/protocols/rtp/rtp-packet.ts';
import { show } from './support/figures.ts';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { freeBlock, loopback } from './support/ports.ts';
import { resampled } from './support/sound.ts';
import { until } from './support/until.ts';
import { readWav } from './support/wav.ts';
import { RealFar } from './voice-rig.ts';

const french = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000).samples;
const dutch = readWav(new URL('../vectors/speech-nl-8k.wav', import.meta.url)).samples;
const delayMs = 300;
const packetMs = 20;
/** Voice that may come back before it is recognised. */
const returnedMsMax = 2000;

/** Sends whatever it gets to another leg, numbered as that network would. */
class Patch {
  joined = true;
  packets = 0;
  readonly #socket: Socket;
  readonly #to: RealFar;

  constructor(to: RealFar) {
    this.#to = to;
    this.#socket = createSocket('udp4');
    this.#socket.on('message', (bytes) => setTimeout(() => this.#pass(bytes), delayMs));
  }

  async open(): Promise<number> {
    await new Promise<void>((opened) => this.#socket.bind(0, loopback, opened));
    return this.#socket.address().port;
  }

  close(): void {
    this.joined = false;
    this.#socket.close();
  }

  #pass(bytes: Buffer): void {
    if (!this.joined) return;
    this.packets += 1;
    writeRtpHeader(bytes, false, 8, this.#to.sequence++, this.#to.timestamp, 0x99);
    this.#to.timestamp += 8 * packetMs;
    this.#to.raw(bytes);
  }
}

let gateway: Gateway;
let be: RealFar;
let nl: RealFar;
let patch: Patch;

beforeAll(async () => {
  const ports = await gatewayPorts();
  const port = await freeBlock(6);
  be = await RealFar.open(port);
  nl = await RealFar.open(port + 2);
  patch = new Patch(nl);
  const remotes = { be: be.port, nl: nl.port, fr: await patch.open() };
  const ids = ['be', 'nl', 'fr'] as const;
  gateway = await Gateway.start(ports, {
    loops: { holdMs: 1000 },
    networks: ids.map((id) => ({ id, name: id, technology: 'tetra', country: 'BE' })),
    attachments: ids.map((id, i) => ({
      id,
      network: id,
      kind: 'rtp',
      rtp: { remote: `${loopback}:${remotes[id]}`, listenPort: port + 2 * i },
    })),
    talkgroups: ids.map((id) => ({ id, network: id, number: '1', short: id })),
    sharedGroups: [
      { id: 'g', short: 'G', name: { fr: 'G', nl: 'G', en: 'G' }, legs: ids.map((id) => ({ talkgroup: id })) },
    ],
  });
  await until('all legs up', () => ids.every((id) => gateway.legState(`g/${id}`).state === 'up'), 10_000);
}, 60_000);

afterAll(async () => {
  await gateway?.kill();
  patch?.close();
  be?.close();
  nl?.close();
}, 20_000);

const loopsSaid = (state: 'isolated' | 'tried') => gateway.linesOf('leg.loop').filter((line) => line.state === state);
const oversOf = (party: string) => gateway.linesOf('over.ended').filter((line) => line.party === party);

it('isolates the leg on which our voice comes back, and hears its talkers when the patch is gone', async () => {
  const talk = be.talk(french.subarray(0, 8000 * 3));
  await until('the loop', () => loopsSaid('isolated').length > 0, 15_000);
  const returnedMs = patch.packets * packetMs;
  await talk;
  await until('the over', () => oversOf('g/be').length > 0, 10_000);
  const [loop] = loopsSaid('isolated');
  show('a loop of 300 ms', { returnedMs, delayMs: loop?.delayMs, likeness: loop?.likeness });
  expect(loop).toMatchObject({ leg: 'g/nl', group: 'g', times: 1 });
  expect(returnedMs).toBeLessThanOrEqual(returnedMsMax);
  expect(oversOf('g/nl')).toEqual([]);

  patch.joined = false;
  await until('it is tried again', () => loopsSaid('tried').length === 1, 10_000);
  await nl.talk(dutch.subarray(0, 8000 * 2));
  await until('the over of its own talker', () => oversOf('g/nl').length === 1, 10_000);
  expect(oversOf('g/nl')).toMatchObject([{ end: 'released', lostMs: 0 }]);
  expect(loopsSaid('isolated')).toHaveLength(1);
}, 60_000);
