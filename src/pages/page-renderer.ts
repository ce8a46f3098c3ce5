import { Injectable } from '@nestjs/common';
import { Eta } from 'eta';
import type { UserClaims } from 'nestjs-auth0-connect';
import { noticeOf } from './notices.js';
import { personOf } from './person.js';
import type { Said } from './said.js';
import { PAGE_SCRIPT_URL, STYLESHEET_URL } from './assets.js';
import { VIEWS_FOLDER } from './views-folder.js';

/** What every page is given, besides what it shows. */
export interface PageData {
  /** Who is logged in; null: nobody; left out: it is not known, as while the database is away. */
  user?: UserClaims | null;
  /** The query of the request, for what a redirect back to the page tells. */
  query?: unknown;
  /** What was just done, where the page has been told by a form and not by its address. */
  said?: Said;
  [name: string]: unknown;
}

/** Renders the templates in `views/`; whatever they print is escaped. */
@Injectable()
export class PageRenderer {
  private readonly eta = new Eta({ views: VIEWS_FOLDER, cache: true, autoEscape: true });

  render(view: string, { user, query, said, ...data }: PageData): string {
    return this.eta.render(`./${view}`, {
      ...data,
      person: user && personOf(user),
      isAnonymous: user === null,
      notice: noticeOf(said ?? query, Boolean(user), said?.account),
      stylesheet: STYLESHEET_URL,
      pageScript: PAGE_SCRIPT_URL,
      dateOf,
      momentOf,
    });
  }
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** `22 November 2026`, for a template. */
function dateOf(isoDate: string): string {
  return DATE.format(new Date(isoDate));
}

const MOMENT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });

/** `22 Nov 2026, 14:05 UTC`, for a template. */
function momentOf(isoDate: string): string {
  return `${MOMENT.format(new Date(isoDate))} UTC`;
}
