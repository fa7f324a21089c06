/** The timeline as the gateway writes it: from its own log events, overs and what units say; kept, and shown by right. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/base/clock.ts';
import { Events } from '../../../src/base/events.ts';
import type { Logger } from '../../../src/base/logger.ts';
import { Meter } from '../../../src/base/meter.ts';
import type { WireTimelineEntry } from '../../../src/console/wire.ts';
import { Timeline, type TimelinePorts } from '../../../src/gateway/operations/timeline.ts';
import { timelineRules } from '../../../src/operations/timeline.ts';
import type { OlderItem } from '../../../src/store/older-items.ts';
import type { OverReport } from '../../../src/voice/contract.ts';
import { demoConfig } from '../demo-config.ts';

const utc = Date.UTC(2026, 0, 10, 18, 42);
const leg = 'xb-acc/as:5990001';
const hears = new Set(['xb-acc', 'xb-pours-2']);
const newest = { beforeId: 0, group: '', kinds: [], limit: 0 };
const unit = {
  callSign: 'Mouscron 31',
  address: '5317031',
  organisation: 'ZP Mouscron',
  country: 'BE',
  verified: true,
};
const person = { operator: 'CCPD 1', role: 'dispatcher', controlRoom: 'cr-ccpd' };

class Stand {
  readonly clock: ManualClock;
  readonly told: WireTimelineEntry[] = [];
  readonly lines: unknown[];
  readonly events: Events;
  readonly timeline: Timeline;
  fault: string | undefined;
  exercise = 'none';
  notKept = 0;
  /** What consoles show of it. */
  readonly alarms = new Set<string>();
  /** How often all was to be put on the disk. */
  asked = 0;

  readonly older: OlderItem[] = [];
  readonly forgotten: number[] = [];

  constructor(lines: unknown[] = [], utcMs = utc, rules = timelineRules) {
    this.clock = new ManualClock({ nowMs: 0, utcMs });
    this.lines = lines;
    const meter = new Meter();
    const line = () => undefined;
    this.events = new Events({ info: line, warn: line, error: line, debug: line } as unknown as Logger, meter);
    const ports: TimelinePorts = {
      clock: this.clock,
      meter,
      events: { state: { notKept: () => void this.notKept++ } },
      console: {
        identify: (_leg, address) => (address === unit.address ? unit : { address, country: 'BE', verified: false }),
        talkerOf: (_group, over) => (over === 7 ? { ...unit, isConsole: false } : undefined),
        addToTimeline: (entry) => void this.told.push(entry),
        forget: ({ entries = [] }) => void this.forgotten.push(...entries),
        isExercise: (_group, over) => over === 9,
        inExercise: (group) => group === this.exercise,
        raiseAlarm: (code, subject) => void this.alarms.add(`${code} ${subject}`),
        clearAlarm: (code, subject) => void this.alarms.delete(`${code} ${subject}`),
      },
      older: { put: (items) => void this.older.push(...items), forget: () => true },
      kept: {
        read: () => [...this.lines],
        append: (entry) => {
          if (this.fault === undefined) this.lines.push(JSON.parse(JSON.stringify(entry)));
          return this.fault;
        },
        replace: (entries) => {
          this.asked += 1;
          if (this.fault === undefined) this.lines.splice(0, Infinity, ...JSON.parse(JSON.stringify(entries)));
          return this.fault;
        },
      },
    };
    this.timeline = new Timeline(demoConfig, ports, rules);
    this.events.listen(this.timeline);
    this.timeline.start();
    this.told.length = 0;
  }

  over(more: Partial<OverReport> = {}): void {
    const base = { group: 'xb-acc', party: leg, over: 7, startUtcMs: utc - 4200, durationMs: 4200.4, end: 'released' };
    const rest = { lostMs: { 'xb-acc/in:1': 120, 'xb-acc/ru:1': 40 }, packetsLost: 0, emergency: false };
    this.timeline.voiceEvent({ name: 'over', report: { ...base, ...rest, ...more } as OverReport });
  }

  get last(): WireTimelineEntry | undefined {
    return this.told.at(-1);
  }
}

