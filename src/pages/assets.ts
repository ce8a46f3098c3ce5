import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VIEWS_FOLDER } from './views-folder.js';

export const STYLESHEET_TEXT = read('app.css');
export const AGENDA_SCRIPT_TEXT = read('agenda.js');
export const AGENT_SCRIPT_TEXT = read('agent.js');
export const PAGE_SCRIPT_TEXT = read('page.js');
export const FAVICON_TEXT = read('favicon.svg');

export const STYLESHEET_URL = `/app.css?v=${versionOf(STYLESHEET_TEXT)}`;
export const PAGE_SCRIPT_URL = `/page.js?v=${versionOf(PAGE_SCRIPT_TEXT)}`;
export const AGENDA_SCRIPT_URL = `/agenda.js?v=${versionOf(AGENDA_SCRIPT_TEXT)}`;
export const AGENT_SCRIPT_URL = `/agent.js?v=${versionOf(AGENT_SCRIPT_TEXT)}`;

/** Changes with the content, so that a browser may keep the file for ever. */
function versionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function read(name: string): string {
  return readFileSync(join(VIEWS_FOLDER, name), 'utf8');
}
