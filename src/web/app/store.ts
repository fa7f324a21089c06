/** A timer and no animation frame: a page that nobody sees has none, and what it says aloud is drawn all the same. */
const frameMs = 16;
const afterFrame = (draw: () => void): void => void setTimeout(draw, frameMs);

/** One immutable value and those who watch it, in the shape that React's useSyncExternalStore wants. */
export class Store<Value extends object> {
  #value: Value;
  readonly #watchers = new Set<() => void>();
  readonly #drawers = new Set<() => void>();
  readonly #whenDrawn: (draw: () => void) => void;
  #drawDue = false;

  /** `whenDrawn` calls back once, when what changed meanwhile is to be drawn. */
  constructor(value: Value, whenDrawn: (draw: () => void) => void = afterFrame) {
    this.#value = value;
    this.#whenDrawn = whenDrawn;
  }

  readonly get = (): Value => this.#value;

  /** Hears of every change at once. */
  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /**
   * For what is drawn: hears once a frame that something has changed, however much. An outage is dozens of changes at once,
   * and drawing all of them one by one would show the last after seconds.
   */
  readonly watchFrames = (watcher: () => void): (() => void) => {
    this.#drawers.add(watcher);
    return () => this.#drawers.delete(watcher);
  };

  /** Changes what differs; watchers hear of it only when something does. */
  set(change: Partial<Value>): void {
    const keys = Object.keys(change) as (keyof Value)[];
    if (keys.every((key) => Object.is(this.#value[key], change[key]))) return;
    this.#value = { ...this.#value, ...change };
    for (const watcher of this.#watchers) watcher();
    if (this.#drawDue || this.#drawers.size === 0) return;
    this.#drawDue = true;
    this.#whenDrawn(() => {
      this.#drawDue = false;
      for (const drawer of this.#drawers) drawer();
    });
  }
}
