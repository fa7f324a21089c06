/**
 * Permanent recordings at real consoles: two radio boxes speak, and the running gateway records them, encrypted. In Chromium
 * an auditor finds what was said and hears it, a dispatcher is refused, and two auditors of two countries export it, also
 * when the gateway is killed meanwhile. All the time nothing in the gateway's folder is voice that anybody could play.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { levelAt, tone } from '../media/signals.ts';
import { chromiumFlags, chromiumPath } from './support/chromium-flags.ts';
import { RadioStage } from './support/radio-stage.ts';
import { until } from './support/until.ts';

const cast = {
  be: { group: 'xb', network: 'astrid', number: '5300110' },
  fr: { group: 'xb', network: 'inpt', number: '911' },
} as const;
const room = { role: 'auditor', controlRoom: 'cr-ccpd', language: 'fr' };
const people = [
  { ...room, id: 'aud-be', display: 'Auditeur BE', country: 'BE' },
  { ...room, id: 'aud-fr', display: 'Auditeur FR', country: 'FR' },
  { ...room, id: 'disp', display: 'Opérateur CCPD', country: 'FR', role: 'dispatcher' },
];
const reason = 'PV 12/2026';
const speech = { rateHz: 8000, samples: tone(1000, -20, 8000 * 3, 8000) };

let stage: RadioStage<keyof typeof cast>;
let browser: Browser;
let scratch: string;
/** Files in which voice has been seen, at any time. */
const plain = new Set<string>();
const voiceMarks = ['OggS', 'OpusHead', 'OpusTags'];
let looks = 0;
let watch: NodeJS.Timeout;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  stage = await RadioStage.set(cast);
  scratch = mkdtempSync(join(tmpdir(), 'recordings-'));
  const masterKey = join(scratch, 'master-key');
  writeFileSync(masterKey, randomBytes(32).toString('hex'), { mode: 0o600 });
  await stage.startGateway({ people, recording: { masterKey: { file: masterKey } } });
  watch = setInterval(() => {
    looks += 1;
    for (const file of stage.gateway.filesWith(voiceMarks)) plain.add(file);
  }, 100);
  browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumFlags] });
  await stage.over('be', speech);
  await stage.over('fr', speech);
  await until('both are recorded', () => stage.gateway.linesOf('recording.kept').length >= 2, 10_000);
}, 120_000);
afterAll(async () => {
  clearInterval(watch);
  await browser?.close();
  await stage?.clear();
  rmSync(scratch, { recursive: true, force: true });
});

/** A browser of his own, with the view of recordings before him. */
async function seat(display: string): Promise<Page> {
  const [, link = ''] = new RegExp(`Console of ${display} \\([\\w-]+\\): (\\S+)`).exec(stage.gateway.output) ?? [];
  const context = await browser.newContext({ permissions: ['microphone'], acceptDownloads: true });
  contexts.push(context);
  const page = await context.newPage();
  await page.goto(link);
  await page.locator('.view-button').first().waitFor({ timeout: 20_000 });
  await page.evaluate("location.hash = '#recordings'");
  await page.locator('.recordings').waitFor();
  return page;
}

async function search(page: Page): Promise<void> {
  await page.getByLabel('Motif').fill(reason);
  await page.getByRole('button', { name: 'Chercher' }).click();
}

/** As ffmpeg plays it, at 16 kHz. */
function played(ogg: Buffer): Float32Array {
  const decode = ['-v', 'error', '-i', '-', '-f', 'f32le', '-ar', '16000', '-ac', '1', '-'];
  const { stdout } = spawnSync('ffmpeg', decode, { input: ogg, maxBuffer: 1e8 });
  return new Float32Array(new Uint8Array(stdout).buffer);
}

