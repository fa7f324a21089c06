/**
 * A key of the table presses the button that a mouse would: the one marked `data-shortcut`, in the selected tile first,
 * then outside of all tiles. So what a key may do is decided in one place, the button's.
 */
import type { PageAction } from '../ptt/key-map.ts';

/** False when there is no such button at present. */
export function pressShortcut(action: PageAction): boolean {
  const marked = `[data-shortcut="${action}"]:not(:disabled)`;
  const inTile = document.querySelector<HTMLElement>(`.tile[data-selected="true"] ${marked}`);
  const target =
    inTile ?? [...document.querySelectorAll<HTMLElement>(marked)].find((button) => button.closest('.tile') === null);
  target?.click();
  return target !== undefined;
}
