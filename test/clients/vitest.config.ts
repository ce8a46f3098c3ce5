import { defineConfig } from 'vitest/config';

/** Other people's clients against the local tenant; apart from the other suites, for it installs what it needs. */
export default defineConfig({
  root: import.meta.dirname,
  resolve: {
    alias: [
      {
        find: /^auth0-local-tenant$/,
        replacement: new URL('../../libs/auth0-tenant/src/index.ts', import.meta.url).pathname,
      },
    ],
  },
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
