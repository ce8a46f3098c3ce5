import { Controller, Get, Inject, Param, Req, Res, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { ConnectLinkOpening, type OpenedLink } from '../../accounts/connect-link-opening.js';
import type { StoredConnectLink } from '../../accounts/connect-link.js';
import { Auth0ConnectError, ConnectLinkWrongUserError, LoginRequiredError } from '../../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { APP_ADDRESSES, type AppAddresses } from '../../ports/app-addresses.js';
import { Public } from '../decorators/public.decorator.js';
import { CLOSING_PAGE_POLICY, PAGE_POLICY, renderPage } from '../pages/page.js';
import { Answers } from '../request/answers.service.js';
import { tellsOfFailure, withFailure } from '../request/failure-parameters.js';
import type { HttpRequest } from '../request/http-request.js';
import { Auth0ConnectInstances } from '../request/instances.js';
import { isNavigation, requireNavigation } from '../request/navigation.js';
import { contextOfRequest } from '../request/request-context.js';
import { RequestDomains } from '../request/request-domains.js';
import { siteOf } from '../request/request-site.js';

const CONNECTED = {
  title: 'Connected',
  text: 'The account is connected. You can close this window and go on where you came from.',
  closes: true,
};

/** `GET link/:id`: leads whoever opens a connect link to the login, to the provider's consent, or to how it has ended. */
export function createLinkController(path: string, instance: string): Type {
  @Public()
  @Controller({ path, version: VERSION_NEUTRAL })
  class LinkController {
    constructor(
      @Inject(ConnectLinkOpening) private readonly opening: ConnectLinkOpening,
      @Inject(RequestDomains) private readonly domains: RequestDomains,
      @Inject(Auth0ConnectInstances) private readonly instances: Auth0ConnectInstances,
      @Inject(APP_ADDRESSES) private readonly addresses: AppAddresses,
      @Inject(Answers) private readonly answers: Answers,
      @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    ) {}

    @Get(':id')
    async open(@Req() request: HttpRequest, @Param('id') token: string, @Res() response: unknown): Promise<void> {
      requireNavigation(request);
      const link = await this.orPage(request, response, undefined, async () =>
        this.opening.find(token, await this.domains.of(request)),
      );
      if (!link) return;
      await this.orPage(request, response, link, async () => {
        const found = await contextOfRequest(request, this.instances.named(instance)).session();
        const { appBaseUrl } = siteOf(request, this.options);
        const opened = await this.opening.open(link, found?.subject, appBaseUrl);
        // Who has a session at Auth0, and whose login is refused here, would go in a circle.
        if (opened.next === 'login' && tellsOfFailure(request.originalUrl)) {
          throw new LoginRequiredError('The login that this link needs has failed');
        }
        this.goOn(response, opened, this.loginUrl(link, appBaseUrl));
      });
    }

    private goOn(response: unknown, opened: OpenedLink, loginUrl: string | undefined): void {
      if (opened.next === 'consent') return this.answers.redirect(response, opened.url);
      if (opened.next === 'login') {
        if (loginUrl === undefined) throw new LoginRequiredError('Log in, and open this link again');
        return this.answers.redirect(response, loginUrl);
      }
      const { returnTo, failure, connection } = opened;
      if (returnTo !== undefined) {
        const page = failure === undefined ? returnTo : withFailure(returnTo, { code: failure, connection });
        return this.answers.redirect(response, page);
      }
      if (failure === undefined) return this.answers.page(response, renderPage(CONNECTED), CLOSING_PAGE_POLICY);
      const text =
        failure === 'access_denied'
          ? 'You have not allowed it. Nothing has changed.'
          : `The account was not connected (${failure}). Ask for another link where you got this one.`;
      this.answers.page(response, renderPage({ title: 'Not connected', text }), PAGE_POLICY);
    }

    /** The login comes back to the link. */
    private loginUrl({ token, need }: StoredConnectLink, appBaseUrl: string, prompt?: string): string | undefined {
      const parameters = { organization: need.orgId, prompt };
      return this.addresses.login(appBaseUrl, this.addresses.link(appBaseUrl, token), parameters);
    }

    /** A person sees a page of what is wrong, a program gets the error. */
    private async orPage<Result>(
      request: HttpRequest,
      response: unknown,
      link: StoredConnectLink | undefined,
      work: () => Promise<Result>,
    ): Promise<Result | undefined> {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Auth0ConnectError) || !isNavigation(request)) throw error;
        const { appBaseUrl } = siteOf(request, this.options);
        const href = link && canLogInAnew(error) ? this.loginUrl(link, appBaseUrl, 'login') : undefined;
        const page = renderPage({
          title: 'This link cannot be used',
          text: `${error.message}.`,
          ...(href !== undefined && { action: { label: 'Log in as somebody else', href } }),
        });
        this.answers.page(response, page, PAGE_POLICY, error.getStatus());
        return undefined;
      }
    }
  }
  return LinkController;
}

function canLogInAnew(error: Auth0ConnectError): boolean {
  return error instanceof ConnectLinkWrongUserError || error instanceof LoginRequiredError;
}
