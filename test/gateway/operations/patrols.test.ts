/** Groups that open and close by themselves, over both nights on which clocks are changed, restarts and conflicts. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import { type LiveConfig, liveConfig, sectionsOf } from '../../../src/config/live-config.ts';
import type { Config } from '../../../src/config/schema.ts';
import type { BridgingView, ScheduleView } from '../../../src/console/console-terms.ts';
import type { Operation } from '../../../src/console/operation.ts';
import { Operations } from '../../../src/gateway/operations/operations.ts';
import type { Person } from '../../../src/operations/terms.ts';
import type { VoiceCommand } from '../../../src/voice/contract.ts';
import { demoConfig as demo } from '../demo-config.ts';
import { quietConsole, quietEvents, quietOlder } from './quiet-ports.ts';

const minute = 60_000;
const hour = 60 * minute;
const utc = (text: string): number => Date.parse(text);
const dispatcher: Person = { person: 'op 1', display: 'CCPD 1', role: 'dispatcher', controlRoom: 'CCPD Tournai' };
const patrol = 'xb-patr-b1';
const legs = [`${patrol}/as:5990021`, `${patrol}/in:590-921`, `${patrol}/ru:59-921`];
type Schedule = NonNullable<Config['sharedGroups'][number]['schedule']>;
const fridays: Schedule = {
  weekly: [{ days: ['fri'], from: '18:00', to: '02:00' }],
  dates: [],
  except: [],
  reason: 'accord de Tournai',
};

/** Friday 27 November 2026 is a day of the patrol; local time is UTC + 1 h. */
const friday = (clock: string): number => utc(`2026-11-27T${clock}:00+01:00`);

interface Kept {
  readonly [name: string]: unknown;
}

class Stand {
  readonly clock: ManualClock;
  readonly views: BridgingView[] = [];
  readonly schedules: ScheduleView[] = [];
  readonly lines: (readonly [string, object])[] = [];
  readonly commands: VoiceCommand[] = [];
  readonly done: string[] = [];
  kept: Record<string, unknown>;
  readonly operations: Operations;
  readonly #live: LiveConfig;

