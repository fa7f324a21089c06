/**
 * A pedal or button that talks while it is down. Pure.
 *
 *   none ──found──▶ up ◀──▶ down        lost: it was chosen and is not there
 *                    ▲
 *   found, and down already ──▶ stuck: it must come up once before it counts
 */
export type SwitchState =
  | { readonly name: 'none' }
  | { readonly name: 'up' | 'down' | 'stuck' | 'lost'; readonly label: string };

export type SwitchEvent =
  /** The device that was chosen is there. */
  | { readonly name: 'found'; readonly label: string; readonly down: boolean }
  | { readonly name: 'moved'; readonly down: boolean }
  /** It is not there: pulled out, or missing from the start. */
  | { readonly name: 'gone'; readonly label: string }
  | { readonly name: 'forget' };

/** `lost` is told where somebody relied on it. */
export type SwitchAction = 'press' | 'release' | 'lost';

interface Step {
  readonly state: SwitchState;
  readonly actions: readonly SwitchAction[];
}

export const noSwitch: SwitchState = { name: 'none' };

/** Feeds one event. Total: no input can throw. */
export function stepSwitch(state: SwitchState, event: SwitchEvent): Step {
  const letGo: readonly SwitchAction[] = state.name === 'down' ? ['release'] : [];
  switch (event.name) {
    case 'found':
      return { state: { name: event.down ? 'stuck' : 'up', label: event.label }, actions: letGo };
    case 'gone': {
      const isNews = state.name === 'up' || state.name === 'down' || state.name === 'stuck';
      return { state: { name: 'lost', label: event.label }, actions: isNews ? [...letGo, 'lost'] : [] };
    }
    case 'forget':
      return { state: noSwitch, actions: letGo };
    case 'moved':
      return moved(state, event.down);
  }
}

function moved(state: SwitchState, down: boolean): Step {
  if (state.name === 'up' && down) return { state: { ...state, name: 'down' }, actions: ['press'] };
  if (state.name === 'down' && !down) return { state: { ...state, name: 'up' }, actions: ['release'] };
  if (state.name === 'stuck' && !down) return { state: { ...state, name: 'up' }, actions: [] };
  return { state, actions: [] };
}
