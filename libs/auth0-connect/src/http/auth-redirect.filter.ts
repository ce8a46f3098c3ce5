import { Catch, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { ConnectNeededError, LoginRequiredError } from '../errors/index.js';
import type { HttpRequest } from './http-request.js';

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
  override async catch(error: LoginRequiredError | ConnectNeededError, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    const cameBackWithError = new URL(request.originalUrl, 'http://localhost').searchParams.has('error');
    try {
      const url = request.method === 'GET' && !cameBackWithError ? await addressFor(error) : undefined;
      if (url !== undefined) this.redirect(http.getResponse(), url);
      else super.catch(error, host);
    } catch (failure) {
      super.catch(failure, host); // Auth0 could not be asked to begin the connect
    }
  }

  private redirect(response: unknown, url: string): void {
    const { httpAdapter } = this.httpAdapterHost ?? {};
    httpAdapter?.setHeader(response, 'Cache-Control', 'private, no-store');
    httpAdapter?.redirect(response, 302, url);
  }
}

/**
 * The connect is begun here and now. A redirect to the connect route would be refused there right after a login: the
 * browser calls a chain of redirects that has been at Auth0 cross-site.
 */
async function addressFor(error: LoginRequiredError | ConnectNeededError): Promise<string | undefined> {
  if (error instanceof LoginRequiredError) return error.loginUrl;
  return (await error.startConnect()) ?? error.connectUrl;
}
