import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.js';

/** Only what starts database clusters, one file after the other: each takes all of a small machine. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: configDefaults.exclude, globalSetup: [] } },
  defineConfig({
    test: {
      root: new URL('../..', import.meta.url).pathname,
      // Where: test/clusters/run and test/chaos/run tell.
      include: ['**/*.spec.ts'],
      // What a run says of itself comes as it happens.
      disableConsoleIntercept: true,
      fileParallelism: false,
      testTimeout: 60_000,
      hookTimeout: 180_000,
    },
  }),
);
