import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.js';

/** Only what starts database clusters, one file after the other: each takes all of a small machine. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: configDefaults.exclude, globalSetup: [] } },
  defineConfig({
    test: {
      root: new URL('../..', import.meta.url).pathname,
      include: ['test/clusters/**/*.spec.ts'],
      fileParallelism: false,
      testTimeout: 60_000,
      hookTimeout: 180_000,
    },
  }),
);
