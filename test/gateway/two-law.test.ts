/**
 * The two-law view, whichever way an auditor comes: what is under the law of both countries he gets, what is under the
 * other's alone he does not, and the log says that he tried. `xb-acc` joins both countries, `xb-patr` France alone.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { searchAudit } from '../../src/audit-command.ts';
import { ManualClock } from '../../src/base/clock.ts';
import { ConsoleModel } from '../../src/console/console-model.ts';
import type { RecordingsReply, RecordingsWish } from '../../src/console/recordings-wire.ts';
import { exportIncident } from '../../src/export-command.ts';
import { ExportDesk } from '../../src/gateway/export-desk.ts';
import { Recall } from '../../src/gateway/recall.ts';
import { RecordingsDesk } from '../../src/gateway/recordings-desk.ts';
import { reportText } from '../../src/report-command.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { RecordingsThread } from '../../src/store/recordings-thread.ts';
import { world } from '../console/world-of-test.ts';
import { beganUtcMs, type EvidenceRig, pursuit } from '../evidence/evidence-rig.ts';

const worker = new URL('../../src/evidence/recordings-worker.ts', import.meta.url);
const room = { role: 'auditor', controlRoom: 'ccpd', language: 'fr', priority: 10 } as const;
const people = [
  { id: 'aud-be', display: 'Anna B.', country: 'BE', ...room },
  { id: 'aud-be-2', display: 'Axel B.', country: 'BE', ...room },
  { id: 'aud-fr', display: 'Anne F.', country: 'FR', ...room },
  { id: 'aud-fr-2', display: 'Alix F.', country: 'FR', ...room },
];
const [belgian, french] = ['aud-be', 'aud-fr'].map((person) => {
  const { display, country } = people.find(({ id }) => id === person)!;
  return { person, display, role: 'auditor', controlRoom: 'ccpd', country } as const;
});
const reason = 'PV 12/2026';
const span = { fromUtcMs: beganUtcMs, toUtcMs: beganUtcMs + 600_000 };

let rig: EvidenceRig;
let config: EvidenceRig['config'];
let thread: RecordingsThread;
let desk: RecordingsDesk;
const clock = new ManualClock({ nowMs: 1000, utcMs: beganUtcMs + 3_600_000 });
const lines: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
const say = (event: string) => (at: object) => void lines.push([event, { ...at }]);

beforeAll(async () => {
  rig = await pursuit();
  config = {
    ...rig.config,
    people,
    sharedGroups: [
      { id: 'xb-acc', monitoredBy: ['ccpd'], legs: [{ talkgroup: 'be:1' }, { talkgroup: 'fr:1' }] },
      { id: 'xb-patr', monitoredBy: ['ccpd'], legs: [{ talkgroup: 'fr:2' }] },
    ],
    talkgroups: [
      { id: 'be:1', network: 'be' },
      { id: 'fr:1', network: 'fr' },
      { id: 'fr:2', network: 'fr' },
    ],
    networks: [
      { id: 'be', country: 'BE' },
      { id: 'fr', country: 'FR' },
    ],
    // No more of a configuration is asked for.
  } as unknown as EvidenceRig['config'];
  const state = join(rig.folder, 'state', 'ccpd');
  const [log, index] = [fileAt(join(state, 'escaut.db')), join(state, 'recordings-index.db')];
  thread = new RecordingsThread(worker, { gateway: 'ccpd', log, index, folder: rig.recordings, masters: [] });
  desk = new RecordingsDesk(config as unknown as ConstructorParameters<typeof RecordingsDesk>[0], {
    exports: new ExportDesk('ccpd', join(rig.folder, 'exports'), {
      isDiskNearlyFull: () => false,
      ...{ clock, masters: [], kept: { read: () => undefined, write: () => undefined } },
      events: { recordings: { exportOrdered: say('export') }, state: { notKept: say('stateNotKept') } },
      ...{ build: () => undefined, show: () => undefined },
    }),
    clock,
    events: {
      consoles: { notPermitted: say('refused') },
      recordings: { searched: say('searched'), heard: say('heard') },
    },
    reader: thread,
    newToken: () => randomBytes(32).toString('base64url'),
    isHere: () => true,
  });
});
afterAll(async () => {
  await thread.close();
  rig.end();
});
beforeEach(() => void lines.splice(0));

const ask = (who: typeof belgian, wish: RecordingsWish) => {
  return new Promise<RecordingsReply>((done) => desk.ask(who!, wish, done));
};
const search = (groups: string[]): RecordingsWish => ({
  ...{ name: 'search', reason, ...span, groups, incident: '' },
  ...{ unit: '', operator: '', priorityMin: 0, emergencyOnly: false },
});
const refused = () => lines.filter(([event]) => event === 'refused').map(([, { group }]) => group);

describe('the other country’s group', () => {
  it('is neither found nor heard: search, listening', async () => {
    const all = await ask(french, search([]));
    const found = 'found' in all ? all.found.found : [];
    expect(new Set(found.map(({ group }) => group))).toEqual(new Set(['xb-acc', 'xb-patr']));
    const his = await ask(belgian, search([]));
    expect('found' in his && his.found.found.map(({ group }) => group)).toEqual(['xb-acc', 'xb-acc']);
    expect(await ask(belgian, search(['xb-patr']))).toEqual({ refusal: 'not-own-country' });
    const recording = found.find(({ group }) => group === 'xb-patr')?.id ?? 0;
    expect(await ask(belgian, { name: 'listen', reason, recording })).toEqual({ refusal: 'not-own-country' });
    expect(await ask(french, { name: 'listen', reason, recording })).toHaveProperty('ticket');
    expect(refused()).toEqual(['xb-patr', 'xb-patr']);
  });

  it('is not exported at a console, nor for a pair one of whom it is not for', async () => {
    const order = (groups: string[], second: string): RecordingsWish => {
      return { name: 'order', reason, ...span, groups, incident: '', second };
    };
    expect(await ask(belgian, order(['xb-acc', 'xb-patr'], 'aud-fr'))).toEqual({ refusal: 'not-own-country' });
    expect(await ask(french, order(['xb-patr'], 'aud-be'))).toEqual({ refusal: 'second-person-may-not' });
    expect(await ask(french, order(['xb-patr'], 'aud-fr-2'))).toHaveProperty('order');
  });

  it('is not recalled, and not shown: live, in the timeline, in the sheet of a shift', () => {
    const recall = new Recall(config as unknown as ConstructorParameters<typeof Recall>[0], {
      ...{
        clock,
        events: { consoles: { notPermitted: say('refused'), recalled: say('recalled') } },
        sendVoice: () => undefined,
      },
      ...{ talkerOf: () => undefined, isExercise: () => false },
    });
    const list = (who: typeof belgian, group: string) => {
      const answers: object[] = [];
      recall.ask(who!, { name: 'list', group, lastMs: 900_000 }, (answer) => answers.push(answer));
      return answers;
    };
    expect(list(belgian, 'xb-acc')).toEqual([{ overs: [] }]);
    expect(list(french, 'xb-patr')).toEqual([{ overs: [] }]);
    expect(list(belgian, 'xb-patr')).toEqual([{ refusal: 'not-own-country' }]);
    expect(refused()).toEqual(['xb-patr']);
    const [group] = world.groups;
    const groups = [
      { ...group!, id: 'xb-acc', countries: new Set(['BE', 'FR']) },
      { ...group!, id: 'xb-patr', countries: new Set(['FR']) },
    ];
    const model = new ConsoleModel({ ...world, groups });
    // What a console hears decides what it is shown of the timeline (console/page-actions.ts).
    expect([...model.rightsOf(belgian!).hears]).toEqual(['xb-acc']);
    expect([...model.rightsOf(french!).hears]).toEqual(['xb-acc', 'xb-patr']);
    expect([...model.rightsOf({ ...belgian!, role: 'dispatcher' }).hears]).toEqual(['xb-acc', 'xb-patr']);
  });

  it('is in no extract of the log and in no report that he asks for, which say how much they leave out', async () => {
    const read = async (by: string) => {
      const { entries, outsideLaw } = await searchAudit(config, { by, ...span }, () => clock.utcMs());
      return { lines: entries.filter((entry) => entry.includes('xb-patr')).length, outsideLaw };
    };
    expect(await read('aud-fr')).toEqual({ lines: 2, outsideLaw: 0 });
    expect(await read('aud-be')).toEqual({ lines: 0, outsideLaw: 2 });
    const store = await rig.store();
    const about = { operator: 'Anne F.', role: 'auditor', reason: 'secret', group: 'xb-patr', over: 3 };
    const line = { run: 'run-1', line: 99, utcMs: beganUtcMs, upMs: 0, level: 'info', fields: about } as const;
    await store.append([{ ...line, event: 'recording.heard' }]);
    await store.close();
    const report = (by: string) => {
      return reportText(
        config as unknown as Parameters<typeof reportText>[0],
        { act: 'access', month: '2026-11', by },
        0,
      );
    };
    expect(await report('aud-fr')).toMatch(/Anne F\. \| auditor \| – \| recording\.heard \| 1/);
    const his = await report('aud-be');
    expect(his).not.toContain('recording.heard');
    expect(his).toContain('1 more entries are about groups of another country');
  });

  it('goes into no package at the machine itself, nor does the log that names it, without a person of its country', async () => {
    const take = async (groups: string[] | undefined, by: string, second: string, more = {}) => {
      const out = join(rig.folder, `${by}-${second}-${groups}.zip`);
      const wish = { name: 'export', out, reason, by, second, ...span, ...(groups && { groups }), ...more } as const;
      const { isDone, words } = await exportIncident(config, wish, () => clock.utcMs());
      return isDone ? 'done' : words;
    };
    expect(await take(['xb-patr'], 'aud-be', 'aud-fr')).toContain("law of Anna B.'s country");
    expect(await take(undefined, 'aud-be', 'aud-fr')).toContain("law of Anna B.'s country");
    expect(await take(['xb-patr'], 'aud-fr', 'aud-be')).toContain('Anna B. (auditor) may not export these');
    expect(await take(['xb-acc'], 'aud-be', 'aud-be-2')).toContain('several countries');
    expect(await take(['xb-acc'], 'aud-be', 'aud-fr')).toBe('done');
    expect(await take(['xb-patr'], 'aud-fr', 'aud-fr-2')).toBe('done');
    // Two of Belgium, of a group of Belgium alone: the log of the time names the French one.
    const [acc, patr] = config.sharedGroups;
    const belgianOnly = { ...acc!, legs: acc!.legs.slice(0, 1) };
    const before = config;
    config = { ...config, sharedGroups: [belgianOnly, patr!] };
    expect(await take(['xb-acc'], 'aud-be', 'aud-be-2')).toContain('names xb-patr then');
    config = before;
    const { entries } = await searchAudit(config, { by: 'aud-fr', event: 'permission.refused' }, () => clock.utcMs());
    const refusals = entries.map((entry) => (JSON.parse(entry) as { about: { refusal: string } }).about.refusal);
    expect(refusals).toEqual([
      ...['not-own-country', 'not-own-country', 'second-person-may-not', 'second-person-same-country'],
      'log-of-another-law',
    ]);
  });
});
