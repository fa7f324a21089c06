/** The keyboard of the console, for as long as the page stands. */
import { type RefObject, useEffect, useState } from 'react';
import type { ConsoleSession } from '../app/console-session.ts';
import { nextEmergency } from '../model/next-emergency.ts';
import { bindKeys } from '../ptt/key-bindings.ts';
import type { PageAction } from '../ptt/key-map.ts';
import type { KeyMeaning } from '../ptt/space-bar.ts';
import { useSession } from './session-context.tsx';
import { pressShortcut } from './shortcut.ts';
import { shownGroupsOf } from './use-shown-groups.ts';

/** Returns whether the focus is where letters are typed or a list is chosen from: there no key talks. */
export function useKeys(grid: RefObject<HTMLElement | null>): boolean {
  const session = useSession();
  const [typing, setTyping] = useState(false);
  useEffect(() => {
    if (session.isWall) return;
    return bindKeys({
      keys: () => session.desk.store.get().keys,
      onKey: (meaning, held) => {
        const { selectedId } = session.store.get();
        const groups = shownGroupsOf(session);
        const source = `key ${held}`;
        if (meaning.name === 'talk') return session.pressSelected(source);
        if (meaning.name === 'act') return act(session, meaning.action, grid.current);
        if (meaning.name === 'talkOn') {
          const group = groups[meaning.index];
          return group === undefined ? undefined : session.press(group.id, source);
        }
        const current = groups.findIndex((group) => group.id === selectedId);
        const target = meaning.name === 'select' ? meaning.index : current + stepOf(meaning, columnsOf(grid.current));
        const group = groups[target];
        if (group === undefined) return;
        if (meaning.name === 'carry') session.look.moveTile(session.store.get().model.groups, selectedId, group.id);
        else if (meaning.name === 'select') session.pick(group.id);
        else session.select(group.id);
        show(grid.current, meaning.name === 'carry' ? selectedId : group.id);
      },
      onTalkKeyUp: (held) => session.release(`key ${held}`),
      onBlur: () => session.blur(),
      onTyping: setTyping,
    });
  }, [session, grid]);
  return typing;
}

function act(session: ConsoleSession, action: PageAction, grid: HTMLElement | null): void {
  const { model, own, selectedId } = session.store.get();
  const groupId = action === 'nextEmergency' ? nextEmergency(model, own, selectedId) : undefined;
  if (groupId !== undefined) {
    if (session.store.get().page !== 'groups') session.show('groups');
    session.select(groupId);
    show(grid, groupId);
  } else if (!pressShortcut(action)) session.desk.tellIdle(action);
}

function stepOf(meaning: Extract<KeyMeaning, { name: 'move' | 'carry' }>, columns: number): number {
  return { left: -1, right: 1, up: -columns, down: columns }[meaning.to];
}

function columnsOf(grid: HTMLElement | null): number {
  return grid === null ? 1 : getComputedStyle(grid).gridTemplateColumns.split(' ').length;
}

function show(grid: HTMLElement | null, groupId: string): void {
  // After React has drawn the tab that it stands on.
  requestAnimationFrame(() => {
    const tile = [...(grid?.children ?? [])].find((child) => child.getAttribute('data-group') === groupId);
    tile?.scrollIntoView({ block: 'nearest' });
  });
}
