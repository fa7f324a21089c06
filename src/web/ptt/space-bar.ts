/**
 * What a key means to the console. One rule, the same everywhere: the space bar talks, Enter presses the button that
 * has the focus. An operator who has just clicked "mute" and then presses space talks, and mutes nothing. Only where
 * letters are typed or a list is chosen from does the space bar keep its usual meaning; the talk bar then says so.
 *
 * Pure: works on a description of the element, so that it is tested without a browser.
 */
export interface Focus {
  /** Element name in lower case; empty when nothing has the focus. */
  readonly tag: string;
  /** `type` of an input, in lower case. */
  readonly type: string;
  readonly editable: boolean;
  readonly role: string;
}

export interface Key {
  readonly code: string;
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
  | { readonly name: 'select'; readonly index: number }
  | { readonly name: 'move'; readonly to: 'left' | 'right' | 'up' | 'down' };

const native: KeyMeaning = { name: 'native' };
const notTyped = new Set(['button', 'checkbox', 'radio', 'range', 'submit', 'reset', 'color', 'file', 'image']);
const listRoles = new Set(['textbox', 'searchbox', 'combobox', 'listbox', 'option', 'menuitem']);
const moves = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' } as const;

/** Whether letters are typed, or a list is chosen from, in this element. */
export function takesTyping(focus: Focus): boolean {
  if (focus.editable || focus.tag === 'textarea' || focus.tag === 'select' || listRoles.has(focus.role)) return true;
  return focus.tag === 'input' && !notTyped.has(focus.type);
}

/** What a key going down means. Space with Ctrl, Alt or Meta belongs to the system. */
export function keyDownMeans(key: Key, focus: Focus): KeyMeaning {
  if (key.composing || key.modified || takesTyping(focus)) return native;
  if (key.code === 'Space') return key.repeat ? { name: 'swallow' } : { name: 'talk' };
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(key.code)?.[1];
  if (digit !== undefined) return key.repeat ? native : { name: 'select', index: Number(digit) - 1 };
  const to = moves[key.code as keyof typeof moves];
  // Arrows move a slider, or within a group of radio buttons, when one has the focus.
  if (to === undefined || focus.tag === 'input') return native;
  return { name: 'move', to };
}
