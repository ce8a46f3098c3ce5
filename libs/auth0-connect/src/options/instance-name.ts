import type { OptionsCheck } from './options-check.js';

/** The instance that need not be named. */
export const DEFAULT_INSTANCE = 'default';

/** It is part of cookie names and of routes; with one that is refused these are as without. */
export function readInstanceName(given: unknown, check: OptionsCheck): string {
  if (given === undefined) return DEFAULT_INSTANCE;
  if (typeof given === 'string' && /^[a-zA-Z][\w-]{0,63}$/.test(given)) return given;
  check.add('name must be a word of at most 64 letters, digits, "_" and "-"');
  return DEFAULT_INSTANCE;
}
