import { Inject, Injectable } from '@nestjs/common';
import {
  CONNECTION_TOKEN_READER,
  SESSION_READER,
  type ConnectionTokenReader,
  type ReadToken,
  type SessionReader,
  type SessionWithTokens,
} from '../../accounts/ports.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import { ApiCallers } from '../../resource-server/api-callers.js';
import { SessionLifecycle } from '../../session/session-lifecycle.js';
import { andThen, type MaybePromise } from '../../shared/maybe-promise.js';
import { authorizationOf } from './authorization-header.js';
import { ConnectCookies } from './cookies.service.js';
import type { HttpRequest } from './http-request.js';
import { refuseForeignSocket } from './navigation.js';
import { addressOf } from './request-address.js';
import { siteOf } from './request-site.js';
import { RequestDomains } from './request-domains.js';
import type { FoundSession } from './request-subject.js';

/** Reads who a request is from: the session that its cookie names, the caller that its access token names. */
@Injectable()
export class RequestCredentials {
  constructor(
    @Inject(ConnectCookies) private readonly cookies: ConnectCookies,
    @Inject(SESSION_READER) private readonly reader: SessionReader,
    @Inject(CONNECTION_TOKEN_READER) private readonly tokens: ConnectionTokenReader,
    @Inject(RequestDomains) private readonly domains: RequestDomains,
    @Inject(SessionLifecycle) private readonly sessions: SessionLifecycle,
    @Inject(ApiCallers) private readonly callers: ApiCallers,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /**
   * @param tokenIds connection tokens to be read in the same statement
   * @throws CrossSiteRequestError for a socket that another site's page has opened
   */
  findSession(request: HttpRequest, tokenIds: readonly string[]): FoundSession {
    const sessionToken = this.cookies.readSessionToken(request);
    if (sessionToken === undefined) return undefined;
    if (request.headers.upgrade !== undefined) refuseForeignSocket(request, siteOf(request, this.options));
    return andThen(this.reader.read(sessionToken, tokenIds), (read) => read && this.admit(request, read, tokenIds));
  }

  /** @throws AccessTokenRequiredError, InvalidAccessTokenError, InvalidDpopProofError, InvalidRequestError */
  identifyCaller(request: HttpRequest): MaybePromise<ApiCaller> {
    const { dpop } = request.headers;
    return this.callers.identify({
      authorization: authorizationOf(request),
      proof: Array.isArray(dpop) ? dpop.join(',') : dpop,
      method: request.method,
      url: () => addressOf(request, this.options),
    });
  }

  /** @param tokenIds connection tokens that the caller's handler asks for */
  readTokens(caller: ApiCaller, tokenIds: readonly string[]): MaybePromise<ReadonlyMap<string, ReadToken>> {
    return this.tokens.read(caller.ownerKey, tokenIds);
  }

  private admit(
    request: HttpRequest,
    { record, tokens }: SessionWithTokens,
    tokenIds: readonly string[],
  ): FoundSession {
    return andThen(this.domains.of(request), (issuerOrigin) => {
      if (record.issuerOrigin !== issuerOrigin) return undefined; // a session of one domain is none at another
      return andThen(this.sessions.admit(record), (subject) => subject && { subject, tokens, tokenIds });
    });
  }
}
