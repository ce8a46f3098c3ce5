import { Controller, Get, Inject, Post, Query, Req, Res, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { LoginService } from '../../login/login.service.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { Public } from '../decorators/public.decorator.js';
import { Answers } from '../request/answers.service.js';
import { ConnectCookies } from '../request/cookies.service.js';
import type { HttpRequest } from '../request/http-request.js';
import { Auth0ConnectInstances } from '../request/instances.js';
import { refuseCrossSite, requireNavigation } from '../request/navigation.js';
import { siteOf } from '../request/request-site.js';
import { flag, single, type Query as UntrustedQuery } from '../request/query.js';
import { contextOfRequest } from '../request/request-context.js';
import { RequestDomains } from '../request/request-domains.js';

/** `POST logout?returnTo=&federated`, and `GET` for a link: ends the session, 302 to Auth0's logout. */
export function createLogoutController(path: string, instance: string): Type {
  @Public()
  @Controller({ path, version: VERSION_NEUTRAL })
  class LogoutController {
    constructor(
      @Inject(LoginService) private readonly logins: LoginService,
      @Inject(RequestDomains) private readonly domains: RequestDomains,
      @Inject(ConnectCookies) private readonly cookies: ConnectCookies,
      @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
      @Inject(Answers) private readonly answers: Answers,
      @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    ) {}

    @Post()
    logoutByForm(@Req() request: HttpRequest, @Query() query: UntrustedQuery, @Res() response: unknown): Promise<void> {
      return this.logout(request, query, response);
    }

    @Get()
    async logoutByLink(
      @Req() request: HttpRequest,
      @Query() query: UntrustedQuery,
      @Res() response: unknown,
    ): Promise<void> {
      refuseCrossSite(request, siteOf(request, this.options));
      requireNavigation(request);
      await this.logout(request, query, response);
    }

    private async logout(request: HttpRequest, query: UntrustedQuery, response: unknown): Promise<void> {
      refuseCrossSite(request, siteOf(request, this.options));
      const found = await contextOfRequest(request, this.instances.named(instance)).session();
      const { logoutUrl } = await this.logins.logout(found?.subject, {
        appBaseUrl: siteOf(request, this.options).appBaseUrl,
        returnTo: single(query, 'returnTo', 2048),
        federated: flag(query, 'federated') || undefined,
        domain: await this.domains.of(request),
      });
      this.cookies.clearSession(response);
      this.answers.redirect(response, logoutUrl);
    }
  }
  return LogoutController;
}
