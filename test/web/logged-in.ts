/** A page at which people log in with a password, in French, and what a test does and looks at there. */
import { expect } from 'vitest';
import type { FleetDoorOptions } from '../../src/api/fleet-door.ts';
import { AnnouncementBooth } from '../../src/gateway/announcement-booth.ts';
import { demoConfig } from '../gateway/demo-config.ts';
import type { FleetRig } from '../gateway/fleet-rig.ts';
import type { LoginBench, LoginBenchOptions } from '../gateway/login-bench.ts';
import type { PageRig } from './page-rig.ts';

const password = 'nachtdienst in Doornik';
/** Screenshots are kept where this names a folder. */
const pictures = process.env.ESCAUT_SHOTS;

export class LoggedIn {
  readonly #rig: () => PageRig;
  readonly #bench: () => LoginBench;
  readonly #name: string;

  /** `name`: of its screenshots. */
  constructor(name: string, rig: () => PageRig, bench: () => LoginBench) {
    this.#name = name;
    this.#rig = rig;
    this.#bench = bench;
  }

  readonly button = (name: string) => this.#rig().page.getByRole('button', { name, exact: true });
  readonly field = (name: string) => this.#rig().page.getByLabel(name, { exact: true });

  readonly enter = async (person: string): Promise<void> => {
    const [rig, bench] = [this.#rig(), this.#bench()];
    await bench.post('password', { invitation: await bench.invite(person), newPassword: password });
    await rig.visit(bench.url);
    await rig.page.setViewportSize({ width: 1440, height: 900 });
    await this.field('Identifiant').fill(person);
    await this.field('Mot de passe').fill(password);
    await rig.page.keyboard.press('Enter');
    await rig.page.locator('.top-bar').waitFor();
  };

  /** By day and by night: nothing that axe finds. */
  readonly look = async (name: string): Promise<void> => {
    const rig = this.#rig();
    for (const colorScheme of ['light', 'dark'] as const) {
      await rig.page.emulateMedia({ colorScheme });
      expect(await rig.violations()).toEqual([]);
      if (pictures === undefined) continue;
      await rig.page.screenshot({ path: `${pictures}/${this.#name}-${name}-${colorScheme}.png`, fullPage: true });
    }
  };
}

/** The doors of the fleet data of a rig, for those of `people` who have logged in. */
export function fleetOf(
  { office: desk }: FleetRig,
  people: NonNullable<LoginBenchOptions['people']>,
  more: Partial<FleetDoorOptions['port']> = {},
): NonNullable<LoginBenchOptions['fleet']> {
  return (signedIn, accounts) => ({
    ...{ accounts, desk, running: 0, owed: [], shadows: { utcMs: Date.now(), shadows: [] } },
    listening: new AnnouncementBooth(demoConfig.announcements, 10_000),
    editor: (token) => {
      const session = signedIn(token);
      const editor = people.find((each) => each.person === session?.person);
      return session && editor && { editor, isLocked: session.isLocked };
    },
    ...more,
  });
}
