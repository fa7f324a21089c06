/**
 * Which key does what: the operator's own table over the one that a new console has. Pure. Space, digits, arrows, Enter,
 * Tab and Escape mean the same on every console and are not in it.
 *
 * Letters and signs go by what is printed on the key (`key`), so that a hint on the page is true on AZERTY as well; all
 * others by their place (`code`).
 */
const tileActions = [
  'tile1',
  'tile2',
  'tile3',
  'tile4',
  'tile5',
  'tile6',
  'tile7',
  'tile8',
  'tile9',
  'tile10',
  'tile11',
  'tile12',
] as const;
export const pageActions = [
  'nextEmergency',
  'nextTab',
  'previousTab',
  'acknowledge',
  'quiet',
  'listen',
  'open',
  'join',
  'extend',
  'keep',
  'close',
  'multi',
  'silence',
  'crossing',
  'plan',
  'hits',
  'intercom',
  'hangUp',
  'replay',
  'catchUp',
  'networks',
  'recordings',
  'desk',
  'map',
  'timeline',
  'help',
] as const;

export type PageAction = (typeof pageActions)[number];
export type Action = (typeof tileActions)[number] | PageAction;
export const actions: readonly Action[] = [...tileActions, ...pageActions];

/** Name of the key by action; empty: none. No name stands twice. */
export type KeyMap = Readonly<Record<Action, string>>;

export const defaultKeys: KeyMap = {
  tile1: 'F1',
  tile2: 'F2',
  tile3: 'F3',
  tile4: 'F4',
  tile5: 'F5',
  tile6: 'F6',
  tile7: 'F7',
  tile8: 'F8',
  tile9: 'F9',
  tile10: 'F10',
  tile11: 'F11',
  tile12: 'F12',
  nextEmergency: 'e',
  nextTab: 'PageDown',
  previousTab: 'PageUp',
  acknowledge: 'a',
  quiet: 'q',
  listen: 'l',
  open: 'o',
  join: 'j',
  extend: '+',
  keep: 'k',
  close: 'c',
  multi: 'g',
  silence: 's',
  crossing: 'b',
  plan: 'p',
  hits: 'h',
  intercom: 'i',
  hangUp: 'v',
  replay: 'r',
  catchUp: 'u',
  networks: 'n',
  recordings: 'f',
  desk: 'd',
  map: 'm',
  timeline: 't',
  help: '?',
};

/** A key as the browser tells it. */
export interface KeyPress {
  readonly code: string;
  readonly key: string;
  readonly shift: boolean;
}

const reserved = /^(?:Space|Enter|NumpadEnter|Tab|Escape|Backspace|Delete|Arrow\w+|(?:Digit|Numpad)\d)$/;
const modifier = /^(?:Shift|Control|Alt|Meta|CapsLock|NumLock|ScrollLock|AltGraph|Fn\w*|Dead|Process|Unidentified|)$/;

/** What the key is called in the table; empty when it cannot stand there. */
export function keyName({ code, key, shift }: KeyPress): string {
  if (reserved.test(code) || modifier.test(key)) return '';
  if ([...key].length !== 1) return /^\w{1,24}$/.test(code) ? code : '';
  if (!/^[\p{L}\p{N}\p{P}\p{S}]$/u.test(key)) return '';
  const lower = key.toLowerCase();
  const isLetter = lower !== key.toUpperCase() && [...lower].length === 1;
  return isLetter && shift ? `Shift+${lower}` : lower;
}

/** As it is printed on the key. */
export function keyLabel(name: string): string {
  const [, shifted] = /^Shift\+(.)$/u.exec(name) ?? [];
  if (shifted !== undefined) return `⇧ ${shifted.toUpperCase()}`;
  return [...name].length === 1 ? name.toUpperCase() : name;
}

/** What the key does; undefined when nothing. */
export function actionOf(keys: KeyMap, name: string): Action | undefined {
  if (name === '') return undefined;
  return actions.find((action) => keys[action] === name);
}

/** The key of the tile at that place of the grid, from 0; empty: none. */
export function tileKey(keys: KeyMap, index: number): string {
  const action = tileActions[index];
  return action === undefined ? '' : keys[action];
}

/** The place of the tile that an action talks on, from 0; undefined for what is no tile's. */
export function tileOf(action: Action): number | undefined {
  const index = tileActions.indexOf(action as (typeof tileActions)[number]);
  return index < 0 ? undefined : index;
}

export type Rebinding =
  | { readonly ok: true; readonly keys: KeyMap }
  | { readonly ok: false; readonly why: 'reserved' }
  | { readonly ok: false; readonly why: 'taken'; readonly by: Action };

/** Gives an action another key; one that does something else already is refused. */
export function rebind(keys: KeyMap, action: Action, press: KeyPress): Rebinding {
  const name = keyName(press);
  if (name === '') return { ok: false, why: 'reserved' };
  const by = actionOf(keys, name);
  if (by !== undefined && by !== action) return { ok: false, why: 'taken', by };
  return { ok: true, keys: { ...keys, [action]: name } };
}

/** Takes its key from an action. */
export function unbind(keys: KeyMap, action: Action): KeyMap {
  return { ...keys, [action]: '' };
}

const nameForm = /^(?:(?:Shift\+)?[\p{L}\p{N}\p{P}\p{S}]|[A-Z]\w{1,23})$/u;

/** Total: what cannot be read, is reserved or stands twice counts as not stored. */
export function readKeys(json: string | null): KeyMap {
  const stored = parse(json);
  const taken = new Set<string>();
  const keys: Record<string, string> = {};
  // The operator's own come first: no default takes a key from them.
  for (const own of [true, false]) {
    for (const action of actions) {
      if (keys[action] !== undefined) continue;
      const value = own ? stored[action] : defaultKeys[action];
      if (value === '') keys[action] = '';
      else if (typeof value === 'string' && nameForm.test(value) && !reserved.test(value) && !taken.has(value)) {
        keys[action] = value;
        taken.add(value);
      } else if (!own) keys[action] = '';
    }
  }
  return keys as Record<Action, string>;
}

export function writeKeys(keys: KeyMap): string {
  return JSON.stringify(keys);
}

function parse(json: string | null): Readonly<Record<string, unknown>> {
  try {
    const stored: unknown = JSON.parse(json ?? 'null');
    return typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
