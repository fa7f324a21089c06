/**
 * Permanent recordings at a console: with the real thread over a real audit log and folder. Who may, what he is given, what
 * the log says of it, and that a ticket is worth nothing to anybody else.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Served } from '../../src/api/recordings-door.ts';
import { ManualClock } from '../../src/base/clock.ts';
import type { RecordingsReply, RecordingsWish } from '../../src/console/recordings-wire.ts';
import { ExportDesk } from '../../src/gateway/export-desk.ts';
import { RecordingsDesk } from '../../src/gateway/recordings-desk.ts';
import type { ExportOrder } from '../../src/operations/export-order.ts';
import { type Person, type Role, roles } from '../../src/operations/terms.ts';
import { fileAt } from '../../src/store/database-place.ts';
import { KeptFile } from '../../src/store/kept-file.ts';
import { sealedWriter } from '../../src/store/kept-package.ts';
import { RecordingsThread } from '../../src/store/recordings-thread.ts';
import type { MasterKeys } from '../../src/voice/recording-keys.ts';
import { beganUtcMs, type EvidenceRig, filesOf, pursuit } from '../evidence/evidence-rig.ts';

const worker = new URL('../../src/evidence/recordings-worker.ts', import.meta.url);
const person = (id: string, role: Role, controlRoom = 'ccpd'): Person => ({
  person: id,
  display: id,
  role,
  controlRoom,
});
const auditor = person('aud-be', 'auditor');
const config = {
  sharedGroups: [
    { id: 'xb-acc', monitoredBy: ['ccpd', 'lille'], legs: [{ talkgroup: 'be:1' }, { talkgroup: 'fr:1' }] },
    { id: 'xb-patr', monitoredBy: ['lille'], legs: [{ talkgroup: 'fr:2' }] },
  ],
  directLines: [],
  controlRooms: [],
  talkgroups: [
    { id: 'be:1', network: 'be' },
    { id: 'fr:1', network: 'fr' },
    { id: 'fr:2', network: 'fr' },
  ],
  networks: [
    { id: 'be', country: 'BE' },
    { id: 'fr', country: 'FR' },
  ],
  people: [
    { id: 'aud-be', display: 'aud-be', role: 'auditor', controlRoom: 'ccpd', country: 'BE' },
    { id: 'aud-be-2', display: 'aud-be-2', role: 'auditor', controlRoom: 'ccpd', country: 'BE' },
    { id: 'aud-fr', display: 'aud-fr', role: 'auditor', controlRoom: 'ccpd', country: 'FR' },
    { id: 'disp', display: 'disp', role: 'dispatcher', controlRoom: 'ccpd', country: 'FR' },
  ],
  // No more of a configuration is asked for.
} as unknown as ConstructorParameters<typeof RecordingsDesk>[0];

let rig: EvidenceRig;
let thread: RecordingsThread;
let desk: RecordingsDesk;
let clock: ManualClock;
let exports: ExportDesk;
const shown: ExportOrder[] = [];
/** Ends what is being built. */
let finish: () => Promise<void>;
const here = new Set<string>();
const lines: (readonly [string, Readonly<Record<string, unknown>>])[] = [];

beforeEach(async () => {
  rig = await pursuit();
  clock = new ManualClock({ nowMs: 1000, utcMs: beganUtcMs + 3_600_000 });
  const state = join(rig.folder, 'state', 'ccpd');
  const [log, index] = [fileAt(join(state, 'escaut.db')), join(state, 'recordings-index.db')];
  thread = new RecordingsThread(worker, { gateway: 'ccpd', log, index, folder: rig.recordings, masters: [] });
  lines.length = 0;
  here.clear();
  for (const id of ['aud-be', 'aud-fr', 'ccpd-sup']) here.add(id);
  shown.length = 0;
  exports = exportDesk();
  desk = recordingsDesk();
});
afterEach(async () => {
  exports.stop();
  await thread.close();
  rig.end();
});

function recordingsDesk(): RecordingsDesk {
  const say = (event: string) => (at: object) => void lines.push([event, { ...at }]);
  return new RecordingsDesk(config, {
    exports,
    clock,
    events: {
      consoles: { notPermitted: say('notPermitted') },
      recordings: { searched: say('searched'), heard: say('heard') },
    },
    reader: thread,
    newToken: () => randomBytes(32).toString('base64url'),
    isHere: (id) => here.has(id),
  });
}