describe('whoever would fill it', () => {
  it('cannot by asking for what is refused, by turns or on groups that there are not', () => {
    const stand = new Stand();
    for (let turn = 0; turn < 500; turn++) {
      for (const refusal of ['not-open', 'no-end', 'closing']) {
        stand.events.operations.bridging({ what: 'extend', group: 'xb-acc', ...person, refusal });
      }
      stand.events.operations.bridging({ what: 'open', group: `group ${turn}`, ...person, refusal: 'unknown-group' });
      stand.events.operations.textSent({ group: `group ${turn}`, legs: 0, ...person, refusal: 'unknown-group' });
    }
    expect(stand.told.map(({ refusal }) => refusal)).toEqual(['not-open', 'no-end', 'closing']);
    stand.clock.advance(60_000);
    stand.events.operations.bridging({ what: 'extend', group: 'xb-acc', ...person, refusal: 'no-end' });
    expect(stand.told).toHaveLength(4);
  });
});

it('tells who cut whom off, and why', () => {
  const stand = new Stand();
  const cut = { group: 'xb-acc', over: 7, talker: 'M 31', reason: 'key stuck', role: 'supervisor' };
  stand.events.operations.talkerRemoved({ operator: 'Chief', controlRoom: 'cr-ccpd', ...cut });
  expect(stand.last).toMatchObject({ kind: 'group', what: 'removeTalker', about: 'M 31', words: 'key stuck' });
});

it('tells other control rooms that a shift was handed over, but not the note', () => {
  const stand = new Stand();
  stand.events.operations.handOver({
    what: 'offer',
    handOver: 1,
    colleague: 'CCPD 2',
    ...person,
    words: 'pour la salle seule',
  });
  expect(stand.last).toMatchObject({ kind: 'hand-over', what: 'offer', about: 'CCPD 2', words: '' });
});

