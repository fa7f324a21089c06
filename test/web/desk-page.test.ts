/** The desk in the built page: keys of the operator's own, devices, levels. Every wait is for a condition. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { escaut } from '../../src/protocols/generated/console.js';
import { tones } from '../../src/web/audio/tones.ts';
import type { Tone } from '../../src/web/ptt/ptt-machine.ts';
import * as demo from './demo-groups.ts';
import { grantAll, sessionId } from './fake-gateway.ts';
import { PageRig } from './page-rig.ts';

const { Result } = escaut.console.v1.FloorAnswer;
const pours = 'xb-pours-1';
/** On a machine that is busy with other tests a browser takes its time. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

describe('keys of the operator', () => {
  beforeEach(() => rig.open());
  afterEach(() => rig.close());
  const sheet = () => rig.page.locator('.dialog');
  const choice = (action: string) => rig.page.locator(`.key-choice[data-action="${action}"]`);

  it('talk on one tile by its F key while it is held, whatever is selected, and once however long it repeats', async () => {
    const { page } = rig;
    await expect.poll(() => rig.tile('xb-acc').locator('.talk-button kbd').textContent()).toBe('F2');
    await page.keyboard.down('F2');
    for (let repeat = 0; repeat < 10; repeat++) await page.keyboard.down('F2');
    await rig.tileShows('xb-acc', 'transmitting');
    await expect.poll(() => rig.tile(pours).getAttribute('data-selected')).toBe('true');
    await page.keyboard.down(' '); // a second key takes nothing over
    await page.keyboard.up(' ');
    expect(rig.requests().map(({ groupId }) => groupId)).toEqual(['xb-acc']);
    await page.keyboard.up('F2');
    await rig.until(() => rig.releases().length, 1);
    await rig.tileShows('xb-acc', 'idle');
  });

  it('are let go when the window loses the focus', async () => {
    await rig.page.keyboard.down('F2');
    await rig.tileShows('xb-acc', 'transmitting');
    await rig.page.evaluate("window.dispatchEvent(new Event('blur'))");
    await rig.tileShows('xb-acc', 'revoked');
    await rig.until(() => rig.releases().length, 1);
    await rig.page.keyboard.up('F2');
  });

  it('press the button of the selected group, and say when there is none', async () => {
    const { page } = rig;
    await page.keyboard.press('l');
    await page.locator(`.tile[data-group="${pours}"][data-monitored="false"]`).waitFor();
    await page.keyboard.press('c'); // a permanent group is not closed here
    await page.locator('.key-help [role="status"]', { hasText: 'impossible' }).waitFor();
    await page.keyboard.press('n');
    await page.locator('.networks').waitFor();
    await page.keyboard.press('n');
    await rig.tile(pours).waitFor();
  });

  it('take the operator to whoever is in distress, one after the other', async () => {
    const emergency = (groupId: string) =>
      rig.gateway.change({ floor: { groupId, floor: demo.floor(demo.grensleie7, 0, { emergency: true }) } });
    emergency('xb-acc');
    emergency('xb-patr-b1');
    await rig.tileShows('xb-patr-b1', 'emergency');
    for (const group of ['xb-acc', 'xb-patr-b1', 'xb-acc']) {
      await rig.page.keyboard.press('e');
      await rig.page.locator(`.tile[data-group="${group}"][data-selected="true"]`).waitFor();
    }
  });

  it('are shown, changed, refused when taken, remembered through a reload and reset', async () => {
    const { page } = rig;
    await page.keyboard.press('?');
    await sheet().waitFor();
    expect(await rig.violations()).toEqual([]);
    await choice('listen').click();
    await page.keyboard.press('o');
    await page.locator('.dialog-refusal', { hasText: 'Ouvrir le groupe' }).waitFor();
    await page.keyboard.press('Space');
    await page.locator('.dialog-refusal', { hasText: 'tous les postes' }).waitFor();
    expect(rig.requests()).toEqual([]);
    await page.keyboard.press('x');
    await expect.poll(() => choice('listen').textContent()).toBe('X');
    await choice('tile1').click();
    await page.keyboard.press('Delete');
    await page.locator('.dialog-main').click();
    await page.keyboard.press('F1');
    await page.keyboard.press('x');
    await page.locator(`.tile[data-group="${pours}"][data-monitored="false"]`).waitFor();
    expect(rig.requests()).toEqual([]);
    await expect.poll(() => rig.tile(pours).locator('.talk-button kbd').count()).toBe(0);
    await page.reload();
    await rig.ready();
    await page.keyboard.press('?');
    await expect.poll(() => choice('listen').textContent()).toBe('X');
    await page.locator('.key-reset').click();
    await expect.poll(() => choice('listen').textContent()).toBe('L');
    await page.keyboard.press('Escape');
    await sheet().waitFor({ state: 'detached' });
    await expect.poll(() => rig.tile(pours).locator('.talk-button kbd').textContent()).toBe('F1');
  });
});

/** Outputs that a test plugs in and out, and what the page does with them. */
const fakeOutputs = `
  window.outputs = ['headset', 'speaker'];
  window.sinks = [];
  window.gains = [];
  window.parties = [];
  const Gain = window.GainNode;
  window.GainNode = class extends Gain {
    constructor(context, options) {
      super(context, options);
      if (options?.channelCount === 1) window.parties.push(this);
    }
  };
  const real = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
  navigator.mediaDevices.enumerateDevices = async () => [
    ...(await real()).filter(({ kind }) => kind !== 'audiooutput'),
    ...window.outputs.map((id) => ({ kind: 'audiooutput', deviceId: id, label: 'The ' + id, groupId: '' })),
  ];
  window.plug = (...ids) => {
    window.outputs = ids;
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  };
  AudioContext.prototype.setSinkId = async (id) => { window.sinks.push('context ' + id); };
  HTMLMediaElement.prototype.setSinkId = async (id) => {
    if (id === 'broken') throw new DOMException('', 'NotFoundError');
    window.sinks.push('element ' + id);
  };
  const glide = AudioParam.prototype.setTargetAtTime;
  AudioParam.prototype.setTargetAtTime = function (value, ...rest) {
    window.gains.push(value);
    return glide.call(this, value, ...rest);
  };`;

