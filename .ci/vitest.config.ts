import { defineConfig } from 'vitest/config';

/** Every suite in one run, so that its last line counts all. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    projects: [
      './vitest.config.ts',
      './test/clients/vitest.config.ts',
      './test/stacks/oldest/vitest.config.ts',
      './test/stacks/consumers/vitest.short.config.ts',
      // After everything else, for they start servers and processes of their own.
      ...['clusters', 'chaos'].map((name, index) => ({
        extends: './test/clusters/vitest.config.ts',
        test: {
          name,
          dir: new URL(`../test/${name}`, import.meta.url).pathname,
          env: { CLUSTERS_FORM: 'short' },
          fileParallelism: true,
          // Two of them wait more than they compute.
          maxWorkers: 2,
          sequence: { groupOrder: index + 1 },
        },
      })),
    ],
    // The tests wait for databases and browsers half of the time; so a third worker fills two cores.
    maxWorkers: 3,
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
});
