/** A talkgroup that is listened to beside a group: what is found, that nobody notices, and that nothing is ever sent. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Alarm } from '../../src/base/clock.ts';
import { ShadowGroup } from '../../src/talkgroups/shadow-group.ts';
import type { LegMedia, LegSettings, ShadowNews } from '../../src/talkgroups/terms.ts';
import { speech, tone } from '../media/signals.ts';
import { groupSettings, legMedia, legSettings } from './settings.ts';
import { FarEnd, narrow, VirtualGroup } from './virtual-group.ts';

/** The network of a talkgroup that is listened to. */
class Listened {
  readonly far: FarEnd;
  readonly found: ShadowNews[] = [];
  readonly said: string[] = [];
  /** To what its network asked. */
  readonly answers: string[] = [];
  readonly group: ShadowGroup;

  constructor(world: VirtualGroup, settings: Partial<LegSettings> = {}, media: Partial<LegMedia> = {}) {
    const { clock } = world;
    const alarm = new Alarm(clock, () => {
      this.group.tick(clock.nowMs());
      alarm.setAt(this.group.dueMs);
    });
    this.group = new ShadowGroup({ ...groupSettings, group: 'shadow:xb:s', shadowOf: 'xb' }, world.group, {
      report: (event) => {
        this.said.push(event.name);
        if (event.name === 'shadow') this.found.push(event.finding);
        if (event.name === 'answer') this.answers.push(event.answer.result);
      },
      wake: (dueMs) => alarm.setAt(dueMs),
      utcMs: (nowMs) => nowMs,
      random: world.random,
    });
    const leg = this.group.addLeg({ ...legSettings('s'), ...settings }, clock.nowMs());
    const place = { clock, group: this.group };
    const timed = Object.defineProperty(place, 'nowMs', { get: () => clock.nowMs() }) as typeof place & {
      nowMs: number;
    };
    this.far = new FarEnd(timed, leg, { ...legMedia, ...media });
    this.far.connect();
  }

  get overs() {
    return this.found.flatMap((each) => (each.name === 'over' ? [each] : []));
  }

  get held(): readonly string[] {
    return this.found.flatMap((each) => (each.name === 'held' ? [`${each.way} ${each.party} ${each.why}`] : []));
  }
}

const said = (ms: number, hz = 800) => tone(hz, -15, 8 * ms, 8000);
/** What ends talk is silence, which is not counted: 20 ms of rounding is. */
const nearMs = 20;

function stage(rules: Parameters<typeof VirtualGroup.prototype.group.update>[0] | object = {}) {
  const world = new VirtualGroup(rules);
  const [a, b] = [world.leg('a'), world.leg('b')];
  return { world, a, b };
}

