/**
 * What is wrong with a configuration, in words that say what to write instead.
 *
 * A problem names its place by path; load.ts adds line and column. Values are quoted only where they are names of
 * ours (keys, choices, ids): a password that stands in the wrong place is never repeated.
 */
import type { z } from 'zod';
import { nearest } from '../base/nearest.ts';
import { printable } from '../base/printable.ts';
import { type Coded, coded, type ProblemCode } from './problem-codes.ts';
import type { Path, Position } from './yaml-source.ts';

/** `error` keeps the gateway from starting; `warning` is written to the log. */
export type Severity = 'error' | 'warning';

export interface PathProblem extends Coded {
  readonly severity: Severity;
  readonly path: Path;
  /** Whether the key itself is wrong or its value. */
  readonly part: 'key' | 'value';
  readonly message: string;
}

export interface Problem extends Position, Coded {
  readonly severity: Severity;
  readonly file: string;
  /** `attachments[0].sip.peer`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** The part of a JSON schema that is looked at here and by describe.ts. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
}

/** Problems beyond these are not worded: nobody mends more in one go, and wording costs time that a file could choose. */
export const problemsMax = 200;

/** Puts the schema's findings into words. `value` is what was checked. */
export function wordIssues(issues: readonly z.core.$ZodIssue[], value: unknown, schema: SchemaNode): PathProblem[] {
  const problems: PathProblem[] = [];
  for (const issue of issues) {
    if (problems.length >= problemsMax) break;
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, value, path);
      for (const key of issue.keys.slice(0, problemsMax - problems.length)) {
        problems.push({
          ...{ severity: 'error', path: [...path, key], part: 'key' },
          ...{ message: wordUnknownKey(key, known), code: 'key-unknown' },
        });
      }
    } else {
      const given = valueAt(value, path);
      const nodes = nodesAt(schema, value, path);
      // Several nodes: the choice is not made yet, and one form's description would mislead.
      const description = nodes.length === 1 ? nodes[0]?.description : undefined;
      const message = wordIssue(issue, given, description);
      problems.push({ severity: 'error', path, part: 'value', message, ...codeOfIssue(issue, given) });
    }
  }
  return problems;
}

/** `console.listen.port`, `attachments[2].sip`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    const word = step === '' ? '""' : printable(String(step));
    if (typeof step === 'number') text += `[${word}]`;
    else text += text === '' ? word : `.${word}`;
  }
  return text;
}

/** The path of an unknown key. Of `password:hunter2`, a key for want of a space, only `password:…` is repeated. */
export function formatKeyPath(path: Path): string {
  const key = String(path.at(-1) ?? '');
  const head = headOf(key);
  return formatPath([...path.slice(0, -1), head === undefined ? key : `${key.slice(0, head.length + 1)}…`]);
}

/** What stands before the first character that no key has; undefined when it is all key. */
function headOf(key: string): string | undefined {
  return /^([^\s:=]*)[\s:=]/.exec(key)?.[1];
}

/** The one line that an operator reads: place, path, what to do. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message, severity } = problem;
  return `${file}:${line}:${column}: ${severity === 'warning' ? 'warning: ' : ''}${path === '' ? '' : `${path} `}${message}`;
}

/** ` Did you mean "…"?` or nothing. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  const best = nearest(word, candidates);
  return best === undefined ? '' : `. Did you mean "${best}"?`;
}

function wordUnknownKey(key: string, known: readonly string[]): string {
  if (key === '<<') return 'is not known: merge keys (<<) are not read, write the keys out or alias the whole value';
  const head = headOf(key);
  const meant = head === undefined ? undefined : nearest(head, known);
  if (meant !== undefined) return `is not known. Did you mean "${meant}: …", with a space after the colon?`;
  const best = nearest(key, known);
  if (best !== undefined) return `is not known. Did you mean "${best}"?`;
  return known.length === 0 ? 'is not known here' : `is not known here; known are ${list(known)}`;
}

function wordIssue(issue: z.core.$ZodIssue, given: unknown, description: string | undefined): string {
  if (given === undefined && issue.code !== 'custom') {
    const choices = issue.code === 'invalid_value' ? issue.values : optionsOf(issue);
    const choice = choices.length === 0 ? '' : `; ${wordChoice(choices, given)}`;
    return `is missing${choice}${description === undefined ? '' : `. ${description}`}`;
  }
  if (given === null && issue.path.length === 0) return 'is empty: begin with a copy of config/example.yaml';
  if (given === null) {
    return `is empty: give it a value, or ${typeof issue.path.at(-1) === 'number' ? 'take the item out' : 'leave the key out'}`;
  }
  switch (issue.code) {
    case 'invalid_type':
      return wordType(issue.expected, given);
    case 'invalid_value':
      return wordChoice(issue.values, given);
    case 'too_small':
    case 'too_big':
      return isOwnWording(issue.message) ? issue.message : wordRange(issue);
    case 'invalid_union':
      if (issue.discriminator !== undefined) return wordChoice(optionsOf(issue), given);
      return issue.message;
    default:
      return issue.message;
  }
}

/** What the schema's own words stand for. */
const forms: readonly (readonly [RegExp, ProblemCode])[] = [
  [/^must be 1–64 letters/, 'form-id'],
  [/^must be an ISO 3166-1 code/, 'form-country'],
  [/^must be 1–12 capitals/, 'form-code'],
  [/^must be 1–128 characters/, 'form-address'],
  [/^must be the id of an announcement/, 'form-announcement'],
];

