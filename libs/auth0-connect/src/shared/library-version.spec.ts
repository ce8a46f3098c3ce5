import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { libraryVersion } from './library-version.js';

it('the version that Auth0 is told is that of the manifest', async () => {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  expect(libraryVersion).toBe((JSON.parse(manifest) as { version: string }).version);
});
