const source = (path: string) => new URL(`../../${path}`, import.meta.url).pathname;

/** For vitest: the packages of this workspace as they are now, not as they were built last. */
export const fromSources = [
  { find: /^nestjs-auth0-connect\/typeorm$/, replacement: source('libs/auth0-connect/src/typeorm.ts') },
  {
    find: /^nestjs-auth0-connect\/([\w-]+)$/,
    replacement: source('libs/auth0-connect/src/integrations/$1/index.ts'),
  },
  { find: /^nestjs-auth0-connect$/, replacement: source('libs/auth0-connect/src/index.ts') },
  { find: /^auth0-local-tenant$/, replacement: source('libs/auth0-tenant/src/index.ts') },
];

/** Said outright, because the nearest tsconfig.json of a test file is not always the one with decorators on. */
export const withDecorators = {
  decorator: { legacy: true, emitDecoratorMetadata: true },
  typescript: { removeClassFieldsWithoutInitializer: true },
  assumptions: { setPublicClassFields: true },
};
