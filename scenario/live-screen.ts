/**
 * A terminal on which the picture of a run is drawn anew in its place: on the screen that editors use, so that whatever
 * stood there comes back. Only what changed is written, and no line is blank in between: nothing flickers.
 */
import type { Terminal } from './live-table.ts';

/** A terminal of which nothing is known. */
const usual: Terminal = { columns: 80, rows: 24 };

const open = '\x1b[?1049h\x1b[?25l';
const close = '\x1b[?25h\x1b[?1049l';
const restOfLine = '\x1b[K';
const restOfScreen = '\x1b[J';

export class LiveScreen {
  readonly #write: (text: string) => void;
  readonly #size: () => Partial<Terminal>;
  #drawn: readonly string[] | undefined;
  #drawnSize: Terminal = usual;

  constructor(write: (text: string) => void, size: () => Partial<Terminal>) {
    this.#write = write;
    this.#size = size;
  }

  /** `picture` for its size now. */
  draw(picture: (size: Terminal) => string): void {
    const { columns = 0, rows = 0 } = this.#size();
    const size = { columns: columns || usual.columns, rows: rows || usual.rows };
    const lines = picture(size).split('\n');
    const before = this.#drawn;
    const isNew =
      before === undefined || size.columns !== this.#drawnSize.columns || size.rows !== this.#drawnSize.rows;
    const changed = lines.flatMap((line, index) =>
      !isNew && before[index] === line ? [] : [`\x1b[${index + 1};1H${line}${restOfLine}`],
    );
    const isShorter = isNew || lines.length < before.length;
    const rest = isShorter ? `\x1b[${lines.length + 1};1H${restOfScreen}` : '';
    const text = `${before === undefined ? open : ''}${changed.join('')}${rest}`;
    if (text !== '') this.#write(text);
    this.#drawn = lines;
    this.#drawnSize = size;
  }

  /** What stood there before comes back. Harmless where nothing was drawn. */
  close(): void {
    if (this.#drawn !== undefined) this.#write(close);
    this.#drawn = undefined;
  }
}
