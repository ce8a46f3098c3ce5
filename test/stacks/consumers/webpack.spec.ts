/** `nest build --webpack`. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Application, nests } from './support/application.js';
import { movesElsewhere } from './support/elsewhere.js';
import { journey, LOGGED_IN } from './support/journey.js';

const moved = movesElsewhere();

describe.each(nests)('nest build --webpack, on %s', (nest) => {
  it('starts and logs in, with what is installed left out', async () => {
    const application = new Application(nest, 'webpack', 'commonjs');
    await application.build('--webpack');
    expect(await journey([process.execPath, 'dist/main.js'], application.folder)).toEqual(LOGGED_IN);
  });

  it('starts and logs in, with everything inside', async () => {
    const application = new Application(nest, 'webpack-without-externals', 'commonjs');
    await application.build('--webpack', '--webpackPath', 'webpack.config.cjs');
    expect(await journey([process.execPath, 'main.js'], moved(join(application.folder, 'dist')))).toEqual(LOGGED_IN);
  });
});

const REFUSES: Record<string, RegExp> = {
  'nest-11': /app\.module\.js doesn't exist/,
  'nest-12': /webpack compiler does not support ESM projects/,
};

describe.each(nests)('nest build --webpack of ES modules, on %s', (nest) => {
  it('does not build, and says so', async () => {
    const application = new Application(nest, 'webpack', 'module');
    await expect(application.build('--webpack')).rejects.toThrow(REFUSES[nest]);
  });
});
