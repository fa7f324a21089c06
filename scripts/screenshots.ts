/**
 * Pictures of the page's main views, by day and by night, in French and in Dutch: `node scripts/screenshots.ts FOLDER [NAME,NAME…]`.
 * The page is the built one; a stand-in gateway tells it one moment of a pursuit.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { writeOggOpus } from '../src/media/ogg-opus.ts';
import { OpusSpeechEncoder } from '../src/media/opus.ts';
import { escaut } from '../src/protocols/generated/console.js';
import { chromiumFlags, chromiumPath } from '../test/interop/support/chromium-flags.ts';
import { framesOf, joined, speech } from '../test/media/signals.ts';
import * as demo from '../test/web/demo-groups.ts';
import { mapSnapshot, position } from '../test/web/demo-map.ts';
import { demoStatus } from '../test/web/demo-status.ts';
import { FakeGateway, oneTimeToken, sessionId } from '../test/web/fake-gateway.ts';

type Group = escaut.console.v1.Group.$Properties;
const { State, Transmission } = escaut.console.v1.Leg;
const pursuit = 'xb-pours-1';

/** What a picture shows; the operator's hand does the rest. */
interface Picture {
  readonly name: string;
  readonly language: 'fr' | 'nl';
  readonly theme: 'light' | 'dark' | 'night-red';
  readonly address?: string;
  readonly size?: { readonly width: number; readonly height: number };
  readonly act?: (page: Page, gateway: FakeGateway) => Promise<void>;
}

const desk = { width: 1920, height: 1080 };
const pictures: readonly Picture[] = [
  { name: 'console-day-fr', language: 'fr', theme: 'light' },
  { name: 'console-night-nl', language: 'nl', theme: 'dark' },
  { name: 'talk-night-fr', language: 'fr', theme: 'dark', act: talk },
  { name: 'talk-day-nl', language: 'nl', theme: 'light', act: talk },
  { name: 'emergency-night-fr', language: 'fr', theme: 'dark', act: distress },
  { name: 'emergency-red-nl', language: 'nl', theme: 'night-red', act: distress },
  { name: 'open-night-fr', language: 'fr', theme: 'dark', act: openLink },
  { name: 'open-day-nl', language: 'nl', theme: 'light', act: openLink },
  { name: 'behalf-night-nl', language: 'nl', theme: 'dark', act: behalf },
  { name: 'plan-day-fr', language: 'fr', theme: 'light', act: plan },
  { name: 'plan-night-nl', language: 'nl', theme: 'dark', act: askPlan },
  { name: 'hits-day-nl', language: 'nl', theme: 'light', address: '#hits', act: hits },
  { name: 'hits-night-fr', language: 'fr', theme: 'dark', act: hits },
  { name: 'recall-day-fr', language: 'fr', theme: 'light', act: recall },
  { name: 'recall-night-nl', language: 'nl', theme: 'dark', act: recall },
  { name: 'desk-day-fr', language: 'fr', theme: 'light', act: (page) => page.keyboard.press('d') },
  { name: 'keys-night-nl', language: 'nl', theme: 'dark', act: (page) => page.keyboard.press('?') },
  { name: 'map-day-fr', language: 'fr', theme: 'light', address: '#map' },
  { name: 'map-night-nl', language: 'nl', theme: 'dark', address: '#map', act: plan },
  { name: 'networks-day-fr', language: 'fr', theme: 'light', address: '#networks', act: networks },
  { name: 'networks-night-nl', language: 'nl', theme: 'dark', address: '#networks', act: networks },
  { name: 'intercom-day-fr', language: 'fr', theme: 'light', act: directory },
  { name: 'intercom-night-nl', language: 'nl', theme: 'dark', act: called },
  { name: 'look-night-fr', language: 'fr', theme: 'dark', act: (page) => page.locator('.look-button').click() },
  {
    name: 'wall-night-fr',
    language: 'fr',
    theme: 'dark',
    address: '#wall',
    size: { width: 3840, height: 2160 },
    act: distress,
  },
  { name: 'tablet-day-nl', language: 'nl', theme: 'light', size: { width: 1024, height: 768 } },
];

