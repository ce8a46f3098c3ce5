import { defineConfig } from 'vitest/config';

/** All stacks in one run. */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    projects: ['./nest-11-typeorm-0.3/vitest.config.ts', './oldest/vitest.config.ts'],
    reporters: ['default', '../support/summary-reporter.ts'],
  },
});
