import { Catch, HttpException, type ArgumentsHost, type HttpServer } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { ConnectNeededError, LoginRequiredError } from '../../errors/index.js';
import { adapterOf } from '../request/application.js';
import { tellsOfFailure } from '../request/failure-parameters.js';
import type { HttpRequest } from '../request/http-request.js';
import { isFromElsewhere, isNavigation } from '../request/navigation.js';
import { ageOfKnownSession } from '../request/request-context.js';
import { tellSocket, type SocketClient } from './tell-socket.js';

/**
 * For pages: sends the person to log in or to connect the account, and back here afterwards, where an API would answer
 * 401 or 403. Whatever is no navigation of a person's browser (a script's `fetch`, a prefetch, a `HEAD`, a form) is
 * answered as usual, and so is a page that the person came back to after saying no: it would send them in a circle.
 *
 * Works however it is registered: `@UseFilters`, `APP_FILTER`, `app.useGlobalFilters(new AuthRedirectFilter())`. Errors of
 * GraphQL resolvers and message handlers go to their callers as without it; a gateway's client gets an `exception` with what
 * an API would answer.
 * @see https://www.w3.org/TR/fetch-metadata/
 *
 * @example
 * @UseFilters(AuthRedirectFilter)
 * @Get('calendar')
 */
@Catch(LoginRequiredError, ConnectNeededError)
export class AuthRedirectFilter extends BaseExceptionFilter {
  /** Nest's hook. It throws nothing: Nest does not wait for it. */
  override catch(error: LoginRequiredError | ConnectNeededError, host: ArgumentsHost): void {
    if (host.getType() === 'ws') return tellSocket(error, host.switchToWs().getClient<SocketClient>());
    // Nest takes an error that a filter has done nothing about for one without a filter. One that is thrown again ends the
    // process where it is a message handler's.
    if (host.getType() !== 'http') return;
    const request = host.switchToHttp().getRequest<HttpRequest>();
    if (!isNavigation(request) || tellsOfFailure(request.originalUrl)) return this.answer(error, host);
    // Nest does not wait for a filter: nothing may be thrown after this has returned.
    addressFor(error, request).then(
      (url) => this.redirect(error, host, url),
      // Auth0 could not be asked to begin the connect.
      (failure: unknown) => this.answer(failure instanceof HttpException ? failure : error, host),
    );
  }

  private redirect(error: LoginRequiredError | ConnectNeededError, host: ArgumentsHost, url: string | undefined): void {
    const adapter = this.adapterFor(host);
    if (url === undefined || !adapter) return this.answer(error, host);
    try {
      const response: unknown = host.switchToHttp().getResponse();
      adapter.setHeader?.(response, 'Cache-Control', 'private, no-store');
      adapter.redirect(response, 302, url);
    } catch {
      this.answer(error, host);
    }
  }

  /** As Nest answers an exception. The last thing that is tried: it never throws. */
  private answer(error: HttpException, host: ArgumentsHost): void {
    try {
      const adapter = this.adapterFor(host);
      if (adapter) new BaseExceptionFilter(adapter).catch(error, host);
      else answerPlainly(error, host.switchToHttp().getResponse());
    } catch {
      // The answer has been begun, or the connection is gone.
    }
  }

  /** Nest sets the host where it makes the filter; one made by hand may have been given the adapter, or nothing. */
  private adapterFor(host: ArgumentsHost): HttpServer | undefined {
    return this.applicationRef ?? this.httpAdapterHost?.httpAdapter ?? adapterOf(host.switchToHttp().getRequest());
  }
}

/** What Express' and Fastify's responses have in common. */
interface PlainResponse {
  status(code: number): { send(body: unknown): void };
}

function answerPlainly(error: HttpException, response: PlainResponse): void {
  response.status(error.getStatus()).send(error.getResponse());
}

/** After a login of ours the browser goes on here by redirects, which have been at Auth0 and look like another site's. */
const RETURNS_FROM_LOGIN_WITHIN_MS = 60_000;

/** A connect is begun here and now, unless another site has opened the page: then the connect route asks the person. */
async function addressFor(
  error: LoginRequiredError | ConnectNeededError,
  request: HttpRequest,
): Promise<string | undefined> {
  if (error instanceof LoginRequiredError) return error.loginUrl;
  if (isFromElsewhere(request) && !(await returnsFromLogin(request))) return error.connectUrl;
  return (await error.startConnect()) ?? error.connectUrl;
}

async function returnsFromLogin(request: HttpRequest): Promise<boolean> {
  const age = await ageOfKnownSession(request);
  return age !== undefined && age < RETURNS_FROM_LOGIN_WITHIN_MS;
}
