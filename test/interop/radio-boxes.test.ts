/**
 * Voice across the running gateway between real radio boxes: baresip instances that send speech all the time and record
 * what their decoder gives. What was on the wire is measured from a capture; tshark judges the capture at the end.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { show } from './support/figures.ts';
import { loopback } from './support/ports.ts';
import { RadioStage, type Role } from './support/radio-stage.ts';
import { resampled, scaled } from './support/sound.ts';
import { type Comparison, compareSpeech, traceOf } from './support/speech-compare.ts';
import { Stranger } from './support/stranger.ts';
import { playing, until } from './support/until.ts';
import { readWav, type Sound } from './support/wav.ts';

/** Five seconds each. */
const french = resampled(readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url)), 8000);
const dutchLong = readWav(new URL('../vectors/speech-nl-8k.wav', import.meta.url));
const dutch: Sound = { rateHz: 8000, samples: dutchLong.samples.slice(0, 8000 * 5) };

/** The level that every side is brought to, dBov: the gateway's default. */
const commonDbov = -20;
/** Speech that is not there scores up to 0.45 by chance. */
const absent = 0.5;

/**
 *   xb-trio   a b c   the gateway calls the boxes
 *   xb-duo    d e     the boxes call the gateway: d shows its password when it calls, e registers first
 *   xb-slow   f g     g's network needs 500 ms before it can be talked to
 */
const cast = {
  a: { group: 'xb-trio', network: 'astrid', number: '5300110' },
  b: { group: 'xb-trio', network: 'inpt', number: '590-911' },
  c: { group: 'xb-trio', network: 'rubis', number: '59-900' },
  d: {
    group: 'xb-duo',
    network: 'astrid',
    number: '5990001',
    user: 'box-d',
    password: 'dorn-1k',
    sip: { mode: 'accept', challengeIncoming: true },
  },
  e: {
    group: 'xb-duo',
    network: 'inpt',
    number: '590-900',
    user: 'box-e',
    password: 'escaut-7',
    sip: { mode: 'register-and-accept' },
  },
  f: { group: 'xb-slow', network: 'astrid', number: '5990021' },
  g: { group: 'xb-slow', network: 'rubis', number: '59-921', sip: { grant: { mode: 'delay', delayMs: 500 } } },
} as const satisfies Record<string, Role>;

let stage: RadioStage<keyof typeof cast>;
/** From when a box was killed until its leg was down; UTC, ms. */
let cDead = { fromMs: 0, untilMs: 0 };

beforeAll(async () => {
  stage = await RadioStage.set(cast);
}, 60_000);

afterEach(() => {
  for (const name of stage.names) {
    stage.boxes[name].thaw();
    stage.boxes[name].hush();
  }
});

afterAll(() => stage?.clear(), 20_000);

/** Longer than the guard after our transmission, within which an answer is heard late. */
const quietMs = 700;

/** V of the voice bars; onset as A-03, which in speech of 3 s is more than V allows to be missing. */
function expectWhole(figures: Comparison): void {
  expect(figures.coverAfterOnset).toBeGreaterThanOrEqual(0.99);
  expect(figures.longestGapMs).toBeLessThanOrEqual(100);
  expect(figures.onsetMissingMs).toBeLessThanOrEqual(50);
  expect(figures.tailMissingMs).toBeLessThanOrEqual(50);
}

/** Of speech that had to wait and was caught up: what is left out each time is at most a period of voice. */
function expectWholeThoughHastened(figures: Comparison): void {
  expect(figures.cover).toBeGreaterThanOrEqual(0.95);
  expect(figures.longestGapMs).toBeLessThanOrEqual(100);
  expect(figures.onsetMissingMs).toBeLessThanOrEqual(50);
  expect(figures.tailMissingMs).toBeLessThanOrEqual(50);
}

function expectLevel(figures: Comparison): void {
  expect(Math.abs(figures.levelDbov - commonDbov)).toBeLessThanOrEqual(3);
}

