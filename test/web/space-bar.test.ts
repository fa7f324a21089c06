import { describe, expect, it } from 'vitest';
import { defaultKeys } from '../../src/web/ptt/key-map.ts';
import type { Focus, Key, KeyMeaning } from '../../src/web/ptt/space-bar.ts';
import { keyDownMeans as meaningOf, takesTyping } from '../../src/web/ptt/space-bar.ts';

const page: Focus = { tag: 'body', type: '', editable: false, role: '' };
const key = (code: string, change: Partial<Key> = {}): Key => ({
  code,
  key: code,
  shift: false,
  repeat: false,
  composing: false,
  modified: false,
  ...change,
});
const keyDownMeans = (pressed: Key, focus: Focus, asked = false): KeyMeaning =>
  meaningOf(pressed, focus, defaultKeys, asked);
const on = (change: Partial<Focus>): Focus => ({ ...page, ...change });

describe('what a key means to the console', () => {
  it('talks with space on the page, on a button, on a slider and on a link', () => {
    for (const focus of [page, on({ tag: 'button' }), on({ tag: 'input', type: 'range' }), on({ tag: 'a' })]) {
      expect(keyDownMeans(key('Space'), focus)).toEqual({ name: 'talk' });
    }
  });

  it('does not talk with space where letters are typed or a list is chosen from', () => {
    const places = [
      on({ tag: 'input', type: 'text' }),
      on({ tag: 'input', type: 'search' }),
      on({ tag: 'input', type: 'number' }),
      on({ tag: 'textarea' }),
      on({ tag: 'select' }),
      on({ tag: 'div', editable: true }),
      on({ tag: 'div', role: 'combobox' }),
    ];
    for (const focus of places) {
      expect(takesTyping(focus)).toBe(true);
      expect(keyDownMeans(key('Space'), focus)).toEqual({ name: 'native' });
    }
  });

  it('swallows the repeats of a held space bar: they neither talk nor scroll', () => {
    expect(keyDownMeans(key('Space', { repeat: true }), page)).toEqual({ name: 'swallow' });
  });

  it('leaves space with Ctrl, Alt or Meta, and inside an input method, alone', () => {
    expect(keyDownMeans(key('Space', { modified: true }), page)).toEqual({ name: 'native' });
    expect(keyDownMeans(key('Space', { composing: true }), page)).toEqual({ name: 'native' });
  });

  it('leaves Enter to the button that has the focus', () => {
    expect(keyDownMeans(key('Enter'), on({ tag: 'button' }))).toEqual({ name: 'native' });
  });

  it('selects one of nine groups by number, on the main row and the keypad', () => {
    expect(keyDownMeans(key('Digit3'), page)).toEqual({ name: 'select', index: 2 });
    expect(keyDownMeans(key('Numpad9'), page)).toEqual({ name: 'select', index: 8 });
    expect(keyDownMeans(key('Digit0'), page)).toEqual({ name: 'native' });
    expect(keyDownMeans(key('Digit3'), on({ tag: 'input', type: 'text' }))).toEqual({ name: 'native' });
  });

  it('moves between groups by arrows, but leaves a slider its own', () => {
    expect(keyDownMeans(key('ArrowDown'), page)).toEqual({ name: 'move', to: 'down' });
    expect(keyDownMeans(key('ArrowLeft'), on({ tag: 'input', type: 'range' }))).toEqual({ name: 'native' });
  });

  it('moves the tile itself with Shift, once however long it is held, and not before a question', () => {
    const shifted = (more: object = {}) => key('ArrowRight', { shift: true, ...more });
    expect(keyDownMeans(shifted(), page)).toEqual({ name: 'carry', to: 'right' });
    expect(keyDownMeans(shifted({ repeat: true }), page)).toEqual({ name: 'swallow' });
    expect(keyDownMeans(shifted(), page, true)).toEqual({ name: 'native' });
    expect(keyDownMeans(shifted(), on({ tag: 'textarea' }))).toEqual({ name: 'native' });
  });

  it('talks on single tiles by F keys, once however long they repeat, and not while something is typed', () => {
    expect(keyDownMeans(key('F1'), page)).toEqual({ name: 'talkOn', index: 0 });
    expect(keyDownMeans(key('F12'), on({ tag: 'button' }))).toEqual({ name: 'talkOn', index: 11 });
    expect(keyDownMeans(key('F12', { repeat: true }), page)).toEqual({ name: 'swallow' });
    expect(keyDownMeans(key('F1'), on({ tag: 'textarea' }))).toEqual({ name: 'native' });
    expect(keyDownMeans(key('F5', { modified: true }), page)).toEqual({ name: 'native' });
  });

  it('acts by letters as they are printed, and before a question only talks', () => {
    const open = key('KeyO', { key: 'o' });
    expect(keyDownMeans(open, page)).toEqual({ name: 'act', action: 'open' });
    expect(keyDownMeans({ ...open, repeat: true }, page)).toEqual({ name: 'swallow' });
    expect(keyDownMeans(open, on({ tag: 'input', type: 'text' }))).toEqual({ name: 'native' });
    expect(keyDownMeans(open, page, true)).toEqual({ name: 'native' });
    expect(keyDownMeans(key('F2'), page, true)).toEqual({ name: 'talkOn', index: 1 });
    expect(keyDownMeans(key('KeyM', { key: '?', shift: true }), page)).toEqual({ name: 'act', action: 'help' });
  });
});
