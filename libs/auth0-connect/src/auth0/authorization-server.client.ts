import * as openid from 'openid-client';
import { Auth0MisconfiguredError, Auth0RefusedError, InvalidCallbackError } from '../errors/index.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { AuthorizationServer, LoginResponse } from '../login/ports.js';
import type { RefreshGrant, TokenResponse } from '../session/ports.js';
import { withQuery } from '../shared/app-urls.js';
import { otherAudienceRefused } from './auth0-errors.js';
import { toLoginResponse, toTokenResponse } from './login-response.js';
import type { OpenIdClient } from './openid.client.js';
import { keepable } from './received.js';

/** Login, refresh and logout at Auth0, by openid-client. */
export class Auth0AuthorizationServer implements AuthorizationServer, RefreshGrant {
  constructor(
    private readonly client: OpenIdClient,
    private readonly options: ResolvedOptions,
  ) {}

  async authorizationUrl(issuerOrigin: string, parameters: Readonly<Record<string, string>>): Promise<string> {
    const configuration = await this.client.get(issuerOrigin);
    if (!this.options.pushedAuthorizationRequests) {
      return openid.buildAuthorizationUrl(configuration, { ...parameters }).href;
    }
    if (configuration.serverMetadata().pushed_authorization_request_endpoint === undefined) {
      throw new Auth0MisconfiguredError(
        'login',
        'This tenant does not take pushed authorization requests. Switch them on under Settings > Advanced, or leave out the option "pushedAuthorizationRequests"',
      );
    }
    return this.pushAuthorizationRequest(issuerOrigin, parameters);
  }

  private async pushAuthorizationRequest(
    issuerOrigin: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<string> {
    try {
      const url = await this.client.call(
        issuerOrigin,
        'login',
        (configuration) => openid.buildAuthorizationUrlWithPAR(configuration, { ...parameters }),
        { isRepeatable: true },
      );
      return url.href;
    } catch (error) {
      if (!(error instanceof Auth0RefusedError) || error.auth0Status !== 400) throw error;
      const { auth0Status: status, auth0Error, auth0Description: description } = error;
      // What may be wrong with a request that Auth0 has authenticated came with the address of the login route.
      throw new Auth0RefusedError(
        'login',
        { status, error: auth0Error, description },
        { callerInput: true, cause: error },
      );
    }
  }

  async exchangeCode(request: Parameters<AuthorizationServer['exchangeCode']>[0]): Promise<LoginResponse> {
    await this.assertIssuerNamed(request);
    const response = await this.client.call(
      request.issuerOrigin,
      'login',
      (configuration, options) =>
        openid.authorizationCodeGrant(
          configuration,
          request.callbackUrl,
          {
            pkceCodeVerifier: request.codeVerifier,
            expectedState: request.state,
            expectedNonce: request.nonce,
            maxAge: request.maxAgeSeconds,
            idTokenExpected: true,
          },
          undefined,
          options,
        ),
      { dpopKey: request.dpopKey },
    );
    return toLoginResponse('login', response, request.dpopKey);
  }

  /** RFC 9207 section 2.4: where the tenant announces `iss`, an answer without it is not the tenant's. */
  private async assertIssuerNamed({
    issuerOrigin,
    callbackUrl,
  }: {
    issuerOrigin: string;
    callbackUrl: URL;
  }): Promise<void> {
    const { authorization_response_iss_parameter_supported: announced } = (
      await this.client.get(issuerOrigin)
    ).serverMetadata();
    if (announced && !callbackUrl.searchParams.get('iss')) {
      throw new InvalidCallbackError('The answer does not say that it comes from Auth0. Log in again');
    }
  }

  async refresh(request: Parameters<RefreshGrant['refresh']>[0]): Promise<TokenResponse> {
    const parameters: Record<string, string> = {};
    if (request.audience !== undefined) parameters.audience = request.audience;
    if (request.scope !== undefined) parameters.scope = request.scope;
    const response = await this.spend(request, parameters).catch((error: unknown) => {
      const isOwn = request.audience === undefined || request.audience === this.options.audience;
      if (isOwn) throw error;
      const told = otherAudienceRefused(error);
      this.client.warnings.about(told, request.issuerOrigin);
      throw told;
    });
    return toTokenResponse('refresh', response, request.dpopKey);
  }

  private spend(
    request: Parameters<RefreshGrant['refresh']>[0],
    parameters: Record<string, string>,
  ): ReturnType<typeof openid.refreshTokenGrant> {
    return this.client.refreshGrant(
      request.issuerOrigin,
      request.refreshToken,
      (configuration, options) => openid.refreshTokenGrant(configuration, request.refreshToken, parameters, options),
      async ({ refresh_token: rotated }) => {
        if (typeof rotated !== 'string' || rotated === '') return;
        await request.onRefreshToken(keepable('refresh', 'refresh_token', rotated));
      },
      request.dpopKey,
    );
  }

  async logoutUrl(request: Parameters<AuthorizationServer['logoutUrl']>[0]): Promise<string> {
    const { issuerOrigin, returnTo, idTokenHint, logoutHint, federated } = request;
    const configuration = await this.client.get(issuerOrigin);
    const isOffered = configuration.serverMetadata().end_session_endpoint !== undefined;
    const url = isOffered
      ? openid.buildEndSessionUrl(configuration, {
          post_logout_redirect_uri: returnTo,
          ...(idTokenHint !== undefined && { id_token_hint: idTokenHint }),
          ...(logoutHint !== undefined && { logout_hint: logoutHint }),
        }).href
      : withQuery(`${issuerOrigin}/v2/logout`, { client_id: this.options.clientId, returnTo });
    // Auth0 looks whether it is there; it has no value.
    return federated ? `${url}&federated` : url;
  }

  async revoke({ issuerOrigin, refreshToken }: Parameters<AuthorizationServer['revoke']>[0]): Promise<void> {
    await this.client.call(
      issuerOrigin,
      'revoke',
      (configuration) => openid.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' }),
      { isRepeatable: true },
    );
  }
}
