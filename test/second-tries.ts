import type { Reporter, TestModule } from 'vitest/node';

/**
 * Names every test that failed and passed when tried again, before the summary of the run: it counts as passed, and is
 * a race to be mended.
 */
export class SecondTries implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const found = modules.flatMap((module) =>
      [...module.children.allTests('passed')]
        .filter((test) => test.diagnostic()?.flaky)
        .map((test) => ` ${module.relativeModuleId} > ${test.fullName}`),
    );
    if (found.length > 0) console.log(`\nPassed at the second try alone, to be mended:\n${found.join('\n')}`);
  }
}