describe('what the timeline hears', () => {
  it('is who called whom on a direct line, and what became of it', () => {
    const stand = new Stand();
    stand.events.operations.directLine({ what: 'dialled', line: 'dl-ht', ...person });
    expect(stand.last).toMatchObject({ kind: 'line', what: 'dialled', about: 'dl-ht', groupId: '' });
    stand.events.operations.directLine({
      what: 'over',
      line: 'dl-ht',
      end: 'busy',
      durationMs: 0,
      reason: 'refused 486',
    });
    expect(stand.last).toMatchObject({ kind: 'line', what: 'busy', words: '' });
  });

  it('is who called whom by intercom, and how that ended', () => {
    const stand = new Stand();
    const call = { call: 3, called: 'CCPD 2', ...person };
    stand.events.operations.intercom({ what: 'called', ...call });
    expect(stand.last).toMatchObject({ kind: 'intercom', what: 'called', about: 'CCPD 2', who: { name: 'CCPD 1' } });
    stand.events.operations.intercom({ what: 'over', ...call, end: 'hung-up', durationMs: 21_000 });
    expect(stand.last).toMatchObject({ kind: 'intercom', what: 'hung-up', about: 'CCPD 2', groupId: '' });
    expect(new Stand(stand.lines).timeline.shown(hears, newest).entries).toMatchObject([
      {},
      {},
      { what: 'hung-up' },
      {},
    ]);
  });

  it('is who talked, from when, for how long and how it ended, as consoles were shown him', () => {
    const stand = new Stand();
    stand.over();
    expect(stand.last).toMatchObject({
      id: 2,
      kind: 'over',
      groupId: 'xb-acc',
      atUtcMs: utc - 4200,
      what: 'released',
      who: { name: 'Mouscron 31', of: 'ZP Mouscron', country: 'BE', isPerson: false, unverified: false },
      over: { over: 7, durationMs: 4200, lostMs: 120, emergency: false },
    });
  });

  it('is what persons do with groups, with their room, their words and what was refused', () => {
    const stand = new Stand();
    stand.events.operations.bridging({ what: 'open', group: 'xb-pours-2', reason: 'vol avec violence', ...person });
    expect(stand.last).toMatchObject({
      kind: 'group',
      what: 'open',
      groupId: 'xb-pours-2',
      words: 'vol avec violence',
      who: { name: 'CCPD 1', of: 'CCPD Tournai', isPerson: true },
    });
    stand.events.operations.bridging({
      what: 'add',
      group: 'xb-acc',
      talkgroup: 'in:1',
      ...person,
      refusal: 'already-member',
    });
    expect(stand.last).toMatchObject({ what: 'add', about: 'in:1', refusal: 'already-member' });
    stand.events.consoles.notPermitted({ permission: 'talk', group: 'xb-acc', ...person });
    expect(stand.last).toMatchObject({ kind: 'permission', what: 'talk', refusal: 'not-permitted' });
  });

  it('is what belongs to an exercise, marked as such; distress never is', () => {
    const stand = new Stand();
    const marks = () => stand.told.map(({ kind, exercise }) => `${kind}${exercise ? ' exercise' : ''}`);
    stand.over();
    stand.over({ over: 9 });
    stand.events.operations.bridging({ what: 'open', group: 'xb-acc', ...person, exercise: 'under-way' });
    stand.exercise = 'xb-acc';
    stand.events.operations.bridging({ what: 'exercise-suspended', group: 'xb-acc', exercise: 'suspended' });
    stand.events.operations.borderRecord({ what: 'open', group: 'xb-acc', ...person });
    stand.events.operations.borderRecord({ what: 'open', group: 'xb-pours-2', ...person });
    stand.events.operations.emergency({ what: 'raised', emergency: 1, group: 'xb-acc', leg, talker: unit.address });
    expect(marks()).toEqual([
      'over',
      'over exercise',
      'group exercise',
      'group',
      'crossing exercise',
      'crossing',
      'emergency',
    ]);
    const again = new Stand(stand.lines);
    const { entries } = again.timeline.shown(hears, newest);
    expect(entries?.filter(({ exercise }) => exercise)).toHaveLength(3);
  });

  it('is an emergency from the unit that calls to the person who clears it, without the reminders', () => {
    const stand = new Stand();
    const about = { emergency: 1, group: 'xb-acc', leg, talker: unit.address };
    stand.events.operations.emergency({ what: 'raised', ...about });
    expect(stand.last).toMatchObject({ kind: 'emergency', what: 'raised', who: { name: 'Mouscron 31' }, about: '1' });
    stand.events.operations.emergency({ what: 'reminded', ...about });
    stand.events.operations.emergency({ what: 'acknowledge', ...about, ...person, words: 'réponse vocale' });
    expect(stand.last).toMatchObject({ what: 'acknowledge', about: 'Mouscron 31', words: 'réponse vocale' });
    expect(stand.last?.who).toMatchObject({ name: 'CCPD 1' });
    expect(stand.told).toHaveLength(2);
  });

  it('is a plan with its level, its posts and the words of those who ordered it, without ids of rooms', () => {
    const stand = new Stand();
    const plan = { plan: 'plan-pf', ...person };
    stand.events.operations.alertPlan({
      what: 'level',
      ...plan,
      level: 2,
      words: ['cr-tn59', 'BE: DirCo; Hainaut', 'FR: préfet'],
    });
    expect(stand.last).toMatchObject({
      kind: 'plan',
      what: 'level',
      groupId: '',
      about: 'plan-pf',
      code: 2,
      words: 'TN 59 · BE: DirCo; Hainaut · FR: préfet',
    });
    stand.events.operations.alertPlan({
      what: 'said',
      plan: 'plan-pf',
      place: 'PF-14',
      manned: true,
      unit: 'Tournai 22',
    });
    expect(stand.last).toMatchObject({ what: 'post-manned', about: 'plan-pf PF-14', words: 'Tournai 22' });
  });

  it('is a status with its meaning, and that a text was sent, never the text or a place (A-17, A-19)', () => {
    const stand = new Stand();
    const said = { group: 'xb-acc', leg, address: unit.address };
    const meaning = { fr: 'Sur place', nl: 'Ter plaatse', en: 'On scene' };
    stand.timeline.dataSaid({ ...said, word: { name: 'status', code: 16 }, meaning });
    expect(stand.last).toMatchObject({ kind: 'status', code: 16, meaning, who: { name: 'Mouscron 31' } });
    stand.timeline.dataSaid({ ...said, unproven: true, word: { name: 'text', text: 'plaque 1-ABC-123' } });
    expect(stand.last).toMatchObject({ kind: 'text', who: { unverified: true } });
    stand.timeline.dataSaid({
      ...said,
      word: { name: 'position', position: { latitudeDeg: 50.7, longitudeDeg: 3.2 } },
    });
    expect(stand.told).toHaveLength(2);
    expect(JSON.stringify(stand.lines)).not.toContain('ABC');
  });

  it('is a leg that is lost and comes back, once each, however often it is called meanwhile', () => {
    const stand = new Stand();
    const at = { leg, network: 'astrid', attachment: 'as-mon-1' };
    stand.events.legs.changed({ ...at, state: 'connecting' });
    stand.events.legs.changed({ ...at, state: 'up' });
    for (let call = 0; call < 3; call++) {
      stand.events.legs.changed({ ...at, state: 'down', reason: '486 Busy Here', fault: 'busy', answer: 486 });
      stand.events.legs.changed({ ...at, state: 'connecting' });
    }
    stand.events.legs.changed({ ...at, state: 'up' });
    expect(stand.told).toMatchObject([
      { kind: 'leg', what: 'lost', groupId: 'xb-acc', about: leg, words: '', fault: 'busy', faultAnswer: 486 },
      { kind: 'leg', what: 'back', about: leg },
    ]);
  });
});

