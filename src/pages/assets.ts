import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VIEWS_FOLDER } from './views-folder.js';

export const STYLESHEET_TEXT = read('app.css');
export const FAVICON_TEXT = read('favicon.svg');

/** Changes with the content, so that a browser may keep the stylesheet for ever. */
export const STYLESHEET_URL = `/app.css?v=${createHash('sha256').update(STYLESHEET_TEXT).digest('hex').slice(0, 12)}`;

function read(name: string): string {
  return readFileSync(join(VIEWS_FOLDER, name), 'utf8');
}
