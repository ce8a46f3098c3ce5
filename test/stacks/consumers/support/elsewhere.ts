import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** Moves what a bundler has made to where nothing is installed: a file that needs more than itself does not start there. */
export function movesElsewhere(): (bundle: string) => string {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  return (bundle) => {
    rmSync(folder, { recursive: true });
    cpSync(bundle, folder, { recursive: true });
    return folder;
  };
}
