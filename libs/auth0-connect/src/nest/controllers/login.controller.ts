import { Controller, Get, Inject, Query, Req, Res, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { LoginService } from '../../login/login.service.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { siteOf } from '../request/request-site.js';
import { Public } from '../decorators/public.decorator.js';
import { PAGE_POLICY, renderPage } from '../pages/page.js';
import { Answers } from '../request/answers.service.js';
import { ConnectCookies } from '../request/cookies.service.js';
import type { HttpRequest } from '../request/http-request.js';
import { Auth0ConnectInstances } from '../request/instances.js';
import { isFromElsewhere, requireNavigation } from '../request/navigation.js';
import { returnToIn, type Query as UntrustedQuery } from '../request/query.js';
import { contextOfRequest } from '../request/request-context.js';
import { RequestDomains } from '../request/request-domains.js';
import { LoginLink } from './login-link.js';

/** `GET login`: 302 to Auth0. */
export function createLoginController(path: string, instance: string): Type {
  @Public()
  @Controller({ path, version: VERSION_NEUTRAL })
  class LoginController {
    constructor(
      @Inject(LoginService) private readonly logins: LoginService,
      @Inject(LoginLink) private readonly link: LoginLink,
      @Inject(RequestDomains) private readonly domains: RequestDomains,
      @Inject(ConnectCookies) private readonly cookies: ConnectCookies,
      @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
      @Inject(Answers) private readonly answers: Answers,
      @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    ) {}

    @Get()
    async login(@Req() request: HttpRequest, @Query() query: UntrustedQuery, @Res() response: unknown): Promise<void> {
      requireNavigation(request);
      const authorizationParams = this.link.authorizationParams(query);
      if (await this.needsConfirmation(request, authorizationParams)) return this.askFirst(request, response);
      const { authorizationUrl, browserId } = await this.logins.startInteractiveLogin({
        domain: await this.domains.of(request),
        appBaseUrl: siteOf(request, this.options).appBaseUrl,
        returnTo: returnToIn(query),
        authorizationParams,
        browserId: this.cookies.readBrowserId(request),
      });
      this.cookies.writeBrowserId(response, browserId);
      this.answers.redirect(response, authorizationUrl);
    }

    /** A link of another site does not put somebody who is logged in into another organization or account unasked. */
    private async needsConfirmation(
      request: HttpRequest,
      params: Record<string, string | undefined>,
    ): Promise<boolean> {
      if (!isFromElsewhere(request) || Object.values(params).every((value) => value === undefined)) return false;
      return (await contextOfRequest(request, this.instances.named(instance)).session()) !== undefined;
    }

    private askFirst(request: HttpRequest, response: unknown): void {
      const page = renderPage({
        title: 'Log in again?',
        text: 'A link on another site wants to log you in anew, perhaps as somebody else or to another organization. You are logged in already.',
        action: { label: 'Log in anew', href: request.originalUrl },
      });
      this.answers.page(response, page, PAGE_POLICY);
    }
  }
  return LoginController;
}
