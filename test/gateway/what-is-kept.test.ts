/**
 * Every kind of data that the gateway keeps in documents of its own, written by the parts that do: once a sweep has been, no
 * octet of what was too old is left in its folder, and the report names kind, count and period.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import type { Logger } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import { readSheet, writeSheet } from '../../src/console/wire.ts';
import { Operations, type OperationsPorts } from '../../src/gateway/operations/operations.ts';
import { Timeline } from '../../src/gateway/operations/timeline.ts';
import { retentionGroups } from '../../src/gateway/retention.ts';
import { dataKinds } from '../../src/operations/data-kinds.ts';
import type { Person } from '../../src/operations/terms.ts';
import { KeptDocuments } from '../../src/store/kept-documents.ts';
import { forgetItems, type ItemKind } from '../../src/store/kept-items.ts';
import { KeptLines } from '../../src/store/kept-lines.ts';
import { dayMs, nowUtcMs, RetentionRig } from '../store/retention-rig.ts';
import { demoConfig } from './demo-config.ts';
import { quietConsole } from './operations/quiet-ports.ts';

let rig: RetentionRig;
afterEach(() => rig.close());

const room = 'cr-ccpd';
const person = (id: string): Person => ({ person: id, display: id, role: 'dispatcher', controlRoom: room });
const config = {
  ...demoConfig,
  people: ['leaves', 'comes'].map((id) => ({ ...demoConfig.people[0]!, ...person(id), id })),
};
const [group] = config.sharedGroups;
const leg = `${group!.id}/${group!.legs[0]!.talkgroup}`;
const words = (text: string) => ({ fr: text, nl: text, en: text });

/** A gateway's operations on a real folder, at a time of their own. */
class Stand {
  readonly clock: ManualClock;
  readonly timeline: Timeline;
  readonly operations: Operations;
  /** Whose unit is in distress. */
  #home = '';

  constructor(ageDays: number) {
    this.clock = new ManualClock({ nowMs: 0, utcMs: nowUtcMs - ageDays * dayMs });
    const line = () => undefined;
    const meter = new Meter();
    const events = new Events({ info: line, warn: line, error: line, debug: line } as unknown as Logger, meter);
    const documents = new KeptDocuments(rig.state, { clock: this.clock, broken: line, kept: line });
    const console = {
      ...quietConsole,
      setEmergency: ({ homeRooms }: { homeRooms?: string[] | null }) => {
        this.#home = homeRooms?.[0] ?? '';
      },
      identify: (_leg: string, address?: string) => ({ address: address ?? '', callSign: address ?? '' }),
      sheetOf: () => ({ timezone: sheetWord, controlRooms: [{ id: room }] }),
      addToTimeline: line,
      isExercise: () => false,
      inExercise: () => false,
      ...{ raiseAlarm: line, clearAlarm: line },
    };
    this.timeline = new Timeline(config, {
      ...{ clock: this.clock, meter, events, console },
      kept: new KeptLines(join(rig.state, 'timeline.jsonl')),
    });
    events.listen(this.timeline);
    this.operations = new Operations(config, {
      ...{ clock: this.clock, events, console, meter },
      kept: (name: string) => documents.at(name),
      attachments: { isUp: () => true },
      sendVoice: line,
      speech: { speak: async () => ({ ok: false, reason: 'no voice here' }) },
    } as unknown as OperationsPorts);
    this.timeline.start();
    this.operations.start();
  }

  stop(): void {
    this.operations.stop();
  }

  hit(reference: string): void {
    const texts = { camera: words('E17'), vehicle: words('grey Audi'), reason: words('theft') };
    this.operations.hits.take({ source: 'be-anpr', reference, ...texts, readUtcMs: this.clock.utcMs() }, undefined);
  }

  handOver(note: string): void {
    this.operations.operate(person('leaves'), { name: 'offerShift', to: 'comes', note }, () => undefined);
    const { handOvers } = this.operations.handOvers.shown(person('comes'));
    const shift = handOvers.at(-1)?.id ?? 0;
    this.operations.operate(person('comes'), { name: 'confirmShift', shift }, () => undefined);
  }

  /** Raised with a place, acknowledged and cleared. */
  emergency(address: string): void {
    const place = { latitudeDeg: 50.731_234_5, longitudeDeg: 3.123_456_7 };
    this.operations.alarmSaid({ group: group!.id, leg, address, raised: true, place });
    expect(filesWith('50.7312345')).toEqual(['emergencies.json']);
    const emergency = 1;
    const by = { ...person('leaves'), role: 'supervisor' as const, controlRoom: this.#home };
    const ask = (operation: Parameters<Operations['operate']>[1]) =>
      this.operations.operate(by, operation, (refusal) => expect(refusal).toBeUndefined());
    ask({ name: 'acknowledgeEmergency', emergency });
    ask({ name: 'clearEmergency', emergency, cause: 'found' });
    ask({ name: 'confirmClear', emergency });
    expect(filesWith('50.7312345')).toEqual([]);
  }

  forget(kind: ItemKind, names: readonly string[]): boolean {
    if (kind === 'timeline') return this.timeline.forget(names.map(Number));
    return this.operations.forget(kind, names);
  }
}

const sheetWord = 'Sheet/Marker';

/** Files of the state folder, whatever they are, that have these octets. */
function filesWith(mark: string, folder = rig.state): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .filter((name) => readFileSync(join(folder, name)).includes(mark));
}

/** As the sheet of a shift lies on the disk. */
const sheetOctets = writeSheet({ timezone: sheetWord, controlRooms: [{ id: room }] });
const values = { voiceSharedGroup: 60, borderRecord: 1095, actionLog: 1095, hit: 30, handOver: 30, timeline: 2 };

