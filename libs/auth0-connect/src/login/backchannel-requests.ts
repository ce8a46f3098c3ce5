import { Inject, Injectable } from '@nestjs/common';
import {
  AccessDeniedError,
  Auth0RefusedError,
  Auth0UnavailableError,
  BackchannelLoginDeniedError,
  BackchannelLoginExpiredError,
  InvalidAuth0ResponseError,
  InvalidRequestError,
  OrganizationMismatchError,
  RateLimitedError,
} from '../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../options/resolved-options.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { WAIT, type Wait } from '../ports/wait.js';
import { newDpopKey } from '../session/dpop-keys.js';
import { isForOrganization } from '../shared/organization.js';
import { resolveTarget, type LoginTarget } from './login-request.js';
import {
  BACKCHANNEL_AUTHENTICATION,
  type AuthorizationDetail,
  type BackchannelApproval,
  type BackchannelAuthentication,
} from './ports.js';

/**
 * Whom to ask for a login on their own device, and what to show them.
 * @see https://auth0.com/docs/get-started/authentication-and-authorization-flow/client-initiated-backchannel-authentication-flow
 */
export interface BackchannelLoginOptions extends LoginTarget {
  /** Who is to log in. */
  loginHint: {
    /** The user's id at Auth0. */
    sub: string;
  };
  /** Shown on both sides, so that the person sees that they belong together. 1 to 64 characters. */
  bindingMessage: string;
  /** How long the person has. Default: what the tenant is set to, 300 seconds at most. */
  requestedExpirySeconds?: number;
  /** What the person is to approve in detail, RFC 9396. Each entry has a `type`. */
  authorizationDetails?: readonly AuthorizationDetail[];
}

/**
 * A login that waits for the person's approval. Plain data: it can be kept and completed by another process.
 * @see https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#rfc.section.7.3
 */
export interface PendingBackchannelLogin {
  /** Auth0's id of the request. Keep it secret. */
  authReqId: string;
  /** Ask no more often than this. */
  intervalSeconds: number;
  /** Milliseconds since the epoch; there is nothing to be had afterwards. */
  expiresAt: number;
  /** The user who was asked. */
  userId: string;
  /** The Auth0 domain that was asked, an origin. */
  domain: string;
  /** The API that the login is for. */
  audience?: string;
  /** What was asked for. */
  scope: string;
  /** Id or name of the organization to log in to. */
  organization?: string;
}

/** What a person has answered so far. */
export type BackchannelAnswer =
  | ({ status: 'approved' } & BackchannelApproval)
  /** Ask again after `login.intervalSeconds`, with this `login`. */
  | { status: 'pending'; login: PendingBackchannelLogin };

const LONGEST_BINDING_MESSAGE = 64;
/** OpenID CIBA section 11: what `slow_down` adds to the interval. */
const SLOW_DOWN_SECONDS = 5;

/**
 * Asks a person on a device of their own, and hears what they have answered.
 * @see https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html
 */