function heardBy(what: string, speech: Sound, recording: Sound, changeMsMax?: number): Comparison {
  const figures = compareSpeech(speech, recording, changeMsMax);
  show(what, { ...figures });
  return figures;
}

describe('the instrument: two boxes in a call of their own, no gateway between', () => {
  it('finds all of what one says at the other, at its own level', async () => {
    const { f, g } = stage.boxes;
    f.command('dial', `sip:${cast.g.number}@${loopback}:${g.sipPort}`);
    await until('the call stands', () => g.count('CALL_ESTABLISHED') === 1 && g.heard().samples.length > 8000);
    const listening = stage.listen(['g']);
    f.say(french);
    await playing(6000);
    const figures = heardBy('f → g without gateway', french, listening().g);
    f.command('hangup');
    await until('the call is over', () => f.count('CALL_CLOSED') + g.count('CALL_CLOSED') >= 1);
    f.hush();
    expect(figures.cover).toBe(1);
    expect(figures.longestGapMs).toBe(0);
    expect(Math.abs(figures.levelDb)).toBeLessThan(0.2);
    expect(figures.correlation).toBeGreaterThan(0.99);
  }, 20_000);
});

describe('three radio boxes that the gateway calls', () => {
  beforeAll(() => stage.startGateway(), 40_000);

  it('A is heard by B and C: all of it, at the common level, 1 ms later, and not by itself', async () => {
    const listening = stage.listen(['a', 'b', 'c']);
    const { sinceMs } = await stage.over('a', french);
    const heard = listening();
    for (const name of ['b', 'c'] as const) {
      const figures = heardBy(`a → ${name}`, french, heard[name]);
      const delay = stage.wireDelay('a', name, sinceMs);
      show('  added on the wire, ms', { ...delay });
      expectWhole(figures);
      expectLevel(figures);
      expect(delay.all).toBeLessThanOrEqual(10);
      expect(delay.last).toBeLessThanOrEqual(10);
      // What VOX needs to be sure, and the soft onset before it.
      expect(delay.first).toBeLessThanOrEqual(120);
    }
    expect(traceOf(french, heard.a).score).toBeLessThan(absent);
  }, 20_000);

  it('B, 10 dB fainter and in another language, is heard by A and C, after 2 s at the same level', async () => {
    const faint: Sound = { rateHz: 8000, samples: scaled(dutch.samples, -10) };
    const listening = stage.listen(['a', 'b', 'c']);
    const { sinceMs } = await stage.over('b', faint);
    const heard = listening();
    for (const name of ['a', 'c'] as const) {
      expectWhole(heardBy(`b (−10 dB) → ${name}`, faint, heard[name]));
      show('  added on the wire, ms', { ...stage.wireDelay('b', name, sinceMs) });
      expectLevel(heardBy('  from 2 s on', { rateHz: 8000, samples: faint.samples.slice(16_000) }, heard[name]));
    }
    expect(traceOf(faint, heard.b).score).toBeLessThan(absent);
  }, 20_000);

  it('while A talks, nothing of B is heard by A or C, and A comes through whole', async () => {
    const listening = stage.listen(['a', 'b', 'c']);
    const from = stage.gateway.lines.length;
    const talking = stage.over('a', french);
    await until('A has the floor', () => stage.gateway.linesOf('floor.answered', from).length > 0);
    const intruding: Sound = { rateHz: 8000, samples: dutch.samples.slice(0, 8000 * 2.5) };
    const sinceMs = Date.now();
    stage.boxes.b.say(intruding);
    await talking;
    stage.boxes.b.hush();
    const heard = listening();
    expect(traceOf(intruding, stage.sent('b', sinceMs)).score).toBeGreaterThan(0.99);
    for (const name of ['b', 'c'] as const) expectWhole(heardBy(`a → ${name} while b talks too`, french, heard[name]));
    for (const name of ['a', 'c'] as const) {
      const trace = traceOf(intruding, heard[name]);
      show(`  trace of b at ${name}`, { ...trace });
      expect(trace.score).toBeLessThan(absent);
    }
    const granted = stage.gateway.linesOf('floor.answered', from).filter(({ result }) => result === 'granted');
    expect(granted.map(({ party }) => party)).toEqual([stage.legOf('a')]);
  }, 20_000);

  it('when A and B key at the same moment exactly one is heard, whole, by the third', async () => {
    const listening = stage.listen(['c']);
    const from = stage.gateway.lines.length;
    const ended = () => stage.gateway.linesOf('over.ended', from);
    stage.boxes.a.say(french);
    stage.boxes.b.say(dutch);
    await until('an over has ended', () => ended().length > 0);
    stage.boxes.a.hush();
    stage.boxes.b.hush();
    const heard = listening().c;
    const aWon = ended()[0]?.party === stage.legOf('a');
    expectWhole(heardBy(`${aWon ? 'a' : 'b'} → c, both at once`, aWon ? french : dutch, heard));
    const trace = traceOf(aWon ? dutch : french, heard);
    show('  trace of the other', { ...trace });
    expect(trace.score).toBeLessThan(absent);
    const grants = () => stage.gateway.linesOf('floor.answered', from).filter(({ result }) => result === 'granted');
    await until('the floor is free', () => ended().length === grants().length);
  }, 20_000);

  it("a stranger who sends into the call, with his own SSRC or the talker's, is not heard, and is counted", async () => {
    const before = await stage.gateway.metric('escaut_voice_strangers_total');
    const listening = stage.listen(['b', 'c']);
    const talking = stage.over('a', french);
    const stranger = await Stranger.open(dutch);
    const streams = () =>
      (['a', 'c'] as const).flatMap((name) => stage.capture.rtp(stage.boxes[name].rtpPorts, stage.media).slice(-1));
    const sent = await stranger.disturb(streams, 3000);
    await talking;
    stranger.close();
    const heard = listening();
    for (const name of ['b', 'c'] as const) {
      const figures = heardBy(`a → ${name} under ${sent} packets of a stranger`, french, heard[name]);
      expect(figures.cover).toBeGreaterThanOrEqual(0.97);
      expect(figures.longestGapMs).toBeLessThanOrEqual(100);
      expect(traceOf(dutch, heard[name]).score).toBeLessThan(absent);
    }
    const counted = async () => (await stage.gateway.metric('escaut_voice_strangers_total')) - before;
    await until('all are counted', async () => (await counted()) >= sent);
    expect(await counted()).toBe(sent);
  }, 20_000);

  it('kill −9 of the voice process in mid-word: heard again within 2 s, and no call is made anew', async () => {
    const calls = () => (['a', 'b', 'c'] as const).map((name) => stage.boxes[name].count('CALL_ESTABLISHED'));
    const before = calls();
    const deaths = () => stage.gateway.metric('escaut_voice_process_deaths_total');
    const deathsBefore = await deaths();
    const [pid = 0] = stage.gateway.processes('voice-process');
    const from = stage.gateway.lines.length;
    const sinceMs = Date.now();
    stage.boxes.a.say(dutchLong);
    await until('A is heard', () => stage.got('b', sinceMs).samples.some((sample) => Math.abs(sample) > 0.1));
    process.kill(pid, 'SIGKILL');
    const killedMs = Date.now();
    const silentMs = () => {
      const sound = stage.got('b', killedMs + 20);
      const at = sound.samples.findIndex((sample) => Math.abs(sample) > 0.1);
      return at < 0 ? Number.POSITIVE_INFINITY : sound.timeMs(at) - killedMs;
    };
    await until('A is heard again', () => silentMs() < Number.POSITIVE_INFINITY);
    show('voice process killed', { heardAgainAfterMs: silentMs() });
    expect(silentMs()).toBeLessThanOrEqual(2000);
    // The death ended the first, what is left of his speech is another.
    await stage.oversEnded('a', 2, from, 12_000);
    stage.boxes.a.hush();
    expect(stage.gateway.linesOf('voice.died', from)).toHaveLength(1);
    expect(stage.gateway.linesOf('leg.changed', from)).toEqual([]);
    expect(calls()).toEqual(before);
    await expect.poll(() => stage.gateway.metric('escaut_voice_process_up')).toBe(1);
    expect((await deaths()) - deathsBefore).toBe(1);
    expect((await stage.gateway.readiness()).ready).toBe(true);

    const listening = stage.listen(['c']);
    await stage.over('b', dutch);
    // It answers at once: the guard after our transmission makes its first words late, by 400 ms with the attack of VOX.
    expectWholeThoughHastened(heardBy('b → c afterwards', dutch, listening().c, 700));
  }, 40_000);

  it('a box that falls silent for good: its leg is down within 6 s, and up again within 6 s of its return', async () => {
    stage.boxes.b.freeze();
    const state = () => stage.gateway.legState(stage.legOf('b'));
    const legDownMs = await until('its leg is down', () => state().state === 'down');
    show('box silent', { legDownMs, reason: state().reason });
    expect(legDownMs).toBeLessThanOrEqual(6000);
    stage.boxes.b.thaw();
    const legUpMs = await until('its leg is up', () => state().state === 'up');
    show('box back', { legUpMs });
    expect(legUpMs).toBeLessThanOrEqual(6000);
  }, 30_000);

  it('kill −9 of a box that talks: the floor is free within 2 s, its leg down within 6 s, up again by itself', async () => {
    const from = stage.gateway.lines.length;
    stage.boxes.c.say(french);
    await until('C has the floor', () => stage.gateway.linesOf('floor.answered', from).length > 0);
    const killedUtcMs = Date.now();
    await stage.boxes.c.kill();
    const killedMs = performance.now();
    const sinceMs = () => performance.now() - killedMs;
    await until('the floor is free', () => stage.gateway.linesOf('over.ended', from).length > 0);
    const floorFreeMs = sinceMs();
    await until('its leg is down', () => stage.gateway.legState(stage.legOf('c')).state === 'down');
    const legDownMs = sinceMs();
    cDead = { fromMs: killedUtcMs, untilMs: Date.now() };
    const { reason } = stage.gateway.legState(stage.legOf('c'));
    show('box killed', { floorFreeMs, legDownMs, reason });
    expect(floorFreeMs).toBeLessThanOrEqual(2000);
    expect(legDownMs).toBeLessThanOrEqual(6000);
    expect(reason).not.toBe('');
    const { parts, ready } = await stage.gateway.readiness();
    expect(ready).toBe(true);
    expect(parts.legs.total - parts.legs.up).toBe(3); // D and E have not called yet

    const calls = stage.boxes.c.heardByCalls().length;
    await stage.boxes.c.run();
    const legUpMs = await until('its leg is up', () => stage.gateway.legState(stage.legOf('c')).state === 'up', 15_000);
    show('box back', { legUpMs });
    expect(legUpMs).toBeLessThanOrEqual(6000);
    await until('C gets packets', () => {
      return stage.boxes.c.heardByCalls().length > calls && stage.boxes.c.heard().samples.length > 4000;
    });
    const listening = stage.listen(['b', 'c']);
    await stage.over('a', french);
    const heard = listening();
    for (const name of ['b', 'c'] as const) {
      expectWhole(heardBy(`a → ${name} once it is back`, french, heard[name]));
    }
  }, 50_000);
});

