import { Catch, HttpException, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { ConnectNeededError, LoginRequiredError } from '../../errors/index.js';
import type { HttpRequest } from '../request/http-request.js';

/**
 * For pages: sends the person to log in or to connect the account, and back here afterwards, where an API would answer
 * 401 or 403. Anything but a GET is answered as usual, and so is a page that the person came back to after saying no:
 * it would send them in a circle.
 *
 * @example
 * @UseFilters(AuthRedirectFilter)
 * @Get('calendar')
 */
@Catch(LoginRequiredError, ConnectNeededError)
export class AuthRedirectFilter extends BaseExceptionFilter {
  /** Nest does not wait for a filter: nothing may be thrown after this has returned. */
  override catch(error: LoginRequiredError | ConnectNeededError, host: ArgumentsHost): void {
    this.answer(error, host).catch((failure: unknown) => {
      // Auth0 could not be asked to begin the connect.
      super.catch(failure instanceof HttpException ? failure : error, host);
    });
  }

  private async answer(error: LoginRequiredError | ConnectNeededError, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    const url = request.method === 'GET' && !cameBackWithError(request) ? await addressFor(error) : undefined;
    if (url !== undefined) this.redirect(http.getResponse(), url);
    else super.catch(error, host);
  }

  private redirect(response: unknown, url: string): void {
    const { httpAdapter } = this.httpAdapterHost ?? {};
    httpAdapter?.setHeader(response, 'Cache-Control', 'private, no-store');
    httpAdapter?.redirect(response, 302, url);
  }
}

/** By the query alone: the rest of what was asked for need not be an address. */
function cameBackWithError({ originalUrl }: HttpRequest): boolean {
  const start = originalUrl.indexOf('?');
  return start !== -1 && new URLSearchParams(originalUrl.slice(start)).has('error');
}

/**
 * The connect is begun here and now. A redirect to the connect route would be refused there right after a login: the
 * browser calls a chain of redirects that has been at Auth0 cross-site.
 */
async function addressFor(error: LoginRequiredError | ConnectNeededError): Promise<string | undefined> {
  if (error instanceof LoginRequiredError) return error.loginUrl;
  return (await error.startConnect()) ?? error.connectUrl;
}