/** A pursuit that an operator has opened, two talkgroups beside it, and two that are kept ready. */
function snapshot(): escaut.console.v1.Snapshot.$Properties {
  const base = mapSnapshot([
    position(demo.mouscron31, 50.7432, 3.2034, 4000),
    position(demo.bac2, 50.7388, 3.1702, 9000),
    position(demo.grensleie7, 50.7955, 3.1207, 190_000),
  ]);
  const [first, second, third] = base.groups ?? [];
  const endsUtcMs = Date.now() + 52 * 60_000;
  const open: Group = {
    ...first,
    use: 'pursuit',
    autoCloseMin: 90,
    bridging: {
      state: 'open',
      by: 'Opérateur CCPD',
      controlRoom: 'CCPD Tournai',
      reason: 'vol aggravé, flagrant délit',
      endsUtcMs,
      members: (first?.legs ?? []).map((leg) => ({ legId: leg.id ?? '', own: true })),
    },
  };
  const ready = (id: string, shortName: string, names: readonly [string, string, string]): Group => ({
    ...third,
    id,
    shortName,
    name: { fr: names[0], nl: names[1], en: names[2] },
    onDemand: true,
    mayTalk: false,
    monitored: false,
    lastOvers: [],
    autoCloseMin: 90,
    legs: (third?.legs ?? []).map((leg) => ({ ...leg, id: `${id}/${leg.networkId}`, state: State.CLOSED })),
  });
  return {
    ...base,
    talkgroups: demo.talkgroups,
    controlRooms: [
      { id: 'cr-ccpd', callSign: 'CCPD Tournai', country: 'BE' },
      { id: 'cr-ht', callSign: 'CIC Hainaut', country: 'BE' },
      { id: 'cr-wv', callSign: 'CIC West-Vlaanderen', country: 'BE' },
      { id: 'cr-tn59', callSign: 'TN 59', country: 'FR' },
    ],
    alertPlans: [borderPlan],
    groups: [
      open,
      { ...second, use: 'hailing' },
      { ...third, use: 'joint-patrol', lastOvers: [demo.over(3, demo.bac2, 190_000)] },
      ready('xb-pours-2', 'FRBE POURS 2', ['Poursuite transfrontalière 2', 'Grensachtervolging 2', 'Pursuit 2']),
      ready('xb-alerte-n', 'FRBE ALERTE N', ['Plan d’alerte nord', 'Alarmplan noord', 'Alert plan north']),
    ],
  };
}

async function talk(page: Page, gateway: FakeGateway): Promise<void> {
  gateway.change({ floor: { groupId: pursuit, floor: {} } });
  await page.keyboard.down(' ');
  await page.locator(`.tile[data-group="${pursuit}"][data-state="transmitting"]`).waitFor();
  const own = { partyId: sessionId, isConsole: true, callSign: 'CCPD Tournai', country: 'BE', verified: true };
  gateway.change({ floor: { groupId: pursuit, floor: demo.floor(own, 6400) } });
  for (const [network, talkgroup, transmission] of [
    ['astrid', 'HT ALERTE 1', Transmission.CARRIED],
    ['inpt', 'FRBE POURS 1', Transmission.FLOWING],
  ] as const) {
    gateway.change({ leg: { groupId: pursuit, leg: demo.leg(pursuit, network, talkgroup, { transmission }) } });
  }
  await page.locator('.truth li').first().waitFor();
}

async function distress(page: Page, gateway: FakeGateway): Promise<void> {
  const floor = demo.floor(demo.grensleie7, 5000, { emergency: true });
  gateway.change({ floor: { groupId: 'xb-acc', floor } });
  gateway.change({
    emergency: {
      id: 1,
      groupId: 'xb-acc',
      caller: demo.grensleie7,
      sinceUtcMs: Date.now() - 9000,
      state: 'unacknowledged',
      homeRooms: ['cr-ccpd'],
      place: { latitudeDeg: 50.7955, longitudeDeg: 3.1207, radiusM: 20 },
    },
  });
  await page.locator('.emergency').waitFor();
}

