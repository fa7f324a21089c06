/**
 * A YAML text with positions: its value, what is wrong with it as YAML, and where a path of the value stands.
 *
 * The text may come from anybody: size, depth, aliases and the number of problems are bounded, and no message quotes
 * the text (a password may stand where it should not).
 */
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  visit,
  type YAMLError,
  YAMLParseError,
} from 'yaml';

export type Path = readonly (string | number)[];

/** Lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface YamlFault extends Position {
  readonly message: string;
}

export const textBytesMax = 4 * 1024 * 1024;
const aliasesMax = 100;
const faultsMax = 100;
/** Levels of blocks within each other; a configuration has about ten. */
const depthMax = 100;

export class YamlSource {
  /** Undefined when the text could not be read at all. */
  readonly value: unknown;
  readonly faults: readonly YamlFault[];
  readonly #lines = new LineCounter();
  readonly #document: Document | undefined;
  readonly #aliased = new Map<Node, Node>();

  constructor(text: string) {
    const faults: YamlFault[] = [];
    const tokens = this.#readTokens(text);
    if (!Array.isArray(tokens)) {
      this.faults = [{ ...tokens, message: `is nested too deeply to be read: more than ${depthMax} levels` }];
      return;
    }
    const { document, found } = compose(tokens, text.length);
    for (const { code, message, pos } of withoutEchoes(found).slice(0, faultsMax)) {
      faults.push({ ...this.#position(pos[0]), message: explain(code, message) });
    }
    if (document !== undefined) {
      this.#document = document;
      faults.push(...this.#checkNodes(document));
      try {
        if (faults.length === 0) this.value = document.toJS({ maxAliasCount: aliasesMax });
      } catch (error) {
        // The library throws these for aliases that multiply (ReferenceError) and for depth (RangeError).
        if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error;
        faults.push({ line: 1, column: 1, message: 'grows too large: aliases (*name) stand for each other too often' });
      }
    }
    this.faults = faults;
  }

  /**
   * Where a path stands: its key (for "unknown key") or its value. A path that leads nowhere gets the position of the
   * last part that exists, which is where a missing key would have to be written.
   */
  locate(path: Path, part: 'key' | 'value'): Position {
    let node: unknown = this.#document?.contents;
    let offset = offsetOf(node) ?? 0;
    for (const [depth, step] of path.entries()) {
      const target: unknown = isAlias(node) ? this.#aliased.get(node) : node;
      if (isMap(target)) {
        const pair = target.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
        if (pair === undefined) break;
        const last = depth === path.length - 1;
        offset = (last && part === 'key' ? undefined : offsetOf(pair.value)) ?? offsetOf(pair.key) ?? offset;
        node = pair.value;
      } else if (isSeq(target) && typeof step === 'number' && target.items[step] !== undefined) {
        node = target.items[step];
        offset = (isPair(node) ? offsetOf(node.key) : offsetOf(node)) ?? offset;
      } else break;
    }
    return this.#position(offset);
  }

  /** The text's tokens, as far as anybody is told of their faults, or where it is nested too deeply. */
  #readTokens(text: string): CST.Token[] | Position {
    const parser = new Parser(this.#lines.addNewLine);
    const tokens: CST.Token[] = [];
    let faults = 0;
    this.#lines.addNewLine(0);
    for (const lexeme of new Lexer().lex(text)) {
      for (const token of parser.next(lexeme)) {
        tokens.push(token);
        if (token.type === 'error') faults += 1;
      }
      if (parser.stack.length > depthMax) return this.#position(parser.offset);
      if (faults > faultsMax) break;
    }
    tokens.push(...parser.end());
    return tokens;
  }

  /** Binds each alias to its anchor, and looks for equal keys and keys that are no text. One pass, bounded faults. */
  #checkNodes(document: Document): YamlFault[] {
    const faults: YamlFault[] = [];
    const anchors = new Map<string, Node>();
    let aliases = 0;
    const fault = (node: unknown, message: string): symbol | undefined => {
      faults.push({ ...this.#position(offsetOf(node) ?? 0), message });
      return faults.length < faultsMax ? undefined : visit.BREAK;
    };
    visit(document, {
      Map: (_key, map) => {
        const keys = new Set<string>();
        if (map.anchor !== undefined) anchors.set(map.anchor, map);
        for (const { key } of map.items) {
          if (!isScalar(key)) {
            if (fault(key, 'is a key that is not text') === visit.BREAK) return visit.BREAK;
          } else if (keys.has(String(key.value))) {
            if (fault(key, 'is a key that stands twice in this block: remove one of them') === visit.BREAK)
              return visit.BREAK;
          } else keys.add(String(key.value));
        }
        return undefined;
      },
      Value: (_key, node) => {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
      Alias: (_key, alias) => {
        const target = anchors.get(alias.source);
        if (target !== undefined) this.#aliased.set(alias, target);
        else return fault(alias, 'is an alias (*name) of an anchor (&name) that does not stand before it');
        if (++aliases <= aliasesMax) return undefined;
        fault(alias, `is the alias number ${aliases}: at most ${aliasesMax} are read`);
        return visit.BREAK;
      },
    });
    return faults;
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/**
 * What the library's parseDocument() does. The document is there if nothing but warnings was found. A text may have a
 * million faults, each an Error of the library's: without their stacks these cost less than reading the text.
 */
function compose(
  tokens: readonly CST.Token[],
  length: number,
): { readonly document: Document | undefined; readonly found: readonly YAMLError[] } {
  // Its own search for equal keys takes quadratic time; #checkNodes does it in one pass.
  const composer = new Composer({ prettyErrors: false, version: '1.2', merge: false, uniqueKeys: false });
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const [document, next] = composer.compose(tokens, true, length);
    const errors: YAMLError[] = document?.errors ?? [];
    if (next !== undefined) errors.push(new YAMLParseError([next.range[0], next.range[1]], 'MULTIPLE_DOCS', ''));
    return { document: errors.length === 0 ? document : undefined, found: [...errors, ...(document?.warnings ?? [])] };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** After one bracket too many nothing is expected any more: once is enough. */
const echoing = 'UNEXPECTED_TOKEN';

function withoutEchoes<T extends { readonly code: string }>(faults: readonly T[]): readonly T[] {
  return faults.filter(({ code }, index) => code !== echoing || faults[index - 1]?.code !== code);
}

function offsetOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const start: unknown = node.range[0];
  return typeof start === 'number' ? start : undefined;
}

/** The library's faults in words that say what to write, without its quotations of the text. */
const explanations: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'is not a good alias: after & and * stands a name without ":"',
  BAD_DQ_ESCAPE: 'is not an escape that YAML knows: write \\\\ for a backslash, or use single quotes',
  BAD_INDENT: 'is indented wrongly: keys of one block begin in the same column, deeper than their parent',
  BAD_SCALAR_START: 'begins with a character that YAML reserves: put the value between quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'holds a second ": " in one line: put the value between quotes, or begin a block on the next line',
  BLOCK_IN_FLOW: 'is a block within { } or [ ]: write it with { } or [ ] as well',
  KEY_OVER_1024_CHARS: 'is a key of more than 1024 characters',
  MISSING_CHAR: 'lacks a character: a closing quote, a "," between items, a space after ":" or before "#"',
  MULTILINE_IMPLICIT_KEY: 'is a key on more than one line: is a ":" missing, or a closing quote?',
  MULTIPLE_DOCS: 'begins a second document (---): one file holds one configuration',
  NON_STRING_KEY: 'is a key that is not text',
  TAB_AS_INDENT: 'is indented with a tab: use spaces',
  TAG_RESOLVE_FAILED: 'has a tag (!name): tags are not used here',
  UNEXPECTED_TOKEN: 'stands where YAML does not expect it: is a closing } or ] or quote missing, or one too many?',
};

function explain(code: string, message: string): string {
  if (code === 'MISSING_CHAR' && /^Missing closing ["'\]}]/.test(message))
    return 'is not closed: a quote is missing at the end';
  return explanations[code] ?? `is not YAML (${code})`;
}
