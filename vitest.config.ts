import { defineConfig } from 'vitest/config';
import { SecondTries } from './test/second-tries.ts';

// Three kinds of tests on few cores. `unit` runs on virtual time, so its files may share the machine; so do `pages`, which
// wait for what a real Chromium shows; `interop` talks to real programs over real sockets in real time, so it comes after,
// one file at a time, and nothing disturbs its clocks.
const pages = 'test/**/*-page.test.ts';
const shared = {
  sequence: { groupOrder: 0 },
  maxWorkers: 2, // vitest leaves one core of two idle
  testTimeout: 60_000, // some spawn the program on a machine that does other things
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    pool: 'forks',
    slowTestThreshold: 2_000,
    reporters: [new SecondTries(), 'default'],
    // What is waited for comes late on a machine that does other things.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
          exclude: ['test/interop/**', pages],
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'pages',
          include: [pages],
          // Twenty minutes of keys and frames on two busy cores: what fails once is tried once more, and then named
          // (second-tries.ts). ESCAUT_PAGE_SLOWER finds such a test beforehand.
          retry: 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          fileParallelism: false,
          // Real time on a machine that may stall for longer than a bar allows. Only a test that failed while it did so is
          // tried again (stall-meter.ts): a race that shows once in three runs must fail.
          setupFiles: ['test/interop/support/stall-meter.ts'],
          retry: { count: 2, condition: /^the machine stalled/ },
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
