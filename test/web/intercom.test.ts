/** The intercom of the page without a browser: whom it offers, where the microphone goes, and when it sounds. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CallTo, IntercomDesk } from '../../src/web/app/intercom.ts';
import { applyDelta, applySnapshot, endedAlarmMs, forgetEnded } from '../../src/web/model/apply.ts';
import { type ConsoleModel, emptyModel } from '../../src/web/model/console-model.ts';
import { callables, isLineOpen, isOtherOnGroup, readIntercom, readStations } from '../../src/web/model/intercom.ts';
import { ownIds } from '../../src/web/model/tile-state.ts';

const arrival = { nowMs: 1000, gatewayUtcMs: 0 };
const call = (state: string, more: object = {}) => ({
  call: { callId: 7, state, consoleId: 'b1', display: 'Bram', controlRoom: 'CIC WV', country: 'BE', ...more },
});
const then = (model: ConsoleModel, intercom: object) => applyDelta(model, { intercom }, arrival);

describe('the model of the intercom', () => {
  it('offers each other person once, the own control room first, and further consoles of the operator one by one', () => {
    const station = (consoleId: string, personId: string, controlRoom: string, busy = false) => ({
      consoleId,
      personId,
      display: consoleId.toUpperCase(),
      controlRoom,
      country: 'BE',
      busy,
    });
    const stations = readStations([
      station('z1', 'zoe', 'Aalst'),
      station('b1', 'bram', 'CCPD'),
      station('b2', 'bram', 'CCPD', true),
      station('a1', 'anna', 'CCPD'),
      station('a2', 'anna', 'CCPD'),
    ]);
    const list = callables(stations, ownIds('a1'), { personId: 'anna', controlRoom: 'CCPD' });
    expect(list.map(({ to, busy }) => ({ ...to, busy }))).toEqual([
      { consoleId: 'a2', busy: false },
      { personId: 'bram', busy: true },
      { personId: 'zoe', busy: false },
    ]);
  });

  it('says how a call ended for a while, until the next one', () => {
    const over = then(emptyModel, { over: { display: 'Bram', end: 'refused' } });
    expect(over.intercom.over).toEqual({ display: 'Bram', end: 'refused', endedMs: 1000 });
    expect(then(over, {}).intercom.over).toEqual(over.intercom.over);
    expect(then(over, call('ringing')).intercom.over).toBeUndefined();
    expect(forgetEnded(over, 1000 + endedAlarmMs - 1)).toBe(over);
    expect(forgetEnded(over, 1000 + endedAlarmMs).intercom.over).toBeUndefined();
  });

  it('knows what a snapshot has and nothing else', () => {
    const ringing = then(emptyModel, call('ringing'));
    expect(applySnapshot(ringing, {}, arrival).intercom.call).toBeUndefined();
    expect(applySnapshot(emptyModel, { intercom: call('talking') }, arrival).intercom.call).toMatchObject({ id: 7 });
  });

  it('reads whatever comes', () => {
    const before = emptyModel.intercom;
    expect(readIntercom({ call: { state: 'x' }, missed: new Array(30).fill({}) }, before, 0)).toMatchObject({
      call: { id: 0, state: 'calling', display: '' },
      missed: { length: 20 },
    });
    expect(readIntercom(undefined, before, 0)).toEqual(before);
    expect(readStations([{}])).toMatchObject([{ consoleId: '', busy: false }]);
  });

  it('lets the microphone into the call alone while no key is down', () => {
    const state = (wire: object) => then(emptyModel, wire).intercom.call;
    expect(isLineOpen(undefined, false)).toBe(false);
    expect(isLineOpen(state(call('talking')), false)).toBe(true);
    expect(isLineOpen(state(call('talking')), true)).toBe(false);
    expect(isLineOpen(state(call('calling')), false)).toBe(false);
    expect(isLineOpen(state(call('calling', { hotLine: true })), false)).toBe(true);
    expect(isLineOpen(state(call('ringing', { hotLine: true })), false)).toBe(false);
  });

  it('sees when the other side talks on a group', () => {
    const groups = [{ id: 'g', floor: { holder: { partyId: 'b1', isConsole: true } } }];
    const on = applySnapshot(emptyModel, { groups, intercom: call('talking') }, arrival);
    expect(isOtherOnGroup(on)).toBe(true);
    expect(isOtherOnGroup(applySnapshot(emptyModel, { groups }, arrival))).toBe(false);
  });
});

describe('the intercom of a page', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  /** What the page does, as words in the order in which it does it. */
  class Page {
    done: string[] = [];
    model = emptyModel;
    refusal: string | undefined;
    readonly desk = new IntercomDesk<never>({
      operate: (operation) => {
        const [[name, what] = ['', {}]] = Object.entries(operation);
        this.done.push(`${name} ${Object.values(what as object).join(' ')}`.trim());
        return Promise.resolve(undefined);
      },
      layLine: () => undefined,
      setLineGate: (open) => this.done.push(open ? 'line open' : 'line closed'),
      setHearing: (hearing) => {
        this.hearing = hearing;
      },
      play: (tone) => this.done.push(`♪ ${tone}`),
    });
    hearing = '';

    shown(intercom: object): readonly string[] {
      return this.does(() => {
        const before = this.model;
        this.model = then(before, intercom);
        this.desk.follow(before, this.model);
      });
    }

    does(what: () => unknown): readonly string[] {
      this.done = [];
      what();
      return this.done;
    }
  }

  const bram: CallTo = { personId: 'bram' };

  it('rings every 3 s until it is answered, and then opens the line', () => {
    const page = new Page();
    expect(page.shown(call('ringing'))).toEqual(['♪ ring']);
    expect(page.does(() => vi.advanceTimersByTime(6000))).toEqual(['♪ ring', '♪ ring']);
    expect(page.does(() => page.desk.answer())).toEqual(['answerCall 7']);
    expect(page.shown(call('talking'))).toEqual(['line open']);
    expect(page.does(() => vi.advanceTimersByTime(10_000))).toEqual([]);
    expect(page.shown({ over: { display: 'Bram', end: 'hung-up' } })).toEqual(['♪ hungUp', 'line closed']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rings back softly where it calls, and sounds a refusal', () => {
    const page = new Page();
    expect(page.does(() => page.desk.call(bram))).toEqual(['callStation bram false']);
    expect(page.shown(call('calling'))).toEqual(['♪ ringback']);
    expect(page.shown({ over: { display: 'Bram', end: 'refused' } })).toEqual(['♪ denied']);
  });

  it('gives way to a key: the line is closed and nothing of the other is heard while it is down', () => {
    const page = new Page();
    page.shown(call('talking'));
    expect(page.does(() => page.desk.setKeyDown(true))).toEqual(['line closed']);
    expect(page.hearing).toBe('muted');
    expect(page.does(() => page.desk.setKeyDown(false))).toEqual(['line open']);
    expect(page.hearing).toBe('full');
  });

  it('covers no alarm: it is heard softly beside one, and does not ring', () => {
    const page = new Page();
    page.shown(call('talking'));
    page.desk.setAlarm(true);
    expect(page.hearing).toBe('soft');
    page.shown({});
    expect(page.shown(call('ringing'))).toEqual([]);
    page.desk.setAlarm(false);
    expect(page.does(() => vi.advanceTimersByTime(3000))).toEqual(['♪ ring']);
  });

  it('does not ring into a talk on a group', () => {
    const page = new Page();
    page.desk.setKeyDown(true);
    expect(page.shown(call('ringing'))).toEqual([]);
    page.desk.setKeyDown(false);
    expect(page.does(() => vi.advanceTimersByTime(3000))).toEqual(['♪ ring']);
  });

  it('hot line: heard while the key is held, and let go with it', () => {
    const page = new Page();
    expect(page.does(() => page.desk.hold(bram))).toEqual(['callStation bram true']);
    expect(page.shown(call('calling', { hotLine: true }))).toEqual(['line open']);
    expect(page.does(() => page.desk.letGo())).toEqual(['hangUp 7 true']);
    expect(page.shown({})).toEqual(['line closed']);
    expect(page.does(() => page.desk.letGo())).toEqual([]);
  });

  it('hot line: a key that is up before the gateway has answered leaves no line open', () => {
    const page = new Page();
    page.desk.hold(bram);
    expect(page.does(() => page.desk.letGo())).toEqual([]);
    expect(page.shown(call('calling', { hotLine: true }))).toContain('hangUp 7 true');
  });

  it('hot line: one sign where it is heard, and the microphone stays shut until he answers', () => {
    const page = new Page();
    expect(page.shown(call('ringing', { hotLine: true }))).toEqual(['♪ ring']);
    expect(page.does(() => vi.advanceTimersByTime(9000))).toEqual([]);
  });
});