/** On the folder of the rig, as a gateway that starts there. */
function exportDesk(masters: MasterKeys = []): ExportDesk {
  const ports = { utcMs: () => clock.utcMs(), broken: () => lines.push(['broken', {}]) };
  return new ExportDesk('ccpd', join(rig.folder, 'exports'), {
    isDiskNearlyFull: () => false,
    ...{ clock, masters, kept: new KeptFile(join(rig.folder, 'export-orders.json'), ports) },
    events: {
      recordings: { exportOrdered: (at: object) => void lines.push(['export', { ...at }]) },
      state: { notKept: (at: object) => void lines.push(['stateNotKept', { ...at }]) },
    },
    // As a process would: the same code, when the test lets it.
    build: (order, out, news) => {
      finish = async () => {
        const { fromUtcMs, toUtcMs, groups, reason } = order;
        const wish = { fromUtcMs, toUtcMs, groups, reason, out, by: 'aud-be', second: 'tn-sup' };
        news.progress(0, 2);
        const { made, words, fault = 'other' } = await rig.export(wish, { writer: sealedWriter(out, masters) });
        if (made === undefined) news.failed(fault, words);
        else news.built(made);
      };
    },
    show: (order) => shown.push(order),
  });
}

const ask = (who: Person, wish: RecordingsWish) => new Promise<RecordingsReply>((done) => desk.ask(who, wish, done));
const search = (wish: Partial<Extract<RecordingsWish, { name: 'search' }>> = {}): RecordingsWish => ({
  ...{ name: 'search', reason: 'PV 12/2026', fromUtcMs: beganUtcMs, toUtcMs: beganUtcMs + 600_000, groups: [] },
  ...{ incident: '', unit: '', operator: '', priorityMin: 0, emergencyOnly: false },
  ...wish,
});
async function oversOf(who: Person, wish: Partial<Extract<RecordingsWish, { name: 'search' }>> = {}) {
  const reply = await ask(who, search(wish));
  if (!('found' in reply)) return 'refusal' in reply ? reply.refusal : '?';
  return reply.found.found.map(({ over }) => over);
}
async function idOf(over: number): Promise<number> {
  const reply = await ask(person('aud-fr', 'auditor'), search());
  const found = 'found' in reply ? reply.found.found.find((each) => each.over === over) : undefined;
  lines.length = 0;
  return found?.id ?? 0;
}
const listen = (recording: number, reason = 'PV 12/2026'): RecordingsWish => ({ name: 'listen', reason, recording });
async function ticketFor(who: Person, over: number): Promise<string> {
  const reply = await ask(who, listen(await idOf(over)));
  return 'ticket' in reply ? (reply.ticket.split('/').at(-1) ?? '') : '';
}

describe('a search', () => {
  it.each(roles)('is answered to whom it belongs, and refused to others, which the log says: %s', async (role) => {
    const answer = await oversOf(person('sometimes', role));
    if (role === 'supervisor') expect(answer).toEqual([2, 1]);
    // Of no country that any law here gives anything.
    else expect(answer).toBe(role === 'auditor' ? 'not-own-country' : 'not-permitted');
    const said = lines.map(([event]) => event);
    expect(said).toEqual([role === 'supervisor' ? 'searched' : 'notPermitted']);
  });

  it('gives each auditor what his law gives him', async () => {
    expect(await oversOf(auditor)).toEqual([2, 1]);
    expect(await oversOf(person('aud-fr', 'auditor'))).toEqual([3, 2, 1]);
    expect(await oversOf(auditor, { groups: ['xb-patr'] })).toBe('not-own-country');
    expect(await oversOf(auditor, { groups: ['xb-acc', 'xb-patr'] })).toBe('not-own-country');
    expect(await oversOf(person('ccpd-sup', 'supervisor'), { groups: ['xb-patr'] })).toBe('not-own-control-room');
  });

  it('wants a reason and a time, and stands in the log with both before anything is shown', async () => {
    expect(await oversOf(auditor, { reason: '' })).toBe('reason-missing');
    expect(await oversOf(auditor, { toUtcMs: 0 })).toBe('no-time');
    expect(await oversOf(auditor, { groups: ['xb-nowhere'] })).toBe('unknown-group');
    expect(lines).toEqual([]);
    await oversOf(auditor, { unit: 'mouscron' });
    expect(lines).toEqual([
      [
        'searched',
        {
          ...{ operator: 'aud-be', role: 'auditor', controlRoom: 'ccpd', reason: 'PV 12/2026', groups: ['xb-acc'] },
          ...{ fromUtc: '2026-11-29T02:14:00.000Z', toUtc: '2026-11-29T02:24:00.000Z', searchUnit: 'mouscron' },
        },
      ],
    ]);
  });

  it('stands in the log also where it says that it goes on with one before', async () => {
    const before = { id: await idOf(2), startUtcMs: Date.parse('2026-11-29T02:24:00Z') };
    lines.splice(0);
    await oversOf(auditor, { before });
    expect(lines.map(([what]) => what)).toEqual(['searched']);
  });

  it('finds by the name of an incident, at its time and on its groups', async () => {
    const time = { fromUtcMs: 0, toUtcMs: 0 };
    expect(await oversOf(auditor, { ...time, incident: 'B1' })).toEqual([2, 1]);
    expect(await oversOf(auditor, { ...time, incident: 'E4' })).toEqual([2, 1]);
    expect(await oversOf(auditor, { ...time, incident: 'B7' })).toBe('unknown-incident');
    expect(lines.map(([, { incident }]) => incident)).toEqual(['B1', 'E4']);
  });
});

