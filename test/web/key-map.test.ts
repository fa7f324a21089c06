import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyMap, KeyPress } from '../../src/web/ptt/key-map.ts';
import {
  actionOf,
  actions,
  defaultKeys,
  keyLabel,
  keyName,
  readKeys,
  rebind,
  tileKey,
  tileOf,
  unbind,
  writeKeys,
} from '../../src/web/ptt/key-map.ts';

const press = (code: string, key: string, shift = false): KeyPress => ({ code, key, shift });
const isUnambiguous = (keys: KeyMap): boolean => {
  const used = actions.map((action) => keys[action]).filter((name) => name !== '');
  return new Set(used).size === used.length;
};

describe('names of keys', () => {
  it('are what is printed for letters and signs, whatever the layout, and the place for all others', () => {
    expect(keyName(press('KeyQ', 'a'))).toBe('a'); // AZERTY
    expect(keyName(press('KeyA', 'A', true))).toBe('Shift+a');
    expect(keyName(press('KeyA', 'A'))).toBe('a'); // caps lock
    expect(keyName(press('KeyM', '?', true))).toBe('?');
    expect(keyName(press('F7', 'F7'))).toBe('F7');
    expect(keyName(press('PageUp', 'PageUp', true))).toBe('PageUp');
  });

  it('are none for keys that mean the same on every desk, for modifiers and for what cannot be told', () => {
    for (const code of ['Space', 'Enter', 'Tab', 'Escape', 'ArrowUp', 'Digit4', 'Numpad4', 'Delete']) {
      expect(keyName(press(code, 'x'))).toBe('');
    }
    for (const key of ['Shift', 'Control', 'AltGraph', 'Dead', '', 'Unidentified', ' ', '\u202e']) {
      expect(keyName(press('KeyX', key))).toBe('');
    }
  });

  it('are shown as printed', () => {
    expect(['a', 'Shift+ß', 'F7', '?', ''].map(keyLabel)).toEqual(['A', '⇧ SS', 'F7', '?', '']);
  });
});

describe('the table of keys', () => {
  it('gives each of the first twelve tiles an F key', () => {
    expect(tileKey(defaultKeys, 0)).toBe('F1');
    expect(tileKey(defaultKeys, 11)).toBe('F12');
    expect(tileKey(defaultKeys, 12)).toBe('');
    expect(tileOf('tile12')).toBe(11);
    expect(tileOf('open')).toBeUndefined();
    expect(isUnambiguous(defaultKeys)).toBe(true);
  });

  it('takes another key, and refuses one that is taken or means the same everywhere', () => {
    const moved = rebind(defaultKeys, 'open', press('KeyX', 'x'));
    expect(moved.ok && [actionOf(moved.keys, 'x'), actionOf(moved.keys, 'o')]).toEqual(['open', undefined]);
    expect(rebind(defaultKeys, 'open', press('F1', 'F1'))).toEqual({ ok: false, why: 'taken', by: 'tile1' });
    expect(rebind(defaultKeys, 'open', press('Space', ' '))).toEqual({ ok: false, why: 'reserved' });
    expect(rebind(defaultKeys, 'open', press('KeyO', 'o')).ok).toBe(true);
  });

  it('can do without a key, which another action may then have', () => {
    const without = unbind(defaultKeys, 'help');
    expect(actionOf(without, '?')).toBeUndefined();
    expect(rebind(without, 'open', press('KeyM', '?')).ok).toBe(true);
  });

  it('comes back from what was stored, also without a key and with two that changed places', () => {
    const keys = { ...unbind(defaultKeys, 'help'), tile1: 'F2', tile2: 'F1', open: 'Shift+o' };
    expect(readKeys(writeKeys(keys))).toEqual(keys);
    expect(readKeys(null)).toEqual(defaultKeys);
    expect(readKeys('{"open":"c","close":"c","join":"Space","keep":7}')).toEqual({
      ...defaultKeys,
      open: 'c',
      close: '',
    });
  });

  it('is never ambiguous, whatever was stored and pressed', () => {
    const name = fc.oneof(
      fc.constantFrom('F1', 'F2', 'a', 'Shift+a', 'Space', 'Escape', ''),
      fc.string({ maxLength: 4 }),
    );
    const stored = fc.oneof(
      fc.string(),
      fc.dictionary(fc.constantFrom<string>(...actions, 'x'), name).map((keys) => JSON.stringify(keys)),
    );
    const pressed = fc.record({
      code: fc.constantFrom('F1', 'F3', 'KeyA', 'Space', 'Escape', 'Minus'),
      key: fc.oneof(fc.constantFrom('a', 'A', 'F1', 'F3', ' '), fc.string({ unit: 'grapheme', maxLength: 2 })),
      shift: fc.boolean(),
    });
    fc.assert(
      fc.property(
        stored,
        fc.array(fc.tuple(fc.constantFrom(...actions), pressed), { maxLength: 20 }),
        (json, changes) => {
          let keys = readKeys(json);
          expect(isUnambiguous(keys)).toBe(true);
          for (const [action, key] of changes) {
            const rebinding = rebind(keys, action, key);
            if (rebinding.ok) keys = rebinding.keys;
            expect(isUnambiguous(keys)).toBe(true);
          }
          expect(Object.keys(keys).sort()).toEqual([...actions].sort());
          expect(readKeys(writeKeys(keys))).toEqual(keys);
        },
      ),
      { numRuns: 500 },
    );
  });
});
