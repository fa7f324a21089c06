/**
 * Keyboard, focus and visibility of the page, as events for the session. The listeners capture, so that a button that
 * has the focus never sees the space bar: it would click on key-up.
 */
import type { KeyMap } from './key-map.ts';
import type { Focus, KeyMeaning } from './space-bar.ts';
import { keyDownMeans, takesTyping } from './space-bar.ts';

interface KeyListener {
  /** `held` names the key, for those that talk until they come up. */
  onKey(meaning: Exclude<KeyMeaning, { name: 'native' | 'swallow' }>, held: string): void;
  onTalkKeyUp(held: string): void;
  /** The operator's own table at this moment. */
  keys(): KeyMap;
  /** Focus or visibility of the whole page is lost: no key-up may come. */
  onBlur(): void;
  /** Whether the space bar talks from where the focus is. */
  onTyping(typing: boolean): void;
}

function describe(element: Element | null): Focus {
  return {
    tag: element?.localName ?? '',
    type: element instanceof HTMLInputElement ? element.type : '',
    editable: element instanceof HTMLElement && (element.isContentEditable || 'takesKeys' in element.dataset),
    role: element?.getAttribute('role') ?? '',
  };
}

/** Listens until the returned function is called. */
export function bindKeys(listener: KeyListener): () => void {
  const bound = new AbortController();
  const capture = { capture: true, signal: bound.signal };
  /** Keys that talk at present, by their place. */
  const held = new Set<string>();

  const onKeyDown = (event: KeyboardEvent): void => {
    const key = {
      code: event.code,
      key: event.key,
      shift: event.shiftKey,
      repeat: event.repeat,
      composing: event.isComposing,
      modified: event.ctrlKey || event.altKey || event.metaKey,
    };
    const asked = document.querySelector('dialog:modal') !== null;
    const meaning = keyDownMeans(key, describe(document.activeElement), listener.keys(), asked);
    if (meaning.name === 'native') return;
    event.preventDefault();
    event.stopPropagation();
    if (meaning.name === 'swallow') return;
    if (meaning.name === 'talk' || meaning.name === 'talkOn') held.add(event.code);
    listener.onKey(meaning, event.code);
  };

  const onKeyUp = (event: KeyboardEvent): void => {
    if (!held.delete(event.code)) return;
    // The focus may have moved while the key was down: whatever has it must not be clicked by this key-up.
    event.preventDefault();
    event.stopPropagation();
    listener.onTalkKeyUp(event.code);
  };

  const onBlur = (): void => {
    held.clear();
    listener.onBlur();
  };

  window.addEventListener('keydown', onKeyDown, capture);
  window.addEventListener('keyup', onKeyUp, capture);
  window.addEventListener('blur', onBlur, { signal: bound.signal });
  window.addEventListener('pagehide', onBlur, { signal: bound.signal });
  document.addEventListener(
    'visibilitychange',
    () => {
      if (document.visibilityState === 'hidden') onBlur();
    },
    { signal: bound.signal },
  );
  const onFocus = (): void => listener.onTyping(takesTyping(describe(document.activeElement)));
  document.addEventListener('focusin', onFocus, { signal: bound.signal });
  // At `focusout` the next element has not got the focus yet.
  document.addEventListener('focusout', () => queueMicrotask(onFocus), { signal: bound.signal });
  return () => bound.abort();
}
