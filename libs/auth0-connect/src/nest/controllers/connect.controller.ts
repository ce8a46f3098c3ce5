import { Controller, Get, Inject, Param, Query, Req, Res, UseGuards, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { ConnectedAccountsService } from '../../accounts/connected-accounts.service.js';
import { InvalidRequestError } from '../../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import type { LoginSession } from '../../session/login-session.js';
import { CurrentSession } from '../decorators/current-session.decorator.js';
import { SessionGuard } from '../guards/session.guard.js';
import { PAGE_POLICY, renderPage } from '../pages/page.js';
import { Answers } from '../request/answers.service.js';
import type { HttpRequest } from '../request/http-request.js';
import { Auth0Instance } from '../request/instances.js';
import { isFromElsewhere, isNavigation, refuseCrossSite, requireNavigation } from '../request/navigation.js';
import { siteOf } from '../request/request-site.js';
import { repeated, returnToIn, single, wholeNumber, type Query as UntrustedQuery } from '../request/query.js';

const PROMPTS = ['none', 'login', 'consent', 'select_account'];
const LONGEST_MAX_AGE = 2_147_483_647;

interface ConnectAsked {
  readonly request: HttpRequest;
  readonly session: LoginSession;
  readonly query: UntrustedQuery;
  readonly response: unknown;
}

/** `GET connect/:connection`, `GET connect?connection=`: 302 to the provider's consent. A person whom another site sends here is asked first. */
export function createConnectController(path: string, instance: string): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  @Auth0Instance(instance)
  @UseGuards(SessionGuard)
  class ConnectController {
    constructor(
      @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
      @Inject(Answers) private readonly answers: Answers,
      @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    ) {}

    @Get(':connection')
    byPath(
      @Req() request: HttpRequest,
      @CurrentSession() session: LoginSession,
      @Param('connection') connection: string,
      @Query() query: UntrustedQuery,
      @Res() response: unknown,
    ): Promise<void> {
      return this.connect(connection, { request, session, query, response });
    }

    @Get()
    async byQuery(
      @Req() request: HttpRequest,
      @CurrentSession() session: LoginSession,
      @Query() query: UntrustedQuery,
      @Res() response: unknown,
    ): Promise<void> {
      const connection = single(query, 'connection', 128);
      if (connection === undefined) throw new InvalidRequestError('connection', 'is missing');
      return this.connect(connection, { request, session, query, response });
    }

    private async connect(connection: string, { request, session, query, response }: ConnectAsked): Promise<void> {
      if (isNavigation(request) && isFromElsewhere(request)) return this.askFirst(request, connection, response);
      refuseCrossSite(request, siteOf(request, this.options));
      requireNavigation(request);
      const { connectUrl } = await this.accounts.startConnectAccount(session, {
        connection,
        appBaseUrl: siteOf(request, this.options).appBaseUrl,
        returnTo: returnToIn(query),
        scopes: repeated(query, 'scopes').flatMap((scopes) => scopes.split(' ').filter(Boolean)),
        authorizationParams: authorizationParams(query),
      });
      this.answers.redirect(response, connectUrl);
    }

    private askFirst(request: HttpRequest, connection: string, response: unknown): void {
      const page = renderPage({
        title: 'Connect an account?',
        text: `A link on another site leads here to connect your account of "${connection}" with this application.`,
        action: { label: 'Continue', href: request.originalUrl },
      });
      this.answers.page(response, page, PAGE_POLICY);
    }
  }
  return ConnectController;
}

/** Only these come from a link. */
function authorizationParams(query: UntrustedQuery): Record<string, string | number> | undefined {
  const prompt = single(query, 'prompt', 20);
  if (prompt !== undefined && !PROMPTS.includes(prompt)) {
    throw new InvalidRequestError('prompt', `must be one of ${PROMPTS.join(', ')}`);
  }
  const loginHint = single(query, 'login_hint', 255);
  const maxAge = wholeNumber(query, 'max_age', 0, LONGEST_MAX_AGE);
  const params = {
    ...(loginHint !== undefined && { login_hint: loginHint }),
    ...(prompt !== undefined && { prompt }),
    ...(maxAge !== undefined && { max_age: maxAge }),
  };
  return Object.keys(params).length > 0 ? params : undefined;
}
