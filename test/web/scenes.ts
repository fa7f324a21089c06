/** What a gateway says and a hand does to bring the page to one of its views, for pictures of it. */
import type { Page } from 'playwright-core';
import { writeOggOpus } from '../../src/media/ogg-opus.ts';
import { OpusSpeechEncoder } from '../../src/media/opus.ts';
import { escaut } from '../../src/protocols/generated/console.js';
import { framesOf, joined, speech } from '../media/signals.ts';
import * as demo from './demo-groups.ts';
import { demoStatus } from './demo-status.ts';
import { type FakeGateway, sessionId } from './fake-gateway.ts';
import { exerciseSnapshot, inWords, named, offered, pursuit, pursuitSnapshot, restSnapshot } from './pursuit.ts';

const { Transmission } = escaut.console.v1.Leg;
type Snapshot = escaut.console.v1.Snapshot.$Properties;

/** One view of the page. */
export interface Scene {
  readonly address?: string;
  /** CSS pixels; the default is a desk. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Device pixels for one of them: 2 is 200 % zoom. */
  readonly scale?: number;
  readonly snapshot?: (language: 'fr' | 'nl') => Snapshot;
  /** Nobody talks. */
  readonly quiet?: boolean;
  readonly act?: (page: Page, gateway: FakeGateway) => Promise<void>;
}

const wall = { address: '#wall', size: { width: 3840, height: 2160 } };
const tablet = { width: 1024, height: 768 };
const upright = { width: 768, height: 1024 };
const zoomed = { size: { width: 960, height: 540 }, scale: 2 };

export const scenes: Readonly<Record<string, Scene>> = {
  rest: { snapshot: restSnapshot, quiet: true },
  console: {},
  talk: { act: talk },
  emergency: { act: distress },
  emergencies: { act: distresses },
  behalf: { act: behalf },
  'clear-dialog': { act: askClear },
  open: { act: openLink },
  refused: { act: refusedLink },
  plan: { act: plan },
  'plan-dialog': { act: askPlan },
  hits: { address: '#hits', act: hits },
  'hit-call': { act: hits },
  border: { act: border },
  'border-dialog': { act: askMark },
  patrols: { act: patrols },
  recall: { act: recall },
  map: { address: '#map', act: plan },
  timeline: { address: '#timeline' },
  'hand-over': { act: handOver },
  'hand-over-call': { act: handedOver },
  exercise: { snapshot: exerciseSnapshot },
  lines: { snapshot: linesSnapshot, act: lines },
  intercom: { act: directory },
  called: { act: called },
  texts: { act: texts },
  'text-dialog': { act: askText },
  networks: { address: '#networks', act: networks },
  desk: { act: (page) => page.keyboard.press('d') },
  keys: { act: (page) => page.keyboard.press('?') },
  look: { act: (page) => page.locator('.look-button').click() },
  wall: { ...wall, act: distress },
  'wall-rest': { ...wall, snapshot: restSnapshot, quiet: true },
  tablet: { size: tablet },
  'tablet-emergency': { size: tablet, act: distress },
  'tablet-open': { size: tablet, act: openLink },
  upright: { size: upright, act: distress },
  zoom: { ...zoomed },
  'zoom-open': { ...zoomed, act: openLink },
  'zoom-emergency': { ...zoomed, act: distress },
};

async function languageOf(page: Page): Promise<'fr' | 'nl'> {
  return (await page.locator('html').getAttribute('lang')) === 'nl' ? 'nl' : 'fr';
}

