/**
 * What a key means to the console. One rule, the same everywhere: the space bar talks, Enter presses the button that
 * has the focus. An operator who has just clicked "mute" and then presses space talks, and mutes nothing. Only where
 * letters are typed or a list is chosen from does the space bar keep its usual meaning; the talk bar then says so. The
 * keys of single tiles and actions (ptt/key-map.ts) follow the same rule.
 *
 * Pure: works on a description of the element, so that it is tested without a browser.
 */
import type { KeyMap, KeyPress, PageAction } from './key-map.ts';
import { actionOf, keyName, tileOf } from './key-map.ts';

export interface Focus {
  /** Element name in lower case; empty when nothing has the focus. */
  readonly tag: string;
  /** `type` of an input, in lower case. */
  readonly type: string;
  readonly editable: boolean;
  readonly role: string;
}

export interface Key extends KeyPress {
  readonly repeat: boolean;
  readonly composing: boolean;
  readonly modified: boolean;
}

export type KeyMeaning =
  /** Leave it to the browser. */
  | { readonly name: 'native' }
  /** Ours, but nothing to do: a repeat of a key that is down. */
  | { readonly name: 'swallow' }
  | { readonly name: 'talk' }
  /** Talk on the tile at that place of the grid, from 0, whatever is selected. */
  | { readonly name: 'talkOn'; readonly index: number }
  | { readonly name: 'act'; readonly action: PageAction }
  | { readonly name: 'select'; readonly index: number }
  /** To the next tile, or with the tile to the next place. */
  | { readonly name: 'move' | 'carry'; readonly to: 'left' | 'right' | 'up' | 'down' };

const native: KeyMeaning = { name: 'native' };
const notTyped = new Set(['button', 'checkbox', 'radio', 'range', 'submit', 'reset', 'color', 'file', 'image']);
const listRoles = new Set(['textbox', 'searchbox', 'combobox', 'listbox', 'option', 'menuitem']);
const moves = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' } as const;

/** Whether letters are typed, or a list is chosen from, in this element. */
export function takesTyping(focus: Focus): boolean {
  if (focus.editable || focus.tag === 'textarea' || focus.tag === 'select' || listRoles.has(focus.role)) return true;
  return focus.tag === 'input' && !notTyped.has(focus.type);
}

/** What a key going down means. With Ctrl, Alt or Meta it belongs to the system; before a question only talk counts. */
export function keyDownMeans(key: Key, focus: Focus, keys: KeyMap, asked: boolean): KeyMeaning {
  if (key.composing || key.modified || takesTyping(focus)) return native;
  if (key.code === 'Space') return key.repeat ? { name: 'swallow' } : { name: 'talk' };
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(key.code)?.[1];
  if (digit !== undefined) return key.repeat ? native : { name: 'select', index: Number(digit) - 1 };
  const to = moves[key.code as keyof typeof moves];
  // Arrows move a slider, or within a group of radio buttons, when one has the focus.
  if (to !== undefined) return focus.tag === 'input' || (key.shift && asked) ? native : arrow(key, to);
  return ownKey(key, keys, asked);
}

function arrow({ shift, repeat }: Key, to: 'left' | 'right' | 'up' | 'down'): KeyMeaning {
  if (!shift) return { name: 'move', to };
  return repeat ? { name: 'swallow' } : { name: 'carry', to };
}

function ownKey(key: Key, keys: KeyMap, asked: boolean): KeyMeaning {
  const action = actionOf(keys, keyName(key));
  if (action === undefined) return native;
  const index = tileOf(action);
  if (index === undefined && asked) return native;
  if (key.repeat) return { name: 'swallow' };
  return index === undefined ? { name: 'act', action: action as PageAction } : { name: 'talkOn', index };
}