describe('listening', () => {
  it('is in the log with who, what and why, and then gives the file that is there', async () => {
    const reply = await ask(auditor, listen(await idOf(2)));
    expect(lines).toEqual([
      [
        'heard',
        {
          ...{
            operator: 'aud-be',
            role: 'auditor',
            controlRoom: 'ccpd',
            reason: 'PV 12/2026',
            group: 'xb-acc',
            over: 2,
          },
          file: '2026-11-29/xb-acc/20261129T021420.000Z-2.opus',
        },
      ],
    ]);
    const token = 'ticket' in reply ? (reply.ticket.split('/').at(-1) ?? '') : '';
    const served = await desk.open(token, 'aud-be');
    expect(typeof served === 'object' && 'bytes' in served && Buffer.from(served.bytes).subarray(0, 4).toString()).toBe(
      'OggS',
    );
  });

  it('is refused without a reason, of what there is not, of what is another law’s, and of what is gone', async () => {
    const [second, third] = [await idOf(2), await idOf(3)];
    expect(await ask(auditor, listen(second, ''))).toEqual({ refusal: 'reason-missing' });
    expect(await ask(auditor, listen(99))).toEqual({ refusal: 'not-kept' });
    expect(await ask(auditor, listen(third))).toEqual({ refusal: 'not-own-country' });
    expect(await ask(person('disp', 'dispatcher'), listen(second))).toEqual({ refusal: 'not-permitted' });
    rmSync(rig.recordings, { recursive: true });
    expect(await ask(auditor, listen(second))).toEqual({ refusal: 'not-kept' });
    expect(lines.map(([event]) => event)).toEqual(['notPermitted', 'notPermitted']);
  });

  it('gives nothing to a ticket of somebody else, that is old, or whose person has left', async () => {
    const token = await ticketFor(auditor, 2);
    expect(await desk.open(token, 'aud-fr')).toBe('unknown');
    expect(await desk.open(token, '')).toBe('unknown');
    expect(await desk.open(`${token.slice(0, -1)}_`, 'aud-be')).toBe('unknown');
    here.delete('aud-be');
    expect(await desk.open(token, 'aud-be')).toBe('unknown');
    here.add('aud-be');
    expect(await desk.open(token, undefined)).toHaveProperty('bytes');
    clock.advance(10 * 60_000);
    expect(await desk.open(token, 'aud-be')).toBe('unknown');
  });
});

