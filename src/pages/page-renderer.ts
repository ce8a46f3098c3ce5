import { Injectable } from '@nestjs/common';
import { Eta } from 'eta';
import type { UserClaims } from 'nestjs-auth0-connect';
import { noticeOf } from './notices.js';
import { personOf } from './person.js';
import { STYLESHEET_URL } from './assets.js';
import { VIEWS_FOLDER } from './views-folder.js';

/** What every page is given, besides what it shows. */
export interface PageData {
  /** Who is logged in; null: nobody; left out: it is not known, as on an error page. */
  user?: UserClaims | null;
  /** The query of the request, for what a redirect back to the page tells. */
  query?: unknown;
  [name: string]: unknown;
}

/** Renders the templates in `views/`; whatever they print is escaped. */
@Injectable()
export class PageRenderer {
  private readonly eta = new Eta({ views: VIEWS_FOLDER, cache: true, autoEscape: true });

  render(view: string, { user, query, ...data }: PageData): string {
    return this.eta.render(`./${view}`, {
      ...data,
      person: user && personOf(user),
      isAnonymous: user === null,
      notice: noticeOf(query),
      stylesheet: STYLESHEET_URL,
      dateOf,
    });
  }
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** `22 November 2026`, for a template. */
function dateOf(isoDate: string): string {
  return DATE.format(new Date(isoDate));
}