@Injectable()
export class BackchannelRequests {
  constructor(
    @Inject(BACKCHANNEL_AUTHENTICATION) private readonly auth0: BackchannelAuthentication,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WAIT) private readonly wait: Wait,
  ) {}

  /** @throws InvalidRequestError before anybody is asked */
  async start(options: BackchannelLoginOptions): Promise<PendingBackchannelLogin> {
    const { issuerOrigin, audience, scope, organization } = resolveTarget(options, this.options);
    const userId = checkUserId(options.loginHint);
    const { authReqId, expiresInSeconds, intervalSeconds } = await this.auth0.start({
      issuerOrigin,
      userId,
      bindingMessage: checkBindingMessage(options.bindingMessage),
      audience,
      scope,
      organization,
      requestedExpirySeconds: checkExpiry(options.requestedExpirySeconds),
      authorizationDetails: checkDetails(options.authorizationDetails),
    });
    const expiresAt = this.clock.now() + expiresInSeconds * 1000;
    return { authReqId, intervalSeconds, expiresAt, userId, domain: issuerOrigin, audience, scope, organization };
  }

  /** Asks Auth0 once. */
  async ask(login: PendingBackchannelLogin, { bound = this.options.dpop } = {}): Promise<BackchannelAnswer> {
    if (login.expiresAt <= this.clock.now()) throw new BackchannelLoginExpiredError();
    const { issuerOrigin, organization } = resolveTarget(login, this.options);
    const answer = await this.poll(issuerOrigin, login.authReqId, bound);
    if (answer.status === 'pending') return { status: 'pending', login };
    if (answer.status === 'slow-down') return { status: 'pending', login: slowedDown(login) };
    const { claims } = answer.response;
    if (claims.sub !== login.userId) {
      throw new InvalidAuth0ResponseError('backchannel-login', 'the tokens are of another user than the one asked');
    }
    if (organization !== undefined && !isForOrganization(claims, organization)) throw new OrganizationMismatchError();
    return answer;
  }

  /** Asks the person, and waits until they have answered. A call of Auth0 that fails meanwhile is made again. */
  async untilApproved(
    options: BackchannelLoginOptions,
    { signal, bound }: { signal?: AbortSignal; bound?: boolean },
  ): Promise<{ login: PendingBackchannelLogin } & BackchannelApproval> {
    signal?.throwIfAborted();
    let login = await this.start(options);
    for (;;) {
      await this.wait(login.intervalSeconds * 1000, signal);
      signal?.throwIfAborted();
      const answer = await this.askOrGoOn(login, { bound });
      if (answer.status === 'approved') return { ...answer, login };
      login = answer.login;
    }
  }

  /** One call that failed is no answer of the person: the next one may bring it. */
  private async askOrGoOn(login: PendingBackchannelLogin, how: { bound?: boolean }): Promise<BackchannelAnswer> {
    try {
      return await this.ask(login, how);
    } catch (error) {
      if (!(error instanceof Auth0UnavailableError || error instanceof RateLimitedError)) throw error;
      return { status: 'pending', login: slowedDown(login) };
    }
  }

  private async poll(
    issuerOrigin: string,
    authReqId: string,
    bound: boolean,
  ): ReturnType<BackchannelAuthentication['poll']> {
    try {
      return await this.auth0.poll({ issuerOrigin, authReqId, dpopKey: bound ? await newDpopKey() : undefined });
    } catch (error) {
      if (error instanceof AccessDeniedError) throw new BackchannelLoginDeniedError({ cause: error });
      if (error instanceof Auth0RefusedError && error.auth0Error === 'expired_token')
        throw new BackchannelLoginExpiredError({ cause: error });
      throw error;
    }
  }
}

function slowedDown(login: PendingBackchannelLogin): PendingBackchannelLogin {
  return { ...login, intervalSeconds: login.intervalSeconds + SLOW_DOWN_SECONDS };
}

function checkUserId(loginHint: { sub: string } | undefined): string {
  const sub: unknown = loginHint?.sub;
  if (typeof sub === 'string' && sub !== '') return sub;
  throw new InvalidRequestError('loginHint', 'must hold the "sub" of a user');
}

function checkBindingMessage(message: unknown): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (typeof message === 'string' && message.trim() !== '' && !/[\u0000-\u001f\u007f]/.test(message)) {
    if (message.length <= LONGEST_BINDING_MESSAGE) return message;
  }
  throw new InvalidRequestError('bindingMessage', `must be text of 1 to ${LONGEST_BINDING_MESSAGE} characters`);
}

function checkExpiry(seconds: number | undefined): number | undefined {
  if (seconds === undefined || (Number.isSafeInteger(seconds) && seconds > 0)) return seconds;
  throw new InvalidRequestError('requestedExpirySeconds', 'must be a whole number above 0');
}

function isDetail(detail: unknown): boolean {
  return typeof (detail as { type?: unknown } | null)?.type === 'string';
}

function checkDetails(details: readonly AuthorizationDetail[] | undefined): readonly AuthorizationDetail[] | undefined {
  if (details === undefined || (Array.isArray(details) && details.every(isDetail))) return details;
  throw new InvalidRequestError('authorizationDetails', 'must be a list of objects, each with a "type"');
}
