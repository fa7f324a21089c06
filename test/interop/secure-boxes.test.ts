/**
 * SIP over TLS and encrypted voice between the running gateway and real radio boxes: baresip with its srtp module. What they record is
 * compared with what was said; the capture shows that it was not in the clear.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authority } from '../base/certificates.ts';
import { show } from './support/figures.ts';
import { loopback } from './support/ports.ts';
import { RadioStage, type Role } from './support/radio-stage.ts';
import { resampled } from './support/sound.ts';
import { compareSpeech, traceOf } from './support/speech-compare.ts';
import { playing } from './support/until.ts';
import { readWav, type Sound } from './support/wav.ts';

const french = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000);
const dutchLong = readWav(new URL('../vectors/speech-nl-8k.wav', import.meta.url));
const dutch: Sound = { rateHz: 8000, samples: dutchLong.samples.slice(0, 8000 * 5) };
/** Speech that is not there scores up to 0.45 by chance. */
const absent = 0.5;

const [ours, theirs] = [new Authority('Gateways'), new Authority('Boxes')];
const gateway = ours.issue({ names: 'DNS:escaut.invalid,IP:127.0.0.1', toDays: 20 });
const identity = () => ({ identity: theirs.issue({ names: 'DNS:box.example' }).identity, ca: ours.ca });
const tls = { ca: theirs.ca, serverName: 'box.example' };

/** Over TLS with certificates both ways, a called and b calling; c over UDP. a requires encryption, as the gateway does; b offers and takes it; c has never heard of it. */
const cast = {
  a: {
    group: 'xb-safe',
    network: 'astrid',
    number: '5300110',
    account: ';mediaenc=srtp-mand',
    tls: identity(),
    sip: { transport: 'tls', tls, srtp: 'required', srtpSuites: ['AEAD_AES_256_GCM'] },
  },
  b: {
    group: 'xb-safe',
    network: 'inpt',
    number: '590-911',
    account: ';mediaenc=srtp',
    tls: identity(),
    sip: { mode: 'accept', transport: 'tls', tls, srtp: 'optional' },
  },
  c: { group: 'xb-safe', network: 'rubis', number: '59-900', sip: { srtp: 'optional' } },
} as const satisfies Record<string, Role>;

let stage: RadioStage<keyof typeof cast>;
beforeAll(async () => {
  stage = await RadioStage.set(cast);
  const { sip: port } = stage.ports;
  const { certificate, key } = gateway;
  const listen = [
    { transport: 'udp', host: loopback, port },
    { transport: 'tls', host: loopback, port: port + 1, tls: { certificate, key, ca: theirs.ca } },
  ];
  await stage.startGateway({ sip: { listen, domain: 'escaut.invalid' } });
  stage.boxes.b.command('dial', `sip:${cast.b.number}@${loopback}:${port + 1};transport=tls`);
  await stage.gateway.legsUp([stage.legOf('b')]);
  // b sends a packet in the clear before it has our answer; the next figures have it.
  await playing(1500);
}, 60_000);
afterAll(async () => {
  await stage?.clear();
  for (const each of [ours, theirs]) each.close();
}, 20_000);

describe('baresip with TLS and SRTP', () => {
  it.each([
    ['a', french, ['b', 'c']],
    ['b', dutch, ['a', 'c']],
  ] as const)(
    '%s is heard whole by the others, encrypted on the wire where the far end can',
    async (talker, speech, others) => {
      const forged = () => stage.gateway.metric('escaut_voice_packets_forged_total');
      const before = await forged();
      const listening = stage.listen(others);
      const { sinceMs } = await stage.over(talker, speech);
      const heard = listening() as Record<string, Sound>;
      for (const name of others) {
        const figures = compareSpeech(speech, heard[name]!);
        show(`${talker} → ${name}`, { ...figures });
        expect(figures.coverAfterOnset).toBeGreaterThanOrEqual(0.99);
        expect(figures.longestGapMs).toBeLessThanOrEqual(100);
        const onWire = traceOf(speech, stage.got(name, sinceMs)).score;
        if (name === 'c') expect(onWire).toBeGreaterThan(0.9);
        else expect(onWire).toBeLessThan(absent);
      }
      expect(traceOf(speech, stage.sent(talker, sinceMs)).score).toBeLessThan(absent);
      expect(await forged()).toBe(before);
    },
    30_000,
  );

  it('shows no word of its SIP on the wire but for c, and says when certificates end', async () => {
    const { gateway: running, ports } = stage;
    expect(running.linesOf('certificate.refused')).toEqual([]);
    const seen = running.linesOf('certificate.seen').map(({ certificate }) => certificate);
    expect([...new Set(seen)].sort()).toEqual(['box-a', 'box-b', 'sip.listen[1]']);
    expect(running.linesOf('certificate.expiring')).toMatchObject([{ certificate: 'sip.listen[1]', days: 19 }]);
    await stage.capture.stop();
    const tlsPorts = [ports.sip + 1, stage.boxes.a.sipPort, stage.boxes.b.sipPort];
    const decode = tlsPorts.map((port) => `tcp.port==${port},tls`);
    const hellos = await stage.capture.read('tls.handshake.type == 1', ['tcp.dstport'], decode);
    expect([...new Set(hellos.map(([port]) => Number(port)))].sort()).toEqual(tlsPorts.sort());
    const plain = ['frame.number', 'tcp.srcport', 'tcp.dstport', 'tcp.payload'];
    const wire = tlsPorts.map((port) => `tcp.port == ${port}`).join(' || ');
    expect(await stage.capture.read(`(${wire}) && tcp contains "SIP/2.0"`, plain)).toEqual([]);
    // Without their keys tshark guesses at SRTCP by its form: what it makes of it says nothing.
    expect(await stage.capture.read(`(${wire}) && _ws.malformed`, plain, decode)).toEqual([]);
  }, 30_000);

  it('keeps keys out of the log', () => {
    const log = JSON.stringify(stage.gateway.lines);
    expect(log).not.toMatch(/inline:|keySalt/);
  });
});