describe('an export', () => {
  const french = person('aud-fr', 'auditor');
  const order = (more: Partial<Extract<RecordingsWish, { name: 'order' }>> = {}): RecordingsWish => ({
    ...{ name: 'order', reason: 'PV 12/2026', fromUtcMs: beganUtcMs, toUtcMs: beganUtcMs + 600_000 },
    ...{ groups: ['xb-acc'], incident: '', second: 'aud-fr' },
    ...more,
  });
  const answer = (id: number, said: 'approve' | 'refuse' | 'withdraw', reason = ''): RecordingsWish => {
    return { name: 'answer', order: id, answer: said, reason };
  };
  const whats = () =>
    lines.flatMap(([event, { what, refusal = '' }]) => (event === 'export' ? [`${what}${refusal}`] : []));
  const restart = (masters: MasterKeys = []) => {
    exports.stop();
    exports = exportDesk(masters);
    desk = recordingsDesk();
    exports.start();
  };
  const fetched = async (id: number): Promise<Served> => {
    const reply = await ask(french, { name: 'fetch', reason: '', order: id });
    return desk.open('ticket' in reply ? (reply.ticket.split('/').at(-1) ?? '') : '', 'aud-fr');
  };
  const all = async (file: Served) => {
    const parts: Buffer[] = [];
    if (typeof file === 'object' && 'file' in file) for await (const part of file.file) parts.push(part as Buffer);
    return Buffer.concat(parts);
  };

  it('is built when the other country’s auditor has approved it, fetched once, and known to the log by its hash', async () => {
    expect(await ask(auditor, order())).toEqual({ order: 1 });
    expect(shown.at(-1)).toMatchObject({ state: 'asked', by: { person: 'aud-be' }, second: { person: 'aud-fr' } });
    expect(exports.shown('aud-fr')).toHaveLength(1);
    expect(exports.shown('aud-be-2')).toHaveLength(0);
    expect(await ask(auditor, { name: 'fetch', reason: '', order: 1 })).toEqual({ refusal: 'not-open' });
    expect(await ask(french, answer(1, 'approve'))).toEqual({ order: 1 });
    expect(shown.at(-1)?.state).toBe('building');
    await finish();
    expect(shown.map(({ state, done, all: of }) => [state, done, of])).toContainEqual(['building', 0, 2]);
    const { made } = shown.at(-1) ?? {};
    expect(shown.at(-1)?.state).toBe('ready');
    const reply = await ask(french, { name: 'fetch', reason: '', order: 1 });
    const token = 'ticket' in reply ? (reply.ticket.split('/').at(-1) ?? '') : '';
    expect(await desk.open(token, 'aud-be')).toBe('unknown');
    const zip = await all(await desk.open(token, 'aud-fr'));
    expect(zip).toHaveLength(made?.octets ?? 0);
    const sums = filesOf(zip).get('SHA256SUMS') ?? Buffer.alloc(0);
    expect(createHash('sha256').update(sums).digest('hex')).toBe(made?.manifestSha256);
    expect(await desk.open(token, 'aud-fr')).toBe('unknown');
    expect(whats()).toEqual(['ordered', 'approved', 'built', 'fetched']);
    expect(lines.find(([, { what }]) => what === 'built')?.[1]).toMatchObject({
      ...{ operator: 'aud-be', second: 'aud-fr', reason: 'PV 12/2026', groups: ['xb-acc'] },
      manifestSha256: made?.manifestSha256,
    });
  });

  it('is refused by the second person with his words, and then nothing is built', async () => {
    await ask(auditor, order());
    expect(await ask(auditor, answer(1, 'approve'))).toEqual({ refusal: 'not-second-person' });
    expect(await ask(person('aud-be-2', 'auditor'), answer(1, 'refuse'))).toEqual({ refusal: 'not-second-person' });
    expect(await ask(french, answer(1, 'refuse', 'no order of a magistrate'))).toEqual({ order: 1 });
    expect(shown.at(-1)).toMatchObject({ state: 'refused', words: 'no order of a magistrate' });
    expect(await ask(french, answer(1, 'approve'))).toEqual({ refusal: 'not-open' });
    expect(await ask(auditor, answer(1, 'withdraw'))).toEqual({ refusal: 'not-open' });
    expect(whats()).toEqual([
      ...['ordered', 'approvednot-second-person', 'refusednot-second-person', 'refused'],
      ...['approvednot-open', 'withdrawnnot-open'],
    ]);
  });

  it('is withdrawn when who ordered it is disabled before it is approved, and none of others is', async () => {
    await ask(auditor, order());
    await ask(french, order({ second: 'aud-be' }));
    exports.left('aud-be');
    expect(exports.shown('aud-be').map(({ state }) => state)).toEqual(['withdrawn', 'asked']);
    expect(await ask(french, answer(1, 'approve'))).toEqual({ refusal: 'not-open' });
    expect(whats()).toEqual(['ordered', 'ordered', 'withdrawn', 'approvednot-open']);
  });

  it.each([
    [{ second: 'aud-be' }, 'second-person-is-the-first'],
    [{ second: 'disp' }, 'second-person-may-not'],
    [{ second: 'nobody' }, 'second-person-missing'],
    [{ second: 'aud-be-2' }, 'second-person-same-country'],
    [{ groups: ['xb-patr'] }, 'not-own-country'],
    [{ groups: [] }, 'no-group'],
    [{ reason: '' }, 'reason-missing'],
  ])('is not ordered with %j: %s', async (more, refusal) => {
    expect(await ask(auditor, order(more))).toEqual({ refusal });
    expect(shown).toEqual([]);
    expect(whats()).toEqual([]);
  });

  it('is not for roles that may not export, whoever stands by', async () => {
    for (const role of roles) {
      if (role === 'auditor' || role === 'supervisor') continue;
      expect(await ask(person('disp', role), order())).toEqual({ refusal: 'not-permitted' });
    }
    expect(lines.every(([event]) => event === 'notPermitted')).toBe(true);
  });

  it('is for those alone who may at the moment they approve and fetch, whatever they were when it was ordered', async () => {
    const before = config.people;
    const live = config as { people: typeof before };
    const without = (id: string) =>
      before.map((each) => (each.id === id ? { ...each, role: 'observer' as const } : each));
    try {
      await ask(auditor, order());
      live.people = without('aud-fr');
      expect(await ask(french, answer(1, 'approve'))).toEqual({ refusal: 'second-person-may-not' });
      live.people = before.filter(({ id }) => id !== 'aud-be');
      expect(await ask(french, answer(1, 'approve'))).toEqual({ refusal: 'second-person-may-not' });
      expect(whats()).toEqual(['ordered']);
      expect(lines.at(-1)?.[0]).toBe('notPermitted');
      live.people = before;
      await ask(french, answer(1, 'approve'));
      await finish();
      live.people = without('aud-be');
      expect(await ask(auditor, { name: 'fetch', reason: '', order: 1 })).toEqual({ refusal: 'not-permitted' });
      expect(whats()).toEqual(['ordered', 'approved', 'built']);
    } finally {
      live.people = before;
    }
  });

  it('lapses when nobody answers, and its package goes after a day, which both are shown', async () => {
    await ask(auditor, order());
    clock.advance(30 * 60_000);
    expect(shown.at(-1)?.state).toBe('lapsed');
    await ask(auditor, order({ incident: 'B1', groups: [], fromUtcMs: 0, toUtcMs: 0 }));
    expect(shown.at(-1)).toMatchObject({ groups: ['xb-acc'], incident: 'B1', fromUtcMs: beganUtcMs - 30_000 });
    await ask(french, answer(2, 'approve'));
    await finish();
    const file = join(rig.folder, 'exports', '2-1', 'package.zip');
    expect(existsSync(file)).toBe(true);
    clock.advance(24 * 3_600_000);
    expect(shown.at(-1)?.state).toBe('gone');
    expect(existsSync(file)).toBe(false);
    expect(whats()).toEqual(['ordered', 'lapsed', 'ordered', 'approved', 'built', 'removed']);
  });

  it('outlives the gateway: what is asked can be approved, what was being built is built again, what is ready fetched', async () => {
    await ask(auditor, order());
    restart();
    expect(exports.shown('aud-fr')).toMatchObject([{ id: 1, state: 'asked', reason: 'PV 12/2026' }]);
    await ask(french, answer(1, 'approve'));
    // What a kill leaves of it.
    writeFileSync(join(rig.folder, 'exports', '1-1', 'package.zip.part'), 'half');
    restart();
    expect(existsSync(join(rig.folder, 'exports', '1-1'))).toBe(false);
    expect(exports.of(1)).toMatchObject({ state: 'building', tries: 2 });
    await finish();
    restart();
    expect(await ask(auditor, order())).toEqual({ order: 2 });
    const zip = await all(await fetched(1));
    expect(zip).toHaveLength(exports.of(1)?.made?.octets ?? 0);
    expect(filesOf(zip).has('SHA256SUMS')).toBe(true);
    expect(whats()).toEqual(['ordered', 'approved', 'begun-again', 'built', 'ordered', 'fetched']);
  });

  it('says why one failed that the gateway did not live to build, or whose package is gone, and lets it go at last', async () => {
    await ask(auditor, order());
    await ask(french, answer(1, 'approve'));
    for (let starts = 0; starts < 3; starts++) restart();
    const ended = { fault: 'gateway-ended', words: 'the gateway ended 3 times while it was built' };
    expect(exports.of(1)).toMatchObject({ state: 'failed', ...ended });
    expect(lines.at(-1)).toEqual(['export', expect.objectContaining({ what: 'failed', ...ended })]);
    await ask(auditor, order());
    await ask(french, answer(2, 'approve'));
    await finish();
    rmSync(join(rig.folder, 'exports'), { recursive: true });
    restart();
    expect(exports.of(2)).toMatchObject({ state: 'failed', fault: 'package-lost' });
    restart();
    expect(exports.of(2)).toMatchObject({ state: 'failed', fault: 'package-lost' });
    expect(exports.of(2)?.made).toBeUndefined();
    clock.advance(7 * 24 * 3_600_000);
    expect(exports.shown('aud-be')).toEqual([]);
    restart();
    expect(exports.shown('aud-be')).toEqual([]);
    expect(await ask(auditor, order())).toEqual({ order: 3 });
  });

  it('lies encrypted where recordings are, until it is fetched, and its key goes with it', async () => {
    const masters = [randomBytes(32)];
    restart(masters);
    await ask(auditor, order());
    await ask(french, answer(1, 'approve'));
    await finish();
    const lies = readdirSync(join(rig.folder, 'exports', '1-1')).map((name) =>
      readFileSync(join(rig.folder, 'exports', '1-1', name), 'latin1'),
    );
    expect(lies).toHaveLength(2);
    for (const text of lies) expect(text).not.toMatch(/^PK|OggS|OpusHead|SHA256SUMS|aud-be/);
    restart(masters);
    const zip = await all(await fetched(1));
    expect(zip).toHaveLength(exports.of(1)?.made?.octets ?? 0);
    expect(zip.includes('OggS')).toBe(true);
    clock.advance(24 * 3_600_000);
    expect(exports.of(1)?.state).toBe('gone');
    expect(readdirSync(join(rig.folder, 'exports'))).toEqual([]);
  });

  it('says that the master key is missing where it is another', async () => {
    restart([randomBytes(32)]);
    await ask(auditor, order());
    await ask(french, answer(1, 'approve'));
    await finish();
    restart([randomBytes(32)]);
    const why = { fault: 'recording-key-missing', words: expect.stringContaining('no master key') };
    expect(exports.of(1)).toMatchObject({ state: 'failed', ...why });
  });
});