describe('a talkgroup that is listened to', () => {
  it('counts an over of each side by its voice, and neither hears the other', () => {
    const { world, a, b } = stage();
    const listened = new Listened(world);
    a.talk(said(1000));
    world.run(3000);
    listened.far.talk(said(700));
    world.run(3000);
    const [out, inward] = listened.overs;
    expect(out).toMatchObject({ way: 'out', party: 'a', end: 'released', waitedMs: 0, collisionMs: 0 });
    expect(Math.abs((out?.voiceMs ?? 0) - 1000)).toBeLessThanOrEqual(nearMs);
    expect(inward).toMatchObject({ way: 'in', party: 's', end: 'released' });
    expect(Math.abs((inward?.voiceMs ?? 0) - 700)).toBeLessThanOrEqual(nearMs);
    expect(listened.found.at(-1)).toMatchObject({ name: 'talk', unheardMs: 0 });
    expect(world.overs.map(({ party }) => party)).toEqual(['a']);
    expect(a.audible).toHaveLength(0);
    expect(b.audible.length).toBeGreaterThan(45);
    expect(listened.far.arrivals).toHaveLength(0);
  });

  it('recognises a line that never falls silent by its level, and counts from the first word', () => {
    const { world } = stage();
    const listened = new Listened(world, { keyIn: { mode: 'vox', thresholdDbov: -45, attackMs: 40, hangMs: 400 } });
    listened.far.talk(Float32Array.from([...new Float32Array(8000), ...said(900), ...new Float32Array(16_000)]));
    world.run(5000);
    const [over] = listened.overs;
    expect(Math.abs((over?.voiceMs ?? 0) - 900)).toBeLessThanOrEqual(60);
  });

  it('says who would have waited for whom, and for how long both talked', () => {
    const { world, a } = stage();
    const listened = new Listened(world, { mayQueue: true });
    a.talk(said(2000));
    world.run(500);
    listened.far.talk(said(1000));
    world.run(5000);
    expect(listened.held).toEqual(['in s queued']);
    const [out] = listened.overs;
    expect(Math.abs((out?.collisionMs ?? 0) - 1000)).toBeLessThanOrEqual(2 * nearMs);
    const [talk] = listened.found.flatMap((each) => (each.name === 'talk' ? [each] : []));
    expect(Math.abs((talk?.unheardMs ?? 0) - 1000)).toBeLessThanOrEqual(nearMs);

    listened.far.talk(said(2000));
    world.run(500);
    a.talk(said(1000));
    world.run(5000);
    expect(listened.held.at(-1)).toBe('out a queued');
    expect(world.overs.map(({ party, end }) => `${party} ${end}`)).toEqual(['a released', 'a released']); // really
  });

  it('says who would have been cut off by an emergency, and really is not', () => {
    const { world, a } = stage();
    const listened = new Listened(world, {
      keyIn: { mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000, emergency: '9' },
    });
    a.talk(said(3000));
    world.run(1000);
    listened.far.key('9');
    listened.far.talk(said(500));
    world.run(5000);
    expect(listened.held).toContain('out a pre-empted');
    expect(listened.overs).toContainEqual(expect.objectContaining({ way: 'in', emergency: true }));
    expect(world.overs).toMatchObject([{ party: 'a', end: 'released' }]);
    expect(world.overs[0]?.durationMs).toBeGreaterThan(2900);
  });

  it('says what is lowered, and what would have been refused', () => {
    const { world } = stage();
    const listened = new Listened(world, { priority: 9, priorityMax: 6 });
    listened.far.talk(said(500));
    world.run(2000);
    expect(listened.overs).toMatchObject([{ priority: 6, claimed: 9 }]);
    const quiet = new Listened(world, { mayTalk: false });
    quiet.far.talk(said(500));
    world.run(2000);
    expect(quiet.held).toEqual(['in s receive-only']);
    expect(quiet.overs).toEqual([]);
  });

  it('grants whatever its network asks by signalling, and asks it for nothing', () => {
    const { world, a } = stage();
    const listened = new Listened(world, { keyIn: { mode: 'signalled' }, keyOut: { mode: 'signalled' } });
    a.talk(said(2000));
    world.run(500);
    listened.group.request('s', { requestId: 3, priority: 4 }, world.nowMs);
    listened.far.talk(said(500));
    world.run(700);
    listened.group.release('s', world.nowMs);
    world.run(3000);
    expect(listened.answers).toEqual(['granted', 'released']);
    expect(listened.said).not.toContain('legTalk');
    expect(listened.held).toEqual(['in s queued']);
  });

  it('knows the voice of the group when it comes back another way, and counts no collision', () => {
    const world = new VirtualGroup({ loops: { likenessMin: 0.55, holdMs: 3000, holdMsMax: 60_000 } });
    const a = world.leg('a');
    world.leg('b');
    const listened = new Listened(world);
    const voice = narrow(speech('fr'));
    a.talk(voice);
    world.run(300);
    listened.far.talk(voice);
    world.run(9000);
    expect(listened.found.filter(({ name }) => name === 'loop')).toHaveLength(1);
    expect(listened.overs.find(({ way }) => way === 'out')?.collisionMs).toBe(0);
    expect(world.reports('a').some(({ isolated }) => isolated)).toBe(false);
  });

  it('says once that voice comes which nobody can read', () => {
    const { world } = stage();
    const listened = new Listened(world);
    for (let n = 0; n < 50; n++) {
      listened.far.sendAt(world.nowMs + 20 * n, listened.far.stamp(new Uint8Array(172), 77, 160));
    }
    world.run(2000);
    expect(listened.found).toMatchObject([{ name: 'unreadable', payloadType: 77 }]);
  });
});

