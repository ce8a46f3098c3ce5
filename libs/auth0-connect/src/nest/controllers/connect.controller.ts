import {
  Controller,
  Get,
  Header,
  Inject,
  Param,
  Query,
  Redirect,
  Req,
  UseGuards,
  VERSION_NEUTRAL,
  type Type,
} from '@nestjs/common';
import { ConnectedAccountsService } from '../../accounts/connected-accounts.service.js';
import { CurrentSession } from '../decorators/current-session.decorator.js';
import { InvalidRequestError } from '../../errors/index.js';
import { SessionGuard } from '../guards/session.guard.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { Auth0Instance } from '../request/instances.js';
import type { LoginSession } from '../../session/login-session.js';
import { refuseCrossSite } from '../request/navigation.js';
import type { HttpRequest } from '../request/http-request.js';
import { repeated, returnToIn, single, wholeNumber, type Query as UntrustedQuery } from '../request/query.js';

const PROMPTS = ['none', 'login', 'consent', 'select_account'];
const LONGEST_MAX_AGE = 2_147_483_647;

/** `GET connect/:connection`: 302 to the provider's consent. */
export function createConnectController(path: string, instance: string): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  @Auth0Instance(instance)
  @UseGuards(SessionGuard)
  class ConnectController {
    constructor(
      @Inject(ConnectedAccountsService) private readonly accounts: ConnectedAccountsService,
      @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    ) {}

    @Get(':connection')
    @Redirect()
    @Header('Cache-Control', 'private, no-store')
    async connect(
      @Req() request: HttpRequest,
      @CurrentSession() session: LoginSession,
      @Param('connection') connection: string,
      @Query() query: UntrustedQuery,
    ): Promise<{ url: string; statusCode: number }> {
      refuseCrossSite(request, this.options.appBaseUrl);
      const { connectUrl } = await this.accounts.startConnectAccount(session, {
        connection,
        returnTo: returnToIn(query),
        scopes: repeated(query, 'scopes').flatMap((scopes) => scopes.split(' ').filter(Boolean)),
        authorizationParams: authorizationParams(query),
      });
      return { url: connectUrl, statusCode: 302 };
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
