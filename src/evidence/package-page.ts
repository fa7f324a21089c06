/**
 * The page of a package: one file that plays everything offline. What it shows stands in it as data and is put on the
 * page as text, never as markup; its policy allows its own script, its own style and recordings beside it, nothing else.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Gap } from './gaps.ts';
import type { TimelineLine } from './incident-timeline.ts';
import type { FoundFile } from './recorded.ts';

export interface PageData {
  readonly about: Readonly<Record<string, unknown>>;
  readonly timeline: readonly TimelineLine[];
  readonly gaps: readonly Gap[];
  readonly records: readonly Readonly<Record<string, unknown>>[];
  readonly recordings: readonly FoundFile[];
}

export function packagePage(data: PageData): string {
  const script = asset('page-script.js');
  const style = asset('page-style.css');
  const policy = [
    "default-src 'none'",
    `script-src '${digest(script)}'`,
    `style-src '${digest(style)}'`,
    "media-src 'self' file:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const texts: unknown = JSON.parse(asset('page-texts.json'));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<title>Escaut</title>
<style>${style}</style>
</head>
<body>
<main id="page"></main>
<script type="application/json" id="texts">${embedded(texts)}</script>
<script type="application/json" id="data">${embedded(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON that ends no script, whatever is in it. */
function embedded(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function asset(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
