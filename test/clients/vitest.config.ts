import { defineConfig } from 'vitest/config';
import { fromSources, withDecorators } from '../support/from-sources.js';

/** Other people's clients against the local tenant; apart from the other suites, for it installs what it needs. */
export default defineConfig({
  root: import.meta.dirname,
  oxc: withDecorators,
  resolve: { alias: fromSources },
  test: {
    pool: 'forks',
    isolate: false,
    include: ['*.spec.ts'],
    globalSetup: ['./support/install.global.ts'],
    reporters: ['default', '../support/summary-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
