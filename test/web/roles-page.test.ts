/** What the page offers to whom: nothing that the gateway refuses a role whatever it is about. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as demo from './demo-groups.ts';
import { PageRig } from './page-rig.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const line = {
  ...{ consoleId: 'line:ht', display: 'CIC Hainaut', controlRoom: 'CIC Hainaut', country: 'BE', state: 'idle' },
  ...{ by: '', byControlRoom: '', sinceUtcMs: Date.now() },
};
const call = {
  ...{ id: 1, groupId: 'xb-acc', caller: demo.grensleie7, sinceUtcMs: Date.now(), state: 'unacknowledged' },
  homeRooms: ['cr-ccpd'],
};

let rig: PageRig;
beforeAll(async () => {
  rig = await PageRig.start();
});
afterAll(() => rig?.stop());

describe('a person whose role answers for no unit', () => {
  beforeEach(() => rig.open({ ...demo.crowd(6), directLines: [line], emergencies: [call] }));
  afterEach(() => rig.close());

  const acknowledge = () => rig.page.getByRole('button', { name: 'Acquitter', exact: true });
  async function as(role: string): Promise<void> {
    rig.gateway.operatorRole = role;
    await rig.page.reload();
    await rig.ready();
  }
  const again = () => rig.page.locator('[data-shortcut="catchUp"], .over-replay button');
  const offered = {
    acknowledge,
    open: () => rig.page.locator('[data-shortcut="open"]'),
    line: () => rig.page.locator('.line-key:not(:disabled)'),
  };

  it.each(['auditor', 'observer'])(
    'is shown an emergency, groups and lines, and no button that his role is refused: %s',
    async (role) => {
      for (const button of Object.values(offered)) await expect.poll(() => button().count()).toBeGreaterThan(0);
      await as(role);
      for (const button of Object.values(offered)) await expect.poll(() => button().count()).toBe(0);
      if (role === 'auditor') await expect.poll(() => again().count()).toBeGreaterThan(0);
      else await expect.poll(() => again().count()).toBe(0);
      await expect.poll(() => rig.page.locator('.emergency-title').count()).toBe(1);
      await expect.poll(() => rig.page.locator('.line-key').textContent()).toContain('CIC Hainaut');
      await rig.page.keyboard.press('a');
      expect(await rig.violations()).toEqual([]);
      expect(rig.gateway.heard.flatMap(({ operate }) => operate ?? [])).toEqual([]);
      await as('dispatcher');
      for (const button of Object.values(offered)) await expect.poll(() => button().count()).toBeGreaterThan(0);
    },
  );

  it('is a dispatcher of another room: he may try, and is told whose it is', async () => {
    rig.gateway.change({ emergency: { ...call, homeRooms: ['cr-tn59'] } });
    await acknowledge().click();
    await rig.until(() => rig.gateway.heard.filter(({ operate }) => operate?.acknowledgeEmergency).length, 1);
  });
});
