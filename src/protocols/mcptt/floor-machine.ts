/**
 * The shape of both machines of floor control: a table of states × events, whose rules say the next state and push what
 * is to be done. Pure.
 */
interface Named {
  readonly name: string;
}

export interface Context<Settings, Action> {
  readonly settings: Settings;
  readonly nowMs: number;
  /** In order; rules push to it. */
  readonly actions: Action[];
}

type Rule<State, Event, Within> = (state: State, event: Event, context: Within) => State;

/** A missing cell does not compile. */
export type Table<State extends Named, Event extends Named, Within> = {
  readonly [S in State['name']]: {
    readonly [E in Event['name']]: (
      state: Extract<State, { name: S }>,
      event: Extract<Event, { name: E }>,
      context: Within,
    ) => State;
  };
};

/** Feeds one event. Total: no input can throw. */
export function stepTable<State extends Named, Event extends Named, Settings, Action>(
  table: Table<State, Event, Context<Settings, Action>>,
  state: State,
  event: Event,
  settings: Settings,
  nowMs: number,
): { readonly state: State; readonly actions: readonly Action[] } {
  const actions: Action[] = [];
  const row = table[state.name as State['name']];
  const rule = row[event.name as Event['name']] as Rule<State, Event, Context<Settings, Action>>;
  return { state: rule(state, event, { settings, nowMs, actions }), actions };
}
