/**
 * Deadlines of many small machines behind one alarm: each key has one deadline, and those due come out in order of
 * time, and in the order they were set where times are equal, so that a run with the same events is the same run.
 *
 * A binary heap; a deadline that was replaced stays in it until it surfaces or until such leftovers outnumber the
 * living, when the heap is rebuilt: memory follows the number of keys.
 */
interface Entry<K> {
  readonly atMs: number;
  readonly order: number;
  readonly key: K;
}

export class DeadlineQueue<K> {
  readonly #current = new Map<K, Entry<K>>();
  #heap: Entry<K>[] = [];
  #order = 0;

  /** Number of keys with a deadline. */
  get size(): number {
    return this.#current.size;
  }

  /** Replaces the deadline of a key; Infinity removes it. */
  set(key: K, atMs: number): void {
    const before = this.#current.get(key);
    if (before?.atMs === atMs) return;
    if (atMs === Infinity) {
      this.#current.delete(key);
    } else {
      const entry = { atMs, order: this.#order++, key };
      this.#current.set(key, entry);
      this.#push(entry);
    }
    if (this.#heap.length > 2 * this.#current.size + 64) this.#rebuild();
  }

  delete(key: K): void {
    this.set(key, Infinity);
  }

  /** The nearest deadline; Infinity when there is none. */
  get nextMs(): number {
    this.#dropReplaced();
    return this.#heap[0]?.atMs ?? Infinity;
  }

  /** Takes out one key whose deadline is not after `nowMs`. */
  take(nowMs: number): K | undefined {
    this.#dropReplaced();
    const first = this.#heap[0];
    if (first === undefined || first.atMs > nowMs) return undefined;
    this.#pop();
    this.#current.delete(first.key);
    return first.key;
  }

  #dropReplaced(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#current.get(first.key) === first) return;
      this.#pop();
    }
  }

  #rebuild(): void {
    this.#heap = [...this.#current.values()].sort((a, b) => (before(a, b) ? -1 : 1));
  }

  #push(entry: Entry<K>): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (before(heap[parent]!, entry)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (before(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function before<K>(a: Entry<K>, b: Entry<K>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
