/**
 * Every kind of data that the gateway keeps in documents of its own, written by the parts that do: once a sweep has been, no
 * octet of what was too old is left in its folder, and the report names kind, count and period.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/clock.ts';
import { Events } from '../../src/base/events.ts';
import type { Logger } from '../../src/base/logger.ts';
import { Meter } from '../../src/base/meter.ts';
import type { Gone } from '../../src/console/incidents.ts';
import { readSheet, writeSheet } from '../../src/console/wire.ts';
import { Operations, type OperationsPorts } from '../../src/gateway/operations/operations.ts';
import { Timeline } from '../../src/gateway/operations/timeline.ts';
import { retentionGroups } from '../../src/gateway/retention.ts';
import { dataKinds } from '../../src/operations/data-kinds.ts';
import type { Person } from '../../src/operations/terms.ts';
import { timelineRules } from '../../src/operations/timeline.ts';
import { KeptDocuments } from '../../src/store/kept-documents.ts';
import { forgetItems, type ItemKind, itemKinds, itemsIn } from '../../src/store/kept-items.ts';
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
  /** What consoles were told to let go of. */
  readonly gone: Gone[] = [];
  /** Whose unit is in distress. */
  #home = '';

  constructor(ageDays: number, entriesMax = timelineRules.entriesMax) {
    this.clock = new ManualClock({ nowMs: 0, utcMs: nowUtcMs - ageDays * dayMs });
    const line = () => undefined;
    const meter = new Meter();
    const events = new Events({ info: line, warn: line, error: line, debug: line } as unknown as Logger, meter);
    const documents = new KeptDocuments(rig.state, { clock: this.clock, broken: line, kept: line, lost: line });
    const console = {
      ...quietConsole,
      setEmergency: ({ homeRooms }: { homeRooms?: string[] | null }) => {
        this.#home = homeRooms?.[0] ?? '';
      },
      identify: (_leg: string, address?: string) => ({ address: address ?? '', callSign: address ?? '' }),
      sheetOf: () => ({ timezone: sheetWord, controlRooms: [{ id: room }] }),
      addToTimeline: line,
      forget: (gone: Gone) => void this.gone.push(gone),
      isExercise: () => false,
      inExercise: () => false,
      ...{ raiseAlarm: line, clearAlarm: line },
    };
    const ports = {
      ...{ clock: this.clock, meter, events, console },
      kept: new KeptLines(join(rig.state, 'timeline.jsonl')),
      older: documents.older('timeline'),
    };
    this.timeline = new Timeline(config, ports, { ...timelineRules, entriesMax });
    events.listen(this.timeline);
    this.operations = new Operations(config, {
      ...{ clock: this.clock, events, console, meter },
      kept: (name: string) => documents.at(name),
      older: (list: 'hits') => documents.older(list),
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
    if (kind === 'timeline') return this.timeline.forget(names);
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

/** As many as there is room for at hand, of 40 days ago, and three records that are due. */
function crowded(): void {
  const utcMs = nowUtcMs - 40 * dayMs;
  const by = person('leaves');
  const texts = { camera: words('E17'), vehicle: words('grey Audi'), reason: words('theft') };
  const about = { source: 'be-anpr', readUtcMs: utcMs, sinceUtcMs: utcMs, merged: [], ...texts };
  const hits = Array.from({ length: 500 }, (_, at) => {
    return { ...about, reference: `H-${at + 1}`, hit: at + 1, name: 'lapsed' };
  });
  const room = { origin: 'cr-ccpd', host: 'other', category: 'theft', basis: 'pursuit', crossings: [] };
  const records = Array.from({ length: 500 }, (_, at) => {
    const closedUtcMs = at < 3 ? nowUtcMs - 1100 * dayMs : utcMs;
    const times = { noticeUtcMs: closedUtcMs, noticeBy: by, closedUtcMs };
    return { ...room, record: `B${at + 1}`, group: group!.id, name: 'closed', ...times };
  });
  mkdirSync(rig.state, { recursive: true });
  const counted = { pursuit: 500, 'joint-patrol': 0, exercise: 0 };
  writeFileSync(join(rig.state, 'hits.json'), JSON.stringify({ version: 1, counted: 500, hits }));
  writeFileSync(join(rig.state, 'border-records.json'), JSON.stringify({ version: 1, counted, records }));
}

const allOf = (kind: ItemKind) => itemsIn(rig.state, kind, {}, () => true);

describe('by number alone', () => {
  const open = (stand: Stand) => {
    const [one, other] = config.controlRooms;
    const notice = { origin: one!.id, host: other!.id, category: 'theft', basis: 'pursuit', place: '' } as const;
    stand.operations.operate(person('leaves'), { name: 'openRecord', group: group!.id, ...notice }, (refusal) =>
      expect(refusal).toBeUndefined(),
    );
  };

  it('nothing is lost: what makes room is kept, held and removed like what is at hand, also by who starts anew', async () => {
    // In memory where there is such a place: all of it waits for the disk.
    rig = new RetentionRig(existsSync('/dev/shm') ? mkdtempSync('/dev/shm/retention-') : undefined);
    rig.values = values;
    crowded();
    let old = new Stand(40, 60);
    for (const at of [501, 502, 503]) old.hit(`H-${at}`);
    open(old);
    open(old);
    for (let at = 0; at < 26; at++) old.handOver(`NOTE-${at}`);
    old.stop();
    old = new Stand(40, 60);
    for (let at = 26; at < 53; at++) old.handOver(`NOTE-${at}`);
    expect(old.operations.hits.hit(3)).toBeUndefined();
    expect(old.operations.hits.hit(4)).toBeDefined();
    expect(old.operations.handOvers.shown(person('comes')).handOvers).toHaveLength(50);
    old.stop();
    // Neither more nor fewer than ever were; two records are open.
    const marks = [...Array.from({ length: 503 }, (_, at) => `"H-${at + 1}"`), `"NOTE-0"`, `"NOTE-52"`];
    const texts = () =>
      itemKinds
        .map((kind) =>
          allOf(kind)
            .map(({ text }) => text)
            .join('\n'),
        )
        .join('\n');
    expect(marks.filter((mark) => !texts().includes(mark))).toEqual([]);
    const counts = () => itemKinds.map((kind) => allOf(kind).length);
    const [records, hits, handOvers, entries] = counts();
    expect([records, hits, handOvers]).toEqual([500, 503, 53]);
    expect(new Set(allOf('timeline').map(({ text }) => JSON.parse(text).id)).size).toBe(entries);
    const last = Math.max(...allOf('timeline').map(({ text }) => JSON.parse(text).id));
    expect(entries).toBe(last);
    const sheets = allOf('handOver').filter(({ text }) => /"sheet":"./.test(text));
    expect(sheets).toHaveLength(53);

    const store = await rig.store();
    const about = { reason: 'court', by: 'Anna B.', country: 'BE', utcMs: nowUtcMs };
    await store.addHold({ fromUtcMs: 0, toUtcMs: nowUtcMs, groups: undefined, ...about });
    const young = new Stand(0, 60);
    const before = young.gone.length;
    await sweepUntilGone(young);
    expect(counts().slice(0, 3)).toEqual([500, 503, 53]);
    expect(young.gone.slice(before)).toEqual([]);
    await store.liftHold(1, nowUtcMs);
    await store.close();
    rig.utcMs += dayMs;
    await sweepUntilGone(young);
    expect(counts().slice(0, 3)).toEqual([497, 0, 0]);
    expect(filesWith('"H-')).toEqual([]);
    expect(filesWith('NOTE-')).toEqual([]);
    expect(filesWith(sheetOctets)).toEqual([]);
    const left = readdirSync(join(rig.state, 'older')).filter((file) => !file.startsWith('timeline-'));
    expect(left).toEqual([]);
    // From memory, and from consoles, as well.
    expect(young.operations.hits.hit(400)).toBeUndefined();
    const told = young.gone.flatMap(({ hits: ids = [] }) => ids);
    expect(told).toContain(503);
    expect(young.gone.flatMap(({ records: ids = [] }) => ids)).toContain('B3');
    expect(young.operations.handOvers.shown(person('comes')).handOvers).toEqual([]);
    young.stop();
    expect(await rig.reportFault()).toBeUndefined();
  });
});

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