  constructor(utcMs: number, { kept = {}, schedule = fridays }: { kept?: Kept; schedule?: Schedule } = {}) {
    this.clock = new ManualClock({ nowMs: 1000, utcMs });
    this.kept = { ...kept };
    const nothing = () => undefined;
    const line = (name: string) => (at: object) => this.lines.push([name, at]);
    const sharedGroups = demo.sharedGroups.map((group) =>
      group.id === patrol ? { ...group, mode: 'scheduled' as const, schedule } : group,
    );
    this.#live = liveConfig({ ...demo, sharedGroups });
    this.operations = new Operations(this.#live.config, {
      clock: this.clock,
      events: {
        ...quietEvents,
        operations: { ...quietEvents.operations, bridging: line('bridging'), announcement: line('announcement') },
        state: { ...quietEvents.state, notKept: line('stateNotKept') },
      },
      console: {
        ...quietConsole,
        setBridging: (view) => this.views.push(view),
        setSchedule: (view) => this.schedules.push(view),
        talkerNow: () => ({ address: '5317031', networkId: 'astrid' }),
      },
      attachments: {
        sendText: () => 0,
        join: ({ plan }) => {
          this.done.push(`join ${plan.leg}`);
          this.operations.legState(plan.leg, true, false);
        },
        leave: (leg) => this.done.push(`leave ${leg}`),
        prioritise: nothing,
      },
      rtc: { openGroup: nothing, joinLeg: nothing, leaveLeg: nothing, closeGroup: nothing },
      speech: { speak: async () => ({ ok: true, samples: new Float32Array(320) }) },
      older: quietOlder,
      kept: (name) => ({
        read: () => this.kept[name],
        write: (document) => {
          this.kept[name] = JSON.parse(JSON.stringify(document));
          return undefined;
        },
      }),
      sendVoice: (command) => this.commands.push(command),
    });
    this.operations.start();
  }

  /** Lets time pass until an instant of the wall clock; what is announced has been heard at once. */
  async until(utcMs: number): Promise<this> {
    for (;;) {
      await this.heard();
      const leftMs = utcMs - this.clock.utcMs();
      if (leftMs <= 0) return this;
      this.clock.advance(Math.min(leftMs, minute));
    }
  }

  async heard(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    for (const command of this.commands.splice(0)) {
      if (command.name !== 'announce') continue;
      this.done.push(command.announcement.replace(/#.*/, ''));
      const { group, announcement } = command;
      this.operations.voiceEvent({ name: 'announced', group, announcement, end: 'played' });
    }
  }

  /** Another version of the fleet data is taken over. */
  take(edit: (group: Config['sharedGroups'][number]) => Config['sharedGroups'][number]): void {
    const sections = sectionsOf(this.#live.config);
    this.#live.take({ ...sections, sharedGroups: sections.sharedGroups.map(edit) });
    this.operations.fleetChanged();
  }

  operate(operation: Operation): string {
    let answer = 'unanswered';
    this.operations.operate(dispatcher, operation, (refusal) => {
      answer = refusal?.cause ?? 'done';
    });
    return answer;
  }

  /** The next process, from what this one has kept. */
  restart(utcMs: number): Stand {
    return new Stand(utcMs, { kept: this.kept });
  }

  /** What consoles see of the group, or of another. */
  view(group = patrol): Pick<BridgingView, 'state'> & Partial<BridgingView> {
    return this.views.findLast((each) => each.group === group) ?? { state: 'closed' };
  }

  get schedule(): ScheduleView | undefined {
    return this.schedules.at(-1);
  }
}

/** When it is open, to the minute, from one instant to another. */
async function openTimes(stand: Stand, untilUtcMs: number): Promise<readonly string[]> {
  const times: string[] = [];
  let before = 'closed';
  for (let at = stand.clock.utcMs(); at <= untilUtcMs; at += minute) {
    await stand.until(at);
    const { state } = stand.view();
    if (state !== before) times.push(`${state} ${new Date(at).toISOString().slice(5, 16)}`);
    before = state;
  }
  return times;
}

describe('fleet data that is taken over while the gateway runs', () => {
  const scheduled = { mode: 'scheduled', schedule: fridays } as const;

  it('gives a group a schedule, by which it opens, and takes it away again', async () => {
    const stand = new Stand(friday('12:00'), { schedule: { ...fridays, weekly: [] } });
    stand.take((group) => (group.id === patrol ? { ...group, ...scheduled } : group));
    expect(stand.schedule).toMatchObject({ group: patrol, openings: [{ fromUtcMs: friday('18:00') }, {}] });
    await stand.until(friday('18:00'));
    expect(stand.view().state).toBe('open');
    expect(stand.operations.inUse.groups).toContain(patrol);
    expect(stand.operations.inUse.talkgroups).toContain('as:5990021');
    await stand.until(utc('2026-11-28T02:01:00+01:00'));
    expect(stand.operations.inUse.groups).not.toContain(patrol);
    stand.take((group) => (group.id === patrol ? { ...group, mode: 'on-demand', schedule: undefined } : group));
    expect(stand.schedule).toEqual({ group: patrol, openings: [], closedBy: '' });
  });

  it('opens a group with the legs that it has now', async () => {
    const stand = new Stand(friday('12:00'));
    stand.take((group) => (group.id === patrol ? { ...group, legs: group.legs.slice(0, 2) } : group));
    await stand.until(friday('18:00'));
    expect(stand.done.filter((each) => each.startsWith('join'))).toEqual(legs.slice(0, 2).map((leg) => `join ${leg}`));
  });

  it('leaves closed what a person has closed', async () => {
    const stand = new Stand(friday('18:00'));
    await stand.heard();
    stand.operate({ name: 'close', group: patrol, afterMs: 0 });
    await stand.until(friday('19:00'));
    stand.take((group) => ({ ...group, autoCloseMin: 30 }));
    await stand.until(friday('20:00'));
    expect([stand.view().state, stand.schedule?.closedBy]).toEqual(['closed', 'CCPD 1']);
  });
});

describe('a window', () => {
  it('opens the group and closes it, announced on every leg, with its reason and end', async () => {
    const stand = new Stand(friday('17:58'));
    expect(stand.view().state).toBe('closed');
    await stand.until(friday('18:00'));
    expect(stand.view()).toMatchObject({
      state: 'open',
      by: '',
      reason: 'accord de Tournai',
      endsUtcMs: utc('2026-11-28T02:00:00+01:00'),
      scheduled: true,
      lacking: [],
    });
    expect(stand.done).toEqual([...legs.map((leg) => `join ${leg}`), ...Array(2).fill('ann-open')]);
    await stand.until(utc('2026-11-28T01:59:00+01:00'));
    expect(stand.done.at(-1)).toBe('ann-close');
    expect(stand.view()).toMatchObject({ state: 'open', ending: true, quiet: false });
    await stand.until(utc('2026-11-28T02:00:00+01:00'));
    expect(stand.done.slice(-4)).toEqual(['ann-closed', ...legs.map((leg) => `leave ${leg}`)]);
    await stand.until(utc('2026-11-28T02:01:00+01:00'));
    expect(stand.view().state).toBe('closed');
    expect(stand.lines.filter(([name]) => name === 'bridging').map(([, at]) => at)).toEqual([
      { what: 'schedule', group: patrol, reason: 'accord de Tournai' },
      { what: 'opened', group: patrol },
      { what: 'expired', group: patrol },
      { what: 'closed', group: patrol },
    ]);
  });

  it('is shown before, and the next ones after it', async () => {
    const stand = new Stand(friday('17:58'));
    const first = { fromUtcMs: friday('18:00'), toUtcMs: utc('2026-11-28T02:00:00+01:00') };
    const second = { fromUtcMs: utc('2026-12-04T18:00:00+01:00'), toUtcMs: utc('2026-12-05T02:00:00+01:00') };
    expect(stand.schedule).toEqual({ group: patrol, openings: [first, second], closedBy: '' });
    await stand.until(utc('2026-11-28T02:02:00+01:00'));
    expect(stand.schedule).toEqual({ group: patrol, openings: [second], closedBy: '' });
  });

  it('that comes only in months is shown, and opens then', async () => {
    const dates = [{ date: '2027-03-01', from: '10:00', to: '11:00' }];
    const stand = new Stand(friday('17:58'), { schedule: { weekly: [], except: [], dates } });
    expect(stand.schedule?.openings).toHaveLength(1);
    stand.clock.advance(utc('2027-03-01T10:00:00+01:00') - stand.clock.utcMs());
    await stand.heard();
    expect(stand.view().state).toBe('open');
  });

  it('lasts an hour less on the night in spring, and an hour more in autumn', async () => {
    const nights: Schedule = { weekly: [{ days: ['sat'], from: '23:30', to: '03:30' }], dates: [], except: [] };
    const spring = new Stand(utc('2027-03-27T22:00:00Z'), { schedule: nights });
    expect(await openTimes(spring, utc('2027-03-28T04:00:00Z'))).toEqual(['open 03-27T22:30', 'closed 03-28T01:30']);
    const autumn = new Stand(utc('2026-10-24T21:00:00Z'), { schedule: nights });
    expect(await openTimes(autumn, utc('2026-10-25T04:00:00Z'))).toEqual(['open 10-24T21:30', 'closed 10-25T02:30']);
  });

  it('in the hour that is left out opens when clocks have jumped, in the one that comes twice at its first', async () => {
    const nights: Schedule = { weekly: [{ days: ['sun'], from: '02:30', to: '04:00' }], dates: [], except: [] };
    const spring = new Stand(utc('2027-03-28T00:00:00Z'), { schedule: nights });
    expect(await openTimes(spring, utc('2027-03-28T04:00:00Z'))).toEqual(['open 03-28T01:30', 'closed 03-28T02:00']);
    const autumn = new Stand(utc('2026-10-25T00:00:00Z'), { schedule: nights });
    expect(await openTimes(autumn, utc('2026-10-25T04:00:00Z'))).toEqual(['open 10-25T00:30', 'closed 10-25T03:00']);
  });

  it('follows the wall clock when that is put right', async () => {
    const stand = await new Stand(friday('17:58')).until(friday('20:00'));
    stand.clock.setUtcMs(friday('21:00'));
    await stand.until(friday('21:01'));
    expect(stand.view().endsUtcMs).toBe(utc('2026-11-28T02:00:00+01:00'));
    expect(await openTimes(stand, utc('2026-11-28T02:01:00+01:00'))).toEqual([
      'open 11-27T20:01',
      'closed 11-28T01:00',
    ]);
  });
});

describe('a person', () => {
  it('closes the group, and it stays closed for the rest of the window', async () => {
    const stand = await new Stand(friday('17:58')).until(friday('20:00'));
    expect(stand.operate({ group: patrol, name: 'close', afterMs: minute })).toBe('done');
    expect(stand.schedule?.closedBy).toBe('CCPD 1');
    expect(await openTimes(await stand.until(friday('20:03')), utc('2026-12-04T18:00:00+01:00'))).toEqual([
      'open 12-04T17:00',
    ]);
    expect(stand.schedule?.closedBy).toBe('');
  });

  it('who closes it and thinks better of it has the rest of the window', async () => {
    const stand = await new Stand(friday('17:58')).until(friday('20:00'));
    stand.operate({ group: patrol, name: 'close', afterMs: minute });
    expect(stand.operate({ group: patrol, name: 'extend', durationMs: 30 * minute })).toBe('done');
    expect(stand.schedule?.closedBy).toBe('');
    expect(await openTimes(stand, utc('2026-11-28T02:02:00+01:00'))).toEqual([
      'open 11-27T19:00',
      'closed 11-28T01:00',
    ]);
  });

  it('puts off the end', async () => {
    const stand = await new Stand(friday('17:58')).until(utc('2026-11-28T01:50:00+01:00'));
    expect(stand.operate({ group: patrol, name: 'extend', durationMs: 40 * minute })).toBe('done');
    expect(await openTimes(stand, utc('2026-11-28T04:00:00+01:00'))).toEqual([
      'open 11-28T00:50',
      'closed 11-28T01:30',
    ]);
  });

  it('opens it before its time, and its schedule goes on from there', async () => {
    const stand = await new Stand(friday('16:00')).until(friday('17:00'));
    const open = { group: patrol, name: 'open', reason: 'renfort', talkgroups: [], durationMs: 61 * minute } as const;
    expect(stand.operate(open)).toBe('done');
    await stand.until(friday('18:00'));
    expect(stand.view()).toMatchObject({ state: 'open', by: 'CCPD 1', reason: 'renfort', scheduled: true });
    expect(await openTimes(stand, utc('2026-11-28T02:02:00+01:00'))).toEqual([
      'open 11-27T17:00',
      'closed 11-28T01:00',
    ]);
  });

  it('has an exercise on it, which gives way to the patrol', async () => {
    const stand = await new Stand(friday('16:00')).until(friday('17:30'));
    const open = { group: patrol, name: 'open', reason: 'exercice', talkgroups: [], durationMs: 10 * hour } as const;
    const leader: Person = { ...dispatcher, role: 'supervisor' };
    stand.operations.operate(leader, { ...open, exercise: true }, () => undefined);
    await stand.until(friday('17:31'));
    expect(stand.view()).toMatchObject({ state: 'open', exercise: 'under-way', scheduled: false });
    await stand.until(friday('18:00'));
    expect(stand.view()).toMatchObject({ state: 'open', by: '', reason: 'accord de Tournai', scheduled: true });
    expect(stand.view().exercise).toBeUndefined();
    expect(stand.done.filter((word) => word.startsWith('join'))).toHaveLength(3);
    expect(stand.done).toContain('ann-real');
  });

  it('opens it again after it was closed, for as long as he says', async () => {
    const stand = await new Stand(friday('17:58')).until(friday('20:00'));
    stand.operate({ group: patrol, name: 'close', afterMs: 0 });
    await stand.until(friday('20:10'));
    stand.operate({ group: patrol, name: 'open', reason: 'renfort', talkgroups: [], durationMs: 20 * minute });
    await stand.until(friday('20:11'));
    expect(stand.view()).toMatchObject({ state: 'open', scheduled: false, endsUtcMs: friday('20:30') });
    await stand.until(friday('20:31'));
    expect(stand.view().state).toBe('closed');
    await stand.until(friday('23:00'));
    expect(stand.view().state).toBe('closed');
  });
});

describe('a talkgroup that is elsewhere when the window begins', () => {
  const pours = 'xb-pours-2';
  const busy = async (): Promise<Stand> => {
    const stand = await new Stand(friday('17:30')).until(friday('17:31'));
    const reason = 'vol aggravé';
    stand.operate({ group: pours, name: 'open', reason, talkgroups: ['in:590-921'], durationMs: 60 * minute });
    return stand.until(friday('18:00'));
  };

  it('is left there, is said to be there, and is joined once it is free', async () => {
    const stand = await busy();
    expect(stand.view().lacking).toEqual([{ talkgroup: 'in:590-921', group: pours }]);
    expect(stand.view(pours).state).toBe('open');
    expect(stand.lines).toContainEqual([
      'bridging',
      { what: 'lacking', group: patrol, talkgroup: 'in:590-921', elsewhere: pours },
    ]);
    await stand.until(friday('18:32'));
    expect(stand.view(pours).state).toBe('closed');
    expect(stand.done.slice(-2)).toEqual([`join ${legs[1]}`, 'ann-open']);
    expect(stand.view()).toMatchObject({ state: 'open', lacking: [] });
    expect(stand.lines).toContainEqual(['bridging', { what: 'free', group: patrol, talkgroup: 'in:590-921' }]);
  });

  it('is so after a restart as well', async () => {
    const stand = (await busy()).restart(friday('18:05'));
    await stand.heard();
    expect(stand.view(pours).state).toBe('open');
    expect(stand.view().lacking).toEqual([{ talkgroup: 'in:590-921', group: pours }]);
  });
});

describe('a restart', () => {
  it('in the middle of a window opens the group again, until the same end', async () => {
    const before = await new Stand(friday('17:58')).until(friday('20:00'));
    const after = await before.restart(friday('20:05')).until(friday('20:06'));
    expect(after.view()).toMatchObject({ state: 'open', scheduled: true, endsUtcMs: utc('2026-11-28T02:00:00+01:00') });
    expect(after.done.filter((word) => word.startsWith('join'))).toHaveLength(3);
  });

  it('after the beginning of a window opens it, and after its end does not', async () => {
    const before = new Stand(friday('17:00'));
    expect((await before.restart(friday('19:00')).until(friday('19:01'))).view().state).toBe('open');
    const saturday = utc('2026-11-28T03:00:00+01:00');
    expect((await before.restart(saturday).until(saturday + minute)).view().state).toBe('closed');
  });

  it('leaves closed what a person has closed, until the next window', async () => {
    const before = await new Stand(friday('17:58')).until(friday('20:00'));
    before.operate({ group: patrol, name: 'close', afterMs: 0 });
    await before.until(friday('20:01'));
    const after = await before.restart(friday('20:05')).until(friday('23:00'));
    expect(after.view().state).toBe('closed');
    expect(after.schedule?.closedBy).toBe('CCPD 1');
    await after.until(utc('2026-12-04T18:00:00+01:00'));
    expect(after.view().state).toBe('open');
  });

  it('keeps the end that a person has put off, and what was joined', async () => {
    const before = await new Stand(friday('17:58')).until(friday('20:00'));
    before.operate({ group: patrol, name: 'extend', durationMs: 7 * hour });
    before.operate({ group: patrol, name: 'add', talkgroup: 'in:590-131', reason: 'renfort', durationMs: 0 });
    const end = utc('2026-11-28T03:00:00+01:00');
    const inside = await before.restart(friday('20:05')).until(friday('20:06'));
    expect(inside.view().endsUtcMs).toBe(end);
    expect(inside.done).toContain(`join ${patrol}/in:590-131`);
    const late = utc('2026-11-28T02:30:00+01:00');
    expect((await inside.restart(late).until(late + minute)).view().endsUtcMs).toBe(end);
  });

  it('keeps the person who had opened it before its time', async () => {
    const before = await new Stand(friday('17:00')).until(friday('17:01'));
    before.operate({ group: patrol, name: 'open', reason: 'renfort', talkgroups: [], durationMs: 90 * minute });
    await before.until(friday('18:10'));
    const after = await before.restart(friday('18:12')).until(friday('18:13'));
    expect(after.view()).toMatchObject({
      by: 'CCPD 1',
      scheduled: true,
      endsUtcMs: utc('2026-11-28T02:00:00+01:00'),
    });
  });

  it('with a document that cannot be read opens what is due', () => {
    for (const kept of ['text', { version: 2 }, { version: 1, closed: [{ group: 3 }] }]) {
      expect(new Stand(friday('19:00'), { kept: { patrols: kept } }).view().state).toBe('open');
    }
  });
});

describe('an emergency', () => {
  const press = (stand: Stand) =>
    stand.operations.voiceEvent({
      name: 'floor',
      floor: {
        group: patrol,
        holder: { party: legs[0]!, priority: 15, emergency: true, over: 1, sinceUtcMs: 0 },
        queue: [],
      },
    });
  const clear = (stand: Stand) => {
    const home: Person = { ...dispatcher, controlRoom: 'cr-ht' };
    for (const operation of [
      { emergency: 1, name: 'acknowledgeEmergency' },
      { emergency: 1, name: 'clearEmergency', cause: 'secours sur place' },
      { emergency: 1, name: 'confirmClear' },
    ] as const) {
      stand.operations.operate(home, operation, () => undefined);
    }
  };
  const saturday = (clock: string) => utc(`2026-11-28T${clock}:00+01:00`);

  it('keeps the group open over its end, until it is cleared and a minute more', async () => {
    const stand = await new Stand(friday('17:58')).until(saturday('01:55'));
    press(stand);
    stand.operations.voiceEvent({ name: 'floor', floor: { group: patrol, queue: [] } });
    await stand.until(saturday('03:00'));
    expect(stand.view().state).toBe('open');
    clear(stand);
    expect(await openTimes(stand, saturday('03:10'))).toEqual(['open 11-28T02:00', 'closed 11-28T02:01']);
  });

  it('opens a group again whose end passed while the gateway was down', async () => {
    const before = await new Stand(friday('17:58')).until(saturday('01:55'));
    press(before);
    await before.until(saturday('01:56'));
    const after = await before.restart(saturday('02:30')).until(saturday('02:40'));
    expect(after.view().state).toBe('open');
    clear(after);
    expect(await openTimes(after, saturday('02:45'))).toEqual(['open 11-28T01:40', 'closed 11-28T01:41']);
  });
});