const typeCodes: Readonly<Record<string, ProblemCode>> = {
  string: 'text-needed',
  int: 'whole-number-needed',
  number: 'number-needed',
  boolean: 'yes-or-no',
  array: 'list-needed',
};

function codeOfIssue(issue: z.core.$ZodIssue, given: unknown): Coded {
  if (given === undefined && issue.code !== 'custom') return coded('missing');
  if (given === null) return coded('empty');
  switch (issue.code) {
    case 'invalid_type':
      return coded(typeCodes[issue.expected] ?? 'block-needed');
    case 'invalid_value':
      return coded('choice', { choices: list(issue.values.map(String)) });
    case 'too_small':
    case 'too_big': {
      const isMax = issue.code === 'too_big';
      const bound = Number(isMax ? issue.maximum : issue.minimum);
      if (issue.origin === 'string') {
        return given === '' ? coded('empty') : coded(isMax ? 'length-max' : 'length-min', { bound });
      }
      if (issue.origin === 'array') return coded(isMax ? 'items-max' : 'items-min', { bound });
      return coded(isMax ? 'number-max' : 'number-min', { bound });
    }
    default:
      if (given === '') return coded('empty');
      return coded(forms.find(([words]) => words.test(issue.message))?.[1] ?? 'form');
  }
}

/** Messages given in the schema begin so; the library's own do not. */
function isOwnWording(message: string): boolean {
  return message.startsWith('must ');
}

function optionsOf(issue: object): readonly unknown[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
}

function wordType(expected: string, given: unknown): string {
  switch (expected) {
    case 'string':
      // `059` is read as the number 59: only the text in the file is sure to be what was meant.
      if (typeof given === 'number' || typeof given === 'boolean') return 'must be text: put it between quotes';
      return `must be text, not ${kindOf(given)}`;
    case 'int':
      if (typeof given === 'number') return 'must be a whole number';
      return wordNoNumber('a whole number', given);
    case 'number':
      return wordNoNumber('a number', given);
    case 'boolean':
      return 'must be true or false, without quotes';
    case 'array':
      return `must be a list, not ${kindOf(given)}: begin each item with "- "`;
    default:
      return `must be a block of keys, not ${kindOf(given)}`;
  }
}

function wordNoNumber(wanted: string, given: unknown): string {
  if (typeof given === 'number')
    return `must be ${wanted} in digits: neither .nan nor .inf, nor larger than can be counted`;
  if (typeof given !== 'string') return `must be ${wanted}, not ${kindOf(given)}`;
  const remedy = isDigits(given) ? 'write it without quotes' : 'write digits only, without unit and quotes';
  return `must be ${wanted}, not text: ${remedy}`;
}

function isDigits(text: string): boolean {
  return /^\s*-?[0-9]+(\.[0-9]+)?\s*$/.test(text);
}

function wordChoice(values: readonly unknown[], given: unknown): string {
  const choices = values.map(String);
  const wanted = choices.length === 1 ? `must be ${choices[0]}` : `must be one of ${list(choices)}`;
  if (typeof given !== 'string') return wanted;
  const isQuoted = values.some((value) => typeof value === 'number' && String(value) === given.trim());
  return isQuoted ? `${wanted}, without quotes` : wanted + suggestion(given, choices);
}

function wordRange(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const [word, bound] = issue.code === 'too_big' ? ['at most', issue.maximum] : ['at least', issue.minimum];
  switch (issue.origin) {
    case 'string':
      return `must have ${word} ${bound} characters`;
    case 'array':
      return `must have ${word} ${bound} ${bound === 1 ? 'item' : 'items'}`;
    default:
      return `must be ${word} ${bound}`;
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return 'a block of keys';
  }
}

function list(words: readonly string[]): string {
  return words.length <= 40 ? words.join(', ') : `${words.slice(0, 40).join(', ')} …`;
}

function keysAt(schema: SchemaNode, value: unknown, path: Path): string[] {
  return [...new Set(nodesAt(schema, value, path).flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** The schema's nodes that a path of this value leads to; several where a choice is not decided by the value. */
function nodesAt(schema: SchemaNode, value: unknown, path: Path): readonly SchemaNode[] {
  let nodes: readonly SchemaNode[] = variants(schema, value);
  let here = value;
  for (const step of path) {
    here = valueAt(here, [step]);
    nodes = nodes
      .flatMap((node) => (typeof step === 'number' ? node.items : node.properties?.[step]) ?? [])
      .flatMap((node) => variants(node, here));
  }
  return nodes;
}

function variants(node: SchemaNode, value: unknown): readonly SchemaNode[] {
  const choices = node.oneOf ?? node.anyOf;
  if (choices === undefined) return [node];
  const fitting = choices.filter((choice) =>
    Object.entries(choice.properties ?? {}).every(
      ([key, { const: wanted }]) => wanted === undefined || wanted === valueAt(value, [key]),
    ),
  );
  // The choice's own description says more about the key than its variants'.
  return (fitting.length > 0 ? fitting : choices).map((choice) => ({ ...choice, ...describedAs(node) }));
}

function describedAs(node: SchemaNode): { readonly description?: string } {
  return node.description === undefined ? {} : { description: node.description };
}

/** The value at a path, own properties only; undefined where it leads nowhere. */
export function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}
