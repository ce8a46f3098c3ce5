/** One file made by ncc of what the compiler has made. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Application, nests, type ModuleType } from './support/application.js';
import { movesElsewhere } from './support/elsewhere.js';
import { journey, LOGGED_IN, saidInVain } from './support/journey.js';

const moved = movesElsewhere();

async function built(nest: (typeof nests)[number], type: ModuleType): Promise<Application> {
  const application = new Application(nest, 'ncc', type);
  await application.build();
  return application;
}

async function bundle(application: Application, entry: string): Promise<[string[], string]> {
  await application.tool('@vercel/ncc/dist/ncc/cli.js', 'build', `dist/${entry}.js`, '--out', `bundle-${entry}`);
  return [[process.execPath, 'index.js'], moved(join(application.folder, `bundle-${entry}`))];
}

/** Each version of Nest bundles in the form that its template has. */
const WORKS: Record<string, ModuleType> = { 'nest-11': 'commonjs', 'nest-12': 'module' };

const BREAKS: Record<string, [ModuleType, string, RegExp]> = {
  'nest-11': [
    'module',
    'TypeORM 0.3 needs __dirname',
    /module\.exports = lib\(__dirname\)[^]*not defined in ES module/,
  ],
  'nest-12': [
    'commonjs',
    'it breaks a variable of @nestjs/typeorm 12',
    /Cannot access 'typeorm_compat_require' before/,
  ],
};

describe.each(nests)('one file by ncc, on %s', (nest) => {
  it(`of a project of type ${WORKS[nest]} starts and logs in`, async () => {
    const application = await built(nest, WORKS[nest]!);
    expect(await journey(...(await bundle(application, 'main')))).toEqual(LOGGED_IN);
  });

  const [type, reason, said] = BREAKS[nest]!;
  it(`of a project of type ${type} does not start, without this library neither: ${reason}`, async () => {
    const application = await built(nest, type);
    for (const entry of ['main', 'control']) {
      expect(await saidInVain(...(await bundle(application, entry)))).toMatch(said);
    }
  });
});
