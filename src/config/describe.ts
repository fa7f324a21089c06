/**
 * The configuration's reference in Markdown, written from its JSON schema: docs/configuration.md. Each key with its
 * type, range, default and reason, so that the document cannot say otherwise than the check.
 */
import type { SchemaNode } from './problems.ts';

interface Row {
  readonly key: string;
  readonly type: string;
  readonly range: string;
  readonly default: string;
  readonly meaning: string;
}

const head = `# Configuration

Generated from \`src/config/schema.ts\` by \`scripts/generate-docs.ts\`; a test keeps it fresh.

The configuration is one YAML file (YAML 1.2): the one named with \`--config\`, else by \`ESCAUT_CONFIG\`, else
\`config/escaut.yaml\`, else \`config/demo.yaml\`. It is read once, at start. \`escaut validate\` lists all its problems at
once, each with file, line, path and what to write instead; unknown keys are problems. \`config/example.yaml\` explains
every key in use. Editors that know YAML check and complete it with \`config/escaut.schema.json\`, named in the first
line: \`# yaml-language-server: $schema=escaut.schema.json\`.

Secrets never stand in the file: \`{env: NAME}\` takes one from the environment, \`{file: PATH}\` from a file (relative to
the configuration). What concerns several keys is checked too: references must resolve, numbers must fit their network,
a talkgroup may be in one permanent group at a time (R4), an end-to-end encrypted one in none (R1), each leg needs an
enabled attachment, ports must suffice and not overlap.

In the tables, \`[]\` stands for each item of a list. A key without default must be given, unless it is marked optional.
`;

/** The whole document, ending in a line end. */
export function describeConfig(schema: SchemaNode): string {
  const sections: string[] = [];
  const single: Row[] = [];
  for (const [key, node] of Object.entries(schema.properties ?? {})) {
    if (node.properties === undefined && node.items === undefined) single.push(row(key, node, required(schema, key)));
    else sections.push(section(key, node, required(schema, key)));
  }
  return [head, `## At the top\n\n${table(single)}`, ...sections].join('\n');
}

function section(key: string, node: SchemaNode, must: boolean): string {
  const list = node.items !== undefined;
  const count = list ? `A list${rangeOf(node) === '' ? '' : ` of ${rangeOf(node)}`}. ` : '';
  const presence = must ? 'It must be given.' : 'It may be left out.';
  const rows = list ? rowsOf(`${key}[]`, node.items ?? {}, '') : rowsOf(key, node, '');
  return `## \`${key}\`\n\n${node.description ?? ''} ${count}${presence}\n\n${table(rows)}`;
}

/** The rows of what is inside a node; `when` says for which choice of a union. */
function rowsOf(path: string, node: SchemaNode, when: string): Row[] {
  const rows: Row[] = [];
  for (const variant of node.oneOf ?? [node]) {
    const choice = node.oneOf !== undefined && node.oneOf.length > 1 ? choiceOf(variant) : '';
    for (const [key, child] of Object.entries(variant.properties ?? {})) {
      const here = `${path}.${key}`;
      const condition = child.const === undefined ? choice || when : when;
      rows.push(row(here, child, required(variant, key), condition));
      if (child.items?.properties !== undefined || child.items?.oneOf !== undefined) {
        rows.push(...rowsOf(`${here}[]`, child.items, condition));
      } else if (child.properties !== undefined || child.oneOf !== undefined)
        rows.push(...rowsOf(here, child, condition));
    }
  }
  return rows;
}

/** `mode: vox`, which tells one form of a union from the others. */
function choiceOf(variant: SchemaNode): string {
  const found = Object.entries(variant.properties ?? {}).find(([, { const: value }]) => value !== undefined);
  return found === undefined ? '' : `${found[0]}: ${String(found[1].const)}`;
}

function row(key: string, node: SchemaNode, must: boolean, when = ''): Row {
  return {
    key: `\`${key}\``,
    type: typeOf(node),
    range: rangeOf(node),
    default: defaultOf(node, must),
    meaning: `${when === '' ? '' : `(${when}) `}${node.description ?? ''}`,
  };
}

function typeOf(node: SchemaNode): string {
  if (node.const !== undefined) return 'fixed';
  if (node.enum !== undefined) return 'choice';
  if (node.oneOf !== undefined) return 'block';
  if (node.anyOf !== undefined) {
    return [...new Set(node.anyOf.map((choice) => (choice.const === undefined ? typeOf(choice) : 'text')))].join(
      ' or ',
    );
  }
  switch (node.type) {
    case 'integer':
      return 'whole number';
    case 'number':
      return 'number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return `list of ${node.items === undefined ? 'anything' : typeOf(node.items)}s`;
    case 'object':
      return 'block';
    default:
      return 'text';
  }
}

function rangeOf(node: SchemaNode): string {
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.oneOf !== undefined) return '';
  if (node.anyOf !== undefined) {
    const ranges = node.anyOf.map((choice) =>
      choice.properties === undefined ? rangeOf(choice) : `\`{${Object.keys(choice.properties).join(', ')}}\``,
    );
    return ranges.filter((range) => range !== '').join(' or ');
  }
  if (node.type === 'array') {
    const items = span(node.minItems, node.maxItems, ' items');
    const inner = node.items?.enum === undefined ? '' : rangeOf(node.items);
    return [items, inner].filter((part) => part !== '').join(' of ');
  }
  if (node.type === 'string') return span(node.minLength, node.maxLength, ' characters');
  return span(node.minimum, node.maximum, '');
}

function span(min: number | undefined, max: number | undefined, unit: string): string {
  if (min === undefined && max === undefined) return '';
  if (max === undefined) return `at least ${min}${unit}`;
  return min === undefined ? `at most ${max}${unit}` : `${min}–${max}${unit}`;
}

function defaultOf(node: SchemaNode, must: boolean): string {
  if (node.const !== undefined) return '';
  if (must) return '*must be given*';
  if (node.default === undefined) return '*optional*';
  const text = JSON.stringify(node.default);
  return text === '{}' ? '' : `\`${typeof node.default === 'string' && node.default !== '' ? node.default : text}\``;
}

function required(parent: SchemaNode, key: string): boolean {
  return parent.required?.includes(key) ?? false;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    (cells) => `| ${[cells.key, cells.type, cells.range, cells.default, cells.meaning].map(cell).join(' | ')} |`,
  );
  return ['| Key | Type | Range | Default | Meaning |', '|---|---|---|---|---|', ...lines, ''].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').trim();
}
