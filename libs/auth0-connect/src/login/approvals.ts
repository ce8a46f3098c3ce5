import { Inject, Injectable } from '@nestjs/common';
import { InvalidAuth0ResponseError, InvalidRequestError } from '../errors/index.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { parseScopes } from '../shared/scopes.js';
import { BackchannelRequests } from './backchannel-requests.js';
import type { LoginTarget } from './login-request.js';
import type { AuthorizationDetail } from './ports.js';

/**
 * What a person is to approve.
 * @see https://auth0.com/docs/get-started/authentication-and-authorization-flow/client-initiated-backchannel-authentication-flow
 */
export interface RequestApprovalOptions extends LoginTarget {
  /** Who is to approve it: `sub` of the user. */
  userId: string;
  /** Shown to the person, so that they see what they approve. 1 to 64 characters. */
  bindingMessage: string;
  /** What is to be approved in detail, RFC 9396. Each entry has a `type`. */
  authorizationDetails?: readonly AuthorizationDetail[];
  /** What the access token is to be good for. Default: `openid` alone. Never `offline_access`: an approval is for one action. */
  scope?: string;
  /** How long the person has. Default: what the tenant is set to, 300 seconds at most. */
  requestedExpirySeconds?: number;
  /** Stops the waiting. */
  signal?: AbortSignal;
}

/** What a person has approved. */
export interface Approval {
  /** For the API of `audience`, which sees by it that the person has approved. A bearer token, also with the option `dpop`. */
  accessToken: string;
  /** What was approved in detail, as Auth0 says; empty where nothing was asked in detail. Go by this, not by what you asked for. */
  authorizationDetails: readonly AuthorizationDetail[];
  /** When the access token ends; undefined where Auth0 does not say. */
  expiresAt?: Date;
}

/**
 * A person's approval of one action, on a device of their own, without a login: no session begins, and none ends.
 * @see https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html
 * @see https://www.rfc-editor.org/rfc/rfc9396
 */
@Injectable()
export class Approvals {
  constructor(
    @Inject(BackchannelRequests) private readonly requests: BackchannelRequests,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async request({ userId, signal, scope = 'openid', ...options }: RequestApprovalOptions): Promise<Approval> {
    if (parseScopes(scope).includes('offline_access')) {
      throw new InvalidRequestError('scope', 'must not contain "offline_access": an approval is for one action');
    }
    if (typeof userId !== 'string' || userId === '')
      throw new InvalidRequestError('userId', 'must be the "sub" of a user');
    const asked = { ...options, scope, loginHint: { sub: userId } };
    // Nobody would have the key of a bound token.
    const { response, authorizationDetails } = await this.requests.untilApproved(asked, { signal, bound: false });
    if (options.authorizationDetails?.length && authorizationDetails.length === 0) {
      throw new InvalidAuth0ResponseError('backchannel-login', 'it does not say what was approved in detail');
    }
    const { accessToken, expiresIn } = response;
    return {
      accessToken,
      authorizationDetails,
      ...(expiresIn !== undefined && { expiresAt: new Date(this.clock.now() + expiresIn * 1000) }),
    };
  }
}