describe('boxes that call the gateway', () => {
  it('one shows its password when it calls, one registers: each hears the other', async () => {
    const names = ['d', 'e'] as const;
    await until('E is registered', () => stage.boxes.e.count('REGISTER_OK') > 0);
    for (const name of names) stage.boxes[name].command('dial', stage.addressOf(name));
    await stage.gateway.legsUp(names.map((name) => stage.legOf(name)));
    await until('both get packets', () => names.every((name) => stage.boxes[name].heard().samples.length > 4000));
    const there = stage.listen(['d', 'e']);
    await stage.over('d', dutch);
    expectWhole(heardBy('d → e', dutch, there().e));
    await playing(quietMs);
    const back = stage.listen(['d', 'e']);
    await stage.over('e', french);
    expectWhole(heardBy('e → d', french, back().d));
  }, 30_000);
});

describe('a far side that needs 500 ms before it can be talked to', () => {
  it('gets the first word, and is 20 ms behind at most at the end of a 5 s over', async () => {
    const listening = stage.listen(['g']);
    const { sinceMs, line } = await stage.over('f', french);
    const figures = compareSpeech(french, listening().g, 700);
    show('f → g, which needs 500 ms', { ...figures });
    const delay = stage.wireDelay('f', 'g', sinceMs, 700);
    show('  added on the wire, ms', { ...delay });
    expectWholeThoughHastened(figures);
    expectLevel(figures);
    expect(delay.first).toBeGreaterThanOrEqual(500);
    expect(delay.last).toBeLessThanOrEqual(20);
    expect(line).toMatchObject({ lostMs: 0 });
  }, 20_000);
});

