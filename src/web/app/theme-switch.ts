import type { ThemeChoice } from '../model/theme.ts';
import { readTheme, themeOf } from '../model/theme.ts';

const storageKey = 'escaut.theme';

/** The page's theme, remembered in this browser: it belongs to the room, and counts before anybody is known. */
export class ThemeSwitch {
  #choice: ThemeChoice = readTheme(localStorage.getItem(storageKey));
  readonly #light = matchMedia('(prefers-color-scheme: light)');

  get choice(): ThemeChoice {
    return this.#choice;
  }

  /** Shows the theme from now on, and follows the system while that is the choice. */
  start(): void {
    this.#light.addEventListener('change', () => this.#show());
    this.#show();
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    if (choice === 'auto') localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, choice);
    this.#show();
  }

  #show(): void {
    document.documentElement.dataset.theme = themeOf(this.#choice, this.#light.matches);
    const bar = getComputedStyle(document.documentElement).getPropertyValue('--bar');
    document.querySelector('meta[name="theme-color"]')?.setAttribute('content', bar.trim());
  }
}
