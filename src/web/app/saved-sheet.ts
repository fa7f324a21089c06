/** A hand-over sheet as one file that needs nothing else: what is read on the page, with a style of its own. */

const style = `
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 11pt/1.4 sans-serif; }
h1 { font-size: 1.5em; } h3 { margin: 1.2em 0 0.3em; font-size: 1.1em; border-bottom: 1px solid; }
p { margin: 0.2em 0; } ul, ol { margin: 0; padding: 0; list-style: none; }
[data-empty='true'] > * { display: inline-block; margin: 0.6em 0.7em 0 0; }
li { padding: 0.2em 0; break-inside: avoid; }
.sheet-row > *, .timeline-rows li > *, .entry-text > *, .entry-who > * { margin-right: 0.7em; }
.timeline-rows li { border-bottom: 1px dotted; }
.timeline-rows time { font-variant-numeric: tabular-nums; }
svg { width: 0.9em; height: 0.9em; fill: none; stroke: currentColor; stroke-width: 2; }
.flag, button { display: none; }
`;

function sheetFile(sheet: Element, title: string, language: string): string {
  const head = document.createElement('head');
  const charset = document.createElement('meta');
  charset.setAttribute('charset', 'utf-8');
  const name = document.createElement('title');
  name.textContent = title;
  const styles = document.createElement('style');
  styles.textContent = style;
  head.append(charset, name, styles);
  const body = document.createElement('body');
  const copy = sheet.cloneNode(true);
  body.append(copy);
  for (const button of body.querySelectorAll('button')) button.remove();
  const root = document.createElement('html');
  root.lang = language;
  root.append(head, body);
  return `<!doctype html>\n${root.outerHTML}\n`;
}

/** Offers it to the browser as a download. */
export function saveSheet(sheet: Element, title: string, language: string, fileName: string): void {
  const file = new Blob([sheetFile(sheet, title, language)], { type: 'text/html' });
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
