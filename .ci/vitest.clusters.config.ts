import { defineConfig } from 'vitest/config';
import clusters from '../test/clusters/vitest.config.js';

/** Database clusters and chaos in their short form: after everything else, because each takes all of a small machine. */
export default defineConfig({
  ...clusters,
  test: {
    ...clusters.test,
    name: 'clusters',
    include: ['test/{clusters,chaos}/**/*.spec.ts'],
    env: { CLUSTERS_FORM: 'short' },
    sequence: { groupOrder: 1 },
  },
});
