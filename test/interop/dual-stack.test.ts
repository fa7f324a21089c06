/**
 * IPv4 and IPv6 on one gateway: a box of each in a shared group, baresip; what each hears of the other is compared with
 * what was said, and tshark reads the SIP and RTP of IPv6 from the wire.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { show } from './support/figures.ts';
import { loopback } from './support/ports.ts';
import { RadioStage, type Role } from './support/radio-stage.ts';
import { resampled } from './support/sound.ts';
import { compareSpeech } from './support/speech-compare.ts';
import { playing } from './support/until.ts';
import { readWav, type Sound } from './support/wav.ts';

const french = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000);
const short: Sound = { rateHz: 8000, samples: french.samples.slice(0, 8000 * 3) };
const v6 = '::1';

const cast = {
  a: { group: 'xb-dual', network: 'astrid', number: '5300110' },
  b: { group: 'xb-dual', network: 'inpt', number: '590-911', host: v6 },
} as const satisfies Record<string, Role>;

let stage: RadioStage<keyof typeof cast>;
beforeAll(async () => {
  stage = await RadioStage.set(cast);
  const { sip: port, mediaFrom, mediaTo, webrtcFrom, webrtcTo } = stage.ports;
  const webrtc = { ports: { from: webrtcFrom, to: webrtcTo }, workers: 1 };
  await stage.startGateway({
    sip: { listen: [loopback, v6].map((host) => ({ transport: 'udp', host, port })) },
    media: { host: loopback, otherHost: v6, ports: { from: mediaFrom, to: mediaTo }, webrtc },
  });
}, 60_000);
afterAll(() => stage?.clear(), 20_000);

it.each([
  ['a', 'b'],
  ['b', 'a'],
] as const)(
  'carries the voice of %s to %s, whole',
  async (talker, listener) => {
    const listening = stage.listen([listener]);
    await stage.over(talker, short);
    const figures = compareSpeech(short, (listening() as Record<string, Sound>)[listener]!);
    show(`${talker} → ${listener}`, { ...figures });
    expect(figures.coverAfterOnset).toBeGreaterThanOrEqual(0.99);
    expect(figures.longestGapMs).toBeLessThanOrEqual(100);
    // Longer than the guard after our transmission, within which the other's answer is heard late.
    await playing(700);
  },
  30_000,
);

it('speaks IPv6 with the box of IPv6, in SIP, session description and RTP', async () => {
  const { capture, ports, media, boxes } = stage;
  await capture.stop();
  const decode = [`udp.port==${ports.sip},sip`];
  const fields = ['sip.Via.sent-by.address', 'sdp.connection_info'];
  const invites = await capture.read('ipv6 && sip.Method == "INVITE"', fields, decode);
  expect(invites.length).toBeGreaterThan(0);
  for (const row of invites) expect(row).toEqual([v6, 'IN IP6 ::1']);
  const from = `udp.srcport >= ${media.from} && udp.srcport <= ${media.to}`;
  const to = `udp.dstport >= ${boxes.b.rtpPorts.from} && udp.dstport <= ${boxes.b.rtpPorts.to}`;
  const voice = await capture.read(`ipv6 && ${from} && ${to}`, ['ipv6.tclass.dscp']);
  expect(voice.length).toBeGreaterThan(100);
  // As the configuration has it when it says nothing: EF, and CS3 below.
  expect(new Set(voice.flat())).toEqual(new Set(['46']));
  const signalling = await capture.read(`ipv6 && udp.srcport == ${ports.sip}`, ['ipv6.tclass.dscp']);
  expect(new Set(signalling.flat())).toEqual(new Set(['24']));
  expect(await capture.read(`ip && ${from} && ${to}`, ['frame.number'])).toEqual([]);
  expect(await capture.read(`udp.port == ${ports.sip} && _ws.malformed`, ['frame.number'], decode)).toEqual([]);
}, 30_000);
