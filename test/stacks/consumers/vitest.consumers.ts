import type { ViteUserConfig } from 'vitest/config';
import type { Installation } from './support/install.global.js';

/** Applications installed from the packed packages: apart from the other suites, for they bring other people's tools. */
export function consumers(include: string[], installations: Installation[]): ViteUserConfig {
  return {
    root: import.meta.dirname,
    test: {
      pool: 'forks',
      isolate: false,
      include,
      globalSetup: ['./support/install.global.ts'],
      provide: { installations },
      reporters: ['default', '../../support/summary-reporter.ts'],
      testTimeout: 180_000,
      hookTimeout: 180_000,
    },
  };
}
