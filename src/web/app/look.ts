/** How the page looks and what it says aloud: colours by browser, tabs and the rest by person. */
import type { GroupModel } from '../model/console-model.ts';
import type { Verbosity } from '../model/floor-news.ts';
import { readVerbosity } from '../model/floor-news.ts';
import type { TabPlan } from '../model/group-tabs.ts';
import { readTabPlan, tabShowing, writeTabPlan } from '../model/group-tabs.ts';
import type { ThemeChoice } from '../model/theme.ts';
import type { TileOrder } from '../model/tile-order.ts';
import { moveTile, readTileOrder } from '../model/tile-order.ts';
import { Store } from './store.ts';
import { ThemeSwitch } from './theme-switch.ts';

export interface LookView {
  readonly theme: ThemeChoice;
  readonly verbosity: Verbosity;
  /** The operator's own tabs; undefined: the usual ones. */
  readonly plan: TabPlan | undefined;
  /** Place of the tab that is shown, from 0. */
  readonly tab: number;
  readonly order: TileOrder;
}

export class Look {
  readonly store: Store<LookView>;
  readonly #theme = new ThemeSwitch();
  #person = '';

  constructor() {
    this.store = new Store<LookView>({
      theme: this.#theme.choice,
      verbosity: readVerbosity(null),
      plan: undefined,
      tab: 0,
      order: [],
    });
  }

  start(): void {
    this.#theme.start();
  }

  /** Who sits here. */
  seat(person: string): void {
    this.#person = person;
    this.store.set({
      verbosity: readVerbosity(localStorage.getItem(this.#key('say'))),
      plan: readTabPlan(localStorage.getItem(this.#key('tabs'))),
      order: readTileOrder(localStorage.getItem(this.#key('order'))),
    });
  }

  chooseTheme(theme: ThemeChoice): void {
    this.#theme.choose(theme);
    this.store.set({ theme });
  }

  chooseVerbosity(verbosity: Verbosity): void {
    localStorage.setItem(this.#key('say'), verbosity);
    this.store.set({ verbosity });
  }

  showTab(tab: number): void {
    this.store.set({ tab });
  }

  /** Goes to the tab on which that group stands. */
  reveal(groups: readonly GroupModel[], groupId: string): void {
    const { plan, tab } = this.store.get();
    this.showTab(tabShowing(groups, plan, tab, groupId));
  }

  /** Undefined: the usual tabs again. */
  planTabs(plan: TabPlan | undefined): void {
    if (plan === undefined) localStorage.removeItem(this.#key('tabs'));
    else localStorage.setItem(this.#key('tabs'), writeTabPlan(plan));
    this.store.set({ plan, tab: 0 });
  }

  /** Puts a tile where another stands. */
  moveTile(groups: readonly GroupModel[], groupId: string, toId: string): void {
    const order = moveTile(groups, this.store.get().order, groupId, toId);
    localStorage.setItem(this.#key('order'), JSON.stringify(order));
    this.store.set({ order });
  }

  /** The gateway's order again. */
  resetOrder(): void {
    localStorage.removeItem(this.#key('order'));
    this.store.set({ order: [] });
  }

  #key(what: string): string {
    return `escaut.${what}.${this.#person}`;
  }
}