async function talk(page: Page, gateway: FakeGateway): Promise<void> {
  gateway.change({ floor: { groupId: pursuit, floor: {} } });
  await page.keyboard.down(' ');
  await page.locator(`.tile[data-group="${pursuit}"][data-state="transmitting"]`).waitFor();
  const own = { partyId: sessionId, isConsole: true, callSign: 'CCPD Tournai', country: 'BE', verified: true };
  gateway.change({ floor: { groupId: pursuit, floor: demo.floor(own) } });
  for (const [network, talkgroup, transmission] of [
    ['astrid', 'HT ALERTE 1', Transmission.CARRIED],
    ['inpt', 'FRBE POURS 1', Transmission.FLOWING],
  ] as const) {
    gateway.change({ leg: { groupId: pursuit, leg: demo.leg(pursuit, network, talkgroup, { transmission }) } });
  }
  await page.locator('.truth li').first().waitFor();
  await page.waitForTimeout(6200);
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

async function plan(page: Page, gateway: FakeGateway): Promise<void> {
  const post = (place: string, unit: string) => ({ place, manned: unit !== '', unit });
  const posts = [post('PF-04', 'Mouscron 31'), post('PF-14', ''), post('PF-16', 'Tournai 22')];
  const authority = { BE: 'DirCo 18:43', FR: 'préfet 18:51' };
  const since = {
    by: inWords(await languageOf(page)).operator,
    endsUtcMs: Date.now() + 3 * 3_600_000,
    groupIds: ['xb-acc'],
  };
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
  const checked = (await languageOf(page)) === 'nl' ? 'foto en plaat vergeleken' : 'photo et plaque comparées';
  const confirmed = {
    state: 'confirmed',
    validatedBy: 'CCPD BE 1',
    controlRoom: 'CCPD Tournai',
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

/** One after another on the other group: the second answered, the first about to be cleared. */
async function distresses(page: Page, gateway: FakeGateway): Promise<void> {
  await distress(page, gateway);
  const taken = {
    acknowledgedBy: 'CCPD BE 2',
    acknowledgedRoom: 'CCPD Tournai',
    acknowledgedUtcMs: Date.now() - 40_000,
  };
  const caller = demo.mouscron31;
  const call = { id: 2, groupId: pursuit, caller, state: 'acknowledged', sinceUtcMs: Date.now() - 65_000, ...taken };
  gateway.change({ emergency: { ...call, homeRooms: ['cr-ccpd'] } });
  await page.locator('.emergency').nth(1).waitFor();
}

async function askClear(page: Page, gateway: FakeGateway): Promise<void> {
  await distresses(page, gateway);
  await page.locator('.emergency[data-emergency="2"] .emergency-actions button').first().click();
  await page.locator('.dialog').waitFor();
}

/** The gateway says no: another group has the talkgroup (R2). */
async function refusedLink(page: Page, gateway: FakeGateway): Promise<void> {
  await openLink(page);
  await page.locator('.talkgroup input').first().check();
  await page.locator('.dialog .dialog-main').click();
  const asked = () => gateway.heard.flatMap(({ operate }) => operate ?? []).at(-1)?.requestId;
  while (asked() === undefined) await page.waitForTimeout(20);
  const refusal = { refusal: 'in-other-group', talkgroupId: 'as:5400110', groupId: pursuit };
  gateway.say({ operationAnswer: { requestId: asked() ?? 0, ...refusal } });
  await page.locator('.dialog-refusal').waitFor();
}

async function border(page: Page, gateway: FakeGateway): Promise<void> {
  const record = {
    id: 'B1',
    groupId: pursuit,
    state: 'accepted',
    origin: 'cr-ht',
    host: 'cr-tn59',
    category: inWords(await languageOf(page)).theft,
    basis: 'pursuit',
    place: 'PF-04',
    unit: 'Mouscron 31',
    from: 'BE',
    to: 'FR',
    noticeUtcMs: Date.now() - 240_000,
    noticeBy: 'CCPD BE 1',
    acceptedBy: 'TN 59',
    acceptedUtcMs: Date.now() - 200_000,
    condition: (await languageOf(page)) === 'nl' ? 'volgen zonder aan te houden' : 'suivre sans interpeller',
    crossings: [
      { source: 'voice-mark', atUtcMs: Date.now() - 190_000 },
      { source: 'status', atUtcMs: Date.now() - 186_000 },
    ],
  };
  gateway.change({ borderRecord: record });
  await page.locator('[data-record="B1"]').waitFor();
}

async function askMark(page: Page, gateway: FakeGateway): Promise<void> {
  await border(page, gateway);
  await page.keyboard.press('b');
  await page.locator('.dialog').waitFor();
}

/** A patrol whose talkgroup is in the pursuit, selected, so that its hours stand beside it. */
async function patrols(page: Page, gateway: FakeGateway): Promise<void> {
  const patrol = gateway.snapshot.groups?.[2];
  const lacking = [{ talkgroupId: 'as:5300110', groupId: pursuit }];
  gateway.change({ group: { group: { ...patrol, bridging: { ...patrol?.bridging, lacking } } } });
  await page.keyboard.press('3');
  await page.locator('.schedule li').first().waitFor();
}

async function texts(page: Page, gateway: FakeGateway): Promise<void> {
  const sender = { partyId: 'p', isConsole: true, callSign: 'CCPD Tournai', country: 'BE', verified: true };
  const receipts = [
    { legId: `${pursuit}/astrid`, state: 'delivered', cause: '' },
    { legId: `${pursuit}/inpt`, state: 'failed', cause: 'not-carried' },
  ];
  const text = (await languageOf(page)) === 'nl' ? 'Afspraak PF-04, kant Frankrijk' : 'RDV PF-04, côté France';
  gateway.change({ data: { id: 9, groupId: pursuit, sender, atUtcMs: Date.now() - 20_000, text, receipts } });
  await page.locator('.receipts').waitFor();
  await page.locator('.receipts').evaluate((list) => list.scrollIntoView({ block: 'center' }));
}

async function askText(page: Page, gateway: FakeGateway): Promise<void> {
  await texts(page, gateway);
  await page.locator('.panel .small-button', { hasText: '…' }).last().click();
  await page.locator('.dialog').waitFor();
}

const line = { country: 'BE', by: '', byControlRoom: '', state: 'idle' };
const hainaut = { ...line, consoleId: 'line:ht', display: 'CIC Hainaut', controlRoom: 'CIC Hainaut' };
const directLines = [
  hainaut,
  { ...line, consoleId: 'line:lil', display: 'Permanence', controlRoom: 'TN 59', country: 'FR' },
  { ...line, consoleId: 'line:wv', display: 'CIC West-Vlaanderen', controlRoom: 'CIC West-Vlaanderen' },
];

function linesSnapshot(language: 'fr' | 'nl'): Snapshot {
  return { ...pursuitSnapshot(language), directLines };
}

/** The operator is on one of them, somebody else on another. */
async function lines(page: Page, gateway: FakeGateway): Promise<void> {
  const sinceUtcMs = Date.now() - 9000;
  const talking = { state: 'talking', sinceUtcMs };
  const by = inWords(await languageOf(page)).operator;
  gateway.change({ directLine: { ...hainaut, ...talking, by, byControlRoom: 'CCPD Tournai' } });
  gateway.change({ directLine: { ...directLines[1], ...talking, by: 'TV 24', byControlRoom: 'CIC Hainaut' } });
  const call = { callId: 7, state: 'talking', consoleId: 'line:ht', display: 'CIC Hainaut', sinceUtcMs };
  gateway.change({ intercom: { call: { ...call, controlRoom: 'CIC Hainaut', country: 'BE' } } });
  await page.locator('.call[data-call="talking"]').waitFor();
}

async function handOver(page: Page, gateway: FakeGateway): Promise<void> {
  await hits(page, gateway);
  await plan(page, gateway);
  await page.keyboard.press('t');
  await page.locator('.timeline-filters .small-button').click();
  await page.locator('main.hand-over').waitFor();
  await page.locator('.hand-over-offer textarea').fill(inWords(await languageOf(page)).note);
  await page.locator('.hand-over-offer select').selectOption('ccpd-be-2');
}

async function handedOver(page: Page, gateway: FakeGateway): Promise<void> {
  gateway.change({ handOver: offered(await languageOf(page)) });
  await page.locator('.hand-over-call').waitFor();
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
