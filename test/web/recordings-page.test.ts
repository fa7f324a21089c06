/** Permanent recordings on the built page: found, heard at another speed and without pauses, refused in plain words. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeOggOpus } from '../../src/media/ogg-opus.ts';
import { OpusSpeechEncoder } from '../../src/media/opus.ts';
import { afterPause, speechParts } from '../../src/web/audio/speech-parts.ts';
import { zonedText, zonedUtcMs } from '../../src/web/model/zoned-time.ts';
import { framesOf, joined, speech, tone } from '../media/signals.ts';
import { demoSnapshot } from './demo-groups.ts';
import { operatorId } from './fake-gateway.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const pours = 'xb-pours-1';
const startUtcMs = Date.UTC(2026, 10, 29, 1, 14, 20);
const found = (id: number, more: object = {}) => ({
  ...{ id, groupId: pours, over: id, partyId: `${pours}/as:5300110`, callSign: 'Mouscron 31', address: '2060001' },
  ...{ startUtcMs: startUtcMs + 10_000 * id, durationMs: 6000, end: 'released', priority: 5, kept: true },
  ...more,
});
const rows = [
  found(9),
  found(8, { callSign: '', address: '', end: 'left', lostMs: 320 }),
  found(7, { emergency: true, callSign: 'BAC 2', priority: 15 }),
  found(6, { partyId: 'console:1-1', callSign: 'CCPD 1', address: '', exercise: true }),
  found(5, { kept: false, missing: 'ENOSPC' }),
  found(4, { kept: false, removedUtcMs: Date.UTC(2027, 0, 28, 3), removedReport: '2027-01-28 no. 7' }),
];

/** Two seconds of voice, two of silence, two and a bit of voice. */
function spoken(): Uint8Array {
  const voice = tone(500, -20, 32_000);
  return file(joined(voice, new Float32Array(32_000), voice, tone(500, -20, 3200)));
}

function file(pcm: Float32Array): Uint8Array {
  const encoder = new OpusSpeechEncoder();
  return writeOggOpus(framesOf(pcm).map((frame, i) => ({ atMs: 20 * i, bytes: encoder.encode(frame) })));
}

describe('a time that is typed', () => {
  it('is read in the zone of the gateway, and shown as it was typed', () => {
    for (const text of ['2026-11-29T02:14', '2026-07-01T00:00', '2026-01-01T12:30', '2028-02-29T23:59']) {
      for (const zone of ['Europe/Brussels', 'UTC', 'America/New_York', 'Asia/Kolkata']) {
        expect(zonedText(zonedUtcMs(text, zone) ?? 0, zone)).toBe(text);
      }
    }
    expect(zonedUtcMs('2026-07-01T00:00', 'Europe/Brussels')).toBe(Date.UTC(2026, 5, 30, 22));
  });

  it('has an hour twice in autumn, of which the first is meant, and none in spring, for which the next stands', () => {
    expect(zonedUtcMs('2026-10-25T02:30', 'Europe/Brussels')).toBe(Date.UTC(2026, 9, 25, 0, 30));
    expect(zonedText(zonedUtcMs('2026-03-29T02:30', 'Europe/Brussels') ?? 0, 'Europe/Brussels')).toBe(
      '2026-03-29T03:30',
    );
  });

  it('is none where it is not written so', () => {
    for (const text of ['', '2026-11-29', '2026-13-01T00:00', '2026-11-29T02:14:00', 'now']) {
      expect(zonedUtcMs(text, 'Europe/Brussels')).toBeUndefined();
    }
  });
});

describe('pauses of a recording', () => {
  const samples = joined(tone(500, -20, 16_000), new Float32Array(32_000), tone(500, -20, 16_000));
  it('are what nobody speaks in, but for a little on either side', () => {
    expect(speechParts(samples, 16_000)).toEqual([
      { fromMs: 0, toMs: 1150 },
      { fromMs: 2850, toMs: 4000 },
    ]);
    expect(speechParts(new Float32Array(16_000), 16_000)).toEqual([]);
  });
  it('are left to where somebody speaks again, and not at the end', () => {
    const parts = speechParts(samples, 16_000);
    expect([0, 1100, 1200, 2800, 2900, 4000].map((atMs) => afterPause(parts, atMs))).toEqual([
      ...[undefined, undefined, 2850, 2850, undefined, undefined],
    ]);
  });
});

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

