import { defineConfig } from 'vitest/config';

/** Every suite in one run, so that its last line counts all. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    projects: [
      './vitest.config.ts',
      './test/clients/vitest.config.ts',
      './test/stacks/nest-11-typeorm-0.3/vitest.config.ts',
    ],
    // The tests wait for databases and browsers half of the time; so a third worker fills two cores.
    maxWorkers: 3,
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
});