describe('sound of the desk', () => {
  beforeEach(() => rig.open(undefined, fakeOutputs));
  afterEach(() => rig.close());
  const sinks = () => rig.page.evaluate<string[]>('window.sinks');
  const gains = () => rig.page.evaluate<number[]>('window.gains');
  const sinksAre = (expected: string[]) => expect.poll(sinks, { timeout: 20_000 }).toEqual(expected);
  const pick = (purpose: string, device: string) =>
    rig.page.locator(`select[name="output-${purpose}"]`).selectOption(device);

  it('goes by an output for each purpose, which is remembered', async () => {
    const { page } = rig;
    await page.keyboard.press('d');
    await pick('selected', 'headset');
    await sinksAre(['context headset', 'element ', 'element ', 'element ']);
    await pick('unselected', 'speaker');
    await sinksAre(['context headset', 'element ', 'element ', 'element ', 'element speaker']);
    expect(await rig.violations()).toEqual([]);
    await page.reload();
    await rig.ready();
    await sinksAre(['context headset', 'element speaker', 'element ', 'element ']);
  });

  it('says with a tone which device is gone, plays by the system’s own meanwhile, and goes back to it', async () => {
    const { page } = rig;
    await page.keyboard.press('d');
    await pick('unselected', 'speaker');
    await sinksAre(['element speaker']);
    await page.keyboard.press('Escape');
    await page.evaluate(
      'window.tones = 0; OscillatorNode.prototype.start = new Proxy(OscillatorNode.prototype.start, { apply: (target, self, args) => { window.tones++; return Reflect.apply(target, self, args); } })',
    );
    await page.evaluate("window.plug('headset')");
    const notice = page.locator('.alarm[data-device="output"]');
    await notice.getByText('The speaker a disparu').waitFor();
    await expect.poll(() => page.evaluate('window.tones')).toBe(4);
    expect(await rig.violations()).toEqual([]);
    await page.evaluate("window.plug('headset', 'speaker')");
    await notice.waitFor({ state: 'detached' });
    await sinksAre(['element speaker', 'element speaker']);
    await page.evaluate("window.plug('headset')");
    await notice.getByRole('button').click();
    await notice.waitFor({ state: 'detached' });
  });

  it('says so when the browser will not play by a device', async () => {
    await rig.page.evaluate("window.plug('broken')");
    await rig.page.keyboard.press('d');
    await pick('alarms', 'broken');
    await rig.page.locator('.alarm[data-device="output"]', { hasText: 'The broken' }).waitFor({ state: 'attached' });
  });

  it('has a level for the groups that are not selected, and silences them for half a minute', async () => {
    const { page } = rig;
    await page.keyboard.press('d');
    await page.locator('input[name="unselected"]').fill('30');
    expect((await gains()).at(-1)).toBeCloseTo(0.09);
    await page.keyboard.press('Escape');
    await page.keyboard.press('s');
    await page.locator('.silence-button[aria-pressed="true"]', { hasText: /Autres coupés, (30|29) s/ }).waitFor();
    expect((await gains()).at(-1)).toBe(0);
    await page.keyboard.press('s');
    await page.locator('.silence-button[aria-pressed="false"]').waitFor();
    expect((await gains()).at(-1)).toBeCloseTo(0.09);
  });
});

