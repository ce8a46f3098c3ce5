import { Controller, Get, Header, Inject, Query, Redirect, Req, Res, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { Public } from '../decorators/public.decorator.js';
import { InvalidRequestError } from '../../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { LoginService } from '../../login/login.service.js';
import { isOrganizationId } from '../../shared/organization.js';
import { ConnectCookies } from '../request/cookies.service.js';
import type { HttpRequest } from '../request/http-request.js';
import { RequestDomains } from '../request/request-domains.js';
import { returnToIn, single, type Query as UntrustedQuery } from '../request/query.js';

/** Parameters of `/authorize` that a link may set, with Auth0's names. */
const FROM_THE_QUERY = ['connection', 'invitation', 'login_hint', 'screen_hint', 'prompt', 'ui_locales'] as const;

/** `GET login`: 302 to Auth0. */
export function createLoginController(path: string): Type {
  @Public()
  @Controller({ path, version: VERSION_NEUTRAL })
  class LoginController {
    constructor(
      @Inject(LoginService) private readonly logins: LoginService,
      @Inject(RequestDomains) private readonly domains: RequestDomains,
      @Inject(ConnectCookies) private readonly cookies: ConnectCookies,
      @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    ) {}

    @Get()
    @Redirect()
    @Header('Cache-Control', 'private, no-store')
    async login(
      @Req() request: HttpRequest,
      @Query() query: UntrustedQuery,
      @Res({ passthrough: true }) response: unknown,
    ): Promise<{ url: string; statusCode: number }> {
      const { authorizationUrl, browserId } = await this.logins.startInteractiveLogin({
        domain: await this.domains.of(request),
        returnTo: returnToIn(query),
        authorizationParams: {
          ...Object.fromEntries(FROM_THE_QUERY.map((name) => [name, single(query, name, 512)])),
          organization: this.organization(query),
        },
        browserId: this.cookies.readBrowserId(request),
      });
      this.cookies.writeBrowserId(response, browserId);
      return { url: authorizationUrl, statusCode: 302 };
    }

    /** Where the options fix one, a link chooses no other. It may call the same one by its id instead of its name. */
    private organization(query: UntrustedQuery): string | undefined {
      const asked = single(query, 'organization', 512);
      const { organization: fixed } = this.options.authorizationParams;
      if (asked === undefined || fixed === undefined) return asked;
      const comparable = isOrganizationId(asked) === isOrganizationId(fixed);
      if (comparable && asked.toLowerCase() !== fixed.toLowerCase()) {
        throw new InvalidRequestError('organization', 'is not the one of this application');
      }
      return fixed;
    }
  }
  return LoginController;
}
