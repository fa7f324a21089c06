/** How the page looks and what it says aloud: colours by browser, the rest by person. */
import type { Verbosity } from '../model/floor-news.ts';
import { readVerbosity } from '../model/floor-news.ts';
import type { ThemeChoice } from '../model/theme.ts';
import { Store } from './store.ts';
import { ThemeSwitch } from './theme-switch.ts';

export interface LookView {
  readonly theme: ThemeChoice;
  readonly verbosity: Verbosity;
}

export class Look {
  readonly store: Store<LookView>;
  readonly #theme = new ThemeSwitch();
  #person = '';

  constructor() {
    this.store = new Store<LookView>({ theme: this.#theme.choice, verbosity: readVerbosity(null) });
  }

  start(): void {
    this.#theme.start();
  }

  /** Who sits here. */
  seat(person: string): void {
    this.#person = person;
    this.store.set({ verbosity: readVerbosity(localStorage.getItem(this.#key('say'))) });
  }

  chooseTheme(theme: ThemeChoice): void {
    this.#theme.choose(theme);
    this.store.set({ theme });
  }

  chooseVerbosity(verbosity: Verbosity): void {
    localStorage.setItem(this.#key('say'), verbosity);
    this.store.set({ verbosity });
  }

  #key(what: string): string {
    return `escaut.${what}.${this.#person}`;
  }
}