const keyIn = fc.constantFrom<LegSettings['keyIn']>(
  { mode: 'presence', releaseAfterMs: 200, dtxHoldMs: 1000, emergency: '9' },
  { mode: 'vox', thresholdDbov: -45, attackMs: 40, hangMs: 300 },
  { mode: 'telephone-event', on: '*', off: '#', releaseAfterMs: 500 },
  { mode: 'signalled' },
);
const keyOut = fc.constantFrom<LegSettings['keyOut']>(
  { mode: 'presence', releaseMs: 300 },
  { mode: 'continuous' },
  { mode: 'telephone-event', on: '*', off: '#' },
  { mode: 'signalled' },
);
const settings = fc.record({
  keyIn,
  keyOut,
  answers: fc.constantFrom({}, { granted: 'A', queued: 'B', denied: 'C', revoked: 'D' }),
  mayTalk: fc.boolean(),
  mayQueue: fc.boolean(),
  priority: fc.integer({ min: 0, max: 14 }),
  guardMs: fc.constantFrom(0, 300),
});
const shadowDeeds = [
  'talk',
  'long',
  'noise',
  '*',
  '#',
  '9',
  'request',
  'urgent',
  'release',
  'drop',
  'connect',
] as const;
const groupDeeds = ['a talks', 'b talks', 'a talks long', 'console', 'console ends', 'rules', 'wait'] as const;
const history = fc.array(
  fc.record({
    what: fc.constantFrom(...shadowDeeds, ...groupDeeds),
    waitMs: fc.constantFrom(0, 20, 60, 250, 1300),
  }),
  { maxLength: 30 },
);
type History = ReturnType<typeof history.generate>['value'];

/** Everything that the group's own far ends and whoever it reports to noticed. */
function noticed(steps: History, override: 'cut' | 'mix', shadow: Partial<LegSettings> | undefined) {
  const world = new VirtualGroup({ override, talkLimitMs: 5000, talkWarnMs: 4000, leaseMs: 600 });
  const [a, b] = [world.leg('a', { keyOut: { mode: 'continuous' } }), world.leg('b')];
  const operator = world.console('console:1', 10);
  const listened = shadow === undefined ? undefined : new Listened(world, shadow);
  const { group: twin, far } = listened ?? {};
  for (const { what, waitMs } of steps) {
    if (what === 'a talks') a.talk(said(400));
    else if (what === 'b talks') b.talk(said(400));
    else if (what === 'a talks long') a.talk(said(6000));
    else if (what === 'console') {
      operator.request();
      operator.speak(tone(700, -20, 9600));
    } else if (what === 'console ends') operator.release();
    else if (what === 'rules') world.group.update({ ...world.settings, leaseMs: 700 }, world.nowMs);
    else if (far !== undefined && twin !== undefined) {
      if (what === 'talk') far.talk(said(400));
      else if (what === 'long') far.talk(said(7000));
      else if (what === 'noise') far.comfortNoise();
      else if (what === '*' || what === '#' || what === '9') far.key(what);
      else if (what === 'request') twin.request('s', {}, world.nowMs);
      else if (what === 'urgent') twin.request('s', { emergency: true }, world.nowMs);
      else if (what === 'release') twin.release('s', world.nowMs);
      else if (what === 'drop') twin.disconnectLeg(far.leg, world.nowMs);
      else if (what === 'connect') far.connect();
    }
    world.run(waitMs);
  }
  // What was said at once is sent one after the other.
  world.run(20_000 + 7000 * steps.filter(({ what }) => what === 'long').length);
  const heard = (end: FarEnd) => end.arrivals.map(({ atMs, payload }) => [atMs, Buffer.from(payload).toString('hex')]);
  return { listened, world, noticed: { a: heard(a), b: heard(b), events: world.events } };
}

describe('a talkgroup that is listened to, any history', () => {
  it('is sent nothing, asks for nothing, and changes nothing of the group (80 histories)', () => {
    fc.assert(
      fc.property(history, fc.constantFrom<'cut' | 'mix'>('cut', 'mix'), settings, (steps, override, shadow) => {
        const alone = noticed(steps, override, undefined);
        const beside = noticed(steps, override, shadow);
        const { listened, world } = beside;
        expect(listened?.far.arrivals).toEqual([]);
        expect(listened?.group.packetsStopped, 'nothing even tried to send').toBe(0);
        for (const name of listened?.said ?? []) expect(['shadow', 'leg', 'answer', 'legDead']).toContain(name);
        expect(beside.noticed).toEqual(alone.noticed);
        expect(listened?.group.floor?.open, 'no over is left open').toBe(0);
        expect(listened?.group.dueMs).toBeGreaterThan(world.nowMs);
        for (const over of listened?.overs ?? []) {
          expect(over.voiceMs).toBeGreaterThan(0);
          expect(over.collisionMs).toBeGreaterThanOrEqual(0);
          expect(over.collisionMs).toBeLessThanOrEqual(over.voiceMs + 20);
        }
      }),
      { numRuns: 80 },
    );
  });
});
