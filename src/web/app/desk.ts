/**
 * How this operator has set up his desk: what his keys do, and which groups he has put together. Keys are remembered in
 * the browser, by person.
 */
import type { Action, KeyMap, KeyPress, PageAction, Rebinding } from '../ptt/key-map.ts';
import { defaultKeys, readKeys, rebind, unbind, writeKeys } from '../ptt/key-map.ts';
import type { MultiEvent, MultiSelect } from '../ptt/multi-select.ts';
import { multiOff, stepMulti } from '../ptt/multi-select.ts';
import { Store } from './store.ts';

export interface DeskView {
  readonly keys: KeyMap;
  readonly multi: MultiSelect;
  /** Where this console stands with others, in the operator's words; empty: with none. */
  readonly room: string;
  /** An action whose key was pressed where it does nothing; for a few seconds. */
  readonly idleAction: PageAction | undefined;
}

/** How long the page says that a key does nothing at present. */
const idleActionMs = 3000;
const roomKey = 'escaut.room';
const roomMax = 64;

function storedRoom(): string {
  return (localStorage.getItem(roomKey) ?? '').slice(0, roomMax);
}

export class Desk {
  readonly store = new Store<DeskView>({
    keys: defaultKeys,
    multi: multiOff,
    room: storedRoom(),
    idleAction: undefined,
  });
  #person = '';
  #idleTimer: ReturnType<typeof setTimeout> | undefined;

  /** Who sits here. */
  seat(person: string): void {
    this.#person = person;
    this.store.set({ keys: readKeys(localStorage.getItem(this.#keysKey())) });
  }

  /** Why the key is not taken, or that it is. */
  rebind(action: Action, press: KeyPress): Rebinding {
    const rebinding = rebind(this.store.get().keys, action, press);
    if (rebinding.ok) this.#keepKeys(rebinding.keys);
    return rebinding;
  }

  unbind(action: Action): void {
    this.#keepKeys(unbind(this.store.get().keys, action));
  }

  resetKeys(): void {
    localStorage.removeItem(this.#keysKey());
    this.store.set({ keys: defaultKeys });
  }

  /** Tells that the key of an action was pressed where it does nothing. */
  tellIdle(action: PageAction): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.store.set({ idleAction: undefined }), idleActionMs);
    this.store.set({ idleAction: action });
  }

  shareRoom(room: string): void {
    localStorage.setItem(roomKey, room);
    this.store.set({ room });
  }

  multi(event: MultiEvent): void {
    this.store.set({ multi: stepMulti(this.store.get().multi, event) });
  }

  /** Groups that can no longer be talked on leave those that were put together. */
  keepMulti(groups: ReadonlySet<string>): void {
    if (this.store.get().multi.name !== 'off') this.multi({ name: 'talkable', groups });
  }

  #keepKeys(keys: KeyMap): void {
    localStorage.setItem(this.#keysKey(), writeKeys(keys));
    this.store.set({ keys });
  }

  #keysKey(): string {
    return `escaut.keys.${this.#person}`;
  }
}