it('lets go of what the log lets go of, in every octet of its files, without being asked', async () => {
  expect(await oversOf(auditor)).toEqual([2, 1]);
  const state = join(rig.folder, 'state', 'ccpd');
  const files = () => readdirSync(state).filter((name) => name.includes('.db'));
  const withName = () => files().filter((name) => readFileSync(join(state, name)).includes('Mouscron 12'));
  expect(withName().some((name) => name.startsWith('recordings-index'))).toBe(true);
  const store = await rig.store();
  await store.checkpoint(clock.utcMs());
  const last = (await store.search({ limit: 1000 })).at(-1);
  const fields = { toSeq: last?.seq, hash: last?.hash };
  await store.append([
    { run: 'x', line: 1, utcMs: clock.utcMs(), upMs: 0, level: 'info', event: 'audit.shortened', fields },
  ]);
  await store.shorten(last?.seq ?? 0);
  await store.close();
  await thread.follow();
  expect(withName()).toEqual([]);
  expect(await oversOf(auditor)).toEqual([]);
});

it('makes an index that cannot be read anew', async () => {
  writeFileSync(join(rig.folder, 'state', 'ccpd', 'recordings-index.db'), Buffer.alloc(8192, 'no database'));
  expect(await oversOf(auditor)).toEqual([2, 1]);
});

it('says that it is busy where the log cannot be read, and answers again once it can', async () => {
  const nowhere = new RecordingsThread(worker, {
    ...{ gateway: 'ccpd', log: fileAt(join(rig.folder, 'no', 'escaut.db')), index: join(rig.folder, 'index.db') },
    folder: rig.recordings,
    masters: [],
  });
  const events = { consoles: { notPermitted: () => {} }, recordings: { searched: () => {}, heard: () => {} } };
  const ports = { clock, events, exports, newToken: () => '', isHere: () => true };
  const other = new RecordingsDesk(config, { ...ports, reader: nowhere });
  expect(await new Promise((done) => other.ask(auditor, search(), done))).toEqual({ refusal: 'busy' });
  await nowhere.close();
});
