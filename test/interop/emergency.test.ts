/**
 * An emergency from the key of a radio box to the page of an operator, on the running gateway: who has the floor and
 * when, when the page shows it and sounds, and that it stays until a person has cleared it. The page is that of a
 * supervisor of another control room: nobody sits in the unit's own.
 *
 *   p   baresip, keyed by telephone-events; D is its emergency key        q   baresip, keyed by its voice
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tone } from '../media/signals.ts';
import { boxPortBlock, RadioBox } from './support/baresip.ts';
import { ConsolePage } from './support/chromium.ts';
import { show } from './support/figures.ts';
import { Gateway, gatewayPorts } from './support/gateway.ts';
import { loopback } from './support/ports.ts';
import { resampled } from './support/sound.ts';
import { playing, until } from './support/until.ts';
import { readWav, writeWav } from './support/wav.ts';

const speech = readWav(new URL('../vectors/speech-fr-16k.wav', import.meta.url));
const group = 'xb-pours';
const folder = mkdtempSync(join(tmpdir(), 'escaut-emergency-'));
const microphone = join(folder, 'microphone.wav');

let p: RadioBox;
let q: RadioBox;
let gateway: Gateway;
let desk: ConsolePage;

beforeAll(async () => {
  writeWav(microphone, resampled(speech, 48_000));
  [p, q] = await Promise.all(
    ['101', '102'].map(async (user) =>
      RadioBox.start({ name: user, user, firstPort: await boxPortBlock(), account: ';regint=0' }),
    ) as [Promise<RadioBox>, Promise<RadioBox>],
  );
  gateway = await Gateway.start(await gatewayPorts(), world());
  desk = await ConsolePage.open(await gateway.consoleLink(), microphone);
  await gateway.legsUp([`${group}/as:1`, `${group}/in:1`]);
}, 60_000);

afterAll(async () => {
  await desk?.close();
  await gateway?.kill();
  await Promise.all([p?.close(), q?.close()]);
  rmSync(folder, { recursive: true, force: true });
}, 20_000);

function world(): Record<string, unknown> {
  const keys = { mode: 'telephone-event', on: '*', off: '#' };
  const attachment = (network: string, box: RadioBox, keying: object) => ({
    id: `to-${network}`,
    network,
    kind: 'sip',
    sip: { peer: `sip:${loopback}:${box.sipPort}`, talkerIdentity: 'none', ...keying },
  });
  return {
    networks: [
      { id: 'astrid', name: 'ASTRID', technology: 'tetra', country: 'BE' },
      { id: 'inpt', name: 'INPT', technology: 'tetrapol', country: 'FR' },
    ],
    attachments: [
      attachment('astrid', p, { keyIn: { ...keys, releaseAfterMs: 3000, emergency: 'D' }, keyOut: keys }),
      attachment('inpt', q, { keyIn: { mode: 'vox' }, keyOut: { mode: 'continuous' } }),
    ],
    talkgroups: [
      { id: 'as:1', network: 'astrid', number: '101', short: 'HT ALERTE 1' },
      { id: 'in:1', network: 'inpt', number: '102', short: 'TN POURS 1' },
    ],
    sharedGroups: [
      {
        id: group,
        short: 'FRBE POURS 1',
        name: { fr: 'Poursuite', nl: 'Achtervolging', en: 'Pursuit' },
        legs: [{ talkgroup: 'as:1' }, { talkgroup: 'in:1' }],
      },
    ],
    controlRooms: [
      { id: 'cr-ht', callSign: 'CIC Hainaut', country: 'BE', networks: ['astrid'] },
      { id: 'cr-tn59', callSign: 'TN 59', country: 'FR', networks: ['inpt'] },
    ],
    people: [
      { id: 'sup', display: 'Lille chief', role: 'supervisor', controlRoom: 'cr-tn59', country: 'FR', language: 'en' },
    ],
    announcements: { enabled: false },
  };
}

const banner = () => desk.page.locator('.emergency');
const button = (name: string) => banner().getByRole('button', { name, exact: true });

/** Ms from the press of the key until the floor was its, the page showed it and the page sounded. */
async function press(): Promise<{ floorMs: number; shownMs: number; soundMs: number }> {
  const from = gateway.lines.length;
  const shown = desk.page.evaluate<number>(`new Promise((done) => {
    const look = () => document.querySelector('.emergency') !== null && (watch.disconnect(), done(Date.now()));
    const watch = new MutationObserver(look);
    watch.observe(document.body, { childList: true, subtree: true });
  })`);
  const frame = await desk.now(); // the page is watching by then
  const pressMs = Date.now();
  p.command('sndcode', 'D');
  const granted = () =>
    gateway
      .linesOf('floor.answered', from)
      .find(({ party, result }) => party === `${group}/as:1` && result === 'granted');
  await until('the floor is granted', () => granted() !== undefined);
  const shownMs = await shown;
  await playing(1200); // what the page plays has still to be recorded
  const { samples, rateHz, firstMs } = await desk.recorded('played', frame);
  const first = samples.findIndex((sample, at) => Math.abs(sample) > 0.02 && firstMs + (1000 * at) / rateHz > pressMs);
  return {
    floorMs: Date.parse(granted()?.time ?? '') - pressMs,
    shownMs: shownMs - pressMs,
    soundMs: first === -1 ? Infinity : Math.round(firstMs + (1000 * first) / rateHz - pressMs),
  };
}