describe('several groups under one key', () => {
  beforeEach(() => rig.open());
  afterEach(() => rig.close());
  const banner = (multi: string) => rig.page.locator(`.multi-banner[data-multi="${multi}"]`);
  const together = async (...digits: string[]): Promise<void> => {
    await rig.page.keyboard.press('g');
    await banner('choosing').waitFor();
    for (const digit of digits) await rig.page.keyboard.press(digit);
    await rig.page.keyboard.press('Enter');
    await banner('on').waitFor();
  };

  it('is entered by choice and confirmation alone, stands on the page meanwhile, and is left by Esc', async () => {
    const { page } = rig;
    await page.keyboard.press('g');
    await page.keyboard.press('Enter'); // one group is not several
    await banner('choosing').waitFor();
    await rig.tile('xb-acc').locator('.tile-names').click();
    await rig.page.locator('.tile[data-group="xb-acc"][data-together="true"]').waitFor();
    await expect.poll(() => rig.tile(pours).getAttribute('data-selected')).toBe('true');
    expect(await rig.violations()).toEqual([]);
    await page.locator('.multi-confirm').click();
    await banner('on').getByText('FRBE POURS 1 + FRBE ACC').waitFor();
    await expect.poll(() => page.locator('.talk-bar-group').allTextContents()).toEqual(['FRBE POURS 1', '+ FRBE ACC']);
    expect(await rig.violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await banner('on').waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('.talk-bar-group').textContent()).toBe('FRBE POURS 1');
    expect(rig.requests()).toEqual([]);
  });

  it('asks for every floor on one press, shows what became of each, and gives all back on release', async () => {
    const { page, gateway } = rig;
    gateway.onFloorRequest = (request) =>
      request.groupId === 'xb-acc'
        ? [{ floorAnswer: { ...request, result: Result.DENIED, cause: 'busy' } }]
        : grantAll(request);
    await together('2', '3');
    await page.keyboard.down(' ');
    await rig.tileShows(pours, 'transmitting');
    await rig.tileShows('xb-acc', 'denied');
    await rig.tileShows('xb-patr-b1', 'transmitting');
    expect(rig.requests().map(({ groupId }) => groupId)).toEqual([pours, 'xb-acc', 'xb-patr-b1']);
    const results = page.locator('.talk-bar-several li');
    await expect
      .poll(() => results.evaluateAll((all) => all.map((one) => one.dataset.result)))
      .toEqual(['transmitting', 'denied', 'transmitting']);
    await expect.poll(() => results.nth(1).textContent()).toContain('canal occupé');
    expect(await rig.violations()).toEqual([]);
    await page.keyboard.up(' ');
    await rig.until(() => rig.releases().length, 2);
    expect(new Set(rig.releases().map(({ groupId }) => groupId))).toEqual(new Set([pours, 'xb-patr-b1']));
    // A single tile is still talked on by its own key.
    await page.keyboard.down('F1');
    await rig.until(() => rig.requests().length, 4);
    await page.keyboard.up('F1');
    expect(rig.requests()).toHaveLength(4);
  });

  it('ends with the link, and when too few of its groups are left', async () => {
    await together('2');
    rig.gateway.change({ group: { group: { id: 'xb-acc' }, removed: true } });
    await banner('on').waitFor({ state: 'detached' });
    await together('2');
    rig.gateway.cut();
    await banner('on').waitFor({ state: 'detached' });
    rig.gateway.accept();
    await rig.ready();
  });
});