describe('an auditor', () => {
  let page: Page;
  let address = '';
  beforeAll(async () => {
    page = await seat('Auditeur BE');
  }, 60_000);

  it('finds what radios said, the newest first, and the log has who looked and why before', async () => {
    await search(page);
    const rows = page.locator('.recordings-rows tbody tr');
    await rows.first().waitFor();
    const lengths = await rows.locator('.recording-length').allTextContents();
    expect(lengths).toHaveLength(2);
    for (const length of lengths) expect(length).toMatch(/^0:0[345]$/);
    const searched = () => stage.gateway.linesOf('recording.searched');
    const line = { operator: 'Auditeur BE', role: 'auditor', reason, groups: ['xb'] };
    await expect.poll(searched).toMatchObject([line]);
  });

  it('hears it: the file that was recorded, from the gateway, after the line in the log', async () => {
    const fetched = page.waitForResponse(/\/api\/v1\/recordings\//);
    await page.locator('.recording-listen').first().click();
    const response = await fetched;
    const heard = () => stage.gateway.linesOf('recording.heard');
    await expect.poll(heard).toMatchObject([{ operator: 'Auditeur BE', reason, group: 'xb' }]);
    address = response.url();
    const samples = played(await response.body());
    const middle = samples.subarray(16_000, samples.length - 16_000);
    expect(Math.abs(levelAt(middle, 1000, 16_000) + 20)).toBeLessThan(4);
    const place = page.getByRole('slider', { name: 'Position' });
    await expect.poll(() => place.getAttribute('aria-valuetext'), { timeout: 10_000 }).toMatch(/^0:0[1-4] \//);
  });

  it('hears another, which is another line in the log', async () => {
    const fetched = page.waitForResponse(/\/api\/v1\/recordings\//);
    await page.locator('.recording-listen').nth(1).click();
    const said = await (await fetched).body();
    const heard = () => stage.gateway.linesOf('recording.heard');
    const line = { operator: 'Auditeur BE', reason, group: 'xb' };
    await expect.poll(heard).toMatchObject([line, line]);
    expect(new Set(heard().map(({ over }) => over)).size).toBe(2);
    // What he hears lies nowhere as he hears it.
    expect(stage.gateway.filesWith([said.subarray(-400, -200), said.subarray(300, 500)])).toEqual([]);
  });

  it('has it in ranges, and nobody has it by another way', async () => {
    const part = await fetch(address, { headers: { range: 'bytes=0-3' } });
    expect([part.status, await part.text()]).toEqual([206, 'OggS']);
    const [file = ''] = stage.gateway.linesOf('recording.kept').map((line) => String(line.file));
    const at = address.slice(0, address.lastIndexOf('/') + 1);
    const paths = [
      file,
      encodeURIComponent(file),
      `..%2f${file}`,
      encodeURIComponent('../../escaut.db'),
      'A'.repeat(43),
    ];
    for (const path of paths) expect([403, 404]).toContain((await fetch(`${at}${path}`)).status);
  });

  it('leaves, and his ticket is worth nothing any more', async () => {
    await contexts[0]?.close();
    await until('his console is gone', () => stage.gateway.linesOf('console.closed').length > 0, 10_000);
    expect((await fetch(address)).status).toBe(404);
  });
});

it('a dispatcher is led there by no button, and told by the address that he may not; nothing is shown, and it is logged', async () => {
  const page = await seat('Opérateur CCPD');
  await page.locator('.recordings').waitFor();
  await search(page);
  await page.getByRole('alert').getByText('Votre rôle ne permet').waitFor();
  await expect.poll(() => page.locator('.recordings-rows').count()).toBe(0);
  await expect
    .poll(() => stage.gateway.linesOf('permission.refused'))
    .toMatchObject([{ permission: 'search_recordings', operator: 'Opérateur CCPD', role: 'dispatcher' }]);
  expect(stage.gateway.linesOf('recording.searched')).toHaveLength(1);
});

describe('two auditors of two countries', () => {
  let french: Page;
  let belgian: Page;

  async function order(): Promise<void> {
    await french.getByLabel('Motif').fill(reason);
    await french.getByRole('button', { name: 'Exporter…' }).click();
    const dialog = french.getByRole('dialog');
    await dialog.getByRole('checkbox', { name: 'xb' }).check();
    await dialog.getByRole('combobox').selectOption({ label: 'Auditeur BE' });
    await dialog.getByRole('button', { name: 'Demander' }).click();
    await french.locator('[data-order][data-state="asked"]').waitFor();
  }

  async function download(at: number): Promise<string> {
    const downloaded = french.waitForEvent('download');
    await french.getByRole('button', { name: 'Télécharger' }).nth(at).click();
    const file = join(scratch, `${at}.zip`);
    await (await downloaded).saveAs(file);
    return file;
  }

  /** By plain Node, in a folder that has nothing of ours but the verifier. */
  function verdict(file: string) {
    const verifier = join(scratch, 'verify.mjs');
    copyFileSync('src/evidence/verify.mjs', verifier);
    const { status, stdout } = spawnSync(process.execPath, [verifier, file], {
      cwd: scratch,
      env: {},
      encoding: 'utf8',
    });
    return { status, stdout };
  }

  it('export it, each at his console, and the package is whole; an octet that is changed is named with its place', async () => {
    french = await seat('Auditeur FR');
    await order();
    const links = () => [...stage.gateway.output.matchAll(/Next console of Auditeur BE \(auditor\): (\S+)/g)];
    await until('another link for him', () => links().length > 0);
    const context = await browser.newContext({ permissions: ['microphone'] });
    belgian = await context.newPage();
    await belgian.goto(links().at(-1)?.[1] ?? '');
    await belgian.locator('.recordings-button .view-badge').waitFor({ timeout: 20_000 });
    await belgian.locator('.recordings-button').click();
    await belgian.getByRole('button', { name: 'Approuver', exact: true }).click();
    await french.locator('[data-order][data-state="ready"]').waitFor({ timeout: 120_000 });
    const file = await download(0);
    const zip = readFileSync(file);
    expect(zip.subarray(0, 2).toString()).toBe('PK');
    await expect.poll(whats).toEqual(['ordered', 'approved', 'built', 'fetched']);
    const audited = async () => (await stage.gateway.audited('--event', 'evidence.exported')).output.trim();
    await expect.poll(audited).not.toBe('');
    const { about } = JSON.parse(await audited()) as { about: Record<string, unknown> };
    expect(about).toMatchObject({ operator: 'Auditeur FR', second: 'Auditeur BE', recordings: 2, groups: ['xb'] });
    await expect.poll(() => french.locator('.export-hash').textContent()).toContain(String(about.manifestSha256));
    expect(verdict(file)).toEqual({ status: 0, stdout: expect.stringContaining('whole') });
    const [name = ''] = stage.gateway.linesOf('recording.kept').map((line) => String(line.file));
    const page = zip.indexOf('OggS', zip.indexOf('OpusTags')) + 60; // its first with voice, of the first recording
    zip.writeUInt8(zip.readUInt8(page) ^ 1, page);
    writeFileSync(file, zip);
    const changed = verdict(file);
    expect(changed.status).toBe(1);
    expect(changed.stdout).toMatch(/\.opus.*page \d+/);
    expect(changed.stdout).toContain(name.split('/')[1]);
  }, 240_000);

  it('lose nothing by a kill −9 while it is built: what was ready still is, the other is built again', async () => {
    await order();
    await belgian.getByRole('button', { name: 'Approuver', exact: true }).click();
    await until('it is being built', () => whats().at(-1) === 'approved', 5000);
    await stage.restartGateway('SIGKILL');
    await until('it is built', () => whats().includes('built'), 120_000);
    expect(whats()).toEqual(['begun-again', 'built']);
    await expect.poll(() => french.locator('[data-order][data-state="ready"]').count(), { timeout: 30_000 }).toBe(2);
    for (const at of [0, 1]) expect(verdict(await download(at)).status).toBe(0);
  }, 240_000);

  const whats = () => stage.gateway.linesOf('export.ordered').map(({ what }) => what);
});

it('no file of the gateway was voice that anybody could play, at any time', () => {
  expect(looks).toBeGreaterThan(50);
  expect([...plain]).toEqual([]);
});
