/** One file made by esbuild of what the compiler has made. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Application, nests, run, type ModuleType } from './support/application.js';
import { movesElsewhere } from './support/elsewhere.js';
import { journey, LOGGED_IN, saidInVain } from './support/journey.js';

const moved = movesElsewhere();

async function bundle({ folder }: Application, format: string, entry = 'main'): Promise<[string[], string]> {
  await run(process.execPath, ['esbuild.config.mjs', format, entry], folder);
  return [[process.execPath, `${entry}.${format === 'esm' ? 'mjs' : 'cjs'}`], moved(join(folder, 'bundle'))];
}

describe.each(nests)('one file by esbuild, on %s', (nest) => {
  describe.each<ModuleType>(['commonjs', 'module'])('of a project of type %s', (type) => {
    let application: Application;
    beforeAll(async () => {
      application = new Application(nest, 'esbuild', type);
      await application.build();
    });

    it.each(['cjs', 'esm'])('as %s starts and logs in', async (format) => {
      expect(await journey(...(await bundle(application, format)))).toEqual(LOGGED_IN);
    });
  });
});

describe.each(nests.filter((nest) => nest === 'nest-12'))('one file by esbuild as cjs, on %s', (nest) => {
  it('needs a value for import.meta.url, without this library too: @nestjs/typeorm 12 does', async () => {
    const application = new Application(nest, 'esbuild-unaided', 'module');
    await application.build();
    application.change('esbuild.config.mjs', "{ 'import.meta.url': 'moduleUrl' }", '{}');
    for (const entry of ['main', 'control']) {
      expect(await saidInVain(...(await bundle(application, 'cjs', entry)))).toMatch(/ERR_INVALID_ARG_VALUE.*filename/);
    }
  });
});