/** Keeps the frequency of every note that is sounded, Hz, and the highest peak of all. */
const ear = `
  window.notes = [];
  window.peak = 0;
  const ramp = AudioParam.prototype.linearRampToValueAtTime;
  AudioParam.prototype.linearRampToValueAtTime = function (value, at) {
    window.peak = Math.max(window.peak, value);
    return ramp.call(this, value, at);
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) {
    window.notes.push(Math.round(this.frequency.value));
    return start.call(this, at);
  };
`;

describe('tones of talk', () => {
  beforeEach(() => rig.open(undefined, ear));
  afterEach(() => rig.close());

  it('say how it goes: granted, nearly over, interrupted, refused, queued; each at −20 dBFS', async () => {
    const { page, gateway } = rig;
    const sounds = async (tone: Tone): Promise<void> => {
      const notes = tones[tone].map(({ frequencyHz }) => frequencyHz);
      await expect.poll(() => page.evaluate('window.notes'), { timeout: 20_000 }).toEqual(notes);
      await expect.poll(() => page.evaluate<number>('window.peak')).toBeCloseTo(0.1);
      await page.evaluate('window.notes = []; window.peak = 0');
    };
    const answer = (result: number, cause = '') =>
      gateway.say({ floorAnswer: { groupId: pours, requestId: rig.requests().at(-1)?.requestId ?? 0, result, cause } });
    await page.keyboard.press('1');
    await page.locator('.small-button[data-urgent]').waitFor({ state: 'detached' }); // it may be heard from here on
    await page.keyboard.down(' ');
    await sounds('permit');
    answer(Result.WARNED);
    await sounds('warning');
    answer(Result.REVOKED, 'pre-empted');
    await sounds('revoked');
    await page.keyboard.up(' ');
    gateway.onFloorRequest = (request) => [{ floorAnswer: { ...request, result: Result.DENIED, cause: 'busy' } }];
    await page.keyboard.down(' ');
    await sounds('denied');
    await page.keyboard.up(' ');
    gateway.onFloorRequest = (request) => [{ floorAnswer: { ...request, result: Result.QUEUED, queuePosition: 1 } }];
    await page.keyboard.down(' ');
    await sounds('queued');
    await page.keyboard.up(' ');
  });
});

describe('a field unit that wants to speak while the operator talks', () => {
  beforeEach(() => rig.open());
  afterEach(() => rig.close());

  it('is shown with its name on tile and talk bar, with a soft tone, until it is gone', async () => {
    const { page, gateway } = rig;
    await page.keyboard.down(' ');
    await rig.tileShows(pours, 'transmitting');
    await page.evaluate(
      'window.tones = 0; OscillatorNode.prototype.start = new Proxy(OscillatorNode.prototype.start, { apply: (target, self, args) => { window.tones++; return Reflect.apply(target, self, args); } })',
    );
    const own = { partyId: sessionId, isConsole: true, callSign: 'x', country: 'BE', verified: true };
    const queue = [{ talker: demo.bac2, priority: 9 }];
    gateway.change({ floor: { groupId: pours, floor: demo.floor(own, 0, { queue }) } });
    await page.locator(`.tile[data-group="${pours}"][data-urgent="true"]`).waitFor();
    const words = 'urgent : BAC 2 veut parler';
    await expect.poll(() => rig.tile(pours).locator('.urgent-mark').textContent()).toBe(words);
    await expect.poll(() => page.locator('.talk-bar .urgent-mark').textContent()).toBe(words);
    await expect.poll(() => page.evaluate('window.tones')).toBe(3);
    expect(await rig.violations()).toEqual([]);
    gateway.change({ floor: { groupId: pours, floor: demo.floor(own) } });
    await page.locator('.urgent-mark').first().waitFor({ state: 'detached' });
    await page.keyboard.up(' ');
  });
});

