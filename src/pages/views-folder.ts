import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The project's `views/`: one folder, whether this file runs as it is in `src/` or compiled from `dist/src/`. */
export const VIEWS_FOLDER = findViews();

function findViews(): string {
  const candidates = ['../../views/', '../../../views/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = candidates.find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`There are no templates in ${candidates.join(' or ')}`);
  return found;
}
