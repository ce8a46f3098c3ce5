import { defineConfig } from 'vitest/config';
import { consumers } from './vitest.consumers.js';

/** What each change has to hold, on the version of Nest that the rest of this workspace does not have. */
export default defineConfig(consumers(['{esbuild,install,swc,types}.spec.ts'], ['nest-11']));
