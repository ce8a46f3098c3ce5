import { Catch, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { ConnectNeededError, LoginRequiredError } from '../errors/index.js';

/**
 * For pages: sends the person to log in or to connect the account, and back here afterwards, where an API would answer
 * 401 or 403. Anything but a GET is answered as usual.
 *
 * @example
 * @UseFilters(AuthRedirectFilter)
 * @Get('calendar')
 */
@Catch(LoginRequiredError, ConnectNeededError)
export class AuthRedirectFilter extends BaseExceptionFilter {
  override catch(error: LoginRequiredError | ConnectNeededError, host: ArgumentsHost): void {
    const url = error.details.loginUrl ?? error.details.connectUrl;
    const http = host.switchToHttp();
    const request = http.getRequest<{ method: string }>();
    if (typeof url !== 'string' || request.method !== 'GET') {
      super.catch(error, host);
      return;
    }
    const response = http.getResponse<unknown>();
    const { httpAdapter } = this.httpAdapterHost ?? {};
    httpAdapter?.setHeader(response, 'Cache-Control', 'private, no-store');
    httpAdapter?.redirect(response, 302, url);
  }
}