it('has the floor within 300 ms, and is seen and heard at the console within 1 s', async () => {
  const figures = await press();
  show('press of the emergency key', figures);
  expect(figures.floorMs).toBeLessThanOrEqual(300);
  expect(figures.shownMs).toBeLessThanOrEqual(1000);
  expect(figures.soundMs).toBeLessThanOrEqual(1000);
  await expect.poll(() => banner().getAttribute('data-state')).toBe('unacknowledged');
  await expect.poll(() => banner().textContent()).toContain('FRBE POURS 1');
  await expect.poll(() => banner().textContent()).toContain('ASTRID');
}, 40_000);

it('is open after kill −9, goes to supervisors after 20 s, and is over when one of them has cleared it in two steps', async () => {
  p.command('sndcode', '#');
  await until('its talk has ended', () => gateway.linesOf('over.ended').length > 0);
  const restarting = gateway.restart('SIGKILL');
  await desk.page.locator('.console[data-link="lost"]').waitFor();
  gateway = await restarting;
  await desk.page.locator('.console[data-link="live"] .talk-bar-key[data-off="false"]').waitFor({ timeout: 15_000 });
  await button('Acknowledge').click();
  await banner().locator('.dialog-refusal', { hasText: 'Only CIC Hainaut' }).waitFor();
  await banner().getByText('escalated').waitFor({ timeout: 30_000 });
  await desk.page.keyboard.press('q');
  await banner().locator('.emergency-silenced').waitFor();
  await button('Acknowledge on behalf …').click();
  const asked = desk.page.getByRole('dialog');
  await asked.locator('input').fill('Heard CIC Hainaut answer');
  await asked.locator('button[type="submit"]').click();
  await desk.page.locator('.emergency[data-state="acknowledged"]').waitFor();
  await banner().getByText('on behalf of CIC Hainaut: Heard CIC Hainaut answer').waitFor();
  await button('Clear …').click();
  const dialog = desk.page.getByRole('dialog');
  await dialog.locator('.chip').first().click();
  await dialog.locator('button[type="submit"]').click();
  await desk.page.locator('.emergency[data-state="clearing"]').waitFor();
  await banner().locator('button[data-weight="main"]').click();
  await banner().waitFor({ state: 'detached' });
  const told = () => gateway.linesOf('emergency.changed').map(({ what }) => what);
  await expect.poll(told).toEqual(expect.arrayContaining(['escalated', 'acknowledge', 'clear', 'confirm']));
  expect(desk.complaints.filter((line) => !line.includes('WebSocket'))).toEqual([]);
}, 40_000);

it('takes the floor from a talker of the other side, who is cut', async () => {
  await gateway.legsUp([`${group}/as:1`, `${group}/in:1`]);
  q.say({ rateHz: 8000, samples: tone(1000, -20, 8 * 15_000, 8000) });
  await desk.tileShows(group, 'receiving');
  const from = gateway.lines.length;
  const { floorMs, shownMs } = await press();
  show('press while the other side talks', { floorMs, shownMs });
  expect(floorMs).toBeLessThanOrEqual(300);
  expect(shownMs).toBeLessThanOrEqual(1000);
  const cut = () => gateway.linesOf('over.ended', from).find(({ party }) => party === `${group}/in:1`);
  await until('the over of the other side has ended', () => cut() !== undefined);
  expect(cut()).toMatchObject({ end: 'pre-empted' });
}, 40_000);
