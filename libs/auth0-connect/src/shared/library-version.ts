import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('nestjs-auth0-connect/package.json') as { version: string };

/** The version of this library, from its manifest. */
export const libraryVersion = manifest.version;
