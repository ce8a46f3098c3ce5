import { Catch, HttpException, Inject, Logger, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import {
  Auth0ConnectError,
  LoginSession,
  RequestAuthenticator,
  StorageUnavailableError,
  type UserClaims,
} from 'nestjs-auth0-connect';
import { ProviderUnavailableError, TokenRefusedError } from '../providers/provider.errors.js';
import { addressOf, expectData, requestOf, sendPage, wantsPage, type FilterRequest } from './http-exchange.js';
import { PageRenderer } from './page-renderer.js';

interface ErrorText {
  status: number;
  /** Stable, for whoever reports the error. */
  code: string;
  title: string;
  text: string;
}

/** Shows a person a page where something went wrong, and a program the error as JSON. */
@Catch()
export class ErrorPageFilter extends BaseExceptionFilter {
  private readonly log = new Logger(ErrorPageFilter.name);

  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(PageRenderer) private readonly pages: PageRenderer,
    @Inject(RequestAuthenticator) private readonly authenticator: RequestAuthenticator,
  ) {
    super(host.httpAdapter);
  }

  override catch(error: unknown, host: ArgumentsHost): void | Promise<void> {
    const request = requestOf(host);
    if (error instanceof HttpException && error.getStatus() >= 500) this.report(error);
    if (!wantsPage(request) || isData(request)) {
      expectData(this.host.httpAdapter, host);
      super.catch(error, host);
      return;
    }
    if (!(error instanceof HttpException) && statusOf(error) === 500) this.log.error(error);
    // Nest leaves a filter alone that rejects, and the process would end by it.
    return this.show(error, request, host).catch((failure: unknown) => this.log.error(failure));
  }

  private async show(error: unknown, request: FilterRequest, host: ArgumentsHost): Promise<void> {
    const user = error instanceof StorageUnavailableError ? undefined : await this.userOf(request);
    const shown = errorText(error);
    const html = this.pages.render('error', { user, ...shown, ...waysOut(request, shown) });
    sendPage(this.host.httpAdapter, host, shown.status, html);
  }

  /**
   * Who is logged in, also where no guard has looked: there is no page, or the request was refused before. Undefined where
   * it cannot be told, so that the error stays the one that is shown.
   */
  private async userOf(request: FilterRequest): Promise<UserClaims | null | undefined> {
    if (request.user) return request.user;
    const { headers, originalUrl = request.url } = request;
    try {
      // Nothing is changed for them: only read, as for a page that they open.
      const subject = await this.authenticator.authenticate({ method: 'GET', headers, originalUrl });
      return subject instanceof LoginSession ? subject.user : null;
    } catch {
      return undefined;
    }
  }

  /** For whoever runs the app: the answer does not say what is behind it. */
  private report(error: HttpException): void {
    const { cause } = error;
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : 'no cause';
    this.log.warn(`${error.name}: ${error.message} (${reason})`);
  }
}

function isData(request: FilterRequest): boolean {
  return addressOf(request).pathname.startsWith('/api/');
}

function errorText(error: unknown): ErrorText {
  const status = statusOf(error);
  // The messages of these are written for people and hold nothing from outside; of others that is not known.
  if (error instanceof Auth0ConnectError)
    return { ...plainText(status), code: error.code, text: TOLD[error.code] ?? sentence(error.message) };
  if (error instanceof ProviderUnavailableError || error instanceof TokenRefusedError) {
    return { ...plainText(status), code: error.errorCode ?? 'provider_unavailable', text: sentence(error.message) };
  }
  return plainText(status);
}

/** Messages of errors go without a full stop. */
function sentence(message: string): string {
  return /[.?!]$/.test(message) ? message : `${message}.`;
}

function plainText(status: number): ErrorText {
  const [code, title, text] = PLAIN_TEXTS[status] ?? PLAIN_TEXTS[status >= 500 ? 500 : 400]!;
  return { status, code, title, text };
}

/** What the error's own words, which are for developers, come to for a person. */
const TOLD: Readonly<Record<string, string>> = {
  auth0_refused: 'Auth0 does not let this app do that. Whoever runs it can see why in its log.',
  storage_unavailable: 'Daylight cannot get at its data at the moment. Nothing is lost. Try again in a moment.',
  storage_failed: 'Daylight cannot get at its data at the moment. Nothing is lost. Try again in a moment.',
  auth0_misconfigured: 'This app is not set up for that. Whoever runs it can see why in its log.',
};

const PLAIN_TEXTS: Readonly<Record<number, readonly [code: string, title: string, text: string]>> = {
  400: ['bad_request', 'That did not work', 'The request cannot be understood. Go back and try again.'],
  401: ['login_required', 'Please log in', 'Log in to continue.'],
  403: ['forbidden', 'Not allowed', 'This can only be done from within the app. Go back and try again.'],
  404: ['not_found', 'Nothing here', 'There is no page at this address.'],
  429: ['rate_limited', 'One moment, please', 'Too much is being asked at the moment. Try again in a while.'],
  500: ['internal_error', 'Something went wrong', 'This is our fault, not yours. Try again in a moment.'],
  502: ['bad_gateway', 'No usable answer', 'Somebody we rely on does not answer as agreed. Try again in a moment.'],
  503: ['unavailable', 'Out of reach', 'Somebody we rely on cannot be reached. Try again in a moment.'],
};

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  // What the adapters throw themselves: a body too large, an address that cannot be decoded.
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

/** What a person can press: a login that leads back to the page, or the page once more where that may help. */
function waysOut(request: FilterRequest, { code, status }: ErrorText): { loginPath?: string; retryPath?: string } {
  const { pathname, search } = addressOf(request);
  const isOwnPage = request.method === 'GET' && !pathname.startsWith('/auth/');
  if (['login_required', 'missing_refresh_token'].includes(code)) {
    const query = new URLSearchParams({ returnTo: isOwnPage ? pathname + search : '/' });
    return { loginPath: `/auth/login?${query.toString()}` };
  }
  return isOwnPage && (status === 429 || status >= 500) ? { retryPath: pathname + search } : {};
}
