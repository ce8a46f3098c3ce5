import { configDefaults, defineConfig } from 'vitest/config';
import { fromSources, withDecorators } from './test/support/from-sources.js';

export default defineConfig({
  oxc: withDecorators,
  resolve: { alias: fromSources },
  test: {
    environment: 'node',
    pool: 'forks',
    // A file of tests leaves nothing behind that another would see; to load Nest and TypeORM anew for each took a third of the time.
    isolate: false,
    include: ['{src,libs/*/src,test}/**/*.spec.ts'],
    // They bring packages of their own, or start servers of their own: npm run test:clients, test:consumers, clusters, chaos.
    exclude: [...configDefaults.exclude, 'test/{clients,clusters,chaos,stacks}/**'],
    globalSetup: ['./test/support/services.global.ts'],
    setupFiles: ['./test/support/setup.ts'],
    reporters: ['default', './test/support/summary-reporter.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
