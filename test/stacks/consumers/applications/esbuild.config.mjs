/** Bundles what the compiler has made into one file: `node esbuild.config.mjs cjs` or `esm`. */
import { build } from 'esbuild';

const [format, entry = 'main'] = process.argv.slice(2);

/** Nest and TypeORM try packages that an application need not have: those stay what they are. */
const optionalPackages = {
  name: 'optional-packages',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[@\w]/ }, async ({ path, kind, resolveDir, pluginData, importer }) => {
      if (pluginData === 'asked' || !importer.includes('node_modules')) return undefined;
      const { errors } = await resolve(path, { kind, resolveDir, importer, pluginData: 'asked' });
      return errors.length > 0 ? { path, external: true } : undefined;
    });
  },
};

/** What CommonJS has in every module and an ES module has not. */
const commonJs = `
import { createRequire as requireOf } from 'node:module';
import { dirname as folderOf } from 'node:path';
import { fileURLToPath as pathOf } from 'node:url';
const require = requireOf(import.meta.url);
const __filename = pathOf(import.meta.url);
const __dirname = folderOf(__filename);`;

/** What @nestjs/typeorm 12 asks for, and CommonJS has not. */
const moduleUrl = "const moduleUrl = require('node:url').pathToFileURL(__filename).href;";

await build({
  entryPoints: [`dist/${entry}.js`],
  outfile: `bundle/${entry}.${format === 'esm' ? 'mjs' : 'cjs'}`,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format,
  keepNames: true,
  plugins: [optionalPackages],
  banner: { js: format === 'esm' ? commonJs : moduleUrl },
  define: format === 'esm' ? {} : { 'import.meta.url': 'moduleUrl' },
});
