/**
 * In the panel of the selected group, in the built page: texts to all its sides and what became of each, and a talker who
 * is cut off.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { bac2, demoSnapshot, floor, mouscron31 } from './demo-groups.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

const asked = () => rig.gateway.heard.flatMap(({ operate }) => operate ?? []);

describe('a text', () => {
  beforeEach(() => rig.open(demoSnapshot()));
  afterEach(() => rig.close());

  it('is written to the selected group, and is refused in words', async () => {
    await rig.page.getByRole('button', { name: 'Écrire…' }).click();
    await rig.page.locator('dialog input').fill('RDV PF-04');
    expect(await rig.violations()).toEqual([]);
    await rig.page.keyboard.press('Enter');
    await vi.waitFor(() => expect(asked()).toHaveLength(1), { timeout: 30_000 });
    expect(asked()[0]).toMatchObject({ groupId: 'xb-pours-1', sendText: { text: 'RDV PF-04' } });
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0, refusal: 'not-open' } });
    await rig.page.getByText('La liaison est déjà fermée.').waitFor();
    await rig.page.keyboard.press('Escape');
  });

  it('says what became of it on each side, by word and shape', async () => {
    const sender = { partyId: 'p', isConsole: true, callSign: 'CCPD 1', verified: true };
    const said = { id: 9, groupId: 'xb-pours-1', sender, atUtcMs: Date.now(), text: 'RDV PF-04' };
    const receipt = (legId: string, state: string, cause = '') => ({ legId, state, cause });
    const [one, other] = ['xb-pours-1/astrid', 'xb-pours-1/inpt'];
    rig.gateway.change({ data: { ...said, receipts: [receipt(one, 'sent'), receipt(other, 'sent')] } });
    await rig.page.locator('[data-receipt="sent"]').nth(1).waitFor();
    const done = [receipt(one, 'delivered'), receipt(other, 'failed', 'not-carried')];
    rig.gateway.change({ data: { ...said, receipts: done } });
    await rig.page.locator('[data-receipt="failed"]').waitFor();
    const rows = await rig.page.locator('.receipts li').allTextContents();
    expect(rows).toEqual([
      expect.stringMatching(/^ASTRID .*remis au réseau$/),
      expect.stringMatching(/^INPT .*ne prend pas de textes$/),
    ]);
    const shapes = await rig.page
      .locator('.receipts .shape')
      .evaluateAll((all) => all.map((each) => each.getAttribute('data-shape')));
    expect(shapes).toEqual(['carried', 'revoked']);
  });
});

describe('a talker who has to go', () => {
  beforeEach(() => rig.open(demoSnapshot()));
  afterEach(() => rig.close());
  const talks = (change: Parameters<typeof floor>[2] = {}, talker = mouscron31) =>
    rig.gateway.change({ floor: { groupId: 'xb-pours-1', floor: floor(talker, 0, change) } });
  const button = () => rig.page.getByRole('button', { name: /^Couper .+…$/ });

  it('is cut off by a supervisor with a reason: the one who was meant, nobody in distress, and by no dispatcher', async () => {
    talks();
    await rig.tile('xb-pours-1').getByText('Mouscron 31').first().waitFor();
    await expect.poll(() => button().count()).toBe(0);
    rig.gateway.operatorRole = 'supervisor';
    await rig.page.reload();
    await rig.ready();
    talks({ emergency: true });
    await rig.page.locator('.tile[data-group="xb-pours-1"][data-state="emergency"]').waitFor();
    await expect.poll(() => button().count()).toBe(0);
    talks();
    await button().click();
    talks({ over: 101 }, bac2);
    await rig.page.getByText('Couper BAC 2…').waitFor({ state: 'attached' });
    await rig.page.getByRole('radio', { name: 'mauvais groupe' }).check();
    expect(await rig.violations()).toEqual([]);
    await rig.page.locator('dialog button[type="submit"]').click();
    await vi.waitFor(() => expect(asked()).toHaveLength(1), { timeout: 30_000 });
    const removeTalker = { over: 100, reason: 'mauvais groupe' };
    expect(asked()[0]).toMatchObject({ groupId: 'xb-pours-1', removeTalker });
    rig.gateway.say({ operationAnswer: { requestId: asked()[0]?.requestId ?? 0, refusal: 'not-talking' } });
    await rig.page.getByText('Il ne parle plus.').waitFor();
  });
});
