import type { TokenResponse } from '../session/ports.js';

export const AUTHORIZATION_SERVER = Symbol('auth0-connect:authorization-server');
export const BACKCHANNEL_AUTHENTICATION = Symbol('auth0-connect:backchannel-authentication');
export const CUSTOM_TOKEN_EXCHANGE = Symbol('auth0-connect:custom-token-exchange');

/** What a login gives: always with an ID token. */
export type LoginResponse = TokenResponse & {
  readonly idToken: string;
  readonly claims: Readonly<Record<string, unknown>>;
};

/** Auth0's OpenID Connect side. */
export interface AuthorizationServer {
  /** The address of `/authorize` with these parameters. */
  authorizationUrl(issuerOrigin: string, parameters: Readonly<Record<string, string>>): Promise<string>;
  exchangeCode(request: {
    issuerOrigin: string;
    /** The redirect URI of the transaction with the query of the callback. */
    callbackUrl: URL;
    state: string;
    nonce: string;
    codeVerifier: string;
    maxAgeSeconds?: number;
    /** Binds the tokens to this key. */
    dpopKey?: string;
  }): Promise<LoginResponse>;
  /** The address that ends Auth0's own session and then leads to `returnTo`. */
  logoutUrl(request: {
    issuerOrigin: string;
    returnTo: string;
    idTokenHint?: string;
    /** Auth0's id of the session. */
    logoutHint?: string;
    /** At the identity provider as well. */
    federated: boolean;
  }): Promise<string>;
  revoke(request: { issuerOrigin: string; refreshToken: string }): Promise<void>;
}

/** One thing that a person approves, RFC 9396 section 2. */
export type AuthorizationDetail = Readonly<Record<string, unknown>> & {
  /** As it is registered for the API at Auth0; it says what the rest means. */
  readonly type: string;
};

/** Login by a person's approval on their own device (CIBA, poll mode). A domain is an origin. */
export interface BackchannelAuthentication {
  start(request: {
    issuerOrigin: string;
    /** `sub` of the user to ask. */
    userId: string;
    bindingMessage: string;
    audience?: string;
    scope: string;
    organization?: string;
    requestedExpirySeconds?: number;
    authorizationDetails?: readonly AuthorizationDetail[];
  }): Promise<{ authReqId: string; expiresInSeconds: number; intervalSeconds: number }>;
  poll(request: {
    issuerOrigin: string;
    authReqId: string;
    /** Binds the tokens to this key. */
    dpopKey?: string;
  }): Promise<{ status: 'pending' } | { status: 'slow-down' } | ({ status: 'approved' } & BackchannelApproval)>;
}

/** What a person's approval gives. */
export interface BackchannelApproval {
  response: LoginResponse;
  /** What was approved in detail, RFC 9396 section 7, as Auth0 says. */
  authorizationDetails: readonly AuthorizationDetail[];
}

/** Login by a token from elsewhere (RFC 8693). A domain is an origin. */
export interface CustomTokenExchange {
  exchange(request: {
    issuerOrigin: string;
    subjectToken: string;
    subjectTokenType: string;
    actorToken?: string;
    actorTokenType?: string;
    audience?: string;
    scope: string;
    organization?: string;
    /** Binds the tokens to this key. */
    dpopKey?: string;
  }): Promise<LoginResponse>;
}
