import * as openid from 'openid-client';
import type { CustomTokenExchange, LoginResponse } from '../login/ports.js';
import { toLoginResponse } from './login-response.js';
import type { OpenIdClient } from './openid.client.js';

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/**
 * Custom token exchange.
 * @see https://auth0.com/docs/authenticate/custom-token-exchange
 */
export class Auth0CustomTokenExchange implements CustomTokenExchange {
  constructor(private readonly client: OpenIdClient) {}

  async exchange(request: Parameters<CustomTokenExchange['exchange']>[0]): Promise<LoginResponse> {
    const { actorToken, actorTokenType, audience, organization, dpopKey } = request;
    const parameters = {
      subject_token: request.subjectToken,
      subject_token_type: request.subjectTokenType,
      scope: request.scope,
      ...(actorToken !== undefined && { actor_token: actorToken }),
      ...(actorTokenType !== undefined && { actor_token_type: actorTokenType }),
      ...(audience !== undefined && { audience }),
      ...(organization !== undefined && { organization }),
    };
    const response = await this.client.call(
      request.issuerOrigin,
      'token-exchange',
      (configuration, options) => openid.genericGrantRequest(configuration, GRANT_TYPE, parameters, options),
      { dpopKey },
    );
    return toLoginResponse('token-exchange', response, dpopKey);
  }
}
