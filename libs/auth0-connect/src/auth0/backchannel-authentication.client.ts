import * as openid from 'openid-client';
import { Auth0RefusedError, InvalidAuth0ResponseError } from '../errors/index.js';
import type { AuthorizationDetail, BackchannelAuthentication } from '../login/ports.js';
import { issuerOf } from '../issuer/issuer.js';
import { toLoginResponse } from './login-response.js';
import type { OpenIdClient } from './openid.client.js';
import { seconds } from './received.js';

const GRANT_TYPE = 'urn:openid:params:grant-type:ciba';
/** OpenID CIBA section 7.3: where the tenant does not say. */
const DEFAULT_INTERVAL_SECONDS = 5;

/** Nobody waits longer for an answer; a timer of Node counts no more than 24 days. */
const LONGEST_INTERVAL_SECONDS = 3_600;

/**
 * Client-initiated backchannel authentication. openid-client's own polling would sleep where nobody can reach it.
 * @see https://auth0.com/docs/get-started/authentication-and-authorization-flow/client-initiated-backchannel-authentication-flow
 */
export class Auth0BackchannelAuthentication implements BackchannelAuthentication {
  constructor(private readonly client: OpenIdClient) {}

  async start(
    request: Parameters<BackchannelAuthentication['start']>[0],
  ): ReturnType<BackchannelAuthentication['start']> {
    const { issuerOrigin, audience, organization, requestedExpirySeconds, authorizationDetails } = request;
    const answer = await this.client.call(issuerOrigin, 'backchannel-login', (configuration) =>
      openid.initiateBackchannelAuthentication(configuration, {
        login_hint: JSON.stringify({ format: 'iss_sub', iss: issuerOf(issuerOrigin), sub: request.userId }),
        binding_message: request.bindingMessage,
        scope: request.scope,
        ...(audience !== undefined && { audience }),
        ...(organization !== undefined && { organization }),
        ...(requestedExpirySeconds !== undefined && { requested_expiry: String(requestedExpirySeconds) }),
        ...(authorizationDetails && { authorization_details: JSON.stringify(authorizationDetails) }),
      }),
    );
    return {
      authReqId: answer.auth_req_id,
      expiresInSeconds: seconds('backchannel-login', 'expires_in', answer.expires_in),
      intervalSeconds: intervalOf(answer),
    };
  }

  async poll({
    issuerOrigin,
    authReqId,
    dpopKey,
  }: Parameters<BackchannelAuthentication['poll']>[0]): ReturnType<BackchannelAuthentication['poll']> {
    try {
      const response = await this.client.call(
        issuerOrigin,
        'backchannel-login',
        (configuration, options) =>
          openid.genericGrantRequest(configuration, GRANT_TYPE, { auth_req_id: authReqId }, options),
        { dpopKey },
      );
      return {
        status: 'approved',
        response: toLoginResponse('backchannel-login', response, dpopKey),
        authorizationDetails: authorizationDetailsOf(response),
      };
    } catch (error) {
      if (error instanceof Auth0RefusedError && error.auth0Error === 'authorization_pending') {
        return { status: 'pending' };
      }
      if (error instanceof Auth0RefusedError && error.auth0Error === 'slow_down') return { status: 'slow-down' };
      throw error;
    }
  }
}

/** Never below a second: a fraction would have us ask without end. */
function intervalOf({ interval }: { readonly interval?: unknown }): number {
  if (interval === undefined) return DEFAULT_INTERVAL_SECONDS;
  const asked = Math.max(1, seconds('backchannel-login', 'interval', interval));
  if (asked <= LONGEST_INTERVAL_SECONDS) return asked;
  throw new InvalidAuth0ResponseError('backchannel-login', '"interval" is longer than an hour');
}

/** RFC 9396 section 7. */
function authorizationDetailsOf(answer: { readonly authorization_details?: unknown }): readonly AuthorizationDetail[] {
  const { authorization_details: details = [] } = answer;
  if (Array.isArray(details) && details.every(isDetail)) return details;
  throw new InvalidAuth0ResponseError('backchannel-login', '"authorization_details" is no list of objects with a type');
}

function isDetail(detail: unknown): detail is AuthorizationDetail {
  return typeof (detail as { type?: unknown } | null)?.type === 'string';
}