/** A USB pedal that a test treads on, and a game controller. */
const fakePedals = `
  window.pedal = Object.assign(new EventTarget(), {
    opened: false,
    vendorId: 1523,
    productId: 255,
    productName: 'Foot pedal',
    collections: [{ inputReports: [{ reportId: 0, items: [{ isRange: true, usageMinimum: 589825, reportSize: 1, reportCount: 3 }] }] }],
    open: async () => { window.pedal.opened = true; },
    close: async () => { window.pedal.opened = false; },
  });
  window.plugged = true;
  const hid = Object.assign(new EventTarget(), {
    getDevices: async () => (window.plugged ? [window.pedal] : []),
    requestDevice: async () => [window.pedal],
  });
  Object.defineProperty(navigator, 'hid', { value: hid });
  window.plug = (plugged) => {
    window.plugged = plugged;
    window.pedal.opened &&= plugged;
    hid.dispatchEvent(Object.assign(new Event(plugged ? 'connect' : 'disconnect'), { device: window.pedal }));
  };
  window.tread = (bits) =>
    window.pedal.dispatchEvent(
      Object.assign(new Event('inputreport'), { reportId: 0, data: new DataView(Uint8Array.of(bits).buffer) }),
    );
  window.pads = [null];
  navigator.getGamepads = () => window.pads;
  window.pad = (pressed) => {
    window.pads = pressed === undefined ? [null] : [null, { id: 'Big button', buttons: [{ pressed: false }, { pressed }] }];
    dispatchEvent(new Event(pressed === undefined ? 'gamepaddisconnected' : 'gamepadconnected'));
  };`;

