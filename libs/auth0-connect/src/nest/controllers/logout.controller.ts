import {
  Controller,
  Get,
  Header,
  Inject,
  Post,
  Query,
  Redirect,
  Req,
  Res,
  VERSION_NEUTRAL,
  type Type,
} from '@nestjs/common';
import { Public } from '../decorators/public.decorator.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { LoginService } from '../../login/login.service.js';
import { ConnectCookies } from '../request/cookies.service.js';
import { refuseCrossSite } from '../request/navigation.js';
import type { HttpRequest } from '../request/http-request.js';
import { flag, single, type Query as UntrustedQuery } from '../request/query.js';
import { RequestDomains } from '../request/request-domains.js';
import { RequestSessions } from '../request/request-sessions.js';

/** `POST logout?returnTo=&federated`, and `GET` for a link: ends the session, 302 to Auth0's logout. */
export function createLogoutController(path: string): Type {
  @Public()
  @Controller({ path, version: VERSION_NEUTRAL })
  class LogoutController {
    constructor(
      @Inject(LoginService) private readonly logins: LoginService,
      @Inject(RequestSessions) private readonly requests: RequestSessions,
      @Inject(RequestDomains) private readonly domains: RequestDomains,
      @Inject(ConnectCookies) private readonly cookies: ConnectCookies,
      @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    ) {}

    @Post()
    @Redirect()
    @Header('Cache-Control', 'private, no-store')
    logoutByForm(
      @Req() request: HttpRequest,
      @Query() query: UntrustedQuery,
      @Res({ passthrough: true }) response: unknown,
    ): Promise<{ url: string; statusCode: number }> {
      return this.logout(request, query, response);
    }

    @Get()
    @Redirect()
    @Header('Cache-Control', 'private, no-store')
    logoutByLink(
      @Req() request: HttpRequest,
      @Query() query: UntrustedQuery,
      @Res({ passthrough: true }) response: unknown,
    ): Promise<{ url: string; statusCode: number }> {
      return this.logout(request, query, response);
    }

    private async logout(
      request: HttpRequest,
      query: UntrustedQuery,
      response: unknown,
    ): Promise<{ url: string; statusCode: number }> {
      refuseCrossSite(request, this.options.appBaseUrl);
      const found = await this.requests.find(request);
      const { logoutUrl } = await this.logins.logout(found?.subject, {
        returnTo: single(query, 'returnTo', 2048),
        federated: flag(query, 'federated') || undefined,
        domain: await this.domains.of(request),
      });
      this.cookies.clearSession(response);
      return { url: logoutUrl, statusCode: 302 };
    }
  }
  return LogoutController;
}
