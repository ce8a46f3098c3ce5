import { configDefaults, defineConfig } from 'vitest/config';

const source = (path: string) => new URL(path, import.meta.url).pathname;

export default defineConfig({
  // Said outright, because the nearest tsconfig.json of a test file is not always the one with decorators on.
  oxc: {
    decorator: { legacy: true, emitDecoratorMetadata: true },
    typescript: { removeClassFieldsWithoutInitializer: true },
    assumptions: { setPublicClassFields: true },
  },
  resolve: {
    alias: [
      { find: /^nestjs-auth0-connect\/typeorm$/, replacement: source('./libs/auth0-connect/src/typeorm.ts') },
      {
        find: /^nestjs-auth0-connect\/([\w-]+)$/,
        replacement: source('./libs/auth0-connect/src/integrations/$1/index.ts'),
      },
      { find: /^nestjs-auth0-connect$/, replacement: source('./libs/auth0-connect/src/index.ts') },
      { find: /^auth0-local-tenant$/, replacement: source('./libs/auth0-tenant/src/index.ts') },
    ],
  },
  test: {
    environment: 'node',
    pool: 'forks',
    // A file of tests leaves nothing behind that another would see; to load Nest and TypeORM anew for each took a third of the time.
    isolate: false,
    include: ['{src,libs/*/src,test}/**/*.spec.ts'],
    // They bring packages of their own, or start servers of their own: npm run test:clients, clusters, chaos.
    exclude: [...configDefaults.exclude, 'test/{clients,clusters,chaos}/**'],
    globalSetup: ['./test/support/services.global.ts'],
    setupFiles: ['./test/support/setup.ts'],
    reporters: ['default', './test/support/summary-reporter.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
