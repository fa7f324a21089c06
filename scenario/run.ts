/**
 * `npm run scenario -- S1 [S2 S3] [--fast|--real-time] [--watch] [--until 03:00] [--report FILE] [--log FILE]`: plays scenarios through real legs and
 * real consoles and prints every pass condition with its figure. Exits with 1 when one has failed.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasScreen } from './consoles.ts';
import { LiveScreen } from './live-screen.ts';
import { liveTableOf } from './live-table.ts';
import { type Played, playScenario } from './play-scenario.ts';
import { reportOf } from './report.ts';
import { clockText } from './scenario-file.ts';
import { countOf, tableOf, whatOf } from './table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fast: { type: 'boolean', default: false },
    'real-time': { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
    until: { type: 'string' },
    log: { type: 'string' },
    report: { type: 'string', default: join(tmpdir(), 'escaut-scenarios.html') },
  },
});
const names = positionals.length > 0 ? positionals : ['S1', 'S2', 'S3'];
/** The picture of the run is drawn in place of a line a step. */
const isLive = values.watch && process.stderr.isTTY;
const isShown = values.watch && hasScreen(process.env, process.platform);
if (values.watch && !isShown) console.error('There is no screen here: the consoles play without windows.');
const screen = new LiveScreen(
  (text) => process.stderr.write(text),
  () => process.stderr,
);
const runs: Played[] = [];
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (!ending.signal.aborted) return ending.abort();
    screen.close();
    process.exit(1);
  });
}
for (const name of names) {
  if (ending.signal.aborted) break;
  const played = await playScenario(name, {
    pace: values['real-time'] ? 'real-time' : 'fast',
    watched: isShown,
    signal: ending.signal,
    ...(values.until === undefined ? {} : { until: values.until }),
    onStep: (_, step) => {
      if (isLive) return;
      const seconds = (performance.now() / 1000).toFixed(1).padStart(6);
      process.stderr.write(`${seconds} s  ${clockText(step.t)} ${whatOf(step)}\n`);
    },
    ...(isLive && {
      onProgress: (scenario, progress) => screen.draw((size) => liveTableOf(scenario, progress, size)),
    }),
  }).finally(() => screen.close());
  console.log(tableOf(played.scenario, played.verdicts));
  for (const change of played.changes) console.log(`· ${change}`);
  console.log(`Took ${(played.tookMs / 1000).toFixed(0)} s.\n`);
  runs.push(played);
}
if (values.log !== undefined) {
  const lines = runs.flatMap(({ performance: { facts } }) => facts.log.map((line) => JSON.stringify(line)));
  writeFileSync(values.log, lines.join('\n'));
}
writeFileSync(values.report, reportOf(runs));
console.log(`Report: ${values.report}`);
process.exitCode = runs.some(({ verdicts }) => countOf(verdicts).failed > 0) ? 1 : 0;