describe('a pedal or button', () => {
  beforeEach(() => rig.open(undefined, fakePedals));
  afterEach(() => rig.close());
  const run = (script: string) => rig.page.evaluate(script);
  const switchShows = (kind: number, state: string) =>
    rig.page.locator('.desk-pedal').nth(kind).locator(`.desk-switch[data-switch="${state}"]`).waitFor();

  it('by USB is chosen once, talks while it is down, also from a field, and is remembered', async () => {
    const { page } = rig;
    await page.keyboard.press('d');
    await page.locator('.desk-pedal').first().getByRole('button').first().click();
    await switchShows(0, 'up');
    expect(await rig.violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('.microphone-choice').focus();
    await run('window.tread(2); window.tread(2)');
    await rig.tileShows(pours, 'transmitting');
    await run('window.tread(0)');
    await rig.until(() => rig.releases().length, 1);
    expect(rig.requests()).toHaveLength(1);
    await page.reload();
    await rig.ready();
    await page.keyboard.press('d');
    await switchShows(0, 'up');
    await run('window.tread(1)');
    await rig.tileShows(pours, 'transmitting');
    await run('window.tread(0)');
    await rig.until(() => rig.releases().length, 2);
  });

  it('that is pulled out lets go at once, with a tone and a line, and is used again when it is back', async () => {
    const { page } = rig;
    await page.keyboard.press('d');
    await page.locator('.desk-pedal').first().getByRole('button').first().click();
    await switchShows(0, 'up');
    await page.keyboard.press('Escape');
    await run('window.tread(1)');
    await rig.tileShows(pours, 'transmitting');
    await page.evaluate(
      'window.tones = 0; OscillatorNode.prototype.start = new Proxy(OscillatorNode.prototype.start, { apply: (target, self, args) => { window.tones++; return Reflect.apply(target, self, args); } })',
    );
    await run('window.plug(false)');
    const notice = page.locator('.alarm[data-device="hid"]');
    await notice.getByText('Foot pedal a disparu').waitFor();
    await rig.until(() => rig.releases().length, 1);
    await rig.tileShows(pours, 'idle');
    await expect.poll(() => run('window.tones')).toBe(4);
    await run('window.plug(true)');
    await notice.waitFor({ state: 'detached' });
    await run('window.tread(1)');
    await rig.tileShows(pours, 'transmitting');
    await run('window.tread(0)');
    await rig.tileShows(pours, 'idle');
  });

  it('of a game controller is read, must be up before it counts, and tells of its loss', async () => {
    const { page } = rig;
    await run('window.pad(true)');
    await page.keyboard.press('d');
    await page.locator('select[name="gamepad"]').selectOption('Big button');
    await switchShows(1, 'stuck');
    expect(rig.requests()).toEqual([]);
    await run('window.pads[1].buttons[1].pressed = false');
    await switchShows(1, 'up');
    await run('window.pads[1].buttons[1].pressed = true');
    await rig.tileShows(pours, 'transmitting');
    await run('window.pad(undefined)');
    await rig.until(() => rig.releases().length, 1);
    await page.locator('.alarm[data-device="gamepad"]', { hasText: 'Big button' }).waitFor({ state: 'attached' });
  });
});

describe('a room that consoles share', () => {
  beforeEach(() => rig.open(undefined, fakeOutputs));
  afterEach(() => rig.close());
  const rooms = () => rig.gateway.heard.flatMap(({ shareRoom }) => shareRoom?.name ?? []);
  /** How loud the other consoles are played. */
  const gain = () => rig.page.evaluate<number>('window.parties.at(-1).gain.value');
  const colleague = (sharedRoom: string) =>
    rig.gateway.change({ presence: { groupId: pours, consoles: [{ consoleId: 'console:2', sharedRoom }] } });
  const rtpParametersJson = JSON.stringify({
    codecs: [
      { mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2, parameters: {}, rtcpFeedback: [] },
    ],
    headerExtensions: [],
    encodings: [{ ssrc: 99 }],
    rtcp: { cname: 'operators', reducedSize: true },
    mid: '0',
  });

  it('is told to the gateway, also after a reload, and a colleague’s voice is not played twice in it', async () => {
    const { page, gateway } = rig;
    const stream = { consumerId: 'c1', producerId: 'p1', rtpParametersJson, groupId: pours, partyId: 'operators' };
    gateway.say({ rtcNotice: { consume: stream } });
    await rig.until(() => gateway.heard.filter(({ rtcRequest }) => rtcRequest?.connect).length, 1);
    await page.keyboard.press('d');
    await page.locator('input[name="room"]').fill('Salle  A');
    expect(await rig.violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await rig.until(() => rooms().filter((name) => name === 'Salle  A').length, 1);
    colleague('salle a');
    gateway.change({ floor: { groupId: pours, floor: demo.floor(demo.otherConsole) } });
    await rig.tile(pours).getByText('dans votre salle').waitFor();
    await expect.poll(gain, { timeout: 20_000 }).toBeLessThan(0.01);
    gateway.change({ floor: { groupId: pours, floor: {} } });
    await expect.poll(gain, { timeout: 20_000 }).toBeGreaterThan(0.85);
    colleague('salle b');
    gateway.change({ floor: { groupId: pours, floor: demo.floor(demo.otherConsole) } });
    await rig.tileShows(pours, 'otherConsole');
    await expect.poll(gain).toBeGreaterThan(0.85);
    const told = rooms().length;
    await page.reload();
    await rig.ready();
    await rig.until(() => rooms().length, told + 1);
    expect(rooms().at(-1)).toBe('Salle  A');
  });
});