describe('the view of recordings', () => {
  const asked = () => rig.gateway.heard.flatMap(({ recordingsRequest }) => recordingsRequest ?? []);
  const searches = () => asked().flatMap(({ search }) => search ?? []);
  const rowIds = () =>
    rig.page
      .locator('.recordings-rows tbody tr')
      .evaluateAll((all) => all.map((row) => row.getAttribute('data-recording')));
  const place = () => rig.page.getByRole('slider', { name: 'Position' }).getAttribute('aria-valuetext');

  beforeEach(async () => {
    const recordingRights = { search: true, export: true, groupIds: [pours], seconds: [] };
    await rig.open({ ...demoSnapshot(), recordingRights });
    rig.gateway.files.set('/api/v1/recordings/abc', spoken());
    rig.gateway.onRecordings = ({ search, listenTo }) => {
      if (listenTo) return { ticket: { path: 'api/v1/recordings/abc' } };
      if (!search) return undefined;
      const older = search.beforeId ? [found(3), found(2)] : rows;
      return { found: { recordings: older, more: !search.beforeId } };
    };
    await rig.page.keyboard.press('f');
    await rig.page.locator('.recordings').waitFor();
  });
  afterEach(() => rig.close());

  async function search(): Promise<void> {
    await rig.page.getByLabel('Motif').fill('PV 12/2026');
    await rig.page.keyboard.press('Enter');
    await rig.page.locator('.recordings-rows').waitFor();
  }

  it('shows nothing without a reason, and with one what was found: who, when, and what is to be known of it', async () => {
    await rig.page.getByRole('button', { name: 'Chercher' }).click();
    expect(asked()).toEqual([]);
    await rig.page.getByLabel('Unité').fill('Mouscron');
    await rig.page.getByLabel('Priorité').selectOption('5');
    await search();
    expect(asked()[0]).toMatchObject({ reason: 'PV 12/2026', search: { unit: 'Mouscron', priorityMin: 5 } });
    const [first] = searches();
    expect(Number(first?.toUtcMs) - Number(first?.fromUtcMs)).toBeGreaterThan(24 * 3_600_000 - 1);
    await expect.poll(rowIds).toEqual(['9', '8', '7', '6', '5', '4']);
    const marks = await rig.page
      .locator('.recordings-rows tbody tr')
      .evaluateAll((all) =>
        all.map((row) => [...row.querySelectorAll('[data-mark]')].map((mark) => mark.getAttribute('data-mark'))),
      );
    expect(marks).toEqual([[], ['cut', 'lost'], ['emergency'], [], ['missing'], ['gone']]);
    await expect
      .poll(() => rig.page.locator('[data-mark="gone"]').textContent())
      .toBe('Supprimé au terme de sa durée de conservation le 2027-01-28 (rapport 2027-01-28 no. 7)');
    await expect.poll(() => rig.page.locator('.recording-listen:disabled').count()).toBe(2);
    expect(await rig.violations()).toEqual([]);
  });

  it('goes further back when asked, and gives an incident its own time', async () => {
    await search();
    await rig.page.getByRole('button', { name: 'Plus ancien' }).click();
    await expect.poll(rowIds).toEqual(['9', '8', '7', '6', '5', '4', '3', '2']);
    expect(searches().at(-1)).toMatchObject({ beforeId: 4 });
    await rig.page.getByLabel('ou incident').fill('B1');
    await expect.poll(() => rig.page.getByLabel('De', { exact: true }).isDisabled()).toBe(true);
    await rig.page.getByRole('button', { name: 'Chercher' }).click();
    await expect.poll(() => searches().at(-1)?.incident).toBe('B1');
    expect(Number(searches().at(-1)?.fromUtcMs ?? 0)).toBe(0);
  });

  it('plays one from anywhere, pauses by R, and goes twice as fast without its pauses', async () => {
    await search();
    const pressed = performance.now();
    await rig.page.locator('.recording-listen').first().click();
    await expect.poll(() => rig.page.locator('.replay-word').textContent()).toContain('Réécoute');
    expect(asked().at(-1)).toMatchObject({ reason: 'PV 12/2026', listenTo: { recordingId: 9 } });
    await expect.poll(place, { interval: 20, timeout: 15_000 }).toMatch(/^0:01 \/ 0:06$/);
    expect(performance.now() - pressed).toBeGreaterThan(900);
    expect(await rig.violations()).toEqual([]);
    await rig.page.keyboard.press('r');
    await rig.page.getByRole('button', { name: 'Lire' }).waitFor();
    await rig.page.getByLabel('Sauter les silences').check();
    await rig.page.getByLabel('Vitesse').selectOption('2');
    await rig.page.getByRole('slider', { name: 'Position' }).focus();
    await rig.page.keyboard.press('Home');
    await expect.poll(place, { interval: 20, timeout: 5000 }).toBe('0:00 / 0:06');
    await rig.page.keyboard.press('r');
    await rig.page.getByRole('button', { name: 'Suspendre' }).waitFor();
    // Four seconds of voice at twice the speed; with its pause it would take three.
    const beganMs = performance.now();
    await rig.page.getByRole('button', { name: 'Lire' }).waitFor();
    expect(performance.now() - beganMs).toBeLessThan(2800);
    await expect.poll(place).toBe('0:06 / 0:06');
  });

  it('falls silent when somebody talks here, and at an emergency', async () => {
    await search();
    await rig.page.locator('.recording-listen').first().click();
    const pause = rig.page.getByRole('button', { name: 'Suspendre' });
    await pause.waitFor();
    await rig.page.locator('.view-header h2').click();
    await rig.page.keyboard.down('Space');
    await pause.waitFor({ state: 'detached' });
    await rig.page.keyboard.up('Space');
  });

  it('tells in plain words why something is refused, and leaves nothing on the page', async () => {
    rig.gateway.onRecordings = () => ({ refusal: 'not-own-country' });
    await rig.page.getByLabel('Motif').fill('PV 12/2026');
    await rig.page.keyboard.press('Enter');
    await rig.page.getByRole('alert').getByText('Le droit de votre pays').waitFor();
    await expect.poll(rowIds).toEqual([]);
    expect(await rig.violations()).toEqual([]);
  });

  it('is led to by no button for whoever may not search, and by its address says so', async () => {
    rig.gateway.snapshot = demoSnapshot();
    rig.gateway.restart();
    rig.gateway.cut();
    rig.gateway.accept();
    await rig.page.keyboard.press('Escape');
    await expect.poll(() => rig.page.locator('.recordings-button').count()).toBe(0);
    await rig.page.evaluate("location.hash = '#recordings'");
    rig.gateway.onRecordings = () => ({ refusal: 'not-permitted' });
    await rig.page.getByLabel('Motif').fill('x');
    await rig.page.keyboard.press('Enter');
    await rig.page.getByRole('alert').getByText('Votre rôle ne permet').waitFor();
  });

  const order = (more: object) => ({
    ...{ id: 4, state: 'asked', by: 'Auditeur FR', byPersonId: 'aud-fr', second: 'Opérateur CCPD' },
    ...{ secondPersonId: operatorId, reason: 'PV 12/2026', groupIds: [pours], incident: 'B1' },
    ...{ fromUtcMs: startUtcMs, toUtcMs: startUtcMs + 600_000, askedUtcMs: startUtcMs + 900_000 },
    ...more,
  });

  it('asks a second person for an export of what the form says, and says why where that is refused', async () => {
    const seconds = [{ personId: 'aud-fr', display: 'Auditeur FR', role: 'auditor' }];
    rig.gateway.snapshot = {
      ...demoSnapshot(),
      recordingRights: { search: true, export: true, groupIds: [pours], seconds },
    };
    rig.gateway.restart();
    rig.gateway.cut();
    rig.gateway.accept();
    await rig.page.getByLabel('Motif').fill('PV 12/2026');
    await rig.page.getByRole('button', { name: 'Exporter…' }).click();
    const dialog = rig.page.getByRole('dialog');
    await dialog.getByRole('combobox').selectOption('aud-fr');
    const ask = dialog.getByRole('button', { name: 'Demander l’approbation' });
    await expect.poll(() => ask.isDisabled()).toBe(true);
    await dialog.getByText('un groupe').waitFor(); // what is missing is said
    await dialog.getByRole('checkbox').first().check();
    await expect.poll(() => dialog.getByText('un groupe').count()).toBe(0);
    // It stands in the middle of the window, as every other.
    const box = (await dialog.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    expect(Math.abs(box.x + box.width / 2 - 720)).toBeLessThan(2);
    expect(Math.abs(box.y + box.height / 2 - 450)).toBeLessThan(2);
    expect(await rig.violations()).toEqual([]);
    rig.gateway.onRecordings = () => ({ refusal: 'second-person-same-country' });
    await ask.click();
    await dialog.getByRole('alert').getByText('la seconde personne doit être d’un autre pays').waitFor();
    rig.gateway.onRecordings = () => ({ orderId: 4 });
    await ask.click();
    await dialog.waitFor({ state: 'detached' });
    expect(asked().at(-1)).toMatchObject({
      reason: 'PV 12/2026',
      orderExport: { groupIds: [pours], secondPersonId: 'aud-fr' },
    });
  });

  it('shows the second person what waits for him, and lets him approve it or refuse it with his words', async () => {
    await rig.page.keyboard.press('Escape');
    rig.gateway.change({ exportOrder: order({}) });
    const badge = rig.page.locator('.recordings-button .view-badge');
    await badge.waitFor();
    await rig.page.keyboard.press('f');
    expect(await rig.violations()).toEqual([]);
    rig.gateway.onRecordings = () => ({ orderId: 4 });
    await rig.page.getByRole('button', { name: 'Refuser…' }).click();
    const dialog = rig.page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('pas d’ordre');
    await rig.page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(asked().at(-1)).toMatchObject({ reason: 'pas d’ordre', answerExport: { orderId: 4, answer: 'refuse' } });
    await rig.page.getByRole('button', { name: 'Approuver', exact: true }).click();
    await expect.poll(() => asked().at(-1)?.answerExport?.answer).toBe('approve');
    rig.gateway.change({ exportOrder: order({ state: 'building', done: 3, all: 12 }) });
    await rig.page.getByText('3 / 12').waitFor();
    await expect.poll(() => badge.count()).toBe(0);
    const made = { octets: 70_000, recordings: 12, manifestSha256: 'ab'.repeat(32), fingerprint: 'cd'.repeat(32) };
    rig.gateway.change({ exportOrder: order({ state: 'ready', ...made }) });
    await rig.page.getByRole('button', { name: 'Télécharger' }).waitFor();
    await rig.page.getByText('ab'.repeat(32)).waitFor();
    expect(await rig.violations()).toEqual([]);
    if (process.env.ESCAUT_PICTURES !== undefined)
      await rig.page.screenshot({ path: `${process.env.ESCAUT_PICTURES}/recordings-export.png` });
  });

  it('says why one failed and what is to be done, in the language of the page, also what it has no words for', async () => {
    const shown = rig.page.locator('[data-order="4"] .export-fault');
    rig.gateway.change({ exportOrder: order({ state: 'failed', fault: 'too-large' }) });
    await expect.poll(() => shown.textContent()).toContain('Choisissez une période plus courte ou moins de groupes.');
    expect(await rig.violations()).toEqual([]);
    rig.gateway.change({ exportOrder: order({ state: 'failed', fault: 'disk-full' }) });
    await expect.poll(() => shown.textContent()).toContain('Le disque est plein. Appelez le support technique');
    rig.gateway.change({ exportOrder: order({ state: 'failed', fault: 'of-tomorrow' }) });
    await expect.poll(() => shown.textContent()).toContain('Le journal dit pourquoi');
    rig.gateway.change({ exportOrder: order({ state: 'failed', fault: 'took-too-long' }) });
    for (const [language, words] of [
      ['nl', 'Kies een kortere tijd of minder groepen.'],
      ['en', 'Choose a shorter time, or fewer groups.'],
      ['de', 'Eine kürzere Zeit oder weniger Gruppen wählen.'],
    ] as const) {
      await rig.page.locator('.look-button').click();
      await rig.page.locator(`button[lang="${language}"]`).click();
      await rig.page.keyboard.press('Escape');
      await expect.poll(() => shown.textContent()).toContain(words);
    }
    rig.gateway.change({ exportOrder: order({ state: 'building' }) });
    await expect.poll(() => shown.count()).toBe(0);
  });

  it('looks as it should by day and by night, in four languages, and on a narrow page', async () => {
    const folder = process.env.ESCAUT_PICTURES;
    rig.gateway.files.set('/api/v1/recordings/abc', file(joined(speech('fr'), speech('nl'))));
    await search();
    await rig.page.locator('.recording-listen').nth(2).click();
    await rig.page.getByRole('button', { name: 'Suspendre' }).waitFor();
    for (const [theme, language] of [
      ['dark', 'fr'],
      ['light', 'nl'],
      ['night-red', 'de'],
      ['light', 'en'],
    ] as const) {
      await rig.page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
      await rig.page.locator('.look-button').click();
      await rig.page.locator(`button[lang="${language}"]`).click();
      await rig.page.keyboard.press('Escape');
      if (folder !== undefined) await rig.page.screenshot({ path: `${folder}/recordings-${theme}-${language}.png` });
      const overflow = await rig.page.evaluate<number>(
        'document.querySelector(".recordings").scrollWidth - document.querySelector(".recordings").clientWidth',
      );
      expect(overflow).toBeLessThanOrEqual(0);
    }
    await rig.page.setViewportSize({ width: 720, height: 900 });
    if (folder !== undefined) await rig.page.screenshot({ path: `${folder}/recordings-narrow.png` });
    const overflow = await rig.page.evaluate<number>(
      'document.querySelector(".recordings").scrollWidth - document.querySelector(".recordings").clientWidth',
    );
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
