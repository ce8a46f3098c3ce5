import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig } from 'rolldown';

/**
 * The package once more for `require`, in one file with its dependencies, most of which are ES modules: Jest loads
 * those by `require` only on the newest versions of Node.
 */
export default defineConfig({
  cwd: import.meta.dirname,
  input: { index: 'src/index.ts' },
  platform: 'node',
  logLevel: 'warn',
  // One of koa's dependencies compiles its wrappers at run time.
  checks: { eval: false },
  // As deep below the package as the compiled files, which look for ../../views/.
  output: { dir: 'dist/cjs', format: 'cjs', entryFileNames: '[name].cjs', comments: false },
  plugins: [
    { name: 'licenses', generateBundle: writeLicenses },
    { name: 'types', generateBundle: writeTypes },
  ],
});

/** Puts the licences of what was bundled beside it. */
function writeLicenses() {
  const folders = new Set(
    [...this.getModuleIds()].flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []),
  );
  const texts = [...folders].toSorted().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = ['LICENSE', 'LICENSE.md', 'license', 'License', 'LICENSE.txt'].find((one) =>
      existsSync(join(folder, one)),
    );
    return `${name} ${version}\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : 'MIT'}\n`;
  });
  this.emitFile({ type: 'asset', fileName: 'licenses.txt', source: texts.join('\n---\n\n') });
}

/**
 * The declarations that index.d.ts leads to, once more as those of CommonJS: under `module: node16` TypeScript lets no
 * CommonJS module require what is declared as an ES module.
 */
function writeTypes() {
  const written = new Set();
  const write = (name) => {
    if (written.has(name)) return;
    written.add(name);
    const source = readFileSync(join(import.meta.dirname, 'dist', `${name}.d.ts`), 'utf8')
      .replaceAll(/(?<=from ')(\.[^']+)\.js'/g, (_, path) => {
        write(join(dirname(name), path));
        return `${path}.cjs'`;
      })
      // A package of ES modules, of which a type is taken.
      .replaceAll(/^(import type .* from '[^.'][^']*')/gm, "$1 with { 'resolution-mode': 'import' }");
    this.emitFile({ type: 'asset', fileName: `${name}.d.cts`, source });
  };
  write('index');
}
