import { defineConfig } from 'vitest/config';
import { consumers } from './vitest.consumers.js';

/** Everything: `npm run test:consumers`. */
export default defineConfig(consumers(['*.spec.ts'], ['nest-11', 'nest-12', 'package-managers']));
