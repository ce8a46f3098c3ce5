/** `nest build -b swc`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Application, nests, type ModuleType } from './support/application.js';
import { journey, LOGGED_IN } from './support/journey.js';

describe.each(nests)('what SWC has built, on %s', (nest) => {
  it.each<ModuleType>(['commonjs', 'module'])('of a project of type %s starts and logs in', async (type) => {
    const application = new Application(nest, 'swc', type);
    // Nest's command line 11 has SWC write CommonJS unless it is told.
    application.write('.swcrc', JSON.stringify({ module: { type: type === 'module' ? 'nodenext' : 'commonjs' } }));
    await application.build('-b', 'swc');
    // @swc/cli 0.8 keeps the name of the source folder with Nest's command line 11.
    const main = ['dist/main.js', 'dist/src/main.js'].find((path) => existsSync(join(application.folder, path)));
    expect(await journey([process.execPath, String(main)], application.folder)).toEqual(LOGGED_IN);
  });
});
