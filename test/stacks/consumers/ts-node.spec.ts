/** TypeScript run as it is, compiled to CommonJS as projects before `nodenext` have it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../../support/databases.js';
import { Application, nests, run } from './support/application.js';
import { journey, LOGGED_IN } from './support/journey.js';

describe.each(nests)('ts-node with "module": "commonjs", on %s', (nest) => {
  let application: Application;
  beforeAll(() => {
    application = new Application(nest, 'ts-node', 'commonjs');
    application.change('tsconfig.json', '"module": "nodenext"', '"module": "commonjs"');
    application.change('tsconfig.json', '"moduleResolution": "nodenext"', '"moduleResolution": "node10"');
    application.change('tsconfig.json', '    "resolvePackageJsonExports": true,\n', '');
    // TypeScript 6 takes node10 with this only.
    if (nest === 'nest-12') application.change('tsconfig.json', '"types"', '"ignoreDeprecations": "6.0",\n    "types"');
  });

  it('starts and logs in', async () => {
    expect(await journey([process.execPath, '-r', 'ts-node/register', 'src/main.ts'], application.folder)).toEqual(
      LOGGED_IN,
    );
  });

  it("makes the tables by TypeORM's command line", async () => {
    const database = await createDatabase('PostgreSQL');
    const typeorm = (...args: string[]): Promise<string> =>
      run(
        process.execPath,
        ['node_modules/typeorm/cli-ts-node-commonjs.js', ...args, '--dataSource', 'src/data-source.ts'],
        application.folder,
        { DATABASE_URL: database.url ?? '' },
      );
    expect(await typeorm('migration:run')).toMatch(/executed successfully/);
    expect(await typeorm('migration:show')).not.toContain('[ ]');
    await database.drop();
  });
});
