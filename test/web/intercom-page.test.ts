/** The intercom in the built page: it calls, is answered by one key, says who was missed, and stands below an alarm. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { demoSnapshot } from './demo-groups.ts';
import { operatorId, sessionId } from './fake-gateway.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const station = (consoleId: string, personId: string, display: string, controlRoom: string, more: object = {}) => ({
  consoleId,
  personId,
  display,
  controlRoom,
  country: 'BE',
  language: 'fr',
  ...more,
});
const stations = [
  station(sessionId, operatorId, 'Opérateur CCPD', 'CCPD Tournai'),
  station('console:2', operatorId, 'Opérateur CCPD 2', 'CCPD Tournai'),
  station('console:3', 'obs-1', 'Liaison tripartite', 'CCPD Tournai', { country: 'GB' }),
  station('console:4', 'wv-op-1', 'Dispatcher CIC West-Vlaanderen 1', 'CIC West-Vlaanderen', { busy: true }),
  station('console:5', 'tn-op-1', 'Opérateur radio CIC Lille 1', 'TN 59', { country: 'FR' }),
];
const call = (state: string, more: object = {}) => ({
  call: {
    callId: 4,
    state,
    consoleId: 'console:3',
    display: 'Liaison tripartite',
    controlRoom: 'CCPD Tournai',
    country: 'GB',
    sinceUtcMs: Date.now() - 12_000,
    ...more,
  },
});

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

const asked = () => rig.gateway.heard.flatMap(({ operate }) => operate ?? []);
const told = (count: number) => vi.waitFor(() => expect(asked()).toHaveLength(count), { timeout: 30_000 });
const strip = (state: string) => rig.page.locator(`.call[data-call="${state}"]`);

describe('the intercom', () => {
  beforeEach(() => rig.open({ ...demoSnapshot(), stations }));
  afterEach(() => rig.close());

  it('lists by one key who is at a console, with control room and state, and calls a person', async () => {
    const { page } = rig;
    await page.keyboard.press('i');
    const rows = page.locator('.stations li');
    await rows.first().waitFor();
    const names = await rows.locator('.station-name').allTextContents();
    expect(names).toEqual([
      'Liaison tripartite',
      'Opérateur CCPD 2',
      'Dispatcher CIC West-Vlaanderen 1',
      'Opérateur radio CIC Lille 1',
    ]);
    await expect.poll(() => rows.nth(2).textContent()).toContain('en communication');
    expect(await rig.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Appeler Liaison tripartite', exact: true }).press('Enter');
    await told(1);
    expect(asked()[0]?.callStation).toMatchObject({ personId: 'obs-1' });
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0, refusal: 'busy' } });
    await page.getByText('Déjà en communication. Votre appel y est signalé comme manqué.').waitFor();
    await page.getByRole('button', { name: 'Appeler Opérateur CCPD 2', exact: true }).click();
    await told(2);
    expect(asked()[1]?.callStation).toMatchObject({ consoleId: 'console:2' });
    rig.gateway.say({ operationAnswer: { requestId: asked()[1]?.requestId ?? 0 } });
    await page.locator('dialog').waitFor({ state: 'detached' });
  });

  it('rings with name and control room, is answered by one key and ended by another', async () => {
    const { page, gateway } = rig;
    gateway.change({ intercom: call('ringing') });
    await strip('ringing').waitFor();
    for (const words of ['Appel intercom', 'Liaison tripartite · CCPD Tournai', 'Répondre', 'Refuser']) {
      await expect.poll(() => strip('ringing').textContent()).toContain(words);
    }
    expect(await rig.violations()).toEqual([]);
    await page.keyboard.press('i');
    await told(1);
    expect(asked()[0]?.answerCall).toMatchObject({ callId: 4 });
    gateway.change({ intercom: call('talking') });
    await strip('talking').getByText('En communication avec Liaison tripartite').waitFor();
    expect(await rig.violations()).toEqual([]);
    await page.keyboard.press('v');
    await told(2);
    expect(asked()[1]?.hangUp).toMatchObject({ callId: 4 });
    gateway.change({ intercom: { over: { display: 'Liaison tripartite', end: 'lost' } } });
    await strip('over').getByText('Liaison avec Liaison tripartite perdue').waitFor();
  });

  it('says while a key is down that the other side does not hear, and stays below an emergency', async () => {
    const { page, gateway } = rig;
    gateway.change({ intercom: call('talking') });
    await strip('talking').waitFor();
    await page.keyboard.down(' ');
    await strip('talking').getByText('Vous parlez sur un groupe').waitFor();
    await page.keyboard.up(' ');
    await strip('talking').locator('.call-held').waitFor({ state: 'detached' });
    const groupId = rig.gateway.snapshot.groups?.[0]?.id ?? '';
    gateway.change({ emergency: { id: 1, groupId, caller: { callSign: 'TV 41' }, state: 'unacknowledged' } });
    await page.locator('.emergency').waitFor();
    const [alarm, talk] = await Promise.all([page.locator('.emergency').boundingBox(), strip('talking').boundingBox()]);
    expect((alarm?.y ?? 0) + (alarm?.height ?? 0)).toBeLessThanOrEqual(talk?.y ?? 0);
  });

  it('says whose call was missed and when; calls back or has seen it', async () => {
    const { page, gateway } = rig;
    const missed = [
      { personId: 'obs-1', display: 'Liaison tripartite', controlRoom: 'CCPD Tournai', country: 'GB', times: 1 },
      { personId: 'tn-op-1', display: 'Lille 1', controlRoom: 'TN 59', country: 'FR', times: 3, atUtcMs: Date.now() },
    ];
    gateway.change({ intercom: { missed } });
    await strip('missed').first().waitFor();
    await expect
      .poll(() => strip('missed').evaluateAll((all) => all.map((each) => each.getAttribute('data-person'))))
      .toEqual(['tn-op-1', 'obs-1']);
    for (const words of ['Appel manqué : Lille 1', 'TN 59', '3 fois', 'le dernier à']) {
      await expect.poll(() => strip('missed').first().textContent()).toContain(words);
    }
    expect(await rig.violations()).toEqual([]);
    await strip('missed').first().getByRole('button', { name: 'Rappeler' }).click();
    await told(1);
    expect(asked()[0]?.callStation).toMatchObject({ personId: 'tn-op-1' });
    await page.getByRole('button', { name: 'Vu' }).first().click();
    await told(2);
    expect(asked()[1]?.seeMissedCalls).toBeTruthy();
  });

  it('hot line: by mouse or by Enter, for as long as it is held', async () => {
    const { page, gateway } = rig;
    await page.keyboard.press('i');
    const button = page.locator('.stations li[data-console="console:3"] .hot-line');
    await expect.poll(() => button.getAttribute('aria-label')).toBe('Maintenir pour parler à Liaison tripartite');
    await button.hover();
    await page.mouse.down();
    await told(1);
    expect(asked()[0]?.callStation).toMatchObject({ personId: 'obs-1', hotLine: true });
    gateway.change({ intercom: call('calling', { hotLine: true }) });
    await button.getByText('Liaison tripartite vous entend').waitFor();
    await page.mouse.up();
    await told(2);
    expect(asked()[1]?.hangUp).toMatchObject({ callId: 4, keyUp: true });
    gateway.change({ intercom: {} });
    await button.getByText('Maintenir pour parler').waitFor();
    await button.focus();
    await page.keyboard.down('Enter');
    await told(3);
    gateway.change({ intercom: call('calling', { callId: 5, hotLine: true }) });
    await button.getByText('Liaison tripartite vous entend').waitFor();
    await page.keyboard.up('Enter');
    await told(4);
    expect(asked()[3]?.hangUp).toMatchObject({ callId: 5, keyUp: true });
  });

  it('is over here when the link to the gateway is lost', async () => {
    rig.gateway.change({ intercom: call('talking') });
    await strip('talking').waitFor();
    rig.gateway.cut();
    await strip('talking').waitFor({ state: 'detached' });
  });
});
