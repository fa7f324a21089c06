/** The RTP port of one leg: another takes its place while the voice process finds it in use, but not without end. */
export interface PortSource {
  takePort(): number | undefined;
  giveBackPort(port: number): void;
}

/** Other programs may hold ports of our range; so many pairs are tried. */
const triesMax = 8;

export class LegPort {
  readonly #source: PortSource;
  #number: number;
  #tries = 0;

  /** `first` has been taken from the source. */
  constructor(first: number, source: PortSource) {
    this.#number = first;
    this.#source = source;
  }

  get number(): number {
    return this.#number;
  }

  /** Another port, and the old one given back; false when none is to be had, or enough have been tried for now. */
  replace(): boolean {
    const next = ++this.#tries > triesMax ? undefined : this.#source.takePort();
    if (next === undefined) {
      this.#tries = 0;
      return false;
    }
    this.#source.giveBackPort(this.#number);
    this.#number = next;
    return true;
  }

  /** The voice process has it: whatever comes later is another matter. */
  opened(): void {
    this.#tries = 0;
  }

  giveBack(): void {
    this.#source.giveBackPort(this.#number);
  }
}
