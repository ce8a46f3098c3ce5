import { readdirSync } from 'node:fs';
import { defineConfig } from 'rolldown';

const integrations = readdirSync(`${import.meta.dirname}/src/integrations`);

/** A few files instead of one per source: finding and opening them is most of what importing a package costs. */
export default defineConfig({
  cwd: import.meta.dirname,
  input: {
    index: 'src/index.ts',
    cli: 'src/cli.ts',
    typeorm: 'src/typeorm.ts',
    ...Object.fromEntries(integrations.map((subpath) => [subpath, `src/integrations/${subpath}/index.ts`])),
  },
  // Dependencies stay what an application has installed; the compiler's own helpers go with the code.
  external: /^(?!@oxc-project\/)[@a-z]/,
  platform: 'node',
  logLevel: 'warn',
  output: {
    dir: 'dist',
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [
        // What TypeORM's command line loads, and no more.
        { name: 'tables', test: /[\\/]src[\\/]typeorm\.ts$/, priority: 1 },
        // A class is the same object through every entry.
        { name: 'shared', minShareCount: 2 },
      ],
    },
  },
});