describe('the end', () => {
  it('SIGTERM: every box is told, the exit code is 0', async () => {
    const closed = () => stage.names.map((name) => stage.boxes[name].count('CALL_CLOSED'));
    const before = closed();
    expect(await stage.gateway.stop()).toBe(0);
    await until('all calls are closed', () => closed().every((count, index) => count > (before[index] ?? 0)));
  }, 20_000);

  it('tshark finds no malformed packet in all of it, no gap in our numbering, and RTCP both ways', async () => {
    await stage.capture.stop();
    const { mediaFrom, mediaTo } = stage.ports;
    const decode = stage.decodeAs;
    const what = ['frame.number', 'frame.protocols', 'udp.srcport', 'udp.dstport', '_ws.col.Info'];
    expect(await stage.capture.read('udp && _ws.malformed', what, decode)).toEqual([]);
    const voice = ['udp.srcport', 'rtp.ssrc', 'rtp.seq', 'rtcp.pt', 'rtcp.rc'];
    const fields = [...voice, 'sip.CSeq.method', 'udp.dstport', 'frame.time_epoch'];
    const rows = await stage.capture.read('rtp || rtcp || sip', fields, decode);
    const ours = (row: readonly string[]) => Number(row[0]) >= mediaFrom && Number(row[0]) <= mediaTo;

    const last = new Map<string, number>();
    let packets = 0;
    let gaps = 0;
    // To a port that is closed every other packet may not go out: the system tells the send what came back of the one before.
    const { from, to } = stage.boxes.c.rtpPorts;
    const isToTheDead = (port: number, utcMs: number) =>
      port >= from && port <= to && utcMs >= cDead.fromMs && utcMs <= cDead.untilMs;
    for (const [, ssrc = '', sequence = '', , , , port = '', epoch = ''] of rows.filter(ours)) {
      if (sequence === '') continue;
      const before = last.get(ssrc);
      const isNext = before === undefined || Number(sequence) === ((before + 1) & 0xffff);
      if (!isNext && !isToTheDead(Number(port), 1000 * Number(epoch))) gaps += 1;
      last.set(ssrc, Number(sequence));
      packets += 1;
    }
    const reports = (side: readonly (readonly string[])[]) =>
      side.filter(([, , , types = '', blocks = '']) => types.includes('200') && Number(blocks.split(',')[0]) > 0)
        .length;
    const figures = {
      packets,
      streams: last.size,
      gaps,
      reportsOfOurs: reports(rows.filter(ours)),
      reportsOfTheirs: reports(rows.filter((row) => !ours(row))),
      sip: rows.filter((row) => row[5] !== '').length,
    };
    show('on the wire', figures);
    expect(packets).toBeGreaterThan(4000);
    expect(gaps).toBe(0);
    expect(figures.sip).toBeGreaterThan(50);
    // Sender reports that say what was received: at least one for every leg that stood for more than a few seconds.
    expect(figures.reportsOfOurs).toBeGreaterThan(7);
    expect(figures.reportsOfTheirs).toBeGreaterThan(7);
  }, 60_000);
});
