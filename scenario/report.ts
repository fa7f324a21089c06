/** A run as one HTML file that needs nothing beside itself: the figures, the timeline, what the consoles showed. Pure. */
import type { Played } from './play-scenario.ts';
import { clockText, type Step } from './scenario-file.ts';
import { countOf, whatOf } from './table.ts';
import { assertionNames, type Verdict } from './verdict.ts';

const style = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td, th { padding: .25rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid #8884; }
.passed { color: #16803c; } .failed { color: #c8102e; font-weight: 700; } .not-yet { color: #8a6d00; }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.words { opacity: .75; }
.shots { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1rem; }
figure { margin: 0; } img { width: 100%; border: 1px solid #8886; }
`;

export function reportOf(runs: readonly Played[]): string {
  const sections = runs.map(sectionOf).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Scenarios</title>
<style>${style}</style>
<body>
${sections}
</body>
</html>
`;
}

function sectionOf({ scenario, performance, verdicts, changes, tookMs }: Played): string {
  const { passed, failed, 'not-yet': open } = countOf(verdicts);
  const steps = scenario.steps.map((step, index) => rowOf(step, index, verdicts, performance.undone.get(index)));
  const throughout = verdicts.filter(({ step }) => step === undefined).map(verdictOf);
  const shots = performance.screenshots.map(({ step, person, jpeg }) => {
    const at = scenario.steps[step];
    const what = at === undefined ? '' : `${clockText(at.t)} ${whatOf(at)}`;
    return `<figure><img alt="${escaped(`Console of ${person}: ${what}`)}" src="data:image/jpeg;base64,${jpeg.toString('base64')}"><figcaption>${escaped(`${what} · ${person}`)}</figcaption></figure>`;
  });
  return `<h1>${escaped(`${scenario.scenario}: ${scenario.title}`)}</h1>
<p>${escaped(scenario.story)}</p>
<p><span class="passed">${passed} passed</span>, <span class="failed">${failed} failed</span>, <span class="not-yet">${open} not yet</span>; took ${(tookMs / 1000).toFixed(0)} s.</p>
<ul>${changes.map((change) => `<li>${escaped(change)}</li>`).join('')}</ul>
<p>Throughout: ${throughout.join('; ')}</p>
<h2>Timeline</h2>
<table><tr><th>T+</th><th>Who and where</th><th>What must be true, as measured</th></tr>
${steps.join('\n')}
</table>
<h2>What the consoles showed</h2>
<div class="shots">${shots.join('\n')}</div>`;
}

function rowOf(step: Step, index: number, verdicts: readonly Verdict[], undone: string | undefined): string {
  const words = 'text' in step ? `<br><span class="words">« ${escaped(step.text)} »</span>` : '';
  const own = verdicts.filter((verdict) => verdict.step === index).map(verdictOf);
  const open = undone === undefined || own.length > 0 ? [] : [`<span class="not-yet">${escaped(undone)}</span>`];
  return `<tr><td class="time">${clockText(step.t)}</td><td>${escaped(whatOf(step))}${words}</td><td>${[...own, ...open].join('<br>')}</td></tr>`;
}

function verdictOf({ assertion, result, figure }: Verdict): string {
  return `<span class="${result}">${assertion} ${assertionNames[assertion] ?? ''}: ${result.replace('-', ' ')}</span> ${escaped(figure)}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
