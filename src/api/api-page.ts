/** The description of the doors for people: a page without scripts, of the document that programs read. Pure. */
import { doors } from './api-description.ts';
import type { Door } from './door-description.ts';

export const styleSheet = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 56rem; padding: 1rem; }
h2 { border-bottom: 1px solid; margin-top: 2.5rem; }
h3 { font-family: ui-monospace, monospace; font-size: 1rem; margin: 2rem 0 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid; padding: 0.25rem 1rem 0.25rem 0; text-align: left; vertical-align: top; }
th { font-weight: 600; white-space: nowrap; }
caption { font-weight: 600; padding-top: 0.75rem; text-align: left; }
`;

export function apiPage(version: string): string {
  const tags = [...new Set(doors.map(({ tag }) => tag))];
  const sections = tags.map((tag) => {
    const own = doors.filter((door) => door.tag === tag).map(doorOf);
    return `<section><h2>${escaped(tag)}</h2>${own.join('\n')}</section>`;
  });
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Escaut: doors for programs</title>
<link rel="stylesheet" href="reference.css"></head>
<body><main>
<h1>Escaut ${escaped(version)}: doors for programs</h1>
<p>For programs the same stands in <a href="openapi.json">openapi.json</a> (OpenAPI 3.1), with all schemas. People log in and are known by a
cookie; every POST of theirs carries the Origin of the page and <code>x-escaut-console: 1</code>. Faults are
<code>application/problem+json</code> with a <code>code</code>.</p>
${sections.join('\n')}
</main></body></html>
`;
}

const keys = { session: 'cookie of a session', token: 'service token', nobody: 'open to anybody' } as const;

function doorOf({ method, path, summary, words, by, query, headers, body, answers }: Door): string {
  const asked = [
    ...Object.entries(query?.shape ?? {}).map(([name, field]) => [`?${name}`, fieldWords(field)] as const),
    ...Object.entries(headers ?? {}).map(([name, { what, required }]) => {
      return [name, required ? what : `${what} May be left out.`] as const;
    }),
    ...(body === undefined
      ? []
      : ([['body', 'schema' in body ? 'application/json' : `${body.text}: ${body.what}`]] as const)),
  ];
  const given = Object.entries(answers).map(([status, { what }]) => [status, what] as const);
  return `<h3 id="${escaped(method + path)}">${method.toUpperCase()} ${escaped(path)}</h3>
<p>${escaped(summary)} (${keys[by]}). ${escaped(words ?? '')}</p>
${asked.length === 0 ? '' : table('Asks', asked)}${table('Answers', given)}`;
}

function fieldWords(field: { readonly description?: string | undefined }): string {
  return field.description ?? '';
}

function table(caption: string, rows: readonly (readonly [string, string])[]): string {
  const cells = rows.map(([name, what]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(what)}</td></tr>`);
  return `<table><caption>${caption}</caption><tbody>${cells.join('')}</tbody></table>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
