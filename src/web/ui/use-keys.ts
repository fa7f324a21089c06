/** The keyboard of the console, for as long as the page stands. */
import { type RefObject, useEffect, useState } from 'react';
import { bindKeys } from '../ptt/key-bindings.ts';
import type { KeyMeaning } from '../ptt/space-bar.ts';
import { useSession } from './session-context.tsx';

const space = 'space';

/** Returns whether the focus is where letters are typed or a list is chosen from: there the space bar does not talk. */
export function useKeys(grid: RefObject<HTMLElement | null>): boolean {
  const session = useSession();
  const [typing, setTyping] = useState(false);
  useEffect(
    () =>
      bindKeys({
        onKey: (meaning) => {
          const { model, selectedId } = session.store.get();
          if (meaning.name === 'talk') return session.press(selectedId, space);
          const current = model.groups.findIndex((group) => group.id === selectedId);
          const target = meaning.name === 'select' ? meaning.index : current + stepOf(meaning, columnsOf(grid.current));
          const group = model.groups[target];
          if (group === undefined) return;
          session.select(group.id);
          show(grid.current, group.id);
        },
        onSpaceUp: () => session.release(space),
        onBlur: () => session.blur(),
        onTyping: setTyping,
      }),
    [session, grid],
  );
  return typing;
}

function stepOf(meaning: Extract<KeyMeaning, { name: 'move' }>, columns: number): number {
  return { left: -1, right: 1, up: -columns, down: columns }[meaning.to];
}

function columnsOf(grid: HTMLElement | null): number {
  return grid === null ? 1 : getComputedStyle(grid).gridTemplateColumns.split(' ').length;
}

function show(grid: HTMLElement | null, groupId: string): void {
  const tile = [...(grid?.children ?? [])].find((child) => child.getAttribute('data-group') === groupId);
  tile?.scrollIntoView({ block: 'nearest' });
}