describe('what is kept', () => {
  it('is there after a restart, numbered on, and the restart with it', () => {
    const first = new Stand();
    first.over();
    const again = new Stand(first.lines, utc + 60_000);
    const { entries, more } = again.timeline.shown(hears, newest);
    expect(entries).toMatchObject([
      { id: 1, kind: 'gateway', what: 'started' },
      { id: 2, kind: 'over' },
      { id: 3, kind: 'gateway', what: 'started', atUtcMs: utc + 60_000 },
    ]);
    expect(more).toBe(false);
  });

  it('survives lines that somebody has spoilt', () => {
    const stand = new Stand([
      { id: 'x' },
      4,
      { id: 5, kind: 'over', utcMs: utc, group: 'xb-acc', what: 'silence' },
      null,
    ]);
    expect(stand.timeline.shown(hears, newest).entries).toMatchObject([{ id: 5 }, { id: 6, what: 'started' }]);
  });

  it('is on the disk no more than twice what is shown, and what made room is known after a restart', () => {
    const rules = { ...timelineRules, entriesMax: 300 };
    const stand = new Stand([], utc, rules);
    for (let over = 0; over < 2 * rules.entriesMax + 10; over++) stand.over({ over });
    expect(stand.lines.length).toBeLessThanOrEqual(2 * rules.entriesMax + 1);
    const shown = stand.timeline.shown(hears, newest);
    expect(shown).toMatchObject({ more: true, crowdedOut: rules.entriesMax + 11 });
    expect(new Stand(stand.lines, utc, rules).timeline.shown(hears, newest).crowdedOut).toBe(rules.entriesMax + 12);
  });

  it('is written anew for what goes of it, not for older ones that are not in it', () => {
    const stand = new Stand();
    stand.over();
    stand.asked = 0;
    expect(stand.timeline.forget(['2026-01-08/1', '2026-01-08/2'])).toBe(true);
    expect([stand.asked, stand.forgotten]).toEqual([0, []]);
    expect(stand.timeline.forget(['2026-01-08/2', '1'])).toBe(true);
    expect([stand.asked, stand.forgotten]).toEqual([1, [1]]);
    expect(stand.lines).toMatchObject([{ crowdedOut: 0 }, { id: 2 }]);
  });

  it('goes on in memory when the disk is full, says so once, and lacks nothing once there is room again', () => {
    const stand = new Stand();
    stand.asked = 0;
    stand.fault = 'timeline.jsonl: ENOSPC';
    for (let over = 0; over < 30; over++) {
      stand.over({ over });
      stand.clock.advance(1000);
    }
    expect(stand.notKept).toBe(1);
    expect([...stand.alarms]).toEqual(['state-not-kept timeline']);
    expect(stand.asked).toBe(2); // every 10 s
    expect(stand.timeline.shown(hears, newest).entries).toHaveLength(31);
    stand.fault = undefined;
    stand.clock.advance(10_000);
    stand.over({ over: 30 });
    stand.over({ over: 31 });
    expect([...stand.alarms]).toEqual([]);
    const again = new Stand(stand.lines).timeline.shown(hears, newest).entries ?? [];
    expect(again.filter(({ kind }) => kind === 'over')).toHaveLength(32);
    stand.fault = 'timeline.jsonl: EIO';
    stand.over({ over: 32 });
    expect(stand.notKept).toBe(2);
  });
});

describe('what is shown', () => {
  it('is of groups that the console may hear, by group and kind, 200 at a time', () => {
    const stand = new Stand();
    stand.over({ group: 'xb-other' });
    for (let over = 0; over < 300; over++) stand.over({ over });
    stand.events.operations.bridging({ what: 'open', group: 'xb-pours-2', ...person });
    const { entries = [], more } = stand.timeline.shown(hears, newest);
    expect(entries).toHaveLength(200);
    expect(more).toBe(true);
    expect(stand.timeline.shown(hears, { ...newest, group: 'xb-other' }).entries).toEqual([]);
    expect(stand.timeline.shown(hears, { ...newest, kinds: ['group', 'nonsense'] }).entries).toHaveLength(1);
    expect(stand.timeline.shown(hears, { ...newest, beforeId: 4, limit: 1 }).entries).toMatchObject([{ id: 3 }]);
  });
});
