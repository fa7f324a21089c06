/** What happened, in the built page: live, by group and kind, further back when asked, an over heard again from there. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimelineFeed } from '../../src/web/app/timeline.ts';
import { addEntry, byTime, emptyTimeline, readEntry, readTimeline, shownMax } from '../../src/web/model/timeline.ts';
import { demoSnapshot } from './demo-groups.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const began = Date.UTC(2026, 0, 10, 18, 42);
const mouscron = { name: 'Mouscron 31', of: 'ZP Mouscron', country: 'BE' };
const ccpd = { name: 'CCPD 1', of: 'CCPD Tournai', country: 'BE', isPerson: true };
const entry = (id: number, kind: string, what: string, more: object = {}) => ({
  id,
  atUtcMs: began + 1000 * id,
  groupId: 'xb-pours-1',
  kind,
  what,
  ...more,
});
const over = (id: number, more: object = {}) =>
  entry(id, 'over', 'released', { who: mouscron, over: { over: id, durationMs: 7400, lostMs: 0 }, ...more });

describe('the timeline that a page has', () => {
  const numbers = (feed: TimelineFeed) => feed.store.get().shown.entries.map(({ id }) => id);

  it('takes news that it knows already once, and skips kinds of a later gateway', () => {
    const feed = new TimelineFeed(() => true);
    feed.snapshot({ entries: [over(3), entry(4, 'telepathy', 'thought')], more: true });
    feed.tell(over(5));
    feed.tell(over(5));
    feed.tell(entry(6, 'telepathy', 'thought'));
    expect(numbers(feed)).toEqual([3, 5]);
  });

  it('asks for what a filter lets through, and loses nothing that comes before the answer', () => {
    const asked: object[] = [];
    const feed = new TimelineFeed((request) => asked.push(request) > 0);
    feed.snapshot({ entries: [over(7), entry(8, 'status', 'status')], more: true });
    feed.filter({ kind: 'over' });
    expect(numbers(feed)).toEqual([7]);
    feed.tell(over(9));
    feed.tell(entry(10, 'status', 'status'));
    feed.answer({ requestId: 1, timeline: { entries: [over(5), over(7)], more: true } });
    expect(numbers(feed)).toEqual([5, 7, 9]);
    feed.older();
    feed.older();
    feed.answer({ requestId: 2, timeline: { entries: [over(2)], more: false } });
    expect(numbers(feed)).toEqual([2, 5, 7, 9]);
    expect(asked).toEqual([
      { requestId: 1, beforeId: 0, groupId: '', kinds: ['over'] },
      { requestId: 2, beforeId: 5, groupId: '', kinds: ['over'] },
    ]);
    feed.filter({ kind: '' });
    expect(numbers(feed)).toEqual([7, 8, 9, 10]);
  });

  it('drops an answer to a wish of before, and waits for none when the link breaks', () => {
    const feed = new TimelineFeed(() => true);
    feed.snapshot({ entries: [over(7)], more: true });
    feed.filter({ groupId: 'xb-acc' });
    feed.filter({ groupId: '' });
    feed.answer({ requestId: 1, timeline: { entries: [over(1)] } });
    expect(numbers(feed)).toEqual([7]);
    feed.older();
    expect(feed.store.get().loading).toBe(true);
    feed.dropAll();
    expect(feed.store.get().loading).toBe(false);
  });

  it('is bounded, cleaned and read by when things began', () => {
    let timeline = emptyTimeline;
    for (let id = 1; id <= shownMax + 5; id++) timeline = addEntry(timeline, readEntry(over(id))!);
    expect(timeline.entries).toHaveLength(shownMax);
    expect(timeline.more).toBe(true);
    const read = readTimeline({ entries: [over(2, { words: 'a\u202eb', atUtcMs: began }), over(1)] });
    expect(read.entries.map(({ id }) => id)).toEqual([1, 2]);
    expect(read.entries[1]?.words).toBe('a b');
    expect(byTime(read.entries).map(({ id }) => id)).toEqual([2, 1]);
  });

  it('leaves what was told with a clock that went ahead where it was told, not on top', () => {
    const ahead = began + 3_600_000;
    const entries = [
      entry(1, 'status', 'status'),
      entry(2, 'status', 'status', { atUtcMs: ahead }),
      over(3, { atUtcMs: ahead + 500 }),
      entry(4, 'status', 'status', { atUtcMs: began + 2000 }),
      over(5, { atUtcMs: began + 1500 }),
    ];
    expect(byTime(readTimeline({ entries }).entries).map(({ id }) => id)).toEqual([1, 5, 2, 3, 4]);
  });
});

describe('the timeline on the page', () => {
  let rig: PageRig;
  beforeAll(async () => {
    rig = await PageRig.start();
  });
  afterAll(() => rig?.stop());
  beforeEach(() => {
    const entries = [
      entry(1, 'group', 'open', { who: ccpd, words: 'vol avec violence' }),
      over(2),
      entry(3, 'status', 'status', {
        who: mouscron,
        code: 16,
        meaning: { fr: 'Sur place', nl: 'Ter plaatse', en: 'On scene' },
      }),
      entry(4, 'emergency', 'raised', { who: mouscron }),
      entry(5, 'permission', 'talk', { who: { ...ccpd, name: 'OBS 1' }, refusal: 'not-permitted' }),
    ];
    return rig.open({ ...demoSnapshot(), timeline: { entries, more: true, crowdedOut: 12, crowdedUtcMs: began } });
  });
  afterEach(() => rig.close());

  const rows = () =>
    rig.page.locator('.timeline-rows li[data-entry]').evaluateAll((all) => all.map((each) => each.textContent ?? ''));
  const asked = () => rig.gateway.heard.flatMap(({ timelineRequest }) => timelineRequest ?? []);

  it('opens by one key, newest first in my language, says what is gone, and lives', async () => {
    await rig.page.keyboard.press('t');
    await rig.page.locator('.timeline').waitFor();
    const [newest, emergency, status, talk, opened] = await rows();
    expect(newest).toContain('OBS 1');
    expect(newest).toContain('Refusé : Votre fonction ne le permet pas.');
    expect(emergency).toContain('appelle en détresse');
    expect(status).toContain('Sur place');
    expect(talk).toContain('19:42:02');
    expect(talk).toContain('0:07');
    expect(opened).toContain('vol avec violence');
    await expect.poll(() => rig.page.locator('.timeline-gap').textContent()).toContain('12 entrées');
    expect(await rig.violations()).toEqual([]);
    rig.gateway.change({
      timelineEntry: entry(6, 'leg', 'lost', { about: 'xb-pours-1/inpt', fault: 'busy', faultAnswer: 486 }),
    });
    await rig.page.locator('.timeline-rows li[data-entry="6"]').waitFor();
    expect((await rows())[0]).toMatch(/INPT .*perdue|perdue.*INPT /);
    expect((await rows())[0]).toContain('occupé (réponse 486)');
    // What the gateway itself said was said by nobody unknown.
    rig.gateway.change({ timelineEntry: over(7, { who: { name: '' }, about: 'announcement' }) });
    await rig.page.locator('.timeline-rows li[data-entry="7"]').waitFor();
    expect((await rows())[0]).toContain('Annonce de la passerelle');
  });

  it('goes further back and shows one kind alone when asked', async () => {
    await rig.page.keyboard.press('t');
    await rig.page.getByRole('button', { name: 'Plus ancien' }).click();
    await vi.waitFor(() => expect(asked()).toHaveLength(1), { timeout: 30_000 });
    expect(asked()[0]).toMatchObject({ beforeId: 1, groupId: '', kinds: [] });
    await rig.page.getByLabel('Ce qui s’est passé').selectOption('status');
    await vi.waitFor(() => expect(asked()).toHaveLength(2), { timeout: 30_000 });
    expect(asked()[1]).toMatchObject({ beforeId: 0, kinds: ['status'] });
    rig.gateway.say({
      timelineAnswer: { requestId: asked()[1]?.requestId ?? 0, timeline: { entries: [], more: false } },
    });
    await rig.page.getByText('Rien de plus ancien').waitFor();
    await expect.poll(rows).toHaveLength(1);
  });

  it('plays an over of the last quarter of an hour again, and offers no other', async () => {
    const recent = over(8, { atUtcMs: Date.now() - 60_000 });
    rig.gateway.change({ timelineEntry: recent });
    await rig.page.keyboard.press('t');
    await rig.page.locator('.timeline-rows li[data-entry="8"] .entry-replay').click();
    await vi.waitFor(
      () => expect(rig.gateway.heard.flatMap(({ recallRequest }) => recallRequest ?? [])).not.toEqual([]),
      { timeout: 30_000 },
    );
    const [wish] = rig.gateway.heard.flatMap(({ recallRequest }) => recallRequest ?? []);
    expect(wish).toMatchObject({ groupId: 'xb-pours-1', partOf: { over: 8 } });
    await expect.poll(() => rig.page.locator('.entry-replay').count()).toBe(1);
  });
});
