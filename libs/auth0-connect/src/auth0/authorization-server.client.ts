import * as openid from 'openid-client';
import { InvalidAuth0ResponseError } from '../errors/index.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { AuthorizationServer, TokenResponse } from '../session/ports.js';
import { withQuery } from '../shared/app-urls.js';
import type { OpenIdConfiguration } from './openid-configuration.js';

type LoginResponse = Awaited<ReturnType<AuthorizationServer['exchangeCode']>>;

/** Login, refresh and logout at Auth0, by openid-client. */
export class Auth0AuthorizationServer implements AuthorizationServer {
  constructor(
    private readonly configuration: OpenIdConfiguration,
    private readonly options: ResolvedOptions,
  ) {}

  async authorizationUrl(domain: string, parameters: Readonly<Record<string, string>>): Promise<string> {
    return openid.buildAuthorizationUrl(await this.configuration.get(domain), { ...parameters }).href;
  }

  async exchangeCode(request: Parameters<AuthorizationServer['exchangeCode']>[0]): Promise<LoginResponse> {
    const response = await this.configuration.grant(request.domain, 'login', (configuration) =>
      openid.authorizationCodeGrant(configuration, request.callbackUrl, {
        pkceCodeVerifier: request.codeVerifier,
        expectedState: request.state,
        expectedNonce: request.nonce,
        maxAge: request.maxAgeSeconds,
        idTokenExpected: true,
      }),
    );
    const { id_token: idToken } = response;
    const claims = response.claims();
    if (!idToken || !claims) throw new InvalidAuth0ResponseError('login', 'there is no ID token');
    return { ...toTokenResponse(response), idToken, claims };
  }

  async refresh(request: Parameters<AuthorizationServer['refresh']>[0]): Promise<TokenResponse> {
    const parameters: Record<string, string> = {};
    if (request.audience !== undefined) parameters.audience = request.audience;
    if (request.scope !== undefined) parameters.scope = request.scope;
    const response = await this.configuration.grant(
      request.domain,
      'refresh',
      (configuration) => openid.refreshTokenGrant(configuration, request.refreshToken, parameters),
      async ({ refresh_token: rotated }) => {
        if (typeof rotated === 'string' && rotated !== '') await request.onRefreshToken(rotated);
      },
    );
    return toTokenResponse(response);
  }

  async logoutUrl({ domain, returnTo, idTokenHint }: Parameters<AuthorizationServer['logoutUrl']>[0]): Promise<string> {
    const configuration = await this.configuration.get(domain);
    if (configuration.serverMetadata().end_session_endpoint === undefined) {
      return withQuery(`${domain}/v2/logout`, { client_id: this.options.clientId, returnTo });
    }
    return openid.buildEndSessionUrl(configuration, {
      post_logout_redirect_uri: returnTo,
      ...(idTokenHint !== undefined && { id_token_hint: idTokenHint }),
    }).href;
  }
}

function toTokenResponse(response: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers): TokenResponse {
  return {
    accessToken: response.access_token,
    expiresIn: response.expires_in,
    scope: response.scope,
    refreshToken: response.refresh_token,
    idToken: response.id_token,
    claims: response.claims(),
  };
}