/** A call that the room of its unit does not answer: it goes to the supervisors. */
async function behalf(page: Page, gateway: FakeGateway): Promise<void> {
  await distress(page, gateway);
  const call = { id: 1, groupId: 'xb-acc', caller: demo.grensleie7, state: 'unacknowledged', escalated: true };
  gateway.change({ emergency: { ...call, sinceUtcMs: Date.now() - 24_000, homeRooms: ['cr-wv'] } });
  await page.locator('.emergency-state', { hasText: 'West' }).waitFor();
}

const named = (fr: string, nl: string) => ({ fr, nl, en: fr });
const borderPlan = {
  id: 'plan-pf',
  name: named('Plan frontières', 'Grensplan'),
  openedBy: ['dispatcher'],
  levels: [
    { level: 1, name: named('Préalerte', 'Vooralarm'), groupIds: ['xb-acc'], posts: [] },
    { level: 2, name: named('Surveillance', 'Bewaking'), groupIds: ['xb-acc'], posts: ['PF-04', 'PF-14'] },
  ],
  authority: { BE: 'DirCo', FR: 'préfet' },
  requires: ['reason', 'place'],
  renewable: true,
  expiresMin: 240,
};

async function plan(page: Page, gateway: FakeGateway): Promise<void> {
  const post = (place: string, unit: string) => ({ place, manned: unit !== '', unit });
  const posts = [post('PF-04', 'Mouscron 31'), post('PF-14', ''), post('PF-16', 'Tournai 22')];
  const authority = { BE: 'DirCo 18:43', FR: 'préfet 18:51' };
  const since = { by: 'Opérateur CCPD', endsUtcMs: Date.now() + 3 * 3_600_000, groupIds: ['xb-acc'] };
  gateway.change({ activePlan: { planId: 'plan-pf', level: 2, authority, posts, ...since } });
  if (new URL(page.url()).hash === '') await page.locator('.plan').waitFor();
}

async function askPlan(page: Page): Promise<void> {
  await page.keyboard.press('p');
  await page.locator('.dialog .chip').first().click();
}

async function hits(page: Page, gateway: FakeGateway): Promise<void> {
  const read = (source: string, country: string, reference: string, camera: string, ageMs: number) => ({
    ...{ source, country, reference, camera: named(camera, camera), readUtcMs: Date.now() - ageMs },
    heading: named('la France', 'Frankrijk'),
  });
  const stolen = named('véhicule volé (SIS)', 'gestolen voertuig (SIS)');
  const van = named('Renault Master blanche', 'witte Renault Master');
  const car = named('Peugeot 308 grise', 'grijze Peugeot 308');
  const isDutch = (await page.locator('html').getAttribute('lang')) === 'nl';
  const checked = isDutch ? 'foto en plaat vergeleken' : 'photo et plaque comparées';
  const confirmed = {
    state: 'confirmed',
    validatedBy: 'Opérateur CCPD',
    checked,
    validatedUtcMs: Date.now() - 500_000,
  };
  for (const hit of [
    { id: 1, read: read('LAPI', 'FR', 'L-2043', 'A22 Ferrain', 900_000), vehicle: car, reason: stolen, ...confirmed },
    {
      id: 2,
      read: read('ANPR', 'BE', 'H-7731', 'E17 Rekkem', 9000),
      vehicle: van,
      reason: stolen,
      state: 'unvalidated',
    },
  ]) {
    gateway.change({ hit: { ...hit, cameUtcMs: Date.now() - 8000 } });
  }
  await page.locator('[data-hit="2"]').first().waitFor();
}

/** Half a minute of speech is heard again. */
async function recall(page: Page, gateway: FakeGateway): Promise<void> {
  const encoder = new OpusSpeechEncoder();
  const frames = framesOf(joined(speech('fr'), speech('nl'))).map((frame, i) => ({
    atMs: 20 * i,
    bytes: Uint8Array.from(encoder.encode(frame)),
  }));
  const ogg = writeOggOpus(frames);
  gateway.onRecall = ({ partOf }) => {
    const offset = partOf?.offset ?? 0;
    return { part: { ogg: ogg.subarray(offset, offset + 4096), total: ogg.length } };
  };
  await page.keyboard.press('r');
  await page.locator('.replay-bar .waveform').waitFor();
  await page.waitForTimeout(3000);
}

