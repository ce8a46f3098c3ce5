import { Catch, Inject, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import { ConnectNeededError, InsufficientScopeError, LoginRequiredError } from 'nestjs-auth0-connect';
import { permissionsOf } from '../providers/scope-words.js';
import { providerOf } from '../providers/providers.js';
import { addressOf, expectData, requestOf, sendPage, wantsPage, type FilterRequest } from './http-exchange.js';
import { PageRenderer } from './page-renderer.js';

/**
 * What a person can put right on a page: offers to connect the account that is missing, and sends somebody who is not
 * logged in to the login. A program gets the error.
 */
@Catch(ConnectNeededError, LoginRequiredError)
export class OfferFilter extends BaseExceptionFilter {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(PageRenderer) private readonly pages: PageRenderer,
  ) {
    super(host.httpAdapter);
  }

  override catch(error: ConnectNeededError | LoginRequiredError, host: ArgumentsHost): void {
    const request = requestOf(host);
    if (!wantsPage(request)) {
      expectData(this.host.httpAdapter, host);
      super.catch(error, host);
    } else if (error instanceof ConnectNeededError) this.offerToConnect(error, request, host);
    else this.sendToLogin(request, host);
  }

  private offerToConnect(error: ConnectNeededError, request: FilterRequest, host: ArgumentsHost): void {
    const html = this.pages.render('offer', {
      user: request.user,
      query: queryOf(request),
      active: addressOf(request).pathname,
      provider: providerOf(error.connection),
      missing: error instanceof InsufficientScopeError ? permissionsOf(error.missingScopes) : [],
      connectUrl:
        error.connectUrl === undefined ? pathToConnect(request, error) : comingBackTo(request, error.connectUrl),
    });
    sendPage(this.host.httpAdapter, host, error.getStatus(), html);
  }

  private sendToLogin(request: FilterRequest, host: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const loginPath = `/auth/login?${new URLSearchParams({ returnTo: pathOf(request) }).toString()}`;
    const query = queryOf(request);
    // Somebody who has just cancelled the login is not sent there again, but asked.
    if ('auth0_connect_error' in query) {
      sendPage(httpAdapter, host, 401, this.pages.render('home', { user: null, query, loginPath }));
      return;
    }
    const response = host.switchToHttp().getResponse<unknown>();
    httpAdapter.setHeader(response, 'Cache-Control', 'private, no-store');
    httpAdapter.redirect(response, 302, loginPath);
  }
}

/** There is no address straight after a consent that left something out; whoever wants another may press the link. */
function pathToConnect(request: FilterRequest, { connection, scopes }: ConnectNeededError): string {
  const query = new URLSearchParams({ scopes: scopes.join(' '), returnTo: pathOf(request) });
  return `/auth/connect/${connection}?${query.toString()}`;
}

function queryOf(request: FilterRequest): Record<string, string> {
  const [, query = ''] = (request.originalUrl ?? request.url).split('?', 2);
  return Object.fromEntries(new URLSearchParams(query));
}

function pathOf(request: FilterRequest): string {
  const { pathname, search } = addressOf(request);
  return pathname + search;
}

/** The way back leads to the page alone: what an earlier attempt has said about itself is over by then. */
function comingBackTo(request: FilterRequest, connectUrl: string): string {
  const url = new URL(connectUrl);
  url.searchParams.set('returnTo', pathOf(request));
  return url.href;
}
