/** Direct lines in the built page: a key each, which calls, answers and hangs up, and says to everybody who is on it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { demoSnapshot } from './demo-groups.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const hainaut = {
  consoleId: 'line:ht',
  display: 'CIC Hainaut',
  controlRoom: 'CIC Hainaut',
  country: 'BE',
  state: 'idle',
  by: '',
  byControlRoom: '',
  sinceUtcMs: Date.now(),
};
const lille = { ...hainaut, consoleId: 'line:lil', display: 'Permanence', controlRoom: 'TN 59', country: 'FR' };
const callOn = (state: string) => ({
  call: { callId: 7, state, consoleId: 'line:ht', display: 'CIC Hainaut', controlRoom: 'CIC Hainaut', country: 'BE' },
});

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

const asked = () => rig.gateway.heard.flatMap(({ operate }) => operate ?? []);
const told = (count: number) => vi.waitFor(() => expect(asked()).toHaveLength(count), { timeout: 30_000 });
const key = (line: string, state: string) =>
  rig.page.locator(`.line-key[data-line="${state}"]`).filter({ hasText: line });

describe('direct lines', () => {
  beforeEach(() => rig.open({ ...demoSnapshot(), directLines: [hainaut, lille] }));
  afterEach(() => rig.close());

  it('calls by one click or Enter, says in words how far it is, and hangs up by the next', async () => {
    const { gateway } = rig;
    await key('CIC Hainaut', 'idle').waitFor();
    await expect.poll(() => key('Permanence', 'idle').textContent()).toContain('TN 59');
    await expect.poll(() => key('CIC Hainaut', 'idle').textContent()).toBe('CIC HainautlibreAppeler');
    expect(await rig.violations()).toEqual([]);
    await key('CIC Hainaut', 'idle').press('Enter');
    await told(1);
    expect(asked()[0]?.callStation).toMatchObject({ consoleId: 'line:ht', hotLine: false });
    const ours = { by: 'Opérateur CCPD', byControlRoom: 'CCPD Tournai' };
    gateway.change({ intercom: callOn('calling') });
    gateway.change({ directLine: { ...hainaut, ...ours, state: 'alerting' } });
    await key('sonne là-bas · Opérateur CCPD · CCPD Tournai', 'alerting').waitFor();
    await expect.poll(() => rig.page.locator('.call').textContent()).not.toContain('enregistré');
    gateway.change({ intercom: callOn('talking') });
    gateway.change({ directLine: { ...hainaut, ...ours, state: 'talking' } });
    await key('en communication', 'talking').getByText('Raccrocher').waitFor();
    expect(await rig.violations()).toEqual([]);
    await key('CIC Hainaut', 'talking').click();
    await told(2);
    expect(asked()[1]?.hangUp).toMatchObject({ callId: 7 });
    for (const [end, words] of [
      ['busy', 'CIC Hainaut est occupé.'],
      ['no-answer', 'CIC Hainaut ne répond pas.'],
      ['unreachable', 'CIC Hainaut est injoignable par téléphone.'],
    ] as const) {
      gateway.change({ intercom: { over: { display: 'CIC Hainaut', end } } });
      await rig.page.locator('.call[data-call="over"]').getByText(words).waitFor();
    }
  });

  it('rings here with its own words, and is answered by a click on it', async () => {
    rig.gateway.change({ directLine: { ...hainaut, state: 'ringing', recorded: true } });
    rig.gateway.change({ intercom: callOn('ringing') });
    const strip = rig.page.locator('.call[data-call="ringing"]');
    await strip.getByText('Appel sur une ligne directe').waitFor();
    await strip.getByText('Cet appel est enregistré.').waitFor();
    await key('nous appelle', 'ringing').getByText('Répondre').waitFor();
    expect(await rig.violations()).toEqual([]);
    await key('CIC Hainaut', 'ringing').click();
    await told(1);
    expect(asked()[0]?.answerCall).toMatchObject({ callId: 7 });
  });

  it('shows who else is on a line, and says why it cannot be had', async () => {
    rig.gateway.change({ directLine: { ...lille, state: 'talking', by: 'TV 24', byControlRoom: 'CIC Hainaut' } });
    await key('TV 24 · CIC Hainaut', 'talking').click();
    await told(1);
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0, refusal: 'line-busy' } });
    await rig.page.locator('.lines').getByText('La ligne est prise').waitFor();
    await key('CIC Hainaut', 'idle').click();
    await told(2);
    rig.gateway.say({ operationAnswer: { requestId: asked()[1]?.requestId ?? 0, refusal: 'not-permitted' } });
    await rig.page.locator('.lines .dialog-refusal').getByText('La ligne est prise').waitFor({ state: 'detached' });
    expect(await rig.violations()).toEqual([]);
  });
});