async function openLink(page: Page): Promise<void> {
  await page.locator('.tile[data-group="xb-pours-2"] .bridging-open').click();
  await page.locator('.dialog .chip').first().click();
}

async function networks(page: Page, gateway: FakeGateway): Promise<void> {
  gateway.change({ status: demoStatus(Date.now()) });
  await page.locator('.status-row').first().waitFor();
}

const at = { controlRoom: 'CCPD Tournai', country: 'GB', consoleId: 'console:9' };
const stations = [
  { ...at, personId: 'obs-1', display: 'Liaison tripartite (écoute)' },
  {
    consoleId: 'console:8',
    personId: 'ccpd-sup',
    display: 'Chef de salle CCPD',
    controlRoom: 'CCPD Tournai',
    country: 'BE',
  },
  {
    consoleId: 'console:7',
    personId: 'wv-op-1',
    display: 'Dispatcher CIC West-Vlaanderen 1',
    controlRoom: 'CIC West-Vlaanderen',
    country: 'BE',
    busy: true,
  },
  {
    consoleId: 'console:6',
    personId: 'tn-op-1',
    display: 'Opérateur radio CIC Lille 1',
    controlRoom: 'TN 59',
    country: 'FR',
  },
];

async function directory(page: Page, gateway: FakeGateway): Promise<void> {
  gateway.change({ stations: { stations } });
  await page.locator('.top-bar [data-shortcut="intercom"]').click();
  await page.locator('.stations li').first().waitFor();
}

/** By the liaison officer, after a call that was missed. */
async function called(page: Page, gateway: FakeGateway): Promise<void> {
  const call = {
    callId: 1,
    state: 'ringing',
    ...at,
    display: 'Liaison tripartite (écoute)',
    sinceUtcMs: Date.now() - 4000,
  };
  const missed = [{ ...stations[3], times: 2, atUtcMs: Date.now() - 180_000 }];
  gateway.change({ intercom: { call, missed } });
  await page.locator('.call[data-call="ringing"]').waitFor();
}

/** The names of a desk's devices instead of the browser's made-up ones. */
const deviceNames = `Object.defineProperty(InputDeviceInfo.prototype, 'label', { get: () => 'Casque Jabra' });
  Object.defineProperty(MediaDeviceInfo.prototype, 'label', { get: () => 'Casque Jabra' });`;

async function take({ name, language, theme, address = '', size = desk, act }: Picture, folder: string): Promise<void> {
  const gateway = new FakeGateway(pageFolder, snapshot());
  const url = await gateway.listen();
  const context = await browser.newContext({ viewport: size, permissions: ['microphone'] });
  const page = await context.newPage();
  await page.addInitScript(`localStorage.setItem('escaut.language', '${language}');
    localStorage.setItem('escaut.theme', '${theme}'); ${deviceNames}`);
  await page.goto(`${url}#token=${oneTimeToken}`);
  await page.locator('.tile').first().waitFor();
  if (address !== '') {
    await page.evaluate(`location.hash = '${address}'`);
    if (address === '#wall') {
      await page.reload();
      await page.locator('.wall').waitFor();
    }
  }
  if (address === '') await page.locator('.talk-bar-key[data-off="false"]').waitFor();
  gateway.change({ floor: { groupId: pursuit, floor: demo.floor(demo.mouscron31, 8200) } });
  const waiting = demo.floor(demo.otherConsole, 3100, { queue: [{ talker: demo.unknownUnit, priority: 4 }] });
  gateway.change({ floor: { groupId: 'xb-acc', floor: waiting } });
  await act?.(page, gateway);
  await page.waitForTimeout(address === '#map' ? 2500 : 400);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
  await gateway.close();
}

const [, , folder = 'docs/images', only = ''] = argv;
mkdirSync(folder, { recursive: true });
const pageFolder = mkdtempSync(join(tmpdir(), 'escaut-page-'));
await build({ configFile: 'src/web/vite.config.ts', logLevel: 'error', build: { outDir: pageFolder } });
const browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumFlags] });
const wanted = ({ name }: Picture) => only.split(',').some((part) => name.includes(part));
for (const picture of pictures) if (wanted(picture)) await take(picture, folder);
await browser.close();
rmSync(pageFolder, { recursive: true, force: true });
