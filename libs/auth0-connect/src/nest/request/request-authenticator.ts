import { Inject, Injectable } from '@nestjs/common';
import type { ReadToken } from '../../accounts/ports.js';
import { AccessTokenRequiredError } from '../../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import type { ApiCaller } from '../../resource-server/api-caller.js';
import { ApiCallers } from '../../resource-server/api-callers.js';
import type { MaybePromise } from '../../shared/maybe-promise.js';
import { authorizationOf, hasAuthorization } from './authorization-header.js';
import type { HttpRequest } from './http-request.js';
import { addressOf } from './request-address.js';
import { RequestNote } from './request-context.js';
import { RequestSessions, type RequestSubject } from './request-sessions.js';

const NO_TOKENS: ReadonlyMap<string, ReadToken> = new Map();

interface Bearer {
  caller?: Promise<ApiCaller>;
}

/** Who a request is from: the caller that its access token names where a guard asks for one, else its login session. */
@Injectable()
export class RequestSubjects {
  /** About a request that goes by its token. */
  private readonly byToken = new RequestNote<Bearer>();

  constructor(
    @Inject(RequestSessions) private readonly sessions: RequestSessions,
    @Inject(ApiCallers) private readonly callers: ApiCallers,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** From now on the access token alone says who the request is from. Its cookie counts no more, not even without a token. */
  goByToken(request: HttpRequest): void {
    this.bearerOf(request);
  }

  /**
   * The caller of a request, found out once however many guards and parameters ask: a proof is good only once.
   * @throws AccessTokenRequiredError, InvalidAccessTokenError, InvalidDpopProofError, InvalidRequestError
   */
  caller(request: HttpRequest): Promise<ApiCaller> {
    return (this.bearerOf(request).caller ??= this.identify(request));
  }

  /** @param slots connection tokens that the handler will ask for, to be read along with a session */
  find(request: HttpRequest, slots: readonly string[] = []): MaybePromise<RequestSubject | undefined> {
    if (this.byToken.get(request)) {
      if (!hasAuthorization(request)) return undefined;
      return this.caller(request).then((subject) => ({ subject, tokens: NO_TOKENS, slots: [] }), nobodyWithout);
    }
    return this.sessions.find(request, slots);
  }

  private bearerOf(request: HttpRequest): Bearer {
    const known = this.byToken.get(request);
    if (known) return known;
    const bearer: Bearer = {};
    this.byToken.set(request, bearer);
    return bearer;
  }

  private async identify(request: HttpRequest): Promise<ApiCaller> {
    const { dpop } = request.headers;
    return this.callers.identify({
      authorization: authorizationOf(request),
      proof: Array.isArray(dpop) ? dpop.join(',') : dpop,
      method: request.method,
      url: addressOf(request, this.options),
    });
  }
}

/** Credentials of another scheme, such as those of a proxy in front, name nobody. */
function nobodyWithout(error: unknown): undefined {
  if (!(error instanceof AccessTokenRequiredError)) throw error;
}
