/** A timer and no animation frame: a page that nobody sees has none, and what it says aloud is drawn all the same. */
const frameMs = 16;
const afterFrame = (then: () => void): void => void setTimeout(then, frameMs);

/** One immutable value and those who watch it, in the shape that React's useSyncExternalStore wants. */
export class Store<Value extends object> {
  #value: Value;
  readonly #watchers = new Set<() => void>();
  readonly #drawers = new Set<() => void>();
  readonly #afterFrame: (then: () => void) => void;
  /** What is drawn: up to date, drawn a moment ago, or behind the value since. */
  #drawn: 'all' | 'just-now' | 'behind' = 'all';

  /** `afterFrame` calls back once, a frame later. */
  constructor(value: Value, whenFrameIsOver: (then: () => void) => void = afterFrame) {
    this.#value = value;
    this.#afterFrame = whenFrameIsOver;
  }

  readonly get = (): Value => this.#value;

  /** Hears of every change at once. */
  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /**
   * For what is drawn: hears of a change at once, and of those that follow once a frame. An outage is dozens of changes;
   * drawing each of them would show the last after seconds.
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
    if (this.#drawn === 'all') this.#draw();
    else this.#drawn = 'behind';
  }

  #draw(): void {
    this.#drawn = 'just-now';
    for (const drawer of this.#drawers) drawer();
    this.#afterFrame(() => {
      if (this.#drawn === 'behind') this.#draw();
      else this.#drawn = 'all';
    });
  }
}
