/**
 * Several groups under one key. Pure.
 *
 *   off ──begin──▶ choosing ──confirm (two or more)──▶ on
 *    ▲                └──leave──┐                       │
 *    └──────────────────────────┴──leave, link lost, fewer than two left
 *
 * What is on is not changed by a slip: it is left, and chosen anew.
 */
export type MultiSelect =
  | { readonly name: 'off' }
  | { readonly name: 'choosing'; readonly groups: readonly string[] }
  | { readonly name: 'on'; readonly groups: readonly string[] };

export type MultiEvent =
  /** With the group that is selected; empty: none. */
  | { readonly name: 'begin'; readonly group: string }
  | { readonly name: 'toggle'; readonly group: string }
  | { readonly name: 'confirm' }
  | { readonly name: 'leave' }
  /** Groups that this operator may talk on now. */
  | { readonly name: 'talkable'; readonly groups: ReadonlySet<string> };

export const multiOff: MultiSelect = { name: 'off' };
const groupsMax = 24;

export function stepMulti(state: MultiSelect, event: MultiEvent): MultiSelect {
  switch (event.name) {
    case 'begin':
      return state.name === 'off' ? { name: 'choosing', groups: event.group === '' ? [] : [event.group] } : state;
    case 'toggle':
      return state.name === 'choosing' ? { ...state, groups: toggled(state.groups, event.group) } : state;
    case 'confirm':
      return state.name === 'choosing' && state.groups.length >= 2 ? { ...state, name: 'on' } : state;
    case 'leave':
      return multiOff;
    case 'talkable':
      return keep(state, event.groups);
  }
}

function toggled(groups: readonly string[], group: string): readonly string[] {
  if (groups.includes(group)) return groups.filter((other) => other !== group);
  return groups.length < groupsMax ? [...groups, group] : groups;
}

function keep(state: MultiSelect, talkable: ReadonlySet<string>): MultiSelect {
  if (state.name === 'off' || state.groups.every((group) => talkable.has(group))) return state;
  const groups = state.groups.filter((group) => talkable.has(group));
  return state.name === 'on' && groups.length < 2 ? multiOff : { ...state, groups };
}