/** What is old enough to go, and beside it what is not. */
function filled(): Stand {
  const old = new Stand(40);
  old.hit('GONE-HIT');
  old.handOver('GONE-NOTE');
  old.emergency('GONEUNIT');
  old.stop();
  const young = new Stand(0);
  young.hit('KEPT-HIT');
  young.handOver('KEPT-NOTE');
  return young;
}

async function sweepUntilGone(stand: Pick<Stand, 'forget'>): Promise<void> {
  for (let time = 0; time < 3; time++) {
    await rig.sweep({ forget: (kind, names) => void stand.forget(kind, names) });
    rig.utcMs += time === 1 ? dayMs / 2 : 1000;
  }
}

describe('what the gateway keeps', () => {
  it('is gone from every file when its days are over, and the report names kind, count and period', async () => {
    rig = new RetentionRig();
    rig.values = values;
    const stand = filled();
    expect(readSheet(sheetOctets)).toMatchObject({ timezone: sheetWord });
    for (const mark of ['GONE-HIT', 'GONE-NOTE', 'GONEUNIT', 'KEPT-HIT', 'KEPT-NOTE'])
      expect([mark, filesWith(mark).length > 0]).toEqual([mark, true]);
    expect(filesWith(sheetOctets)).toHaveLength(2);
    await sweepUntilGone(stand);
    stand.stop();
    for (const mark of ['GONE-HIT', 'GONE-NOTE', 'GONEUNIT', '50.7312345'])
      expect([mark, filesWith(mark)]).toEqual([mark, []]);
    expect(filesWith('KEPT-HIT').toSorted()).toEqual(['hits.json', 'timeline.jsonl']);
    expect(filesWith('KEPT-NOTE')).toEqual(['hand-overs.json']);
    expect(filesWith(sheetOctets)).toEqual(['hand-over-sheet-2.json']);
    const day = new Date(nowUtcMs - 40 * dayMs).toISOString().slice(0, 10);
    const said = Object.fromEntries(rig.report.kinds.map((each: { data: string }) => [each.data, each]));
    expect(Object.keys(said)).toEqual(dataKinds.map(({ data }) => data));
    expect(said.hits).toEqual({ data: 'hits', kept: '30 days', removed: 1, from: day, to: day });
    expect(said['hand-overs']).toMatchObject({ kept: '30 days', removed: 1, from: day, to: day });
    expect(said.emergencies).toMatchObject({
      kept: expect.stringContaining('while they are open'),
      from: day,
      to: day,
    });
    expect(said.emergencies.removed).toBeGreaterThanOrEqual(3);
    expect(said.timeline.removed).toBeGreaterThan(said.emergencies.removed);
    expect(said.positions).toEqual({
      data: 'positions',
      kept: expect.stringContaining('not kept: in memory'),
      removed: 0,
    });
    expect(said.texts).toMatchObject({ kept: expect.stringContaining('not kept: words are in memory') });
    expect(rig.report.removed).toContainEqual(
      expect.objectContaining({ kind: 'timeline', part: 'emergency', day, rule: 'timeline', days: 2 }),
    );
    expect(rig.report.removed).toContainEqual(expect.objectContaining({ kind: 'hit', day, rule: 'hit', count: 1 }));
    expect(await rig.reportFault()).toBeUndefined();
  });

  it('stays while it is held, all of it', async () => {
    rig = new RetentionRig();
    rig.values = values;
    const stand = filled();
    const store = await rig.store();
    const about = { reason: 'court', by: 'Anna B.', country: 'BE', utcMs: nowUtcMs };
    await store.addHold({ fromUtcMs: 0, toUtcMs: nowUtcMs, groups: [group!.id], ...about });
    await store.close();
    await sweepUntilGone(stand);
    stand.stop();
    for (const mark of ['GONE-HIT', 'GONE-NOTE', 'GONEUNIT'])
      expect([mark, filesWith(mark).length > 0]).toEqual([mark, true]);
    const spared = new Set(rig.report.spared.map(({ kind }: { kind: string }) => kind));
    expect([...spared].toSorted()).toEqual(['actionLog', 'handOver', 'hit', 'timeline'].toSorted());
  });

  it('goes as well where no gateway runs, as after a restore', async () => {
    rig = new RetentionRig();
    rig.values = values;
    filled().stop();
    await sweepUntilGone({
      forget: (kind, names) => {
        forgetItems(rig.state, kind, names);
        return true;
      },
    });
    for (const mark of ['GONE-HIT', 'GONE-NOTE', 'GONEUNIT']) expect([mark, filesWith(mark)]).toEqual([mark, []]);
    expect(filesWith(sheetOctets)).toEqual(['hand-over-sheet-2.json']);
    expect(filesWith('KEPT-HIT').toSorted()).toEqual(['hits.json', 'timeline.jsonl']);
  });

  it('goes by the shortest law: of a country for what no group is of, of the group for its timeline', async () => {
    rig = new RetentionRig();
    rig.values = { ...values, timeline: 90, hit: 90, handOver: 90, 'hit.FR': 39, 'timeline.UK': 10 };
    rig.groups = retentionGroups(config);
    const stand = filled();
    await sweepUntilGone(stand);
    stand.stop();
    // What the timeline says of a hit goes with it; nobody of the United Kingdom is joined to the group of the emergency.
    expect(filesWith('GONE-HIT')).toEqual([]);
    expect(filesWith('GONEUNIT')).toEqual(['timeline.jsonl']);
    expect(filesWith('GONE-NOTE')).toEqual(['hand-overs.json']);
    expect(rig.report.removed).toContainEqual(expect.objectContaining({ kind: 'hit', rule: 'hit.FR', days: 39 }));
  });
});
